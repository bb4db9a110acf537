"""The default speed model: mixed effects over phase, joint, speed and person, blended with ridge.

A leg's mean curve (joint × phase) at speed v is taken as

    y = s · h(v, height) + m + B' z(v) + rest

h is what children without a gait problem do at that dimensionless speed (Schwartz 2008, published
means; `s` = ``prior_share``), m and B the mean and the principal curves of the training people,
each score z a sum of Gaussian processes (:mod:`gaitsmith.models.speed.mixed`): population slope
and bend, what lasts of a person and of a leg, a slope of one's own, and what fades with |Δv|.
Given curves at one or several speeds, the posterior at another is closed-form. A second estimate,
ridge regression of the change (:mod:`gaitsmith.models.speed.change`), errs otherwise; the mean of
both is what is returned.

What the principal curves do not hold of a source lasts where it is the mean of many strides, and
is noise where it is of one: count / (count + ``stride_noise``) of it is carried over.

A person who fits the population badly (``misfit``: mean squared deviation of the source's scores
in units of what the population allows, 1 = as expected) keeps more of the own deviation (the
variance of what lasts grows with misfit², also of what the principal curves do not hold), the ridge
takes it by 1 / √misfit, the posterior weighs less beside it by 1 / √misfit, and the bands' SD grows
with misfit^¼. Of a laboratory that is not among those learnt from, the whole change is taken by
misfit^-``shrink``: there a bad fit says that strides are cut or angles defined in another way.

Deviations from Dinesh et al. (2026): no network; curves over the stride, not a sequence of 600
samples; time comes from cadence (:mod:`gaitsmith.models.speed.tempo`), and stride-to-stride
variation from the person's own strides (:mod:`gaitsmith.models.speed.synthesis`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.models.base import Card, Config, Model
from gaitsmith.models.speed import change, tempo
from gaitsmith.models.speed.mixed import COMPONENTS, Solved, kernels, restricted
from gaitsmith.models.speed.prediction import Z90, Prediction
from gaitsmith.models.speed.published import published
from gaitsmith.models.speed.units import JOINTS, Units

__all__ = ["SpeedConfig", "StatisticalSpeed"]

Array = npt.NDArray[np.float64]
_COLUMNS = ("person", "leg", "speed", "count", "lab", "group", "height")
# Scores that say how unusual a gait is: the first ones, which stand for most of the variance.
_JUDGED = 8
# What several sources weigh in the ridge falls with |Δv| as 1 / (this + |Δv|), m/s.
_NEAR = 0.7


@dataclass(frozen=True, kw_only=True)
class SpeedConfig(Config):
    """Settings of the default speed model.

    Attributes
    ----------
    components
        Number of principal curves.
    decay
        Distance in speed (m/s) over which the fading own part falls to 1/e.
    prior_share
        Share of the published change with speed that is taken before anything is learnt.
    ridge
        Penalty of the ridge regression (hundredths of the number of pairs).
    changing
        Number of principal curves whose change the ridge regression learns.
    blend
        Weight of the ridge estimate beside the posterior.
    carried, stride_noise
        Share of what the principal curves do not hold that is carried from a source of many
        strides, and the strides at which half of it is noise.
    shrink
        Of a laboratory not learnt from, the change is taken by misfit^-shrink (1 where the gait fits).
    slowest, fastest
        Speeds (m/s) outside which the model refuses.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {
        "components": (1, 60), "decay": (0.05, 10), "prior_share": (0, 1), "ridge": (1e-3, 1e3),
        "blend": (0, 1), "carried": (0, 1), "stride_noise": (0, 100), "changing": (1, 60),
        "shrink": (0, 2), "slowest": (0.05, 3), "fastest": (0.05, 5),
    }  # fmt: skip
    components: int = 20
    decay: float = 0.5
    prior_share: float = 0.5
    ridge: float = 5.0
    changing: int = 12
    blend: float = 0.5
    carried: float = 0.95
    stride_noise: float = 0.5
    shrink: float = 0.25
    slowest: float = 0.3
    fastest: float = 2.3


