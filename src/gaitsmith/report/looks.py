"""Colours, line styles and words: the looks that every picture of a report shares.

The conventions are those of gait laboratories: left red, right blue, and a line style besides the
colour (left dashed, right solid), so that a page printed in grey or read by a colour-blind person
still tells the sides apart. What was estimated, not measured, is drawn dotted. The reference is a
grey band.
"""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.sections import Curve, Panel

__all__ = [
    "AXIS", "COLOURS", "GRID", "HUGE", "INK", "MARKS", "REFERENCE_FILL", "SIGNAL", "SOFT", "Dash",
    "axis_words", "finite", "line_style", "one_side", "solid", "thin_out",
]  # fmt: skip

Array = npt.NDArray[np.float64]
#: Lengths of dashes and gaps in widths of the line; empty: solid.
Dash = tuple[float, ...]

#: One colour a meaning; each has a contrast of at least 4.5 : 1 on white, bands excepted.
COLOURS = {
    "left": "#c0152a",
    "right": "#0f56a8",
    "both": "#5a3a86",
    "reference": "#6b7280",
    "neutral": "#3b4a5a",
    "estimated": "#a04a00",
    "warn": "#8f5b00",
}
INK, SOFT, GRID, AXIS = "#1f2933", "#5b6673", "#e3e7ec", "#9aa5b1"
REFERENCE_FILL = "#d5d9df"
MARKS = {"left": "s", "right": "o", "warn": "x", "estimated": "D"}

# Longest polyline drawn as it is; a page is some 900 px wide, so that more cannot be seen.
_MOST_POINTS = 3000
#: Values above this are no measurement; no axis could hold them.
HUGE = 1e15
#: A curve of more samples is a signal over time, not a curve over the cycle.
SIGNAL = 400


def line_style(colour: str, dashed: bool) -> Dash:
    """Dashes of a line: measured right solid, left dashed; estimated dotted, dash-dotted."""
    if dashed or colour == "estimated":
        return (4.5, 1.5, 1, 1.5) if colour == "left" else (1, 1.5)
    return (5, 1.8) if colour == "left" else ()


def thin_out(x: Array, y: Array, most: int = _MOST_POINTS) -> tuple[Array, Array]:
    """A long polyline with only the extremes of each of `most` / 2 stretches, in order of time."""
    if len(x) <= most:
        return x, y
    bins = most // 2
    size = -(-len(x) // bins)
    padded = np.full(bins * size, np.nan)
    padded[: len(y)] = y
    rows = padded.reshape(bins, size)
    some = np.isfinite(rows).any(axis=1)
    rows = np.where(some[:, None], rows, 0.0)
    at = np.stack((np.nanargmin(rows, axis=1), np.nanargmax(rows, axis=1)), axis=1)
    at = (np.sort(at, axis=1) + size * np.arange(bins)[:, None]).reshape(-1)
    at = np.minimum(at, len(x) - 1)
    out = y[at].copy()
    out[~np.repeat(some, 2)] = np.nan
    return x[at], out


def finite(x: Any, y: Any) -> tuple[Array, Array]:
    """Both as floats, with NaN where they are not finite (or too large for any axis)."""
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(a) < HUGE, a, np.nan), np.where(np.abs(b) < HUGE, b, np.nan)


def one_side(panel: Panel) -> bool:
    """Whether the strong curves of a panel are of one side only."""
    sides = {c.colour for c in panel.curves if not c.thin and c.colour in ("left", "right")}
    return len(sides) < 2


def solid(curve: Curve, alone: bool) -> bool:
    """Long signals are solid where their side stands alone: dashes could not be read."""
    return alone and not curve.dashed and not curve.marks and len(curve.x) > SIGNAL


def axis_words(panel: Panel, room_pt: float) -> str:
    """Unit and positive direction in at most two lines of `room_pt` points.

    The arrow points up once the words are turned.
    """
    degrees = panel.unit in ("deg", "degree", "degrees", "°")
    unit = "" if panel.unit == "1" else "°" if degrees else panel.unit
    growing = panel.positive.strip().rstrip("+ ").strip()
    if not growing:
        return "degrees" if degrees else unit
    # The unit stays with its arrow.
    nbsp = "\u00a0"
    words = f"{growing}\u00a0→" + (f"\u00a0\u00a0({unit.replace(' ', nbsp)})" if unit else "")
    room = max(12, int(room_pt / 3.6))
    lines = textwrap.wrap(words, room, break_long_words=False)
    if len(lines) > 2:
        short = textwrap.shorten(growing, max(8, 2 * room - len(unit) - 10), placeholder="…")
        lines = textwrap.wrap(words.replace(growing, short, 1), room, break_long_words=False)[:3]
    return "\n".join(lines)
