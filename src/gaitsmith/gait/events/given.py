"""Events that the recording's own file holds (a laboratory's or another program's)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gaitsmith.events import Events
from gaitsmith.subject import Note

if TYPE_CHECKING:
    from gaitsmith.recording import Recording

__all__ = ["NAME", "detect", "detect_noted", "missing", "turns"]

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
    full = _systems(told)
    if len(full) < 2:
        return told, ()
    best = max(full, key=lambda s: full[s])
    others = ", ".join(f"{s} not ({n})" for s, n in full.items() if s != best)
    why = (
        "it tells the most strikes"
        if full[best] > sorted(full.values())[-2]
        else "it is named first"
    )
    return told.where(source=best), (Note(
        "assumption", NAME, f"the file tells the steps by several systems; {best} is used, because {why} "
        f"({full[best]}), {others}; turns are taken from the same one",
    ),)  # fmt: skip


def turns(recording: Recording, events: Events) -> Events:
    """The turns that came with the recording, by the system that tells `events`.

    Several systems tell one and the same turn each: where `events` are of none of them (a detector's),
    turns are those of the system whose strikes :func:`detect_noted` would take.
    """
    told = recording.events.where(kind="turn")
    systems = _systems(_told(recording))
    used = [s for s in systems if s in events.sources] or sorted(systems, key=lambda s: -systems[s])
    # A turn of a source that tells no steps is nobody's in particular.
    rivals = set(systems) - set(used[:1])
    return Events(e for e in told if e.source not in rivals)


def _systems(told: Events) -> dict[str, int]:
    """How many strikes each system tells that tells more than one."""
    counts = {s: len(told.where(source=s, kind="strike")) for s in told.sources}
    return {s: n for s, n in counts.items() if n > 1}


def _told(recording: Recording) -> Events:
    return recording.events.where(kind="strike") + recording.events.where(kind="off")
