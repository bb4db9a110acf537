"""Where a walker's mass centre has to be: over feet that push as real ones do.

Each direction's path is the compromise between what is published or wished, each weighted by its own
standard deviation: the acceleration (published forces), the place (published joint angles of the
standing leg), and, forward and sideways, the centre of pressure c, which a body that balances on it
obeys as ``x - x'' y / (y'' + g) = c`` plus what the whole-body angular momentum takes (Hof, Gazendam
& Sinke 2005, J Biomech 38:1-8). The sum of squares over all instants is least where a banded linear
system of five diagonals says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Aim", "compromise"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Aim:
    """``at · x + bend · x'' = target`` within `sd`: arrays (time)."""

    at: Array
    bend: Array
    target: Array
    sd: Array


def compromise(aims: list[Aim], rate_hz: float) -> Array:
    """The path (time) for which the sum of squared misses, each over its SD, is least.

    Second derivatives are central differences; the first and last sample have none.
    """
    from scipy.linalg import solveh_banded

    n = len(aims[0].target)
    bands, right = np.zeros((3, n)), np.zeros(n)  # upper form: the last row is the diagonal
    for aim in aims:
        w = 1.0 / aim.sd**2
        side = aim.bend * rate_hz**2
        side[0] = side[-1] = 0.0
        middle = aim.at - 2 * side
        # Rows (side, middle, side) of A give the diagonals of A' W A.
        bands[2] += w * middle**2
        bands[2, :-1] += (w * side**2)[1:]
        bands[2, 1:] += (w * side**2)[:-1]
        bands[1, 1:] += (w * middle * side)[:-1] + (w * middle * side)[1:]
        bands[0, 2:] += (w * side**2)[1:-1]
        pull = w * aim.target
        right += middle * pull
        right[:-1] += (side * pull)[1:]
        right[1:] += (side * pull)[:-1]
    return np.asarray(solveh_banded(bands, right))
