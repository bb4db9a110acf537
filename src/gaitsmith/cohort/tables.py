"""The tables of a cohort: parameters, strides, files; each written whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gaitsmith.files import replacing, write_text

if TYPE_CHECKING:
    import pyarrow as pa

    from gaitsmith.cohort.run import Outcome

__all__ = ["gather", "parameters_table"]

_FIRST = ("recording", "group", "person", "status", "reason", "folder", "seconds", "memory_mb")


def gather(outcome: Outcome) -> None:
    """Write everything that is made of all recordings together."""
    from gaitsmith.cohort.page import write_page

    out = outcome.out
    _parameters(outcome.rows, out / "parameters.parquet")
    _strides(outcome.rows, out)
    _files(outcome, out / "files.csv")
    write_page(outcome)


def parameters_table(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One flat mapping a recording, all with the same names, in the order of the rows."""
    flat = []
    for row in rows:
        values = dict(row.get("values") or {})
        person = row.get("person") or values.pop("person", None)
        own = {"recording": row["name"], **{k: row.get(k) for k in _FIRST[1:]}, "person": person}
        flat.append({**own, **{k: v for k, v in values.items() if k != "person"}})
    names = list(dict.fromkeys([*_FIRST, *(k for row in flat for k in row)]))
    return [{k: row.get(k) for k in names} for row in flat]


def _parameters(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    flat = parameters_table(rows)
    names = list(flat[0]) if flat else list(_FIRST)
    table = pa.table({n: _column([row[n] for row in flat]) for n in names})
    with replacing(path, force=True) as beside:
        pq.write_table(table, beside)


def _column(values: list[Any]) -> pa.Array[Any]:
    """Numbers where all are numbers, words where one is not."""
    import pyarrow as pa

    given = [v for v in values if v is not None]
    if given and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in given):
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    return pa.array([None if v is None else str(v) for v in values], pa.string())


def _strides(rows: Sequence[Mapping[str, Any]], out: Path) -> None:
    """All strides in one file, a group of rows a recording, with one recording in memory at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    word = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([
        ("recording", word), ("side", word), ("stride", pa.int64()), ("percent", pa.float64()),
        ("channel", word), ("unit", word), ("value", pa.float64()),
    ])  # fmt: skip
    with (
        replacing(out / "strides.parquet", force=True) as beside,
        pq.ParquetWriter(beside, schema, compression="zstd") as writer,
    ):
        for name, path in _stride_files(rows, out):
            table = pq.read_table(path, columns=schema.names[1:])
            if table.num_rows:
                own = pa.DictionaryArray.from_arrays(
                    pa.array([0] * table.num_rows, pa.int32()), pa.array([name])
                )
                writer.write_table(table.add_column(0, "recording", own).cast(schema))


def _stride_files(rows: Sequence[Mapping[str, Any]], out: Path) -> Iterator[tuple[str, Path]]:
    for row in rows:
        if row["status"] == "done" and row.get("folder"):
            path = out / "recordings" / row["folder"] / "strides.parquet"
            if path.is_file():
                yield row["name"], path


def _files(outcome: Outcome, path: Path) -> None:
    """Every file of the folder: analysed or not, and why not."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["file", "status", "reason", "folder"])
    for row in outcome.rows:
        table.writerow([row["name"], row["status"], row["reason"] or "", row["folder"] or ""])
    for one in outcome.left:
        table.writerow([one.name, "not a recording", one.reason, ""])
    write_text(path, text.getvalue(), force=True)
