"""How coordinates of a body and joints of its MJCF belong to each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.body.functions import Function
from gaitsmith.body.tree import Body

__all__ = ["Dof", "Layout"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Dof:
    """One joint of the MJCF: its value is ``function(coordinate)``, or the coordinate itself.

    `through` is the function that gives the coordinate from the one that it follows, outermost
    last, and `coordinate` the free one at the end.
    """

    name: str
    coordinate: str
    through: tuple[Function, ...] = ()

    @property
    def helper(self) -> bool:
        """Whether it only follows a coordinate."""
        return bool(self.through)

    def evaluate(self, q: Array) -> tuple[Array, Array, Array]:
        """Value, first and second derivative by the coordinate."""
        value, rate, bend = q, np.ones_like(q), np.zeros_like(q)
        for f in self.through:
            value, slope, curve = f.evaluate(value)
            rate, bend = slope * rate, curve * rate**2 + slope * bend
        return value, rate, bend


@dataclass(frozen=True)
class Layout:
    """How coordinates of the body become positions, speeds and accelerations of the MJCF."""

    body: Body
    dofs: tuple[Dof, ...]

    def state(
        self, values: Array, speed: Array | None = None, acceleration: Array | None = None
    ) -> tuple[Array, Array, Array]:
        """``qpos``, ``qvel``, ``qacc`` (time × joint) from the body's own (time × coordinate)."""
        v = np.zeros_like(values) if speed is None else speed
        a = np.zeros_like(values) if acceleration is None else acceleration
        out = np.empty((3, len(values), len(self.dofs)))
        for i, dof in enumerate(self.dofs):
            at = self.body.index[dof.coordinate]
            value, rate, bend = dof.evaluate(values[:, at])
            out[:, :, i] = value, rate * v[:, at], rate * a[:, at] + bend * v[:, at] ** 2
        return out[0], out[1], out[2]

    def generalised(self, force: Array, values: Array) -> Array:
        """Generalised forces (time × coordinate) from those on the joints (time × joint)."""
        out = np.zeros((len(force), len(self.body.coordinates)))
        for i, dof in enumerate(self.dofs):
            at = self.body.index[dof.coordinate]
            out[:, at] += dof.evaluate(values[:, at])[1] * force[:, i]
        return out

    def values(self, qpos: Array) -> Array:
        """Coordinate values (time × coordinate) from ``qpos`` (time × joint)."""
        out = np.zeros((len(qpos), len(self.body.coordinates)))
        for i, dof in enumerate(self.dofs):
            if not dof.helper:
                out[:, self.body.index[dof.coordinate]] = qpos[:, i]
        for c in self.body.couplings:
            lead, follow = self.body.index[c.independent], self.body.index[c.dependent]
            out[:, follow] = c.function.evaluate(out[:, lead])[0]
        return out
