"""A physical person: a body from an OpenSim model or from size and mass, and where it is.

>>> from gaitsmith.body import generic_body, places
>>> body = generic_body(height=1.75, mass=70.0, sex="female")
>>> round(body.mass, 6)
70.0
>>> "heel_r" in places(body)
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gaitsmith.body.angles import angles_from_points, solve_points
    from gaitsmith.body.anthropometry import generic_body
    from gaitsmith.body.dynamics import foot_wrenches, inverse_dynamics, joint_moments, net_wrench
    from gaitsmith.body.for_report import angles_for_report
    from gaitsmith.body.kinematics import Pose, coordinate_values, place
    from gaitsmith.body.kinetics import moments_for_report
    from gaitsmith.body.mjcf import to_mjcf
    from gaitsmith.body.motion import Motion, moving
    from gaitsmith.body.osim import read_osim
    from gaitsmith.body.points import drawn_words, points_from_angles
    from gaitsmith.body.residual import residuals
    from gaitsmith.body.simulate import Simulation
    from gaitsmith.body.sites import places
    from gaitsmith.body.solve import fit
    from gaitsmith.body.tree import Body, Spot

_HOME = {
    "fit": "solve",
    "angles_for_report": "for_report",
    "angles_from_points": "angles",
    "solve_points": "angles",
    "moments_for_report": "kinetics",
    "to_mjcf": "mjcf",
    "Simulation": "simulate",
    "residuals": "residual",
    "moving": "motion",
    "Motion": "motion",
    "net_wrench": "dynamics",
    "joint_moments": "dynamics",
    "inverse_dynamics": "dynamics",
    "foot_wrenches": "dynamics",
    "Body": "tree",
    "Pose": "kinematics",
    "Spot": "tree",
    "coordinate_values": "kinematics",
    "generic_body": "anthropometry",
    "place": "kinematics",
    "places": "sites",
    "points_from_angles": "points",
    "drawn_words": "points",
    "read_osim": "osim",
}

__all__ = [
    "Body",
    "Motion",
    "Pose",
    "Simulation",
    "Spot",
    "angles_for_report",
    "angles_from_points",
    "coordinate_values",
    "drawn_words",
    "fit",
    "foot_wrenches",
    "generic_body",
    "inverse_dynamics",
    "joint_moments",
    "moments_for_report",
    "moving",
    "net_wrench",
    "place",
    "places",
    "points_from_angles",
    "read_osim",
    "residuals",
    "solve_points",
    "to_mjcf",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(f"gaitsmith.body.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'gaitsmith.body' has no attribute {name!r}")
