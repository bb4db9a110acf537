"""Pataky 2008: vertical ground reaction force of stance at three asked speeds, 60 trials a person.

``ex_grf_subj<nnn>.npy`` (60 × 101, multiples of body weight) and ``speeds*.csv`` (subject, trial,
condition 1 slow, 2 normal, 3 fast, measured speed).
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
    "pataky2008",
    "10 people (7 here), 3 speeds x 20 trials: vertical force of stance",
    "PyPI spm1d, ex_grf_subj*.npy",
    "Pataky TC et al. (2008) J Biomech 41(9):1987-1994",
    "GPL-3 as the package states",
    "card",
)

_CONDITIONS = {1: "slow", 2: "normal", 3: "fast"}


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """One set of curves a person, a row a trial."""
    speeds = raw.one("speeds*.csv")
    for f in raw.find("ex_grf_subj*.npy"):
        match = re.fullmatch(r"ex_grf_subj(\d+)", f.stem)
        if match is not None:
            yield Trial(match[1], match[1], partial(_read, f.path, speeds.path, int(match[1])), f.name,
                        group="healthy")  # fmt: skip


def _read(path: Path, speeds: Path, person: int) -> Content:
    try:
        force = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise FormatError("not an array", file=path.name, found=str(error)) from error
    with speeds.open(encoding="utf-8-sig", newline="") as handle:
        rows = [r for r in csv.DictReader(handle) if int(r["subject"]) == person]
    rows.sort(key=lambda r: int(r["trial"]))
    if force.shape != (len(rows), 101) or [int(r["trial"]) for r in rows] != list(range(len(rows))):
        raise FormatError("trials and speeds do not fit", file=path.name, found=force.shape,
                          expected=f"{len(rows)} × 101")  # fmt: skip
    return Curves(
        force[:, :, None], ("force_up",), ("BW",), np.arange(101.0), "stance", "single",
        {"speed": [float(r["speed_m_s"]) for r in rows],
         "condition": [_CONDITIONS[int(r["condition"])] for r in rows]},
        subject=Subject(id=f"{person:03d}"), name=f"subject {person}",
    )  # fmt: skip
