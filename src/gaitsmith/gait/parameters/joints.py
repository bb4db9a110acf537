"""Peaks and ranges of joint angles, moments and powers, as gait laboratories tabulate them.

Angles are given in the words of their names: anterior tilt +, own side up +, flexion +,
dorsiflexion + (the definitions say where that turns our sign). Moments are internal, named by
what they do (extensor, abductor, plantarflexor), per body mass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.gait.parameters.base import Group, Parameter, Parameters, parameter, within
from gaitsmith.gait.strides import Strides, StrideSet

__all__ = ["joint_angles", "joint_kinetics"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def _whole(s: Strides) -> Mask:
    return np.ones((s.n, s.points), dtype=bool)


def _part(s: Strides, start: float, stop: float, *, of: str = "stance") -> Mask:
    """Points between two shares (0-1) of the stance, the swing or the stride."""
    x, off = s.percent_axis[None, :], s.foot_off[:, None]
    low, high = {"stance": (0.0 * off, off), "swing": (off, 100.0 + 0.0 * off)}.get(
        of, (0.0 * off, 100.0 + 0.0 * off)
    )
    with np.errstate(invalid="ignore"):
        return np.asarray((x >= low + start * (high - low)) & (x <= low + stop * (high - low)))


def _stance(s: Strides) -> Mask:
    return _part(s, 0.0, 1.0)


def _swing(s: Strides) -> Mask:
    return _part(s, 0.0, 1.0, of="swing")


def _at_strike(s: Strides) -> Mask:
    mask = np.zeros((s.n, s.points), dtype=bool)
    mask[:, 0] = True
    return mask


@dataclass(frozen=True)
class _Row:
    key: str
    name: str
    channel: str
    how: str
    where: Callable[[Strides], Mask]
    words: str
    sign: float = 1.0


_ANGLES = (
    _Row("pelvis_tilt_mean", "anterior pelvic tilt, mean", "pelvis_tilt", "mean", _whole, "mean over the stride", -1),
    _Row("pelvis_tilt_range", "pelvic tilt, range", "pelvis_tilt", "range", _whole, "maximum - minimum over the stride", -1),
    _Row("pelvis_obliquity_stance_max", "pelvis up on that side, peak in stance", "pelvis_list", "max", _stance, "maximum in stance, own side up +", -1),
    _Row("pelvis_obliquity_range", "pelvic obliquity, range", "pelvis_list", "range", _whole, "maximum - minimum over the stride", -1),
    _Row("pelvis_rotation_range", "pelvic rotation, range", "pelvis_rotation", "range", _whole, "maximum - minimum over the stride"),
    _Row("hip_flexion_at_strike", "hip flexion at foot strike", "hip_flexion", "mean", _at_strike, "at 0 % of the stride"),
    _Row("hip_flexion_max", "hip flexion, peak", "hip_flexion", "max", _whole, "maximum over the stride"),
    _Row("hip_flexion_min", "hip extension, peak (least flexion)", "hip_flexion", "min", _whole, "minimum over the stride; extension is negative"),
    _Row("hip_flexion_range", "hip flexion, range", "hip_flexion", "range", _whole, "maximum - minimum over the stride"),
    _Row("hip_adduction_stance_max", "hip adduction, peak in stance", "hip_adduction", "max", _stance, "maximum in stance"),
    _Row("hip_adduction_swing_min", "hip abduction, peak in swing", "hip_adduction", "min", _swing, "minimum in swing; abduction is negative"),
    _Row("hip_adduction_range", "hip adduction, range", "hip_adduction", "range", _whole, "maximum - minimum over the stride"),
    _Row("hip_rotation_stance_mean", "hip rotation, mean in stance", "hip_rotation", "mean", _stance, "mean in stance, internal +"),
    _Row("knee_flexion_at_strike", "knee flexion at foot strike", "knee_angle", "mean", _at_strike, "at 0 % of the stride"),
    _Row("knee_flexion_loading_max", "knee flexion, peak in early stance", "knee_angle", "max", lambda s: _part(s, 0, 0.5), "maximum in the first half of stance"),
    _Row("knee_flexion_stance_min", "knee extension, peak in stance (least flexion)", "knee_angle", "min", _stance, "minimum in stance"),
    _Row("knee_flexion_swing_max", "knee flexion, peak in swing", "knee_angle", "max", _swing, "maximum in swing"),
    _Row("knee_flexion_range", "knee flexion, range", "knee_angle", "range", _whole, "maximum - minimum over the stride"),
    _Row("ankle_dorsiflexion_at_strike", "ankle dorsiflexion at foot strike", "ankle_angle", "mean", _at_strike, "at 0 % of the stride"),
    _Row("ankle_dorsiflexion_stance_max", "ankle dorsiflexion, peak in stance", "ankle_angle", "max", _stance, "maximum in stance"),
    _Row("ankle_dorsiflexion_swing_min", "ankle plantarflexion, peak at push-off", "ankle_angle", "min", _swing, "minimum in swing; plantarflexion is negative"),
    _Row("ankle_dorsiflexion_swing_max", "ankle dorsiflexion, peak in swing", "ankle_angle", "max", lambda s: _part(s, 0.25, 1, of="swing"), "maximum in the last three quarters of swing"),
    _Row("ankle_dorsiflexion_range", "ankle dorsiflexion, range", "ankle_angle", "range", _whole, "maximum - minimum over the stride"),
    _Row("foot_progression_stance_mean", "foot progression, mean in stance", "foot_progression", "mean", _stance, "mean in stance, toes in +"),
)  # fmt: skip

_TIMES = (
    ("knee_flexion_swing_max_time", "time of peak knee flexion in swing", "knee_angle", _swing, "% of stride"),
    ("ankle_dorsiflexion_stance_max_time", "time of peak dorsiflexion in stance", "ankle_angle", _stance, "% of stance"),
)  # fmt: skip

_MOMENTS = (
    _Row("hip_extensor_moment_stance_max", "hip extensor moment, peak", "hip_flexion_moment", "max", _stance, "maximum in stance", -1),
    _Row("hip_flexor_moment_stance_max", "hip flexor moment, peak", "hip_flexion_moment", "max", _stance, "maximum in stance"),
    _Row("hip_abductor_moment_peak_1", "hip abductor moment, first peak", "hip_adduction_moment", "max", lambda s: _part(s, 0, 0.5), "maximum in the first half of stance", -1),
    _Row("hip_abductor_moment_peak_2", "hip abductor moment, second peak", "hip_adduction_moment", "max", lambda s: _part(s, 0.5, 1), "maximum in the second half of stance", -1),
    _Row("knee_extensor_moment_stance_max", "knee extensor moment, peak", "knee_angle_moment", "max", _stance, "maximum in stance", -1),
    _Row("knee_flexor_moment_stance_max", "knee flexor moment, peak", "knee_angle_moment", "max", _stance, "maximum in stance"),
    _Row("knee_abductor_moment_peak_1", "knee abductor moment (external adduction), first peak", "knee_adduction_moment", "max", lambda s: _part(s, 0, 0.5), "maximum in the first half of stance", -1),
    _Row("knee_abductor_moment_peak_2", "knee abductor moment (external adduction), second peak", "knee_adduction_moment", "max", lambda s: _part(s, 0.5, 1), "maximum in the second half of stance", -1),
    _Row("ankle_plantarflexor_moment_max", "ankle plantarflexor moment, peak", "ankle_angle_moment", "max", _stance, "maximum in stance", -1),
)  # fmt: skip
_POWERS = (
    _Row("hip_power_h1", "hip power generated in early stance (H1)", "hip_flexion_power", "max", lambda s: _part(s, 0, 0.5), "maximum in the first half of stance"),
    _Row("hip_power_h2", "hip power absorbed in mid stance (H2)", "hip_flexion_power", "min", lambda s: _part(s, 0.25, 1), "minimum in the last three quarters of stance"),
    _Row("hip_power_h3", "hip power generated at push-off (H3)", "hip_flexion_power", "max", lambda s: _part(s, 0.75, 1) | _part(s, 0, 0.5, of="swing"), "maximum from the last quarter of stance to mid swing"),
    _Row("knee_power_k3", "knee power absorbed in late stance (K3)", "knee_angle_power", "min", lambda s: _part(s, 0.6, 1) | _part(s, 0, 0.2, of="swing"), "minimum around foot off"),
    _Row("ankle_power_a2", "ankle power generated at push-off (A2)", "ankle_angle_power", "max", lambda s: _part(s, 0.5, 1) | _part(s, 0, 0.1, of="swing"), "maximum in the second half of stance"),
)  # fmt: skip


def joint_angles(strides: StrideSet) -> Parameters:
    """Peaks, values at strike, means and ranges (°) of whichever angles were cut."""
    rows = [_made(strides, row, 1.0, unit="deg", group="angle", decimals=1) for row in _ANGLES]
    for key, name, channel, where, unit in _TIMES:
        values = {}
        for side in strides.sides:
            s = strides[side]
            if channel in s:
                at = _when_highest(s[channel], where(s))
                values[side] = at if unit == "% of stride" else 100.0 * at / s.foot_off
        rows.append(parameter(key, name, unit, f"where {channel} is highest in that part of the stride",
                              values, group="angle", decimals=1))  # fmt: skip
    found = tuple(r for r in rows if r is not None)
    missing = () if found else ("Peaks and ranges of joints need joint angles.",)
    return Parameters(found, missing=missing)


def joint_kinetics(strides: StrideSet) -> Parameters:
    """Peaks of joint moments (N·m/kg) and powers (W/kg); nothing without the body mass."""
    rows_wanted = (*_MOMENTS, *_POWERS)
    there = any(row.channel in strides[s] for s in strides.sides for row in rows_wanted)
    if not there:
        return Parameters()
    mass = strides.recording.subject.mass
    if mass is None:
        return Parameters(missing=("Peaks of joint moments and powers need the body mass.",))
    rows = [
        _made(
            strides,
            row,
            1.0 / mass,
            unit="Nm/kg" if row in _MOMENTS else "W/kg",
            group="moment",
            decimals=2,
        )
        for row in rows_wanted
    ]
    return Parameters(tuple(r for r in rows if r is not None))


def _made(
    strides: StrideSet, row: _Row, factor: float, *, unit: str, group: Group, decimals: int
) -> Parameter | None:
    values: dict[Side, Array] = {}
    for side in strides.sides:
        s = strides[side]
        if row.channel in s:
            values[side] = within(
                factor * row.sign * s.as_right(row.channel), row.where(s), row.how
            )
    ratio = row.how == "range" or group == "moment"
    return parameter(row.key, row.name, unit, f"{row.channel}: {row.words}", values,
                     group=group, ratio=ratio, decimals=decimals)  # fmt: skip


def _when_highest(data: Array, mask: Mask) -> Array:
    """% of stride of the highest point under the mask; NaN where there is a gap or nothing."""
    bad = ~mask.any(axis=1) | (np.isnan(data) & mask).any(axis=1)
    at = np.where(mask, data, -np.inf).argmax(axis=1) * 100.0 / (data.shape[1] - 1)
    return np.where(bad, np.nan, at)
