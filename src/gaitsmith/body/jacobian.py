"""How points on a body move with its coordinates: analytic Jacobians over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.body.kinematics import Pose
from gaitsmith.body.tree import GROUND, Body, Spot

__all__ = ["Lever", "levers", "point_jacobian"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Lever:
    """Which of some points hang below which joint of a body."""

    body: Body
    spots: tuple[Spot, ...]
    below: tuple[npt.NDArray[np.intp], ...]


def levers(body: Body, spots: Sequence[Spot]) -> Lever:
    """For each joint of `body`, the numbers of the points that it carries."""
    above = {j.child: n for n, j in enumerate(body.joints)}
    carried: list[list[int]] = [[] for _ in body.joints]
    for i, spot in enumerate(spots):
        at = spot.segment
        while at != GROUND:
            carried[above[at]].append(i)
            at = body.joints[above[at]].parent
    return Lever(body, tuple(spots), tuple(np.array(c, dtype=np.intp) for c in carried))


def point_jacobian(pose: Pose, lever: Lever, points: Array) -> Array:
    """Derivative of points by coordinates: time × point × 3 × coordinate.

    `points` (time × point × 3) are the positions of ``lever.spots`` in `pose`. Columns are m/rad,
    or m/m for sliding coordinates. What a coupled coordinate moves is put in the column of the one
    that it follows, and its own column is zero.
    """
    body = lever.body
    n, m = points.shape[:2]
    # Coordinates first while filling, so that each column is one block of memory.
    out = np.zeros((len(body.coordinates), n, m, 3))
    for number, axes in enumerate(pose.axes):
        chosen = lever.below[number]
        if not len(chosen):
            continue
        arm = points[:, chosen] - pose.centre[number][:, None]
        for axis in axes:
            if axis.coordinate is None:
                continue
            scaled = axis.direction * axis.rate[:, None]
            if axis.turns:
                out[axis.coordinate][:, chosen] += _cross(scaled, arm)
            else:
                out[axis.coordinate][:, chosen] += scaled[:, None]
    for c in body.couplings:
        lead, follow = body.index[c.independent], body.index[c.dependent]
        slope = c.function.evaluate(pose.values[:, lead])[1]
        out[lead] += slope[:, None, None] * out[follow]
        out[follow] = 0.0
    return np.moveaxis(out, 0, -1)


def _cross(axis: Array, arm: Array) -> Array:
    """Cross product of one vector an instant with several; written out, numpy's is slower."""
    a, b = axis[:, None], arm
    out = np.empty_like(b)
    out[..., 0] = a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1]
    out[..., 1] = a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2]
    out[..., 2] = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return out
