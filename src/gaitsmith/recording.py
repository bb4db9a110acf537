"""The currency of the house: one frozen `Recording` of one person, and how it is kept in a file."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from gaitsmith.errors import GaitsmithError, check_in, did_you_mean
from gaitsmith.events import Event, Events
from gaitsmith.streams import KINDS, Stream, StreamKind
from gaitsmith.subject import Note, Subject

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Event", "Events", "Note", "Recording", "Stream", "Subject"]


@dataclass(frozen=True, eq=False)
class Recording:
    """One person's recording: subject, streams, events, notes. Methods return new ones.

    Attributes
    ----------
    streams
        By name. The first stream of a kind is usually named like the kind (``"angles"``);
        further ones carry a suffix (``"imu_foot_r"``).
    name
        What the recording is called, usually its file's name.
    """

    subject: Subject = field(default_factory=Subject)
    streams: Mapping[str, Stream] = field(default_factory=dict)
    events: Events = field(default_factory=Events)
    notes: tuple[Note, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "streams", MappingProxyType(dict(self.streams)))
        object.__setattr__(self, "notes", tuple(dict.fromkeys(self.notes)))

    def __reduce__(self) -> tuple[Any, ...]:
        from gaitsmith.archive import from_bytes, to_bytes

        return (from_bytes, (to_bytes(self),))

    # --- what is in it -------------------------------------------------------------------------

    def of_kind(self, kind: StreamKind) -> dict[str, Stream]:
        """All streams of a kind by name."""
        check_in("kind", kind, KINDS)
        return {name: s for name, s in self.streams.items() if s.kind == kind}

    def get(self, kind: StreamKind) -> Stream | None:
        """The first stream of a kind, or None."""
        return next(iter(self.of_kind(kind).values()), None)

    def __getitem__(self, name: str) -> Stream:
        """A stream by its name.

        Raises
        ------
        GaitsmithError
            With the nearest name, where there is none.
        """
        try:
            return self.streams[name]
        except KeyError:
            raise GaitsmithError(
                "the recording has no such stream",
                place=self.name or None,
                found=name,
                expected=f"one of {', '.join(self.streams) or 'none (it is empty)'}",
                remedy=did_you_mean(name, self.streams) or None,
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self.streams

    @property
    def angles(self) -> Stream | None:
        """The first stream of joint angles, or None."""
        return self.get("angles")

    @property
    def points(self) -> Stream | None:
        """The first stream of points, or None."""
        return self.get("points")

    @property
    def forces(self) -> Stream | None:
        """The first stream of ground reaction forces, or None."""
        return self.get("forces")

    @property
    def start(self) -> float:
        """Time (s) of the earliest sample; 0 where there is none."""
        return min((s.start for s in self.streams.values() if len(s)), default=0.0)

    @property
    def end(self) -> float:
        """Time (s) of the latest sample; 0 where there is none."""
        return max((s.end for s in self.streams.values() if len(s)), default=0.0)

    @property
    def duration(self) -> float:
        """Seconds from the earliest sample to the latest."""
        return self.end - self.start

    # --- changed copies ------------------------------------------------------------------------

    def replace(self, **changes: Any) -> Recording:
        """A copy with fields changed."""
        return replace(self, **changes)

    def with_stream(self, stream: Stream, name: str | None = None) -> Recording:
        """With a stream added, or put in place of the one of that name (default: its kind)."""
        return replace(self, streams={**self.streams, (name or stream.kind): stream})

    def without(self, *names: str) -> Recording:
        """Without the streams named."""
        for name in names:
            self[name]
        return replace(self, streams={k: v for k, v in self.streams.items() if k not in names})

    def with_events(self, events: Events) -> Recording:
        """With these events in place of the old ones."""
        return replace(self, events=events)

    def with_subject(self, source: str = "given", **values: Any) -> Recording:
        """With facts about the person set; None leaves a fact as it was."""
        return replace(self, subject=self.subject.given(source, **values))

    def with_note(
        self, level: Literal["assumption", "warning", "refusal"], place: str, words: str
    ) -> Recording:
        """With one note more."""
        return replace(self, notes=(*self.notes, Note(level, place, words)))

    def with_notes(self, notes: Iterable[Note]) -> Recording:
        """With notes added."""
        return replace(self, notes=(*self.notes, *notes))

    def _each(self, change: Any) -> Recording:
        return replace(self, streams={name: change(s) for name, s in self.streams.items()})

    def crop(self, start: float | None = None, stop: float | None = None) -> Recording:
        """The part with ``start <= time <= stop`` (s) of every stream and event."""
        low, high = (
            -float("inf") if start is None else start,
            float("inf") if stop is None else stop,
        )
        for name, value in (("start", low), ("stop", high)):
            if math.isnan(value):
                raise GaitsmithError("not a time", place=f"argument {name}", found=value,
                                     expected="seconds", remedy="give a number of seconds")  # fmt: skip
        if low > high:
            raise GaitsmithError("the part ends before it starts", place="argument stop",
                                 found=stop, expected=f"at least start = {start}")  # fmt: skip
        part = self._each(lambda s: s.crop(start, stop))
        return replace(part, events=self.events.where(between=(low, high)))

    def shifted(self, seconds: float) -> Recording:
        """The same, later by `seconds`."""
        return replace(
            self._each(lambda s: s.shifted(seconds)), events=self.events.shifted(seconds)
        )

    def resample(self, rate_hz: float, *streams: str) -> Recording:
        """Streams (all, or those named) on a uniform clock, anti-aliased."""
        for name in streams:
            self[name]
        chosen = streams or tuple(self.streams)
        return replace(self, streams={
            k: s.resample(rate_hz) if k in chosen else s for k, s in self.streams.items()
        })  # fmt: skip

    def select(self, *kinds_or_names: str) -> Recording:
        """Only the streams of these kinds or names."""
        keep = {
            k: s for k, s in self.streams.items() if k in kinds_or_names or s.kind in kinds_or_names
        }
        for wanted in kinds_or_names:
            if wanted not in KINDS:
                self[wanted]
        return replace(self, streams=keep)

    def rename(self, labels: Mapping[str, str]) -> Recording:
        """Labels changed in every stream that has them."""
        return self._each(lambda s: s.rename(labels))

    def mirror(self) -> Recording:
        """Left and right exchanged in streams, events and affected side."""
        subject = self.subject
        if subject.affected_side:
            from gaitsmith.channels import other_side

            subject = replace(subject, affected_side=other_side(subject.affected_side))
        streams = {}
        for name, s in self.streams.items():
            end = {"_r": "_l", "_l": "_r"}.get(name[-2:])
            streams[name[:-2] + end if end else name] = s.mirror()
        return replace(self, streams=streams, events=self.events.mirrored(), subject=subject)

    # --- content and keeping -------------------------------------------------------------------

    def describe(self) -> dict[str, Any]:
        """Everything but the arrays, as plain types."""
        return {
            "name": self.name,
            "subject": self.subject.to_dict(),
            "streams": {name: s.describe() for name, s in self.streams.items()},
            "events": self.events.to_rows(),
            "notes": [[n.level, n.place, n.words] for n in self.notes],
        }

    def digest(self) -> str:
        """SHA-256 of the whole content."""
        h = hashlib.sha256(
            json.dumps({**self.describe(), "streams": None}, sort_keys=True).encode()
        )
        for name in sorted(self.streams):
            text = f"{name}={self.streams[name].digest()}"
            h.update(text.encode("utf-8", "surrogatepass"))
        return h.hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recording) and self.digest() == other.digest()

    def __hash__(self) -> int:
        return hash(self.digest())

    def __repr__(self) -> str:
        kinds = ", ".join(f"{n} {s.data.shape}" for n, s in self.streams.items()) or "no streams"
        return (
            f"<Recording {self.name!r}: {self.duration:.2f} s, {kinds}, {len(self.events)} events>"
        )

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Keep everything in one small file (``.gait``)."""
        from gaitsmith.archive import to_bytes
        from gaitsmith.files import write_bytes

        write_bytes(path, to_bytes(self), force=force)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Recording:
        """Read what :meth:`save` kept."""
        from gaitsmith.archive import load

        return load(path)

    def write(self, path: str | os.PathLike[str], *, force: bool = False, **options: Any) -> None:
        """Write in the format of the suffix (``.mot``, ``.trc``, ``.c3d``, ``.csv``, …)."""
        from gaitsmith.formats import write

        write(self, path, force=force, **options)

    def to_pandas(self) -> dict[str, pd.DataFrame]:
        """A DataFrame for each stream, by name."""
        return {name: s.to_pandas() for name, s in self.streams.items()}
