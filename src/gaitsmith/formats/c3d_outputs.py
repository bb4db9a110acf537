"""Computed outputs of Plug-in Gait (and models named alike) in the house's vocabulary.

Signs, after Vicon's "Lower body angles as output from Plug-in Gait" and "Upper body angles …":
joint angles already have the same anatomical sign on both sides; the pelvis, spine and neck are
told once per side and change sign where left and right differ.

================  ==========================  ==========================  =======================
file              first component             second                      third
================  ==========================  ==========================  =======================
Hip, Knee         flexion +                   adduction (varus) +         internal rotation +
Ankle             dorsiflexion +              inversion +                 internal rotation +
FootProgress      (pitch, not kept)           (not kept)                  internal (toe in) +
RPelvis           anterior tilt + -> -tilt    right side up + -> -list    right side forward +
LPelvis           anterior tilt + -> -tilt    left side up + -> +list     left side forward + -> -
================  ==========================  ==========================  =======================

Moments are external in Plug-in Gait and carry the sign of the angle they load; ours are internal
and act towards the positive angle, hence the factor -1. They, and powers, are written per kg
although the file says Nmm and W. Power is the joint's whole power (third component).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from gaitsmith import channels
from gaitsmith.formats.c3d_container import Container
from gaitsmith.recording import Note, Stream
from gaitsmith.units import factor, normalise

__all__ = ["output_streams"]

Array = npt.NDArray[np.float64]

# joint of the file -> for each component the coordinate (side to be added where it has one) and
# the factor on the right and on the left.
_ANGLES: dict[str, tuple[tuple[str, float, float] | None, ...]] = {
    "Pelvis": (("pelvis_tilt", -1, -1), ("pelvis_list", -1, 1), ("pelvis_rotation", 1, -1)),
    "Hip": (("hip_flexion", 1, 1), ("hip_adduction", 1, 1), ("hip_rotation", 1, 1)),
    "Knee": (("knee_angle", 1, 1), ("knee_adduction", 1, 1), ("knee_rotation", 1, 1)),
    "Ankle": (("ankle_angle", 1, 1), ("subtalar_angle", 1, 1), ("ankle_rotation", 1, 1)),
    "FootProgress": (None, None, ("foot_progression", 1, 1)),
    "Spine": (("lumbar_extension", -1, -1), ("lumbar_bending", 1, -1), ("lumbar_rotation", -1, 1)),
    "Shoulder": (("arm_flex", 1, 1), ("arm_add", -1, -1), ("arm_rot", 1, 1)),
    "Elbow": (("elbow_flex", 1, 1), None, None),
}  # fmt: skip
_MOMENTS: dict[str, tuple[str, str, str]] = {
    "Hip": ("hip_flexion", "hip_adduction", "hip_rotation"),
    "Knee": ("knee_angle", "knee_adduction", "knee_rotation"),
    "Ankle": ("ankle_angle", "subtalar_angle", "ankle_rotation"),
}
_POWERS = {"Hip": "hip_flexion", "Knee": "knee_angle", "Ankle": "ankle_angle"}
_LABEL = re.compile(r"([LR])([A-Z][A-Za-z]*?)(Angle|Moment|Power)s?V?")
# Largest joint moment per kg in running is near 4 N·m/kg and power near 20 W/kg (Winter 2009,
# ch. 5); the smallest walking child makes more than that in plain N·m and W.
_PER_KG_MOMENT = 8.0
_PER_KG_POWER = 25.0


def output_streams(
    box: Container,
    outputs: Mapping[str, Sequence[tuple[int, str]]],
    mass: float | None,
    start: float,
) -> tuple[dict[str, Stream], list[Note]]:
    """Streams ``angles``, ``moments`` and ``powers`` of the computed outputs, and notes.

    `outputs` has, for each kind, ``(column, label)``. What the vocabulary has no name for, and
    moments whose mass is not known, are left out with a note.
    """
    streams: dict[str, Stream] = {}
    notes: list[Note] = []
    left: list[str] = []
    columns: dict[str, dict[str, Array]] = {}
    # A single column may be named a "Moment" and be grouped elsewhere: the label decides.
    for kind in ("angles", "moments", "powers", "forces", "scalars"):
        for column, label in outputs.get(kind, ()):
            found = _LABEL.fullmatch(label)
            part = found and {"Angle": "angles", "Moment": "moments", "Power": "powers"}[found[3]]
            if (
                found is None
                or part != kind
                or not _take(columns, kind, found, _values(box, column, kind))
            ):
                left.append(label)
    if left:
        some = ", ".join(left[:6]) + (", …" if len(left) > 6 else "")
        notes.append(Note("assumption", "outputs", f"{len(left)} computed outputs have no name here and "
                          f"were left out: {some}"))  # fmt: skip
    per_kg = _per_kg(box, columns)
    for kind, named in columns.items():
        unit = _unit(box, kind)
        scale = unit
        if kind != "angles" and per_kg:
            if mass is None:
                notes.append(Note("refusal", kind, "the file holds values per kg and no body mass; they "
                                  "were left out (give the mass to have them)"))  # fmt: skip
                continue
            scale = unit * mass
            notes.append(Note("assumption", kind, f"the values are per kg, whatever the file's unit says, "
                              f"and were multiplied by {mass:g} kg"))  # fmt: skip
        labels = channels.ordered(named)
        data = np.column_stack([named[x] for x in labels]) * scale
        streams[kind] = Stream(kind, data, tuple(labels), rate=box.rate, start=start)  # type: ignore[arg-type]
        notes.append(Note("assumption", kind, _HOW[kind]))
    return streams, notes


_HOW = {
    "angles": "computed by the file's own model (Plug-in Gait's names and signs: pelvis tilt turned to "
    "backward +, obliquity to right side down +)",
    "moments": "computed by the file's own model; external moments were turned to internal ones",
    "powers": "computed by the file's own model; the whole power of a joint stands under its flexion",
}


def _values(box: Container, column: int, kind: str) -> Array:
    """frame × 3 of one output, NaN where the file has none."""
    xyz = box.points[:, column]
    gone = (box.residuals[:, column] < 0) | ~np.isfinite(xyz).all(axis=1)
    if kind == "angles":
        # Nobody's three angles are all exactly 0; a moment may be.
        gone |= (xyz == 0).all(axis=1)
    return np.where(gone[:, None], np.nan, xyz)


def _take(
    columns: dict[str, dict[str, Array]], kind: str, found: re.Match[str], values: Array
) -> bool:
    """Put one output's components under their names; False where none has a name."""
    right = found[1] == "R"
    side = "_r" if right else "_l"
    joint = found[2]
    target = columns.setdefault(kind, {})
    if kind == "angles" and joint in _ANGLES:
        for i, row in enumerate(_ANGLES[joint]):
            if row is None:
                continue
            name, on_right, on_left = row
            part = values[:, i] * (on_right if right else on_left)
            if name in channels.channels():
                # Told once per side: the right one, filled from the left one.
                old = target.get(name)
                first, second = (part, old) if right or old is None else (old, part)
                target[name] = first if second is None else np.where(np.isnan(first), second, first)
            else:
                target[name + side] = part
        return True
    if kind == "moments" and joint in _MOMENTS:
        for i, name in enumerate(_MOMENTS[joint]):
            target[f"{name}{side}_moment"] = -values[:, i]
        return True
    if kind == "powers" and joint in _POWERS:
        target[f"{_POWERS[joint]}{side}_power"] = values[:, 2]
        return True
    if not target:
        del columns[kind]
    return False


