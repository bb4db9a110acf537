"""What a person wishes to do at a speed: timing, steps, joint curves and the push of each foot.

A wish is not yet a motion: ``walk`` makes one of it that keeps the feet on the ground and obeys
Newton's laws, and stays as near to the wish as these let it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.gait.reference import Reference, reference
from gaitsmith.virtual.feet import smooth_step
from gaitsmith.virtual.leg import FOOT
from gaitsmith.virtual.people import Person
from gaitsmith.virtual.style import curves

__all__ = [
    "GRID",
    "STANCE",
    "Pattern",
    "add_style",
    "add_trunk_and_arms",
    "stand_flat",
    "walking_pattern",
]

Array = npt.NDArray[np.float64]
Sided = dict[str, Array]

#: Phases (0-1) at which the curves of a pattern are held; the last is one step before the end.
GRID = np.arange(100) / 100
#: Stance phases (0-1) of the push and the centre of pressure.
STANCE = np.linspace(0, 1, 101)
_SIDED = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle")
_MIDLINE = ("pelvis_tilt", "pelvis_list", "pelvis_rotation")
# Cadence grows with speed to this power: that it follows a power in adults is Grieve & Gear's (1966,
# Ergonomics 9:379-399), its size is ours; used beyond the measured speeds only.
_CADENCE_POWER = 0.58
# Foot off (% of stride) grows by this for each unit of dimensionless speed less: slope of the
# slowest two groups of adults in Bovi et al. 2011.
_OFF_SLOPE = 23.0
# In the published angles the toes leave this much earlier (share of stride) than the published foot
# off, which is told by the last trace of force.
_EARLY_OFF = 0.0125
# Centre of pressure from the heel as a share of foot length, over stance (at every tenth): up to half of
# stance what the ankle moments and forces of the adults of Bovi et al. 2011 come to on a flat foot
# (their mean over three speeds), from there to the big toe (a guess).
_PRESSURE = np.array([0.10, 0.215, 0.265, 0.325, 0.455, 0.57, 0.65, 0.70, 0.735, 0.78, 0.86])
# The stance knee is wished at least this bent (deg): a straight knee has no way of giving way.
_LEAST_KNEE = 2.5
# The generic body over legs at the published angles is some 4 cm too far ahead of the published centre
# of pressure: its legs lean back by this (deg) on flat feet, the rest is the trunk's (see ``steady``).
_LEG_BACK = 0.5
# Slower than measured, sagittal angles shrink about their means as this power of speed: the ratio of
# ranges of the slowest two groups of Schwartz et al. 2008 (hip 0.83, knee 0.81, at 0.59 of the speed).
_SLOW_POWER = 0.4
# From this age (years) on the adults' tables hold.
_GROWN = 18.0
# Shoulders turn against the pelvis; share of the pelvis' turn (ours).
_THORAX = 0.4
# Arms swing with the other leg: share of hip flexion about its mean, least at slow speed (ours; why
# arms swing: Meyns et al. 2013, Gait Posture 38:555-562).
_ARM = 0.6


@dataclass(eq=False)
class Pattern:
    """Wishes of one person at one speed; arrays over ``GRID`` (deg) or ``STANCE``.

    Attributes
    ----------
    stride_s
        s.
    angles
        By canonical name: 100 values over that side's own stride, midline over the right one.
    sd
        By stem: mean SD between people (deg), the unit of stride-to-stride variation.
    off
        Foot off, share of stride, by side ``"r"``, ``"l"``.
    step
        Length (m) of the step that ends with this foot's strike.
    late
        By which share of the stride this foot's strike comes after the middle between the other's.
    width
        m between the feet's lines; `yaw`: outward turn (deg).
    push
        Wished vertical force over stance (body weights), `brake` and `aside`: forward and inward.
    pressure
        Centre of pressure from the heel over stance (m).
    detour
        Sideways way out (m) of the swinging foot.
    flight
        Running: no foot on the ground between steps.
    """

    speed: float
    stride_s: float
    angles: dict[str, Array]
    sd: dict[str, float]
    off: dict[str, float]
    step: dict[str, float]
    width: float
    yaw: dict[str, float]
    push: Sided
    brake: Sided
    aside: Sided
    pressure: Sided
    late: dict[str, float] = field(default_factory=lambda: {"r": 0.0, "l": 0.0})
    detour: dict[str, float] = field(default_factory=lambda: {"r": 0.0, "l": 0.0})
    knee_sd: float = 5.0
    push_sd: float = 0.08
    brake_sd: float = 0.04
    level_sd: float = 0.006
    ahead_sd: float = 0.007
    pressure_sd: float = 0.04
    flight: bool = False


def walking_pattern(person: Person, speed: float) -> Pattern:
    """Wishes of a person who walks at a speed (m/s).

    Joint curves, push and foot off are the adult means at the person's dimensionless speed (Bovi et
    al. 2011, by ``gait.reference``) with the person's style; cadence too, scaled by sqrt(leg).

    Raises
    ------
    GaitsmithError
        Outside 0.3 to 2.4 m/s.
    """
    if not 0.25 <= speed <= 2.4:
        raise GaitsmithError("no one walks so", place="argument speed", found=speed,
                             expected="0.3 to 2.2 m/s")  # fmt: skip
    group = "adult" if person.age >= _GROWN else "young"
    norm = reference(group, speed=speed, subject=person.subject())
    asked = person.dimensionless(speed)
    slow = min(1.0, asked / norm.speed)
    stride = _stride_time(norm, person, asked)
    off = norm.foot_off / 100
    if asked < norm.speed:
        off = min(0.74, off + _OFF_SLOPE / 100 * (norm.speed - asked))
    off -= _EARLY_OFF
    angles = _mean_angles(norm)
    _slowed(angles, slow)
    for side in "rl":
        angles[f"hip_flexion_{side}"] = angles[f"hip_flexion_{side}"] + _LEG_BACK
        angles[f"ankle_angle_{side}"] = angles[f"ankle_angle_{side}"] - _LEG_BACK
    sds = {n: float(norm.sd(n).mean()) for n in (*_SIDED, *_MIDLINE) if n in norm}
    add_style(angles, person, asked)
    for side in "rl":
        knee = angles[f"knee_angle_{side}"]
        angles[f"knee_angle_{side}"] = _LEAST_KNEE + np.logaddexp(0.0, knee - _LEAST_KNEE)
    add_trunk_and_arms(angles, 0.5 + 0.5 * min(1.0, asked / 0.42))
    step = speed * stride / 2
    toe = float(-norm.mean("foot_progression")[15:40].mean()) if "foot_progression" in norm else 7.0
    push = _stance(norm, "grf_fy")
    push = push * _edges()
    # Slower than measured, the force stays nearer to the weight: it goes with speed squared.
    level = float(push.mean())
    push = level * _edges() / _edges().mean() * (1 - slow**2) + push * slow**2
    pressure = np.interp(STANCE, np.linspace(0, 1, 11), _PRESSURE) * FOOT * person.height
    return Pattern(
        speed, stride, angles, sds, {"r": off, "l": off},
        {"r": step * (1 + person.length_side), "l": step * (1 - person.length_side)},
        person.step_width,
        {"r": toe + person.toe_out[0], "l": toe + person.toe_out[1]},
        {"r": push, "l": push.copy()},
        {s: slow * _stance(norm, "grf_fx") for s in "rl"},
        {s: _stance(norm, "grf_fz") for s in "rl"},
        {s: pressure.copy() for s in "rl"},
        late={"r": person.time_side / 2, "l": -person.time_side / 2},
    )  # fmt: skip


def _slowed(angles: dict[str, Array], slow: float) -> None:
    """Smaller movements at speeds below those measured."""
    factor = slow**_SLOW_POWER
    for name, curve in angles.items():
        if name.startswith(("hip_flexion", "knee", "ankle", "pelvis_rotation")):
            angles[name] = curve.mean() + factor * (curve - curve.mean())


def _stride_time(norm: Reference, person: Person, asked: float) -> float:
    """Stride time (s) of a leg's length at a dimensionless speed."""
    assert norm.leg is not None
    # The table's cadences are those of the Bovi adults (1.71 m tall).
    legs = person.leg / (0.530 * 1.71)
    minutes = norm.parameters["cadence"][0] * person.cadence
    return float(120.0 / minutes * np.sqrt(legs) * (norm.speed / asked) ** _CADENCE_POWER)


