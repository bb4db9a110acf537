"""Which foot carries what: the net external wrench of a walking body shared between its feet.

What both feet give together is fixed by the motion. Alone, a foot carries all. In double support the
vertical force is shared as the published forces of the two feet are; the horizontal forces differ
from that share by the published pair that the feet push against each other with; the centres of
pressure lie where feet have them, moved together by what the moment asks, but not out of the feet:
what is left of the moment then stays with the pelvis, as it does in every laboratory's inverse
dynamics, and is reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.body.dynamics import Wrench

__all__ = ["Wish", "centre_of", "shared"]

Array = npt.NDArray[np.float64]
#: Vertical force (N) below which a centre of pressure is not given.
_TOUCH_N = 5.0
#: The centre of pressure is moved by at most this (m) from where feet have it.
_ROOM = 0.035


@dataclass(frozen=True, eq=False)
class Wish:
    """What a foot would do: force (time × 3, body weights) and centre of pressure (time × 3, m)."""

    force: Array
    centre: Array


def centre_of(wrench: Wrench) -> Array:
    """Centre of pressure (time × 3, on y = 0) of a wrench; NaN where nothing pushes up."""
    up = wrench.force[:, 1]
    safe = np.where(np.abs(up) > _TOUCH_N, up, np.nan)
    return np.stack((wrench.moment[:, 2] / safe, 0 * safe, -wrench.moment[:, 0] / safe), axis=1)


def shared(
    net: Wrench, wishes: Mapping[str, Wish], weight: float
) -> tuple[dict[str, Array], Array]:
    """Forces of each foot (time × 7, as in a ``forces`` stream), and what no foot can carry.

    Returns
    -------
    forces, residual
        `residual` (time × 6, N and N·m about the centre of pressure): forces only in flight, a
        moment where the centre of pressure would have left the foot.
    """
    sides = list(wishes)
    up = np.stack([np.maximum(wishes[s].force[:, 1], 0.0) for s in sides])
    total = up.sum(axis=0)
    stands = np.asarray(total > 1e-9)
    share = np.where(stands, up / np.where(stands, total, 1.0), 0.0)
    horizontal = np.stack([wishes[s].force[:, (0, 2)] for s in sides])
    pair = horizontal - share[:, :, None] * horizontal.sum(axis=0)
    both = np.asarray((share > 0).all(axis=0))
    pair = np.where(both[None, :, None], pair * weight, 0.0)
    force = share[:, :, None] * net.force[None]
    force[:, :, 0] += pair[:, :, 0]
    force[:, :, 2] += pair[:, :, 1]
    centre = np.stack([wishes[s].centre for s in sides])
    wished = np.einsum("st,sti->ti", share, centre)
    actual = centre_of(net)
    move = np.where(np.isfinite(actual), actual - wished, 0.0)
    move = _ROOM * np.tanh(move / _ROOM)
    move[:, 1] = 0.0
    centre = centre + move[None]
    arms = np.cross(centre, force).sum(axis=0)
    free = np.where(stands, net.moment[:, 1] - arms[:, 1], 0.0)
    out = {}
    for i, side in enumerate(sides):
        rows = np.zeros((len(net.force), 7))
        rows[:, :3] = force[i]
        carries = force[i, :, 1] > _TOUCH_N
        rows[:, 3:6] = np.where(carries[:, None], centre[i], np.nan)
        rows[:, 6] = share[i] * free
        rows[share[i] <= 0, 3:6] = np.nan
        out[side] = rows
    left_force = net.force - force.sum(axis=0)
    left_moment = net.moment - np.cross(centre, force).sum(axis=0)
    left_moment[:, 1] -= free
    residual = np.hstack((left_force, left_moment))
    return out, residual
