"""A virtual walker: angles, points, forces, moments and sensors of one motion that obeys physics.

Steps:

1. The pattern (``pattern``) says what the person wishes at this speed, ``steady`` what comes nearest
   to it with feet that neither slip nor sink and with forces and moments that feet can give.
2. ``steps`` says when and where the feet come down; the pelvis follows them as in the steady stride,
   and from stride to stride all coordinates deviate together in ways that the steady stride allows.
3. The feet stand, roll and swing exactly (``feet``); the legs' angles follow in closed form (``leg``).
4. Velocities and accelerations are those of quintic splines through the final coordinates
   (``body.motion``), and the net force and moment follow from them by Newton and Euler; both feet
   share it (``loads``). So the sum of forces is m (a - g) of the very angles that are given (whoever
   splines them anew finds other derivatives in the first and last 30 samples).

Running has no steady stride of this kind; see ``run``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from gaitsmith.body import place
from gaitsmith.body.jacobian import levers, point_jacobian
from gaitsmith.body.kinematics import Pose
from gaitsmith.body.tree import Spot
from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Recording
from gaitsmith.virtual.faults import Fault, apply
from gaitsmith.virtual.feet import (
    Contacts,
    FootPath,
    flattened,
    smooth_step,
    standing,
    toe_bend,
)
from gaitsmith.virtual.going import SLIDES, Going
from gaitsmith.virtual.leg import turned_z
from gaitsmith.virtual.pattern import walking_pattern
from gaitsmith.virtual.people import Person
from gaitsmith.virtual.recorded import recorded
from gaitsmith.virtual.run import Run
from gaitsmith.virtual.running import running_pattern
from gaitsmith.virtual.steady import ABOVE, FREE, LEG, steady, waves
from gaitsmith.virtual.style import COORDINATES, later, stride_deviations

__all__ = ["walker"]

Array = npt.NDArray[np.float64]
#: From this speed (m/s) on people run.
_FASTEST_WALK = 2.3
# What a foot may miss (m), its axes may turn (rad) and a leg's angle may change (deg) when feet are moved.
_NEAR, _LEVEL, _GIVE = 0.0004, 0.005, 0.6
# Pitch (rad) below which a foot that stands flat is pressed to the ground.
_PRESSED = np.deg2rad(3.0)
# Over this time (s) the move of a heel that follows from it is smoothed.
_SMOOTH = 0.02


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
    kind = Run if runs else Walk
    going = kind(person, pattern, seconds, rate_hz, rng, treadmill=treadmill, faults=tuple(faults))
    return recorded(going)


class Walk(Going):
    """The work of one walk."""

    def prepared(self) -> None:
        """Find the steady stride; its time and length are those of the pattern from here on."""
        p = self.pattern
        self.steady = steady(self.body, self.legs, p)
        factor = self.steady.stride_s / p.stride_s
        p.stride_s = self.steady.stride_s
        p.step = {s: length * factor for s, length in p.step.items()}
        self.half = 0.5 + p.late["l"] - p.late["r"]

    def wished(self, rng: np.random.Generator) -> dict[str, Array]:
        """Angles over time (rad) of the steady stride with its variation; others as wished."""
        own = {"r": self.turns["r"], "l": self.turns["l"] + self.half}
        own["m"] = (own["r"] + own["l"]) / 2
        still = {s: self.steady.at(t) for s, t in own.items()}
        change = self._change(rng, own["m"])
        out = {}
        for i, name in enumerate(FREE):
            side = name[-1] if name[-2:] in ("_r", "_l") else "m"
            out[name] = still[side][:, i] + change[:, i]
        for name, curve in self.pattern.angles.items():
            if name not in out:
                at = np.mod(self.turns["l" if name.endswith("_l") else "r"], 1.0)
                out[name] = np.deg2rad(_periodic(curve, at))
        return out

    def _change(self, rng: np.random.Generator, turns: Array) -> Array:
        """Deviation (time × coordinate of ``FREE``) of each stride from the steady one."""
        count = len(self.plan.contacts["r"].strike)
        if not self.person.variability:
            return np.zeros((len(self.times), len(FREE)))
        drawn = stride_deviations(rng, count, young=self.person.age < 18)
        wishes = np.zeros((count, len(FREE), waves(np.zeros(1)).shape[1]))
        for s, side in enumerate("rl"):
            for c, name in enumerate(COORDINATES):
                if name.startswith("pelvis") and side == "l":
                    continue
                label = name if name.startswith("pelvis") else f"{name}_{side}"
                part = drawn[:, s, c] if side == "r" else later(drawn[:, s, c], self.half)
                wishes[:, FREE.index(label), : part.shape[1]] = np.deg2rad(part)
        wishes *= self.person.variability
        from scipy.interpolate import make_interp_spline

        answers = wishes.reshape(count, -1) @ self.steady.answer.T
        # Longer strides are walked as a longer steady stride would be.
        places = self.plan.contacts["r"].place[:, 0]
        lengths = np.diff(places, append=2 * places[-1] - places[-2])
        whole = self.pattern.step["r"] + self.pattern.step["l"]
        answers += np.outer(self.steady.stride_s * (lengths / whole - 1), self.steady.longer)
        knots = make_interp_spline(np.arange(count) + 0.5, answers, k=3)(turns)
        return np.asarray(np.einsum(
            "tck,tk->tc", knots.reshape(len(turns), len(FREE), -1), waves(turns)
        ))  # fmt: skip

    def solved(self) -> Array:
        """Coordinate values (time × coordinate, rad and m) over the long clock."""
        from scipy.interpolate import make_interp_spline

        body = self.body
        values = np.zeros((len(self.times), len(body.coordinates)))
        for name, wish in self.wishes.items():
            if name in body.index:
                values[:, body.index[name]] = wish
        # The pelvis goes on as the places of both feet do.
        whole = self.pattern.step["r"] + self.pattern.step["l"]
        shift = whole * self.half - self.pattern.step["l"]
        going = np.zeros((len(self.times), 2))
        for side, turns in self.turns.items():
            places = self.plan.contacts[side].place.copy()
            places[:, 1] -= self.legs[side].sign * self.pattern.width / 2
            knots = make_interp_spline(np.arange(len(places)), places, k=3)
            going += 0.5 * knots(turns)
        values[:, body.index[SLIDES[0]]] += going[:, 0] + 0.5 * shift
        values[:, body.index[SLIDES[2]]] += going[:, 1]
        self._pose: Pose = place(body, values)
        self._reach(values, self._planted())
        return values

    def _reach(self, values: Array, feet: dict[str, FootPath]) -> None:
        """Move the feet by angles: a damped least-squares step (a foot's millimetre against a degree).

        A nearly straight knee would need many degrees for a millimetre: it is left there then.
        """
        chosen = levers(self.body, [
            Spot(f"calcn_{s}", at) for s in "rl" for at in ((0, 0, 0), (1, 0, 0), (0, 1, 0))
        ])  # fmt: skip
        jac = point_jacobian(self._pose, chosen, self._pose.spots(chosen.spots))
        for i, side in enumerate("rl"):
            columns = [self.body.index[f"{n}_{side}"] for n in LEG]
            J = jac[:, 3 * i : 3 * i + 3][..., columns]
            J[:, 1:] -= J[:, :1]
            foot = feet[side]
            at = self.body.segment_index[f"calcn_{side}"]
            now = self._pose.rotation[at]
            turned = (foot.rotation - now)[:, :, :2] / _LEVEL
            miss = np.hstack(
                ((foot.heel - self._pose.origin[at]) / _NEAR, turned[:, :, 0], turned[:, :, 1])
            )
            J = J.reshape(len(values), 9, -1) / np.repeat((_NEAR, _LEVEL, _LEVEL), 3)[:, None]
            normal = np.swapaxes(J, 1, 2) @ J + np.eye(len(columns)) / np.deg2rad(_GIVE) ** 2
            step = np.linalg.solve(normal, np.swapaxes(J, 1, 2) @ miss[:, :, None])
            values[:, columns] += step[:, :, 0]
            values[:, self.body.index[f"mtp_angle_{side}"]] = toe_bend(foot)

    def _planted(self) -> dict[str, FootPath]:
        """Feet where the coordinates have them, moved so that each stands still.

        A foot is planted where it comes to stand, within a centimetre or two of the plan. The move
        of a stance is a parabola over time (what the strides' variation makes), and passes over
        smoothly into the next one in swing.
        """
        from scipy.ndimage import gaussian_filter1d

        out = {}
        for side, leg in self.legs.items():
            contacts = self.plan.contacts[side]
            at = self.body.segment_index[f"calcn_{side}"]
            heel, turn = self._pose.origin[at], self._pose.rotation[at]
            found = np.arcsin(np.clip(turn[:, 1, 0], -1.0, 1.0))
            which, stance, swing = contacts.phases(self.times)
            lengths = (leg.sole, leg.toes)
            stood = standing(contacts.place[which], contacts.yaw[which], found, lengths)
            settled = _settled(contacts, stood - heel, which, stance)
            here, yaw = settled.place[which], contacts.yaw[which]
            self.plan.contacts[side] = settled
            # What harmonics and strides leave of a flat foot's pitch is pressed down.
            rests = smooth_step((stance - 0.08) / 0.1) * smooth_step((0.8 - stance) / 0.2)
            pitch = found + rests * (flattened(found, _PRESSED) - found)
            turn = turn @ turned_z(pitch - found)
            stood = standing(here, yaw, found, lengths)
            moved = heel + _moves(self.times, settled, stood - heel, which, stance)
            pressed = standing(here, yaw, pitch, lengths)
            moved += gaussian_filter1d(pressed - stood, _SMOOTH * self.rate, axis=0)
            moved[:, 1] += ABOVE
            away = smooth_step(swing / 0.5) * smooth_step((1 - swing) / 0.5)
            moved[:, 2] += leg.sign * self.pattern.detour[side] * away
            out[side] = FootPath(moved, turn, pitch, swing, pressed, stance)
        return out


def _settled(
    contacts: Contacts, miss: Array, which: npt.NDArray[np.intp], stance: Array
) -> Contacts:
    """Contacts whose places are where the feet really stand, on average over the flat stance."""
    place = contacts.place.copy()
    for k in range(len(place)):
        chosen = (which == k) & (stance > 0.2) & (stance < 0.6)
        if chosen.any():
            place[k] -= miss[chosen][:, (0, 2)].mean(axis=0)
    return replace(contacts, place=place)


def _moves(
    times: Array, contacts: Contacts, miss: Array, which: npt.NDArray[np.intp], stance: Array
) -> Array:
    """Moves (time × 3) that take `miss` away: a parabola in each stance, a quintic in each swing."""
    ends = []
    for k in range(len(contacts.strike)):
        chosen = (which == k) & (stance > 0.12) & (stance < 0.85)
        if chosen.sum() < 4:
            ends.append(np.zeros((3, 3)))
            continue
        since = times[chosen] - contacts.strike[k]
        ends.append(np.linalg.lstsq(since[:, None] ** np.arange(3), miss[chosen], rcond=None)[0])
    fits = np.stack(ends)
    whole = [k for k in range(len(fits)) if fits[k].any()]
    if whole:
        fits[: whole[0]], fits[whole[-1] + 1 :] = fits[whole[0]], fits[whole[-1]]
        for outside in (*range(whole[0]), *range(whole[-1] + 1, len(fits))):
            fits[outside, 1:] = 0.0
    since = times - contacts.strike[which]
    out = np.einsum("tj,tji->ti", since[:, None] ** np.arange(3), fits[which])
    swing = np.flatnonzero(stance > 1)
    last = which[swing]
    span = contacts.strike[last + 1] - contacts.off[last]
    u = (times[swing] - contacts.off[last]) / span
    stood = (contacts.off - contacts.strike)[last]
    a, b = fits[last], fits[last + 1]
    left = (a[:, 0] + a[:, 1] * stood[:, None] + a[:, 2] * stood[:, None] ** 2,
            (a[:, 1] + 2 * a[:, 2] * stood[:, None]) * span[:, None], 2 * a[:, 2] * span[:, None] ** 2)  # fmt: skip
    right = (b[:, 0], b[:, 1] * span[:, None], 2 * b[:, 2] * span[:, None] ** 2)
    out[swing] = sum(
        h[:, None] * part for h, part in zip(_quintic(u), (*left, *right), strict=True)
    )
    return np.asarray(out)


def _quintic(u: Array) -> tuple[Array, ...]:
    """Hermite's quintics: value, slope and bend at 0, then at 1."""
    return (1 - 10 * u**3 + 15 * u**4 - 6 * u**5, u - 6 * u**3 + 8 * u**4 - 3 * u**5,
            0.5 * u**2 - 1.5 * u**3 + 1.5 * u**4 - 0.5 * u**5, 10 * u**3 - 15 * u**4 + 6 * u**5,
            -4 * u**3 + 7 * u**4 - 3 * u**5, 0.5 * u**3 - u**4 + 0.5 * u**5)  # fmt: skip


def _periodic(curve: Array, at: Array) -> Array:
    """A curve (100 values over the stride) at phases, by its harmonics."""
    series = np.fft.rfft(curve)[:15] / len(curve)
    series[1:] *= 2
    return np.asarray((np.exp(2j * np.pi * np.outer(at, np.arange(15))) @ series).real)
