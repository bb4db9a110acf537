"""Remedies as somebody reads them who has our page before him: the field, not the option.

Refusals and notes are written for the command line and for Python; here the same is said with the
names of the fields of the page. What the page has no field for is said to be of the command line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gaitsmith.analysis import Analysis

__all__ = ["FIELDS", "in_report", "on_page"]

#: Label of the field on the page by option of the command line.
FIELDS = {
    "mass": "Mass", "height": "Height", "age": "Age", "sex": "Sex", "leg-length": "Leg length",
    "side": "Affected side", "speed": "Walking speed", "rate": "Sampling rate", "up": "Axis that points up",
    "events": "Events from", "population": "Reference people", "format": "Format", "unit": "Unit",
    "place": "Where each sensor sits", "column": "What each column is", "sign": "Sign of each column", "static": "standing trial",
    "osim": "body model", "without": "What to estimate",
}  # fmt: skip
_UNITS = {
    "acceleration": "Unit of acceleration", "rate": "Unit of angular rate", "angle": "Unit of angles",
    "length": "Unit of length", "force": "Unit of force", "moment": "Unit of moments", "time": "Unit of time",
}  # fmt: skip
_ARGUMENTS = {"rate_hz": "rate", "speed_m_s": "speed", "leg_length": "leg-length"}


def _field(option: str) -> str:
    return f"“{FIELDS[option]}”" if option in FIELDS else f"on the command line: --{option}"


def _unit(dimension: str) -> str:
    return f"“{_UNITS.get(dimension, 'Unit')}”"


def _first(name: str) -> Callable[[re.Match[str]], str]:
    return lambda m: f"“{FIELDS[name]}”: " + (m[2] if m[1] == "*" else f"{m[1]} is {m[2]}")


def _sign(column: str, sign: str) -> str:
    said = "turned round" if sign == "-1" else "as in the file"
    return f"“{FIELDS['sign']}”: {column} is {said}"


_PAIR = r'\{{1,2}"([^"]+)":\s*"([^"]*)"\}{1,2}'
_TABLE = (
    r"(?:,? or (?:a table )?\[\w+\](?: [\w ]+ = \"[^\"]*\")? in a TOML file beside the recording)?"
)
# In this order: whole remedies first, then options.
_RULES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"name one: \S+![^\n]*", "choose those that belong together among the files of the archive, in the first part of the page"),
    (r"units=" + _PAIR + _TABLE, lambda m: f"{_unit(m[1])}: {m[2]}"),
    (r"columns=" + _PAIR + _TABLE, _first("column")),
    (r"placement=" + _PAIR + _TABLE, _first("place")),
    (r'signs=\{{1,2}"([^"]+)":\s*(-?1)\}{1,2}', lambda m: _sign(m[1], m[2])),
    (r'scale=\{"(\w+)": ([\d.]+)\}', r"a file of the recording's name with the suffix .toml beside it, with the lines [scale] and \1 = \2"),
    (r"rate_hz=([\d.]+)(?:,? or rate_hz = [\d.]+ in a TOML file beside (?:the recording|it))?", r"“Sampling rate”: \1"),
    (r"\brate_hz sets\b", "“Sampling rate” sets"),
    (r"\bgive rate_hz\b", "give “Sampling rate”"),
    (r"--unit (\w+)=(\S+?)(?= or |[;,.)]|$)(?: or --unit \1=(\S+))?",
     lambda m: f"{_unit(m[1])}: {m[2]}" + (f" or {m[3]}" if m[3] else "")),
    (r"--column (\S+?)=(\S+?)(?=[;,.)]|$)", _first("column")),
    (r"--sign '?(\S+?)=(-?1)'?(?=[;,.)]|$)", lambda m: _sign(m[1], m[2])),
    (r"--place '?(\S+?)=(\S+?)'?(?=[;,.)]|$)", _first("place")),
    (r"option --unit: ([^\n]*\n  found: )(\w+)=", lambda m: f"{_unit(m[2])}: {m[1]}{m[2]}="),
    (r"option --([a-z][a-z-]*)", lambda m: _field(m[1])),
    (r"argument (\w+)", lambda m: _field(_ARGUMENTS.get(m[1], m[1])) if _ARGUMENTS.get(m[1], m[1]) in FIELDS else m[0]),
    (r"see the names with `gaitsmith info`", "see the names under “What each column is”"),
    (r"see `gaitsmith info --formats`", "see the list of “Format”"),
    (r"`gaitsmith info --formats`", "the list of “Format”"),
    (r"(?<![`\w])gaitsmith (solve|info|names|convert|forces|speed|fewshot|phase|twin|twin-fit|cohort|benchmark)(?![\w-])", r"on the command line, `gaitsmith \1`"),
    (r"(?<!command line: )(?<![\w-])--(speed|rate|mass|height|age|leg-length|sex) ([+-]?[\d.]+\b|\(m/s\))", lambda m: f"“{FIELDS[m[1]]}” {m[2]}".replace("” (", "” (")),
    (r"(?<!command line: )(?<![\w-])--up ([+-][xyz])", r"“Axis that points up”: \1"),
    (r"(?<!command line: )(?<![\w-])--([a-z][a-z-]*)", lambda m: _field(m[1])),
)  # fmt: skip


def on_page(words: str) -> str:
    """`words` with options of the command line named as the fields of the page."""
    for pattern, said in _RULES:
        words = re.sub(pattern, said, words)
    return words


def in_report(analysis: Analysis) -> Analysis:
    """An analysis made by the page, whose report speaks of the page's fields."""

    def told(many: object) -> tuple[str, ...]:
        return tuple(on_page(str(w)) for w in many)  # type: ignore[attr-defined]

    sections = tuple(
        replace(
            s, words=told(s.words), summary=told(s.summary), missing=told(s.missing),
            notes=[replace(n, words=on_page(n.words)) for n in s.notes],
        )
        for s in analysis.sections
    )  # fmt: skip
    notes = tuple(replace(n, words=on_page(n.words)) for n in analysis.notes)
    recording = analysis.recording
    recording = recording.replace(
        notes=tuple(replace(n, words=on_page(n.words)) for n in recording.notes)
    )
    return replace(analysis, sections=sections, notes=notes, recording=recording)
