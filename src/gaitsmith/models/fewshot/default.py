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
from gaitsmith.models.base import Card, Config, Model
from gaitsmith.models.fewshot.calibration import LEVELS
from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.models.fewshot.learning import bends, learnt, unpacked
from gaitsmith.models.fewshot.person import Band, Person, between
from gaitsmith.models.fewshot.posterior import information, posterior
from gaitsmith.models.fewshot.prior import periodic, tapered

__all__ = ["LEVELS", "Band", "FewShot", "FewShotConfig", "Person"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
#: What may be known of a stride.
KNOWN = ("none", "speed")
# Width (strides) of what is smooth over a few samples only (ours).
_FINE = 0.012


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
        if self._w and "energy" not in self._w:
            # Personal files of earlier versions: nothing mixed in, bands alike, the first setting.
            self._w |= {"safe": np.zeros(2), "energy": np.array([0.0, 1.0]), "fill_chosen": np.tile((0.3, 0.1), (4, 1))}  # fmt: skip
        self._variations: dict[tuple[float, float, float], Array] = {}

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
    def _strides(self) -> Array:
        """(time · channel)²: covariance of strides; of the principal curves alone where it was not kept."""
        w = self._w
        if "strides" in w:
            return unpacked(w["strides"], w["basis"].shape[1])
        return np.asarray(w["basis"].T @ w["within"] @ w["basis"])

    def _varied(self, fine: float, width: float, across: float = 1.0) -> Array:
        """(time · channel)²: strides about their person's mean, tapered; and `fine` of their variance
        smooth over a few samples only, which strides of other people do not say."""
        if (fine, width, across) not in self._variations:
            time, channels = self.shape
            sd = np.sqrt(np.diag(self._strides))
            smooth = np.kron(periodic(time, _FINE), np.eye(channels))
            self._variations[fine, width, across] = self._strides * tapered(time, channels, width, across) + fine * sd[:, None] * smooth * sd  # fmt: skip
        return self._variations[fine, width, across]

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
        beyond, energy = np.zeros(flat.shape[1]), float(w["energy"][1])
        if whole.any():
            # What the principal curves cannot say is shrunk by one share; and some shrinkage is mixed in.
            count = int(whole.sum())
            away = flat[whole].mean(axis=0)
            scores = w["basis"] @ away
            share = 1.0 / (1.0 + float(w["rest_firm"]) / count)
            beyond = share * (away - scores @ w["basis"])
            safe, all_alike = between(w["safe"], count), between(w["shrink"], count)
            beyond += safe * (count / len(flat)) * (all_alike * away - mean @ w["basis"] - beyond)
            energy = float(scores @ np.linalg.solve(prior_cov + own / count, scores)) / len(scores)
        return Person(
            self, mean, of_person, beyond=beyond, spread=self._spread(flat), count=len(cycles),
            energy=energy,
        )  # fmt: skip

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
