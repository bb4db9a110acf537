"""Strikes and offs from the paths of heels and toes.

Each foot swings to and fro about the trunk: the cycle is found on the distance of the foot ahead
of the trunk (Zeni, Richards & Higginson 2008, Gait Posture 27:710), which works on a treadmill as
over ground. The times are then taken from what the foot does there:

1. walking, strike: between two moments, the fastest descent of the middle of the foot (the foot
   velocity algorithm, O'Connor et al. 2007, Gait Posture 25:469) and the end of the heel's
   descent, two fifths of the way from the first to the second;
2. walking, off: the toe furthest behind the trunk (Zeni);
3. running, strike: the heel furthest ahead of the trunk; off: the toe's speed over the ground
   passes 1 m/s.

Deviations: both papers take whole frames, these times lie between frames; the foot velocity
algorithm is asked only near the turning point of the swing, where its original takes any trough of
the whole trial; of the heel's descent the papers do not speak. The shares and levels below were
chosen on the recordings that studies/events.py measures, which therefore also prints the bias that
each set has when it is left out of the others' median.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.errors import MissingInputError
from gaitsmith.events import Event, Events
from gaitsmith.gait import frame
from gaitsmith.gait.feet import Foot, feet, trunk
from gaitsmith.signals import fill_gaps, lowpass
from gaitsmith.streams import Stream
from gaitsmith.subject import Note

if TYPE_CHECKING:
    from gaitsmith.recording import Recording

__all__ = ["NAME", "detect", "detect_noted", "missing"]

Array = npt.NDArray[np.float64]
NAME = "kinematic"

# Cutoffs (Hz) of the zero-phase low-pass: for finding the cycles, and for the times within them.
_CYCLE_HZ, _FOOT_HZ = 6.0, 16.0
# Strides last from 0.4 s (sprint) to 4 s.
_STRIDE_S = (0.4, 4.0)
# A swing is at least this share of the recording's usual one, and at least this long (m).
_SWING_SHARE, _SWING_M = 0.4, 0.08
# Where a strike is looked for, as seconds from the foot's furthest point ahead.
_LOOK_S = (-0.03, 0.12)
# The heel's descent has ended when it sinks slower than this (m/s).
_SUNK = 0.05
# How far a strike lies from the fastest descent to the end of the heel's, and the largest
# distance (s) that counts: a heel that slides in, or slaps, ends its descent at another time.
_HEEL_SHARE, _HEEL_S = 0.4, 0.03
# Without a toe the off is that of the ankle or heel, which begins to catch up with the trunk earlier
# (s); of a heel alone the strike is this long (s) after it was furthest ahead. Both are medians
# over the recordings that have all points.
_NO_TOE_S, _HEEL_ONLY_S = 0.045, 0.045
# Speed (m/s) over the ground at which a runner's toe has left it.
_LEFT = 1.0
# Share of the time in which a runner has no foot at rest on the ground; walkers always have one.
_FLIGHT_SHARE, _REST_MS = 0.12, 1.2


@dataclass(frozen=True)
class _Path:
    """One foot in the frame that travels with the trunk and looks ahead."""

    ahead_back: Array
    ahead_front: Array
    sink_back: Array
    sink_middle: Array
    speed_front: Array
    speed_back: Array


def missing(recording: Recording) -> str | None:
    """What it lacks: points of both feet over more than one step."""
    points = recording.points
    if points is None:
        return "points (markers or joint centres)"
    if len(points) < 10 or points.duration < 0.5:
        return "enough frames for a step"
    lost = [s for s in ("left", "right") if s not in feet(points)]
    if lost:
        return f"a point of the {' and the '.join(lost)} foot (heel, toe or ankle)"
    return None


def detect(recording: Recording, *, running: bool | None = None) -> Events:
    """Strikes and offs; see :func:`detect_noted`."""
    return detect_noted(recording, running=running)[0]


def detect_noted(
    recording: Recording, *, running: bool | None = None
) -> tuple[Events, tuple[Note, ...]]:
    """Strikes and offs of both feet, and what was assumed.

    Parameters
    ----------
    running
        Whether the person runs; None: decided by whether there are times without a foot at rest
        on the ground.

    Returns
    -------
    events
        With confidence 1, or 0.8 where a foot has one point only. None where the person stands.
    notes
        What was assumed.

    Raises
    ------
    MissingInputError
        Where :func:`missing` says what it lacks.
    """
    stream = recording.points
    lack = missing(recording)
    if stream is None or lack is not None:
        raise MissingInputError("no events from the paths of the feet",
                                place=recording.name or None, found=f"it lacks {lack}")  # fmt: skip
    if stream.rate is None:
        stream = stream.resample(round(stream.nominal_rate))
    assert stream.rate is not None
    way = frame.progression(recording)
    if way.mode == "standing":
        return Events(), (Note("warning", NAME, f"no walking: {way.how}"),)
    the_feet = feet(stream)
    ground = -way.forward * (way.belt_speed or 0.0)
    forward = _forward(stream, way)
    middle = frame.body_path(stream, the_feet)
    assert middle is not None
    paths = {s: _path(f, middle, forward, ground, stream.rate) for s, f in the_feet.items()}
    if running is None:
        running = _runs(paths)
    notes = []
    if running:
        notes.append(Note("assumption", NAME, "running: there are times without a foot at rest on "
                          "the ground"))  # fmt: skip
    if way.backward:
        notes.append(Note("warning", NAME, "the person walks backward; strikes and offs are of the "
                          "foot's swing and may be of the toe and the heel"))  # fmt: skip
    rows: list[Event] = []
    for side, path in paths.items():
        foot = the_feet[side]
        late_strike, late_off, words = _shifts(foot, running)
        if words:
            notes.append(Note("assumption", NAME, f"the {side} foot has {words}"))
        strikes, offs = _times(path, stream.rate, running, late_strike is not None)
        sure = 0.8 if words else 1.0
        at = stream.start + (late_strike or 0.0)
        rows += [Event(at + t, side, "strike", NAME, sure) for t in strikes]
        rows += [Event(stream.start + late_off + t, side, "off", NAME, sure) for t in offs]
    return Events(rows), tuple(notes)


def _shifts(foot: Foot, running: bool) -> tuple[float | None, float, str]:
    """Seconds to add to strikes (None: strikes need none) and offs of a foot that lacks points."""
    if running or foot.toe is not None:
        return None, 0.0, "" if foot.both else "a toe only; its events are less sharp"
    if foot.ankle is not None:
        return None, _NO_TOE_S, "no toe; offs are taken from the ankle, within some 40 ms"
    return _HEEL_ONLY_S, _NO_TOE_S, "a heel only; its events are taken within some 40 ms"


def _forward(stream: Stream, way: frame.Progression) -> Array:
    """Direction (time or 1, 3) of walking: that of the path where it turns."""
    middle = trunk(stream)
    if way.mode == "treadmill" or way.heading_change_deg < 30 or middle is None:
        return way.forward[None, :]
    assert stream.rate is not None
    x, z = frame.heading(middle, stream.rate)
    return np.column_stack((x, np.zeros(len(x)), z))


def _path(foot: Foot, middle: Array, forward: Array, ground: Array, rate: float) -> _Path:
    smooth = lowpass(np.stack((foot.back - middle, foot.front - middle), axis=1), rate, _CYCLE_HZ)
    ahead = np.einsum("tpk,tk->tp", smooth, np.broadcast_to(forward, middle.shape))
    back, front = (lowpass(p, rate, _FOOT_HZ) for p in (foot.back, foot.front))
    v_back, v_front = (np.gradient(p, 1.0 / rate, axis=0) - ground for p in (back, front))
    return _Path(
        ahead[:, 0], ahead[:, 1], v_back[:, 1], 0.5 * (v_back + v_front)[:, 1],
        np.linalg.norm(v_front, axis=1), np.linalg.norm(v_back, axis=1),
    )  # fmt: skip


def _runs(paths: dict[Side, _Path]) -> bool:
    """Whether there is flight: no point of any foot at rest on the ground."""
    slowest = np.min([np.minimum(p.speed_back, p.speed_front) for p in paths.values()], axis=0)
    slowest = slowest[np.isfinite(slowest)]
    return len(slowest) > 0 and bool(np.mean(slowest > _REST_MS) > _FLIGHT_SHARE)


def _turning_points(x: Array, rate: float) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Samples of the maxima and minima of a cyclic signal, taking turns."""
    from scipy.signal import find_peaks

    known = np.isfinite(x)
    if known.sum() < 5:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    whole = fill_gaps(np.arange(len(x), dtype=float), x)
    spread = float(np.percentile(whole, 95) - np.percentile(whole, 5))
    least = max(_SWING_SHARE * spread, _SWING_M)
    apart = max(1, round(0.5 * _STRIDE_S[0] * rate))
    tops = find_peaks(whole, prominence=least, distance=apart)[0]
    dips = find_peaks(-whole, prominence=least, distance=apart)[0]
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


