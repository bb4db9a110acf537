"""Van Criekinge 2023: 138 able-bodied adults and 50 stroke survivors, barefoot, Plug-in Gait.

Van Criekinge T, Saeys W, Truijen S, Vereeck L, Sloot LH, Hallemans A (2023) A full-body motion
capture gait dataset of 138 able-bodied adults across the life span and 50 stroke survivors. Sci
Data 10:852; figshare collection 10.6084/m9.figshare.c.6503791. C3D files, a folder a person:
``SUBJ05/SUBJ5 (1).c3d`` (able-bodied) and ``TVC39/BWA 03.c3d`` or ``BWA3.c3d`` (stroke); names with
``Cal`` or ``_ST`` are standing. The Excel and MATLAB files of stride curves beside them are not
read: the C3D files hold markers, plates, events and the model's angles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from gaitsmith.datasets.base import About, Excluded, Raw, Trial
from gaitsmith.datasets.sets.single import read_as

ABOUT = About(
    "vancriekinge2023",
    "138 able-bodied adults and 50 stroke survivors, overground: full-body markers, plates (C3D)",
    "figshare collection 10.6084/m9.figshare.c.6503791",
    "Van Criekinge T et al. (2023) Sci Data 10:852",
    "CC BY 4.0",
    "yes",
    layout="Sci Data 10:852, data records; folder and file names as public loaders read them",
)


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Every C3D file in a folder of a person."""
    seen: dict[str, int] = {}
    for f in raw.find("*.c3d"):
        folder = next((p for p in reversed(f.path.parent.parts)
                       if re.fullmatch(r"(SUBJ|TVC)\s*\d+", p)), None)  # fmt: skip
        if folder is None:
            yield Excluded(_safe(f.stem), _safe(f.stem), "not in a folder SUBJ… or TVC…", f.name)
            continue
        person = _safe(folder)
        short = f"{person}-{_safe(f.stem)}"
        seen[short] = seen.get(short, 0) + 1
        if seen[short] > 1:
            short += f"-{seen[short]}"
        standing = "Cal" in f.stem or "_ST" in f.stem.upper()
        yield Trial(short, person, partial(read_as, [f.path], person, short), f.name,
                    group="stroke" if person.startswith("TVC") else "able-bodied",
                    task="standing" if standing else "walking", condition="overground barefoot")  # fmt: skip


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.+]+", "_", name).strip("_.") or "trial"
