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

# Share of a deviation's variance in its constant offset and in each harmonic: the mean curves of 17
# healthy people of lencioni2019 (CC BY 4.0), 6 to 68 years, at a dimensionless speed of 0.43.
_SHARES = {
    "hip_flexion": (0.91, 0.07, 0.01, 0.005, 0.003, 0.002),
    "hip_adduction": (0.85, 0.12, 0.02, 0.006, 0.002, 0.002),
    "hip_rotation": (0.84, 0.06, 0.05, 0.02, 0.02, 0.01),
    "knee_angle": (0.60, 0.19, 0.16, 0.03, 0.01, 0.01),
    "ankle_angle": (0.59, 0.16, 0.12, 0.09, 0.02, 0.02),
    "pelvis_tilt": (0.99, 0.003, 0.003, 0.002, 0.001, 0.001),
    "pelvis_list": (0.72, 0.24, 0.01, 0.03, 0.0, 0.0),
    "pelvis_rotation": (0.43, 0.51, 0.02, 0.03, 0.005, 0.005),
}
# Correlations between coordinates of the offsets and of the rest, from the same curves; those below
# 0.25 in size are left out. Pelvic list and hip adduction turn against each other on standing feet.
_OFFSETS = {("hip_flexion", "pelvis_tilt"): -0.85, ("hip_flexion", "knee_angle"): 0.40,
            ("knee_angle", "ankle_angle"): 0.50, ("hip_adduction", "pelvis_list"): -0.8}  # fmt: skip
_WAVES = {("hip_flexion", "knee_angle"): 0.47, ("hip_adduction", "pelvis_list"): -0.7,
          ("knee_angle", "ankle_angle"): -0.27}  # fmt: skip


@cache
def _roots() -> tuple[Array, Array]:
    """Square roots of the correlations between coordinates: of offsets, and of harmonics."""
    out = []
    for links in (_OFFSETS, _WAVES):
        c = np.eye(len(COORDINATES))
        for (a, b), r in links.items():
            i, j = COORDINATES.index(a), COORDINATES.index(b)
            c[i, j] = c[j, i] = r
        values, vectors = np.linalg.eigh(c)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        out.append(np.asarray(root / np.linalg.norm(root, axis=1)[:, None]))
    return out[0], out[1]


def shapes(latent: Array) -> npt.NDArray[np.complex128]:
    """Fourier coefficients (coordinate × harmonic from 0) of deviations in units of the SD.

    A curve is ``Re sum c_k e^(2 pi i k p)``; its mean square over people and phases is 1.
    """
    n = len(COORDINATES)
    if latent.size == 0:
        return np.zeros((n, HARMONICS + 1), complex)
    offset, wave = _roots()
    drawn = latent.reshape(n, _PARTS)
    shares = np.sqrt(np.array([_SHARES[c] for c in COORDINATES]))
    out = np.empty((n, HARMONICS + 1), complex)
    out[:, 0] = (offset @ drawn[:, 0]) * shares[:, 0]
    others = wave @ drawn[:, 1:]
    out[:, 1:] = (others[:, 0::2] + 1j * others[:, 1::2]) * shares[:, 1:]
    return out
