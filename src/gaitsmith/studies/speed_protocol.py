"""The published protocol of speed transfer on sequences: cycle MAE, r, rank, cadence, source speeds.

Dinesh et al. (2026): a person's 30 s at one speed in, 30 s at another out. Every ordered pair of a
grid of speeds, identity pairs apart; each test person's mean over pairs, then over people, with
bootstrap intervals over people. The rank is the place of the right person when the generated
sequence is compared with everybody's real one at the wanted speed; its control asks for the place
of another person taken at random. The number of source speeds: every subset of the grid, each
target from its nearest source (ties to the lower).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, pairwise
from time import process_time
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import MissingInputError
from gaitsmith.gait.metrics.cycles import nearest_source, rank, rank_control
from gaitsmith.gait.metrics.people import paired_difference
from gaitsmith.models.speed.sequences import Sequences
from gaitsmith.studies.sequence_measures import Cycles, compared
from gaitsmith.studies.sequence_predictors import Predictor

__all__ = ["GRID", "evaluate", "sources_curve", "table"]

Array = npt.NDArray[np.float64]
Asked = list[tuple[str, float, float]]
Progress = Callable[[str], None]
SEED = 0
#: Source speeds (m/s) of the published baselines, here of every predictor; targets are the same.
GRID = (0.55, 0.80, 1.05, 1.30, 1.55, 1.80)
# |Δv| (m/s) of the error's rows; the first holds the identity pairs.
_BANDS = (0.0, 0.01, 0.3, 0.6, 0.9, 2.0)


def _silent(_: str) -> None:
    """Nobody is watching."""


def evaluate(
    predictors: Mapping[str, Predictor], data: Sequences, test: Sequence[str], *,
    speeds: Sequence[float] = GRID, walked: Mapping[tuple[str, float], float] | None = None,
    say: Progress = _silent,
) -> dict[str, Any]:  # fmt: skip
    """Every predictor on every ordered pair of speeds of every test person.

    Parameters
    ----------
    data
        Everybody's sequences: those of the test people, and of those among whom they are ranked.
    test
        People whom no predictor has learnt from.
    walked
        The speed (m/s) that a person truly walks at a speed of the grid, where it is another:
        predictors are told it.

    Raises
    ------
    MissingInputError
        Where somebody has no sequence at one of the speeds.
    """
    speeds = [round(float(v), 3) for v in speeds]
    rows = {(str(p), round(float(v), 3)): i for i, (p, v) in enumerate(zip(data.person, data.speed, strict=True))}  # fmt: skip
    lacking = [(p, v) for p in data.people for v in speeds if (p, v) not in rows]
    if lacking:
        raise MissingInputError("the protocol needs everybody at every speed", place="sequences",
                                found=f"nothing of {lacking[0][0]} at {lacking[0][1]} m/s")  # fmt: skip
    real = {k: Cycles.of(data.angles[i]) for k, i in rows.items() if k[1] in speeds}
    asked = [(p, s, t) for p in test for s in speeds for t in speeds]
    source = np.stack([data.angles[rows[p, s]] for p, s, _ in asked])
    true = walked or {}
    v_src = np.array([true.get((p, s), s) for p, s, _ in asked])
    v_tgt = np.array([true.get((p, t), t) for p, _, t in asked])
    out = {}
    for name, predictor in predictors.items():
        say(name)
        began = process_time()
        made = predictor(source, v_src, v_tgt)
        seconds = (process_time() - began) / len(made)
        out[name] = _scores(made, asked, real, data.people, speeds=speeds) | {"seconds": seconds}
    return {"people": list(test), "ranked_among": len(data.people), "speeds": speeds,
            "pairs": len(asked), "predictors": out}  # fmt: skip


def _scores(
    made: Array, asked: Asked, real: Mapping[tuple[str, float], Cycles], people: list[str], *,
    speeds: Sequence[float],
) -> dict[str, Any]:  # fmt: skip
    n = len(speeds)
    errors = np.full((len(asked), len(people)), np.nan)
    r = np.full(len(asked), np.nan)
    counted, exact = np.full((len(asked), 2), np.nan), np.full((len(asked), 2), np.nan)
    own = np.array([people.index(p) for p, _, _ in asked])
    for i, (p, _, t) in enumerate(asked):
        mine, truth = Cycles.of(made[i]), real[p, t]
        if not (mine.whole and truth.whole):
            continue
        for k, other in enumerate(people):
            errors[i, k], alike = compared(real[other, t], mine)
            r[i] = alike if k == own[i] else r[i]
        counted[i], exact[i] = (mine.cadence, truth.cadence), (mine.rate, truth.rate)
    mae = errors[np.arange(len(asked)), own].reshape(-1, n, n)
    ranked = np.isfinite(errors).all(axis=1) & np.array([s != t for _, s, t in asked])
    places = np.full(len(asked), np.nan)
    places[ranked] = rank(errors[ranked], own[ranked])
    wrong = np.abs(counted[:, 0] - counted[:, 1])
    far = np.abs([[t - s for t in speeds] for s in speeds])
    return {
        "mae": mae, "r": r.reshape(mae.shape), "rank": places.reshape(mae.shape),
        "rank_control": rank_control(errors[ranked], own[ranked].tolist(), seed=SEED),
        "cadence": wrong.reshape(mae.shape), "cadence_percent": (100 * wrong / counted[:, 1]).reshape(mae.shape),
        "cadence_exact": np.abs(exact[:, 0] - exact[:, 1]).reshape(mae.shape),
        "without_cycles": int(np.isnan(mae).sum()),
        "by_distance": [
            {"from": a, "to": b, "mae": float(np.nanmean(mae[:, at]))}
            for a, b in pairwise(_BANDS) if (at := (far >= a) & (far < b)).any()
        ],
        "sources": sources_curve(mae, speeds),
    }  # fmt: skip


def sources_curve(mae: Array, speeds: Sequence[float]) -> list[dict[str, float]]:
    """Mean MAE with 1, 2, … source speeds: all subsets, each target from its nearest source.

    mae is person × source × target. ``mae`` counts every target, as published; ``new`` only those
    that are no source themselves.
    """
    n, out = len(speeds), []
    place = {v: i for i, v in enumerate(speeds)}
    for k in range(1, n + 1):
        every, new = list[float](), list[float]()
        for subset in combinations(speeds, k):
            near = [place[nearest_source(t, subset)] for t in speeds]
            values = np.nanmean(mae[:, near, np.arange(n)], axis=0)
            every += list(values)
            new += [values[i] for i, t in enumerate(speeds) if t not in subset]
        out.append({"sources": k, "mae": float(np.mean(every)), "new": float(np.mean(new)) if new else None})  # fmt: skip
    return out  # type: ignore[return-value]


def by_person(value: Array, *, cross: bool | None) -> Array:
    """Mean of each person (person × source × target) over pairs: all (None), cross-speed, identity."""
    same = np.eye(value.shape[1], dtype=bool)
    keep = np.ones_like(same) if cross is None else (~same if cross else same)
    return np.asarray(np.nanmean(value[:, keep], axis=1))


def table(result: Mapping[str, Any], reference: str = "copy") -> dict[str, dict[str, Any]]:
    """A row a predictor: means over people, and cycle MAE against a reference with its interval."""
    out: dict[str, dict[str, Any]] = {}
    base = by_person(result["predictors"][reference]["mae"], cross=True)
    for name, s in result["predictors"].items():
        cross = by_person(s["mae"], cross=True)
        gap = paired_difference(cross, base, seed=SEED)
        mean = paired_difference(cross, np.zeros_like(cross), seed=SEED)
        out[name] = {
            "mae_all": float(by_person(s["mae"], cross=None).mean()), "mae_cross": mean.mean,
            "mae_cross_95": [mean.low, mean.high],
            "mae_identity": float(by_person(s["mae"], cross=False).mean()),
            "minus_reference": [gap.mean, gap.low, gap.high],
            "r": float(by_person(s["r"], cross=None).mean()), "rank": float(np.nanmean(s["rank"])),
            "rank_control": s["rank_control"],
            "cadence": float(by_person(s["cadence"], cross=None).mean()),
            "cadence_percent": float(by_person(s["cadence_percent"], cross=None).mean()),
            "cadence_cross": float(by_person(s["cadence"], cross=True).mean()),
            "cadence_exact_cross": float(by_person(s["cadence_exact"], cross=True).mean()),
            "by_distance": s["by_distance"], "sources": s["sources"],
            "heat_map": np.nanmean(s["mae"], axis=0).round(3).tolist(),
            "without_cycles": s["without_cycles"], "seconds": s["seconds"],
        }  # fmt: skip
    return out
