"""The default few-shot model: a hierarchical Gaussian, closed form.

A cycle (z-scored, time × channel) is taken as

    y = m + b (x − x̄) + p + d + s + e

m the population, b its change with what is known of the stride (speed; settings say which), p what
is the person's, d what lasts through a recording, s the stride, e the noise of a sample. p, d and s
are Gaussian in `r` principal curves; :mod:`gaitsmith.models.fewshot.prior` says how their covariances
are made and chosen. The slope b is taken within people: between them speed stands for size and age.

Bands are calibrated: for each level the factor on the SD is the one at which people left out of the
training set are covered as stated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError, MissingInputError, check_in
from gaitsmith.models.base import Card, Config, Model, generator
from gaitsmith.models.fewshot.calibration import DAMAGES, LEVELS, damage
from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.models.fewshot.learning import bends, learnt
from gaitsmith.models.fewshot.posterior import information, posterior, root
from gaitsmith.models.fewshot.prior import periodic

__all__ = ["LEVELS", "Band", "FewShot", "FewShotConfig", "Person"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
#: What may be known of a stride.
KNOWN = ("none", "speed")
# Width (strides) of what is smooth over a few samples only, and noise of a sample (z²), both ours.
_FINE, _FLOOR = 0.012, 1e-3


@dataclass(frozen=True, kw_only=True)
class FewShotConfig(Config):
    """Settings of the default few-shot model.

    Attributes
    ----------
    components
        Most principal curves.
    kept
        Share of the variance at which further curves are left out.
    known
        ``"speed"``: cycles differ with a speed that is known; ``"none"``: nothing is.
    repairs
        Whether the bands of damaged cycles are calibrated (slow where cycles are long).
    """

    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {"components": (2, 400), "kept": (0.5, 1)}
    components: int = 120
    kept: float = 0.9995
    known: str = "none"
    repairs: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_in("known", self.known, KNOWN)


@dataclass(frozen=True, eq=False)
class Band:
    """An estimate with calibrated bands.

    Attributes
    ----------
    mean
        time × channel.
    sd
        SD of the model; 0 where nothing was estimated.
    factors
        What the SD is multiplied by for each of ``LEVELS``.
    """

    mean: Array
    sd: Array
    factors: Array

    def at(self, level: float = 0.9) -> tuple[Array, Array]:
        """Lower and upper bound that hold the true sample with this probability."""
        wide = self.sd * float(np.interp(level, LEVELS, self.factors))
        return self.mean - wide, self.mean + wide


class FewShot(Model):
    """A person's cycles from a few of them; any mask, any number, samples and bands.

    Examples
    --------
    >>> model = FewShot.fit(cycles)                      # doctest: +SKIP
    >>> person = model.adapt(three_strides)              # doctest: +SKIP
    >>> person.generate(100, seed=0).shape               # doctest: +SKIP
    (100, 100, 6)
    >>> person.reconstruct(damaged).at(0.9)              # doctest: +SKIP
    """

    NAME = "fewshot-gaussian"
    CONFIG = FewShotConfig
    config: FewShotConfig

    def __init__(
        self, config: Config | None = None, weights: Mapping[str, npt.NDArray[Any]] | None = None,
        card: Card | None = None,
    ) -> None:  # fmt: skip
        super().__init__(config, weights, card)
        self._w = {k: v.astype(np.float64) if v.dtype == np.float32 else v for k, v in self.weights.items()}  # fmt: skip

    # --- learning --------------------------------------------------------------------------------

    @classmethod
    def fit(cls, cycles: Cycles, config: FewShotConfig | None = None, card: Card | None = None) -> Self:  # fmt: skip
        """Learn from cycles of several people; deterministic.

        Raises
        ------
        MissingInputError
            Where there are fewer than four people with four cycles each.
        """
        settings = config or FewShotConfig()
        enough = [p for p in cycles.people if (cycles.person == p).sum() >= 4]
        if len(enough) < 4:
            raise MissingInputError("too few people to learn from", place="cycles",
                                    found=f"{len(enough)} people with four cycles or more",
                                    expected="four people")  # fmt: skip
        return cls(settings, learnt(cycles.of_people(enough), settings), card)

    @property
    def labels(self) -> tuple[str, ...]:
        """Channels."""
        return tuple(self._w["labels"].tolist())

    @property
    def units(self) -> tuple[str, ...]:
        """Unit of each channel."""
        return tuple(self._w["units"].tolist())

    @property
    def shape(self) -> tuple[int, int]:
        """Samples and channels of a cycle."""
        return self._w["population"].shape

    @cached_property
    def _fine(self) -> Array:
        """(time · channel)²: what principal curves of other people cannot say, smooth over a few samples."""
        time, channels = self.shape
        kernel = periodic(time, _FINE)
        out = np.zeros((time, channels, time, channels))
        for c in range(channels):
            out[:, c, :, c] = kernel
        return out.reshape(time * channels, -1)

    # --- adapting --------------------------------------------------------------------------------

    def adapt(self, cycles: Cycles) -> Person:
        """A personal model from one person's cycles (any number, NaN where missing; none: the population).

        Raises
        ------
        GaitsmithError
            Where they are several people's, of other channels or length, or their speed is needed
            and not known.
        """
        self._fits(cycles)
        if len(cycles.people) > 1:
            raise GaitsmithError("cycles are one person's", place="argument cycles",
                                 found=f"{len(cycles.people)} people")  # fmt: skip
        w = self._w
        flat = self._z(cycles.data) - self._expected(self._known(cycles, len(cycles)))
        prior_cov = w["person"] + w["lasting"]
        precision, weighted = np.zeros_like(prior_cov), np.zeros(len(prior_cov))
        own = w["stride"]
        whole = np.isfinite(flat).all(axis=1)
        if whole.any():
            P, b = information(flat[whole].mean(axis=0), w["basis"], w["noise"] / whole.sum(), own / whole.sum())  # fmt: skip
            precision, weighted = precision + P, weighted + b
        for row in flat[~whole]:
            P, b = information(row, w["basis"], w["noise"], own)
            precision, weighted = precision + P, weighted + b
        lasting, cov = posterior(prior_cov, precision, weighted)
        # u = p + d: p given u has mean A u and covariance P − A P, with A = P (P + L)⁻¹.
        A = np.linalg.solve(prior_cov, w["person"]).T
        mean, of_person = A @ lasting, A @ cov @ A.T + w["person"] - A @ w["person"]
        beyond = np.zeros(flat.shape[1])
        if whole.any():
            # What the principal curves cannot say is shrunk by one share.
            away = flat[whole].mean(axis=0)
            share = 1.0 / (1.0 + float(w["rest_firm"]) / whole.sum())
            beyond = share * (away - (away @ w["basis"].T) @ w["basis"])
        return Person(
            self, mean, of_person, beyond=beyond, spread=self._spread(flat), count=len(cycles)
        )

    def _spread(self, flat: Array) -> float:
        """Person's stride variance over the population's: of whole cycles, drawn to 1 by ``firm``."""
        whole = flat[np.isfinite(flat).all(axis=1)]
        n, firm = len(whole) - 1, float(self._w["firm"])
        if n < 1:
            return 1.0
        away = whole - whole.mean(axis=0)
        own = float(np.square(away).sum() / n / float(self._w["stride_total"]))
        return (n * own + firm) / (n + firm)

    def _fits(self, cycles: Cycles) -> None:
        if cycles.labels != self.labels or cycles.shape != self.shape:
            raise GaitsmithError(
                "the cycles are of other channels or length than the model", place="argument cycles",
                found=f"{cycles.shape[0]} samples of {', '.join(cycles.labels)}",
                expected=f"{self.shape[0]} samples of {', '.join(self.labels)}",
            )  # fmt: skip
        if cycles.units != self.units:
            raise GaitsmithError("the cycles are in other units than the model", place="argument cycles",
                                 found=", ".join(cycles.units), expected=", ".join(self.units))  # fmt: skip

    def _known(self, cycles: Cycles, count: int) -> Array:
        if self.config.known == "none":
            return np.zeros(count)
        if np.isnan(cycles.speed).any():
            raise MissingInputError("a cycle's speed is not known", place="argument cycles",
                                    remedy="give the walking speed (m/s)")  # fmt: skip
        return cycles.speed

    def _z(self, data: Array) -> Array:
        z: Array = (data - self._w["level"]) / self._w["scale"]
        return z.reshape(len(data), self.shape[0] * self.shape[1])

    def _raw(self, flat: Array) -> Array:
        shape = flat.shape[:-1] + self.shape
        out: Array = flat.reshape(shape) * self._w["scale"] + self._w["level"]
        return out

    def _expected(self, known: Array) -> Array:
        """row × (time · channel), z: the population at what is known."""
        w = self._w
        flat = np.tile(w["population"].reshape(-1), (len(known), 1))
        if self.config.known == "none":
            return flat
        out: Array = flat + bends(np.asarray(known, dtype=np.float64) - w["centre"]) @ w["slope"]
        return out


class Person:
    """A person's model: what :meth:`FewShot.adapt` returns.

    Attributes
    ----------
    model
        What it was adapted from.
    mean, cov
        r; r × r: the person's own part.
    beyond
        (time · channel), z: what the principal curves do not hold.
    spread
        The person's stride variance over the population's.
    count
        Cycles it was adapted to.
    """

    def __init__(
        self, model: FewShot, mean: Array, cov: Array, *, beyond: Array, spread: float, count: int
    ) -> None:
        self.model, self.mean, self.cov, self.beyond = model, mean, cov, beyond
        self.spread, self.count = spread, count

    @cached_property
    def own(self) -> Array:
        """(time · channel), z: the person's deviation from the population."""
        return np.asarray(self.mean @ self.model._w["basis"] + self.beyond)

    @cached_property
    def _stride(self) -> Array:
        w = self.model._w
        return np.asarray(w["lasting"] + self.spread * w["stride"])

    @cached_property
    def _sd(self) -> Array:
        w = self.model._w
        var = _diagonal(w["basis"], self.cov + self._stride) + self.spread * w["noise"]
        return np.asarray(np.sqrt(var).reshape(self.model.shape) * w["scale"])

    def _centre(self, speed: float) -> Array:
        if self.model.config.known == "speed" and not np.isfinite(speed):
            raise MissingInputError("the speed of the cycles is needed", place="argument speed_m_s",
                                    remedy="give the walking speed (m/s)")  # fmt: skip
        out: Array = self.model._expected(np.array([speed]))[0] + self.own
        return out

    def _clipped(self, flat: Array) -> Array:
        limit = np.broadcast_to(self.model._w["limit"], self.model.shape)
        return np.clip(self.model._raw(flat), -limit, limit)

    def predict(self, *, speed_m_s: float = np.nan) -> Band:
        """The person's next cycle: mean and bands (of a cycle, not of the mean), time × channel."""
        return Band(self._clipped(self._centre(speed_m_s)), self._sd, self.model._w["factors_next"])  # fmt: skip

    def generate(
        self, count: int, *, seed: int | np.random.Generator, speed_m_s: float = np.nan,
        uncertain: bool = False,
    ) -> Array:  # fmt: skip
        """New cycles of this person: count × time × channel.

        Parameters
        ----------
        uncertain
            Whether each cycle also carries what is not known of the person (plausible people
            rather than the most plausible one's strides).
        """
        w, rng = self.model._w, generator(seed)
        cov = self.spread * w["within"] + (self.cov + w["lasting"] if uncertain else 0.0)
        away = rng.standard_normal((count, len(cov))) @ root(cov).T @ w["basis"]
        away += rng.standard_normal(away.shape) * np.sqrt(self.spread * w["noise"])
        return self._clipped(self._centre(speed_m_s) + away)

    def reconstruct(
        self, cycle: Array, mask: Mask | None = None, *, noise: Array | None = None,
        speed_m_s: float = np.nan, kind: str = "auto",
    ) -> Band:  # fmt: skip
        """A damaged cycle made whole.

        Parameters
        ----------
        cycle
            time × channel; NaN where missing.
        mask
            True where a sample is to be believed; default: where it is not NaN.
        noise
            SD (in units, one a channel) of noise on the observed samples, which is then taken off;
            default: observed samples are kept as they are.
        kind
            Of the damage: ``"span"``, ``"half"`` (scattered samples), ``"sensor"`` (a channel
            gone); ``"auto"``: told from the mask.

        Raises
        ------
        GaitsmithError
            Where shapes do not fit.
        """
        w, shape = self.model._w, self.model.shape
        cycle = np.asarray(cycle, dtype=np.float64)
        seen = np.isfinite(cycle) if mask is None else np.isfinite(cycle) & np.asarray(mask, dtype=bool)  # fmt: skip
        if cycle.shape != shape or seen.shape != shape:
            raise GaitsmithError("the cycle has another shape than the model's", place="argument cycle",
                                 found=cycle.shape, expected=str(shape))  # fmt: skip
        flat = self.model._z(np.where(seen, cycle, np.nan)[None])[0]
        extra = np.zeros(flat.size) if noise is None else np.tile(np.square(np.asarray(noise) / w["scale"]), shape[0])  # fmt: skip
        which = damage(seen) if kind == "auto" else DAMAGES.index(kind)
        if noise is not None and seen.all():
            which = DAMAGES.index("noise")
        fine, white = w["fill_chosen"][which]
        whole = w["basis"].T @ (self.cov + self._stride_fill) @ w["basis"]
        if fine:
            whole = whole + (fine * self.spread) * self.model._fine
        own = self.spread * white + _FLOOR
        centre = self._centre(speed_m_s)
        known = np.isfinite(flat)
        found, var = _completed(whole, flat - centre, known, extra + own)
        if noise is not None:
            # Of what is a sample's own, its share of the noise on it stays.
            kept = own / (own + extra)
            found = found + np.where(known, kept * (np.nan_to_num(flat - centre) - found), 0.0)
            var = var + np.where(known, kept * extra, 0.0)
        found += centre
        sd = np.sqrt(var + np.where(known, 0.0, own))
        if noise is None:
            found, sd = np.where(known, flat, found), np.where(known, 0.0, sd)
        mean = self.model._raw(found) if noise is not None else np.where(seen, cycle, self._clipped(found))  # fmt: skip
        return Band(mean, sd.reshape(shape) * w["scale"], w["factors_fill"][which])

    @property
    def _stride_fill(self) -> Array:
        w = self.model._w
        return np.asarray(w["lasting"] + self.spread * w["within"])

    def score(self, cycles: Cycles) -> Array:
        """How well each cycle fits this person: mean squared deviation in units of what is expected.

        1 = as usual; NaN where a cycle has no samples. Over people, the smallest recognises.
        """
        w = self.model._w
        self.model._fits(cycles)
        known = self.model._known(cycles, len(cycles))
        flat = self.model._z(cycles.data) - self.model._expected(known) - self.own
        cov = self.cov + self._stride
        out = np.full(len(flat), np.nan)
        for i, row in enumerate(flat):
            seen = np.isfinite(row)
            if seen.any():
                # yᵀ (Φ C Φᵀ + V)⁻¹ y over the observed samples, by Woodbury's identity.
                M, weighted = information(row, w["basis"], w["noise"])
                mean, _ = posterior(cov, M, weighted)
                inner = float(np.sum(np.square(row[seen]) / w["noise"][seen]))
                out[i] = (inner - float(weighted @ mean)) / seen.sum()
        return out


def _completed(cov: Array, away: Array, known: Mask, noise: Array) -> tuple[Array, Array]:
    """Mean and variance of every sample of a cycle given the known ones: the conditional Gaussian."""
    from scipy.linalg import solve_triangular

    across = cov[known]
    root_ = np.linalg.cholesky(across[:, known] + np.diag(noise[known]))
    both = solve_triangular(root_, np.column_stack([across, away[known]]), lower=True, check_finite=False)  # fmt: skip
    part, said = both[:, :-1], both[:, -1]
    return part.T @ said, np.maximum(np.diag(cov) - np.square(part).sum(axis=0), 1e-12)


def _diagonal(basis: Array, cov: Array) -> Array:
    """Variance of each sample: the diagonal of Φᵀ C Φ."""
    return np.asarray(np.maximum(np.sum((cov @ basis) * basis, axis=0), 0.0))
