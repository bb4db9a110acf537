"""The default twin: a Gaussian of normal walks by speed, in closed form, without torch.

Steps
-----
1. A walk's eleven curves become Fourier numbers; the mean at its speed is taken off.
2. A mixture over faults (``mixture``: a bump, an offset, a range, a delay of one joint or of two, of a leg;
   a joint that is somebody else's) says for each joint how much of the evidence has it changed. That
   orders the joints. Where the best explanation leaves what is no normal walk, no few joints explain it and the
   size of the deviation (mean of z and posture) orders them, gradually.
3. A walk is unusual where the mean of four scores, each in SD of normal people who were left out of the
   fit (``null``), passes what one in twenty normal people pass: the evidence of all explanations, the
   greatest PCA-Q and coordination of a joint, the distance of the whole; one decision a walk, so it is family-wise,
   with the uncertainty of a threshold that is known from few people (``alarm``).
4. A joint's combined score is its walk's, less by how much likelier the best explained joint is: it orders joints
   and is not shown as theirs. *Posture* (its curve alone against the population) and *coordination* (given all
   others) are a joint's own.
5. The twin of an unusual walk is the walk minus the mixture's posterior mean of the change, on joints that have
   most likely changed; once more on what is left while that is unusual. Just below the threshold
   it is taken in part (soft). A usual walk is its own twin.

A laboratory that is not the reference's own moves the level and somewhat the shape of curves, alike
on both sides. Where the laboratory is not known, that is part of what is normal (Λ_lab): large
one-sided faults are still seen (``studies.twin_alarms.shipped`` counts which), two-sided ones of that size are not, and it says so.

Data requirements: the knee or the hip and one more curve of one leg over a stride, and the speed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.base import Card, Config, Model
from gaitsmith.models.twin import population as of_people
from gaitsmith.models.twin import scores as classical
from gaitsmith.models.twin.atoms import atoms
from gaitsmith.models.twin.basis import SIZE, curves_of
from gaitsmith.models.twin.judged import Group, Judged, packed, unpacked
from gaitsmith.models.twin.mixture import Mixture, exchanged
from gaitsmith.models.twin.null import PARTS, SCORES, Null, Raw, draw, folds, learnt, null_of
from gaitsmith.models.twin.population import Population, present_numbers
from gaitsmith.models.twin.walks import CHANNELS, Walks

__all__ = ["EXCHANGE", "EXCHANGE_SHARE", "SCORES", "Judged", "TwinConfig", "TwinModel"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_N = len(CHANNELS)
#: Log prior of an exchanged curve, and how much its log evidence counts.
EXCHANGE, EXCHANGE_SHARE = 3.75, 0.5
# Where explanations leave this many times the squared distance expected of a normal walk, no few joints explain
# a walk; width of the passage; curves that it takes to say so.
_ALL_ODD, _ALL_WIDTH, _ALL_CURVES = 1.15, 0.03, 6
# Tolerance of posture (degrees, of each number): what is small and unheard-of in one curve is no posture.
_POSTURE = 0.6
# Posterior of a joint's change from which the twin takes it; atoms of a hypothesis then, and rounds.
# Width (SD) of the soft edge below the threshold.
_SURE, _TWIN_ATOMS, _ROUNDS, _SOFT = 0.995, 4, 2, 0.2
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
        Share of the target in covariances of fewer than a dozen people.
    strides_shape
        Share of the target of people's covariance that has the shape of stride-to-stride variation.
    freedom
        ν of the evidence.
    tolerance
        Floor under the covariance that atoms are weighed with (degrees, of each number).
    alpha
        Share of normal people called unusual.
    slope_people, prior_people
        People that a prior population counts as: for the change with speed, for covariances.
    """

    target: float = 0.4
    strides_shape: float = 0.9
    freedom: float = 60.0
    tolerance: float = 0.15
    alpha: float = 0.05
    slope_people: float = 2.0
    prior_people: float = 20.0
    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {
        "target": (0.01, 1.0), "strides_shape": (0.0, 1.0), "freedom": (1.0, 1e6), "tolerance": (0.0, 5.0),
        "alpha": (0.001, 0.5), "slope_people": (0.0, 1e6), "prior_people": (0.0, 1e6),
    }  # fmt: skip


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
            "mean": p.mean.astype(np.float32), "between": packed(p.between), "within": packed(p.within),
            "speeds": np.array(p.speeds), "people": np.array([p.people]), "known": p.known.astype(np.uint8),
            "lab": np.zeros((1, 1), np.float32), "shift": np.zeros((n, _N)), "spread": np.ones((n, _N)),
            "parts": np.stack([np.zeros(len(PARTS)), np.ones(len(PARTS))]), "top": np.array([0.0, 1.0]),
        }  # fmt: skip
        if like is not None:
            weights |= {k: like.weights[k] for k in ("lab", "shift", "spread", "parts", "top")}
        return cls(config, weights, card)

    @staticmethod
    def _population(walks: Walks, c: TwinConfig, prior: TwinModel | None) -> Population:
        return of_people.fit(
            walks, prior=None if prior is None else prior.population(), target_share=c.target,
            strides_shape=c.strides_shape, slope_people=c.slope_people, prior_people=c.prior_people,
        )  # fmt: skip

    def calibrated(self, walks: Walks, prior: TwinModel | None = None) -> TwinModel:
        """The same model, knowing how the scores of people left out spread beyond drawn ones."""
        parts, who = [], []
        for names in folds(walks.person):
            mine = np.isin(walks.person, names)
            left = type(self).of(
                self._population(walks.take(~mine), self.config, prior), self.config
            )
            parts.append(left._raw(walks.take(mine), lab=False))
            who.append(walks.person[mine])
        person, known = np.concatenate(who), walks.present.all(axis=0) & self.population().known
        scores = self._drawn(known, lab=False, strides=float(np.median(walks.strides)))
        found = learnt(Raw.joined(parts), person, scores, prior=None if prior is None else prior.weights,
                       prior_people=self.config.prior_people)  # fmt: skip
        return type(self)(self.config, {**self.weights, **found}, self.card)

    # --- what is normal --------------------------------------------------------------------------

    @cached_property
    def _own(self) -> Population:
        if not self.trained:
            raise GaitsmithError(
                "the model is not trained", place=self.NAME, remedy="fit it, or open one that is"
            )
        w = self.weights
        low, high = (float(x) for x in w["speeds"])
        return Population(w["mean"].astype(float), unpacked(w["between"]), unpacked(w["within"]), (low, high),
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

    def _raw(self, walks: Walks, *, lab: bool) -> Raw:
        p = self.population(lab=lab)
        made = {k: classical.CLASSICAL[k](p, walks) for k in SCORES if k != "posture"}
        made["posture"] = classical.posture(p, walks, tolerance=_POSTURE)
        joint, every, _, distance = self._explained(walks, lab=lab)
        return Raw(made, joint, every, distance)

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

    def _weighed(self, walks: Walks, *, lab: bool, most: int) -> Iterator[Group]:
        p, c = self.population(lab=lab), self.config
        rest = classical.rest_of(p, walks)
        tight: dict[bytes, tuple[Array, Array]] = {}
        for rows, have, at in self._grouped(walks, p):
            cov = p.covariance(float(np.median(walks.strides[rows])))[np.ix_(at, at)]
            loose = cov + c.tolerance**2 * np.eye(len(cov))
            key = cov.tobytes()
            if key not in tight:
                tight[key] = np.asarray(np.linalg.inv(cov)), np.asarray(np.linalg.inv(loose))
            mean = p.expected(walks.speed[rows]).mean(axis=0)[at].reshape(-1, SIZE)
            r = rest[np.ix_(rows, at)]
            found = Mixture(atoms(mean, have), loose, freedom=c.freedom, atoms_at_once=most).weigh(r)  # fmt: skip
            other, away = exchanged(r, cov, tight[key][0], freedom=c.freedom)
            far = np.log(np.einsum("wi,ij,wj->w", r, tight[key][1], r))
            yield Group(rows, have, at, found, other, away, far)

    def evidence(self, walks: Walks, *, lab: bool = False) -> tuple[Array, Array, Array]:
        """Log evidence apart: of faults in which a channel has changed and that it was exchanged (walk × channel,
        -inf: none), and of all faults (walk)."""
        faults, exchange = (np.full((len(walks), _N), -np.inf) for _ in range(2))
        every = np.full(len(walks), np.nan)
        for g in self._weighed(walks, lab=lab, most=2):
            faults[g.rows], every[g.rows] = g.faults.joint, g.faults.every
            exchange[np.ix_(g.rows, g.have)] = g.exchange
        return faults, exchange, every

    def _explained(
        self, walks: Walks, *, lab: bool, most: int = 2
    ) -> tuple[Array, Array, Array, Array]:
        """Log evidence (walk × channel; of all), mean change (walk × number), log distance."""
        joint = np.full((len(walks), _N), np.nan)
        every, distance = np.full(len(walks), np.nan), np.full(len(walks), np.nan)
        change = np.zeros((len(walks), _N * SIZE))
        for g in self._weighed(walks, lab=lab, most=most):
            other = EXCHANGE_SHARE * g.exchange + EXCHANGE
            all_of = np.logaddexp(g.faults.every, np.logaddexp.reduce(other, axis=1))
            joint[np.ix_(g.rows, g.have)] = np.logaddexp(g.faults.joint[:, g.have], other)
            every[g.rows] = all_of
            likely = np.exp(other - all_of[:, None])
            change[np.ix_(g.rows, g.at)] = (
                g.faults.change * np.exp(g.faults.every - all_of)[:, None] + np.repeat(likely, SIZE, axis=1) * g.away
            )  # fmt: skip
            distance[g.rows] = g.distance
        return joint, every, change, distance

    def _drawn(self, there: Mask, *, lab: bool, strides: float) -> Raw:
        return draw(partial(self._raw, lab=lab), self.population(lab=lab), there, strides)

    def _null(self, there: Mask, *, lab: bool, strides: float) -> Null:
        key = (there.tobytes(), lab, round(strides))
        if key not in self._nulls:
            self._nulls[key] = null_of(self._drawn(there, lab=lab, strides=strides), self.weights)
        return self._nulls[key]

    def _unexplained(self, raw: Raw, there: Mask) -> Array:
        """How far each walk is beyond what changes of few joints explain (0 to 1): where what is left is unusual.

        What is left is the squared distance, of each number, of a walk that is as likely without any change.
        """
        nu, d = self.config.freedom, int(there.sum()) * SIZE
        gone = np.exp(-2.0 * raw.every / (nu + d))
        left = ((nu + np.exp(raw.distance)) * gone - nu) / d
        share = 1.0 / (1.0 + np.exp(-np.clip((left - _ALL_ODD) / _ALL_WIDTH, -50, 50)))
        return np.asarray(share * (there.sum() >= _ALL_CURVES))

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
        made = null.joints(raw)
        posterior = np.exp(raw.explanation - raw.every[:, None])
        order = raw.explanation / null.parts[1, 0]
        mixed = order - np.nanmax(order, axis=1, keepdims=True)
        share = self._unexplained(raw, there)[:, None]
        size = 0.5 * (made["z"] + made["posture"])
        size -= np.nanmax(size, axis=1, keepdims=True)
        below = (1 - share) * np.maximum(mixed, _LOWEST) + share * size
        below -= np.nanmax(below, axis=1, keepdims=True)
        combined = null.walk(raw, made)[:, None] + below
        top = null.top
        return Judged(made, combined, posterior, top.threshold(self.config.alpha), top.chance(combined),
                      share[:, 0], float(null.parts[1, 0]))  # fmt: skip

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
        judged = judged or self.judge(walks, lab=lab)
        curves = walks.curves.copy()
        # Soft: below the threshold the change is taken in part.
        above = np.nanmax(judged.combined, axis=1) - judged.threshold
        share = np.clip(above + _SOFT, 0.0, _SOFT) / _SOFT
        rows = np.flatnonzero(share > 0)
        for _ in range(_ROUNDS):
            if not len(rows):
                break
            now = walks.take(rows).replaced(curves=curves[rows])
            joint, every, change, _ = self._explained(now, lab=lab, most=_TWIN_ATOMS)
            sure = np.nan_to_num(np.exp(joint - every[:, None])) > _SURE
            moved = curves_of(change.reshape(-1, _N, SIZE)) * (sure * share[rows, None])[..., None]
            curves[rows] -= moved
            rows = rows[sure.any(axis=1) & (share[rows] == 1.0)]
            if len(rows):
                after = self.judge(walks.take(rows).replaced(curves=curves[rows]), lab=lab)
                rows = rows[after.unusual]
        return np.asarray(curves)


# Scores below the best joint's are not told apart beyond this (SD).
_LOWEST = -30.0
