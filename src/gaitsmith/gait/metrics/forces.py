"""Errors of estimated ground reaction forces and joint moments."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.gait.metrics.curves import mae
from gaitsmith.units import STANDARD_GRAVITY

__all__ = [
    "centre_of_pressure_error", "consistency", "force_error", "impulse_error", "peak_error",
    "percent_bw", "percent_bw_height",
]  # fmt: skip

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Below this vertical force (N) there is no centre of pressure to speak of (GaitDynamics uses it).
_LEAST_N = 20.0


def percent_bw(force: Array, mass: float) -> Array:
    """Force (N) in % of body weight."""
    return np.asarray(100.0 * np.asarray(force) / (_mass(mass) * STANDARD_GRAVITY))


def percent_bw_height(moment: Array, mass: float, height: float) -> Array:
    """Moment (N·m) in % of body weight × height."""
    if not height > 0:
        raise GaitsmithError("a height is a positive length", place="argument height", found=height)
    return percent_bw(moment, mass) / height


def _mass(mass: float) -> float:
    if not mass > 0:
        raise GaitsmithError("a mass is positive", place="argument mass", found=mass, expected="kg")
    return mass


def force_error(estimate: Array, truth: Array, mass: float, stance: Mask | None = None) -> Array:
    """MAE of each component in %BW, over all samples or over stance only.

    `estimate` and `truth` are time × component (N); `stance` marks samples (time,).
    """
    a, b = np.asarray(estimate, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if stance is not None:
        a, b = a[stance], b[stance]
    return np.array(
        [float(percent_bw(np.array(mae(x, y)), mass)) for x, y in zip(a.T, b.T, strict=True)]
    )


def peak_error(
    estimate: Array, truth: Array, *, part: tuple[float, float] = (0.0, 1.0), lowest: bool = False
) -> tuple[Array, Array]:
    """Error of the peak's height (estimate - truth) and of its place (% of the curve), by stance.

    Both are stance × point; `part` (0-1) of the curve is searched; `lowest` for braking and
    troughs. First and second vertical peaks: parts (0, 0.5) and (0.5, 1).
    """
    a, b = np.asarray(estimate, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    points = b.shape[1]
    low, high = (round(p * (points - 1)) for p in part)
    sign = -1.0 if lowest else 1.0
    found = []
    for x in (a, b):
        piece = sign * x[:, low : high + 1]
        at = piece.argmax(axis=1)
        found.append((sign * np.take_along_axis(piece, at[:, None], axis=1)[:, 0], at))
    place = 100.0 * (found[0][1] - found[1][1]) / (points - 1)
    return found[0][0] - found[1][0], place


def impulse_error(estimate: Array, truth: Array, seconds: Array | float) -> Array:
    """Error of the integral over stance (stance × point; force unit · s), by stance."""
    wrong = np.asarray(estimate, dtype=np.float64) - np.asarray(truth, dtype=np.float64)
    step = np.asarray(seconds, dtype=np.float64) / (wrong.shape[1] - 1)
    return np.asarray((wrong[:, 1:] + wrong[:, :-1]).sum(axis=1) / 2 * step)


def centre_of_pressure_error(
    estimate: Array, truth: Array, vertical: Array, *, least_n: float = _LEAST_N
) -> Array:
    """Mean absolute error (mm) of the horizontal components while the foot is loaded.

    `estimate` and `truth` are time × 3 (m; x, y, z), `vertical` the true vertical force (N).
    Returns (x, z, distance).
    """
    a, b = np.asarray(estimate, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    on = (np.asarray(vertical) > least_n) & ~(np.isnan(a) | np.isnan(b)).any(axis=1)
    if not on.any():
        return np.full(3, np.nan)
    off = 1e3 * (a[on] - b[on])[:, [0, 2]]
    return np.array([*np.abs(off).mean(axis=0), np.linalg.norm(off, axis=1).mean()])


def consistency(total_force: Array, com_acceleration: Array, mass: float) -> float:
    """Mean |ΣF - m (a + g)| in %BW: how far forces and motion break Newton's second law.

    Both are time × 3 (N; m/s², y up), gravity not included in the acceleration.
    """
    need = _mass(mass) * (np.asarray(com_acceleration) + np.array([0.0, STANDARD_GRAVITY, 0.0]))
    wrong = np.linalg.norm(np.asarray(total_force) - need, axis=1)
    return float(np.nanmean(percent_bw(wrong, mass)))
