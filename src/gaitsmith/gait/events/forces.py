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

# What is wrong with contacts whose beginning may still be a strike.
_BEGUN_WELL = ("both feet were on the plate", "the toes stood beside the plate")


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

    A contact that the record's start or end cuts gives only the event that it holds; so does one
    that a heel struck and that is no whole stance, since the other foot followed onto the plate or
    the toes came down beside it. For the
    options see :func:`gaitsmith.gait.loading.loads`.
    """
    found = contacts(recording, zeroed=zeroed, low_n=low_n)
    rows = []
    for c in found.good:
        assert c.side is not None
        if not c.from_start:
            rows.append(Event(c.strike_s, c.side, "strike", NAME, c.confidence))
        if not c.to_end:
            rows.append(Event(c.off_s, c.side, "off", NAME, c.confidence))
    late = [c for c in found.contacts if c.rejected is not None and c.struck_by is not None
            and c.rejected in _BEGUN_WELL and not c.from_start]  # fmt: skip
    rows += [Event(c.strike_s, c.struck_by, "strike", NAME, 0.8) for c in late]
    return Events(rows), found.notes


def detect(recording: Recording, *, zeroed: bool = True, low_n: float | None = None) -> Events:
    """Strikes and offs of the contacts of one known foot; options as :func:`detect_noted`."""
    return detect_noted(recording, zeroed=zeroed, low_n=low_n)[0]
