"""What a guess misses at the edges of a gap, carried into it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

__all__ = ["carried_in", "patterns"]

Array = npt.NDArray[np.float64]
# Of the difference: SD of its constant part, and of what is noise, over that of what changes (ours).
_CONSTANT, _NOISE = 10.0, 0.03


def carried_in(away: Array, rows: npt.NDArray[np.intp], length: float) -> tuple[Array, Array]:
    """Differences that are known around a gap, in it.

    The difference is taken as a constant and a Gaussian process with Matérn's covariance of order
    3/2 (Rasmussen and Williams 2006, equation 4.17); what is asked for is its conditional mean.

    Parameters
    ----------
    away
        row × column, NaN where not known.
    rows
        Rows that are asked for.
    length
        Length scale (rows).

    Returns
    -------
    The differences, row × column (0 in columns of which nothing is known), and their SD over that of
    what changes, one a row and column.
    """
    out, sd = np.zeros((len(rows), away.shape[1])), np.ones((len(rows), away.shape[1]))
    for pattern, columns in patterns(np.isfinite(away)):
        known = np.flatnonzero(pattern)
        if not len(known):
            continue
        inner = _covariance(known, known, length) + _NOISE**2 * np.eye(len(known))
        across = _covariance(known, rows, length)
        weight = np.linalg.solve(inner, across)
        out[:, columns] = weight.T @ away[np.ix_(known, columns)]
        var = 1.0 + _CONSTANT**2 - np.sum(weight * across, axis=0)
        sd[:, columns] = np.sqrt(np.maximum(var, _NOISE**2))[:, None]
    return out, sd


def patterns(
    seen: npt.NDArray[np.bool_],
) -> Iterator[tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]]]:
    """Rows that are seen, and the columns of which just these are."""
    if not seen.size:
        return
    kinds, which = np.unique(seen, axis=1, return_inverse=True)
    for i, kind in enumerate(kinds.T):
        yield kind, np.flatnonzero(which.ravel() == i)


def _covariance(a: npt.NDArray[np.intp], b: npt.NDArray[np.intp], length: float) -> Array:
    far = np.sqrt(3.0) * np.abs(a[:, None] - b[None]) / length
    return np.asarray((1.0 + far) * np.exp(-far) + _CONSTANT**2)
