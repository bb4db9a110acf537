"""Settings of the generative model of motion and forces and of its refinement network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from gaitsmith.errors import GaitsmithError, check_in
from gaitsmith.models.config import Config, shipped

__all__ = ["MODELS", "SIZES", "GenerativeConfig", "RefinerConfig", "settings", "training"]

#: Sizes, each a file ``config/<model>-<size>.toml``: for two cores, and as published.
SIZES = ("cpu", "paper")
MODELS = ("generative", "refiner")


@dataclass(frozen=True, kw_only=True)
class GenerativeConfig(Config):
    """The published diffusion over motion and forces; the defaults are the paper's.

    Attributes
    ----------
    samples
        Length of a window at 100 Hz.
    patch
        Samples that make one token; the paper's: 1.
    width, layers, heads, feedforward, dropout
        Of the transformer; the width of the noise level's embedding is `width` too.
    noise_levels, betas, prediction
        Of the diffusion.
    sampler, sampling_steps
        ``ddim`` or ``dpm``, and in how many steps.
    span
        Every column is scaled from its least and largest value to ± this, and clipped there.
    observed
        Share of training windows in which some columns are given clean and are named to the
        network as such; 0 as published, where known columns are only noised and put in place while
        sampling.
    physics
        Weight of |both feet's force - m (a - g)|² in the loss, scaled as the forces are; 0 in the
        paper.
    mirror
        Whether half of the training windows are mirrored.
    step
        Samples between windows of a longer motion, whose overlaps are joined by their median.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {
        "samples": (10, 10_000), "patch": (1, 100), "width": (8, 4096), "layers": (1, 64), "heads": (1, 64),
        "feedforward": (8, 16384), "dropout": (0, 0.9), "noise_levels": (2, 100_000),
        "sampling_steps": (1, 100_000), "span": (0.1, 1000), "observed": (0, 1), "physics": (0, 1000),
        "step": (1, 10_000),
    }  # fmt: skip
    CHOICES: ClassVar[Mapping[str, Sequence[str]]] = {
        "betas": ("linear", "cosine"), "prediction": ("epsilon", "x0", "v"), "sampler": ("ddim", "dpm"),
    }  # fmt: skip
    samples: int = 150
    patch: int = 1
    width: int = 256
    layers: int = 4
    heads: int = 4
    feedforward: int = 1024
    dropout: float = 0.1
    noise_levels: int = 1000
    betas: str = "linear"
    prediction: str = "x0"
    sampler: str = "ddim"
    sampling_steps: int = 50
    span: float = 10.0
    observed: float = 0.0
    physics: float = 0.0
    mirror: bool = False
    step: int = 15

    def __post_init__(self) -> None:
        super().__post_init__()
        _fits(self.samples, self.patch, self.width, self.heads, type(self).__name__)


@dataclass(frozen=True, kw_only=True)
class RefinerConfig(Config):
    """The published refinement network: motion (51 columns) to both feet's kinetics (12).

    Attributes as in :class:`GenerativeConfig`.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {
        "samples": (10, 10_000), "patch": (1, 100), "width": (8, 4096), "layers": (1, 64), "heads": (1, 64),
        "feedforward": (8, 16384), "dropout": (0, 0.9), "span": (0.1, 1000), "step": (1, 10_000),
    }  # fmt: skip
    samples: int = 150
    patch: int = 1
    width: int = 192
    layers: int = 6
    heads: int = 8
    feedforward: int = 512
    dropout: float = 0.1
    span: float = 10.0
    mirror: bool = False
    step: int = 15

    def __post_init__(self) -> None:
        super().__post_init__()
        _fits(self.samples, self.patch, self.width, self.heads, type(self).__name__)


def _fits(samples: int, patch: int, width: int, heads: int, place: str) -> None:
    if samples % patch or width % heads or (width // heads) % 2:
        raise GaitsmithError(
            "these settings do not go together", place=place,
            found=f"{samples} samples in tokens of {patch}, width {width} over {heads} heads",
            expected="whole tokens, an even width for each head",
        )  # fmt: skip


def _table(model: str, size: str) -> dict[str, Any]:
    check_in("model", model, MODELS)
    check_in("size", size, SIZES)
    return shipped("forces", f"{model}-{size}")


def settings(model: str = "generative", size: str = "cpu", **changes: object) -> GenerativeConfig | RefinerConfig:  # fmt: skip
    """The settings of a model and size, with changes.

    Raises
    ------
    GaitsmithError
        Where the model, the size or a setting is unknown.
    """
    kind = GenerativeConfig if model == "generative" else RefinerConfig
    made = kind.from_dict({**_table(model, size)["model"], **changes})
    assert isinstance(made, (GenerativeConfig, RefinerConfig))
    return made


def training(model: str = "generative", size: str = "cpu") -> dict[str, Any]:
    """The table ``train`` of a model and size."""
    return dict(_table(model, size).get("train", {}))
