"""The small table of what the feet did when."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side, other_side
from gaitsmith.errors import GaitsmithError, check_in

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Event", "Events", "Kind"]

Kind = Literal["strike", "off", "turn", "start", "stop"]


@dataclass(frozen=True, order=True)
class Event:
    """One event.

    Attributes
    ----------
    time
        Seconds on the recording's clock.
    side
        ``"left"`` or ``"right"``; only `turn`, `start` and `stop` may have None.
    kind
        ``strike`` (initial contact), ``off`` (final contact), ``turn`` (with its `duration`),
        ``start`` and ``stop`` (the bounds of walking).
    source
        Who says so: ``"plate"``, ``"kinematic"``, ``"imu"``, ``"manual"``, ``"file"`` or the name
        of a method or model.
    confidence
        0 to 1.
    duration
        Seconds; 0 for an instant.
    """

    time: float
    side: Side | None
    kind: Kind
    source: str = "manual"
    confidence: float = 1.0
    duration: float = 0.0

    def __post_init__(self) -> None:
        check_in("kind", self.kind, get_args(Kind))
        if not math.isfinite(self.time):
            raise GaitsmithError("an event needs a time", place=f"{self.kind}", found=self.time)
        if self.kind in ("strike", "off") and self.side not in ("left", "right"):
            raise GaitsmithError(
                "an event of a foot needs its side",
                place=f"{self.kind} at {self.time:.3f} s",
                found=self.side,
                expected="left or right",
                remedy="say which foot, or drop the event",
            )


class Events:
    """An immutable table of :class:`Event`, sorted by time."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Iterable[Event] = ()) -> None:
        self._rows = tuple(sorted(rows, key=lambda e: (e.time, e.kind, e.side or "", e.source)))

    @classmethod
    def of(
        cls, times: Iterable[float], side: Side | None, kind: Kind, source: str,
        confidence: float = 1.0,
    ) -> Events:  # fmt: skip
        """Events of one side and kind at `times` (s)."""
        return cls(Event(float(t), side, kind, source, confidence) for t in times)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._rows)

    def __getitem__(self, index: int) -> Event:
        return self._rows[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Events) and self._rows == other._rows

    def __hash__(self) -> int:
        return hash(self._rows)

    def __repr__(self) -> str:
        kinds = ", ".join(
            f"{len(self.where(kind=k))} {k}" for k in get_args(Kind) if self.where(kind=k)
        )
        return f"<Events: {kinds or 'none'}>"

    def __add__(self, other: Events) -> Events:
        return Events((*self._rows, *other._rows))

    def where(
        self,
        *,
        kind: Kind | None = None,
        side: Side | None = None,
        source: str | None = None,
        between: tuple[float, float] | None = None,
    ) -> Events:
        """The events that meet every condition given (`between` includes its bounds)."""
        return Events(
            e
            for e in self._rows
            if kind in (None, e.kind)
            and side in (None, e.side)
            and source in (None, e.source)
            and (between is None or between[0] <= e.time <= between[1])
        )

    def times(self, kind: Kind | None = None, side: Side | None = None) -> npt.NDArray[np.float64]:
        """Times (s) of the events of a kind and side, ascending."""
        return np.array([e.time for e in self.where(kind=kind, side=side)], dtype=np.float64)

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources met, in order of first appearance."""
        return tuple(dict.fromkeys(e.source for e in self._rows))

    def map(self, change: Callable[[Event], Event]) -> Events:
        """Every event changed by a function."""
        return Events(change(e) for e in self._rows)

    def shifted(self, seconds: float) -> Events:
        """All times later by `seconds`."""
        return self.map(lambda e: replace(e, time=e.time + seconds))

    def mirrored(self) -> Events:
        """Left and right exchanged."""
        return self.map(lambda e: replace(e, side=other_side(e.side)) if e.side else e)

    def to_rows(self) -> list[dict[str, Any]]:
        """Plain rows: time, side, kind, source, confidence, duration."""
        names = ("time", "side", "kind", "source", "confidence", "duration")
        return [{n: getattr(e, n) for n in names} for e in self._rows]

    @classmethod
    def from_rows(cls, rows: Iterable[dict[str, Any]]) -> Events:
        """The inverse of :meth:`to_rows`."""
        return cls(Event(**row) for row in rows)

    def to_pandas(self) -> pd.DataFrame:
        """A DataFrame with one row an event."""
        import pandas as pd

        return pd.DataFrame(
            self.to_rows(), columns=["time", "side", "kind", "source", "confidence", "duration"]
        )
