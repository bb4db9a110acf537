"""Cadence and stride length at other speeds: log cadence against log speed and log height.

log cadence = b0 + b1 log v + b2 log height + own part that lasts + own part that fades with the
distance in speed. Stride length follows as 120 · v / cadence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.models.speed.mixed import Solved, kernels, restricted
from gaitsmith.models.speed.units import Units

__all__ = ["fit", "predict"]

Array = npt.NDArray[np.float64]
_PARTS = ("person", "person_decay")
# Height (m) where it is not known: between women's and men's means; said in a note by the API.
UNKNOWN_HEIGHT = 1.70


def _design(units: Units) -> Array:
    height = np.where(np.isnan(units.height), UNKNOWN_HEIGHT, units.height)
    return np.column_stack(
        [np.ones(len(units)), np.log(units.speed), np.log(height / UNKNOWN_HEIGHT)]
    )


def fit(units: Units, decay: float) -> dict[str, Array]:
    """What is learnt from the units whose cadence is known; empty where there are none."""
    known = units.take(np.isfinite(units.cadence))
    if len(known) < 5 or len(np.unique(known.person)) < 3:
        return {}
    K = kernels(known, known, decay, _PARTS)
    z = np.log(known.cadence)
    X = _design(known)
    if np.ptp(X[:, 2]) == 0:
        X[:, 2] = 0.0
        X = X[:, :2]
    variances = restricted(z, X, K, known.count, _PARTS)
    solved = Solved.of(z[:, None], X, K, known.count, variances[None])
    fixed, spread = np.zeros(3), np.zeros((3, 3))
    p = X.shape[1]
    fixed[:p], spread[:p, :p] = solved.fixed[0], solved.spread[0]
    return {"tempo_fixed": fixed, "tempo_spread": spread, "tempo_variances": variances}


def predict(
    weights: Mapping[str, npt.NDArray[Any]], sources: Units, targets: Units, decay: float
) -> tuple[Array, Array]:
    """Cadence (steps/min) at the targets' speeds and the SD of its logarithm.

    From the sources' cadences where they are known, else what the population does.
    """
    e = weights["tempo_variances"]
    b, spread = weights["tempo_fixed"], weights["tempo_spread"]
    known = sources.take(np.isfinite(sources.cadence))
    both = known.joined(targets).replaced(person="new", leg="")
    X = _design(both)
    cov = np.tensordot(e[:-1], kernels(both, both, decay, _PARTS), 1) + X @ spread @ X.T
    n = len(known)
    mean = X @ b
    if n:
        noisy = cov[:n, :n] + np.diag(e[-1] / known.count)
        gain = np.linalg.solve(noisy, cov[:n]).T
        mean = mean + gain @ (np.log(known.cadence) - mean[:n])
        cov = cov - gain @ cov[:n]
    return np.exp(mean[n:]), np.sqrt(np.maximum(np.diag(cov)[n:], 0.0))
