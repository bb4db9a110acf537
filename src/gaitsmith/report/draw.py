"""A declared `Figure` drawn by matplotlib as SVG and PNG, without pyplot or any global state."""

from __future__ import annotations

import io
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, cast

from gaitsmith.report.bars import groups_of, label_lines, lie_down
from gaitsmith.report.legend import LEGEND_ROW, draw_legend, legend_of, legend_rows
from gaitsmith.report.looks import SOFT
from gaitsmith.report.panels import draw_panel
from gaitsmith.report.svg import tidy
from gaitsmith.report.words import headed, readable
from gaitsmith.sections import Band, Bar, Curve, Figure, Panel, Span

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["Drawn", "draw"]

# All lengths in inches. Widths suit a page column of some 900 CSS pixels.
_WIDTHS = {1: 7.6, 2: 8.4}
_WIDEST = 9.6
_LEFT, _BETWEEN, _RIGHT = 0.62, 0.68, 0.14
_TITLE, _TICKS, _LABEL = 0.27, 0.21, 0.17
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
    "path.simplify_threshold": 0.3,
    "axes.linewidth": 0.6,
}


@dataclass(frozen=True)
class Drawn:
    """A drawn figure: `svg` and `png` (None where not asked for), `width` in inches."""

    key: str
    svg: str | None
    png: bytes | None
    width: float

    def png_small(self) -> bytes:
        """The PNG with a palette of 256 colours: a quarter of the size, the same to the eye."""
        from PIL import Image

        out = io.BytesIO()
        with Image.open(io.BytesIO(self.png or b"")) as image:
            few = image.convert("RGB").quantize(
                256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
            )
            few.save(out, "png", optimize=True)
        return out.getvalue()


def draw(figure: Figure, formats: Collection[str] = ("svg",), *, dpi: int = 110) -> Drawn:
    """Draw `figure` once and save it in `formats` (``"svg"``, ``"png"``).

    The same figure gives the same bytes: nothing of the day or the machine is written.
    """
    import matplotlib as mpl

    figure = cast("Figure", _fit(figure))
    with warnings.catch_warnings(), mpl.rc_context():
        # A person's own matplotlibrc must not change a report.
        mpl.rcdefaults()
        style: Any = {**_STYLE, "svg.hashsalt": figure.key}
        mpl.rcParams.update(style)
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


