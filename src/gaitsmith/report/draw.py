"""A declared `Figure` laid out as pictures: wide for a page, narrow for a phone; SVG and PNG."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, cast

from gaitsmith.report import raster, svg
from gaitsmith.report.bars import groups_of, label_lines, lie_down
from gaitsmith.report.legend import LEGEND_ROW, draw_legend, legend_of, legend_rows
from gaitsmith.report.looks import SOFT
from gaitsmith.report.panels import PanelDrawn, draw_panel
from gaitsmith.report.pen import Pen, Picture, Placed, Words
from gaitsmith.report.words import headed, readable
from gaitsmith.sections import Band, Bar, Curve, Figure, Panel, Span

__all__ = ["Drawn", "draw"]

# All lengths in inches. Widths suit a page column of some 900 CSS pixels.
_WIDTHS = {1: 7.6, 2: 8.4}
_WIDEST = 9.6
# A phone's column holds this much at a size that can be read.
_NARROWEST = 3.3
_LEFT, _BETWEEN, _RIGHT, _ROWS = 0.62, 0.68, 0.14, 0.24
_TITLE, _TICKS, _LABEL = 0.27, 0.21, 0.17
_HEIGHTS = {1: 1.75, 2: 1.6}
_HEIGHT, _BAR_HEIGHT, _LYING_ROW = 1.3, 2.1, 0.22


@dataclass(frozen=True)
class Drawn:
    """A drawn figure: `svg` and `png` (None where not asked for), `width` in inches.

    `wide` and `narrow` are the pictures themselves, from which a page takes the one that fits.
    """

    key: str
    svg: str | None
    png: bytes | None
    width: float
    wide: Picture = field(compare=False, repr=False)
    narrow: Picture = field(compare=False, repr=False)

    def png_small(self) -> bytes:
        """The PNG with a palette of 256 colours: a quarter of the size, the same to the eye."""
        return raster.small(self.png or b"")


def draw(figure: Figure, formats: Collection[str] = ("svg",), *, dpi: int = 110) -> Drawn:
    """Draw `figure` once and save it in `formats` (``"svg"``, ``"png"``).

    The same figure gives the same bytes: nothing of the day or the machine is written.
    """
    figure = _without_empty(cast("Figure", _fit(figure)))
    panels = _Panels()
    wide, narrow = _wide(figure, panels), _narrow(figure, panels)
    return Drawn(
        figure.key,
        svg.standalone(wide) if "svg" in formats else None,
        raster.png(wide, dpi) if "png" in formats else None,
        wide.width / 72,
        wide,
        narrow,
    )


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


def _wide(figure: Figure, panels: _Panels) -> Picture:
    """The panels side by side, as declared."""
    columns = figure.columns
    rows = [figure.panels[i : i + columns] for i in range(0, len(figure.panels), columns)]
    width = _WIDTHS.get(columns, _WIDEST)
    if columns == 1 and all(p is not None and p.bars for p in figure.panels):
        most = max(len(groups_of(p.bars)) for p in figure.panels if p is not None)
        width = min(max(1.2 + 0.72 * most, 4.2), width)
    left = _LEFT + (_ROWS if figure.row_labels else 0.0)
    each = (width - left - _RIGHT - (columns - 1) * _BETWEEN) / columns
    lowest = [_lowest(rows, c) for c in range(columns)]
    y = 0.24 if figure.column_labels else 0.0
    placed: list[Placed] = []
    heads = Pen()
    for c, words in enumerate(figure.column_labels[:columns]):
        x = left + c * (each + _BETWEEN) + each / 2
        heads.words(Words(72 * x, 11, headed(words), 8.5, SOFT, "middle", bold=True))
    for r, row in enumerate(rows):
        y += _TITLE
        height = max([_height(p, columns, each) for p in row] + [0.2])
        if r < len(figure.row_labels):
            heads.words(Words(13, 72 * (y + height / 2), headed(figure.row_labels[r]), 8.5, SOFT,
                              "middle", bold=True, turned=True))  # fmt: skip
        for c, panel in enumerate(row):
            if panel is None:
                continue
            x = left + c * (each + _BETWEEN)
            drawn = panels.drawn(panel, each, height)
            placed.append(Placed(drawn.core, 72 * x, 72 * y))
            if _own_x(rows, r, c, lowest):
                placed.append(Placed(drawn.below, 72 * x, 72 * y))
        y += height + _foot(rows, r, lowest, each)
    return _closed(figure, [Placed(heads.part, 0, 0), *placed], width, y)


def _narrow(figure: Figure, panels: _Panels) -> Picture:
    """The panels one below the other, for a page as narrow as a phone's."""
    columns = figure.columns
    width = (_WIDTHS.get(columns, _WIDEST) - _LEFT - _RIGHT - (columns - 1) * _BETWEEN) / columns
    if figure.row_labels:
        width -= _ROWS / columns
    width = min(width, _NARROWEST - _LEFT - _RIGHT)
    y = 0.0
    placed: list[Placed] = []
    for panel in figure.panels:
        if panel is None:
            continue
        y += _TITLE
        height = _height(panel, columns, width)
        drawn = panels.drawn(panel, width, height)
        placed += [Placed(drawn.core, 72 * _LEFT, 72 * y), Placed(drawn.below, 72 * _LEFT, 72 * y)]
        y += height + _foot([[panel]], 0, [0], width)
    return _closed(figure, placed, width + _LEFT + _RIGHT, y)


class _Panels:
    """Panels drawn once for each size, so that two pictures can hold the same part."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, float, float], PanelDrawn] = {}

    def drawn(self, panel: Panel, width: float, height: float) -> PanelDrawn:
        key = (id(panel), round(width, 6), round(height, 6))
        if key not in self._known:
            self._known[key] = draw_panel(panel, 72 * width, 72 * height)
        return self._known[key]


def _closed(figure: Figure, placed: list[Placed], width: float, y: float) -> Picture:
    """The picture with its legend below `y` inches."""
    signs = legend_rows(legend_of(figure.panels), width)
    placed.append(Placed(draw_legend(signs), 72 * _LEFT, 72 * (y + 0.04)))
    return Picture(72 * width, 72 * (y + 0.08 + LEGEND_ROW * len(signs)), placed)


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