def _stance(norm: Reference, name: str) -> Array:
    """A force over stance, 101 points."""
    if name not in norm:
        return np.zeros(101)
    return np.interp(STANCE * norm.foot_off, np.arange(101.0), norm.mean(name))


def _edges() -> Array:
    """1 in stance, falling to 0 smoothly over its first and last 4 %."""
    return smooth_step(STANCE / 0.04) * smooth_step((1 - STANCE) / 0.04)


def _mean_angles(norm: Reference) -> dict[str, Array]:
    out: dict[str, Array] = {}
    for name in _MIDLINE:
        mean = norm.mean(name)[:100] if name in norm else np.zeros(100)
        other = np.roll(mean, 50)
        # Left and right alike: what turns changes sign from one step to the next, tilt does not.
        out[name] = (mean + other) / 2 if name == "pelvis_tilt" else (mean - other) / 2
    for name in _SIDED:
        mean = norm.mean(name)[:100] if name in norm else np.zeros(100)
        for side in "rl":
            out[f"{name}_{side}"] = mean.copy()
    return out


def add_style(angles: dict[str, Array], person: Person, dimensionless: float) -> None:
    """Add a person's own deviations at a dimensionless speed to the legs' and the pelvis' curves."""
    legs, middle = curves(person.style, person.sides, dimensionless, person.toe_out)
    for side, rows in zip("rl", legs, strict=True):
        for name, row in zip(_SIDED, rows, strict=True):
            angles[f"{name}_{side}"] = angles[f"{name}_{side}"] + row
    for name, row in zip(_MIDLINE, middle, strict=True):
        angles[name] = angles[name] + row


