"""The clock of a table: a column of times, a packet counter, or a rate and row numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import MissingInputError
from gaitsmith.formats.base import Hints, Source, uniform_clock
from gaitsmith.formats.columns import Role
from gaitsmith.formats.imu_build import packet_clock
from gaitsmith.formats.raw_table import Table
from gaitsmith.formats.units_by_range import is_row_number, time_factor
from gaitsmith.recording import Note

__all__ = ["Clock", "clock_of", "stated_rate"]

Array = npt.NDArray[np.float64]

#: Times beyond this many seconds (three days) count from an epoch and are moved to start at 0.
EPOCH = 259_200.0


@dataclass
class Clock:
    """Arguments for a Stream's clock, what to say, and the rows to keep (None: all)."""

    arguments: dict[str, Any]
    notes: list[Note] = field(default_factory=list)
    keep: npt.NDArray[np.intp] | None = None
    attrs: dict[str, Any] = field(default_factory=dict)


def stated_rate(lines: Sequence[str]) -> float | None:
    """A sampling rate (Hz) that stands in the lines above a table, or None."""
    for i, line in enumerate(lines):
        match = re.search(
            r"(?i)(?:frequency|freq|frame ?rate|sampl\w*[ _]?rate|(?:update|output) ?rate|\brate|\bfs\b)"
            r"\D{0,12}(\d+(?:[.,]\d+)?)", line,
        ) or re.fullmatch(r"\D{0,12}(\d+(?:\.\d+)?) ?hz\W*", line, re.I)  # fmt: skip
        # Vicon writes the bare rate on the line below the name of a section.
        if (
            match is None
            and i
            and re.match(r"(?i)(trajectories|devices|model outputs)", lines[i - 1])
        ):
            match = re.fullmatch(r"(\d+(?:\.\d+)?)[,;\t ]*", line)
        if match:
            rate = float(match[1].replace(",", "."))
            if 0.1 < rate <= 1e6:
                return rate
    return None


def clock_of(
    table: Table, columns: Sequence[int], found: Sequence[Role], hints: Hints, source: Source
) -> Clock:
    """The clock that the time and counter columns `columns` give.

    A time column wins over a counter; a rate given or stated makes row numbers times, and packet
    counters a clock in which lost packets stay lost.

    Raises
    ------
    MissingInputError
        Where the file has no clock and no rate is given.
    FormatError
        Where time runs backwards.
    """
    rate = hints.rate_hz
    notes: list[Note] = []
    if rate is None and (rate := stated_rate(table.before)) is not None:
        notes.append(Note("assumption", "clock", f"{rate:g} Hz, as the file's header says"))
    times = [i for i in columns if found[i].kind == "time"]
    for i in times:
        if i in table.texts:
            clock = _dates(table, i, source)
            if clock is not None:
                return clock
            continue
        time = table.data[:, i]
        if not np.isfinite(time).any():
            continue
        place = f"column {table.columns[i]!r}"
        if is_row_number(time) and hints.units.get("time") is None and not found[i].unit:
            if rate is None:
                time_factor(time, hints, None, place, source.name)
            words = f"{table.columns[i]} counts rows: taken as row number at {rate:g} Hz"
            return Clock({"rate": rate, "start": 0.0}, [*notes, Note("assumption", place, words)])
        if hints.rate_hz is not None and len(time) > 1 and not _agrees(time, hints.rate_hz):
            words = f"{hints.rate_hz:g} Hz as given, though the times of the file say otherwise"
            return Clock({"rate": hints.rate_hz, "start": 0.0}, [Note("warning", place, words)])
        stated = "us" if found[i].axis == "fine" else found[i].unit
        scale, said = time_factor(time, hints, stated or None, place, source.name)
        if found[i].axis == "fine":
            scale *= 100.0
        return _from_times(time * scale, place, said, source)
    counters = [
        i for i in columns if found[i].kind == "counter" and i not in table.texts
        and "packet" in table.columns[i].lower()
    ]  # fmt: skip
    if rate is not None and counters:
        counter = table.data[:, counters[0]]
        first = counter[0] if len(counter) else 0.0
        keep, arguments, attrs, said = packet_clock(
            counter, rate, from_zero=bool(first < 1000), file=source.name
        )
        return Clock(arguments, [*notes, *said], keep, attrs)
    if rate is not None:
        return Clock({"rate": rate, "start": 0.0}, notes)
    raise MissingInputError(
        "the file has no clock", file=source.name,
        found=", ".join(table.columns[i] for i in columns) or "no column of times",
        expected="a column of times, or a sampling rate",
        remedy="give the rate: rate_hz=100, or rate_hz = 100 in a TOML file beside the recording",
    )  # fmt: skip


def _agrees(time: Array, rate: float) -> bool:
    """Whether times in some unit are those of `rate`, lost samples apart."""
    steps = np.diff(time[np.isfinite(time)])
    steps = steps[steps > 0]
    if not len(steps):
        return False
    step = float(np.median(steps))
    return any(abs(step * unit * rate - 1) < 0.05 for unit in (1.0, 1e-3, 1e-6, 1e-9, 1e-4))


def _from_times(time: Array, place: str, notes: list[Note], source: Source) -> Clock:
    attrs: dict[str, Any] = {}
    notes = list(notes)
    blank = ~np.isfinite(time)
    if blank.any():
        if blank.mean() > 0.2:
            raise source.wrong(
                "times are missing", place, found=f"{int(blank.sum())} of {len(time)}"
            )
        notes.append(
            Note("warning", place, f"{int(blank.sum())} rows without a time were left out")
        )
    some = np.flatnonzero(~blank)
    time = time[some]
    if len(time) and abs(time[0]) > EPOCH:
        attrs["clock_origin_s"] = float(time[0])
        notes.append(
            Note("assumption", place, f"times count from far away: {time[0]:.3f} s is taken as 0")
        )
        time = time - time[0]
    arguments, said, keep = uniform_clock(time, place)
    if "rate" in arguments:  # (n - 1) / span carries the rounding of the sum
        arguments["rate"] = float(f"{arguments['rate']:.10g}")
    keep = some if keep is None and blank.any() else None if keep is None else some[keep]
    return Clock(arguments, [*notes, *said], keep, attrs)


def _dates(table: Table, column: int, source: Source) -> Clock | None:
    """A clock from cells that hold dates or times of day; None where they hold other words."""
    import warnings

    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas warns of formats that it has to guess
        try:
            stamps = pd.to_datetime(pd.Series(table.texts[column]), errors="coerce", utc=True)
        except (ValueError, OverflowError, TypeError):
            return None
    known = stamps.notna().to_numpy()
    if known.mean() < 0.8:
        return None
    seconds = np.full(len(stamps), np.nan)
    first = stamps[known].iloc[0]
    seconds[known] = (stamps[known] - first).dt.total_seconds().to_numpy()
    place = f"column {table.columns[column]!r}"
    clock = _from_times(seconds, place, [], source)
    clock.attrs["clock_origin_s"] = float(first.timestamp())
    clock.notes.append(Note("assumption", place, f"{first.isoformat()} is taken as 0 s"))
    return clock
