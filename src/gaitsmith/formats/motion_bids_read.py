"""Motion-BIDS read: channels by their types to streams; see ``motion_bids``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith import channels
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.formats.base import Hints, Source, uniform_clock
from gaitsmith.recording import Event, Events, Note, Recording, Stream, Subject
from gaitsmith.streams import KINDS
from gaitsmith.units import factor

__all__ = ["recording_of"]

Array = npt.NDArray[np.float64]
Rows = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class _Table:
    """Columns, their channels and their clock; `notes` collects what is assumed on the way."""

    source: Source
    hints: Hints
    data: Array
    rows: Rows
    clock: Mapping[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def recording_of(
    source: Source, hints: Hints, data: Array, rows: Rows, about: Mapping[str, Any]
) -> Recording:
    """A recording from the table, its channels and its sidecar."""
    if data.shape[1] != len(rows):
        raise source.wrong("the channels do not fit the table", place="*_channels.tsv",
                           found=f"{len(rows)} channels, {data.shape[1]} columns")  # fmt: skip
    if not len(data):
        raise source.wrong("the table has no rows")
    own = about.get("Gaitsmith")
    own = own if isinstance(own, dict) else {}
    start = own.get("Start", 0.0)
    start = float(start) if isinstance(start, int | float) and math.isfinite(start) else 0.0
    table = _with_clock(_Table(source, hints, data, rows), about, start)
    streams = _own(table, own) or _foreign(table)
    if not streams:
        raise source.wrong("no channel of a type that is read", place="*_channels.tsv",
                           found=", ".join(sorted({r.get("type", "") for r in rows})),
                           expected="POS, ACCEL, GYRO, MAGN or JNTANG")  # fmt: skip
    subject, events = _subject(own, table.notes), _events(source, start, table.notes)
    return Recording(subject, streams, events, tuple(table.notes), source.stem)


def _with_clock(table: _Table, about: Mapping[str, Any], start: float) -> _Table:
    """The table with its clock, and without the latency."""
    data, rows = table.data, table.rows
    late = [i for i, r in enumerate(rows) if r.get("type", "").upper() == "LATENCY"]
    if late:
        clock, more, keep = uniform_clock(data[:, late[0]] + start, "channel LATENCY")
        table.notes.extend(more)
        data = data if keep is None else data[keep]
        rest = [i for i in range(len(rows)) if i not in late]
        return replace(table, data=data[:, rest], rows=[rows[i] for i in rest], clock=clock)
    rate = table.hints.rate_hz
    rate = about.get("SamplingFrequency") if rate is None else rate
    if not isinstance(rate, int | float) or not math.isfinite(rate) or rate <= 0:
        raise MissingInputError("the rate is not known", file=table.source.name,
                                place="*_motion.json, SamplingFrequency", found=rate, expected="Hz",
                                remedy="give it: rate_hz=100")  # fmt: skip
    return replace(table, clock={"rate": float(rate), "start": start})


def _own(table: _Table, own: Mapping[str, Any]) -> dict[str, Stream]:
    """The stream that our own sidecar describes; none where it does not fit the channels."""
    data, rows = table.data, table.rows
    kind, labels = own.get("Kind"), own.get("Labels")
    if kind not in KINDS or not isinstance(labels, list) or not labels or len(rows) % len(labels):
        return {}
    width = len(rows) // len(labels)
    shape = (len(data), len(labels), width) if kind in ("points", "forces", "imu") else data.shape
    told = [r.get("tracked_point") for r in rows]
    if told != [x for x in labels for _ in range(width)] or (len(shape) == 2 and width != 1):
        return {}
    attrs = own.get("Attrs")
    name = own.get("Stream")
    stream = Stream(kind, data.reshape(shape), tuple(map(str, labels)),
                    attrs=attrs if isinstance(attrs, dict) else {}, **table.clock)  # fmt: skip
    return {name if isinstance(name, str) and name else str(kind): stream}


def _foreign(table: _Table) -> dict[str, Stream]:
    """Streams by the types of the channels."""
    at: dict[str, dict[str, dict[str, int]]] = {}
    lost: list[str] = []
    for i, row in enumerate(table.rows):
        kind, axis = row.get("type", "").upper(), row.get("component", "").lower()
        point = row.get("tracked_point") or row.get("name") or f"channel_{i + 1}"
        if kind in ("POS", "ACCEL", "GYRO", "MAGN") and axis in ("x", "y", "z"):
            at.setdefault(kind, {}).setdefault(point, {})[axis] = i
        elif kind == "JNTANG":
            at.setdefault(kind, {}).setdefault(row.get("name") or point, {})[""] = i
        else:
            lost.append(row.get("name", ""))
    if lost:
        some = ", ".join(lost[:6]) + (", …" if len(lost) > 6 else "")
        table.notes.append(Note("assumption", "channels", f"{len(lost)} channels have a type that is "
                                f"not read and were left out: {some}"))  # fmt: skip
    streams: dict[str, Stream] = {}
    if "POS" in at:
        streams["points"] = _points(table, at["POS"])
    if {"ACCEL", "GYRO"} & at.keys():
        streams["imu"] = _imu(table, at)
    if "JNTANG" in at:
        streams["angles"] = _angles(table, at["JNTANG"])
    return streams


def _triple(data: Array, columns: Mapping[str, int]) -> Array:
    """sample × 3; an axis without a channel is NaN."""
    out = np.full((len(data), 3), np.nan)
    for axis, i in columns.items():
        out[:, "xyz".index(axis)] = data[:, i]
    return out


def _declared_up(source: Source, frames: set[str]) -> tuple[int, int] | None:
    """Up by the letter S or I in SpatialAxes of ``*_channels.json`` (``"ALS"``: z is up)."""
    from gaitsmith.formats.motion_bids import beside
    from gaitsmith.formats.sidecar import load_json

    file = beside(source, "channels.json")
    about: Any = {} if file is None else load_json(file)
    for key in ("reference_frame", "Levels"):
        about = about.get(key) if isinstance(about, dict) else None
    for name, level in about.items() if isinstance(about, dict) else ():
        axes = level.get("SpatialAxes") if isinstance(level, dict) else None
        if name in frames and isinstance(axes, str) and len(axes) == 3:
            for letter, sign in (("S", 1), ("I", -1)):
                if letter in axes:
                    return axes.index(letter), sign
    return None


def _points(table: _Table, at: Mapping[str, Mapping[str, int]]) -> Stream:
    from gaitsmith.formats.axes import infer_up, parse_axis, turn_up

    labels = list(at)
    blocks = []
    for columns in at.values():
        unit = table.rows[next(iter(columns.values()))].get("units", "m")
        blocks.append(
            _triple(table.data, columns) * factor(table.hints.units.get("length", unit), "length")
        )
    points = np.stack(blocks, axis=1)
    if table.hints.up:
        up: tuple[int, int] | None = parse_axis(table.hints.up)
    else:
        frames = {table.rows[i].get("reference_frame", "") for c in at.values() for i in c.values()}
        up = _declared_up(table.source, frames) or infer_up(points, labels)
    if up is None:
        up = (2, 1)
        table.notes.append(Note("warning", "axes", "nothing tells which axis is up; z was taken"))
    else:
        table.notes.append(
            Note(
                "assumption", "axes", f"up is {'+' if up[1] > 0 else '-'}{'xyz'[up[0]]} of the file"
            )
        )
    return Stream("points", turn_up(points, up), tuple(labels), **table.clock)


def _imu(table: _Table, at: Mapping[str, Mapping[str, Mapping[str, int]]]) -> Stream:
    from gaitsmith.formats.columns import sensor_label
    from gaitsmith.formats.imu_build import imu_stream

    sensors = list(dict.fromkeys([*at.get("ACCEL", {}), *at.get("GYRO", {})]))
    kinds = ("ACCEL", "GYRO", "MAGN") if "MAGN" in at else ("ACCEL", "GYRO")
    blocks = {}
    for sensor in sensors:
        label, known = sensor_label(sensor, table.hints.placement, len(sensors) == 1)
        label = sensor if label in blocks else label
        if known and label != sensor:
            table.notes.append(Note("assumption", label, f"the sensor {sensor!r}"))
        parts = [_triple(table.data, at.get(k, {}).get(sensor, {})) for k in kinds]
        blocks[label] = np.hstack(parts)

    def unit(kind: str) -> str | None:
        first = next(iter(at.get(kind, {}).values()), None)
        word = None if first is None else table.rows[next(iter(first.values()))].get("units")
        return word if word not in ("", "n/a") else None

    stream, more = imu_stream(blocks, table.hints, table.clock, acc_unit=unit("ACCEL"), gyr_unit=unit("GYRO"),
                              file=table.source.name)  # fmt: skip
    table.notes.extend(more)
    return stream


def _angles(table: _Table, at: Mapping[str, Mapping[str, int]]) -> Stream:
    labels: list[str] = []
    columns = []
    for name, where in at.items():
        i = where[""]
        row = channels.find(name)
        label = row.name if row is not None and row.name not in labels else name
        if row is None:
            table.notes.append(
                Note("assumption", name, "an angle that has no name here; kept as it is")
            )
        unit = table.rows[i].get("units", "deg")
        columns.append(table.data[:, i] * factor("deg" if unit in ("", "n/a") else unit, "angle"))
        labels.append(label)
    return Stream("angles", np.column_stack(columns), tuple(labels), **table.clock)


def _subject(own: Mapping[str, Any], notes: list[Note]) -> Subject:
    told = own.get("Subject")
    if not isinstance(told, dict):
        return Subject()
    try:
        return Subject.from_dict(told)
    except (GaitsmithError, TypeError, ValueError, AttributeError) as error:
        notes.append(
            Note("warning", "subject", f"the person in the sidecar cannot be read: {error}")
        )
        return Subject()


def _events(source: Source, start: float, notes: list[Note]) -> Events:
    """Events of ``*_events.tsv``: by our columns, or by labels such as ``left_strike`` and ``LHS``."""
    from gaitsmith.formats.c3d_events import meaning
    from gaitsmith.formats.motion_bids import beside, table_of_text

    file = beside(source, "events.tsv")
    if file is None:
        return Events()
    found: list[Event] = []
    lost = 0
    for row in table_of_text(file):
        try:
            time = float(row.get("onset", "")) + start
            duration = float(row["duration"]) if row.get("duration", "n/a") != "n/a" else 0.0
            confidence = float(row["confidence"]) if row.get("confidence", "n/a") != "n/a" else 1.0
            kind: Any = row.get("kind")
            side: Any = row.get("side")
            side = side if side in ("left", "right") else None
            if kind is None:
                told = meaning(row.get("trial_type", ""))
                if told is None:
                    lost += 1
                    continue
                kind, side = told.kind, told.side
            found.append(Event(time, side, kind, row.get("source", "file"), confidence, duration))
        except (ValueError, GaitsmithError):
            lost += 1
    if lost:
        notes.append(Note("warning", "events", f"{lost} events are none of a foot or lack a time, and were "
                          "left out"))  # fmt: skip
    return Events(found)
