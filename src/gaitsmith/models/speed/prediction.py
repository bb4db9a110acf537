"""What the default speed model answers with: mean curves, their uncertainty, cadence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Z90", "Prediction"]

Array = npt.NDArray[np.float64]
# Half width of a central 90 % band of a normal variable, in SD.
Z90 = 1.6449


@dataclass(frozen=True)
class Prediction:
    """Curves at target speeds.

    Attributes
    ----------
    speed, leg
        Of each row (m/s; names as in the sources).
    mean, sd
        row × joint × 101, degrees: the leg's mean curve and its calibrated SD.
    cadence, cadence_sd
        steps/min, and its SD.
    misfit
        How unusual the sources are for the population: 1 = as expected.
    """

    speed: Array
    leg: tuple[str, ...]
    mean: Array
    sd: Array
    cadence: Array
    cadence_sd: Array
    misfit: float
    _basis: Array
    _root: Array

    @property
    def stride_length(self) -> Array:
        """m: 120 · speed / cadence."""
        return np.asarray(120.0 * self.speed / self.cadence)

    def band(self, z: float = Z90) -> tuple[Array, Array]:
        """Lower and upper bound of the central band; 90 % by default."""
        return self.mean - z * self.sd, self.mean + z * self.sd

    def draw(self, count: int, rng: np.random.Generator) -> Array:
        """sample × row × joint × 101: plausible mean curves of this person, rows drawn together."""
        k, m = self._root.shape[0], len(self.speed)
        noise = rng.standard_normal((count, k, m, 1))
        scores = (self._root[None] @ noise)[..., 0].transpose(0, 2, 1)
        return self.mean + (scores @ self._basis).reshape(count, *self.mean.shape)
