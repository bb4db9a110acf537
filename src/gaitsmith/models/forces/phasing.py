"""Strides told by the shape of whatever is known: where hips are missing, or hardly a stride is there.

Windows of the record, of every plausible length from every moment, are laid over the population's
stride; each coordinate counts by its shape (its level left out) in units of what differs between
people. The best window is the first stride; its neighbours follow it and each other. Ours.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import MissingInputError
from gaitsmith.models.forces.completion import StrideGaussian
from gaitsmith.models.forces.strides import COORDINATES, PHASES
from gaitsmith.signals import fill_gaps
from gaitsmith.streams import Stream

__all__ = ["strikes_by_shape"]

Array = npt.NDArray[np.float64]
# Strides looked for (s), the ratio of one length to the next, and the step of their beginnings (s).
_SHORTEST, _LONGEST, _RATIO, _STEP = 0.6, 2.2, 1.025, 0.02
# The first stride is looked for in so much of the record (s); the others within this share of it.
_FIRST, _NEAR = 8.0, 0.12
# A window this far (mean square, in SD of people) from the population's stride is none.
_FAR = 6.0
# Of its 51 phases so many are compared.
_EVERY = 2


class _Shapes:
    """How far windows of a record lie from the population's stride."""

    def __init__(self, angles: Stream, model: StrideGaussian, known: Sequence[str]) -> None:
        at = [COORDINATES.index(c) for c in known]
        mean, sd = model.curves()
        mean, spread = mean[at][:, ::_EVERY], np.sqrt(np.square(sd[at]).mean(axis=1))
        self.mean = (mean - mean.mean(axis=1, keepdims=True)) / spread[:, None]
        self.times = angles.times
        self.data = fill_gaps(angles.times, angles.select(list(known)).data) / spread
        self.phases = np.linspace(0, 1, PHASES)[::_EVERY]

    def far(self, starts: Array, length: float) -> Array:
        """Mean square distance of windows of one length; what lies outside the record is taken from a
        window's length earlier or later; infinite where less than half lies inside.
        """
        t = self.times
        at = starts[:, None] + length * self.phases
        before, after = at < t[0], at > t[-1]
        inside = (before | after).mean(axis=1) <= 0.5
        at = np.where(before, at + length, np.where(after, at - length, at))
        inside &= ((at >= t[0] - 1e-9) & (at <= t[-1] + 1e-9)).all(axis=1)
        out = np.full(len(starts), np.inf)
        if inside.any():
            place = np.interp(at[inside], t, np.arange(len(t)))
            low = np.clip(place.astype(int), 0, len(t) - 2)
            part = (place - low)[..., None]
            x = self.data[low] * (1 - part) + self.data[low + 1] * part
            x = x - x.mean(axis=1, keepdims=True)
            out[inside] = np.square(x - self.mean.T).mean(axis=(1, 2))
        return out

    def best(self, starts: Array, lengths: Array) -> tuple[float, float, float]:
        """Beginning, length and distance of the nearest window."""
        far = np.array([self.far(starts, float(n)) for n in lengths])
        k, i = np.unravel_index(int(np.argmin(far)), far.shape)
        return float(starts[i]), float(lengths[k]), float(far[k, i])


def strikes_by_shape(angles: Stream, model: StrideGaussian, known: Sequence[str]) -> Array:
    """Times (s) of right strikes, two or more.

    Parameters
    ----------
    angles
        With the `known` coordinates (degrees).

    Raises
    ------
    MissingInputError
        Where no stretch of the record is like a stride.
    """
    shapes, t = _Shapes(angles, model, known), angles.times
    longest = min(_LONGEST, float(t[-1] - t[0]))
    count = (
        max(1, int(np.log(longest / _SHORTEST) / np.log(_RATIO)) + 1) if longest > _SHORTEST else 0
    )
    if not count:
        raise MissingInputError("no stride was found", place="completion", found=f"{t[-1] - t[0]:.2f} s of motion",
                                expected=f"a stride of {_SHORTEST} s or more")  # fmt: skip
    lengths = _SHORTEST * (longest / _SHORTEST) ** np.linspace(0, 1, count)
    first = np.arange(t[0] - 0.5 * longest, min(t[-1], t[0] + _FIRST), _STEP)
    start, length, far = shapes.best(first, lengths)
    if far > _FAR:
        raise MissingInputError("no stride was found", place="completion",
                                found=f"the nearest stretch is {far**0.5:.1f} SD of people from a stride",
                                expected="walking")  # fmt: skip
    ahead = _followed(shapes, start, length, 1)
    behind = _followed(shapes, start, length, -1)
    return np.array([*behind[::-1], *ahead])


def _followed(shapes: _Shapes, start: float, length: float, sign: int) -> list[float]:
    """Strikes from a stride on, its end first (sign 1), or before it, its beginning first (-1)."""
    near = np.linspace(1 - _NEAR, 1 + _NEAR, 13)
    own, out = length, [start + length if sign > 0 else start]
    while True:
        guess = out[-1] if sign > 0 else out[-1] - own
        a, n, far = shapes.best(guess + own * (near - 1), own * near)
        if not np.isfinite(far):
            return out
        shared, beyond = (a, a + n) if sign > 0 else (a + n, a)
        out[-1] = 0.5 * (out[-1] + shared)
        out.append(beyond)
        own = n
