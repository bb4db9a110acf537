"""Cycles of people, from raw sets or a prepared store, for the few-shot study."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.models.fewshot.sources import ANGLES, shank_cycles
from gaitsmith.recording import Recording

__all__ = ["ALL_ANGLES", "CHILDREN", "SIGNATURES", "counts", "digest", "elepap_children", "gait_signatures", "hugadb", "lencioni2019", "trials", "virtual_walkers"]  # fmt: skip

#: The twelve angle curves of lencioni2019.
ALL_ANGLES = (
    "pelvis_tilt", "pelvis_list", "pelvis_rotation", "hip_flexion", "hip_adduction", "hip_rotation",
    "knee_angle", "knee_adduction", "knee_rotation", "ankle_angle", "subtalar_angle", "ankle_rotation",
)  # fmt: skip
#: Least strides of a person in the study.
LEAST = 8


def trials(data: Path, name: str, kind: str, task: str = "") -> Iterator[tuple[str, str, Any]]:
    """Person, trial and content (``kind``: ``"recording"`` or ``"curves"``) of a set.

    Parameters
    ----------
    task
        Only trials of this task; ``""``: all.

    Raises
    ------
    MissingInputError
        Where the set is not there.
    """
    from gaitsmith.datasets import Excluded, Raw, Store
    from gaitsmith.datasets.registry import folder_of, loader

    if (data / "store.json").is_file():
        store = Store(data)
        for i in store.ids(set=name, kind=kind) if name in store.sets else []:
            if task in ("", store.row(i)["task"]):
                yield str(store.row(i)["person"]), i, store.read(i)
        return
    folder = folder_of(name, data) if data.is_dir() else None
    if folder is None:
        raise MissingInputError("the set is not in this folder", file=data, expected=name,
                                remedy="give a prepared store or the folder of downloads with --data")  # fmt: skip
    with tempfile.TemporaryDirectory() as scratch:
        for trial in loader(name).trials(Raw(folder, Path(scratch))):
            # Of sets with both, recordings are slow to read and curves end in their name.
            if isinstance(trial, Excluded) or (name == "lencioni2019" and not trial.id.endswith("-curves")) or task not in ("", trial.task):  # fmt: skip
                continue
            content = trial.read()
            if isinstance(content, Recording) == (kind == "recording"):
                yield f"{name}/{trial.person}", f"{name}/{trial.id}", content


def hugadb(data: Path) -> Cycles:
    """Shank cycles of ten people: six channels, left mirrored, gyroscopes cut off at ±250 deg/s."""
    return _joined([shank_cycles(r.replace(name=t), person=p) for p, t, r in trials(data, "hugadb", "recording")], data)  # fmt: skip


def lencioni2019(data: Path, labels: tuple[str, ...] = ANGLES, *, standing: bool = True, least: int = LEAST) -> Cycles:  # fmt: skip
    """Walking strides of people with `least` strides or more: angles of one leg, speed known.

    Parameters
    ----------
    standing
        Whether angles count from the person's standing angles (the recorded side's).
    """
    parts = []
    for person, _, curves in trials(data, "lencioni2019", "curves"):
        walking = np.array([t == "walking" for t in curves.rows["task"]])
        if walking.sum() < least:
            continue
        at = [curves.labels.index(x) for x in labels]
        zero = np.array([curves.attrs["standing"][x] for x in labels]) if standing else 0.0
        parts.append(Cycles.of(
            curves.data[walking][:, :, at] - zero, labels, ["deg"] * len(labels), person=person,
            recording="walks", side="one", speed=np.array(curves.rows["speed"], dtype=float)[walking],
            duration=120.0 / np.array(curves.rows["cadence"], dtype=float)[walking],
        ))  # fmt: skip
    return _joined(parts, data)


#: Channels of the sets of one leg's curves.
SIGNATURES = ("hip_flexion", "knee_angle", "ankle_angle")
CHILDREN = ("pelvis_tilt", "hip_flexion", "hip_adduction", "knee_angle", "ankle_angle", "foot_progression")  # fmt: skip


def gait_signatures(data: Path) -> Cycles:
    """Mean strides of eight people (five after a stroke) at six treadmill speeds, each leg by itself."""
    parts = []
    for person, trial, curves in trials(data, "gait_signatures", "curves"):
        for side, prefix in (("recorded", ""), ("other", "other.")):
            at = [curves.labels.index(prefix + x) for x in SIGNATURES]
            rows = curves.data[:, :, at]
            keep = np.isfinite(rows).all(axis=(1, 2))
            parts.append(Cycles.of(rows[keep], SIGNATURES, ["deg"] * 3, person=person, recording=trial, side=side,
                                   speed=np.array(curves.rows["speed"], dtype=float)[keep]))  # fmt: skip
    return _joined(parts, data)


def elepap_children(data: Path, least: int = LEAST) -> Cycles:
    """Strides of children with `least` or more, legs together, speed known."""
    parts = []
    for person, _, curves in trials(data, "elepap_children", "curves"):
        if any(x not in curves.labels for x in CHILDREN):
            continue
        rows = curves.data[:, :, [curves.labels.index(x) for x in CHILDREN]]
        speed = np.array(curves.rows["speed"], dtype=float)
        keep = np.isfinite(rows).all(axis=(1, 2)) & np.isfinite(speed)
        parts.append(Cycles.of(rows[keep], CHILDREN, ["deg"] * 6, person=person, recording="walks", side="both",
                               speed=speed[keep]))  # fmt: skip
    whole = _joined(parts, data)
    enough = [p for p in whole.people if (whole.person == p).sum() >= least]
    return whole.of_people(enough)


def virtual_walkers(count: int = 12, seconds: float = 12.0) -> Cycles:
    """Right legs' strides of virtual people, each at a speed of its own."""
    from gaitsmith.models.fewshot.sources import angle_cycles
    from gaitsmith.virtual import people, walker

    parts = []
    for i, who in enumerate(people(count, seed=0)):
        speed = 0.9 + 0.6 * i / (count - 1)
        cycles = angle_cycles(walker(who, speed, seconds=seconds, seed=i), person=f"virtual/{i}", speed_m_s=speed)  # fmt: skip
        parts.append(cycles.take(cycles.side == "right"))
    return Cycles.joined(parts)


