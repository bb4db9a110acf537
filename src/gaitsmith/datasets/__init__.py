"""Prepared collections of recordings and curves, and loaders of public sets.

>>> from gaitsmith.datasets import Store, prepare
>>> prepare("voisard2023", "../shared/data", "prepared")      # doctest: +SKIP
>>> store = Store("prepared")                                  # doctest: +SKIP
>>> store.recording("voisard2023/1-4", streams=["imu_foot_r"]) # doctest: +SKIP
"""

from __future__ import annotations

from gaitsmith.datasets.base import About, Excluded, Raw, Trial
from gaitsmith.datasets.curves import Curves
from gaitsmith.datasets.preparing import Prepared, prepare
from gaitsmith.datasets.registry import catalogue
from gaitsmith.datasets.splits import Splits
from gaitsmith.datasets.store import Damage, Store
from gaitsmith.datasets.writer import Writer

__all__ = [
    "About",
    "Curves",
    "Damage",
    "Excluded",
    "Prepared",
    "Raw",
    "Splits",
    "Store",
    "Trial",
    "Writer",
    "catalogue",
    "prepare",
]
