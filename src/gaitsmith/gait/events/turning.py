"""Turning points of cyclic signals, and places between samples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.gait.crests import crests
from gaitsmith.signals import fill_gaps

__all__ = ["between", "rising", "turning_points"]

Array = npt.NDArray[np.float64]

# Nearer to an end of the record than this (s) a turning point is not told from the end itself;
# beyond it, it need stand out towards the other side only.
_EDGE_S = 0.06
# A turning point is climbed to within this time (s), by half the least swing.
_CLIMB_S = 1.0
# No stride is shorter (s): that of a sprint.
_SHORTEST_S = 0.4


def turning_points(
    x: Array, rate: float, least: float, share: float = 0.4
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Samples of the maxima and minima of a cyclic signal, taking turns.

    Parameters
    ----------
    x
        (n,); NaN are bridged, and turning points within them left out.
    rate
        Samples per second.
    least
        A turning point stands out by this much, in the unit of `x`,
    share
        and by this share of the usual swing (5th to 95th percentile).
    """
    known = np.isfinite(x)
    if known.sum() < 5:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    whole = fill_gaps(np.arange(len(x), dtype=float), x)
    spread = float(np.percentile(whole, 95) - np.percentile(whole, 5))
    stands_out = max(share * spread, least)
    apart = max(1, round(0.5 * _SHORTEST_S * rate))
    tops, dips = (
        crests(np.pad(y, 1, constant_values=y.min()), prominence=stands_out, distance=apart) - 1
        for y in (whole, -whole)
    )
    edge = round(_EDGE_S * rate)
    tops, dips = (at[(at >= edge) & (at < len(x) - edge)] for at in (tops, dips))
    tops, dips = tops[_reached(whole, tops, rate, least)], dips[_reached(-whole, dips, rate, least)]
    # Taking turns: of several tops between two dips the highest, and the other way about.
    both = np.concatenate((tops, dips))
    top = np.concatenate((np.ones(len(tops), bool), np.zeros(len(dips), bool)))
    order = np.argsort(both, kind="stable")
    both, top = both[order], top[order]
    run = np.concatenate(([0], np.cumsum(top[1:] != top[:-1]))) if len(both) else both
    keep = [
        rows[np.argmax(np.where(top[rows], 1, -1) * whole[both[rows]])]
        for rows in (np.flatnonzero(run == k) for k in range(run[-1] + 1 if len(run) else 0))
    ]
    both, top = both[keep], top[keep]
    seen = known[both]
    return both[top & seen], both[~top & seen]


def _reached(
    y: Array, at: npt.NDArray[np.intp], rate: float, least: float
) -> npt.NDArray[np.bool_]:
    """Which tops were climbed to shortly before: the end of a standstill is no turning point."""
    back = round(_CLIMB_S * rate)
    climbed = [y[i] - y[max(0, i - back) : i + 1].min() >= 0.5 * least for i in at]
    return np.asarray(climbed, dtype=bool) | (at < 0.5 * back)


def between(x: Array, i: int) -> float:
    """Place of the extremum near sample `i`, by the parabola through its neighbours."""
    if not 0 < i < len(x) - 1:
        return float(i)
    a, b, c = x[i - 1 : i + 2]
    bend = a - 2 * b + c
    return (
        float(i + np.clip(0.5 * (a - c) / bend, -0.5, 0.5))
        if np.isfinite(bend) and bend
        else float(i)
    )


def rising(x: Array, first: int, last: int, level: float) -> Array:
    """Places in ``first … last`` at which `x` rises through `level`, between samples."""
    part = x[first : last + 1]
    k = np.flatnonzero((part[:-1] <= level) & (part[1:] > level))
    return first + k + (level - part[k]) / (part[k + 1] - part[k])
