"""Errors by method, person and number of cycles; folds; the simple methods of the few-shot study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.gait.metrics.people import paired_difference
from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.models.fewshot.default import FewShot

__all__ = [
    "FOLDS",
    "KS",
    "SEED",
    "Tally",
    "baselines",
    "difference",
    "folds",
    "interpolated",
    "number",
]

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
SEED = 0
KS = (1, 5)
FOLDS = 5


class Tally:
    """Values by name, person and number of cycles."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, list[float]]] = {}

    def add(self, name: str, person: str, value: float) -> None:
        """One value more."""
        self._values.setdefault(name, {}).setdefault(person, []).append(float(value))

    def people(self, name: str) -> dict[str, float]:
        """Each person's mean."""
        return {p: float(np.mean(v)) for p, v in sorted(self._values[name].items())}

    def mean(self, name: str) -> float:
        """Mean over people."""
        return float(np.mean(list(self.people(name).values())))

    def names(self) -> list[str]:
        """In order of first appearance."""
        return list(self._values)

    def values(self) -> dict[str, dict[str, list[float]]]:
        """All of them: name -> person -> values."""
        return self._values

    def update(self, values: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
        """Those of another tally in addition."""
        for name, people in values.items():
            for person, some in people.items():
                for value in some:
                    self.add(name, person, value)

    def __contains__(self, name: str) -> bool:
        return name in self._values


def folds(people: list[str], seed: int = SEED, k: int = FOLDS) -> Iterator[tuple[list[str], list[str]]]:  # fmt: skip
    """People to learn from, people to test on (``datasets.splits`` cuts the same way)."""
    order = np.random.default_rng(seed).permutation(len(people))
    for part in np.array_split(order, k):
        test = [people[i] for i in part]
        yield [p for p in people if p not in test], test


def difference(tally: Tally, a: str, b: str) -> dict[str, Any]:
    """a − b over people: interval, how many are better, the worst."""
    x, y = tally.people(a), tally.people(b)
    names = [p for p in x if p in y]
    gap = paired_difference([x[p] for p in names], [y[p] for p in names], seed=SEED)
    each = {p: x[p] - y[p] for p in names}
    return {
        "mean": gap.mean, "low": gap.low, "high": gap.high, "people": len(names),
        "better": int(sum(v < 0 for v in each.values())), "worst": float(max(each.values())),
        "by_person": each,
    }  # fmt: skip


def baselines(model: FewShot, z: Array, expected: Array, support: Rows, queries: Rows) -> dict[str, Array]:  # fmt: skip
    """Predictions (z) of the simple methods; what is known of a query is known to them too."""
    count = len(support)
    share = float(model.weights["shrink"][0 if count == 1 else 1])
    away = (z[support] - expected[support]).mean(axis=0)
    return {
        "population mean": expected[queries],
        "support mean": np.broadcast_to(z[support].mean(axis=0), expected[queries].shape),
        "shrinkage": expected[queries] + share * away,
    }


def number(u: Cycles) -> int:
    """A number of a leg that does not depend on who else is there."""
    import zlib

    return zlib.crc32(f"{u.person[0]}|{u.recording[0]}|{u.side[0]}".encode())


def interpolated(cycle: Array, seen: npt.NDArray[np.bool_], *, cubic: bool) -> Array:
    """Along time, the stride taken as a circle; a channel without samples becomes 0 (z)."""
    from scipy.interpolate import CubicSpline

    time = np.arange(len(cycle))
    out = np.zeros(cycle.shape)
    for c in range(cycle.shape[1]):
        at = time[seen[:, c]]
        if len(at) < 4:
            continue
        x = np.concatenate([at[-2:] - len(cycle) + 1, at, at[:2] + len(cycle) - 1])
        y = np.concatenate([cycle[at[-2:], c], cycle[at, c], cycle[at[:2], c]])
        x, first = np.unique(x, return_index=True)
        out[:, c] = CubicSpline(x, y[first])(time) if cubic else np.interp(time, x, y[first])
    return out
