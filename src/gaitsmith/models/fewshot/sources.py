"""Cycles from a recording: shank sensors from mid-swing to mid-swing, joint angles from strike to strike.

Left legs are written as right ones (mirrored), so that one prior serves both.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.errors import MissingInputError
from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.recording import Recording
from gaitsmith.streams import IMU_AXES

__all__ = ["ANGLES", "SHANK", "angle_cycles", "shank_cycles", "swing_peaks"]

Array = npt.NDArray[np.float64]
SIDES: tuple[Side, ...] = ("right", "left")
#: Channels of a shank sensor.
SHANK = IMU_AXES[:6]
#: Joint angles of one leg that most recordings have.
ANGLES = ("pelvis_tilt", "pelvis_list", "hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle")  # fmt: skip
#: Shortest and longest cycle (s).
SHORTEST, LONGEST = 0.6, 1.6
#: Gyroscopes are cut off here (deg/s), so that the range of a sensor does not give its wearer away.
GYRO_LIMIT = 250.0
_CUTOFF_HZ = 6.0
_POINTS = 100


def swing_peaks(swing: Array, rate: float) -> npt.NDArray[np.intp]:
    """Samples of mid-swing: peaks of the sagittal rate of a shank (deg/s, swing positive).

    Low-pass of 6 Hz (2nd order, zero phase); height above 0.4 and prominence above 0.5 of the 98th
    percentile, at least 0.5 s apart (the rule of the data README of ``hugadb``).
    """
    from scipy.signal import butter, filtfilt, find_peaks

    if len(swing) < 2 * rate:
        return np.zeros(0, dtype=np.intp)
    b, a = butter(2, _CUTOFF_HZ / (rate / 2))
    smooth = filtfilt(b, a, swing)
    high = float(np.percentile(smooth, 98))
    peaks, _ = find_peaks(smooth, height=0.4 * high, prominence=0.5 * high, distance=max(1, int(0.5 * rate)))  # fmt: skip
    return np.asarray(peaks, dtype=np.intp)


def shank_cycles(
    recording: Recording, *, person: str = "one", sides: Sequence[Side] = SIDES,
    limit: float = GYRO_LIMIT,
) -> Cycles:  # fmt: skip
    """Cycles of the shanks' sensors, 100 samples × (acceleration 3, rate 3).

    The sagittal axis is the one with the liveliest swing (negative counts where the file's sensor
    says so). Left sensors are mirrored about their lateral axis.

    Raises
    ------
    MissingInputError
        Where there is no sensor on a shank, or no cycle.
    """
    parts = []
    found = False
    for side in sides:
        label = f"shank_{side[0]}"
        for stream in recording.of_kind("imu").values():
            if label not in stream:
                continue
            found = True
            uniform = stream if stream.rate is not None else stream.resample(stream.nominal_rate)
            assert uniform.rate is not None
            lateral = int(stream.attrs.get("lateral_axis", 2))
            data = np.array(uniform[label][:, :6])
            data[:, 3:] = np.clip(data[:, 3:], -limit, limit)
            parts.append(_cut(data, uniform.rate, lateral, (person, recording.name, side)))
    if not found:
        raise MissingInputError("no sensor on a shank", file=recording.name or None,
                                expected="an IMU labelled shank_r or shank_l",
                                remedy="say where a sensor sits: --place NAME=shank_r")  # fmt: skip
    whole = Cycles.joined(parts)
    if not len(whole):
        raise MissingInputError("no walking cycle in the shank's signal", file=recording.name or None,
                                expected=f"cycles of {SHORTEST} to {LONGEST} s")  # fmt: skip
    return whole


def _cut(data: Array, rate: float, lateral: int, whose: tuple[str, str, Side]) -> Cycles:
    person, name, side = whose
    turn = data[:, 3 + lateral]
    known = np.isfinite(turn)
    # In swing the shank turns one way only, faster than ever in stance.
    sign = 1.0 if np.nanpercentile(turn, 98) > -np.nanpercentile(turn, 2) else -1.0
    peaks = swing_peaks(np.where(known, sign * turn, 0.0), rate)
    if side == "left":
        mirror = np.where(np.arange(3) == lateral, -1.0, 1.0)
        data = data * np.concatenate([mirror, -mirror])
    rows, seconds, starts = [], [], []
    index = np.arange(len(data))
    for a, b in pairwise(peaks):
        part = data[a : b + 1]
        if SHORTEST <= (b - a) / rate <= LONGEST and np.isfinite(part).all():
            at = np.linspace(a, b, _POINTS)
            rows.append(np.stack([np.interp(at, index[a : b + 1], part[:, k]) for k in range(6)], axis=1))  # fmt: skip
            seconds.append((b - a) / rate)
            starts.append(a / rate)
    array = np.stack(rows) if rows else np.zeros((0, _POINTS, 6))
    return Cycles.of(array, SHANK, ("m/s2",) * 3 + ("deg/s",) * 3, person=person, recording=name,
                     side=side, duration=np.array(seconds), start=np.array(starts),
                     limit=np.array([np.inf] * 3 + [GYRO_LIMIT] * 3))  # fmt: skip


def angle_cycles(
    recording: Recording, *, person: str = "one", speed_m_s: float = np.nan,
    labels: Sequence[str] = ANGLES, points: int = 101,
) -> Cycles:  # fmt: skip
    """Strides of both legs' joint angles, strike to strike; left ones mirrored.

    Raises
    ------
    MissingInputError
        Where there are no angles, a channel is missing, or no stride.
    """
    from gaitsmith.gait.cycles import segment
    from gaitsmith.gait.events import find

    if recording.angles is None:
        raise MissingInputError("no joint angles", file=recording.name or None,
                                expected="a stream of angles", remedy="gaitsmith solve makes angles of markers")  # fmt: skip
    events = recording.events if len(recording.events) else find(recording).events
    strides = segment(recording, events, streams=["angles"], points=points)
    parts = []
    for side in SIDES:
        s = strides[side]
        if not s.n:
            continue
        absent = [x for x in labels if x not in s]
        if absent:
            raise MissingInputError("a joint angle is missing", file=recording.name or None,
                                    found=f"no {absent[0]}", expected=", ".join(labels))  # fmt: skip
        data = np.stack([s.as_right(x) for x in labels], axis=2)
        keep = np.isfinite(data).all(axis=(1, 2))
        parts.append(Cycles.of(
            data[keep], labels, ["deg"] * len(labels), person=person, recording=recording.name,
            side=side, speed=speed_m_s, duration=s.duration[keep], start=s.at("strike")[keep],
        ))  # fmt: skip
    if not parts or not sum(map(len, parts)):
        raise MissingInputError("no whole stride", file=recording.name or None,
                                expected="two strikes of one foot with samples between")  # fmt: skip
    return Cycles.joined(parts)
