"""HuGaDB: six sensors in 16-bit counts, some gyroscopes eight times too sensitive and cut off.

Chereshnev and Kertész-Farkas, "HuGaDB: Human Gait Database for Activity Recognition from Wearable
Inertial Sensor Networks", AIST 2017. Accelerometer ±2 g, 16384 counts per g; gyroscope nominally
±2000 deg/s, 16.384 counts per deg/s. In many files some gyroscopes ran at ±250 deg/s instead
(131.072 counts per deg/s) and are cut off there; which ones is told from the data.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.imu_build import channel_notes
from gaitsmith.formats.raw_table import Table
from gaitsmith.recording import Note, Recording
from gaitsmith.streams import IMU_AXES, Stream
from gaitsmith.units import STANDARD_GRAVITY

NAME = "HuGaDB"

#: Samples per second: the source's table gives 679,073 walking rows in 11,544 s.
RATE = 58.82
ACC_COUNTS = 16384.0
GYR_COUNTS = 16.384
#: A gyroscope of ±250 deg/s instead of ±2000 deg/s.
GAIN = 8.0
#: Standard deviation (deg/s at the nominal scale) that no limb of a walking person reaches.
TOO_LIVELY = 450.0
FULL = 32767.0

_SENSORS = {
    "rf": "foot_r", "rs": "shank_r", "rt": "thigh_r", "lf": "foot_l", "ls": "shank_l",
    "lt": "thigh_l",
}  # fmt: skip


def _names(table: Table) -> dict[tuple[str, str], str]:
    """Column name by (sensor, axis), for both spellings of the header."""
    out = {}
    for name in table.columns:
        low = name.lower()
        match = re.fullmatch(r"(?:([rl][fst])_(acc|gyro)|(acc|gyro)_([rl][fst]))_([xyz])", low)
        if match:
            quantity = (match[2] or match[3]).replace("gyro", "gyr")
            out[match[1] or match[4], f"{quantity}_{match[5]}"] = name
    return out


def fits(table: Table, source: Source) -> bool:
    """Whether all 36 columns of the six sensors are there, in whole numbers of 16 bits."""
    names = _names(table)
    if len(names) != 36:
        return False
    head = table.block(list(names.values()))[:200]
    return bool(np.all(head == np.round(head)) and np.nanmax(np.abs(head), initial=0) > 1000)


def read(table: Table, source: Source, hints: Hints) -> Recording:
    """Six sensors on one clock; scaled gyroscopes, clipping and the assumed rate are named."""
    names = _names(table)
    labels = [
        next((hints.placement[k] for k in (s, s.upper(), x) if k in hints.placement), x)
        for s, x in _SENSORS.items()
    ]
    data = np.stack([table.block([names[s, a] for a in IMU_AXES[:6]]) for s in _SENSORS], axis=1)
    notes = [*table.notes]
    notes += channel_notes({x: data[:, i] for i, x in enumerate(labels)}, IMU_AXES)
    with np.errstate(invalid="ignore"):
        full = np.abs(data) >= FULL
        spread = np.nanstd(data[:, :, 3:], axis=0).max(axis=1) / GYR_COUNTS
    lively = spread > TOO_LIVELY
    gain = np.where(lively, GAIN, 1.0)
    data[:, :, :3] *= STANDARD_GRAVITY / ACC_COUNTS
    data[:, :, 3:] /= (GYR_COUNTS * gain)[:, None]
    # Share of samples in which any axis is at its limit.
    acc_cut, gyr_cut = (
        full[:, :, :3].any(axis=2).mean(axis=0),
        full[:, :, 3:].any(axis=2).mean(axis=0),
    )
    attrs: dict[str, Any] = {"lateral_axis": 1}
    if lively.any():
        named = [x for x, bad in zip(labels, lively, strict=True) if bad]
        cut = ", ".join(f"{labels[i]} {100 * gyr_cut[i]:.1f} %" for i in np.flatnonzero(lively))
        attrs["gyroscope_gain_8"] = named
        notes.append(
            Note("warning", "imu",
                 f"gyroscopes of {', '.join(named)} are 8 times too sensitive (±250 deg/s instead of "
                 f"±2000): their counts were taken as 131.072 per deg/s; they are cut off at "
                 f"±250 deg/s in {cut} of the samples")
        )  # fmt: skip
    attrs["clipped_gyroscope"] = {
        x: round(float(c), 4) for x, c in zip(labels, gyr_cut, strict=True) if c > 0.001
    }
    attrs["clipped_accelerometer"] = {
        x: round(float(c), 4) for x, c in zip(labels, acc_cut, strict=True) if c > 0.001
    }
    if attrs["clipped_accelerometer"]:
        words = ", ".join(f"{k} {100 * v:.1f} %" for k, v in attrs["clipped_accelerometer"].items())
        notes.append(
            Note("warning", "imu", f"acceleration is cut off at ±2 g: {words} of the samples")
        )
    rate = hints.rate_hz or RATE
    if hints.rate_hz is None:
        notes.append(
            Note(
                "assumption",
                "clock",
                f"{RATE} Hz, the mean of the published data: the file has no clock",
            )
        )
    left = [c for c in table.columns if c not in names.values()]
    if left:
        notes.append(Note("assumption", "columns", f"not read: {', '.join(left)}"))
    return Recording(
        streams={"imu": Stream("imu", data, tuple(labels), rate=rate, attrs=attrs)},
        notes=tuple(notes), name=source.stem,
    )  # fmt: skip
