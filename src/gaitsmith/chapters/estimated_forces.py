"""Ground reaction forces estimated from motion, where no plate measured them."""

from __future__ import annotations

from gaitsmith.chapters.base import Context
from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Note
from gaitsmith.sections import Section

__all__ = ["chapter"]

# Longer recordings are estimated on this many seconds from the middle: a report must not wait.
_MOST_S = 10.0
# A trunk that drifts on a belt by less than this (m/s) keeps its place.
_KEEPS_MS = 0.05


def chapter(context: Context) -> Section | None:
    """Force curves with bands for whole-body motion without plates; a refusal says what is missing."""
    recording = context.recording
    if recording.forces is not None and len(recording.forces):
        return None
    angles = recording.angles
    if angles is None or not context.walked or context.relative_angles:
        return None
    from gaitsmith.models.forces.api import estimate_forces
    from gaitsmith.models.forces.reading import whole

    if not whole(recording) and (recording.points is None or context.made_points):
        lacking = "the pelvis' place and rotation and the angles of both legs"
        return Section(
            "estimated_forces", "Forces estimated from motion",
            missing=[f"Ground reaction forces can be estimated from {lacking}; not all of them are here. "
                     "`gaitsmith complete` fills joints that are missing."],
        )  # fmt: skip
    if recording.subject.mass is None and context.osim is None:
        return Section(
            "estimated_forces", "Forces estimated from motion",
            missing=["Ground reaction forces can be estimated from this motion once the mass is given (--mass)."],
        )  # fmt: skip
    if angles.attrs.get("along_path"):
        # The body must face where it goes in the lab, not along a path that was made straight.
        if context.lab_angles is None:
            return Section(
                "estimated_forces", "Forces estimated from motion",
                missing=["Ground reaction forces are not estimated: the walk's path bends, and joint angles were fitted to its markers."],
            )  # fmt: skip
        recording = recording.with_stream(
            context.lab_angles, next(iter(recording.of_kind("angles")))
        )
    middle = 0.5 * (angles.start + angles.end)
    part = (
        recording
        if angles.duration <= _MOST_S
        else recording.crop(middle - _MOST_S / 2, middle + _MOST_S / 2)
    )
    try:
        result = estimate_forces(part, context.osim, moments=False, belt_speed=_belt(context))
    except GaitsmithError as error:
        said = error.on_one_line("estimated forces")
        return Section(
            "estimated_forces", "Forces estimated from motion", notes=[Note("refusal", "estimated forces", said)],
            missing=[f"Forces could not be estimated: {error.problem}."],
        )  # fmt: skip
    words = [
        "No plate measured these forces: they are estimated from the body's motion and from how forces go with "
        "motion in healthy people. Nine in ten real ones lie in the bands.",
    ]
    if result.walk.running:
        words.append("This is running, from which nothing was learnt: the bands are a rough guess.")
    elif result.far > 1.6:
        words.append("This gait is unlike those the model has seen: take the estimates with care.")
    return Section(
        "estimated_forces", "Forces estimated from motion", words=words, tables=[result.table],
        figures=[result.figure()], notes=result.notes,
        values={"consistency_percent_bw": result.consistency, "far": result.far, "mass_kg": result.walk.body.mass},
    )  # fmt: skip


def _belt(context: Context) -> float | None:
    """The belt's speed (m/s) by which the whole analysis goes; None where no belt runs."""
    way = context.progression
    if way is None or way.belt_speed is None or context.speed is None:
        return None
    drift = way.speed - way.belt_speed
    # Who keeps their place walks at the belt's speed: one figure, not two that differ in rounding.
    return context.speed[0] if abs(drift) < _KEEPS_MS else max(context.speed[0] - drift, 0.0)
