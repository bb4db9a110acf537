"""What a picture is made of: lines, areas and words in points, before any file format.

Positions are points (1/72 inch) from the upper left corner, y downwards. A `Part` is a piece of
a picture with its own origin, so that the same piece can stand in two pictures (side by side on a
wide screen, one below the other on a phone).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = [
    "Area",
    "Item",
    "Line",
    "Part",
    "Pen",
    "Picture",
    "Placed",
    "Scale",
    "Words",
    "simplified",
]

Array = npt.NDArray[np.float64]
Anchor = Literal["start", "middle", "end"]

# A point this near (pt) the line between its neighbours is left out: a tenth of a pixel.
_TOLERANCE = 0.07
_PASSES = 4


@dataclass(frozen=True)
class Line:
    """One polyline or several: a row of NaN in `points` (n × 2) lifts the pen.

    With a `name` a page can read values off it.
    """

    points: Array
    colour: str
    width: float
    dash: tuple[float, ...] = ()
    alpha: float = 1.0
    name: str = ""


@dataclass(frozen=True)
class Area:
    """Filled polygons, parted by rows of NaN in `points` (n × 2), with an edge of `width`.

    With a `name` a page can read its bounds.
    """

    points: Array
    fill: str
    alpha: float = 1.0
    edge: str = ""
    width: float = 0.0
    name: str = ""


@dataclass(frozen=True)
class Words:
    """A line of text; (x, y) is the `anchor` end of its baseline. `turned` reads upwards."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    anchor: Anchor = "start"
    bold: bool = False
    turned: bool = False


Item = Line | Area | Words


@dataclass(frozen=True)
class Scale:
    """What positions in a part mean: x from `left` to `right` over `width` points, y down to `low`."""

    left: float
    right: float
    low: float
    high: float
    width: float
    height: float
    x_words: str
    unit: str


@dataclass
class Part:
    """Items drawn in their order from an origin of their own; with a `scale`, they have values."""

    items: list[Item] = field(default_factory=list)
    scale: Scale | None = None


@dataclass(frozen=True)
class Placed:
    """A part and where its origin stands in a picture."""

    part: Part
    x: float
    y: float


@dataclass(frozen=True)
class Picture:
    """A picture of `width` × `height` points."""

    width: float
    height: float
    placed: Sequence[Placed]


class Pen:
    """Draws into a `Part`."""

    def __init__(self) -> None:
        self.part = Part()

    def line(
        self, points: npt.ArrayLike, colour: str, width: float, dash: tuple[float, ...] = (),
        alpha: float = 1.0, *, name: str = "",
    ) -> None:  # fmt: skip
        """A polyline through `points` (n × 2); what lies on straight stretches is left out."""
        xy = simplified(np.asarray(points, dtype=float).reshape(-1, 2))
        if np.isfinite(xy).all(axis=1).any():
            self.part.items.append(Line(xy, colour, width, dash, alpha, name))

    def area(
        self, points: npt.ArrayLike, fill: str, alpha: float = 1.0, edge: str = "",
        width: float = 0.0, *, name: str = "",
    ) -> None:  # fmt: skip
        """Polygons with the corners `points` (n × 2)."""
        xy = np.asarray(points, dtype=float).reshape(-1, 2)
        if np.isfinite(xy).all(axis=1).any():
            self.part.items.append(Area(xy, fill, alpha, edge, width, name))

    def box(
        self, x: float, y: float, width: float, height: float, *, fill: str, alpha: float = 1.0,
        edge: str = "", line: float = 0.0,
    ) -> None:  # fmt: skip
        """A rectangle from its upper left corner; negative sizes are turned about."""
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        self.area(corners, fill, alpha, edge, line)

    def words(self, words: Words) -> None:
        """A line of text."""
        if words.text:
            self.part.items.append(words)

    def marks(self, points: npt.ArrayLike, shape: str, size: float, colour: str, fill: str) -> None:
        """A sign of `size` points at each of `points`: ``"s"``, ``"o"``, ``"D"`` or ``"x"``."""
        at = np.asarray(points, dtype=float).reshape(-1, 2)
        at = at[np.isfinite(at).all(axis=1)]
        if not len(at):
            return
        corners = _SHAPES.get(shape, _SHAPES["o"]) * size / 2
        gap = np.full((1, 2), np.nan)
        every = np.concatenate([np.concatenate((corners + p, gap)) for p in at])
        if shape == "x":
            self.part.items.append(Line(every, colour, 0.9))
        else:
            self.part.items.append(Area(every, fill, 1.0, colour, 0.9))


def _round(corners: int) -> Array:
    turn = 2 * np.pi * np.arange(corners) / corners
    return np.column_stack((np.cos(turn), np.sin(turn)))


_SHAPES: dict[str, Array] = {
    "o": _round(14),
    "s": 0.9 * np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]),
    "D": 1.2 * _round(4),
    "x": np.array([(-1, -1), (1, 1), (np.nan, np.nan), (-1, 1), (1, -1)], dtype=float),
}


def simplified(points: Array, tolerance: float = _TOLERANCE) -> Array:
    """A polyline without the points that its neighbours already tell.

    In each of a few passes every second point goes that lies between its neighbours and within
    `tolerance` of the line joining them; so the result is within a few times `tolerance` of
    every point. Rows of NaN stay.
    """
    for _ in range(_PASSES):
        if len(points) < 3:
            break
        before, at, after = points[:-2], points[1:-1], points[2:]
        chord, step = after - before, at - before
        size = np.hypot(chord[:, 0], chord[:, 1])
        off = np.abs(chord[:, 0] * step[:, 1] - chord[:, 1] * step[:, 0])
        along = (chord * step).sum(axis=1)
        with np.errstate(invalid="ignore"):
            between = (size > 0) & (along >= 0) & (along <= size**2)
            drop = between & (off <= tolerance * size)
        drop[1::2] = False
        if not drop.any():
            break
        keep = np.ones(len(points), dtype=bool)
        keep[1:-1] = ~drop
        points = points[keep]
    return points
