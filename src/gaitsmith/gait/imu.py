"""Inertial sensors brought to a state in which gait can be read from them.

An even clock with its losses marked, whether gravity is in the signal and where up is, the axis
that the segment swings about and its sign, canonical frames, standing still. Nothing here trusts
how a sensor was mounted: each function gives the same answer (turned along) when the sensor is
turned in its case.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.signals import gaps, lowpass
from gaitsmith.subject import Note
from gaitsmith.units import STANDARD_GRAVITY

if TYPE_CHECKING:
    from gaitsmith.recording import Recording
    from gaitsmith.streams import Stream

__all__ = [
    "ONE_COUNT",
    "Imu",
    "canonical_frame",
    "has_gravity",
    "imu",
    "labels",
    "mediolateral",
    "standing",
    "up_axis",
]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Segment = Literal["foot", "shank", "thigh"]

#: Rates (Hz) that the detectors were made for.
LOWEST_RATE_HZ = 20.0
# Lost samples over less than this (s) are bridged and trusted: half a cycle of 8 Hz, above which
# a foot's rotation has little power.
BRIDGED_S = 0.06
# Over more than this (s) nothing is said about what happened: a third of a short step.
SILENT_S = 0.25
# Runs of identical readings while a segment turns at least this fast (deg/s) are held samples of
# a lost packet; two real readings of three axes are never equal in motion.
_HELD_RATE = 30.0
#: Readings of 16 bits end at -32768 and 32767: the last count, and some rounding, as a share.
ONE_COUNT = 4e-5
# A clock that spans this many times its samples is damaged, not lossy.
_MOST_LOST = 20
# Share of samples at the largest reading from which a gyroscope counts as cut off.
_CLIPPED_SHARE = 0.005
# Standing: rate below (deg/s) and, with gravity, acceleration within (m/s²) of its rest value.
_STILL_RATE = 20.0
_STILL_ACC = 1.0


@dataclass(frozen=True)
class Imu:
    """One sensor on an even clock.

    Attributes
    ----------
    label
        ``foot_r``, ``lower_back``, …
    rate_hz, start
        The clock (Hz, s).
    acc, gyr
        n × 3, m/s² and deg/s, in the sensor's own axes, without NaN: lost samples are bridged.
    doubtful
        Samples inside losses longer than :data:`BRIDGED_S`.
    lost
        Samples inside losses longer than :data:`SILENT_S`, of which nothing can be said.
    notes
        What was bridged, held or cut off.
    """

    label: str
    rate_hz: float
    start: float
    acc: Array
    gyr: Array
    doubtful: Mask
    lost: Mask
    notes: tuple[Note, ...] = ()

    def __len__(self) -> int:
        return len(self.gyr)

    @cached_property
    def times(self) -> Array:
        """Time (s) of each sample."""
        return self.start + np.arange(len(self.gyr)) / self.rate_hz

    @cached_property
    def gravity(self) -> bool:
        """Whether the acceleration holds gravity."""
        return has_gravity(self.acc)

    def samples(self, seconds: float) -> int:
        """How many samples last so long, at least 1."""
        return max(1, round(seconds * self.rate_hz))


def labels(recording: Recording) -> dict[str, str]:
    """The stream that each sensor stands in, by the sensor's label (first stream wins)."""
    out: dict[str, str] = {}
    for name, stream in recording.of_kind("imu").items():
        for label in stream.labels:
            out.setdefault(label, name)
    return out


def imu(recording: Recording, label: str) -> Imu:
    """One sensor of a recording on an even clock; losses go by the clock, never by the row.

    Rows that a device lost are found from the stream's times, missing values and held readings
    (the same three rates while the segment turns). They are bridged by a cubic Hermite curve with
    central-difference slopes, which turns along with the sensor's axes.

    Raises
    ------
    GaitsmithError
        Where there is no such sensor, its rate is below :data:`LOWEST_RATE_HZ`, or its clock has
        a hole many times as long as the recording.
    """
    where = labels(recording)
    if label not in where:
        raise GaitsmithError(
            "the recording has no such sensor", place=recording.name or None, found=label,
            expected=f"one of {', '.join(where) or 'none (no IMU)'}",
        )  # fmt: skip
    return from_stream(recording[where[label]], label)


