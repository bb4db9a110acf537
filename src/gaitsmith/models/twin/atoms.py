"""Simple changes of few joints: what a fault is made of. Ours.

An atom is a smooth bump of one curve (a cyclic Gaussian anywhere in the stride, of one of three widths),
an offset, a change of range or a delay; of a whole leg, a delay or a longer stance. Sizes are Gaussian
with what a clinician would see as SD; pelvis and frontal plane move half as much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.models.twin.basis import SIZE, coefficients, curves_of, derivative
from gaitsmith.models.twin.walks import CHANNELS, leg_channels

__all__ = ["Atoms", "atoms", "longer_stance"]

Array = npt.NDArray[np.float64]

# Widths (SD, share of the stride) and places of bumps; sizes expected (SD): bump and offset (deg),
# range (relative), delay (share of the stride) of a joint, of a leg and of its foot off.
_WIDTHS, _PLACES = (0.08, 0.12, 0.18), 20
_BUMP, _OFFSET, _RANGE, _DELAY, _LEG = 14.0, 10.0, 0.3, 0.06, 0.06
_SMALL, _SMALL_FACTOR = ("pelvis", "hip_adduction"), 0.5
# Foot off (share of the stride) at a comfortable speed.
_OFF = 0.62


@dataclass(frozen=True)
class Atoms:
    """Simple changes.

    Attributes
    ----------
    shapes
        number × atom, each with SD 1 of its size.
    sets
        atom × channel: which channels each changes.
    prior
        Log prior of each: all bumps of a curve together count as one offset.
    """

    shapes: Array
    sets: npt.NDArray[np.bool_]
    prior: Array


def longer_stance(slope: Array, shift: float) -> Array:
    """Change of a curve by a foot off later by a whole stride, to first order."""
    own = (np.arange(101) / 100 - shift) % 1.0
    moved = np.where(own < _OFF, own / _OFF, (1.0 - own) / (1.0 - _OFF))
    return coefficients(curves_of(slope) * moved)


def _bumps() -> Array:
    away = np.arange(101) / 100 - (np.arange(_PLACES) / _PLACES)[:, None]
    away = away - np.round(away)
    return coefficients(np.concatenate([np.exp(-0.5 * (away / w) ** 2) for w in _WIDTHS]))


def atoms(mean: Array, have: npt.NDArray[np.intp], *, late: float = 0.5) -> Atoms:
    """Of the channels of `have`, whose expected numbers are `mean` (channel × SIZE)."""
    bump, slope = _bumps(), -derivative(mean)
    shapes, sets, prior = [], [], []
    for k, c in enumerate(have):
        factor = _SMALL_FACTOR if CHANNELS[c].startswith(_SMALL) else 1.0
        constant, size = np.zeros(SIZE), mean[k].copy()
        constant[0], size[0] = _OFFSET * factor, 0.0
        rows = np.vstack([_BUMP * factor * bump, constant, _RANGE * size, _DELAY * slope[k]])
        whole = np.zeros((len(rows), len(have), SIZE))
        whole[:, k] = rows
        shapes.append(whole.reshape(len(rows), -1))
        sets += [np.arange(len(CHANNELS)) == c] * len(rows)
        prior += [-np.log(len(bump))] * len(bump) + [0.0] * 3
    place = {int(c): k for k, c in enumerate(have)}
    for side in "rl":
        leg = [int(c) for c in leg_channels(side) if c in place]
        if len(leg) > 1:
            for kind in ("delay", "stance"):
                shape = np.zeros((1, len(have), SIZE))
                for c in leg:
                    own = slope[place[c]]
                    shape[0, place[c]] = _LEG * (
                        own if kind == "delay" else longer_stance(own, 0.0 if side == "r" else late)
                    )
                shapes.append(shape.reshape(1, -1))
                sets.append(np.isin(np.arange(len(CHANNELS)), leg))
                prior.append(0.0)
    return Atoms(np.concatenate(shapes).T, np.stack(sets), np.array(prior))
