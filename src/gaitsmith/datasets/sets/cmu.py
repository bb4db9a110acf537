"""CMU Graphics Lab: ASF skeletons with AMC motions at 120 Hz, and C3D files of the same trials."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from gaitsmith.datasets.base import About, Excluded, Raw, Trial
from gaitsmith.datasets.sets.single import read_as

ABOUT = About(
    "cmu",
    "CMU Graphics Lab subjects 02 and 03: ASF/AMC at 120 Hz, one C3D",
    "mocap.cs.cmu.edu",
    "CMU Graphics Lab Motion Capture Database, NSF EIA-0196217",
    "free for research and commercial use; acknowledge mocap.cs.cmu.edu",
    "yes",
)

# Subject 03 walks on raised, uneven ground by the data base's own list.
_TASKS = {"03": "uneven ground"}


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Every motion with its skeleton; a C3D whose AMC is there says so."""
    skeletons = {f.stem: f for f in raw.find("*.asf")}
    motions = {f.stem for f in raw.find("*.amc")}
    for f in raw.find("*.amc", "*.c3d"):
        match = re.fullmatch(r"(\d+)_(\d+)", f.stem)
        if match is None:
            yield Excluded(f.stem, f.stem, "not named subject_trial", f.name)
            continue
        person = match[1]
        task = _TASKS.get(person, "walking")
        if f.path.suffix == ".c3d":
            use = f"the markers of {f.stem}" if f.stem in motions else ""
            yield Trial(f"{f.stem}-c3d", person, partial(read_as, [f.path], person, f"{f.stem} c3d"),
                        f.name, task=task, use=use)  # fmt: skip
        elif person not in skeletons:
            yield Excluded(f.stem, person, f"its skeleton {person}.asf is missing", f.name)
        else:
            yield Trial(
                f.stem, person,
                partial(read_as, [f.path], person, f.stem, skeleton=str(skeletons[person].path)),
                f.name, task=task,
            )  # fmt: skip
