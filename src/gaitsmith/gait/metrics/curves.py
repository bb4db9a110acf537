"""Errors of curves against curves, and of bands. NaN in either is left out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError

__all__ = ["coverage", "interval_width", "mae", "nrmse", "pearson", "rmse", "spread"]

Array = npt.NDArray[np.float64]


def _pair(a: Array, b: Array) -> tuple[Array, Array]:
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape:
        raise GaitsmithError("curves of different shape cannot be compared", place="error measure",
                             found=f"{a.shape} and {b.shape}", expected="the same shape")  # fmt: skip
    both = ~(np.isnan(a) | np.isnan(b))
    return a[both], b[both]


def mae(a: Array, b: Array) -> float:
    """Mean absolute difference; NaN without a common value."""
    x, y = _pair(a, b)
    return float(np.mean(np.abs(x - y))) if len(x) else float("nan")


def rmse(a: Array, b: Array) -> float:
    """Root mean square difference; NaN without a common value."""
    x, y = _pair(a, b)
    return float(np.sqrt(np.mean((x - y) ** 2))) if len(x) else float("nan")


def nrmse(estimate: Array, truth: Array) -> float:
    """RMSE over the range (maximum - minimum) of the truth; NaN where that is zero."""
    x, y = _pair(estimate, truth)
    wide = float(np.ptp(y)) if len(y) else 0.0
    return rmse(x, y) / wide if wide > 0 else float("nan")


def pearson(a: Array, b: Array) -> float:
    """Pearson's r; NaN where one of them does not vary."""
    x, y = _pair(a, b)
    if len(x) < 2:
        return float("nan")
    # Centred twice: the first mean of large numbers is itself rounded.
    x, y = x - x.mean(), y - y.mean()
    x, y = x - x.mean(), y - y.mean()
    size = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(np.clip(x @ y / size, -1.0, 1.0)) if size > 0 else float("nan")


def coverage(truth: Array, low: Array, high: Array) -> float:
    """Share (0-1) of the truth between the bounds of a band, bounds included; NaN without truth."""
    truth, low, high = np.broadcast_arrays(truth, low, high)
    known = ~(np.isnan(truth) | np.isnan(low) | np.isnan(high))
    if not known.any():
        return float("nan")
    inside = (truth >= low) & (truth <= high)
    return float(inside[known].mean())


def interval_width(low: Array, high: Array) -> float:
    """Mean width of a band: of two with the same coverage the narrower knows more."""
    return float(np.nanmean(np.asarray(high) - np.asarray(low)))


def spread(generated: Array, real: Array) -> float:
    """Spread of generated strides (stride × …) over that of the person's own: 1 is as it should be.

    Root of the mean variance over strides, of each.
    """
    g, r = (np.sqrt(np.mean(np.var(x, axis=0, ddof=1))) for x in (generated, real))
    return float(g / r) if r > 0 else float("nan")
