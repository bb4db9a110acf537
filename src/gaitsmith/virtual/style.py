"""A personal style: deviations of all joints' curves from the mean, drawn together.

A person's deviation from the published mean at a speed is a vector of Fourier coefficients of eight
coordinates. It is normal with the covariance between real people (``population.json``, made by
``gaitsmith.studies.virtual_style`` from ``lencioni2019``, CC BY 4.0). Most of a joint's offset, and
two thirds of what the deviation's shape has, last over all speeds; the rest is forgotten as speed
changes. Strides deviate from the person's own steady stride with the covariance of real strides.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

__all__ = [
    "COORDINATES",
    "HARMONICS",
    "INFORMED_BY",
    "SIZE",
    "SPEEDS",
    "TABLE",
    "curves",
    "deviation",
    "later",
    "stride_deviations",
]

Array = npt.NDArray[np.float64]

#: Coordinates of one leg that have a style, then the pelvis'.
COORDINATES = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle",
               "pelvis_tilt", "pelvis_list", "pelvis_rotation")  # fmt: skip
#: Harmonics of the stride that a deviation has.
HARMONICS = 6
#: People of lencioni2019 whose curves informed the covariances: no comparison uses them.
INFORMED_BY = ("3", "14", "24", "29", "32", "36", "38", "40", "42")
#: Where the covariances stand.
TABLE = Path(__file__).with_name("population.json")
#: Dimensionless speeds between which a style changes along a line.
SPEEDS = np.arange(0.05, 0.91, 0.07)

_PARTS = 1 + 2 * HARMONICS
# Links of people and plain ones together; see ``studies.virtual_style``.
_PEOPLE, _PLAIN = 7, len(COORDINATES) * _PARTS
_ROWS = _PEOPLE + _PLAIN
#: How many standard normal numbers a style takes: what lasts, then one set for each of ``SPEEDS``.
SIZE = (1 + len(SPEEDS)) * _ROWS
# Share of the variance that lasts over speed, of offsets and of the rest, and the difference of speed
# (dimensionless; about 0.4 m/s) over which the other part is forgotten to 1/e: read from the mean
# squared difference of strides by their difference of speed, people of INFORMED_BY.
_LASTS, _LASTS_SHAPE, _FORGETS = 0.95, 0.65, 0.13
# A side's own deviation beside what both legs have (amplitude): a seventh of the variance (a guess;
# lencioni2019 measures one leg).
_SIDE = 0.4


# Feet on the ground take away some of a stride's deviation (hip and knee to 0.8, ankle to 0.6): made
# good here.
_STRIDES = 1.3


@cache
def _table() -> dict[str, Array | float]:
    raw = json.loads(TABLE.read_text("utf-8"))
    return {
        "root": np.vstack((np.array(raw["people"]), np.array(raw["plain"]))),
        "strides": np.array(raw["strides"]), "young": float(raw["young_strides"]),
    }  # fmt: skip


def deviation(latent: Array, speed: float) -> Array:
    """Coefficients (coordinate × coefficient, deg) of a style at a dimensionless speed.

    Coefficients are the mean, then cosine and sine of each harmonic.
    """
    if latent.size == 0:
        return np.zeros((len(COORDINATES), _PARTS))
    root = _table()["root"]
    drawn = latent.reshape(1 + len(SPEEDS), _ROWS)
    lasting, fading = drawn[0], _fading(drawn[1:], speed)
    shares = np.full((len(COORDINATES), _PARTS), _LASTS_SHAPE)
    shares[:, 0] = _LASTS
    rows = np.stack((lasting, fading)) @ root
    both = rows.reshape(2, len(COORDINATES), _PARTS)
    return np.asarray(np.sqrt(shares) * both[0] + np.sqrt(1 - shares) * both[1])


def _fading(drawn: Array, speed: float) -> Array:
    """A process over speed that forgets (first-order autoregressive), of unit variance."""
    keep = float(np.exp(-(SPEEDS[1] - SPEEDS[0]) / _FORGETS))
    values = np.empty_like(drawn)
    values[0] = drawn[0]
    for i in range(1, len(drawn)):
        values[i] = keep * values[i - 1] + np.sqrt(1 - keep**2) * drawn[i]
    at = float(np.clip((speed - SPEEDS[0]) / (SPEEDS[1] - SPEEDS[0]), 0, len(SPEEDS) - 1))
    low = min(int(at), len(SPEEDS) - 2)
    u = at - low
    # Between two knots the variance of a line is less: made good.
    size = np.sqrt((1 - u) ** 2 + u**2 + 2 * u * (1 - u) * keep)
    return np.asarray(((1 - u) * values[low] + u * values[low + 1]) / size)


# What standing on flat feet asks of a deviation: by how much (deg) each sum of coordinates may differ
# from its mean over these phases of the stride. The sole is level; the body is over the foot, ahead
# and aside; the foot points where it does. Real people's angles hold offsets of their markers that
# no body can have.
_FLAT = {"pelvis_tilt": 1.0, "hip_flexion": 1.0, "knee_angle": -1.0, "ankle_angle": 1.0}
_ASKED: tuple[tuple[dict[str, float], tuple[float, float], float], ...] = (
    *((_FLAT, (at - 0.02, at + 0.02), 0.7) for at in (0.10, 0.16, 0.22, 0.28)),
    ({"pelvis_tilt": 2.0, "hip_flexion": 2.0, "knee_angle": -1.0}, (0.05, 0.55), 2.5),
    *(
        ({"hip_adduction": 1.0, "pelvis_list": 1.0}, (at - 0.05, at + 0.05), 1.0)
        for at in (0.1, 0.3, 0.5)
    ),
    ({"hip_rotation": 1.0, "pelvis_rotation": 1.0}, (0.10, 0.45), 1.0),
)


@cache
def _asking() -> tuple[Array, Array]:
    """What is asked (row × size) and its gain (size × row), for everything."""
    rows = np.zeros((len(_ASKED), len(COORDINATES), _PARTS))
    k = 2 * np.pi * np.arange(1, HARMONICS + 1)
    for i, (terms, (start, stop), _) in enumerate(_ASKED):
        phase = np.linspace(start, stop, 9)
        wave = np.ones(_PARTS)
        wave[1::2] = np.cos(np.outer(phase, k)).mean(axis=0)
        wave[2::2] = np.sin(np.outer(phase, k)).mean(axis=0)
        for name, factor in terms.items():
            rows[i, COORDINATES.index(name)] = factor * wave
    return rows, np.array([sd for _, _, sd in _ASKED])


@cache
def _gain(*, legs_only: bool) -> Array:
    """Kalman's gain of what is asked."""
    rows, sd = _asking()
    root = np.asarray(_table()["root"])
    spread = (root.T @ root).reshape(len(COORDINATES), _PARTS, -1).copy()
    if legs_only:
        spread[5:] = 0.0
        spread.reshape(len(COORDINATES), _PARTS, len(COORDINATES), _PARTS)[:, :, 5:] = 0.0
    spread = spread.reshape(len(COORDINATES) * _PARTS, -1)
    a = rows.reshape(len(sd), -1)
    return np.asarray(spread @ a.T @ np.linalg.inv(a @ spread @ a.T + np.diag(sd**2)))


