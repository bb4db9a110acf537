"""The text tables of the OpenSim family: header, label line, block of numbers, clock.

Three headers are met: ``key=value`` lines up to ``endheader`` (version 1, and 2 and 3 with
``DataType`` and ``DataRate``), the old SIMM form (``datacolumns 42``, ``range 0 15``), and either
of them after a spreadsheet has quoted its lines and padded them with tabs. What a header counts is
never trusted: columns are counted on the label line and rows where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import FormatError
from gaitsmith.formats.base import Hints, Source, uniform_clock
from gaitsmith.subject import Note

__all__ = ["Table", "clock", "has_endheader", "numbers", "read_table", "unique"]

Array = npt.NDArray[np.float64]

_END = re.compile(rb'(?im)^[ \t"]*endheader\b')
_COUNTS = re.compile(r"^\s*(nrows|ncolumns|datarows|datacolumns)\s*[= \t]\s*(\S+)", re.I)
# How C libraries print what is not a number.
_NAN = re.compile(r"^[+-]?(nan|1\.#(qnan|ind|inf)|inf(inity)?)\S*$", re.I)
# No quantity of a walk in any unit; beyond it squares and degrees overflow.
_LARGEST = 1e15
# What the column of times is called.
_TIMES = ("time", "t", "time(s)", "time [s]", "time (s)")
#: Lines that may stand before ``endheader``; real headers have some ten.
_HEADER_LINES = 2000


@dataclass(frozen=True)
class Table:
    """A table as it stands in the file.

    Attributes
    ----------
    header
        ``key -> value`` with keys in lower case; ``""`` holds the first line's words.
    labels
        One a column, time first, as written (without quotes).
    data
        rows × columns, NaN where a cell is blank or not a number.
    notes
        What had to be bridged.
    decimals
        Most decimals that any of the first rows gives its time.
    """

    header: Mapping[str, str]
    labels: tuple[str, ...]
    data: Array
    notes: tuple[Note, ...] = ()
    decimals: int | None = None
    rows_claimed: int | None = field(default=None)


def has_endheader(head: bytes) -> bool:
    """Whether a line ``endheader`` stands in these bytes."""
    return _END.search(head) is not None


def _cells(line: str) -> list[str]:
    """Cells of a line: by tabs where it has any, else by white space; quotes taken off."""
    parts = line.split("\t") if "\t" in line.strip() else line.split()
    return [p.strip().strip('"').strip() for p in parts]


def _count(header: Mapping[str, str], *keys: str) -> int | None:
    for key in keys:
        try:
            return int(header[key])
        except (KeyError, ValueError):
            continue
    return None


def _header(lines: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        bare = line.strip().strip('"').strip()
        if not bare:
            continue
        key, equals, value = bare.partition("=")
        if equals and re.fullmatch(r"\s*[\w.]+\s*", key):
            found.setdefault(key.strip().lower(), value.strip())
        elif count := _COUNTS.match(bare):
            found.setdefault(count[1].lower(), count[2])
        else:
            found.setdefault("", bare)
    return found


def read_table(source: Source) -> Table:
    """Header, labels and numbers of a ``.mot`` or ``.sto``.

    Raises
    ------
    FormatError
        Where there is no header, no label line with a time, no row, or a cell is not a number.
    """
    text = source.text()
    lines = text.splitlines()
    end = next(
        (i for i, x in enumerate(lines[:_HEADER_LINES]) if re.match(r'(?i)[ \t"]*endheader\b', x)),
        None,
    )
    if end is None:
        raise source.wrong(
            "the header has no end", found=lines[0][:60] if lines else "",
            expected="a line 'endheader' before the labels",
            remedy="export the file again from OpenSim, or name its format",
        )  # fmt: skip
    header = _header(lines[:end])
    kind = header.get("datatype", "double").lower()
    if kind not in ("double", "float", "single", ""):
        raise source.wrong(
            "the table's cells are not single numbers", place="header line DataType", found=kind,
            expected="DataType=double", remedy="flatten the table in OpenSim before writing it",
        )  # fmt: skip
    at = next((i for i in range(end + 1, len(lines)) if lines[i].strip().strip('"')), None)
    if at is None:
        raise source.wrong("nothing stands after the header", place=f"line {end + 1}",
                           expected="a line of column labels and rows of numbers")  # fmt: skip
    labels = _cells(lines[at])
    while labels and not labels[-1]:
        labels.pop()
    if not labels or labels[0].lower() not in _TIMES:
        raise _timeless(labels, lines[at], at, source)
    claimed = _count(header, "nrows", "datarows")
    data, notes = numbers(
        lines, at + 1, len(labels), source, tabs="\t" in lines[at].strip(),
        cut=claimed is not None and not text.endswith(("\n", "\r")), claimed=claimed,
    )  # fmt: skip
    if claimed is not None and claimed > len(text):
        raise source.wrong(
            "the header counts more rows than the file has letters", place="header", found=f"{claimed} rows",
            expected="the number of rows below the labels", remedy="fetch the file again, or mend nRows",
        )  # fmt: skip
    columns = _count(header, "ncolumns", "datacolumns")
    if columns is not None and columns != len(labels):
        words = f"the header counts {columns} columns, the label line names {len(labels)}"
        notes.append(Note("assumption", "header", f"{words}; the labels count"))
    if claimed is not None and claimed != len(data):
        words = f"the header counts {claimed} rows, {len(data)} are there"
        notes.append(Note("warning", "header", f"{words}; the file may be cut"))
    decimals = _decimals(lines, at + 1)
    return Table(header, tuple(labels), data, tuple(notes), decimals, claimed)


def _timeless(labels: Sequence[str], line: str, at: int, source: Source) -> FormatError:
    """Why the label line does not begin with time: other signs between cells, another place, or none."""
    place, found = f"line {at + 1}", labels[0] if labels else ""
    apart = [x.strip().strip('"').lower() for x in re.split(r"[;,]", line)]
    if len(labels) < len(apart) and apart[0] in _TIMES:
        return source.wrong(
            "the label line does not begin with time", place=place, found=found, expected="time, then one label a column",
            remedy=f"separate columns by tabs or blanks, not by {'semicolons' if ';' in line else 'commas'}",
        )  # fmt: skip
    here = next((i for i, x in enumerate(labels) if x.lower() in _TIMES), None)
    if here is not None:
        return source.wrong(
            "the label line does not begin with time", place=place, found=f"{labels[here]} as column {here + 1}, after {found}",
            expected="time as the first column", remedy="put the column of times first",
        )  # fmt: skip
    return source.wrong(
        "the table has no column of times", place=place, found=", ".join(labels[:4]) + (", …" if len(labels) > 4 else ""),
        expected="a first column 'time' (s), then one label a column",
        remedy="export the file again with its times, or put a column 'time' in seconds first",
    )  # fmt: skip


def _decimals(lines: Sequence[str], first: int) -> int | None:
    """Decimals of the times, the fewer of the first and the last rows; None: more than 9, or 0.

    Six significant digits leave a time ever fewer decimals as it grows, hence the last rows.
    """
    fewest = 99
    for part in (lines[first : first + 50], lines[max(first, len(lines) - 51) : -1]):
        cells = [x.split(None, 1)[0] for x in part if x and not x.isspace()]
        if any("e" in c.lower() for c in cells):
            return None
        fewest = min(fewest, max((len(c.partition(".")[2]) for c in cells), default=99))
    return fewest if 0 < fewest <= 9 else None


def numbers(
    lines: Sequence[str],
    first: int,
    width: int,
    source: Source,
    *,
    tabs: bool,
    cut: bool = False,
    claimed: int | None = None,
    pad: bool = False,
) -> tuple[Array, list[Note]]:
    """The block of numbers from line index `first` on, `width` columns, with notes.

    A blank cell is NaN where tabs separate cells. `cut`: the last line has no end, so where fewer
    rows stand than `claimed`, its last value may be cut too. `pad`: rows may end early (their
    last cells are then missing).

    Raises
    ------
    FormatError
        Where a cell is not a number or a row has another number of cells.
    """
    block = [x for x in lines[first:] if x and not x.isspace()]
    notes: list[Note] = []
    if block and cut and claimed is not None and len(block) <= claimed:
        bare = block[-1].split("\t") if tabs else block[-1].split()
        if len(block) < claimed or len(bare) < width:
            block.pop()
            notes.append(
                Note("warning", "rows", "the last row is cut in the middle and was left out")
            )
    if not block:
        raise source.wrong("there is no row of numbers", place=f"line {first + 1}",
                           expected="at least one row", remedy="the file may be cut short")  # fmt: skip
    data: Array | None = None
    try:
        data = np.loadtxt(block, comments=None, ndmin=2, dtype=np.float64)
    except ValueError:
        data = None
    if data is None or data.shape[1] != width:
        data, more = _slowly(lines, first, width, source, tabs=tabs, count=len(block), pad=pad)
        notes += more
    infinite = np.abs(data) > _LARGEST
    if infinite.any():
        words = f"{int(infinite.sum())} infinite or absurd cells are taken as missing"
        notes.append(Note("warning", "cells", words))
        data[infinite] = np.nan
    return data, notes


def _number(cell: str) -> float | None:
    bare = cell.strip().strip('"').strip()
    if not bare:
        return np.nan
    try:
        return float(bare)
    except ValueError:
        return np.nan if _NAN.match(bare) else None


def _slowly(
    lines: Sequence[str],
    first: int,
    width: int,
    source: Source,
    *,
    tabs: bool,
    count: int,
    pad: bool,
) -> tuple[Array, list[Note]]:
    """Line by line, to bridge blank cells and to name the line that is wrong."""
    if count * width > 10 * sum(map(len, lines[first:])) + 1000:
        raise source.wrong(
            "the rows are far shorter than the label line", place=f"line {first + 1}",
            expected=f"{width} cells a row", remedy="the file is damaged; fetch it again",
        )  # fmt: skip
    rows: list[list[float]] = []
    blanks = short = 0
    notes: list[Note] = []
    for at in range(first, len(lines)):
        line = lines[at]
        if not line or line.isspace():
            continue
        if len(rows) == count:
            break
        cells = line.split("\t") if tabs and "\t" in line else line.split()
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if len(cells) != width:
            if len(cells) < width and (pad or (rows and len(rows) == count - 1)):
                if not pad:
                    notes.append(
                        Note("warning", "rows", "the last row is incomplete and was left out")
                    )
                    break
                short += 1
                cells += [""] * (width - len(cells))
            else:
                raise source.wrong(
                    "a row has another number of cells than the label line", place=f"line {at + 1}",
                    found=f"{len(cells)} cells", expected=f"{width} cells",
                    remedy=_delimiter(line) or "repair or delete this line",
                )  # fmt: skip
        values = []
        for column, cell in enumerate(cells):
            value = _number(cell)
            if value is None:
                raise source.wrong(
                    "a cell is not a number", place=f"line {at + 1}, column {column + 1}",
                    found=cell.strip()[:40], expected="a number with a decimal point",
                    remedy=_delimiter(line) or None,
                )  # fmt: skip
            values.append(value)
            blanks += not cell.strip()
        rows.append(values)
    if not rows:
        raise source.wrong("there is no row of numbers", place=f"line {first + 1}")
    if blanks or short:
        notes.append(Note("assumption", "cells", f"{blanks} blank cells are taken as missing"))
    return np.array(rows, dtype=np.float64), notes


def _delimiter(line: str) -> str:
    if ";" in line:
        return "cells are separated by tabs or blanks here, not by semicolons"
    if "," in line:
        return "write numbers with a decimal point and separate cells by tabs"
    return ""


def unique(labels: Sequence[str], place: str) -> tuple[list[int], list[Note]]:
    """Positions of the first column of each label, and a note on labels that stand twice."""
    first: dict[str, int] = {}
    twice: dict[str, int] = {}
    for i, label in enumerate(labels):
        if label in first:
            twice[label] = twice.get(label, 1) + 1
        else:
            first[label] = i
    notes = []
    if twice:
        some = ", ".join(f"{k} ({n} times)" for k, n in list(twice.items())[:6])
        notes.append(
            Note("warning", place, f"labels repeat: {some}; the first column of each is used")
        )
    return list(first.values()), notes


def clock(
    time: Array, hints: Hints, place: str, decimals: int | None = None
) -> tuple[dict[str, Any], list[Note], npt.NDArray[np.intp] | None]:
    """`base.uniform_clock` for a time column, after the traps of its unit.

    Times that step by whole numbers of 2 or more are milliseconds; a step of exactly 1 is a row
    number and needs ``hints.rate_hz``. A rate given by the user wins over the column.

    Raises
    ------
    FormatError
        Where the column only counts rows and no rate was given.
    GaitsmithError
        Where a time is missing or time runs backwards.
    """
    from gaitsmith.units import factor

    notes: list[Note] = []
    steps = np.diff(time)
    step = float(np.median(steps)) if len(steps) and np.isfinite(steps).all() else 0.0
    if "time" in hints.units:
        time, decimals = time * factor(hints.units["time"], "time"), None
    elif step >= 1.0:
        if step == 1.0 and hints.rate_hz is None:
            raise FormatError(
                "the time column only counts rows", place=place, found="steps of 1",
                expected="seconds", remedy="give the rate: rate_hz=100",
            )  # fmt: skip
        if step >= 2.0 and hints.rate_hz is None:
            notes.append(
                Note("assumption", place, f"times step by {step:g}: taken as milliseconds")
            )
            time, decimals = time / 1000.0, None
    if hints.rate_hz is not None:
        start = float(time[0]) if len(time) and np.isfinite(time[0]) and step != 1.0 else 0.0
        found = 1.0 / step if step > 0 else 0.0
        if not np.isclose(found, hints.rate_hz, rtol=0.01):
            words = f"the rate given ({hints.rate_hz:g} Hz) is used instead of the time column"
            notes.append(Note("assumption", place, words))
        return {"rate": float(hints.rate_hz), "start": start}, notes, None
    kwargs, more, keep = uniform_clock(time, place, decimals)
    return kwargs, notes + more, keep
