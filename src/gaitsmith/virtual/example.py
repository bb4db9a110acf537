"""The embedded example: one virtual walker whose angles, positions and forces belong together.

Joint angles and forces are the published adult means at a speed (``gait.reference``) with a
person's own smooth deviations and stride-to-stride variation; positions follow from the angles by
the generic body, with a pelvis that moves so that the standing foot does not slide. It is made for
showing and for tests. It does not claim a measured person's variability.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import channels
from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Events, Recording, Stream, Subject
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["example"]

Array = npt.NDArray[np.float64]

_SIDED = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle")
_MIDLINE = ("pelvis_tilt", "pelvis_list", "pelvis_rotation")
# Harmonics kept of the mean curves: walking angles hold under 1 % of their power above the 6th
# (Angeloni et al. 1994, Hum Mov Sci 13:477-500), and a Fourier series closes the cycle.
_HARMONICS = 8
# A person's own deviation, as a share of the population's SD, and the SD of a stride's about it.
_PERSONAL, _STRIDE = 0.5, 0.12
# Stride times vary by about 2 % in healthy adults (Hausdorff 2005, J Neuroeng Rehabil 2:19).
_STRIDE_TIME_COV = 0.02


def example(
    *,
    seconds: float = 12.0,
    speed: float = 1.25,
    height: float = 1.72,
    mass: float = 68.0,
    rate_hz: float = 100.0,
    stiff_knee: str | None = None,
    seed: int = 7,
) -> Recording:
    """A walk on a straight path: angles, positions, forces and events.

    Parameters
    ----------
    seconds
        Length (s), 2 to 600.
    speed
        Speed (m/s) whose published curves are used; the walk's own speed follows from its legs.
    height, mass
        m and kg.
    rate_hz
        Sampling rate (Hz) of angles and positions; forces have ten times as much.
    stiff_knee
        ``"left"`` or ``"right"``: that knee bends 60 % less in swing.
    seed
        Of all variation.

    Returns
    -------
    Recording
        Streams ``angles``, ``points``, ``forces`` (``foot_r``, ``foot_l``); strikes and offs with
        the source ``"virtual"``.
    """
    if not 2 <= seconds <= 600:
        raise GaitsmithError("not a length for an example", place="argument seconds", found=seconds,
                             expected="2 to 600 s")  # fmt: skip
    from gaitsmith.gait.reference import reference

    rng = np.random.default_rng(seed)
    subject = Subject("virtual walker").given("virtual", height=height, mass=mass, age=35.0)
    norm = reference("adult", speed=speed, subject=subject)
    cadence = norm.parameter("cadence")
    stride_s = 120.0 / (cadence.mean if cadence else 110.0)
    clock = np.arange(round(seconds * rate_hz)) / rate_hz
    strikes, cycle = _cycles(clock, stride_s, rng)
    angles = _angles(norm, cycle, rng, stiff_knee)
    stream = Stream("angles", np.column_stack(list(angles.values())), tuple(angles), rate=rate_hz)
    person = Recording(subject, {"angles": stream}, Events(), (), "virtual walker")
    off = norm.foot_off / 100
    moved = _walked(person, cycle, off)
    forces = _forces(norm, moved["points"], cycle, clock, mass)
    return moved.with_stream(forces).with_events(_events(strikes, off, clock[-1]))


def _cycles(clock: Array, stride_s: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Right strikes (s) and the running cycle count at each time; a whole number is a strike."""
    count = int(clock[-1] / stride_s * 1.2) + 4
    lengths = stride_s * (1 + _STRIDE_TIME_COV * rng.standard_normal(count))
    strikes = np.concatenate(([-0.4 * stride_s], -0.4 * stride_s + np.cumsum(lengths)))
    return strikes, np.interp(clock, strikes, np.arange(len(strikes)))


def _fourier(curve: Array) -> npt.NDArray[np.complex128]:
    return np.fft.rfft(curve[:-1])[: _HARMONICS + 1] / (len(curve) - 1)


