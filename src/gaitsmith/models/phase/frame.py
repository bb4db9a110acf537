"""A foot's sensor on the models' clock and in their frame: x forward, y up, z right, left mirrored.

Up comes from standing still (3 s), forward from the level axis that the foot swings about; or both
are declared. Without either nothing is guessed: the refusal says what is missing. Off-line the
swing axis is that of the whole recording (:func:`gaitsmith.gait.imu.mediolateral`); live it is
found in the first swings (:mod:`gaitsmith.realtime.mount`, the same rule).

Lost samples are bridged by a line, as the live runtime does once the next packet is there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.gait.imu import SILENT_S, Imu, Segment, from_stream, labels, mediolateral, standing
from gaitsmith.recording import Note, Recording, Stream
from gaitsmith.signals import gaps, resample

__all__ = ["MIRROR", "STAND_S", "Foot", "feet_of", "foot_signal", "levelled", "mirrored"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Factors of acc x y z, gyr x y z when left and right change places (reflection of z; acceleration
#: is a polar vector, angular rate an axial one).
MIRROR = np.array([1.0, 1.0, -1.0, -1.0, -1.0, 1.0])
#: Standing still so long (s) tells up, as live.
STAND_S = 3.0
# Rates (Hz) that a device may have, as live; and what counts as the models' own rate.
_RATES = (50.0, 400.0)
_SAME = 0.01
# The swing axis may stand this far (sine) from level before it says nothing about forward.
_LEVEL = 0.7
# So much rest (s) in all levels a declared mounting, which may be off by so much (deg).
_REST_S, _OFF_DEG = 0.5, 50.0


@dataclass(frozen=True)
class Foot:
    """One foot's sensor as the models see it.

    Attributes
    ----------
    side, label
        ``"left"``, ``foot_l``.
    start, rate_hz
        Clock of `x` (s, Hz).
    x
        n × 6: acc (m/s²), gyr (deg/s); canonical, mirrored where it is a left foot; no NaN.
    lost
        Ticks inside losses longer than 0.25 s, of which nothing can be said.
    rotation
        Sensor axes to the frame before mirroring (3 × 3).
    how
        How up and forward are known, in words.
    """

    side: Side
    label: str
    start: float
    rate_hz: float
    x: Array
    lost: Mask
    rotation: Array
    how: str
    notes: tuple[Note, ...] = ()

    @property
    def times(self) -> Array:
        """Time (s) of each tick."""
        return self.start + np.arange(len(self.x)) / self.rate_hz


def mirrored(x: Array) -> Array:
    """n × 6 of a left foot as a right foot would have it, and back."""
    return np.asarray(x * MIRROR)


def levelled(up: Array, right: Array) -> Array:
    """Rotation (rows forward, up, right) from `up` and an axis that points roughly right.

    Raises
    ------
    GaitsmithError
        Where the two are too near to parallel.
    """
    up = up / np.linalg.norm(up)
    right = right / np.linalg.norm(right)
    level = right - up * (right @ up)
    size = float(np.linalg.norm(level))
    if size < _LEVEL:
        raise GaitsmithError(
            "the foot does not swing about a level axis", place="foot sensor",
            found=f"an axis {np.degrees(np.arccos(min(1.0, size))):.0f} deg from level",
            remedy="check that the sensor sits on a foot, or declare its mounting",
        )  # fmt: skip
    level /= size
    return np.stack((np.cross(up, level), up, level))


def feet_of(recording: Recording, segment: Segment = "foot") -> list[Side]:
    """Sides whose foot (shank, thigh) wears a sensor."""
    have = labels(recording)
    sides: tuple[Side, ...] = ("left", "right")
    return [s for s in sides if f"{segment}_{s[0]}" in have]


def foot_signal(
    recording: Recording, side: Side, *, segment: Segment = "foot", gravity: bool = True,
    mounting: str | npt.ArrayLike | None = None, lateral: npt.ArrayLike | None = None,
    rate_hz: float = 100.0, stand_s: float = STAND_S,
) -> Foot:  # fmt: skip
    """One sensor of a recording as the models see it.

    Parameters
    ----------
    gravity
        Whether the model needs the acceleration with gravity. Without it only the rate counts:
        up is then that of `mounting`, or roughly that of the swing plane (see `how`).
    mounting
        ``"forward=+x, up=+z"`` or a rotation (3 × 3): declared. With standing still as well, up is
        taken from the standing and forward from the mounting.
    lateral
        The sensor's own axis (3) that points to the person's right, where only that is known.
    rate_hz
        Clock of the model (Hz).
    stand_s
        Standing still so long (s) tells up.

    Raises
    ------
    MissingInputError
        Where there is neither standing nor a declared mounting.
    GaitsmithError
        Where there is no such sensor, its rate is out of range, gravity is missing, or the foot
        does not swing.
    """
    label = f"{segment}_{side[0]}"
    where = labels(recording)
    if label not in where:
        raise GaitsmithError("the recording has no such sensor", place=recording.name or None,
                             found=label, expected=f"one of {', '.join(where) or 'none (no IMU)'}")  # fmt: skip
    stream = recording[where[label]]
    sensor = from_stream(stream, label)
    if not _RATES[0] <= sensor.rate_hz <= _RATES[1]:
        raise GaitsmithError("the sensor's rate is out of range", place=f"imu {label}",
                             found=f"{sensor.rate_hz:.4g} Hz", expected="50 to 400 Hz")  # fmt: skip
    notes = list(sensor.notes)
    if gravity and not sensor.gravity:
        raise GaitsmithError(
            "the acceleration holds no gravity, which this model needs", place=f"imu {label}",
            remedy='export the raw acceleration, or use the model "phase-foot-gyr", which sees the rate alone',
        )  # fmt: skip
    rotation, how = _rotation(
        sensor if gravity else _without_gravity(sensor), segment, mounting, lateral, stand_s
    )
    times, data = _even(stream, label, rate_hz)
    x = np.concatenate([data[:, :3] @ rotation.T, data[:, 3:] @ rotation.T], axis=1)
    if side == "left":
        x = mirrored(x)
    lost = _lost(stream, label, times)
    notes.append(Note("assumption", f"imu {label}", f"frame: {how}"))
    return Foot(side, label, float(times[0]) if len(times) else 0.0, rate_hz, x, lost, rotation,
                how, tuple(notes))  # fmt: skip


def _rotation(
    sensor: Imu, segment: Segment, mounting: str | npt.ArrayLike | None,
    lateral: npt.ArrayLike | None, stand_s: float,
) -> tuple[Array, str]:  # fmt: skip
    """Sensor axes to the frame, and how it is known."""
    up = _standing_up(sensor, stand_s) if sensor.gravity else None
    if mounting is not None:
        return _declared(sensor, mounting, up)
    right = np.asarray(lateral, dtype=float) if lateral is not None else mediolateral(sensor, segment)  # fmt: skip
    if up is not None:
        words = "the swing axis" if lateral is None else "the known lateral axis"
        return levelled(up, right), f"up from standing still, forward from {words}"
    if not sensor.gravity:
        # The models that see the rate alone learnt from feet turned about the lateral axis by any
        # angle: up does not matter to them.
        return _about(right), "lateral from the swing axis; up is unknown and not needed"
    raise MissingInputError(
        "how the sensor sits is not known", place=f"imu {sensor.label}",
        found=f"no {stand_s:g} s of standing still and no declared mounting",
        expected=f"{stand_s:g} s of standing still, or the mounting",
        remedy='record some seconds of standing first, or say --mounting "forward=+x, up=+z"',
    )  # fmt: skip


def _declared(
    sensor: Imu, mounting: str | npt.ArrayLike, up: Array | None
) -> tuple[Array, str]:  # fmt: skip
    """The declared mounting, made level by the foot at rest where the recording shows one."""
    from gaitsmith.realtime.mount import mounting_rotation

    declared = mounting_rotation(mounting)
    if not sensor.gravity:
        return declared, "mounting as declared"
    where = "standing still"
    if up is None:
        still = standing(sensor)
        if still.sum() < sensor.samples(_REST_S):
            return declared, "mounting as declared"
        up, where = sensor.acc[still].mean(axis=0), "the foot at rest"
    off = float(np.degrees(np.arccos(np.clip(up @ declared[1] / np.linalg.norm(up), -1.0, 1.0))))
    if off > _OFF_DEG:
        raise GaitsmithError(
            "the sensor does not sit as declared", place=f"imu {sensor.label}",
            found=f"gravity at rest {off:.0f} deg from the declared up", expected=f"at most {_OFF_DEG:g} deg",
            remedy="check --mounting: the axis that reads +1 g while the foot is flat is up",
        )  # fmt: skip
    return levelled(up, declared[2]), f"forward from the declared mounting, up from {where}"


def _without_gravity(sensor: Imu) -> Imu:
    """The sensor for models that see the rate alone: its acceleration says nothing."""
    return replace(sensor, acc=np.zeros_like(sensor.acc))


def _about(right: Array) -> Array:
    """A frame about a lateral axis without gravity: up is what of the sensor's z is across it."""
    z = np.array([0.0, 0.0, 1.0])
    if abs(right @ z) > 0.9:
        z = np.array([0.0, 1.0, 0.0])
    return levelled(z - right * (right @ z), right)


