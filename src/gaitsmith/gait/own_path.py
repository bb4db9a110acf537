"""Rotations of pelvis and feet counted from the walk's own direction, where its path bends."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import MissingInputError
from gaitsmith.gait.feet import trunk
from gaitsmith.gait.frame import body_yaw, progression
from gaitsmith.gait.ground import uniform
from gaitsmith.recording import Recording
from gaitsmith.signals import fill_gaps

__all__ = ["along_own_path", "travel_heading"]

Array = npt.NDArray[np.float64]

# A path that stays within this (deg) of the axis that a file counts from is straight along it (ours).
_ASIDE_DEG = 20.0
# The axis is one of the lab's four horizontal ones, told by the pelvis' points to this (deg).
_SNAP_DEG = 25.0
# Programs fold a foot's progression at 90°: a path further than this (deg) from their axis, with
# feet that turn out or in by the rest, cannot be told from one that was folded (ours).
_FOLDED_DEG = 45.0
# The stride time (s) that stands where no strikes are known, and the shortest travel (m) over one
# stride that has a direction.
_STRIDE_S, _GOES_M = 1.1, 0.15


def travel_heading(middle: Array, rate_hz: float, stride_s: float) -> Array:
    """Direction of travel (n,) of a trunk (n, 3) in degrees about +y from x towards −z, unwrapped.

    At each sample that of the displacement over one stride about it, so that the sway of the steps
    cancels; the first and last half stride have that of the first and last whole one. Held where
    the trunk hardly moves.
    """
    whole = fill_gaps(np.arange(len(middle), dtype=float), middle)
    half = min(max(1, round(0.5 * stride_s * rate_hz)), (len(whole) - 1) // 2)
    at = np.clip(np.arange(len(whole)), half, len(whole) - 1 - half)
    moved = whole[at + half] - whole[at - half]
    angle = np.unwrap(np.arctan2(-moved[:, 2], moved[:, 0]))
    goes = np.hypot(moved[:, 0], moved[:, 2]) > _GOES_M
    if goes.any():
        n = np.arange(len(angle))
        angle = np.interp(n, n[goes], np.unwrap(angle[goes]))
    return np.asarray(np.degrees(angle))


def along_own_path(recording: Recording, unturned: Recording) -> Recording | None:
    """Pelvic rotation and foot progression counted from the direction of travel, or None.

    Both are meant relative to the direction of progression (Baker 2009); a file counts them from
    an axis of its lab. Which one is told by the points of the pelvis; the path's direction over a
    stride (:func:`travel_heading`) is then taken away at every sample.

    Parameters
    ----------
    recording
        With events, angles and points; fitted angles stand in the frame of its points.
    unturned
        The same before ``face_forward``: in its frame stand a file's own angles.

    Returns
    -------
    Recording or None
        None where nothing is to be changed: the path stays within 20° of the axis counted from, the
        person stays (a treadmill), or pelvis and points do not tell the axis. Foot progression
        is left out where the path is over 45° away, as programs fold it at 90°.
    """
    angles = recording.angles
    if angles is None or "pelvis_rotation" not in angles or len(angles) < 3:
        return None
    told = recording if angles.attrs.get("made_from") == "points" else unturned
    if told.points is None or len(told.points) < 3:
        return None
    try:
        way = progression(told)
    except MissingInputError:
        return None
    points = uniform(told.points)
    middle, yaw = trunk(points), body_yaw(points)
    if way.mode != "overground" or middle is None or yaw is None or points.rate is None:
        return None
    if np.isfinite(middle).all(axis=1).sum() < 3:
        return None
    strikes = [recording.events.times("strike", s) for s in ("left", "right")]
    each = [b - a for own in strikes for a, b in itertools.pairwise(own)]
    path = travel_heading(middle, points.rate, float(np.median(each)) if each else _STRIDE_S)
    if way.backward:
        path = path + 180.0
    rotation = angles["pelvis_rotation"]
    ours = np.interp(angles.times, points.times, np.degrees(yaw) + 90.0)
    inside = np.isfinite(rotation)
    every = np.concatenate(strikes)
    if len(every) > 1:
        inside &= (angles.times >= every.min()) & (angles.times <= every.max())
    if not inside.any():
        return None
    away = np.radians(rotation - ours)[inside]
    axis = float(np.degrees(np.angle(np.mean(np.exp(1j * away)))))
    snapped = 90.0 * round(axis / 90.0)
    if abs(axis - snapped) > _SNAP_DEG:
        return None
    taken = np.interp(angles.times, points.times, path) + snapped
    taken -= 360.0 * np.round(np.median(taken[inside]) / 360.0)
    far = float(np.abs(taken[inside]).max())
    if far < _ASIDE_DEG:
        return None
    data = angles.data.copy()
    at = angles.index("pelvis_rotation")
    data[:, at] = (rotation - taken + 180.0) % 360.0 - 180.0
    feet = {s: f"foot_progression_{s}" for s in "rl" if f"foot_progression_{s}" in angles}
    for s, label in feet.items():
        data[:, angles.index(label)] -= taken if s == "r" else -taken
    changed = angles.replace(data=data, attrs={**angles.attrs, "along_path": True})
    name = next(iter(recording.of_kind("angles")))
    words = f"the walk's path is up to {far:.0f}° away from the axis that the file counts from: "
    words += "counted at each moment from the path's own direction over one stride"
    out = recording
    if feet and far > _FOLDED_DEG:
        changed = changed.select([x for x in angles.labels if x not in feet.values()])
        out = out.with_note(
            "refusal", "foot_progression", f"left out: the walk's path is up to {far:.0f}° away from the axis that "
            "the file counts from, and angles so far from it are folded there",
        )  # fmt: skip
    return out.with_stream(changed, name).with_note("assumption", "pelvis_rotation", words)
