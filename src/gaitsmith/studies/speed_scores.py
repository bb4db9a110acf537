"""Tables of the speed study, from every method's curves for every pair of speeds of every person.

Every figure is a mean over people of the mean over that person's ordered cross-speed pairs;
identity pairs are never in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.gait.metrics.people import paired_difference
from gaitsmith.models.speed.units import JOINTS, Units

__all__ = ["BANDS", "DEFAULT", "REFERENCE", "SEED", "Answers", "coverage", "scores", "sides"]

Array = npt.NDArray[np.float64]
Words = npt.NDArray[np.str_]

SEED = 0
#: The model measured, and the predictor that it is measured against.
DEFAULT, REFERENCE = "default", "copy + linear delta"
#: |Δv| (m/s): all, and the three bands of the tables.
BANDS = {"all": (0.0, 9.0), "<0.15": (0.0, 0.15), "0.15-0.45": (0.15, 0.45), ">0.45": (0.45, 9.0)}
# Finer steps of |Δv|, and of source and target speed in the maps (m/s).
_STEPS = (0.0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 2.0)
_CELL = 0.3
# People with a curve this near (m/s) to the wanted speed are in the ranking.
_RANK_NEAR = 0.075


@dataclass(frozen=True)
class Answers:
    """What every method says of one person.

    Attributes
    ----------
    truth
        pair × joint × 101, degrees.
    guesses
        method -> pair × joint × 101.
    source, target
        Speeds (m/s) of each pair.
    leg
        Of each pair.
    held
        Share of each true curve inside the default's 90 % band.
    misfit
        Mean over pairs.
    """

    truth: Array
    guesses: Mapping[str, Array]
    source: Array
    target: Array
    leg: Words
    held: Array
    misfit: float

    @property
    def far(self) -> Array:
        """|Δv| of each pair."""
        return np.abs(self.target - self.source)

    def errors(self, method: str) -> Array:
        """Mean absolute error of each pair, degrees."""
        return np.asarray(np.abs(self.guesses[method] - self.truth).mean(axis=(1, 2)))

    def alike(self, method: str) -> Array:
        """Pearson's r of each pair: the mean over joints of that over the stride."""
        a, b = (x - x.mean(axis=2, keepdims=True) for x in (self.truth, self.guesses[method]))
        size = np.sqrt(np.square(a).sum(axis=2) * np.square(b).sum(axis=2))
        return np.asarray(((a * b).sum(axis=2) / size).mean(axis=1))


def scores(people: Mapping[str, Answers], units: Units) -> dict[str, Any]:
    """All tables; `units` are everybody's curves, among whom the right person is looked for."""
    methods = list(next(iter(people.values())).guesses)
    each = {m: {p: a.errors(m) for p, a in people.items()} for m in methods}
    far = {p: a.far for p, a in people.items()}
    return {
        "pairs": int(sum(len(f) for f in far.values())),
        **_bands(each, far),
        "r": {m: _mean([a.alike(m) for a in people.values()]) for m in methods},
        "by_distance": _by_distance(each, far),
        "heat_map": _maps(each, people),
        "rank": _ranks(people, units),
        "coverage_90": coverage(people),
    }  # fmt: skip


def coverage(people: Mapping[str, Answers]) -> dict[str, Any]:
    """How much of the true curves the 90 % bands hold: on average, at least, by person."""
    held = {p: float(a.held.mean()) for p, a in people.items()}
    return {"mean": float(np.mean(list(held.values()))), "least": min(held.values()), "by_person": held}  # fmt: skip


def _mean(values: Sequence[Array]) -> float:
    return float(np.mean([v.mean() for v in values]))


def _bands(errors: Mapping[str, Mapping[str, Array]], far: Mapping[str, Array]) -> dict[str, Any]:
    """Rows by method with bands of |Δv|, and the default's difference from the reference."""
    people = {m: _within(e, far, list(BANDS.values())) for m, e in errors.items()}
    rows = {m: {b: v for b, v in zip(BANDS, (_over(x) for x in p), strict=True) if v is not None}
            for m, p in people.items()}  # fmt: skip
    mine, other = people[DEFAULT][0], people[REFERENCE][0]
    names = list(mine)
    gap = paired_difference([mine[p] for p in names], [other[p] for p in names], seed=SEED)
    return {
        "mae_deg": rows,
        "by_person_deg": {m: p[0] for m, p in people.items()},
        "default_minus_reference": {
            "reference": REFERENCE, "mean_deg": gap.mean, "low_deg": gap.low, "high_deg": gap.high,
            "percent": 100 * gap.mean / rows[REFERENCE]["all"],
            "people_better": int(sum(mine[p] < other[p] for p in names)), "people": len(names),
        },
    }  # fmt: skip


