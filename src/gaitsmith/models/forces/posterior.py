"""The default: a Gaussian posterior of a stance's forces, given the motion and its net force.

A stance's force (forward, up, medial in body weights) and centre of pressure over 101 points are
taken as a Gaussian process over what the motion says: the net force m (a - g) over the same stance,
where the mass centre is over this ankle and the other one, the legs' angles, the foot's heights,
speed and timing. Its kernel is a sum over these blocks of a linear and a squared-exponential part;
the noise has a part of each stance and a part that all stances of a person share, so that people
with many strides do not count as many people. In single support the net force *is* the force, so
that the posterior learns how far to believe it at each instant; in double support it learns the
split.

Bands: the residuals of people left out in turn, by component and phase, widened where a stance
lies far from those learnt, and scaled so that nine in ten of the left-out people's samples lie
within the 90 % band. A mass known only within some share widens them in proportion to the force.

Ours; no network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.base import Card, Config, Model
from gaitsmith.models.forces.stances import CURVES, POINTS, SCALARS, Stances

__all__ = ["Prediction", "StanceConfig", "StancePosterior", "default_model"]

Array = npt.NDArray[np.float64]
#: Half width of a central 90 % band of a normal variable, in SD.
Z90 = 1.6449
# Every second point of the inputs serves: they hold nothing finer.
_STEP = 2
_OUTPUTS = 5
# Channels whose mean over the stance is taken away: all but velocities.
_LEVELLED = np.array([not name.startswith("speed") for name in CURVES])


@dataclass(frozen=True, kw_only=True)
class StanceConfig(Config):
    """Settings of the posterior.

    Attributes
    ----------
    total, com, other, angles, foot, scalars
        Weight of each block of inputs in the kernel.
    bent
        Weight of the squared-exponential part beside the linear one.
    noise, shared
        Variance of a stance's own residual, and of what a person's stances share.
    inputs, outputs
        Principal curves kept of each block, and of the answer.
    split_forward, split_up, split_medial
        Weight of the net force, shared in a line, beside the posterior for a laboratory that was
        not learnt from; half and half, as an ensemble, for the components where adults of
        other laboratories gained by it.
    net_sd
        SD (body weights) that the net force is given where the feet are made to sum to it.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {
        "total": (0, 100), "com": (0, 100), "other": (0, 100), "angles": (0, 100), "foot": (0, 100),
        "scalars": (0, 100), "bent": (0, 100), "noise": (1e-4, 100), "shared": (0, 100),
        "inputs": (2, 100), "outputs": (2, 200), "split_forward": (0, 1), "split_up": (0, 1),
        "split_medial": (0, 1), "net_sd": (0, 100),
    }  # fmt: skip
    total: float = 3.0
    com: float = 0.3
    other: float = 0.3
    angles: float = 0.3
    foot: float = 0.3
    scalars: float = 0.3
    bent: float = 0.5
    noise: float = 1.0
    shared: float = 0.1
    inputs: int = 20
    outputs: int = 40
    split_forward: float = 0.0
    split_up: float = 0.5
    split_medial: float = 0.5
    net_sd: float = 0.1


@dataclass(frozen=True, eq=False)
class Prediction:
    """What is told of each stance.

    Attributes
    ----------
    force, force_sd
        row × 3 × 101: forward, up, medial in body weights, and calibrated SD.
    centre, centre_sd
        row × 2 × 101: centre of pressure from the heel, along the foot and towards the midline,
        in foot lengths.
    far
        row: how far the stance lies from those learnt (1 = as far as they from each other).
    """

    force: Array
    force_sd: Array
    centre: Array
    centre_sd: Array
    far: Array


def _inputs(rows: Stances) -> dict[str, Array]:
    """The blocks of inputs, row × any."""
    # Levels belong to models and marker sets (where a joint's zero is), shapes to people.
    c = rows.curves - np.where(_LEVELLED[:, None], rows.curves.mean(axis=2, keepdims=True), 0.0)
    n, c = len(rows), c[:, :, ::_STEP]
    at = {name: i for i, name in enumerate(CURVES)}
    angles = c[:, at["pitch"] : at["other_ankle"] + 1]
    return {
        "total": rows.total[:, :, ::_STEP].reshape(n, -1),
        "com": c[:, 0:3].reshape(n, -1), "other": c[:, 3:6].reshape(n, -1),
        "angles": angles.reshape(n, -1), "foot": c[:, at["heel_y"] :].reshape(n, -1),
        "scalars": rows.scalars,
    }  # fmt: skip


def _answers(rows: Stances) -> Array:
    """row × 5 × 101; the centre's mean curve where it was not measured."""
    centre = rows.centre.copy()
    some = np.isfinite(centre).all(axis=(1, 2))
    mean = centre[some].mean(axis=0) if some.any() else np.zeros((2, POINTS))
    centre[~some] = mean
    return np.concatenate((rows.force, centre), axis=1)


