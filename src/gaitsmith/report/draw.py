"""A declared `Figure` drawn by matplotlib as SVG and PNG, without pyplot or any global state."""

from __future__ import annotations

import io
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gaitsmith.report.panels import COLOURS, INK, SOFT, LegendEntry, draw_panel, legend_of, line_style
from gaitsmith.report.svg import tidy
from gaitsmith.sections import Figure, Panel

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["Drawn", "draw"]

# All lengths in inches. Widths suit a page column of some 900 CSS pixels.
_WIDTHS = {1: 7.6, 2: 8.4}
_WIDEST = 9.6
_LEFT, _BETWEEN, _RIGHT = 0.62, 0.68, 0.14
_TITLE, _TICKS, _LABEL, _LEGEND_ROW = 0.27, 0.21, 0.17, 0.21
_HEIGHTS = {1: 1.75, 2: 1.6}
_HEIGHT, _BAR_HEIGHT, _LYING_ROW = 1.3, 2.1, 0.22

_STYLE: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "axes.unicode_minus": True,
    # Names of files and channels are words, never formulas.
    "text.parse_math": False,
    "text.usetex": False,
    "svg.fonttype": "none",
    "path.simplify": True,
    "path.simplify_threshold": 0.25,
    "axes.linewidth": 0.6,
}


@dataclass(frozen=True)
class Drawn:
    """A drawn figure: `svg` and `png` (None where not asked for), `width` in inches."""

    key: str
    svg: str | None
    png: bytes | None
    width: float


def draw(figure: Figure, formats: Collection[str] = ("svg",), *, dpi: int = 144) -> Drawn:
    """Draw `figure` once and save it in `formats` (``"svg"``, ``"png"``).

    The same figure gives the same bytes: nothing of the day or the machine is written.
    """
    import matplotlib as mpl

    with warnings.catch_warnings(), mpl.rc_context({**_STYLE, "svg.hashsalt": figure.key}):
        # Letters that the drawing font lacks are drawn as boxes in the PNG, not reported.
        warnings.filterwarnings("ignore", message=".*[Gg]lyph.*")
        canvas, width = _build(figure)
        svg = png = None
        if "svg" in formats:
            text = io.StringIO()
            canvas.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
            svg = tidy(text.getvalue())
        if "png" in formats:
            raw = io.BytesIO()
            canvas.savefig(
                raw, format="png", dpi=dpi, metadata={"Software": None},
                pil_kwargs={"compress_level": 4},
            )  # fmt: skip
            png = raw.getvalue()
    return Drawn(figure.key, svg, png, width)


def _height(panel: Panel | None, columns: int, width: float) -> float:
    if panel is None:
        return 0.0
    if not panel.bars:
        return _HEIGHTS.get(columns, _HEIGHT)
    groups = len({b.label for b in panel.bars})
    lying = width * 72 / groups < 30
    return max(_BAR_HEIGHT, groups * _LYING_ROW) if lying else _BAR_HEIGHT


def _build(figure: Figure) -> tuple[Canvas, float]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as MplFigure

    columns = max(1, figure.columns)
    panels = list(figure.panels) or [Panel("")]
    rows = [panels[i : i + columns] for i in range(0, len(panels), columns)]
    width = _WIDTHS.get(columns, _WIDEST)
    left = _LEFT + (0.24 if figure.row_labels else 0.0)
    each = (width - left - _RIGHT - (columns - 1) * _BETWEEN) / columns
    legend = legend_of(panels)
    legend_rows = _legend_rows(legend, width)

    lowest = [_lowest(rows, c) for c in range(columns)]
    heights = [max([_height(p, columns, each) for p in row] + [0.2]) for row in rows]
    feet = [_foot(rows, r, lowest) for r in range(len(rows))]
    head = 0.24 if figure.column_labels else 0.0
    total = head + sum(heights) + sum(feet) + _TITLE * len(rows)
    total += 0.08 + _LEGEND_ROW * len(legend_rows)

    canvas = MplFigure(figsize=(width, total), facecolor="white")
    FigureCanvasAgg(canvas)
    top = total - head
    for c, words in enumerate(figure.column_labels[:columns]):
        x = (left + c * (each + _BETWEEN) + each / 2) / width
        canvas.text(
            x, (total - 0.06) / total, words, ha="center", va="top", fontsize=8.5, color=SOFT,
            fontweight="bold",
        )  # fmt: skip
    for r, row in enumerate(rows):
        top -= _TITLE
        bottom = top - heights[r]
        if r < len(figure.row_labels):
            canvas.text(
                0.1 / width, (top + bottom) / 2 / total, figure.row_labels[r], rotation=90,
                ha="left", va="center", fontsize=8.5, color=SOFT, fontweight="bold",
            )  # fmt: skip
        for c, panel in enumerate(row):
            if panel is None:
                continue
            x = left + c * (each + _BETWEEN)
            axes = canvas.add_axes(
                (x / width, bottom / total, each / width, heights[r] / total), facecolor="white"
            )
            draw_panel(axes, panel, width_pt=each * 72)
            if panel.bars:
                continue
            if _own_x(rows, r, c, lowest):
                axes.set_xlabel(panel.x_label, fontsize=7, color=SOFT, labelpad=2)
            else:
                axes.tick_params(labelbottom=False)
        top = bottom - feet[r]
    _legend(canvas, legend_rows, width, total)
    return canvas, width