def _fit(value: Any) -> Any:
    """A declaration with all its words fit for pictures (no control characters, one line)."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, (list, tuple)):
        return [_fit(v) for v in value]
    if isinstance(value, (Figure, Panel, Curve, Band, Bar, Span)):
        words = {
            f.name: _fit(getattr(value, f.name))
            for f in fields(value)
            if isinstance(getattr(value, f.name), (str, list, tuple))
        }
        return replace(value, **words)
    return value


def _height(panel: Panel | None, columns: int, width: float) -> float:
    if panel is None:
        return 0.0
    if not panel.bars:
        return _HEIGHTS.get(columns, _HEIGHT)
    groups = groups_of(panel.bars)
    lying = lie_down(groups, width)
    return max(_BAR_HEIGHT, len(groups) * _LYING_ROW) if lying else _BAR_HEIGHT


def _build(figure: Figure) -> tuple[Canvas, float]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as MplFigure

    figure = _without_empty(figure)
    panels, columns = figure.panels, figure.columns
    rows = [panels[i : i + columns] for i in range(0, len(panels), columns)]
    width = _WIDTHS.get(columns, _WIDEST)
    if columns == 1 and all(p is not None and p.bars for p in panels):
        most = max(len(groups_of(p.bars)) for p in panels if p is not None)
        width = min(max(1.2 + 0.72 * most, 4.2), width)
    left = _LEFT + (0.24 if figure.row_labels else 0.0)
    each = (width - left - _RIGHT - (columns - 1) * _BETWEEN) / columns
    legend = legend_of(panels)
    signs = legend_rows(legend, width)

    lowest = [_lowest(rows, c) for c in range(columns)]
    heights = [max([_height(p, columns, each) for p in row] + [0.2]) for row in rows]
    feet = [_foot(rows, r, lowest, each) for r in range(len(rows))]
    head = 0.24 if figure.column_labels else 0.0
    total = head + sum(heights) + sum(feet) + _TITLE * len(rows)
    total += 0.08 + LEGEND_ROW * len(signs)

    canvas = MplFigure(figsize=(width, total), facecolor="white")
    FigureCanvasAgg(canvas)
    top = total - head
    for c, words in enumerate(figure.column_labels[:columns]):
        x = (left + c * (each + _BETWEEN) + each / 2) / width
        canvas.text(
            x, (total - 0.06) / total, headed(words), ha="center", va="top", fontsize=8.5, color=SOFT,
            fontweight="bold",
        )  # fmt: skip
    for r, row in enumerate(rows):
        top -= _TITLE
        bottom = top - heights[r]
        if r < len(figure.row_labels):
            canvas.text(
                0.1 / width, (top + bottom) / 2 / total, headed(figure.row_labels[r]), rotation=90,
                ha="left", va="center", fontsize=8.5, color=SOFT, fontweight="bold",
            )  # fmt: skip
        for c, panel in enumerate(row):
            if panel is None:
                continue
            x = left + c * (each + _BETWEEN)
            axes = canvas.add_axes(
                (x / width, bottom / total, each / width, heights[r] / total), facecolor="white"
            )
            draw_panel(axes, panel, width_pt=each * 72, height_pt=heights[r] * 72)
            if panel.bars:
                continue
            if _own_x(rows, r, c, lowest):
                axes.set_xlabel(panel.x_label, fontsize=7, color=SOFT, labelpad=2)
            else:
                axes.tick_params(labelbottom=False)
        top = bottom - feet[r]
    draw_legend(canvas, signs, width, total, left_pt=_LEFT * 72)
    return canvas, width


def _without_empty(figure: Figure) -> Figure:
    """`figure` without rows and columns in which there is nothing; one empty panel at least."""
    columns = max(1, min(figure.columns, len(figure.panels)))
    panels = list(figure.panels)
    panels += [None] * (-len(panels) % columns)
    rows = [panels[i : i + columns] for i in range(0, len(panels), columns)]
    full = [r for r, row in enumerate(rows) if any(p is not None for p in row)]
    used = [c for c in range(columns) if any(row[c] is not None for row in rows)]
    if not full:
        return replace(figure, panels=[Panel("")], columns=1, row_labels=(), column_labels=())
    return replace(
        figure,
        panels=[rows[r][c] for r in full for c in used],
        columns=len(used),
        row_labels=[figure.row_labels[r] for r in full if r < len(figure.row_labels)],
        column_labels=[figure.column_labels[c] for c in used if c < len(figure.column_labels)],
    )


def _lowest(rows: Sequence[Sequence[Panel | None]], column: int) -> int:
    full = [r for r, row in enumerate(rows) if column < len(row) and row[column] is not None]
    return full[-1] if full else -1


def _own_x(rows: Sequence[Sequence[Panel | None]], r: int, c: int, lowest: Sequence[int]) -> bool:
    """Whether a panel shows its own x axis, or leaves that to the one below it in its column."""
    panel = rows[r][c]
    if r == lowest[c] or panel is None:
        return True
    below = rows[r + 1][c] if c < len(rows[r + 1]) else None
    return below is None or bool(below.bars) or below.x_label != panel.x_label


def _foot(
    rows: Sequence[Sequence[Panel | None]], r: int, lowest: Sequence[int], width: float
) -> float:
    """Room below a row for its tick labels and x label."""
    room = 0.06
    for c, panel in enumerate(rows[r]):
        if panel is None:
            continue
        if panel.bars:
            labels = list(groups_of(panel.bars))
            lines = 2 if lie_down(labels, width) else label_lines(labels, width)
            room = max(room, 0.1 + 0.125 * lines)
        elif _own_x(rows, r, c, lowest):
            room = max(room, _TICKS + (_LABEL if panel.x_label else 0.0))
    return room
