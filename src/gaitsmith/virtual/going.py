"""What walking and running share: clocks, contacts, feet that stand and legs that reach them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.body import generic_body
from gaitsmith.body.kinematics import about
from gaitsmith.body.motion import Motion, derivatives, move
from gaitsmith.virtual.faults import Fault
from gaitsmith.virtual.feet import FootPath, foot_path, smooth_step, toe_bend
from gaitsmith.virtual.leg import Leg, turned_z
from gaitsmith.virtual.pattern import STANCE, Pattern
from gaitsmith.virtual.people import Person
from gaitsmith.virtual.steps import Plan, plan

__all__ = ["SLIDES", "Going"]

Array = npt.NDArray[np.float64]
#: The pelvis' translations.
SLIDES = ("pelvis_tx", "pelvis_ty", "pelvis_tz")
_LEG_ANGLES = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle")


class Going:
    """The work of one walk or run; every array runs over a clock longer than asked at both ends.

    A subclass gives ``prepared`` (before the contacts are planned), ``wished`` (angles over time,
    rad) and ``solved`` (coordinate values over time).
    """

    def __init__(
        self, person: Person, pattern: Pattern, seconds: float, rate_hz: float,
        rng: np.random.Generator, *, treadmill: bool = False, faults: tuple[Fault, ...] = (),
    ) -> None:  # fmt: skip
        self.treadmill, self.faults = treadmill, faults
        self.offset, self.belt = 0.0, 0.0
        self.person, self.pattern, self.rate = person, pattern, rate_hz
        self.body = generic_body(person.height, person.mass, person.sex)
        self.legs = {s: Leg.of(self.body, s, person.height) for s in "rl"}
        self.prepared()
        pad = int(np.ceil(1.5 * pattern.stride_s * rate_hz))
        self.count = round(seconds * rate_hz)
        self.inside = slice(pad, pad + self.count)
        self.times = (np.arange(self.count + 2 * pad) - pad) / rate_hz
        self.plan: Plan = plan(pattern, person, float(self.times[0]), float(self.times[-1]), rng)
        self.turns = {s: self.plan.turns(self.times, s) for s in "rl"}
        self.wishes = self.wished(rng)
        self.stance = {s: self._stance(s) for s in "rl"}

    def _stance(self, side: str) -> tuple[Array, Array, Array]:
        """Wished push (time × 3, body weights), centre of pressure (time × 3), and stance phase."""
        contacts, p = self.plan.contacts[side], self.pattern
        at, u, _ = contacts.phases(self.times)
        on = u < 1
        here = np.clip(u, 0, 1)
        sign = 1.0 if side == "r" else -1.0
        force = np.stack([np.where(on, np.interp(here, STANCE, c[side]), 0.0)
                          for c in (p.brake, p.push, p.aside)], axis=1)  # fmt: skip
        force[:, 2] *= sign
        ahead = np.interp(here, STANCE, p.pressure[side])
        yaw = contacts.yaw[at]
        centre = np.stack((
            contacts.place[at, 0] + ahead * np.cos(yaw), np.zeros(len(u)),
            contacts.place[at, 1] - ahead * np.sin(yaw),
        ), axis=1)  # fmt: skip
        return force, centre, u

    # --- the motion ----------------------------------------------------------------------------

    def motion(self) -> Motion:
        """The motion over the time asked for."""
        values = self.solved()
        times = np.arange(self.count) / self.rate
        forward = self.body.index["pelvis_tx"]
        path = values[self.inside, forward]
        self.offset, self.belt = float(path[0]), 0.0
        if self.treadmill:
            self.belt = float((path[-1] - path[0]) / times[-1])
        values[:, forward] -= self.offset + self.belt * self.times
        # Splines run on beyond both ends of the recording, where they would swing.
        parts = derivatives(self.times, values, None)
        return move(self.body, times, *(part[self.inside] for part in parts))

    def solved(self) -> Array:
        """Coordinate values (time × coordinate, rad and m) over the long clock."""
        raise NotImplementedError

    def wished(self, rng: np.random.Generator) -> dict[str, Array]:
        """Wished angles over time (rad)."""
        raise NotImplementedError

    def prepared(self) -> None:
        """What has to be known before the contacts are planned."""

    # --- feet and legs -------------------------------------------------------------------------

    def _rotation(self, values: Array) -> Array:
        """The pelvis' rotation (time × 3 × 3)."""
        out: Array = np.broadcast_to(np.eye(3), (len(values), 3, 3))
        for axis in self.body.joint("ground_pelvis").rotations:
            assert axis.coordinate is not None
            out = out @ about(np.array(axis.direction), values[:, self.body.index[axis.coordinate]])
        return out

    def _hip(self, values: Array, pelvis: Array, leg: Leg) -> Array:
        slides = [self.body.index[c] for c in SLIDES]
        return np.asarray(values[:, slides] + pelvis @ leg.hip)

    def _feet(self, values: Array, *, first: bool = False) -> dict[str, FootPath]:
        pelvis = self._rotation(values)
        out = {}
        for side, leg in self.legs.items():
            pitch = self._pitch(side)
            wished = None if first else self._wished_heel(side, leg, pelvis, values)
            contacts = self.plan.contacts[side]
            _, _, swing = contacts.phases(self.times)
            away = smooth_step(swing / 0.5) * smooth_step((1 - swing) / 0.5)
            out[side] = foot_path(self.times, contacts, pitch, (leg.sole, leg.toes), wished,
                                  outward=leg.sign * self.pattern.detour[side] * away)  # fmt: skip
        return out

    def _pitch(self, side: str) -> Array:
        """The sole's wished pitch (rad): the sum of the sagittal angles."""
        w = self.wishes
        return np.asarray(w["pelvis_tilt"] + w[f"hip_flexion_{side}"] - w[f"knee_angle_{side}"]
                          + w[f"ankle_angle_{side}"])  # fmt: skip

    def _wished_heel(self, side: str, leg: Leg, pelvis: Array, values: Array) -> Array:
        """Where the wished angles carry the heel (time × 3)."""
        w = {n: self.wishes[f"{n}_{side}"] for n in _LEG_ANGLES}
        x, y = np.array((leg.sign, 0, 0)), np.array((0, leg.sign, 0))
        thigh = pelvis @ turned_z(w["hip_flexion"]) @ about(x, w["hip_adduction"])
        thigh = thigh @ about(y, w["hip_rotation"])
        shank = thigh @ turned_z(-w["knee_angle"])
        foot = shank @ turned_z(w["ankle_angle"])
        hip = self._hip(values, pelvis, leg)
        ankle = hip - leg.thigh * thigh[:, :, 1] - leg.shank * shank[:, :, 1]
        return np.asarray(ankle + foot @ leg.heel_from_ankle)

    def _bend(self, values: Array, feet: dict[str, FootPath]) -> None:
        """The legs' coordinates that put the feet there."""
        pelvis, index = self._rotation(values), self.body.index
        for side, leg in self.legs.items():
            foot = feet[side]
            a = leg.reach(pelvis, self._hip(values, pelvis, leg), foot.heel, foot.rotation)
            for name, value in (
                ("hip_flexion", a.flexion), ("hip_adduction", a.adduction),
                ("hip_rotation", a.rotation), ("knee_angle", a.knee), ("ankle_angle", a.ankle),
                ("subtalar_angle", a.subtalar),
            ):  # fmt: skip
                values[:, index[f"{name}_{side}"]] = value
            values[:, index[f"mtp_angle_{side}"]] = toe_bend(foot)
