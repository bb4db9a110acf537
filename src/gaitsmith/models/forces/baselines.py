"""Simple predictors of a stance's forces: what every table compares with.

Each learns from :class:`~gaitsmith.models.forces.stances.Stances` and answers row × 3 × 101 in
body weights (forward, up, medial).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gaitsmith.models.forces.stances import POINTS, Stances
from gaitsmith.models.forces.support import shared_linearly

__all__ = [
    "BASELINES",
    "Baseline",
    "learned_split",
    "linear_split",
    "mean_curve",
    "ridge",
    "scaled_mean",
    "smooth_transition",
]

Array = npt.NDArray[np.float64]


class Baseline(Protocol):
    """What a fitted predictor is."""

    def __call__(self, rows: Stances) -> Array:
        """row × 3 × 101."""
        ...


def mean_curve(train: Stances) -> Baseline:
    """The mean over people of their mean curves."""
    mean = np.mean(
        [train.force[train.person == p].mean(axis=0) for p in np.unique(train.person)], axis=0
    )
    return lambda rows: np.repeat(mean[None], len(rows), axis=0)


def scaled_mean(train: Stances) -> Baseline:
    """The mean curve with a linear and a square term in dimensionless speed, point by point."""
    fit = _regress(_speeds(train), train.force.reshape(len(train), -1), 0.0)
    return lambda rows: fit(_speeds(rows)).reshape(-1, 3, POINTS)


def _speeds(rows: Stances) -> Array:
    v = rows.scalars[:, 0]
    return np.column_stack((v, v**2))


def ridge(train: Stances, penalty: float = 30.0) -> Baseline:
    """Ridge regression on speed, timing and the angle and mass-centre curves (every tenth point).

    The penalty is that of standardised inputs (hundredths of the rows).
    """

    def inputs(rows: Stances) -> Array:
        return np.hstack((rows.scalars, rows.curves[:, :, ::10].reshape(len(rows), -1)))

    x = inputs(train)
    mean, sd = x.mean(axis=0), x.std(axis=0) + 1e-9
    fit = _regress((x - mean) / sd, train.force.reshape(len(train), -1), penalty * len(train) / 100)
    return lambda rows: fit((inputs(rows) - mean) / sd).reshape(-1, 3, POINTS)


def _regress(x: Array, y: Array, penalty: float) -> Callable[[Array], Array]:
    mx, my = x.mean(axis=0), y.mean(axis=0)
    a = (x - mx).T @ (x - mx) + (penalty + 1e-9) * np.eye(x.shape[1])
    w = np.linalg.solve(a, (x - mx).T @ (y - my))
    return lambda new: np.asarray(my + (new - mx) @ w)


def linear_split(_: Stances) -> Baseline:
    """The net force, shared in a line while both feet stand; nothing is learnt."""
    return _split


def _split(rows: Stances) -> Array:
    return np.array([
        shared_linearly(t, s[3], s[4]) for t, s in zip(rows.total, rows.scalars, strict=True)
    ]).reshape(-1, 3, POINTS)  # fmt: skip


def smooth_transition(_: Stances) -> Baseline:
    """The net force, the foot behind let go along published curves; nothing is learnt.

    From the other foot's strike on, t in halves of the double support, the foot behind carries of
    what it carried then exp(-t³) up and sideways and k1 exp(-(t - 2/3)²) - k2 t fore and aft, with
    k1 and k2 such that this is 1 at first and 0 at last (the form of Ren, Jones & Howard 2008,
    J Biomech 41:2750); the foot in front carries the rest.
    """
    return _let_go


def _curves(t: Array) -> Array:
    """What is left (3 × time) after t halves of the double support."""
    k1 = np.exp(4 / 9)
    k2 = 0.5 * k1 * np.exp(-16 / 9)
    flat = np.exp(-(t**3))
    return np.stack((k1 * np.exp(-((t - 2 / 3) ** 2)) - k2 * t, flat, flat))


def _let_go(rows: Stances) -> Array:
    out = rows.total.copy()
    x = np.linspace(0, 1, POINTS)
    for own, total, s in zip(out, rows.total, rows.scalars, strict=True):
        a, b = float(np.clip(s[3], 0.03, 0.6)), float(np.clip(s[4], 0.4, 0.97))
        front, behind = x < a, x > b
        own[:, front] -= total[:, :1] * _curves(2 * x[front] / a)
        held = np.array([np.interp(b, x, c) for c in total])[:, None]
        own[:, behind] = held * _curves(2 * (x[behind] - b) / (1 - b))
    return out.reshape(-1, 3, POINTS)


@dataclass(frozen=True)
class _Shares:
    """Shares of the net force by phase of each double support, and what is added beside them."""

    first: Array
    second: Array
    grid: Array

    def __call__(self, rows: Stances) -> Array:
        out = np.empty_like(rows.total)
        x = np.linspace(0, 1, POINTS)
        for i, (total, s) in enumerate(zip(rows.total, rows.scalars, strict=True)):
            a, b = float(np.clip(s[3], 0.03, 0.6)), float(np.clip(s[4], 0.4, 0.97))
            for k in range(3):
                share = np.ones(POINTS)
                share[x < a] = np.interp(x[x < a] / a, self.grid, self.first[k, 0])
                share[x > b] = np.interp((x[x > b] - b) / (1 - b), self.grid, self.second[k, 0])
                more = np.zeros(POINTS)
                more[x < a] = np.interp(x[x < a] / a, self.grid, self.first[k, 1])
                more[x > b] = np.interp((x[x > b] - b) / (1 - b), self.grid, self.second[k, 1])
                out[i, k] = share * total[k] + more
        return out


def learned_split(train: Stances) -> Baseline:
    """The net force times a share by phase of each double support, plus an offset; both learnt.

    At each of 21 phases the line force = share × net + offset is fitted over all stances.
    """
    grid = np.linspace(0, 1, 21)
    found = np.zeros((2, 3, 2, len(grid)))
    x = np.linspace(0, 1, POINTS)
    for part in range(2):
        net, own = [], []
        for total, force, s in zip(train.total, train.force, train.scalars, strict=True):
            a, b = float(np.clip(s[3], 0.03, 0.6)), float(np.clip(s[4], 0.4, 0.97))
            at = grid * a if part == 0 else b + grid * (1 - b)
            net.append([np.interp(at, x, t) for t in total])
            own.append([np.interp(at, x, f) for f in force])
        n, o = np.array(net), np.array(own)
        for k in range(3):
            for j in range(len(grid)):
                u, v = n[:, k, j], o[:, k, j]
                slope = float(np.cov(u, v, bias=True)[0, 1] / (u.var() + 1e-6))
                found[part, k, :, j] = slope, float(v.mean() - slope * u.mean())
    return _Shares(found[0], found[1], grid)


#: By the name in tables.
BASELINES: dict[str, Callable[[Stances], Baseline]] = {
    "mean curve": mean_curve,
    "mean scaled by speed": scaled_mean,
    "ridge": ridge,
    "physics, linear split": linear_split,
    "physics, smooth transition": smooth_transition,
    "physics, learned split": learned_split,
}
