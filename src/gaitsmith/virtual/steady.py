"""One steady stride that is as near as can be to what a person wishes and obeys physics.

All coordinates are Fourier series over the stride. Their coefficients, and the stride's time, are
those for which the sum of squares of these misses, each over a size that is allowed, is least:

* the wished joint angles (a degree);
* standing feet: where the foot rolls over heel, sole, toe joint and tip it neither slips nor sinks
  (a millimetre), lies flat when its pitch is small, does not lean, points where it should;
* swinging feet stay above the ground;
* the sum of the forces of both feet is the published one;
* the net moment of gravity and inertia passes through the wished centre of pressure: angular
  momentum about the mass centre is balanced by where the feet push (the sagittal and the frontal
  part).

Solved by Gauss and Newton's method; the derivatives of forces are those by acceleration and, for
the moment, by the mass centre's place. The last factor says how the stride answers small wishes,
which ``walk`` uses for the variation from stride to stride.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.body import Body, net_wrench
from gaitsmith.body.jacobian import levers, point_jacobian
from gaitsmith.body.kinematics import Pose
from gaitsmith.body.motion import Motion, move
from gaitsmith.body.tree import Spot
from gaitsmith.units import STANDARD_GRAVITY
from gaitsmith.virtual.feet import CLEAR, UP, lifted, rolled_offset, smooth_step
from gaitsmith.virtual.fourier import BASIS, D2, PHASES, D, K, N, waves
from gaitsmith.virtual.leg import Leg
from gaitsmith.virtual.pattern import Pattern
from gaitsmith.virtual.wanted import (
    FREE,
    LEG,
    feet_of,
    wished_curves,
    wished_pitch,
    wished_push,
)

__all__ = ["ABOVE", "FREE", "LEG", "Steady", "steady", "waves"]

Array = npt.NDArray[np.float64]

# Steps of Gauss and Newton; where a kink lets them go to and fro, half of the last one lies between.
_STEPS = (1.0, 1.0, 1.0, 1.0, 0.5)
# What a wished angle may be missed by (deg).
_SD = {
    "hip_flexion": 1.0, "hip_adduction": 2.0, "hip_rotation": 2.0, "knee_angle": 1.0,
    "ankle_angle": 1.0, "subtalar_angle": 2.0, "pelvis_tilt": 0.8, "pelvis_list": 0.6,
    "pelvis_rotation": 1.5, "lumbar_extension": 1.5, "lumbar_bending": 2.0, "lumbar_rotation": 3.0,
}  # fmt: skip
# Allowed misses: of a standing foot (m), its pitch, lean and turn (deg; in the air: _LEAN_AIR), of
# clearance (m), of forces (body weights: forward, up, sideways), of the centre of pressure (m:
# forward, sideways) and, as a share, of the stride's time.
_PLACE, _PITCH, _LEAN, _TURN, _LEAN_AIR = 0.0005, 0.4, 0.7, 1.0, 3.0
_LIFT = 0.002
# From this share of stance on the forefoot peels off, at last held by a tenth only: toes are soft.
_PEEL, _PEELED = 0.8, 0.9
# How far (m) a swinging heel strays from the line of its foot.
_TRACK = 0.008
# Standing feet are aimed this high (m): what harmonics leave of a contact shall not sink.
ABOVE = 0.0008
# The trunk's mean lean (deg).
_LEAN_SD = 1.6
# A knee stays bent by this (deg), to within this.
_STRAIGHT, _STRAIGHT_SD = 4.5, 0.3
_FORCE = (0.005, 0.03, 0.004)
_PRESSURE = (0.008, 0.04)
_TIME = 0.04
# Size (deg) that a harmonic of an angle of this order may have; slower ones more, faster ones less, as
# its fourth power.
_QUICK, _QUICK_SD = 8.0, 0.25


@dataclass(frozen=True, eq=False)
class Steady:
    """The stride found.

    Attributes
    ----------
    stride_s
        s.
    series
        coordinate of ``FREE`` × coefficient: mean, then cosine and sine of each harmonic of the
        right side's stride (rad, m; without the mean forward speed).
    answer
        (coefficients of all) × (coefficients of the wished angles): how a small change of wishes
        changes the stride.
    longer
        Coefficients of all by stride time (1/s) at the same speed: how a longer stride is walked.
    """

    stride_s: float
    series: Array
    answer: Array
    longer: Array

    def at(self, phase: Array) -> Array:
        """Values (time × coordinate of ``FREE``) at phases of the right side's stride (0-1)."""
        return waves(phase) @ self.series.T