def _standing(drawn: Array, outward: float, *, legs_only: bool = False) -> Array:
    """A deviation (coordinate × coefficient) given that the person stands on flat feet that are
    turned out by `outward` (deg) more than the mean: the conditional of a normal distribution."""
    if not drawn.any():
        return drawn
    rows, sd = _asking()
    target = np.zeros(len(sd))
    target[-1] = -outward
    miss = target - rows.reshape(len(sd), -1) @ drawn.ravel()
    return np.asarray(drawn + (_gain(legs_only=legs_only) @ miss).reshape(drawn.shape))


def curves(
    common: Array, sides: Array, speed: float, outward: tuple[float, float] = (0.0, 0.0)
) -> tuple[Array, Array]:
    """Deviations (deg, 100 values over the stride) of a person at a dimensionless speed.

    `outward`: by how much (deg) the right and left foot are turned out more than the mean.

    Returns
    -------
    legs, middle
        side (right, left) × five leg coordinates × 100, each on its own side's stride; three of the
        pelvis × 100 on the right one. Turns of the pelvis that are alike in both steps, and tilt
        that is not, are halved: they belong to one leg's view of a symmetric walk.
    """
    phase = np.arange(100) / 100
    k = 2 * np.pi * np.arange(1, HARMONICS + 1)
    waves = np.ones((_PARTS, 100))
    waves[1::2], waves[2::2] = np.cos(np.outer(k, phase)), np.sin(np.outer(k, phase))
    both = _standing(deviation(common, speed), float(np.mean(outward)))
    own = [deviation(s, speed) for s in sides] if sides.size else [np.zeros_like(both)] * 2
    legs_of = []
    for o, turned in zip(own, outward, strict=True):
        o[5:] = 0.0
        aside = _standing(o, (turned - float(np.mean(outward))) / _SIDE, legs_only=True)
        legs_of.append((both + _SIDE * aside)[:5] @ waves)
    legs = np.stack(legs_of)
    middle = both[5:].copy()
    odd = np.repeat(np.arange(1, HARMONICS + 1) % 2 == 1, 2)
    middle[0, 1:][odd] *= 0.5
    middle[1:, 0] *= 0.5
    middle[1:, 1:][:, ~odd] *= 0.5
    return legs, np.asarray(middle @ waves)


def stride_deviations(rng: np.random.Generator, count: int, *, young: bool = False) -> Array:
    """Deviations of strides from a person's own: count × (right, left) × coordinate × coefficient.

    The left's are on the left side's stride; its pelvis is not to be used. Degrees.
    """
    table = _table()
    root = table["strides"]
    assert isinstance(root, np.ndarray)
    drawn = rng.standard_normal((count, 2, len(root)))
    drawn[:, 1] = 0.5 * drawn[:, 0] + np.sqrt(0.75) * drawn[:, 1]
    size = _STRIDES * (table["young"] if young else 1.0)
    return np.asarray(size * (drawn @ root).reshape(count, 2, len(COORDINATES), _PARTS))


def later(rows: Array, shift: float) -> Array:
    """Coefficients (… × coefficient) of curves that come later by a share of the stride."""
    count = (rows.shape[-1] - 1) // 2
    turn = 2 * np.pi * shift * np.arange(1, count + 1)
    out = np.array(rows, dtype=float)
    a, b = rows[..., 1::2], rows[..., 2::2]
    out[..., 1::2] = a * np.cos(turn) - b * np.sin(turn)
    out[..., 2::2] = a * np.sin(turn) + b * np.cos(turn)
    return out
