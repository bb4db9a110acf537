"""The sequence models as users have them: arrays of degrees in, arrays of degrees out.

Weights are numpy arrays; torch is imported where a walk is generated. See
:mod:`gaitsmith.models.speed.network` for the networks and where they differ from the paper.

Deviations of the sampling: whichever leg moves its hip more walks as the left one (the sequence is
mirrored before, and back after), so that a mirrored person gives exactly the mirrored walk.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.models.base import Config, Model, generator
from gaitsmith.models.speed.network_config import BaselineConfig, DiffusionConfig
from gaitsmith.models.speed.sequences import LABELS, RATE_HZ, Scaling, checked, mirrored

if TYPE_CHECKING:
    import torch

    from gaitsmith.nn.diffusion import Diffusion

__all__ = ["SequenceModel", "SpeedDiffusion", "SpeedMLP", "SpeedTCN", "process_of", "with_scaling"]

Array = npt.NDArray[np.float64]
_NET = "net."
# Speeds (m/s) beyond those learnt from by which a wish may lie outside.
_BEYOND = 0.1


def process_of(config: DiffusionConfig) -> Diffusion:
    """The diffusion that a configuration describes."""
    from gaitsmith.nn.diffusion import Diffusion

    return Diffusion(config.noise_levels, betas=config.betas, prediction=config.prediction)  # type: ignore[arg-type]


def with_scaling(
    network: torch.nn.Module, scaling: Scaling, speeds: Array, *, half: bool = False
) -> dict[str, npt.NDArray[Any]]:
    """A network's weights with what a model must know besides: scaling, and the speeds learnt from."""
    from gaitsmith.nn.state import arrays

    weights = {_NET + k: v for k, v in arrays(network, half=half).items()}
    return weights | {"mean": scaling.mean, "sd": scaling.sd,
                      "speeds": np.array([np.min(speeds), np.max(speeds)])}  # fmt: skip


class SequenceModel(Model):
    """A source sequence and two speeds in, a sequence at the second out."""

    CONFIG: ClassVar[type[Config]] = BaselineConfig

    @property
    def trained_speeds(self) -> tuple[float, float]:
        """Slowest and fastest walk learnt from (m/s)."""
        return float(self.weights["speeds"][0]), float(self.weights["speeds"][1])

    @cached_property
    def scaling(self) -> Scaling:
        """z-score of the training people."""
        return Scaling(self.weights["mean"], self.weights["sd"])

    def generate(
        self, source: npt.ArrayLike, v_src: npt.ArrayLike, v_tgt: npt.ArrayLike, *,
        labels: tuple[str, ...] = LABELS, rate_hz: float = RATE_HZ, seed: int | np.random.Generator = 0,
    ) -> Array:  # fmt: skip
        """The same people at other speeds: row × time × 6 (:data:`~.sequences.LABELS`), degrees.

        Parameters
        ----------
        source
            row × time × channel, or one row without the first axis; degrees at 20 Hz.
        v_src, v_tgt
            m/s of each row, or one for all.
        labels, rate_hz
            What the source has.
        seed
            Of what is drawn (the diffusion draws the phase and the strides' variation).

        Raises
        ------
        GaitsmithError
            On other channels, another rate, radians, gaps, or a speed that was not learnt from.
        """
        x = checked(source, labels, rate_hz)
        self._accept(x)
        both = [np.broadcast_to(np.asarray(v, dtype=np.float64), (len(x),)) for v in (v_src, v_tgt)]
        low, high = self.trained_speeds
        for name, v in zip(("source speed", "wanted speed"), both, strict=True):
            bad = v[~((v >= low - _BEYOND) & (v <= high + _BEYOND))]
            if len(bad):
                raise GaitsmithError("a speed that the model does not know", place=name,
                                     found=f"{bad[0]:g} m/s", expected=f"{low:g} to {high:g} m/s")  # fmt: skip
        turn = np.ptp(x[:, :, 1], axis=1) > np.ptp(x[:, :, 0], axis=1)
        x = np.where(turn[:, None, None], mirrored(x), x)
        made = self.scaling.back(self._make(self.scaling.to(x), both[0], both[1], generator(seed)))
        return np.asarray(np.where(turn[:, None, None], mirrored(made), made))

    @cached_property
    def _network(self) -> torch.nn.Module:
        if not self.trained:
            raise MissingInputError("this model has not been trained", place=self.NAME,
                                    remedy="load one that was, with from_pretrained")  # fmt: skip
        from gaitsmith.nn.state import load

        return load(self._empty(), {k.removeprefix(_NET): v for k, v in self.weights.items() if k.startswith(_NET)})  # fmt: skip

    def _accept(self, x: Array) -> None:
        """Nothing more to ask of the sequence."""

    def _empty(self) -> torch.nn.Module:
        raise NotImplementedError

    def _make(self, z: Array, v_src: Array, v_tgt: Array, rng: np.random.Generator) -> Array:
        raise NotImplementedError


