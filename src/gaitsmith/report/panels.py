"""One declared `Panel` on one set of matplotlib axes: colours, line styles, limits.

The conventions are those of gait laboratories: left red, right blue, and a line style besides the
colour (left dashed, right solid), so that a page printed in grey or read by a colour-blind person
still tells the sides apart. What was estimated, not measured, is drawn dotted. The reference is a
grey band.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.report.numbers import number_text
from gaitsmith.sections import Band, Bar, Curve, Panel, Span

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["COLOURS", "LegendEntry", "draw_panel", "legend_of", "line_style", "thin_out"]

Array = npt.NDArray[np.float64]

#: One colour a meaning; each has a contrast of at least 4.5 : 1 on white, bands excepted.
COLOURS = {
    "left": "#c0152a",
    "right": "#0f56a8",
    "both": "#5a3a86",
    "reference": "#6b7280",
    "neutral": "#2f3a46",
    "estimated": "#a04a00",
    "warn": "#8f5b00",
}
INK, SOFT, GRID = "#1f2933", "#5b6673", "#e3e7ec"
_REFERENCE_FILL = "#d5d9df"
_MARKS = {"left": "s", "right": "o", "warn": "x", "estimated": "D"}

# Longest polyline drawn as it is; a page is some 900 px wide, so that more cannot be seen.
_MOST_POINTS = 3000


@dataclass(frozen=True)
class LegendEntry:
    """What one sign in a figure means: a line, thin line, mark, area or range."""

    label: str
    kind: str
    colour: str
    dashed: bool = False
    marks: bool = False


def line_style(colour: str, dashed: bool) -> Any:
    """Matplotlib line style: measured right solid, left dashed; estimated dotted, dash-dotted."""
    if dashed or colour == "estimated":
        return (0, (4.5, 1.5, 1, 1.5)) if colour == "left" else (0, (1, 1.5))
    return (0, (5, 1.8)) if colour == "left" else "-"


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


def legend_of(panels: Iterable[Panel | None]) -> list[LegendEntry]:
    """What the signs of a figure mean, each once; sides are named even where no label is given."""
    entries: dict[LegendEntry, None] = {}
    sides: dict[str, LegendEntry] = {}
    for panel in panels:
        if panel is None:
            continue
        for curve in panel.curves:
            kind = "thin" if curve.thin else "line"
            if curve.label:
                entry = LegendEntry(curve.label, kind, curve.colour, curve.dashed, curve.marks)
                entries.setdefault(entry)
            if not curve.thin and curve.colour in ("left", "right"):
                sides.setdefault(
                    curve.colour, LegendEntry(curve.colour, "line", curve.colour, curve.dashed)
                )
        for bar in panel.bars:
            if bar.colour in ("left", "right", "both"):
                entries.setdefault(LegendEntry(bar.colour, "area", bar.colour))
        if panel.range_label and any(b.low is not None or b.high is not None for b in panel.bars):
            entries.setdefault(LegendEntry(panel.range_label, "range", "reference"))
        for band in panel.bands:
            if band.label:
                entries.setdefault(LegendEntry(band.label, "area", band.colour))
        for span in panel.spans:
            if span.label:
                kind = "vertical" if span.stop is None else "area"
                entries.setdefault(LegendEntry(span.label, kind, span.colour, span.dashed))
    named = {e.colour for e in entries if e.kind in ("line", "area") and e.label}
    missing = {e: None for c, e in sides.items() if c not in named}
    return list({**missing, **entries})


def draw_panel(axes: Axes, panel: Panel, *, width_pt: float) -> None:
    """Draw everything that `panel` declares on `axes`, `width_pt` points wide."""
    axes.set_title(panel.title, loc="left", fontsize=8, fontweight="bold", color=INK, pad=4)
    for name in ("top", "right"):
        axes.spines[name].set_visible(False)
    for name in ("left", "bottom"):
        axes.spines[name].set(color="#9aa5b1", linewidth=0.6)
    axes.tick_params(
        labelsize=7, labelcolor=SOFT, left=False, bottom=False, pad=2.5, color="#9aa5b1"
    )
    axes.grid(axis="y", color=GRID, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_ylabel(_axis_words(panel), fontsize=7, color=SOFT, labelpad=3)
    if panel.bars:
        _bars(axes, panel, width_pt)
        return
    for band in panel.bands:
        _band(axes, band)
    _limits(axes, panel)
    for span in panel.spans:
        _span(axes, span)
    _thin_curves(axes, [c for c in panel.curves if c.thin])
    for curve in panel.curves:
        if not curve.thin:
            _curve(axes, curve)
    if not any(np.isfinite(c.y).any() for c in panel.curves) and not panel.bands:
        axes.text(
            0.5, 0.5, "no data", transform=axes.transAxes, ha="center", va="center",
            fontsize=8, color=SOFT,
        )  # fmt: skip
        axes.set_yticks([])


def _axis_words(panel: Panel) -> str:
    """Unit and positive direction; the arrow points up once the words are turned."""
    unit = "°" if panel.unit in ("deg", "degree", "degrees") else panel.unit
    growing = panel.positive.strip().rstrip("+ ").strip()
    if growing:
        return f"{growing} →  ({unit})" if unit else f"{growing} →"
    return unit


def _finite(x: Any, y: Any) -> tuple[Array, Array]:
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    return a, np.where(np.isfinite(b), b, np.nan)


def _band(axes: Axes, band: Band) -> None:
    x, low = _finite(band.x, band.low)
    _, high = _finite(band.x, band.high)
    x_low, low = thin_out(x, low)
    x_high, high = thin_out(x, high)
    if band.colour == "reference":
        style: dict[str, Any] = {"facecolor": _REFERENCE_FILL, "alpha": 0.75}
    else:
        style = {"facecolor": COLOURS[band.colour], "alpha": 0.16}
    if len(x_low) == len(x_high):
        axes.fill_between(x_low, low, high, linewidth=0, zorder=1, **style)


def _thin_curves(axes: Axes, curves: Sequence[Curve]) -> None:
    """All thin curves of one look as one line with gaps: far fewer artists, far smaller files."""
    looks: dict[tuple[str, bool, bool], list[Curve]] = {}
    for curve in curves:
        looks.setdefault((curve.colour, curve.dashed, curve.marks), []).append(curve)
    for (colour, dashed, marks), some in looks.items():
        xs: list[Array] = []
        ys: list[Array] = []
        for curve in some:
            x, y = thin_out(*_finite(curve.x, curve.y))
            xs += [x, np.array([np.nan])]
            ys += [y, np.array([np.nan])]
        axes.plot(
            np.concatenate(xs), np.concatenate(ys),
            linewidth=0.5, alpha=0.42, color=COLOURS[colour], zorder=2, solid_joinstyle="round",
            linestyle="none" if marks else line_style("estimated", True) if dashed else "-",
            marker=_MARKS.get(colour, "o") if marks else None, markersize=2, markeredgewidth=0.4,
        )  # fmt: skip


def _curve(axes: Axes, curve: Curve) -> None:
    x, y = _finite(curve.x, curve.y)
    colour = COLOURS[curve.colour]
    if curve.marks:
        hollow = curve.dashed or curve.colour == "estimated"
        axes.plot(
            x, y, linestyle="none", marker=_MARKS.get(curve.colour, "o"), markersize=4,
            color=colour, markerfacecolor="white" if hollow else colour, markeredgewidth=0.9,
            zorder=5, clip_on=False,
        )  # fmt: skip
        return
    many = len(x) > 400
    x, y = thin_out(x, y)
    axes.plot(
        x, y, color=colour, linewidth=0.9 if many else 1.7, zorder=4,
        linestyle=line_style(curve.colour, curve.dashed), dash_capstyle="butt",
    )  # fmt: skip


def _span(axes: Axes, span: Span) -> None:
    colour = COLOURS[span.colour]
    if span.stop is None:
        axes.axvline(
            span.start, color=colour, linewidth=0.9, zorder=3,
            linestyle=line_style(span.colour, span.dashed),
        )  # fmt: skip
    else:
        axes.axvspan(span.start, span.stop, color=colour, alpha=0.13, linewidth=0, zorder=1.5)


def _limits(axes: Axes, panel: Panel) -> None:
    xs, ys, thin = [], [], []
    for curve in panel.curves:
        x, y = _finite(curve.x, curve.y)
        xs.append(x)
        (thin if curve.thin else ys).append(y)
    for band in panel.bands:
        xs.append(np.asarray(band.x, dtype=float))
        ys += [np.asarray(band.low, dtype=float), np.asarray(band.high, dtype=float)]
    x = np.concatenate(xs) if xs else np.zeros(0)
    x = x[np.isfinite(x)]
    if not len(x):
        x = np.array([t for s in panel.spans for t in (s.start, s.stop) if t is not None])
    if len(x):
        low, high = float(x.min()), float(x.max())
        axes.set_xlim(low, high if high > low else low + 1.0)
        if "%" in panel.x_label and -1 <= low and high <= 101:
            axes.set_xlim(0, 100)
            axes.set_xticks([0, 20, 40, 60, 80, 100])
    values = [v[np.isfinite(v)] for v in ys]
    if thin:
        # A single stray stride must not flatten everything else.
        every = np.concatenate(thin)
        every = every[np.isfinite(every)]
        if len(every):
            values.append(np.percentile(every, [0.5, 99.5]) if values else every)
    if panel.y_range is not None:
        values.append(np.asarray(panel.y_range, dtype=float))
    y = np.concatenate(values) if values else np.zeros(0)
    if len(y):
        low, high = float(y.min()), float(y.max())
        room = 0.06 * (high - low) or 0.5 * max(abs(high), 1.0)
        axes.set_ylim(low - room, high + room)
        if low < 0 < high:
            axes.axhline(0, color="#9aa5b1", linewidth=0.6, zorder=1.2)
    axes.locator_params(axis="y", nbins=5)


def _bars(axes: Axes, panel: Panel, width_pt: float) -> None:
    groups: dict[str, list[Bar]] = {}
    for bar in panel.bars:
        groups.setdefault(bar.label, []).append(bar)
    room = width_pt / len(groups)
    lying = room < 30
    labels = list(groups)
    if lying:
        axes.grid(visible=False, axis="y")
        axes.grid(visible=True, axis="x", color=GRID, linewidth=0.5)
        axes.set_yticks(range(len(labels)), [textwrap.shorten(x, 26, placeholder="…") for x in labels])
        axes.invert_yaxis()
        axes.set_ylabel("")
        axes.set_xlabel(_axis_words(panel), fontsize=7, color=SOFT)
    else:
        fit = max(5, int(room / 4.1))
        axes.set_xticks(range(len(labels)), ["\n".join(textwrap.wrap(x, fit)[:3]) for x in labels])
        axes.set_xlim(-0.6, len(labels) - 0.4)
    tops: list[float] = [0.0]
    for at, some in enumerate(groups.values()):
        each = min(0.8 / len(some), 0.42)
        for i, bar in enumerate(some):
            centre = at + (i - (len(some) - 1) / 2) * each
            tops += _bar(axes, bar, centre, each * 0.86, lying=lying)
    low, high = min(tops), max(tops)
    pad = 0.14 * ((high - low) or 1.0)
    (axes.set_xlim if lying else axes.set_ylim)(low - (pad if low < 0 else 0.0), high + pad)
    (axes.axvline if lying else axes.axhline)(0, color="#9aa5b1", linewidth=0.7, zorder=4)


def _bar(axes: Axes, bar: Bar, centre: float, width: float, *, lying: bool) -> list[float]:
    """Draw one bar with its range and value; the values the axis must hold."""
    value = bar.value if np.isfinite(bar.value) else 0.0
    colour = COLOURS[bar.colour]
    # Right bars are full, left ones light with an edge: told apart without colour as well.
    light = bar.colour == "left"
    face = "#f0b9bf" if light else colour
    place = axes.barh if lying else axes.bar
    place(centre, value, width, color=face, edgecolor=colour, linewidth=0.9, zorder=2)
    held = [value]
    ends = [e for e in (bar.low, bar.high) if e is not None and np.isfinite(e)]
    if ends:
        low, high = min(ends), max(ends)
        if len(ends) == 1:
            low = min(0.0, low)
        place(
            centre, high - low, width * 1.12, low, color="#8b94a0", alpha=0.38,
            edgecolor="#3d4752", linewidth=0.7, zorder=3,
        )  # fmt: skip
        held += [low, high]
    words = number_text(bar.value)
    at = max(held) if value >= 0 else min(held)
    offset = (0, 2.5 if value >= 0 else -2.5)
    axes.annotate(
        words, (at, centre) if lying else (centre, at), offset[::-1] if lying else offset,
        textcoords="offset points", fontsize=6.5, color=INK, zorder=5,
        ha=("left" if value >= 0 else "right") if lying else "center",
        va="center" if lying else ("bottom" if value >= 0 else "top"),
    )  # fmt: skip
    return held
