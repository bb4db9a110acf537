"""How this person would walk at other speeds: estimated curves, cadence and stride length."""

from __future__ import annotations

import math

from gaitsmith.chapters.base import Context, lacking, listed
from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Note
from gaitsmith.sections import Section

__all__ = ["chapter"]

# Shown: the speeds (m/s) of slow, comfortable and fast walking that differ from the recorded one.
_SHOWN, _APART = (0.6, 0.9, 1.2, 1.5, 1.8), 0.15
_MOST = 3
_STEP = 0.05
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
    from gaitsmith.models.speed.api import FEET_DISAGREE, change_speed
    from gaitsmith.models.speed.default import StatisticalSpeed

    model = StatisticalSpeed.from_pretrained("speed-statistical")
    others = [v for v in _inside(model.trained_speeds) if abs(v - speed) > _APART]
    near = sorted(sorted(others, key=lambda v: abs(v - speed))[:_MOST])
    try:
        result = change_speed(recording, near, speed_m_s=speed, seconds=_SECONDS, model=model)
    except GaitsmithError as error:
        said = error.on_one_line("strides")
        return Section(
            "speed", "At other speeds", notes=[Note("refusal", "speed", said)],
            missing=[lacking("Estimates at other speeds", error)],
        )  # fmt: skip
    by_feet = result.source_by_feet
    if by_feet > 0 and not 1 / FEET_DISAGREE < speed / by_feet < FEET_DISAGREE:
        said = f"by the joint angles the feet move at {by_feet:.2f} m/s under the pelvis, but the walk's speed is {speed:.2f} m/s"
        return Section(
            "speed", "At other speeds", notes=[Note("refusal", "speed", f"nothing is estimated: {said}")],
            missing=[f"Other speeds are not estimated: {said}, so that angles and speed do not belong together. "
                     "Give the walk's speed (--speed), or look at the angles of pelvis and legs."],
        )  # fmt: skip
    table = result.table
    words = [
        f"How this person would walk at {listed(f'{v:g}' for v in near)} m/s, estimated from the "
        f"walk at {speed:.2f} m/s and from how healthy people change with speed. These curves are "
        "not measured; the bands hold nine in ten points of the real ones."
    ]
    if result.misfit > 3:
        words.append("This gait is unlike those the model has seen: take the estimates with care.")
    return Section(
        "speed", "At other speeds", words=words, tables=[table], figures=[result.figure()],
        values={"source_speed_m_s": speed, "misfit": result.misfit}, notes=result.notes,
        missing=[],
    )  # fmt: skip


def _inside(learnt: tuple[float, float]) -> list[float]:
    """The speeds shown, brought to full steps inside those that people were learnt from."""
    low, high = math.ceil(learnt[0] / _STEP) * _STEP, math.floor(learnt[1] / _STEP) * _STEP
    return sorted({round(min(max(v, low), high), 2) for v in _SHOWN})
