"""From text, workbook or Parquet to named columns of numbers, with the lines that stood above.

Delimiter, decimal mark and the number of header rows are found from the content: the separator
under which most lines have the same number of cells, most of them numbers.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import FormatError
from gaitsmith.formats.base import Source
from gaitsmith.recording import Note
from gaitsmith.units import normalise

__all__ = [
    "MAX_COLUMNS",
    "SAMPLE",
    "Table",
    "first_row",
    "header_above",
    "joined_names",
    "numbers_of",
    "parse_text",
]

Array = npt.NDArray[np.float64]

#: Lines looked at to find the layout.
SAMPLE = 120
#: More columns than any recording has; a transposed or binary file is met here.
MAX_COLUMNS = 20_000
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?$")
_COMMA_NUMBER = re.compile(r"[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?$")
_BLANKS = ("", "nan", "na", "n/a", "null", "none", "-", "--", "inf", "-inf", "#n/a", "missing")
_NULLS = [
    v
    for b in _BLANKS
    if "inf" not in b
    for v in dict.fromkeys((b, b.upper(), b.capitalize(), "NaN" if b == "nan" else b))
] + ["-NaN", "-nan", "NaN", "1.#QNAN", "-1.#IND", "1.#IND"]


@dataclass(frozen=True)
class Table:
    """Columns of a file before anyone knows what they mean.

    Attributes
    ----------
    file
        Name of the file, for messages.
    columns
        One name a column, stripped, rows of a header joined by ``_``; ``column_3`` without header.
    data
        rows × columns; NaN where a cell is blank or holds words.
    texts
        Cells (stripped) of the columns that hold words, by column number.
    header
        The header rows as found, each as long as `columns`.
    units
        Unit by column number, where a header row gave it.
    before
        Lines above the header.
    notes
        What was assumed or doubted on the way.
    """

    file: str
    columns: tuple[str, ...]
    data: Array
    texts: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    header: tuple[tuple[str, ...], ...] = ()
    units: Mapping[int, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    def __len__(self) -> int:
        return len(self.data)

    def at(self, name: str) -> int | None:
        """Number of the column of this name (case does not count), or None."""
        low = [c.lower() for c in self.columns]
        return low.index(name.lower()) if name.lower() in low else None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.at(name) is not None

    def column(self, name: str) -> Array:
        """Numbers of one column.

        Raises
        ------
        FormatError
            Where there is none of this name.
        """
        at = self.at(name)
        if at is None:
            raise FormatError("a column is missing", file=self.file, place=f"column {name!r}",
                              found=", ".join(self.columns[:12]))  # fmt: skip
        return self.data[:, at]

    def block(self, names: Sequence[str]) -> Array:
        """Numbers of several columns, rows × names."""
        return np.column_stack([self.column(n) for n in names])

    def rows(self, keep: npt.NDArray[np.bool_]) -> Table:
        """Only the rows that `keep` marks."""
        texts = {
            k: tuple(np.asarray(v, dtype=object)[keep].tolist()) for k, v in self.texts.items()
        }
        return replace(self, data=self.data[keep], texts=texts)

    def with_notes(self, *notes: Note) -> Table:
        """With notes added."""
        return replace(self, notes=(*self.notes, *notes))


def _lines(text: str) -> list[str]:
    """The first lines of a text, whatever ends them."""
    head = text[: 1 << 18]
    lines = re.split(r"\r\n|\n|\r", head)
    if len(text) > len(head):
        lines = lines[:-1] or lines
    return lines[:SAMPLE]


def _cells(line: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        return line.split()
    if '"' in line:
        return next(csv.reader([line], delimiter=delimiter), [])
    return line.split(delimiter)


def _blank(cell: str) -> bool:
    return cell.strip().lower() in _BLANKS


def _number(cell: str, comma: bool) -> bool:
    cell = cell.strip().strip('"')
    return bool(
        (_COMMA_NUMBER if comma and "." not in cell else _NUMBER).match(cell)
        or (cell and _blank(cell) and cell not in ("-", "--"))
    )


def _share(cells: Sequence[str], comma: bool) -> float:
    """Share of numbers among the cells that are not blank."""
    here = [c for c in cells if not _blank(c)]
    if not here:
        return 0.0 if not any(c.strip() for c in cells) else 0.5
    return sum(_number(c, comma) for c in here) / len(here)


def _layout(lines: Sequence[str]) -> tuple[str, bool] | None:
    """Delimiter and whether the decimal mark is a comma; None where nothing repeats."""
    full = [x for x in lines if x.strip()]
    if not full:
        return None
    tail = full[len(full) // 2 :] if len(full) > 8 else full[-max(1, len(full) - 1) :]
    best: tuple[float, str, bool] | None = None
    for rank, delimiter in enumerate("\t;,| "):
        rows = [_cells(x, delimiter) for x in tail]
        counts = [len(r) for r in rows]
        width = max(set(counts), key=counts.count)
        if width < 2:
            continue
        same = [r for r in rows if len(r) == width]
        for comma in (False, True) if delimiter != "," else (False,):
            share = sum(_share(r, comma) for r in same) / len(same)
            score = share * len(same) / len(rows) - 1e-3 * rank - (1e-2 if comma else 0)
            if score > 0.3 and (best is None or score > best[0]):
                best = (score, delimiter, comma)
    return None if best is None else best[1:]


def first_row(rows: Sequence[list[str]], comma: bool) -> tuple[int, int]:
    """Number of the first row of data, and how many cells a row has."""
    full = [len(r) for r in rows if r]
    later = full[len(full) // 2 :]
    width = max(set(later), key=later.count) if later else 0
    for i, row in enumerate(rows):
        follow = [r for r in rows[i : i + 4] if r]
        if (
            follow
            and len(row) == width
            and all(len(r) == width or r is rows[-1] for r in follow)
            and all(_share(r, comma) >= 0.5 for r in follow if len(r) == width)
        ):
            return i, width
    return len(rows), width


def joined_names(
    header: Sequence[Sequence[str]], width: int
) -> tuple[tuple[str, ...], dict[int, str]]:
    """One name a column from several header rows, and the units where a row gives them.

    Blank cells of upper rows repeat the cell to their left (merged cells of a workbook). A row of
    which every cell but the first is blank (the name of an index) is left out.
    """
    units: dict[int, str] = {}
    rows: list[list[str]] = []
    for row in header:
        clean = [re.sub(r"\s*[\r\n]+\s*", " ", c.strip().strip('"')).strip() for c in row]
        rest = [c for c in clean[1:] if c]
        if len(header) > 1 and not rest and width > 2:
            continue
        if len(header) > 1 and rows and rest and all(normalise(c) for c in rest):
            units = {i: c for i, c in enumerate(clean) if c and normalise(c)}
            continue
        rows.append(clean)
    for row in rows[:-1]:
        seen = ""
        for i, cell in enumerate(row):
            seen = cell or seen
            row[i] = seen
    names = []
    for i in range(width):
        parts = [r[i] for r in rows if i < len(r) and r[i]]
        parts = list(dict.fromkeys(parts))
        if i == 0:  # a header may be marked as a comment
            parts = [re.sub(r"^(#|//)\s*", "", p) for p in parts]
        names.append("_".join(p for p in parts if p) or f"column_{i + 1}")
    return tuple(names), units


def parse_text(source: Source) -> Table:
    """The table in a text file.

    Raises
    ------
    FormatError
        Where it is empty, binary, not a table, or rows have different numbers of cells.
    """
    text = source.text()
    if "\n" not in text[: 1 << 18]:
        text = text.replace("\r", "\n")
    lines = _lines(text)
    found = _layout(lines)
    if found is None:
        raise source.wrong(
            "this is not a table of numbers", found=next((x for x in lines if x.strip()), "")[:80],
            expected="rows of the same number of cells, separated by comma, semicolon, tab or blanks",
            remedy="export the recording as CSV with a header row",
        )  # fmt: skip
    delimiter, comma = found
    rows = [_cells(x, delimiter) if x.strip() else [] for x in lines]
    start, width = first_row(rows, comma)
    if start >= len(rows):
        raise source.wrong(
            "there are no rows of numbers", found=f"{len([r for r in rows if r])} lines looked at",
            expected="rows of numbers below a header",
        )  # fmt: skip
    if width > MAX_COLUMNS:
        raise source.wrong("too many columns", found=width, expected=f"at most {MAX_COLUMNS}",
                           remedy="if time runs to the right, turn the table")  # fmt: skip
    top = header_above(rows, start, width, comma)
    header = [_fitted(r, width) for r in rows[top:start]]
    names, units = joined_names(header, width)
    position = 0
    for line in re.finditer(r"\r\n|\n|\r", text):
        if start == 0:
            break
        position, start = line.end(), start - 1
    data, texts, notes = _numbers(text[position:], width, delimiter, comma, source)
    before = tuple(x.strip() for x in lines[:top] if x.strip())
    return Table(source.name, names, data, texts, tuple(map(tuple, header)), units, before, notes)


def header_above(rows: Sequence[list[str]], start: int, width: int, comma: bool) -> int:
    """Number of the first of the (at most four) header rows above row `start`."""
    top = start
    while top > 0 and start - top < 4 and _is_header(rows[top - 1], width, comma):
        # A title stands alone in its row; below a header so does the name of a data frame's index.
        alone = width > 2 and not any(c.strip() for c in rows[top - 1][1:])
        if alone and not (
            top == start and top > 1 and sum(bool(c.strip()) for c in rows[top - 2]) > 1
        ):
            break
        top -= 1
    return top


def _is_header(row: list[str], width: int, comma: bool) -> bool:
    cells = row[:-1] if len(row) == width + 1 and not row[-1].strip() else row
    if len(cells) not in (width, width - 1) or not any(c.strip() for c in cells):
        return False
    return _share(cells, comma) < 0.5 or not any(c.strip() for c in cells[1:])


def _fitted(row: list[str], width: int) -> list[str]:
    if len(row) == width - 1:  # the index of a data frame has no name
        return ["", *row]
    return row[:width]


def _numbers(
    body: str, width: int, delimiter: str, comma: bool, source: Source
) -> tuple[Array, dict[int, tuple[str, ...]], tuple[Note, ...]]:
    import pyarrow as pa
    from pyarrow import csv as pa_csv

    if delimiter == " ":
        body, delimiter = re.sub(r"[ \t]+", "\t", re.sub(r"(?m)^[ \t]+|[ \t]+$", "", body)), "\t"
    names = [str(i) for i in range(width)]
    raw = body.encode()
    odd: list[str] = []

    def skip(row: object) -> str:
        odd.append(str(getattr(row, "text", "")))
        return "skip"

    def parse(kind: object) -> object:
        odd.clear()
        return pa_csv.read_csv(
            io.BytesIO(raw),
            read_options=pa_csv.ReadOptions(
                column_names=names, use_threads=False, block_size=min(len(raw) + 16, 1 << 30)
            ),
            parse_options=pa_csv.ParseOptions(delimiter=delimiter, invalid_row_handler=skip),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, kind),
                null_values=_NULLS,
                strings_can_be_null=True,
                decimal_point="," if comma else ".",
            ),
        )

    texts: dict[int, tuple[str, ...]] = {}
    notes: list[Note] = []
    try:
        try:
            columns = [_floats(c) for c in parse(pa.float64()).columns]  # type: ignore[attr-defined]
        except pa.ArrowInvalid:
            columns = []
            for i, cell in enumerate(parse(pa.string()).columns):  # type: ignore[attr-defined]
                numbers, words, bad = numbers_of(cell.to_pylist(), comma)
                columns.append(numbers)
                if words is not None:
                    texts[i] = words
                elif bad:
                    notes.append(
                        Note("warning", f"column {i + 1}",
                             f"{bad} cells are not numbers and were taken as missing")
                    )  # fmt: skip
    except (pa.ArrowException, UnicodeError) as error:
        raise source.wrong("the rows cannot be read", found=str(error)) from error
    data = np.column_stack(columns) if columns else np.zeros((0, width))
    if odd:
        if len(odd) > max(1, len(data) // 20):
            raise source.wrong(
                "rows have different numbers of cells", found=odd[0][:80],
                expected=f"{width} cells in every row",
                remedy="check the delimiter and the decimal mark of the export",
            )  # fmt: skip
        notes.append(
            Note("warning", "rows", f"{len(odd)} rows without {width} cells were left out")
        )
    return data, texts, tuple(notes)


def _floats(column: object) -> Array:
    out: Array = np.asarray(column.to_numpy(), dtype=np.float64)  # type: ignore[attr-defined]
    return out


def numbers_of(
    cells: Sequence[str | None], comma: bool
) -> tuple[Array, tuple[str, ...] | None, int]:
    """Numbers of cells given as text; the words where most are words; how many are neither.

    A cell that is blank or says so (``NaN``, ``n/a``, ``-``) is missing, not bad.
    """
    import pandas as pd

    text = [(c or "").strip().strip('"') for c in cells]
    if comma:
        text = [c.replace(",", ".") for c in text]
    clean = pd.Series([c if c and c.lower() not in _BLANKS else None for c in text], dtype=object)
    numbers = pd.to_numeric(clean, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    known = int(clean.notna().sum())
    good = int(np.isfinite(numbers).sum())
    if known and good < 0.8 * known:
        return np.full(len(text), np.nan), tuple(text), 0
    return numbers, None, known - good
