"""Recordings and curves as zarr v3 groups, and back, whole or in part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.datasets.curves import Curves
from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.events import Events
from gaitsmith.recording import Note, Recording, Stream, Subject

if TYPE_CHECKING:
    import zarr

__all__ = ["put", "start_root", "take"]

#: Numbers a chunk (1 MB of doubles): a part of a long recording is read without the rest.
CHUNK = 1 << 17
_ARRAYS = ("data", "time", "filled")


def _store(root: Path, *, read_only: bool) -> Any:
    from zarr.storage import LocalStore

    return LocalStore(root, read_only=read_only)


def start_root(root: Path) -> None:
    """Make the folder the root group of a zarr v3 hierarchy (harmless where it is one)."""
    import zarr

    zarr.open_group(_store(root, read_only=False), mode="a", zarr_format=3)


def put(root: Path, path: str, content: Recording | Curves) -> None:
    """Write one recording or set of curves as the group `path`, replacing what is there."""
    import zarr

    about = content.describe()
    kind = "curves" if isinstance(content, Curves) else "recording"
    attributes: dict[str, Any] = {"kind": kind, kind: about}
    streams = {} if isinstance(content, Curves) else content.streams
    if streams:
        attributes["streams"] = list(streams)
    group = zarr.open_group(
        _store(root, read_only=False), path=path, mode="w", zarr_format=3, attributes=attributes
    )
    if isinstance(content, Curves):
        for name in ("data", "phase", "sd"):
            if (array := getattr(content, name)) is not None:
                _write(group, name, array)
        return
    for i, stream in enumerate(streams.values()):
        part = group.create_group(f"{i}")
        for name in _ARRAYS:
            if (array := getattr(stream, name)) is not None:
                _write(part, name, array)


def _write(group: zarr.Group, name: str, array: npt.NDArray[Any]) -> None:
    from zarr.codecs import BloscCodec

    wide = int(np.prod(array.shape[1:], dtype=np.int64)) if array.ndim > 1 else 1
    chunk = max(1, min(len(array), CHUNK // max(1, wide)))
    shape = (chunk, *(max(1, n) for n in array.shape[1:]))
    codec = BloscCodec(cname="zstd", clevel=5, shuffle="shuffle", typesize=array.dtype.itemsize)
    group.create_array(
        name, data=np.ascontiguousarray(array), chunks=shape, compressors=[codec]
    )  # fmt: skip


def take(
    root: Path, path: str, *, streams: Sequence[str] | None = None,
    start: float | None = None, stop: float | None = None,
) -> Recording | Curves:  # fmt: skip
    """Read a group back; of a recording only some streams (names or kinds) and times (s).

    Raises
    ------
    FormatError
        Where the group is not there or not whole.
    """
    import zarr

    try:
        group = zarr.open_group(_store(root, read_only=True), path=path, mode="r")
        attributes = dict(group.attrs)
        if attributes["kind"] == "curves":
            arrays = {k: np.asarray(group[k][...]) for k in ("data", "phase", "sd") if k in group}  # type: ignore[index]
            return Curves.rebuilt(attributes["curves"], arrays)  # type: ignore[arg-type]
        return _recording(group, attributes, streams, start, stop)
    except GaitsmithError:
        raise
    # A damaged group fails inside zarr, its codecs or JSON in ways that share no base class; each
    # means the same to the user.
    except Exception as error:
        raise FormatError("a trial of the store cannot be read", file=root / path,
                          found=f"{type(error).__name__}: {error}",
                          remedy="gaitsmith data check STORE names what to prepare again") from error  # fmt: skip


def _recording(
    group: Any, attributes: dict[str, Any], wanted: Sequence[str] | None,
    start: float | None, stop: float | None,
) -> Recording:  # fmt: skip
    about = attributes["recording"]
    streams: dict[str, Stream] = {}
    for i, name in enumerate(attributes.get("streams", ())):
        facts = dict(about["streams"][name])
        if wanted is not None and name not in wanted and facts["kind"] not in wanted:
            continue
        streams[name] = _stream(group[f"{i}"], facts, start, stop)
    events = Events.from_rows(about["events"])
    if start is not None or stop is not None:
        low = -np.inf if start is None else start
        events = events.where(between=(low, np.inf if stop is None else stop))
    return Recording(
        Subject.from_dict(about["subject"]), streams, events,
        tuple(Note(*n) for n in about["notes"]), about["name"],
    )  # fmt: skip


def _stream(part: Any, facts: dict[str, Any], start: float | None, stop: float | None) -> Stream:
    first = facts.pop("start")
    time = part["time"][...] if "time" in part else None
    low, high = 0, int(part["data"].shape[0])
    if start is not None or stop is not None:
        times = time if time is not None else first + np.arange(high) / facts["rate"]
        slack = 1e-9 * max(1.0, abs(float(times[-1]))) if high else 0.0
        if start is not None:
            low = int(np.searchsorted(times, start - slack, side="left"))
        if stop is not None:
            high = max(low, int(np.searchsorted(times, stop + slack, side="right")))
    arrays = {n: part[n][low:high] for n in ("data", "filled") if n in part}
    if time is not None:
        return Stream(**facts, time=time[low:high], **arrays)
    return Stream(**facts, start=first + low / facts["rate"], **arrays)