class StatisticalSpeed(Model):
    """A person's mean curves, cadence and stride length at speeds never recorded.

    Examples
    --------
    >>> model = StatisticalSpeed.from_pretrained("speed-statistical")
    >>> model.predict(units, [0.6, 1.6]).mean.shape  # doctest: +SKIP
    (4, 3, 101)
    """

    NAME = "speed-statistical"
    CONFIG = SpeedConfig
    config: SpeedConfig

    # --- learning --------------------------------------------------------------------------------

    @classmethod
    def fit(
        cls, units: Units, config: SpeedConfig | None = None, card: Card | None = None, *,
        calibrate: bool = True,
    ) -> Self:  # fmt: skip
        """Learn from units of several people; deterministic.

        Without `calibrate` the means are the same and learnt in half the time, the bands too narrow.

        Raises
        ------
        MissingInputError
            Where there are fewer than three people with two speeds.
        """
        settings = config or SpeedConfig()
        who, count = np.unique(units.person, return_counts=True)
        if (count > 1).sum() < 3:
            raise MissingInputError(
                "too few people to learn from", place="units", found=f"{len(who)} people",
                expected="three people with two speeds or more each",
            )  # fmt: skip
        weights: dict[str, npt.NDArray[Any]] = {c: getattr(units, c) for c in _COLUMNS}
        flat = units.flat - settings.prior_share * published(units)
        share = change.person_weights(units)
        mean = share @ flat
        _, _, V = np.linalg.svd((flat - mean) * np.sqrt(share)[:, None], full_matrices=False)
        basis = V[: min(settings.components, len(units) - 1)]
        # Curves have no sign of their own: the one whose largest value is positive, everywhere.
        basis = basis * np.sign(np.take_along_axis(basis, np.abs(basis).argmax(axis=1)[:, None], 1))
        scores = (flat - mean) @ basis.T
        names = cls._names(units)
        K = kernels(units, units, settings.decay, names)
        X = np.ones((len(units), 1))
        weights |= {
            "mean": mean, "basis": basis, "scores": scores,
            "variances": np.stack([restricted(z, X, K, units.count, names) for z in scores.T]),
        }  # fmt: skip
        rest = (flat - mean) - scores @ basis
        t, s = change.pairs(units).T
        kept = settings.carried * _lasting(units.count, settings.stride_noise)
        weights["rest"] = np.square(rest[t] - kept[s] * rest[s]).mean(axis=0)
        weights |= change.fit(units, scores[:, : settings.changing], settings.ridge)
        weights |= tempo.fit(units, settings.decay)
        draft = cls(settings, weights | {"band": np.array(1.0)}, card)
        return draft.calibrated(draft.errors(units)) if calibrate else draft

    @staticmethod
    def _names(units: Units) -> tuple[str, ...]:
        """The components that the training people can tell apart."""
        several = {c: len(np.unique(getattr(units, c))) > 1 for c in ("lab", "group")}
        return tuple(n for n in COMPONENTS if several.get(n.split("_")[0], True))

    def without(self, person: str) -> StatisticalSpeed:
        """The same variances, curves and settings, with one training person's data taken out."""
        keep = self._training.person != person
        w = dict(self.weights)
        for name in (*_COLUMNS, "scores"):
            w[name] = w[name][keep]
        few = w["scores"][:, : self.config.changing]
        w |= change.fit(self._training.take(keep), few, self.config.ridge)
        return StatisticalSpeed(self.config, w, self.card)

    def errors(self, units: Units) -> dict[str, tuple[Array, Array]]:
        """For each training person left out: error (pair × joint × 101) over all pairs, and SD."""
        out = {}
        for person in np.unique(units.person):
            mine = units.take(units.person == person)
            found = change.pairs(mine)
            if len(found):
                out[str(person)] = _pair_errors(self.without(str(person)), mine, found)
        return out

    def calibrated(self, errors: Mapping[str, tuple[Array, Array]]) -> Self:
        """With a factor on the SD: 90 % bands hold on average, and 80 % of the curve in 9 of 10 people.

        `errors` are those of :meth:`errors`, of a model not yet calibrated: people left out one at a
        time, with the variances learnt from all of the training people.
        """
        ratio = [np.abs(e) / s for e, s in errors.values()]
        grid = np.arange(0.5, 4.0, 0.02)
        held = np.array([[(r <= Z90 * c).mean() for r in ratio] for c in grid])
        good = (held.mean(axis=1) >= 0.90) & (np.quantile(held, 0.1, axis=1) >= 0.80)
        band = float(grid[np.argmax(good)]) if good.any() else float(grid[-1])
        return type(self)(self.config, {**self.weights, "band": np.array(band)}, self.card)

    # --- what was learnt ---------------------------------------------------------------------------

    @cached_property
    def _training(self) -> Units:
        w = self.weights
        n = len(w["speed"])
        return Units(**{c: w[c] for c in _COLUMNS}, curves=np.zeros((n, 3, 101)),
                     cadence=np.full(n, np.nan))  # fmt: skip

    @cached_property
    def _solved(self) -> Solved:
        units, w = self._training, self.weights
        K = kernels(units, units, self.config.decay, self._names(units))
        return Solved.of(w["scores"], np.ones((len(units), 1)), K, units.count, w["variances"])

    @property
    def trained_speeds(self) -> tuple[float, float]:
        """Slowest and fastest unit learnt from (m/s)."""
        speeds = self.weights["speed"]
        return float(speeds.min()), float(speeds.max())

    # --- predicting --------------------------------------------------------------------------------

    def _allowed(self, speeds: Array, what: str) -> None:
        low, high = self.config.slowest, self.config.fastest
        bad = speeds[~((speeds >= low) & (speeds <= high))]
        if len(bad):
            raise GaitsmithError("a speed that the model does not know", place=what,
                                 found=f"{bad[0]:g} m/s", expected=f"{low:g} to {high:g} m/s",
                                 remedy="ask for speeds inside; there is no estimate beyond")  # fmt: skip

    def predict(
        self, sources: Units, speeds: Sequence[float] | Array, *, legs: Sequence[str] | None = None,
        zero_known: bool = True, strides: float = np.inf,
    ) -> Prediction:  # fmt: skip
        """Mean curves of every leg at every speed: rows leg by leg, speeds in the order given.

        Parameters
        ----------
        sources
            One person's units: one or several speeds, one or both legs.
        speeds
            Wanted speeds (m/s).
        legs
            Default: those of the sources.
        zero_known
            Whether the angles count from the person's standing posture, as in the training data;
            if not, each joint's level is carried over and only the shape is compared.
        strides
            The band is that of a mean of so many strides (default: of the person's long-run mean).

        Raises
        ------
        GaitsmithError
            Where a speed is outside what the model knows, or the sources are of several people.
        """
        wanted = np.atleast_1d(np.asarray(speeds, dtype=np.float64))
        self._allowed(wanted, "wanted speed")
        self._allowed(sources.speed, "source speed")
        if len(np.unique(sources.person)) != 1:
            raise GaitsmithError("sources are one person's", place="argument sources",
                                 found=f"{len(np.unique(sources.person))} people")  # fmt: skip
        rows = [str(x) for x in (np.unique(sources.leg) if legs is None else legs)]
        m = len(rows) * len(wanted)
        targets = sources.take(np.zeros(m, dtype=np.intp)).replaced(
            leg=np.repeat(rows, len(wanted)), speed=np.tile(wanted, len(rows)), count=1.0,
            curves=np.zeros((m, len(JOINTS), 101)), cadence=np.nan,
        )  # fmt: skip
        both = sources.joined(targets).replaced(person="\0new")
        return self._posterior(sources, targets, both, zero_known=zero_known, strides=strides)

    def _posterior(
        self, sources: Units, targets: Units, both: Units, *, zero_known: bool, strides: float
    ) -> Prediction:  # fmt: skip
        w, c, train, n = self.weights, self.config, self._training, len(sources)
        names, e = self._names(train), w["variances"]
        parts = kernels(both, both, c.decay, names)
        across = np.tensordot(e[:, :-1], kernels(both, train, c.decay, names), 1)
        mean, cov = self._solved.expected(
            np.ones((len(both), 1)), across, np.tensordot(e[:, :-1], parts, 1)
        )
        base = c.prior_share * published(both) + w["mean"]
        flat, level = sources.flat, np.zeros((len(targets), len(JOINTS), 1))
        if not zero_known:
            off = (flat - base[:n] - mean[:, :n].T @ w["basis"]).reshape(n, len(JOINTS), 101).mean(axis=2)  # fmt: skip
            own = _by_leg(sources, off, sources)
            flat = flat - np.repeat(own, 101, axis=1)
            level = _by_leg(sources, off, targets)[:, :, None]
        own_scores = (flat - base[:n]) @ w["basis"].T
        rest = (flat - base[:n]) - own_scores @ w["basis"]
        noise = e[:, -1:, None] * np.diag(1.0 / sources.count)
        away = own_scores.T - mean[:, :n]
        k = min(_JUDGED, len(e))
        said = np.linalg.solve(cov[:k, :n, :n] + noise[:k], away[:k, :, None])[:, :, 0]
        misfit = float((away[:k] * said).sum() / (k * n))
        lasting = [names.index(x) for x in ("person", "leg")]
        more = max(1.0, misfit) ** 2 - 1.0
        cov = cov + more * np.tensordot(e[:, lasting], parts[lasting], 1)
        gain = np.linalg.solve(cov[:, :n, :n] + noise, cov[:, :n]).transpose(0, 2, 1)
        scores = mean[:, n:] + (gain[:, n:] @ away[:, :, None])[:, :, 0]
        post = (cov - gain @ cov[:, :n])[:, n:, n:]
        kept = self._kept(sources, misfit)
        curves = base[n:] + scores.T @ w["basis"] + _by_leg(sources, kept * rest, targets)
        own_share = (1 - c.blend) / np.sqrt(max(1.0, misfit))
        curves = own_share * curves + (1 - own_share) * self._changed(
            sources, targets, flat, own_scores, prior=c.prior_share * published(both), misfit=misfit
        )
        if not np.isin(sources.lab, train.lab).all():
            copy = _near(sources, targets) @ flat
            curves = copy + (curves - copy) * max(1.0, misfit) ** -c.shrink
        widen = float(w["band"]) ** 2 * np.sqrt(max(1.0, misfit))
        long_run = np.maximum(np.diagonal(post, axis1=1, axis2=2).T, 0.0)
        variance = (long_run + e[:, -1] / strides) @ np.square(w["basis"]) + w["rest"]
        shape = (len(targets), len(JOINTS), 101)
        cadence, log_sd = self._tempo(sources, targets)
        return Prediction(
            targets.speed, tuple(str(x) for x in targets.leg), curves.reshape(shape) + level,
            np.sqrt(widen * variance).reshape(shape), cadence, cadence * log_sd, misfit, w["basis"],
            np.sqrt(widen) * _root(post),
        )  # fmt: skip

    def _kept(self, sources: Units, misfit: float) -> Array:
        """unit × 1: share of what the principal curves do not hold that is carried over."""
        noise = self.config.stride_noise / max(1.0, misfit) ** 2
        return self.config.carried * _lasting(sources.count, noise)

    def _changed(
        self, sources: Units, targets: Units, flat: Array, scores: Array, *, prior: Array, misfit: float
    ) -> Array:  # fmt: skip
        """The ridge estimate: each source's curve plus its change, near sources weighing more."""
        w, n, m = self.weights, len(sources), len(targets)
        few = w["change"].shape[1]
        basis, scores = w["basis"][:few], scores[:, :few]
        held = w["mean"] + prior[:n] + scores @ basis
        flat = held + self._kept(sources, misfit) * (flat - held)
        own = scores - change.line(sources.speed, w["line"])
        own = own / float(w["scale"]) / np.sqrt(max(1.0, misfit))
        t, s = (x.ravel() for x in np.indices((m, n)))
        step = change.features(own[s], sources.speed[s], targets.speed[t]) @ w["change"] @ basis
        each = (flat[s] + step + prior[n:][t] - prior[:n][s]).reshape(m, n, -1)
        return np.asarray((_near(sources, targets)[:, :, None] * each).sum(axis=1))

    def _tempo(self, sources: Units, targets: Units) -> tuple[Array, Array]:
        if "tempo_fixed" not in self.weights:
            return np.full(len(targets), np.nan), np.full(len(targets), np.nan)
        return tempo.predict(self.weights, sources, targets, self.config.decay)


