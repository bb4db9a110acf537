"""CMU subject 35: five plain walks; the layout of :mod:`gaitsmith.datasets.sets.cmu`."""

from __future__ import annotations

from dataclasses import replace

from gaitsmith.datasets.sets import cmu
from gaitsmith.datasets.sets.cmu import trials

__all__ = ["ABOUT", "trials"]

ABOUT = replace(
    cmu.ABOUT, name="cmu35", title="CMU subject 35, five plain walks: ASF/AMC at 120 Hz"
)