class StancePosterior(Model):
    """Forces and centre of pressure of stances.

    Data: stances with measured forces (:class:`~gaitsmith.models.forces.stances.Stances`) of
    several people. Deviations from any paper: there is none behind it.
    """

    NAME: ClassVar[str] = "forces-posterior"
    CONFIG: ClassVar[type[Config]] = StanceConfig

    @classmethod
    def fit(cls, rows: Stances, config: StanceConfig | None = None, card: Card | None = None, *, bands: bool = True) -> Self:  # fmt: skip
        """Learn from measured stances.

        Raises
        ------
        GaitsmithError
            Where fewer than three people are there, or a force is missing.
        """
        config = config or StanceConfig()
        people = np.unique(rows.person)
        if len(people) < 3 or not np.isfinite(rows.force).all():
            raise GaitsmithError("too little to learn from", place="argument rows",
                                 found=f"{len(people)} people", expected="whole forces of three people")  # fmt: skip
        weights: dict[str, npt.NDArray[np.generic]] = {}
        parts = []
        for name, x in _inputs(rows).items():
            mean = x.mean(axis=0)
            away = x - mean
            scale = away.std(axis=0) + 1e-9 if name == "scalars" else np.full(x.shape[1], np.sqrt((away**2).mean()))  # fmt: skip
            away = away / (scale * np.sqrt(x.shape[1]))
            if name == "scalars":
                basis = np.eye(x.shape[1])
            else:
                basis = _principal(away, config.inputs)
            weights[f"{name}_mean"] = mean.astype(np.float32)
            weights[f"{name}_basis"] = (basis / (scale * np.sqrt(x.shape[1]))).astype(np.float32)
            parts.append((name, away @ basis.T))
        z = {name: p.astype(np.float32).astype(np.float64) for name, p in parts}
        gram = _gram(z, z, config)
        answers = _answers(rows).reshape(len(rows), -1)
        same = rows.person[:, None] == rows.person[None]
        noise = config.noise * np.eye(len(rows)) + config.shared * same
        inverse = np.linalg.inv(gram + noise)
        one = np.ones(len(rows))
        mean = (one @ inverse @ answers) / (one @ inverse @ one)
        dual = inverse @ (answers - mean)
        basis = _principal(answers - mean, config.outputs)
        weights |= {f"{n}_seen": p.astype(np.float32) for n, p in z.items()}
        weights |= {
            "mean": mean.astype(np.float32), "basis": basis.astype(np.float32),
            "dual": (dual @ basis.T).astype(np.float32), "explained": _explained(gram, inverse).astype(np.float32),
        }  # fmt: skip
        # The same bytes and the same order of sums as after saving and loading.
        weights = {k: np.ascontiguousarray(v) for k, v in weights.items()}
        made = cls(config, {**weights, **_plain_bands()}, card)
        if bands:
            weights |= made._bands(rows, gram, noise, answers)
            made = cls(config, weights, card)
        return made

    @staticmethod
    def left_out(
        gram: Array, noise: Array, answers: Array, person: npt.NDArray[np.str_]
    ) -> tuple[Array, Array]:
        """What each person's answers miss when told from the others, and each row's variance.

        In closed form: with C the inverse of the covariance bordered by the unknown mean, what a
        group misses is ``C_gg^-1 (C y)_g``, and its predictive covariance ``C_gg^-1``.
        """
        n = len(answers)
        bordered = np.block([[gram + noise, np.ones((n, 1))], [np.ones((1, n)), np.zeros((1, 1))]])
        inverse = np.linalg.inv(bordered)[:n, :n]
        away = inverse @ answers
        missed, level = np.empty_like(answers), np.empty(n)
        for p in np.unique(person):
            own = np.flatnonzero(person == p)
            block = np.linalg.inv(inverse[np.ix_(own, own)])
            missed[own] = block @ away[own]
            level[own] = np.maximum(np.diag(block), 1e-9)
        return missed, level

    def _bands(self, rows: Stances, gram: Array, noise: Array, answers: Array) -> dict[str, npt.NDArray[np.generic]]:  # fmt: skip
        """SD by output and phase, the usual variance, and the factor that makes 90 % of 90 %."""
        from scipy.ndimage import gaussian_filter1d

        missed, level = self.left_out(gram, noise, answers, rows.person)
        wrong = missed.reshape(len(rows), _OUTPUTS, POINTS)
        usual = float(np.median(level))
        # People count alike.
        share = np.array([1.0 / np.sum(rows.person == p) for p in rows.person])
        share /= share.sum()
        widen = np.sqrt(level / usual)[:, None, None]
        sd = np.sqrt(np.einsum("n,nkp->kp", share, (wrong / widen) ** 2))
        sd = np.exp(gaussian_filter1d(np.log(sd + 1e-6), 2.0, axis=1, mode="nearest"))
        ratio = np.abs(wrong) / (widen * sd)
        factor = np.empty(_OUTPUTS)
        for k in range(_OUTPUTS):
            order = np.argsort(ratio[:, k].ravel())
            mass = np.cumsum(np.repeat(share / POINTS, POINTS)[order])
            factor[k] = ratio[:, k].ravel()[order][np.searchsorted(mass, 0.90)] / Z90
        return {
            "sd": (sd * factor[:, None]).astype(np.float32),
            "usual": np.array([usual], np.float32),
        }

    @cached_property
    def _z(self) -> dict[str, Array]:
        return {n: np.asarray(self.weights[f"{n}_seen"], dtype=np.float64) for n in
                ("total", "com", "other", "angles", "foot", "scalars")}  # fmt: skip

    def predict(self, rows: Stances) -> Prediction:
        """Forces and centres of stances, with SD.

        Raises
        ------
        GaitsmithError
            Where the model is not trained, or an input is not finite.
        """
        if not self.trained:
            raise GaitsmithError("the model is not trained", place=self.NAME)
        w, config = self.weights, self.config
        assert isinstance(config, StanceConfig)
        if rows.curves.shape[1:] != (len(CURVES), POINTS) or rows.scalars.shape[1:] != (
            len(SCALARS),
        ):
            raise GaitsmithError("the stances have other channels than the model", place=self.NAME,
                                 found=f"{rows.curves.shape[1:]}, {rows.scalars.shape[1:]}",
                                 expected=f"{len(CURVES)} curves of {POINTS} points, {len(SCALARS)} scalars")  # fmt: skip
        if not len(rows):
            none = np.zeros((0, 3, POINTS))
            return Prediction(none, none, none[:, :2], none[:, :2], np.zeros(0))
        z = {}
        for name, x in _inputs(rows).items():
            if not np.isfinite(x).all():
                raise GaitsmithError("an input is missing", place=f"stances, {name}",
                                     expected="finite numbers")  # fmt: skip
            z[name] = (x - w[f"{name}_mean"]) @ np.asarray(w[f"{name}_basis"], np.float64).T
        k = _gram(z, self._z, config)
        out = w["mean"] + (k @ w["dual"]) @ w["basis"]
        out = np.asarray(out, np.float64).reshape(len(rows), _OUTPUTS, POINTS)
        own = sum(getattr(config, n) * ((x**2).sum(axis=1) + config.bent) for n, x in z.items())
        spread = np.maximum(own - ((k @ w["explained"].T) ** 2).sum(axis=1), 0)
        level = config.noise + config.shared + spread
        far = np.sqrt(level / float(w["usual"][0]))
        sd = np.asarray(w["sd"], np.float64)[None] * far[:, None, None]
        return Prediction(out[:, :3], sd[:, :3], out[:, 3:], sd[:, 3:], far)