def from_stream(stream: Stream, label: str) -> Imu:
    """As :func:`imu`, from one stream."""
    place = f"imu {label}"
    data = stream[label][:, :6]
    rate = stream.nominal_rate
    times = stream.times
    if len(times) < 2 or not math.isfinite(rate):
        empty = np.zeros((0, 3))
        return Imu(label, 1.0 if math.isnan(rate) else rate, stream.start, empty, empty,
                   np.zeros(0, bool), np.zeros(0, bool),
                   (Note("warning", place, "fewer than two samples"),))  # fmt: skip
    if rate < LOWEST_RATE_HZ:
        raise GaitsmithError(
            "the sensor is too slow for gait events", place=place, found=f"{rate:.3g} Hz",
            expected=f"at least {LOWEST_RATE_HZ:g} Hz",
        )  # fmt: skip
    if (times[-1] - times[0]) * rate > _MOST_LOST * len(times) + 1e4:
        raise GaitsmithError(
            "the sensor's clock has a hole too wide to bridge", place=place,
            found=f"{len(times)} samples over {times[-1] - times[0]:.6g} s at {rate:.4g} Hz",
            remedy="cut the recording at the hole",
        )  # fmt: skip
    held = _held(data[:, 3:])
    good = np.isfinite(data).all(axis=1) & ~held
    good[1:] &= np.diff(times) > 0
    notes = []
    count = round((times[-1] - times[0]) * rate) + 1
    grid = times[0] + np.arange(count) / rate
    if good.sum() < 2:
        zero = np.zeros((count, 3))
        return Imu(label, rate, float(times[0]), zero, zero, np.ones(count, bool),
                   np.ones(count, bool), (Note("warning", place, "no usable samples"),))  # fmt: skip
    whole = stream.rate is not None and bool(good.all())
    values = np.array(data) if whole else _hermite(times[good], data[good], grid)
    doubtful, lost = np.zeros(count, bool), np.zeros(count, bool)
    if not whole:
        doubtful = _inside_losses(times[good], grid, BRIDGED_S, rate)
        lost = _inside_losses(times[good], grid, SILENT_S, rate)
        missing = count - int(good.sum())
        if held.any():
            notes.append(Note("warning", place, f"{int(held.sum())} readings only repeat the one "
                              "before while the segment turns (lost packets); they were bridged"))  # fmt: skip
        if missing > int(held.sum()):
            longest = float(np.max(np.diff(np.concatenate((grid[:1], times[good], grid[-1:])))))
            notes.append(Note(
                "warning", place,
                f"{missing - int(held.sum())} of {count} samples were lost (longest gap "
                f"{longest:.2f} s); gaps up to {SILENT_S:g} s were bridged, events in longer ones "
                "are left out",
            ))  # fmt: skip
    share, limit = _clipped(data[good][:, 3:])
    if share > 0:
        notes.append(Note("warning", place, f"the gyroscope is cut off at ±{limit:.0f} deg/s in "
                          f"{100 * share:.1f} % of samples"))  # fmt: skip
    return Imu(label, rate, float(times[0]), values[:, :3], values[:, 3:], doubtful, lost,
               tuple(notes))  # fmt: skip


def _held(gyr: Array) -> Mask:
    same = np.zeros(len(gyr), bool)
    same[1:] = (np.diff(gyr, axis=0) == 0).all(axis=1) & (
        np.linalg.norm(gyr[1:], axis=1) > _HELD_RATE
    )
    # A gyroscope at its limit repeats itself without any loss.
    return same & ~_at_limit(gyr).any(axis=1)


