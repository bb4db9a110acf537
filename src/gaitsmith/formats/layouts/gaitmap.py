"""gaitmap's example layout: two header rows (sensor, axis), and its list of strides.

mad-lab-fau/gaitmap, ``example_data``: ``left_sensor`` and ``right_sensor`` are NilsPods on the
shoes in m/s² and deg/s; the index counts rows. Stride lists (``s_id, foot, start, end, ic, tc,
min_vel, pre_ic``) give row numbers: ``ic`` is the strike, ``tc`` the toe-off, from motion capture.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gaitsmith.errors import MissingInputError
from gaitsmith.events import Event, Events
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.layouts import generic
from gaitsmith.formats.raw_table import Table
from gaitsmith.recording import Note, Recording

NAME = "gaitmap"
#: The example's sampling rate (Hz); the file has none.
RATE = 204.8
_PLACES = {"left_sensor": "foot_l", "right_sensor": "foot_r"}


def _strides(table: Table) -> bool:
    return all(c in table for c in ("s_id", "foot", "start", "end"))


def fits(table: Table, source: Source) -> bool:
    """Whether the two header rows name left_sensor and right_sensor, or it is a stride list."""
    if _strides(table):
        return True
    return (
        len(table.header) == 2
        and [r[0] for r in table.header] == ["sensor", "axis"]
        and set(table.header[0][1:]) == {"left_sensor", "right_sensor"}
    )


def read(table: Table, source: Source, hints: Hints) -> Recording:
    """Both feet on one clock; or the events of a stride list."""
    rate = hints.rate_hz or RATE
    notes: tuple[Note, ...] = () if hints.rate_hz else (
        Note("assumption", "clock", f"{RATE} Hz, as in gaitmap's example: the file has no clock "
             "(rate_hz sets another)"),
    )  # fmt: skip
    if _strides(table):
        return _events(table, source, rate).with_notes(notes)
    named = {k: hints.placement.get(v, v) for k, v in _PLACES.items() if k not in hints.placement}
    if named:
        notes += (
            Note(
                "assumption", "imu", "left_sensor and right_sensor are taken as sensors on the feet"
            ),
        )
    hints = replace(hints, rate_hz=rate, placement={**named, **hints.placement})
    recording = generic.read(table, source, hints).with_notes(notes)
    streams = {
        k: s.replace(attrs={**s.attrs, "lateral_axis": 1}) for k, s in recording.streams.items()
    }
    return recording.replace(streams=streams)


def _events(table: Table, source: Source, rate: float) -> Recording:
    if "ic" not in table or "tc" not in table:
        raise MissingInputError(
            "the list has borders of strides but no contacts", file=source.name,
            found=", ".join(table.columns), expected="columns ic and tc",
            remedy="give the list of stride events",
        )  # fmt: skip
    at = table.at("foot")
    feet = table.texts.get(-1 if at is None else at, ())
    rows: list[Event] = []
    for kind, column in (("strike", "ic"), ("strike", "pre_ic"), ("off", "tc")):
        if column not in table:
            continue
        for foot, row in zip(feet, table.column(column), strict=False):
            if foot not in ("left", "right"):
                raise source.wrong("a stride without a side", "column 'foot'", found=foot,
                                   expected="left or right")  # fmt: skip
            if np.isfinite(row):
                rows.append(Event(float(row) / rate, foot, kind, "file"))  # type: ignore[arg-type]
    # The strike of a stride stands again as pre_ic of the next one.
    return Recording(events=Events(dict.fromkeys(rows)), notes=table.notes, name=source.stem)
