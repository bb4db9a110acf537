"""A virtual walker: angles, points, forces, moments and sensors of one motion that obeys physics.

Steps:

1. The pattern (``pattern``) says what the person wishes at this speed; ``steps`` when and where the
   feet come down.
2. The wished push of both feet and their centres of pressure give the path of the mass centre
   (``balance``); the pelvis follows from it.
3. The feet stand, roll and swing (``feet``); the legs' angles follow in closed form (``leg``).
4. Since the mass centre depends on the legs, 2 and 3 are repeated a few times.
5. Velocities and accelerations are those of quintic splines through the final coordinates
   (``body.motion``), and the net force and moment follow from them by Newton and Euler; both feet
   share it (``loads``). So the sum of forces is m (a - g) of the very angles that are given (whoever
   splines them anew finds other derivatives in the first and last 30 samples).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gaitsmith.body import Motion, generic_body, inverse_dynamics, net_wrench, place, places
from gaitsmith.body.dynamics import Wrench
from gaitsmith.body.kinematics import about
from gaitsmith.body.motion import derivatives, move
from gaitsmith.body.sensors import virtual_imu
from gaitsmith.body.sites import foot_segment
from gaitsmith.channels import Side, channels
from gaitsmith.errors import GaitsmithError
from gaitsmith.events import Kind
from gaitsmith.recording import Events, Note, Recording, Stream
from gaitsmith.streams import StreamKind
from gaitsmith.units import STANDARD_GRAVITY
from gaitsmith.virtual.balance import Aim, compromise
from gaitsmith.virtual.faults import Fault, apply
from gaitsmith.virtual.feet import FootPath, foot_path, smooth_step, toe_pitch
from gaitsmith.virtual.leg import Leg, turned_z
from gaitsmith.virtual.loads import Wish, shared
from gaitsmith.virtual.pattern import STANCE, Pattern, walking_pattern
from gaitsmith.virtual.people import Person
from gaitsmith.virtual.running import running_pattern
from gaitsmith.virtual.steps import Plan, plan

__all__ = ["walker"]

Array = npt.NDArray[np.float64]
#: Harmonics kept of the wished curves.
_HARMONICS = 14
#: Rounds of mass centre and legs, walking and running.
_ROUNDS, _RUNNING_ROUNDS = 5, 10
#: From this speed (m/s) on people run.
_FASTEST_WALK = 2.3
#: A standing knee is wished at least this bent (deg).
_LEAST_KNEE = 6.0
_LEG_ANGLES = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle")


def walker(
    person: Person, speed: float, seconds: float = 10.0, *, treadmill: bool = False,
    rate_hz: float = 100.0, seed: int = 0, faults: Sequence[Fault] = (), running: bool | None = None,
) -> Recording:  # fmt: skip
    """One person's walk at a steady speed.

    Parameters
    ----------
    person
        See ``people``; without variability every stride is the same.
    speed
        m/s: 0.3 to 2.2 walking, 2 to 5 running.
    seconds, rate_hz
        Length (s) and sampling rate (Hz, 50 to 1000) of every stream.
    treadmill
        Whether the ground moves and the walker stays in place.
    seed
        Of the stride-to-stride variation.
    faults
        What is wrong with the gait (``faults.Fault``); written into ``attrs`` of the angles.
    running
        None: from 2.3 m/s on.

    Returns
    -------
    Recording
        ``angles``, ``points`` (joint centres, heels, toes, neck, head), ``forces`` (``foot_r``,
        ``foot_l``), ``moments``, ``powers``, ``imu`` (pelvis, thighs, shanks, feet), ``phase``
        (``phase_r``: % of that side's stride, ``contact_r``: 1 in stance), and strikes and offs
        with the source ``"virtual"``. The pelvis' own moments are what the feet could not carry.

    Raises
    ------
    GaitsmithError
        On a speed, length or rate outside these.
    """
    if not 1.0 <= seconds <= 3600:
        raise GaitsmithError("not a length for a walk", place="argument seconds", found=seconds,
                             expected="1 to 3600 s")  # fmt: skip
    if not 50 <= rate_hz <= 1000:
        raise GaitsmithError("not a rate for a walk", place="argument rate_hz", found=rate_hz,
                             expected="50 to 1000 Hz")  # fmt: skip
    rng = np.random.default_rng(seed)
    runs = speed > _FASTEST_WALK if running is None else running
    pattern = running_pattern(person, speed) if runs else walking_pattern(person, speed)
    apply(pattern, faults)
    return _Walk(
        person, pattern, seconds, rate_hz, rng, treadmill=treadmill, faults=tuple(faults)
    ).run()


class _Walk:
    """The work of one walk; every array runs over a clock that is longer than asked at both ends."""

    def __init__(
        self, person: Person, pattern: Pattern, seconds: float, rate_hz: float,
        rng: np.random.Generator, *, treadmill: bool = False, faults: tuple[Fault, ...] = (),
    ) -> None:  # fmt: skip
        self.treadmill, self.faults = treadmill, faults
        self.offset, self.belt = 0.0, 0.0
        self.person, self.pattern, self.rate = person, pattern, rate_hz
        pad = int(np.ceil(1.5 * pattern.stride_s * rate_hz))
        self.count = round(seconds * rate_hz)
        self.inside = slice(pad, pad + self.count)
        self.times = (np.arange(self.count + 2 * pad) - pad) / rate_hz
        self.body = generic_body(person.height, person.mass, person.sex)
        self.legs = {s: Leg.of(self.body, s, person.height) for s in "rl"}
        self.plan: Plan = plan(pattern, person, float(self.times[0]), float(self.times[-1]), rng)
        self.turns = {s: self.plan.turns(self.times, s) for s in "rl"}
        self.wishes = self._wished_angles(rng)
        self.stance = {s: self._stance(s) for s in "rl"}

    # --- wishes over time --------------------------------------------------------------------

    def _wished_angles(self, rng: np.random.Generator) -> dict[str, Array]:
        """Wished angles over time (rad)."""
        waves = {s: np.exp(2j * np.pi * np.outer(t, np.arange(_HARMONICS + 1)))
                 for s, t in self.turns.items()}  # fmt: skip
        strides = len(self.plan.contacts["r"].strike)
        out = {}
        for name, curve in self.pattern.angles.items():
            side = name[-1] if name[-2:] in ("_r", "_l") else "r"
            series = np.fft.rfft(curve)[: _HARMONICS + 1] / len(curve)
            series[1:] *= 2
            value = (waves[side] @ series).real
            size = self.pattern.sd.get(name[:-2] if name[-2:] in ("_r", "_l") else name, 0.0)
            noise = rng.standard_normal((strides, 7))
            if size > 0 and self.person.variability > 0:
                value = value + self._wander(noise, size, self.turns[side], waves[side])
            out[name] = np.deg2rad(value)
        return out

    def _wander(self, noise: Array, size: float, turns: Array, waves: Array) -> Array:
        """Stride-to-stride deviation (deg): low harmonics that change smoothly between strides."""
        from scipy.interpolate import make_interp_spline

        # Offset and three harmonics; in all 0.28 of the SD between people.
        scale = (
            0.28
            * size
            * self.person.variability
            * np.array([0.7, 0.4, 0.4, 0.25, 0.25, 0.15, 0.15])
        )
        knots = make_interp_spline(np.arange(len(noise)), noise * scale, k=3)(turns)
        return np.asarray(
            knots[:, 0] + (waves[:, 1:4] * (knots[:, 1::2] - 1j * knots[:, 2::2])).sum(axis=1).real
        )

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

    def run(self) -> Recording:
        """The recording."""
        values = self._solve()
        times = np.arange(self.count) / self.rate
        forward = self.body.index["pelvis_tx"]
        path = values[self.inside, forward]
        self.offset, self.belt = float(path[0]), 0.0
        if self.treadmill:
            self.belt = float((path[-1] - path[0]) / times[-1])
        values[:, forward] -= self.offset + self.belt * self.times
        # Splines run on beyond both ends of the recording, where they would swing.
        parts = derivatives(self.times, values, None)
        motion = move(self.body, times, *(part[self.inside] for part in parts))
        return self._recorded(motion)

    def _solve(self) -> Array:
        """Coordinate values (time × coordinate, rad and m) over the long clock."""
        body, n, g = self.body, len(self.times), STANDARD_GRAVITY
        values = np.zeros((n, len(body.coordinates)))
        for name, wish in self.wishes.items():
            if name in body.index:
                values[:, body.index[name]] = wish
        slides = [body.index[c] for c in ("pelvis_tx", "pelvis_ty", "pelvis_tz")]
        push = self.stance["r"][0][:, 1] + self.stance["l"][0][:, 1]
        push = push / push.mean()
        total = np.maximum(sum(self.stance[s][0][:, 1] for s in "rl"), 1e-9)
        share = {s: self.stance[s][0][:, 1] / total for s in "rl"}
        wished = (
            share["r"][:, None] * self.stance["r"][1] + share["l"][:, None] * self.stance["l"][1]
        )
        sides = self.stance["r"][0] + self.stance["l"][0]
        rest = next(c.rest for c in body.coordinates if c.name == "pelvis_ty")
        one, nought = np.ones(n), np.zeros(n)
        # A first guess: the mean course of the feet.
        clock = np.arange(n)
        for i in (0, 2):
            values[:, slides[i]] = np.polyval(np.polyfit(clock, wished[:, i], 1), clock)
        values[:, slides[1]] = rest - 0.03
        p = self.pattern
        # What a foot says of the pelvis, and what carries weight; in flight, neither.
        air = smooth_step(1 - total / 0.05) if p.flight else nought
        heavy = np.minimum(total / 0.3, 1.0)
        push_sd, brake_sd = (x * g * (1 - air) + 1e-3 * air for x in (p.push_sd, p.brake_sd))
        for turn in range(_RUNNING_ROUNDS if p.flight else _ROUNDS):
            feet = self._feet(values, first=turn == 0)
            self._bend(values, feet)
            now = place(body, values).mass_centre
            ahead = now - values[:, slides]
            level, loose = self._level(values, feet)
            up = compromise([
                Aim(nought, one, g * (push - 1.0), push_sd),
                Aim(one, nought, level + ahead[:, 1], loose),
            ], self.rate)  # fmt: skip
            bend = np.gradient(np.gradient(up, 1 / self.rate), 1 / self.rate)
            # Low forces leave the pressure's place open.
            ratio = np.minimum(up / np.maximum(bend + g, 0.2 * g), up / (0.2 * g))
            there = self._ahead(values, feet)
            stood = np.clip(sum(f.bears for f in feet.values()), 1e-3, 1.0)
            aim = np.stack((
                compromise([
                    Aim(nought, one, g * sides[:, 0], brake_sd),
                    Aim(one, nought, there[:, 0] + ahead[:, 0], p.ahead_sd / stood),
                    Aim(one, -ratio, wished[:, 0], p.pressure_sd / np.maximum(heavy, 1e-3)),
                ], self.rate),
                up,
                compromise([
                    Aim(nought, one, g * sides[:, 2], np.minimum(brake_sd, 0.03 * g)),
                    Aim(one, -ratio, wished[:, 2], 0.01 / np.maximum(heavy, 1e-3)),
                ], self.rate),
            ), axis=1)  # fmt: skip
            # Legs follow the pelvis in part: the step is lengthened to what moves with it.
            values[:, slides] += (aim - now) / 0.85
        self._bend(values, self._feet(values))
        if p.flight:
            self._fall(values, np.asarray(total < 1e-6))
        return values

    def _fall(self, values: Array, air: npt.NDArray[np.bool_]) -> None:
        """Let the mass centre fall freely in flight, to within what splines make of sampled angles.

        The whole body is shifted, by less than 2 mm in flight and a tenth of that in stance.
        """
        one, nought = np.ones(len(values)), np.zeros(len(values))
        slides = [self.body.index[c] for c in ("pelvis_tx", "pelvis_ty", "pelvis_tz")]
        # Splines bend up to 2.5 times as much as differences do at the highest frequencies: short steps.
        for _ in range(16):
            motion = move(self.body, self.times, *derivatives(self.times, values, None))
            miss = np.array(self.body.gravity) - motion.mass_centre_acceleration()
            for axis, column in enumerate(slides):
                values[:, column] += 0.4 * compromise([
                    Aim(nought, one, np.where(air, miss[:, axis], 0.0), np.where(air, 1e-3, 2.0)),
                    Aim(one, nought, nought, np.where(air, 1e-2, 1e-3)),
                ], self.rate)  # fmt: skip

    def _ahead(self, values: Array, feet: dict[str, FootPath]) -> Array:
        """Place of the pelvis (time × 3) from which the wished angles reach the standing feet."""
        pelvis = self._rotation(values)
        slides = [self.body.index[c] for c in ("pelvis_tx", "pelvis_ty", "pelvis_tz")]
        out = np.zeros((len(values), 3))
        share = _shares(feet)
        for side, leg in self.legs.items():
            heel = self._wished_heel(side, leg, pelvis, values) - values[:, slides]
            out += share[side][:, None] * (feet[side].planted - heel)
        return out

    def _rotation(self, values: Array) -> Array:
        """The pelvis' rotation (time × 3 × 3)."""
        out: Array = np.broadcast_to(np.eye(3), (len(values), 3, 3))
        for axis in self.body.joint("ground_pelvis").rotations:
            assert axis.coordinate is not None
            out = out @ about(np.array(axis.direction), values[:, self.body.index[axis.coordinate]])
        return out

    def _hip(self, values: Array, pelvis: Array, leg: Leg) -> Array:
        slides = [self.body.index[c] for c in ("pelvis_tx", "pelvis_ty", "pelvis_tz")]
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
            # Standing toes bend as the heel rises; in the air they straighten.
            bent = (toe_pitch(foot.pitch) - np.minimum(foot.pitch, 0.0)) * (
                1 - smooth_step(foot.swing / 0.4)
            )
            values[:, index[f"mtp_angle_{side}"]] = bent

    def _level(self, values: Array, feet: dict[str, FootPath]) -> tuple[Array, Array]:
        """Height of the pelvis (time) at which the standing knees are as wished, and its SD (m):
        what the knees' SD makes of it, which is little where they are nearly straight."""
        pelvis = self._rotation(values)
        level, loose = np.zeros(len(values)), np.zeros(len(values))
        share = _shares(feet)
        for side, leg in self.legs.items():
            knee = np.maximum(self.wishes[f"knee_angle_{side}"], np.deg2rad(_LEAST_KNEE))
            ankle = leg.ankle_of(feet[side].planted, feet[side].rotation)
            hip = self._hip(values, pelvis, leg)
            aside = ((hip - ankle)[:, (0, 2)] ** 2).sum(axis=1)
            length = leg.length(knee)
            high = np.sqrt(np.maximum(length**2 - aside, 0.01))
            level += share[side] * (high + ankle[:, 1] - (pelvis @ leg.hip)[:, 1])
            slope = leg.thigh * leg.shank * np.sin(knee) / high
            loose += share[side] / np.maximum(slope * np.deg2rad(self.pattern.knee_sd), 0.0015)
        return level, 1 / np.maximum(loose, 1e-6)

    # --- the recording -------------------------------------------------------------------------

    def _recorded(self, motion: Motion) -> Recording:
        body, weight, times = self.body, self.person.mass * STANDARD_GRAVITY, motion.times
        wishes = {}
        for side in "rl":
            force, centre, _ = self.stance[side]
            centre = centre[self.inside] - np.stack(
                (self.offset + self.belt * times, 0 * times, 0 * times), axis=1
            )
            wishes[side] = Wish(force[self.inside], centre)
        net = net_wrench(motion)
        forces, _ = shared(net, wishes, weight)
        loads = {}
        for side, rows in forces.items():
            moment = np.cross(np.nan_to_num(rows[:, 3:6]), rows[:, :3])
            moment[:, 1] += rows[:, 6]
            segment = foot_segment(body, side)
            assert segment is not None
            loads[segment] = Wrench(rows[:, :3], moment)
        found = inverse_dynamics(motion, loads)
        turns = np.array([c.rotational for c in body.coordinates])
        angles = motion.pose.values * np.where(turns, 180 / np.pi, 1.0) * body.signs
        spots = places(body)
        phases = {f"phase_{s}": 100 * np.mod(t[self.inside], 1.0) for s, t in self.turns.items()}
        phases |= {f"contact_{s}": (self.stance[s][2][self.inside] < 1).astype(float) for s in "rl"}
        facts = {
            "speed": self.pattern.speed, "belt_speed": self.belt,
            "faults": [[f.name, f.side, f.size] for f in self.faults],
        }  # fmt: skip
        streams = {
            "angles": self._stream(
                "angles", dict(zip(body.canonical.values(), angles.T, strict=True)), facts
            ),
            "points": Stream("points", motion.pose.spots(spots.values()), tuple(spots), rate=self.rate),
            "forces": Stream("forces", np.stack([forces["r"], forces["l"]], axis=1),
                             ("foot_r", "foot_l"), rate=self.rate),
            "moments": self._stream("moments", found.moments()),
            "powers": self._stream("powers", found.powers()),
            "imu": virtual_imu(motion),
            "phase": self._stream("phase", phases),
        }  # fmt: skip
        # What the pelvis' own coordinates would have to be pushed with: a measure of disagreement.
        left = float(np.sqrt(np.mean(np.square(found.moments()["pelvis_tilt_moment"]))))
        notes = [
            Note("assumption", "virtual walker", "made by gaitsmith; not a measured person"),
            Note(
                "warning",
                "virtual walker",
                f"the sum of forces is exact, but {left:.0f} N·m (RMS) of "
                "the sagittal moment would take a centre of pressure outside the feet: it is left "
                "with the pelvis, and hip moments carry part of it",
            ),
        ]
        subject = self.person.subject()
        if self.faults:
            subject = subject.given("virtual", affected_side=self.faults[0].side)
        words = f"{self.person.id}, {self.pattern.speed:.2f} m/s"
        return Recording(subject, streams, self._events(), tuple(notes), words)

    def _events(self) -> Events:
        """True strikes and offs inside the recording."""
        end = (self.count - 1) / self.rate
        rows = Events()
        sides: tuple[tuple[str, Side], ...] = (("r", "right"), ("l", "left"))
        for side, word in sides:
            c = self.plan.contacts[side]
            kinds: tuple[tuple[Kind, Array], ...] = (("strike", c.strike), ("off", c.off))
            for kind, at in kinds:
                rows += Events.of(at[(at >= 0) & (at <= end)], word, kind, "virtual")
        return rows

    def _stream(
        self, kind: StreamKind, table: dict[str, Array], facts: dict[str, object] | None = None
    ) -> Stream:
        known = {k: v for k, v in table.items() if kind == "phase" or k in channels()}
        return Stream(kind, np.stack(list(known.values()), axis=1), tuple(known), rate=self.rate,
                      attrs=facts or {})  # fmt: skip


def _shares(feet: dict[str, FootPath]) -> dict[str, Array]:
    """How much each foot says about the pelvis' place; together 1."""
    total = np.maximum(sum(f.bears for f in feet.values()), 1e-6)
    return {s: f.bears / total for s, f in feet.items()}
