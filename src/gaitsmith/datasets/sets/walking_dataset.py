"""Walking-Dataset (Marpino): young and elderly people walk 5 m with seven IMUs and insole cells.

Names of files do not map to the people of the source's tables, so a file is a person. The folder
``EstimatedData`` (low-passed near 3 Hz and rotated) is no raw data and is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from gaitsmith.datasets.base import About, Excluded, Raw, Trial
from gaitsmith.datasets.sets.single import read_as

ABOUT = About(
    "walking_dataset",
    "young and elderly people (2 here), 5 m: seven IMU, toe and heel pressure",
    "github.com/Marpino/Walking-dataset",
    "Marpino, Walking-dataset (no paper given)",
    "none stated",
    "no",
)


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Every workbook."""
    for f in raw.find("*.xlsx"):
        if f.stem.startswith("~$"):
            continue
        if "EstimatedData" in f.name:
            yield Excluded(f"estimated-{f.stem}", f.stem, "low-passed and rotated, not raw", f.name)
            continue
        group = next((g for g in ("elderly", "young") if g in f.name.lower()), "")
        yield Trial(f.stem, f.stem, partial(read_as, [f.path], f.stem, f.stem), f.name, group=group)
