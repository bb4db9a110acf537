"""A recording as one wide table: CSV, TSV, Parquet.

Columns are named by ``Stream.columns()``; where the bare name could not say its kind again
(pressure, phase, a joint of another name) the kind stands before it: ``pressure.toe_r``. Streams of
one clock share the column ``time`` (s); each further clock starts with a column of its own
(``time_forces``) and ends in blank cells where it has fewer samples. CSV keeps streams and clocks;
Parquet keeps everything in its metadata.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.events import Events
from gaitsmith.files import replacing, write_bytes
from gaitsmith.formats.base import Source
from gaitsmith.formats.columns import roles
from gaitsmith.formats.raw_table import Table
from gaitsmith.recording import Note, Recording, Stream, Subject

__all__ = ["delimiter_of", "from_kept", "write_parquet", "write_text_table"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Group:
    """Streams of one clock."""

    time: str
    streams: tuple[tuple[str, Stream], ...]


def write_text_table(
    recording: Recording, path: str | os.PathLike[str], *, force: bool, streams: Iterable[str] | None,
    units: bool, delimiter: str,
) -> None:  # fmt: skip
    """Write CSV or TSV; see :func:`gaitsmith.formats.table.write`."""
    import pyarrow as pa
    from pyarrow import csv as pa_csv

    names, columns = _wide(recording, streams, units)
    head = io.StringIO()
    csv.writer(head, delimiter=delimiter, lineterminator="\n").writerow(names)
    # Column names of the Arrow table need not be the header's, which may repeat across clocks.
    body = pa.table({str(i): pa.array(c, from_pandas=True) for i, c in enumerate(columns)})
    sink = io.BytesIO()
    options = pa_csv.WriteOptions(include_header=False, delimiter=delimiter)
    pa_csv.write_csv(body, sink, options)
    write_bytes(path, head.getvalue().encode("utf-8") + sink.getvalue(), force=force)


def write_parquet(
    recording: Recording, path: str | os.PathLike[str], *, force: bool, streams: Iterable[str] | None,
    units: bool,
) -> None:  # fmt: skip
    """Write Parquet, everything kept; see :func:`gaitsmith.formats.table.write`."""
    import pyarrow as pa
    from pyarrow import parquet

    chosen = _chosen(recording, streams)
    names, columns = _wide(recording, streams, units)
    kept: dict[str, Any] = {"version": 1, "streams": {}}
    at = 0
    for group in _groups(chosen):
        time, at = at, at + 1
        for name, stream in group.streams:
            width = int(np.prod(stream.data.shape[1:]))
            kept["streams"][name] = {
                **stream.describe(), "axes": len(stream.axes), "time": time, "columns": [at, width],
                "samples": len(stream),
            }  # fmt: skip
            at += width
    for name, stream in chosen.items():
        if stream.filled is not None:
            kept["streams"][name]["filled"] = len(columns)
            for column, mask in zip(stream.columns(), _flat(stream.filled).T, strict=True):
                names.append(f"filled.{name}.{column}")
                columns.append(mask.astype(np.float64))
    kept |= {
        "name": recording.name, "subject": recording.subject.to_dict(),
        "events": recording.events.to_rows(),
        "notes": [[n.level, n.place, n.words] for n in recording.notes],
    }  # fmt: skip
    unique = [n if names.index(n) == i else f"{n}.{i}" for i, n in enumerate(names)]
    longest = max((len(c) for c in columns), default=0)
    arrays = [pa.array(_padded(c, longest), from_pandas=False) for c in columns]
    table = pa.table(dict(zip(unique, arrays, strict=True)))
    table = table.replace_schema_metadata({"gaitsmith": json.dumps(kept)})
    with replacing(path, force=force) as beside:
        parquet.write_table(table, beside)


def from_kept(table: Table, kept: bytes, source: Source) -> Recording:
    """The recording that :func:`write_parquet` kept.

    Raises
    ------
    FormatError
        Where what is kept does not fit the columns.
    """
    try:
        facts = json.loads(kept)
        streams: dict[str, Stream] = {}
        for name, s in facts["streams"].items():
            first, width = s["columns"]
            n, labels = s["samples"], s["labels"]
            shape = (n, len(labels)) if not s["axes"] else (n, len(labels), s["axes"])
            clock = (
                {"rate": s["rate"], "start": s["start"]} if s["rate"] is not None
                else {"time": table.data[:n, s["time"]]}
            )  # fmt: skip
            mask = s.get("filled")
            streams[name] = Stream(
                s["kind"], table.data[:n, first : first + width].reshape(shape), tuple(labels),
                attrs=s["attrs"], **clock,
                filled=None if mask is None
                else (table.data[:n, mask : mask + width] == 1).reshape(shape),
            )  # fmt: skip
        return Recording(
            Subject.from_dict(facts["subject"]), streams, Events.from_rows(facts["events"]),
            tuple(Note(*n) for n in facts["notes"]), facts["name"],
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise source.wrong("what gaitsmith kept in the file is damaged", "metadata 'gaitsmith'",
                           found=f"{type(error).__name__}: {error}") from error  # fmt: skip


def _chosen(recording: Recording, names: Iterable[str] | None) -> Mapping[str, Stream]:
    if names is None:
        return recording.streams
    wanted = [names] if isinstance(names, str) else list(names)
    return {name: recording[name] for name in wanted}


def _flat(data: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return data.reshape(len(data), int(np.prod(data.shape[1:])))


def _groups(streams: Mapping[str, Stream]) -> Iterator[_Group]:
    """Streams that share a clock and no column name, in order; the first clock is ``time``."""
    groups: list[list[tuple[str, Stream]]] = []
    for name, stream in streams.items():
        plain = _plain(name, stream)
        for group in groups:
            first = group[0][1]
            same = len(first) == len(stream) and np.array_equal(first.times, stream.times)
            taken = {c for _, s in group for c in s.columns()}
            if plain and _plain(*group[0]) and same and not taken & set(stream.columns()):
                group.append((name, stream))
                break
        else:
            groups.append([(name, stream)])
    for i, group in enumerate(groups):
        name, stream = group[0]
        yield _Group("time" if i == 0 and _plain(name, stream) else f"time_{name}", tuple(group))


def _plain(name: str, stream: Stream) -> bool:
    """Whether a reader would give the stream this name by itself."""
    if stream.kind == "imu" and len(stream.labels) == 1 and stream.time is not None:
        return name == f"imu_{stream.labels[0]}"
    return name == stream.kind


def _wide(
    recording: Recording, wanted: Iterable[str] | None, units: bool
) -> tuple[list[str], list[Array]]:
    chosen = _chosen(recording, wanted)
    if not chosen:
        raise GaitsmithError("there is nothing to write", place=recording.name or None,
                             found="a recording without streams")  # fmt: skip
    names: list[str] = []
    columns: list[Array] = []
    longest = max(len(s) for s in chosen.values())
    for group in _groups(chosen):
        names.append(group.time + (" [s]" if units else ""))
        columns.append(_padded(group.streams[0][1].times, longest))
        bare, parts, said = [], [], []
        for _, stream in group.streams:
            bare += _named(stream)
            said += [stream.unit(x, a) for x in stream.labels for a in (stream.axes or ("",))]
            parts += [_padded(c, longest) for c in _flat(stream.data).T]
        names += [f"{n} [{u}]" if units and u else n for n, u in zip(bare, said, strict=True)]
        columns += parts
    return names, columns


def _padded(column: Array, length: int) -> Array:
    if len(column) == length:
        return np.asarray(column, dtype=np.float64)
    return np.concatenate((column, np.full(length - len(column), np.nan)))


def _named(stream: Stream) -> list[str]:
    """Column names, with the kind before those that could not say it themselves."""
    names = stream.columns()
    axes = stream.axes or ("",)
    wanted = [(stream.kind, label, axis) for label in stream.labels for axis in axes]
    read = roles(names)
    good = [
        (r.kind, r.label, r.axis) == w and not r.unit for r, w in zip(read, wanted, strict=True)
    ]
    if stream.axes and not all(good):
        good = [False] * len(good)
    return [n if g else f"{stream.kind}.{n}" for n, g in zip(names, good, strict=True)]


def delimiter_of(path: str | os.PathLike[str]) -> str:
    """Tab for ``.tsv`` and ``.txt``, else a comma."""
    return "\t" if Path(path).suffix.lower() in (".tsv", ".txt", ".dat") else ","
