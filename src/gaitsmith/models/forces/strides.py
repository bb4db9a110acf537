"""Angles by stride: what completion learns from, asks for and gives back."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.models.forces.motion import Walk
from gaitsmith.models.forces.stances import leg_length
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["COORDINATES", "PHASES", "StrideAngles", "strides_of"]

Array = npt.NDArray[np.float64]
PHASES = 51
_LEG = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle")
#: Coordinates (degrees) of a stride, from the right foot's strike.
COORDINATES = (
    "pelvis_tilt", "pelvis_list", "pelvis_rotation",
    "lumbar_extension", "lumbar_bending", "lumbar_rotation",
    *(f"{c}_{s}" for s in ("r", "l") for c in _LEG),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class StrideAngles:
    """Strides of people.

    Attributes
    ----------
    angles
        row × coordinate × 51 (degrees), from the right strike; heading counted from its mean.
    scalars
        row × 2: speed and stride time, dimensionless.
    person
        Name.
    """

    angles: Array
    scalars: Array
    person: npt.NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.angles)

    def take(self, which: npt.NDArray[np.generic]) -> StrideAngles:
        """Some of the rows."""
        return StrideAngles(self.angles[which], self.scalars[which], self.person[which])

    @staticmethod
    def joined(parts: Sequence[StrideAngles]) -> StrideAngles:
        """The rows of several."""
        return StrideAngles(
            *(
                np.concatenate([getattr(p, n) for p in parts])
                for n in ("angles", "scalars", "person")
            )
        )


def strides_of(walk: Walk, person: str = "", *, single: bool = False) -> StrideAngles:
    """The strides of a walk from right strike to right strike.

    A `single` stride is taken as periodic, from wherever it begins.
    """
    assert walk.pose is not None
    columns = _canonical(walk)
    leg = leg_length(walk)
    unit = float(np.sqrt(leg / STANDARD_GRAVITY))
    found = []
    times = []
    strikes = np.sort(walk.events.times("strike", "right"))
    low, high = walk.span
    if single and len(strikes):
        period = high - low
        start = float(strikes[int(np.argmin(np.abs(strikes - low)))])
        at = low + np.mod(start - low + np.linspace(0, 1, PHASES) * period, period)
        found.append(_sampled(walk.times, columns, at))
        times.append(period)
    elif not single:
        for a, b in itertools.pairwise(strikes):
            if a >= low - 0.02 and b <= high + 0.02 and 0.4 < b - a < 3:
                found.append(_sampled(walk.times, columns, np.linspace(a, b, PHASES)))
                times.append(b - a)
    n = len(found)
    v = walk.speed / np.sqrt(leg * STANDARD_GRAVITY)
    scalars = np.column_stack((np.full(n, v), np.array(times) / unit)) if n else np.zeros((0, 2))
    return StrideAngles(np.array(found).reshape(n, len(COORDINATES), PHASES), scalars,
                        np.array([person] * n, dtype=np.str_))  # fmt: skip


def _canonical(walk: Walk) -> dict[str, Array]:
    """Canonical degrees over the walk's continued clock."""
    assert walk.pose is not None
    body = walk.body
    own = {body.canonical[c.name]: i for i, c in enumerate(body.coordinates)}
    out = {}
    for name in COORDINATES:
        if name in own:
            out[name] = np.degrees(walk.pose.values[:, own[name]] * body.signs[own[name]])
        else:
            out[name] = np.zeros(len(walk.times))
    return out


def _sampled(times: Array, columns: Mapping[str, Array], at: Array) -> Array:
    rows = np.array([np.interp(at, times, columns[n]) for n in COORDINATES])
    heading = COORDINATES.index("pelvis_rotation")
    rows[heading] = np.degrees(np.unwrap(np.radians(rows[heading])))
    rows[heading] -= rows[heading].mean()
    return rows
