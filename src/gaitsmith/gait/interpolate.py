"""Samples at other times and between events: vectorised interpolation on plain arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["normalise", "sample"]

Array = npt.NDArray[np.float64]


def sample(
    time: Array, data: Array, at: Array, *, smooth: bool = True, longest_gap: float | None = None
) -> Array:
    """`data` (time first) at the times `at` (any shape): shape of `at` + shape of a sample.

    Linear, or (``smooth``) cubic Hermite with three-point slopes where both outer neighbours are
    there (Catmull-Rom; Keys RG, 1981, IEEE Trans ASSP 29:1153-1160, for even clocks). NaN where a
    neighbour is missing, outside the clock, or between samples further apart than `longest_gap`
    (s); a value exactly on a sample needs only that sample.
    """
    flat = data.reshape(len(data), int(np.prod(data.shape[1:])))
    where = np.asarray(at, dtype=np.float64).reshape(-1)
    shape = (*np.shape(at), *data.shape[1:])
    if not len(time) or not flat.shape[1] or not len(where):
        return np.full(shape, np.nan)
    # A time rounded by a file differs from its sample by less than this.
    slack = 1e-6 * (float(np.median(np.diff(time))) if len(time) > 1 else 1.0) + 1e-12
    inside = (where >= time[0] - slack) & (where <= time[-1] + slack)
    q = np.clip(where, time[0], time[-1])
    q = np.where(np.isnan(q), time[0], q)
    hi = np.clip(np.searchsorted(time, q, side="left"), 1, max(1, len(time) - 1))
    lo = np.minimum(hi - 1, len(time) - 1)
    hi = np.minimum(hi, len(time) - 1)
    step = time[hi] - time[lo]
    u = np.divide(q - time[lo], step, out=np.zeros_like(q), where=step > 0)[:, None]
    a, b = flat[lo], flat[hi]
    with np.errstate(invalid="ignore"):
        out = a + u * (b - a)
        if smooth and len(time) > 3:
            before, after = np.maximum(lo - 1, 0), np.minimum(hi + 1, len(time) - 1)
            wide_a, wide_b = time[hi] - time[before], time[after] - time[lo]
            # Slopes over a clock's gap would be far too flat or steep: those stay linear.
            usual = 2.5 * float(np.median(np.diff(time)))
            fit = (before < lo) & (after > hi) & (wide_a > 0) & (wide_b > 0) & (step > 0)
            fit &= (wide_a <= 2 * usual) & (wide_b <= 2 * usual)
            ra = np.divide(step, wide_a, out=np.zeros_like(step), where=wide_a > 0)[:, None]
            rb = np.divide(step, wide_b, out=np.zeros_like(step), where=wide_b > 0)[:, None]
            ma, mb = (b - flat[before]) * ra, (flat[after] - a) * rb
            u2, u3 = u * u, u * u * u
            cubic = (
                (2 * u3 - 3 * u2 + 1) * a + (u3 - 2 * u2 + u) * ma
                + (3 * u2 - 2 * u3) * b + (u3 - u2) * mb
            )  # fmt: skip
            out = np.where(fit[:, None] & ~np.isnan(cubic), cubic, out)
    exact_lo, exact_hi = np.abs(q - time[lo]) <= slack, np.abs(q - time[hi]) <= slack
    out = np.where(exact_lo[:, None], a, np.where(exact_hi[:, None], b, out))
    if longest_gap is not None:
        inside &= (step <= longest_gap) | exact_lo | exact_hi
    out[~inside] = np.nan
    return out.reshape(shape)


def normalise(
    time: Array, data: Array, start: Array, stop: Array, *, points: int = 101,
    smooth: bool = True, longest_gap: float | None = None,
) -> Array:  # fmt: skip
    """`data` between each `start` and `stop` (s) on `points` even points: n × points × …"""
    fraction = np.linspace(0.0, 1.0, points)
    grid = np.asarray(start)[:, None] + np.asarray(stop - start)[:, None] * fraction
    return sample(time, data, grid, smooth=smooth, longest_gap=longest_gap)
