"""A personal style: smooth deviations of all joints' curves from the mean, drawn together.

A person's deviation of coordinate c at phase p and speed v is ``SD(c, p, v) · g(c, p)``: the
published standard deviation at that speed times a shape of unit variance that belongs to the person.
Shapes are linear in standard normal numbers: a constant offset and harmonics of the stride whose
variance falls with their order, with correlations between coordinates.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

__all__ = ["COORDINATES", "HARMONICS", "SIZE", "shapes"]

Array = npt.NDArray[np.float64]

#: Coordinates of one leg that have a style, then the pelvis'.
COORDINATES = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle",
               "pelvis_tilt", "pelvis_list", "pelvis_rotation")  # fmt: skip
#: Harmonics of the stride that a deviation has.
HARMONICS = 5
_PARTS = 1 + 2 * HARMONICS
#: How many standard normal numbers a style takes.
SIZE = len(COORDINATES) * _PARTS

# Share of a deviation's variance in its constant offset and in each harmonic: measured on joint
# angles of healthy people (lencioni2019, see ``gaitsmith.studies.virtual_people``).
_SHARES = (0.55, 0.22, 0.12, 0.06, 0.03, 0.02)
# Correlation of deviations between coordinates that hold a standing leg's length together: a knee
# more bent goes with more hip flexion and dorsiflexion; a pelvis tilted forward flexes the hips.
_LINKS = {("hip_flexion", "knee_angle"): 0.45, ("knee_angle", "ankle_angle"): 0.45,
          ("hip_flexion", "ankle_angle"): 0.15, ("hip_flexion", "pelvis_tilt"): -0.6,
          ("hip_adduction", "pelvis_list"): 0.5, ("hip_rotation", "pelvis_rotation"): -0.3}  # fmt: skip


@cache
def _root() -> Array:
    """Square root of the correlation between coordinates."""
    n = len(COORDINATES)
    c = np.eye(n)
    for (a, b), r in _LINKS.items():
        i, j = COORDINATES.index(a), COORDINATES.index(b)
        c[i, j] = c[j, i] = r
    values, vectors = np.linalg.eigh(c)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return np.asarray(root / np.linalg.norm(root, axis=1)[:, None])


def shapes(latent: Array) -> npt.NDArray[np.complex128]:
    """Fourier coefficients (coordinate × harmonic from 0) of deviations in units of the SD.

    A curve is ``Re sum c_k e^(2 pi i k p)``.
    """
    n = len(COORDINATES)
    if latent.size == 0:
        return np.zeros((n, HARMONICS + 1), complex)
    drawn = _root() @ latent.reshape(n, _PARTS)
    shares = np.sqrt(np.array(_SHARES))
    out = np.empty((n, HARMONICS + 1), complex)
    out[:, 0] = drawn[:, 0] * shares[0]
    out[:, 1:] = (drawn[:, 1::2] + 1j * drawn[:, 2::2]) * shares[1:]
    return out
