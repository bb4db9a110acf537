"""Several files, one Recording: streams joined on one clock, subject and notes put together."""

from __future__ import annotations

from collections.abc import Sequence

from gaitsmith.errors import GaitsmithError
from gaitsmith.events import Events
from gaitsmith.formats.opensim_loads import attach
from gaitsmith.recording import Recording, Stream

__all__ = ["merge"]


def merge(parts: Sequence[Recording]) -> Recording:
    """All streams and events of `parts` in one Recording, named like the first.

    A stream whose name is taken gets the name of its sensor or file as a suffix. Clocks are taken
    as they stand; parts that do not overlap in time at all are refused.

    Raises
    ------
    GaitsmithError
        Where two parts share no time, or both claim different people.
    """
    first = parts[0]
    streams: dict[str, Stream] = {}
    for part in parts:
        for name, stream in part.streams.items():
            if streams and len(stream):
                _overlap(first.name, streams, part.name, name, stream)
            streams[_free(name, stream, part.name, streams)] = stream
    subject = first.subject
    events = first.events
    for part in parts[1:]:
        subject = subject.filled_by(part.subject)
        events = Events(dict.fromkeys((*events, *part.events)))
    notes = tuple(n for part in parts for n in part.notes)
    joined = Recording(subject, streams, events, notes, first.name)
    return attach(joined, parts)


def _free(name: str, stream: Stream, file: str, taken: dict[str, Stream]) -> str:
    if name not in taken:
        return name
    tail = stream.labels[0] if stream.kind == "imu" and len(stream.labels) == 1 else file
    new = f"{name}_{tail}"
    n = 2
    while new in taken:
        new, n = f"{name}_{tail}_{n}", n + 1
    return new


def _overlap(file: str, streams: dict[str, Stream], other: str, name: str, stream: Stream) -> None:
    start = min(s.start for s in streams.values())
    end = max(s.end for s in streams.values())
    if stream.start > end or stream.end < start:
        raise GaitsmithError(
            "the files share no time", file=other, place=f"stream {name}",
            found=f"{stream.start:g} to {stream.end:g} s",
            expected=f"something of {start:g} to {end:g} s, as in {file}",
            remedy="give files of the same trial, or shift one of them",
        )  # fmt: skip
