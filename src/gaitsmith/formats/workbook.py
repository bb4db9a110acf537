"""Workbooks (XLSX, XLS, ODS) and Parquet files as raw tables."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import did_you_mean
from gaitsmith.formats.base import Source
from gaitsmith.formats.raw_table import (
    MAX_COLUMNS,
    SAMPLE,
    Table,
    first_row,
    header_above,
    joined_names,
    numbers_of,
)
from gaitsmith.formats.sources import FREE, RATIO
from gaitsmith.recording import Note

__all__ = ["parquet_table", "parse_workbook"]

Array = npt.NDArray[np.float64]

#: Cells of a sheet, empty ones included.
MAX_CELLS = 30_000_000


def parse_workbook(source: Source) -> Table:
    """The sheet named (``book.xlsx!Sheet2``), or the first that holds a table of numbers.

    Raises
    ------
    FormatError
        Where the workbook is damaged, has no such sheet, or no sheet holds a table.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    _check_size(source)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(source.data))
        names = book.sheet_names
    except (CalamineError, OSError, ValueError) as error:
        raise source.wrong("the workbook cannot be read", found=str(error),
                           remedy="open and save it again, or export it as CSV") from error  # fmt: skip
    if source.part is not None and source.part not in names:
        raise source.wrong("no such sheet", found=source.part, expected=f"one of {', '.join(names)}",
                           remedy=did_you_mean(source.part, names) or None)  # fmt: skip
    for name in names if source.part is None else [source.part]:
        try:
            rows = book.get_sheet_by_name(name).to_python()
        except (CalamineError, ValueError) as error:
            raise source.wrong(
                "a sheet cannot be read", f"sheet {name!r}", found=str(error)
            ) from error
        table = _sheet(rows, source)
        if table is not None:
            if len(names) > 1 and source.part is None:
                others = ", ".join(n for n in names if n != name)
                table = table.with_notes(
                    Note("assumption", "workbook", f"sheet {name!r} was read; not read: {others}")
                )
            return table
    raise source.wrong("no sheet holds a table of numbers", found=", ".join(names))


def _check_size(source: Source) -> None:
    """Refuse a sheet whose farthest cell would need more memory than its bytes warrant.

    The library lays a sheet out as a full rectangle, so a single cell far away costs gigabytes.
    """
    if source.data[:2] != b"PK":
        return
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as book:
            inside = [i for i in book.infolist() if i.filename.endswith(".xml")]
            if sum(i.file_size for i in inside) > max(FREE, RATIO * len(source.data)):
                raise source.wrong("unpacks to too much")
            for sheet in (i for i in inside if "worksheets/" in i.filename):
                xml = book.read(sheet)
                rows = max((int(r) for r in re.findall(rb'<row r="(\d{1,9})"', xml)), default=0)
                columns = set(re.findall(rb'<c r="([A-Z]{1,3})\d', xml))
                last = max((_column(c) for c in columns), default=0)
                if rows * last > MAX_CELLS:
                    raise source.wrong("a sheet claims more cells than can be read", sheet.filename,
                                       found=f"{rows} rows × {last} columns",
                                       remedy="delete what stands far from the table")  # fmt: skip
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, KeyError,
            NotImplementedError, RuntimeError) as error:  # fmt: skip
        raise source.wrong("the workbook cannot be read", found=str(error),
                           remedy="open and save it again, or export it as CSV") from error  # fmt: skip


def _column(letters: bytes) -> int:
    """Number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _sheet(rows: list[list[Any]], source: Source) -> Table | None:
    top = [[_text(c) for c in row] for row in rows[:SAMPLE]]
    width = max((len(r) for r in top), default=0)
    while width and not any(len(r) >= width and r[width - 1].strip() for r in top):
        width -= 1
    if width < 2 or width > MAX_COLUMNS:
        return None
    top = [r[:width] for r in top]
    start, _ = first_row(top, comma=False)
    if start >= len(top):
        return None
    first = header_above(top, start, width, comma=False)
    header = top[first:start]
    names, units = joined_names(header, width)
    body = [r[:width] for r in rows[start:] if any(c != "" for c in r[:width])]
    columns, texts, notes = [], {}, []
    for i in range(width):
        cells = [r[i] for r in body]
        if all(type(c) is float for c in cells):
            columns.append(np.array(cells, dtype=np.float64))
            continue
        numbers, words, bad = numbers_of([_text(c) for c in cells], comma=False)
        columns.append(numbers)
        if words is not None:
            texts[i] = words
        elif bad:
            notes.append(Note("warning", f"column {names[i]}", f"{bad} cells are not numbers and "
                              "were taken as missing"))  # fmt: skip
    before = tuple(" ".join(c for c in r if c).strip() for r in top[:first])
    return Table(
        source.name, names, np.column_stack(columns), texts, tuple(map(tuple, header)), units,
        tuple(b for b in before if b), tuple(notes),
    )  # fmt: skip


def _text(cell: Any) -> str:
    if isinstance(cell, float):
        return repr(cell)
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)


def parquet_table(source: Source) -> tuple[Table, bytes | None]:
    """The columns of a Parquet file, and what our own writer kept beside them.

    Raises
    ------
    FormatError
        Where it is damaged or claims to be larger than its bytes allow.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(io.BytesIO(source.data))
        meta = file.metadata
        cells = meta.num_rows * meta.num_columns
        if meta.num_columns > MAX_COLUMNS or cells > max(10_000_000, 200 * len(source.data)):
            raise source.wrong("the file claims more than can be read",
                               found=f"{meta.num_rows} rows × {meta.num_columns} columns")  # fmt: skip
        data = file.read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise source.wrong("the Parquet file cannot be read", found=str(error)) from error
    columns, texts = [], {}
    for i, column in enumerate(data.columns):
        kind = column.type
        try:
            if pa.types.is_timestamp(kind) or not (
                pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)
            ):
                words = [("" if c is None else str(c)) for c in column.to_pylist()]
                numbers, text, _ = numbers_of(words, comma=False)
                if text is not None:
                    texts[i] = text
            else:
                numbers = np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
        except (pa.ArrowException, UnicodeError, ValueError, OverflowError) as error:
            raise source.wrong("a column cannot be read", f"column {data.column_names[i]!r}",
                               found=str(error)) from error  # fmt: skip
        columns.append(numbers)
    names = [("" if n.startswith("__index_level") else n.strip()) for n in data.column_names]
    names = [n or f"column_{i + 1}" for i, n in enumerate(_flattened(names))]
    block = np.column_stack(columns) if columns else np.zeros((0, 0))
    kept = (data.schema.metadata or {}).get(b"gaitsmith")
    return Table(source.name, tuple(names), block, texts), kept


def _flattened(names: list[str]) -> list[str]:
    """Names of two header rows that pandas kept as ``('left_sensor', 'acc_x')``."""
    out = []
    for name in names:
        if name.startswith("('") and name.endswith("')"):
            name = "_".join(p.strip(" '\"") for p in name[1:-1].split(",") if p.strip(" '\""))
        out.append(name)
    return out
