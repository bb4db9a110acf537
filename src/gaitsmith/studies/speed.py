"""Speed transfer against the simple predictors, people left out one at a time.

``gaitsmith benchmark speed --data DIR`` runs it; ``--page docs/results`` writes the page and the
figures behind it. Everything is a mean over people of the mean over that person's ordered
cross-speed pairs; identity pairs are never in.

Settings of the default (number of principal curves, share of the published change) are chosen anew
for every person left out, among :data:`GRID`, by leaving out each of the *other* people in turn;
variances and the width of bands come from the other people too. What was fixed by
hand before (form of the model, ranges, halves) was fixed while looking at these same development
people: the held people of each set are for the final word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.models.speed.baselines import BASELINES
from gaitsmith.models.speed.change import pairs
from gaitsmith.models.speed.default import SpeedConfig, StatisticalSpeed
from gaitsmith.models.speed.units import Units
from gaitsmith.studies import speed_units as sets
from gaitsmith.studies.speed_scores import DEFAULT, SEED, Answers, scores, sides

__all__ = ["GRID", "SEED", "chosen", "run"]

Array = npt.NDArray[np.float64]
Progress = Callable[[str], None]

#: Settings among which the training people choose.
GRID: tuple[SpeedConfig, ...] = tuple(
    SpeedConfig(components=k, prior_share=s) for k in (20, 30) for s in (0.5, 1.0)
)
# Subsets of sources a target, drawn where there are more.
_SUBSETS = 12
# Legs of gait_signatures in stroke people: its README.
_SIDES = {"a": "paretic", "b": "non-paretic"}


def _silent(_: str) -> None:
    """Nobody is watching."""


def chosen(units: Units, grid: tuple[SpeedConfig, ...] = GRID) -> StatisticalSpeed:
    """The model whose settings err least when each of these people is left out in turn."""
    best: tuple[float, StatisticalSpeed] | None = None
    for config in grid:
        model = StatisticalSpeed.fit(units, config, calibrate=False)
        found = model.errors(units)
        error = float(np.mean([np.abs(e).mean() for e, _ in found.values()]))
        if best is None or error < best[0]:
            best = (error, model.calibrated(found))
    assert best is not None
    return best[1]


def _one_by_one(
    model: StatisticalSpeed, train: Units, mine: Units, *, without: Sequence[str] = (),
    tempo: dict[str, float] | None = None,
) -> Answers:  # fmt: skip
    """Every pair of one leg of a person, each from one source; simple predictors learn from `train`.

    Errors of cadence and stride length go into `tempo`.
    """
    found = pairs(mine)
    t, s = found.T
    asked = [_asked(model, mine, [b], a) for a, b in found]
    guesses = {DEFAULT: np.stack([o["mean"] for o in asked])}
    for name in BASELINES:
        if name in without:
            continue
        simple = BASELINES[name](train)
        guesses[name] = np.stack([simple.predict(mine.take([b]), mine.speed[[a]])[0] for a, b in found])  # fmt: skip
    if tempo is not None:
        tempo |= _tempo_errors(np.array([o["cadence"] for o in asked]), mine, found)
    return Answers(
        mine.curves[t], guesses, mine.speed[s], mine.speed[t], mine.leg[t],
        np.array([o["held"] for o in asked]), float(np.mean([o["misfit"] for o in asked])),
    )  # fmt: skip


# --- lencioni2019 --------------------------------------------------------------------------------


def lencioni(
    data: Path, say: Progress = _silent, grid: tuple[SpeedConfig, ...] = GRID
) -> dict[str, Any]:
    """Single source, several sources, bands, cadence and stride length, rank."""
    units = sets.lencioni2019(data)
    people: dict[str, Answers] = {}
    tempo: dict[str, dict[str, float]] = {}
    several: dict[int, dict[str, float]] = {2: {}, 3: {}}
    settings = {}
    for person in np.unique(units.person):
        say(f"lencioni2019: {person}")
        train, mine = units.take(units.person != person), units.take(units.person == person)
        model = chosen(train, grid)
        settings[str(person)] = {k: model.config.to_dict()[k] for k in ("components", "prior_share", "ridge")}  # fmt: skip
        people[str(person)] = _one_by_one(
            model, train, mine, tempo=tempo.setdefault(str(person), {})
        )
        for k, each in several.items():
            value = _several(model, mine, k)
            if value is not None:
                each[str(person)] = value
    return {
        "people": len(people), "units": len(units), "data_digest": sets.digest(units), **scores(people, units),
        "several_sources_deg": {str(k): {"mean": float(np.mean(list(v.values()))), "people": len(v)} for k, v in several.items()},
        "tempo": {k: float(np.mean([t[k] for t in tempo.values()])) for k in next(iter(tempo.values()))},
        "settings": settings,
    }  # fmt: skip


def _asked(model: StatisticalSpeed, mine: Units, sources: list[int], target: int) -> dict[str, Any]:
    p = model.predict(mine.take(sources), mine.speed[[target]], strides=float(mine.count[target]))
    low, high = p.band()
    truth = mine.curves[target]
    return {
        "mean": p.mean[0], "error": float(np.abs(p.mean[0] - truth).mean()),
        "held": float(((truth >= low[0]) & (truth <= high[0])).mean()),
        "cadence": float(p.cadence[0]), "misfit": p.misfit,
    }  # fmt: skip


def _tempo_errors(own: Array, mine: Units, found: npt.NDArray[np.intp]) -> dict[str, float]:
    """Mean absolute errors of one person: ours, the source's cadence, and square-root scaling."""
    t, s = found.T
    truth, v = mine.cadence[t], mine.speed[t]
    guesses = {
        "default": own,
        "copy": mine.cadence[s],
        "square root of speed": mine.cadence[s] * np.sqrt(v / mine.speed[s]),
    }
    out = {f"{k}: cadence, steps/min": float(np.abs(g - truth).mean()) for k, g in guesses.items()}
    for k, g in guesses.items():
        out[f"{k}: stride length, cm"] = float(100 * np.abs(120 * v / g - 120 * v / truth).mean())
    return out


