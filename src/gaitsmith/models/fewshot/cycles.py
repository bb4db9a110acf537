"""Cycles of several people: one array, and who walked each of them.

A cycle is time (0-100 % of a stride, first sample at its start and last at its end) × channel. A
*unit* is what one person prior speaks of: one leg of a person in one recording.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError

__all__ = ["Cycles"]

Array = npt.NDArray[np.float64]
Words = npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Cycles:
    """Cycles with the facts that a personal model may use.

    Attributes
    ----------
    data
        cycle × time × channel, in `units`; NaN where missing.
    labels, units
        Name and unit of each channel.
    person, recording, side
        Of each cycle.
    speed
        m/s of each cycle; NaN where not known.
    duration
        Seconds of each cycle; NaN where not known.
    start
        Seconds from the start of the recording; NaN where the order is not known.
    limit
        Magnitude at which each channel's sensor is cut off (inf where it is not).

    Raises
    ------
    GaitsmithError
        Where shapes do not fit together.
    """

    data: Array
    labels: tuple[str, ...]
    units: tuple[str, ...]
    person: Words
    recording: Words
    side: Words
    speed: Array
    duration: Array
    start: Array
    limit: Array

    def __post_init__(self) -> None:
        if self.data.ndim != 3 or self.data.shape[2] != len(self.labels):
            raise GaitsmithError("cycles do not fit their channels", place="argument data",
                                 found=f"shape {self.data.shape}",
                                 expected=f"cycle × time × {len(self.labels)}")  # fmt: skip
        for name in ("person", "recording", "side", "speed", "duration", "start"):
            if len(getattr(self, name)) != len(self.data):
                raise GaitsmithError("a fact for each cycle", place=f"argument {name}",
                                     found=len(getattr(self, name)), expected=f"{len(self.data)}")  # fmt: skip

    @classmethod
    def of(
        cls, data: Array, labels: Sequence[str], units: Sequence[str], *,
        person: str | Sequence[str] = "one", recording: str | Sequence[str] = "",
        side: str | Sequence[str] = "right", speed: float | Sequence[float] | Array = np.nan,
        duration: float | Sequence[float] | Array = np.nan,
        start: float | Sequence[float] | Array = np.nan, limit: Sequence[float] | Array | None = None,
    ) -> Cycles:  # fmt: skip
        """From an array; facts are one for all or one for each."""
        data = np.asarray(data, dtype=np.float64)
        n = len(data)
        words = [np.broadcast_to(np.asarray(x, dtype=np.str_), n).copy() for x in (person, recording, side)]  # fmt: skip
        numbers = [np.broadcast_to(np.asarray(x, dtype=np.float64), n).copy() for x in (speed, duration, start)]  # fmt: skip
        cut = np.full(len(labels), np.inf) if limit is None else np.asarray(limit, dtype=np.float64)
        return cls(data, tuple(labels), tuple(units), words[0], words[1], words[2], numbers[0],
                   numbers[1], numbers[2], cut)  # fmt: skip

    def __len__(self) -> int:
        return len(self.data)

    @property
    def shape(self) -> tuple[int, int]:
        """Samples and channels of a cycle."""
        return self.data.shape[1], self.data.shape[2]

    @property
    def people(self) -> list[str]:
        """Names, sorted."""
        return sorted(set(self.person.tolist()))

    def take(self, keep: npt.NDArray[np.bool_] | npt.NDArray[np.intp] | Sequence[int]) -> Cycles:
        """Some of them, in this order."""
        at = np.asarray(keep)
        if not at.size:
            at = at.astype(np.intp)
        part = {
            f.name: getattr(self, f.name)[at]
            for f in fields(self)
            if f.name not in ("labels", "units", "limit")
        }
        return Cycles(**part, labels=self.labels, units=self.units, limit=self.limit)

    def of_people(self, people: Sequence[str]) -> Cycles:
        """Those of some people."""
        return self.take(np.isin(self.person, list(people)))

    def select(self, labels: Sequence[str]) -> Cycles:
        """Some channels, in this order.

        Raises
        ------
        GaitsmithError
            Where one is not there.
        """
        absent = [x for x in labels if x not in self.labels]
        if absent:
            raise GaitsmithError("the cycles lack a channel", place="argument labels",
                                 found=absent[0], expected=f"one of {', '.join(self.labels)}")  # fmt: skip
        at = [self.labels.index(x) for x in labels]
        return Cycles.of(
            self.data[:, :, at], labels, [self.units[i] for i in at], person=self.person.tolist(),
            recording=self.recording.tolist(), side=self.side.tolist(), speed=self.speed,
            duration=self.duration, start=self.start, limit=self.limit[at],
        )  # fmt: skip

    def units_of_learning(self) -> Iterator[Cycles]:
        """Each person's leg in each recording, in a fixed order."""
        keys = zip(self.person.tolist(), self.recording.tolist(), self.side.tolist(), strict=True)
        for p, r, s in sorted(set(keys)):
            yield self.take((self.person == p) & (self.recording == r) & (self.side == s))

    @staticmethod
    def joined(parts: Sequence[Cycles]) -> Cycles:
        """Several as one; they have the same channels and length.

        Raises
        ------
        GaitsmithError
            Where there are none, or they differ.
        """
        if not parts:
            raise GaitsmithError("no cycles", place="argument parts")
        first = parts[0]
        for p in parts[1:]:
            if p.labels != first.labels or p.shape != first.shape:
                raise GaitsmithError("cycles of different channels or length", place="argument parts",
                                     found=f"{p.labels}, {p.shape}", expected=f"{first.labels}, {first.shape}")  # fmt: skip
        whole = {
            f.name: np.concatenate([getattr(p, f.name) for p in parts])
            for f in fields(first)
            if f.name not in ("labels", "units", "limit")
        }
        limit = np.min([p.limit for p in parts], axis=0)
        return Cycles(**whole, labels=first.labels, units=first.units, limit=limit)
