"""Running: the mass centre flies freely between steps; the rest is a compromise of wishes.

Published push and wished joint angles give the path of the mass centre (``balance``); the legs
follow to the planted feet. Since the mass centre depends on the legs this is repeated.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.body import place
from gaitsmith.body.motion import derivatives, move
from gaitsmith.units import STANDARD_GRAVITY
from gaitsmith.virtual.balance import Aim, compromise
from gaitsmith.virtual.feet import FootPath, smooth_step
from gaitsmith.virtual.going import SLIDES, Going

__all__ = ["Run"]

Array = npt.NDArray[np.float64]
#: Harmonics kept of the wished curves.
_HARMONICS = 14
#: Rounds of mass centre and legs.
_ROUNDS = 10
#: A standing knee is wished at least this bent (deg).
_LEAST_KNEE = 6.0


class Run(Going):
    """The work of one run."""

    def wished(self, rng: np.random.Generator) -> dict[str, Array]:
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

    def solved(self) -> Array:
        """Coordinate values (time × coordinate, rad and m) over the long clock."""
        body, n, g = self.body, len(self.times), STANDARD_GRAVITY
        values = np.zeros((n, len(body.coordinates)))
        for name, wish in self.wishes.items():
            if name in body.index:
                values[:, body.index[name]] = wish
        slides = [body.index[c] for c in SLIDES]
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
        air = smooth_step(1 - total / 0.05)
        heavy = np.minimum(total / 0.3, 1.0)
        push_sd, brake_sd = (x * g * (1 - air) + 1e-3 * air for x in (p.push_sd, p.brake_sd))
        for turn in range(_ROUNDS):
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


def _shares(feet: dict[str, FootPath]) -> dict[str, Array]:
    """How much each foot says about the pelvis' place; together 1."""
    total = np.maximum(sum(f.bears for f in feet.values()), 1e-6)
    return {s: f.bears / total for s, f in feet.items()}
