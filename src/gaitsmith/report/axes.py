"""Axes of one panel: from values to points, round numbers beside them, lines behind them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.report.looks import AXIS, GRID, SOFT, axis_words
from gaitsmith.report.pen import Pen, Words
from gaitsmith.sections import Panel

__all__ = ["Axes", "cut", "letters", "ticks", "y_words"]

Array = npt.NDArray[np.float64]

#: Size of the numbers on an axis, points.
NUMBERS = 7.0
# Mean width of a letter as a share of its size, for a sans-serif face.
_LETTER = 0.6


@dataclass(frozen=True)
class Axes:
    """A box of `width` × `height` points that shows x from `left` to `right`, y `low` to `high`.

    `inset` is what stays free at the left of it.
    """

    width: float
    height: float
    left: float = 0.0
    right: float = 1.0
    low: float = 0.0
    high: float = 1.0
    inset: float = 0.0

    def x(self, values: npt.ArrayLike) -> Array:
        """Points from the left edge of the panel."""
        scale = self.width / (self.right - self.left)
        out: Array = (np.asarray(values, dtype=float) - self.left) * scale + self.inset
        return out

    def y(self, values: npt.ArrayLike) -> Array:
        """Points from the upper edge."""
        scale = self.height / (self.high - self.low)
        out: Array = (self.high - np.asarray(values, dtype=float)) * scale
        return out

    def points(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """Both, as n × 2."""
        return np.column_stack((self.x(x), self.y(y)))

    def lying(self, y: float) -> Array:
        """The line at a value of y, from edge to edge."""
        return self.points([self.left, self.right], [y, y])

    def upright(self, x: float, top: float | None = None) -> Array:
        """The line at a value of x, from the lower edge up to `top` (or the upper edge)."""
        return self.points([x, x], [self.low, self.high if top is None else top])

    def frame(self, pen: Pen, *, lines_at: Sequence[float] = (), upright: bool = False) -> None:
        """Lines of the grid (lying, or `upright` ones) behind everything, then the two edges."""
        for at in lines_at:
            ends = self.upright(at) if upright else self.lying(at)
            pen.line(ends, GRID, 0.5)
        left, right = self.inset, self.inset + self.width
        pen.line([(left, 0), (left, self.height), (right, self.height)], AXIS, 0.6)

    def numbers_left(self, pen: Pen, at: Sequence[float]) -> float:
        """Numbers beside the y axis; the room (pt) that they take."""
        words = ticks_text(at)
        for value, text in zip(at, words, strict=True):
            y = float(self.y(value)) + 0.36 * NUMBERS
            pen.words(Words(-3.0, y, text, NUMBERS, SOFT, "end"))
        return 3.0 + max((letters(w, NUMBERS) for w in words), default=0.0)

    def numbers_below(self, pen: Pen, at: Sequence[float]) -> None:
        """Numbers below the x axis; the outer ones where they would stand over are left out."""
        for value, text in zip(at, ticks_text(at), strict=True):
            x = float(self.x(value))
            if -0.5 <= x - self.inset <= self.width + 0.5:
                pen.words(
                    Words(x, self.height + 3.0 + 0.75 * NUMBERS, text, NUMBERS, SOFT, "middle")
                )


def y_words(pen: Pen, panel: Panel, height: float, room: float) -> None:
    """Unit and direction beside the y axis, turned, left of numbers that take `room` points."""
    lines = axis_words(panel, height).split("\n")
    right = -max(room, 8.0) - 5.5
    for i, words in enumerate(reversed(lines)):
        pen.words(Words(right - 8.2 * i, height / 2, words, 7, SOFT, "middle", turned=True))


def letters(text: str, size: float) -> float:
    """About how wide `text` is, points."""
    return len(text) * _LETTER * size


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) in a range, in at most `most` steps."""
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return []
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(k * power for k in (1, 2, 5, 10, 20) if span / (k * power) <= most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


def ticks_text(at: Sequence[float]) -> list[str]:
    """The numbers of an axis with as many digits as their step needs, and a true minus."""
    if not at:
        return []
    step = min((b - a for a, b in itertools.pairwise(at)), default=abs(at[0]) or 1.0)
    largest = max(abs(a) for a in at)
    if largest >= 1e6 or (largest < 1e-3 and step < 1e-3):
        return [f"{a:.3g}".replace("-", "−") for a in at]
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
    return [f"{a + 0.0:.{digits}f}".replace("-", "−") for a in at]


def cut(points: Array, top: float, bottom: float) -> Array:
    """A polyline (points, y downwards) ended where it leaves the band from `top` to `bottom`."""
    y = points[:, 1]
    with np.errstate(invalid="ignore"):
        if not ((y < top) | (y > bottom)).any():
            return points
    for level in (top, bottom):
        y = points[:, 1] - level
        with np.errstate(invalid="ignore"):
            across = np.flatnonzero(y[:-1] * y[1:] < 0)
        if len(across):
            share = (y[across] / (y[across] - y[across + 1]))[:, None]
            meeting = points[across] + share * (points[across + 1] - points[across])
            meeting[:, 1] = level
            points = np.insert(points, across + 1, meeting, axis=0)
    out = points.copy()
    with np.errstate(invalid="ignore"):
        out[(out[:, 1] < top) | (out[:, 1] > bottom)] = np.nan
    return out
