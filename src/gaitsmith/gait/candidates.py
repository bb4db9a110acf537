"""Candidate strides from events: what bounds and divides each, and why one is no stride."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side, other_side
from gaitsmith.recording import Events, Note

__all__ = ["Walking", "candidates", "once"]

Array = npt.NDArray[np.float64]

# A missed strike doubles a stride, a spurious one halves it or worse: both fall outside these
# multiples of the median, natural variation inside.
_FROM_MEDIAN = (0.6, 1.6)
# Foot off outside this part of the stride (%) belongs to no gait: sprinting has about 20 %,
# very slow hemiparetic walking about 85 %.
_FOOT_OFF = (12.0, 95.0)
# Events of one kind and foot closer than this (s) are one event told twice.
_SAME_EVENT = 0.1


def once(events: Events) -> tuple[Events, list[Note]]:
    """The events with those that several sources tell reduced to one, the surest first."""
    kept: list[Any] = [e for e in events if e.kind not in ("strike", "off")]
    dropped = 0
    for kind in ("strike", "off"):
        for side in ("left", "right"):
            rows = list(events.where(kind=kind, side=side))
            mine: list[Any] = []
            for e in sorted(rows, key=lambda e: (-e.confidence, e.time)):
                if all(abs(e.time - o.time) > _SAME_EVENT for o in mine):
                    mine.append(e)
            dropped += len(rows) - len(mine)
            kept += mine
    if not dropped:
        return events, []
    words = (f"{dropped} events lay within {_SAME_EVENT:g} s of another of the same foot and kind; "
             "the surer (or earlier) one was used")  # fmt: skip
    return Events(kept), [Note("assumption", "events", words)]


@dataclass(frozen=True)
class Walking:
    """Where someone walks straight: stretches between start and stop, and turns."""

    stretches: tuple[tuple[float, float], ...]
    turns: tuple[tuple[float, float], ...]

    @classmethod
    def of(cls, events: Events) -> Walking:
        """From the events ``start``, ``stop`` and ``turn``."""
        turns = tuple((e.time, e.time + e.duration) for e in events.where(kind="turn"))
        marks = [e for e in events if e.kind in ("start", "stop")]
        stretches: list[tuple[float, float]] = []
        begun: float | None = -np.inf if marks and marks[0].kind == "stop" else None
        for e in marks:
            if e.kind == "start":
                begun = e.time if begun is None else begun
            elif begun is not None:
                stretches.append((begun, e.time))
                begun = None
        if begun is not None:
            stretches.append((begun, np.inf))
        return cls(tuple(stretches), turns)

    def reason(self, start: float, stop: float) -> str | None:
        """Why a stretch of time (s) is not straight walking, or None."""
        if any(a < stop and b >= start for a, b in self.turns):
            return "a turn inside"
        near = 0.05
        if self.stretches and not any(
            a - near <= start and stop <= b + near for a, b in self.stretches
        ):
            return "outside the marked stretch of walking"
        return None


def candidates(
    side: Side, events: Events, walking: Walking, limits: tuple[float, float]
) -> tuple[Array, list[str | None]]:
    """Every pair of successive strikes of a foot, and why it is no stride (None: it is one).

    Returns bounds, n × 5 times (s; strike, opposite off, opposite strike, off, next strike; NaN
    where not known), and the reasons. `limits` bound a stride's time (s).
    """
    strikes = events.times("strike", side)
    bounds = np.full((max(0, len(strikes) - 1), 5), np.nan)
    bounds[:, 0], bounds[:, 4] = strikes[:-1], strikes[1:]
    reasons = _by_time(bounds, limits)
    _divide(bounds, reasons, side, events)
    for i, (a, b) in enumerate(bounds[:, [0, 4]]):
        reasons[i] = reasons[i] or walking.reason(float(a), float(b))
    return bounds, reasons


def _by_time(bounds: Array, limits: tuple[float, float]) -> list[str | None]:
    """A reason where the time of a stride is impossible or far from the median."""
    low, high = limits
    time = bounds[:, 4] - bounds[:, 0]
    fair = time[(time >= low) & (time <= high)]
    median = float(np.median(fair)) if len(fair) > 2 else np.nan
    out: list[str | None] = []
    for t in time:
        if not low <= t <= high:
            out.append(f"stride time {t:.2f} s outside {low:g}-{high:g} s")
        elif t < _FROM_MEDIAN[0] * median or t > _FROM_MEDIAN[1] * median:
            out.append(f"stride time {t:.2f} s far from the median {median:.2f} s")
        else:
            out.append(None)
    return out


def _within(times: Array, start: Array, stop: Array) -> tuple[npt.NDArray[np.intp], Array]:
    """How many of `times` lie strictly between, and the first of them."""
    first = np.searchsorted(times, start, side="right")
    last = np.searchsorted(times, stop, side="left")
    padded = np.concatenate([times, [np.nan]])
    found = np.where(last > first, padded[np.minimum(first, len(times))], np.nan)
    return np.maximum(last - first, 0), found


def _divide(bounds: Array, reasons: list[str | None], side: Side, events: Events) -> None:
    """Fill in the inner events and say where they are missing or in an impossible order."""
    start, stop = bounds[:, 0], bounds[:, 4]
    offs = events.times("off", side)
    n_off, off = _within(offs, start, stop)
    other = other_side(side)
    n_oo, oo = _within(events.times("off", other), start, stop)
    n_os, os = _within(events.times("strike", other), start, stop)
    bounds[:, 1], bounds[:, 2], bounds[:, 3] = oo, os, off
    share = 100.0 * (off - start) / (stop - start)
    for i in range(len(bounds)):
        if reasons[i] is not None:
            continue
        if len(offs) and n_off[i] != 1:
            reasons[i] = "no foot off inside" if n_off[i] == 0 else "several foot offs inside"
        elif n_os[i] > 1:
            reasons[i] = "several strikes of the other foot inside"
        elif n_oo[i] > 1:
            reasons[i] = "several foot offs of the other foot inside"
        elif off[i] < oo[i] < os[i]:
            reasons[i] = "events in an order that no gait has"
        elif not np.isnan(share[i]) and not _FOOT_OFF[0] <= share[i] <= _FOOT_OFF[1]:
            reasons[i] = f"foot off at {share[i]:.0f} % of the stride"
