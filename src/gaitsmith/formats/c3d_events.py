"""C3D events: the EVENT group and the header's own, brought to strikes and offs with sides.

Times count from the start of the original capture: frame ``i`` (0-based) of the file stands at
``(first_frame - 1 + i) / rate``, which is the clock the streams carry too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.events import Event, Events
from gaitsmith.formats.c3d_container import Container
from gaitsmith.recording import Note

__all__ = ["Meaning", "meaning", "read_events", "times_of"]

Array = npt.NDArray[np.float64]
Family = Literal["contact", "plate"]

_KINDS: tuple[tuple[str, Literal["strike", "off"], Family], ...] = (
    (r"(foot|heel|toe)(strike|contact|down|on)|initialcontact|touchdown|hs|fs|ic|fc|hc|ihc|td",
     "strike", "contact"),
    (r"(foot|toe|heel)off|finalcontact|liftoff|takeoff|to|fo", "off", "contact"),
    (r"on", "strike", "plate"),
    (r"off", "off", "plate"),
)  # fmt: skip


@dataclass(frozen=True)
class Meaning:
    """What a label says: kind, side (None: not said), and from what it was found.

    ``family`` is ``"plate"`` for Visual3D's and Cortex's ON/OFF, which come from forces.
    """

    kind: Literal["strike", "off"]
    side: Side | None
    family: Family


def meaning(label: str, context: str = "") -> Meaning | None:
    """The meaning of an event's label with its context, or None where it is no foot event.

    A side in the label that contradicts the context leaves the side unknown.
    """
    # A side that stands last as a letter of its own: "HS_L", "Toe Off R".
    label = re.sub(r"^(.*)[ _.\-]([lrLR])$", r"\2 \1", label.strip())
    text = re.sub(r"[^a-z0-9]", "", label.lower())
    side_here = _side(context)
    for side, rest in _splits(text):
        for form, kind, family in _KINDS:
            if re.fullmatch(form, rest) and not (family == "plate" and side is None):
                if side and side_here and side != side_here:
                    return Meaning(kind, None, family)
                return Meaning(kind, side or side_here, family)
    return None


def _side(word: str) -> Side | None:
    first = word.strip().lower()
    if first in ("left", "l"):
        return "left"
    return "right" if first in ("right", "r") else None


def _splits(text: str) -> Iterable[tuple[Side | None, str]]:
    yield None, text
    for head, side in (("left", "left"), ("right", "right"), ("l", "left"), ("r", "right")):
        if text.startswith(head):
            yield side, text[len(head) :]  # type: ignore[misc]
        if len(head) > 1 and text.endswith(head):
            yield side, text[: -len(head)]  # type: ignore[misc]


def times_of(values: Array, used: int) -> Array:
    """Seconds from EVENT:TIMES: pairs of minutes and seconds, 2 × n or flat, or bare seconds.

    The seconds may exceed 60.
    """
    if len(values) >= 2 * used:
        pairs = values[: 2 * used].reshape(-1, 2)
        return pairs[:, 0] * 60.0 + pairs[:, 1]
    return values[:used]


def _numbers(box: Container, name: str) -> Array:
    parts, n = [box.numbers("EVENT", name)], 2
    while box.get("EVENT", f"{name}{n}") is not None and n < 64:
        parts.append(box.numbers("EVENT", f"{name}{n}"))
        n += 1
    return np.concatenate(parts)


def _rows(box: Container) -> tuple[list[tuple[float, str, str]], str]:
    """``(time, label, context)`` of every event, and where they stand."""
    used = box.number("EVENT", "USED")
    labels = box.text("EVENT", "LABELS")
    values = _numbers(box, "TIMES")
    count = min(int(max(0.0, used)) if used is not None else len(labels), len(labels), len(values))
    if count:
        times = times_of(values, count)
        contexts = box.text("EVENT", "CONTEXTS") + [""] * count
        return list(zip(times.tolist(), labels, contexts, strict=False))[:count], "EVENT"
    return [(t, label, "") for label, t, _ in box.events], "header events"


def read_events(
    box: Container, start: float, end: float
) -> tuple[Events, list[Note], list[dict[str, Any]]]:
    """Events inside the file's time, notes, and the rows of a second set that was left out.

    Files of Visual3D and Cortex hold each contact twice: from kinematics (``LHS``, ``LTO``) and
    from the plates (``LON``, ``LOFF``). One set is kept, so that no stride counts twice: that of
    the plates where it is as complete (source ``"file (plate)"``), else the other.
    """
    rows, place = _rows(box)
    notes: list[Note] = []
    rows = [r for r in rows if np.isfinite(r[0])]
    rows = _on_clock(rows, (start, end), 1.0 / box.rate, place, notes)
    sets: dict[Family, list[Event]] = {"contact": [], "plate": []}
    lost: Counter[str] = Counter()
    for time, label, context in rows:
        found = meaning(label, context)
        if found is None:
            lost[f"{label or 'unnamed'} (no event of a foot)"] += 1
        elif found.side is None:
            lost[f"{label} ({context or 'no side'})"] += 1
        else:
            source = "file (plate)" if found.family == "plate" else "file"
            sets[found.family].append(Event(time, found.side, found.kind, source))
    if lost:
        notes.append(Note("warning", place, f"{sum(lost.values())} events were left out, since an "
                          "event needs a foot: " + ", ".join(f"{k} × {n}" for k, n in lost.items())))  # fmt: skip
    keep: Family = "plate" if len(sets["plate"]) >= max(1, len(sets["contact"])) else "contact"
    other: Family = "contact" if keep == "plate" else "plate"
    if sets[other]:
        notes.append(Note(
            "assumption", place,
            f"each contact stands twice: {len(sets['plate'])} events from plates (ON, OFF) and "
            f"{len(sets['contact'])} from kinematics (HS, TO); those from "
            f"{'plates' if keep == 'plate' else 'kinematics'} were kept",
        ))  # fmt: skip
    unique = {(round(e.time, 6), e.side, e.kind): e for e in sets[keep]}
    return Events(unique.values()), notes, Events(sets[other]).to_rows()


def _on_clock(
    rows: list[tuple[float, str, str]], span: tuple[float, float], slack: float, place: str,
    notes: list[Note],
) -> list[tuple[float, str, str]]:  # fmt: skip
    """The rows that lie inside the file; shifted where they count from its first frame."""
    start, end = span

    def inside(shift: float) -> list[tuple[float, str, str]]:
        return [(t + shift, a, b) for t, a, b in rows if start - slack <= t + shift <= end + slack]

    as_is = inside(0.0)
    shifted = inside(start) if start > 0 and not as_is else []
    if shifted:
        notes.append(Note("assumption", place, "event times count from the first frame of the "
                          f"file and were moved by {start:g} s"))  # fmt: skip
        return shifted
    if len(as_is) < len(rows):
        notes.append(Note("warning", place, f"{len(rows) - len(as_is)} events lie outside the "
                          f"recording ({start:g} to {end:g} s) and were left out"))  # fmt: skip
    return as_is
