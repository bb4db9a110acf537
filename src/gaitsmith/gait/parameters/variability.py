"""How alike the strides are: spread of curves, and regularity of the trunk's acceleration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.gait.parameters.base import Parameter, Parameters, parameter
from gaitsmith.gait.strides import StrideSet
from gaitsmith.signals import fill_gaps, lowpass

__all__ = ["Regularity", "autocorrelation", "regularity", "trunk_regularity", "variability"]

Array = npt.NDArray[np.float64]

_CURVES = (("hip_flexion", "hip flexion"), ("knee_angle", "knee flexion"),
           ("ankle_angle", "ankle dorsiflexion"))  # fmt: skip
# A lag is looked for this far (share of the step) around where the strides say it is.
_SEARCH = 0.3
# Below this many strides a regularity says little.
_LEAST_STRIDES = 3
_TRUNK_SENSORS = ("lower_back", "pelvis", "sacrum", "chest", "trunk")


@dataclass(frozen=True)
class Regularity:
    """Autocorrelation of a trunk signal at one step and one stride (-1 to 1), and their ratio."""

    step: float
    stride: float

    @property
    def symmetry(self) -> float:
        """Step over stride regularity; 1 is symmetric."""
        return self.step / self.stride if self.stride > 0 else float("nan")


def autocorrelation(signal: Array) -> Array:
    """Unbiased autocorrelation by lag, 1 at lag 0 (Moe-Nilssen & Helbostad 2004, eq. 2)."""
    x = signal - signal.mean()
    n = len(x)
    size = 1 << (2 * n - 1).bit_length()
    power = np.abs(np.fft.rfft(x, size)) ** 2
    raw = np.fft.irfft(power, size)[:n] / (n - np.arange(n))
    return np.asarray(raw / raw[0]) if raw[0] > 0 else np.zeros(n)


def regularity(signal: Array, rate_hz: float, step_time_s: float) -> Regularity | None:
    """Step and stride regularity of a vertical or fore-aft trunk acceleration.

    The highest autocorrelation near one step and near two (Moe-Nilssen R, Helbostad JL, 2004,
    J Biomech 37:121-126). None where the signal is shorter than three strides or constant.
    """
    lag = step_time_s * rate_hz
    if len(signal) < 2 * _LEAST_STRIDES * lag or np.isnan(signal).any() or np.ptp(signal) == 0:
        return None
    ad = autocorrelation(signal)
    found = []
    for steps in (1, 2):
        low = max(1, int(np.floor((steps - _SEARCH) * lag)))
        high = min(len(ad) - 1, int(np.ceil((steps + _SEARCH) * lag)))
        found.append(float(ad[low : high + 1].max()))
    return Regularity(found[0], found[1])


def trunk_regularity(strides: StrideSet) -> tuple[Regularity, str] | None:
    """Regularity of the vertical trunk acceleration and what it was measured with, or None.

    From a sensor at the trunk (the component along its mean, which is gravity), else from the
    height of the pelvis, differentiated twice below 10 Hz.
    """
    steps = [strides[s].duration / 2 for s in strides.sides]
    if not steps or strides.n < _LEAST_STRIDES:
        return None
    step = float(np.median(np.concatenate(steps)))
    start = min(float(strides[s].at("strike").min()) for s in strides.sides)
    stop = max(float(strides[s].at("next_strike").max()) for s in strides.sides)
    for name, stream in strides.recording.of_kind("imu").items():
        label = next((x for x in _TRUNK_SENSORS if x in stream), None)
        if label is None:
            continue
        part = stream.crop(start, stop).select([label])
        part = part if part.rate else part.resample(round(part.nominal_rate))
        acc = fill_gaps(part.times, part.data[:, 0, :3])
        if len(acc) < 2 or np.isnan(acc).any():
            continue
        assert part.rate is not None
        mean = acc.mean(axis=0)
        up = acc @ (mean / np.linalg.norm(mean))
        made = regularity(lowpass(up, part.rate, 20.0), part.rate, step)
        if made is not None:
            return made, f"the sensor {label} of {name}"
    angles = strides.recording.angles
    if angles is not None and "pelvis_ty" in angles:
        part = angles.crop(start, stop)
        part = part if part.rate else part.resample(round(part.nominal_rate))
        assert part.rate is not None
        height = fill_gaps(part.times, part["pelvis_ty"])
        if len(height) > 3 and not np.isnan(height).any():
            acc = np.gradient(np.gradient(lowpass(height, part.rate, 10.0))) * part.rate**2
            made = regularity(acc, part.rate, step)
            if made is not None:
                return made, "the height of the pelvis"
    return None


def _knee_regularity(strides: StrideSet) -> Parameter | None:
    """Autocorrelation of each knee's angle at one stride, over its accepted strides."""
    angles = strides.recording.angles
    values: dict[Side, Array] = {}
    for side in strides.sides:
        label, s = f"knee_angle_{side[0]}", strides[side]
        if angles is None or label not in angles or s.n < _LEAST_STRIDES:
            continue
        part = angles.crop(float(s.at("strike")[0]), float(s.at("next_strike")[-1])).select([label])
        part = part if part.rate else part.resample(round(part.nominal_rate))
        assert part.rate is not None
        signal = fill_gaps(part.times, part.data)[:, 0] if len(part) else np.zeros(0)
        made = regularity(signal, part.rate, float(np.median(s.duration)) / 2)
        if made is not None:
            values[side] = np.array([made.stride])
    return parameter("knee_angle_regularity", "knee regularity", "",
                     "autocorrelation of the knee angle at one stride (as Moe-Nilssen & Helbostad "
                     "2004 do with the trunk)", values, group="variability")  # fmt: skip


def variability(strides: StrideSet) -> Parameters:
    """Mean SD of the joint curves, regularity of knees and trunk.

    The CoV of every other parameter stands with that parameter.
    """
    rows: list[Parameter | None] = []
    for channel, name in _CURVES:
        values = {}
        for side in strides.sides:
            s = strides[side]
            if channel in s and s.count(channel) > 1:
                values[side] = np.array([np.nanmean(s.sd(channel))])
        rows.append(parameter(f"{channel}_mean_sd", f"{name}, spread between strides", "deg",
                              "SD over strides at each % of the stride, mean over the stride",
                              values, group="variability", decimals=1))  # fmt: skip
    rows.append(_knee_regularity(strides))
    trunk = trunk_regularity(strides)
    if trunk is not None:
        made, source = trunk
        cite = f"from {source} (Moe-Nilssen R, Helbostad JL, 2004, J Biomech 37:121-126)"
        rows += [
            parameter("step_regularity", "step regularity", "", f"vertical trunk acceleration {cite}",
                      made.step, group="variability"),
            parameter("stride_regularity", "stride regularity", "",
                      f"vertical trunk acceleration {cite}", made.stride, group="variability"),
            parameter("regularity_symmetry", "trunk symmetry", "",
                      f"step over stride regularity {cite}", made.symmetry, group="variability"),
        ]  # fmt: skip
    return Parameters(tuple(r for r in rows if r is not None))