def _joined(parts: list[Cycles], data: Path) -> Cycles:
    if not parts:
        raise MissingInputError("no cycles of this set", file=data,
                                remedy="prepare the set: gaitsmith data prepare")  # fmt: skip
    return Cycles.joined(parts)


def counts(cycles: Cycles) -> dict[str, dict[str, Any]]:
    """Person -> recordings, cycles of each leg and median stride time (s)."""
    out: dict[str, dict[str, Any]] = {}
    for person in cycles.people:
        mine = cycles.take(cycles.person == person)
        out[person] = {
            "recordings": len(set(mine.recording.tolist())),
            "cycles": {s: int((mine.side == s).sum()) for s in sorted(set(mine.side.tolist()))},
            "median_s": float(np.median(mine.duration)),
        }
    return out


def digest(cycles: Cycles) -> str:
    """First 16 hexadecimal digits of the SHA-256 of people and cycles."""
    h = hashlib.sha256("\n".join(cycles.person.tolist()).encode())
    h.update(np.ascontiguousarray(np.round(cycles.data, 6) + 0.0).tobytes())
    return h.hexdigest()[:16]


def of(data: Path, name: str) -> Cycles:
    """The study's cycles of a set.

    Raises
    ------
    GaitsmithError
        Where the set is not one of the study's.
    """
    if name == "hugadb":
        return hugadb(data)
    if name == "lencioni2019":
        return lencioni2019(data)
    raise GaitsmithError("no cycles are made of this set", found=name, expected="hugadb or lencioni2019")  # fmt: skip
