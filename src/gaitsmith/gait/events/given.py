"""Events that the recording's own file holds (a laboratory's or another program's)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gaitsmith.events import Events
from gaitsmith.subject import Note

if TYPE_CHECKING:
    from gaitsmith.recording import Recording

__all__ = ["NAME", "detect", "detect_noted", "missing"]

NAME = "file"


def missing(recording: Recording) -> str | None:
    """What it lacks: strikes or offs in the file."""
    return None if len(_told(recording)) else "strikes or offs in the file"


def detect(recording: Recording) -> Events:
    """The strikes and offs of :func:`detect_noted`, alone."""
    return detect_noted(recording)[0]


def detect_noted(recording: Recording) -> tuple[Events, tuple[Note, ...]]:
    """The strikes and offs that came with the recording, sources as they are.

    Where a file tells the same steps by several systems, the one that tells most strikes is
    taken and the others are named: two tables of the same steps must not be added.
    """
    told = _told(recording)
    by_source = {s: told.where(source=s) for s in told.sources}
    full = {s: e for s, e in by_source.items() if len(e.where(kind="strike")) > 1}
    if len(full) < 2:
        return told, ()
    best = max(full, key=lambda s: len(full[s].where(kind="strike")))
    others = ", ".join(s for s in full if s != best)
    return full[best], (Note("assumption", NAME, f"the file tells the steps by several systems; "
                             f"{best} is used, {others} not"),)  # fmt: skip


def _told(recording: Recording) -> Events:
    return recording.events.where(kind="strike") + recording.events.where(kind="off")
