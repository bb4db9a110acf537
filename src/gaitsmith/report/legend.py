"""What the signs of a figure mean, in rows below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gaitsmith.report.bars import face_of
from gaitsmith.report.looks import COLOURS, INK, MARKS, line_style, one_side, solid
from gaitsmith.sections import Panel

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["LEGEND_ROW", "LegendEntry", "draw_legend", "legend_of", "legend_rows"]

#: Height of a row of the legend, inches.
LEGEND_ROW = 0.21


@dataclass(frozen=True)
class LegendEntry:
    """What one sign in a figure means: a line, thin line, mark, area or range."""

    label: str
    kind: str
    colour: str
    dashed: bool = False
    marks: bool = False


def legend_of(panels: Iterable[Panel | None]) -> list[LegendEntry]:
    """What the signs of a figure mean, each once; sides are named even where no label is given."""
    entries: dict[LegendEntry, None] = {}
    sides: dict[str, LegendEntry] = {}
    for panel in panels:
        if panel is None:
            continue
        alone = one_side(panel)
        for curve in panel.curves:
            kind = "thin" if curve.thin else "signal" if solid(curve, alone) else "line"
            if curve.label:
                entry = LegendEntry(curve.label, kind, curve.colour, curve.dashed, curve.marks)
                entries.setdefault(entry)
            if not curve.thin and curve.colour in ("left", "right"):
                sides.setdefault(
                    curve.colour, LegendEntry(curve.colour, kind, curve.colour, curve.dashed)
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
    named = {e.colour for e in entries if e.kind in ("line", "signal", "area") and e.label}
    missing = {e: None for c, e in sides.items() if c not in named}
    return list({**missing, **entries})


def legend_rows(entries: Sequence[LegendEntry], width: float) -> list[list[LegendEntry]]:
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


def draw_legend(
    canvas: Canvas,
    rows: Sequence[Sequence[LegendEntry]],
    width: float,
    total: float,
    *,
    left_pt: float,
) -> None:
    """Draw `rows` at the bottom of a figure of `width` × `total` inches."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    def at(x_pt: float, y_pt: float) -> tuple[float, float]:
        return x_pt / (72 * width), y_pt / (72 * total)

    for r, row in enumerate(rows):
        y = (len(rows) - 1 - r) * LEGEND_ROW * 72 + 9
        x = left_pt
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
                    canvas.add_artist(
                        Rectangle((x0, low), x1 - x0, high - low, edgecolor=colour, linewidth=0.9,
                                  facecolor=face_of(entry.colour))
                    )  # fmt: skip
            elif entry.marks:
                hollow = entry.dashed or entry.colour == "estimated"
                canvas.add_artist(
                    Line2D([(x0 + x1) / 2], [y0], linestyle="none", color=colour, markersize=4.5,
                           marker=MARKS.get(entry.colour, "o"),
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
                plain = thin or entry.kind == "signal"
                style = "-" if plain else line_style(entry.colour, entry.dashed)
                canvas.add_artist(
                    Line2D([x0, x1], [y0, y1], color=colour, linestyle=style,
                           linewidth=0.6 if thin else 0.9 if plain else 1.7, alpha=0.6 if thin else 1.0)
                )  # fmt: skip
            words = entry.label if len(entry.label) <= 70 else entry.label[:69] + "…"
            tx, ty = at(x + 25, y)
            canvas.text(tx, ty, words, fontsize=7.5, color=INK, va="center_baseline")
            x += 36 + 4.4 * len(words)