def _between(x: Array, i: int) -> float:
    """Place of the extremum near sample `i`, by the parabola through its neighbours."""
    if not 0 < i < len(x) - 1:
        return float(i)
    a, b, c = x[i - 1 : i + 2]
    bend = a - 2 * b + c
    return float(i + np.clip(0.5 * (a - c) / bend, -0.5, 0.5)) if bend else float(i)


def _rising(x: Array, first: int, last: int, level: float) -> Array:
    """Places in ``first … last`` at which `x` rises through `level`, between samples."""
    part = x[first : last + 1]
    k = np.flatnonzero((part[:-1] <= level) & (part[1:] > level))
    return first + k + (level - part[k]) / (part[k + 1] - part[k])


def _times(path: _Path, rate: float, running: bool, plain: bool) -> tuple[list[float], list[float]]:
    """Times (s from the first sample) of strikes and offs of one foot; `plain`: Zeni's strikes."""
    tops, _ = _turning_points(path.ahead_back, rate)
    _, dips = _turning_points(path.ahead_front, rate)
    strikes = [_strike(path, int(i), rate, running or plain) for i in tops]
    offs = [_off(path, int(i), rate, running) for i in dips]
    return [t for t in strikes if t is not None], [t for t in offs if t is not None]


def _strike(path: _Path, top: int, rate: float, plain: bool) -> float | None:
    zeni = _between(path.ahead_back, top)
    if plain:
        return zeni / rate
    first, last = (round(zeni + s * rate) for s in _LOOK_S)
    if first < 1 or last > len(path.sink_middle) - 2:
        return None
    middle = path.sink_middle[first : last + 1]
    if not np.isfinite(middle).all():
        return None
    trough = first + int(np.argmin(middle))
    fastest = _between(path.sink_middle, trough)
    sunk = _rising(path.sink_back, first, last, -_SUNK)
    if not len(sunk):
        return fastest / rate
    apart = float(sunk[np.argmin(np.abs(sunk - fastest))]) - fastest
    return (fastest + _HEEL_SHARE * float(np.clip(apart, -_HEEL_S * rate, _HEEL_S * rate))) / rate


def _off(path: _Path, dip: int, rate: float, running: bool) -> float | None:
    zeni = _between(path.ahead_front, dip)
    if not running:
        return zeni / rate
    first = max(0, round(zeni - 0.2 * rate))
    left = _rising(path.speed_front, first, min(len(path.speed_front) - 1, dip), _LEFT)
    return float(left[0]) / rate if len(left) else None
