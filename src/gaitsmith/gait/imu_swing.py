"""Swings of a leg segment in its rate about the medio-lateral axis, with their off and strike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.gait.imu import Imu, Segment, mediolateral
from gaitsmith.signals import lowpass

__all__ = ["LOBE_HZ", "check_levels", "swings"]

Array = npt.NDArray[np.float64]

# Swings are sought at this cutoff (Hz), below which a swing is one lobe.
LOBE_HZ = 5.0
# A swing that no one doubts (deg/s, deg), and the share of the median such swing that a small
# step still reaches.
_SURE_RATE, _SURE_ANGLE = 100.0, 20.0
_SHARE_RATE, _SHARE_ANGLE = 0.15, 0.1
# Two swings of one foot stand at least this far apart (s): running at 4.5 strides a second is
# beyond people.
_APART_S = 0.4
# Push-off is sought so long (s) before the swing's lobe, landing so long after it.
_BEFORE_S, _AFTER_S = 0.35, 0.3
# Below this share of the swing's peak an extreme is no push-off or landing (a foot put down
# flat); then the event is where the rate leaves or meets that share on the swing's own side.
_FLAT = 0.1


def check_levels(off_level: float, strike_level: float, cutoff_hz: float) -> None:
    """Refuse options of :func:`swings` that are out of range.

    Raises
    ------
    GaitsmithError
        With the option and what it may be.
    """
    for name, level in (("off_level", off_level), ("strike_level", strike_level)):
        if not 0 <= level < 1:
            raise GaitsmithError("not a share of the minimum", place=f"argument {name}",
                                 found=level, expected="at least 0 and below 1")  # fmt: skip
    if not cutoff_hz > LOBE_HZ:
        raise GaitsmithError("the cutoff is too low", place="argument cutoff_hz", found=cutoff_hz,
                             expected=f"above {LOBE_HZ:g} Hz")  # fmt: skip


def swings(
    sensor: Imu, segment: Segment, off_level: float, strike_level: float, cutoff_hz: float
) -> Array:
    """Swings of one leg: n × 4, off (s), strike (s), and the confidence (0 to 1) in each.

    A confidence of 0 marks an event inside a loss too long to be bridged.

    Parameters
    ----------
    off_level
        Off is where the rate, on its way from the push-off minimum to swing, has come back to
        this share of the minimum.
    strike_level
        Strike is where it first goes down to this share of the minimum after landing.
    cutoff_hz
        Zero-phase low-pass (Hz) of the rate that both are read on, between samples.
    """
    if len(sensor) < sensor.samples(0.5):
        return np.zeros((0, 4))
    raw = sensor.gyr @ mediolateral(sensor, segment)
    raw[sensor.lost] = 0.0
    slow = lowpass(raw, sensor.rate_hz, LOBE_HZ)
    rate = lowpass(raw, sensor.rate_hz, cutoff_hz)
    first, last = _lobes(slow, sensor)
    rows = []
    before = 0
    for k, (a, b) in enumerate(zip(first, last, strict=True)):
        peak = a + int(np.argmax(rate[a:b]))
        low = max(a - sensor.samples(_BEFORE_S), before)
        high = b + sensor.samples(_AFTER_S)
        high = min(high, first[k + 1] if k + 1 < len(first) else len(rate))
        off = _off(rate, low, peak, off_level)
        strike = _strike(rate, peak, high, strike_level)
        before = int(strike) + 1
        rows.append((off, strike))
    at = np.array(rows).reshape(-1, 2)
    sure = _confidence(at, sensor)
    return np.concatenate((sensor.start + at / sensor.rate_hz, sure), axis=1)


def _lobes(slow: Array, sensor: Imu) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """First sample and one past the last of each forward turn that is a swing."""
    n = len(slow)
    edges = np.concatenate(([0], np.flatnonzero(np.diff(slow > 0)) + 1, [n]))
    first, last = edges[:-1], edges[1:]
    angle = np.add.reduceat(slow, first) / sensor.rate_hz
    peak = np.maximum.reduceat(slow, first)
    sure = (peak > _SURE_RATE) & (angle > _SURE_ANGLE)
    if not sure.any():
        return first[:0], last[:0]
    keep = (peak > _SHARE_RATE * np.median(peak[sure])) & (
        angle > _SHARE_ANGLE * np.median(angle[sure])
    )
    first, last, angle = first[keep], last[keep], angle[keep]
    # Of two that stand too close the larger is the swing.
    middle = (first + last) / 2
    chosen: list[int] = []
    for k in np.argsort(-angle, kind="stable"):
        if all(abs(middle[k] - middle[c]) >= _APART_S * sensor.rate_hz for c in chosen):
            chosen.append(int(k))
    order = np.sort(np.array(chosen, dtype=np.intp))
    return first[order], last[order]


def _off(rate: Array, low: int, peak: int, share: float) -> float:
    """Sample (fractional) at which the rate has come back from push-off to `share` of it."""
    start = low + int(np.argmin(rate[low : peak + 1]))
    flat = rate[start] > -_FLAT * rate[peak]
    level = _FLAT * rate[peak] if flat else share * rate[start]
    above = np.flatnonzero(rate[start : peak + 1] > level)
    return _between(rate, start + int(above[0]), level) if len(above) else float(start)


def _strike(rate: Array, peak: int, high: int, share: float) -> float:
    """Sample (fractional) at which the rate first goes down to `share` of the landing minimum."""
    end = peak + int(np.argmin(rate[peak:high]))
    flat = rate[end] > -_FLAT * rate[peak]
    level = _FLAT * rate[peak] if flat else share * rate[end]
    below = np.flatnonzero(rate[peak : end + 1] <= level)
    return _between(rate, peak + int(below[0]), level) if len(below) else float(end)


def _between(rate: Array, after: int, level: float) -> float:
    """Where the line from the sample before `after` to it meets `level`."""
    if after == 0 or rate[after] == rate[after - 1]:
        return float(after)
    part = (rate[after] - level) / (rate[after] - rate[after - 1])
    return after - float(np.clip(part, 0.0, 1.0))


def _confidence(at: Array, sensor: Imu) -> Array:
    """1 less the share of doubtful samples within 50 ms of each event; 0 inside a long loss."""
    reach = sensor.samples(0.05)
    window = np.rint(at).astype(int)[..., None] + np.arange(-reach, reach + 1)
    window = np.clip(window, 0, len(sensor) - 1)
    sure: Array = 1.0 - 0.9 * sensor.doubtful[window].mean(axis=-1)
    near = window[..., reach - 1 : reach + 2]
    sure[sensor.lost[near].any(axis=-1)] = 0.0
    return sure
