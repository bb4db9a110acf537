"""Time warping and the circle: measures of sequences and of gait %."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError

__all__ = [
    "circular_difference", "circular_mae", "circular_mean", "circular_rmse", "dtw", "from_circle",
    "to_circle",
]  # fmt: skip

Array = npt.NDArray[np.float64]


def dtw(a: Array, b: Array, *, window: int | None = None, per_sample: bool = False) -> float:
    """Dynamic time warping distance: root of the sum of squared differences along the best path.

    Parameters
    ----------
    a, b
        Sequences, (n,) or (n, channel); no NaN.
    window
        Largest shift, samples (Sakoe-Chiba band); None: any.
    per_sample
        Divide by the root of the longer length, so that lengths can be compared.

    Computed by dtaidistance (Meert et al.).
    """
    from dtaidistance import dtw as one
    from dtaidistance import dtw_ndim as many

    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if not len(a) or not len(b) or a.shape[1:] != b.shape[1:]:
        raise GaitsmithError("these sequences cannot be warped on each other", place="dtw",
                             found=f"{a.shape} and {b.shape}", expected="(n,) or (n, channels) each")  # fmt: skip
    if np.isnan(a).any() or np.isnan(b).any():
        raise GaitsmithError("a sequence with gaps cannot be warped", place="dtw", found="NaN")
    measure = one if a.ndim == 1 else many
    shift = None if window is None else max(window, abs(len(a) - len(b)) + 1)
    distance = float(measure.distance(a.copy(), b.copy(), window=shift, use_c=True))
    return distance / float(np.sqrt(max(len(a), len(b)))) if per_sample else distance


def circular_difference(a: Array, b: Array, period: float = 100.0) -> Array:
    """a - b on a circle: from -period/2 (included) to period/2."""
    half = period / 2
    return np.asarray((np.asarray(a) - np.asarray(b) + half) % period - half)


def circular_mae(estimate: Array, truth: Array, period: float = 100.0) -> float:
    """Mean absolute error on a circle (gait %: period 100); NaN left out."""
    return float(np.nanmean(np.abs(circular_difference(estimate, truth, period))))


def circular_rmse(estimate: Array, truth: Array, period: float = 100.0) -> float:
    """Root mean square error on a circle; NaN left out."""
    return float(np.sqrt(np.nanmean(circular_difference(estimate, truth, period) ** 2)))


def circular_mean(values: Array, period: float = 100.0) -> float:
    """Mean on a circle, 0 … period; NaN where the values point everywhere."""
    pair = np.nanmean(to_circle(values, period), axis=0)
    if np.linalg.norm(pair) < 1e-12:
        return float("nan")
    return float(from_circle(pair, period))


def to_circle(values: Array, period: float = 100.0) -> Array:
    """(sin, cos) of values on a circle: … × 2."""
    angle = 2 * np.pi * np.asarray(values, dtype=np.float64) / period
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1)


def from_circle(pair: Array, period: float = 100.0) -> Array:
    """The inverse of :func:`to_circle`: 0 up to, not including, the period."""
    pair = np.asarray(pair, dtype=np.float64)
    turn = np.arctan2(pair[..., 0], pair[..., 1]) / (2 * np.pi) % 1.0
    # A tiny negative angle has remainder 1.0 in floating point.
    return np.asarray(np.where(turn >= 1.0, 0.0, turn) * period)
