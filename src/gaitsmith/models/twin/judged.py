"""Scores of judged walks, what is weighed for them, and symmetric matrices as they are kept with the weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.models.twin.mixture import Weighed

__all__ = ["Group", "Judged", "packed", "unpacked"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]

# Posterior of a joint's change from which it is named.
_NAMED = 0.5


@dataclass(frozen=True)
class Judged:
    """Scores of walks.

    Attributes
    ----------
    scores
        Name -> walk × channel, calibrated (SD of normal people; NaN where not recorded).
    combined
        walk × channel: the walk's score, less for joints that are less likely changed.
    posterior
        walk × channel: chance that the joint has changed, if something has.
    threshold
        Of the greatest combined score of a walk.
    chance
        walk × channel: share of normal people with so high a greatest score.
    unexplained
        walk: how far it is beyond what changes of few joints explain (0 to 1): its joints are then ordered by size.
    explained_sd
        SD of the explanations' log evidence in normal people.
    """

    scores: dict[str, Array]
    combined: Array
    posterior: Array
    threshold: float
    chance: Array
    unexplained: Array
    explained_sd: float

    @property
    def unusual(self) -> Mask:
        """Walks whose greatest combined score passes the threshold."""
        out: Mask = np.nanmax(self.combined, axis=1) > self.threshold
        return out

    @property
    def flagged(self) -> Mask:
        """walk × channel: joints of unusual walks that have more likely changed than not; the first always."""
        first = np.nan_to_num(self.combined, nan=-np.inf)
        first = first == first.max(axis=1, keepdims=True)
        likely = np.nan_to_num(self.posterior) > _NAMED
        out: Mask = self.unusual[:, None] & (first | likely)
        return out


@dataclass(frozen=True)
class Group:
    """What is weighed of walks with the same channels and about the same speed.

    Attributes
    ----------
    rows, have, at
        Walks, their channels and numbers.
    faults
        The mixture's.
    exchange, away
        Log evidence that each channel is somebody else's, and its deviation then.
    distance
        Log of the squared distance.
    """

    rows: Index
    have: Index
    at: Index
    faults: Weighed
    exchange: Array
    away: Array
    distance: Array


def packed(matrix: Array) -> npt.NDArray[np.float32]:
    """The upper triangle."""
    return matrix[np.triu_indices(len(matrix))].astype(np.float32)


def unpacked(half: npt.NDArray[Any]) -> Array:
    """The matrix whose upper triangle this is."""
    n = int((np.sqrt(8 * len(half) + 1) - 1) / 2)
    out = np.zeros((n, n))
    out[np.triu_indices(n)] = half
    return np.asarray(out + np.triu(out, 1).T)