def _lowest(rows: Sequence[Sequence[Panel | None]], column: int) -> int:
    full = [r for r, row in enumerate(rows) if column < len(row) and row[column] is not None]
    return full[-1] if full else -1


def _own_x(
    rows: Sequence[Sequence[Panel | None]], r: int, c: int, lowest: Sequence[int]
) -> bool:
    """Whether a panel shows its own x axis, or leaves that to the one below it in its column."""
    panel = rows[r][c]
    if r == lowest[c] or panel is None:
        return True
    below = rows[r + 1][c] if c < len(rows[r + 1]) else None
    return below is None or bool(below.bars) or below.x_label != panel.x_label


def _foot(rows: Sequence[Sequence[Panel | None]], r: int, lowest: Sequence[int]) -> float:
    """Room below a row for its tick labels and x label."""
    room = 0.06
    for c, panel in enumerate(rows[r]):
        if panel is None:
            continue
        if panel.bars:
            room = max(room, 0.46)
        elif _own_x(rows, r, c, lowest):
            room = max(room, _TICKS + (_LABEL if panel.x_label else 0.0))
    return room


def _legend_rows(entries: Sequence[LegendEntry], width: float) -> list[list[LegendEntry]]:
    """Entries in rows that fit the width (5 pt a letter, 36 pt a sign)."""
    rows: list[list[LegendEntry]] = []
    left = 0.0
    for entry in entries[:24]:
        need = 36 + 4.4 * min(len(entry.label), 70)
        if not rows or left < need:
            rows.append([])
            left = width * 72 - 40
        rows[-1].append(entry)
        left -= need
    return rows


def _legend(canvas: Canvas, rows: Sequence[Sequence[LegendEntry]], width: float, total: float) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    def at(x_pt: float, y_pt: float) -> tuple[float, float]:
        return x_pt / (72 * width), y_pt / (72 * total)

    for r, row in enumerate(rows):
        y = (len(rows) - 1 - r) * _LEGEND_ROW * 72 + 9
        x = _LEFT * 72
        for entry in row:
            colour = COLOURS[entry.colour]
            (x0, y0), (x1, y1) = at(x, y), at(x + 20, y)
            if entry.kind in ("area", "range"):
                (_, low), (_, high) = at(x, y - 4), at(x, y + 4)
                fill, alpha = (colour, 0.3 if entry.colour == "reference" else 0.2)
                canvas.add_artist(
                    Rectangle((x0, low), x1 - x0, high - low, facecolor=fill, alpha=alpha,
                              edgecolor=colour, linewidth=0.8 if entry.kind == "range" else 0.0)
                )  # fmt: skip
                if entry.label in ("left", "right", "both"):
                    light = entry.colour == "left"
                    canvas.add_artist(
                        Rectangle((x0, low), x1 - x0, high - low, edgecolor=colour, linewidth=0.9,
                                  facecolor="#f0b9bf" if light else colour)
                    )  # fmt: skip
            elif entry.marks:
                mark = {"left": "s", "right": "o", "warn": "x", "estimated": "D"}
                hollow = entry.dashed or entry.colour == "estimated"
                canvas.add_artist(
                    Line2D([(x0 + x1) / 2], [y0], linestyle="none", color=colour, markersize=4.5,
                           marker=mark.get(entry.colour, "o"),
                           markerfacecolor="white" if hollow else colour)
                )  # fmt: skip
            elif entry.kind == "vertical":
                (xm, low), (_, high) = at(x + 10, y - 5.5), at(x + 10, y + 5.5)
                canvas.add_artist(
                    Line2D([xm, xm], [low, high], color=colour, linewidth=1.0,
                           linestyle=line_style(entry.colour, entry.dashed))
                )  # fmt: skip
            else:
                thin = entry.kind == "thin"
                style = "-" if thin else line_style(entry.colour, entry.dashed)
                canvas.add_artist(
                    Line2D([x0, x1], [y0, y1], color=colour, linestyle=style,
                           linewidth=0.6 if thin else 1.7, alpha=0.6 if thin else 1.0)
                )  # fmt: skip
            words = entry.label if len(entry.label) <= 70 else entry.label[:69] + "…"
            tx, ty = at(x + 25, y)
            canvas.text(tx, ty, words, fontsize=7.5, color=INK, va="center_baseline")
            x += 36 + 4.4 * len(words)
