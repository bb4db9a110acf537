"""A Recording in one file: a zip of ``recording.json`` and one ``.npy`` an array. No pickles."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gaitsmith.errors import FormatError

if TYPE_CHECKING:
    from gaitsmith.recording import Recording

__all__ = ["from_bytes", "load", "to_bytes"]

_VERSION = 1
_LIMIT = 4 << 30  # bytes that one array may claim
_ARRAYS = ("data", "time", "filled")


def to_bytes(recording: Recording) -> bytes:
    """The recording as the bytes of a ``.gait`` file; the same content gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as zf:
        meta = {"gaitsmith": _VERSION, **recording.describe()}
        zf.writestr(_member("recording.json"), json.dumps(meta, indent=1, allow_nan=False))
        for i, stream in enumerate(recording.streams.values()):
            for name in _ARRAYS:
                array = getattr(stream, name)
                if array is not None:
                    buffer = io.BytesIO()
                    np.lib.format.write_array(
                        buffer, np.ascontiguousarray(array), allow_pickle=False
                    )
                    zf.writestr(_member(f"{i}.{name}.npy"), buffer.getvalue())
    return out.getvalue()


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def from_bytes(data: bytes, file: str = "recording") -> Recording:
    """The inverse of :func:`to_bytes`.

    Raises
    ------
    FormatError
        Where the bytes are not such a file, or are damaged.
    """
    from gaitsmith.recording import Events, Note, Recording, Stream, Subject

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as zf:
            meta: dict[str, Any] = json.loads(zf.read("recording.json"))
            if meta.get("gaitsmith") != _VERSION:
                raise FormatError(
                    "written by another version of gaitsmith", file=file,
                    found=meta.get("gaitsmith"), expected=f"version {_VERSION}",
                )  # fmt: skip
            streams = {}
            for i, (name, about) in enumerate(meta["streams"].items()):
                arrays: dict[str, Any] = {a: _array(zf, f"{i}.{a}.npy") for a in _ARRAYS}
                start = about.pop("start")
                streams[name] = Stream(**about, start=0.0 if start is None else start, **arrays)
            return Recording(
                subject=Subject.from_dict(meta["subject"]),
                streams=streams,
                events=Events.from_rows(meta["events"]),
                notes=tuple(Note(*n) for n in meta["notes"]),
                name=meta["name"],
            )
    except FormatError:
        raise
    except Exception as error:
        raise FormatError(
            "not a whole .gait file", file=file, found=f"{type(error).__name__}: {error}",
            remedy="write it again with Recording.save",
        ) from error  # fmt: skip


def _array(zf: zipfile.ZipFile, name: str) -> np.ndarray[Any, Any] | None:
    try:
        info = zf.getinfo(name)
    except KeyError:
        return None
    if info.file_size > _LIMIT:
        raise FormatError("an array is too large", place=name, found=f"{info.file_size} bytes")
    with zf.open(info) as handle:
        out: np.ndarray[Any, Any] = np.lib.format.read_array(
            io.BytesIO(handle.read()), allow_pickle=False
        )
    return out


def load(path: str | os.PathLike[str]) -> Recording:
    """Read a ``.gait`` file."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise FormatError("cannot be read", file=path, found=error.strerror) from error
    return from_bytes(data, str(path))
