"""Bands that hold as stated: factors on the SD, chosen by leaving training people out.

Each training person is left out with the chosen weights of shapes kept; a personal model is made
from one and from five of the person's cycles, and the errors of the next cycles and of removed
stretches are set against the SDs. The factor of a level is the one at which that share of the
samples lies inside, each person counted once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.models.fewshot.learning import assembled, parted

if TYPE_CHECKING:
    from gaitsmith.models.fewshot.default import FewShotConfig

__all__ = ["DAMAGES", "LEVELS", "calibrated", "corruptions", "damage", "held_out"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
#: Levels of the calibrated bands.
LEVELS = np.array([0.5, 0.8, 0.9, 0.95])
#: Kinds of damage, each with its own noise and bands.
DAMAGES = ("span", "half", "sensor", "noise")
_NORMAL = np.array([0.6745, 1.2816, 1.6449, 1.9600])
# Noise of a damaged cycle, among which each kind of damage chooses: variance (z²) that is smooth over a
# few samples, and that of a sample by itself (ours).
_NOISES = ((0.02, 0.0), (0.06, 0.0), (0.2, 0.0), (0.6, 0.0), (0.0, 0.03), (0.0, 0.1), (0.0, 0.25))
_START = (0.2, 0.0)
#: SD (z) of the noise that is added.
NOISE = 0.3
_DRAWS = 1
_QUERIES = 3


def damage(seen: Mask) -> int:
    """Which of ``DAMAGES`` a mask (time × channel, True where observed) is most like.

    A channel with less than a tenth of its samples: a sensor; else a gap of 15 % of the cycle or
    more: a span; else scattered samples.
    """
    if (seen.mean(axis=0) < 0.1).any() and not (seen.mean(axis=0) < 0.1).all():
        return 2
    time = len(seen)
    for column in seen.T:
        edges = np.flatnonzero(np.concatenate([[True], column, [True]]))
        if np.diff(edges).max() - 1 >= 0.15 * time:
            return 0
    return 1


def corruptions(shape: tuple[int, int], rng: np.random.Generator) -> dict[str, Mask]:
    """True where a sample is left: 30 % span gone, half of the samples gone, a sensor gone.

    The sensor is one half of the channels (acceleration or rate); cycles with an odd number of
    channels lose their first third.
    """
    time, channels = shape
    span = np.ones(shape, bool)
    at = int(rng.integers(0, time - round(0.3 * time) + 1))
    span[at : at + round(0.3 * time)] = False
    sensor = np.ones(shape, bool)
    if channels == 6:
        first = int(rng.integers(0, 2)) * 3
        sensor[:, first : first + 3] = False
    else:
        lost = max(1, channels // 3)
        sensor[:, rng.permutation(channels)[:lost]] = False
    return {"span": span, "half": rng.random(shape) > 0.5, "sensor": sensor}


def held_out(unit: Cycles, count: int, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Rows of support and queries of one leg: halves where the order is known."""
    n = len(unit)
    if np.isfinite(unit.start).all() and n >= 16:
        support = rng.choice(n // 2, min(count, n // 2), replace=False)
        return support, np.arange(n // 2, n)
    support = rng.choice(n, min(count, n - 1), replace=False)
    return support, np.setdiff1d(np.arange(n), support)


def calibrated(
    clean: Cycles, config: FewShotConfig, weights: dict[str, npt.NDArray[Any]],
    chosen: dict[str, float], shares: dict[int, float],
) -> dict[str, npt.NDArray[Any]]:  # fmt: skip
    """The weights with noise of reconstruction, stride spread and factors of bands."""
    from gaitsmith.models.fewshot.default import FewShot

    weights = {**weights, "firm": np.array(_firm(weights))}
    plain = {"factors_next": _NORMAL, "factors_fill": np.tile(_NORMAL, (4, 1)),
             "fill_chosen": np.tile(_START, (4, 1))}  # fmt: skip
    left = {}
    for person in clean.people:
        others = clean.take(clean.person != person)
        made, _, _ = assembled(others, config, chosen, shares, weights)
        left[person] = FewShot(config, {**weights, **made, **plain, "firm": weights["firm"]})

    def tried(settings: Array) -> dict[str, Any]:
        return {p: FewShot(config, {**m.weights, "fill_chosen": settings})
                for p, m in left.items()}  # fmt: skip

    settings = np.tile(_START, (4, 1))
    if not config.repairs:
        models = tried(settings)
        return {**weights, "fill_chosen": settings, "factors_fill": np.tile(_NORMAL, (4, 1)),
                "factors_next": _factors(_nexts(clean, models))}  # fmt: skip
    found = np.array([_fills(clean, tried(np.tile(n, (4, 1))), draws=1, queries=1)[0] for n in _NOISES])  # fmt: skip
    settings = np.array(_NOISES)[np.argmin(found, axis=0)]
    models = tried(settings)
    _, filled = _fills(clean, models, draws=_DRAWS, queries=_QUERIES)
    return {
        **weights, "fill_chosen": settings,
        "factors_next": _factors(_nexts(clean, models)),
        "factors_fill": np.stack([_factors(f) for f in filled]),
    }  # fmt: skip


def _firm(weights: dict[str, npt.NDArray[Any]]) -> float:
    """Strides that the population's stride variance counts for: moments of people's log variances."""
    ratio = np.log(weights["spreads"] / weights["stride_total"])
    between = float(np.var(ratio))
    # A variance of n effective degrees has a log variance of 2 / n; strides have some ten each (ours).
    return float(np.clip(2.0 / 10.0 / max(between, 1e-3), 0.2, 50.0))


def _known(unit: Cycles, i: int) -> float:
    return float(unit.speed[i])


def _nexts(clean: Cycles, models: dict[str, Any]) -> dict[str, Array]:
    """Person -> |error| / SD of next cycles."""
    out: dict[str, Array] = {}
    for k, (person, model) in enumerate(models.items()):
        rng, ratio = np.random.default_rng([0, k]), []
        for p in parted(clean):
            unit = clean.take(p)
            if unit.person[0] != person or len(unit) < 4:
                continue
            for count in (1, 5) * _DRAWS:
                support, queries = held_out(unit, count, rng)
                own = model.adapt(unit.take(support))
                for q in rng.permutation(queries)[:_QUERIES]:
                    band = own.predict(speed_m_s=_known(unit, q))
                    ratio.append(np.abs(unit.data[q] - band.mean) / band.sd)
        if ratio:
            out[person] = np.concatenate([r.ravel() for r in ratio])
    return out


def _fills(
    clean: Cycles, models: dict[str, Any], draws: int, queries: int
) -> tuple[Array, list[dict[str, Array]]]:
    """For each kind of damage the mean squared error (z) over people, and person -> |error| / SD."""
    errors: list[list[float]] = [[], [], [], []]
    ratios: list[dict[str, Array]] = [{}, {}, {}, {}]
    for k, (person, model) in enumerate(models.items()):
        rng = np.random.default_rng([1, k])
        mine: list[list[float]] = [[], [], [], []]
        ratio: list[list[Array]] = [[], [], [], []]
        scale = model.weights["scale"]
        for p in parted(clean):
            unit = clean.take(p)
            if unit.person[0] != person or len(unit) < 4:
                continue
            for count in (1, 5) * draws:
                support, rest = held_out(unit, count, rng)
                own = model.adapt(unit.take(support))
                for q in rng.permutation(rest)[:queries]:
                    truth = unit.data[q]
                    ways = [*corruptions(model.shape, rng).values(), np.ones(model.shape, bool)]
                    noisy = truth + NOISE * scale * rng.standard_normal(model.shape)
                    for i, seen in enumerate(ways):
                        last = i == len(ways) - 1
                        band = own.reconstruct(
                            noisy if last else truth, seen, speed_m_s=_known(unit, q),
                            noise=NOISE * scale if last else None, kind=DAMAGES[i],
                        )  # fmt: skip
                        error, at = np.abs(truth - band.mean), seen if last else ~seen
                        mine[i].append(float(np.square(error / scale)[at].mean()))
                        ratio[i].append((error / np.maximum(band.sd, 1e-12))[at])
        for i in range(4):
            if ratio[i]:
                ratios[i][person] = np.concatenate(ratio[i])
                errors[i].append(float(np.mean(mine[i])))
    return np.array([np.mean(e) for e in errors]), ratios


def _factors(ratio: dict[str, Array]) -> Array:
    """Factor of each level: people's mean share inside is that level."""
    grid = np.arange(0.2, 6.0, 0.01)
    held = np.mean([np.searchsorted(np.sort(r), grid) / len(r) for r in ratio.values()], axis=0)
    return np.array(
        [float(grid[min(int(np.searchsorted(held, x)), len(grid) - 1)]) for x in LEVELS]
    )
