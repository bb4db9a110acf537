"""Settings of the sequence models of speed transfer: the published diffusion, MLP and TCN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from gaitsmith.errors import GaitsmithError, check_in
from gaitsmith.models.config import Config, shipped

__all__ = ["SIZES", "BaselineConfig", "DiffusionConfig", "settings"]

#: Names of the sizes, each a file ``config/diffusion-<name>.toml``: for two cores, as published, and
#: as published but narrower.
SIZES = ("cpu", "paper", "cpu-published")


@dataclass(frozen=True, kw_only=True)
class DiffusionConfig(Config):
    """The published network, its losses and its sampling.

    Where the paper (Dinesh et al. 2026) gives a number it is the default; the rest is ours.

    Attributes
    ----------
    samples, rate_hz
        Length and rate (Hz) of a sequence: 30 s at 20 Hz.
    crop
        Samples of a training window, cut from source and target each at a random place; the
        paper's: all of them.
    patch
        Samples that make one token; the paper's: 1.
    width, layers, heads, feedforward
        Of the transformer encoder.
    condition, time_width, lstm
        Width of the conditioning vector, of the sinusoidal time embedding, and of the subject's
        bidirectional LSTM (a direction).
    noise_levels, betas, prediction
        Of the diffusion; `prediction` is ``epsilon`` in the paper.
    sampler, sampling_steps
        ``ddim`` or ``dpm``, and in how many steps; the paper's: DDIM, 100.
    clip
        Bound on every clean estimate of the residual while sampling, in SD of the angles.
    knee_weight
        Of the knee's channels in the noise loss.
    residual_weight, identity_weight, subject_weight
        λ1, λ2, λ3.
    near
        |Δv| (m/s) below which the identity loss asks for a residual near zero.
    shift
        |Δv| (m/s) over which the weights move from identity and subject to the residual.
    temperature
        Of the contrastive loss.
    identity_share
        Share of identity pairs among the training pairs.
    mirror
        Whether half of the training pairs are mirrored.
    aligned
        Whether a training target is cut so that it begins in the source's phase of the stride; not
        so in the paper. Needs a ``crop`` shorter than ``samples`` by a stride; ``train speed``
        refuses it where the crop is the whole sequence.
    dropout
        In the encoder.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {
        "samples": (40, 100_000), "crop": (20, 100_000), "patch": (1, 100), "rate_hz": (1, 1000), "width": (8, 4096),
        "layers": (1, 64), "heads": (1, 64), "feedforward": (8, 16384), "condition": (4, 4096),
        "time_width": (2, 4096), "lstm": (2, 1024), "noise_levels": (2, 100_000),
        "sampling_steps": (1, 100_000), "clip": (0.1, 1e6), "knee_weight": (0, 100), "residual_weight": (0, 100),
        "identity_weight": (0, 100), "subject_weight": (0, 100), "near": (0, 10), "shift": (1e-6, 10),
        "temperature": (1e-3, 10), "identity_share": (0, 1), "dropout": (0, 0.9),
    }  # fmt: skip
    CHOICES: ClassVar[Mapping[str, Sequence[str]]] = {
        "betas": ("linear", "cosine"), "prediction": ("epsilon", "x0", "v"), "sampler": ("ddim", "dpm"),
    }  # fmt: skip
    samples: int = 600
    rate_hz: float = 20.0
    crop: int = 600
    patch: int = 1
    width: int = 256
    layers: int = 4
    heads: int = 8
    feedforward: int = 1024
    condition: int = 64
    time_width: int = 128
    lstm: int = 32
    noise_levels: int = 1000
    betas: str = "linear"
    prediction: str = "epsilon"
    sampler: str = "ddim"
    sampling_steps: int = 100
    clip: float = 6.0
    knee_weight: float = 2.0
    residual_weight: float = 0.5
    identity_weight: float = 0.5
    subject_weight: float = 0.05
    near: float = 0.1
    shift: float = 0.5
    temperature: float = 0.1
    identity_share: float = 0.1
    mirror: bool = True
    aligned: bool = False
    dropout: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if (
            self.crop > self.samples
            or self.crop % self.patch
            or self.width % self.heads
            or (self.width // self.heads) % 2
        ):
            raise GaitsmithError(
                "these settings do not go together", place=type(self).__name__,
                found=f"crop {self.crop} of {self.samples} in tokens of {self.patch}, width {self.width} over {self.heads} heads",
                expected="a crop of whole tokens within the samples, an even width for each head",
            )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class BaselineConfig(Config):
    """The published baselines: sequence to sequence with both speeds; their sizes are ours.

    Attributes
    ----------
    samples, rate_hz
        As in :class:`DiffusionConfig`.
    width, layers
        Of the MLP's hidden layers, or of the TCN's blocks.
    kernel
        Of the TCN.
    dropout
        In both.
    mirror
        Whether half of the training pairs are mirrored.
    identity_share
        Share of identity pairs among the training pairs.
    aligned, crop
        As in :class:`DiffusionConfig`; a crop below 0 is all samples (the MLP takes no other).
    """

    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {
        "samples": (40, 100_000), "rate_hz": (1, 1000), "width": (4, 8192), "layers": (1, 32),
        "kernel": (3, 31), "dropout": (0, 0.9), "identity_share": (0, 1),
        "crop": (-1, 100_000),
    }  # fmt: skip
    samples: int = 600
    rate_hz: float = 20.0
    width: int = 64
    layers: int = 6
    kernel: int = 5
    dropout: float = 0.1
    mirror: bool = True
    identity_share: float = 0.1
    aligned: bool = False
    crop: int = -1


def settings(size: str = "cpu", **changes: object) -> DiffusionConfig:
    """The settings of a size (``config/diffusion-<size>.toml``), with changes.

    Raises
    ------
    GaitsmithError
        Where the size or a setting is unknown.
    """
    check_in("size", size, SIZES)
    values = shipped("speed", f"diffusion-{size}")["model"]
    return DiffusionConfig.from_dict({**values, **changes})
