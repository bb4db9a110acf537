"""Walks as tokens of the masked autoencoder: joint × frame × value, standardised.

``window``
    as published: seven frames of joint angles at 30 Hz of a stride of 1.1 s (every 3 %), no phase;
``joints``
    the same of 3-D joint positions about the pelvis, by leg length;
``cycle``
    ours: the whole stride at once; a "frame" is a band of harmonics of the stride (offset, first,
    second, third and fourth, the rest), deviations from the population's mean at that speed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.models.twin.basis import SIZE, harmonic
from gaitsmith.models.twin.population import Population
from gaitsmith.models.twin.scores import rest_of
from gaitsmith.models.twin.walks import CHANNELS, Walks

__all__ = ["BANDS", "FORMS", "FRAMES", "STEP", "positions", "shape_of", "tokens"]

Array = npt.NDArray[np.float64]

#: Forms of input: (joints, frames, values of a token).
FORMS: dict[str, tuple[int, int, int]] = {
    "window": (len(CHANNELS), 7, 1), "joints": (9, 7, 3), "cycle": (len(CHANNELS), 5, 8),
}  # fmt: skip
#: Frames of a window and the step between them (% of the stride).
FRAMES, STEP = 7, 3
#: First and last harmonic of each band.
BANDS = ((0, 0), (1, 1), (2, 2), (3, 4), (5, 8))
# Lengths by leg (Winter 2009: thigh 0.245, shank 0.246, foot 0.152, hips 0.191 of height; leg 0.53).
_THIGH, _SHANK, _FOOT, _HIPS = 0.462, 0.464, 0.2, 0.18


def shape_of(form: str) -> tuple[int, int, int]:
    """Joints, frames and values of a token."""
    return FORMS[form]


def _turn(axis: int, degrees: Array) -> Array:
    """Rotation matrices … × 3 × 3 about an axis."""
    a = np.radians(degrees)
    out = np.zeros((*a.shape, 3, 3))
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    out[..., axis, axis] = 1.0
    out[..., i, i] = out[..., j, j] = np.cos(a)
    out[..., j, i], out[..., i, j] = np.sin(a), -np.sin(a)
    return out


def positions(curves: Array) -> Array:
    """walk × channel × 101 -> walk × 9 points × 101 × 3, leg lengths about the pelvis' middle.

    Points: trunk (a leg's half above the pelvis), then hip, knee, ankle, toe of the right and left leg.
    """
    tilt, lift, turn = (curves[:, i] for i in range(3))
    pelvis = _turn(2, tilt) @ _turn(0, lift) @ _turn(1, turn)
    out = [pelvis @ np.array([0.0, 0.5, 0.0])]
    for k, side in ((3, 1.0), (7, -1.0)):
        flexion, adduction, knee, ankle = (curves[:, k + i] for i in range(4))
        thigh = pelvis @ _turn(2, flexion) @ _turn(0, side * adduction)
        shank = thigh @ _turn(2, -knee)
        foot = shank @ _turn(2, ankle)
        hip = pelvis @ np.array([0.0, 0.0, side * _HIPS])
        at_knee = hip + thigh @ np.array([0.0, -_THIGH, 0.0])
        at_ankle = at_knee + shank @ np.array([0.0, -_SHANK, 0.0])
        out += [hip, at_knee, at_ankle, at_ankle + foot @ np.array([_FOOT, 0.0, 0.0])]
    return np.stack(out, axis=1)


def tokens(form: str, walks: Walks, p: Population) -> Array:
    """walk × start × joint × frame × value: every window of a stride (one of the ``cycle``).

    Channels that were not recorded are NaN.
    """
    if form == "cycle":
        sd = np.sqrt(np.diag(p.covariance())).reshape(len(CHANNELS), SIZE)
        rest = rest_of(p, walks).reshape(len(walks), len(CHANNELS), SIZE) / sd
        out = np.zeros((len(walks), 1, *FORMS[form]))
        for b, (low, high) in enumerate(BANDS):
            at = np.flatnonzero((harmonic() >= low) & (harmonic() <= high))
            out[:, 0, :, b, : len(at)] = rest[:, :, at]
        return out
    closed = walks.curves[..., :100]
    if form == "joints":
        values = positions(walks.curves)[:, :, :100]
    else:
        values = (
            (closed - p.expected(walks.speed).reshape(len(walks), len(CHANNELS), SIZE)[:, :, :1])
            / 10.0
        )[..., None]
    starts = np.arange(0, 100, 9)
    at = (starts[:, None] + STEP * np.arange(FRAMES)) % 100
    return np.moveaxis(values[:, :, at], 2, 1)
