"""Strikes and offs of records that have joint angles only, from the peaks of hip, knee and ankle.

The hip is furthest extended once a stride, while the other foot strikes: that finds the cycles, and
no offset of the pelvis moves it. Times within the cycle:

* strike: the knee's straightest moment after its swing, plus 3.5 % of a stride; without a knee, the
  moment at which the other hip is furthest extended; with one hip only, half a stride after its own;
* off: the mean of the hip's furthest extension plus 11 % of a stride and the ankle's furthest
  plantarflexion minus 2.2 %; without an ankle the first alone.

In running (a knee that swings beyond 80 degrees in strides under 0.9 s) the shares are others: 2 %
for the strike, minus 6.3 % and minus 9.2 % for the off.

The shares are medians against force plates and kinematic events of the recordings that
studies/events.py measures (eleven people; running: one); they hold within some 2 % of a stride.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side, other_side
from gaitsmith.errors import MissingInputError
from gaitsmith.events import Event, Events
from gaitsmith.gait.events.turning import between, turning_points
from gaitsmith.signals import fill_gaps, lowpass
from gaitsmith.streams import Stream
from gaitsmith.subject import Note

if TYPE_CHECKING:
    from gaitsmith.recording import Recording

__all__ = ["NAME", "detect", "detect_noted", "missing"]

Array = npt.NDArray[np.float64]
NAME = "hip"

_SIDES: tuple[Side, Side] = ("left", "right")
# Cutoff (Hz) of the zero-phase low-pass; angles of walking and running lie below it.
# A turn of a joint so near the end of a record (s) may be the filter's.
_END_S = 0.15
_CUTOFF = 6.0
# Least swing (degrees) of a walking hip and knee.
_HIP_DEG, _KNEE_DEG = 8.0, 15.0
# The knee bends in stance too, in running by up to half of what it bends in swing.
_KNEE_SHARE = 0.65
# Shares of a stride from a peak to its event, as (walking, running).
_KNEE_TO_STRIKE = (0.035, 0.02)
_OTHER_HIP_TO_STRIKE = (0.0, 0.063)
_HIP_TO_OFF = (0.11, -0.063)
_ANKLE_TO_OFF = (-0.022, -0.092)
# From the knee's swing peak its straightest moment lies this far (shares of a stride).
_STRAIGHT = (0.12, 0.40)
# Around the time the hip gives, the ankle's peak is looked for this far (share of a stride).
_NEAR = 0.12
_RUN_KNEE_DEG, _RUN_STRIDE_S = 80.0, 0.9


def _angles(recording: Recording) -> Stream | None:
    """The first angles stream that has a hip."""
    for stream in recording.of_kind("angles").values():
        if any(f"hip_flexion_{s[0]}" in stream for s in _SIDES):
            return stream
    return None


def missing(recording: Recording) -> str | None:
    """What it lacks: hip flexion of at least one side over more than a stride."""
    stream = _angles(recording)
    if stream is None:
        return "hip flexion angles"
    if len(stream) < 10 or stream.duration < 0.8:
        return "enough samples for a stride"
    return None


def detect(recording: Recording) -> Events:
    """Strikes and offs; see :func:`detect_noted`."""
    return detect_noted(recording)[0]


def detect_noted(recording: Recording) -> tuple[Events, tuple[Note, ...]]:
    """Strikes and offs of the sides whose hip is there, and what was assumed.

    A leg that is not in the recording gets no events, though the other hip would tell when it
    struck: nothing could be said of it, and a symmetry of the guess would be none of the person.

    Returns
    -------
    events
        Confidence 0.7; 0.5 where half a stride was added to the only hip.
    notes
        How the times were found.

    Raises
    ------
    MissingInputError
        Where :func:`missing` says what it lacks.
    """
    stream = _angles(recording)
    lack = missing(recording)
    if stream is None or lack is not None:
        raise MissingInputError("no events from joint angles", place=recording.name or None,
                                found=f"it lacks {lack}")  # fmt: skip
    if stream.rate is None:
        stream = stream.resample(round(stream.nominal_rate))
    assert stream.rate is not None
    rate = stream.rate
    extended = {
        s: _extensions(_signal(stream, f"hip_flexion_{s[0]}"), rate)
        for s in _SIDES
        if f"hip_flexion_{s[0]}" in stream
    }
    stride = _stride(extended)
    if stride is None:
        return Events(), (Note("warning", NAME, "the hips do not swing as in walking"),)
    knees = {s: _signal(stream, f"knee_angle_{s[0]}") for s in _SIDES
             if f"knee_angle_{s[0]}" in stream}  # fmt: skip
    flexed = [float(np.nanpercentile(k, 98)) for k in knees.values() if np.isfinite(k).any()]
    run = int(bool(flexed) and max(flexed) > _RUN_KNEE_DEG and stride < _RUN_STRIDE_S * rate)
    rows: list[Event] = []
    notes = [Note("assumption", NAME, "events are taken from the peaks of the joint angles: within "
                  "some 2 % of a stride" + (", running" if run else ""))]  # fmt: skip
    for side in (s for s in _SIDES if s in extended):
        sure = 0.7
        if side in knees:
            strikes = _strikes_by_knee(knees[side], rate, stride) + _KNEE_TO_STRIKE[run] * stride
        elif other_side(side) in extended:
            ahead = _OTHER_HIP_TO_STRIKE[run] * stride
            strikes = _places(stream, other_side(side), extended) + ahead
        else:
            strikes, sure = _places(stream, side, extended) + 0.5 * stride, 0.5
            notes.append(Note("assumption", NAME, f"only the {side} hip is there; its strikes are "
                              "half a stride after its furthest extension"))  # fmt: skip
        inside = strikes[(strikes >= 0) & (strikes <= len(stream) - 1)]
        rows += [Event(stream.start + float(i) / rate, side, "strike", NAME, sure) for i in inside]
        offs = _offs(stream, side, _places(stream, side, extended), stride, run)
        rows += [Event(stream.start + float(i) / rate, side, "off", NAME, 0.7) for i in offs]
    low, high = stream.start + _END_S, stream.end - _END_S
    return Events(e for e in rows if low <= e.time <= high), tuple(notes)


def _extensions(hip: Array, rate: float) -> npt.NDArray[np.intp]:
    """Samples of the hip's furthest extensions: dips in the lower half of what it swings.

    A hip may give way once more as it takes the load; that dip lies among its flexion.
    """
    dips = turning_points(hip, rate, _HIP_DEG)[1]
    known = hip[np.isfinite(hip)]
    if not len(dips):
        return dips
    low, high = np.percentile(known, (5, 95))
    kept: npt.NDArray[np.intp] = dips[hip[dips] < 0.5 * (low + high)]
    return kept


def _stride(extended: dict[Side, npt.NDArray[np.intp]]) -> float | None:
    """Usual stride (samples): between a hip's extensions, or twice that between both hips'."""
    steps = np.concatenate([np.diff(at) for at in extended.values()])
    if not len(steps):
        steps = 2 * np.diff(np.sort(np.concatenate(list(extended.values()))))
    return float(np.median(steps)) if len(steps) else None


def _signal(stream: Stream, label: str) -> Array:
    assert stream.rate is not None
    return lowpass(stream[label], stream.rate, _CUTOFF)


def _places(stream: Stream, side: Side, extended: dict[Side, npt.NDArray[np.intp]]) -> Array:
    """Places (in samples, between them) of the hip's furthest extensions."""
    x = _signal(stream, f"hip_flexion_{side[0]}")
    return np.array([between(x, int(i)) for i in extended[side]], dtype=np.float64)


