"""Hood 2020: ankle angle and moment of people with an above-knee prosthesis, both sides, by speed.

Four header rows (person; side: ipsilateral = prosthesis; dimensionless speed v / √(9.81 · 0.5747 ·
height); -1sd, mean, +1sd), then 101 rows ``position`` (deg, dorsiflexion +) and 101 ``moment``
(N·m/kg, plantarflexor negative: ours). Heights are those of the README.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from gaitsmith.datasets.base import About, Content, Excluded, Raw, Trial
from gaitsmith.datasets.curves import Curves
from gaitsmith.errors import FormatError
from gaitsmith.recording import Subject

ABOUT = About(
    "hood2020_ankle",
    "18 people with an above-knee prosthesis (12 here), up to five speeds: ankle, both sides",
    "github.com/nikorose87/DJS-GA Hood",
    "Hood S, Ishmael MK, Gunnell A, Foreman KB, Lenzi T (2020) Sci Data 7:150",
    "CC BY 4.0 (derivative Apache-2.0)",
    "yes",
)

_HEIGHTS = {"TF01": 1.78, "TF02": 1.75, "TF05": 1.65, "TF06": 1.70, "TF08": 1.85, "TF09": 1.70,
            "TF11": 1.68, "TF13": 1.88, "TF15": 1.75, "TF16": 1.80, "TF18": 1.73, "TF19": 1.60}  # fmt: skip
_SIDES = {"ipsilateral": "prosthetic", "contralateral": "intact"}
#: Gravity (m/s²) and leg length by height, as the source scales its speeds.
_GRAVITY, _LEG = 9.81, 0.5747


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """One set of curves a person, a row a side and speed."""
    for f in raw.find("Hood_TF*.csv"):
        match = re.fullmatch(r"Hood_(TF\d+)", f.stem)
        if match is not None:
            yield Trial(match[1], match[1], partial(_read, f.path, match[1]), f.name,
                        group="above-knee prosthesis", condition="treadmill")  # fmt: skip


def _read(path: Path, person: str) -> Content:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.reader(handle))
    heads, body = rows[:4], rows[4:]
    values = {
        kind: np.array([[float(x) for x in r[2:]] for r in body if r[0] == kind])
        for kind in ("position", "moment")
    }
    triples = [tuple(h[2 + i] for h in heads) for i in range(len(heads[0]) - 2)]
    if any(v.shape != (101, len(triples)) for v in values.values()) or [t[3] for t in triples] != [
        "-1sd",
        "mean",
        "+1sd",
    ] * (len(triples) // 3):
        raise FormatError("not curves of mean and deviation", file=path.name,
                          expected="101 rows of position and of moment, columns -1sd, mean, +1sd")  # fmt: skip
    both = np.stack([values["position"], values["moment"]], axis=-1)
    low, mean, high = (both[:, i::3].transpose(1, 0, 2) for i in range(3))
    facts = triples[1::3]
    height = _HEIGHTS.get(person)
    scaled = [float(t[2]) for t in facts]
    unit = np.sqrt(_GRAVITY * _LEG * height) if height else np.nan
    subject = Subject(id=person)
    return Curves(
        mean, ("ankle_angle", "ankle_angle_moment"), ("deg", "Nm/kg"), np.arange(101.0), "stride",
        "mean",
        {"side": [_SIDES[t[1]] for t in facts],
         "speed": [round(float(s * unit), 2) if height else None for s in scaled],
         "dimensionless_speed": scaled},
        sd=(high - low) / 2, name=person,
        subject=subject.given("README of the set", height=height) if height else subject,
    )  # fmt: skip
