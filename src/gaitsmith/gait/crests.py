"""Crests of a signal: its local maxima that are high, stand out and lie apart.

What `scipy.signal.find_peaks` finds with the same arguments (the tests hold it to that), without
the quarter of a second in which that package is imported.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["crests"]

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


def crests(
    x: Array, *, height: float = -np.inf, prominence: float = 0.0, distance: int = 1
) -> Places:
    """Samples of the crests of `x` (n,), in their order.

    Parameters
    ----------
    height
        Least value.
    prominence
        How far a crest stands, at least, above the higher of the two lowest places between it and
        the next higher sample (or the end) on either side.
    distance
        Fewest samples between two crests; of nearer ones the higher stays (of equals the first).
    """
    x = np.asarray(x, dtype=np.float64)
    at = _maxima(x)
    at = at[x[at] >= height]
    at = at[_apart(at, x[at], distance)]
    return at[_prominences(x, at) >= prominence] if prominence > 0 else at


def _maxima(x: Array) -> Places:
    """Middles of the level stretches from which the signal falls to both sides."""
    if len(x) < 3:
        return np.zeros(0, np.intp)
    firsts = np.concatenate(([0], np.flatnonzero(np.diff(x)) + 1))
    lasts = np.concatenate((firsts[1:] - 1, [len(x) - 1]))
    level = x[firsts]
    top = np.zeros(len(firsts), dtype=bool)
    top[1:-1] = (level[1:-1] > level[:-2]) & (level[1:-1] > level[2:])
    return (firsts[top] + lasts[top]) // 2


def _apart(at: Places, height: Array, distance: int) -> npt.NDArray[np.bool_]:
    """Which stay where of two crests nearer than `distance` the higher one stays."""
    keep = np.ones(len(at), dtype=bool)
    if distance <= 1 or len(at) < 2 or np.diff(at).min() >= distance:
        return keep
    first = np.searchsorted(at, at - distance, side="right")
    stop = np.searchsorted(at, at + distance, side="left")
    for i in np.argsort(-height, kind="stable"):
        if keep[i]:
            keep[first[i] : stop[i]] = False
            keep[i] = True
    return keep


def _prominences(x: Array, at: Places) -> Array:
    if not len(at):
        return np.zeros(0)
    # Every maximum may end the look-out from another, and so may the two ends.
    every = np.unique(np.concatenate(([0], _maxima(x), [len(x) - 1])))
    heights = x[every]
    between = np.minimum.reduceat(x, every)[:-1]
    ahead = np.concatenate(([heights[0]], between))
    behind = np.concatenate((between, [heights[-1]]))
    left = _lows(heights.tolist(), ahead.tolist())
    right = _lows(heights[::-1].tolist(), behind[::-1].tolist())[::-1]
    bases = np.maximum(left, right)
    return np.asarray(x[at] - bases[np.searchsorted(every, at)])


def _lows(heights: list[float], valleys: list[float]) -> Array:
    """Lowest value between each maximum and the next higher one before it.

    `valleys` are the lowest values between each and the one before.
    """
    out: list[float] = []
    open_: list[tuple[float, float]] = []
    for height, valley in zip(heights, valleys, strict=True):
        low = valley
        while open_ and open_[-1][0] <= height:
            low = min(low, open_.pop()[1])
        open_.append((height, low))
        out.append(low)
    return np.array(out)
