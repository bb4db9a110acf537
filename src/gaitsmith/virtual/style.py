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

__all__ = ["COORDINATES", "HARMONICS", "INFORMED_BY", "SIZE", "shapes"]

Array = npt.NDArray[np.float64]

#: Coordinates of one leg that have a style, then the pelvis'.
COORDINATES = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle",
               "pelvis_tilt", "pelvis_list", "pelvis_rotation")  # fmt: skip
#: Harmonics of the stride that a deviation has.
HARMONICS = 5
_PARTS = 1 + 2 * HARMONICS
#: People of lencioni2019 whose curves informed the constants below: no comparison uses them.
INFORMED_BY = ("3", "14", "24", "29", "32", "36", "38", "40", "42")
#: How many standard normal numbers a style takes.
SIZE = len(COORDINATES) * _PARTS

# Share of a deviation's variance in its constant offset and in each harmonic: the mean curves of
# eight of these people, 6 to 44 years, at a dimensionless speed of 0.43 (lencioni2019, CC BY 4.0).
_SHARES = {
    "hip_flexion": (0.88, 0.10, 0.01, 0.005, 0.003, 0.002),
    "hip_adduction": (0.75, 0.19, 0.03, 0.02, 0.005, 0.005),
    "hip_rotation": (0.81, 0.09, 0.05, 0.02, 0.02, 0.01),
    "knee_angle": (0.61, 0.19, 0.16, 0.03, 0.005, 0.005),
    "ankle_angle": (0.64, 0.15, 0.09, 0.08, 0.02, 0.02),
    "pelvis_tilt": (0.99, 0.003, 0.003, 0.002, 0.001, 0.001),
    "pelvis_list": (0.54, 0.41, 0.01, 0.03, 0.005, 0.005),
    "pelvis_rotation": (0.55, 0.40, 0.01, 0.03, 0.005, 0.005),
}
# Correlations between coordinates of the offsets and of the rest, from the same curves; most of
# those below 0.4 in size are left out. Pelvic list and hip adduction turn against each other on standing feet.
_OFFSETS = {("hip_flexion", "pelvis_tilt"): -0.86, ("hip_flexion", "knee_angle"): 0.40,
            ("knee_angle", "ankle_angle"): 0.60, ("hip_adduction", "pelvis_list"): -0.8}  # fmt: skip
_WAVES = {("hip_flexion", "knee_angle"): 0.50, ("hip_adduction", "pelvis_list"): -0.7,
          ("knee_angle", "ankle_angle"): -0.39}  # fmt: skip


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
