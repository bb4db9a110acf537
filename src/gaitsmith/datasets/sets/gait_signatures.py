"""Gait signatures: mean stride angles of able-bodied and stroke people at six treadmill speeds.

Winner TS, Rosenberg MC, Jain K, Kesar TM, Ting LH, Berman GJ (2023) PLoS Comput Biol, "Discovering
individual-specific gait signatures". Rows are mean strides that start near the strike of leg A
(left; in stroke people the paretic one); ``other.`` is leg B over the same cycle.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from gaitsmith.datasets.base import About, Content, Excluded, Raw, Trial
from gaitsmith.datasets.curves import Curves
from gaitsmith.errors import FormatError
from gaitsmith.recording import Note, Subject

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


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """One set of curves a person, a row a speed."""
    for f in raw.find("phase_averaged_kinematics*.csv"):
        for person in sorted({row["subject"] for row in _rows(f.path)}):
            group = "stroke" if person.startswith("ST") else "able-bodied"
            yield Trial(person, person, partial(_read, f.path, person), f.name, group=group,
                        condition="treadmill")  # fmt: skip


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
