"""How the two legs differ: joint by joint in degrees, and which leg is further from normal people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gaitsmith.models.twin.walks import LEGS
from gaitsmith.models.twin.words import JOINT

if TYPE_CHECKING:
    from gaitsmith.models.twin.api import Finding

__all__ = ["Asymmetry", "asymmetries", "leg_posture", "words"]

# Legs whose mean postures differ by less (SD of normal people) are not told apart. Ours.
_APART = 0.5


@dataclass(frozen=True)
class Asymmetry:
    """One joint of both legs, each on its own leg's cycle.

    Attributes
    ----------
    joint
        ``knee_angle``, …
    apart
        Root mean square difference of the two curves, degrees.
    right, left
        Range of motion, degrees.
    """

    joint: str
    apart: float
    right: float
    left: float


def asymmetries(findings: Sequence[Finding]) -> tuple[Asymmetry, ...]:
    """Of every joint that was recorded on both legs, the greatest first."""
    by_name = {f.channel: f.recorded for f in findings}
    out = []
    for joint in LEGS:
        right, left = by_name.get(f"{joint}_r"), by_name.get(f"{joint}_l")
        if right is not None and left is not None:
            apart = float(np.sqrt(np.mean((right - left) ** 2)))
            out.append(Asymmetry(joint, apart, float(np.ptp(right)), float(np.ptp(left))))
    return tuple(sorted(out, key=lambda a: -a.apart))


def _further(findings: Sequence[Finding], joints: Sequence[str]) -> tuple[str, float, float] | None:
    """The first of these joints whose postures (right, left) differ and one of which is further from the
    mean than normal people usually are (above 0, or outside their band): nearer than that says nothing."""
    by_name = {f.channel: f for f in findings}
    for j in joints:
        right, left = by_name[f"{j}_r"], by_name[f"{j}_l"]
        far = right if right.posture > left.posture else left
        if abs(right.posture - left.posture) >= _APART and (far.posture > 0 or far.outside):
            return j, right.posture, left.posture
    return None


def leg_posture(findings: Sequence[Finding]) -> tuple[float, float] | None:
    """Mean posture score of the right and the left leg's curves that both have."""
    by_name = {f.channel: f.posture for f in findings}
    both = [j for j in LEGS if f"{j}_r" in by_name and f"{j}_l" in by_name]
    if not both:
        return None
    right, left = (float(np.mean([by_name[f"{j}_{s}"] for j in both])) for s in "rl")
    return right, left


def words(findings: Sequence[Finding]) -> str:
    """Both in two sentences; empty where only one leg was recorded."""
    found, legs = asymmetries(findings), leg_posture(findings)
    if not found or legs is None:
        return ""
    most = found[0]
    said = (
        f"Left and right differ most at the {JOINT[most.joint].replace(',', '')} ({most.apart:.0f}° root mean square; range "
        f"{most.right:.0f}° right, {most.left:.0f}° left)."
    )  # fmt: skip
    right, left = legs
    if abs(right - left) < _APART or max(right, left) <= 0.0:
        one = _further(findings, [a.joint for a in found])
        if one is None:
            return f"{said} Both legs are about as far from normal people."
        joint, right, left = one
        side, other = ("right", "left") if right > left else ("left", "right")
        return (f"{said} The {side} {JOINT[joint].replace(',', '')} is further from normal people than the {other} one "
                f"(posture {max(right, left):.1f} against {min(right, left):.1f} SD); over all joints of the legs there is no such difference.")  # fmt: skip
    side, other = ("right", "left") if right > left else ("left", "right")
    return (f"{said} The {side} leg is further from normal people than the {other} one "
            f"(posture {max(right, left):.1f} against {min(right, left):.1f} SD on average).")  # fmt: skip
