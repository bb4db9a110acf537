"""Events that the recording's own file holds (a laboratory's or another program's)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gaitsmith.events import Events

if TYPE_CHECKING:
    from gaitsmith.recording import Recording

__all__ = ["NAME", "detect", "missing"]

NAME = "file"


def missing(recording: Recording) -> str | None:
    """What it lacks: strikes or offs in the file."""
    return None if len(detect(recording)) else "strikes or offs in the file"


def detect(recording: Recording) -> Events:
    """The strikes and offs that came with the recording, sources as they are."""
    return recording.events.where(kind="strike") + recording.events.where(kind="off")
