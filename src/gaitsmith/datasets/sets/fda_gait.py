"""fda's gait data: hip and knee angle of boys over one stride, 20 points.

Long CSV: person, cycle_fraction (0.025, 0.075 … 0.975), hip_deg, knee_deg. boy26 is an exact copy
of boy19 and excluded.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from gaitsmith.datasets.base import About, Content, Excluded, Raw, Trial
from gaitsmith.datasets.curves import Curves
from gaitsmith.recording import Subject

ABOUT = About(
    "fda_gait",
    "39 boys (38 distinct): hip and knee angle over one stride, 20 points",
    "R package fda, data/gait.rda",
    "Olshen RA, Biden EN, Wyatt MP, Sutherland DH (1989) Ann. Statist. 17:1419",
    "GPL (>= 2)",
    "yes",
)


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """One stride a boy; a copy of another boy is excluded."""
    f = raw.one("gait.csv")
    curves = _curves(f.path)
    seen: dict[bytes, str] = {}
    for person, table in curves.items():
        first = seen.setdefault(table.tobytes(), person)
        if first != person:
            yield Excluded(person, person, f"an exact copy of {first}", f.name)
        else:
            yield Trial(person, person, partial(_read, f.path, person), f.name,
                        group="typically developing")  # fmt: skip


def _curves(path: Path) -> dict[str, np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    people = dict.fromkeys(r["person"] for r in rows)
    return {
        p: np.array([[float(r[c]) for c in ("cycle_fraction", "hip_deg", "knee_deg")]
                     for r in rows if r["person"] == p])
        for p in people
    }  # fmt: skip


def _read(path: Path, person: str) -> Content:
    table = _curves(path)[person]
    return Curves(table[None, :, 1:], ("hip_flexion", "knee_angle"), ("deg", "deg"), 100 * table[:, 0],
                  "stride", subject=Subject(id=person).given("set", sex="male"), name=person)  # fmt: skip
