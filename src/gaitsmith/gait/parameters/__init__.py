"""Numbers of a walk: each for left, right and both, with unit, definition and reference.

Usage
-----
>>> from gaitsmith.gait.cycles import segment                                  # doctest: +SKIP
>>> from gaitsmith.gait.parameters import parameters                           # doctest: +SKIP
>>> made = parameters(segment(recording, streams=["angles"]), speed=1.2)       # doctest: +SKIP
>>> made["stride_time"].left.mean, made["stride_time"].both.cov                # doctest: +SKIP

``parameters(strides, *, progression=None, speed=None, reference=None)`` gives
:class:`Parameters`: iterable, ``made["cadence"]``, ``"cadence" in made``, ``made.of("time")``,
``made.to_rows()``, ``made.to_pandas()``, ``made.notes``, ``made.missing`` (what would have been
needed for the rest, in words). Groups: ``time``, ``space``, ``angle``, ``moment``, ``force``,
``variability``.

A :class:`Parameter` has ``key``, ``name``, ``unit``, ``definition``, ``decimals``, ``group``;
``left``, ``right`` (None where that foot has none) and ``both``, each a :class:`Value` with
``n``, ``mean``, ``sd``, ``cov`` (%) and the ``values`` themselves; ``symmetry_index`` (Robinson,
%), ``symmetry_ratio`` (right / left); ``reference`` (a ``Range``: ``mean``, ``sd``, ``low``,
``high``, ``population``, ``source``) or None, and ``z(side)``.

Keys
----
time
    cadence, stride_time, step_time, stance_time, swing_time, stance_percent, swing_percent,
    single_support_percent, initial_double_support_percent, terminal_double_support_percent,
    double_support_percent, double_support_time; running: duty_factor, flight_time
space
    speed, stride_length, step_length, step_width, toe_clearance, walk_ratio,
    speed_dimensionless, froude
angle
    pelvis_tilt_mean … foot_progression_stance_mean (``joints.py`` lists them)
moment
    hip_extensor_moment_stance_max … ankle_power_a2 (per kg; only with the mass)
force
    vertical_peak_1, vertical_trough, vertical_peak_2 (running: vertical_peak), braking_peak,
    propulsion_peak, braking_impulse, propulsion_impulse, vertical_impulse, loading_rate
    (%BW with the mass, else N)
variability
    hip_flexion_mean_sd, knee_angle_mean_sd, ankle_angle_mean_sd, knee_angle_regularity,
    step_regularity, stride_regularity, regularity_symmetry

The parts can be had alone: :func:`temporal`, :func:`spatial`, :func:`joint_angles`,
:func:`joint_kinetics`, :func:`ground_forces`, :func:`variability`.
"""

from __future__ import annotations

from gaitsmith.errors import MissingInputError
from gaitsmith.gait.frame import Progression
from gaitsmith.gait.frame import progression as find_progression
from gaitsmith.gait.parameters.base import Parameter, Parameters, Value
from gaitsmith.gait.parameters.forces import ground_forces, stance_forces
from gaitsmith.gait.parameters.joints import joint_angles, joint_kinetics
from gaitsmith.gait.parameters.spatial import in_place, spatial
from gaitsmith.gait.parameters.temporal import temporal
from gaitsmith.gait.parameters.variability import Regularity, regularity, variability
from gaitsmith.gait.reference import Reference
from gaitsmith.gait.strides import StrideSet

__all__ = [
    "Parameter",
    "Parameters",
    "Regularity",
    "Value",
    "ground_forces",
    "in_place",
    "joint_angles",
    "joint_kinetics",
    "parameters",
    "regularity",
    "spatial",
    "stance_forces",
    "temporal",
    "variability",
]


def parameters(
    strides: StrideSet,
    *,
    progression: Progression | None = None,
    speed: float | None = None,
    reference: Reference | None = None,
) -> Parameters:
    """Every parameter that the strides and their recording support.

    Parameters
    ----------
    progression
        Of the recording that was cut; found from its points where not given.
    speed
        Walking speed (m/s) where positions do not give it.
    reference
        Its published ranges are put beside the parameters; none beside those of running.
    """
    if progression is None and strides.recording.points is not None:
        try:
            progression = find_progression(strides.recording)
        except MissingInputError:
            progression = None
    if speed is None and progression is not None and progression.mode != "standing":
        speed = progression.speed
    made = (
        temporal(strides)
        + spatial(strides, progression, speed)
        + joint_angles(strides)
        + joint_kinetics(strides)
        + ground_forces(strides)
        + variability(strides)
    )
    if strides.running or reference is None:
        return made
    if not reference.fits:
        words = "Nobody in the reference walked at about this speed, so no ranges stand beside the parameters."
        made = made + Parameters(missing=(words,))
    return made.with_reference(reference)
