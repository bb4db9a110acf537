"""An Analysis as one HTML page that needs nothing else: no network, no fonts, no libraries."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from gaitsmith.recording import Recording
from gaitsmith.report.draw import Drawn, draw
from gaitsmith.report.folds import fold
from gaitsmith.report.numbers import NONE, cell_text, looks_numeric, number_text
from gaitsmith.report.playback import pack, still
from gaitsmith.report.svg import inline
from gaitsmith.report.words import headed, readable, slug
from gaitsmith.sections import Figure, Playback, Section, Table, plain
from gaitsmith.subject import Note

if TYPE_CHECKING:
    import jinja2

__all__ = ["Shown", "all_notes", "render_html", "title_of"]

# An SVG above this stands in the page as a PNG (the file beside the page stays an SVG).
_LARGEST_SVG = 300_000
_LEVELS = {"refusal": "not done", "warning": "warning", "assumption": "assumed"}
_TEMPLATES = Path(__file__).parent / "templates"


class Shown(Protocol):
    """What a report needs of an Analysis."""

    @property
    def recording(self) -> Recording:
        """The recording, with the events that were used."""

    @property
    def sections(self) -> Sequence[Section]:
        """The chapters, in their order."""

    @property
    def notes(self) -> Sequence[Note]:
        """What was assumed in the analysis as a whole."""

    @property
    def title(self) -> str:
        """Heading of the page."""

    @property
    def strides(self) -> Any:
        """None, or an object with ``to_arrow()``: the table to be kept."""

    @property
    def made(self) -> Mapping[str, Any]:
        """How it was made: version, command, files, digests, seed."""

    def to_dict(self) -> dict[str, Any]:
        """Words, tables, values and notes as plain types, for ``analysis.json``."""


def render_html(analysis: Shown, drawn: Mapping[int, Drawn] | None = None) -> str:
    """The page as text.

    Parameters
    ----------
    analysis
        What to show.
    drawn
        Figures drawn already, by the ``id`` of their declaration; others are drawn here.
    """
    page = _environment().get_template("report.html.j2")
    style = (_TEMPLATES / "style.css").read_text("utf-8")
    sections = _sections(analysis.sections, drawn or {})
    notes = _gathered(analysis, sections)
    fold([s for s in sections if s["filled"]])
    text = page.render(
        title=title_of(analysis),
        facts=_facts(analysis.recording),
        streams=None if _tells_streams(analysis.sections) else _streams(analysis.recording),
        summary=[
            (s["id"] if s["filled"] else "", words) for s in sections for words in s["summary"]
        ],
        sections=[s for s in sections if s["filled"]],
        missing=[s for s in sections if s["missing"]],
        notes=notes,
        counts=_counts(notes, sections),
        made=_made(analysis),
        style=style,
        **script_of(sections, folds=bool(notes) or any(s.get("fold") for s in sections)),
    )
    return readable(text, lines=True)


def script_of(sections: Iterable[Mapping[str, Any]], *, folds: bool = False) -> dict[str, str]:
    """The script that a page needs (reading values off curves, the player, folds), or none, and its digest.

    The only script that may run is ours: the digest stands in the page's policy.
    """
    names = []
    if any("data-axes" in (f["svg"] or "") for s in sections for f in s["figures"]):
        names.append("reader.js")
    if any(s["playbacks"] for s in sections):
        names.append("player.js")
    if folds:
        names.append("fold.js")
    script = "\n".join((_TEMPLATES / n).read_text("utf-8") for n in names)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return {"script": script, "script_digest": digest}


def title_of(analysis: Shown) -> str:
    """The analysis's title, the recording's name, or plain words."""
    return analysis.title or analysis.recording.name or "Recording of a walk"


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def _sections(sections: Iterable[Section], drawn: Mapping[int, Drawn]) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    taken: set[str] = {"summary", "missing", "notes", "made", "contents"}
    for s in sections:
        name = slug(s.key or s.title, taken)
        pictures = [_figure(f, drawn.get(id(f)), f"{name}-{i}") for i, f in enumerate(s.figures)]
        moving = [_playback(p) for p in s.playbacks]
        tables = [_table(t) for t in s.tables]
        out.append(
            {
                "id": name,
                "title": s.title or s.key,
                "words": list(s.words),
                "summary": list(s.summary),
                "figures": pictures,
                "playbacks": moving,
                "tables": tables,
                "notes": _ordered(s.notes),
                "missing": list(s.missing),
                # What was not done and why stands with what was missing, and is no section.
                "filled": bool(
                    s.words or pictures or moving or tables or (s.notes and not s.missing)
                ),
            }
        )
    return out


def _figure(figure: Figure, drawn: Drawn | None, name: str) -> dict[str, Any]:
    from markupsafe import Markup

    alt = alt_of(figure)
    drawn = drawn or draw(figure)
    text = inline(drawn.wide, drawn.narrow, alt, name)
    out: dict[str, Any] = {
        "title": figure.title or figure.key,
        "alt": alt,
        "svg": None,
        "png": None,
        "width": round(drawn.width * 72 * 1.42),
    }
    if len(text) <= _LARGEST_SVG:
        out["svg"] = Markup(text)
    else:
        whole = drawn if drawn.png is not None else draw(figure, ("png",))
        out["png"] = base64.b64encode(whole.png_small()).decode("ascii")
    return out


def alt_of(figure: Figure) -> str:
    """What a figure shows, in words."""
    if figure.alt:
        return readable(figure.alt)
    panels = [p.title for p in figure.panels if p is not None and p.title]
    shown = "; ".join(panels[:20])
    return readable(f"{figure.title or figure.key}. Panels: {shown}." if shown else figure.title)


def _playback(playback: Playback) -> dict[str, Any]:
    from markupsafe import Markup

    packed = pack(playback)
    alt = (
        f"{playback.title or 'The walk'}: a stick figure of {len(packed['labels'])} points, "
        f"{number_text(packed['seconds'])} s. {playback.caption}"
    ).strip()
    # "<" as an escape: a name that holds "</script>" cannot end the element.
    data = json.dumps(packed, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        data = data.replace(sign, f"\\u{ord(sign):04x}")
    return {
        "title": playback.title or "The walk",
        "caption": playback.caption,
        "alt": readable(alt),
        "data": Markup(data),
        "still": Markup(still(playback, readable(alt))),
        "cut": packed["shown"] + 0.1 < packed["seconds"],
        "shown": number_text(packed["shown"]),
        "seconds": number_text(packed["seconds"]),
        "forces": "forces" in packed,
        "sides": set(packed["side"]),
    }


def _table(table: Table) -> dict[str, Any]:
    rows = [
        [cell_text(v, table.formats.get(c, "")) for c, v in zip(table.columns, row, strict=True)]
        for row in table.rows
    ]
    kinds = []
    for i, name in enumerate(table.columns):
        cells = [row[i] for row in rows if row[i] != NONE]
        numeric = sum(map(looks_numeric, cells)) > len(cells) / 2 or (bool(rows) and not cells)
        short = all(len(cell) <= 16 for cell in cells)
        kind = "num" if numeric else "text short" if short else "text"
        low = str(name).lower()
        if low.startswith(("left", "right")):
            kind += " left" if low.startswith("left") else " right"
        elif low.startswith(("reference", "norm", "typical")):
            kind += " reference"
        kinds.append(kind)
    return {
        "title": table.title or table.key,
        "columns": [headed(str(c)) for c in table.columns],
        "kinds": kinds,
        "rows": rows,
        "heads": bool(kinds) and kinds[0].startswith("text"),
        "caption": table.caption,
        "long": len(rows) > 25,
    }


def _ordered(notes: Iterable[Note]) -> list[dict[str, Any]]:
    order = list(_LEVELS)
    unique = sorted(dict.fromkeys(notes), key=lambda n: order.index(n.level))
    return [
        {
            "level": n.level,
            "name": _LEVELS[n.level],
            "place": n.place,
            "words": n.words,
            "sections": [],
        }
        for n in unique
    ]


def all_notes(analysis: Shown) -> dict[Note, list[str]]:
    """Every note once, with the titles of the sections that it belongs to."""
    found: dict[Note, list[str]] = {}
    for note in (*analysis.recording.notes, *analysis.notes):
        found.setdefault(note, [])
    for section in analysis.sections:
        for note in section.notes:
            places = found.setdefault(note, [])
            if section.title not in places:
                places.append(section.title)
    return found


def _gathered(analysis: Shown, sections: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    ids = {s["title"]: s["id"] for s in sections if s["filled"]}
    out: list[dict[str, Any]] = []
    for note, places in all_notes(analysis).items():
        links = [(ids.get(p), p) for p in places]
        out.append({**_ordered([note])[0], "sections": links})
    order = list(_LEVELS)
    return sorted(out, key=lambda n: order.index(n["level"]))


def _counts(notes: Sequence[Mapping[str, Any]], sections: Sequence[Mapping[str, Any]]) -> list[Any]:
    """What the reader should know at the top: (anchor, class, words)."""
    many = {level: sum(n["level"] == level for n in notes) for level in _LEVELS}
    missing = sum(len(s["missing"]) for s in sections)

    def counted(number: int, one: str, more: str) -> str:
        return f"{number} {one if number == 1 else more}"

    rows = [
        (many["refusal"], "notes", "refusal", "thing not done", "things not done"),
        (many["warning"], "notes", "warning", "warning", "warnings"),
        (many["assumption"], "notes", "assumption", "assumption", "assumptions"),
        (missing, "missing", "gap", "input missing", "inputs missing"),
    ]
    return [(to, kind, counted(n, one, more)) for n, to, kind, one, more in rows if n]


def _facts(recording: Recording) -> list[tuple[str, str, str]]:
    """(name, value, where it came from) of the person and the recording."""
    person, sources = recording.subject, recording.subject.sources
    units = {"age": "years", "height": "m", "leg_length": "m", "mass": "kg"}
    facts = []
    for name, words in (
        ("id", "Person"), ("sex", "Sex"), ("age", "Age"), ("height", "Height"),
        ("mass", "Mass"), ("leg_length", "Leg length"), ("affected_side", "Affected side"),
    ):  # fmt: skip
        value = getattr(person, name)
        if value in (None, ""):
            continue
        spec = {"height": ".2f", "leg_length": ".2f", "mass": ".1f", "age": ".3g"}.get(name, "")
        text = cell_text(value, spec)
        if name in units:
            text += f" {units[name]}"
        facts.append((words, text, sources.get(name, "")))
    facts.append(("Duration", f"{number_text(recording.duration, '.1f')} s", ""))
    if recording.events:
        strikes = {s: len(recording.events.where(kind="strike", side=s)) for s in ("left", "right")}
        words = f"{strikes['left']} left, {strikes['right']} right"
        facts.append(("Foot strikes", words, ", ".join(recording.events.sources)))
    return facts


def _tells_streams(sections: Iterable[Section]) -> bool:
    """Whether a section has a table of streams of its own."""
    return any(t.key == "streams" for s in sections for t in s.tables)


def _streams(recording: Recording) -> dict[str, Any]:
    rows = []
    for name, s in recording.streams.items():
        gone = float(np.isnan(s.data).mean()) if s.data.size else 1.0
        filled = float(s.filled.mean()) if s.filled is not None and s.filled.size else 0.0
        rows.append((
            name, s.kind, len(s.labels), s.nominal_rate, s.start, s.end, 100 * gone, 100 * filled
        ))  # fmt: skip
    return _table(
        Table(
            "streams",
            "Streams of the recording",
            ("Stream", "Kind", "Channels", "Rate (Hz)", "From (s)", "To (s)", "Missing (%)",
             "Filled by us (%)"),
            rows,
            {"Rate (Hz)": ".4g", "From (s)": ".2f", "To (s)": ".2f", "Missing (%)": ".1f",
             "Filled by us (%)": ".1f"},
        )
    )  # fmt: skip


def _made(analysis: Shown) -> list[tuple[str, str]]:
    from gaitsmith.version import __version__

    made = dict(analysis.made)
    version = made.pop("version", None)
    rows = [("gaitsmith", str(made.pop("gaitsmith", None) or version or __version__))]
    for name, value in made.items():
        rows.append((str(name).replace("_", " "), _flat(plain(value))))
    rows.append(("recording digest", f"sha256 {analysis.recording.digest()}"))
    return rows


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{k}: {_flat(v)}" for k, v in value.items()) or "–"
    if isinstance(value, list):
        return "; ".join(_flat(v) for v in value) or "–"
    return re.sub(r"\s+", " ", str(value)) if value not in (None, "") else "–"
