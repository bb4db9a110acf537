"""Closed-form Gaussian posteriors in `r` scores, from cycles of which any samples may be missing.

y (a cycle's samples) = Φ u + noise, noise independent with variance v in each sample. A cycle's
information on u, with the cycle's own deviation of covariance W integrated out, is
(I + M W)⁻¹ M with M = Φₒᵀ V⁻¹ Φₒ over the observed samples o (Woodbury's identity).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["information", "posterior", "root"]

Array = npt.NDArray[np.float64]


def information(flat: Array, basis: Array, noise: Array, own: Array | None = None) -> tuple[Array, Array]:  # fmt: skip
    """Precision (r × r) and its product with the mean (r) that one cycle gives.

    Parameters
    ----------
    flat
        Samples, NaN where missing, less what is expected.
    basis
        r × samples.
    noise
        Variance of each sample.
    own
        r × r: covariance of what is the cycle's own; None where the cycle itself is sought.
    """
    seen = np.isfinite(flat)
    part = basis[:, seen]
    weighted = part / noise[seen]
    M = weighted @ part.T
    b = weighted @ flat[seen]
    if own is None:
        return M, b
    A = np.eye(len(M)) + M @ own
    both = np.asarray(np.linalg.solve(A, np.column_stack([M, b])), dtype=np.float64)
    return both[:, :-1], both[:, -1]


def posterior(prior: Array, precision: Array, weighted: Array) -> tuple[Array, Array]:
    """Mean and covariance of u ~ N(0, prior) given the information."""
    A = np.eye(len(prior)) + prior @ precision
    cov = np.linalg.solve(A, prior)
    cov = 0.5 * (cov + cov.T)
    return cov @ weighted, cov


def root(cov: Array) -> Array:
    """A matrix whose product with its transpose is `cov` (eigenvalues below 0 taken as 0)."""
    value, vector = np.linalg.eigh(0.5 * (cov + cov.T))
    return np.asarray(vector * np.sqrt(np.maximum(value, 0.0)))
