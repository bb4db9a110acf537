"""One declared `Panel` as two parts of a picture: its axes, and the words below its x axis."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.report.axes import Axes, cut, ticks, y_words
from gaitsmith.report.bars import draw_bars
from gaitsmith.report.looks import (
    AXIS,
    COLOURS,
    INK,
    MARKS,
    REFERENCE_FILL,
    SIGNAL,
    SOFT,
    Dash,
    finite,
    line_style,
    one_side,
    thin_out,
)  # fmt: skip
from gaitsmith.report.pen import Part, Pen, Scale, Words
from gaitsmith.report.words import headed
from gaitsmith.sections import Band, Curve, Panel, Span

__all__ = ["PanelDrawn", "draw_panel"]

Array = npt.NDArray[np.float64]

# How far up a foot-off's line goes, as a share of the panel: a strike's goes to the top.
OFF_HEIGHT = 0.45


@dataclass(frozen=True)
class PanelDrawn:
    """A panel from the upper left corner of its axes: `core`, and `below` its x axis."""

    core: Part
    below: Part


def draw_panel(panel: Panel, width: float, height: float) -> PanelDrawn:
    """Everything that `panel` declares on axes of `width` × `height` points."""
    pen, foot = Pen(), Pen()
    title = textwrap.shorten(headed(panel.title), max(12, int(width / 4.6)), placeholder="…")
    pen.words(Words(0, -4.5, title, 8, INK, bold=True))
    if panel.bars:
        draw_bars(pen, panel, width, height)
        return PanelDrawn(pen.part, foot.part)
    axes, at = _axes(panel, width, height)
    for band in panel.bands:
        _band(pen, axes, band)
    if panel.reads:
        pen.part.scale = Scale(axes.left, axes.right, axes.low, axes.high, width, height, panel.x_label, panel.unit)  # fmt: skip
    shown = any(np.isfinite(c.y).any() for c in panel.curves) or bool(panel.bands)
    y_at = ticks(axes.low, axes.high, 6) if shown else []
    axes.frame(pen, lines_at=y_at)
    if axes.low < 0 < axes.high and shown:
        pen.line(axes.lying(0), AXIS, 0.6)
    for span in panel.spans:
        _span(pen, axes, span)
    _thin_curves(pen, axes, [c for c in panel.curves if c.thin])
    alone = one_side(panel)
    for curve in sorted((c for c in panel.curves if not c.thin), key=lambda c: c.marks):
        _curve(pen, axes, curve, alone=alone)
    y_words(pen, panel, height, axes.numbers_left(pen, y_at))
    if not shown:
        pen.words(Words(width / 2, height / 2, "no data", 8, SOFT, "middle"))
    axes.numbers_below(foot, at)
    foot.words(Words(width / 2, height + 19.5, panel.x_label, 7, SOFT, "middle"))
    return PanelDrawn(pen.part, foot.part)


def _axes(panel: Panel, width: float, height: float) -> tuple[Axes, list[float]]:
    """The axes that hold all of a panel, and where numbers stand below them."""
    xs: list[Array] = []
    ys: list[Array] = []
    thin: list[Array] = []
    for curve in panel.curves:
        x, y = finite(curve.x, curve.y)
        xs.append(x)
        (thin if curve.thin else ys).append(y)
    for band in panel.bands:
        x, low = finite(band.x, band.low)
        xs.append(x)
        ys += [low, finite(band.x, band.high)[1]]
    x = _kept(xs)
    if not len(x):
        ends = [t for s in panel.spans for t in (s.start, s.stop) if t is not None]
        x = _kept([finite(ends, ends)[0]])
    left, right = (float(x.min()), float(x.max())) if len(x) else (0.0, 1.0)
    if "%" in panel.x_label and left >= -1 and right <= 101:
        left, right, at = 0.0, 100.0, [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
    else:
        right = right if right > left else left + 1.0
        most = max(3, min(10, int(width / 45)))
        at = ticks(left, right, most)
    y, strides = _kept(ys), _kept(thin)
    if len(strides):
        # A single stray stride must not flatten everything else.
        y = _kept([y, np.percentile(strides, [0.5, 99.5])]) if len(y) else strides
    if panel.y_range is not None:
        y = _kept([y, np.asarray(panel.y_range, dtype=float)])
    least, most_y = (float(y.min()), float(y.max())) if len(y) else (0.0, 1.0)
    room = 0.06 * (most_y - least) or 0.5 * max(abs(most_y), 1.0)
    return Axes(width, height, left, right, least - room, most_y + room), at


def _kept(arrays: Sequence[Array]) -> Array:
    every: Array = np.concatenate(arrays) if arrays else np.zeros(0)
    return every[np.isfinite(every)]


def _band(pen: Pen, axes: Axes, band: Band) -> None:
    x, low = finite(band.x, band.low)
    _, high = finite(band.x, band.high)
    every = -(-len(x) // 2000) or 1
    x, low, high = x[::every], low[::every], high[::every]
    here = np.isfinite(x) & np.isfinite(low) & np.isfinite(high)
    edges = np.flatnonzero(np.diff(here.astype(int), prepend=0, append=0))
    gap = np.full((1, 2), np.nan)
    areas: list[Array] = []
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        there, back = axes.points(x[a:b], low[a:b]), axes.points(x[a:b], high[a:b])[::-1]
        areas += [np.concatenate((there, back)), gap]
    if areas:
        reference = band.colour == "reference"
        pen.area(np.concatenate(areas), REFERENCE_FILL if reference else COLOURS[band.colour],
                 0.75 if reference else 0.16, name=band.label or band.colour)  # fmt: skip


def _thin_curves(pen: Pen, axes: Axes, curves: Sequence[Curve]) -> None:
    """All thin curves of one look as one line with gaps: far smaller files."""
    looks: dict[tuple[str, bool, bool], list[Curve]] = {}
    for curve in curves:
        looks.setdefault((curve.colour, curve.dashed, curve.marks), []).append(curve)
    gap = np.array([np.nan])
    for (colour, dashed, marks), some in looks.items():
        xs: list[Array] = []
        ys: list[Array] = []
        for curve in some:
            x, y = thin_out(*finite(curve.x, curve.y))
            xs += [x, gap]
            ys += [y, gap]
        points = axes.points(np.concatenate(xs), np.concatenate(ys))
        if marks:
            inside = (points[:, 1] >= 0) & (points[:, 1] <= axes.height)
            pen.marks(points[inside], MARKS.get(colour, "o"), 2, COLOURS[colour], COLOURS[colour])
        else:
            style: Dash = line_style("estimated", True) if dashed else ()
            pen.line(cut(points, 0, axes.height), COLOURS[colour], 0.5, style, 0.42)


def _curve(pen: Pen, axes: Axes, curve: Curve, *, alone: bool) -> None:
    x, y = finite(curve.x, curve.y)
    colour = COLOURS[curve.colour]
    if curve.marks:
        hollow = curve.dashed or curve.colour == "estimated"
        pen.marks(axes.points(x, y), MARKS.get(curve.colour, "o"), 4, colour,
                  "#ffffff" if hollow else colour)  # fmt: skip
        return
    signal = len(x) > SIGNAL
    style = line_style(curve.colour, curve.dashed)
    if signal and curve.colour == "left" and not curve.dashed:
        style = () if alone else (12, 2)
    points = axes.points(*thin_out(x, y))
    pen.line(cut(points, 0, axes.height), colour, 0.9 if signal else 1.7, style,
             name=curve.label or curve.colour)  # fmt: skip


def _span(pen: Pen, axes: Axes, span: Span) -> None:
    ends = [span.start] if span.stop is None else [span.start, span.stop]
    if not np.isfinite(ends).all() or max(ends) < axes.left or min(ends) > axes.right:
        return
    colour = COLOURS[span.colour]
    if span.stop is None:
        top = axes.low + OFF_HEIGHT * (axes.high - axes.low) if span.dashed else None
        style = line_style(span.colour, span.dashed)
        pen.line(axes.upright(span.start, top), colour, 0.8, style, 0.85)
    else:
        left, right = np.clip(axes.x(ends), 0, axes.width).tolist()
        pen.box(left, 0, right - left, axes.height, fill=colour, alpha=0.13)
