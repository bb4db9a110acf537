"""The sequence models as users have them: arrays of degrees in, arrays of degrees out.

See :mod:`gaitsmith.models.speed.network` for the networks and where they differ from the paper.
Imports torch: import it where a walk is generated.

Deviations of the sampling: whichever leg moves its hip more walks as the left one (the sequence is
mirrored before, and back after), so that a mirrored person gives exactly the mirrored walk.
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
import torch

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.base import generator
from gaitsmith.models.card import Card
from gaitsmith.models.config import Config
from gaitsmith.models.networks import NetworkModel
from gaitsmith.models.speed.network import ResidualDenoiser, SequenceMLP, SequenceTCN
from gaitsmith.models.speed.network_config import BaselineConfig, DiffusionConfig
from gaitsmith.models.speed.sequences import LABELS, RATE_HZ, Scaling, checked, mirrored
from gaitsmith.nn.diffusion import Diffusion
from gaitsmith.nn.samplers import DDIM, DPMSolver, Sampler, sample

__all__ = ["SequenceModel", "SpeedDiffusion", "SpeedMLP", "SpeedTCN", "process_of"]

Array = npt.NDArray[np.float64]
# Speeds (m/s) beyond those learnt from by which a wish may lie outside.
_BEYOND = 0.1


def process_of(config: DiffusionConfig, *, clip: bool = False) -> Diffusion:
    """The diffusion that a configuration describes; clean estimates are clipped only in sampling."""
    return Diffusion(
        config.noise_levels, betas=config.betas, prediction=config.prediction,  # type: ignore[arg-type]
        clip=config.clip if clip else None,
    )  # fmt: skip


class SequenceModel(NetworkModel):
    """A source sequence and two speeds in, a sequence at the second out."""

    CONFIG: ClassVar[type[Config]] = BaselineConfig

    @classmethod
    def trained_on(
        cls, network: torch.nn.Module, config: Config, scaling: Scaling, speeds: Array,
        card: Card | None = None, *, half: bool = False,
    ) -> Self:  # fmt: skip
        """From a trained network, the training people's scaling and the speeds (m/s) they walked."""
        return cls.of(network, config, card, half=half, mean=scaling.mean, sd=scaling.sd,
                      speeds=np.array([np.min(speeds), np.max(speeds)]))  # fmt: skip

    @property
    def trained_speeds(self) -> tuple[float, float]:
        """Slowest and fastest walk learnt from (m/s)."""
        low, high = self.beside("speeds")
        return float(low), float(high)

    @cached_property
    def scaling(self) -> Scaling:
        """z-score of the training people."""
        return Scaling(self.beside("mean"), self.beside("sd"))

    def generate(
        self, source: npt.ArrayLike, v_src: npt.ArrayLike, v_tgt: npt.ArrayLike, *,
        labels: tuple[str, ...] = LABELS, rate_hz: float = RATE_HZ, seed: int | np.random.Generator = 0,
        device: str = "cpu",
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
        device
            ``"cpu"``, ``"cuda"`` or ``"auto"``.

        Raises
        ------
        GaitsmithError
            On other channels, another rate, radians, gaps, or a speed that was not learnt from.
        """
        self.network(device)  # first of all: is there one?
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
        made = self.scaling.back(self._make(self.scaling.to(x), both, generator(seed), device))
        return np.asarray(np.where(turn[:, None, None], mirrored(made), made))

    def _accept(self, x: Array) -> None:
        """Nothing more to ask of the sequence."""

    def _make(self, z: Array, speeds: list[Array], rng: np.random.Generator, device: str) -> Array:
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

    def build(self) -> ResidualDenoiser:
        """The empty network."""
        return ResidualDenoiser(self.config)

    def _make(self, z: Array, speeds: list[Array], rng: np.random.Generator, device: str) -> Array:
        network = self.network(device)
        assert isinstance(network, ResidualDenoiser)
        steps = self.config.sampling_steps
        kind: Sampler = DDIM(steps) if self.config.sampler == "ddim" else DPMSolver(steps)
        # Whole tokens: the last ones are repeated, and cut off again.
        more = -z.shape[1] % self.config.patch
        padded = np.concatenate([z, z[:, z.shape[1] - more :]], axis=1)
        # The noise is the generator's of numpy: the same on every device.
        start = torch.from_numpy(rng.standard_normal(padded.shape).astype(np.float32))
        with torch.inference_mode():
            source, a, b = _tensors(network, padded, *speeds)
            person = network.person(source, a, b)
            residual = sample(
                process_of(self.config, clip=True), lambda x, t: network.denoise(x, t, source, person),
                padded.shape, sampler=kind, start=start, device=source.device,
            )  # fmt: skip
        return np.asarray(z + residual.cpu().numpy()[:, : z.shape[1]])


def _tensors(network: torch.nn.Module, *arrays: Array) -> list[torch.Tensor]:
    at = next(network.parameters()).device
    return [torch.from_numpy(np.array(v, dtype=np.float32)).to(at) for v in arrays]


class SpeedMLP(SequenceModel):
    """The published MLP baseline."""

    NAME = "speed-mlp"
    config: BaselineConfig

    def _accept(self, x: Array) -> None:
        if x.shape[1] != self.config.samples:
            raise GaitsmithError("a sequence of another length", place="sequence",
                                 found=f"{x.shape[1]} samples", expected=str(self.config.samples))  # fmt: skip

    def build(self) -> torch.nn.Module:
        """The empty network."""
        return SequenceMLP(self.config)

    def _make(
        self, z: Array, speeds: list[Array], rng: np.random.Generator, device: str  # noqa: ARG002
    ) -> Array:  # fmt: skip
        network = self.network(device)
        with torch.inference_mode():
            made: torch.Tensor = network(*_tensors(network, z, *speeds))
        return made.cpu().numpy().astype(np.float64)


class SpeedTCN(SpeedMLP):
    """The published TCN baseline."""

    NAME = "speed-tcn"

    def _accept(self, x: Array) -> None:
        """Any length."""

    def build(self) -> torch.nn.Module:
        """The empty network."""
        return SequenceTCN(self.config)
