"""Joint angles for an analysis, where a recording has points and no angles: safe and quick."""

from __future__ import annotations

import os

import numpy as np

from gaitsmith.body.angles import SMOOTH_HZ, Solved, solve_points
from gaitsmith.body.osim import read_osim
from gaitsmith.body.tree import Body
from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Note, Recording, Stream

__all__ = ["angles_for_report"]

_PLACE = "angles from points"
#: Long recordings are fitted at this rate (Hz): angles hold nothing above ``SMOOTH_HZ``.
_RATE, _LONG = 50.0, 500
#: Median distance (m) of markers from the body above which nothing is said.
_WORST = 0.04
# What `gaitsmith benchmark body` measures: markers against four laboratories' own angles, and
# keypoints against markers' angles of the same walk.
_SKIN = (
    "against the own angles of laboratories (26 people), after each angle's mean difference is taken "
    "away, such angles are within 1-4° RMS for hip and knee flexion and 1-3° for the ankle; absolute "
    "values differ by up to 11°, most at the ankle, since every model has another zero"
)
_CENTRES = (
    "they show how much hip and knee bend over time; absolute values depend on where the system puts "
    "its joints, and out-of-plane angles, rotations and the tilt of the pelvis are not told"
)
#: Coordinates that joint centres do not tell, and those that skin markers tell too badly.
_NOT_BY_CENTRES = ("hip_rotation", "hip_adduction", "subtalar_angle", "mtp_angle", "pelvis_tilt", "pelvis_list",
                   "lumbar_extension", "lumbar_bending", "lumbar_rotation")  # fmt: skip
_NOT_BY_SKIN = ("mtp_angle",)


def angles_for_report(
    recording: Recording,
    static: Recording | None = None,
    osim: str | os.PathLike[str] | Body | None = None,
) -> Recording:
    """The recording with joint angles fitted to its points, where it has points and no angles.

    Never raises for what a recording lacks: it comes back as it was, with a note that says why
    there are no angles. Turned so that walking is along +x (``gait.frame.face_forward``).

    Parameters
    ----------
    recording
        Any.
    static
        A standing trial of the same person with points; its angles then stand in
        ``attrs["standing"]`` of the angles.
    osim
        The person's model, with markers named as the points; where fewer than six labels fit, the
        generic body is used.

    Returns
    -------
    Recording
        With a stream ``angles`` with ``attrs["made_from"] == "points"``, ``attrs["residual_mm"]``
        by marker and ``attrs["points_as"]`` (``"markers"`` or ``"centres"``); coordinates that the
        points do not tell are left out. A note says the measured accuracy.
    """
    points = recording.points
    if recording.angles is not None or points is None or points.attrs.get("made_from") == "angles":
        return recording
    notes: list[Note] = []
    try:
        recording = _faced(recording)
        solved = _solved(recording, static, osim, notes)
    except (GaitsmithError, np.linalg.LinAlgError) as error:
        words = str(error).replace("\n", ";")
        return recording.with_note("refusal", _PLACE, f"no joint angles from the points: {words}")
    if not solved.median <= _WORST:
        return recording.with_note(
            "refusal", _PLACE, "no joint angles from the points: the markers lie "
            f"{solved.median * 1e3:.0f} mm (median) from where any body has them",
        )  # fmt: skip
    stream = _worth_telling(solved, points)
    if not stream.labels:
        return recording.with_note("refusal", _PLACE, "the points tell no joint angle")
    notes.append(Note("assumption", _PLACE, "joint angles are computed, not measured: "
                      + (_CENTRES if solved.centres else _SKIN)))  # fmt: skip
    extra = solved.recording.notes[len(recording.notes) :]
    return recording.with_stream(stream, "angles").with_notes([*extra, *notes])


def _faced(recording: Recording) -> Recording:
    from gaitsmith.errors import MissingInputError
    from gaitsmith.gait.frame import face_forward

    try:
        return face_forward(recording)
    except MissingInputError:
        return recording


def _solved(
    recording: Recording,
    static: Recording | None,
    osim: str | os.PathLike[str] | Body | None,
    notes: list[Note],
) -> Solved:
    points = recording.points
    assert points is not None
    slow = points
    if len(points) > _LONG and points.nominal_rate > 1.2 * _RATE:
        slow = points.resample(_RATE)
    few = recording.replace(streams={"points": slow}, notes=())
    body = osim if isinstance(osim, Body) or osim is None else read_osim(osim)
    if body is not None and sum(_fits(body, x) for x in points.labels) < 6:
        notes.append(Note("assumption", _PLACE, "fewer than six points are markers of the model: a "
                          "generic body is used"))  # fmt: skip
        body = None
    standing = static.points if static is not None else None
    solved = solve_points(few, body, static=standing, smooth_hz=SMOOTH_HZ, rough=True)
    return _with_notes(solved, recording)


def _with_notes(solved: Solved, recording: Recording) -> Solved:
    from dataclasses import replace

    notes = (*recording.notes, *solved.recording.notes)
    return replace(solved, recording=solved.recording.replace(notes=notes))


def _fits(body: Body, label: str) -> bool:
    from gaitsmith.body.markers import matched_markers

    return bool(matched_markers(body, (label,)))


def _worth_telling(solved: Solved, points: Stream) -> Stream:
    """The angles that the points tell, on the clock of the points."""
    angles = solved.angles
    skip = _NOT_BY_CENTRES if solved.centres else _NOT_BY_SKIN
    keep = [x for x in angles.labels if x in solved.told and not x.startswith(skip)]
    angles = angles.select(keep)
    kind = "centres" if solved.centres else "markers"
    angles = angles.replace(attrs={**angles.attrs, "points_as": kind})
    rate = points.rate
    if rate is not None and angles.rate is not None and abs(rate - angles.rate) > 1e-9:
        return angles.resample(rate, start=points.start, stop=angles.end)
    return angles
