"""Averages over people and honest intervals of differences between methods."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError

__all__ = ["Interval", "over_people", "paired_difference"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % bootstrap interval over `n` people."""

    mean: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.mean:.3g} [{self.low:.3g}, {self.high:.3g}] (n = {self.n})"


def over_people(
    values: Array | Sequence[float], people: Sequence[Hashable]
) -> dict[Hashable, float]:
    """Mean of each person's values (NaN left out), in order of first appearance."""
    values = np.asarray(values, dtype=np.float64)
    if len(values) != len(people):
        raise GaitsmithError("every value needs its person", place="argument people",
                             found=f"{len(values)} values, {len(people)} people")  # fmt: skip
    groups: dict[Hashable, list[float]] = {}
    for value, person in zip(values, people, strict=True):
        groups.setdefault(person, []).append(float(value))
    out = {}
    for person, mine in groups.items():
        known = [v for v in mine if np.isfinite(v)]
        out[person] = float(np.mean(known)) if known else float("nan")
    return out


def paired_difference(
    a: Array | Sequence[float], b: Array | Sequence[float], *, seed: int, draws: int = 2000,
    level: float = 0.95,
) -> Interval:  # fmt: skip
    """Mean of a - b over people with a percentile bootstrap interval; one value a person in each.

    People missing (NaN) in either are left out of both.
    """
    x = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    x = x[np.isfinite(x)]
    if len(x) < 2:
        mean = float(x.mean()) if len(x) else float("nan")
        return Interval(mean, float("nan"), float("nan"), len(x))
    rng = np.random.default_rng(seed)
    means = x[rng.integers(0, len(x), (draws, len(x)))].mean(axis=1)
    tail = 50 * (1 - level)
    low, high = np.percentile(means, [tail, 100 - tail])
    return Interval(float(x.mean()), float(low), float(high), len(x))
