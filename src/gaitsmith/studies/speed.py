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

from collections.abc import Callable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.gait.metrics.people import paired_difference
from gaitsmith.models.speed.baselines import BASELINES
from gaitsmith.models.speed.change import pairs
from gaitsmith.models.speed.default import SpeedConfig, StatisticalSpeed
from gaitsmith.models.speed.units import Units
from gaitsmith.studies import speed_units as sets

__all__ = ["GRID", "chosen", "run"]

Array = npt.NDArray[np.float64]
Progress = Callable[[str], None]

SEED = 0
#: |Δv| (m/s): all, and the three bands of the tables.
BANDS = {"all": (0.0, 9.0), "<0.15": (0.0, 0.15), "0.15-0.45": (0.15, 0.45), ">0.45": (0.45, 9.0)}
#: Settings among which the training people choose.
GRID: tuple[SpeedConfig, ...] = tuple(
    SpeedConfig(components=k, prior_share=s) for k in (20, 30) for s in (0.5, 1.0)
)
# Subsets of sources a target, drawn where there are more.
_SUBSETS = 12
# People with a curve this near (m/s) to the wanted speed are in the ranking.
_RANK_NEAR = 0.075
_DEFAULT = "default"
_REFERENCE = "copy + linear delta"


def _silent(_: str) -> None:
    """Nobody is watching."""


def chosen(units: Units, grid: tuple[SpeedConfig, ...] = GRID) -> StatisticalSpeed:
    """The model whose settings err least when each of these people is left out in turn."""
    best: tuple[float, StatisticalSpeed] | None = None
    for config in grid:
        model = StatisticalSpeed.fit(units, config)
        error = float(np.mean([np.abs(e).mean() for e, _ in model.errors(units).values()]))
        if best is None or error < best[0]:
            best = (error, model)
    assert best is not None
    return best[1]


def _by_person(
    values: Mapping[str, Array], far: Mapping[str, Array]
) -> dict[str, dict[str, float]]:
    """Band -> person -> mean."""
    out: dict[str, dict[str, float]] = {}
    for band, (low, high) in BANDS.items():
        out[band] = {}
        for person, value in values.items():
            at = (far[person] >= low) & (far[person] < high)
            if at.any():
                out[band][person] = float(value[at].mean())
    return out


def _table(errors: Mapping[str, Mapping[str, Array]], far: Mapping[str, Array]) -> dict[str, Any]:
    """Rows by method with bands, and the default's difference from copy + linear delta."""
    people = {m: _by_person(e, far) for m, e in errors.items()}
    rows = {m: {b: float(np.mean(list(v.values()))) for b, v in p.items() if v} for m, p in people.items()}  # fmt: skip
    mine, other = people[_DEFAULT]["all"], people[_REFERENCE]["all"]
    names = list(mine)
    gap = paired_difference([mine[p] for p in names], [other[p] for p in names], seed=SEED)
    return {
        "mae_deg": rows,
        "by_person_deg": {m: p["all"] for m, p in people.items()},
        "default_minus_reference": {
            "reference": _REFERENCE, "mean_deg": gap.mean, "low_deg": gap.low, "high_deg": gap.high,
            "percent": 100 * gap.mean / rows[_REFERENCE]["all"],
            "people_better": int(sum(mine[p] < other[p] for p in names)), "people": len(names),
        },
    }  # fmt: skip


# --- lencioni2019 --------------------------------------------------------------------------------


