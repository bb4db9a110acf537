"""Bars of a panel: grouped by label, standing or lying, each with its range behind it."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import numpy as np

from gaitsmith.report.looks import COLOURS, GRID, HUGE, INK, REFERENCE_FILL, SOFT, axis_words
from gaitsmith.report.numbers import number_text
from gaitsmith.report.words import headed
from gaitsmith.sections import Bar, Panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Width of a letter of a label, points, at 7 pt and at the smallest size.
_WIDE, _NARROW = 3.9, 3.3

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


def draw_bars(axes: Axes, panel: Panel, *, width_pt: float) -> None:
    """Draw the bars of `panel` on `axes`, `width_pt` points wide."""
    groups = groups_of(panel.bars)
    room = width_pt / len(groups)
    lying = lie_down(groups, width_pt / 72)
    labels = list(groups)
    if lying:
        axes.grid(visible=False, axis="y")
        axes.grid(visible=True, axis="x", color=GRID, linewidth=0.5)
        short = [textwrap.shorten(headed(x), 26, placeholder="…") for x in labels]
        axes.set_yticks(range(len(labels)), short)
        axes.invert_yaxis()
        axes.set_ylabel("")
        axes.set_xlabel(axis_words(panel, width_pt), fontsize=7, color=SOFT)
    else:
        axes.set_xticks(range(len(labels)), ["\n".join(_wrapped(x, room)) for x in labels])
        axes.set_xlim(-0.6, len(labels) - 0.4)
        longest = max((len(w) for x in labels for w in x.split()), default=0)
        if longest * _WIDE > room:
            axes.tick_params(axis="x", labelsize=6)
    sizes = [abs(b.value) for b in panel.bars if np.isfinite(b.value)]
    largest = max(sizes, default=0.0)
    spec = f".{0 if largest >= 100 else 1 if largest >= 3 else 2}f"
    held: list[float] = [0.0]
    for at, some in enumerate(groups.values()):
        each = min(0.8 / len(some), 0.42)
        for i, bar in enumerate(some):
            centre = at + (i - (len(some) - 1) / 2) * each
            held += _bar(axes, bar, centre, each, spec, lying=lying)
    low, high = min(held), max(held)
    pad = 0.14 * ((high - low) or 1.0)
    limit = axes.set_xlim if lying else axes.set_ylim
    limit(low - (pad if low < 0 else 0.0), high + pad)
    axes.locator_params(axis="x" if lying else "y", nbins=6, steps=[1, 2, 5, 10])
    (axes.axvline if lying else axes.axhline)(0, color="#9aa5b1", linewidth=0.7, zorder=4)


def _bar(
    axes: Axes, bar: Bar, centre: float, room: float, spec: str, *, lying: bool
) -> list[float]:
    """Draw one bar with its range behind it and its value; the values the axis must hold."""
    value = bar.value if abs(bar.value) < HUGE else 0.0
    colour = COLOURS[bar.colour]
    place = axes.barh if lying else axes.bar
    place(
        centre, value, room * 0.72, color=face_of(bar.colour), edgecolor=colour, linewidth=0.9,
        zorder=2,
    )  # fmt: skip
    held = [value]
    ends = [float(e) for e in (bar.low, bar.high) if e is not None and abs(e) < HUGE]
    if ends:
        low, high = (min(ends), max(ends)) if len(ends) == 2 else (min(0.0, ends[0]), ends[0])
        place(centre, high - low, room, low, color=REFERENCE_FILL, linewidth=0, zorder=1)
        across = [centre - room / 2, centre + room / 2]
        for end in ends:
            along = [end, end]
            axes.plot(
                *((along, across) if lying else (across, along)),
                color="#3d4752", linewidth=0.8, linestyle=(0, (3, 1.5)), zorder=3,
            )  # fmt: skip
        held += [low, high]
    # Inside its interval the value's words would stand on the interval's ends.
    inside = len(ends) == 2 and min(ends) <= value <= max(ends)
    at = (max(ends) if value >= 0 else min(ends)) if inside else value
    offset = (0.0, 2.5 if value >= 0 else -2.5)
    axes.annotate(
        number_text(bar.value, spec), (at, centre) if lying else (centre, at),
        offset[::-1] if lying else offset, textcoords="offset points", fontsize=6.5, color=INK,
        zorder=5, ha=("left" if value >= 0 else "right") if lying else "center",
        va="center" if lying else ("bottom" if value >= 0 else "top"),
        bbox={"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.6},
    )  # fmt: skip
    return held
