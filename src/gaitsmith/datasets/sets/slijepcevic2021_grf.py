"""Slijepcevic 2021: three ground force components of both feet over stance, healthy and patients.

``Feature`` trials × 6 × 101 (multiples of body weight): affected, then unaffected foot. The labels
of the two shear components are exchanged in the source (verified by plotting): channels 1 and 4
are medio-lateral (medial +), 2 and 5 fore-aft (propulsion +), 3 and 6 vertical.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from gaitsmith.datasets.base import About, Content, Excluded, Raw, Trial
from gaitsmith.datasets.curves import Curves
from gaitsmith.datasets.matlab import loaded
from gaitsmith.errors import FormatError
from gaitsmith.recording import Note, Subject

ABOUT = About(
    "slijepcevic2021_grf",
    "194 people (130 here), healthy and ankle, knee, hip patients: both feet's forces in stance",
    "github.com/sebastian-lapuschkin/explaining-deep-clinical-gait-classification",
    "Slijepcevic D et al. (2021) ACM Trans. Comput. Healthcare 3(2):14, 10.1145/3474121",
    "free for academic use only (licence of the repository)",
    "no",
)

_GROUPS = ("healthy", "ankle", "knee", "hip")


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """One set of curves a person: two rows (feet) a trial."""
    f = next(iter(raw.find("slijepcevic2021_grf*.mat")), None) or raw.one("*.mat")
    data = loaded(f.path, f.name)
    feature, subject, injury = (
        np.asarray(data[k]) for k in ("Feature", "Target_Subject", "Target_Injury")
    )
    if feature.ndim != 3 or feature.shape[1:] != (6, 101) or len(subject) != len(feature):
        raise FormatError("not the forces of this set", file=f.name, found=feature.shape,
                          expected="trials × 6 × 101")  # fmt: skip
    people, groups = subject.argmax(axis=1), injury.argmax(axis=1)
    for person in np.unique(people):
        rows = np.flatnonzero(people == person)
        name = f"{person:03d}"
        yield Trial(name, name, partial(_read, f.path, f.name, rows.tolist(), name), f.name,
                    group=_GROUPS[int(groups[rows[0]])])  # fmt: skip


def _read(path: Path, shown: str, rows: list[int], name: str) -> Content:
    feature = np.asarray(loaded(path, shown)["Feature"], dtype=np.float64)[rows]
    # trial × foot × (medial, forward, up) × sample -> rows × sample × (forward, up, medial)
    feet = feature.reshape(len(rows), 2, 3, 101)[:, :, [1, 2, 0]].transpose(0, 1, 3, 2)
    return Curves(
        feet.reshape(-1, 101, 3), ("force_forward", "force_up", "force_medial"), ("BW",) * 3,
        np.arange(101.0), "stance", "single",
        {"side": ["affected", "unaffected"] * len(rows),
         "trial": [i for i in range(len(rows)) for _ in range(2)]},
        subject=Subject(id=name), name=name,
        notes=(
            Note("assumption", "force_forward, force_medial", "the source's labels of the shear "
                 "components are exchanged; they were put right by their shapes"),
            Note("assumption", "side", "in healthy people the affected foot was assigned"),
        ),
    )  # fmt: skip
