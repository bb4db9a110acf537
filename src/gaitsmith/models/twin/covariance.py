"""Covariances of many numbers from few people.

The eigenvalues of a sample covariance are too spread where there are not many more people than
numbers. ``shrunk`` moves each to what the density of all says of it: analytical nonlinear shrinkage,
Ledoit & Wolf 2020 (Ann Statist 48:3043-3065), eq. 4.7-4.9 (Epanechnikov kernel of width n^(-1/3)) and
C.4-C.8 where there are more numbers than people. Ours: it is done about a target (deviations
whitened by it first), and, where a reflection of the numbers leaves normal people as they are, apart
in its even and odd parts, as if every person's mirror image had been measured as well.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["about", "shrunk"]

Array = npt.NDArray[np.float64]

# Below so many degrees of freedom there is no density of eigenvalues: a mixture with the target.
_LEAST = 12
# Samples by number between which the least eigenvalues are pooled (ours).
_NEAR = (0.9, 1.15)
_ROOT5 = float(np.sqrt(5.0))


def shrunk(x: Array, freedom: int | None = None) -> Array:
    """Covariance of deviations `x` (sample × number, mean taken off), nonlinearly shrunk.

    `freedom` are the degrees of freedom where they are fewer than the samples.
    """
    p = x.shape[1]
    n = len(x) if freedom is None else freedom
    values, vectors = np.linalg.eigh(x.T @ x / n)
    # With about as many people as numbers the least eigenvalues are next to nothing and stay so: a tenth of
    # all is pooled, as where there are more numbers than people.
    n = int(_NEAR[0] * p) if _NEAR[0] * p < n < _NEAR[1] * p else n
    lam = np.maximum(values[max(0, p - n) :], 1e-12)
    width = n ** (-1 / 3) * lam
    off = (lam[:, None] - lam) / width
    inside = np.maximum(1 - off**2 / 5, 0.0)
    density = (0.75 / _ROOT5 * inside / width).mean(axis=1)
    # Its Hilbert transform.
    with np.errstate(divide="ignore", invalid="ignore"):
        bend = 0.75 / _ROOT5 / np.pi * (1 - off**2 / 5) * np.log(np.abs((_ROOT5 - off) / (_ROOT5 + off)))  # fmt: skip
    bend = np.where(np.isfinite(bend), bend, 0.0)
    hilbert = ((bend - 0.3 / np.pi * off) / width).mean(axis=1)
    c = p / n
    if p <= n:
        found = lam / ((np.pi * c * lam * density) ** 2 + (1 - c - np.pi * c * lam * hilbert) ** 2)
    else:
        h = n ** (-1 / 3)
        at_zero = (
            (0.3 / h**2 + 0.75 / _ROOT5 / h * (1 - 0.2 / h**2) * np.log((1 + _ROOT5 * h) / (1 - _ROOT5 * h)))
            / np.pi * (1 / lam).mean()
        )  # fmt: skip
        rest = 1 / (np.pi * (p - n) / n * at_zero)
        found = np.concatenate(
            [np.full(p - n, rest), 1 / (np.pi**2 * lam * (density**2 + hilbert**2))]
        )
    return np.asarray((vectors * found) @ vectors.T)


def _root(matrix: Array) -> tuple[Array, Array]:
    """Symmetric root and its inverse."""
    values, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
    values = np.sqrt(np.maximum(values, 1e-12))
    return (vectors * values) @ vectors.T, (vectors / values) @ vectors.T


def about(
    x: Array, target: Array, *, share: float, freedom: int | None = None, mirror: Array | None = None
) -> Array:  # fmt: skip
    """Covariance of deviations shrunk about `target`.

    Parameters
    ----------
    x
        sample × number.
    target
        number × number; with a mirror, its own mirror image.
    share
        Of the target, where there are fewer than a dozen degrees of freedom.
    freedom
        Degrees of freedom, where fewer than samples.
    mirror
        number × number: an orthogonal reflection that normal people are symmetric under.
    """
    n = len(x) if freedom is None else freedom
    if n < _LEAST:
        own = x.T @ x / max(n, 1)
        own = own if mirror is None else 0.5 * (own + mirror @ own @ mirror.T)
        return (1 - share) * own + share * target
    root, inverse = _root(target)
    z = x @ inverse
    if mirror is None:
        return np.asarray(root @ shrunk(z, freedom) @ root)
    values, vectors = np.linalg.eigh(0.5 * (mirror + mirror.T))
    made = np.zeros_like(target)
    for side in (vectors[:, values > 0], vectors[:, values < 0]):
        made += side @ shrunk(z @ side, freedom) @ side.T
    return np.asarray(root @ made @ root)
