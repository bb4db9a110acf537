"""Strikes and offs from force plates: the beginning and the end of every whole contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gaitsmith.events import Event, Events
from gaitsmith.gait.contacts import contacts
from gaitsmith.subject import Note

if TYPE_CHECKING:
    from gaitsmith.recording import Recording

__all__ = ["NAME", "detect", "detect_noted", "missing"]

NAME = "plate"


def missing(recording: Recording) -> str | None:
    """What it lacks: ground reaction forces of a plate that a known foot stepped on."""
    if not recording.of_kind("forces"):
        return "ground reaction forces"
    found = contacts(recording)
    if not found.contacts:
        return "a plate that was stepped on"
    if not found.good:
        return "a whole contact of one known foot on a plate"
    return None


def detect_noted(
    recording: Recording, *, zeroed: bool = True, low_n: float | None = None
) -> tuple[Events, tuple[Note, ...]]:
    """Strikes and offs of the contacts of one known foot, and what was assumed about them.

    A contact that the record's start or end cuts gives only the event that it holds. For the
    options see :func:`gaitsmith.gait.loading.loads`.
    """
    found = contacts(recording, zeroed=zeroed, low_n=low_n)
    rows = []
    for c in found.good:
        assert c.side is not None
        if not c.from_start:
            rows.append(Event(c.start_s, c.side, "strike", NAME, c.confidence))
        if not c.to_end:
            rows.append(Event(c.end_s, c.side, "off", NAME, c.confidence))
    return Events(rows), found.notes


def detect(recording: Recording, *, zeroed: bool = True, low_n: float | None = None) -> Events:
    """Strikes and offs of the contacts of one known foot; options as :func:`detect_noted`."""
    return detect_noted(recording, zeroed=zeroed, low_n=low_n)[0]
