"""The Gaussian of normal walks: a mean by speed, a covariance between people and one of strides.

A walk's curves are Fourier numbers (``basis``), one vector x over all channels. In normal people

    x = m(v) + person + stride,   person ~ N(0, B),   stride ~ N(0, W / strides)

m(v) is a quadratic in speed whose change with speed may lean on a prior (published curves). B is a
shrunk mixture of what the people say and of a diagonal (low rank + noise; the share of the diagonal
as in Ledoit & Wolf 2004, found by leaving people out), or of another population's B.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.twin.basis import SIZE, coefficients, harmonic
from gaitsmith.models.twin.walks import CHANNELS, Walks

__all__ = ["Population", "fit", "numbers", "present_numbers", "speed_terms"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_N = len(CHANNELS)
# Dimensionless speed from which change is counted (adults' comfortable 1.2 m/s).
_CENTRE = 0.42
# SD of what a stride's numbers vary by at least (deg): measuring noise.
_FLOOR = 0.05


def numbers(walks: Walks) -> Array:
    """walk × (channel · SIZE); NaN where a channel was not recorded."""
    return coefficients(walks.curves).reshape(len(walks), -1)


def present_numbers(present: Mask) -> Mask:
    """Channels that are there -> numbers that are there (… × channel -> … × channel·SIZE)."""
    return np.repeat(present, SIZE, axis=-1)


def speed_terms(speed: Array) -> Array:
    """walk × 3: 1, v, v²; v counted from 0.42, in 0.2."""
    v = (np.asarray(speed) - _CENTRE) / 0.2
    return np.stack([np.ones_like(v), v, v**2], axis=-1)


@dataclass(frozen=True)
class Population:
    """What normal walks are like.

    Attributes
    ----------
    mean
        3 × number: coefficients of 1, v, v² (:func:`speed_terms`).
    between, within
        number × number covariances of people and of single strides (deg²).
    speeds
        Least and greatest dimensionless speed known.
    people
        How many there were.
    known
        Channels that were learnt.
    """

    mean: Array
    between: Array
    within: Array
    speeds: tuple[float, float]
    people: float
    known: Mask

    def expected(self, speed: Array) -> Array:
        """m(v), walk × number; speeds outside the known ones are those of the nearest known."""
        v = np.where(np.isfinite(speed), speed, _CENTRE)
        return speed_terms(np.clip(v, *self.speeds)) @ self.mean

    def covariance(self, strides: float = 1.0) -> Array:
        """Of a new person's walk that is the mean of so many strides."""
        return self.between + self.within / max(strides, 1.0)


def _weighted(walks: Walks) -> Array:
    """Weight of each walk: every person counts as much."""
    _, at, count = np.unique(walks.person, return_inverse=True, return_counts=True)
    return 1.0 / count[at]


def _mean(x: Array, speed: Array, weight: Array, prior: Array | None, strength: float) -> Array:
    """3 × number by weighted least squares; change with speed drawn to the prior's."""
    terms = speed_terms(speed)
    base: Array = np.zeros_like(x) if prior is None else np.asarray(terms @ prior)
    # The prior's level is another laboratory's: only its change with speed is taken.
    ridge = np.diag([1e-9, strength, 4 * strength])
    gram = (terms * weight[:, None]).T @ terms + ridge
    found = np.linalg.solve(gram, (terms * weight[:, None]).T @ (x - base))
    return np.asarray(found if prior is None else found + prior)


def _smoothed_variance(own: Array, known: Mask) -> Array:
    """Diagonal target: a variance for each channel and harmonic, from those of both its numbers."""
    v = own.reshape(_N, SIZE)
    out = np.zeros_like(v)
    order = harmonic()
    for k in range(order.max() + 1):
        at = order == k
        out[:, at] = v[:, at].mean(axis=1, keepdims=True)
    return np.where(present_numbers(known), out.ravel() + _FLOOR**2, _FLOOR**2)


def fit(
    walks: Walks, *, prior: Population | None = None, target_share: float = 0.2, prior_people: float = 0.0,
    slope_people: float = 2.0, strides_shape: float = 0.7,
) -> Population:  # fmt: skip
    """Learn a population.

    Parameters
    ----------
    walks
        Of at least three people; a channel counts only where all of them have it.
    prior
        Another population: change with speed leans on it as on `slope_people` people, the
        covariances as on `prior_people`; channels that nobody has here are taken from it.
    target_share
        Share of the target in the covariances.
    strides_shape
        Share of the target that has the shape of stride-to-stride variation; the rest is a diagonal.

    Raises
    ------
    GaitsmithError
        Where there are fewer than three people.
    """
    people = list(dict.fromkeys(walks.person.tolist()))
    if len(people) < 3:
        raise GaitsmithError("too few people to learn normal gait from", place="walks",
                             found=f"{len(people)} people", expected="3 or more")  # fmt: skip
    known = np.asarray(walks.present.all(axis=0))
    x = np.where(present_numbers(known), numbers(walks), 0.0)
    speed = walks.speed
    v_known = np.isfinite(speed)
    speed = np.where(v_known, speed, np.nanmean(speed) if v_known.any() else _CENTRE)
    weight = _weighted(walks)
    mean = _mean(x, speed, weight, None if prior is None else prior.mean, slope_people)
    mean = np.where(present_numbers(known), mean, 0.0 if prior is None else prior.mean)
    rest = x - speed_terms(speed) @ mean
    rest[:, ~present_numbers(known)] = 0.0
    means = np.stack([rest[walks.person == p].mean(axis=0) for p in people])
    counts = np.array([(walks.person == p).sum() for p in people])
    own = rest - means[[people.index(p) for p in walks.person]]
    free = max(len(x) - len(people), 1)
    repeated = bool((counts > 1).any())
    within = own.T @ own / free if repeated else np.zeros((x.shape[1],) * 2)
    between = means.T @ means / (len(people) - 1)
    # A mean of n strides holds W / n, which is no difference between people.
    diag = np.clip(
        np.diag(between) - np.diag(within) * (1.0 / counts).mean(), 0.15 * np.diag(between), None
    )
    scale = np.sqrt(diag / np.maximum(np.diag(between), 1e-12))
    between = between * scale * scale[:, None]
    target_b, target_w = (
        _smoothed_variance(np.diag(between), known),
        _smoothed_variance(np.diag(within), known),
    )
    # Joints of a closed chain go together from stride to stride as they do from person to person.
    shape = (
        within * np.sqrt(target_b / target_w) * np.sqrt(target_b / target_w)[:, None]
        if repeated
        else np.diag(target_b)
    )
    target = strides_shape * shape + (1 - strides_shape) * np.diag(target_b)
    between = (1 - target_share) * between + target_share * target
    within = (1 - target_share) * within + target_share * np.diag(target_w)
    low, high = float(speed.min()), float(speed.max())
    if prior is not None:
        n, m = float(len(people)), prior_people
        both = present_numbers(known)
        pair = both[:, None] & both
        between = np.where(pair, (n * between + m * prior.between) / (n + m), prior.between)
        within = np.where(pair, (n * within + m * prior.within) / (n + m), prior.within) if repeated else prior.within  # fmt: skip
        # Cross terms of channels learnt here and there fit neither alone: made a covariance again.
        between, within = _positive(between), _positive(within)
        known = known | prior.known
        low, high = min(low, prior.speeds[0]), max(high, prior.speeds[1])
    return Population(mean, between, within, (low, high), float(len(people)), known)


def _positive(matrix: Array) -> Array:
    values, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
    return np.asarray((vectors * np.maximum(values, _FLOOR**2)) @ vectors.T)
