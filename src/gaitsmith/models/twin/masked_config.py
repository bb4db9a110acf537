"""Settings of the masked autoencoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from gaitsmith.models.config import Config
from gaitsmith.models.twin.tokens import FORMS

__all__ = ["MaskedConfig"]


@dataclass(frozen=True, kw_only=True)
class MaskedConfig(Config):
    """Settings of :class:`~gaitsmith.models.twin.masked.MaskedTwin`.

    Attributes
    ----------
    form
        Input: ``window`` (as published, angles), ``joints`` (as published, 3-D), ``cycle`` (ours).
    width, heads, layers, decoder
        Of the encoder and the decoder. As published 8 and 2 layers; the defaults are of a CPU's size.
    separate
        Whether each joint and frame has a projection of its own, in and out (ours; as published they
        share one).
    phase
        Whether a window's gait phase is known to it (ours).
    least, most
        Share of tokens masked at the beginning and the end of the curriculum.
    curriculum
        Steps over which masks go from random tokens to whole joints over a span.
    """

    form: str = "cycle"
    width: int = 48
    heads: int = 4
    layers: int = 2
    decoder: int = 1
    separate: bool = False
    phase: bool = False
    least: float = 0.15
    most: float = 0.5
    curriculum: int = 600
    CHOICES: ClassVar[Mapping[str, Sequence[str]]] = {"form": tuple(FORMS)}
    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {
        "width": (4, 4096), "heads": (1, 64), "layers": (1, 64), "decoder": (1, 64),
        "least": (0.0, 0.9), "most": (0.0, 0.95), "curriculum": (1, 1e7),
    }  # fmt: skip
