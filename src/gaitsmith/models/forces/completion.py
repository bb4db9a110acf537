"""Missing joints from those that are there: a low-rank Gaussian over joint × phase, speed-aware.

A stride's angles (16 coordinates × 51 phases), its speed and its stride time are taken as jointly
Gaussian: mean, principal curves with their variances, and what they leave as noise of each
coordinate. Given any coordinates, the others follow as the conditional mean, with a band. What is
known enters by its shape over the stride alone, its level left out: levels belong to models and
marker sets. The mirrored strides are learnt too, so that left and right are alike.

Ours; the published alternative is in ``generate``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.base import Card, Config, Model
from gaitsmith.models.forces.strides import COORDINATES, PHASES, StrideAngles

__all__ = ["CompletionConfig", "Filled", "StrideGaussian", "default_completion", "mirrored"]

Array = npt.NDArray[np.float64]
Z90 = 1.6449
# Neighbouring phases are no news: a stride counts as so many independent points of a coordinate.
_NEWS = 2.0
# Mirroring turns these about.
_TURNS = ("pelvis_list", "pelvis_rotation", "lumbar_bending", "lumbar_rotation")


@dataclass(frozen=True, kw_only=True)
class CompletionConfig(Config):
    """Settings: principal curves kept, and how much speed and stride time weigh."""

    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {
        "components": (1, 100),
        "scalar_weight": (0, 1000),
    }
    components: int = 12
    scalar_weight: float = 5.0


@dataclass(frozen=True, eq=False)
class Filled:
    """Angles (row × coordinate × 51, degrees) with what was asked filled in, and their SD (0: given)."""

    angles: Array
    sd: Array


def mirrored(angles: Array) -> Array:
    """Strides (row × coordinate × 51) of the person in the mirror, again from the right strike."""
    out = np.empty_like(angles)
    for i, name in enumerate(COORDINATES):
        other = (
            f"{name[:-2]}_{'l' if name.endswith('_r') else 'r'}"
            if name.endswith(("_r", "_l"))
            else name
        )
        curve = angles[:, COORDINATES.index(other)]
        # Half a stride later the other foot strikes.
        moved = np.concatenate((curve[:, PHASES // 2 :], curve[:, 1 : PHASES // 2 + 1]), axis=1)
        out[:, i] = -moved if name in _TURNS else moved
    return out


class StrideGaussian(Model):
    """The joint distribution of a stride's angles, speed and time."""

    NAME: ClassVar[str] = "forces-completion"
    CONFIG: ClassVar[type[Config]] = CompletionConfig

    @classmethod
    def fit(
        cls, rows: StrideAngles, config: CompletionConfig | None = None, card: Card | None = None
    ) -> Self:
        """Learn from strides; people count alike.

        Raises
        ------
        GaitsmithError
            With fewer than three people.
        """
        config = config or CompletionConfig()
        people, which = np.unique(rows.person, return_inverse=True)
        if len(people) < 3:
            raise GaitsmithError(
                "too little to learn from", place="argument rows", found=f"{len(people)} people"
            )
        both = np.concatenate((rows.angles, mirrored(rows.angles)))
        scalars = np.concatenate((rows.scalars, rows.scalars))
        count = np.bincount(which)[which]
        share = np.tile(1.0 / count, 2)
        share /= share.sum()
        flat = both.reshape(len(both), -1)
        mean, s_mean = share @ flat, share @ scalars
        s_sd = np.sqrt(share @ (scalars - s_mean) ** 2) + 1e-9
        away = np.hstack((flat - mean, (scalars - s_mean) / s_sd * config.scalar_weight))
        weighted = away * np.sqrt(share)[:, None]
        value, vector = np.linalg.eigh(weighted @ weighted.T)
        order = [i for i in np.argsort(value)[::-1] if value[i] > 1e-10 * value.max()][
            : config.components
        ]
        size = np.sqrt(value[order])
        basis = (weighted.T @ vector[:, order] / size).T
        k = len(size)
        left = away - (away @ basis[:k].T) @ basis[:k]
        noise = (
            np.sqrt(share @ left[:, : flat.shape[1]] ** 2)
            .reshape(len(COORDINATES), PHASES)
            .mean(axis=1)
        )
        weights = {
            "mean": mean, "basis": basis[:k], "variance": size[:k] ** 2, "noise": noise + 0.3,
            "scalar_mean": s_mean, "scalar_sd": s_sd, "factor": np.ones(len(COORDINATES)),
        }  # fmt: skip
        return cls(
            config, {n: np.ascontiguousarray(w, dtype=np.float32) for n, w in weights.items()}, card
        )

    def calibrated(
        self, rows: StrideAngles, parts: Sequence[Sequence[str]], folds: int = 5
    ) -> Self:
        """The same with bands that hold nine in ten of left-out people's angles.

        Each of `parts` is left out whole, of people in `folds` folds who were not learnt from.
        """
        people = np.unique(rows.person)
        config = self.config
        assert isinstance(config, CompletionConfig)
        ratios: dict[int, list[Array]] = {}
        for k in range(folds):
            out = np.isin(rows.person, people[k::folds])
            model = type(self).fit(rows.take(np.flatnonzero(~out)), config)
            for part in parts:
                known = [c for c in COORDINATES if c not in part]
                filled = model.fill(rows.angles[out], known)
                for name in part:
                    i = COORDINATES.index(name)
                    wrong = np.abs(filled.angles[:, i] - rows.angles[out, i]) / filled.sd[:, i]
                    ratios.setdefault(i, []).append(wrong.ravel())
        factor = np.ones(len(COORDINATES))
        for i, found in ratios.items():
            factor[i] = float(np.quantile(np.concatenate(found), 0.9)) / Z90
        return type(self)(config, {**self.weights, "factor": factor.astype(np.float32)}, self.card)

    def fill(self, angles: Array, known: Sequence[str], scalars: Array | None = None) -> Filled:
        """Strides with the coordinates that are not `known` filled in.

        Parameters
        ----------
        angles
            row × coordinate × 51 (degrees), in the order of ``COORDINATES``; what is not known is
            not looked at.
        known
            Names.
        scalars
            row × 2: dimensionless speed and stride time; NaN or None: unknown.

        Raises
        ------
        GaitsmithError
            Where nothing is known, or a name is none of ``COORDINATES``.
        """
        for name in known:
            if name not in COORDINATES:
                raise GaitsmithError(
                    "no such coordinate here", found=name, expected=", ".join(COORDINATES)
                )
        if not known and scalars is None:
            raise GaitsmithError("nothing is known to fill from", place="argument known")
        w = {n: np.asarray(x, np.float64) for n, x in self.weights.items()}
        config = self.config
        assert isinstance(config, CompletionConfig)
        k, size = len(w["basis"]), len(COORDINATES) * PHASES
        basis = w["basis"][:, :size].reshape(k, len(COORDINATES), PHASES)
        at = np.array([COORDINATES.index(n) for n in known], dtype=int)
        mean = w["mean"].reshape(len(COORDINATES), PHASES)
        shape = basis[:, at] - basis[:, at].mean(axis=2, keepdims=True)
        seen = angles[:, at] - mean[at]
        seen = seen - seen.mean(axis=2, keepdims=True)
        # Neighbouring phases are not news: noise counts as of `_NEWS` points a stride.
        weight = _NEWS / PHASES / (w["noise"][at] ** 2)
        design = (shape * weight[:, None]).reshape(k, -1)
        precision = np.diag(1.0 / np.maximum(w["variance"], 1e-6)) + design @ shape.reshape(k, -1).T
        right = design @ seen.reshape(len(angles), -1).T
        if scalars is not None and np.isfinite(scalars).all():
            line = w["basis"][:, size:]
            z = (scalars - w["scalar_mean"]) / w["scalar_sd"] * config.scalar_weight
            precision = precision + line @ line.T / (0.2 * config.scalar_weight) ** 2
            right = right + line @ z.T / (0.2 * config.scalar_weight) ** 2
        spread = np.linalg.inv(precision)
        scores = (spread @ right).T
        whole = mean + np.einsum("rk,kcp->rcp", scores, basis)
        sd = np.sqrt(np.einsum("kcp,kl,lcp->cp", basis, spread, basis) + w["noise"][:, None] ** 2)
        sd = np.repeat((sd * w["factor"][:, None])[None], len(angles), axis=0)
        whole[:, at], sd[:, at] = angles[:, at], 0.0
        return Filled(whole, sd)

    def curves(self) -> tuple[Array, Array]:
        """Mean and SD between people (coordinate × 51, degrees)."""
        w = {n: np.asarray(x, np.float64) for n, x in self.weights.items()}
        form = (len(COORDINATES), PHASES)
        basis = w["basis"][:, : form[0] * form[1]].reshape(-1, *form)
        spread = np.einsum("k,kcp->cp", w["variance"], np.square(basis)) + w["noise"][:, None] ** 2
        return w["mean"].reshape(form), np.sqrt(spread)

    def response(self, change: Array, changed: Sequence[str]) -> Array:
        """What the other coordinates do on average (row × coordinate × 51) when some change so."""
        w = {n: np.asarray(x, np.float64) for n, x in self.weights.items()}
        k, size = len(w["basis"]), len(COORDINATES) * PHASES
        basis = w["basis"][:, :size].reshape(k, len(COORDINATES), PHASES)
        at = np.array([COORDINATES.index(n) for n in changed], dtype=int)
        design = (basis[:, at] * (_NEWS / PHASES / w["noise"][at] ** 2)[:, None]).reshape(k, -1)
        precision = (
            np.diag(1.0 / np.maximum(w["variance"], 1e-6)) + design @ basis[:, at].reshape(k, -1).T
        )
        scores = np.linalg.solve(precision, design @ change[:, at].reshape(len(change), -1).T).T
        out = np.einsum("rk,kcp->rcp", scores, basis)
        out[:, at] = change[:, at]
        return np.asarray(out)


@cache
def default_completion() -> StrideGaussian:
    """The bundled model."""
    return StrideGaussian.from_pretrained("forces-completion")
