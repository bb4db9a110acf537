"""Feet of people with labelled walks, from raw sets or a prepared store, as the phase models see them."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.errors import MissingInputError
from gaitsmith.models.phase.frame import Foot, feet_of, foot_signal
from gaitsmith.models.phase.labels import Labels, labels
from gaitsmith.recording import Recording

__all__ = ["EXCHANGED", "Walk", "digest", "folds", "recordings", "voisard2023"]

Array = npt.NDArray[np.float64]

#: Trials of voisard2023 whose left and right foot sensors are exchanged, with their labels
#: (``studies.events_imu``): each is mirrored as the foot that wore it.
EXCHANGED = ("4-1", "4-2")


# In one trial (17-1) the person stands for 2.4 s only before walking.
_STAND_S = 2.0


@dataclass(frozen=True)
class Walk:
    """One foot of one trial.

    Attributes
    ----------
    person, trial, group
        Who; which; of what.
    foot
        The signal.
    truth
        Its labels.
    worn
        The side it was truly worn on (what it was mirrored as).
    """

    person: str
    trial: str
    group: str
    foot: Foot
    truth: Labels
    worn: Side

    @property
    def x(self) -> Array:
        """n × 6."""
        return self.foot.x


def recordings(data: Path, name: str) -> Iterator[tuple[str, str, str, Recording]]:
    """Person, trial, group and recording of a set, from a store or a folder of downloads.

    Raises
    ------
    MissingInputError
        Where the set is not there.
    """
    from gaitsmith.datasets import Excluded, Raw, Store
    from gaitsmith.datasets.registry import folder_of, loader

    if (data / "store.json").is_file():
        store = Store(data)
        ids = store.ids(set=name, kind="recording")
        if not ids:
            raise MissingInputError("the set is not in this store", file=data, expected=name,
                                    remedy=f"gaitsmith data prepare {name}")  # fmt: skip
        for i in ids:
            row = store.row(i)
            person = str(row["person"]).split("/")[-1]
            yield person, str(row["trial"]), str(row["group"]), store.recording(i)
        return
    folder = folder_of(name, data) if data.is_dir() else None
    if folder is None:
        raise MissingInputError("the set is not in this folder", file=data, expected=name,
                                remedy="give a prepared store or the folder of downloads with --data")  # fmt: skip
    with tempfile.TemporaryDirectory() as scratch:
        for trial in loader(name).trials(Raw(folder, Path(scratch))):
            if isinstance(trial, Excluded):
                continue
            content = trial.read()
            if isinstance(content, Recording):
                yield trial.person, trial.id, trial.group, content


def voisard2023(data: Path, *, lateral_known: bool = False) -> list[Walk]:
    """Both feet of every trial with hand-checked swings.

    `lateral_known` takes forward from the published axes (y of the sensor is lateral) and not from
    the swing axis.
    """
    out = []
    for person, trial, group, recording in recordings(data, "voisard2023"):
        sides = feet_of(recording)
        if len(sides) < 2 or not len(recording.events):
            continue
        for side in sides:
            worn: Side = side
            if trial in EXCHANGED:
                worn = "left" if side == "right" else "right"
            lateral = np.array([0.0, 1.0, 0.0]) if lateral_known else None
            foot = foot_signal(recording, side, lateral=lateral, stand_s=_STAND_S)
            if worn != side:
                # Mirrored as the foot that wore it: the mirror is its own inverse.
                from gaitsmith.models.phase.frame import MIRROR

                foot = Foot(side, foot.label, foot.start, foot.rate_hz, foot.x * MIRROR, foot.lost,
                            foot.rotation, foot.how, foot.notes)  # fmt: skip
            truth = labels(recording.events, side, foot.times)
            out.append(Walk(person, trial, group, foot, truth, worn))
    return out


def folds(walks: Sequence[Walk], count: int = 5, seed: int = 0) -> list[list[str]]:
    """People of each test fold: sorted, permuted by ``default_rng(seed)``, ``array_split``."""
    people = np.array(sorted({w.person for w in walks}))
    order = np.random.default_rng(seed).permutation(len(people))
    return [[str(p) for p in part] for part in np.array_split(people[order], count)]


def digest(walks: Sequence[Walk]) -> str:
    """First 16 hexadecimal digits of the SHA-256 of people, trials, signals and labels."""
    h = hashlib.sha256()
    for w in walks:
        h.update(f"{w.person}|{w.trial}|{w.foot.side}".encode())
        h.update(np.ascontiguousarray(np.round(w.x, 6)).tobytes())
        h.update(w.truth.stance.tobytes())
    return h.hexdigest()[:16]
