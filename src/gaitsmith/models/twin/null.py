"""How the default's scores spread in normal people, for whatever channels there are.

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

from gaitsmith.models.twin.alarm import Calibration, by_person, calibrate
from gaitsmith.models.twin.basis import SIZE, curves_of
from gaitsmith.models.twin.population import Population, present_numbers
from gaitsmith.models.twin.walks import CHANNELS, Walks

__all__ = ["PARTS", "SCORES", "Null", "Raw", "draw", "folds", "learnt", "null_of"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Scores of joints that are calibrated, in this order.
SCORES = ("z", "PCA-Q", "posture", "coordination")
#: What says that a walk as a whole is unusual: the best explanation by single joints, the greatest
#: PCA-Q and coordination of a joint, the whole distance.
PARTS = ("explanation", "PCA-Q", "coordination", "distance")
_N = len(CHANNELS)
# Walks drawn from the population.
_DRAWN = 200
# Most fits for a calibration.
_FOLDS = 20
# People that the mean of all channels counts as where a single channel is calibrated (ours).
_CHANNEL_PEOPLE = 5.0


@dataclass(frozen=True)
class Raw:
    """Scores as they come.

    Attributes
    ----------
    joints
        Name of :data:`SCORES` -> walk × channel.
    explanation
        walk × channel: log evidence of all explanations in which the channel has changed.
    every
        walk: of all explanations.
    distance
        walk: log of the squared distance.
    """

    joints: dict[str, Array]
    explanation: Array
    every: Array
    distance: Array

    def take(self, keep: npt.NDArray[Any]) -> Raw:
        """Some walks."""
        return Raw({k: v[keep] for k, v in self.joints.items()}, self.explanation[keep], self.every[keep], self.distance[keep])  # fmt: skip

    @classmethod
    def joined(cls, parts: list[Raw]) -> Raw:
        """All walks of several."""
        joints = {k: np.concatenate([p.joints[k] for p in parts]) for k in SCORES}
        return cls(joints, *(np.concatenate([getattr(p, k) for p in parts]) for k in ("explanation", "every", "distance")))  # fmt: skip


def folds(person: npt.NDArray[np.str_]) -> list[npt.NDArray[np.str_]]:
    """People left out together: each alone where there are few."""
    names = np.unique(person)
    return [f for f in np.array_split(names, min(len(names), _FOLDS)) if len(f)]


def _parts(raw: Raw, made: Mapping[str, Array]) -> Array:
    """walk × part: what speaks for an unusual walk, from scores of which `made` are calibrated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.stack([raw.every, np.nanmax(made["PCA-Q"], axis=1), np.nanmax(made["coordination"], axis=1), raw.distance], axis=1)  # fmt: skip


@dataclass(frozen=True)
class Null:
    """How scores of normal people spread, for one set of channels.

    Attributes
    ----------
    scores
        Of joints.
    parts
        Mean and SD of each part (2 × part).
    top
        Of the whole walk's score.
    """

    scores: dict[str, Calibration]
    parts: Array
    top: Calibration

    def joints(self, raw: Raw) -> dict[str, Array]:
        """Calibrated scores of joints."""
        return {k: self.scores[k](raw.joints[k]) for k in SCORES}

    def walk(self, raw: Raw, made: Mapping[str, Array]) -> Array:
        """How unusual each walk is: the mean of its parts in SD of normal people."""
        return np.asarray(((_parts(raw, made) - self.parts[0]) / self.parts[1]).mean(axis=1))


def draw(raw: Callable[[Walks], Raw], p: Population, there: Mask, strides: float) -> Raw:
    """Scores (by `raw`) of walks drawn for the channels `there`, means of so many strides."""
    rng = np.random.default_rng(17)
    at = np.flatnonzero(present_numbers(there))
    half = np.linalg.cholesky(p.covariance(strides)[np.ix_(at, at)])
    speed = np.full(_DRAWN, float(np.clip(0.42, *p.speeds)))
    x = np.full((_DRAWN, _N * SIZE), np.nan)
    x[:, at] = p.expected(speed)[:, at] + rng.standard_normal((_DRAWN, len(at))) @ half.T
    who = np.array([f"d{i}" for i in range(_DRAWN)])
    one = np.ones(_DRAWN)
    return raw(Walks(curves_of(x.reshape(_DRAWN, _N, SIZE)), speed, who, who, strides * one, 0.5 * one))  # fmt: skip


