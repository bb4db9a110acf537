"""Gait signatures: mean stride angles of able-bodied and stroke people at six treadmill speeds.

Winner TS, Rosenberg MC, Jain K, Kesar TM, Ting LH, Berman GJ (2023) PLoS Comput Biol, "Discovering
individual-specific gait signatures". Rows are mean strides that start near the strike of leg A
(left; in stroke people the paretic one); ``other.`` is leg B over the same cycle.

The full set is ``PareticvsNonP_RNNData.csv`` (6 rows × 72 · 1500 columns: 72 trials of 15 s at
100 Hz, six angles each, as the authors' script 1 reshapes it) with ``Subjectlabels.csv`` (a line a
trial) and ``SpeedLabels.mat`` (72 speeds, cm/s): each trial is a recording of angles.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gaitsmith.datasets.base import About, Content, Excluded, Raw, Trial
from gaitsmith.datasets.curves import Curves
from gaitsmith.datasets.matlab import loaded
from gaitsmith.errors import FormatError
from gaitsmith.recording import Note, Recording, Stream, Subject

ABOUT = About(
    "gait_signatures",
    "5 able-bodied and 7 stroke people (3 and 5 here), six treadmill speeds: mean sagittal angles",
    "github.com/bermanlabemory/gait_signatures",
    "Winner TS et al. (2023) PLoS Comput Biol, Discovering individual-specific gait signatures",
    "no licence file in the repository",
    "card",
)

_COLUMNS = {"hip_a": "hip_flexion", "knee_a": "knee_angle", "ankle_a": "ankle_angle",
            "hip_b": "other.hip_flexion", "knee_b": "other.knee_angle", "ankle_b": "other.ankle_angle",
            "gaitphase": "file.gaitphase"}  # fmt: skip
_SAMPLES = 100
_LEGS = tuple(f"{j}_{side}" for side in "lr" for j in ("hip_flexion", "knee_angle", "ankle_angle"))


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """One set of curves a person, a row a speed."""
    for f in raw.find("phase_averaged_kinematics*.csv"):
        for person in sorted({row["subject"] for row in _rows(f.path)}):
            group = "stroke" if person.startswith("ST") else "able-bodied"
            yield Trial(person, person, partial(_read, f.path, person), f.name, group=group,
                        condition="treadmill")  # fmt: skip
    for f in raw.find("PareticvsNonP_RNNData.csv"):
        people = raw.one("Subjectlabels.csv").path.read_text("utf-8-sig").split()
        speeds = _speeds(raw.one("SpeedLabels.mat").path)
        if len(people) != len(speeds):
            raise FormatError("people and speeds do not fit", file=f.name,
                              found=f"{len(people)} people, {len(speeds)} speeds")  # fmt: skip
        for i, (person, speed) in enumerate(zip(people, speeds, strict=True)):
            group = "stroke" if person.startswith("ST") else "able-bodied"
            yield Trial(
                f"{person}-{speed:.0f}", person, partial(_trial, f.path, i, len(people), person),
                f.name, group=group, condition="treadmill", speed=speed / 100,
            )  # fmt: skip


def _speeds(path: Path) -> list[float]:
    """Speeds (cm/s): the file's one variable, a cell array."""
    found = [v for k, v in loaded(path, path.name).items() if not k.startswith("__")]
    return [float(np.asarray(v).ravel()[0]) for v in np.asarray(found[0], dtype=object).ravel()]


@lru_cache(maxsize=1)
def _signals(path: Path, count: int) -> npt.NDArray[np.float64]:
    """trial × sample × angle."""
    try:
        table = np.loadtxt(path, delimiter=",", ndmin=2)
    except (OSError, ValueError) as error:
        raise FormatError("not a table of numbers", file=path.name, found=str(error)) from error
    if table.shape[0] != len(_LEGS) or table.shape[1] % count:
        raise FormatError("not the angles of this set", file=path.name, found=table.shape,
                          expected=f"6 rows, a multiple of {count} columns")  # fmt: skip
    return table.T.reshape(count, -1, len(_LEGS))


def _trial(path: Path, index: int, count: int, person: str) -> Content:
    angles = _signals(path, count)[index]
    return Recording(
        Subject(id=person), {"angles": Stream("angles", angles, _LEGS, rate=100.0)},
        notes=(
            Note("assumption", "angles", "the source does not name its columns: order hip, knee, "
                 "ankle of leg A, then B; leg A is taken as left (in stroke people it is the "
                 "paretic leg, whose true side is not given)"),
        ),
        name=f"{person} trial {index + 1}",
    )  # fmt: skip


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def _read(path: Path, person: str) -> Content:
    mine = [r for r in _rows(path) if r["subject"] == person]
    table = np.array([[float(r[c]) for c in ("speed_cm_s", "phase_pct", *_COLUMNS)] for r in mine])
    count, rest = divmod(len(table), _SAMPLES)
    table = table.reshape(count, _SAMPLES, -1) if not rest else table[None]
    if (
        rest
        or np.any(np.diff(table[:, :, 0], axis=1))
        or np.any(table[:, :, 1] != np.arange(_SAMPLES))
    ):
        raise FormatError("not whole strides of 100 samples", file=path.name, place=person)
    side = "paretic" if person.startswith("ST") else "left"
    return Curves(
        table[:, :, 2:], tuple(_COLUMNS.values()), ("deg",) * 6 + ("",), np.arange(100.0), "stride",
        "mean", {"speed": (table[:, 0, 0] / 100).tolist(), "side": [side] * count},
        subject=Subject(id=person), name=person,
        notes=(
            Note("assumption", "angles", "the source does not name its columns: order hip, knee, "
                 "ankle of leg A, then B, told from their shapes"),
            Note("warning", "angles", "small kinks near 60 % where the phase was joined"),
        ),
    )  # fmt: skip
