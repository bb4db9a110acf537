"""Units of people walking at several speeds, from raw sets or a prepared store."""

from __future__ import annotations

import hashlib
import tempfile
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import MissingInputError
from gaitsmith.models.speed.units import JOINTS, Units, binned

if TYPE_CHECKING:
    from gaitsmith.datasets import Curves

__all__ = ["adults", "digest", "gait_signatures", "hood2020_ankle", "joined", "lencioni2019"]

Array = npt.NDArray[np.float64]

# Strides behind the mean of 15 s on a treadmill (gait_signatures gives no count).
_STRIDES_15_S = 12.0


def _people(data: Path, name: str) -> list[tuple[str, str, Curves]]:
    """Person, group and curves of a set, from a store or a folder of downloads."""
    from gaitsmith.datasets import Excluded, Raw, Store
    from gaitsmith.datasets.curves import Curves
    from gaitsmith.datasets.registry import folder_of, loader

    if (data / "store.json").is_file():
        store = Store(data)
        rows = [store.row(i) for i in store.ids(set=name, kind="curves")]
        return [(str(r["person"]), str(r["group"]), store.curves(r["id"])) for r in rows]
    folder = folder_of(name, data) if data.is_dir() else None
    if folder is None:
        raise MissingInputError("the set is not in this folder", file=data, expected=name,
                                remedy="give a prepared store or the folder of downloads with --data")  # fmt: skip
    out = []
    with tempfile.TemporaryDirectory() as scratch:
        for trial in loader(name).trials(Raw(folder, Path(scratch))):
            # Of sets with recordings too, only the curves are read.
            if isinstance(trial, Excluded) or (name == "lencioni2019" and not trial.id.endswith("-curves")):  # fmt: skip
                continue
            content = trial.read()
            if isinstance(content, Curves):
                out.append((trial.person, trial.group, content))
    return out


def joined(parts: list[Units]) -> Units:
    """All rows of several."""
    return reduce(lambda a, b: a.joined(b), parts)


def digest(units: Units) -> str:
    """First 16 hexadecimal digits of the SHA-256 of people, legs, speeds and curves.

    The same from a store, where people are named with their set, and from the raw folder, whatever
    the order.
    """
    people = np.array([str(p).rpartition("/")[2] for p in units.person])
    order = np.lexsort((units.speed, units.leg, people))
    units, people = units.take(order), people[order]
    h = hashlib.sha256("|".join((*people, *units.leg)).encode())
    for array in (units.speed, units.count, units.curves):
        h.update(np.ascontiguousarray(np.round(array, 9)).tobytes())
    return h.hexdigest()[:16]


def lencioni2019(data: Path) -> Units:
    """Walking strides, standing angle subtracted, averaged by leg in bins of 0.1 m/s."""
    parts = []
    for person, _, curves in _people(data, "lencioni2019"):
        walking = np.array([t == "walking" for t in curves.rows["task"]])
        standing = np.array([curves.attrs["standing"][j] for j in JOINTS])
        angles = np.stack([curves[j] for j in JOINTS], axis=1) - standing[:, None]
        rows = {k: np.asarray(curves.rows[k])[walking] for k in ("speed", "side", "cadence")}
        parts.append(binned(
            angles[walking], rows["speed"].astype(float), [str(s) for s in rows["side"]],
            rows["cadence"].astype(float), person=person, height=curves.subject.height,
            lab="lencioni2019", group="able-bodied",
        ))  # fmt: skip
    return joined(parts)


def adults(data: Path, units: Units) -> Units:
    """The units of people of 18 years or more of lencioni2019."""
    old = [p for p, _, c in _people(data, "lencioni2019") if (c.subject.age or 0) >= 18]
    return units.take(np.isin(units.person, old))


def gait_signatures(data: Path) -> Units:
    """Mean curves of both legs at six treadmill speeds; leg B turned to its own cycle (+50 %)."""
    parts = []
    for person, group, curves in _people(data, "gait_signatures"):
        own = np.stack([curves[j] for j in JOINTS], axis=1)
        other = np.roll(np.stack([curves[f"other.{j}"] for j in JOINTS], axis=1), -50, axis=2)
        both = np.concatenate([own, other])
        # 100 samples of a closed cycle: the 101st is the first.
        both = np.concatenate([both, both[:, :, :1]], axis=2)
        n = len(own)
        parts.append(Units.of(
            both, np.tile(np.asarray(curves.rows["speed"], dtype=float), 2), ["a"] * n + ["b"] * n,
            person=person, count=_STRIDES_15_S, lab="gait_signatures", group=group,
        ))  # fmt: skip
    return joined(parts)


def hood2020_ankle(data: Path, side: str) -> Units:
    """Ankle curves of one side (``"prosthetic"``, ``"intact"``) at up to five speeds.

    There is no hip and no knee: the ankle stands in the place of all three joints, which leaves
    every estimate as it would be of one joint.
    """
    parts = []
    for person, _, curves in _people(data, "hood2020_ankle"):
        mine = np.array([s == side for s in curves.rows["side"]])
        ankle = curves["ankle_angle"][mine]
        parts.append(Units.of(
            np.repeat(ankle[:, None], len(JOINTS), axis=1),
            np.asarray(curves.rows["speed"], dtype=float)[mine], [side] * int(mine.sum()),
            person=person, count=_STRIDES_15_S, height=curves.subject.height, lab="hood2020_ankle",
        ))  # fmt: skip
    return joined(parts)
