"""Where in a recording a person walks and where they turn, from inertial sensors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from gaitsmith.events import Event, Events
from gaitsmith.gait.imu import Imu, up_axis
from gaitsmith.signals import gaps, lowpass

__all__ = [
    "bouts",
    "foot_turns",
    "in_bouts",
    "posture_hz",
    "stride_time",
    "trunk_axes",
    "yaw_turns",
]

Array = npt.NDArray[np.float64]

# A rest of this long (s) ends a walking bout: Kluge et al., PLoS One 16 (2021) e0256541, the
# Mobilise-D consensus.
_REST_S = 3.0
# A turn is at least this large (deg), its rate exceeds _TURN_PEAK somewhere and _TURN_EDGE
# (deg/s) from start to end. El-Gohary et al., Sensors 14 (2014) 356 have 45 deg, 15 and 5 deg/s
# at 1.5 Hz on the back; at 0.5 Hz the sway of each stride is gone from the feet too, and the
# edges may stand higher, which puts start and end nearer to what people mark.
_TURN_DEG = 45.0
_TURN_PEAK = 30.0
_TURN_EDGE = 20.0
_TURN_CUTOFF_HZ = 0.5
# Rate (Hz) at which the feet's yaw rates are put together.
_HEADING_HZ = 50.0

# Times (s) that strides take: running to walking with half the usual cadence and less.
_STRIDES_S = (0.7, 3.0)
# The usual stride (s; a cadence of 104 steps a minute, Winter, The Biomechanics and Motor Control of
# Human Gait, 2nd ed., 1991) and how wide the preference for it is, in natural logarithms.
_STRIDE_S, _STRIDE_WIDTH = 1.15, 0.8
# Mean square of the trunk's acceleration (m/s²)², posture apart, below which nobody walks, and
# the share of the strongest two seconds' that counts as walking.
_WALK_POWER, _WALK_SHARE = 0.1, 0.25
# The trunk brakes this much (deg of the step) after it is pushed up: 9 to 94, median 63, in the
# twelve people of voisard2023; any lag within a quarter step gives the same sign.
_BRAKE_LAG_DEG = 55.0


def bouts(events: Iterable[Event], least: int = 2) -> list[tuple[float, float]]:
    """Stretches of walking (s): strikes and offs without a rest of 3 s between them.

    `least` strikes make a bout.
    """
    feet = sorted((e for e in events if e.kind in ("strike", "off")), key=lambda e: e.time)
    if not feet:
        return []
    times = np.array([e.time for e in feet])
    strikes = np.array([e.kind == "strike" for e in feet])
    cuts = np.flatnonzero(np.diff(times) > _REST_S) + 1
    out = []
    for part in np.split(np.arange(len(times)), cuts):
        if strikes[part].sum() >= least:
            out.append((float(times[part[0]]), float(times[part[-1]])))
    return out


def in_bouts(events: Events, source: str, least: int = 2) -> Events:
    """The strikes and offs that lie in walking bouts, with a start and a stop for each bout."""
    spans = bouts(events, least)
    rows = [e for e in events if any(a <= e.time <= b for a, b in spans)]
    for a, b in spans:
        rows += [Event(a, None, "start", source), Event(b, None, "stop", source)]
    return Events(rows)


def stride_time(sensor: Imu) -> float | None:
    """Usual time (s) of a stride in a trunk's acceleration; None where nothing repeats.

    The lag between 0.7 and 3 s at which all three axes together repeat best, a usual stride being
    preferred to a single step or two strides. All axes count, since the vertical alone repeats
    with every step.
    """
    moved = lowpass(sensor.acc, sensor.rate_hz, 4.0) - lowpass(sensor.acc, sensor.rate_hz, 0.3)
    size = min(sensor.samples(2 * _STRIDES_S[1]), len(moved))
    low, high = sensor.samples(_STRIDES_S[0]), min(sensor.samples(_STRIDES_S[1]), size // 2)
    if high < low + 3:
        return None
    starts = np.arange(0, len(moved) - size + 1, max(1, size // 2))
    part = moved[starts[:, None] + np.arange(size)]
    power = np.sum(part**2, axis=2).mean(axis=1)
    part = part[power > max(_WALK_POWER, _WALK_SHARE * float(np.percentile(power, 90)))]
    if not len(part):
        return None
    spectra = np.sum(np.abs(np.fft.rfft(part, 2 * size, axis=1)) ** 2, axis=2)
    again = np.fft.irfft(spectra, 2 * size, axis=1)[:, :size] / np.arange(size, 0, -1)
    again = np.mean(again / again[:, :1], axis=0)[low:high]
    tops = np.flatnonzero((again[1:-1] > again[:-2]) & (again[1:-1] >= again[2:])) + 1
    if not len(tops) or again[tops].max() < 0.1:
        return None
    lags = (low + tops) / sensor.rate_hz
    usual = np.exp(-0.5 * (np.log(lags / _STRIDE_S) / _STRIDE_WIDTH) ** 2)
    return float(lags[np.argmax(again[tops] * usual)])


def trunk_axes(sensor: Imu) -> Array | None:
    """Rows forward, up, right (3 × 3, the sensor's axes) of a walking trunk; None: no walking.

    Up is the mean acceleration while walking. In each step the trunk is pushed up, and brakes
    somewhat later: of the horizontal directions the one that follows the vertical so is backward.
    What differs between left and right steps (the sway) is first taken out, by adding the signal
    of half a stride before.
    """
    from scipy.signal import hilbert

    size = sensor.samples(2.0)
    stride = stride_time(sensor) if sensor.gravity and len(sensor) >= 2 * size else None
    if stride is None:
        return None
    posture = lowpass(sensor.acc, sensor.rate_hz, posture_hz(stride))
    moved = lowpass(sensor.acc, sensor.rate_hz, 4.0) - posture
    half = sensor.samples(stride / 2)
    count = (len(sensor) - half) // size

    def parts(x: Array) -> Array:
        return x[half : half + count * size].reshape(count, size, *x.shape[1:])

    power = np.sum(parts(moved) ** 2, axis=2).mean(axis=1)
    walks = power > max(_WALK_POWER, _WALK_SHARE * float(np.percentile(power, 90)))
    if not walks.any():
        return None
    up = parts(posture)[walks].mean(axis=(0, 1))
    up = up / np.linalg.norm(up)
    even = moved.copy()
    even[half:] += moved[:-half]
    upward = even @ up
    level = even - np.outer(upward, up)
    lagged = np.real(hilbert(upward) * np.exp(-1j * np.radians(_BRAKE_LAG_DEG)))
    h, w = parts(level)[walks], parts(lagged)[walks]
    back = np.einsum("wki,wk->wi", h, w)
    length = np.linalg.norm(back, axis=1)
    together = length / np.sqrt(np.sum(h**2, axis=(1, 2)) * np.sum(w**2, axis=1) + 1e-12)
    # Seconds in which the two go together well say more about the direction.
    forward = -np.sum(back / (length + 1e-12)[:, None] * together[:, None] ** 2, axis=0)
    if np.linalg.norm(forward) < 1e-9:
        return None
    forward = forward / np.linalg.norm(forward)
    return np.stack((forward, up, np.cross(forward, up)))


def posture_hz(stride_s: float) -> float:
    """Cutoff (Hz) below which a trunk's acceleration is posture, for strides of this time."""
    return float(min(0.4, 0.45 / stride_s))


def yaw_turns(sensor: Imu, source: str) -> Events:
    """Turns of the body from a sensor on the trunk: the rate about the vertical.

    Without gravity in the signal there is no vertical, hence no turns.
    """
    if not sensor.gravity or len(sensor) < sensor.samples(1.0):
        return Events()
    rate = lowpass(sensor.gyr @ up_axis(sensor), sensor.rate_hz, _TURN_CUTOFF_HZ)
    events = _turns(rate, sensor.rate_hz, sensor.start, source)

    def judged(e: Event) -> Event:
        a, b = np.rint((np.array([e.time, e.time + e.duration]) - sensor.start) * sensor.rate_hz)
        return replace(e, confidence=1.0 - float(sensor.doubtful[int(a) : int(b) + 1].mean()))

    return events.map(judged)


def _turns(smooth: Array, rate_hz: float, start: float, source: str) -> Events:
    """Turns in a low-passed rate of heading (deg/s)."""
    rows = []
    for sign in (1.0, -1.0):
        signed = sign * smooth
        for a, b in gaps(signed > _TURN_EDGE):
            angle = float(signed[a:b].sum() / rate_hz)
            if signed[a:b].max() > _TURN_PEAK and angle >= _TURN_DEG:
                rows.append(Event(start + float(a) / rate_hz, None, "turn", source, 1.0,
                                  float(b - a) / rate_hz))  # fmt: skip
    return Events(rows)


def foot_turns(feet: Sequence[tuple[Imu, Array]], source: str) -> Events:
    """Turns of the body from sensors on the feet: the mean of the feet's rates about the vertical.

    Parameters
    ----------
    feet
        Sensors with their swings: n × 2 times (s) of off and strike, ascending.
    """
    usable = [(sensor, spans) for sensor, spans in feet if len(spans) >= 2]
    if not usable:
        return Events()
    begin = max(sensor.start for sensor, _ in usable)
    end = min(float(sensor.times[-1]) for sensor, _ in usable)
    times = np.arange(begin, end, 1 / _HEADING_HZ)
    rates: list[Array] = []
    for sensor, spans in usable:
        smooth = lowpass(_foot_yaw(sensor, spans), sensor.rate_hz, _TURN_CUTOFF_HZ)
        rate = np.interp(times, sensor.times, smooth)
        # Without gravity the sign of each foot's vertical is free; both turn the same way.
        if rates and not sensor.gravity and rate @ rates[0] < 0:
            rate = -rate
        rates.append(rate)
    return _turns(np.mean(rates, axis=0), _HEADING_HZ, begin, source)


def _foot_yaw(sensor: Imu, spans: Array) -> Array:
    """Rate (deg/s, n) of a foot about the vertical, as it tilts.

    The vertical is known at each rest and carried on by the gyroscope to the next. Where gravity
    was removed it is the axis of the net rotations from rest to rest: a foot that lies flat before
    and after a stride has turned about the vertical alone.
    """
    still = np.linalg.norm(lowpass(sensor.gyr, sensor.rate_hz, 5.0), axis=1)
    at = (spans - sensor.start) * sensor.rate_hz
    margin = sensor.samples(0.6)
    low = np.concatenate(([max(0.0, at[0, 0] - margin)], at[:, 1])).astype(int)
    high = np.concatenate((at[:, 0], [min(len(sensor) - 1.0, at[-1, 1] + margin)])).astype(int)
    rest = np.array(
        [a + int(np.argmin(still[a : max(a, b) + 1])) for a, b in zip(low, high, strict=True)]
    )
    turned = _orientations(sensor)
    if sensor.gravity:
        vertical = up_axis(sensor)
    else:
        nets = _rotation_vectors(_times(_conjugate(turned[rest[:-1]]), turned[rest[1:]]))
        _, axes = np.linalg.eigh(nets.T @ nets)
        vertical = axes[:, -1]
    since = np.clip(np.searchsorted(rest, np.arange(len(sensor)), side="right") - 1, 0, None)
    seen = _rotate(_times(_conjugate(turned), turned[rest[since]]), vertical)
    out: Array = np.sum(sensor.gyr * seen, axis=1)
    return out


def _orientations(sensor: Imu) -> Array:
    """Quaternions (n × 4, scalar first) from the first sample's axes: a parallel prefix product."""
    angle = np.radians(sensor.gyr) / sensor.rate_hz
    size = np.linalg.norm(angle, axis=1, keepdims=True)
    q = np.concatenate((np.cos(size / 2), angle * np.sinc(size / (2 * np.pi)) / 2), axis=1)
    step = 1
    while step < len(q):
        q[step:] = _times(q[:-step], q[step:])
        step *= 2
    return q


def _times(p: Array, q: Array) -> Array:
    w1, x1, y1, z1 = p.T
    w2, x2, y2, z2 = q.T
    return np.stack((
        w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2, w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2,
        w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2, w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2,
    ), axis=1)  # fmt: skip


def _conjugate(q: Array) -> Array:
    out: Array = q * np.array([1.0, -1.0, -1.0, -1.0])
    return out


def _rotate(q: Array, vector: Array) -> Array:
    """`vector` (3) turned by each unit quaternion (n × 4)."""
    axis = q[:, 1:]
    once = np.cross(axis, vector)
    out: Array = vector + 2 * (q[:, :1] * once + np.cross(axis, once))
    return out


def _rotation_vectors(q: Array) -> Array:
    """Rotation vectors (rad, n × 3) of unit quaternions, the short way round."""
    q = np.where(q[:, :1] < 0, -q, q)
    size = np.linalg.norm(q[:, 1:], axis=1, keepdims=True)
    angle = 2 * np.arctan2(size, q[:, :1])
    out: Array = q[:, 1:] * angle / np.maximum(size, 1e-12)
    return out
