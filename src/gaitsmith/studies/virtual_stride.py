"""One virtual person's walk at a speed as mean curves, for the studies of virtual people."""

from __future__ import annotations

import zlib
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.recording import Recording
from gaitsmith.studies.virtual_words import JOINTS, MOMENTS
from gaitsmith.units import STANDARD_GRAVITY
from gaitsmith.virtual import walker
from gaitsmith.virtual.people import Person

__all__ = ["GRID", "stack", "summary"]

Array = npt.NDArray[np.float64]
#: Phases (0-1) of the curves.
GRID = np.linspace(0.0, 1.0, 101)


def summary(person: Person, dimensionless: float, seconds: float = 6.0) -> dict[str, Any]:
    """Mean curves (101 points) of one person's right side, stride SD, foot off and sensors."""
    speed = dimensionless / person.dimensionless(1.0)
    # Each person's own strides: shared ones would push all people the same way.
    own = zlib.crc32(f"{person.id} {dimensionless:.2f}".encode())
    walk = walker(person, speed, seconds, seed=own)
    out: dict[str, Any] = {"speed": speed, "dimensionless": dimensionless}
    for name in JOINTS:
        strides = strides_of(walk, walk["angles"][f"{name}_r"])
        out[name] = strides.mean(axis=0)
        out[f"{name}_stride_sd"] = float(strides.std(axis=0, ddof=1).mean())
    for name in MOMENTS:
        values = walk["moments"][name.replace("_moment", "_r_moment")] / person.mass
        out[name] = strides_of(walk, values).mean(axis=0)
    for i, name in enumerate(("grf_fx", "grf_fy", "grf_fz")):
        values = walk["forces"]["foot_r"][:, i] / (person.mass * STANDARD_GRAVITY)
        out[name] = strides_of(walk, values).mean(axis=0)
    strikes, offs = (walk.events.times(k, "right") for k in ("strike", "off"))
    shares = [(offs[offs > a][0] - a) / (b - a) for a, b in pairwise(strikes)]
    out["off"] = float(np.mean(shares))
    out["foot_gyr"] = strides_of(walk, np.linalg.norm(walk["imu"]["foot_r"][:, 3:], axis=1)).mean(
        axis=0
    )
    out["foot_acc"] = strides_of(walk, np.linalg.norm(walk["imu"]["foot_r"][:, :3], axis=1)).mean(
        axis=0
    )
    angles = walk["angles"]
    out["trunk"] = float(np.mean(angles["pelvis_tilt"] + angles["lumbar_extension"]))
    out["sole"] = _sole(walk)
    return out


def _sole(walk: Recording) -> float:
    """Largest pitch (deg, no sign) of the right sole from 20 to 45 % of stance."""
    heel, toe = walk["points"]["heel_r"], walk["points"]["toe_r"]
    along = toe - heel
    pitch = np.rad2deg(np.arctan2(along[:, 1], np.hypot(along[:, 0], along[:, 2])))
    strikes, offs = (walk.events.times(k, "right") for k in ("strike", "off"))
    times = walk["points"].times
    least = [0.0]
    for a in strikes:
        for b in offs[offs > a][:1]:
            flat = (times > a + 0.2 * (b - a)) & (times < a + 0.45 * (b - a))
            least.append(float(np.abs(pitch[flat]).max(initial=0.0)))
    return max(least)


def strides_of(walk: Recording, values: Array) -> Array:
    """Right strides × 101."""
    times, strikes = walk["angles"].times, walk.events.times("strike", "right")
    return np.array([np.interp(a + GRID * (b - a), times, values) for a, b in pairwise(strikes)])


def stack(walks: list[dict[str, Any]], name: str) -> Array:
    """A curve of every walk (walk × 101)."""
    return np.stack([w[name] for w in walks])
