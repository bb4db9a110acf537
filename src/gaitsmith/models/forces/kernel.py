"""The kernel of the default's Gaussian process: blocks of inputs, their weights, and how these are found.

A row is a stance. Each block is centred, scaled to about unit size and reduced to principal
curves; the kernel is a sum over blocks of weight × (linear + bent × squared-exponential), the noise
has a part of each row and one that a person's rows share. Every output has weights of its own,
found by descending the error (in closed form, among the rows learnt from) of people left out in turn
and, for a laboratory that is not learnt from, of whole sets left out in turn.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from gaitsmith.models.forces.stances import CURVES, Stances

__all__ = [
    "BLOCKS",
    "Params",
    "explained",
    "gram",
    "inputs",
    "left_out",
    "noise",
    "principal",
    "tuned",
]

Array = npt.NDArray[np.float64]
Params = Array
#: Blocks of inputs; a kernel's parameters are their weights, then bent, noise and shared.
BLOCKS = ("total", "com", "other", "angles", "foot", "scalars", "levels", "legs", "trunk", "pelvis")
# Every second point of the inputs serves: they hold nothing finer.
_STEP = 2
# Channels with a level of their own over the stance: all but velocities.
_LEVELLED = np.array([not name.startswith("speed") for name in CURVES])
# Factors by which the search moves a weight, and how far it goes.
_MOVES, _FARTHEST = (1.6, 0.7), 5.0


def inputs(rows: Stances) -> dict[str, Array]:
    """The blocks of inputs, row × any."""
    # Levels belong in part to models and marker sets (where a joint's zero is), shapes to people.
    level = rows.curves.mean(axis=2)
    c = rows.curves - np.where(_LEVELLED[:, None], level[:, :, None], 0.0)
    n, c = len(rows), c[:, :, ::_STEP]
    at = {name: i for i, name in enumerate(CURVES)}
    parts = rows.parts[:, :, ::_STEP]
    return {
        "total": rows.total[:, :, ::_STEP].reshape(n, -1),
        "com": c[:, 0:3].reshape(n, -1), "other": c[:, 3:6].reshape(n, -1),
        "angles": c[:, at["pitch"] : at["other_ankle"] + 1].reshape(n, -1), "foot": c[:, at["heel_y"] :].reshape(n, -1),
        "scalars": rows.scalars, "levels": level[:, _LEVELLED], "legs": parts[:, 0:3].reshape(n, -1),
        "trunk": parts[:, 3:6].reshape(n, -1), "pelvis": parts[:, 6:9].reshape(n, -1),
    }  # fmt: skip


def single(name: str) -> bool:
    """Whether a block's columns are numbers of their own kind, each scaled by itself."""
    return name in ("scalars", "levels")


def gram(a: Mapping[str, Array], b: Mapping[str, Array], params: Params) -> Array:
    """Kernel between rows."""
    total: Array = np.zeros((len(next(iter(a.values()))), len(next(iter(b.values())))))
    bent = params[len(BLOCKS)]
    for name, weight in zip(BLOCKS, params, strict=False):
        if not weight:
            continue
        line, bow = _pair(a[name], b[name])
        total += weight * (line + bent * bow)
    return total


def _pair(x: Array, y: Array) -> tuple[Array, Array]:
    """Linear and squared-exponential part of a block."""
    line = x @ y.T
    apart = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1)[None] - 2 * line
    return line, np.exp(-0.5 * apart)


def noise(person: npt.NDArray[np.str_], params: Params) -> Array:
    """Covariance of what rows do not explain: each row's own, and what a person's rows share."""
    same = person[:, None] == person[None]
    return np.asarray(params[-2] * np.eye(len(person)) + params[-1] * same)


def left_out(
    covariance: Array, answers: Array, person: npt.NDArray[np.str_]
) -> tuple[Array, Array]:
    """What each person's answers miss when told from the others, and each row's variance.

    In closed form: with C the inverse of the covariance bordered by the unknown mean, what a
    group misses is ``C_gg^-1 (C y)_g``, and its predictive covariance ``C_gg^-1``.
    """
    n = len(answers)
    bordered = np.block([[covariance, np.ones((n, 1))], [np.ones((1, n)), np.zeros((1, 1))]])
    inverse = np.linalg.inv(bordered)[:n, :n]
    away = inverse @ answers
    missed, level = np.empty_like(answers), np.empty(n)
    for p in np.unique(person):
        own = np.flatnonzero(person == p)
        block = np.linalg.inv(inverse[np.ix_(own, own)])
        missed[own] = block @ away[own]
        level[own] = np.maximum(np.diag(block), 1e-9)
    return missed, level


def tuned(
    z: Mapping[str, Array], answers: Array, person: npt.NDArray[np.str_], start: Params, labs: float = 0.0,
) -> Params:  # fmt: skip
    """Parameters with the least mean absolute error of rows told from others.

    People are left out in turn and, with share `labs` of what is descended, whole sets (what
    stands before the slash of a person's name); people and sets count alike. One parameter after
    the other moves from `start` in factors of exp(1.6), then exp(0.7).
    """
    pairs = [_pair(z[name], z[name]) for name in BLOCKS]
    sets = np.array([p.partition("/")[0] for p in person])
    labs = labs if len(np.unique(sets)) > 1 else 0.0
    ways = [(g, w, _even(g)) for g, w in ((person, 1.0 - labs), (sets, labs)) if w > 0]

    def error(logs: Array) -> float:
        p = np.exp(logs)
        covariance = noise(person, p)
        for weight, (line, bow) in zip(p, pairs, strict=False):
            if weight:
                covariance += weight * (line + p[len(BLOCKS)] * bow)
        return sum(
            w * float(share @ np.abs(left_out(covariance, answers, g)[0]).mean(axis=1))
            for g, w, share in ways
        )

    # Each row's own noise is the unit in which all others are counted.
    free = [i for i in np.flatnonzero(start > 0) if i != len(start) - 2]
    best = np.where(start > 0, np.log(np.maximum(start, 1e-30)), -np.inf)
    least = error(best)
    for move in _MOVES:
        for i in free:
            for step in (move, -move):
                while abs(best[i] + step) <= _FARTHEST:
                    tried = best.copy()
                    tried[i] += step
                    found = error(tried)
                    if found >= least * (1 - 1e-4):
                        break
                    best, least = tried, found
    return np.asarray(np.exp(best))


def _even(group: npt.NDArray[np.str_]) -> Array:
    """Weights of rows by which groups count alike; their sum is 1."""
    _, which, count = np.unique(group, return_inverse=True, return_counts=True)
    share: Array = 1.0 / count[which]
    return np.asarray(share / share.sum(), dtype=np.float64)


# Directions kept of what the learnt rows explain of a new one's variance.
_DIRECTIONS = 40


def explained(inner: Array, inverse: Array) -> Array:
    """W (direction × row) so that |W k|² is nearly k' C k for kernel rows k like those learnt."""
    value, vector = np.linalg.eigh(0.5 * (inverse + inverse.T))
    root = (vector * np.sqrt(np.maximum(value, 0.0))) @ vector.T
    seen = root @ inner
    return np.asarray(principal(seen.T, _DIRECTIONS) @ root, dtype=np.float64)


def principal(x: Array, most: int) -> Array:
    """The first principal directions of rows (direction × column), by the rows' Gram matrix."""
    value, vector = np.linalg.eigh(x @ x.T)
    order = np.argsort(value)[::-1][:most]
    order = order[value[order] > 1e-12 * max(float(value.max()), 1e-300)]
    return np.asarray((x.T @ vector[:, order] / np.sqrt(value[order])).T)
