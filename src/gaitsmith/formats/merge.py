"""Several files, one Recording: streams joined on one clock, subject and notes put together."""

from __future__ import annotations

from collections.abc import Sequence

from gaitsmith.errors import GaitsmithError
from gaitsmith.events import Events
from gaitsmith.formats.opensim_loads import attach
from gaitsmith.recording import Recording, Stream

__all__ = ["merge"]

# Kinds of which a trial has one recording.
_ONCE = ("angles", "points", "imu", "moments", "powers")


def merge(parts: Sequence[Recording]) -> Recording:
    """All streams and events of `parts` in one Recording, named like the first.

    A stream whose name is taken gets the name of its sensor or file as a suffix. Clocks are taken
    as they stand; parts that do not overlap in time at all are refused.

    Raises
    ------
    GaitsmithError
        Where two parts share no time, hold the same signals, or claim different people.
    """
    parts = _on_one_origin(parts)
    first = parts[0]
    streams: dict[str, Stream] = {}
    for part in parts:
        for name, stream in part.streams.items():
            if streams and len(stream):
                _overlap(first.name, streams, part.name, name, stream)
                _twice(streams, part.name, stream)
            streams[_free(name, stream, part.name, streams)] = stream
    subject = first.subject
    events = first.events
    for part in parts[1:]:
        if subject.id and part.subject.id and subject.id != part.subject.id:
            raise GaitsmithError(
                "the files are of different people", file=part.name,
                found=f"person {part.subject.id}", expected=f"person {subject.id}, as in {first.name}",
                remedy="give the files of one person and one trial",
            )  # fmt: skip
        subject = subject.filled_by(part.subject)
        events = Events(dict.fromkeys((*events, *part.events)))
    notes = tuple(n for part in parts for n in part.notes)
    joined = Recording(subject, streams, events, notes, first.name)
    return attach(joined, parts)


def _on_one_origin(parts: Sequence[Recording]) -> Sequence[Recording]:
    """Parts whose clocks were moved to start at 0, moved back to where they stood to each other.

    A table whose times count from an epoch (or from a station's first packet) keeps what was taken
    away as ``attrs["clock_origin_s"]``.
    """
    origins = [
        next((float(s.attrs["clock_origin_s"]) for s in p.streams.values() if "clock_origin_s" in s.attrs), None)
        for p in parts
    ]  # fmt: skip
    known = [o for p, o in zip(parts, origins, strict=True) if p.streams]
    if len(known) < 2 or any(o is None for o in known):
        return parts
    first = min(o for o in known if o is not None)
    return [p if o is None else _moved(p, o - first) for p, o in zip(parts, origins, strict=True)]


def _moved(part: Recording, seconds: float) -> Recording:
    later = part.shifted(seconds)
    return later.replace(streams={
        name: s.replace(attrs={**s.attrs, "clock_origin_s": s.attrs["clock_origin_s"] - seconds})
        if "clock_origin_s" in s.attrs else s
        for name, s in later.streams.items()
    })  # fmt: skip


def _free(name: str, stream: Stream, file: str, taken: dict[str, Stream]) -> str:
    if name not in taken:
        return name
    tail = stream.labels[0] if stream.kind == "imu" and len(stream.labels) == 1 else file
    new = f"{name}_{tail}"
    n = 2
    while new in taken:
        new, n = f"{name}_{tail}_{n}", n + 1
    return new


def _twice(streams: dict[str, Stream], file: str, stream: Stream) -> None:
    """Nothing, or a refusal where another file has these signals already.

    Sensors, plates and markers may stand in a file each; the same labels twice, or markers on
    another clock, are another recording.
    """
    for other in streams.values():
        if other.kind != stream.kind or not len(other) or stream.kind not in _ONCE:
            continue
        both = [x for x in stream.labels if x in other.labels]
        apart = stream.kind == "points" and (
            len(other) != len(stream) or abs(other.start - stream.start) > 1e-6
        )
        if not both and not apart:
            continue
        named = (
            f"{', '.join(both[:3])}{' …' if len(both) > 3 else ''} in both"
            if both
            else "two sets on two clocks"
        )
        sensors = stream.kind == "imu" and len(stream.labels) == len(other.labels) == 1
        raise GaitsmithError(
            "two of the files are recordings of the same kind", file=file, place=f"{stream.kind} stream",
            found=named, expected="files of one trial that add to each other, as a walk and its forces do",
            remedy=(f'say where the sensor of each file sat, placement={{"{file}": "foot_r"}} and the like, or give '
                    "one file" if sensors else "give one of them") + "; a folder analyses each file by itself",
        )  # fmt: skip


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
