"""Found events against reference events, pooled over trials and people, with intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.events import Events, Kind
from gaitsmith.gait.events.agreement import match

__all__ = ["SIDES", "Tally", "bootstrap", "count", "count_turns", "pooled"]

Span = tuple[float, float]
#: Both sides.
SIDES: tuple[Side, Side] = ("left", "right")


@dataclass(frozen=True)
class Tally:
    """Matched pairs (errors found - reference, s), events missed and events spurious."""

    errors_s: tuple[float, ...] = ()
    missed: int = 0
    spurious: int = 0

    @property
    def f1(self) -> float:
        """2 matched / (2 matched + missed + spurious); NaN where there is nothing."""
        total = 2 * len(self.errors_s) + self.missed + self.spurious
        return 2 * len(self.errors_s) / total if total else math.nan

    @property
    def median_abs_ms(self) -> float:
        """Median absolute error (ms); NaN without a pair."""
        return 1e3 * float(np.median(np.abs(self.errors_s))) if self.errors_s else math.nan

    @property
    def bias_ms(self) -> float:
        """Median signed error (ms): positive where the found event is late; NaN without a pair."""
        return 1e3 * float(np.median(self.errors_s)) if self.errors_s else math.nan

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers."""
        return {
            "matched": len(self.errors_s), "missed": self.missed, "spurious": self.spurious,
            "f1": self.f1, "median_abs_ms": self.median_abs_ms, "bias_ms": self.bias_ms,
        }  # fmt: skip


def pooled(parts: Iterable[Tally]) -> Tally:
    """Several as one."""
    parts = list(parts)
    return Tally(tuple(e for p in parts for e in p.errors_s), sum(p.missed for p in parts),
                 sum(p.spurious for p in parts))  # fmt: skip


def count(
    found: Events, reference: Events, kind: Kind, tolerance_s: float,
    spans: Sequence[Span] | None = None, *, sides: bool = True, offset_s: float = 0.0,
) -> Tally:  # fmt: skip
    """Events of one kind, matched one to one within a tolerance.

    Parameters
    ----------
    spans
        Reference events count inside these (s, bounds included), found events inside them or
        where they match one that is; None: everywhere.
    sides
        Match left with left and right with right; else regardless of side.
    offset_s
        Taken from the found times first.
    """
    parts = []
    for side in SIDES if sides else (None,):
        a = found.times(kind, side) - offset_s
        b = reference.times(kind, side)
        pairs = match(a, b, tolerance_s)
        pairs = pairs[_inside(b[pairs[:, 1]], spans)]
        missed = _inside(np.delete(b, pairs[:, 1]), spans).sum()
        alone = np.delete(a, match(a, b, tolerance_s)[:, 0])
        parts.append(Tally(tuple((a[pairs[:, 0]] - b[pairs[:, 1]]).tolist()), int(missed),
                           int(_inside(alone, spans).sum())))  # fmt: skip
    return pooled(parts)


def _inside(times: npt.NDArray[np.float64], spans: Sequence[Span] | None) -> npt.NDArray[np.bool_]:
    if spans is None:
        return np.ones(len(times), bool)
    return np.array([any(a <= t <= b for a, b in spans) for t in times], dtype=bool)


def count_turns(found: Events, reference: Events, span: Span) -> Tally:
    """Turns that share at least half of their common extent with a marked one; errors of start."""
    marked = [(e.time, e.time + e.duration) for e in reference.where(kind="turn")]
    marked = [m for m in marked if m[1] >= span[0] and m[0] <= span[1]]
    seen = [(e.time, e.time + e.duration) for e in found.where(kind="turn")]
    seen = [s for s in seen if s[1] >= span[0] and s[0] <= span[1]]
    errors, used = [], set()
    for m in marked:
        shares = [
            max(0.0, min(m[1], s[1]) - max(m[0], s[0])) / (max(m[1], s[1]) - min(m[0], s[0]))
            if i not in used else 0.0
            for i, s in enumerate(seen)
        ]  # fmt: skip
        if shares and max(shares) >= 0.5:
            best = int(np.argmax(shares))
            used.add(best)
            errors.append(seen[best][0] - m[0])
    return Tally(tuple(errors), len(marked) - len(errors), len(seen) - len(errors))


def bootstrap(
    people: Mapping[str, Tally], *, draws: int = 2000, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """95 % intervals of F1, median absolute error and bias (ms): people drawn with replacement."""
    rng = np.random.default_rng(seed)
    tallies = list(people.values())
    values = []
    for _ in range(draws):
        drawn = pooled(tallies[i] for i in rng.integers(len(tallies), size=len(tallies)))
        values.append((drawn.f1, drawn.median_abs_ms, drawn.bias_ms))
    low, high = np.nanpercentile(np.array(values), [2.5, 97.5], axis=0)
    names = ("f1", "median_abs_ms", "bias_ms")
    return {n: (float(a), float(b)) for n, a, b in zip(names, low, high, strict=True)}
