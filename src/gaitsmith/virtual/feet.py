"""Feet that stand, roll and swing without slipping or sinking.

A standing foot whose sole points up (pitch above 0) turns about its heel, one whose heel is lifted
about its toe joint until the toes are bent as far as they go, then about their tip; between them it
lies flat. The swinging foot leaves from the continued roll of
the last stance, passes through the path that the wished joint angles draw, and arrives on the roll
of the next one; every blend is twice continuously differentiable.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.virtual.leg import turned_z

__all__ = [
    "CLEAR",
    "UP",
    "Contacts",
    "FootPath",
    "flattened",
    "foot_path",
    "lifted",
    "rolled_offset",
    "smooth_step",
    "standing",
    "toe_bend",
    "toe_pitch",
]

Array = npt.NDArray[np.float64]

#: Pitch (rad) below which a standing foot is drawn flat.
_FLAT = np.deg2rad(10.0)
#: Toes bend this far (rad) before the foot tips over them, and the width over which that sets in
#: (ours; how toes bend is in Leardini et al. 2007, Gait Posture 25:453-462).
_TOES_BEND, _TOES_SOFT = np.deg2rad(32.0), np.deg2rad(16.0)
#: Shares of the swing over which a miss, its rate and its bend fade.
_FADES = (0.5, 0.25, 0.1)
#: Least height (m) of a swinging heel and toe: minimum toe clearance is 12.9 mm in young adults
#: (Winter 1992, Phys Ther 72:45-53).
CLEAR = 0.012
#: Toes of a swinging foot are held up by this (rad; ours).
UP = np.deg2rad(15.0)


def smooth_step(x: Array) -> Array:
    """0 below 0, 1 above 1, with two continuous derivatives between: 6x⁵ - 15x⁴ + 10x³."""
    u = np.clip(x, 0.0, 1.0)
    return np.asarray(u**3 * (10 + u * (6 * u - 15)))


def flattened(pitch: Array, flat: float = _FLAT) -> Array:
    """A pitch (rad) whose small values are pressed to 0 smoothly, as the ground does."""
    return np.asarray(pitch * smooth_step(np.abs(pitch) / flat))


@dataclass(frozen=True, eq=False)
class Contacts:
    """The stances of one foot, in order: times (s), heel places (m, flat foot) and yaw (rad).

    Attributes
    ----------
    strike, off
        stance.
    place
        stance × 2: forward, sideways.
    yaw
        stance; positive to the left, about the vertical.
    """

    strike: Array
    off: Array
    place: Array
    yaw: Array

    def phases(self, times: Array) -> tuple[npt.NDArray[np.intp], Array, Array]:
        """At each time: the number of the last strike, its stance (0-1, beyond 1: swing), swing (0-1)."""
        at = np.clip(np.searchsorted(self.strike, times, side="right") - 1, 0, len(self.strike) - 2)
        stance = (times - self.strike[at]) / (self.off[at] - self.strike[at])
        swing = (times - self.off[at]) / (self.strike[at + 1] - self.off[at])
        return at, stance, np.clip(swing, 0.0, 1.0)


@dataclass(frozen=True, eq=False)
class FootPath:
    """A foot over time: heel (time × 3, m), rotation (time × 3 × 3), pitch (rad), swing (0-1).

    `planted` is the heel of the foot as it stands, or is about to stand; `bears` how much it says
    about where the pelvis is: 1 in stance, from shortly before the strike on.
    """

    heel: Array
    rotation: Array
    pitch: Array
    swing: Array
    planted: Array
    bears: Array


def toe_pitch(pitch: Array) -> Array:
    """Pitch (rad) of standing toes on a foot of a pitch: flat until they are bent fully."""
    beyond = np.maximum(-pitch - _TOES_BEND, 0.0)
    return np.asarray(-beyond * smooth_step(beyond / _TOES_SOFT))


def toe_bend(foot: FootPath) -> Array:
    """Angle of the toe joint (rad): standing toes bend as the heel rises, in the air they are held up."""
    rolls = toe_pitch(foot.pitch) - np.minimum(foot.pitch, 0.0)
    up = UP * lifted(foot.swing)
    return np.asarray(rolls * (1 - smooth_step(foot.swing / 0.4)) + up)


def lifted(swing: Array) -> Array:
    """0 as a swing (0-1) begins and ends, 1 between."""
    return smooth_step(swing / 0.3) * smooth_step((1 - swing) / 0.2)


def foot_path(
    times: Array, contacts: Contacts, pitch: Array, lengths: tuple[float, float],
    wished: Array | None = None, *, outward: Array | None = None
) -> FootPath:  # fmt: skip
    """The foot's path.

    Parameters
    ----------
    times
        s.
    pitch
        time, rad: the sole's wished pitch, toes up positive.
    lengths
        Heel to toe joint, and from there to the tip of the toes (m).
    wished
        time × 3: where the wished angles would carry the heel; None: a plain arc.
    outward
        time, m: sideways detour of the swing (circumduction), positive to the right.
    """
    sole, toes = lengths
    at, stance, swing = contacts.phases(times)
    free = smooth_step(swing / 0.2) * smooth_step((1 - swing) / 0.12)
    angle = free * pitch + (1 - free) * flattened(pitch)
    turn = smooth_step(swing)
    yaw = contacts.yaw[at] + turn * (contacts.yaw[at + 1] - contacts.yaw[at])
    rotation = _about_y(yaw) @ turned_z(angle)
    here = _rolled(contacts.place[at], contacts.yaw[at], angle, sole, toes)
    there = _rolled(contacts.place[at + 1], contacts.yaw[at + 1], angle, sole, toes)
    flying = swing > 0
    inner = lifted(swing)
    if wished is None:
        heel = here + turn[:, None] * (there - here)
        heel[:, 1] += 0.04 * inner
    else:
        rolled = (angle, sole, toes)
        leave = _misses(times, wished, contacts.off, contacts, rolled)[at]
        land = _misses(times, wished, contacts.strike, contacts, rolled)[at + 1]
        air = wished + _faded(times - contacts.off[at], swing, leave)
        air += _faded(times - contacts.strike[at + 1], 1 - swing, land)
        heel = np.where(flying[:, None], air, here)
    if outward is not None:
        heel[:, 2] += outward
    low = np.minimum(heel[:, 1], heel[:, 1] + sole * np.sin(angle))
    soft = 0.004
    lift = soft * np.logaddexp(0.0, (CLEAR * inner - low) / soft)
    heel[:, 1] += lift * smooth_step(swing / 0.15) * smooth_step((1 - swing) / 0.1)
    planted = np.where((swing > 0.5)[:, None], there, here)
    early, late = 0.12, 0.15
    bears = np.where(
        flying,
        smooth_step((swing - 1 + early) / early),
        smooth_step((1 - np.clip(stance, 0, 1)) / late),
    )
    return FootPath(heel, rotation, angle, swing, planted, bears)


def _misses(
    times: Array, wished: Array, instants: Array, contacts: Contacts,
    rolled: tuple[Array, float, float],
) -> Array:  # fmt: skip
    """By how much the standing foot misses the wished path at each contact's instant.

    Returns
    -------
    Array
        contact × 3 × 3: the miss, its first and its second time derivative; from a cubic through
        the seven samples about the instant.
    """
    angle, sole, toes = rolled
    middle = np.clip(np.searchsorted(times, instants), 3, len(times) - 4)
    near = middle[:, None] + np.arange(-3, 4)
    count = len(instants)
    stand = _rolled(
        np.repeat(contacts.place, 7, axis=0), np.repeat(contacts.yaw, 7), angle[near].ravel(),
        sole, toes,
    ).reshape(count, 7, 3)  # fmt: skip
    since = times[near] - instants[:, None]
    powers = since[:, :, None] ** np.arange(4)
    fitted = np.linalg.pinv(powers) @ (stand - wished[near])
    return np.asarray(fitted[:, :3] * np.array((1.0, 1.0, 2.0))[:, None])


def _faded(since: Array, share: Array, miss: Array) -> Array:
    """A miss (time × 3 × 3, value and derivatives) that fades as `share` of the swing goes by.

    The value fades over 60 % of the swing, what its derivatives add sooner, so that neither grows.
    """
    fade = [1 - smooth_step(share / w) for w in _FADES]
    out = fade[0][:, None] * miss[:, 0] + (fade[1] * since)[:, None] * miss[:, 1]
    return np.asarray(out + (fade[2] * since**2 / 2)[:, None] * miss[:, 2])


def rolled_offset(pitch: Array, sole: float, toes: float) -> tuple[Array, Array]:
    """How far ahead and how high (m) the heel of a standing foot of a pitch lies."""
    down, tip = np.minimum(pitch, 0.0), toe_pitch(pitch)
    ahead = sole * (1 - np.cos(down)) + toes * (1 - np.cos(tip))
    high = -sole * np.sin(down) - toes * np.sin(tip)
    return np.asarray(ahead), np.asarray(high)


def standing(place: Array, yaw: Array, pitch: Array, lengths: tuple[float, float]) -> Array:
    """The heel (time × 3) of a foot planted at `place` (time × 2) with a yaw and a pitch."""
    return _rolled(place, yaw, pitch, *lengths)


def _rolled(place: Array, yaw: Array, pitch: Array, sole: float, toes: float) -> Array:
    """The heel (time × 3) of a foot planted at `place` with a pitch."""
    ahead, high = rolled_offset(pitch, sole, toes)
    return np.stack(
        (place[:, 0] + ahead * np.cos(yaw), high, place[:, 1] - ahead * np.sin(yaw)), axis=1
    )


def _about_y(angle: Array) -> Array:
    out = np.zeros((len(angle), 3, 3))
    out[:, 0, 0] = out[:, 2, 2] = np.cos(angle)
    out[:, 0, 2] = np.sin(angle)
    out[:, 2, 0] = -out[:, 0, 2]
    out[:, 1, 1] = 1.0
    return out