def _within(
    values: Mapping[str, Array], far: Mapping[str, Array], bands: Sequence[tuple[float, float]]
) -> list[dict[str, float]]:
    """For each band: person -> mean, of those who have pairs there."""
    out = []
    for low, high in bands:
        at = {p: (far[p] >= low) & (far[p] < high) for p in values}
        out.append({p: float(v[at[p]].mean()) for p, v in values.items() if at[p].any()})
    return out


def _over(people: Mapping[str, float]) -> float | None:
    return float(np.mean(list(people.values()))) if people else None


def _by_distance(errors: Mapping[str, Mapping[str, Array]], far: Mapping[str, Array]) -> list[dict[str, Any]]:  # fmt: skip
    """Error against |Δv|, in finer steps than the bands."""
    steps = list(pairwise(_STEPS))
    found = {m: _within(e, far, steps) for m, e in errors.items()}
    return [
        {"from": a, "to": b, "people": len(found[DEFAULT][k]), "mae_deg": {m: _over(f[k]) for m, f in found.items()}}
        for k, (a, b) in enumerate(steps) if found[DEFAULT][k]
    ]  # fmt: skip


def _maps(errors: Mapping[str, Mapping[str, Array]], people: Mapping[str, Answers]) -> dict[str, Any]:  # fmt: skip
    """Source (rows) to target (columns) speed in cells, means over people; None where nobody is."""
    every = np.concatenate([np.concatenate([a.source, a.target]) for a in people.values()])
    first = int(np.floor(every.min() / _CELL + 1e-9))
    last = int(np.floor(every.max() / _CELL + 1e-9))
    edges = [round(k * _CELL, 3) for k in range(first, last + 2)]
    cells = range(first, last + 1)
    place = {p: (_cell(a.source), _cell(a.target)) for p, a in people.items()}

    def at(method: str, i: int, j: int) -> float | None:
        means = []
        for p, e in errors[method].items():
            here = (place[p][0] == i) & (place[p][1] == j)
            if here.any():
                means.append(float(e[here].mean()))
        return float(np.mean(means)) if means else None

    return {"edges_m_s": edges, "mae_deg": {m: [[at(m, i, j) for j in cells] for i in cells] for m in errors}}  # fmt: skip


def _cell(speed: Array) -> npt.NDArray[np.intp]:
    return np.floor(speed / _CELL + 1e-9).astype(np.intp)


def _ranks(people: Mapping[str, Answers], units: Units) -> dict[str, Any]:
    """For each method the place of the right person (1 = best) and of a wrong one (control)."""
    out: dict[str, Any] = {}
    for method in next(iter(people.values())).guesses:
        places = []
        for person, a in people.items():
            others = units.take(units.person != person)
            mine = [p for k in range(len(a.target)) if (p := _place(a.guesses[method][k], a.truth[k], float(a.target[k]), others))]  # fmt: skip
            if mine:
                places.append(np.mean(mine, axis=0))
        if places:
            found = np.mean(places, axis=0)
            out[method] = {"mean": float(found[0]), "control": float(found[1]), "candidates": float(found[2])}  # fmt: skip
    return out


def _place(made: Array, truth: Array, speed: float, others: Units) -> tuple[float, float, float] | None:  # fmt: skip
    """Place of the right person, mean place of a wrong one, and how many there are.

    The second is the rank control: a curve made from somebody else asks for its place.
    """
    near = np.abs(others.speed - speed) < _RANK_NEAR
    if not near.any():
        return None
    distance = np.abs(others.curves[near] - made).mean(axis=(1, 2))
    who = others.person[near]
    wrong = [distance[who == p].min() for p in np.unique(who)]
    every = np.append(wrong, np.abs(truth - made).mean())
    places = 1.0 + (every[:, None] > every[None]).sum(axis=1)
    return float(places[-1]), float(places[:-1].mean()), float(len(every))


def sides(people: Mapping[str, Answers], names: Mapping[str, str]) -> dict[str, Any]:
    """Each side (leg -> its name) by joint: method -> joint -> mean over people, degrees."""
    out: dict[str, Any] = {}
    for leg, name in names.items():
        out[name] = {}
        for method in next(iter(people.values())).guesses:
            each = np.mean([
                np.abs(a.guesses[method] - a.truth)[a.leg == leg].mean(axis=(0, 2)) for a in people.values()
            ], axis=0)  # fmt: skip
            out[name][method] = {**dict(zip(JOINTS, map(float, each), strict=True)), "all": float(each.mean())}  # fmt: skip
    return out
