"""What the twin learns from and judges: one row a walk, all joints on one clock.

A walk is the mean (or a single) stride of one trial: eleven curves on the clock of the right foot,
from its strike to its next. Curves that were not recorded are NaN as a whole. The left leg's
curves stand on the same clock, half a stride late in a symmetric walk, so that a leg that lags
behind the other is seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError

__all__ = ["CHANNELS", "LEGS", "MIDLINE", "Walks", "joined", "leg_channels"]

Array = npt.NDArray[np.float64]
Words = npt.NDArray[np.str_]

#: Curves of the pelvis.
MIDLINE = ("pelvis_tilt", "pelvis_list", "pelvis_rotation")
#: Curves of one leg.
LEGS = ("hip_flexion", "hip_adduction", "knee_angle", "ankle_angle")
#: All curves of a walk, in this order.
CHANNELS = (*MIDLINE, *(f"{n}_r" for n in LEGS), *(f"{n}_l" for n in LEGS))
# Mirroring: the legs change places, list and rotation change sign, and the clock is that of the
# foot that is now the right one.
_SWAPPED = np.array([0, 1, 2, 7, 8, 9, 10, 3, 4, 5, 6])
_SIGNS = np.array([1.0, -1, -1, 1, 1, 1, 1, 1, 1, 1, 1])


def leg_channels(side: str) -> npt.NDArray[np.intp]:
    """Indices in :data:`CHANNELS` of the curves of one leg (``"r"`` or ``"l"``)."""
    return np.array([i for i, c in enumerate(CHANNELS) if c.endswith(f"_{side}") and i > 2])


@dataclass(frozen=True)
class Walks:
    """Mean stride curves of walks.

    Attributes
    ----------
    curves
        walk × channel (:data:`CHANNELS`) × 101 points, degrees, NaN where not recorded.
    speed
        Dimensionless, v / sqrt(g · leg length); NaN where not known.
    person
        Who.
    lab
        Laboratory (its marker set and filter are common to its people).
    strides
        How many strides each is the mean of.
    late
        Share of the stride by which the left strike follows the right one (0.5 in a symmetric walk).

    Raises
    ------
    GaitsmithError
        Where the columns do not fit together or the curves look like radians.
    """

    curves: Array
    speed: Array
    person: Words
    lab: Words
    strides: Array
    late: Array

    def __post_init__(self) -> None:
        n = len(self.curves)
        for f in fields(self):
            kind = np.str_ if f.name in ("person", "lab") else np.float64
            value = np.asarray(getattr(self, f.name), dtype=kind)
            value = np.broadcast_to(value, (n,)) if value.ndim == 0 else value
            if len(value) != n:
                raise GaitsmithError("a column has another length", place=f"walks, {f.name}",
                                     found=len(value), expected=str(n))  # fmt: skip
            object.__setattr__(self, f.name, value)
        if self.curves.shape != (n, len(CHANNELS), 101):
            raise GaitsmithError("not curves of a walk", place="walks, curves", found=self.curves.shape,
                                 expected=f"walks × {len(CHANNELS)} channels × 101 points")  # fmt: skip
        known = np.isfinite(self.curves)
        if (known.any(axis=2) != known.all(axis=2)).any():
            raise GaitsmithError("a curve has a gap", place="walks, curves", found="NaN in a part of a stride",
                                 remedy="leave the curve out as a whole (NaN), or fill the gap")  # fmt: skip
        if n and known.any() and 0 < np.nanmax(np.abs(self.curves)) < 3.2:
            raise GaitsmithError("the curves look like radians", place="walks, curves",
                                 found=f"largest {np.nanmax(np.abs(self.curves)):.2f}", expected="degrees")  # fmt: skip
        if np.any(self.speed <= 0):
            raise GaitsmithError("not a walking speed", place="walks, speed", found=self.speed,
                                 expected="dimensionless, above 0")  # fmt: skip

    def __len__(self) -> int:
        return len(self.curves)

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """walk × channel: whether it was recorded."""
        return np.asarray(np.isfinite(self.curves).all(axis=2))

    def take(self, keep: npt.ArrayLike) -> Walks:
        """The walks that a mask or indices keep."""
        at = np.asarray(keep)
        at = np.flatnonzero(at) if at.dtype == bool else at.astype(np.intp)
        return Walks(*(getattr(self, f.name)[at] for f in fields(self)))

    def replaced(self, **columns: npt.ArrayLike) -> Walks:
        """With columns changed; a single value stands for all walks."""
        return Walks(**{f.name: columns.get(f.name, getattr(self, f.name)) for f in fields(self)})

    def only(self, channels: Sequence[str]) -> Walks:
        """With every other channel taken away."""
        curves = self.curves.copy()
        curves[:, [i for i, c in enumerate(CHANNELS) if c not in channels]] = np.nan
        return self.replaced(curves=curves)

    def mirrored(self) -> Walks:
        """Right and left exchanged; the clock is then that of the former left foot."""
        late = np.where(np.isfinite(self.late), self.late, 0.5)
        turned = self.curves[:, _SWAPPED] * _SIGNS[:, None]
        return self.replaced(curves=rolled(turned, -late), late=1.0 - late)

    def means(self) -> Walks:
        """One walk a person: the mean over the person's walks (channels that all of them have)."""
        rows = []
        for p in dict.fromkeys(self.person.tolist()):
            mine = self.take(self.person == p)
            rows.append(Walks(
                mine.curves.mean(axis=0)[None], mine.speed.mean()[None], mine.person[:1], mine.lab[:1],
                mine.strides.sum()[None], mine.late.mean()[None],
            ))  # fmt: skip
        return joined(rows)

    def digest(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of people, speeds and curves."""
        h = hashlib.sha256("|".join(self.person).encode())
        for array in (self.speed, self.curves):
            h.update(np.ascontiguousarray(np.round(np.nan_to_num(array, nan=-999.0), 9)).tobytes())
        return h.hexdigest()[:16]


def joined(parts: Sequence[Walks]) -> Walks:
    """All walks of several."""
    return Walks(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Walks)))


def rolled(curves: Array, by: Array) -> Array:
    """Cyclic curves (walk × channel × 101) delayed by a share of the stride, one a walk."""
    x = np.arange(100.0)
    closed = curves[..., :100].copy()
    closed[..., 0] = 0.5 * (curves[..., 0] + curves[..., 100])
    out = np.empty_like(curves)
    for i, d in enumerate(np.broadcast_to(by, len(curves))):
        at = (x - 100 * d) % 100
        low = np.floor(at).astype(int) % 100
        share = at - np.floor(at)
        out[i, :, :100] = closed[i][:, low] * (1 - share) + closed[i][:, (low + 1) % 100] * share
    out[..., 100] = out[..., 0]
    return out
