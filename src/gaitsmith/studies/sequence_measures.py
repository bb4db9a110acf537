"""Cycles of walking sequences, found once and compared often: cycle MAE, r, cadence.

The measures of ``gait.metrics.cycles`` (Dinesh et al. 2026), for many sequences against many: each
sequence's cycles are found and normalised once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.gait.interpolate import normalise
from gaitsmith.gait.metrics.cycles import cadence, cycles_from_hip, match_cycles
from gaitsmith.models.speed.sequences import LABELS, RATE_HZ

__all__ = ["Cycles", "compared"]

Array = npt.NDArray[np.float64]
_SIDES = ("l", "r")
_COLUMNS = {s: [i for i, c in enumerate(LABELS) if c.endswith(f"_{s}")] for s in _SIDES}
#: The hip's column of each side stands first among its three (hip, knee, ankle).
_HIP = {s: LABELS.index(f"hip_flexion_{s}") for s in _SIDES}


@dataclass(frozen=True)
class Cycles:
    """Cycles of both sides of one sequence.

    Attributes
    ----------
    bounds
        side -> cycle × 2, s.
    curves
        side -> cycle × 101 × (hip, knee, ankle), degrees.
    seconds
        Length of the sequence.
    """

    bounds: dict[str, Array]
    curves: dict[str, Array]
    seconds: float

    @classmethod
    def of(cls, angles: Array, rate_hz: float = RATE_HZ) -> Cycles:
        """From time × 6 (:data:`~gaitsmith.models.speed.sequences.LABELS`)."""
        time = np.arange(len(angles)) / rate_hz
        bounds = {s: cycles_from_hip(angles[:, _HIP[s]], rate_hz) for s in _SIDES}
        curves = {}
        for s, b in bounds.items():
            mine = angles[:, _COLUMNS[s]]
            curves[s] = normalise(time, mine, b[:, 0], b[:, 1]) if len(b) else np.zeros((0, 101, 3))
        return cls(bounds, curves, len(angles) / rate_hz)

    @property
    def whole(self) -> bool:
        """Whether both sides have cycles."""
        return all(len(b) for b in self.bounds.values())

    @property
    def cadence(self) -> float:
        """Steps/min as published: 60 · 2N / T of each side, averaged."""
        return cadence(len(self.bounds["l"]), len(self.bounds["r"]), self.seconds)

    @property
    def rate(self) -> float:
        """Steps/min from the cycles' own lengths: not rounded to whole cycles."""
        return float(np.mean([120.0 / (b[:, 1] - b[:, 0]).mean() for b in self.bounds.values()]))

    def mean(self, side: str) -> Array:
        """joint × 101, the mean over all cycles of a side."""
        return np.asarray(self.curves[side].mean(axis=0).T)


def compared(real: Cycles, generated: Cycles) -> tuple[float, float]:
    """Cycle MAE (degrees) and r, means over the six joints; NaN where a side has no cycles."""
    if not (real.whole and generated.whole):
        return float("nan"), float("nan")
    errors, alike = [], []
    for s in _SIDES:
        pairs = np.array(match_cycles(real.bounds[s], generated.bounds[s]))
        a, b = real.curves[s][pairs[:, 0]].mean(axis=0), generated.curves[s][pairs[:, 1]].mean(axis=0)  # fmt: skip
        errors.append(np.abs(a - b).mean())
        x, y = a - a.mean(axis=0), b - b.mean(axis=0)
        alike.append(((x * y).sum(axis=0) / np.sqrt((x * x).sum(axis=0) * (y * y).sum(axis=0))).mean())  # fmt: skip
    return float(np.mean(errors)), float(np.mean(alike))
