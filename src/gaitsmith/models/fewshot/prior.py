"""What people have in common, as Gaussian covariances: pure functions on scores.

Cycles are z-scored, centred on the population at their speed and written in `r` principal curves.
The person prior is a weighted sum of shapes, because the moment covariance of a handful of people
has as many directions as people:

========== =====================================================================================
stride     the covariance of strides about their person's mean: people differ as strides do
people     the covariance of people's means (moments)
smooth     a periodic kernel over the stride with people's SD, channels apart
offset     a constant of each channel (where a zero or a mounting differs)
white      every direction alike
turn       the sensor turned on the limb, to first order (three directions; sensors only)
========== =====================================================================================

What is not the person's mean in a support cycle: a share of the stride covariance that lasts
through a recording (``drift``), the stride covariance itself and a nugget. All weights are chosen by
:func:`tuned`, leaving training people out one at a time; nothing here draws a random number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

__all__ = ["NOISES", "SHAPES", "Pool", "Tuned", "Unit", "gain", "loss", "pool", "tapered", "tuned"]

Array = npt.NDArray[np.float64]

#: Shapes of the person prior, and what adds to it in an observed cycle.
SHAPES = ("stride", "people", "smooth", "offset", "white", "turn")
NOISES = ("nugget", "drift", "drift_offset")
# Where the search for weights starts (ours).
_START = {
    "stride": 1.3, "people": 0.2, "smooth": 0.5, "offset": 0.1, "white": 0.02, "turn": 0.5,
    "nugget": 0.07, "drift": 0.05, "drift_offset": 0.02,
}  # fmt: skip
# Width of the smooth kernel, in strides.
_SMOOTH = 0.05
# Turn of a sensor on the limb that one unit of weight stands for (deg).
_TURN_DEG = 10.0
# Numbers of support cycles that the weights are chosen for.
KS = (1, 5)
# Pull of the log weights towards the start, in units of relative loss.
_PULL = 2e-4
# Share of the gain over shrinkage that is kept where shrinkage is mixed in (ours).
_KEPT = 0.9


@dataclass(frozen=True, eq=False)
class Unit:
    """Scores of one leg of a person in one recording: cycle × r, and whether their order is known."""

    person: str
    scores: Array
    curves: Array
    ordered: bool

    @property
    def mean(self) -> Array:
        """r."""
        return np.asarray(self.scores.mean(axis=0))


@dataclass(frozen=True, eq=False)
class Pool:
    """Moments of several units.

    Attributes
    ----------
    mean
        r: each person counts once.
    within
        r × r: strides about their unit's mean.
    shapes
        r × r of each shape of the person prior.
    offset
        r × r: a constant of each channel, with people's SD.
    """

    mean: Array
    within: Array
    shapes: dict[str, Array]
    offset: Array


def _shares(units: Sequence[Unit]) -> Array:
    who = [u.person for u in units]
    return np.array([1.0 / (who.count(p) * len(set(who))) for p in who])


def _within(unit: Unit) -> Array:
    """Covariance of strides about their mean, of each half of a recording whose order is known."""
    n = len(unit.scores)
    halves = [unit.scores[: n // 2], unit.scores[n // 2 :]] if unit.ordered else [unit.scores]
    total, free = np.zeros((unit.scores.shape[1],) * 2), 0
    for part in halves:
        if len(part) > 1:
            away = part - part.mean(axis=0)
            total += away.T @ away
            free += len(part) - 1
    return np.asarray(total / max(free, 1))


def periodic(points: int, width: float) -> Array:
    """points × points: exp(−2 sin²(π d) / (2 π width)²), 1 on the diagonal; `width` in strides."""
    at = np.arange(points) / points
    return np.exp(-2.0 * np.sin(np.pi * (at[:, None] - at[None])) ** 2 / (2 * np.pi * width) ** 2)


@lru_cache(maxsize=16)
def tapered(time: int, channels: int, width: float, across: float = 1.0) -> Array:
    """(time · channel)²: 1 for the same time of the stride, falling with the time between (all 1
    for inf); times `across` between channels.

    Covariances multiplied by it are freed of the chance correlations of far times that few people
    leave (localisation: Gaspari and Cohn 1999, Q J R Meteorol Soc 125:723, for weather).
    """
    one = periodic(time, width) if np.isfinite(width) else np.ones((time, time))
    return np.asarray(
        np.kron(one, np.full((channels, channels), across) + (1.0 - across) * np.eye(channels))
    )


def pool(
    units: Sequence[Unit], basis: Array, shape: tuple[int, int], turns: Array | None = None
) -> Pool:
    """Moments and shapes from several units.

    Parameters
    ----------
    basis
        r × (time · channel), orthonormal rows.
    shape
        Time and channels of a cycle.
    turns
        3 × (time · channel): what one degree about each axis does to the mean cycle (z); None
        where channels do not turn.
    """
    time, channels = shape
    share = _shares(units)
    means = np.stack([u.mean for u in units])
    centre = share @ means
    away = means - centre
    free = max(1.0 - float(np.square(share).sum()), 1e-9)
    people = (away * share[:, None]).T @ away / free
    within = sum(s * _within(u) for s, u in zip(share, units, strict=True)) + np.zeros_like(people)
    full = np.stack([u.curves for u in units])
    full = full - share @ full
    var = (share @ np.square(full) / free).reshape(time, channels)
    kernel = periodic(time, _SMOOTH)
    level = (share @ np.square(full.reshape(-1, time, channels).mean(axis=1))) / free
    smooth, offset = np.zeros_like(people), np.zeros_like(people)
    block = basis.reshape(-1, time, channels)
    for c in range(channels):
        part = block[:, :, c] * np.sqrt(var[:, c])
        smooth += part @ kernel @ part.T
        flat = block[:, :, c].sum(axis=1)
        offset += level[c] * np.outer(flat, flat)
    shapes = {"stride": within, "people": people, "smooth": smooth, "offset": offset,
              "white": np.eye(len(centre))}  # fmt: skip
    if turns is not None:
        turned = (_TURN_DEG * turns) @ basis.T
        shapes["turn"] = turned.T @ turned
    return Pool(centre, within, shapes, offset)


def mixed(pool: Pool, weights: dict[str, float]) -> tuple[Array, Array, Array]:
    """Covariance of people, what lasts through a recording, and strides with their nugget."""
    person = sum((weights[k] * m for k, m in pool.shapes.items()), start=np.zeros_like(pool.within))
    lasting = weights["drift"] * pool.within + weights["drift_offset"] * pool.offset
    stride = pool.within + weights["nugget"] * np.eye(len(pool.within))
    return person, lasting, stride


def gain(person: Array, lasting: Array, stride: Array, count: int) -> Array:
    """r × r: what of the mean of `count` cycles' deviation is taken as the person's own."""
    return np.asarray(np.linalg.solve(person + lasting + stride / count, person).T)


@dataclass(frozen=True, eq=False)
class _Left:
    """One person left out: the others' pool, and moments of the own units."""

    person: str
    pool: Pool
    tests: tuple[tuple[Array, Array, Array, Array, bool, int], ...]


