"""What a person wishes to do when running.

The curves are drawn by hand (ours) after what Novacheck (1998, Gait Posture 7:77-95) describes of
running at 3.2 m/s. Contact time and step rate by speed are ours; that the rate grows by 4 % only from
3.15 to 4.12 m/s is Cavanagh & Kram's (1989, Med Sci Sports Exerc 21:467-479). No personal spread of
running was measured: a style is that of the person's walking.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.gait.reference import reference
from gaitsmith.virtual.leg import FOOT
from gaitsmith.virtual.pattern import (
    GRID,
    STANCE,
    Pattern,
    add_style,
    add_trunk_and_arms,
    stand_flat,
)
from gaitsmith.virtual.people import Person

__all__ = ["running_pattern"]

Array = npt.NDArray[np.float64]

# Phase (share of the stride, foot off at 0.37) and angle (deg).
_HIP = (
    (0, 40),
    (0.10, 37),
    (0.20, 24),
    (0.30, 6),
    (0.37, -4),
    (0.44, -3),
    (0.60, 22),
    (0.75, 46),
    (0.85, 51),
    (0.93, 45),
)
_KNEE = (
    (0, 18),
    (0.07, 31),
    (0.15, 42),
    (0.22, 40),
    (0.30, 26),
    (0.37, 18),
    (0.45, 34),
    (0.55, 66),
    (0.65, 90),
    (0.72, 93),
    (0.82, 72),
    (0.90, 38),
    (0.96, 20),
)
_ANKLE = (
    (0, 3),
    (0.08, 11),
    (0.18, 24),
    (0.25, 20),
    (0.33, -4),
    (0.39, -18),
    (0.46, -12),
    (0.60, -2),
    (0.75, 2),
    (0.90, 3),
)
_OFF = 0.37
_TILT = -12.0
# By speed (m/s): duty factor, steps a minute.
_BY_SPEED = np.array(
    ((2.0, 0.41, 158.0), (3.0, 0.37, 164.0), (4.0, 0.335, 172.0), (5.0, 0.30, 183.0))
)
# Peak of braking and propulsion (body weights) at 3.2 m/s (ours).
_BRAKE = 0.25


def running_pattern(person: Person, speed: float) -> Pattern:
    """Wishes of a person who runs at a speed (m/s).

    Raises
    ------
    GaitsmithError
        Outside 2 to 5 m/s.
    """
    if not 1.9 <= speed <= 5.1:
        raise GaitsmithError("no running that is known here", place="argument speed", found=speed,
                             expected="2 to 5 m/s")  # fmt: skip
    duty, rate = (float(np.interp(speed, _BY_SPEED[:, 0], _BY_SPEED[:, i])) for i in (1, 2))
    stride = 120.0 / rate * np.sqrt(person.leg / (0.530 * 1.71)) / person.cadence
    more = 1 + 0.10 * (speed - 3.2)
    angles: dict[str, Array] = {
        "pelvis_tilt": np.full(100, _TILT),
        "pelvis_list": -5.0 * np.cos(2 * np.pi * (GRID - 0.12)),
        "pelvis_rotation": 4.0 * np.cos(2 * np.pi * (GRID - 0.9)),
    }
    for side in "rl":
        for name, points, swing in (
            ("hip_flexion", _HIP, 1.0),
            ("knee_angle", _KNEE, 1.0),
            ("ankle_angle", _ANKLE, 0.0),
        ):
            curve = _drawn(points, duty)
            middle = float(curve[:30].mean())
            air = 1 + swing * (more - 1) * (duty < GRID)
            angles[f"{name}_{side}"] = (
                np.where(duty < GRID, middle + air * (curve - middle), curve) if swing else curve
            )
            angles[f"{name}_{side}"] = _smooth(angles[f"{name}_{side}"])
        angles[f"hip_adduction_{side}"] = 6.0 * np.cos(2 * np.pi * (GRID - 0.14))
        angles[f"hip_rotation_{side}"] = np.full(100, -3.0)
    norm = reference("adult", speed=1.8, subject=person.subject())
    before = {n: a.copy() for n, a in angles.items()}
    add_style(angles, person, person.dimensionless(1.8))
    stand_flat(angles, before)
    add_trunk_and_arms(angles, 1.2)
    for side in "rl":
        angles[f"elbow_flex_{side}"] = angles[f"elbow_flex_{side}"] + 65.0
    step = speed * stride / 2
    push = np.sin(np.pi * STANCE) ** 1.2
    push *= np.pi / (4 * duty)
    brake = -_BRAKE * speed / 3.2 * np.sin(2 * np.pi * STANCE)
    pressure = (0.25 + 0.5 * STANCE) * FOOT * person.height
    sds = {n: float(norm.sd(n).mean()) for n in angles if n in norm}
    sds |= {n: float(norm.sd(n).mean()) for n in norm.names if not n.startswith("grf")}
    return Pattern(
        speed, float(stride), angles, sds, {"r": duty, "l": duty},
        {"r": step * (1 + person.length_side), "l": step * (1 - person.length_side)},
        0.35 * person.step_width, {"r": 6.0 + person.toe_out[0], "l": 6.0 + person.toe_out[1]},
        {s: push.copy() for s in "rl"}, {s: brake.copy() for s in "rl"},
        {s: np.zeros(101) for s in "rl"}, {s: pressure.copy() for s in "rl"},
        late={"r": person.time_side / 2, "l": -person.time_side / 2}, flight=True,
    )  # fmt: skip


def _drawn(points: tuple[tuple[float, float], ...], duty: float) -> Array:
    """A periodic curve (100 values) through points, stance and swing stretched to the duty factor."""
    from scipy.interpolate import CubicSpline

    at, value = np.array(points).T
    at = np.where(at <= _OFF, at / _OFF * duty, duty + (at - _OFF) / (1 - _OFF) * (1 - duty))
    spline = CubicSpline(np.append(at, 1.0), np.append(value, value[0]), bc_type="periodic")
    return np.asarray(spline(GRID))


def _smooth(curve: Array) -> Array:
    """Its first nine harmonics."""
    series = np.fft.rfft(curve)
    series[10:] = 0.0
    return np.asarray(np.fft.irfft(series, 100))