def _at_limit(gyr: Array) -> npt.NDArray[np.bool_]:
    """n × 3: readings at an axis' largest size, if several follow each other there."""
    if not len(gyr):
        return np.zeros(gyr.shape, bool)
    size = np.nan_to_num(np.abs(gyr))
    top = size >= np.maximum(size.max(axis=0) * (1 - 1e-4), 50.0)
    run = np.zeros(gyr.shape, bool)
    pair = top[1:] & top[:-1]
    run[1:] |= pair
    run[:-1] |= pair
    # A true peak may by chance be flat once; a limit is met again and again.
    out: npt.NDArray[np.bool_] = run & (run.mean(axis=0) > _CLIPPED_SHARE)
    return out


def _hermite(times: Array, data: Array, grid: Array) -> Array:
    """Cubic Hermite interpolation with central-difference slopes, ends held; linear in `data`."""
    from scipy.interpolate import CubicHermiteSpline

    slope = np.gradient(data, times, axis=0)
    # A slope seen across a long gap is that of no moment; the chord on the near side serves.
    step = np.diff(times)
    wide = step > BRIDGED_S
    if wide.any():
        slope[np.flatnonzero(wide)] = 0.0
        slope[np.flatnonzero(wide) + 1] = 0.0
    inside = np.clip(grid, times[0], times[-1])
    out: Array = CubicHermiteSpline(times, data, slope)(inside)
    return out


def _inside_losses(times: Array, grid: Array, longer_s: float, rate: float) -> Mask:
    """Grid samples strictly inside steps of `times` longer than `longer_s`, or outside them."""
    at = np.searchsorted(times, grid - 0.25 / rate)
    before = np.where(at > 0, times[np.maximum(at - 1, 0)], -np.inf)
    after = np.where(at < len(times), times[np.minimum(at, len(times) - 1)], np.inf)
    on = np.minimum(np.abs(grid - before), np.abs(grid - after)) < 0.25 / rate
    return (after - before > longer_s + 1.5 / rate) & ~on


def _clipped(gyr: Array) -> tuple[float, float]:
    """Share of samples in which some axis stands at its limit, and that limit (deg/s)."""
    cut = _at_limit(gyr)
    if not cut.any():
        return 0.0, 0.0
    # The limit is the sensor's: single readings there, on any axis, are cut off as well.
    limit = float(np.abs(gyr[cut]).max())
    return float((np.abs(gyr) >= limit * (1 - ONE_COUNT)).any(axis=1).mean()), limit


def has_gravity(acc: Array) -> bool:
    """Whether accelerations (n × 3, m/s²) hold gravity: their usual size is nearer g than 0."""
    return len(acc) > 0 and bool(np.median(np.linalg.norm(acc, axis=1)) > 0.5 * STANDARD_GRAVITY)


def standing(sensor: Imu, least_s: float = 0.15) -> Mask:
    """Samples at which the segment is still, for at least `least_s` seconds on end.

    For a foot this is foot-flat or standing; for the back it is standing or sitting.
    """
    rate = np.linalg.norm(lowpass(sensor.gyr, sensor.rate_hz, 10.0), axis=1)
    still: Mask = (rate < _STILL_RATE) & ~sensor.lost
    if sensor.gravity:
        size = np.linalg.norm(lowpass(sensor.acc, sensor.rate_hz, 10.0), axis=1)
        # The rest value is measured, since scales are off by a few per cent.
        rest = float(np.median(size[still])) if still.any() else STANDARD_GRAVITY
        still &= np.abs(size - rest) < _STILL_ACC
    for a, b in gaps(still):
        if b - a < sensor.samples(least_s):
            still[a:b] = False
    return still


