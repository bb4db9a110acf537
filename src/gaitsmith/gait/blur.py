"""Forces that were low-pass filtered: how far that moved the strikes and the offs.

A zero-phase low-pass smears the sudden load of a heel strike to both sides, so a filtered force
passes a given level before the foot touches the ground: 5 ms early at a cutoff of 20 Hz, 23 ms at
6 Hz. How hard the filter was shows in the rise itself: its slope grows from a third to half of its
greatest within a time that depends on the filter and hardly on the step (measured on 25 stances of
mcgill_children whose raw forces were filtered for this; ``gaitsmith benchmark events`` prints it).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Blur", "blur", "rise_hz"]

Array = npt.NDArray[np.float64]

# Forces sampled faster than the first (Hz) whose changes centre below the second (Hz) were filtered:
# those of moco_walking and gait2392 have 3 and 5 Hz, raw ones 40 to 270 Hz.
_FAST_HZ, _SHARP_HZ = 200.0, 12.0
# The steepest place is sought from a strike on for this long (s): that of the loading.
_LOADING_S = 0.12
# The slope's growth is followed back this long (s) before the strike.
_BEFORE_S = 0.06
# A strike is this many times that growth (s) early. An off, which is no sudden change, is late by
# as many times what the growth exceeds the second by (s).
_TIMES, _OFF_FROM_S = 2.5, 0.006
# Longer growth (s) is that of filters below 5 Hz, of which nothing is known here.
_LONGEST_S = 0.012


@dataclass(frozen=True)
class Blur:
    """What a low-pass did to a stream of forces.

    Attributes
    ----------
    hz
        Centre frequency of the forces' rises and falls.
    early_s, late_s
        How long before the strike, and after the off, the forces pass the levels of a contact.
    """

    hz: float
    early_s: float
    late_s: float


def rise_hz(time: Array, force: Array) -> float:
    """Centre frequency (Hz) of a force's rises and falls: the root mean square of its second
    derivative by that of its first, by 2 pi. NaN where nothing changes.

    A force as measured has 30 Hz and more; one that was low-pass filtered by its maker far less.
    """
    f = np.nan_to_num(force)
    if len(time) < 4:
        return float("nan")
    step = float(np.median(np.diff(time)))
    first, second = np.diff(f) / step, np.diff(f, 2) / step**2
    power = float(np.sum(first**2))
    return float(np.sqrt(np.sum(second**2) / power) / (2 * np.pi)) if power > 0 else float("nan")


def blur(time: Array, forces: Array, strikes: Iterable[tuple[int, float]]) -> Blur | None:
    """What a low-pass did to vertical forces (n, plates); None where they look as measured.

    `strikes` are pairs of plate and time (s) at which a contact begins.
    """
    if len(time) < 4 or 1.0 / float(np.median(np.diff(time))) < _FAST_HZ * (1 - 1e-6):
        return None
    sharp = [rise_hz(time, forces[:, k]) for k in range(forces.shape[1])]
    sharp = [hz for hz in sharp if np.isfinite(hz)]
    if not sharp or max(sharp) > _SHARP_HZ:
        return None
    grown = [_growth(time, forces[:, k], at) for k, at in strikes]
    known = [g for g in grown if np.isfinite(g)]
    wide = min(float(np.median(known)), _LONGEST_S) if known else 0.0
    return Blur(max(sharp), _TIMES * wide, _TIMES * max(0.0, wide - _OFF_FROM_S))


def _growth(time: Array, force: Array, strike: float) -> float:
    """Seconds in which the force's slope grows from a third to half of its greatest; NaN: unseen."""
    first, last = np.searchsorted(time, (strike - _BEFORE_S, strike + _LOADING_S))
    t = time[first:last]
    if len(t) < 8:
        return float("nan")
    slope = np.gradient(np.nan_to_num(force[first:last]), t)
    top = int(np.argmax(slope))
    reached = [np.flatnonzero(slope[:top] < share * slope[top]) for share in (1 / 3, 1 / 2)]
    if not slope[top] > 0 or not all(len(r) for r in reached):
        return float("nan")
    low, high = (
        np.interp(share * slope[top], slope[r[-1] : r[-1] + 2], t[r[-1] : r[-1] + 2])
        for share, r in zip((1 / 3, 1 / 2), reached, strict=True)
    )
    return float(high - low)
