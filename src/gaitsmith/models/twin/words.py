"""A deviation of a joint from its twin in plain words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["JOINT", "POSITIVE", "describe", "joint"]

Array = npt.NDArray[np.float64]

#: What positive values of a channel mean (vocabulary's signs).
POSITIVE = {
    "pelvis_tilt": "backward tilt", "pelvis_list": "drop of the right side",
    "pelvis_rotation": "turn to the left", "hip_flexion": "flexion", "hip_adduction": "adduction",
    "knee_angle": "flexion", "ankle_angle": "dorsiflexion",
}  # fmt: skip
#: Names of joints.
JOINT = {
    "pelvis_tilt": "pelvis, tilt", "pelvis_list": "pelvis, list", "pelvis_rotation": "pelvis, rotation",
    "hip_flexion": "hip, flexion", "hip_adduction": "hip, adduction", "knee_angle": "knee",
    "ankle_angle": "ankle",
}  # fmt: skip
# A deviation whose mean is at least this share of its greatest holds through the stride.
_THROUGHOUT = 0.6
# A delay (% of the stride) that takes at least this share of the deviation's square away is a delay.
_DELAY, _EXPLAINED = 2.0, 0.7


def joint(channel: str) -> str:
    """``knee_angle_r`` -> ``right knee``."""
    stem = channel[:-2] if channel.endswith(("_r", "_l")) else channel
    side = {"_r": "right ", "_l": "left "}.get(channel[-2:], "") if stem != channel else ""
    return f"{side}{JOINT[stem]}"


def _phase(at: int, off: float) -> str:
    if at < off / 3:
        return "in early stance"
    if at < 2 * off / 3:
        return "in mid stance"
    if at < off:
        return "in late stance"
    return "in swing"


def describe(channel: str, recorded: Array, twin: Array, off: float) -> str:
    """``flexion in swing 22° below the twin``; curves on the joint's own leg's cycle, off in %."""
    stem = channel[:-2] if channel.endswith(("_r", "_l")) else channel
    away = recorded - twin
    if np.abs(away).max() < 0.5:
        return "as the twin"
    moved = [np.roll(twin[:100], k) for k in range(-15, 16)]
    left = [
        float(((recorded[:100] - recorded[:100].mean() - m + m.mean()) ** 2).sum()) for m in moved
    ]
    k = int(np.argmin(left)) - 15
    if abs(k) >= _DELAY and left[k + 15] < (1 - _EXPLAINED) * float((away[:100] ** 2).sum()):
        return f"{abs(k)} % of the stride {'later' if k > 0 else 'earlier'} than the twin"
    positive = POSITIVE[stem]
    at = int(np.abs(away).argmax())
    if abs(away.mean()) > _THROUGHOUT * abs(away[at]):
        return f"{positive} through the stride {abs(away.mean()):.0f}° {'above' if away.mean() > 0 else 'below'} the twin"
    return f"{positive} {_phase(at, off)} {abs(away[at]):.0f}° {'above' if away[at] > 0 else 'below'} the twin"