def up_axis(sensor: Imu) -> Array:
    """Unit vector that points up, in the sensor's axes: the mean acceleration.

    Over stillness where there is enough of it; else over all samples, in which the person's own
    accelerations cancel stride by stride.

    Raises
    ------
    GaitsmithError
        Where gravity was removed from the signal.
    """
    if not sensor.gravity:
        raise GaitsmithError(
            "up cannot be found: the acceleration holds no gravity",
            place=f"imu {sensor.label}", remedy="export the raw acceleration",
        )  # fmt: skip
    still = standing(sensor)
    chosen = still if still.sum() >= sensor.samples(0.3) else ~sensor.lost
    mean = sensor.acc[chosen].mean(axis=0)
    unit: Array = mean / np.linalg.norm(mean)
    return unit


def mediolateral(sensor: Imu, segment: Segment) -> Array:
    """The axis a leg segment swings about, in the sensor's axes: towards the person's right.

    The first principal component (about zero) of the rate while the segment moves, with the sign
    that makes its turn in swing positive (toes or shin forward and up, right-handed about the
    right-pointing axis).

    The sign, for a foot: after foot-flat the first large turn is the heel rising (backward), and
    of the turns of a stride, which add up to nothing, the swing is the largest. For a shank or
    thigh: forward swing is short and fast, backward turn long and slow, so the rates are skewed
    to the forward side.
    """
    smooth = lowpass(sensor.gyr, sensor.rate_hz, 6.0)
    moving = (np.linalg.norm(smooth, axis=1) > 2 * _STILL_RATE) & ~sensor.doubtful
    if moving.sum() < 3:
        return np.array([0.0, 0.0, 1.0])
    active = smooth[moving]
    _, vectors = np.linalg.eigh(active.T @ active)
    axis = vectors[:, -1]
    rate = smooth @ axis
    if segment == "foot":
        towards = _foot_sign(rate, sensor)
    else:
        towards = float(np.sum(rate[~sensor.lost] ** 3))
    out: Array = axis if towards >= 0 else -axis
    return out


def _foot_sign(rate: Array, sensor: Imu) -> float:
    """Above 0 where `rate` (deg/s, n, about the lateral axis) is positive in swing."""
    positive = rate > 0
    edges = np.concatenate(([0], np.flatnonzero(np.diff(positive)) + 1, [len(rate)]))
    turns = np.add.reduceat(rate, edges[:-1]) / sensor.rate_hz
    size = np.abs(turns)
    most = float(np.percentile(size, 98))
    large = size > 0.5 * most
    lopsided = float(np.sum(turns[large] ** 3) / max(np.sum(size[large] ** 3), 1e-12))
    # The turn that follows each rest.
    stops = edges[1:][size > 0.25 * most]
    kept = turns[size > 0.25 * most]
    rest = np.abs(rate) < 0.12 * np.percentile(np.abs(rate), 95)
    ends = np.array([b for a, b in gaps(rest) if b - a >= sensor.samples(0.08)], dtype=float)
    after = np.searchsorted(stops, ends + 0.02 * sensor.rate_hz, side="right")
    after = after[after < len(kept)]
    first = float(-np.sum(kept[after]) / max(np.sum(np.abs(kept[after])), 1e-12))
    # Weights: of 292 feet (four devices; healthy, orthopaedic, neurological) the sum has the
    # right sign in all; `first` alone in 291, `lopsided` alone in 283.
    return first + 1.5 * lopsided


def canonical_frame(sensor: Imu, segment: Segment) -> Array:
    """Rotation (3 × 3) that brings the sensor's axes to x forward, y up, z right at rest.

    ``values @ rotation.T`` turns an n × 3 array. z is :func:`mediolateral` made level, y is
    :func:`up_axis`.
    """
    up = up_axis(sensor)
    right = mediolateral(sensor, segment)
    right = right - up * (right @ up)
    length = float(np.linalg.norm(right))
    if length < 0.3:
        raise GaitsmithError(
            "the segment does not swing about a level axis", place=f"imu {sensor.label}",
            found=f"an axis {math.degrees(math.acos(min(1.0, length))):.0f} deg from level",
            remedy="check that the sensor sits on a leg and that the person walks",
        )  # fmt: skip
    right = right / length
    return np.stack((np.cross(up, right), up, right))
