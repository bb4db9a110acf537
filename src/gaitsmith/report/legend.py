"""What the signs of a figure mean, in rows below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gaitsmith.report.bars import face_of
from gaitsmith.report.looks import AXIS, COLOURS, INK, MARKS, line_style, one_side, solid
from gaitsmith.report.pen import Part, Pen, Words
from gaitsmith.sections import Panel

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


def draw_legend(rows: Sequence[Sequence[LegendEntry]]) -> Part:
    """The rows as a part of a picture, from its upper left corner."""
    pen = Pen()
    for r, row in enumerate(rows):
        y = (r + 0.45) * LEGEND_ROW * 72
        x = 0.0
        for entry in row:
            _sign(pen, entry, x, y)
            words = entry.label if len(entry.label) <= 70 else entry.label[:69] + "…"
            pen.words(Words(x + 25, y + 2.7, words, 7.5, INK))
            x += 36 + 4.4 * len(words)
    return pen.part


def _sign(pen: Pen, entry: LegendEntry, x: float, y: float) -> None:
    """The sign of `entry`, 20 points wide from x, its middle at y."""
    colour = COLOURS[entry.colour]
    if entry.kind in ("area", "range"):
        if entry.label in ("left", "right", "both"):
            pen.box(x, y - 4, 20, 8, fill=face_of(entry.colour), edge=colour, line=0.9)
        else:
            edge = 0.8 if entry.kind == "range" else 0.0
            fade = 0.3 if entry.colour == "reference" else 0.2
            pen.box(x, y - 4, 20, 8, fill=colour, alpha=fade, edge=colour, line=edge)
    elif entry.marks:
        hollow = entry.dashed or entry.colour == "estimated"
        shape, fill = MARKS.get(entry.colour, "o"), "#ffffff" if hollow else colour
        pen.marks([(x + 10, y)], shape, 4.5, colour, fill)
    elif entry.kind == "vertical":
        # A strike's line is long and a foot-off's short, as in the panels.
        top = y + 0.5 if entry.dashed else y - 6.5
        pen.line(
            [(x + 10, y + 5.5), (x + 10, top)], colour, 1.1, line_style(entry.colour, entry.dashed)
        )
        pen.line([(x + 4, y + 5.5), (x + 16, y + 5.5)], AXIS, 0.6)
    else:
        thin = entry.kind == "thin"
        plain = thin or entry.kind == "signal"
        style = () if plain else line_style(entry.colour, entry.dashed)
        width = 0.6 if thin else 0.9 if plain else 1.7
        pen.line([(x, y), (x + 20, y)], colour, width, style, 0.6 if thin else 1.0)