def lencioni(
    data: Path, say: Progress = _silent, grid: tuple[SpeedConfig, ...] = GRID
) -> dict[str, Any]:
    """Single source, several sources, bands, cadence and stride length, rank."""
    units = sets.lencioni2019(data)
    errors: dict[str, dict[str, Array]] = {n: {} for n in (_DEFAULT, *BASELINES)}
    far: dict[str, Array] = {}
    tempo: dict[str, dict[str, float]] = {}
    held: dict[str, float] = {}
    several: dict[int, dict[str, float]] = {2: {}, 3: {}}
    settings, places = {}, []
    for person in np.unique(units.person):
        say(f"lencioni2019: {person}")
        train, mine = units.take(units.person != person), units.take(units.person == person)
        model = chosen(train, grid)
        settings[str(person)] = {k: model.config.to_dict()[k] for k in ("components", "prior_share", "ridge")}  # fmt: skip
        found = pairs(mine)
        far[person] = np.abs(mine.speed[found[:, 0]] - mine.speed[found[:, 1]])
        for name, fit in BASELINES.items():
            simple = fit(train)
            errors[name][person] = np.array([
                np.abs(simple.predict(mine.take([s]), mine.speed[[t]])[0] - mine.curves[t]).mean()
                for t, s in found
            ])  # fmt: skip
        own = [_asked(model, mine, [s], t) for t, s in found]
        errors[_DEFAULT][person] = np.array([o["error"] for o in own])
        held[person] = float(np.mean([o["held"] for o in own]))
        tempo[person] = _tempo_errors(own, mine, found)
        places += [p for o, (t, _) in zip(own, found, strict=True) if (p := _place(o["mean"], t, mine, train))]  # fmt: skip
        for k, people in several.items():
            value = _several(model, mine, k)
            if value is not None:
                people[person] = value
    return {
        "people": len(far), "pairs": int(sum(len(f) for f in far.values())),
        "units": len(units), "data_digest": sets.digest(units), **_table(errors, far),
        "several_sources_deg": {str(k): {"mean": float(np.mean(list(v.values()))), "people": len(v)} for k, v in several.items()},
        "coverage_90": {"mean": float(np.mean(list(held.values()))), "least": min(held.values()), "by_person": held},
        "tempo": {k: float(np.mean([t[k] for t in tempo.values()])) for k in next(iter(tempo.values()))},
        "rank": {"mean": float(np.mean([p[0] for p in places])), "control": float(np.mean([p[1] for p in places])),
                 "candidates": float(np.mean([p[2] for p in places])), "pairs": len(places)},
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


def _tempo_errors(own: list[dict[str, Any]], mine: Units, found: npt.NDArray[np.intp]) -> dict[str, float]:  # fmt: skip
    """Mean absolute errors of one person: ours, the source's cadence, and square-root scaling."""
    t, s = found.T
    truth, v = mine.cadence[t], mine.speed[t]
    guesses = {
        "default": np.array([o["cadence"] for o in own]),
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


def _place(made: Array, t: int, mine: Units, train: Units) -> tuple[float, float, int] | None:
    """Place of the right person, mean place of a wrong one, and how many there are.

    The second is the rank control: a curve made from somebody else asks for its place.
    """
    near = np.abs(train.speed - mine.speed[t]) < _RANK_NEAR
    distance = np.abs(train.curves[near] - made).mean(axis=(1, 2))
    others = np.array([distance[train.person[near] == p].min() for p in np.unique(train.person[near])])  # fmt: skip
    if not len(others):
        return None
    own = np.abs(mine.curves[t] - made).mean()
    all_ = np.append(others, own)
    places = 1.0 + (all_[:, None] > all_[None]).sum(axis=1)
    return float(places[-1]), float(places[:-1].mean()), len(all_)


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
    errors: dict[str, dict[str, Array]] = {n: {} for n in (_DEFAULT, _REFERENCE, "copy")}
    far, held, misfit = {}, {}, {}
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
        asked = mine.replaced(group="able-bodied") if alike else mine
        speeds = np.unique(mine.speed)
        rows: dict[str, list[float]] = {n: [] for n in errors}
        gaps, inside, odd = [], [], []
        simple = {n: BASELINES[n](same) for n in (_REFERENCE, "copy")}
        for v in speeds:
            source, rest = asked.take(mine.speed == v), speeds[speeds != v]
            truth = np.concatenate([_rows(mine, leg, rest) for leg in np.unique(mine.leg)])
            p = model.predict(source, rest, zero_known=False, strides=float(mine.count[0]))
            guesses = {_DEFAULT: p.mean}
            for n, s in simple.items():
                guesses[n] = np.concatenate([
                    s.predict(source.take(source.leg == leg), rest) for leg in np.unique(mine.leg)
                ])  # fmt: skip
            low, high = p.band()
            inside.append(((truth >= low) & (truth <= high)).mean())
            odd.append(p.misfit)
            gaps += list(np.abs(rest - v))
            for n, g in guesses.items():
                each = np.abs(g - truth).mean(axis=(1, 2)).reshape(-1, len(rest)).mean(axis=0)
                rows[n] += list(each)
        for n, row in rows.items():
            errors[n][person] = np.array(row)
        far[person], held[person], misfit[person] = np.array(gaps), float(np.mean(inside)), float(np.mean(odd))  # fmt: skip
    return {
        **_table(errors, far), "misfit": misfit,
        "coverage_90": {"mean": float(np.mean(list(held.values()))), "least": min(held.values()), "by_person": held},
    }  # fmt: skip


def _rows(units: Units, leg: str, speeds: Array) -> Array:
    mine = units.take(units.leg == leg)
    return mine.curves[[int(np.argmin(np.abs(mine.speed - v))) for v in speeds]]


# --- hood2020_ankle ------------------------------------------------------------------------------


def hood(data: Path, say: Progress = _silent) -> dict[str, Any]:
    """The ankle of people with a prosthesis, each side by itself; learnt from the other people."""
    out: dict[str, Any] = {}
    # The published change is of ankles without a prosthesis: it is not used.
    config = SpeedConfig(prior_share=0.0, components=8)
    for side in ("prosthetic", "intact"):
        say(f"hood2020_ankle: {side}")
        units = sets.hood2020_ankle(data, side)
        errors: dict[str, dict[str, Array]] = {n: {} for n in (_DEFAULT, _REFERENCE, "copy")}
        far, held = {}, {}
        for person in np.unique(units.person):
            train, mine = units.take(units.person != person), units.take(units.person == person)
            model, found = StatisticalSpeed.fit(train, config), pairs(mine)
            far[person] = np.abs(mine.speed[found[:, 0]] - mine.speed[found[:, 1]])
            own = [_asked(model, mine, [s], t) for t, s in found]
            errors[_DEFAULT][person] = np.array([o["error"] for o in own])
            held[person] = float(np.mean([o["held"] for o in own]))
            for n in (_REFERENCE, "copy"):
                simple = BASELINES[n](train)
                errors[n][person] = np.array([
                    np.abs(simple.predict(mine.take([s]), mine.speed[[t]])[0] - mine.curves[t]).mean()
                    for t, s in found
                ])  # fmt: skip
        out[side] = {
            **_table(errors, far), "data_digest": sets.digest(units),
            "coverage_90": {"mean": float(np.mean(list(held.values()))), "least": min(held.values()), "by_person": held},
        }  # fmt: skip
    return out


PARTS: dict[str, Callable[[Path, Progress], dict[str, Any]]] = {
    "lencioni2019": lencioni,
    "gait_signatures": signatures,
    "hood2020_ankle": hood,
}


def run(data: Path, parts: list[str] | None = None, say: Progress = _silent) -> dict[str, Any]:
    """Every part (or those named) as plain values.

    Raises
    ------
    GaitsmithError
        Where a part's name is unknown or its set is not below `data`.
    """
    from gaitsmith.errors import check_in

    return {n: PARTS[check_in("part", n, PARTS)](data, say) for n in (parts or PARTS)}