class SpeedDiffusion(SequenceModel):
    """The published subject-conditioned diffusion of the residual.

    Examples
    --------
    >>> model = SpeedDiffusion.from_pretrained("runs/speed")         # doctest: +SKIP
    >>> walk = model.generate(angles, 1.1, 1.6, seed=1)              # doctest: +SKIP
    """

    NAME = "speed-diffusion"
    CONFIG = DiffusionConfig
    config: DiffusionConfig

    def sampled_in(self, steps: int, sampler: str | None = None) -> SpeedDiffusion:
        """The same weights, sampled in so many steps."""
        values = {**self.config.to_dict(), "sampling_steps": steps, "sampler": sampler or self.config.sampler}  # fmt: skip
        return SpeedDiffusion(DiffusionConfig.from_dict(values), self.weights, self.card)

    def _empty(self) -> torch.nn.Module:
        from gaitsmith.models.speed.network import ResidualDenoiser

        return ResidualDenoiser(self.config)

    def _make(self, z: Array, v_src: Array, v_tgt: Array, rng: np.random.Generator) -> Array:
        import torch

        from gaitsmith.models.speed.network import ResidualDenoiser
        from gaitsmith.nn.samplers import DDIM, DPMSolver, Sampler, sample

        network = self._network
        assert isinstance(network, ResidualDenoiser)
        steps = self.config.sampling_steps
        kind: Sampler = DDIM(steps) if self.config.sampler == "ddim" else DPMSolver(steps)
        # The noise is the generator's of numpy: the same on every device.
        start = torch.from_numpy(rng.standard_normal(z.shape).astype(np.float32))
        with torch.no_grad():
            source, a, b = (torch.from_numpy(np.array(v, dtype=np.float32)) for v in (z, v_src, v_tgt))  # fmt: skip
            person = network.person(source, a, b)
            residual = sample(
                process_of(self.config), lambda x, t: network.denoise(x, t, source, person), z.shape,
                sampler=kind, start=start,
            )  # fmt: skip
        return np.asarray(z + residual.numpy())


class SpeedMLP(SequenceModel):
    """The published MLP baseline."""

    NAME = "speed-mlp"
    config: BaselineConfig

    def _accept(self, x: Array) -> None:
        if x.shape[1] != self.config.samples:
            raise GaitsmithError("a sequence of another length", place="sequence",
                                 found=f"{x.shape[1]} samples", expected=str(self.config.samples))  # fmt: skip

    def _empty(self) -> torch.nn.Module:
        from gaitsmith.models.speed.network import SequenceMLP

        return SequenceMLP(self.config)

    def _make(self, z: Array, v_src: Array, v_tgt: Array, rng: np.random.Generator) -> Array:  # noqa: ARG002
        import torch

        with torch.no_grad():
            made: torch.Tensor = self._network(*(torch.from_numpy(np.array(v, dtype=np.float32)) for v in (z, v_src, v_tgt)))  # fmt: skip
        return made.numpy().astype(np.float64)


class SpeedTCN(SpeedMLP):
    """The published TCN baseline."""

    NAME = "speed-tcn"

    def _accept(self, x: Array) -> None:
        """Any length."""

    def _empty(self) -> torch.nn.Module:
        from gaitsmith.models.speed.network import SequenceTCN

        return SequenceTCN(self.config)
