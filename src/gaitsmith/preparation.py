"""The steps of an analysis before its chapters: body, direction, events, feet.

Each takes a Recording and returns one that knows more, with a note for what was assumed.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from gaitsmith.channels import Side, side_of
from gaitsmith.chapters.base import SIDES
from gaitsmith.chapters.trust import on_pelvis
from gaitsmith.errors import MissingInputError
from gaitsmith.recording import Events, Note, Recording, Stream

if TYPE_CHECKING:
    from gaitsmith.gait.events import Detection
    from gaitsmith.gait.frame import Progression

__all__ = [
    "faced", "guessed_apart", "heading_free", "on_feet", "on_plates_only", "other_events",
    "with_events", "with_kinetics", "with_points", "with_whole_pelvis",
]  # fmt: skip

# A pelvis that on average points further than this (deg) from its path is told in the lab's axes.
_ELSEWHERE_DEG = 40.0
# Moments whose motion leaves more than this (body weights, RMS) of the force unexplained mean nothing.
_UNEXPLAINED = 0.4
# A body in space needs this many markers.
_PLANE = 3
# Half of the period of the fitted angles' low-pass (12 Hz): so far (s) does a bad sample reach.
_SPREAD_S = 0.04
# What a format says of a plate whose zero it cannot judge (c3d_plates).
_DOUBTED = "its lightest tenth reads"
# A stance that plates saw for less than this share was partly beside them.
_ON_PLATE = 0.8


def with_points(recording: Recording, osim: Any, notes: list[Note]) -> tuple[Recording, bool]:
    """Positions from joint angles, where there are none; whether they were made."""
    if recording.points is not None or recording.angles is None:
        return recording, False
    from gaitsmith.body import points_from_angles, read_osim

    body = None if osim is None else read_osim(osim)
    try:
        return points_from_angles(recording, body), True
    except MissingInputError as error:
        notes.append(
            Note("refusal", "positions from angles", error.on_one_line("positions from angles"))
        )
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
        notes.append(Note("refusal", "direction", error.on_one_line("direction")))
        return recording, None


def heading_free(recording: Recording, unturned: Recording | None = None) -> Recording:
    """Pelvic rotation counted from the walking direction, where the file counts it from the lab.

    `unturned` is the recording before it was turned to +x: its own angles and points stand in one frame.
    """
    from gaitsmith.gait.own_path import along_own_path

    bent = None if unturned is None else along_own_path(recording, unturned)
    if bent is not None:
        return bent
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
        notes.append(Note("refusal", "events", error.on_one_line("events")))
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


def with_kinetics(
    recording: Recording, unturned: Recording, static: Recording | None, osim: Any
) -> Recording:
    """Joint angles from markers and moments from angles and forces, where the file has none.

    `unturned` is the recording before it was turned to +x, in whose frame a file's own pelvis
    coordinates stand.
    """
    from gaitsmith.body import angles_for_report, moments_for_report

    recording = with_whole_pelvis(angles_for_report(recording, static, osim))
    found = moments_for_report(recording, osim, static=static, unturned=unturned)
    moments = found.get("moments")
    left = None if moments is None else moments.attrs.get("unexplained_bw")
    # The moments need the pelvis as it stands in the lab; what is shown is counted from the path.
    recording, found = heading_free(recording, unturned), heading_free(found, unturned)
    if left is not None and left > _UNEXPLAINED:
        return recording.with_note(
            "refusal", "joint moments", f"not shown: motion and forces differ by {100 * left:.0f} % of body "
            "weight (RMS), so they do not belong to one movement of one person",
        )  # fmt: skip
    return found


def with_whole_pelvis(recording: Recording) -> Recording:
    """Pelvis and hip angles computed from markers only where three of the pelvis' are seen.

    A fit bridges what is missing by the rest of the body; with two markers the pelvis tilts freely
    about the line between them.
    """
    angles, points = recording.angles, recording.points
    if angles is None or points is None or angles.attrs.get("made_from") != "points":
        return recording
    used = [x for x in points.labels if x in angles.attrs.get("residual_mm", {}) and on_pelvis(x)]
    if len(used) < _PLANE or not len(points):
        return recording
    seen = np.isfinite(points.select(used).data[:, :, 0]).sum(axis=1) >= _PLANE
    # What is wrong in one sample the low-pass of the fitted angles spreads to its neighbours.
    reach = max(1, round(_SPREAD_S * points.nominal_rate)) if not seen.all() else 0
    gone = np.convolve(~seen, np.ones(2 * reach + 1), mode="same") > 0
    lost = np.interp(angles.times, points.times, gone.astype(float)) > 0
    mine = [i for i, x in enumerate(angles.labels) if x.startswith(("pelvis_", "hip_"))]
    lost &= np.isfinite(angles.data[:, mine]).any(axis=1)
    if not lost.any():
        return recording
    data = angles.data.copy()
    data[np.ix_(lost, mine)] = np.nan
    name = next(iter(recording.of_kind("angles")))
    return recording.with_stream(angles.replace(data=data), name).with_note(
        "assumption", "angles from points", f"pelvis and hip angles left out in {100 * lost.mean():.0f} % of samples: "
        f"fewer than three of the pelvis' markers are seen there ({', '.join(used)})",
    )  # fmt: skip


def on_plates_only(recording: Recording) -> Recording:
    """Moments and powers only of stances that a plate saw.

    Programs compute moments without a force as well; what they give then is that of a leg in the
    air, which would read as a leg without strength.
    """
    forces = recording.forces
    streams = {**recording.of_kind("moments"), **recording.of_kind("powers")}
    if forces is None or not streams or not {"foot_l", "foot_r"} & set(forces.labels):
        return recording
    hidden: list[tuple[Side, float, float]] = []
    for side in SIDES:
        label = f"foot_{side[0]}"
        strikes, offs = recording.events.times("strike", side), recording.events.times("off", side)
        for a, b in itertools.pairwise([*strikes, recording.end + 1e-6]):
            off = offs[(offs > a) & (offs <= b)]
            stop = float(off[0]) if len(off) else b
            inside = (forces.times >= a) & (forces.times <= stop)
            seen = (
                np.isfinite(forces[label][inside, 1]).mean()
                if label in forces and inside.any()
                else 0.0
            )
            if seen < _ON_PLATE:
                hidden.append((side, a, b))
    if not hidden:
        return recording
    for name, stream in streams.items():
        data = stream.data.copy()
        # A file's strike may lie a rounding after its own sample.
        half = 0.5 / stream.nominal_rate
        for foot, a, b in hidden:
            rows = (stream.times >= a - half) & (stream.times < b - half)
            own = np.array([side_of(x) == foot for x in stream.labels])
            data[np.ix_(rows, own)] = np.nan
        recording = recording.with_stream(stream.replace(data=data), name)
    return recording.with_note("assumption", "moments", f"left out in {len(hidden)} strides whose foot "
                               "stood on no plate")  # fmt: skip


def _with_turns(recording: Recording, events: Events) -> Events:
    """`events`, with the turns that the file tells or the path of the trunk shows, where none are there."""
    if len(events.where(kind="turn")):
        return events
    from gaitsmith.gait.events import given
    from gaitsmith.gait.frame import turns

    if len(recording.events.where(kind="turn")) or recording.points is None:
        return events + given.turns(recording, events)
    return events + turns(recording)


def on_feet(recording: Recording) -> Recording:
    """Forces by foot in the place of forces by plate, where the feet can be told."""
    from gaitsmith.gait.contacts import contacts, foot_forces

    if recording.forces is None or not len(recording.forces):
        return recording
    by_foot = foot_forces(recording)
    if by_foot is None:
        return recording
    name = next(iter(recording.of_kind("forces")))
    found = contacts(recording)
    # The contacts tell what an unloaded plate reads, where the file alone could only doubt its zero.
    seen = {c.column for c in found.contacts}
    kept = tuple(
        n for n in recording.notes if not (_DOUBTED in n.words and _plate(n.place) in seen)
    )
    return recording.replace(notes=kept).with_stream(by_foot, name).with_notes(found.notes)


def _plate(place: str) -> str:
    """The column of a plate that a note names: ``FORCE_PLATFORM, plate 1`` is ``plate_1``."""
    found = re.search(r"plate (\d+)", place)
    return f"plate_{found[1]}" if found else ""