def _lasting(count: Array, noise: float) -> Array:
    """unit × 1: the share that lasts in a mean of so many strides."""
    return np.asarray(count / (count + noise))[:, None]


def _near(sources: Units, targets: Units) -> Array:
    """target × source: weights of the sources of a leg, near speeds and many strides weighing more."""
    near = 1.0 / (_NEAR + np.abs(targets.speed[:, None] - sources.speed[None]))
    near = near * np.sqrt(sources.count) * _same_leg(sources, targets)
    return np.asarray(near / near.sum(axis=1, keepdims=True))


def _same_leg(sources: Units, targets: Units) -> Array:
    """target × source: 1 where it is the same leg; all 1 where a leg has no source."""
    same: Array = np.asarray(targets.leg[:, None] == sources.leg[None], dtype=np.float64)
    same[same.sum(axis=1) == 0] = 1.0
    return same


def _by_leg(sources: Units, values: Array, targets: Units) -> Array:
    """The mean of the values of a target's own leg (of both, where it has none)."""
    same = _same_leg(sources, targets)
    return np.asarray(same @ values / same.sum(axis=1, keepdims=True))


def _root(cov: Array) -> Array:
    """Matrix square roots of a stack of covariances (rounded below zero to zero)."""
    value, vector = np.linalg.eigh(0.5 * (cov + cov.transpose(0, 2, 1)))
    return np.asarray(vector * np.sqrt(np.maximum(value, 0.0))[:, None, :])


def _pair_errors(
    model: StatisticalSpeed, mine: Units, found: npt.NDArray[np.intp]
) -> tuple[Array, Array]:
    """Error and SD of every pair (target, source) of one person."""
    errors, sds = [], []
    for s in np.unique(found[:, 1]):
        for t in found[found[:, 1] == s, 0]:
            p = model.predict(mine.take([s]), mine.speed[[t]], strides=float(mine.count[t]))
            errors.append(p.mean[0] - mine.curves[t])
            sds.append(p.sd[0])
    return np.array(errors), np.array(sds)
