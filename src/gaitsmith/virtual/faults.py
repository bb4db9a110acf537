"""Gait faults with a known truth: each changes a person's wishes by a graded amount.

A size of 1 is a severe, still walkable fault, 0 is none; what the size means is written beside each
fault. The walk that follows keeps its feet on the ground and obeys physics as any other, so that
what a fault does elsewhere (a lower pelvis in crouch, another force) comes out by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side, other_side
from gaitsmith.errors import GaitsmithError, check_in
from gaitsmith.virtual.feet import smooth_step
from gaitsmith.virtual.pattern import GRID, Pattern

__all__ = ["FAULTS", "Fault", "apply"]

Array = npt.NDArray[np.float64]


def _window(start: float, top: float, leave: float, stop: float) -> Array:
    """Over the stride: 0 before `start`, 1 from `top` to `leave`, 0 after `stop`; may pass 1."""
    at = np.stack((GRID, GRID + 1.0))
    up = smooth_step((at - start) / (top - start))
    return np.asarray((up * smooth_step((stop - at) / (stop - leave))).max(axis=0))


def _stiff_knee(p: Pattern, s: str, size: float) -> None:
    """The knee bends up to 60 % less beyond 15 degrees in swing."""
    knee = p.angles[f"knee_angle_{s}"]
    swing = _window(0.45, 0.60, 0.92, 1.0)
    p.angles[f"knee_angle_{s}"] = knee - 0.6 * size * swing * np.maximum(knee - 15.0, 0.0)


def _foot_drop(p: Pattern, s: str, size: float) -> None:
    """The foot hangs by up to 18 degrees in swing and at contact; hip and knee lift it by up to 8."""
    p.angles[f"ankle_angle_{s}"] = p.angles[f"ankle_angle_{s}"] - 18 * size * _window(
        0.62, 0.75, 1.0, 1.08
    )
    for joint in ("hip_flexion", "knee_angle"):
        p.angles[f"{joint}_{s}"] = p.angles[f"{joint}_{s}"] + 8 * size * _window(
            0.6, 0.72, 0.85, 0.97
        )


def _crouch(p: Pattern, s: str, size: float) -> None:
    """Knee bent by up to 25 degrees more, hip by 14, ankle by 11, in stance; half of it in swing."""
    stance = 0.5 + 0.5 * _window(0.85, 1.0, 1.5, 1.7)
    for joint, amount in (("knee_angle", 25.0), ("hip_flexion", 14.0), ("ankle_angle", 11.0)):
        p.angles[f"{joint}_{s}"] = p.angles[f"{joint}_{s}"] + amount * size * stance


def _reduced_hip_extension(p: Pattern, s: str, size: float) -> None:
    """Up to 15 degrees of hip extension are lost late in stance; the other step gets up to 15 % shorter."""
    p.angles[f"hip_flexion_{s}"] = p.angles[f"hip_flexion_{s}"] + 15 * size * _window(
        0.2, 0.42, 0.55, 0.75
    )
    p.step[_other(s)] *= 1 - 0.15 * size


def _circumduction(p: Pattern, s: str, size: float) -> None:
    """The swinging foot goes out by up to 0.10 m."""
    p.detour[s] += 0.10 * size


def _hip_hike(p: Pattern, s: str, size: float) -> None:
    """The pelvis is raised by up to 8 degrees on the swinging side."""
    sign = -1.0 if s == "r" else 1.0
    lift = _on_right_clock(_window(0.55, 0.70, 0.88, 1.02), s)
    p.angles["pelvis_list"] = p.angles["pelvis_list"] + sign * 8 * size * lift
    p.angles["lumbar_bending"] = p.angles["lumbar_bending"] - sign * 6 * size * lift


def _trendelenburg(p: Pattern, s: str, size: float) -> None:
    """In stance the other side of the pelvis drops by up to 7 degrees, the trunk leans over by 8."""
    sign = -1.0 if s == "r" else 1.0
    stands = _on_right_clock(_window(0.02, 0.15, 0.45, 0.60), s)
    p.angles["pelvis_list"] = p.angles["pelvis_list"] + sign * 7 * size * stands
    p.angles["lumbar_bending"] = p.angles["lumbar_bending"] - sign * 15 * size * stands


def _short_step(p: Pattern, s: str, size: float) -> None:
    """The step that ends with this foot is up to 40 % shorter."""
    p.step[s] *= 1 - 0.4 * size


def _late_knee(p: Pattern, s: str, size: float) -> None:
    """The knee's swing comes up to 6 % of the stride later."""
    knee = p.angles[f"knee_angle_{s}"]
    shift = 0.06 * size * _window(0.40, 0.60, 0.78, 0.98)
    p.angles[f"knee_angle_{s}"] = np.interp(
        GRID - shift, np.append(GRID, 1.0), np.append(knee, knee[0])
    )


def _leg_lag(p: Pattern, s: str, size: float) -> None:
    """The leg's strike comes up to 8 % of the stride after the middle between the other's."""
    p.late[s] += 0.08 * size


def _long_stance(p: Pattern, s: str, size: float) -> None:
    """Stance takes up to 7 % of the stride longer."""
    p.off[s] = min(p.off[s] + 0.07 * size, 0.80)


def _hemiparetic(p: Pattern, s: str, size: float) -> None:
    """Several at once on one side, after descriptions of gait after stroke (Olney & Richards 1996,
    Gait Posture 4:136-148); the other foot stands longer."""
    _stiff_knee(p, s, 0.9 * size)
    _foot_drop(p, s, 0.6 * size)
    _circumduction(p, s, 0.7 * size)
    _hip_hike(p, s, 0.5 * size)
    _reduced_hip_extension(p, s, 0.6 * size)
    _long_stance(p, _other(s), 0.7 * size)
    _leg_lag(p, s, 0.4 * size)


#: Every fault by name.
FAULTS: dict[str, Callable[[Pattern, str, float], None]] = {
    "stiff_knee": _stiff_knee, "foot_drop": _foot_drop, "crouch": _crouch,
    "reduced_hip_extension": _reduced_hip_extension, "circumduction": _circumduction,
    "hip_hike": _hip_hike, "trendelenburg": _trendelenburg, "short_step": _short_step,
    "late_knee": _late_knee, "leg_lag": _leg_lag, "long_stance": _long_stance,
    "hemiparetic": _hemiparetic,
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One fault: its name (see ``FAULTS``), the side, and its size (0 none to 1 severe).

    Raises
    ------
    GaitsmithError
        On an unknown name or side, or a size outside 0 to 1.5.
    """

    name: str
    side: Side
    size: float = 1.0

    def __post_init__(self) -> None:
        check_in("fault", self.name, FAULTS)
        check_in("side", self.side, ("left", "right"))
        if not 0 <= self.size <= 1.5:
            raise GaitsmithError("not a size of a fault", place=self.name, found=self.size,
                                 expected="0 (none) to 1 (severe), at most 1.5")  # fmt: skip

    def mirrored(self) -> Fault:
        """The same on the other side."""
        return Fault(self.name, other_side(self.side), self.size)


def apply(pattern: Pattern, faults: Sequence[Fault]) -> None:
    """Change a pattern by faults, one after the other."""
    for fault in faults:
        FAULTS[fault.name](pattern, fault.side[0], fault.size)


def _other(side: str) -> str:
    return "l" if side == "r" else "r"


def _on_right_clock(curve: Array, side: str) -> Array:
    """A curve over a side's stride on the right side's clock, which midline curves follow."""
    return curve if side == "r" else np.roll(curve, 50)
