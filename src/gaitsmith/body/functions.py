"""Functions of one coordinate, as models give them, each with its first two derivatives.

Every ``evaluate(q)`` takes an array (any shape) and returns value, first and second derivative of
that shape. Sources: OpenSim's API documentation of ``Function`` and its subclasses; the spline of
SIMM follows Forsythe, Malcolm & Moler, *Computer Methods for Mathematical Computations* (1977),
chapter 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError

__all__ = [
    "Constant",
    "Function",
    "PiecewiseLinear",
    "Polynomial",
    "Scaled",
    "SimmSpline",
    "linear",
]

Array = npt.NDArray[np.float64]
Triple = tuple[Array, Array, Array]


class Function(Protocol):
    """What a joint's axis or a coupling asks of its function."""

    def evaluate(self, q: Array) -> Triple:
        """Value, first and second derivative at `q`."""
        ...


@dataclass(frozen=True)
class Constant:
    """The same value everywhere."""

    value: float = 0.0

    def evaluate(self, q: Array) -> Triple:
        """Value, first and second derivative at `q`."""
        zero = np.zeros_like(q)
        return zero + self.value, zero, zero


@dataclass(frozen=True)
class Polynomial:
    """A polynomial; coefficients from the highest power to the constant."""

    coefficients: tuple[float, ...]

    def evaluate(self, q: Array) -> Triple:
        """Value, first and second derivative at `q`."""
        if len(self.coefficients) == 2:  # most axes of most bodies
            slope_of, offset = self.coefficients
            zero = np.zeros_like(q, dtype=np.float64)
            return slope_of * q + offset, zero + slope_of, zero
        c = np.array(self.coefficients)
        first = np.polyder(c) if len(c) > 1 else np.zeros(1)
        second = np.polyder(first) if len(first) > 1 else np.zeros(1)
        value, slope, bend = (np.asarray(np.polyval(p, q), np.float64) for p in (c, first, second))
        return value, slope, bend


def linear(slope: float, offset: float = 0.0) -> Polynomial:
    """``slope * q + offset``."""
    return Polynomial((slope, offset))


@dataclass(frozen=True)
class Scaled:
    """Another function times a factor (OpenSim's MultiplierFunction)."""

    function: Function
    factor: float

    def evaluate(self, q: Array) -> Triple:
        """Value, first and second derivative at `q`."""
        value, first, second = self.function.evaluate(q)
        return value * self.factor, first * self.factor, second * self.factor


def _knots(x: tuple[float, ...], y: tuple[float, ...], least: int, kind: str) -> None:
    if len(x) != len(y) or len(x) < least:
        raise GaitsmithError(f"a {kind} needs as many y as x, and at least {least}",
                             found=f"{len(x)} x and {len(y)} y")  # fmt: skip
    if not (np.all(np.isfinite(x)) and np.all(np.isfinite(y)) and np.all(np.diff(x) > 0)):
        raise GaitsmithError(f"the x of a {kind} do not rise", found=str(list(x)))


@dataclass(frozen=True)
class PiecewiseLinear:
    """Straight lines between knots, the end lines continued."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    def __post_init__(self) -> None:
        _knots(self.x, self.y, 2, "piecewise linear function")

    def evaluate(self, q: Array) -> Triple:
        """Value, first and second derivative at `q`."""
        x, y = np.array(self.x), np.array(self.y)
        slope = np.diff(y) / np.diff(x)
        at = np.clip(np.searchsorted(x, q, side="right") - 1, 0, len(slope) - 1)
        return y[at] + slope[at] * (q - x[at]), slope[at], np.zeros_like(q)


@dataclass(frozen=True)
class SimmSpline:
    """The cubic spline of SIMM and OpenSim: smooth inside, straight lines outside the knots.

    The third derivative at either end is that of the cubic through the four knots nearest to it
    (Forsythe, Malcolm & Moler); with three knots it is a parabola, with two a line.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    _b: Array = field(init=False, repr=False, compare=False)
    _c: Array = field(init=False, repr=False, compare=False)
    _d: Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _knots(self.x, self.y, 2, "spline")
        b, c, d = _spline(np.array(self.x), np.array(self.y))
        for name, value in (("_b", b), ("_c", c), ("_d", d)):
            object.__setattr__(self, name, value)

    def evaluate(self, q: Array) -> Triple:
        """Value, first and second derivative at `q`."""
        x, y, b, c, d = np.array(self.x), np.array(self.y), self._b, self._c, self._d
        at = np.clip(np.searchsorted(x, q, side="right") - 1, 0, len(x) - 2)
        h = q - x[at]
        value = y[at] + h * (b[at] + h * (c[at] + h * d[at]))
        first = b[at] + h * (2 * c[at] + 3 * h * d[at])
        second = 2 * c[at] + 6 * h * d[at]
        for outside, end in ((q < x[0], 0), (q > x[-1], -1)):
            value = np.where(outside, y[end] + b[end] * (q - x[end]), value)
            first = np.where(outside, b[end], first)
            second = np.where(outside, 0.0, second)
        return value, first, second


def _spline(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Coefficients of h, h² and h³ at each knot."""
    n = len(x)
    step, rise = np.diff(x), np.diff(y) / np.diff(x)
    if n == 2:
        return np.repeat(rise, 2), np.zeros(2), np.zeros(2)
    # Unknowns are the sixths of the second derivatives at the knots.
    matrix, right = np.zeros((n, n)), np.zeros(n)
    matrix[0, :2], matrix[-1, -2:] = (-step[0], step[0]), (step[-1], -step[-1])
    inner = np.arange(1, n - 1)
    matrix[inner, inner - 1], matrix[inner, inner + 1] = step[:-1], step[1:]
    matrix[inner, inner] = 2 * (step[:-1] + step[1:])
    right[1:-1] = np.diff(rise)
    if n > 3:
        third = np.diff(np.diff(rise) / (x[2:] - x[:-2]))
        right[0] = third[0] / (x[3] - x[0]) * step[0] ** 2
        right[-1] = -third[-1] / (x[-1] - x[-4]) * step[-1] ** 2
    s = np.linalg.solve(matrix, right)
    b, c, d = np.empty(n), np.asarray(3 * s, np.float64), np.empty(n)
    b[:-1] = rise - step * (s[1:] + 2 * s[:-1])
    d[:-1] = np.diff(s) / step
    b[-1] = rise[-1] + step[-1] * (s[-2] + 2 * s[-1])
    d[-1] = d[-2]
    return b, c, d
