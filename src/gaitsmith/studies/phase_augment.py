"""Crops of a walk made different: another tempo, a sensor that sits otherwise, other gains, noise.

Twelve people walk much alike, so what a network must not learn by heart is drawn anew for each
crop. A tempo may change within a crop, and so may the size of its movements (a smooth gain):
strides that nobody in the data walked, with labels that stay true, since every label moves along.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from gaitsmith.studies.phase_recipe import Recipe
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["disturbed", "pace", "warped"]

Array = npt.NDArray[np.float64]
Ticks = npt.NDArray[np.float32]

_REST = np.array([0.0, STANDARD_GRAVITY, 0.0], np.float32)
# Columns of a target: sin, cos, stance; what follows is taken from the nearest tick.
_SMOOTH = 3


def _smooth(n: int, every: int, rng: np.random.Generator) -> Array:
    """n values on lines between standard normal ones about every `every` ticks."""
    knots = max(2, round(n / every))
    return np.interp(np.arange(n), np.linspace(0, n, knots), rng.normal(0, 1, knots))


def pace(r: Recipe, rng: np.random.Generator) -> Array:
    """How far the clock of the original moves at each tick of the crop."""
    speed = np.full(r.length, float(np.exp(rng.uniform(-r.warp, r.warp))) if r.warp else 1.0)
    if r.local_warp:
        speed *= np.exp(r.local_warp * _smooth(r.length, r.local_every, rng))
    return speed


def warped(x: Ticks, y: Ticks, speed: Array, *, between: bool) -> tuple[Ticks, Ticks]:
    """The crop at another tempo: rates and the dynamic part of acceleration scale along.

    `between`: sin, cos and stance are read between ticks (a stance label between two ticks of a
    change is a share); else they are those of the nearest tick, as the weights always are.
    """
    at = np.concatenate(([0.0], np.cumsum(speed)[:-1]))
    at = at[at <= len(x) - 1]
    low = at.astype(int)
    part = (at - low)[:, None].astype(np.float32)
    high = np.minimum(low + 1, len(x) - 1)
    fast = speed[: len(at), None].astype(np.float32)
    out = x[low] * (1 - part) + x[high] * part
    out[:, 3:] *= fast
    out[:, :3] = _REST + (out[:, :3] - _REST) * fast
    said = y[np.rint(at).astype(int)]
    if not between:
        return out, said
    soft = y[low, :_SMOOTH] * (1 - part) + y[high, :_SMOOTH] * part
    size = np.hypot(soft[:, 0], soft[:, 1])
    # Across the jump of a stride that has no label (sin, cos) is not between its neighbours.
    known = size > 0.5
    said[known, :2] = soft[known, :2] / size[known, None]
    said[:, 2] = soft[:, 2]
    return out, said


def disturbed(x: Ticks, r: Recipe, size: Array, rng: np.random.Generator) -> Ticks:
    """Turned, scaled and noisy; `size` is the scale of each column for the noise."""
    turn = np.radians(rng.normal(0, 1, 3) * np.array([r.tilt_deg, r.turn_deg, r.tilt_deg]))
    angle = float(np.linalg.norm(turn))
    if angle > 0:
        k = turn / angle
        cross = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
        m = np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross
        m = m.T.astype(np.float32)
        x = np.concatenate([x[:, :3] @ m, x[:, 3:] @ m], axis=1)
    if r.spin:
        x = x.copy()
        a = rng.uniform(0, 2 * np.pi)
        plane = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]], np.float32)
        x[:, :2], x[:, 3:5] = x[:, :2] @ plane, x[:, 3:5] @ plane
    gains = 1 + r.gain * rng.normal(0, 1, 2)
    x = x * np.repeat(gains, 3).astype(np.float32)
    if r.noise:
        x = x + (r.noise * size * rng.normal(0, 1, x.shape)).astype(np.float32)
    if r.swell:
        x = x.copy()
        grown = np.exp(r.swell * _smooth(len(x), r.swell_every, rng))[:, None].astype(np.float32)
        x[:, 3:] *= grown
        x[:, :3] = _REST + (x[:, :3] - _REST) * grown
    return x.astype(np.float32)
