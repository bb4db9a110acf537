"""The store's tables (people, trials, exclusions) as parquet, and the manifest that names them.

The manifest ``store.json`` is the truth: it names one generation of the tables with their SHA-256.
A writer puts new tables beside the old ones, then replaces the manifest in one step; whoever reads
meanwhile sees the old generation or the new one, never half of one.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gaitsmith.errors import FormatError, GaitsmithError

__all__ = ["FORMAT", "MANIFEST", "TABLES", "commit", "content_digest", "manifest", "rows"]

#: Version of the layout on disk.
FORMAT = 1
MANIFEST = "store.json"
_TEXT, _REAL, _WHOLE = "string", "double", "int64"

#: Columns of each table; ``id`` is ``set/trial``, ``person`` is ``set/person``.
TABLES: dict[str, dict[str, str]] = {
    "people": {
        "person": _TEXT, "set": _TEXT, "group": _TEXT, "age": _REAL, "sex": _TEXT,
        "height": _REAL, "mass": _REAL, "trials": _WHOLE, "derived": _TEXT,
    },
    "trials": {
        "id": _TEXT, "set": _TEXT, "trial": _TEXT, "person": _TEXT, "kind": _TEXT,
        "group": _TEXT, "task": _TEXT, "condition": _TEXT, "speed": _REAL, "side": _TEXT,
        "age": _REAL, "sex": _TEXT, "height": _REAL, "mass": _REAL, "duration": _REAL,
        "rows": _WHOLE, "streams": _TEXT, "events": _WHOLE, "notes": _WHOLE, "use": _TEXT,
        "facts": _TEXT, "derived": _TEXT, "source": _TEXT, "loader": _WHOLE, "digest": _TEXT,
        "path": _TEXT,
    },
    "exclusions": {
        "id": _TEXT, "set": _TEXT, "person": _TEXT, "reason": _TEXT, "source": _TEXT,
        "loader": _WHOLE,
    },
}  # fmt: skip

Row = dict[str, Any]


def _packed(name: str, data: Iterable[Mapping[str, Any]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = TABLES[name]
    kinds = {_TEXT: pa.string(), _REAL: pa.float64(), _WHOLE: pa.int64()}
    schema = pa.schema([(c, kinds[k]) for c, k in columns.items()])
    table = pa.Table.from_pylist([{c: r.get(c) for c in columns} for r in data], schema=schema)
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def content_digest(trials: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 over the sorted ids and digests of all trials: what the collection holds."""
    lines = sorted(f"{t['id']} {t['digest']}" for t in trials)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def manifest(root: Path) -> dict[str, Any]:
    """The manifest of a store.

    Raises
    ------
    GaitsmithError
        Where there is none, it is damaged, or a newer gaitsmith wrote it.
    """
    path = root / MANIFEST
    try:
        facts: dict[str, Any] = json.loads(path.read_text("utf-8"))
        version, tables = facts["gaitsmith_store"], facts["tables"]
    except FileNotFoundError:
        raise GaitsmithError("this is not a prepared collection", file=root, expected=MANIFEST,
                             remedy="make one: gaitsmith data prepare all RAW STORE") from None  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FormatError("the store's manifest is damaged", file=path, found=str(error)) from error
    if version != FORMAT or set(tables) != set(TABLES):
        raise FormatError("the store has another layout", file=path, found=f"version {version}",
                          expected=f"version {FORMAT}", remedy="use the gaitsmith that wrote it, or prepare it again")  # fmt: skip
    return facts


def rows(root: Path, facts: Mapping[str, Any], name: str) -> list[Row]:
    """All rows of a table.

    Raises
    ------
    FormatError
        Where the table is missing or not the one the manifest names.
    """
    import pyarrow.parquet as pq

    about = facts["tables"][name]
    path = root / about["file"]
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FormatError("a table of the store cannot be read", file=path, found=error.strerror) from error  # fmt: skip
    if hashlib.sha256(data).hexdigest() != about["sha256"]:
        raise FormatError("a table of the store has changed", file=path, expected=about["sha256"],
                          remedy="prepare the store again")  # fmt: skip
    out: list[Row] = pq.read_table(io.BytesIO(data)).to_pylist()
    return out


def commit(
    root: Path, facts: dict[str, Any], tables: Mapping[str, Iterable[Row]]
) -> dict[str, Any]:
    """Write a new generation of the tables and make it the truth; the old one goes last."""
    revision = facts["revision"] + 1
    named = {}
    for name in TABLES:
        data = _packed(name, tables[name])
        file = f"tables/{name}-{revision:06d}.parquet"
        _durable(root / file, data)
        named[name] = {"file": file, "sha256": hashlib.sha256(data).hexdigest()}
    new = {**facts, "revision": revision, "tables": named,
           "digest": content_digest(tables["trials"])}  # fmt: skip
    beside = root / f".{MANIFEST}.new"
    _durable(beside, (json.dumps(new, indent=1, sort_keys=True) + "\n").encode())
    beside.replace(root / MANIFEST)
    _sync_folder(root)
    for path in (root / "tables").glob("*.parquet"):
        if f"tables/{path.name}" not in {t["file"] for t in named.values()}:
            path.unlink(missing_ok=True)
    return new


def _durable(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())


def _sync_folder(path: Path) -> None:
    if os.name == "posix":
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