def _several(model: StatisticalSpeed, mine: Units, k: int) -> float | None:
    """Mean error over targets and subsets of k other speeds of the same leg."""
    rng = np.random.default_rng(SEED)
    values = []
    for t in range(len(mine)):
        others = [int(i) for i in np.flatnonzero(mine.leg == mine.leg[t]) if i != t]
        subsets = list(combinations(others, k))
        if len(subsets) > _SUBSETS:
            subsets = [subsets[i] for i in rng.choice(len(subsets), _SUBSETS, replace=False)]
        mean = [_asked(model, mine, list(s), t)["error"] for s in subsets]
        if mean:
            values.append(float(np.mean(mean)))
    return float(np.mean(values)) if values else None


# --- gait_signatures -----------------------------------------------------------------------------


def signatures(data: Path, say: Progress = _silent) -> dict[str, Any]:
    """Able-bodied and stroke people; settings are the defaults (too few people to choose by)."""
    units, healthy = sets.gait_signatures(data), sets.lencioni2019(data)
    # Nothing of the training people's standing is known here: shapes are compared, levels carried.
    grown = sets.adults(data, healthy)
    able = units.take(units.group == "able-bodied")
    rows = {
        "able-bodied; others + lencioni2019": ("able-bodied", able, healthy, False),
        "able-bodied; others + lencioni2019 adults": ("able-bodied", able, grown, False),
        "stroke; nothing from stroke": ("stroke", able, healthy, True),
        "stroke; other stroke people known": ("stroke", units, healthy, False),
    }
    out: dict[str, Any] = {"data_digest": sets.digest(units)}
    for title, (group, known, more, alike) in rows.items():
        say(f"gait_signatures: {title}")
        out[title] = _signature_row(units, group, known, more, alike)
    return out


