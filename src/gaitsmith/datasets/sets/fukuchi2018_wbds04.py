"""One person of Fukuchi 2018 (WBDS04): treadmill forces at four speeds, text files.

The layout is the full set's; see :mod:`gaitsmith.datasets.sets.fukuchi2018`.
"""

from __future__ import annotations

from collections.abc import Iterator

from gaitsmith.datasets.base import About, Excluded, Raw, Trial
from gaitsmith.datasets.sets import fukuchi2018

ABOUT = About(
    "fukuchi2018_wbds04",
    "1 person of WBDS, treadmill at four speeds: forces of two belts, 30 s",
    "github.com/0todd0000/detrend1d Data/Fukuchi2018",
    fukuchi2018.ABOUT.cite,
    "CC BY 4.0",
    "yes",
)


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """The trials of the full set's loader."""
    return fukuchi2018.trials(raw)