def _unit(box: Container, kind: str) -> float:
    """Factor from POINT:ANGLE_UNITS and its like; degrees, N·mm and W where it is not said."""
    name, dimension, usual = {
        "angles": ("ANGLE_UNITS", "angle", "deg"),
        "moments": ("MOMENT_UNITS", "moment", "Nmm"),
        "powers": ("POWER_UNITS", "power", "W"),
    }[kind]
    word = re.sub(r"/kg$", "", (box.text("POINT", name) or [usual])[0], flags=re.IGNORECASE)
    known = {"angle": ("deg", "rad"), "moment": ("Nm", "Nmm"), "power": ("W",)}[dimension]
    return factor(word if normalise(word) in known else usual, dimension)


def _per_kg(box: Container, columns: Mapping[str, Mapping[str, Array]]) -> bool:
    """Whether moments and powers are per kg, by their size (declared units do not say)."""
    for kind, limit in (("moments", _PER_KG_MOMENT), ("powers", _PER_KG_POWER)):
        parts = [np.abs(v[np.isfinite(v)]) for v in columns.get(kind, {}).values()]
        every = np.concatenate(parts) if parts else np.zeros(0)
        if len(every) and every.max() > 0:
            return bool(np.percentile(every, 99.5) * _unit(box, kind) < limit)
    return False
