"""Strikes and offs from the paths of heels and toes.

Each foot swings to and fro about the trunk: the cycle is found on the distance of the foot ahead
of the trunk (Zeni, Richards & Higginson 2008, Gait Posture 27:710), which works on a treadmill as
over ground. The times are then taken from what the foot does there:

1. walking, strike: between two moments, the fastest descent of the middle of the foot (the foot
   velocity algorithm, O'Connor et al. 2007, Gait Posture 25:469) and the end of the heel's
   descent, two fifths of the way from the first to the second; of a body drawn from joint angles
   the first alone, for its heel does not yield and sinks until the foot lies flat;
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
from gaitsmith.gait.events.turning import between, rising, turning_points
from gaitsmith.gait.feet import Foot, feet, trunk
from gaitsmith.gait.ground import body_path
from gaitsmith.signals import lowpass
from gaitsmith.streams import Stream
from gaitsmith.subject import Note

if TYPE_CHECKING:
    from gaitsmith.recording import Recording

__all__ = ["NAME", "detect", "detect_noted", "missing"]

Array = npt.NDArray[np.float64]
NAME = "kinematic"

# Cutoffs (Hz) of the zero-phase low-pass: for finding the cycles, and for the times within them.
_CYCLE_HZ, _FOOT_HZ = 6.0, 16.0
# Jitter (m) above which a track is smoothed more: optical markers stay below it, keypoints do not.
_QUIET_M = 5e-4
# A swing is at least this long (m).
_SWING_M = 0.08
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
        Overground the turns are among them.
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
    middle = body_path(stream, the_feet)
    assert middle is not None
    share = 0.0 if stream.attrs.get("made_from") == "angles" else _HEEL_SHARE
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
        strikes, offs = _times(path, stream.rate, running, late_strike is not None, share)
        sure = 0.8 if words else 1.0
        at = stream.start + (late_strike or 0.0)
        rows += [Event(at + t, side, "strike", NAME, sure) for t in strikes]
        rows += [Event(stream.start + late_off + t, side, "off", NAME, sure) for t in offs]
    return Events(rows) + frame.turns(recording), tuple(notes)


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
    back, front = (_smooth(p, rate) for p in (foot.back, foot.front))
    v_back, v_front = (np.gradient(p, 1.0 / rate, axis=0) - ground for p in (back, front))
    return _Path(
        ahead[:, 0], ahead[:, 1], v_back[:, 1], 0.5 * (v_back + v_front)[:, 1],
        np.linalg.norm(v_front, axis=1), np.linalg.norm(v_back, axis=1),
    )  # fmt: skip


def _smooth(track: Array, rate: float) -> Array:
    """A track (n, 3) low-passed at 16 Hz, or at less the more it jitters above that."""
    sharp = lowpass(track, rate, _FOOT_HZ)
    rest = np.abs(track - sharp)
    rest = rest[np.isfinite(rest)]
    jitter = 1.4826 * float(np.median(rest)) if len(rest) else 0.0
    if jitter <= _QUIET_M:
        return sharp
    return lowpass(track, rate, max(_CYCLE_HZ, _FOOT_HZ * float(np.sqrt(_QUIET_M / jitter))))


def _runs(paths: dict[Side, _Path]) -> bool:
    """Whether there is flight: no point of any foot at rest on the ground."""
    slowest = np.min([np.minimum(p.speed_back, p.speed_front) for p in paths.values()], axis=0)
    slowest = slowest[np.isfinite(slowest)]
    return len(slowest) > 0 and bool(np.mean(slowest > _REST_MS) > _FLIGHT_SHARE)


def _times(
    path: _Path, rate: float, running: bool, plain: bool, share: float
) -> tuple[list[float], list[float]]:
    """Times (s from the first sample) of strikes and offs of one foot; `plain`: Zeni's strikes.

    `share` is how far a strike lies from the fastest descent to the end of the heel's.
    """
    tops, _ = turning_points(path.ahead_back, rate, _SWING_M)
    _, dips = turning_points(path.ahead_front, rate, _SWING_M)
    strikes = [_strike(path, int(i), rate, running or plain, share) for i in tops]
    offs = [_off(path, int(i), rate, running) for i in dips]
    return [t for t in strikes if t is not None], [t for t in offs if t is not None]


def _strike(path: _Path, top: int, rate: float, plain: bool, share: float) -> float | None:
    zeni = between(path.ahead_back, top)
    if plain:
        return zeni / rate
    first, last = (round(zeni + s * rate) for s in _LOOK_S)
    if first < 1 or last > len(path.sink_middle) - 2:
        return None
    middle = path.sink_middle[first : last + 1]
    if not np.isfinite(middle).all():
        return None
    trough = first + int(np.argmin(middle))
    fastest = between(path.sink_middle, trough)
    sunk = rising(path.sink_back, first, last, -_SUNK)
    if not len(sunk):
        return fastest / rate
    apart = float(sunk[np.argmin(np.abs(sunk - fastest))]) - fastest
    return (fastest + share * float(np.clip(apart, -_HEEL_S * rate, _HEEL_S * rate))) / rate


def _off(path: _Path, dip: int, rate: float, running: bool) -> float | None:
    zeni = between(path.ahead_front, dip)
    if not running:
        return zeni / rate
    first = max(0, round(zeni - 0.2 * rate))
    left = rising(path.speed_front, first, min(len(path.speed_front) - 1, dip), _LEFT)
    return float(left[0]) / rate if len(left) else None
