"""Mobilise-D's example: one older adult with a low-back sensor and two reference systems."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from gaitsmith.datasets.base import About, Excluded, Raw, Trial
from gaitsmith.datasets.matlab import loaded
from gaitsmith.datasets.sets.single import read_as
from gaitsmith.formats.mobilised import trials as inside

ABOUT = About(
    "mobgap_example",
    "1 older adult: low-back IMU, contacts by insoles and by motion capture",
    "github.com/mobilise-d/mobgap example_data",
    "Salis F et al. (2023) Mobilise-D technical validation; mobgap",
    "Apache-2.0",
    "yes",
)

_TASKS = {"Test5": "walking", "Test11": "daily life"}
_GROUPS = {"HA": "healthy", "MS": "multiple sclerosis", "PD": "Parkinson", "PFF": "hip fracture",
           "COPD": "COPD", "CHF": "heart failure"}  # fmt: skip


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Every trial in every ``data.mat``; the folders above it name cohort and person."""
    for f in raw.find("data.mat"):
        cohort, person = ([*f.path.parent.parts, "", ""])[-4:-2]
        person = f"{cohort}-{person}"
        data: dict[str, Any] = loaded(f.path, f.name)
        for name, _ in inside(data):
            test = name.split("/")[-2]
            short = "-".join([person, *name.split("/")[-2:]])
            yield Trial(
                short, person, partial(read_as, [f"{f.path}!{name}"], person, short),
                f"{f.name}!{name}", group=_GROUPS.get(cohort, cohort),
                task=_TASKS.get(test, test),
            )  # fmt: skip
