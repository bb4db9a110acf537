"""Animated skeletons: forward kinematics to joint positions, and leg angles from these.

BVH and ASF/AMC describe a tree of joints by offsets in a rest pose and rotations over time. Points
follow by multiplying down the tree. Sagittal leg angles follow from the points and the pelvis's
own axes; their zero is the skeleton's rest pose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith import landmarks
from gaitsmith.subject import Note

__all__ = ["Skeleton", "euler", "forward", "leg_angles", "leg_length", "rest_points"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Skeleton:
    """A tree of points.

    Attributes
    ----------
    names
        One a point, unique; a parent stands before its children.
    parents
        Index of each point's parent, -1 for the root.
    offsets
        point × 3, from the parent in the rest pose, in the file's unit.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: Array


def euler(angles: Array, order: str) -> Array:
    """Rotation matrices (time × 3 × 3) for `angles` (time × n, degrees) about the axes of `order`.

    ``"ZXY"`` gives R = Rz Rx Ry: the first axis is the outermost, as BVH lists its channels.
    """
    total = np.broadcast_to(np.eye(3), (len(angles), 3, 3)).copy()
    radians = np.radians(angles)
    for k, axis in enumerate(order):
        c, s = np.cos(radians[:, k]), np.sin(radians[:, k])
        i = "XYZ".index(axis)
        a, b = (i + 1) % 3, (i + 2) % 3
        turn = np.zeros_like(total)
        turn[:, i, i] = 1.0
        turn[:, a, a] = turn[:, b, b] = c
        turn[:, a, b], turn[:, b, a] = -s, s
        total = total @ turn
    return total


def forward(
    skeleton: Skeleton,
    rotations: Sequence[Array | None],
    positions: dict[int, Array],
    frames: int,
    *,
    ends: bool = False,
) -> tuple[Array, Array]:
    """Positions (time × point × 3) and the root's rotation (time × 3 × 3).

    Parameters
    ----------
    rotations
        For each point its own rotation (time × 3 × 3) relative to its parent, or None. The
        rotation of a point turns the offsets of its children.
    ends
        A point is the end of a bone, and its rotation turns its own offset too (ASF).
    positions
        Translations (time × 3) that stand in place of a point's offset.
    """
    world: list[Array] = []
    points = np.zeros((frames, len(skeleton.names), 3))
    still = np.broadcast_to(np.eye(3), (frames, 3, 3))
    for i, parent in enumerate(skeleton.parents):
        above = still if parent < 0 else world[parent]
        own = rotations[i]
        world.append(above if own is None else above @ own)
        step = positions.get(i)
        if step is None:
            moved = (world[i] if ends else above) @ skeleton.offsets[i]
        else:
            moved = np.einsum("tij,tj->ti", above, step)
        points[:, i] = moved if parent < 0 else points[:, parent] + moved
    return points, world[0]


def rest_points(skeleton: Skeleton) -> Array:
    """point × 3 in the rest pose, root at the origin."""
    out = np.zeros((len(skeleton.names), 3))
    for i, parent in enumerate(skeleton.parents):
        out[i] = 0.0 if parent < 0 else out[parent] + skeleton.offsets[i]
    return out


def _legs(names: Sequence[str], *stems: str) -> dict[str, list[int]]:
    """For each side ("r", "l") that has all of `stems`: their indices."""
    found: dict[str, list[int]] = {}
    for side in ("r", "l"):
        labels = [landmarks.find(names, f"{stem}_{side}") for stem in stems]
        if all(labels) and len(set(labels)) == len(labels):
            found[side] = [list(names).index(str(x)) for x in labels]
    return found


def leg_length(skeleton: Skeleton) -> float | None:
    """Mean of thigh plus shank (file's unit) over the sides; None where the joints are unknown."""
    rest = rest_points(skeleton)
    lengths = [
        float(np.linalg.norm(rest[k] - rest[h]) + np.linalg.norm(rest[a] - rest[k]))
        for h, k, a in _legs(skeleton.names, "hip", "knee", "ankle").values()
    ]
    return sum(lengths) / len(lengths) if lengths else None


def _unit(vectors: Array) -> Array:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        out: Array = vectors / length
    return out


def _between(a: Array, b: Array) -> Array:
    """Angle (deg) between unit vectors."""
    cross = np.linalg.norm(np.cross(a, b), axis=-1)
    out: Array = np.degrees(np.arctan2(cross, np.sum(a * b, axis=-1)))
    return out


def leg_angles(
    skeleton: Skeleton, points: Array, root: Array
) -> tuple[dict[str, Array], list[Note]]:
    """Hip, knee and ankle flexion (deg, our signs) from joint centres, by canonical name.

    The pelvis's right runs from the left to the right hip of the rest pose, its up is +y there,
    its forward up × right; all turn with the root. Hip flexion is the angle of the thigh forward
    of the pelvis's down, in the pelvis's sagittal plane. Knee flexion is the angle between thigh
    and shank, negative where the shank points forward of the thigh. Dorsiflexion is the angle
    between shank and foot less that of the rest pose. Nothing is returned where the hips of both
    sides are not known, or the rest pose does not stand.
    """
    hips = _legs(skeleton.names, "hip", "knee", "ankle")
    if set(hips) != {"r", "l"}:
        return {}, []
    rest = rest_points(skeleton)
    up = np.array([0.0, 1.0, 0.0])
    right = rest[hips["r"][0]] - rest[hips["l"][0]]
    right = right - up * right[1]
    forward_ = np.cross(up, right)
    size = float(np.linalg.norm(forward_))
    stands = all(rest[h][1] > rest[k][1] > rest[a][1] for h, k, a in hips.values())
    if size == 0.0 or not stands:
        return {}, []
    ahead, down = root @ (forward_ / size), root @ -up
    feet = _legs(skeleton.names, "knee", "ankle", "toe")
    out: dict[str, Array] = {}
    for side, (h, k, a) in hips.items():
        thigh = _unit(points[:, k] - points[:, h])
        shank = _unit(points[:, a] - points[:, k])
        front = np.sum(thigh * ahead, axis=1)
        below = np.sum(thigh * down, axis=1)
        out[f"hip_flexion_{side}"] = np.degrees(np.arctan2(front, below))
        # The thigh's own forward lies in the sagittal plane, a quarter turn ahead of the thigh.
        lead = _unit(ahead * below[:, None] - down * front[:, None])
        bend = _between(thigh, shank)
        out[f"knee_angle_{side}"] = np.where(np.sum(shank * lead, axis=1) > 0, -bend, bend)
    for side, (k, a, t) in feet.items():
        shank, foot = _unit(points[:, a] - points[:, k]), _unit(points[:, t] - points[:, a])
        neutral = float(_between(_unit(rest[a] - rest[k]), _unit(rest[t] - rest[a])))
        out[f"ankle_angle_{side}"] = _between(shank, foot) - neutral
    out = {name: values for name, values in out.items() if np.isfinite(values).all()}
    words = "computed from joint centres; zero is the skeleton's rest pose, not a standing trial"
    return out, [Note("assumption", "angles", words)] if out else []
