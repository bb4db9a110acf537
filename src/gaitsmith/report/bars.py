"""Bars of a panel: grouped by label, standing or lying, each with its range behind it."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.report.axes import Axes, letters, ticks, y_words
from gaitsmith.report.looks import AXIS, COLOURS, HUGE, INK, REFERENCE_FILL, SOFT, axis_words
from gaitsmith.report.numbers import number_text
from gaitsmith.report.pen import Pen, Words
from gaitsmith.report.words import headed
from gaitsmith.sections import Bar, Panel

# Width of a letter of a label, points, at 7 pt and at the smallest size.
_WIDE, _NARROW = 3.9, 3.3
# Size of the words of a value, and the room left of a panel for the names of lying bars, points.
_VALUE, _MARGIN = 6.5, 40.0

Array = npt.NDArray[np.float64]

__all__ = ["draw_bars", "face_of", "groups_of", "label_lines", "lie_down"]


def groups_of(bars: Iterable[Bar]) -> dict[str, list[Bar]]:
    """Bars by their label: those of one label stand side by side."""
    groups: dict[str, list[Bar]] = {}
    for bar in bars:
        groups.setdefault(bar.label, []).append(bar)
    return groups


def lie_down(labels: Collection[str], width_in: float) -> bool:
    """Whether groups of bars are drawn lying, since their labels would not fit below."""
    room = width_in * 72 / max(len(labels), 1)
    return room < 30 or room < _NARROW * max((len(w) for x in labels for w in x.split()), default=0)


def label_lines(labels: Collection[str], width_in: float) -> int:
    """Most lines that a label below a bar needs."""
    return max(len(_wrapped(x, width_in * 72 / len(labels))) for x in labels)


def _wrapped(label: str, room_pt: float) -> list[str]:
    room = max(5, int(room_pt / _WIDE))
    return textwrap.wrap(headed(label), room, break_long_words=False)[:4] or [""]


def face_of(colour: str) -> str:
    """Fill of a bar: left bars are light with a strong edge, told apart without colour as well."""
    return {"left": "#f3c3c8", "neutral": "#6f8296"}.get(colour, COLOURS[colour])


def draw_bars(pen: Pen, panel: Panel, width: float, height: float) -> None:
    """The bars of `panel` on axes of `width` × `height` points."""
    groups = groups_of(panel.bars)
    lying = lie_down(groups, width / 72)
    labels = list(groups)
    if lying:
        labels = [textwrap.shorten(headed(x), 26, placeholder="…") for x in labels]
    low, high = _limits(panel.bars)
    axes = _axes(width, height, (low, high), labels, lying=lying)
    at = ticks(low, high, 6)
    axes.frame(pen, lines_at=at, upright=lying)
    sizes = [abs(b.value) for b in panel.bars if np.isfinite(b.value)]
    largest = max(sizes, default=0.0)
    spec = f".{0 if largest >= 100 else 1 if largest >= 3 else 2}f"
    values: list[Words] = []
    for centre, some in enumerate(groups.values()):
        each = min(0.8 / len(some), 0.42)
        for i, bar in enumerate(some):
            slot = _Slot(axes, centre + (i - (len(some) - 1) / 2) * each, each, lying)
            _bar(pen, slot, bar)
            values.append(_value(pen, slot, bar, spec))
    pen.line(axes.upright(0) if lying else axes.lying(0), AXIS, 0.7)
    for value in values:
        pen.words(value)
    if lying:
        axes.numbers_below(pen, at)
        for i, label in enumerate(labels):
            pen.words(Words(axes.inset - 3, float(axes.y(i)) + 2.5, label, 7, SOFT, "end"))
        for i, words in enumerate(axis_words(panel, width).split("\n")):
            pen.words(Words(width / 2, height + 19.5 + 8.2 * i, words, 7, SOFT, "middle"))
        return
    room = width / len(groups)
    longest = max((len(w) for x in labels for w in x.split()), default=0)
    size = 6.0 if longest * _WIDE > room else 7.0
    for i, label in enumerate(labels):
        for line, words in enumerate(_wrapped(label, room)):
            y = height + 3 + 0.8 * size + 8.6 * line
            pen.words(Words(float(axes.x(i)), y, words, size, SOFT, "middle"))
    y_words(pen, panel, height, axes.numbers_left(pen, at))


def _ends(bar: Bar) -> list[float]:
    return [float(e) for e in (bar.low, bar.high) if e is not None and abs(e) < HUGE]


def _length(bar: Bar) -> float:
    return bar.value if abs(bar.value) < HUGE else 0.0


def _limits(bars: Iterable[Bar]) -> tuple[float, float]:
    """What an axis of bars must hold, with room for the words of the values."""
    held = [0.0, *(v for b in bars for v in (_length(b), *_ends(b)))]
    low, high = min(held), max(held)
    pad = 0.14 * ((high - low) or 1.0)
    return low - (pad if low < 0 else 0.0), high + pad


def _axes(
    width: float,
    height: float,
    limits: tuple[float, float],
    labels: Collection[str],
    *,
    lying: bool,
) -> Axes:
    first, last = -0.6, len(labels) - 0.4
    if not lying:
        return Axes(width, height, first, last, *limits)
    # Lying bars stand one below the other; their names take room of their own from the panel.
    longest = max((letters(x, 7) for x in labels), default=0.0)
    inset = min(max(0.0, longest - _MARGIN), width / 2)
    return Axes(width - inset, height, *limits, last, first, inset=inset)


@dataclass(frozen=True)
class _Slot:
    """The place of one bar on its axes: its middle and room across, in numbers of groups."""

    axes: Axes
    centre: float
    room: float
    lying: bool

    def points(self, across: npt.ArrayLike, along: npt.ArrayLike) -> Array:
        return self.axes.points(*((along, across) if self.lying else (across, along)))

    def line(self, value: float) -> Array:
        """The line across the slot at a value."""
        return self.points(
            [self.centre - self.room / 2, self.centre + self.room / 2], [value, value]
        )

    def box(self, low: float, high: float, share: float = 1.0) -> Array:
        """Corners of the stretch between two values, over a share of the room."""
        a, b = self.centre - share * self.room / 2, self.centre + share * self.room / 2
        return self.points([a, b, b, a], [low, low, high, high])


def _bar(pen: Pen, slot: _Slot, bar: Bar) -> None:
    """Draw one bar with its range behind it."""
    ends = _ends(bar)
    if ends:
        low, high = (min(ends), max(ends)) if len(ends) == 2 else (min(0.0, ends[0]), ends[0])
        pen.area(slot.box(low, high), REFERENCE_FILL)
    pen.area(slot.box(0.0, _length(bar), 0.72), face_of(bar.colour), 1.0, COLOURS[bar.colour], 0.9)
    for end in ends:
        pen.line(slot.line(end), "#3d4752", 0.8, (3, 1.5))


def _value(pen: Pen, slot: _Slot, bar: Bar, spec: str) -> Words:
    """The words of a bar's value, on a light ground that is drawn here."""
    value, ends, axes = _length(bar), _ends(bar), slot.axes
    # Inside its interval the value's words would stand on the interval's ends.
    inside = len(ends) == 2 and min(ends) <= value <= max(ends)
    at = (max(ends) if value >= 0 else min(ends)) if inside else value
    text = number_text(bar.value, spec)
    wide, tall, up = letters(text, _VALUE) + 1, 0.74 * _VALUE, value >= 0
    if slot.lying:
        x, y = float(axes.x(at)) + (2.5 if up else -2.5), float(axes.y(slot.centre)) + tall / 2
        pen.box(
            x - 0.5 if up else x - wide + 0.5,
            y - tall - 0.6,
            wide,
            tall + 1.2,
            fill="#ffffff",
            alpha=0.7,
        )
        return Words(x, y, text, _VALUE, INK, "start" if up else "end")
    x, y = float(axes.x(slot.centre)), float(axes.y(at)) + (-2.5 if up else 2.5 + tall)
    pen.box(x - wide / 2, y - tall - 0.6, wide, tall + 1.2, fill="#ffffff", alpha=0.7)
    return Words(x, y, text, _VALUE, INK, "middle")
