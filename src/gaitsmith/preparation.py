"""The steps of an analysis before its chapters: body, direction, events, feet, mass.

Each takes a Recording and returns one that knows more, with a note for what was assumed.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from gaitsmith.chapters.base import SIDES
from gaitsmith.errors import MissingInputError
from gaitsmith.recording import Events, Note, Recording, Stream
from gaitsmith.units import STANDARD_GRAVITY

if TYPE_CHECKING:
    from gaitsmith.gait.events import Detection
    from gaitsmith.gait.frame import Progression

__all__ = [
    "faced",
    "guessed_apart",
    "heading_free",
    "on_feet",
    "other_events",
    "standing",
    "weighed",
    "with_events",
    "with_points",
]

# A pelvis that on average points further than this (deg) from its path is told in the lab's axes.
_ELSEWHERE_DEG = 40.0


def standing(recording: Recording, static: Recording) -> Recording:
    """The recording with what a standing trial says of the person: facts, mass from its plates."""
    subject = recording.subject.filled_by(static.subject)
    recording = recording.replace(subject=subject)
    forces = static.forces
    if subject.mass is None and forces is not None and len(forces):
        weight = float(np.nanmedian(np.nansum(forces.data[:, :, 1], axis=1)))
        if weight > 50:
            mass = weight / STANDARD_GRAVITY
            recording = recording.with_subject(f"plates of {static.name}", mass=mass).with_note(
                "assumption", "mass", f"{mass:.1f} kg from the standing trial's plates"
            )
    return recording


def with_points(recording: Recording, osim: Any, notes: list[Note]) -> tuple[Recording, bool]:
    """Positions from joint angles, where there are none; whether they were made."""
    if recording.points is not None or recording.angles is None:
        return recording, False
    from gaitsmith.body import points_from_angles, read_osim

    body = None if osim is None else read_osim(osim)
    try:
        return points_from_angles(recording, body), True
    except MissingInputError as error:
        notes.append(Note("refusal", "positions from angles", str(error).replace("\n", ";")))
        return recording, False


def guessed_apart(recording: Recording, notes: list[Note]) -> tuple[Recording, Stream | None]:
    """Positions of feet that rest on angles nobody measured, set apart: they serve the picture only."""
    points = recording.points
    if points is None or points.filled is None:
        return recording, None
    feet = [x for x in points.labels if x.startswith(("heel", "toe"))]
    guessed = points.select(feet).filled if feet else None
    if guessed is None or not guessed.any():
        return recording, None
    notes.append(Note(
        "refusal", "positions", "the feet's positions rest on joint angles that are not in the recording: "
        "they are drawn, but events, speed and lengths are not taken from them",
    ))  # fmt: skip
    return recording.without("points"), points


def faced(recording: Recording, notes: list[Note]) -> tuple[Recording, Progression | None]:
    """Positions and forces turned so that the walk is along +x, and how the person progresses."""
    if recording.points is None:
        return recording, None
    from gaitsmith.gait.frame import face_forward, progression

    try:
        faced = face_forward(recording)
        return faced, progression(faced)
    except MissingInputError as error:
        notes.append(Note("refusal", "direction", str(error).replace("\n", ";")))
        return recording, None


def heading_free(recording: Recording) -> Recording:
    """Pelvic rotation counted from the walking direction, where the file counts it from the lab."""
    angles = recording.angles
    if angles is None or "pelvis_rotation" not in angles or not len(angles):
        return recording
    values = np.unwrap(np.nan_to_num(angles["pelvis_rotation"]), period=360)
    mean = float(np.round(np.median(values) / 90) * 90) if len(values) else 0.0
    middle = float(np.median(values))
    if abs(middle) < _ELSEWHERE_DEG:
        return recording
    taken = mean if abs(middle - mean) < _ELSEWHERE_DEG else middle
    data = angles.data.copy()
    at = angles.index("pelvis_rotation")
    data[:, at] = np.where(np.isnan(data[:, at]), np.nan, values - taken)
    name = next(iter(recording.of_kind("angles")))
    return recording.with_stream(angles.replace(data=data), name).with_note(
        "assumption", "pelvis_rotation",
        f"counted in the file from the lab's axes: {taken:.0f}° were taken away so that 0 is the walking direction",
    )  # fmt: skip


def with_events(
    recording: Recording, method: str, notes: list[Note]
) -> tuple[Recording, Detection | None]:
    """The recording with events by `method`, turns included, and how they were found."""
    from gaitsmith.gait import events

    try:
        found = events.find(recording, method)
    except MissingInputError as error:
        if method != "auto":
            raise
        notes.append(Note("refusal", "events", str(error).replace("\n", ";")))
        return recording, None
    return recording.with_events(_with_turns(recording, found.events)), found


def other_events(recording: Recording, used: Detection | None) -> dict[str, Events]:
    """What every other method says of a recording as it was told; a file's sources apart."""
    from gaitsmith.gait.events import detect_all

    if used is None:
        return {}
    found = {name: e for name, e in detect_all(recording).items() if name != used.method and len(e)}
    told = found.pop("file", Events())
    told = told.where(kind="strike") + told.where(kind="off")
    names = {s: f"file ({s})" if len(told.sources) > 1 else "file" for s in told.sources}
    return found | {name: told.where(source=s) for s, name in names.items()}


def _with_turns(recording: Recording, events: Events) -> Events:
    """`events`, with the turns that the path of the trunk shows, where the detector looked for none."""
    if recording.points is None or len(events.where(kind="turn")):
        return events
    from gaitsmith.gait.frame import turns

    return events + turns(recording)


def weighed(recording: Recording) -> Recording:
    """Mass from the plates, where it is not known and whole strides have both feet on plates."""
    forces = recording.forces
    if recording.subject.mass is not None or forces is None or not len(forces):
        return recording
    total, times = np.nansum(forces.data[:, :, 1], axis=1), forces.times
    always = _always_on_plates(recording)
    means = []
    for side in SIDES:
        own = recording.events.times("strike", side)
        for a, b in itertools.pairwise(own):
            inside = (times >= a) & (times < b)
            if inside.sum() < 10 or b - a > 3:
                continue
            # In walking somebody always stands on something; a stride with an empty stretch was
            # partly beside the plates, unless it is known that the feet never leave them.
            if always or (total[inside] > 0.15 * total[inside].max()).all():
                means.append(float(total[inside].mean()))
    if not means:
        return recording
    mass = float(np.median(means)) / STANDARD_GRAVITY
    if not 5 < mass < 300:
        return recording.with_note(
            "warning", "mass", f"not taken from the plates: they give {mass:.1f} kg"
        )
    words = f"{mass:.1f} kg, the mean vertical force over {len(means)} whole strides on the plates"
    return recording.with_subject("plates", mass=mass).with_note("assumption", "mass", words)


def _always_on_plates(recording: Recording) -> bool:
    """Whether each foot comes back to the plates again and again, as on a treadmill."""
    from gaitsmith.gait.contacts import contacts

    good = contacts(recording).good
    return all(sum(c.side == side for c in good) >= 3 for side in SIDES)


def on_feet(recording: Recording) -> Recording:
    """Forces by foot in the place of forces by plate, where the feet can be told."""
    from gaitsmith.gait.contacts import contacts, foot_forces

    if recording.forces is None or not len(recording.forces):
        return recording
    by_foot = foot_forces(recording)
    if by_foot is None:
        return recording
    name = next(iter(recording.of_kind("forces")))
    return recording.with_stream(by_foot, name).with_notes(contacts(recording).notes)
