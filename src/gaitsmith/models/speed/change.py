"""Ridge regression of how a curve changes: from the source's curve and both speeds to the difference.

For every pair of units of one leg in the training people, the change of the scores is regressed on
the change of speed, on the source's own deviation from the population line, and on their products:
how much of a deviation stays, and how a large one changes more (features of :func:`features`).
Each person weighs the same, whatever the number of pairs, and a target by its strides.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.models.speed.mixed import MIDDLE
from gaitsmith.models.speed.units import Units

__all__ = ["features", "fit", "line", "pairs", "person_weights"]

Array = npt.NDArray[np.float64]

# Scale of speeds (m/s), and the change of speed (in that scale) at which forgetting saturates.
_SCALE, _SATURATION = 0.4, 0.8
# Shares of the three blocks of own deviations, relative to speed: what ridge trusts less.
_BLOCKS = (0.3, 1.0, 0.7)


def person_weights(units: Units) -> Array:
    """Weights of the units that sum to one and give every person the same share."""
    _, at, count = np.unique(units.person, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / count[at] / len(count))


def pairs(units: Units) -> npt.NDArray[np.intp]:
    """Rows (target, source) of all ordered pairs of one leg of one person."""
    same = (units.person[:, None] == units.person[None]) & (units.leg[:, None] == units.leg[None])
    np.fill_diagonal(same, False)
    return np.argwhere(same)


def line(speed: Array, weights: Array) -> Array:
    """The population line (slope and level by score) at some speeds: n × score."""
    return np.vander(speed - MIDDLE, 2) @ weights


def features(own: Array, source: Array, target: Array) -> Array:
    """pair × feature: from own deviations (pair × score, scaled), source and target speeds (m/s)."""
    step = (target - source)[:, None] / _SCALE
    middle = ((target + source) / 2 - MIDDLE)[:, None] / _SCALE
    size = np.abs(step)
    a, b, c = _BLOCKS
    forgotten = 1 - np.exp(-size / _SATURATION)
    return np.concatenate([step, step * middle, size * middle, a * own, b * own * forgotten, c * own * step], axis=1)  # fmt: skip


def fit(units: Units, scores: Array, ridge: float) -> dict[str, Array]:
    """Weights of the line and of the changes of `scores` (unit × score).

    `ridge` is the penalty in hundredths of the number of pairs.
    """
    w = np.sqrt(person_weights(units))[:, None]
    X = np.vander(units.speed - MIDDLE, 2)
    population = np.asarray(np.linalg.lstsq(X * w, scores * w, rcond=None)[0], dtype=np.float64)
    own = scores - line(units.speed, population)
    scale = float(own[:, 0].std()) or 1.0
    t, s = pairs(units).T
    _, at, count = np.unique(units.person[t], return_inverse=True, return_counts=True)
    weight = units.count[t] / count[at]
    weight /= weight.mean()
    F = features(own[s] / scale, units.speed[s], units.speed[t])
    A = (F * weight[:, None]).T @ F + ridge * len(t) / 100 * np.eye(F.shape[1])
    W = np.linalg.solve(A, (F * weight[:, None]).T @ (scores[t] - scores[s]))
    return {"line": population, "scale": np.array(scale), "change": W}
