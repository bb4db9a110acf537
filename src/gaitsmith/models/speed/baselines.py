"""Simple predictors that stand in every table beside the default.

Each is learnt by ``fit(units)`` and asked by ``predict(sources, speeds)`` for the mean curves of
the sources' one leg: speed × joint × 101. With several sources, the copies start from the nearest
one (ties to the slower).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from gaitsmith.models.speed import change
from gaitsmith.models.speed.mixed import MIDDLE
from gaitsmith.models.speed.published import published
from gaitsmith.models.speed.units import Units

__all__ = ["BASELINES", "Copy", "CopyLinear", "CopyShrunk", "PopulationMean", "Ridge"]

Array = npt.NDArray[np.float64]

# A person's slope counts by S / (S + this), S the sum of squared speeds about their mean (m²/s²):
# somebody with two near speeds says little.
_SLOPE_TRUST = 0.3


def _nearest(sources: Units, speeds: Array) -> npt.NDArray[np.intp]:
    order = np.argsort(sources.speed, kind="stable")
    far = np.round(np.abs(speeds[:, None] - sources.speed[order][None]), 9)
    return np.asarray(order[np.argmin(far, axis=1)])


def mean_slope(units: Units) -> Array:
    """Change of the curve by m/s (joint × 101): mean of the people's own within-leg slopes."""
    total, weight = np.zeros(units.curves.shape[1:]), 0.0
    for person in np.unique(units.person):
        across, spread = np.zeros_like(total), 0.0
        for leg in np.unique(units.leg[units.person == person]):
            at = (units.person == person) & (units.leg == leg)
            v = units.speed[at] - units.speed[at].mean()
            across = across + np.tensordot(v, units.curves[at], 1)
            spread += float(v @ v)
        total = total + across / (spread + _SLOPE_TRUST)
        weight += spread / (spread + _SLOPE_TRUST)
    return total / weight


def population_line(units: Units) -> Array:
    """(slope, level at the middle speed) × joint × 101: least squares, people weighing the same."""
    w = np.sqrt(change.person_weights(units))[:, None]
    X = np.vander(units.speed - MIDDLE, 2)
    found = np.linalg.lstsq(X * w, units.flat * w, rcond=None)[0]
    return np.asarray(found.reshape(2, *units.curves.shape[1:]), dtype=np.float64)


@dataclass(frozen=True)
class Copy:
    """The source's curves, as they are."""

    @classmethod
    def fit(cls, units: Units) -> Self:  # noqa: ARG003
        """Nothing is learnt."""
        return cls()

    def predict(self, sources: Units, speeds: Array) -> Array:
        """The nearest source."""
        return sources.curves[_nearest(sources, speeds)]


@dataclass(frozen=True)
class CopyLinear:
    """The source's curves plus the population's linear change with speed."""

    slope: Array

    @classmethod
    def fit(cls, units: Units) -> Self:
        """The mean slope."""
        return cls(mean_slope(units))

    def predict(self, sources: Units, speeds: Array) -> Array:
        """The nearest source, changed."""
        at = _nearest(sources, speeds)
        step = (speeds - sources.speed[at])[:, None, None]
        return np.asarray(sources.curves[at] + step * self.slope)


@dataclass(frozen=True)
class PopulationMean:
    """The population at the wanted speed; nothing of the person."""

    line: Array

    @classmethod
    def fit(cls, units: Units) -> Self:
        """The population's line."""
        return cls(population_line(units))

    def predict(self, sources: Units, speeds: Array) -> Array:  # noqa: ARG002
        """The line at the speeds."""
        return np.tensordot(np.vander(speeds - MIDDLE, 2), self.line, 1)


@dataclass(frozen=True)
class CopyShrunk:
    """The population at the wanted speed plus the person's deviation, shrunk with |Δv|.

    The share that persists, a · exp(-|Δv| / d), is the least-squares one over the training pairs
    (two bands of |Δv| give a and d).
    """

    line: Array
    share: float
    decay: float

    @classmethod
    def fit(cls, units: Units) -> Self:
        """The line, and what persists of deviations from it."""
        line = population_line(units)
        own = units.curves - np.tensordot(np.vander(units.speed - MIDDLE, 2), line, 1)
        t, s = change.pairs(units).T
        far = np.abs(units.speed[t] - units.speed[s])
        near = far < np.median(far)

        def kept(at: npt.NDArray[np.bool_]) -> float:
            return float((own[t][at] * own[s][at]).sum() / np.square(own[s][at]).sum())

        if not near.any():
            # One distance only: nothing is told of how the share falls.
            return cls(line, min(1.0, max(kept(~near), 0.05)), np.inf)
        a, b = max(kept(near), 0.05), max(kept(~near), 0.04)
        gap = float(far[~near].mean() - far[near].mean())
        decay = gap / max(np.log(a / b), 1e-3)
        return cls(line, min(1.0, a * float(np.exp(far[near].mean() / decay))), decay)

    def predict(self, sources: Units, speeds: Array) -> Array:
        """Of the nearest source."""
        at = _nearest(sources, speeds)
        mean = np.tensordot(np.vander(speeds - MIDDLE, 2), self.line, 1)
        there = np.tensordot(np.vander(sources.speed[at] - MIDDLE, 2), self.line, 1)
        keep = self.share * np.exp(-np.abs(speeds - sources.speed[at]) / self.decay)
        return np.asarray(mean + keep[:, None, None] * (sources.curves[at] - there))


@dataclass(frozen=True)
class Ridge:
    """Ridge regression from the source's curve and both speeds to the change."""

    weights: Mapping[str, Array]

    @classmethod
    def fit(cls, units: Units, components: int = 20, ridge: float = 3.0) -> Self:
        """On principal curves of the training people, without the published change."""
        share = change.person_weights(units)
        mean = share @ units.flat
        V = np.linalg.svd((units.flat - mean) * np.sqrt(share)[:, None], full_matrices=False)[2]
        basis = V[: min(components, len(units) - 1)]
        scores = (units.flat - mean) @ basis.T
        return cls({"mean": mean, "basis": basis, **change.fit(units, scores, ridge)})

    def predict(self, sources: Units, speeds: Array) -> Array:
        """From the nearest source."""
        at, w = _nearest(sources, speeds), self.weights
        scores = (sources.flat[at] - w["mean"]) @ w["basis"].T
        own = (scores - change.line(sources.speed[at], w["line"])) / float(w["scale"])
        step = change.features(own, sources.speed[at], speeds) @ w["change"] @ w["basis"]
        return np.asarray((sources.flat[at] + step).reshape(len(at), *sources.curves.shape[1:]))


@dataclass(frozen=True)
class CopyPublished:
    """The source's curves plus the change that Schwartz (2008) published; nothing is learnt here."""

    @classmethod
    def fit(cls, units: Units) -> Self:  # noqa: ARG003
        """Nothing is learnt."""
        return cls()

    def predict(self, sources: Units, speeds: Array) -> Array:
        """Of the nearest source."""
        near = sources.take(_nearest(sources, speeds))
        step = published(near.replaced(speed=speeds)) - published(near)
        return np.asarray(near.curves + step.reshape(near.curves.shape))


#: Name -> function that learns one from units.
BASELINES: dict[str, Callable[[Units], Any]] = {
    "copy": Copy.fit,
    "copy + linear delta": CopyLinear.fit,
    "copy + published delta": CopyPublished.fit,
    "population + shrunk deviation": CopyShrunk.fit,
    "ridge": Ridge.fit,
    "population mean": PopulationMean.fit,
}
