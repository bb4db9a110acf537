"""The JSON beside a trial of Voisard 2023 and Truong 2019: the person and the events."""

from __future__ import annotations

import math
from typing import Any

from gaitsmith.errors import FormatError
from gaitsmith.events import Event, Events
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.sidecar import load_json
from gaitsmith.recording import Note, Recording
from gaitsmith.subject import Subject

__all__ = ["NAME", "SUFFIXES", "movement", "person", "read", "sniff", "trial_facts"]

NAME = "trial notes (JSON) of Voisard 2023 and Truong 2019"
SUFFIXES = (".json",)

_SEX = {"F": "female", "M": "male"}


def sniff(head: bytes, suffix: str) -> float:
    """Whether the keys of such notes are met."""
    return 0.9 if b'"LeftFootEvents"' in head or b'"LeftFootActivity"' in head else 0.0


def read(source: Source, hints: Hints) -> Recording:
    """Person and events alone; give the signals beside it to have them in one recording."""
    facts = load_json(source)
    rate = hints.rate_hz or _number(facts.get("freq")) or 100.0
    subject, events, notes = trial_facts(facts, source.name, rate)
    return Recording(subject, {}, events, tuple(notes), source.stem.removesuffix("_ge"))


def _number(value: Any) -> float | None:
    """A finite number, or None (NaN tokens, "NC", blanks)."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return None


def person(facts: dict[str, Any], file: str) -> tuple[Subject, list[Note]]:
    """Who walked; heights in cm or m, missing values as NaN or words.

    Raises
    ------
    FormatError
        Where a number is out of any person's range.
    """
    height = _number(facts.get("Height"))
    if height is not None and height > 3:
        height /= 100.0
    who = facts.get("Subject")
    sex = facts.get("Gender")
    values = {
        "age": _number(facts.get("Age")),
        "height": height,
        "mass": _number(facts.get("Weight")),
        "sex": _SEX.get(sex, sex) if isinstance(sex, str) else None,
    }
    notes = [
        Note(
            "warning",
            name,
            "the trial's notes give none"
            + (f" ({facts[key]!r})" if facts[key] is not None else ""),
        )
        for key, name in (("Age", "age"), ("Height", "height"), ("Weight", "mass"))
        if key in facts and _number(facts[key]) is None
    ]
    subject = Subject(id="" if who is None else str(who)).given(file, **values)
    return subject, notes


def _pairs(facts: dict[str, Any], key: str, file: str) -> list[tuple[float, float]]:
    rows = facts.get(key, [])
    pairs = []
    for i, row in enumerate(rows if isinstance(rows, list) else [rows]):
        ends = [_number(v) for v in row] if isinstance(row, list) else []
        if len(ends) != 2 or ends[0] is None or ends[1] is None or ends[1] < ends[0]:
            raise FormatError("not a pair of ticks", file=file, place=f"{key}, item {i + 1}",
                              found=row, expected="[start, end]")  # fmt: skip
        pairs.append((ends[0], ends[1]))
    return pairs


def trial_facts(
    facts: dict[str, Any], file: str, rate: float
) -> tuple[Subject, Events, list[Note]]:
    """Person, events and notes of a trial's JSON.

    Each pair of ``LeftFootEvents`` and ``RightFootEvents`` is a swing [toe-off, heel strike] in
    ticks of the sensor's packet counter (0-based), not in rows. Swings after the trial's bounds
    are shuffling or fidgeting and are left out. The turn is an event with its duration.
    ``LeftFootActivity`` (Truong) is foot movement, heel-off to foot-flat, and makes no events.

    Raises
    ------
    FormatError
        Where a list of events is not one of pairs.
    """
    subject, notes = person(facts, file)
    method = facts.get("method_ge")
    source = method if isinstance(method, str) and method else "manual"
    start, stop = _bounds(facts, file)
    events: list[Event] = []
    dropped = 0
    for side, key in (("left", "LeftFootEvents"), ("right", "RightFootEvents")):
        for off, strike in _pairs(facts, key, file):
            if stop is not None and strike > stop:
                dropped += 1
                continue
            events.append(Event(off / rate, side, "off", source))  # type: ignore[arg-type]
            events.append(Event(strike / rate, side, "strike", source))  # type: ignore[arg-type]
    if start is not None and stop is not None:
        events.append(Event(start / rate, None, "start", source))
        events.append(Event(stop / rate, None, "stop", source))
    if "UTurnBoundaries" in facts:
        for a, b in _pairs(
            {"UTurnBoundaries": [facts["UTurnBoundaries"]]}, "UTurnBoundaries", file
        ):
            events.append(Event(a / rate, None, "turn", source, duration=(b - a) / rate))
    if dropped:
        notes.append(
            Note("assumption", "events",
                 f"{dropped} labelled swings after the end of the trial were left out: "
                 "they are shuffling, wrongly labelled")
        )  # fmt: skip
    if source != "manual":
        notes.append(
            Note("assumption", "events", f"the file's events were made by {source}, not by hand")
        )
    return subject, Events(events), notes


def movement(facts: dict[str, Any], file: str, rate: float) -> dict[str, list[list[float]]]:
    """Intervals [start, end] (s) of foot movement by side (Truong 2019), as hand-marked.

    Raises
    ------
    FormatError
        Where a list is not one of pairs.
    """
    out = {}
    for side, key in (("left", "LeftFootActivity"), ("right", "RightFootActivity")):
        if key in facts:
            out[side] = [[a / rate, b / rate] for a, b in _pairs(facts, key, file)]
    return out


def _bounds(facts: dict[str, Any], file: str) -> tuple[float | None, float | None]:
    if "TrialBoundaries" in facts:
        ((start, stop),) = _pairs(
            {"TrialBoundaries": [facts["TrialBoundaries"]]}, "TrialBoundaries", file
        )
        return start, stop
    return _number(facts.get("gait start")), _number(facts.get("gait end"))
