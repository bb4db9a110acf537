"""The Gaussian of normal walks: a mean by speed, a covariance between people and one of strides.

A walk's curves are Fourier numbers (``basis``), one vector x over all channels. In normal people

    x = m(v) + person + stride,   person ~ N(0, B),   stride ~ N(0, W / strides)

m(v) is a quadratic in speed whose change with speed may lean on a prior (published curves). W is
shrunk about a diagonal, B about the shape of W (or a diagonal), both nonlinearly (``covariance``), and,
where both legs are known, as if every person's mirror image were a person too. Few people lean on
another population's B and W.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.twin.basis import SIZE, coefficients, harmonic
from gaitsmith.models.twin.covariance import about
from gaitsmith.models.twin.walks import CHANNELS, Walks

__all__ = ["Population", "fit", "numbers", "present_numbers", "reflection", "speed_terms"]

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


def _smoothed_variance(own: Array, turned: Array | None) -> Array:
    """A variance for each channel and harmonic, from those of both its numbers (and both legs)."""
    if turned is not None:
        own = 0.5 * (own + (turned**2) @ own)
    v = own.reshape(-1, SIZE)
    out = np.zeros_like(v)
    order = harmonic()
    for k in range(order.max() + 1):
        at = order == k
        out[:, at] = v[:, at].mean(axis=1, keepdims=True)
    return np.asarray(out.ravel() + _FLOOR**2)


def reflection(known: Mask) -> Array | None:
    """Numbers of the known channels -> those of the mirror image on the other foot's clock.

    None where a leg's curve is known of one side only.
    """
    order = np.array([0, 1, 2, 7, 8, 9, 10, 3, 4, 5, 6])
    if (known != known[order]).any() or not known[3:].any():
        return None
    half = np.where(harmonic() % 2, -1.0, 1.0)
    out = np.zeros((_N * SIZE, _N * SIZE))
    for i, j in enumerate(order):
        sign = -1.0 if i in (1, 2) else 1.0
        out[i * SIZE : (i + 1) * SIZE, j * SIZE : (j + 1) * SIZE] = np.diag(sign * half)
    at = np.flatnonzero(present_numbers(known))
    return out[np.ix_(at, at)]


def fit(
    walks: Walks, *, prior: Population | None = None, target_share: float = 0.4, prior_people: float = 0.0,
    slope_people: float = 2.0, strides_shape: float = 0.9,
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
        Share of the target in covariances of fewer than a dozen people (more find it themselves).
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
    at = np.flatnonzero(present_numbers(known))
    turned = reflection(known)
    x = numbers(walks)[:, at]
    speed = walks.speed
    v_known = np.isfinite(speed)
    speed = np.where(v_known, speed, np.nanmean(speed) if v_known.any() else _CENTRE)
    lean = None if prior is None else prior.mean[:, at]
    level = _mean(x, speed, _weighted(walks), lean, slope_people)
    if turned is not None:
        level = 0.5 * (level + level @ turned.T)
    mean = np.zeros((3, _N * SIZE)) if prior is None else prior.mean.copy()
    mean[:, at] = level
    rest = x - speed_terms(speed) @ level
    means = np.stack([rest[walks.person == p].mean(axis=0) for p in people])
    counts = np.array([(walks.person == p).sum() for p in people])
    own = rest - means[[people.index(p) for p in walks.person]]
    pair = np.ix_(at, at)
    between, within = np.diag(np.full(_N * SIZE, _FLOOR**2)), np.diag(np.full(_N * SIZE, _FLOOR**2))
    repeated = bool((counts > 1).any())
    stride = _strides(own, len(x) - len(people), target_share, turned) if repeated else None
    within[pair] = np.diag(np.full(len(at), _FLOOR**2)) if stride is None else stride
    # Of a single stride: rows are means of several.
    within[pair] *= float(len(walks) / (1.0 / np.maximum(walks.strides, 1.0)).sum())
    between[pair] = _people(means, counts, stride, turned, share=target_share, shape=strides_shape)
    low, high = float(speed.min()), float(speed.max())
    if prior is not None:
        n, m = float(len(people)), prior_people
        both = np.outer(present_numbers(known), present_numbers(known))
        between = np.where(both, (n * between + m * prior.between) / (n + m), prior.between)
        within = np.where(both, (n * within + m * prior.within) / (n + m), prior.within) if repeated else prior.within  # fmt: skip
        # Cross terms of channels learnt here and there fit neither alone: made a covariance again.
        between, within = _positive(between), _positive(within)
        known = known | prior.known
        low, high = min(low, prior.speeds[0]), max(high, prior.speeds[1])
    return Population(mean, between, within, (low, high), float(len(people)), known)


def _strides(own: Array, freedom: int, share: float, turned: Array | None) -> Array:
    target = _smoothed_variance((own**2).sum(axis=0) / max(freedom, 1), turned)
    return about(own, np.diag(target), share=share, freedom=max(freedom, 1), mirror=turned)


def _people(
    means: Array, counts: npt.NDArray[np.intp], stride: Array | None, turned: Array | None, *, share: float, shape: float
) -> Array:  # fmt: skip
    """Between people, from their mean deviations."""
    raw = (means**2).sum(axis=0) / (len(means) - 1)
    if stride is None:
        target = np.diag(_smoothed_variance(raw, turned))
    else:
        # A mean of n strides holds W / n, which is no difference between people.
        true = np.clip(raw - np.diag(stride) * (1.0 / counts).mean(), 0.15 * raw, None)
        means = means * np.sqrt(true / np.maximum(raw, 1e-12))
        v = _smoothed_variance(true, turned)
        # Joints of a closed chain go together from stride to stride as they do from person to person.
        size = np.sqrt(v / np.diag(stride))
        target = shape * stride * size * size[:, None] + (1 - shape) * np.diag(v)
        target = target if turned is None else 0.5 * (target + turned @ target @ turned.T)
    return about(means, target, share=share, freedom=len(means) - 1, mirror=turned)


def _positive(matrix: Array) -> Array:
    values, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
    return np.asarray((vectors * np.maximum(values, _FLOOR**2)) @ vectors.T)
