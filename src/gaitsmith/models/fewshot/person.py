"""A person's own model: next cycles, generated ones, damaged ones made whole, how well others fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.models.base import generator
from gaitsmith.models.fewshot.calibration import DAMAGES, LEVELS, damage
from gaitsmith.models.fewshot.posterior import information, posterior, root
from gaitsmith.models.fewshot.prior import tapered

if TYPE_CHECKING:
    from gaitsmith.models.fewshot.cycles import Cycles
    from gaitsmith.models.fewshot.default import FewShot

__all__ = ["Band", "Person", "between", "widened"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
# Noise of a sample (z²); and a band is at most so many times as wide, or as narrow, as usual (ours).
_FLOOR = 1e-3
_WIDEST = 2.0


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
    energy
        How far the support lies from the population, over what is expected.
    """

    def __init__(
        self, model: FewShot, mean: Array, cov: Array, *, beyond: Array, spread: float, count: int,
        energy: float,
    ) -> None:  # fmt: skip
        self.model, self.mean, self.cov, self.beyond = model, mean, cov, beyond
        self.spread, self.count, self.energy = spread, count, energy

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
        w = self.model._w
        wide = widened(self.energy, w["energy"])
        return Band(self._clipped(self._centre(speed_m_s)), wide * self._sd, w["factors_next"])

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
        cov = self._whole(*w["fill_chosen"][which].tolist())
        centre = self._centre(speed_m_s)
        known = np.isfinite(flat)
        found, var = _completed(cov, flat - centre, known, extra + _FLOOR)  # fmt: skip
        found, sd = found + centre, np.sqrt(var)
        if noise is None:
            found, sd = np.where(known, flat, found), np.where(known, 0.0, sd)
        mean = self.model._raw(found) if noise is not None else np.where(seen, cycle, self._clipped(found))  # fmt: skip
        return Band(mean, sd.reshape(shape) * w["scale"], w["factors_fill"][which])

    def filled(
        self, cycle: Array, seen: Mask, setting: Sequence[float], *, speed_m_s: float, noise: Array | None
    ) -> Array:  # fmt: skip
        """The mean of :meth:`reconstruct` with another setting (fine share, taper, across channels); without its band."""
        from scipy.linalg import cho_factor, cho_solve

        w = self.model._w
        flat = self.model._z(np.where(seen, cycle, np.nan)[None])[0]
        known, centre = np.isfinite(flat), self._centre(speed_m_s)
        cov = self._whole(*setting).astype(np.float32)[:, known]
        extra = np.zeros(flat.size) if noise is None else np.tile(np.square(noise / w["scale"]), len(cycle))  # fmt: skip
        inner = cov[known] + np.diag(extra[known] + _FLOOR).astype(np.float32)
        found = centre + cov @ cho_solve(cho_factor(inner, check_finite=False), (flat - centre)[known].astype(np.float32))  # fmt: skip
        return self.model._raw(found) if noise is not None else np.where(seen, cycle, self._clipped(found))  # fmt: skip

    @cached_property
    def _own_cov(self) -> Array:
        w = self.model._w
        return np.asarray(w["basis"].T @ (self.cov + w["lasting"]) @ w["basis"])

    def _whole(self, fine: float, width: float, across: float = 1.0) -> Array:
        """(time · channel)²: of a cycle about the person's mean."""
        own = self._own_cov * tapered(*self.model.shape, width, across)
        return np.asarray(own + self.spread * self.model._varied(fine, width, across))

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
    """Mean and variance of every sample of a cycle given the known ones: the conditional Gaussian.

    Known samples without noise of account keep their value.
    """
    from scipy.linalg import lapack, solve_triangular

    inner = cov[np.ix_(known, known)]
    root_ = np.linalg.cholesky(inner + np.diag(noise[known]))
    mean, var = np.where(known, away, 0.0), np.zeros(len(away))
    said = solve_triangular(root_, away[known], lower=True, check_finite=False)
    gone = ~known
    if gone.any():
        part = solve_triangular(root_, cov[np.ix_(known, gone)], lower=True, check_finite=False)
        mean[gone] = part.T @ said
        var[gone] = np.diag(cov)[gone] - np.square(part).sum(axis=0)
    if (noise[known] > 2 * _FLOOR).any():
        # C − C (C + R)⁻¹ C = R − R (C + R)⁻¹ R on the diagonal.
        R = noise[known]
        back = solve_triangular(root_, said, lower=True, trans="T", check_finite=False)
        inverse, _ = lapack.dtrtri(root_, lower=1)
        mean[known] = away[known] - R * back
        var[known] = R - R**2 * np.square(inverse).sum(axis=0)
    return mean, np.maximum(var, 1e-12)


def widened(energy: float, usual: Array) -> float:
    """Band of a person over the usual one: the support's energy over the usual one, to a learnt power."""
    return float(np.clip((energy / usual[1]) ** usual[0], 1.0 / _WIDEST, _WIDEST))


def between(ends: Array, count: int) -> float:
    """Between what holds for one cycle and for five, in 1 / count; beyond five as for five."""
    part = (1.0 - 1.0 / max(1, min(count, 5))) / 0.8
    return float(ends[0] + part * (ends[1] - ends[0]))


def _diagonal(basis: Array, cov: Array) -> Array:
    """Variance of each sample: the diagonal of Φᵀ C Φ."""
    return np.asarray(np.maximum(np.sum((cov @ basis) * basis, axis=0), 0.0))
