"""One declared `Panel` on one set of matplotlib axes."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gaitsmith.report.bars import draw_bars
from gaitsmith.report.looks import (
    COLOURS,
    GRID,
    INK,
    MARKS,
    REFERENCE_FILL,
    SIGNAL,
    SOFT,
    axis_words,
    finite,
    line_style,
    one_side,
    thin_out,
)  # fmt: skip
from gaitsmith.report.words import headed
from gaitsmith.sections import Band, Curve, Panel, Span

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_panel"]

Array = npt.NDArray[np.float64]


def draw_panel(axes: Axes, panel: Panel, *, width_pt: float, height_pt: float) -> None:
    """Draw everything that `panel` declares on `axes` of this size in points."""
    title = textwrap.shorten(headed(panel.title), max(12, int(width_pt / 4.6)), placeholder="…")
    # A stated height spares matplotlib the measuring of every tick label.
    axes.set_title(title, loc="left", y=1.0, fontsize=8, fontweight="bold", color=INK, pad=4)
    for name in ("top", "right"):
        axes.spines[name].set_visible(False)
    for name in ("left", "bottom"):
        axes.spines[name].set(color="#9aa5b1", linewidth=0.6)
    axes.tick_params(
        labelsize=7, labelcolor=SOFT, left=False, bottom=False, pad=2.5, color="#9aa5b1"
    )
    axes.grid(axis="y", color=GRID, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_ylabel(axis_words(panel, height_pt), fontsize=7, color=SOFT, labelpad=3)
    if panel.bars:
        draw_bars(axes, panel, width_pt=width_pt)
        return
    for band in panel.bands:
        _band(axes, band)
    _limits(axes, panel)
    for span in panel.spans:
        if np.isfinite(span.start) and (span.stop is None or np.isfinite(span.stop)):
            _span(axes, span)
    _thin_curves(axes, [c for c in panel.curves if c.thin])
    alone = one_side(panel)
    for curve in panel.curves:
        if not curve.thin:
            _curve(axes, curve, alone=alone)
    if not any(np.isfinite(c.y).any() for c in panel.curves) and not panel.bands:
        axes.text(
            0.5, 0.5, "no data", transform=axes.transAxes, ha="center", va="center",
            fontsize=8, color=SOFT,
        )  # fmt: skip
        axes.set_yticks([])


def _band(axes: Axes, band: Band) -> None:
    x, low = finite(band.x, band.low)
    _, high = finite(band.x, band.high)
    every = -(-len(x) // 2000) or 1
    if band.colour == "reference":
        face, alpha = REFERENCE_FILL, 0.75
    else:
        face, alpha = COLOURS[band.colour], 0.16
    axes.fill_between(
        x[::every], low[::every], high[::every], linewidth=0, zorder=1, facecolor=face, alpha=alpha
    )


def _thin_curves(axes: Axes, curves: Sequence[Curve]) -> None:
    """All thin curves of one look as one line with gaps: far fewer artists, far smaller files."""
    looks: dict[tuple[str, bool, bool], list[Curve]] = {}
    for curve in curves:
        looks.setdefault((curve.colour, curve.dashed, curve.marks), []).append(curve)
    for (colour, dashed, marks), some in looks.items():
        xs: list[Array] = []
        ys: list[Array] = []
        for curve in some:
            x, y = thin_out(*finite(curve.x, curve.y))
            xs += [x, np.array([np.nan])]
            ys += [y, np.array([np.nan])]
        axes.plot(
            np.concatenate(xs), np.concatenate(ys),
            linewidth=0.5, alpha=0.42, color=COLOURS[colour], zorder=2, solid_joinstyle="round",
            linestyle="none" if marks else line_style("estimated", True) if dashed else "-",
            marker=MARKS.get(colour, "o") if marks else None, markersize=2, markeredgewidth=0.4,
        )  # fmt: skip


def _curve(axes: Axes, curve: Curve, *, alone: bool) -> None:
    x, y = finite(curve.x, curve.y)
    colour = COLOURS[curve.colour]
    if curve.marks:
        hollow = curve.dashed or curve.colour == "estimated"
        axes.plot(
            x, y, linestyle="none", marker=MARKS.get(curve.colour, "o"), markersize=4,
            color=colour, markerfacecolor="white" if hollow else colour, markeredgewidth=0.9,
            zorder=5, clip_on=False,
        )  # fmt: skip
        return
    signal = len(x) > SIGNAL
    style = line_style(curve.colour, curve.dashed)
    if signal and curve.colour == "left" and not curve.dashed:
        style = "-" if alone else (0, (12, 2))
    x, y = thin_out(x, y)
    axes.plot(
        x, y, color=colour, linewidth=0.9 if signal else 1.7, zorder=4, linestyle=style,
        dash_capstyle="butt",
    )  # fmt: skip


def _span(axes: Axes, span: Span) -> None:
    colour = COLOURS[span.colour]
    if span.stop is None:
        axes.axvline(
            span.start, color=colour, linewidth=0.8, alpha=0.85, zorder=3,
            linestyle=line_style(span.colour, span.dashed),
        )  # fmt: skip
    else:
        axes.axvspan(span.start, span.stop, color=colour, alpha=0.13, linewidth=0, zorder=1.5)


def _limits(axes: Axes, panel: Panel) -> None:
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
    if len(x):
        first, last = float(x.min()), float(x.max())
        if "%" in panel.x_label and first >= -1 and last <= 101:
            axes.set_xlim(0, 100)
            axes.set_xticks([0, 20, 40, 60, 80, 100])
        else:
            axes.set_xlim(first, last if last > first else first + 1.0)
    y, strides = _kept(ys), _kept(thin)
    if len(strides):
        # A single stray stride must not flatten everything else.
        y = _kept([y, np.percentile(strides, [0.5, 99.5])]) if len(y) else strides
    if panel.y_range is not None:
        y = _kept([y, np.asarray(panel.y_range, dtype=float)])
    if len(y):
        least, most = float(y.min()), float(y.max())
        room = 0.06 * (most - least) or 0.5 * max(abs(most), 1.0)
        axes.set_ylim(least - room, most + room)
        if least < 0 < most:
            axes.axhline(0, color="#9aa5b1", linewidth=0.6, zorder=1.2)
    axes.locator_params(axis="y", nbins=5, steps=[1, 2, 5, 10])


def _kept(arrays: Sequence[Array]) -> Array:
    every: Array = np.concatenate(arrays) if arrays else np.zeros(0)
    return every[np.isfinite(every)]