def null_of(scores: Raw, weights: Mapping[str, npt.NDArray[Any]]) -> Null:
    """From drawn walks' scores and ``shift``, ``spread``, ``parts``, ``top`` and ``people``."""
    who = np.array([f"d{i}" for i in range(len(scores.every))])
    people = int(weights["people"][0])
    made = {}
    for i, k in enumerate(SCORES):
        c = calibrate(scores.joints[k], who)
        made[k] = Calibration(c.mean + weights["shift"][i] * c.sd, c.sd * weights["spread"][i], 0.0, 1.0, people, True)  # fmt: skip
    values = _parts(scores, {k: made[k](scores.joints[k]) for k in SCORES})
    move, widen = weights["parts"]
    mean, sd = values.mean(axis=0), np.maximum(values.std(axis=0, ddof=1), 1e-3)
    parts = np.stack([mean + move * sd, sd * widen])
    whole = ((values - parts[0]) / parts[1]).mean(axis=1)
    a, b = (float(v) for v in weights["top"])
    size = float(whole.std(ddof=1))
    top = Calibration(np.zeros(_N), np.ones(_N), float(whole.mean()) + a * size, size * b, people, False)  # fmt: skip
    return Null(made, parts, top)


def _against(real: Array, real_sd: Array, made: Array, made_sd: Array) -> tuple[Array, Array]:
    return (real - made) / made_sd, np.clip(real_sd / made_sd, 0.5, 5.0)


def learnt(
    raw: Raw, person: npt.NDArray[np.str_], scores: Raw, *, prior: Mapping[str, npt.NDArray[Any]] | None,
    prior_people: float,
) -> dict[str, npt.NDArray[Any]]:  # fmt: skip
    """``shift``, ``spread``, ``parts``, ``top``, ``people`` from scores `raw` of people left out.

    `scores` are those of drawn walks of the same channels; few people are drawn to the prior's.
    """
    n = len(SCORES)
    weights: dict[str, npt.NDArray[Any]] = {
        "shift": np.zeros((n, _N)), "spread": np.ones((n, _N)),
        "parts": np.stack([np.zeros(len(PARTS)), np.ones(len(PARTS))]), "top": np.array([0.0, 1.0]),
    }  # fmt: skip
    people = len(np.unique(person))
    every = people if prior is None else people + float(prior["people"][0])
    weights["people"] = np.array([float(every)])
    lean = prior_people if prior is not None else 0.0
    own = people / (people + lean)
    null = null_of(scores, weights)
    for i, k in enumerate(SCORES):
        real, made = calibrate(raw.joints[k], person), null.scores[k]
        ok = np.isfinite(real.mean) & np.isfinite(made.mean)
        shift, spread = np.zeros(_N), np.ones(_N)
        shift[ok], spread[ok] = _against(real.mean[ok], real.sd[ok], made.mean[ok], made.sd[ok])
        # Few people say little of a single channel: drawn to the prior's, or to that of all channels.
        like = (
            (prior["shift"][i], prior["spread"][i]) if prior is not None
            else (np.full(_N, shift[ok].mean()), np.full(_N, np.exp(np.log(spread[ok]).mean())))
        )  # fmt: skip
        share = np.where(ok, people / (people + (lean or _CHANNEL_PEOPLE)), 0.0)
        weights["shift"][i] = share * shift + (1 - share) * like[0]
        weights["spread"][i] = np.exp(share * np.log(spread) + (1 - share) * np.log(like[1]))
    null = null_of(scores, weights)
    values = _parts(raw, null.joints(raw))
    mean, sd, _ = by_person(values, person)
    weights["parts"] = _leaning(_against(mean, sd, *null.parts), own, None if prior is None else prior["parts"])  # fmt: skip
    null = null_of(scores, weights)
    whole = null.walk(raw, null.joints(raw))
    mean, sd, _ = by_person(whole, person)
    weights["top"] = _leaning(_against(mean, sd, np.array(null.top.top_mean), np.array(null.top.top_sd)), own,
                              None if prior is None else prior["top"])  # fmt: skip
    return weights


def _leaning(found: tuple[Array, Array], own: float, prior: npt.NDArray[Any] | None) -> Array:
    if prior is None:
        return np.stack(found)
    return np.stack([own * found[0] + (1 - own) * prior[0], found[1] ** own * prior[1] ** (1 - own)])  # fmt: skip
