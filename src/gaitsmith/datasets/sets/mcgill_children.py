"""McGill children: straight walks, turns and standing, markers and two plates (C3D).

``<person>/<Straight | Turn | Static>/<name>.c3d``; a loose file is known by its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from gaitsmith.datasets.base import About, Excluded, Raw, Trial
from gaitsmith.datasets.sets.single import read_as

ABOUT = About(
    "mcgill_children",
    "children (8 here) walking straight and turning: full-body markers, two plates, PiG outputs",
    "github.com/mcgillmotionlab/biomechzoo data/sample_study",
    "Dixon PC et al. (2017) biomechZoo, Comput Methods Programs Biomed 140:1-10",
    "MIT",
    "yes",
)

_TASKS = {"Straight": "walking", "Turn": "turning", "Static": "standing"}


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Every C3D file."""
    for f in raw.find("*.c3d"):
        match = re.match(r"(HC\d+A)\d+$", f.stem)
        person = match[1] if match else f.stem
        task = next((v for k, v in _TASKS.items() if k in f.path.parts), "walking")
        yield Trial(f.stem, person, partial(read_as, [f.path], person, f.stem), f.name,
                    group="typically developing", task=task)  # fmt: skip
