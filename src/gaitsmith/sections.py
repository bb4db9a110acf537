"""What an analysis is made of: words, tables and declared pictures, without any drawing.

Results of every floor describe their pictures here; ``report/`` alone draws them. All of it is
plain data, so that an Analysis can be written as JSON and drawn again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gaitsmith.subject import Note

__all__ = ["Band", "Bar", "Curve", "Figure", "Panel", "Playback", "Section", "Span", "Table"]

Array = npt.NDArray[np.float64]
Colour = Literal["left", "right", "both", "reference", "neutral", "estimated", "warn"]


@dataclass(frozen=True)
class Curve:
    """A line (or, with ``marks=True``, points). `thin` lines are single strides."""

    x: Array
    y: Array
    label: str = ""
    colour: Colour = "neutral"
    thin: bool = False
    dashed: bool = False
    marks: bool = False


@dataclass(frozen=True)
class Band:
    """The area between two curves: a reference or an interval."""

    x: Array
    low: Array
    high: Array
    label: str = ""
    colour: Colour = "reference"


@dataclass(frozen=True)
class Span:
    """A vertical line (``stop`` None) or a stretch of the x axis: an event, a turn, a gap."""

    start: float
    stop: float | None = None
    label: str = ""
    colour: Colour = "neutral"
    dashed: bool = False


@dataclass(frozen=True)
class Bar:
    """One bar of a bar panel; `low`, `high` bound its interval or reference where given."""

    label: str
    value: float
    colour: Colour = "neutral"
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Panel:
    """One set of axes; `unit` and `positive` say what the y axis means.

    `positive` is the direction in which values grow (``"flexion"``); `range_label` says what the
    `low` and `high` of bars are (``"reference, mean ± SD"``, ``"95 % interval"``). `reads` is whether
    values can be read off the curves: not where x only keeps groups apart.
    """

    title: str
    curves: Sequence[Curve] = ()
    bands: Sequence[Band] = ()
    spans: Sequence[Span] = ()
    bars: Sequence[Bar] = ()
    x_label: str = ""
    unit: str = ""
    positive: str = ""
    y_range: tuple[float, float] | None = None
    range_label: str = ""
    reads: bool = True


@dataclass(frozen=True)
class Figure:
    """A grid of panels, filled row by row; a None leaves its place empty.

    `key` names the file the picture is saved as; `alt` says in words what it shows.
    """

    key: str
    title: str
    panels: Sequence[Panel | None]
    columns: int = 3
    alt: str = ""
    row_labels: Sequence[str] = ()
    column_labels: Sequence[str] = ()


@dataclass(frozen=True)
class Playback:
    """A moving stick figure: points (time × point × 3, m, y up) joined by edges (indices).

    `side` gives ``"left"``, ``"right"`` or ``""`` for each edge. `forces` (time × n × 6:
    origin 3, vector 3 in body weights) are drawn as arrows where given. `caption` says what a reader
    must know of the figure (what of it was not measured).
    """

    key: str
    title: str
    rate: float
    points: Array
    labels: Sequence[str]
    edges: Sequence[tuple[int, int]]
    side: Sequence[str]
    start: float = 0.0
    forces: Array | None = None
    events: Sequence[tuple[float, str]] = ()
    caption: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of plain values under named columns.

    `key` names it in ``analysis.json``; `formats` gives a format for a column (``".1f"``);
    `caption` says what a reader must know (population, units).
    """

    key: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    formats: Mapping[str, str] = field(default_factory=dict)
    caption: str = ""

    def to_records(self) -> list[dict[str, Any]]:
        """One mapping a row."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Section:
    """One chapter of a report.

    Attributes
    ----------
    key, title
        Short name in files; heading for people.
    words
        Sentences in plain language, most important first; those with ``summary`` go to the top
        of the report.
    summary
        One or two sentences for the summary of the whole report.
    playbacks, figures, tables
        What is shown, in this order.
    values
        Numbers by name for ``analysis.json``.
    notes
        What was assumed or doubted here.
    missing
        What would have been needed for what is not shown, and how to supply it.
    """

    key: str
    title: str
    words: Sequence[str] = ()
    summary: Sequence[str] = ()
    tables: Sequence[Table] = ()
    figures: Sequence[Figure] = ()
    playbacks: Sequence[Playback] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[Note] = ()
    missing: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        """Words, tables and values as plain types (pictures are files of their own)."""
        return {
            "title": self.title,
            "words": list(self.words),
            "summary": list(self.summary),
            "values": plain(self.values),
            "tables": {t.key: plain(t.to_records()) for t in self.tables},
            "figures": [f.key for f in self.figures],
            "notes": [asdict(n) for n in self.notes],
            "missing": list(self.missing),
        }


def plain(value: Any) -> Any:
    """`value` with arrays as lists, numpy numbers as Python's, NaN as None."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
