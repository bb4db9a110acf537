"""How well events are found: matched one to one within a tolerance, by side and kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.recording import Events

__all__ = ["EventScore", "detection_delay", "match_times", "score_events"]

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class EventScore:
    """Counts and timing of found events against true ones.

    Attributes
    ----------
    matched, missed, spurious
        True events found; true ones not found; found ones that are none.
    errors_s
        Found minus true time of each match (s).
    """

    matched: int
    missed: int
    spurious: int
    errors_s: Array

    @property
    def recall(self) -> float:
        """Share of true events that were found; NaN without true events."""
        total = self.matched + self.missed
        return self.matched / total if total else float("nan")

    @property
    def precision(self) -> float:
        """Share of found events that are true; NaN without found events."""
        total = self.matched + self.spurious
        return self.matched / total if total else float("nan")

    @property
    def f1(self) -> float:
        """2 · matched / (true + found); NaN where there is neither."""
        total = 2 * self.matched + self.missed + self.spurious
        return 2 * self.matched / total if total else float("nan")

    @property
    def missed_percent(self) -> float:
        """Missed events in % of the true ones."""
        return 100.0 * (1.0 - self.recall)

    @property
    def spurious_percent(self) -> float:
        """Spurious events in % of the true ones."""
        total = self.matched + self.missed
        return 100.0 * self.spurious / total if total else float("nan")

    @property
    def median_ms(self) -> float:
        """Median absolute error (ms)."""
        return 1e3 * float(np.median(np.abs(self.errors_s))) if len(self.errors_s) else float("nan")

    @property
    def p90_ms(self) -> float:
        """90th percentile of the absolute error (ms)."""
        if not len(self.errors_s):
            return float("nan")
        return 1e3 * float(np.percentile(np.abs(self.errors_s), 90))

    @property
    def bias_ms(self) -> float:
        """Median of the signed error (ms); positive is late."""
        return 1e3 * float(np.median(self.errors_s)) if len(self.errors_s) else float("nan")

    def __add__(self, other: EventScore) -> EventScore:
        """Both pooled: counts added, errors together."""
        return EventScore(
            self.matched + other.matched, self.missed + other.missed,
            self.spurious + other.spurious, np.concatenate([self.errors_s, other.errors_s]),
        )  # fmt: skip

    def __str__(self) -> str:
        return (
            f"F1 {self.f1:.3f}, missed {self.missed_percent:.1f} %, spurious "
            f"{self.spurious_percent:.1f} %, median {self.median_ms:.1f} ms, 90 % "
            f"{self.p90_ms:.1f} ms, bias {self.bias_ms:+.1f} ms (n = {self.matched})"
        )


def match_times(
    truth: Array | Sequence[float], found: Array | Sequence[float], tolerance_s: float
) -> tuple[Index, Index]:
    """Indices of true and of found times that belong together, each used once.

    The closest pair first, then the next closest of those left, within the tolerance (bounds
    included). Where events lie further apart than twice the tolerance this is the best matching.
    """
    a, b = np.asarray(truth, dtype=np.float64), np.asarray(found, dtype=np.float64)
    order_a, order_b = np.argsort(a, kind="stable"), np.argsort(b, kind="stable")
    sa, sb = a[order_a], b[order_b]
    # Room for rounding: 0.05 s apart in the decimal system is within 0.05 s.
    reach = tolerance_s + 1e-9
    low = np.searchsorted(sb, sa - reach, side="left")
    high = np.searchsorted(sb, sa + reach, side="right")
    count = high - low
    i = np.repeat(np.arange(len(sa)), count)
    j = np.concatenate([np.arange(x, y) for x, y in zip(low, high, strict=True)]) if len(i) else i
    best = np.argsort(np.abs(sa[i] - sb[j]), kind="stable")
    used_a, used_b = np.zeros(len(sa), dtype=bool), np.zeros(len(sb), dtype=bool)
    pairs = []
    for k in best:
        if not used_a[i[k]] and not used_b[j[k]]:
            used_a[i[k]] = used_b[j[k]] = True
            pairs.append((order_a[i[k]], order_b[j[k]]))
    pairs.sort()
    table = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def score_events(
    truth: Events,
    found: Events,
    *,
    tolerance_s: float = 0.05,
    kinds: Sequence[str] = ("strike", "off"),
    sides: Sequence[str] = ("left", "right"),
    between: tuple[float, float] | None = None,
) -> EventScore:
    """Found events against true ones, matched within each kind and side, then pooled.

    `between` (s) restricts both to a stretch of time; a found event within the tolerance of its
    bounds may match a true one inside, and is not counted as spurious where it does not.
    """
    total = EventScore(0, 0, 0, np.zeros(0))
    for kind in kinds:
        for side in sides:
            a = truth.times(kind, side)  # type: ignore[arg-type]
            b = found.times(kind, side)  # type: ignore[arg-type]
            inside = np.ones(len(b), dtype=bool)
            if between is not None:
                a = a[(a >= between[0]) & (a <= between[1])]
                b = b[(b >= between[0] - tolerance_s) & (b <= between[1] + tolerance_s)]
                inside = (b >= between[0]) & (b <= between[1])
            i, j = match_times(a, b, tolerance_s)
            extra = int(inside.sum() - inside[j].sum())
            total = total + EventScore(len(i), len(a) - len(i), extra, b[j] - a[i])
    return total


def detection_delay(truth: Array, known_at: Array, *, most_s: float = 1.0) -> Array:
    """Seconds between each true event and the causal system's knowing of it.

    `known_at` are the times at which the system said so; each true event takes the first not yet
    used within `most_s` after it. NaN where none is.
    """
    truth, known = (
        np.sort(np.asarray(truth, dtype=float)),
        np.sort(np.asarray(known_at, dtype=float)),
    )
    out = np.full(len(truth), np.nan)
    next_free = 0
    for i, t in enumerate(truth):
        next_free = max(next_free, int(np.searchsorted(known, t, side="left")))
        if next_free < len(known) and known[next_free] - t <= most_s:
            out[i] = known[next_free] - t
            next_free += 1
    return out
