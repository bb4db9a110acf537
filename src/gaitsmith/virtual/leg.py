"""A leg in closed form: the seven angles that put a foot where it has to be.

The generic leg has three hip axes, and a knee and an ankle whose axes run along the same z of the
shank; the subtalar axis lies oblique in the foot. For a given hip centre and a given pose of the
heel bone the subtalar angle follows from the demand that the hip lies in the plane through the
ankle across that z axis, the knee from the distance of hip and ankle, and the rest from directions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.body import Body

__all__ = ["Leg", "LegAngles", "turned_z"]

#: Foot length over stature (Drillis & Contini 1966).
FOOT = 0.152
Array = npt.NDArray[np.float64]
#: A knee gives way to being stretched from the first of these angles (deg) on, up to the second.
_SOFT, _STIFF = 22.0, 3.0


def turned_z(angle: Array) -> Array:
    """Rotations about z (time × 3 × 3) by angles (rad)."""
    out = np.zeros((*angle.shape, 3, 3))
    out[..., 0, 0] = out[..., 1, 1] = np.cos(angle)
    out[..., 1, 0] = np.sin(angle)
    out[..., 0, 1] = -out[..., 1, 0]
    out[..., 2, 2] = 1.0
    return out


@dataclass(frozen=True)
class LegAngles:
    """Angles (time, rad, canonical signs), and by how much (m) the foot is out of reach."""

    flexion: Array
    adduction: Array
    rotation: Array
    knee: Array
    ankle: Array
    subtalar: Array
    missing: Array


@dataclass(frozen=True)
class Leg:
    """Lengths (m) and joint places of one leg of a generic body.

    Attributes
    ----------
    sign
        +1 right, -1 left.
    hip
        In the pelvis frame.
    heel_from_ankle
        In the talus frame.
    axis
        Subtalar axis in the foot.
    sole
        From the heel to the toe joint; `toes`: from there to the tip (foot length is 0.152 of stature,
        Drillis & Contini 1966).
    """

    sign: float
    hip: Array
    thigh: float
    shank: float
    heel_from_ankle: Array
    axis: Array
    sole: float
    toes: float

    @classmethod
    def of(cls, body: Body, side: str, height: float) -> Leg:
        """The leg ``"r"`` or ``"l"`` of a generic body of a stature (m)."""
        sole = float(body.joint(f"mtp_{side}").on_parent.origin[0])
        subtalar = body.joint(f"subtalar_{side}")
        return cls(
            1.0 if side == "r" else -1.0,
            body.joint(f"hip_{side}").on_parent.origin,
            float(-body.joint(f"knee_{side}").on_parent.origin[1]),
            float(-body.joint(f"ankle_{side}").on_parent.origin[1]),
            subtalar.on_parent.origin,
            np.array(subtalar.rotations[0].direction),
            sole,
            FOOT * height - sole,
        )

    def length(self, knee: Array) -> Array:
        """Distance (m) from hip to ankle at a knee angle (rad): the law of cosines."""
        t, s = self.thigh, self.shank
        return np.asarray(np.sqrt(t**2 + s**2 + 2 * t * s * np.cos(knee)))

    def held(self, asked: Array) -> Array:
        """Distances (m) that the leg really takes: as asked, but a knee stays bent by 3 degrees.

        From 22 degrees on it gives way to being stretched, smoothly: a knee that locked at once
        would shake the body. A foot that is out of reach is lifted by some millimetres.
        """
        bent, straight = self.length(np.deg2rad(np.array([_SOFT, _STIFF])))
        width = 2 * (straight - bent)
        u = np.clip((asked - bent) / width, 0.0, 1.0)
        # Integral of 1 - (6u⁵ - 15u⁴ + 10u³).
        eased = width * (u - u**6 + 3 * u**5 - 2.5 * u**4)
        return np.asarray(np.where(asked > bent, bent + eased, asked))

    def ankle_of(self, heel: Array, foot: Array) -> Array:
        """Ankle centre (time × 3) of a foot with a neutral subtalar joint."""
        return np.asarray(heel - foot @ self.heel_from_ankle)

    def reach(self, pelvis: Array, hip: Array, heel: Array, foot: Array) -> LegAngles:
        """Angles that bring the heel bone to a place.

        Parameters
        ----------
        pelvis, foot
            Rotations (time × 3 × 3) of the pelvis and of the heel bone.
        hip, heel
            Places (time × 3, m) of the hip centre and of the heel bone's origin.
        """
        n = self.axis
        d = np.einsum("tji,tj->ti", foot, heel - hip)
        # The talus' z axis, seen from the foot, is z turned about the subtalar axis by minus sigma.
        cross = np.cross(n, (0.0, 0.0, 1.0))
        along = n[2] * (d @ n)
        a, b, c = d[:, 2] - along, -(d @ cross), along - self.heel_from_ankle[2]
        size = np.hypot(a, b)
        middle, half = np.arctan2(b, a), np.arccos(np.clip(-c / size, -1, 1))
        both = np.stack((middle + half, middle - half))
        both = np.mod(both + np.pi, 2 * np.pi) - np.pi
        sigma = np.where(np.abs(both[0]) < np.abs(both[1]), both[0], both[1])
        talus = foot @ _turned(n, -sigma)
        ankle = heel - talus @ self.heel_from_ankle
        z = talus[:, :, 2]
        span = ankle - hip
        asked = np.linalg.norm(span, axis=1)
        t, s = self.thigh, self.shank
        distance = self.held(asked)
        cosine = (distance**2 - t**2 - s**2) / (2 * t * s)
        knee = np.arccos(np.clip(cosine, -1, 1))
        e = span / asked[:, None]
        side = np.cross(z, e)
        ahead = np.arctan2(s * np.sin(knee), t + s * np.cos(knee))

        def down(angle: Array) -> Array:
            return np.asarray(np.cos(angle)[:, None] * e + np.sin(angle)[:, None] * side)

        thigh, shank = _frame(-down(ahead), z), _frame(-down(ahead - knee), z)
        in_hip = np.einsum("tji,tjk->tik", pelvis, thigh)
        in_ankle = np.einsum("tji,tjk->tik", shank, talus)
        return LegAngles(
            np.arctan2(-in_hip[:, 0, 1], in_hip[:, 1, 1]),
            self.sign * np.arcsin(np.clip(in_hip[:, 2, 1], -1, 1)),
            self.sign * np.arctan2(-in_hip[:, 2, 0], in_hip[:, 2, 2]),
            knee,
            np.arctan2(in_ankle[:, 1, 0], in_ankle[:, 0, 0]),
            sigma,
            asked - distance,
        )


def _turned(direction: Array, angle: Array) -> Array:
    from gaitsmith.body.kinematics import about

    return about(direction, angle)


def _frame(y: Array, z: Array) -> Array:
    """Frames (time × 3 × 3) from their y and z axes."""
    return np.stack((np.cross(y, z), y, z), axis=-1)
