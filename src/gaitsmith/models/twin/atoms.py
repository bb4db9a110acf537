"""Simple changes of few joints: what a fault is made of. Ours.

An atom is a smooth bump of one curve (a cyclic Gaussian anywhere in the stride, of one of three widths),
an offset, a change of range or a delay (one of six); of a whole leg, a delay, a longer or shorter stance, or a leg held more
flexed with the foot as it was (hip and knee together, knee and ankle together: a chain that stays closed). Sizes are
Gaussian with what a clinician would see as SD; pelvis and frontal plane move half as much. Delays are finite: of 9 % of
the stride the third harmonic turns by half a cycle, and a slope says nothing any more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.models.twin.basis import HARMONICS, SIZE, coefficients
from gaitsmith.models.twin.walks import CHANNELS, leg_channels

__all__ = ["Atoms", "atoms", "delayed", "longer_stance"]

Array = npt.NDArray[np.float64]

# Widths (SD, share of the stride) and places of bumps; sizes expected (SD): bump and offset (deg),
# range (relative); delays and changes of foot off (share of the stride).
_WIDTHS, _PLACES = (0.08, 0.12, 0.18), 20
_BUMP, _OFFSET, _RANGE = 14.0, 10.0, 0.3
_DELAYS = (-0.09, -0.06, -0.03, 0.03, 0.06, 0.09)
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


def delayed(numbers: Array, by: float) -> Array:
    """Curves (… × SIZE) later by a share of the stride."""
    out = numbers.copy()
    turn = 2 * np.pi * by * np.arange(1, HARMONICS + 1)
    cos, sin = numbers[..., 1::2], numbers[..., 2::2]
    out[..., 1::2] = cos * np.cos(turn) - sin * np.sin(turn)
    out[..., 2::2] = cos * np.sin(turn) + sin * np.cos(turn)
    return out


def longer_stance(numbers: Array, by: float, shift: float) -> Array:
    """A leg's curves (… × SIZE) with foot off later by a share of the stride, which begins at `shift`."""
    own = (np.arange(101) / 100 - shift) % 1.0
    was = np.interp(own, [0.0, _OFF + by, 1.0], [0.0, _OFF, 1.0]) + shift
    angle = 2 * np.pi * np.arange(1, HARMONICS + 1)[:, None] * was
    rows = np.ones((SIZE, 101))
    rows[1::2], rows[2::2] = np.sqrt(2) * np.cos(angle), np.sqrt(2) * np.sin(angle)
    return coefficients(numbers @ rows)


def _bumps() -> Array:
    away = np.arange(101) / 100 - (np.arange(_PLACES) / _PLACES)[:, None]
    away = away - np.round(away)
    return coefficients(np.concatenate([np.exp(-0.5 * (away / w) ** 2) for w in _WIDTHS]))


def atoms(mean: Array, have: npt.NDArray[np.intp], *, late: float = 0.5) -> Atoms:
    """Of the channels of `have`, whose expected numbers are `mean` (channel × SIZE)."""
    bump = _bumps()
    later = [delayed(mean, d) - mean for d in _DELAYS]
    shapes, sets, prior = [], [], []
    for k, c in enumerate(have):
        factor = _SMALL_FACTOR if CHANNELS[c].startswith(_SMALL) else 1.0
        constant, size = np.zeros(SIZE), mean[k].copy()
        constant[0], size[0] = _OFFSET * factor, 0.0
        rows = np.vstack([_BUMP * factor * bump, constant, _RANGE * size, *(d[k] for d in later)])
        whole = np.zeros((len(rows), len(have), SIZE))
        whole[:, k] = rows
        shapes.append(whole.reshape(len(rows), -1))
        sets += [np.arange(len(CHANNELS)) == c] * len(rows)
        prior += [-np.log(len(bump))] * len(bump) + [0.0] * 2 + [-np.log(len(later))] * len(later)
    for side in "rl":
        leg = [k for k, c in enumerate(have) if c in leg_channels(side)]
        if len(leg) < 2:
            continue
        shift = 0.0 if side == "r" else late
        for change in (*later, *(longer_stance(mean, d, shift) - mean for d in _DELAYS)):
            shape = np.zeros_like(mean)
            shape[leg] = change[leg]
            shapes.append(shape.reshape(1, -1))
            sets.append(np.isin(np.arange(len(CHANNELS)), np.asarray(have)[leg]))
            prior.append(-np.log(len(later)))
        hip, _, knee, ankle = leg_channels(side)
        for pair in ((hip, knee), (knee, ankle)):
            if not np.isin(pair, have).all():
                continue
            shape = np.zeros_like(mean)
            shape[np.isin(have, pair), 0] = _OFFSET
            shapes.append(shape.reshape(1, -1))
            sets.append(np.isin(np.arange(len(CHANNELS)), pair))
            prior.append(0.0)
    return Atoms(np.concatenate(shapes).T, np.stack(sets), np.array(prior))
