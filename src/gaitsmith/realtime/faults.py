"""What radio links do to packets, drawn from a seed: for soaks, tests and studies of losses.

The rates are ours: single losses as body-worn 2.4 GHz sensors show them in crowded rooms, bursts as
when a leg or a wall shadows the link.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Faults", "arrivals"]


@dataclass(frozen=True)
class Faults:
    """How often, and how long.

    Attributes
    ----------
    lost, doubled, late
        Share of packets that never come, come twice, or come after the next few.
    bursts_per_min, burst_s
        Bursts of lost packets and their shortest and longest duration (s).
    nans_per_min, nan_s
        Bursts of packets that come with NaN.
    """

    lost: float = 0.02
    doubled: float = 0.01
    late: float = 0.01
    bursts_per_min: float = 6.0
    burst_s: tuple[float, float] = (0.03, 0.2)
    nans_per_min: float = 2.0
    nan_s: tuple[float, float] = (0.02, 0.2)


def arrivals(
    count: int, rate_hz: float, faults: Faults, rng: np.random.Generator
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Rows in the order in which they arrive, and whether each holds NaN.

    Returns
    -------
    rows
        Indices 0 to ``count - 1``; some are missing, some stand twice, some out of order.
    empty
        For each arrival.
    """
    lost = rng.random(count) < faults.lost
    lost |= _bursts(count, rate_hz, faults.bursts_per_min, faults.burst_s, rng)
    empty = _bursts(count, rate_hz, faults.nans_per_min, faults.nan_s, rng)
    rows = np.flatnonzero(~lost)
    twice = rng.random(len(rows)) < faults.doubled
    held = rng.random(len(rows)) < faults.late
    # A packet's place in the queue: late ones wait for one to four others, doubles follow at once.
    place = np.arange(len(rows)) + np.where(held, rng.integers(1, 5, len(rows)) + 0.5, 0.0)
    place = np.concatenate([place, place[twice] + 0.25])
    rows = np.concatenate([rows, rows[twice]])[np.argsort(place, kind="stable")]
    return rows, empty[rows]


def _bursts(
    count: int, rate_hz: float, per_min: float, lasts_s: tuple[float, float], rng: np.random.Generator
) -> npt.NDArray[np.bool_]:  # fmt: skip
    out = np.zeros(count, dtype=bool)
    for _ in range(rng.poisson(per_min * count / rate_hz / 60.0)):
        start = int(rng.integers(0, max(1, count)))
        out[start : start + max(1, round(rate_hz * rng.uniform(*lasts_s)))] = True
    return out
