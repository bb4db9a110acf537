"""The ground under the feet: how fast it moves, as the standing feet show it.

A foot that carries the body does not slip, so its velocity in stance is that of the ground: zero
overground, minus the belt's speed on a treadmill.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.gait.feet import Foot, feet, trunk
from gaitsmith.signals import lowpass
from gaitsmith.streams import Stream

__all__ = ["SWAY_HZ", "body_path", "ground_velocity", "uniform", "velocity"]

Array = npt.NDArray[np.float64]

# Cutoff (Hz) for velocities: 6 Hz is usual for walking (Winter, Biomechanics and Motor Control,
# 4th ed., 3.4); the feet are asked when they stand, so a little more keeps the edges sharp.
_CUTOFF = 8.0
# Below this (Hz) lies the path of a walk, above it the sway of each step.
SWAY_HZ = 0.7
# A point counts as on the ground within this height (m) of its own lowest places, and while it
# moves up or down slower than this (m/s).
_GROUND_HEIGHT, _GROUND_RATE = 0.025, 0.12
# A foot does not roll where its heel and toe differ in velocity by less than this (m/s).
_LEVEL = 0.2
# Feet that differ in velocity by more than this (m/s) are stepping.
_STEP_MS = 0.35
# Half width (m/s) within which velocities count as one and the same ground.
_SAME = 0.06


def uniform(stream: Stream) -> Stream:
    """The stream on a uniform clock of its own rate."""
    return stream if stream.rate is not None else stream.resample(round(stream.nominal_rate))


def velocity(track: Array, rate_hz: float, cutoff_hz: float = _CUTOFF) -> Array:
    """Velocity (n, 3) of a track (n, 3), low-passed at `cutoff_hz`; NaN where the track is."""
    smooth = lowpass(track, rate_hz, cutoff_hz)
    if len(smooth) < 2:
        return np.full_like(smooth, np.nan)
    out: Array = np.gradient(smooth, 1.0 / rate_hz, axis=0)
    return out


def body_path(stream: Stream, the_feet: dict[Any, Foot]) -> Array | None:
    """A point (time, 3) that travels with the body: the trunk, else the slow part (below 0.7 Hz) of
    the middle of the feet; None where neither is seen. The stream's clock must be uniform.
    """
    middle = trunk(stream)
    if middle is not None or not the_feet or stream.rate is None:
        return middle
    between = np.mean([f.front for f in the_feet.values()], axis=0)
    return lowpass(between, stream.rate, SWAY_HZ)


def _on_ground(foot: Foot, rate_hz: float, stepping: Array) -> Array:
    """Horizontal velocities (m, 2) of a foot while it is low, level and does not roll.

    Only where the person is `stepping` (n,), 0 or 1.

    Heel and toe of a rigid foot have the same velocity where the foot does not turn; then it is
    that of the sole. Of a foot with one point, the point's velocity is taken.
    """
    v = velocity(foot.back, rate_hz)
    y = foot.back[:, 1]
    if foot.both:
        w = velocity(foot.front, rate_hz)
        roll = np.linalg.norm(v - w, axis=1)
        v, y = 0.5 * (v + w), 0.5 * (y + foot.front[:, 1])
    else:
        roll = np.zeros(len(v))
    known = np.isfinite(v).all(axis=1) & np.isfinite(roll) & (stepping > 0)
    if known.sum() < 5:
        return np.zeros((0, 2))
    # A runner's foot is level for a few hundredths of a second: look between the samples too.
    times = np.arange(len(y)) / rate_hz
    fine = np.arange(0, times[-1], 1.0 / max(rate_hz, 300.0))
    roll, y, vy, vx, vz = (
        np.interp(fine, times[known], q[known]) for q in (roll, y, v[:, 1], v[:, 0], v[:, 2])
    )
    seen = np.interp(fine, times, known.astype(float)) > 0.99
    low = np.percentile(y[seen], 5) if seen.any() else 0.0
    there = seen & (y < low + _GROUND_HEIGHT) & (np.abs(vy) < _GROUND_RATE)
    if there.any():
        # A runner's foot, or one whose track was filtered hard, never quite stops rolling.
        there &= roll < max(_LEVEL, 1.15 * float(np.percentile(roll[there], 2)))
    out: Array = np.column_stack((vx, vz))[there]
    return out


def _stepping(the_feet: dict[Any, Foot], rate_hz: float, n: int) -> Array:
    """1 while the feet move against each other, within 0.6 s; else 0. All 1 where they never do.

    While somebody stands on a belt that does not run yet, the ground rests: that must not count.
    """
    if len(the_feet) < 2:
        return np.ones(n)
    a, b = (velocity(foot.front, rate_hz) for foot in the_feet.values())
    apart = np.nan_to_num(np.linalg.norm((a - b)[:, [0, 2]], axis=1), posinf=0.0)
    reach = max(1, round(0.6 * rate_hz))
    padded = np.pad(apart, reach, mode="edge")
    near = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
    out: Array = (near > _STEP_MS).astype(float)
    return out if out.any() else np.ones(n)


def ground_velocity(stream: Stream, the_feet: dict[Any, Foot] | None = None) -> Array | None:
    """Velocity (3,) of the ground under the standing feet (m/s): zero, or that of a belt.

    The velocities of both feet while they are low, level and do not roll are pooled; the ground's
    is the one that most of them share (the mean of those within 0.06 m/s of the densest place).
    None where no foot is seen.
    """
    stream = uniform(stream)
    assert stream.rate is not None
    the_feet = feet(stream) if the_feet is None else the_feet
    stepping = _stepping(the_feet, stream.rate, len(stream))
    pool = [_on_ground(foot, stream.rate, stepping) for foot in the_feet.values()]
    v = np.concatenate(pool) if pool else np.zeros((0, 2))
    if len(v) < 5:
        return None
    centre = _densest(v)
    return np.array([centre[0], 0.0, centre[1]])


def _densest(v: Array) -> Array:
    """Where points (n, 2) lie densest: the best of a subset by neighbours, then mean shift."""
    v = v[:: max(1, len(v) // 3000)]
    some = v[:: max(1, len(v) // 200)]
    near = np.linalg.norm(v[:, None] - some[None], axis=2) < _SAME
    centre = some[int(np.argmax(near.sum(axis=0)))]
    for _ in range(20):
        inside = np.linalg.norm(v - centre, axis=1) < _SAME
        new = v[inside].mean(axis=0)
        if np.allclose(new, centre, atol=1e-5):
            break
        centre = new
    out: Array = np.asarray(centre, dtype=np.float64)
    return out