def _strikes_by_knee(knee: Array, rate: float, stride: float) -> Array:
    """Places (in samples) at which the knee is straightest after each swing."""
    swings, _ = turning_points(knee, rate, _KNEE_DEG, _KNEE_SHARE)
    out = []
    for i in swings:
        first, last = int(i + _STRAIGHT[0] * stride), int(i + _STRAIGHT[1] * stride)
        part = knee[first : last + 1]
        if len(part) < 3 or last >= len(knee) or not np.isfinite(part).all():
            continue
        lowest = _first_dip(part)
        if lowest is not None:
            out.append(between(knee, first + lowest))
    return np.array(out, dtype=np.float64)


def _first_dip(part: Array) -> int | None:
    """Sample of the lowest value that is a dip, not an end; None where there is none."""
    i = int(np.argmin(part))
    return i if 0 < i < len(part) - 1 else None


def _offs(stream: Stream, side: Side, hip: Array, stride: float, run: int) -> Array:
    """Places (in samples) of the offs after each furthest extension of the hip."""
    guess = hip + _HIP_TO_OFF[run] * stride
    label = f"ankle_angle_{side[0]}"
    if label in stream:
        ankle = _signal(stream, label)
        whole = fill_gaps(np.arange(len(ankle), dtype=float), ankle)
        for k, at in enumerate(guess):
            centre = at - _ANKLE_TO_OFF[run] * stride
            first, last = (int(centre + s * _NEAR * stride) for s in (-1, 1))
            if first < 0 or last >= len(whole) or not np.isfinite(ankle[first : last + 1]).all():
                continue
            dip = _first_dip(whole[first : last + 1])
            if dip is not None:
                by_ankle = between(whole, first + dip) + _ANKLE_TO_OFF[run] * stride
                guess[k] = 0.5 * (at + by_ankle)
    inside: Array = guess[(guess >= 0) & (guess <= len(stream) - 1)]
    return inside