def _left_out(units: Sequence[Unit], basis: Array, shape: tuple[int, int], turns: Array | None) -> list[_Left]:  # fmt: skip
    out = []
    for person in sorted({u.person for u in units}):
        others = pool([u for u in units if u.person != person], basis, shape, turns)
        tests = []
        for u in units:
            n = len(u.scores)
            if u.person != person or n < 4:
                continue
            first, second = (u.scores[: n // 2], u.scores[n // 2 :]) if u.ordered else (u.scores, u.scores)  # fmt: skip
            spread = np.cov(first.T)
            rest = np.cov(second.T)
            tests.append((first.mean(0), spread, second.mean(0), rest, u.ordered, n))
        if tests:
            out.append(_Left(person, others, tuple(tests)))
    return out


def _moments(one: _Left, k: int) -> list[tuple[Array, Array, Array, Array, float]]:
    """For each unit: support and query deviation, covariance of the support mean, its covariance
    with the query (transposed, negative where drawn without replacement), and the query's own."""
    out = []
    for first, spread, second, rest, ordered, n in one.tests:
        a, b = first - one.pool.mean, second - one.pool.mean
        if ordered:
            out.append((a, b, spread / k, np.zeros_like(spread), float(np.trace(rest))))
        else:
            count = min(k, n - 1)
            out.append((a, b, spread / count * (1 - count / n), spread / n,
                        float(np.trace(spread)) * (n - 1) / n))  # fmt: skip
    return out


def loss(left: Sequence[_Left], share: float, size: int) -> dict[int, dict[str, float]]:
    """Expected squared error (z, a sample of a cycle) of shrinkage for each person left out."""
    out: dict[int, dict[str, float]] = {k: {} for k in KS}
    for one in left:
        for k in KS:
            found = [
                float(np.square(share * a - b).sum() + share**2 * np.trace(S) + 2 * share * np.trace(X)) + more
                for a, b, S, X, more in _moments(one, k)
            ]  # fmt: skip
            out[k][one.person] = float(np.mean(found)) / size
    return out


def _sloped(left: Sequence[_Left], names: Sequence[str], values: Array, size: int, base: dict[int, dict[str, float]]) -> tuple[float, Array]:  # fmt: skip
    """Mean relative error over people and numbers of cycles, and its gradient in the weights.

    Exact over all draws of support cycles. Where the order is known the support is of the first
    half and the query of the second; otherwise both are drawn without replacement.
    """
    total, slope = 0.0, np.zeros(len(names))
    weights = dict.fromkeys(NOISES, 0.0) | dict(zip(names, values.tolist(), strict=True))
    for one in left:
        r = len(one.pool.mean)
        person, lasting, stride = mixed(one.pool, weights)
        for k in KS:
            A = person + lasting + stride / k
            inverse = np.linalg.inv(A)
            G = person @ inverse
            D = np.zeros((r, r))
            tests = _moments(one, k)
            for a, b, S, X, more in tests:
                bias = G @ a - b
                GS = G @ S
                total += (float(bias @ bias + np.sum(GS * G) + 2 * np.sum(G * X)) + more) / (size * base[k][one.person] * len(tests) * len(left) * len(KS))  # fmt: skip
                D += 2.0 * (np.outer(bias, a) + GS + X) / (size * base[k][one.person] * len(tests) * len(left) * len(KS))  # fmt: skip
            of_noise = G.T @ D @ inverse
            of_person = D @ inverse - of_noise
            for i, name in enumerate(names):
                if name in one.pool.shapes:
                    slope[i] += float(np.sum(of_person * one.pool.shapes[name]))
                elif name == "nugget":
                    slope[i] -= float(np.trace(of_noise)) / k
                else:
                    what = one.pool.within if name == "drift" else one.pool.offset
                    slope[i] -= float(np.sum(of_noise * what))
    return total, slope


def shrinkage(left: Sequence[_Left], size: int) -> dict[int, float]:
    """For each number of cycles the share of the support mean's deviation that errs least."""
    grid = np.arange(0.4, 1.0001, 0.01)
    found = [loss(left, float(a), size) for a in grid]
    return {k: float(grid[int(np.argmin([np.mean(list(f[k].values())) for f in found]))]) for k in KS}  # fmt: skip


@dataclass(frozen=True)
class Tuned:
    """What is chosen by leaving training people out.

    Attributes
    ----------
    weights
        Of shapes and noises.
    shares
        Of shrinkage, for each number of cycles.
    safe
        For each number of cycles how much of shrinkage is mixed in: as much as keeps nine tenths of
        the gain, because it is the safer of the two for a person unlike the others.
    """

    weights: dict[str, float]
    shares: dict[int, float]
    safe: dict[int, float]


def _safe(left: Sequence[_Left], weights: dict[str, float], shares: dict[int, float]) -> dict[int, float]:  # fmt: skip
    """See :class:`Tuned`; exact over all draws, as the weights are."""
    grid = np.arange(0.0, 1.0001, 0.02)
    out = {}
    for k in KS:
        total = np.zeros(len(grid))
        for one in left:
            G = gain(*mixed(one.pool, weights), k)
            eye = shares[k] * np.eye(len(G))
            tests = _moments(one, k)
            for a, b, S, X, _ in tests:
                # The error is quadratic in the mixture: three of its terms say all.
                first, step = G @ a - b, (eye - G) @ a
                D = eye - G
                const = first @ first + np.sum((G @ S) * G) + 2 * np.sum(G * X)
                linear = 2 * first @ step + 2 * np.sum((G @ S) * D) + 2 * np.sum(D * X)
                square = step @ step + np.sum((D @ S) * D)
                total += (const + linear * grid + square * grid**2) / len(tests)
        won = total[-1] - total
        out[k] = float(grid[np.flatnonzero(won >= _KEPT * won.max())[-1]]) if won.max() > 0 else 1.0
    return out


def tuned(
    units: Sequence[Unit], basis: Array, shape: tuple[int, int], turns: Array | None = None, *,
    rounds: int = 60,
) -> Tuned:  # fmt: skip
    """Weights of shapes and noises, the shares of shrinkage and what of it is mixed in, by people left out.

    The weights minimise the mean over people of the squared error, relative to shrinkage, averaged
    over 1 and 5 support cycles; a weak pull to the start settles what the data leave open.
    """
    from scipy.optimize import minimize

    size = basis.shape[1]
    left = _left_out(units, basis, shape, turns)
    ordered = any(u.ordered for u in units)
    names = [s for s in SHAPES if s != "turn" or turns is not None]
    names += [n for n in NOISES if ordered or not n.startswith("drift")]
    shares = shrinkage(left, size)
    of_shrinkage = {k: loss(left, shares[k], size)[k] for k in KS}
    # Between everybody's error alike and everybody's relative error alike (ours).
    base = {
        k: {p: float(np.sqrt(v * np.mean(list(own.values())))) for p, v in own.items()}
        for k, own in of_shrinkage.items()
    }

    def relative(x: Array) -> tuple[float, Array]:
        value, slope = _sloped(left, names, np.exp(x), size, base)
        return value + _PULL * float(np.square(x - start).sum()), slope * np.exp(x) + 2 * _PULL * (x - start)  # fmt: skip

    start = np.log([_START[n] for n in names])
    best = minimize(relative, start, jac=True, method="L-BFGS-B", bounds=[(-9.0, 5.0)] * len(names),
                    options={"maxiter": rounds})  # fmt: skip
    found = dict.fromkeys(NOISES, 0.0) | dict(zip(names, np.exp(best.x).tolist(), strict=True))
    return Tuned(found, shares, _safe(left, found, shares))
