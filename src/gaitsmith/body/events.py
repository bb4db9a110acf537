"""Strikes of a recording that has none, from its points or from those that its angles make."""

from __future__ import annotations

from gaitsmith.errors import MissingInputError
from gaitsmith.recording import Recording

__all__ = ["with_strikes"]


def with_strikes(recording: Recording) -> Recording:
    """The recording with events; as it is where it has strikes."""
    from gaitsmith.body.points import points_from_angles
    from gaitsmith.gait import events

    if len(recording.events.where(kind="strike")):
        return recording
    seen = recording
    if recording.points is None:
        try:
            seen = points_from_angles(recording)
        except MissingInputError:
            seen = recording
    return recording.with_events(events.find(seen).events)
