"""The vocabulary: one row for each quantity that has a name.

A row says the canonical name (OpenSim's coordinates), the unit, what positive means, the
left-right partner, what mirroring does to the sign, plain English, how gait laboratories plot it,
and the aliases met in files. Everything that needs any of these asks this table.

Axes are x forward (direction of progression), y up, z to the person's right (ISB, OpenSim).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from gaitsmith.errors import GaitsmithError, did_you_mean

__all__ = [
    "Channel",
    "Side",
    "channels",
    "coordinate_of",
    "find",
    "get",
    "other_side",
    "side_of",
    "split_side",
]

Side = Literal["left", "right"]
Plane = Literal["sagittal", "coronal", "transverse", ""]


@dataclass(frozen=True)
class Channel:
    """One named quantity.

    Attributes
    ----------
    name
        Canonical name, ``hip_flexion_r``.
    unit
        Canonical unit, ``"deg"``, ``"m"``, ``"Nm"``, ``"W"``.
    positive
        What a positive value means.
    english
        Plain words, without the side: ``"hip flexion"``.
    partner
        The same quantity of the other side; its own name on the midline.
    mirror_sign
        Factor on the value when left and right change places.
    report_sign
        Factor that brings the value to the sign gait laboratories plot, for the right side (or
        midline). For midline channels that laboratories plot once per side, the left curve is
        ``report_sign * mirror_sign``.
    plane
        The plane a clinical grid puts it in.
    joint
        ``pelvis``, ``hip``, ``knee``, ``ankle``, ``foot``, ``trunk``, ``arm``.
    plausible
        Range that walking or running stays in; used to catch units and signs, never to clip.
    aliases
        Other names met in files (compared without case and punctuation).
    """

    name: str
    unit: str
    positive: str
    english: str
    partner: str
    mirror_sign: float
    report_sign: float
    plane: Plane
    joint: str
    plausible: tuple[float, float]
    aliases: tuple[str, ...] = ()

    @property
    def side(self) -> Side | None:
        """``"left"``, ``"right"`` or None on the midline."""
        return side_of(self.name)


# Midline coordinates: name, unit, positive, english, mirror, report, plane, joint, range, aliases.
_MIDLINE: tuple[
    tuple[str, str, str, str, float, float, Plane, str, tuple[float, float], tuple[str, ...]], ...
] = (
    ("pelvis_tilt", "deg", "backward (front of the pelvis up)", "pelvic tilt", 1, -1,
     "sagittal", "pelvis", (-50, 50), ("pelvic_tilt", "pelvis_tilt_angle")),
    ("pelvis_list", "deg", "right side down", "pelvic obliquity", -1, -1,
     "coronal", "pelvis", (-30, 30), ("pelvis_obliquity", "pelvic_obliquity", "pelvic_list")),
    ("pelvis_rotation", "deg", "to the left (right side forward)", "pelvic rotation", -1, 1,
     "transverse", "pelvis", (-400, 400), ("pelvic_rotation",)),
    ("pelvis_tx", "m", "forward", "pelvis position forward", 1, 1, "", "pelvis", (-2000, 2000), ()),
    ("pelvis_ty", "m", "up", "pelvis height", 1, 1, "", "pelvis", (-3, 3), ()),
    ("pelvis_tz", "m", "to the right", "pelvis position sideways", -1, 1, "", "pelvis",
     (-2000, 2000), ()),
    ("lumbar_extension", "deg", "extension (backward)", "trunk flexion", 1, -1,
     "sagittal", "trunk", (-70, 70), ("back_extension", "trunk_extension")),
    ("lumbar_bending", "deg", "to the right", "trunk bending", -1, 1,
     "coronal", "trunk", (-50, 50), ("back_bending", "trunk_bending")),
    ("lumbar_rotation", "deg", "to the left", "trunk rotation", -1, 1,
     "transverse", "trunk", (-60, 60), ("back_rotation", "trunk_rotation")),
    ("neck_extension", "deg", "extension", "neck extension", 1, 1, "", "trunk", (-80, 80), ()),
    ("neck_bending", "deg", "to the right", "neck bending", -1, 1, "", "trunk", (-60, 60), ()),
    ("neck_rotation", "deg", "to the left", "neck rotation", -1, 1, "", "trunk", (-90, 90), ()),
)  # fmt: skip

# Coordinates of each side, signed the same for both: stem, unit, positive, english, plane, ...
_SIDED: tuple[
    tuple[str, str, str, str, float, Plane, str, tuple[float, float], tuple[str, ...]], ...
] = (
    ("hip_flexion", "deg", "flexion", "hip flexion", 1, "sagittal", "hip", (-60, 130),
     ("hip_angle", "hip_flex", "hip")),
    ("hip_adduction", "deg", "adduction", "hip adduction", 1, "coronal", "hip", (-60, 50),
     ("hip_add",)),
    ("hip_rotation", "deg", "internal rotation", "hip rotation", 1, "transverse", "hip",
     (-70, 70), ("hip_rot",)),
    ("knee_angle", "deg", "flexion", "knee flexion", 1, "sagittal", "knee", (-25, 160),
     ("knee_flexion", "knee_flex", "knee")),
    ("knee_adduction", "deg", "adduction (varus)", "knee adduction", 1, "coronal", "knee",
     (-40, 60), ("knee_varus", "knee_add")),
    ("knee_rotation", "deg", "internal rotation", "knee rotation", 1, "transverse", "knee",
     (-70, 70), ("knee_rot",)),
    ("ankle_angle", "deg", "dorsiflexion", "ankle dorsiflexion", 1, "sagittal", "ankle",
     (-60, 55), ("ankle_flexion", "ankle_dorsiflexion", "ankle_flex", "ankle")),
    ("subtalar_angle", "deg", "inversion", "subtalar inversion", 1, "coronal", "ankle",
     (-60, 60), ("subtalar", "ankle_inversion")),
    ("ankle_rotation", "deg", "internal rotation", "ankle rotation", 1, "transverse", "ankle",
     (-70, 70), ("ankle_rot",)),
    ("mtp_angle", "deg", "extension (toes up)", "toe extension", 1, "", "foot", (-60, 90),
     ("toe_angle",)),
    ("foot_progression", "deg", "internal (toe in)", "foot progression", 1, "transverse",
     "foot", (-60, 60), ("foot_progress", "foot_progression_angle")),
    ("arm_flex", "deg", "flexion", "shoulder flexion", 1, "", "arm", (-120, 180),
     ("shoulder_flexion",)),
    ("arm_add", "deg", "adduction", "shoulder adduction", 1, "", "arm", (-180, 120),
     ("shoulder_adduction",)),
    ("arm_rot", "deg", "internal rotation", "shoulder rotation", 1, "", "arm", (-150, 150),
     ("shoulder_rotation",)),
    ("elbow_flex", "deg", "flexion", "elbow flexion", 1, "", "arm", (-20, 160),
     ("elbow_flexion",)),
    ("pro_sup", "deg", "pronation", "forearm pronation", 1, "", "arm", (-10, 180), ()),
    ("wrist_flex", "deg", "flexion", "wrist flexion", 1, "", "arm", (-90, 90), ()),
    ("wrist_dev", "deg", "ulnar deviation", "wrist deviation", 1, "", "arm", (-60, 60), ()),
)  # fmt: skip

_SUFFIX: dict[Side, str] = {"left": "_l", "right": "_r"}


def other_side(side: Side) -> Side:
    """The other side."""
    return "left" if side == "right" else "right"


def split_side(name: str) -> tuple[str, Side | None]:
    """``hip_flexion_r`` -> ``("hip_flexion", "right")``; the side is None without a suffix.

    The suffix may stand before a quantity: ``knee_angle_r_moment`` -> ``knee_angle_moment``.
    """
    match = re.fullmatch(r"(.+?)_([lr])(_moment|_power|_beta)?", name)
    if match is None:
        return name, None
    return match[1] + (match[3] or ""), "left" if match[2] == "l" else "right"


def side_of(name: str) -> Side | None:
    """The side a canonical name says, or None."""
    return split_side(name)[1]


def coordinate_of(name: str) -> str:
    """The coordinate a moment or power belongs to: ``knee_angle_r_moment`` -> ``knee_angle_r``."""
    return re.sub(r"_(moment|power|force)$", "", name)


def _rows() -> Iterator[Channel]:
    for name, unit, positive, english, mirror, report, plane, joint, span, aliases in _MIDLINE:
        yield Channel(
            name, unit, positive, english, name, mirror, report, plane, joint, span, aliases
        )
    for stem, unit, positive, english, report, plane, joint, span, aliases in _SIDED:
        for side, suffix in _SUFFIX.items():
            yield Channel(
                stem + suffix,
                unit,
                positive,
                english,
                stem + _SUFFIX[other_side(side)],
                1,
                report,
                plane,
                joint,
                span,
                tuple(alias + suffix for alias in aliases),
            )


def _derived(base: Channel, quantity: str) -> Channel:
    """The moment or power that belongs to a coordinate."""
    force = base.unit == "m"
    unit = {"moment": "N" if force else "Nm", "power": "W"}[quantity]
    suffix = "_force" if force and quantity == "moment" else f"_{quantity}"
    power = quantity == "power"
    return Channel(
        base.name + suffix,
        unit,
        "generated by the person" if power else f"internal, towards {base.positive}",
        f"{base.english} {quantity}",
        base.partner + suffix,
        1 if power else base.mirror_sign,
        1 if power else base.report_sign,
        base.plane,
        base.joint,
        (-1e5, 1e5),
    )


@cache
def channels() -> dict[str, Channel]:
    """Every row by its canonical name: coordinates first, then their moments and powers."""
    angles = list(_rows())
    moments = [_derived(c, "moment") for c in angles]
    powers = [_derived(c, "power") for c in angles]
    return {c.name: c for c in (*angles, *moments, *powers)}


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


@cache
def _lookup() -> dict[str, str]:
    table: dict[str, str] = {}
    for row in channels().values():
        for name in (row.name, *row.aliases):
            table.setdefault(_key(name), row.name)
            stem, side = split_side(name)
            if side:
                for form in (f"{side}_{stem}", f"{side[0]}_{stem}", f"{stem}_{side}"):
                    table.setdefault(_key(form), row.name)
    return table


def find(label: str) -> Channel | None:
    """The row a label of a file means, or None.

    Understands aliases, ``right_knee_flexion``, ``RKneeFlexion``, OpenSim state paths
    (``/jointset/hip_r/hip_flexion_r/value``) and units in brackets.
    """
    text = label.strip()
    if text.startswith("/") or text.count("/") >= 2:
        parts = [p for p in text.split("/") if p]
        if not parts or parts[-1] in ("speed", "activation", "fiber_length"):
            return None
        text = parts[-2] if parts[-1] == "value" and len(parts) > 1 else parts[-1]
    text = re.sub(r"[\[(].*?[\])]", "", text)
    name = _lookup().get(_key(text))
    return None if name is None else channels()[name]


def get(name: str) -> Channel:
    """The row with this canonical name.

    Raises
    ------
    GaitsmithError
        With the nearest name, where there is none.
    """
    try:
        return channels()[name]
    except KeyError:
        raise GaitsmithError(
            "no such channel", found=name, remedy=did_you_mean(name, channels()) or None
        ) from None


def ordered(names: Iterable[str]) -> list[str]:
    """`names` in the table's order (proximal to distal), unknown ones last as they came."""
    place = {name: i for i, name in enumerate(channels())}
    return sorted(names, key=lambda name: place.get(name, len(place)))
