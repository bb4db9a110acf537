"""Statistical people: published mean and spread by speed, joint with joint as measured people.

A person's mean curves are drawn from the bundled population (``build_twin``: published level and
change with speed, covariance between people of lencioni2019, both legs); trials add the variation
from stride to stride. Heavier tails than a Gaussian's: each person's deviation is scaled by a draw
from a chi distribution with 12 degrees of freedom.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.models.twin.basis import SIZE, curves_of
from gaitsmith.models.twin.population import Population
from gaitsmith.models.twin.walks import CHANNELS, Walks

__all__ = ["statistical"]

Array = npt.NDArray[np.float64]

_TAIL = 12.0
# Strides behind the mean curves of a trial.
_STRIDES = 4


def statistical(
    p: Population,
    people: int,
    seed: int,
    *,
    trials: int = 1,
    name: str = "s",
    speeds: tuple[float, float] = (0.28, 0.62),
) -> Walks:
    """People at a random speed each (trials near it), one row a trial."""
    rng = np.random.default_rng(seed)
    half_b, half_w = np.linalg.cholesky(p.between), np.linalg.cholesky(p.within)
    d = len(CHANNELS) * SIZE
    tail = np.sqrt(_TAIL / rng.chisquare(_TAIL, people))
    own = (rng.standard_normal((people, d)) @ half_b.T) * tail[:, None]
    speed = np.repeat(rng.uniform(*speeds, people), trials) * np.exp(
        0.04 * rng.standard_normal(people * trials)
    )
    noise = rng.standard_normal((people * trials, d)) @ half_w.T / np.sqrt(_STRIDES)
    x = p.expected(speed) + np.repeat(own, trials, axis=0) + noise
    who = np.repeat([f"{name}{i}" for i in range(people)], trials)
    n = len(x)
    return Walks(curves_of(x.reshape(n, len(CHANNELS), SIZE)), speed, who, np.full(n, "statistical"),
                 np.full(n, float(_STRIDES)), np.full(n, 0.5))  # fmt: skip
