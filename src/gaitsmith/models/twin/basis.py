"""Curves as few numbers: a Fourier series of the closed stride, orthonormal over its points."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

__all__ = ["HARMONICS", "SIZE", "coefficients", "curves_of", "derivative", "fourier", "harmonic"]

Array = npt.NDArray[np.float64]

#: Harmonics of the stride that are kept: the eighth of a 1 s stride lies at 8 Hz; joint
#: angles of walking are usually filtered at 6 to 12 Hz.
HARMONICS = 8
#: Numbers a curve becomes.
SIZE = 1 + 2 * HARMONICS


@cache
def fourier() -> Array:
    """SIZE × 101: rows 1, √2 cos kφ, √2 sin kφ; mean square over a stride 1."""
    phase = 2 * np.pi * np.arange(101) / 100
    rows = [np.ones(101)]
    for k in range(1, HARMONICS + 1):
        rows += [np.sqrt(2) * np.cos(k * phase), np.sqrt(2) * np.sin(k * phase)]
    out = np.stack(rows)
    out.flags.writeable = False
    return out


@cache
def harmonic() -> npt.NDArray[np.intp]:
    """The harmonic each number belongs to: 0, 1, 1, 2, 2, …"""
    return (np.arange(SIZE) + 1) // 2


def coefficients(curves: Array) -> Array:
    """… × 101 -> … × SIZE (degrees).

    Where a stride does not end as it began, the difference is spread over it as a straight line.
    """
    gap = curves[..., 100:] - curves[..., :1]
    closed = curves - gap * (np.arange(101) / 100 - 0.5)
    out: Array = closed[..., :100] @ fourier()[:, :100].T / 100
    return out


def curves_of(numbers: Array) -> Array:
    """… × SIZE -> … × 101."""
    out: Array = numbers @ fourier()
    return out


def derivative(numbers: Array) -> Array:
    """Coefficients of the slope by share of the stride (degrees a stride)."""
    out = np.zeros_like(numbers)
    k = 2 * np.pi * np.arange(1, HARMONICS + 1)
    out[..., 1::2] = k * numbers[..., 2::2]
    out[..., 2::2] = -k * numbers[..., 1::2]
    return out
