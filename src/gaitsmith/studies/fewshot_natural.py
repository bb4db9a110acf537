"""Are generated strides told from real ones, do they vary as the person does, is the person known by them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.models.fewshot.default import FewShot

__all__ = ["Natural", "told_apart"]

Array = npt.NDArray[np.float64]
_COUNT = 5


def told_apart(real: Array, made: Array, people: list[str]) -> dict[str, float]:
    """Person left out -> balanced accuracy of a logistic classifier, real against generated.

    Parameters
    ----------
    real, made
        stride × feature, as many of each; `people` of both.

    Notes
    -----
    Ridge regression on ±1 over 30 principal scores and their squares, threshold 0: a linear and a
    quadratic two-sample test in one. 0.5 = told apart no better than by chance.
    """
    who = np.array(people)
    out = {}
    for person in sorted(set(people)):
        test = who == person
        X = np.concatenate([real[~test], made[~test]])
        y = np.concatenate([np.ones((~test).sum()), -np.ones((~test).sum())])
        mean = X.mean(axis=0)
        _, s, V = np.linalg.svd(X - mean, full_matrices=False)
        V = V[:30]

        def features(A: Array, mean: Array = mean, V: Array = V, s: Array = s, n: int = len(X)) -> Array:  # fmt: skip
            z = (A - mean) @ V.T / (s[: len(V)] / np.sqrt(n) + 1e-9)
            return np.concatenate([np.ones((len(z), 1)), z, np.square(z) - 1.0], axis=1)

        F = features(X)
        w = np.linalg.solve(F.T @ F + 10.0 * np.eye(F.shape[1]), F.T @ y)
        right = (features(real[test]) @ w > 0).mean()
        wrong = (features(made[test]) @ w <= 0).mean()
        out[person] = 0.5 * float(right + wrong)
    return out


class Natural:
    """Collects a leg at a time; five support strides each."""

    def __init__(self) -> None:
        self._real: list[Array] = []
        self._made: list[Array] = []
        self._people: list[str] = []
        self._spread: dict[str, list[float]] = {}
        self._known: dict[str, list[bool]] = {}

    def add(self, model: FewShot, cycles: Cycles, test: list[str]) -> None:
        """Real strides of the second half, generated ones from five of the first; spread; recognition."""
        scale = model.weights["scale"]
        legs = list(cycles.units_of_learning())
        mine = [u for u in legs if u.person[0] in test]
        models = {}
        for i, u in enumerate(mine):
            h = len(u) // 2
            rng = np.random.default_rng([4, i])
            own = model.adapt(u.take(rng.choice(h, min(_COUNT, h), replace=False)))
            models[i] = own
            real = u.data[h:]
            made = own.generate(len(real), seed=rng)
            self._spread.setdefault(str(u.person[0]), []).append(
                float(np.sqrt(np.var(made / scale, axis=0, ddof=1).mean() / np.var(real / scale, axis=0, ddof=1).mean()))
            )  # fmt: skip
            take = np.linspace(0, len(real) - 1, min(len(real), 30)).astype(int)
            self._real.append((real[take] / scale).reshape(len(take), -1))
            self._made.append((made[take] / scale).reshape(len(take), -1))
            self._people += [str(u.person[0])] * len(take)
        # Among everybody's legs: whose support mean is nearest to the mean of ten generated strides?
        means = np.stack([(u.data[: len(u) // 2].mean(axis=0) / scale).ravel() for u in legs])
        for i, u in enumerate(mine):
            made = (models[i].generate(10, seed=i).mean(axis=0) / scale).ravel()
            nearest = legs[int(np.argmin(np.square(means - made).sum(axis=1)))]
            self._known.setdefault(str(u.person[0]), []).append(bool(nearest.person[0] == u.person[0]))  # fmt: skip

    def result(self) -> dict[str, Any]:
        """Balanced accuracy, ratio of spreads and share recognised, over people."""
        found = told_apart(np.concatenate(self._real), np.concatenate(self._made), self._people)
        spread = {p: float(np.mean(v)) for p, v in sorted(self._spread.items())}
        return {
            "balanced_accuracy": {"mean": float(np.mean(list(found.values()))), "by_person": found},
            "spread_ratio": {"mean": float(np.mean(list(spread.values()))), "by_person": spread,
                             "within_15_percent": int(sum(abs(v - 1) <= 0.15 for v in spread.values()))},
            "recognised": float(np.mean([np.mean(v) for v in self._known.values()])),
        }  # fmt: skip
