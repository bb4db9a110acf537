"""What the phase study measures, on the outputs of any method for a set of walks."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.gait.metrics import accuracy, circular_difference, macro_f1
from gaitsmith.gait.metrics.events import EventScore, match_times
from gaitsmith.studies.phase_data import Walk

__all__ = [
    "STRIDE_S",
    "TOLERANCE_S",
    "Said",
    "measures",
    "odd",
    "one",
    "people",
    "pooled",
    "summary",
]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: An event is found where one of its kind lies within so much of it (s); and the wider bound, within
#: which an event that is badly timed (in turns) is not counted as both missed and spurious.
TOLERANCE_S, WIDE_S = 0.1, 0.2
#: Strides that last less or more (s) are a shuffle or a pause: their ticks and events stand apart.
#: A little wider than the bounds of gait %, so that no stride near those is cut in two tables.
STRIDE_S = (0.5, 2.6)


@dataclass(frozen=True)
class Said:
    """What a method says of one walk, tick by tick and as events.

    Attributes
    ----------
    percent
        Gait %; NaN throughout where the method gives none.
    stance
        The state: the same that gives the events.
    strikes, offs
        Times (s).
    """

    percent: Array
    stance: Mask
    strikes: Array
    offs: Array


@dataclass(frozen=True)
class _One:
    """Sums of one walk; the first three over all its ticks, `apart` those of odd strides."""

    truth: Mask
    said: Mask
    turning: Mask
    apart: Mask
    error: Array
    error_straight: Array
    events: EventScore
    straight: EventScore
    asked: int
    wide: EventScore
    wide_straight: EventScore


def _events(w: Walk, said: Said, *, straight: bool, tolerance: float = TOLERANCE_S) -> EventScore:
    """Events within the walk; a match over the bounds counts, as does none for a spurious one."""
    t = w.foot.times
    first, last = t[w.truth.scored][[0, -1]]
    total = EventScore(0, 0, 0, np.zeros(0))
    for true, found in ((w.truth.strikes, said.strikes), (w.truth.offs, said.offs)):
        i, j = match_times(true, found, tolerance)
        unmatched_true = np.setdiff1d(np.arange(len(true)), i)
        unmatched = np.setdiff1d(np.arange(len(found)), j)
        unmatched = unmatched[(found[unmatched] >= first) & (found[unmatched] <= last + 0.005)]
        errors = (found[j] - true[i])[~_inside(w, true[i])]
        i = i[~_inside(w, true[i])]
        unmatched_true = unmatched_true[~_inside(w, true[unmatched_true])]
        unmatched = unmatched[~_inside(w, found[unmatched])]
        if straight:
            errors = errors[~_in_turn(w, true[i])]
            unmatched_true = unmatched_true[~_in_turn(w, true[unmatched_true])]
            unmatched = unmatched[~_in_turn(w, found[unmatched])]
        total = total + EventScore(len(errors), len(unmatched_true), len(unmatched), errors)
    return total


def _odd_strides(w: Walk) -> list[tuple[float, float]]:
    pairs = itertools.pairwise(w.truth.strikes.tolist())
    return [(a, b) for a, b in pairs if not STRIDE_S[0] <= b - a <= STRIDE_S[1]]


def odd(w: Walk) -> Mask:
    """Scored ticks of strides that last outside :data:`STRIDE_S`."""
    t, out = w.foot.times, np.zeros(len(w.x), bool)
    for a, b in _odd_strides(w):
        out |= (t >= a - 1e-6) & (t < b - 1e-6)
    return out & w.truth.scored


def _inside(w: Walk, times: Array) -> Mask:
    """Events within odd strides; their bounding strikes belong to the neighbours."""
    out = np.zeros(len(times), bool)
    for a, b in _odd_strides(w):
        out |= (times > a + 1e-6) & (times < b - 1e-6)
    return out


def _in_turn(w: Walk, times: Array) -> Mask:
    at = np.clip(np.rint((times - w.foot.start) * w.foot.rate_hz).astype(int), 0, len(w.x) - 1)
    return np.asarray(w.truth.turning[at])


def one(w: Walk, said: Said) -> _One:
    """The sums of one walk, for :func:`measures`."""
    here = w.truth.scored
    error = np.asarray(circular_difference(said.percent, w.truth.percent))
    asked = here & np.isfinite(w.truth.percent)
    known = asked & np.isfinite(said.percent)
    return _One(w.truth.stance[here], said.stance[here], w.truth.turning[here], odd(w)[here], error[known],
                error[known & ~w.truth.in_turn], _events(w, said, straight=False),
                _events(w, said, straight=True), int(asked.sum()),
                _events(w, said, straight=False, tolerance=WIDE_S),
                _events(w, said, straight=True, tolerance=WIDE_S))  # fmt: skip


def pooled(walks: Sequence[Walk], said: Sequence[Said]) -> dict[str, float]:
    """Measures over all ticks and events together."""
    return measures([one(w, s) for w, s in zip(walks, said, strict=True)])


def people(walks: Sequence[Walk], said: Sequence[Said]) -> dict[str, dict[str, float]]:
    """The same by person."""
    rows: dict[str, list[_One]] = {}
    for w, s in zip(walks, said, strict=True):
        rows.setdefault(w.person, []).append(one(w, s))
    return {p: measures(r) for p, r in rows.items()}


def measures(rows: Sequence[_One]) -> dict[str, float]:
    """Macro F1 and accuracy of stance / swing, errors of gait %, events; all, straight, turns."""
    whole = [np.concatenate([getattr(r, k) for r in rows]) for k in ("truth", "said", "turning", "apart")]  # fmt: skip
    truth, said, turning, apart = whole
    every = {"ticks_all": float(len(truth)), "macro_f1_all": macro_f1(truth, said),
             "accuracy_odd": accuracy(truth[apart], said[apart]) if apart.any() else float("nan")}  # fmt: skip
    truth, said, turning = truth[~apart], said[~apart], turning[~apart]
    error = np.concatenate([r.error for r in rows])
    straight = np.concatenate([r.error_straight for r in rows])
    events = sum((r.events for r in rows), EventScore(0, 0, 0, np.zeros(0)))
    plain = sum((r.straight for r in rows), EventScore(0, 0, 0, np.zeros(0)))

    def rms(e: Array) -> float:
        return float(np.sqrt(np.mean(e**2))) if len(e) else float("nan")

    def share(part: Mask) -> float:
        return accuracy(truth[part], said[part]) if part.any() else float("nan")

    return {
        **every, "ticks": float(len(truth)), "macro_f1": macro_f1(truth, said), "accuracy": accuracy(truth, said),
        "accuracy_straight": share(~turning), "accuracy_turns": share(turning),
        "rmse_percent": rms(error), "rmse_percent_straight": rms(straight),
        "mae_percent": float(np.mean(np.abs(error))) if len(error) else float("nan"),
        "percent_not_said": 100 * (1 - len(error) / max(1, sum(r.asked for r in rows))),
        **_event_row(events, ""), **_event_row(plain, "_straight"),
        **_wide_row(rows),
    }  # fmt: skip


def _event_row(e: EventScore, end: str) -> dict[str, float]:
    return {
        f"median_ms{end}": e.median_ms, f"p90_ms{end}": e.p90_ms, f"bias_ms{end}": e.bias_ms,
        f"missed_percent{end}": e.missed_percent, f"spurious_percent{end}": e.spurious_percent,
    }  # fmt: skip


def _wide_row(rows: Sequence[_One]) -> dict[str, float]:
    nothing = EventScore(0, 0, 0, np.zeros(0))
    every, plain = sum((r.wide for r in rows), nothing), sum((r.wide_straight for r in rows), nothing)  # fmt: skip
    return {
        "missed_percent_200_ms": every.missed_percent, "spurious_percent_200_ms": every.spurious_percent,
        "missed_percent_200_ms_straight": plain.missed_percent,
        "spurious_percent_200_ms_straight": plain.spurious_percent,
    }  # fmt: skip


def summary(row: Mapping[str, Any]) -> str:
    """One line for a person."""
    return (
        f"F1 {row['macro_f1']:.4f} acc {row['accuracy']:.4f} straight {row['accuracy_straight']:.4f} "
        f"turns {row['accuracy_turns']:.3f} | {row['median_ms']:.0f}/{row['p90_ms']:.0f} ms missed "
        f"{row['missed_percent']:.2f} spurious {row['spurious_percent']:.2f} (straight "
        f"{row['missed_percent_straight']:.2f}/{row['spurious_percent_straight']:.2f}) | RMSE "
        f"{row['rmse_percent']:.2f}/{row['rmse_percent_straight']:.2f} %"
    )  # fmt: skip
