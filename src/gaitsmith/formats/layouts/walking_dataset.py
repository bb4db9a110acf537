"""Walking-Dataset (Marpino): workbook of seven leg sensors with toe and heel pressure.

Columns carry the sensor's number: 1 right foot, 2 right shank, 3 right thigh, 4 left thigh, 5 left
shank, 6 left foot, 7 back. Acceleration / 10000 = g, angular rate / 100 = deg/s, time in ms; feet
have insole cells Ext1 (toe) and Ext2 (heel) with a clock of their own (README of the source).
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.formats.base import Hints, Source, uniform_clock
from gaitsmith.formats.imu_build import imu_stream
from gaitsmith.formats.raw_table import Table
from gaitsmith.recording import Note, Recording, Stream

NAME = "Walking-Dataset"

_PLACES = {
    1: "foot_r", 2: "shank_r", 3: "thigh_r", 4: "thigh_l", 5: "shank_l", 6: "foot_l",
    7: "lower_back",
}  # fmt: skip
_COLUMNS = tuple(f"{q}_read_{a}" for q in ("Acc", "Gyro") for a in "xyz")
Array = npt.NDArray[np.float64]


def fits(table: Table, source: Source) -> bool:
    """Whether the numbered columns of at least one sensor are there."""
    return "Time_1" in table and all(f"{c}_1" in table for c in _COLUMNS)


def read(table: Table, source: Source, hints: Hints) -> Recording:
    """A stream a sensor, each on its own clock, and a stream a foot of pressure."""
    notes = [*table.notes]
    clocks: dict[str, Array] = {}
    for number, place in _PLACES.items():
        if all(f"{c}_{number}" in table for c in ("Time", *_COLUMNS)):
            time = table.column(f"Time_{number}")
            here = np.isfinite(time) & (time > 0)
            if here.sum() < 2:
                notes.append(Note("warning", place, f"sensor {number} recorded nothing"))
                continue
            clocks[f"Time_{number}"] = time
    if not clocks:
        raise source.wrong("no sensor recorded anything", expected="times in Time_1 … Time_7")
    origin = float(min(np.nanmin(t[t > 0]) for t in clocks.values()))
    streams: dict[str, Stream] = {}
    for number, place in _PLACES.items():
        if f"Time_{number}" not in clocks:
            continue
        name = hints.placement.get(str(number), hints.placement.get(place, place))
        stream, said = _sensor(
            table, number, name, (clocks[f"Time_{number}"] - origin) * 1e-3, hints
        )
        streams[f"imu_{name}"], notes = stream, [*notes, *said]
        if f"Ext1_{number}" in table and f"Ext2_{number}" in table:
            pressure, said = _pressure(table, number, name, clocks[f"Time_{number}"], origin)
            streams[f"pressure_{name}"], notes = pressure, [*notes, *said]
    notes.append(
        Note("assumption", "imu", "acceleration / 10000 = g, angular rate / 100 = deg/s, time in ms, "
             "as the data set's own description says")
    )  # fmt: skip
    if "Time_7" in clocks:
        notes.append(
            Note("warning", "imu_lower_back", "the back sensor has a clock of its own that is not "
                 "synchronised with the others")
        )  # fmt: skip
    notes.append(
        Note("assumption", "columns", "not read: orientation, angular acceleration, magnetic field, "
             "barometer, temperature")
    )  # fmt: skip
    return Recording(streams=streams, notes=tuple(notes), name=source.stem)


def _sensor(
    table: Table, number: int, name: str, time: Array, hints: Hints
) -> tuple[Stream, list[Note]]:
    block = table.block([f"{c}_{number}" for c in _COLUMNS])
    place = f"imu_{name}"
    fresh = np.isfinite(time) & np.concatenate(([True], np.diff(time) > 1e-9))
    notes: list[Note] = []
    attrs: dict[str, Any] = {}
    double = len(time) - int(fresh.sum())
    if double > 0.4 * len(time):
        notes.append(
            Note("warning", place, f"each sample is written twice ({double} rows): the sensor ran at "
                 "half the rate of the others")
        )  # fmt: skip
        time, block = time[fresh], block[fresh]
        attrs["written_twice"] = True
    clock, said, keep = uniform_clock(time, place)
    block = block[keep] if keep is not None else block
    stream, more = imu_stream(
        {name: block * np.array([1e-4] * 3 + [1e-2] * 3)}, hints, clock, attrs,
        acc_unit="g", gyr_unit="deg/s", file=table.file,
    )  # fmt: skip
    return stream, [*notes, *said, *more]


def _pressure(
    table: Table, number: int, name: str, sensor_time: Array, origin: float
) -> tuple[Stream, list[Note]]:
    place = f"pressure_{name}"
    notes = [
        Note("assumption", place, "insole pressure in counts; offset and gain differ by insole")
    ]
    time = table.column(f"Ext_time_{number}") if f"Ext_time_{number}" in table else None
    if time is None or not np.isfinite(time).all() or np.any(np.diff(time) < 0):
        jump = "" if time is None else f" (it jumps by {np.nanmin(np.diff(time)) * 1e-3:.3f} s)"
        notes.append(
            Note(
                "warning", place, f"the insole's clock is broken{jump}; the foot sensor's was taken"
            )
        )
        time = sensor_time
    data = table.block([f"Ext1_{number}", f"Ext2_{number}"])
    clock, said, keep = uniform_clock((time - origin) * 1e-3, place)
    side = re.sub(r".*(_[lr])$", r"\1", name)
    labels = (f"toe{side}", f"heel{side}") if side in ("_l", "_r") else ("toe", "heel")
    stream = Stream("pressure", data if keep is None else data[keep], labels, **clock)
    return stream, [*notes, *said]
