"""How the default's scores spread in normal people, for whatever channels there are, and their mixture.

Walks are drawn from the population for the channels at hand and scored; what real people who were left
out of the fit spread more than drawn ones (shift and spread, measured on the reference's own channels)
is put on top.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.models.twin.alarm import Calibration, calibrate
from gaitsmith.models.twin.basis import SIZE, curves_of
from gaitsmith.models.twin.population import Population, present_numbers
from gaitsmith.models.twin.walks import CHANNELS, Walks

__all__ = ["SCORES", "Null", "combine", "drawn", "folds", "is_log"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Scores that are calibrated, in this order.
SCORES = ("z", "PCA-Q", "posture", "coordination", "explanation")
_COMBINED = ("PCA-Q", "coordination", "explanation")
_N = len(CHANNELS)
# Where the median joint is this unusual (calibrated z, SD), no few joints explain a walk; width of
# the passage; curves that it takes to say so.
_ALL_ODD, _ALL_WIDTH, _ALL_CURVES = 1.0, 0.15, 7
# Walks drawn from the population.
_DRAWN = 250
# Most fits for a calibration.
_FOLDS = 20


def folds(person: npt.NDArray[np.str_]) -> list[npt.NDArray[np.str_]]:
    """People left out together: each alone where there are few."""
    names = np.unique(person)
    return [f for f in np.array_split(names, min(len(names), _FOLDS)) if len(f)]


def is_log(name: str) -> bool:
    """Whether a score is above 0 and calibrated by its logarithm."""
    return name != "explanation"


def combine(made: Mapping[str, Array]) -> Array:
    """Mean of three calibrated scores; where most joints are unusual at once, their size (z)."""
    mixed = np.mean([made[k] for k in _COMBINED], axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        odd = np.nanmedian(made["z"], axis=1, keepdims=True)
    # Of few curves the middle one says nothing of the whole walk.
    many = (np.isfinite(mixed).sum(axis=1, keepdims=True) >= _ALL_CURVES).astype(float)
    share = many / (1.0 + np.exp(-np.clip((odd - _ALL_ODD) / _ALL_WIDTH, -50, 50)))
    return np.asarray((1 - share) * mixed + share * made["z"])


@dataclass(frozen=True)
class Null:
    """How scores of normal people spread, for one set of channels."""

    scores: dict[str, Calibration]
    top: Calibration


def drawn(
    raw: Callable[[Walks], dict[str, Array]], p: Population, weights: Mapping[str, npt.NDArray[Any]],
    there: Mask, strides: float,
) -> Null:  # fmt: skip
    """The null of the channels `there`, of walks that are means of so many strides.

    `raw` scores walks; `weights` has ``shift``, ``spread``, ``top`` and ``people``.
    """
    rng = np.random.default_rng(17)
    at = np.flatnonzero(present_numbers(there))
    half = np.linalg.cholesky(p.covariance(strides)[np.ix_(at, at)])
    speed = np.full(_DRAWN, float(np.clip(0.42, *p.speeds)))
    x = np.full((_DRAWN, _N * SIZE), np.nan)
    x[:, at] = p.expected(speed)[:, at] + rng.standard_normal((_DRAWN, len(at))) @ half.T
    who = np.array([f"d{i}" for i in range(_DRAWN)])
    one = np.ones(_DRAWN)
    walks = Walks(curves_of(x.reshape(_DRAWN, _N, SIZE)), speed, who, who, strides * one, 0.5 * one)
    scores = raw(walks)
    people = int(weights["people"][0])
    made = {}
    for i, k in enumerate(SCORES):
        c = calibrate(scores[k], who, log=is_log(k))
        made[k] = Calibration(c.mean + weights["shift"][i] * c.sd, c.sd * weights["spread"][i],
                              0.0, 1.0, people, is_log(k))  # fmt: skip
    c = calibrate(combine({k: made[k](scores[k]) for k in SCORES}), who, log=False, channels=False)
    a, b = (float(v) for v in weights["top"])
    top = Calibration(np.zeros(_N), np.ones(_N), c.top_mean + a * c.top_sd, c.top_sd * b, people, False)  # fmt: skip
    return Null(made, top)
