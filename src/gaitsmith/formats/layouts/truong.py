"""Truong 2019: both feet, 16 columns, 100 Hz, with a JSON of the person and hand-marked movement.

Truong et al., "A Data Set for the Study of Human Locomotion with Inertial Measurements Units",
IPOL 9 (2019), 10.5201/ipol.2019.265. Columns LAV LAX LAY LAZ LRV LRX LRY LRZ RAV … RRZ: left or
right, acceleration or rotation rate, vertical and the sensor's axes. Rotation in deg/s;
acceleration in g with gravity removed (its unit is told from peaks of 2 to 11).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.imu_build import channel_notes
from gaitsmith.formats.raw_table import Table
from gaitsmith.formats.sidecar import json_beside, last_part
from gaitsmith.formats.trial_json import movement, person
from gaitsmith.recording import Note, Recording
from gaitsmith.signals import gaps
from gaitsmith.streams import IMU_AXES, Stream
from gaitsmith.units import factor

NAME = "Truong 2019"

_FEET = (("foot_l", "L"), ("foot_r", "R"))
#: A foot that turns faster than this (deg/s) cannot repeat its rate sample after sample …
MOVING = 60.0
#: … for this many samples: the sensor held its last value.
HELD = 5


def fits(table: Table, source: Source) -> bool:
    """Whether the sixteen columns are these."""
    return [c.upper() for c in table.columns] == [
        f"{side}{quantity}{axis}" for side in "LR" for quantity in "AR" for axis in "VXYZ"
    ]


def read(table: Table, source: Source, hints: Hints) -> Recording:
    """Both feet on one clock; movement of the feet in the stream's attrs, never as events."""
    rate = hints.rate_hz or 100.0
    blocks = {
        label: table.block([f"{side}{q}{a}" for q in "AR" for a in "XYZ"]) for label, side in _FEET
    }
    notes = [*table.notes, *channel_notes(blocks, IMU_AXES)]
    acc_unit, gyr_unit = hints.units.get("acceleration", "g"), hints.units.get("rate", "deg/s")
    data = np.stack(list(blocks.values()), axis=1)
    data[:, :, :3] *= factor(acc_unit, "acceleration")
    data[:, :, 3:] *= factor(gyr_unit, "rate")
    notes += [
        Note("assumption", "imu", f"acceleration in {acc_unit} with gravity removed (at rest it is "
             "near 0): nothing here can be levelled by gravity"),
        Note("assumption", "imu", "the vertical columns (LAV, LRV, RAV, RRV) repeat the others in "
             "another frame and were left out"),
    ]  # fmt: skip
    if hints.rate_hz is None:
        notes.append(
            Note("assumption", "clock", "100 Hz: the published rate; the file has no clock")
        )
    attrs: dict[str, Any] = {"gravity_removed": True, "lateral_axis": 1}
    frozen = {label: _frozen(data[:, i, 4]) for i, (label, _) in enumerate(_FEET)}
    for label, (holds, longest) in frozen.items():
        if holds:
            notes.append(
                Note("warning", label, f"the gyroscope repeats its last value while the foot moves: "
                     f"{holds} holds of {HELD} samples or more, the longest {longest}")
            )  # fmt: skip
    attrs["frozen_holds"] = {label: list(v) for label, v in frozen.items() if v[0]}
    recording = Recording(name=source.stem, notes=tuple(notes))
    beside = json_beside(source, f"{source.stem}.json")
    if beside is not None:
        facts, file = beside[1], last_part(beside[0].name)
        subject, said = person(facts, file)
        marked = movement(facts, file, rate)
        if marked:
            attrs["foot_movement_s"] = marked
            said.append(
                Note("assumption", "events", "the hand-marked intervals are foot movement from "
                     "heel-off to foot-flat, not toe-off to strike: kept in the stream's attrs")
            )  # fmt: skip
        if isinstance(facts.get("Sensor"), str):
            attrs["sensor"] = facts["Sensor"]
        if isinstance(facts.get("PathologyGroup"), str):
            attrs["group"] = facts["PathologyGroup"]
        recording = recording.replace(subject=subject).with_notes(said)
    stream = Stream("imu", data, tuple(blocks), rate=rate, attrs=attrs)
    return recording.with_stream(stream)


def _frozen(rate_y: npt.NDArray[np.float64]) -> tuple[int, int]:
    """How often, and for how many samples at most, the medio-lateral rate was held."""
    held = (np.diff(rate_y) == 0) & (np.abs(rate_y[1:]) > MOVING)
    runs = gaps(held)
    # n repeats are a hold of n + 1 equal samples.
    lengths = runs[:, 1] - runs[:, 0] + 1
    lengths = lengths[lengths >= HELD]
    return len(lengths), int(lengths.max(initial=0))
