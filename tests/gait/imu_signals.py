"""Inertial signals of a simple walker with known truth, in the axes x forward, y up, z right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.recording import Recording, Stream

Array = npt.NDArray[np.float64]
GRAVITY = 9.80665


@dataclass(frozen=True)
class Walk:
    """Stride times, and what the feet and back do; times in seconds."""

    rate: float = 100.0
    stride: float = 1.1
    strides: int = 12
    standing: float = 2.0
    turn: tuple[float, float, float] | None = None  # start, stop, angle (deg)

    @property
    def duration(self) -> float:
        return 2 * self.standing + (self.strides + 1) * self.stride

    @property
    def times(self) -> Array:
        return np.arange(round(self.duration * self.rate)) / self.rate

    def offs(self, side: str) -> Array:
        first = self.standing + (0.0 if side == "left" else 0.5 * self.stride)
        return first + 0.4 + self.stride * np.arange(self.strides)

    def strikes(self, side: str) -> Array:
        return self.offs(side) + 0.38 * self.stride


def bell(t: Array, at: float, width: float) -> Array:
    return np.exp(-0.5 * ((t - at) / width) ** 2)


def turn_rate(walk: Walk, t: Array) -> Array:
    """Yaw rate (deg/s) of the turn: one smooth hump."""
    if walk.turn is None:
        return np.zeros_like(t)
    start, stop, angle = walk.turn
    part = np.clip((t - start) / (stop - start), 0, 1)
    return angle / (stop - start) * (1 - np.cos(2 * np.pi * part))


def foot(walk: Walk, side: str, *, gravity: bool = True) -> Array:
    """n × 6: acceleration (m/s²) and rate (deg/s) of a foot.

    A stride is a push-off (backward turn), a swing (forward turn) and a landing (backward); the
    rate crosses between them at off and strike by construction, to within the bells' overlap.
    """
    fine = 1000.0
    t = np.arange(round(walk.duration * fine)) / fine
    pitch = np.zeros_like(t)
    forward, upward = np.zeros_like(t), np.zeros_like(t)
    swing = 0.38 * walk.stride
    for off, strike in zip(walk.offs(side), walk.strikes(side), strict=True):
        w = 0.045
        pitch -= 430.0 * bell(t, off - 0.04, w)
        pitch += 330.0 * bell(t, off + 0.45 * swing, 0.085)
        landing = 330.0 * 0.085 - 430.0 * w
        pitch -= landing / 0.035 * bell(t, strike + 0.045, 0.035)
        forward += 15 * (bell(t, off + 0.3 * swing, 0.05) - bell(t, off + 0.8 * swing, 0.05))
        upward += 25 * bell(t, strike + 0.01, 0.008)
    angle = np.radians(np.cumsum(pitch) / fine)
    turning = np.radians(turn_rate(walk, t))
    # World to foot: turned by `angle` about z (right).
    c, s = np.cos(angle), np.sin(angle)
    rise = upward + (GRAVITY if gravity else 0.0)
    acc = np.column_stack((c * forward + s * rise, -s * forward + c * rise, np.zeros_like(t)))
    yaw = np.degrees(turning)
    gyr = np.column_stack((s * yaw, c * yaw, pitch))
    return np.array([np.interp(walk.times, t, x) for x in (*acc.T, *gyr.T)]).T


def back(walk: Walk) -> Array:
    """n × 6 of the lower back: up after each strike, braking a little later, pushed inwards."""
    t = walk.times
    acc = np.zeros((len(t), 3))
    acc[:, 1] = GRAVITY
    for side, to_right in (("left", 1.0), ("right", -1.0)):
        for strike in walk.strikes(side):
            step = 0.5 * walk.stride
            acc[:, 0] += 1.5 * bell(t, strike - 0.05, 0.05) - 1.5 * bell(t, strike + 0.08, 0.05)
            acc[:, 1] += 2.5 * bell(t, strike + 0.05, 0.05) - 2.5 * bell(t, strike + 0.25, 0.05)
            acc[:, 2] += to_right * 0.5 * bell(t, strike + 0.5 * step, 0.12)
    gyr = np.zeros((len(t), 3))
    gyr[:, 1] = turn_rate(walk, t)
    return np.concatenate((acc, gyr), axis=1)


def turned(data: Array, rotation: Array) -> Array:
    """The same motion as a sensor turned in its case by `rotation` (3 × 3) reads it."""
    return np.concatenate((data[:, :3] @ rotation.T, data[:, 3:] @ rotation.T), axis=1)


def rotation(seed: int) -> Array:
    """A random turn in space."""
    q = np.random.default_rng(seed).normal(size=4)
    w, x, y, z = q / np.linalg.norm(q)
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip


def recording(rate: float, **sensors: Array) -> Recording:
    """One stream of sensors (label = data n × 6) on one clock."""
    data = np.stack(list(sensors.values()), axis=1)
    return Recording(streams={"imu": Stream("imu", data, tuple(sensors), rate=rate)})


def both_feet(walk: Walk, *, gravity: bool = True) -> Recording:
    return recording(
        walk.rate,
        foot_l=foot(walk, "left", gravity=gravity),
        foot_r=foot(walk, "right", gravity=gravity),
    )


def without_rows(recording: Recording, keep: npt.NDArray[np.bool_]) -> Recording:
    """Each sensor in its own stream, the rows not kept lost."""
    stream = recording["imu"]
    return Recording(
        streams={
            f"imu_{label}": Stream(
                "imu", stream[label][keep][:, None], (label,), time=stream.times[keep]
            )
            for label in stream.labels
        }
    )