def stand_flat(angles: dict[str, Array], before: dict[str, Array]) -> None:
    """Let the ankle take back what a style or fault does to the pitch of the standing foot."""
    standing = smooth_step((GRID - 0.03) / 0.07) * smooth_step((0.5 - GRID) / 0.12)
    for side, shift in (("r", 0), ("l", 50)):

        def pitch(a: dict[str, Array], side: str = side, shift: int = shift) -> Array:
            return np.asarray(np.roll(a["pelvis_tilt"], -shift) + a[f"hip_flexion_{side}"]
                              - a[f"knee_angle_{side}"] + a[f"ankle_angle_{side}"])  # fmt: skip

        # Off the ground the foot keeps half of it, so that feet land about level.
        change = pitch(angles) - pitch(before)
        angles[f"ankle_angle_{side}"] -= (0.5 + 0.5 * standing) * change


def add_trunk_and_arms(angles: dict[str, Array], swing: float) -> None:
    """Add a trunk that stays upright and arms that swing with the other leg."""
    tilt, turn = angles["pelvis_tilt"], angles["pelvis_rotation"]
    angles["lumbar_extension"] = -tilt
    angles["lumbar_bending"] = -0.9 * angles["pelvis_list"]
    angles["lumbar_rotation"] = -(1 + _THORAX) * (turn - turn.mean())
    for side, other in (("r", "l"), ("l", "r")):
        # On this arm's own side's clock the other leg is half a stride ahead.
        hip = np.roll(angles[f"hip_flexion_{other}"], 50)
        angles[f"arm_flex_{side}"] = swing * _ARM * (hip - hip.mean())
        angles[f"arm_add_{side}"] = np.full(100, -6.0)
        angles[f"elbow_flex_{side}"] = 15 + swing * 0.35 * (hip - hip.min())
        angles[f"pro_sup_{side}"] = np.full(100, 70.0)
