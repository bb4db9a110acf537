"""Tables of signals: CSV, TSV and other text, XLSX, Parquet; the layout is found by content."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from gaitsmith.errors import GaitsmithError
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.raw_table import Table, parse_text
from gaitsmith.formats.table_writer import delimiter_of, from_kept, write_parquet, write_text_table
from gaitsmith.formats.workbook import parquet_table, parse_workbook
from gaitsmith.recording import Note, Recording

__all__ = ["NAME", "PARTS", "SUFFIXES", "layouts", "read", "sniff", "table_of", "write"]

NAME = "table (CSV, TSV, XLSX, Parquet)"
SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".xlsm", ".xls", ".ods", ".dat")

#: Sheets of a workbook can be named behind it: ``book.xlsx!Sheet2``.
PARTS = True

# The first that fits reads the table.
_LAYOUTS = (
    "xsens", "truong", "hugadb", "walking_dataset", "gaitmap", "wbds", "generic",
)  # fmt: skip
#: No measurement is larger; times in ns since 1970 stay far below.
HUGE = 1e30
_BOOK_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_BOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


def layouts() -> dict[str, Any]:
    """Every layout module by its short name, in the order in which they are asked."""
    return {name: import_module(f"gaitsmith.formats.layouts.{name}") for name in _LAYOUTS}


def sniff(head: bytes, suffix: str) -> float:
    """Text in rows of equal cells, a workbook or a Parquet file."""
    if head[:4] == b"PAR1":
        return 1.0
    if suffix in _BOOKS and head[:4] in _BOOK_STARTS:
        return 0.95
    if b"\0" in head[:4096] and head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return 0.0
    if suffix in (".csv", ".tsv", ".txt", ".dat"):
        return 0.5
    rows = [re.split(rb"[\t;, ]+", x) for x in head[:8192].splitlines()[-12:-1]]
    same = len(rows) > 4 and len({len(r) for r in rows}) == 1 and len(rows[0]) > 2
    return 0.1 if same and all(re.match(rb"[-+.\d]", c) for r in rows for c in r if c) else 0.0


def table_of(source: Source) -> Table:
    """The columns of the file, whatever kind of table it is.

    Raises
    ------
    FormatError
        Where it is no table.
    """
    if source.data[:4] == b"PAR1":
        return parquet_table(source)[0]
    if source.data[:4] in _BOOK_STARTS:
        return parse_workbook(source)
    return parse_text(source)


def _bounded(table: Table) -> Table:
    """Numbers beyond any measurement, and infinite ones, as missing."""
    wild = np.abs(table.data) > HUGE
    if not wild.any():
        return table
    data = np.where(wild, np.nan, table.data)
    words = f"{int(wild.sum())} cells are infinite or beyond {HUGE:g} and were taken as missing"
    return replace(table, data=data).with_notes(Note("warning", "cells", words))


def read(source: Source, hints: Hints) -> Recording:
    """Everything the table holds, by the first layout that fits.

    Raises
    ------
    FormatError, MissingInputError
        Where it is no table, or what its columns or clock mean cannot be told.
    """
    book = source.data[:4] in _BOOK_STARTS
    if source.part is not None and not book:
        raise source.wrong("a file of this format has no parts", found=source.part,
                           remedy="leave out what stands after the !")  # fmt: skip
    if source.data[:4] == b"PAR1":
        table, kept = parquet_table(source)
        if kept is not None:
            return from_kept(table, kept, source)
    else:
        table = table_of(source)
    table = _bounded(table)
    if len(table) == 0:
        raise source.wrong("the table has no rows", found=", ".join(table.columns[:8]))
    for layout in layouts().values():
        if layout.fits(table, source):
            chosen: Callable[[Table, Source, Hints], Recording] = layout.read
            return chosen(table, source, hints)
    raise source.wrong("no layout fits the table", found=", ".join(table.columns[:8]))


def write(
    recording: Recording,
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    streams: Iterable[str] | None = None,
    units: bool = False,
) -> None:
    """Write one wide table: CSV, TSV (``.tsv``, ``.txt``) or Parquet.

    Text keeps streams and clocks, but neither the person (mass, height) nor events and notes;
    Parquet keeps everything.

    Parameters
    ----------
    streams
        Names of the streams to write; default: all.
    units
        Whether column names carry their unit: ``foot_r_acc_x [m/s2]``.

    Raises
    ------
    GaitsmithError
        Where the recording has no streams, the file exists and `force` is not set, or the suffix
        is that of a workbook, which is not written.
    """
    suffix = Path(path).suffix.lower()
    if suffix in _BOOKS:
        raise GaitsmithError("workbooks are read but not written", file=path,
                             remedy="write .csv, which every spreadsheet opens")  # fmt: skip
    if suffix == ".parquet":
        write_parquet(recording, path, force=force, streams=streams, units=units)
        return
    write_text_table(
        recording, path, force=force, streams=streams, units=units, delimiter=delimiter_of(path)
    )
