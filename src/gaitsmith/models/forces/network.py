"""The published networks: a diffusion transformer over motion and forces, and its refinement.

Tan et al. (2026), "GaitDynamics: a generative foundation model for analyzing human walking and
running", Nat. Biomed. Eng. The denoiser is a pre-norm transformer encoder with rotary positions
and FiLM by the noise level, which predicts the clean window (63 columns, see
:mod:`gaitsmith.models.forces.state`); the refinement network a post-norm encoder from the 51
columns of motion to the 12 of kinetics.

Deviations: the released denoiser has a cross-attention to a condition that is never given, absent
here; `patch` samples may make one token (1 as published); with ``observed`` above 0 the network is
also told which columns are given clean. The paper's sizes are ``config/*-paper.toml``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gaitsmith.models.forces.network_config import GenerativeConfig, RefinerConfig
from gaitsmith.models.forces.state import COLUMNS, KINETICS
from gaitsmith.nn.transformer import Attention, Encoder, TimeEmbedding

__all__ = ["Denoiser", "Refiner"]

_ALL = len(COLUMNS)
_KINETICS = int(KINETICS.sum())


def _tokens(x: Tensor, patch: int) -> Tensor:
    return x if patch == 1 else x.reshape(x.shape[0], x.shape[1] // patch, -1)


class Denoiser(nn.Module):
    """(x_t, t, known) to the clean window, batch × time × 63."""

    def __init__(self, config: GenerativeConfig) -> None:
        super().__init__()
        self.patch, self.told = config.patch, config.observed > 0
        self.time = TimeEmbedding(config.width, config.width)
        self.encoder = Encoder(
            _ALL * config.patch * (2 if self.told else 1), _ALL * config.patch, width=config.width,
            layers=config.layers, heads=config.heads, feedforward=config.feedforward,
            condition=config.width, dropout=config.dropout, zero=True,
        )  # fmt: skip

    def forward(self, x: Tensor, t: Tensor, known: Tensor | None = None) -> Tensor:
        """The prediction; `known` (batch × time × 63, 0 or 1) where the network takes it."""
        if self.told:
            marks = torch.zeros_like(x) if known is None else known.to(x.dtype)
            x = torch.cat((x, marks), dim=-1)
        shape = (x.shape[0], x.shape[1], _ALL)
        out: Tensor = self.encoder(_tokens(x, self.patch), self.time(t))
        return out.reshape(shape)


class _PostNorm(nn.Module):
    """norm(h + attention h), then norm(h + feed-forward h) (Vaswani 2017)."""

    def __init__(self, config: RefinerConfig) -> None:
        super().__init__()
        w = config.width
        self.attention = Attention(w, config.heads, dropout=config.dropout)
        self.feed = nn.Sequential(
            nn.Linear(w, config.feedforward), nn.ReLU(), nn.Linear(config.feedforward, w)
        )
        self.norm1, self.norm2 = nn.LayerNorm(w), nn.LayerNorm(w)
        self.drop = nn.Dropout(config.dropout)

    def forward(self, h: Tensor) -> Tensor:
        """batch × time × width -> the same."""
        h = self.norm1(h + self.drop(self.attention(h)))
        out: Tensor = self.norm2(h + self.drop(self.feed(h)))
        return out


class Refiner(nn.Module):
    """Motion (batch × time × 51) to kinetics (batch × time × 12)."""

    def __init__(self, config: RefinerConfig) -> None:
        super().__init__()
        self.patch = config.patch
        self.enter = nn.Linear((_ALL - _KINETICS) * config.patch, config.width)
        self.blocks = nn.Sequential(*(_PostNorm(config) for _ in range(config.layers)))
        self.leave = nn.Linear(config.width, _KINETICS * config.patch)

    def forward(self, motion: Tensor) -> Tensor:
        """The kinetics."""
        h = self.blocks(self.enter(_tokens(motion, self.patch)))
        out: Tensor = self.leave(h)
        return out.reshape(motion.shape[0], motion.shape[1], _KINETICS)
