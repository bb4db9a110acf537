"""Velocities and accelerations of a body, from splines through its filtered coordinates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.body.kinematics import Pose, coordinate_values, place
from gaitsmith.body.tree import GROUND, Body
from gaitsmith.errors import GaitsmithError
from gaitsmith.signals import fill_gaps, lowpass
from gaitsmith.streams import Stream

__all__ = ["CUTOFF_HZ", "Motion", "derivatives", "move", "moving"]

Array = npt.NDArray[np.float64]

#: Low-pass (Hz) of coordinates before they are differentiated: usual for walking (Winter,
#: Biomechanics and Motor Control, 4th ed., 3.4) and what OpenSim's examples use.
CUTOFF_HZ = 6.0


@dataclass(frozen=True, eq=False)
class Motion:
    """A body in motion; vectors in the ground frame.

    Attributes
    ----------
    pose
        Where it is.
    times
        time, s.
    speed, acceleration
        Of the coordinates: time × coordinate (rad/s, m/s and /s²; the body's own signs).
    turning, turning_rate
        Angular velocity and acceleration of each segment: segment × time × 3 (rad/s, rad/s²).
    velocity, push
        Velocity and acceleration of each segment's origin: segment × time × 3 (m/s, m/s²).
    """

    pose: Pose
    times: Array
    speed: Array
    acceleration: Array
    turning: Array
    turning_rate: Array
    velocity: Array
    push: Array

    @property
    def body(self) -> Body:
        """Whose motion it is."""
        return self.pose.body

    def centre_velocity(self) -> Array:
        """Velocity of each segment's mass centre: segment × time × 3 (m/s)."""
        arm = self.pose.segment_centres - self.pose.origin
        out: Array = self.velocity + np.cross(self.turning, arm)
        return out

    def centre_acceleration(self) -> Array:
        """Acceleration of each segment's mass centre: segment × time × 3 (m/s²)."""
        arm = self.pose.segment_centres - self.pose.origin
        spin = np.cross(self.turning, np.cross(self.turning, arm))
        out: Array = self.push + np.cross(self.turning_rate, arm) + spin
        return out

    def mass_centre_acceleration(self) -> Array:
        """Acceleration of the whole body's mass centre: time × 3 (m/s²)."""
        share = np.array([s.mass for s in self.body.segments]) / self.body.mass
        out: Array = np.einsum("s,sti->ti", share, self.centre_acceleration())
        return out


def derivatives(times: Array, values: Array, cutoff_hz: float | None) -> tuple[Array, Array, Array]:
    """Filtered values (time × any) with their first and second time derivative.

    A zero-phase Butterworth low-pass (``signals.lowpass``; none where `cutoff_hz` is None) is
    followed by a quintic spline through the samples, which is differentiated analytically. Gaps
    (NaN) are bridged before and put back after.

    Raises
    ------
    GaitsmithError
        Where there are fewer than six samples, or time stands still.
    """
    from scipy.interpolate import make_interp_spline

    if len(times) < 6 or not np.all(np.diff(times) > 0):
        raise GaitsmithError("too little motion to differentiate", place="times",
                             found=f"{len(times)} samples",
                             expected="six samples or more whose times rise")  # fmt: skip
    missing = np.isnan(values)
    whole = np.nan_to_num(fill_gaps(times, values))
    if cutoff_hz is not None:
        step = np.diff(times)
        rate = 1.0 / float(np.median(step))
        if np.allclose(step, 1 / rate, rtol=0.02):
            whole = lowpass(whole, rate, cutoff_hz)
        else:
            even = np.arange(times[0], times[-1] + 0.5 / rate, 1 / rate)
            onto = make_interp_spline(times, whole, k=3)(np.minimum(even, times[-1]))
            whole = make_interp_spline(even, lowpass(onto, rate, cutoff_hz), k=3)(times)
    spline = make_interp_spline(times, whole, k=5)
    out: list[Array] = []
    for order in (0, 1, 2):
        part = np.array(whole if order == 0 else spline(times, nu=order), dtype=np.float64)
        part[missing] = np.nan
        out.append(part)
    return out[0], out[1], out[2]


def moving(
    body: Body, angles: Stream | Mapping[str, Array], times: Array | None = None, *,
    cutoff_hz: float | None = CUTOFF_HZ,
) -> Motion:  # fmt: skip
    """The motion behind canonical angles (see ``coordinate_values``).

    Parameters
    ----------
    times
        s; needed where `angles` is not a stream.
    cutoff_hz
        Low-pass before differentiation; None: as recorded.
    """
    if times is None:
        if not isinstance(angles, Stream):
            raise GaitsmithError("there are no times", place="argument times")
        times = angles.times
    rest = {body.canonical[c.name]: 0.0 for c in body.coordinates if c.rotational and not c.locked}
    values, _ = coordinate_values(body, angles, rest)
    return move(body, times, *derivatives(times, values, cutoff_hz))


def move(body: Body, times: Array, values: Array, speed: Array, acceleration: Array) -> Motion:
    """The motion for coordinate values, speeds and accelerations (own signs, rad and m).

    Coupled coordinates follow, in speed and acceleration too.
    """
    speed, acceleration = speed.copy(), acceleration.copy()
    for c in body.couplings:
        lead, follow = body.index[c.independent], body.index[c.dependent]
        _, slope, bend = c.function.evaluate(values[:, lead])
        speed[:, follow] = slope * speed[:, lead]
        acceleration[:, follow] = slope * acceleration[:, lead] + bend * speed[:, lead] ** 2
    pose = place(body, values)
    shape = pose.origin.shape
    w, dw, v, a = (np.empty(shape) for _ in range(4))
    zero = np.zeros(shape[1:])
    for number, joint in enumerate(body.joints):
        if joint.parent == GROUND:
            w0 = dw0 = v0 = a0 = p0 = zero
        else:
            up = body.segment_index[joint.parent]
            w0, dw0, v0, a0, p0 = w[up], dw[up], v[up], a[up], pose.origin[up]
        slide, slide_rate = zero, zero
        wc, dwc = w0, dw0
        for axis in pose.axes[number]:
            if axis.coordinate is None:
                continue
            qd, qdd = speed[:, axis.coordinate], acceleration[:, axis.coordinate]
            rate = axis.direction * (axis.rate * qd)[:, None]
            change = axis.direction * (axis.bend * qd**2 + axis.rate * qdd)[:, None]
            if axis.turns:
                dwc = dwc + change + np.cross(wc, rate)
                wc = wc + rate
            else:
                slide, slide_rate = slide + rate, slide_rate + change
        arm = pose.centre[number] - p0
        at = body.segment_index[joint.child]
        w[at], dw[at] = wc, dwc
        back = pose.origin[at] - pose.centre[number]
        v[at] = v0 + np.cross(w0, arm) + slide + np.cross(wc, back)
        a[at] = (
            a0 + np.cross(dw0, arm) + np.cross(w0, np.cross(w0, arm) + 2 * slide) + slide_rate
            + np.cross(dwc, back) + np.cross(wc, np.cross(wc, back))
        )  # fmt: skip
    return Motion(pose, times, speed, acceleration, w, dw, v, a)