# Directions kept of what the learnt rows explain of a new one's variance.
_DIRECTIONS = 40


def _explained(gram: Array, inverse: Array) -> Array:
    """W (direction × row) so that |W k|² is nearly k' C k for kernel rows k like those learnt."""
    value, vector = np.linalg.eigh(0.5 * (inverse + inverse.T))
    root = (vector * np.sqrt(np.maximum(value, 0.0))) @ vector.T
    seen = root @ gram
    return np.asarray(_principal(seen @ seen.T, _DIRECTIONS) @ root, dtype=np.float64)


def _principal(x: Array, most: int) -> Array:
    """The first principal directions of rows (direction × column), by the rows' Gram matrix."""
    value, vector = np.linalg.eigh(x @ x.T)
    order = np.argsort(value)[::-1][:most]
    order = order[value[order] > 1e-12 * max(float(value.max()), 1e-300)]
    return np.asarray((x.T @ vector[:, order] / np.sqrt(value[order])).T)


def _plain_bands() -> dict[str, npt.NDArray[np.generic]]:
    return {"sd": np.full((_OUTPUTS, POINTS), 0.05, np.float32), "usual": np.ones(1, np.float32)}


def _gram(a: Mapping[str, Array], b: Mapping[str, Array], config: StanceConfig) -> Array:
    """Kernel between rows: a sum over blocks of linear + bent × squared-exponential."""
    total: Array = np.zeros((len(next(iter(a.values()))), len(next(iter(b.values())))))
    for name, x in a.items():
        weight = getattr(config, name)
        if not weight:
            continue
        y = b[name]
        inner = x @ y.T
        total += weight * inner
        if config.bent:
            apart = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1)[None] - 2 * inner
            total += weight * config.bent * np.exp(-0.5 * apart)
    return total


@cache
def default_model() -> StancePosterior:
    """The bundled model."""
    return StancePosterior.from_pretrained("forces-posterior")
