"""Strikes and offs from a sensor on the foot, off-line.

1. The rate about the medio-lateral axis is taken; axis and sign come from the data
   (:func:`gaitsmith.gait.imu.mediolateral`).
2. A swing is a large forward turn of the 5 Hz low-passed rate.
3. Off is where the rate, on its way from the push-off minimum to swing, has come back to
   ``off_level`` of that minimum; strike is where it has first gone down to ``strike_level`` of the
   minimum after landing. Both are read between samples, on a 12 Hz zero-phase low-pass.
4. Walking bouts give `start` and `stop`; turns come from a sensor on the trunk where there is
   one, else from the feet.

Levels are shares of the foot's own extremes, so they hold at any speed, where the gyroscope is
cut off, and without gravity. The extremes as events: Sabatini et al., IEEE Trans Biomed Eng 52
(2005) 486; Jasiewicz et al., Gait Posture 24 (2006) 502.

Deviations
----------
The papers put the events at extremes of the rate, which ring at landing and are flat at push-off;
levels on the flanks scatter half as much against hand-checked events. The two levels are round
numbers taken after looking at ``voisard2023``; ``gaitsmith.studies.events_imu`` states what people
outside the choice get, and the bias against two kinds of reference. No constant is added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.events import Event, Events
from gaitsmith.gait.imu import Imu, imu, labels, mediolateral
from gaitsmith.gait.imu_walk import foot_turns, in_bouts, yaw_turns
from gaitsmith.signals import lowpass
from gaitsmith.subject import Note

if TYPE_CHECKING:
    from gaitsmith.channels import Side
    from gaitsmith.recording import Recording

__all__ = ["NAME", "detect", "detect_noted", "missing", "swings"]

Array = npt.NDArray[np.float64]

NAME = "foot_imu"

SENSORS: tuple[tuple[str, Side], ...] = (("foot_l", "left"), ("foot_r", "right"))
#: Sensors that tell the body's heading, best first.
TRUNK = ("lower_back", "pelvis", "chest")
OFF_LEVEL = 0.75
STRIKE_LEVEL = 0.5
CUTOFF_HZ = 12.0
# Swings are sought at this cutoff (Hz), below which a swing is one lobe.
_LOBE_HZ = 5.0
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


def missing(recording: Recording) -> str | None:
    """What it lacks: a sensor on a foot."""
    have = labels(recording)
    return None if any(x in have for x, _ in SENSORS) else "an inertial sensor on a foot"


def detect(recording: Recording, **options: float) -> Events:
    """The events of :func:`detect_noted`, alone."""
    return detect_noted(recording, **options)[0]


def detect_noted(
    recording: Recording,
    *,
    off_level: float = OFF_LEVEL,
    strike_level: float = STRIKE_LEVEL,
    cutoff_hz: float = CUTOFF_HZ,
) -> tuple[Events, tuple[Note, ...]]:
    """Strikes and offs of each foot that wears a sensor, bouts of walking and turns.

    Parameters
    ----------
    off_level, strike_level
        Share (0 to 1) of the push-off and landing minimum at which off and strike are read.
    cutoff_hz
        Low-pass (Hz) of the rate they are read on.

    Raises
    ------
    GaitsmithError
        Where an option is out of range or a sensor is too slow.
    """
    for name, level in (("off_level", off_level), ("strike_level", strike_level)):
        if not 0 <= level < 1:
            raise GaitsmithError("not a share of the minimum", place=f"argument {name}",
                                 found=level, expected="at least 0 and below 1")  # fmt: skip
    if not cutoff_hz > _LOBE_HZ:
        raise GaitsmithError("the cutoff is too low", place="argument cutoff_hz", found=cutoff_hz,
                             expected=f"above {_LOBE_HZ:g} Hz")  # fmt: skip
    have = labels(recording)
    rows: list[Event] = []
    notes: list[Note] = []
    feet: list[tuple[Imu, Array]] = []
    for label, side in SENSORS:
        if label not in have:
            continue
        sensor = imu(recording, label)
        notes.extend(sensor.notes)
        found = swings(sensor, off_level, strike_level, cutoff_hz)
        feet.append((sensor, found[:, :2]))
        for off, strike, sure_off, sure_strike in found.tolist():
            if sure_off > 0:
                rows.append(Event(off, side, "off", NAME, sure_off))
            if sure_strike > 0:
                rows.append(Event(strike, side, "strike", NAME, sure_strike))
    events = in_bouts(Events(rows), NAME)
    if not len(events):
        notes.append(Note("warning", NAME, "no walking was found: no foot swings twice within "
                          "3 s (standing, or sensors that are not on the feet)"))  # fmt: skip
        return events, tuple(notes)
    trunk = next((x for x in TRUNK if x in have), None)
    turns = yaw_turns(imu(recording, trunk), NAME) if trunk else foot_turns(feet, NAME)
    return events + turns, tuple(notes)


def swings(
    sensor: Imu,
    off_level: float = OFF_LEVEL,
    strike_level: float = STRIKE_LEVEL,
    cutoff_hz: float = CUTOFF_HZ,
) -> Array:
    """Swings of one foot: n × 4, off (s), strike (s), and the confidence (0 to 1) in each.

    A confidence of 0 marks an event inside a loss too long to be bridged.
    """
    if len(sensor) < sensor.samples(0.5):
        return np.zeros((0, 4))
    raw = sensor.gyr @ mediolateral(sensor, "foot")
    raw[sensor.lost] = 0.0
    slow = lowpass(raw, sensor.rate_hz, _LOBE_HZ)
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
