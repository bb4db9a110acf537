"""How this person would walk at other speeds: estimated curves, cadence and stride length."""

from __future__ import annotations

from gaitsmith.chapters.base import Context, lacking, listed
from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Note
from gaitsmith.sections import Section

__all__ = ["chapter"]

# Shown: the speeds (m/s) of slow, comfortable and fast walking that differ from the recorded one.
_SHOWN, _APART = (0.6, 0.9, 1.2, 1.5, 1.8), 0.15
_MOST = 3
# The generated walks of a report are only measured, not kept.
_SECONDS = 10.0


def chapter(context: Context) -> Section | None:
    """Estimates at up to three other speeds, where speed and sagittal angles are known."""
    recording = context.recording
    if recording.angles is None or not context.walked or context.speed is None:
        return None
    assert context.strides is not None
    if context.strides.running or context.relative_angles:
        return None
    speed = context.speed[0]
    others = [v for v in _SHOWN if abs(v - speed) > _APART]
    near = sorted(sorted(others, key=lambda v: abs(v - speed))[:_MOST])
    from gaitsmith.models.speed.api import change_speed

    try:
        result = change_speed(recording, near, speed_m_s=speed, seconds=_SECONDS)
    except GaitsmithError as error:
        said = error.on_one_line("strides")
        return Section(
            "speed", "At other speeds", notes=[Note("refusal", "speed", said)],
            missing=[lacking("Estimates at other speeds", error)],
        )  # fmt: skip
    table = result.table
    words = [
        f"How this person would walk at {listed(f'{v:g}' for v in near)} m/s, estimated from the "
        f"walk at {speed:.2f} m/s and from how healthy people change with speed. These curves are "
        "not measured; nine in ten real ones lie in the bands."
    ]
    if result.misfit > 3:
        words.append("This gait is unlike those the model has seen: take the estimates with care.")
    return Section(
        "speed", "At other speeds", words=words, tables=[table], figures=[result.figure()],
        values={"source_speed_m_s": speed, "misfit": result.misfit}, notes=result.notes,
        missing=[],
    )  # fmt: skip