def _signature_row(units: Units, group: str, known: Units, more: Units, alike: bool) -> dict[str, Any]:  # fmt: skip
    people = {}
    for person in np.unique(units.person[units.group == group]):
        mine = units.take(units.person == person)
        peers = known.take(known.person != person)
        # The simple predictors learn from this set's people only: from the group where it is known.
        same = peers if alike else peers.take(peers.group == group)
        # Where the group itself is known, healthy people's published change is not taken.
        settings = (
            SpeedConfig() if alike or group == "able-bodied" else SpeedConfig(prior_share=0.0)
        )
        model = StatisticalSpeed.fit(more.joined(peers), settings)
        simple = {n: fit(same) for n, fit in BASELINES.items()}
        asked = mine.replaced(group="able-bodied") if alike else mine
        people[str(person)] = both_legs(model, simple, mine, asked)
    out = scores(people, units.take(units.group == group))
    out["misfit"] = {p: a.misfit for p, a in people.items()}
    if group == "stroke":
        out["sides"] = sides(people, _SIDES)
    return out


def both_legs(
    model: StatisticalSpeed, simple: dict[str, Any], mine: Units, asked: Units
) -> Answers:
    """A treadmill person's pairs: both legs at one speed in, both at the others out.

    `asked` are the rows of `mine` as the model is told them (laboratory, group).
    """
    speeds, legs = np.unique(mine.speed), np.unique(mine.leg)
    truth, held, source, target, leg = [], [], [], [], []
    odd = list[float]()
    guesses: dict[str, list[Array]] = {n: [] for n in (DEFAULT, *simple)}
    for v in speeds:
        own, rest = asked.take(mine.speed == v), speeds[speeds != v]
        real = np.concatenate([_rows(mine, side, rest) for side in legs])
        p = model.predict(own, rest, zero_known=False, strides=float(mine.count[0]))
        low, high = p.band()
        guesses[DEFAULT].append(p.mean)
        for n, s in simple.items():
            guesses[n].append(np.concatenate([s.predict(own.take(own.leg == side), rest) for side in legs]))  # fmt: skip
        truth.append(real)
        held.append(((real >= low) & (real <= high)).mean(axis=(1, 2)))
        odd.append(p.misfit)
        source.append(np.full(len(real), v))
        target.append(np.tile(rest, len(legs)))
        leg.append(np.repeat(legs, len(rest)))
    return Answers(
        np.concatenate(truth), {n: np.concatenate(g) for n, g in guesses.items()}, np.concatenate(source),
        np.concatenate(target), np.concatenate(leg), np.concatenate(held), float(np.mean(odd)),
    )  # fmt: skip


def _rows(units: Units, leg: str, speeds: Array) -> Array:
    mine = units.take(units.leg == leg)
    return mine.curves[[int(np.argmin(np.abs(mine.speed - v))) for v in speeds]]


# --- hood2020_ankle ------------------------------------------------------------------------------


def hood(
    data: Path, say: Progress = _silent, which: Sequence[str] = ("prosthetic", "intact")
) -> dict[str, Any]:
    """The ankle of people with a prosthesis, each side by itself; learnt from the other people."""
    out: dict[str, Any] = {}
    # The published change is of ankles without a prosthesis: it is not used.
    config = SpeedConfig(prior_share=0.0, components=8)
    for side in which:
        say(f"hood2020_ankle: {side}")
        units = sets.hood2020_ankle(data, side)
        people = {}
        for person in np.unique(units.person):
            train, mine = units.take(units.person != person), units.take(units.person == person)
            people[str(person)] = _one_by_one(StatisticalSpeed.fit(train, config), train, mine,
                                              without=("copy + published delta",))  # fmt: skip
        out[side] = {**scores(people, units), "data_digest": sets.digest(units)}
    return out


def shipped(data: Path, say: Progress = _silent) -> dict[str, Any]:
    """The bundled weights on sets that they never saw (:mod:`gaitsmith.studies.speed_shipped`)."""
    from gaitsmith.studies.speed_shipped import run as measured

    return measured(data, say)


PARTS: dict[str, Callable[[Path, Progress], dict[str, Any]]] = {
    "lencioni2019": lencioni,
    "gait_signatures": signatures,
    "hood2020_ankle": hood,
    "as shipped": shipped,
}


def run(data: Path, parts: Sequence[str] | None = None, say: Progress = _silent) -> dict[str, Any]:
    """Every part (or those named) as plain values.

    Raises
    ------
    GaitsmithError
        Where a part's name is unknown or its set is not below `data`.
    """
    from gaitsmith.errors import check_in

    return {n: PARTS[check_in("part", n, PARTS)](data, say) for n in (parts or PARTS)}
