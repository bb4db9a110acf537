"""When and where the feet come down: strikes, offs and places of both feet, with their variation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.virtual.feet import Contacts
from gaitsmith.virtual.pattern import Pattern
from gaitsmith.virtual.people import Person

__all__ = ["Plan", "plan"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Plan:
    """Contacts of both feet (``"r"``, ``"l"``), and the running count of strides of each."""

    contacts: dict[str, Contacts]

    def turns(self, times: Array, side: str) -> Array:
        """Strides done at each time (s) on that side's own clock; a whole number is a strike."""
        from scipy.interpolate import make_interp_spline

        strikes = self.contacts[side].strike
        spline = make_interp_spline(strikes, np.arange(len(strikes)), k=3)
        return np.asarray(spline(times))


def plan(
    pattern: Pattern, person: Person, start: float, stop: float, rng: np.random.Generator
) -> Plan:
    """Contacts that cover `start` to `stop` (s) with a stride and more to spare on either end."""
    count = int((stop - start) / pattern.stride_s * 1.25) + 8
    time_cov, length_cov, width_sd = person.stride_cov
    lengths = pattern.stride_s * (1 + time_cov * _wandering(count, rng))
    right = start - 2.4 * pattern.stride_s + np.concatenate(([0.0], np.cumsum(lengths)))
    half = 0.5 + pattern.late["l"] - pattern.late["r"]
    middle = half + 0.15 * time_cov * rng.standard_normal(count)
    strikes = {"r": right[:-1], "l": right[:-1] + middle * lengths}
    factor = 1 + length_cov * _wandering(count, rng)
    # A longer stride in time is longer in space: speed wanders less than either.
    factor = factor * lengths / pattern.stride_s
    steps = {s: pattern.step[s] * factor for s in "rl"}
    sway = width_sd / np.sqrt(2) * rng.standard_normal((2, count))
    forward: dict[str, Array] = {}
    both = np.stack((steps["l"], np.roll(steps["r"], -1)), axis=1).ravel()
    placed = np.concatenate(([0.0], np.cumsum(both)))[:-1].reshape(-1, 2)
    forward["r"], forward["l"] = placed[:, 0], placed[:, 1]
    out = {}
    for i, (side, sign) in enumerate((("r", 1.0), ("l", -1.0))):
        share = pattern.off[side] + 0.15 * time_cov * rng.standard_normal(count)
        own = np.diff(strikes[side], append=strikes[side][-1] + lengths[-1])
        aside = sign * pattern.width / 2 + sway[i]
        yaw = -sign * np.deg2rad(pattern.yaw[side] + 30 * time_cov * rng.standard_normal(count))
        out[side] = Contacts(
            strikes[side], strikes[side] + share * own,
            np.stack((forward[side], aside), axis=1), yaw,
        )  # fmt: skip
    return Plan(out)


def _wandering(count: int, rng: np.random.Generator) -> Array:
    """Unit-variance noise of strides whose neighbours are alike.

    Half of the variance is a slow drift, as the long-range correlations of stride times ask
    (Hausdorff et al. 1995, J Appl Physiol 78:349-358): here a first-order process with 0.8.
    """
    white = rng.standard_normal((2, count))
    slow = np.empty(count)
    slow[0] = white[0, 0]
    for i in range(1, count):
        slow[i] = 0.8 * slow[i - 1] + 0.6 * white[0, i]
    return np.asarray(np.sqrt(0.5) * slow + np.sqrt(0.5) * white[1])