def _standing_up(sensor: Imu, stand_s: float) -> Array | None:
    """Mean acceleration over the first `stand_s` of standing still; None where there are none."""
    spans = gaps(standing(sensor, stand_s))
    if not len(spans):
        return None
    a = int(spans[0][0])
    return np.asarray(sensor.acc[a : a + sensor.samples(stand_s)].mean(axis=0))


def _good(stream: Stream, label: str) -> tuple[Array, Array]:
    data = stream[label][:, :6]
    times = stream.times
    good: Mask = np.asarray(np.isfinite(data).all(axis=1))
    good[1:] &= np.diff(times) > 0
    return times[good], data[good]


def _even(stream: Stream, label: str, rate_hz: float) -> tuple[Array, Array]:
    """Ticks of the model's clock and the readings there; losses bridged by a line."""
    times, data = _good(stream, label)
    if len(times) < 2:
        return np.zeros(0), np.zeros((0, 6))
    own = stream.nominal_rate
    same = abs(own / rate_hz - 1.0) <= _SAME
    rate = rate_hz if same else own
    count = int(np.floor((times[-1] - times[0]) * rate + 0.5)) + 1
    grid = times[0] + np.arange(count) / rate
    even = np.stack([np.interp(grid, times, c) for c in data.T], axis=1)
    if same:
        return grid, even
    out, start = resample(grid, even, rate_hz)
    return start + np.arange(len(out)) / rate_hz, out


def _lost(stream: Stream, label: str, ticks: Array) -> Mask:
    times, _ = _good(stream, label)
    out: Mask = np.zeros(len(ticks), dtype=np.bool_)
    for k in np.flatnonzero(np.diff(times) > SILENT_S):
        out[(ticks > times[k]) & (ticks < times[k + 1])] = True
    return out
