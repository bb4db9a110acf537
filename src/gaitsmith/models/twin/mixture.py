"""What may have changed in a walk: a mixture over faults, each in closed form. Ours.

A walk x of a normal person is Student-t about m(v) with the population's covariance Σ; r = x - m. A
hypothesis adds up to three atoms (``atoms``), a ~ N(0, 1) each; or says that one curve is somebody
else's: it has the population's own covariance, and none with the other curves. With a's of columns U,

    A = I + Uᵀ Σ⁻¹ U,  Q_h = Q_0 - ‖A^(-1/2) Uᵀ Σ⁻¹ r‖²,  Q_0 = rᵀ Σ⁻¹ r
    log E_h = (ν + d) / 2 · log((ν + Q_0) / (ν + Q_h)) - log det A / 2

is its evidence against "nothing changed". All single atoms are weighed, then all that may join the best
ones (a beam), twice; each joint more has its price. Weighed so, a joint's share is the posterior that it
has changed, and the change is its posterior mean.

Two tolerances, for Σ is known from few people. Atoms are weighed with a floor under Σ: what real people
do in directions in which the known ones differ by less than some 0.1 degrees is not known. The exchange
of a curve shows in just these directions: it is weighed without, and its log evidence halved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.models.twin.atoms import Atoms
from gaitsmith.models.twin.basis import SIZE
from gaitsmith.models.twin.walks import CHANNELS

__all__ = ["Mixture", "Weighed", "exchanged"]

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

_N = len(CHANNELS)
# Atoms that are followed; price (log prior, negative) of an atom on a joint that is not changed yet, and
# on one that is.
_BEAM, _OPEN, _SAME = 6, 4.0, 2.0
# Walks at once (arrays that stay in the cache).
_CHUNK = 8


@dataclass(frozen=True)
class Weighed:
    """What walks say.

    Attributes
    ----------
    joint
        walk × channel: log evidence of all in which the channel has changed (-inf: none).
    every
        walk: of all.
    change
        walk × number: posterior mean of the change, where something has changed.
    """

    joint: Array
    every: Array
    change: Array


@dataclass
class _Beam:
    """Chosen atoms (walk × beam) and what is left for the others (walk × beam × atom)."""

    left: Array
    variance: Array
    gain: Array
    volume: Array
    price: Array
    opened: npt.NDArray[np.bool_]
    picks: list[tuple[Index, Array, Array, Array]]


class Mixture:
    """Atoms in the metric of a normal walk.

    Parameters
    ----------
    a
        The atoms.
    covariance
        Of a normal walk, over the channels of the atoms.
    freedom
        ν.
    atoms_at_once
        Atoms of a hypothesis, at most.
    """

    def __init__(self, a: Atoms, covariance: Array, *, freedom: float, atoms_at_once: int = 2) -> None:  # fmt: skip
        from scipy.linalg import solve_triangular

        self._a, self._freedom, self._most = a, freedom, atoms_at_once
        self._half = np.linalg.cholesky(covariance)
        self._white = solve_triangular(self._half, a.shapes, lower=True)
        self._gram = self._white.T @ self._white
        self._sets = a.sets.astype(float)
        _, alike = np.unique(a.sets, axis=0, return_inverse=True)
        alike = np.asarray(alike).ravel()
        self._alike = [np.flatnonzero(alike == k) for k in range(alike.max() + 1)]

    def weigh(self, rest: Array) -> Weighed:
        """Walks (walk × number deviations from the expected walk)."""
        parts = [self._weigh(rest[i : i + _CHUNK]) for i in range(0, len(rest), _CHUNK)]
        return Weighed(*(np.concatenate([getattr(p, k) for p in parts]) for k in ("joint", "every", "change")))  # fmt: skip

    def _weigh(self, rest: Array) -> Weighed:
        from scipy.linalg import solve_triangular
        from scipy.special import logsumexp

        y = solve_triangular(self._half, rest.T, lower=True)
        square, n = (y**2).sum(axis=0)[:, None, None], len(rest)
        beam = self._empty((self._white.T @ y).T)
        stages: list[tuple[_Beam, Array]] = []
        for k in range(self._most):
            if k:
                beam = self._follow(*stages[-1])
            stages.append((beam, self._evidence(beam, square)))
        every = logsumexp([logsumexp(e.reshape(n, -1), axis=1) for _, e in stages], axis=0)
        share, size = np.zeros((n, _N)), np.zeros((n, len(self._gram)))
        for beam, e in stages:
            self._share(beam, np.exp(e - every[:, None, None]), share, size)
        with np.errstate(divide="ignore"):
            joint = np.log(share) + every[:, None]
        return Weighed(joint, every, size @ self._a.shapes.T)

    def _empty(self, seen: Array) -> _Beam:
        n, count = seen.shape
        zero = np.zeros((n, 1))
        return _Beam(seen[:, None], np.broadcast_to(1.0 + np.diag(self._gram), (n, 1, count)), zero, zero, zero,
                     np.zeros((n, 1, _N), bool), [])  # fmt: skip

    def _evidence(self, b: _Beam, square: Array) -> Array:
        d = len(self._half)
        nu = self._freedom
        left = np.maximum(square - b.gain[..., None] - b.left**2 / b.variance, 1e-9)
        left += nu
        left /= nu + square
        e = -0.5 * (nu + d) * np.log(left)
        e -= 0.5 * np.log(b.variance)
        e += self._a.prior
        e += (b.price - 0.5 * b.volume)[..., None]
        if b.picks:
            adds = (~b.opened).astype(float) @ self._sets.T > 0
            e -= np.where(adds, _OPEN, _SAME)
            for atom, *_ in b.picks:
                np.put_along_axis(e, atom[..., None], -np.inf, axis=2)
        return np.asarray(e)

    def _follow(self, b: _Beam, evidence: Array) -> _Beam:
        n, _, count = evidence.shape
        if b.picks:
            best = np.argpartition(-evidence.reshape(n, -1), _BEAM, axis=1)[:, :_BEAM]
        else:
            # The best of each joint: many alike of one joint would leave no room for another's.
            best = np.stack([at[evidence[:, 0, at].argmax(axis=1)] for at in self._alike], axis=1)
        rows, of, atom = np.arange(n)[:, None], best // count, best % count
        column = self._gram[atom]
        picks = []
        for old, was, variance, cross in b.picks:
            old, was, variance, cross = old[rows, of], was[rows, of], variance[rows, of], cross[rows, of]  # fmt: skip
            at_new = np.take_along_axis(cross, atom[..., None], axis=2)
            column = column - cross * (at_new / variance[..., None])
            picks.append((old, was, variance, cross))
        seen, own = b.left[rows, of, atom], b.variance[rows, of, atom]
        picks.append((atom, seen, own, column))
        opened = b.opened[rows, of]
        adds = (self._a.sets[atom] & ~opened).any(axis=2)
        price = b.price[rows, of] + self._a.prior[atom]
        if b.picks:
            price = price - np.where(adds, _OPEN, _SAME)
        return _Beam(
            b.left[rows, of] - column * (seen / own)[..., None],
            np.maximum(b.variance[rows, of] - column**2 / own[..., None], 1e-6),
            b.gain[rows, of] + seen**2 / own, b.volume[rows, of] + np.log(own), price,
            opened | self._a.sets[atom], picks,
        )  # fmt: skip

    def _share(self, b: _Beam, weight: Array, share: Array, size: Array) -> None:
        """Add a stage's posterior shares of joints and mean sizes of atoms."""
        whole = weight.sum(axis=2)
        share += np.where(b.opened, whole[..., None], weight @ self._sets).sum(axis=1)
        last = weight * b.left / b.variance
        size += last.sum(axis=1)
        rows = np.arange(len(size))[:, None]
        later: list[tuple[Index, Array]] = []
        # Back substitution: the last pick first.
        for atom, seen, variance, cross in reversed(b.picks):
            mean = seen * whole - (cross * last).sum(axis=2)
            for other, found in later:
                mean = mean - np.take_along_axis(cross, other[..., None], axis=2)[..., 0] * found
            mean = mean / variance
            np.add.at(size, (np.broadcast_to(rows, atom.shape), atom), mean)
            later.append((atom, mean))


def exchanged(rest: Array, covariance: Array, inverse: Array, *, freedom: float) -> tuple[Array, Array]:  # fmt: skip
    """Log evidence that each curve is another person's, and its deviation from what the others expect.

    walk × channel at hand, walk × number.
    """
    count = len(covariance) // SIZE
    pulled = rest @ inverse
    square = np.einsum("wi,wi->w", pulled, rest)
    evidence, away = np.empty((len(rest), count)), np.empty_like(rest)
    for k in range(count):
        at = slice(k * SIZE, (k + 1) * SIZE)
        own, alone = inverse[at, at], covariance[at, at]
        away[:, at] = pulled[:, at] @ np.linalg.inv(own)
        given = np.einsum("wi,wi->w", away[:, at], pulled[:, at])
        by_itself = np.einsum("wi,ij,wj->w", rest[:, at], np.linalg.inv(alone), rest[:, at])
        left = np.maximum(square - given + by_itself, 1e-9)
        volume = np.linalg.slogdet(own)[1] + np.linalg.slogdet(alone)[1]
        fit = np.log(freedom + square) - np.log(freedom + left)
        evidence[:, k] = 0.5 * (freedom + len(covariance)) * fit - 0.5 * volume
    return evidence, away
