"""gaitkit's examples: joint positions of a healthy, a stroke and a Parkinson's person.

``example_kuopio.json`` of the package is all zeros and excluded.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from gaitsmith.datasets.base import About, Excluded, Raw, Trial
from gaitsmith.datasets.sets.single import read_as

ABOUT = About(
    "gaitkit_examples",
    "3 people (healthy, stroke, Parkinson): joint positions with contact events",
    "PyPI gaitkit 1.5.0, gaitkit/data",
    "Fukuchi 2018; Van Criekinge 2023; as the package states (its sources contradict each other)",
    "CC BY 4.0 and ODC-By as stated by the package (MIT)",
    "yes",
)


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Every example."""
    for f in raw.find("example_*.json"):
        name = f.stem.removeprefix("example_")
        if name == "kuopio":
            yield Excluded(name, name, "all positions are zero", f.name)
            continue
        yield Trial(name, name, partial(read_as, [f.path], name, name), f.name, group=name)
