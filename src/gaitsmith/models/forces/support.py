"""Forces that live in stance only and, low-passed, equal the net force: physics without learning.

Between strike and off each foot's force is a sum of sines of the stance's phase (zero at both
ends); outside it is zero. Low-passed like the mass centre's path, the sum of both feet must equal
m (a - g). The coefficients of all stances follow by regularised least squares, with higher sines
held smaller. Where both feet stand, what nothing tells apart is shared by the smallest
coefficients; where nobody stands (flight) nothing can be put, so that the impulse that a low-pass
has smeared into flight comes back to the stances. Ours.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gaitsmith.models.forces.motion import Walk
from gaitsmith.models.forces.stances import POINTS, Stance
from gaitsmith.signals import lowpass

__all__ = ["by_support", "shared_linearly"]

Array = npt.NDArray[np.float64]
_SINES = 6
# Penalty (share of the fit's weight) of the first sine and how it grows.
_PENALTY, _GROWTH = 0.02, 2.0


def by_support(walk: Walk, stances: Sequence[Stance]) -> Array:
    """Force of each stance, stance × 3 × 101 (body weights; forward, up, right)."""
    times, rate = walk.times, walk.rate
    columns = np.zeros((len(times), len(stances) * _SINES))
    for i, s in enumerate(stances):
        phase = (times - s.strike) / (s.off - s.strike)
        inside = (phase > 0) & (phase < 1)
        for k in range(_SINES):
            columns[inside, i * _SINES + k] = np.sin((k + 1) * np.pi * phase[inside])
    low, high = walk.span
    first = min((s.strike for s in stances), default=low)
    last = max((s.off for s in stances), default=high)
    used = (times >= max(first, times[0])) & (times <= min(last, times[-1]))
    wanted = walk.walking_frame(walk.net) / walk.weight
    out = np.empty((len(stances), 3, POINTS))
    basis = np.sin(np.outer(np.arange(1, _SINES + 1), np.pi * np.linspace(0, 1, POINTS)))
    penalty = np.tile(_PENALTY * np.arange(1, _SINES + 1) ** (2 * _GROWTH), len(stances))
    for axis in range(3):
        seen = lowpass(columns, rate, float(walk.cutoff_hz[axis]))[used]
        gram = seen.T @ seen / rate
        size = np.trace(gram) / max(1, len(gram))
        found = np.linalg.solve(gram + np.diag(penalty * size), seen.T @ wanted[used, axis] / rate)
        out[:, axis] = found.reshape(len(stances), _SINES) @ basis
    return out


def shared_linearly(total: Array, loaded: float, shared: float) -> Array:
    """A foot's part (3 × 101) of the net force (3 × 101) when the load passes over in a line.

    From strike to `loaded` it takes over, from `shared` on it gives away (shares of the stance).
    """
    x = np.linspace(0, 1, POINTS)
    up = x / np.clip(loaded, 0.02, 0.6) if loaded > 0 else np.ones(POINTS)
    down = (1 - x) / np.clip(1 - shared, 0.02, 0.6) if shared < 1 else np.ones(POINTS)
    return np.asarray(total * np.clip(np.minimum(up, down), 0.0, 1.0))
