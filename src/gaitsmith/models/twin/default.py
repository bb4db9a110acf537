"""The default twin: a Gaussian of normal walks by speed, in closed form, without torch.

Steps
-----
1. A walk's eleven curves become Fourier numbers; the mean at its speed is taken off.
2. Each channel gets four scores: *posture* (its curve alone against the population), *coordination*
   (given all others), *PCA-Q* (what a PCA of normal people cannot rebuild) and *explanation* (log
   odds that changing this one joint makes the walk normal, see ``changes``). Each is brought to the
   spread that it has in normal people who were left out of the fit (``alarm``).
3. Combined: the mean of PCA-Q, coordination and explanation. Where most joints are unusual at once,
   no single one explains the walk and the size of the deviation (z) takes over, gradually.
4. A walk is unusual where its greatest combined score passes what one in twenty normal people pass
   (family-wise over joints, with the uncertainty of a threshold known from few people).
5. The twin of an unusual walk is the walk minus few simple changes of few joints, found greedily in the
   metric of a normal walk (``atoms``); just below the threshold they are taken in part (soft). A usual
   walk is its own twin.

A laboratory that is not the reference's own moves the level and somewhat the shape of curves, alike
on both sides. Where the laboratory is not known, that is part of what is normal (Λ_lab): one-sided
faults are still seen, two-sided ones of that size are not, and it says so.

Data requirements: the knee or the hip and one more curve of one leg over a stride, and the speed.
Covariances: shrunk to a diagonal (Ledoit & Wolf 2004) and to the shape of stride-to-stride variation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.base import Card, Config, Model
from gaitsmith.models.twin import population as of_people
from gaitsmith.models.twin import scores as classical
from gaitsmith.models.twin.alarm import Calibration, calibrate
from gaitsmith.models.twin.atoms import atoms, pursue
from gaitsmith.models.twin.basis import SIZE, curves_of
from gaitsmith.models.twin.changes import Hypotheses, hypotheses, weigh
from gaitsmith.models.twin.null import SCORES, Null, combine, drawn, folds, is_log
from gaitsmith.models.twin.population import Population, present_numbers
from gaitsmith.models.twin.walks import CHANNELS, Walks

__all__ = ["SCORES", "Judged", "TwinConfig", "TwinModel"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_N = len(CHANNELS)
# People that the mean of all channels counts as where a single channel is calibrated (ours).
_CHANNEL_PEOPLE = 5.0
# Steps of dimensionless speed within which the expected walk is one for the hypotheses.
_SPEED_STEP = 0.15
# Beyond the reference's speeds by more than this nothing is judged (SD of speed within a published
# group: gait.reference).
_BEYOND = 0.04


@dataclass(frozen=True, kw_only=True)
class TwinConfig(Config):
    """Settings of :class:`TwinModel`.

    Attributes
    ----------
    target
        Share of the target (diagonal and shape of strides) in the covariance between people.
    strides_shape
        Share of the target that has the shape of stride-to-stride variation.
    freedom
        ν of the evidence.
    sparse
        Log prior of each changed joint, negative.
    alpha
        Share of normal people called unusual.
    slope_people, prior_people
        People that a prior population counts as: for the change with speed, for covariances.
    """

    target: float = 0.2
    strides_shape: float = 0.7
    freedom: float = 60.0
    sparse: float = 3.0
    alpha: float = 0.05
    slope_people: float = 2.0
    prior_people: float = 20.0
    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {
        "target": (0.01, 1.0), "strides_shape": (0.0, 1.0), "freedom": (1.0, 1e6), "sparse": (0.0, 50.0),
        "alpha": (0.001, 0.5), "slope_people": (0.0, 1e6), "prior_people": (0.0, 1e6),
    }  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """Scores of walks.

    Attributes
    ----------
    scores
        Name -> walk × channel, calibrated (SD of normal people; NaN where not recorded).
    combined
        walk × channel, calibrated.
    threshold
        Of the greatest combined score of a walk.
    chance
        walk × channel: share of normal people with so high a greatest score.
    """

    scores: dict[str, Array]
    combined: Array
    threshold: float
    chance: Array

    @property
    def unusual(self) -> Mask:
        """Walks whose greatest combined score passes the threshold."""
        out: Mask = np.nanmax(self.combined, axis=1) > self.threshold
        return out

    @property
    def flagged(self) -> Mask:
        """walk × channel: joints above the threshold."""
        out: Mask = np.nan_to_num(self.combined, nan=-np.inf) > self.threshold
        return out


class TwinModel(Model):
    """Normative twin and scores per joint; see the module."""

    NAME = "twin"
    CONFIG = TwinConfig
    config: TwinConfig

    def __init__(self, config: Config | None = None, weights: Mapping[str, npt.NDArray[Any]] | None = None,
                 card: Card | None = None) -> None:  # fmt: skip
        super().__init__(config, weights, card)
        self._nulls: dict[tuple[Any, ...], Null] = {}

    # --- learning --------------------------------------------------------------------------------

    @classmethod
    def fit(
        cls, walks: Walks, config: TwinConfig | None = None, *, prior: TwinModel | None = None,
        card: Card | None = None, least: int = 8,
    ) -> TwinModel:  # fmt: skip
        """Learn from walks of normal people; calibrate on each while left out.

        `least` people are asked for.

        Raises
        ------
        GaitsmithError
            Where there are fewer.
        """
        config = config or TwinConfig()
        people = np.unique(walks.person)
        if len(people) < least:
            raise GaitsmithError("too few people for a reference", place="walks", found=f"{len(people)} people",
                                 expected=f"{least} or more", remedy="record more normal people, or use the bundled reference")  # fmt: skip
        made = cls.of(cls._population(walks, config, prior), config, prior, card)
        return made.calibrated(walks, prior)

    @classmethod
    def of(cls, p: Population, config: TwinConfig, like: TwinModel | None = None, card: Card | None = None) -> TwinModel:  # fmt: skip
        """From a population; how real people spread beyond it is taken from `like`."""
        n = len(SCORES)
        weights = {
            "mean": p.mean.astype(np.float32), "between": _packed(p.between), "within": _packed(p.within),
            "speeds": np.array(p.speeds), "people": np.array([p.people]), "known": p.known.astype(np.uint8),
            "lab": np.zeros((1, 1), np.float32), "shift": np.zeros((n, _N)), "spread": np.ones((n, _N)),
            "top": np.array([0.0, 1.0]),
        }  # fmt: skip
        if like is not None:
            weights |= {k: like.weights[k] for k in ("lab", "shift", "spread", "top")}
        return cls(config, weights, card)

    @staticmethod
    def _population(walks: Walks, c: TwinConfig, prior: TwinModel | None) -> Population:
        return of_people.fit(
            walks, prior=None if prior is None else prior.population(), target_share=c.target,
            strides_shape=c.strides_shape, slope_people=c.slope_people, prior_people=c.prior_people,
        )  # fmt: skip

    def calibrated(self, walks: Walks, prior: TwinModel | None = None) -> TwinModel:
        """The same model, knowing how the scores of people left out spread beyond drawn ones."""
        parts: list[dict[str, Array]] = []
        who = []
        null = self._null(walks.present.all(axis=0) & self.population().known, lab=False)
        for names in folds(walks.person):
            mine = np.isin(walks.person, names)
            left = type(self).of(
                self._population(walks.take(~mine), self.config, prior), self.config
            )
            parts.append(left._raw(walks.take(mine), lab=False))
            who.append(walks.person[mine])
        person = np.concatenate(who)
        raw = {k: np.concatenate([p[k] for p in parts]) for k in SCORES}
        shift, spread = np.zeros((len(SCORES), _N)), np.ones((len(SCORES), _N))
        found = {}
        for i, k in enumerate(SCORES):
            real = calibrate(raw[k], person, log=is_log(k))
            made = null.scores[k]
            ok = np.isfinite(real.mean) & np.isfinite(made.mean)
            shift[i, ok] = (real.mean - made.mean)[ok] / made.sd[ok]
            spread[i, ok] = np.clip(real.sd[ok] / made.sd[ok], 0.5, 5.0)
            # Few people say little of a single channel: drawn to the prior's, or to that of all channels.
            like = (
                (prior.weights["shift"][i], prior.weights["spread"][i])
                if prior is not None
                else (
                    np.full(_N, shift[i, ok].mean()),
                    np.full(_N, np.exp(np.log(spread[i, ok]).mean())),
                )
            )
            own = real.people / (
                real.people + (self.config.prior_people if prior is not None else _CHANNEL_PEOPLE)
            )
            mine = np.where(ok, own, 0.0)
            shift[i] = mine * shift[i] + (1 - mine) * like[0]
            spread[i] = np.exp(mine * np.log(spread[i]) + (1 - mine) * np.log(like[1]))
            found[k] = Calibration(
                made.mean + shift[i] * made.sd,
                made.sd * spread[i],
                0.0,
                1.0,
                real.people,
                is_log(k),
            )(raw[k])
        top = calibrate(combine(found), person, log=False, channels=False)
        fresh = {**self.weights, "shift": shift, "spread": spread, "top": np.array([0.0, 1.0])}
        again = type(self)(self.config, fresh, self.card)
        base = again._null(walks.present.all(axis=0) & self.population().known, lab=False).top
        move = np.array(
            [
                (top.top_mean - base.top_mean) / base.top_sd,
                np.clip(top.top_sd / base.top_sd, 0.5, 5.0),
            ]
        )
        count = float(top.people)
        if prior is not None:
            own = count / (count + self.config.prior_people)
            was = prior.weights["top"]
            move = np.array(
                [own * move[0] + (1 - own) * was[0], move[1] ** own * was[1] ** (1 - own)]
            )
            count += float(prior.weights["people"][0])
        return type(self)(
            self.config, {**fresh, "top": move, "people": np.array([count])}, self.card
        )

    # --- what is normal --------------------------------------------------------------------------

    @cached_property
    def _own(self) -> Population:
        if not self.trained:
            raise GaitsmithError(
                "the model is not trained", place=self.NAME, remedy="fit it, or open one that is"
            )
        w = self.weights
        low, high = (float(x) for x in w["speeds"])
        return Population(w["mean"].astype(float), _unpacked(w["between"]), _unpacked(w["within"]), (low, high),
                          float(w["people"][0]), w["known"].astype(bool))  # fmt: skip

    def population(self, *, lab: bool = False) -> Population:
        """What normal walks are like; with `lab`, recorded in a laboratory that is not known."""
        if not lab or self.weights["lab"].shape == (1, 1):
            return self._own
        return self._elsewhere

    @cached_property
    def _elsewhere(self) -> Population:
        return replace(self._own, between=self._own.between + self.weights["lab"].astype(float))

    @property
    def speeds(self) -> tuple[float, float]:
        """Dimensionless speeds that the reference holds for."""
        return self._own.speeds

    def fits_speed(self, speed: Array) -> Mask:
        """Whether speeds lie within the reference's (or so near that it does not matter)."""
        low, high = self.speeds
        return (np.asarray(speed) >= low - _BEYOND) & (np.asarray(speed) <= high + _BEYOND)

    def expected(self, speed: Array) -> Array:
        """Mean curves at speeds, walk × channel × 101."""
        return curves_of(self._own.expected(speed).reshape(-1, _N, SIZE))

    def band(self, speed: Array) -> tuple[Array, Array]:
        """Mean ± 2 SD of people at speeds, each walk × channel × 101."""
        blocks = self._own.covariance(5.0).reshape(_N, SIZE, _N, SIZE)[
            np.arange(_N), :, np.arange(_N)
        ]
        f = curves_of(np.eye(SIZE))
        sd = np.sqrt(np.einsum("cij,ip,jp->cp", blocks, f, f))
        mean = self.expected(speed)
        return mean - 2 * sd, mean + 2 * sd

    # --- judging ---------------------------------------------------------------------------------

    def _raw(self, walks: Walks, *, lab: bool) -> dict[str, Array]:
        p = self.population(lab=lab)
        out = {k: f(p, walks) for k, f in classical.CLASSICAL.items() if k != "Mahalanobis"}
        out["explanation"] = self._explained(walks, lab=lab)
        return {k: out[k] for k in SCORES}

    def _grouped(
        self, walks: Walks, p: Population
    ) -> list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
        """Rows with the same channels and about the same speed; their channels and numbers."""
        there = walks.present & p.known
        step = np.round(np.where(np.isfinite(walks.speed), walks.speed, 0.42) / _SPEED_STEP).astype(
            int
        )
        _, which = np.unique(np.column_stack([there, step]), axis=0, return_inverse=True)
        which = np.asarray(which).ravel()
        out = []
        for k in range(which.max() + 1 if len(which) else 0):
            rows = np.flatnonzero(which == k)
            have = np.flatnonzero(there[rows[0]])
            if len(have):
                out.append((rows, have, np.flatnonzero(present_numbers(there[rows[0]]))))
        return out

    def _hypotheses(
        self, walks: Walks, p: Population, rows: Any, have: Any, at: Any, **how: Any
    ) -> tuple[Hypotheses, Array]:
        cov = p.covariance(float(np.median(walks.strides[rows])))[np.ix_(at, at)]
        mean = p.expected(walks.speed[rows]).mean(axis=0)[at].reshape(-1, SIZE)
        return hypotheses(mean, have, cov, sparse=self.config.sparse, **how), cov

    def _explained(self, walks: Walks, *, lab: bool) -> Array:
        p = self.population(lab=lab)
        rest = classical.rest_of(p, walks)
        out = np.full((len(walks), _N), np.nan)
        inverses: dict[bytes, Array] = {}
        for rows, have, at in self._grouped(walks, p):
            h, cov = self._hypotheses(walks, p, rows, have, at)
            key = cov.tobytes()
            if key not in inverses:
                inverses[key] = np.asarray(np.linalg.inv(cov))
            inverse = inverses[key]
            out[rows] = weigh(
                h, rest[np.ix_(rows, at)], inverse, freedom=self.config.freedom
            ).log_odds
        return out

    def _null(self, there: Mask, *, lab: bool, strides: float = 1.0) -> Null:
        key = (there.tobytes(), lab, round(strides))
        if key not in self._nulls:
            self._nulls[key] = drawn(
                partial(self._raw, lab=lab), self.population(lab=lab), self.weights, there, strides
            )
        return self._nulls[key]

    def judge(self, walks: Walks, *, lab: bool = False) -> Judged:
        """Calibrated scores of walks that have the same channels.

        Parameters
        ----------
        lab
            Whether the laboratory is another one than the reference's.

        Raises
        ------
        GaitsmithError
            Where fewer than two channels are there or a speed lies outside the reference's.
        """
        there = self._checked(walks)
        raw = self._raw(walks, lab=lab)
        null = self._null(there, lab=lab, strides=float(np.median(walks.strides)))
        made = {k: null.scores[k](raw[k]) for k in SCORES}
        combined = combine(made)
        top = null.top
        return Judged(made, combined, top.threshold(self.config.alpha), top.chance(combined))

    def _checked(self, walks: Walks) -> Mask:
        there = walks.present & self._own.known
        if not len(walks) or there.sum(axis=1).min() < 2 or (there != there[0]).any():
            raise GaitsmithError("these walks cannot be judged together", place="walks",
                                 found=f"{len(walks)} walks", expected="the same two or more channels in each")  # fmt: skip
        off = ~self.fits_speed(np.where(np.isfinite(walks.speed), walks.speed, 0.42))
        if off.any():
            low, high = self.speeds
            raise GaitsmithError(
                "the walk's speed is outside those of the reference", place="speed",
                found=f"dimensionless {walks.speed[off][0]:.2f}", expected=f"{low:.2f} to {high:.2f}",
                remedy="fit a reference of people who walk so: gaitsmith twin-fit",
            )  # fmt: skip
        out: Mask = there[0]
        return out

    def twin(self, walks: Walks, *, lab: bool = False, judged: Judged | None = None) -> Array:
        """The walks as they would be if normal: walk × channel × 101.

        A walk that is not unusual stays as it was.
        """
        self._checked(walks)
        p = self.population(lab=lab)
        rest = classical.rest_of(p, walks)
        judged = judged or self.judge(walks, lab=lab)
        # Soft: below the threshold the change is taken in part.
        top = np.nanmax(judged.combined, axis=1)
        share = np.clip(top - judged.threshold + _SOFT, 0.0, _SOFT) / _SOFT
        change = np.zeros((len(walks), _N * SIZE))
        for rows, have, at in self._grouped(walks, p):
            cov = p.covariance(float(np.median(walks.strides[rows])))[np.ix_(at, at)]
            mean = p.expected(walks.speed[rows]).mean(axis=0)[at].reshape(-1, SIZE)
            change[np.ix_(rows, at)] = pursue(
                atoms(mean, have), share[rows] > 0, rest[np.ix_(rows, at)], cov
            )
        moved = curves_of(change.reshape(-1, _N, SIZE)) * share[:, None, None]
        return np.asarray(walks.curves - moved)


# Width (SD) of the soft edge below the threshold. Ours.
_SOFT = 0.2


def _packed(matrix: Array) -> npt.NDArray[np.float32]:
    return matrix[np.triu_indices(len(matrix))].astype(np.float32)


def _unpacked(half: npt.NDArray[Any]) -> Array:
    n = int((np.sqrt(8 * len(half) + 1) - 1) / 2)
    out = np.zeros((n, n))
    out[np.triu_indices(n)] = half
    return np.asarray(out + np.triu(out, 1).T)
