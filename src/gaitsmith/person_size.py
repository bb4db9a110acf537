"""How tall and how heavy the person is: one size and one mass in all chapters, with what told them.

Each takes a Recording and returns one that knows more, with a note for what was assumed.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from gaitsmith import landmarks
from gaitsmith.chapters.base import SIDES
from gaitsmith.recording import Recording, Stream
from gaitsmith.subject import MODEL_WEIGHS
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["modelled", "weighed", "with_stature"]

# Thigh, shank and the ankle's height by thigh and shank: 0.530 of the stature by 0.245 + 0.246
# (Drillis & Contini 1966); lengths (m) of legs that are believed.
_LEGS_OF_STATURE = 0.245 + 0.246
_WHOLE_LEG, _LEGS_M = 0.530 / _LEGS_OF_STATURE, (0.25, 1.4)
# Masses further apart than this share are said to disagree; of fewer strides than this, twice it (ours).
_MASS_APART, _SEVERAL = 0.05, 3


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
