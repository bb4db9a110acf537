"""A runner's stances centred by physics: the body is lowest, and pushed hardest, half way through a stance.

The mass centre of a runner rises and falls once a step; the push on it, its acceleration, is greatest in
the middle of a stance whatever the push's shape, as long as its rise and its fall are alike. So the first
harmonic of the mass centre's height says when stances are centred, and no low-pass moves it. How long a
foot stands it does not say: that stays as the feet's paths told it. Ours.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from gaitsmith.events import Events
from gaitsmith.models.forces.motion import SIDES
from gaitsmith.signals import lowpass
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["centred", "deepest", "flies"]

Array = npt.NDArray[np.float64]
# A stance is shorter than this (s), and fewer steps than these say nothing about the bounce.
_STANCE_S, _STEPS = 0.6, 3
# Step times looked at about the strikes' own, and the bounce's share of the height's variance.
_AROUND = np.linspace(0.97, 1.03, 61)
_CLEAR = 0.5
# Vertical net force (body weights, twentieth part of the time, below 6 Hz) that no walking goes under:
# fast walking at 2 m/s has 0.45, runs from 2.8 m/s on less than 0.
_FLIGHT_BW, _FLIGHT_HZ = 0.25, 6.0


def deepest(times: Array, height: Array, step_s: float) -> tuple[float, float] | None:
    """A time at which the mass centre is lowest (s), and the step time (s); None where it does not bounce.

    Parameters
    ----------
    times, height
        s and m, of the mass centre over several steps.
    step_s
        About the time from one foot's strike to the other's.
    """
    best: tuple[float, float, complex] | None = None
    for period in step_s * _AROUND:
        whole = int((times[-1] - times[0]) / period)
        if whole < _STEPS:
            return None
        part = times < times[0] + whole * period
        t, y = times[part] - times[0], height[part]
        turn = 2 * np.pi * t / period
        design = np.column_stack((np.ones_like(t), t, np.cos(turn), np.sin(turn)))
        fit, *_ = np.linalg.lstsq(design, y, rcond=None)
        flat = y - design[:, :2] @ fit[:2]
        left = float(np.var(y - design @ fit) / max(np.var(flat), 1e-12))
        if best is None or left < best[0]:
            best = left, float(period), complex(fit[2], fit[3])
    assert best is not None
    left, period, swing = best
    if left > 1 - _CLEAR:
        return None
    # a cos + b sin is least half a turn after its phase.
    late = (np.angle(swing) + np.pi) / (2 * np.pi) * period
    return float(times[0] + late), period


def flies(height: Array, rate_hz: float) -> bool:
    """Whether the mass centre (m) falls nearly freely for part of the time, as in running.

    Feet that never seem to rest, where joints were filled or markers slipped, are no run without it.
    """
    fall = np.gradient(np.gradient(lowpass(height, rate_hz, _FLIGHT_HZ))) * rate_hz**2
    return bool(np.percentile(1.0 + fall / STANDARD_GRAVITY, 5) < _FLIGHT_BW)


def centred(events: Events, times: Array, height: Array) -> tuple[Events, float]:
    """Strikes and offs of a run moved together so that stances are centred where the body is lowest.

    Returns
    -------
    events, moved
        And by how much (s); 0 where the bounce says nothing.
    """
    strikes = np.sort(np.concatenate([events.times("strike", s) for s in SIDES]))
    if len(strikes) < _STEPS:
        return events, 0.0
    found = deepest(times, height, float(np.median(np.diff(strikes))))
    if found is None:
        return events, 0.0
    low, step = found
    late = []
    for side in SIDES:
        offs = events.times("off", side)
        for s in events.times("strike", side):
            after = offs[(offs > s) & (offs < s + _STANCE_S)]
            if len(after):
                middle = 0.5 * (s + after[0])
                late.append(low + round((middle - low) / step) * step - middle)
    if not late:
        return events, 0.0
    moved = float(np.median(late))
    return Events([replace(e, time=e.time + moved) if e.kind in ("strike", "off") else e for e in events]), moved  # fmt: skip
