"""OpenSim's GCVSpline without smoothing: the natural spline of degree ``2 m - 1`` through knots."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError

__all__ = ["NaturalSpline"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NaturalSpline:
    """The smoothest curve through knots, by its derivative of order `half_order`.

    Woltring, Adv. Eng. Software 8 (1986) 104-113, without error variance. Beyond the knots it goes
    on as the polynomial of degree ``half_order - 1`` that it ends with.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    half_order: int = 3
    _spline: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        from scipy.interpolate import make_interp_spline

        m = self.half_order
        if not 1 <= m <= 4 or len(self.x) != len(self.y) or len(self.x) < 2 * m:
            raise GaitsmithError("a GCVSpline needs twice as many knots as its half order",
                                 found=f"{len(self.x)} x, {len(self.y)} y, half order {m}")  # fmt: skip
        if not (np.all(np.isfinite(self.y)) and np.all(np.diff(self.x) > 0)):
            raise GaitsmithError("the x of a GCVSpline do not rise", found=str(list(self.x)))
        ends: Any = [(order, 0.0) for order in range(m, 2 * m - 1)]
        spline = make_interp_spline(self.x, self.y, k=2 * m - 1, bc_type=(ends, ends) if ends else None)  # fmt: skip
        object.__setattr__(self, "_spline", spline)

    def evaluate(self, q: Array) -> tuple[Array, Array, Array]:
        """Value, first and second derivative at `q`."""
        inside = np.clip(q, self.x[0], self.x[-1])
        beyond = q - inside
        slopes = [
            np.asarray(self._spline(inside, nu=n), np.float64) for n in range(self.half_order)
        ]
        out = [np.asarray(self._spline(inside, nu=n), np.float64) for n in range(3)]
        if np.any(beyond):
            for order in range(3):
                value, term = np.zeros_like(inside), np.ones_like(inside)
                for n in range(order, self.half_order):
                    value = value + slopes[n] * term
                    term = term * beyond / (n - order + 1)
                out[order] = np.where(beyond == 0, out[order], value)
        return out[0], out[1], out[2]
