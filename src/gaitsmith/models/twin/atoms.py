"""What is taken away to make the twin: few simple changes of few joints, found greedily.

Ours. A change of a joint is a sum of atoms: a smooth bump (a cyclic Gaussian anywhere in the stride,
of one of three widths), an offset, a change of range, a delay; of a whole leg, a delay or a longer
stance. In the metric of a normal walk's covariance (deviations whitened, each joint given all
others) the atom with the greatest log evidence

    g = (aᵀ y)² / (2 (aᵀ a + 1 / s²)) - log(1 + s² aᵀ a) / 2

is taken, then the next on what is left, until none is worth its price, which is higher for a joint
that is not changed yet (matching pursuit, Mallat & Zhang 1993, with evidence as its rule); sizes are then estimated together, with their prior. What
no atom explains is the person's own and stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.models.twin.basis import SIZE, coefficients, derivative
from gaitsmith.models.twin.changes import longer_stance
from gaitsmith.models.twin.walks import CHANNELS, leg_channels

__all__ = ["Atoms", "atoms", "pursue"]

Array = npt.NDArray[np.float64]

# Widths (SD, share of the stride) and places of bumps; sizes expected (SD): bump and offset (deg),
# range (relative), delay (share of the stride).
_WIDTHS, _PLACES = (0.08, 0.12, 0.18), 20
_BUMP, _OFFSET, _RANGE, _DELAY, _LEG = 14.0, 10.0, 0.3, 0.06, 0.06
_SMALL, _SMALL_FACTOR = ("pelvis", "hip_adduction"), 0.5
_MOST, _PRICE, _OPEN = 6, 3.5, 12.0


@dataclass(frozen=True)
class Atoms:
    """Simple changes, number × atom, each with SD 1 of its size; which channels each changes."""

    shapes: Array
    sets: npt.NDArray[np.bool_]


def atoms(mean: Array, have: npt.NDArray[np.intp], *, late: float = 0.5) -> Atoms:
    """Of the channels of `have`, whose expected numbers are `mean` (channel × SIZE)."""
    x = np.arange(101) / 100
    bumps = []
    for w in _WIDTHS:
        for c in np.arange(_PLACES) / _PLACES:
            away = x - c
            bumps.append(np.exp(-0.5 * ((away - np.round(away)) / w) ** 2))
    bump = coefficients(np.stack(bumps))
    slope = -derivative(mean)
    shapes, sets = [], []

    def add(k: int, c: int, rows: Array) -> None:
        for row in rows:
            shape = np.zeros((len(have), SIZE))
            shape[k] = row
            shapes.append(shape.ravel())
            sets.append(np.arange(len(CHANNELS)) == c)

    for k, c in enumerate(have):
        factor = _SMALL_FACTOR if CHANNELS[c].startswith(_SMALL) else 1.0
        constant, size = np.zeros(SIZE), mean[k].copy()
        constant[0], size[0] = _OFFSET * factor, 0.0
        add(
            k,
            int(c),
            np.vstack([_BUMP * factor * bump, constant, _RANGE * size, _DELAY * slope[k]]),
        )
    place = {int(c): k for k, c in enumerate(have)}
    for side in "rl":
        leg = [int(c) for c in leg_channels(side) if c in place]
        if len(leg) > 1:
            for kind in ("delay", "stance"):
                shape = np.zeros((len(have), SIZE))
                for c in leg:
                    own = slope[place[c]]
                    shape[place[c]] = _LEG * (
                        own if kind == "delay" else longer_stance(own, 0.0 if side == "r" else late)
                    )
                shapes.append(shape.ravel())
                sets.append(np.isin(np.arange(len(CHANNELS)), leg))
    return Atoms(np.stack(shapes, axis=1), np.stack(sets))


def pursue(a: Atoms, unusual: npt.NDArray[np.bool_], rest: Array, covariance: Array) -> Array:
    """The change of few joints, walk × number; 0 in walks that are not unusual.

    Parameters
    ----------
    unusual
        By walk.
    rest
        walk × number: deviations from the expected walk.
    covariance
        Of a normal walk.
    """
    from scipy.linalg import solve_triangular

    half = np.linalg.cholesky(covariance)
    white = solve_triangular(half, a.shapes, lower=True)
    y = solve_triangular(half, rest.T, lower=True)
    gram, seen = white.T @ white, white.T @ y
    square = np.diag(gram)
    occam = 0.5 * np.log1p(square)
    out = np.zeros_like(rest)
    for i in range(len(rest)):
        if not unusual[i]:
            continue
        chosen: list[int] = []
        size = np.zeros(0)
        opened = np.zeros(len(CHANNELS), bool)
        for _ in range(_MOST):
            left = seen[:, i] - (gram[:, chosen] @ size if chosen else 0.0)
            gain = 0.5 * left**2 / (square + 1.0) - occam
            gain = gain - np.where((a.sets & ~opened).any(axis=1), _OPEN, _PRICE)
            gain[chosen] = -np.inf
            best = int(gain.argmax())
            if gain[best] < 0:
                break
            chosen.append(best)
            opened |= a.sets[best]
            size = np.linalg.solve(
                gram[np.ix_(chosen, chosen)] + np.eye(len(chosen)), seen[chosen, i]
            )
        if chosen:
            out[i] = a.shapes[:, chosen] @ size
    return out
