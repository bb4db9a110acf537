"""What speed models learn from and answer with: one row a leg and speed of one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError

__all__ = ["JOINTS", "Units", "binned"]

Array = npt.NDArray[np.float64]
Words = npt.NDArray[np.str_]

#: The joints of a unit, in this order (names without a side; degrees, vocabulary's signs).
JOINTS = ("hip_flexion", "knee_angle", "ankle_angle")


@dataclass(frozen=True)
class Units:
    """Mean stride curves of one leg at one speed each.

    Attributes
    ----------
    person, leg
        Who, and which leg (any names; the same name means the same leg of that person).
    speed
        m/s.
    count
        Strides behind each mean.
    curves
        unit × joint (:data:`JOINTS`) × 101 points from strike to strike of that leg, degrees.
    height
        m; NaN where not known.
    cadence
        steps/min; NaN where not known.
    lab, group
        Units of one laboratory (its zero, its treadmill) or group (``"stroke"``) have something
        in common.

    Raises
    ------
    GaitsmithError
        Where the columns do not fit together, a speed is not above 0, or a curve has a gap.
    """

    person: Words
    leg: Words
    speed: Array
    count: Array
    curves: Array
    height: Array
    cadence: Array
    lab: Words
    group: Words

    def __post_init__(self) -> None:
        n = len(self.speed)
        for f in fields(self):
            kind = np.str_ if f.name in ("person", "leg", "lab", "group") else np.float64
            value = np.asarray(getattr(self, f.name), dtype=kind)
            if len(value) != n:
                raise GaitsmithError("a column has another length", place=f"units, {f.name}",
                                     found=len(value), expected=str(n))  # fmt: skip
            object.__setattr__(self, f.name, value)
        if self.curves.shape != (n, len(JOINTS), 101):
            raise GaitsmithError("not curves of three joints over a stride", place="units, curves",
                                 found=self.curves.shape, expected=f"({n}, {len(JOINTS)}, 101)")  # fmt: skip
        if not np.isfinite(self.curves).all():
            raise GaitsmithError("a curve has a gap", place="units, curves", found="NaN",
                                 remedy="leave strides with gaps out")  # fmt: skip
        if not (np.isfinite(self.speed) & (self.speed > 0)).all():
            raise GaitsmithError("not a walking speed", place="units, speed", found=self.speed,
                                 expected="m/s above 0")  # fmt: skip
        if n and 0 < np.abs(self.curves).max() < 6.5:
            raise GaitsmithError(
                "the curves look like radians", place="units, curves",
                found=f"largest {np.abs(self.curves).max():.2f}", expected="degrees",
            )  # fmt: skip

    def __len__(self) -> int:
        return len(self.speed)

    @property
    def flat(self) -> Array:
        """unit × (joint · point)."""
        return self.curves.reshape(len(self), -1)

    def take(self, keep: npt.NDArray[np.bool_] | npt.NDArray[np.intp] | Sequence[int]) -> Units:
        """The rows that a mask or indices keep."""
        at = np.asarray(keep)
        at = np.flatnonzero(at) if at.dtype == bool else at.astype(np.intp)
        return Units(*(getattr(self, f.name)[at] for f in fields(self)))

    def joined(self, other: Units) -> Units:
        """These rows and those."""
        return Units(*(np.concatenate([getattr(self, f.name), getattr(other, f.name)])
                       for f in fields(self)))  # fmt: skip

    def replaced(self, **columns: npt.ArrayLike) -> Units:
        """With columns changed; a single value stands for all rows."""
        made = {}
        for f in fields(self):
            value = columns.get(f.name, getattr(self, f.name))
            made[f.name] = np.full(len(self), value) if np.ndim(value) == 0 else np.asarray(value)
        return Units(**made)

    @classmethod
    def of(
        cls, curves: Array, speed: npt.ArrayLike, leg: Sequence[str], *, person: str = "person",
        count: npt.ArrayLike = 1, height: float | None = None, cadence: npt.ArrayLike = np.nan,
        lab: str = "", group: str = "",
    ) -> Units:  # fmt: skip
        """Units of one person."""
        n = len(curves)
        fill = np.full
        return cls(
            fill(n, person), np.asarray(leg), fill(n, 0.0) + np.asarray(speed), fill(n, 0.0) + np.asarray(count),
            curves, fill(n, np.nan if height is None else height), fill(n, 0.0) + np.asarray(cadence),
            fill(n, lab), fill(n, group),
        )  # fmt: skip


def binned(
    curves: Array, speed: Array, leg: Sequence[str], cadence: Array, *, width: float = 0.1, **facts: object
) -> Units:  # fmt: skip
    """Units of one person's strides, averaged by leg in speed bins ``[k · width, (k + 1) · width)``.

    `curves` is stride × joint × 101; the unit's speed and cadence are means over its strides.
    """
    legs = np.asarray(leg)
    # A speed that was rounded onto a bound belongs above it.
    place = np.floor(np.asarray(speed) / width + 1e-9).astype(int)
    groups = [
        np.flatnonzero((legs == side) & (place == k))
        for side in np.unique(legs)
        for k in np.unique(place[legs == side])
    ]

    def mean(x: Array) -> Array:
        return np.array([x[g].mean(axis=0) for g in groups])

    return Units.of(
        mean(curves), mean(np.asarray(speed)), [str(legs[g[0]]) for g in groups],
        count=np.array([len(g) for g in groups]), cadence=mean(np.asarray(cadence)),
        **facts,  # type: ignore[arg-type]
    )  # fmt: skip
