"""Strikes and offs, with their sides, from one sensor on the lower back.

1. The trunk's axes come from the data (:func:`gaitsmith.gait.imu_walk.trunk_axes`); sensor and
   belt may sit any way.
2. A step is a change of the forward acceleration (3 Hz) from forward to backward: Zijlstra & Hof,
   Gait Posture 18 (2003) 1.
3. Strike: on the 10 Hz low-pass, after the forward acceleration's peak before that change
   (Zijlstra's contact), where ``strike_level`` of its fall to the next minimum is done.
4. Off of the other foot: the steepest rise of the vertical acceleration (10 Hz) 70 to 250 ms after
   the strike, as in McCamley et al., Gait Posture 36 (2012) 316.
5. Side: over a step the body is pushed away from the standing foot. The lateral acceleration is
   measured plus the share of gravity that the trunk's roll hides in it; its mean over each step,
   signed in turn over seven steps, says which foot stands.

Limits: one patient with strides of 2.3 s and a strong sway (multiple sclerosis, EDSS 6) defeats
both the direction and the timing; so slow a walk is said and its confidence lowered.

Deviations
----------
Zijlstra & Hof put the contact at the peak, which is early by some 20 ms against foot sensors.
McCamley et al. smooth by wavelets and take the side from the sign of yaw, which is right in four
of five steps of ``voisard2023``; the lateral push, whose sign follows from mechanics and was not
fitted, in 99.8 % (``gaitsmith.studies.events_imu``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import other_side
from gaitsmith.errors import GaitsmithError
from gaitsmith.events import Event, Events
from gaitsmith.gait.imu import Imu, has_gravity, imu, labels
from gaitsmith.gait.imu_walk import in_bouts, posture_hz, stride_time, trunk_axes, yaw_turns
from gaitsmith.signals import lowpass
from gaitsmith.subject import Note
from gaitsmith.units import STANDARD_GRAVITY

if TYPE_CHECKING:
    from gaitsmith.channels import Side
    from gaitsmith.recording import Recording

__all__ = ["NAME", "detect", "detect_noted", "missing", "steps"]

Array = npt.NDArray[np.float64]

NAME = "low_back"

#: Sensors that serve, best first.
SENSORS = ("lower_back", "pelvis")
STRIKE_LEVEL = 0.15
# Steps are sought below this (Hz), and below so many times their own frequency.
_STEP_HZ, _STEP_SHARE = 3.0, 1.7
_EVENT_HZ = 10.0
# Half a slow step (s): where the extremes round a step are sought.
_HALF_STEP_S = 0.35
# Peak to peak over a step (m/s²) below which nobody steps: a tenth of slow walking.
_LEAST_CHANGE = 0.3
# Steps follow each other in this time (s), and as many make walking.
_SHORTEST_S, _LONGEST_S, _LEAST_STEPS = 0.25, 1.8, 4
_OFF_AFTER_S = (0.07, 0.25)
# Strides longer than this (s) were met in one patient only, whose events came out wrong.
_SLOW_STRIDE_S = 1.8
#: How the warning of a slow walk ends.
SLOW_BACK = ("the back tells steps badly (most events of a patient with strides of 2.3 s were off by 0.2 s); "
             "use a sensor on the foot")  # fmt: skip


def missing(recording: Recording) -> str | None:
    """What it lacks: a sensor on the lower back or pelvis, with gravity in its acceleration."""
    have = labels(recording)
    label = next((x for x in SENSORS if x in have), None)
    if label is None:
        return "an inertial sensor on the lower back or pelvis"
    acc = recording[have[label]][label][:, :3]
    if not has_gravity(acc[np.isfinite(acc).all(axis=1)]):
        return "gravity in the acceleration of the back sensor (export it raw)"
    return None


def detect(recording: Recording, **options: float) -> Events:
    """The events of :func:`detect_noted`, alone."""
    return detect_noted(recording, **options)[0]


def detect_noted(
    recording: Recording, *, strike_level: float = STRIKE_LEVEL
) -> tuple[Events, tuple[Note, ...]]:
    """Strikes and offs of both feet, bouts of walking and turns, from the back.

    Parameters
    ----------
    strike_level
        Share (0 to 1) of the fall of the forward acceleration at which the strike is read.

    Raises
    ------
    GaitsmithError
        Where the option is out of range or the sensor is too slow.
    """
    if not 0 <= strike_level < 1:
        raise GaitsmithError("not a share of the fall", place="argument strike_level",
                             found=strike_level, expected="at least 0 and below 1")  # fmt: skip
    have = labels(recording)
    sensor = imu(recording, next((x for x in SENSORS if x in have), SENSORS[0]))
    found = steps(sensor, strike_level)
    rows: list[Event] = []
    for strike, off, side_sum, sure in found.tolist():
        side: Side = "left" if side_sum > 0 else "right"
        rows.append(Event(strike, side, "strike", NAME, sure))
        if np.isfinite(off):
            rows.append(Event(off, other_side(side), "off", NAME, 0.8 * sure))
    events = in_bouts(Events(rows), NAME, _LEAST_STEPS)
    if not len(events):
        words = "no walking was found: no four steps in a row move the back"
        return events, (*sensor.notes, Note("warning", NAME, words))
    words = (
        "strikes and offs come from the lower back: times scatter by some 20 ms, offs more, and "
        "the side is inferred from the sideways push"
    )
    notes = [*sensor.notes, Note("assumption", NAME, words)]
    stride = stride_time(sensor)
    if stride is not None and stride > _SLOW_STRIDE_S:
        words = f"strides take {stride:.1f} s: in so slow a walk {SLOW_BACK}"
        notes.append(Note("warning", NAME, words))
        events = events.map(lambda e: replace(e, confidence=0.3 * e.confidence))
    return events + yaw_turns(sensor, NAME), tuple(notes)


def steps(sensor: Imu, strike_level: float = STRIKE_LEVEL) -> Array:
    """Steps: n × 4, strike (s), off of the other foot (s, NaN where none), side, confidence.

    The side is a sum that is positive for a left strike, negative for a right one.
    """
    axes = trunk_axes(sensor)
    stride = stride_time(sensor) if axes is not None else None
    if axes is None or stride is None:
        return np.zeros((0, 4))
    forward, up, _ = axes
    fs = sensor.rate_hz
    step_hz = min(_STEP_HZ, _STEP_SHARE * 2 / stride)
    posture = lowpass(sensor.acc, fs, posture_hz(stride))
    slow = lowpass(sensor.acc, fs, step_hz) - posture
    quick = lowpass(sensor.acc, fs, _EVENT_HZ) - posture
    onward, rising = quick @ forward, np.gradient(quick @ up)
    rows = []
    for i in _changes(slow @ forward, slow @ up, sensor):
        strike = _strike(onward, i, sensor, strike_level)
        a, b = (int(strike) + sensor.samples(x) for x in _OFF_AFTER_S)
        off = _peak(rising, a + int(np.argmax(rising[a:b]))) if b < len(rising) else np.nan
        rows.append((strike, off))
    at = np.array(rows).reshape(-1, 2)
    at = at[np.diff(at[:, 0], prepend=-np.inf) > _SHORTEST_S * fs]
    runs = _runs(at[:, 0] / fs)
    at = at[np.concatenate(runs)] if runs else at[:0]
    side = _sides(_push(sensor, axes, slow, stride), at[:, 0], sensor)
    near = np.clip(at[:, :1].astype(int) + np.arange(-2, 4), 0, len(sensor) - 1)
    sure = 1.0 - 0.9 * sensor.doubtful[near].mean(axis=1)
    there = ~sensor.lost[near].any(axis=1)
    out: Array = np.column_stack((sensor.start + at / fs, side, sure))[there]
    return out


def _changes(onward: Array, upward: Array, sensor: Imu) -> list[int]:
    """Samples at which the forward acceleration turns backward in a step."""
    half = sensor.samples(_HALF_STEP_S)
    out: list[int] = []
    for i in np.flatnonzero((onward[:-1] > 0) & (onward[1:] <= 0)).tolist():
        low, high = max(0, i - half), min(len(onward), i + half)
        change = onward[low : i + 1].max() - onward[i:high].min()
        if change < _LEAST_CHANGE or np.ptp(upward[low:high]) < _LEAST_CHANGE:
            continue
        if not out or i - out[-1] >= _SHORTEST_S * sensor.rate_hz:
            out.append(i)
    return out


def _strike(onward: Array, change: int, sensor: Imu, share: float) -> float:
    """Sample (fractional) at which `share` of the fall from forward to backward is done."""
    low = max(0, change - sensor.samples(0.2))
    peak = low + int(np.argmax(onward[low : change + sensor.samples(0.05) + 1]))
    high = max(change + sensor.samples(0.2), peak + 2)
    end = peak + int(np.argmin(onward[peak:high]))
    level = onward[peak] - share * (onward[peak] - onward[end])
    below = np.flatnonzero(onward[peak : end + 1] <= level)
    at = peak + (int(below[0]) if len(below) else 0)
    if at in (0, peak):
        return float(at)
    return at - float((level - onward[at]) / (onward[at - 1] - onward[at]))


def _peak(x: Array, at: int) -> float:
    """Top (fractional sample) of the parabola through a largest sample and its neighbours."""
    before, here, after = x[at - 1 : at + 2]
    bend = before - 2 * here + after
    return at + float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0 else float(at)


def _runs(times: Array) -> list[npt.NDArray[np.intp]]:
    """Steps in a row, as indices."""
    parts = np.split(np.arange(len(times)), np.flatnonzero(np.diff(times) > _LONGEST_S) + 1)
    return [p for p in parts if len(p) >= _LEAST_STEPS]


def _push(sensor: Imu, axes: Array, slow: Array, stride: float) -> Array:
    """Acceleration of the trunk to the right (m/s², n), freed of what its roll puts in.

    A trunk whose right side dips by an angle reads gravity times that angle to the left.
    """
    forward, _, right = axes
    rate = np.radians(lowpass(sensor.gyr @ forward, sensor.rate_hz, _STEP_HZ))
    angle = np.cumsum(rate) / sensor.rate_hz
    angle -= lowpass(angle, sensor.rate_hz, posture_hz(stride))
    out: Array = slow @ right + STANDARD_GRAVITY * angle
    return out


def _sides(push: Array, at: Array, sensor: Imu) -> Array:
    """For each step (at a sample) a sum, positive where the left foot struck."""
    if not len(at):
        return np.zeros(0)
    first = np.clip(np.rint(at).astype(int), 0, len(push) - 1)
    apart = np.diff(at)
    usual = float(np.median(apart)) if len(apart) else 0.6 * sensor.rate_hz
    last = np.append(first[1:], first[-1] + int(usual))
    last = np.minimum(last, np.minimum(first + sensor.samples(0.9), len(push)))
    total = np.concatenate(([0.0], np.cumsum(push)))
    mean = (total[last] - total[first]) / np.maximum(last - first, 1)
    out = []
    # Feet take turns only while no step is missing.
    for run in np.split(mean, np.flatnonzero(apart > 1.6 * usual) + 1):
        turn = (-1.0) ** np.arange(len(run))
        out.append(turn * np.convolve(run * turn, np.ones(7))[3 : 3 + len(run)])
    return np.concatenate(out)