def _at(series: npt.NDArray[np.complex128], phase: Array) -> Array:
    """A Fourier series at phases (in cycles); `series` may have one row a phase."""
    k = np.arange(_HARMONICS + 1)
    wave = np.exp(2j * np.pi * np.outer(phase, k)) * np.where(k == 0, 1.0, 2.0)
    return np.asarray((wave * series).sum(axis=1).real)


def _wander(cycle: Array, size: Array, rng: np.random.Generator) -> npt.NDArray[np.complex128]:
    """Low harmonics that change smoothly from stride to stride, of standard deviation `size`."""
    from scipy.interpolate import make_interp_spline

    knots = np.arange(int(cycle[-1]) + 3)
    low = np.zeros((len(knots), _HARMONICS + 1), complex)
    low[:, :4] = rng.standard_normal((len(knots), 4)) + 1j * rng.standard_normal((len(knots), 4))
    low[:, 0] = low[:, 0].real
    low *= _STRIDE * float(size.mean()) / np.sqrt(4)
    spline = make_interp_spline(knots, np.column_stack((low.real, low.imag)), k=3)
    values = np.asarray(spline(cycle))
    half = _HARMONICS + 1
    return np.asarray(values[:, :half] + 1j * values[:, half:])


def _own(size: Array, rng: np.random.Generator) -> npt.NDArray[np.complex128]:
    """A person's smooth deviation: offset and three harmonics."""
    out = np.zeros(_HARMONICS + 1, complex)
    out[:4] = (rng.standard_normal(4) + 1j * rng.standard_normal(4)) / np.array([1, 2, 3, 4])
    out[0] = out[0].real
    return np.asarray(out * (_PERSONAL * float(size.mean()) / 2), dtype=np.complex128)


def _angles(
    norm: object, cycle: Array, rng: np.random.Generator, stiff: str | None
) -> dict[str, Array]:
    from gaitsmith.gait.reference import Reference

    assert isinstance(norm, Reference)
    out: dict[str, Array] = {}
    for name in _MIDLINE:
        if name in norm:
            mean = norm.mean(name)
            if channels()[name].mirror_sign < 0:  # the same to both sides half a cycle apart
                other = np.concatenate((mean[50:-1], mean[:51]))
                mean = (mean - other) / 2
            out[name] = _at(_fourier(mean) + _wander(cycle, norm.sd(name), rng), cycle)
    for name in _SIDED:
        if name not in norm:
            continue
        sd = norm.sd(name)
        both = _own(sd, rng)
        for suffix, shift in (("_r", 0.0), ("_l", 0.5)):
            series = _fourier(norm.mean(name)) + both + 0.3 * _own(sd, rng)
            own = _at(series + _wander(cycle + shift, sd, rng), cycle + shift)
            if name == "knee_angle" and stiff is not None and suffix == f"_{stiff[0]}":
                own = np.where(own > 15, 15 + 0.4 * (own - 15), own)
            out[name + suffix] = own
    # The shoulders turn against the pelvis, so that the head looks ahead.
    out["lumbar_rotation"] = -1.2 * out["pelvis_rotation"]
    # Arms swing against the legs: as much as the other hip at this size (Meyns et al. 2013,
    # Gait Posture 38:555-562).
    for arm, leg in (("_r", "_l"), ("_l", "_r")):
        hip = out[f"hip_flexion{leg}"]
        out[f"arm_flex{arm}"] = 0.6 * (hip - hip.mean())
        out[f"elbow_flex{arm}"] = 20 + 0.3 * (hip - hip.min())
    return out


