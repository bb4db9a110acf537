"""What people without a gait problem do at a speed, as published, in the form of units."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from gaitsmith.models.speed.units import JOINTS, Units

__all__ = ["published"]

Array = npt.NDArray[np.float64]


@cache
def _published(speed: float, height: float | None) -> Array:
    from gaitsmith.gait.reference import reference
    from gaitsmith.recording import Subject

    norm = reference("child", speed=speed, subject=Subject(height=height))
    return np.concatenate([norm.mean(j) for j in JOINTS])


def published(units: Units) -> Array:
    """unit × (joint · point): what people without a gait problem do at these speeds and heights."""
    return np.stack([
        _published(round(float(v), 3), None if np.isnan(h) else round(float(h), 2))
        for v, h in zip(units.speed, units.height, strict=True)
    ])  # fmt: skip
