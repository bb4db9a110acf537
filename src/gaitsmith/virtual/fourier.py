"""Fourier series over a stride: the basis at phases, coefficients of curves, derivatives of samples.

Coefficients are the mean, then cosine and sine of each harmonic.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["BASIS", "D2", "PHASES", "D", "K", "N", "fitted", "waves"]

Array = npt.NDArray[np.float64]

#: Harmonics of the stride, and the phases (0-1) at which it is looked at.
K = 10
N = 56
PHASES = np.arange(N) / N


def waves(phase: Array, order: int = 0) -> Array:
    """Basis (time × coefficient) and its derivative by phase."""
    k = 2 * np.pi * np.arange(1, K + 1)
    angle = np.multiply.outer(phase, k) + order * np.pi / 2
    out = np.empty((len(phase), 2 * K + 1))
    out[:, 0] = 1.0 if order == 0 else 0.0
    out[:, 1::2] = np.cos(angle) * k**order
    out[:, 2::2] = np.sin(angle) * k**order
    return out


def fitted(curve: Array) -> Array:
    """Coefficients of curves (100 values over the stride; last axis)."""
    series = np.fft.rfft(curve, axis=-1)[..., : K + 1] / curve.shape[-1]
    out = np.empty((*curve.shape[:-1], 2 * K + 1))
    out[..., 0] = series[..., 0].real
    out[..., 1::2] = 2 * series[..., 1:].real
    out[..., 2::2] = -2 * series[..., 1:].imag
    return out


def _differences() -> tuple[Array, Array]:
    """Matrices that give derivatives by phase of periodic samples, exactly for what they hold."""
    k = np.fft.fftfreq(N, 1 / N) * 2j * np.pi
    eye = np.fft.fft(np.eye(N), axis=0)
    first, second = (np.fft.ifft((k**d)[:, None] * eye, axis=0).real for d in (1, 2))
    return first, second


D, D2 = _differences()
#: The basis at ``PHASES`` and its derivatives by phase; matrices that differentiate samples there.
BASIS = tuple(waves(PHASES, d) for d in (0, 1, 2))
