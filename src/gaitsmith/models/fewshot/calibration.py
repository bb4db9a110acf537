"""Bands that hold as stated: factors on the SD, chosen by leaving training people out.

Each training person is left out with the chosen weights of shapes kept; a personal model is made
from one and from five of the person's cycles, and the errors of the next cycles and of removed
stretches are set against the SDs. The factor of a level is the one at which that share of the
samples lies inside, each person counted once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.models.fewshot.learning import assembled, parted

if TYPE_CHECKING:
    from gaitsmith.models.fewshot.default import FewShotConfig
    from gaitsmith.models.fewshot.prior import Tuned

__all__ = ["DAMAGES", "LEVELS", "calibrated", "corruptions", "damage", "held_out"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
#: Levels of the calibrated bands.
LEVELS = np.array([0.5, 0.8, 0.9, 0.95])
#: Kinds of damage, each with its own noise and bands.
DAMAGES = ("span", "half", "sensor", "noise")
_NORMAL = np.array([0.6745, 1.2816, 1.6449, 1.9600])
# Share of the stride variance that is smooth over a few samples only, width (strides) of the taper of
# covariances over time, and what is believed of those between channels, among which each kind of damage
# chooses (ours).
_SETTINGS = (
    (0.3, 0.1, 1.0), (0.6, 0.1, 1.0), (0.1, 0.25, 1.0), (0.1, np.inf, 1.0), (0.02, np.inf, 1.0), (0.1, np.inf, 0.4),
)  # fmt: skip
# Pull of the power of a person's energy to 0, in people (ours).
_PULL = 2.0
# See _factors (ours).
_LEAST, _SPARE = 0.15, 0.015
#: SD (z) of the noise that is added.
NOISE = 0.3
_DRAWS = 4
_QUERIES = 4
_FILLS = 1


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
    clean: Cycles, config: FewShotConfig, weights: dict[str, npt.NDArray[Any]], chosen: Tuned,
) -> dict[str, npt.NDArray[Any]]:  # fmt: skip
    """The weights with settings of reconstruction, stride spread and factors of bands."""
    from gaitsmith.models.fewshot.default import FewShot

    plain = {"factors_next": _NORMAL, "factors_fill": np.tile(_NORMAL, (4, 1)), "energy": np.array([0.0, 1.0]),
             "fill_chosen": np.tile(_SETTINGS[0], (4, 1)), "firm": np.array(_firm(weights))}  # fmt: skip
    weights = {**weights, **plain}
    left = {}
    for person in clean.people:
        others = clean.take(clean.person != person)
        made, _ = assembled(others, config, chosen, weights)
        left[person] = FewShot(config, {**weights, **made, **plain})
    draws = _nexts(clean, left)
    energy = _power(draws)
    weights |= {"energy": energy, "factors_next": _factors(_scaled(draws, energy))}
    if not config.repairs:
        return weights
    cases = list(_cases(clean, left))
    errors = np.array([_errors(cases, s) for s in _SETTINGS])
    settings = np.array(_SETTINGS)[np.argmin(errors, axis=0)]
    return {
        **weights, "fill_chosen": settings,
        "factors_fill": np.stack([_factors(f) for f in _ratios(cases, settings)]),
    }  # fmt: skip


def _firm(weights: dict[str, npt.NDArray[Any]]) -> float:
    """Strides that the population's stride variance counts for: moments of people's log variances."""
    ratio = np.log(weights["spreads"] / weights["stride_total"])
    between = float(np.var(ratio))
    # A variance of n effective degrees has a log variance of 2 / n; strides have some ten each (ours).
    return float(np.clip(2.0 / 10.0 / max(between, 1e-3), 0.2, 50.0))


def _known(unit: Cycles, i: int) -> float:
    return float(unit.speed[i])


@dataclass(frozen=True, eq=False)
class _Draw:
    """One draw of support cycles of a person left out: the energy of the support, and |error| / SD."""

    person: str
    count: int
    energy: float
    ratio: Array


def _nexts(clean: Cycles, models: dict[str, Any]) -> list[_Draw]:
    """Next cycles of people left out."""
    out = []
    for k, (person, model) in enumerate(models.items()):
        rng = np.random.default_rng([0, k])
        for p in parted(clean):
            unit = clean.take(p)
            if unit.person[0] != person or len(unit) < 4:
                continue
            for count in (1, 5) * _DRAWS:
                support, queries = held_out(unit, count, rng)
                own = model.adapt(unit.take(support))
                some = []
                for q in rng.permutation(queries)[:_QUERIES]:
                    band = own.predict(speed_m_s=_known(unit, q))
                    some.append(np.abs(unit.data[q] - band.mean) / band.sd)
                out.append(_Draw(person, count, own.energy, np.stack(some)))
    return out


def _power(draws: list[_Draw]) -> Array:
    """Power of the support's energy that the size of errors goes with, and the usual energy.

    Slope of log RMS error on log energy over draws of people left out, one level for each number of
    cycles, drawn to 0 as so many more people without such a slope would.
    """
    x = np.log([d.energy for d in draws])
    y = 0.5 * np.log([np.mean(np.square(d.ratio)) for d in draws])
    usual = float(np.exp(x.mean()))
    for k in {d.count for d in draws}:
        at = np.array([d.count == k for d in draws])
        x[at] -= x[at].mean()
        y[at] -= y[at].mean()
    people = len({d.person for d in draws})
    slope = float(x @ y / (x @ x * (1.0 + _PULL / people) + 1e-12))
    return np.array([np.clip(slope, 0.0, 1.0), usual])


def _scaled(draws: list[_Draw], energy: Array) -> dict[str, Array]:
    """Person and number of cycles -> |error| / SD with the person's own width."""
    from gaitsmith.models.fewshot.person import widened

    out: dict[str, list[Array]] = {}
    for d in draws:
        out.setdefault(f"{d.person} {d.count}", []).append(
            d.ratio.ravel() / widened(d.energy, energy)
        )
    return {p: np.concatenate(v) for p, v in out.items()}