@dataclass(frozen=True, eq=False)
class _Row:
    """One miss at every phase (over what is allowed), and its derivatives by the coordinates'
    values, speeds and accelerations (time × coordinate) and by the stride's time."""

    miss: Array
    place: Array
    speed: Array | None = None
    push: Array | None = None
    time: Array | None = None


def steady(body: Body, legs: dict[str, Leg], pattern: Pattern) -> Steady:
    """The steady stride of a pattern."""
    work = _Work(body, legs, pattern)
    for part in _STEPS:
        work.improve(part)
    return work.found()


class _Work:
    def __init__(self, body: Body, legs: dict[str, Leg], pattern: Pattern) -> None:
        self.body, self.pattern = body, pattern
        self.free = np.array([body.index[n] for n in FREE])
        whole = pattern.step["r"] + pattern.step["l"]
        self.speed = whole / pattern.stride_s
        self.time = pattern.stride_s
        self.feet = feet_of(legs, pattern)
        self.fixed, self.wish = wished_curves(body, pattern)
        self.c = self.wish.copy()
        self.pitch = [wished_pitch(self.wish, foot) for foot in self.feet]
        rest = next(c.rest for c in body.coordinates if c.name == "pelvis_ty")
        self.c[FREE.index("pelvis_ty"), 0] = rest - 0.03
        self.c[FREE.index("pelvis_tx"), 0] = 0.1
        sd = np.array(
            [np.deg2rad(_SD.get(n[:-2] if n[-2:] in ("_r", "_l") else n, 1.0)) for n in FREE]
        )
        self.weight = 1 / sd**2
        self.weight[:3] = 0.0
        self.force, self.pressure, self.ahead = wished_push(pattern, self.feet)
        self.foot_lever = levers(body, [
            Spot(f"calcn_{s}", at) for s in "rl" for at in ((0, 0, 0), (1, 0, 0), (0, 0, 1))
        ])  # fmt: skip
        self.mass_lever = levers(body, [Spot(s.name, tuple(s.centre)) for s in body.segments])
        self.mass = np.array([s.mass for s in body.segments])
        self.inertia = np.array([s.inertia for s in body.segments])
        self.first = True

    def _motion(self) -> Motion:
        values = self.fixed.copy()
        for d in range(3):
            values[d][:, self.free] = BASIS[d] @ self.c.T
        forward = self.body.index["pelvis_tx"]
        values[0][:, forward] += self.speed * self.time * PHASES
        values[1][:, forward] += self.speed * self.time
        t = self.time
        return move(self.body, PHASES * t, values[0], values[1] / t, values[2] / t**2)

    def improve(self, part: float = 1.0) -> None:
        """One step, or a part of it."""
        motion = self._motion()
        pose = motion.pose
        rows: list[_Row] = []
        self._standing(pose, rows)
        if not self.first:
            self._forces(motion, rows)
        count, m = 2 * K + 1, len(FREE)
        size = count * m + 1
        normal, right = np.zeros((size, size)), np.zeros(size)
        blocks = []
        for row in rows:
            block = np.zeros((N, m, count))
            for d, by in enumerate((row.place, row.speed, row.push)):
                if by is not None:
                    block += by[:, :, None] * (BASIS[d] / self.time**d)[:, None, :]
            last = np.zeros(N) if row.time is None else row.time
            blocks.append(np.column_stack((block.reshape(N, -1), last, row.miss)))
        stacked = np.vstack(blocks)
        J, r = stacked[:, :-1], stacked[:, -1]
        normal = J.T @ J
        right = J.T @ r
        # Wished angles: mean squares over the stride are sums over coefficients.
        share = np.full(count, N / 2.0)
        share[0] = N
        weight = self.weight[:, None] * share
        # How far the trunk leans and the feet turn over are free within some degrees.
        weight[FREE.index("lumbar_extension"), 0] = N / np.deg2rad(_LEAN_SD) ** 2
        w = weight.ravel()
        self.own = w
        at = np.arange(count * m)
        normal[at, at] += w
        right[:-1] += w * (self.c - self.wish).ravel()
        # Slides: nothing is wished of them; fast parts cost a little.
        fast = np.concatenate(([0.0], np.repeat(np.arange(1, K + 1), 2)))
        slide = np.zeros((m, count))
        slide[:3] = 1e2 * N * (fast / K) ** 4
        normal[at, at] += slide.ravel() + 1e-6
        right[:-1] += (slide * self.c).ravel()
        # Nor are legs and trunk quick without need.
        quick = N / 2 / np.deg2rad(_QUICK_SD) ** 2 * np.clip(fast / _QUICK, 0, None) ** 8
        quick = np.tile(quick, (m, 1))
        quick[:3] = 0.0
        normal[at, at] += quick.ravel()
        right[:-1] += (quick * self.c).ravel()
        prior = N / (_TIME * self.pattern.stride_s) ** 2
        normal[-1, -1] += prior
        right[-1] += prior * (self.time - self.pattern.stride_s)
        step = -part * np.linalg.solve(normal, right)
        self.c = self.c + step[:-1].reshape(m, count)
        self.time = self.time + float(step[-1])
        self.normal = normal
        self.first = False

    def _standing(self, pose: Pose, rows: list[_Row]) -> None:
        jac = point_jacobian(pose, self.foot_lever, pose.spots(self.foot_lever.spots))
        jac = jac[:, :, :, self.free]
        length = self.speed * self.time
        for i, foot in enumerate(self.feet):
            at = self.body.segment_index[f"calcn_{foot.side}"]
            heel, turn = pose.origin[at], pose.rotation[at]
            d_heel, d_x, d_z = (
                jac[:, 3 * i],
                jac[:, 3 * i + 1] - jac[:, 3 * i],
                jac[:, 3 * i + 2] - jac[:, 3 * i],
            )
            pitch = np.arcsin(np.clip(turn[:, 1, 0], -0.99, 0.99))
            d_pitch = d_x[:, 1] / np.cos(pitch)[:, None]
            sole, toes = foot.leg.sole, foot.leg.toes
            ahead, high = rolled_offset(pitch, sole, toes)
            step = 1e-4
            more = rolled_offset(pitch + step, sole, toes)
            slope = [(a - b) / step for a, b in zip(more, (ahead, high), strict=True)]
            cos, sin = np.cos(foot.yaw), np.sin(foot.yaw)
            # Standing: fades in and out over a little of the swing's ends, so that nothing jumps.
            peel = smooth_step((foot.u - _PEEL) / (1 - _PEEL))
            w = foot.stance / _PLACE * (1 - _PEELED * peel)
            x = heel[:, 0] + (foot.turns - foot.place[0]) * length - ahead * cos
            by_time = self.speed * (foot.gone - foot.place[0])
            rows.append(
                _Row(
                    w * x,
                    w[:, None] * (d_heel[:, 0] - (slope[0] * cos)[:, None] * d_pitch),
                    time=w * by_time,
                )
            )
            rows.append(
                _Row(
                    w * (heel[:, 1] - high - ABOVE),
                    w[:, None] * (d_heel[:, 1] - slope[1][:, None] * d_pitch),
                )
            )
            z = heel[:, 2] - foot.place[1] + ahead * sin
            rows.append(
                _Row(w * z, w[:, None] * (d_heel[:, 2] + (slope[0] * sin)[:, None] * d_pitch))
            )
            w = (1 - foot.free) / np.deg2rad(_PITCH)
            rows.append(_Row(w * (pitch - self.pitch[i]), w[:, None] * d_pitch))
            sd = np.deg2rad(_LEAN + (_LEAN_AIR - _LEAN) * foot.free)
            rows.append(_Row(turn[:, 1, 2] / sd, d_z[:, 1] / sd[:, None]))
            yaw = np.arctan2(-turn[:, 2, 0], turn[:, 0, 0])
            sd = np.deg2rad(_TURN + (_LEAN_AIR - _TURN) * foot.free)
            turning = -(turn[:, 0, 0][:, None] * d_x[:, 2] - turn[:, 2, 0][:, None] * d_x[:, 0])
            turning /= (turn[:, 0, 0] ** 2 + turn[:, 2, 0] ** 2)[:, None]
            rows.append(_Row((yaw - foot.yaw) / sd, turning / sd[:, None]))
            k = FREE.index(f"knee_angle_{foot.side}")
            bent = BASIS[0] @ self.c[k] - np.deg2rad(_STRAIGHT)
            w = np.where(bent < 0, 1 / np.deg2rad(_STRAIGHT_SD), 0.0)
            by = np.zeros((N, len(FREE)))
            by[:, k] = w
            rows.append(_Row(w * bent, by))
            inner = lifted(foot.swing)
            # A foot swings past the other on its own side, not across.
            w = inner / _TRACK
            out = foot.place[1] + foot.leg.sign * self.pattern.detour[foot.side] * inner
            rows.append(_Row(w * (heel[:, 2] - out), w[:, None] * d_heel[:, 2]))
            for ahead_of in (0.0, sole, sole + toes):
                raised = toes * np.sin(UP) if ahead_of > sole else 0.0
                low = (CLEAR - raised) * inner - (heel[:, 1] + ahead_of * turn[:, 1, 0])
                w = np.where((low > 0) & (foot.swing > 0), 1 / _LIFT, 0.0)
                rows.append(_Row(-w * low, w[:, None] * (d_heel[:, 1] + ahead_of * d_x[:, 1])))

    def _forces(self, motion: Motion, rows: list[_Row]) -> None:
        pose, g, t = motion.pose, STANDARD_GRAVITY, self.time
        mass = self.body.mass
        centres = pose.segment_centres
        jac = point_jacobian(pose, self.mass_lever, np.moveaxis(centres, 0, 1))[:, :, :, self.free]
        middle = pose.mass_centre
        # A point's acceleration changes by the second time derivative of (its Jacobian × change).
        parts = [jac, *(np.tensordot(d / t**k, jac, 1) for k, d in ((1, D), (2, D2)))]
        own = [np.einsum("s,tsik->tik", self.mass / mass, part) for part in parts]
        net = net_wrench(motion)
        f = net.force
        force = f / (mass * g)
        for axis in range(3):
            s = g * _FORCE[axis]
            rows.append(_Row(
                (force[:, axis] - self.force[:, axis]) / _FORCE[axis], own[2][:, axis] / s,
                2 * own[1][:, axis] / s, own[0][:, axis] / s,
                -2 * (force[:, axis] - (axis == 1)) / t / _FORCE[axis],
            ))  # fmt: skip
        # Moment about the wished centre of pressure, over weight: by how much it is missed (m).
        aim = self.pressure.copy()
        aim[:, 0] += self.ahead * self.speed * t
        arm = middle - aim
        spin = [self._turned(np.moveaxis(centres - middle, 0, 1), part - o[:, None])
                for part, o in zip(parts, own, strict=True)]  # fmt: skip
        pushes = np.moveaxis(motion.centre_acceleration() - motion.mass_centre_acceleration(), 0, 1)
        spin[2] -= self._turned(pushes, parts[0] - own[0][:, None])
        turning = self._turning(pose)
        by = [spin[2], 2 * spin[1] + np.tensordot(D / t, turning, 1), spin[0] + turning]
        late = ((PHASES - self.ahead) * self.speed * f[:, 1], 0.0)
        for n, (i, j, sign) in enumerate(((0, 2, 1.0), (2, 0, -1.0))):
            # i: along which the pressure moves; j: the axis of the moment.
            miss = net.moment[:, j] - sign * aim[:, i] * f[:, 1]
            parts_of: list[Array] = []
            for k, factor in enumerate((1.0, 2.0, 1.0)):
                o = own[2 - k]
                parts_of.append(by[k][:, j] + factor * sign * mass * (
                    arm[:, i, None] * o[:, 1] - arm[:, 1, None] * o[:, i]))  # fmt: skip
            parts_of[0] += sign * (own[0][:, i] * f[:, 1:2] - own[0][:, 1] * f[:, i, None])
            still = sign * arm[:, i] * mass * g
            s = mass * g * _PRESSURE[n]
            a, b, c = (x / s for x in parts_of)
            rows.append(_Row(miss / s, a, b, c, (-2 * (miss - still) / t + late[n]) / s))

    def _turned(self, arms: Array, jac: Array) -> Array:
        """Sum over segments of mass × arm × column: time × 3 × coordinate; sagittal and frontal."""
        a = (self.mass[None, :, None] * arms)[..., None]
        out = np.zeros((N, 3, len(FREE)))
        out[:, 0] = (a[:, :, 1] * jac[:, :, 2] - a[:, :, 2] * jac[:, :, 1]).sum(axis=1)
        out[:, 2] = (a[:, :, 0] * jac[:, :, 1] - a[:, :, 1] * jac[:, :, 0]).sum(axis=1)
        return out

    def _turning(self, pose: Pose) -> Array:
        """Angular momentum of the segments about their own centres by speeds of coordinates."""
        out = np.zeros((N, 3, len(FREE)))
        turned = np.einsum(
            "stij,sjk,stlk->stil", pose.rotation, self.inertia, pose.rotation, optimize=True
        )
        place = {int(c): k for k, c in enumerate(self.free)}
        for number, axes in enumerate(pose.axes):
            inertia = turned[self._below(number)].sum(axis=0)
            for axis in axes:
                if axis.turns and axis.coordinate in place:
                    out[:, :, place[axis.coordinate]] += np.einsum(
                        "tij,tj->ti", inertia, axis.direction * axis.rate[:, None]
                    )
        return out

    def _below(self, number: int) -> list[int]:
        """Segments that hang below a joint."""
        return [int(i) for i in self.mass_lever.below[number]]

    def found(self) -> Steady:
        m = self.c.size
        inverse = np.linalg.inv(self.normal[:m, :m])
        longer = -inverse @ self.normal[:m, m]
        return Steady(self.time, self.c, inverse * self.own[None, :], longer)
