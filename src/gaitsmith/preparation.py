"""The steps of an analysis before its chapters: body, direction, events, feet, mass.

Each takes a Recording and returns one that knows more, with a note for what was assumed.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from gaitsmith import landmarks
from gaitsmith.channels import Side, side_of
from gaitsmith.chapters.base import SIDES
from gaitsmith.chapters.trust import on_pelvis
from gaitsmith.errors import MissingInputError
from gaitsmith.recording import Events, Note, Recording, Stream
from gaitsmith.subject import MODEL_WEIGHS
from gaitsmith.units import STANDARD_GRAVITY

if TYPE_CHECKING:
    from gaitsmith.gait.events import Detection
    from gaitsmith.gait.frame import Progression

__all__ = [
    "faced", "guessed_apart", "heading_free", "modelled",
    "on_feet", "on_plates_only", "other_events",
    "weighed", "with_events", "with_kinetics", "with_points", "with_stature",
    "with_whole_pelvis",
]  # fmt: skip

# A pelvis that on average points further than this (deg) from its path is told in the lab's axes.
_ELSEWHERE_DEG = 40.0
# Thigh, shank and the ankle's height by thigh and shank: 0.530 of the stature by 0.245 + 0.246
# (Drillis & Contini 1966); lengths (m) of legs that are believed.
_LEGS_OF_STATURE = 0.245 + 0.246
_WHOLE_LEG, _LEGS_M = 0.530 / _LEGS_OF_STATURE, (0.25, 1.4)
# Moments whose motion leaves more than this (body weights, RMS) of the force unexplained mean nothing.
_UNEXPLAINED = 0.4
# A body in space needs this many markers.
_PLANE = 3
# Half of the period of the fitted angles' low-pass (12 Hz): so far (s) does a bad sample reach.
_SPREAD_S = 0.04
# Masses further apart than this share are said to disagree; of fewer strides than this, twice it (ours).
_MASS_APART, _SEVERAL = 0.05, 3
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


def with_stature(
    recording: Recording, drawn: Stream | None = None, *, modelled: bool = False
) -> Recording:
    """The height of the body that was drawn or fitted, where neither height nor leg length is given.

    So one size stands everywhere in an analysis, with one note. `drawn` are positions that serve the
    picture only (:func:`guessed_apart`); `modelled` says that positions made from angles are those
    of the person's own model.
    """
    if recording.subject.height is not None or recording.subject.leg_length is not None:
        return recording
    points = recording.points if drawn is None else drawn
    if modelled and points is not None and points.attrs.get("made_from") == "angles":
        legs = _segments(points)
        if legs is not None and _LEGS_M[0] <= sum(legs) * _WHOLE_LEG <= _LEGS_M[1]:
            height = sum(legs) / _LEGS_OF_STATURE
            return recording.with_subject("the model's thighs and shanks", height=height).with_note(
                "assumption", "height", f"not given: {height:.2f} m is that of a person with the model's thighs "
                f"({legs[0]:.2f} m) and shanks ({legs[1]:.2f} m) (--height)",
            )  # fmt: skip
    for stream, how in (
        (recording.angles, "the length of the legs between the markers"),
        (
            recording.points if drawn is None else drawn,
            "how high the joint angles carry the pelvis over the feet",
        ),
    ):
        found = None if stream is None else stream.attrs.get("stature")
        if found is not None:
            return recording.with_subject(how, height=found).with_note(
                "assumption", "height", f"not given: {found:.2f} m is taken by {how} (--height)"
            )
    return _with_own_legs(recording)


def _with_own_legs(recording: Recording) -> Recording:
    """The leg length of a skeleton's own thighs and shanks, where its joint centres are there."""
    points = recording.points
    if points is None or not len(points) or points.attrs.get("made_from") == "angles":
        return recording
    legs = _segments(points)
    if legs is None:
        return recording
    thigh, shank = legs
    length = (thigh + shank) * _WHOLE_LEG
    if not _LEGS_M[0] <= length <= _LEGS_M[1]:
        return recording
    return recording.with_subject("the skeleton's own segments", leg_length=length).with_note(
        "assumption", "leg length", f"not given: {length:.2f} m, from the recording's own thighs ({thigh:.2f} m) and "
        f"shanks ({shank:.2f} m) and the height of an ankle (--leg-length)",
    )  # fmt: skip


def _segments(points: Stream) -> tuple[float, float] | None:
    """Lengths (m) of thigh and shank between the joint centres, mean over the legs; None without them."""
    each = []
    for s in ("r", "l"):
        at = [landmarks.find(points.labels, f"{joint}_{s}") for joint in ("hip", "knee", "ankle")]
        hip, knee, ankle = (None if x is None else points[x] for x in at)
        if hip is not None and knee is not None and ankle is not None:
            each.append([np.nanmedian(np.linalg.norm(a - b, axis=1)) for a, b in ((hip, knee), (knee, ankle))])  # fmt: skip
    if not each:
        return None
    thigh, shank = np.mean(each, axis=0)
    return float(thigh), float(shank)


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
        for foot, a, b in hidden:
            rows = (stream.times >= a) & (stream.times < b)
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


def modelled(recording: Recording, osim: Any) -> Recording:
    """Mass from the person's scaled model, where neither the files nor the plates say it.

    One mass stands in all chapters: what is told, else what plates weigh, else the model's. A model
    of another weight keeps its shape, and its segments are scaled to that mass.
    """
    if osim is None:
        return recording
    from gaitsmith.body import read_osim

    mass, known = float(read_osim(osim).mass), recording.subject.mass
    if known is not None:
        off = mass / known - 1
        if mass < 1.0 or abs(off) <= _MASS_APART:
            return recording
        whence = recording.subject.sources.get("mass", "given")
        return recording.with_note(
            "warning", "mass", f"the model weighs {mass:.1f} kg, {100 * abs(off):.0f} % {'more' if off > 0 else 'less'} than the "
            f"{known:.1f} kg of the person ({whence}): {known:.1f} kg stand in all chapters, and the model's segments are scaled to them",
        )  # fmt: skip
    words = f"{mass:.1f} kg, the sum of its segments"
    return recording.with_subject(MODEL_WEIGHS, mass=mass).with_note("assumption", "mass", words)


def weighed(recording: Recording) -> Recording:
    """Mass from the plates, where it is not known and whole strides have both feet on plates."""
    forces, known = recording.forces, recording.subject.mass
    if forces is None or not len(forces):
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
    if known is not None:
        return _compared(recording, known, mass, len(means))
    if not 5 < mass < 300:
        return recording.with_note(
            "warning", "mass", f"not taken from the plates: they give {mass:.1f} kg"
        )
    words = f"{mass:.1f} kg, the mean vertical force over {len(means)} whole stride{'s' if len(means) != 1 else ''} on the plates"
    return recording.with_subject("plates", mass=mass).with_note("assumption", "mass", words)


def _compared(recording: Recording, known: float, mass: float, strides: int) -> Recording:
    """A warning where plates weigh another mass than is told; few strides tell it roughly."""
    off = mass / known - 1
    if abs(off) <= (_MASS_APART if strides >= _SEVERAL else 2 * _MASS_APART):
        return recording
    return recording.with_note(
        "warning", "mass", f"the plates carry {mass:.1f} kg over {strides} whole stride{'s' if strides != 1 else ''}, "
        f"{100 * abs(off):.0f} % {'more' if off > 0 else 'less'} than the {known:.1f} kg that are told, which stand in all chapters",
    )  # fmt: skip


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
