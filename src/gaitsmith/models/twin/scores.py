"""Classical scores per channel of how little a walk fits a population; all in one signature.

``z`` (per-phase z), ``pca_q`` (what a PCA of normal people cannot rebuild), ``mahalanobis`` (in
the PCA), ``posture`` (a channel against the population) and ``coordination`` (a channel given all
others), each walk × channel; NaN where a channel was not recorded. Every score is a root mean
square, so that the mean of several is one too after each channel is brought to its own calibration.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from gaitsmith.models.twin.basis import SIZE, curves_of
from gaitsmith.models.twin.population import Population, numbers, present_numbers
from gaitsmith.models.twin.walks import CHANNELS, Walks

__all__ = ["CLASSICAL", "coordination", "mahalanobis", "pca_q", "posture", "rest_of", "z"]

Array = npt.NDArray[np.float64]
_N = len(CHANNELS)
# Components of the PCA: the share of variance kept.
_SHARE = 0.90


def rest_of(p: Population, walks: Walks) -> Array:
    """Deviations from the mean at the walk's speed, walk × number (NaN where not recorded)."""
    out = numbers(walks) - p.expected(walks.speed)
    out[:, ~present_numbers(p.known)] = np.nan
    return out


def _groups(there: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.intp]]:
    """Rows with the same channels."""
    _, which = np.unique(there, axis=0, return_inverse=True)
    which = which.ravel()
    return [np.flatnonzero(which == k) for k in range(which.max() + 1)]


def _each(
    p: Population, walks: Walks, score: Callable[[Array, Array, npt.NDArray[np.intp]], Array]
) -> Array:
    """Run `score(rest, covariance, channels)` on rows with the same channels."""
    rest = rest_of(p, walks)
    out = np.full((len(walks), _N), np.nan)
    there = walks.present & p.known
    for rows in _groups(there) if len(walks) else []:
        have = np.flatnonzero(there[rows[0]])
        at = np.flatnonzero(present_numbers(there[rows[0]]))
        cov = p.covariance(float(np.median(walks.strides[rows])))[np.ix_(at, at)]
        if len(have):
            out[np.ix_(rows, have)] = score(rest[np.ix_(rows, at)], cov, have)
    return out


def z(p: Population, walks: Walks) -> Array:
    """Root mean square over the stride of (curve - mean) / SD at each phase."""

    def score(rest: Array, cov: Array, have: npt.NDArray[np.intp]) -> Array:
        n = len(have)
        blocks = cov.reshape(n, SIZE, n, SIZE)[np.arange(n), :, np.arange(n)]
        sd = np.sqrt(
            np.einsum("cij,ip,jp->cp", blocks, curves_of(np.eye(SIZE)), curves_of(np.eye(SIZE)))
        )
        made: Array = np.sqrt(((curves_of(rest.reshape(-1, n, SIZE)) / sd) ** 2).mean(axis=2))
        return made

    return _each(p, walks, score)


def _scaled(rest: Array, cov: Array, n: int) -> tuple[Array, Array, Array]:
    """Every channel by its own size, so that no channel rules the PCA."""
    size = np.sqrt(np.diag(cov).reshape(n, SIZE).sum(axis=1))
    one = np.repeat(size, SIZE)
    return rest / one, cov / one / one[:, None], size


def _components(cov: Array) -> tuple[Array, Array]:
    values, vectors = np.linalg.eigh(cov)
    values, vectors = values[::-1], vectors[:, ::-1]
    keep = int(np.searchsorted(np.cumsum(values) / values.sum(), _SHARE)) + 1
    return values[:keep], vectors[:, :keep]


def pca_q(p: Population, walks: Walks) -> Array:
    """Root mean square of each channel's part that the first components do not hold (Q statistic)."""

    def score(rest: Array, cov: Array, have: npt.NDArray[np.intp]) -> Array:
        x, c, _ = _scaled(rest, cov, len(have))
        _, vectors = _components(c)
        left = (x - x @ vectors @ vectors.T).reshape(len(x), -1, SIZE)
        usual = np.diag(c - vectors @ vectors.T @ c).reshape(-1, SIZE).sum(axis=1)
        made: Array = np.sqrt((left**2).sum(axis=2) / np.maximum(usual, 1e-9))
        return made

    return _each(p, walks, score)


def mahalanobis(p: Population, walks: Walks) -> Array:
    """Each channel's share of the squared distance in the PCA's components (Hotelling's T²)."""

    def score(rest: Array, cov: Array, have: npt.NDArray[np.intp]) -> Array:
        x, c, _ = _scaled(rest, cov, len(have))
        values, vectors = _components(c)
        inside = x @ vectors / values @ vectors.T
        made: Array = (x * inside).reshape(len(x), -1, SIZE).sum(axis=2)
        return made

    return _each(p, walks, score)


def _distance(x: Array, cov: Array) -> Array:
    half = np.linalg.cholesky(cov)
    made: Array = np.sqrt((np.linalg.solve(half, x.T) ** 2).mean(axis=0))
    return made


def posture(p: Population, walks: Walks, *, tolerance: float = 0.0) -> Array:
    """A channel's own distance from the population: its Mahalanobis distance alone.

    `tolerance` (degrees, of each number) is a floor under the covariance.
    """

    def score(rest: Array, cov: Array, have: npt.NDArray[np.intp]) -> Array:
        out = []
        for k in range(len(have)):
            at = slice(k * SIZE, (k + 1) * SIZE)
            out.append(_distance(rest[:, at], cov[at, at] + tolerance**2 * np.eye(SIZE)))
        return np.stack(out, axis=1)

    return _each(p, walks, score)


def coordination(p: Population, walks: Walks) -> Array:
    """A channel's distance from what all the others let expect: N(x_j | all others)."""

    def score(rest: Array, cov: Array, have: npt.NDArray[np.intp]) -> Array:
        # Of the inverse K: the conditional covariance of a block is the inverse of K's block.
        k_all = np.linalg.inv(cov)
        pulled = rest @ k_all
        out = []
        for k in range(len(have)):
            at = slice(k * SIZE, (k + 1) * SIZE)
            block = np.linalg.inv(k_all[at, at])
            off = pulled[:, at] @ block
            out.append(_distance(off, 0.5 * (block + block.T)))
        return np.stack(out, axis=1)

    return _each(p, walks, score)


#: Name -> score of a population and walks.
CLASSICAL: dict[str, Callable[[Population, Walks], Array]] = {
    "z": z, "PCA-Q": pca_q, "Mahalanobis": mahalanobis, "posture": posture,
    "coordination": coordination,
}  # fmt: skip
