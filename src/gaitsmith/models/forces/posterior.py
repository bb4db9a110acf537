"""The default: a Gaussian posterior of a stance's forces, given the motion and its net force.

A stance's force (forward, up, medial in body weights) and centre of pressure over 101 points are
taken as a Gaussian process over what the motion says: the net force m (a - g) over the same stance
and the parts of it that legs, trunk and pelvis contribute, where the mass centre is over this ankle
and the other one, the legs' angles, the foot's heights, their levels, speed and timing. Its kernel
(:mod:`gaitsmith.models.forces.kernel`) is a sum over these blocks; each output has weights of its
own, found on the rows learnt from. In single support the net force *is* the force, so that the
posterior learns how far to believe it, and each part of the body in it, at each instant; in double
support it learns the split.

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
from gaitsmith.models.forces import kernel as k
from gaitsmith.models.forces.stances import CURVES, PARTS, POINTS, SCALARS, Stances

__all__ = ["Prediction", "StanceConfig", "StancePosterior", "default_model"]

Array = npt.NDArray[np.float64]
#: Half width of a central 90 % band of a normal variable, in SD.
Z90 = 1.6449
#: Outputs that share a kernel, as rows of the five answers.
GROUPS: dict[str, slice] = {
    "forward": slice(0, 1), "up": slice(1, 2), "medial": slice(2, 3), "centre": slice(3, 5),
}  # fmt: skip
_OUTPUTS = 5


@dataclass(frozen=True, kw_only=True)
class StanceConfig(Config):
    """Settings of the posterior.

    Attributes
    ----------
    total, com, other, angles, foot, scalars, levels, legs, trunk, pelvis
        Weight of each block of inputs in the kernel, where the search begins; 0 leaves a block out.
        Levels (where a marker set puts a joint's zero) serve laboratories that are learnt from.
    bent
        Weight of the squared-exponential part beside the linear one.
    noise, shared
        Variance of a stance's own residual, and of what a person's stances share.
    tune, labs
        Whether the weights are searched, for each output, on the rows learnt from; and the share of
        whole sets left out in turn, beside people, in what is descended: for laboratories that are
        not learnt from.
    inputs, outputs
        Principal curves kept of each block, and of each answer.
    split_forward, split_up, split_medial
        Weight of the net force, shared in a line, beside the posterior for a laboratory that was
        not learnt from; half and half, as an ensemble, for the components where adults of
        other laboratories gained by it.
    net_sd
        SD (body weights) that the net force is given where the feet are made to sum to it.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {
        **dict.fromkeys(k.BLOCKS, (0, 100)), "labs": (0, 1), "bent": (0, 100), "noise": (1e-4, 100), "shared": (0, 100),
        "inputs": (2, 100), "outputs": (2, 200), "split_forward": (0, 1), "split_up": (0, 1),
        "split_medial": (0, 1), "net_sd": (0, 100),
    }  # fmt: skip
    total: float = 3.0
    com: float = 0.3
    other: float = 0.3
    angles: float = 0.3
    foot: float = 0.3
    scalars: float = 0.3
    levels: float = 0.0
    legs: float = 0.3
    trunk: float = 0.3
    pelvis: float = 0.3
    bent: float = 0.5
    noise: float = 1.0
    shared: float = 0.1
    tune: bool = True
    labs: float = 0.5
    inputs: int = 20
    outputs: int = 20
    split_forward: float = 0.0
    split_up: float = 0.5
    split_medial: float = 0.5
    net_sd: float = 0.1

    @property
    def start(self) -> Array:
        """Parameters of a kernel before the search."""
        return np.array(
            [getattr(self, n) for n in (*k.BLOCKS, "bent", "noise", "shared")], dtype=np.float64
        )

    @classmethod
    def home(cls, **changes: float) -> StanceConfig:
        """For people of the laboratories that are learnt from.

        Levels count, sets are not left out, and the net force, which the posterior has learnt to
        believe as far as it goes, hardly pulls again.
        """
        return cls.from_dict({"levels": 0.3, "labs": 0.0, "net_sd": 0.3, **changes})


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
    def fit(
        cls, rows: Stances, config: StanceConfig | None = None, card: Card | None = None, *, bands: bool = True,
        kernels: Mapping[str, Array] | None = None,
    ) -> Self:  # fmt: skip
        """Learn from measured stances.

        Parameters
        ----------
        kernels
            Parameters by group, where they were found already (:attr:`kernels` of another model).

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
        z = {}
        for name, x in k.inputs(rows).items():
            mean = x.mean(axis=0)
            away = x - mean
            scale = away.std(axis=0) + 1e-4 if k.single(name) else np.full(x.shape[1], np.sqrt((away**2).mean()) + 1e-12)  # fmt: skip
            scale = scale * np.sqrt(x.shape[1])
            away = away / scale
            basis = np.eye(x.shape[1]) if k.single(name) else k.principal(away, config.inputs)
            weights[f"{name}_mean"] = mean.astype(np.float32)
            weights[f"{name}_basis"] = (basis / scale).astype(np.float32)
            z[name] = (away @ basis.T).astype(np.float32).astype(np.float64)
        answers = _answers(rows)
        weights |= {f"{n}_seen": p.astype(np.float32) for n, p in z.items()}
        sd, usual = np.empty((_OUTPUTS, POINTS)), []
        for group, part in GROUPS.items():
            y = answers[:, part].reshape(len(rows), -1)
            if kernels is not None:
                params = kernels[group]
            else:
                params = (
                    k.tuned(z, y, rows.person, config.start, config.labs)
                    if config.tune
                    else config.start
                )
            params = np.asarray(params, np.float32).astype(np.float64)
            made = _learnt(z, y, rows.person, params, config.outputs)
            weights |= {f"{group}_{n}": np.asarray(v, np.float32) for n, v in made.items()}
            if bands:
                sd[part], level = _bands(z, y, rows.person, params)
                usual.append(level)
        if bands:
            weights |= {"sd": sd.astype(np.float32), "usual": np.array(usual, np.float32)}
        else:
            weights |= {
                "sd": np.full(sd.shape, 0.05, np.float32),
                "usual": np.ones(len(GROUPS), np.float32),
            }
        # The same bytes and the same order of sums as after saving and loading.
        return cls(config, {n: np.ascontiguousarray(v) for n, v in weights.items()}, card)

    @property
    def kernels(self) -> dict[str, Array]:
        """Parameters by group."""
        return {g: np.asarray(self.weights[f"{g}_params"], np.float64) for g in GROUPS}

    @cached_property
    def _z(self) -> dict[str, Array]:
        return {n: np.asarray(self.weights[f"{n}_seen"], dtype=np.float64) for n in k.BLOCKS}

    def predict(self, rows: Stances) -> Prediction:
        """Forces and centres of stances, with SD.

        Raises
        ------
        GaitsmithError
            Where the model is not trained, or an input is not finite.
        """
        if not self.trained:
            raise GaitsmithError("the model is not trained", place=self.NAME)
        w = self.weights
        shapes = rows.curves.shape[1:], rows.scalars.shape[1:], rows.parts.shape[1:]
        if shapes != ((len(CURVES), POINTS), (len(SCALARS),), (len(PARTS), POINTS)):
            raise GaitsmithError("the stances have other channels than the model", place=self.NAME, found=str(shapes),
                                 expected=f"{len(CURVES)} curves and {len(PARTS)} parts of {POINTS} points, {len(SCALARS)} scalars")  # fmt: skip
        if not len(rows):
            none = np.zeros((0, 3, POINTS))
            return Prediction(none, none, none[:, :2], none[:, :2], np.zeros(0))
        z = {}
        for name, x in k.inputs(rows).items():
            if not np.isfinite(x).all():
                raise GaitsmithError("an input is missing", place=f"stances, {name}",
                                     expected="finite numbers")  # fmt: skip
            z[name] = (x - w[f"{name}_mean"]) @ np.asarray(w[f"{name}_basis"], np.float64).T
        out, sd, far = (
            np.empty((len(rows), _OUTPUTS, POINTS)),
            np.empty((len(rows), _OUTPUTS, POINTS)),
            {},
        )
        for (group, part), usual in zip(GROUPS.items(), w["usual"], strict=True):
            params = np.asarray(w[f"{group}_params"], np.float64)
            inner = k.gram(z, self._z, params)
            made = w[f"{group}_mean"] + (inner @ w[f"{group}_dual"]) @ w[f"{group}_basis"]
            out[:, part] = np.asarray(made, np.float64).reshape(len(rows), -1, POINTS)
            own = sum(
                p * ((z[n] ** 2).sum(axis=1) + params[len(k.BLOCKS)])
                for n, p in zip(k.BLOCKS, params, strict=False)
            )
            spread = np.maximum(own - ((inner @ w[f"{group}_explained"].T) ** 2).sum(axis=1), 0)
            far[group] = np.sqrt((params[-2] + params[-1] + spread) / float(usual))
            sd[:, part] = np.asarray(w["sd"], np.float64)[None, part] * far[group][:, None, None]
        return Prediction(out[:, :3], sd[:, :3], out[:, 3:], sd[:, 3:], far["up"])


def _learnt(z: Mapping[str, Array], y: Array, person: npt.NDArray[np.str_], params: Array, outputs: int) -> dict[str, Array]:  # fmt: skip
    """What one group's prediction needs."""
    inner = k.gram(z, z, params)
    inverse = np.asarray(np.linalg.inv(inner + k.noise(person, params)), dtype=np.float64)
    one = np.ones(len(y))
    mean = (one @ inverse @ y) / (one @ inverse @ one)
    basis = k.principal(y - mean, outputs)
    return {"params": params, "mean": mean, "basis": basis, "dual": inverse @ (y - mean) @ basis.T,
            "explained": k.explained(inner, inverse)}  # fmt: skip


def _bands(z: Mapping[str, Array], y: Array, person: npt.NDArray[np.str_], params: Array) -> tuple[Array, float]:  # fmt: skip
    """SD by output and phase, so scaled that 90 % bands hold 90 % of people left out, and their usual variance."""
    from scipy.ndimage import gaussian_filter1d

    missed, level = k.left_out(k.gram(z, z, params) + k.noise(person, params), y, person)
    wrong = missed.reshape(len(y), -1, POINTS)
    usual = float(np.median(level))
    # People count alike.
    share = np.array([1.0 / np.sum(person == p) for p in person])
    share /= share.sum()
    widen = np.sqrt(level / usual)[:, None, None]
    sd = np.sqrt(np.einsum("n,nkp->kp", share, (wrong / widen) ** 2))
    sd = np.exp(gaussian_filter1d(np.log(sd + 1e-6), 2.0, axis=1, mode="nearest"))
    ratio = np.abs(wrong) / (widen * sd)
    for i in range(len(sd)):
        order = np.argsort(ratio[:, i].ravel())
        mass = np.cumsum(np.repeat(share / POINTS, POINTS)[order])
        sd[i] *= ratio[:, i].ravel()[order][np.searchsorted(mass, 0.90)] / Z90
    return sd, usual


@cache
def default_model() -> StancePosterior:
    """The bundled model."""
    return StancePosterior.from_pretrained("forces-posterior")
