"""A population of whole walks from one of single legs: the mirror image, and how legs go together.

Recordings of one leg (lencioni2019) tell the pelvis and the right leg. By symmetry the left leg is
the right one half a stride later, pelvic list and rotation change their sign. What they do not tell
is how much of a person's deviation both legs share, and by how much a normal left strike is off half
the stride: those are given.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from gaitsmith.models.twin.basis import SIZE, derivative, harmonic
from gaitsmith.models.twin.population import Population, reflection
from gaitsmith.models.twin.walks import CHANNELS, leg_channels

__all__ = ["LATE", "SHARED", "SHARED_STRIDES", "both_legs", "mirror"]

Array = npt.NDArray[np.float64]

#: Correlation of the two legs' deviations: of the offset and of the rest. Between the eight children
#: of mcgill_children 0.93, 0.41, 0.30, 0.26 (offsets of hip flexion, adduction, knee, ankle) and 0.0
#: to 0.65 (the rest); virtual people have 0.85.
SHARED = (0.6, 0.4)
#: The same of deviations from stride to stride (ours).
SHARED_STRIDES = (0.4, 0.2)
#: SD of the left strike's place (share of the stride) between people and from stride to stride:
#: symmetry indices of healthy people are a few percent (Sadeghi et al. 2000, Gait Posture 12:34-45).
LATE = (0.010, 0.008)

_N = len(CHANNELS)


def mirror() -> Array:
    """number × number: the numbers of a walk -> those of its mirror image on the other foot's clock."""
    out = reflection(np.ones(_N, bool))
    assert out is not None
    return out


def both_legs(p: Population) -> Population:
    """The population of whole walks; `p` knows the pelvis and the right leg."""
    m = mirror()
    mean = p.mean.copy()
    turned = mean @ m.T
    left = np.repeat(np.isin(np.arange(_N), leg_channels("l")), SIZE)
    pelvis = np.repeat(np.arange(_N) < 3, SIZE)
    mean[:, left] = turned[:, left]
    mean[:, pelvis] = 0.5 * (mean[:, pelvis] + turned[:, pelvis])
    between = _covariance(p.between, m, SHARED)
    within = _covariance(p.within, m, SHARED_STRIDES)
    slope = np.zeros(_N * SIZE)
    slope[left] = derivative(mean[0].reshape(_N, SIZE)).ravel()[left]
    between += LATE[0] ** 2 * np.outer(slope, slope)
    within += LATE[1] ** 2 * np.outer(slope, slope)
    return replace(
        p, mean=mean, between=_positive(between), within=_positive(within), known=np.ones(_N, bool)
    )


def _covariance(c: Array, m: Array, shared: tuple[float, float]) -> Array:
    right = np.repeat(np.isin(np.arange(_N), leg_channels("r")), SIZE)
    left = np.repeat(np.isin(np.arange(_N), leg_channels("l")), SIZE)
    known = ~left
    out = np.where(known[:, None] & known, c, 0.0)
    turned = m @ out @ m.T
    pelvis = ~right & ~left
    out[np.ix_(pelvis, pelvis)] = 0.5 * (out + turned)[np.ix_(pelvis, pelvis)]
    out[np.ix_(left, left)] = turned[np.ix_(left, left)]
    out[np.ix_(pelvis, left)] = turned[np.ix_(pelvis, left)]
    out[np.ix_(left, pelvis)] = turned[np.ix_(left, pelvis)]
    share = np.sqrt(np.tile(np.where(harmonic() == 0, shared[0], shared[1]), 4))
    half = np.tile(np.where(harmonic() % 2, -1.0, 1.0), 4)
    cross = (share[:, None] * share) * c[np.ix_(right, right)] * half
    out[np.ix_(right, left)] = cross
    out[np.ix_(left, right)] = cross.T
    return out


def _positive(matrix: Array) -> Array:
    values, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
    return np.asarray((vectors * np.maximum(values, 0.02)) @ vectors.T)