@dataclass(frozen=True, eq=False)
class _Case:
    """A damaged cycle of a person left out; errors and SDs are of z-scores."""

    person: str
    own: Any
    kind: int
    truth: Array
    given: Array
    seen: Mask
    speed: float
    noise: Array | None

    def made(self) -> tuple[Array, Array]:
        """|error| and SD where the cycle was damaged, with the model's setting for the kind."""
        scale = self.own.model.weights["scale"]
        band = self.own.reconstruct(self.given, self.seen, speed_m_s=self.speed, noise=self.noise, kind=DAMAGES[self.kind])  # fmt: skip
        at = self.seen if self.noise is not None else ~self.seen
        return (np.abs(self.truth - band.mean) / scale)[at], np.maximum(band.sd / scale, 1e-12)[at]


def _cases(clean: Cycles, models: dict[str, Any]) -> Iterator[_Case]:
    """Damaged cycles of people left out: each leg, one and five support cycles, every kind."""
    for k, (person, model) in enumerate(models.items()):
        rng = np.random.default_rng([1, k])
        scale = model.weights["scale"]
        for p in parted(clean):
            unit = clean.take(p)
            if unit.person[0] != person or len(unit) < 4:
                continue
            for count in (1, 5):
                support, rest = held_out(unit, count, rng)
                own = model.adapt(unit.take(support))
                for q in rng.permutation(rest)[:_FILLS]:
                    truth, speed = unit.data[q], _known(unit, q)
                    for i, seen in enumerate(corruptions(model.shape, rng).values()):
                        yield _Case(person, own, i, truth, truth, seen, speed, None)
                    noisy = truth + NOISE * scale * rng.standard_normal(model.shape)
                    yield _Case(person, own, 3, truth, noisy, np.ones(model.shape, bool), speed, NOISE * scale)  # fmt: skip


def _errors(cases: list[_Case], setting: tuple[float, ...]) -> Array:
    """For each kind of damage the mean squared error (z) over people."""
    found: list[dict[str, list[float]]] = [{}, {}, {}, {}]
    for c in cases:
        guess = c.own.filled(c.given, c.seen, setting, speed_m_s=c.speed, noise=c.noise)
        at = c.seen if c.noise is not None else ~c.seen
        z = (guess - c.truth) / c.own.model.weights["scale"]
        found[c.kind].setdefault(c.person, []).append(float(np.square(z[at]).mean()))
    return np.array([np.mean([np.mean(v) for v in f.values()]) for f in found])


def _ratios(cases: list[_Case], settings: Array) -> list[dict[str, Array]]:
    """For each kind of damage: person -> |error| / SD."""
    out: list[dict[str, list[Array]]] = [{}, {}, {}, {}]
    for c in cases:
        c.own.model._w["fill_chosen"] = settings
        error, sd = c.made()
        out[c.kind].setdefault(c.person, []).append(error / sd)
    return [{p: np.concatenate(v) for p, v in o.items()} for o in out]


def _factors(ratio: dict[str, Array]) -> Array:
    """Factor of each level: people's mean share inside is that level.

    It is widened, by at most what brings the mean ``_SPARE`` further, until the person least covered
    holds the level less ``_LEAST``.
    """
    grid = np.arange(0.2, 6.0, 0.01)
    each = np.stack([np.searchsorted(np.sort(r), grid) / len(r) for r in ratio.values()])
    held, least = each.mean(axis=0), each.min(axis=0)

    def first(share: Array, level: float) -> int:
        return min(int(np.searchsorted(share, level)), len(grid) - 1)

    at = [max(first(held, x), min(first(least, x - _LEAST), first(held, x + _SPARE))) for x in LEVELS]  # fmt: skip
    return grid[at]
