"""Joints that do not fit a normal walk, beside GPS and symmetry, and the person's normative twin."""

from __future__ import annotations

from gaitsmith.chapters.base import Context, lacking
from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Note
from gaitsmith.sections import Section

__all__ = ["chapter"]


def chapter(context: Context) -> Section | None:
    """The twin's verdict, playback, curves and table, where joint angles of a walk are there."""
    recording = context.recording
    if recording.angles is None or not context.walked or context.strides is None:
        return None
    if context.strides.running or context.relative_angles:
        return None
    from gaitsmith.models.twin.api import find_twin
    from gaitsmith.models.twin.page import section

    try:
        result = find_twin(recording, speed_m_s=None if context.speed is None else context.speed[0],
                           strides=context.strides)  # fmt: skip
    except GaitsmithError as error:
        said = error.on_one_line("strides")
        return Section(
            "twin", "Joints that do not fit, and the normative twin", notes=[Note("refusal", "twin", said)],
            missing=[lacking("The normative twin", error)],
        )  # fmt: skip
    return section(result)
