"""Joint moments and powers with estimated forces, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from gaitsmith.body.dynamics import Dynamics, Wrench, inverse_dynamics
from gaitsmith.body.motion import CUTOFF_HZ, derivatives, move
from gaitsmith.body.sites import foot_segment
from gaitsmith.channels import Side
from gaitsmith.models.forces.motion import Walk

__all__ = ["joint_dynamics", "moment_sd", "wrench"]

Array = npt.NDArray[np.float64]


def wrench(force: Array, centre: Array) -> Wrench:
    """Force (time × 3, N) at a centre (time × 3, m; NaN in swing) as a wrench about the origin."""
    at = np.where(np.isfinite(centre), centre, 0.0)
    return Wrench(force, np.cross(at, force))


def joint_dynamics(walk: Walk, feet: Mapping[Side, Wrench]) -> Dynamics:
    """Inverse dynamics of the walk (on its continued clock) under these forces on its feet."""
    assert walk.pose is not None
    motion = move(walk.body, walk.times, *derivatives(walk.times, walk.pose.values, CUTOFF_HZ))
    loads = {}
    for side, w in feet.items():
        segment = foot_segment(walk.body, side[0])
        assert segment is not None
        loads[segment] = w
    return inverse_dynamics(motion, loads)


def moment_sd(  # noqa: PLR0917
    dynamics: Dynamics, name: str, force: Array, centre: Array, force_sd: Array, centre_sd: Array, side: Side
) -> Array:  # fmt: skip
    """SD (time, N·m) of a leg's moment by the SD of its foot's force and centre of pressure.

    The force acts on a joint's axis by axis · ((centre - joint) × force); the uncertain parts are
    taken as independent. `name` is a canonical channel (``knee_angle_r_moment``).
    """
    body, pose = dynamics.motion.body, dynamics.motion.pose
    stem = name.removesuffix("_moment")
    sd = np.zeros(len(pose))
    knee = body.joint_of(f"knee_angle_{side[0]}")
    joint = body.joint_of(stem)
    if joint is None and stem.startswith("knee_") and knee is not None:
        joint = knee
        shank = body.segment_index[knee.child]
        axis = pose.rotation[shank][:, :, 0 if "adduction" in stem else 1]
    elif joint is None:
        return sd
    else:
        own = body.own_name(stem)
        number = body.index[own] if own else -1
        axes = pose.axes[body.joints.index(joint)]
        moving = [a for a in axes if a.turns and a.coordinate == number]
        if not moving:
            return sd
        axis = max(moving, key=lambda a: float(np.abs(a.rate).mean())).direction
    at = np.where(np.isfinite(centre), centre, 0.0)
    arm = np.cross(axis, at - pose.centre[body.joints.index(joint)])
    lever = np.cross(force, axis)
    spread = np.where(np.isfinite(centre_sd), centre_sd, 0.0)
    out = np.sqrt(((arm * force_sd) ** 2).sum(axis=1) + ((lever * spread) ** 2).sum(axis=1))
    return np.asarray(out)
