"""Where on a body the landmarks of a stick figure lie: joint centres, heel, toe, neck, head."""

from __future__ import annotations

import re

import numpy as np

from gaitsmith import landmarks
from gaitsmith.body.tree import GROUND, Body, Joint, Spot

__all__ = ["foot_segment", "moved_by", "places"]

# Coordinate whose joint is the landmark, most proximal first.
_JOINTS = {
    "hip": ("hip_flexion", "hip_adduction", "hip_rotation"),
    "knee": ("knee_angle",),
    "ankle": ("ankle_angle",),
    "shoulder": ("arm_flex", "arm_add", "arm_rot"),
    "elbow": ("elbow_flex",),
}
_SEGMENTS = {
    "heel": r"calcn|calcaneus|hindfoot|foot",
    "toe": r"toes?|forefoot|phalanx",
    "wrist": r"hand",
    "trunk": r"torso|thorax|trunk",
}
# A head's middle above the lumbar joint over that of the shoulders (Winter's 0.935 and 0.818 of
# stature above a lumbar joint at 0.624): where a model says nothing of the head.
_HEAD_OVER_SHOULDERS = (0.935 - 0.624) / (0.818 - 0.624)


def places(body: Body) -> dict[str, Spot]:
    """The landmarks a body has, by the names of ``landmarks.LANDMARKS``.

    ``hip``, ``knee``, ``ankle``, ``shoulder``, ``elbow``, ``wrist`` are joint centres, ``heel`` is the origin of the heel bone's frame (in
    OpenSim's models its lowest point at the back), ``toe`` the joint of the toes, ``pelvis`` the
    middle of the hip joints, ``neck`` the middle of the shoulders.
    """
    out: dict[str, Spot] = {}
    for side in ("r", "l"):
        for landmark, stems in _JOINTS.items():
            joint = next((j for s in stems if (j := body.joint_of(f"{s}_{side}"))), None)
            if joint is not None:
                out[f"{landmark}_{side}"] = _centre(joint)
        _foot(body, side, out)
        hand = _named(body, _SEGMENTS["wrist"], side)
        if hand is not None:
            out[f"wrist_{side}"] = _centre(hand)
        elif f"wrist_{side}" in body.markers:
            out[f"wrist_{side}"] = body.markers[f"wrist_{side}"]
    _midline(body, out)
    return {name: out[name] for name in landmarks.LANDMARKS if name in out}


def moved_by(body: Body, spot: Spot) -> frozenset[str]:
    """Coordinates (the body's own names) that move a point, the pelvis' included."""
    above = {j.child: j for j in body.joints}
    leads = {c.dependent: c.independent for c in body.couplings}
    found: set[str] = set()
    at = spot.segment
    while at != GROUND:
        found.update(leads.get(c, c) for c in above[at].coordinates)
        at = above[at].parent
    return frozenset(found)


def _spot(segment: str, at: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Spot:
    return Spot(segment, (float(at[0]), float(at[1]), float(at[2])))


def _centre(joint: Joint) -> Spot:
    """A joint's centre: fixed on both segments, or on the child where the joint also slides."""
    if joint.translations:
        return _spot(joint.child, joint.on_child.origin)
    return _spot(joint.parent, joint.on_parent.origin)


def _named(body: Body, pattern: str, side: str = "") -> Joint | None:
    """The joint above the segment whose name fits, ``calcn_r``, ``r_foot``, ``RightFoot``."""
    for joint in body.joints:
        bare = re.sub(r"(?i)[^a-z]", "", joint.child).lower()
        ends = (side, {"r": "right", "l": "left"}.get(side, ""))
        for end in ends:
            if re.fullmatch(f"(?:{end})(?:{pattern})|(?:{pattern})(?:{end})", bare):
                return joint
    return None


def _foot(body: Body, side: str, out: dict[str, Spot]) -> None:
    heel = _named(body, _SEGMENTS["heel"], side)
    toe = _named(body, _SEGMENTS["toe"], side)
    markers = landmarks.find_all(list(body.markers), (f"heel_{side}", f"toe_{side}"))
    ankle = body.joint_of(f"ankle_angle_{side}")
    # A foot whose frame stands in the ankle (one segment from there on) has no heel of its own.
    if heel is not None and (ankle is None or ankle.child != heel.child):
        out[f"heel_{side}"] = Spot(heel.child, (0.0, 0.0, 0.0))
    elif f"heel_{side}" in markers:
        out[f"heel_{side}"] = body.markers[markers[f"heel_{side}"]]
    if toe is not None:
        out[f"toe_{side}"] = _centre(toe)
    elif f"toe_{side}" in markers:
        out[f"toe_{side}"] = body.markers[markers[f"toe_{side}"]]


def _midline(body: Body, out: dict[str, Spot]) -> None:
    hips = [j for s in ("r", "l") if (j := body.joint_of(f"hip_flexion_{s}"))]
    if len(hips) == 2 and hips[0].parent == hips[1].parent:
        out["pelvis"] = _spot(
            hips[0].parent, 0.5 * (hips[0].on_parent.origin + hips[1].on_parent.origin)
        )
    trunk = _named(body, _SEGMENTS["trunk"])
    if trunk is None:
        return
    found = landmarks.find_all(list(body.markers), ("neck", "head", "shoulder_r", "shoulder_l"))
    at = {k: body.markers[v] for k, v in found.items() if body.markers[v].segment == trunk.child}
    arms = [j for s in ("r", "l") if (j := body.joint_of(f"arm_flex_{s}"))]
    if len(arms) == 2 and all(j.parent == trunk.child for j in arms):
        neck = 0.5 * (arms[0].on_parent.origin + arms[1].on_parent.origin)
    elif "shoulder_r" in at and "shoulder_l" in at:
        neck = 0.5 * (np.array(at["shoulder_r"].position) + np.array(at["shoulder_l"].position))
        out.setdefault("shoulder_r", at["shoulder_r"])
        out.setdefault("shoulder_l", at["shoulder_l"])
    elif "neck" in at:
        neck = np.array(at["neck"].position)
    else:
        return
    low = trunk.on_child.origin
    out["neck"] = _spot(trunk.child, neck)
    up = np.array([0.0, (neck - low)[1] * (_HEAD_OVER_SHOULDERS - 1.0), 0.0])
    skull = body.joint_of("neck_extension")
    if skull is not None and "head" in found and body.markers[found["head"]].segment == skull.child:
        at["head"] = body.markers[found["head"]]
    out["head"] = at.get("head", _spot(trunk.child, neck + up))


def foot_segment(body: Body, side: str) -> str | None:
    """The segment of a side (``"r"``, ``"l"``) that a force on the foot acts on: the heel bone's."""
    heel = _named(body, _SEGMENTS["heel"], side)
    if heel is not None:
        return heel.child
    ankle = body.joint_of(f"ankle_angle_{side}")
    return None if ankle is None else ankle.child