def _walked(person: Recording, cycle: Array, off: float) -> Recording:
    """The person with a pelvis that moves so that the standing foot neither slides nor sinks."""
    from gaitsmith.body import points_from_angles
    from gaitsmith.signals import lowpass

    held = points_from_angles(person)
    points = held["points"]
    rate = points.rate
    assert rate is not None
    velocity, weight = np.zeros((len(points), 3)), np.zeros(len(points))
    for suffix, shift in (("_r", 0.0), ("_l", 0.5)):
        phase = np.mod(cycle + shift, 1.0) / off  # 0 to 1 in stance
        # The sole rolls from the heel over the flat foot to the toe.
        roll = np.clip((phase - 0.15) / 0.6, 0, 1)[:, None]
        heel, toe = (np.gradient(points[p + suffix], 1 / rate, axis=0) for p in ("heel", "toe"))
        carries = np.where(phase < 1, np.clip(np.minimum(phase, 1 - phase) / 0.12, 0, 1), 0.0)
        velocity -= carries[:, None] * ((1 - roll) * heel + roll * toe)
        weight += carries
    velocity /= np.maximum(weight, 1e-6)[:, None]
    path = np.cumsum(lowpass(velocity, rate, 6.0), axis=0) / rate
    path[:, 1] = 0.0
    path[:, 2] -= path[:, 2].mean()
    moved = points.data + path[:, None, :]
    lowest = np.min(
        [moved[:, points.index(p + s), 1] for p in ("heel", "toe") for s in ("_r", "_l")], axis=0
    )
    lift = -lowpass(lowest[:, None], rate, 6.0)
    moved[:, :, 1] += lift
    pelvis = moved[:, points.index("pelvis")]
    angles = held["angles"]
    labels = ("pelvis_tx", "pelvis_ty", "pelvis_tz")
    whole = angles.replace(
        data=np.column_stack((angles.data, pelvis)), labels=(*angles.labels, *labels)
    )
    plain = points.replace(data=moved, filled=None, attrs={})
    return person.with_stream(whole).with_stream(plain)


def _forces(norm: object, points: Stream, cycle: Array, clock: Array, mass: float) -> Stream:
    """Published force curves under each foot; both together carry the weight on average."""
    from gaitsmith.gait.reference import Reference

    assert isinstance(norm, Reference)
    rate_hz = 1 / (clock[1] - clock[0])
    fine = np.arange((len(clock) - 1) * 10 + 1) / (10 * rate_hz)
    turns = np.interp(fine, clock, cycle)
    grid, off = np.linspace(0, 1, 101), norm.foot_off / 100
    data = np.full((len(fine), 2, 7), np.nan)
    for i, (suffix, shift) in enumerate((("_r", 0.0), ("_l", 0.5))):
        phase = np.mod(turns + shift, 1.0)
        on = phase < off
        for axis, name in enumerate(("grf_fx", "grf_fy", "grf_fz")):
            sign = -1.0 if name == "grf_fz" and suffix == "_l" else 1.0
            curve = norm.mean(name) if name in norm else np.zeros(101)
            data[:, i, axis] = np.where(on, sign * np.interp(phase, grid, curve), 0.0)
        data[:, i, 1] = np.maximum(data[:, i, 1], 0.0)
        data[:, i, 6] = 0.0
        roll = np.clip(phase / off, 0, 1)
        for axis in (0, 2):
            heel = np.interp(fine, clock, points["heel" + suffix][:, axis])
            toe = np.interp(fine, clock, points["toe" + suffix][:, axis])
            data[:, i, 3 + axis] = heel + roll * (toe - heel)
        data[:, i, 4] = 0.0
    whole = np.floor(turns[-1]) - np.ceil(turns[0])
    inside = (turns >= np.ceil(turns[0])) & (turns < np.ceil(turns[0]) + whole)
    data[:, :, :3] *= mass * STANDARD_GRAVITY / data[inside][:, :, 1].sum(axis=1).mean()
    data[data[:, :, 1] < 20.0, 3:6] = np.nan
    return Stream("forces", data, ("foot_r", "foot_l"), rate=10 * rate_hz)


def _events(strikes: Array, off: float, end: float) -> Events:
    """True strikes and offs inside the recording."""
    length = np.diff(strikes)
    rows = Events()
    for side, shift in (("right", 0.0), ("left", 0.5)):
        for kind, at in (("strike", 1.0 - shift if shift else 0.0), ("off", off - shift)):
            times = strikes[:-1] + at * length
            rows += Events.of(times[(times >= 0) & (times <= end)], side, kind, "virtual")  # type: ignore[arg-type]
    return rows
