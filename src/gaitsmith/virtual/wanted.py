"""What a pattern asks of a stride, at its phases: curves, feet, their pitch and their push."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.body import Body
from gaitsmith.virtual.feet import flattened, smooth_step
from gaitsmith.virtual.fourier import BASIS, PHASES, N, fitted
from gaitsmith.virtual.leg import Leg
from gaitsmith.virtual.pattern import GRID, STANCE, Pattern

__all__ = ["FREE", "LEG", "Foot", "feet_of", "wished_curves", "wished_pitch", "wished_push"]

Array = npt.NDArray[np.float64]

#: Coordinates of a leg that are found.
LEG = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle",
          "subtalar_angle")  # fmt: skip
_SLIDES = ("pelvis_tx", "pelvis_ty", "pelvis_tz")
_TRUNK = ("pelvis_tilt", "pelvis_list", "pelvis_rotation", "lumbar_extension", "lumbar_bending",
          "lumbar_rotation")  # fmt: skip
#: Coordinates that are found.
FREE = (*_SLIDES, *_TRUNK, *(f"{n}_{s}" for s in "rl" for n in LEG))


@dataclass(eq=False)
class Foot:
    """One foot at the phases: what is wished and known of its stance (rad, m, shares of the stride)."""

    side: str
    leg: Leg
    start: float
    off: float
    place: tuple[float, float]  # forward as a share of the stride's length, sideways (m)
    yaw: float

    def __post_init__(self) -> None:
        since = np.mod(PHASES - self.start, 1.0)
        self.stance = since < self.off
        self.u = np.clip(since / self.off, 0, 1)
        self.swing = np.clip((since - self.off) / (1 - self.off), 0, 1)
        # How far the stride has gone on since the strike of this foot's stance.
        self.gone = self.start + since
        self.turns = np.where(self.gone >= 1.0, 1.0, 0.0)
        self.free = smooth_step(self.swing / 0.2) * smooth_step((1 - self.swing) / 0.12)


def feet_of(legs: dict[str, Leg], pattern: Pattern) -> list[Foot]:
    """Right and left foot of a pattern."""
    p = pattern
    whole = p.step["r"] + p.step["l"]
    return [
        Foot("r", legs["r"], 0.0, p.off["r"], (0.0, p.width / 2), -np.deg2rad(p.yaw["r"])),
        Foot("l", legs["l"], _half(p), p.off["l"], (p.step["l"] / whole, -p.width / 2),
             np.deg2rad(p.yaw["l"])),
    ]  # fmt: skip


def _half(pattern: Pattern) -> float:
    """When, as a share of the right stride, the left foot strikes."""
    return 0.5 + pattern.late["l"] - pattern.late["r"]


def wished_curves(body: Body, pattern: Pattern) -> tuple[Array, Array]:
    """Wished curves on the right side's clock.

    Returns
    -------
    fixed, wish
        values and derivatives by phase of what is not found (3 × time × coordinate of the body);
        coefficients of ``FREE`` (coordinate × coefficient, rad).
    """
    fixed = np.zeros((3, N, len(body.coordinates)))
    wished = np.zeros((len(FREE), 100))
    for name, curve in pattern.angles.items():
        if name not in body.index:
            continue
        shift = _half(pattern) if name.endswith("_l") else 0.0
        own = np.interp(np.mod(GRID - shift, 1.0), np.append(GRID, 1.0), np.append(curve, curve[0]))
        if name in FREE:
            wished[FREE.index(name)] = np.deg2rad(own)
        else:
            for d in range(3):
                fixed[d, :, body.index[name]] = np.deg2rad(BASIS[d] @ fitted(own))
    return fixed, fitted(wished)


def wished_push(pattern: Pattern, feet: list[Foot]) -> tuple[Array, Array, Array]:
    """Wished sum of forces (time × 3, body weights) and centre of pressure (time × 3, m), of which
    what lies ahead in stride lengths (time) stands apart."""
    p = pattern
    total, aim = np.zeros((N, 3)), np.zeros((N, 3))
    ahead = np.zeros(N)  # of the pressure, in stride lengths
    for foot in feet:
        sign = foot.leg.sign
        force = np.stack([np.where(foot.stance, np.interp(foot.u, STANCE, c[foot.side]), 0.0)
                          for c in (p.brake, p.push, p.aside)], axis=1)  # fmt: skip
        force[:, 2] *= sign
        along = np.interp(foot.u, STANCE, p.pressure[foot.side])
        total += force
        aim[:, 0] += force[:, 1] * along * np.cos(foot.yaw)
        aim[:, 2] += force[:, 1] * (foot.place[1] - along * np.sin(foot.yaw))
        ahead += force[:, 1] * (foot.place[0] - foot.turns)
    up = np.maximum(total[:, 1], 1e-3)
    pressure = aim / up[:, None]
    ahead = ahead / up
    total[:, 1] /= total[:, 1].mean()
    total[:, 0] -= total[:, 0].mean()
    total[:, 2] -= total[:, 2].mean()
    return total, pressure, ahead


def wished_pitch(wish: Array, foot: Foot) -> Array:
    """Wished pitch (rad) of a foot, pressed flat where it stands flat."""
    curves = dict(zip(FREE, (BASIS[0] @ wish.T).T, strict=True))
    s = foot.side
    pitch = (
        curves["pelvis_tilt"]
        + curves[f"hip_flexion_{s}"]
        - curves[f"knee_angle_{s}"]
        + curves[f"ankle_angle_{s}"]
    )
    level = pitch[foot.stance & (foot.u > 0.2) & (foot.u < 0.5)].mean()
    return np.asarray(flattened(pitch - level))
