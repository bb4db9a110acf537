"""Any table whose columns have names: sensors, joint angles, moments, powers, forces, points."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import MissingInputError
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.columns import Role, roles
from gaitsmith.formats.layouts import streams as build
from gaitsmith.formats.raw_table import Table
from gaitsmith.formats.table_clock import clock_of
from gaitsmith.formats.told_columns import left_out, no_such_name
from gaitsmith.recording import Note, Recording, Stream

NAME = "named columns"
Array = npt.NDArray[np.float64]


def fits(table: Table, source: Source) -> bool:
    """Always: what it cannot read it refuses with the hint to give."""
    return True


@dataclass
class Group:
    """Columns that share a clock."""

    clocks: list[int] = field(default_factory=list)
    signals: list[int] = field(default_factory=list)


def read(table: Table, source: Source, hints: Hints) -> Recording:
    """Streams of every kind that the names speak of, each group of columns on its own clock.

    Raises
    ------
    MissingInputError
        Where no column can be named, or a clock or unit cannot be told; the remedy says which
        hint to give.
    """
    names, told = _renamed(table, hints, source)
    found = roles(names, table.units)
    gone = [i for i in told if names[i] == "-"]
    for i in gone:
        found[i] = Role("", "-")
    wrong = next((i for i in told if not found[i].kind and i not in gone), None)
    if wrong is not None:
        raise no_such_name(source, table.columns[wrong], names[wrong])
    groups = _joined(_groups(found), table)
    streams: dict[str, Stream] = {}
    notes = list(table.notes)
    if gone:
        notes.append(left_out([table.columns[i] for i in gone]))
    unread = [n for n, r in zip(names, found, strict=True) if r.kind == "" and n != "-"]
    several = len([g for g in groups if g.signals]) > 1
    for group in groups:
        if not group.signals:
            continue
        rows = _rows(table, group, found) if several else np.ones(len(table), bool)
        part = table.rows(rows) if not rows.all() else table
        clock = clock_of(part, group.clocks, found, hints, source)
        notes += clock.notes
        data = part.data if clock.keep is None else part.data[clock.keep]
        for name, stream, said in build.streams(
            {i: found[i] for i in group.signals}, data, clock, hints, source,
            ours=_ours(group, names, found),
        ):  # fmt: skip
            notes += said
            tail = _tail(group, names)
            free = tail if re.match(rf"{stream.kind}(_|$)", tail) else name
            if free in streams:
                free = f"{name}_{tail or stream.labels[0]}"
            while free in streams:
                free += "_2"
            streams[free] = stream
    if not streams:
        raise MissingInputError(
            "no column of the table says what it is", file=source.name,
            found=", ".join(table.columns[:12]),
            expected="names like acc_x, left_foot_gyr_y, knee_angle_r, Fx1, RHEE_x",
            remedy='name them: columns={"' + table.columns[-1] + '": "acc_x"}, or a table '
                   "[columns] in a TOML file beside the recording",
        )  # fmt: skip
    if unread:
        more = f" and {len(unread) - 12} more" if len(unread) > 12 else ""
        notes.append(Note("assumption", "columns", f"not read: {', '.join(unread[:12])}{more}"))
    return Recording(streams=streams, notes=tuple(notes), name=source.stem)


def _renamed(table: Table, hints: Hints, source: Source) -> tuple[list[str], list[int]]:
    """The names of the columns, those of `hints.columns` in place of the file's; and which these are."""
    names = list(table.columns)
    told: list[int] = []
    low = [n.lower() for n in names]
    for given, wanted in hints.columns.items():
        at = names.index(given) if given in names else None
        if at is None and given.lower() in low:
            at = low.index(given.lower())
        if at is None and given.isdigit() and 1 <= int(given) <= len(names):
            at = int(given) - 1
        if at is None:
            raise source.wrong("the file has no such column", f"hint columns, {given!r}",
                               found=", ".join(names[:12]))  # fmt: skip
        names[at] = wanted if wanted else "-"
        told.append(at)
    return names, told


def _groups(found: list[Role]) -> list[Group]:
    """Columns by clock: each time column rules the columns up to the next one."""
    times = [i for i, r in enumerate(found) if r.kind == "time"]
    signals = [i for i, r in enumerate(found) if r.kind not in ("", "time", "counter")]
    counters = [i for i, r in enumerate(found) if r.kind == "counter"]
    starts: list[int] = []
    for t in times:
        if not starts or any(starts[-1] < s < t for s in signals):
            starts.append(t)
    if len(starts) < 2:
        return [Group([*times, *counters], signals)]
    groups = []
    for k, start in enumerate(starts):
        low = 0 if k == 0 else start
        high = starts[k + 1] if k + 1 < len(starts) else len(found)
        groups.append(
            Group(
                [i for i in (*times, *counters) if low <= i < high],
                [i for i in signals if low <= i < high],
            )
        )
    return groups


def _joined(groups: list[Group], table: Table) -> list[Group]:
    """Groups whose time columns have the same name and the same times, put together.

    Some makers repeat the time before every channel.
    """
    out: dict[tuple[str, bytes], Group] = {}
    for i, group in enumerate(groups):
        first = group.clocks[0] if group.clocks else None
        key = (
            (str(i), b"") if first is None
            else (table.columns[first].lower(), np.nan_to_num(table.data[:, first]).tobytes())
        )  # fmt: skip
        if key in out:
            out[key].signals += group.signals
        else:
            out[key] = group
    return list(out.values())


def _rows(table: Table, group: Group, found: list[Role]) -> npt.NDArray[np.bool_]:
    """Rows in which this group has a time: a shorter group ends in blank cells."""
    time = [i for i in group.clocks if found[i].kind == "time" and i not in table.texts]
    rows: npt.NDArray[np.bool_] = (
        np.isfinite(table.data[:, time[0]]) if time else np.ones(len(table), bool)
    )
    return rows


def _ours(group: Group, names: list[str], found: list[Role]) -> bool:
    """Whether the columns are named as gaitsmith names them."""
    clock = bool(group.clocks) and re.fullmatch(r"time(_\w+)?", names[group.clocks[0]]) is not None
    return clock and all(
        names[i].removeprefix(f"{found[i].kind}.")
        == (f"{found[i].label}_{found[i].axis}" if found[i].axis else found[i].label)
        for i in group.signals
    )


def _tail(group: Group, names: list[str]) -> str:
    """What a group's time column is called after: ``time_forces`` -> ``forces``."""
    first = re.sub(r"\s*\[.*", "", names[group.clocks[0]]) if group.clocks else ""
    match = re.fullmatch(r"(?i)time_(.+)", first)
    return match[1] if match else ""
