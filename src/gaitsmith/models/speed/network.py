"""The published network: subject-conditioned diffusion of the residual between two speeds.

Dinesh, Krieger, Song, Park, Young, Kang (2026), "Generating Personalized Lower-Limb Kinematics
Across Walking Speeds Using Subject-Conditioned Diffusion". Steps:

1. r_t (the noised residual) and x_src side by side, time × 12, enter a transformer encoder.
2. A bidirectional LSTM reads x_src: the subject's embedding z_s, L2-normalised.
3. An MLP of [v_src, v_tgt, v_tgt − v_src, v_tgt / (v_src + 1e-6)] gives the speed's embedding; with
   z_s through a linear layer, plus the MLP of the 128-wide time embedding: c, 64 wide.
4. FiLM by c on the hidden states; the output is the noise ε (time × 6).

Deviations: width, heads and feed-forward, which the paper leaves to GaitDynamics, are in the
configuration; the FiLM acts on the normed hidden state before attention and before the
feed-forward part; the LSTM's outputs are averaged over time before the normalisation; training
may use windows shorter than 30 s (``crop``) and mirrored pairs; ``patch`` samples may make one
token (1 as published); the prediction may be the clean residual (``prediction = "x0"``, as in
GaitDynamics; the noise loss is then that of the residual), and a training target may begin in the
source's phase of the stride (``aligned``). The paper's are ``diffusion-paper.toml`` and, narrower,
``diffusion-cpu-published.toml``; ``diffusion-cpu.toml`` has all four. MLP and TCN: the paper says that
they map the source sequence and both speeds to the target sequence; sizes are ours.
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn

from gaitsmith.models.speed.network_config import BaselineConfig, DiffusionConfig
from gaitsmith.models.speed.sequences import LABELS
from gaitsmith.nn.tcn import TCN
from gaitsmith.nn.transformer import Encoder, TimeEmbedding

__all__ = ["ResidualDenoiser", "SequenceMLP", "SequenceTCN", "SubjectEncoder"]

_F = len(LABELS)


def tokens(x: Tensor, patch: int) -> Tensor:
    """batch × time × channel to batch × time / patch × patch · channel."""
    return x if patch == 1 else x.reshape(x.shape[0], x.shape[1] // patch, -1)


class SubjectEncoder(nn.Module):
    """x (batch × time × 6, z-scored) to the subject's embedding (batch × 2 · width, length 1)."""

    def __init__(self, width: int, patch: int = 1) -> None:
        super().__init__()
        self.patch = patch
        self.lstm = nn.LSTM(_F * patch, width, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor) -> Tensor:
        """The embedding."""
        seen, _ = self.lstm(tokens(x, self.patch))
        return nn.functional.normalize(seen.mean(dim=1), dim=-1)


class ResidualDenoiser(nn.Module):
    """(r_t, t, x_src, v_src, v_tgt) to what the diffusion predicts of r (batch × time × 6)."""

    def __init__(self, config: DiffusionConfig) -> None:
        super().__init__()
        c = config.condition
        self.patch = config.patch
        self.subject = SubjectEncoder(config.lstm, config.patch)
        self.speeds = nn.Sequential(nn.Linear(4, c), nn.SiLU(), nn.Linear(c, c))
        self.join = nn.Linear(2 * config.lstm + c, c)
        self.time = TimeEmbedding(config.time_width, c)
        self.encoder = Encoder(
            2 * _F * config.patch, _F * config.patch, width=config.width, layers=config.layers, heads=config.heads,
            feedforward=config.feedforward, condition=c, dropout=config.dropout, zero=True,
        )  # fmt: skip

    def person(self, source: Tensor, v_src: Tensor, v_tgt: Tensor) -> Tensor:
        """What is the same at every noise level: subject and speeds, batch × condition."""
        speeds = torch.stack([v_src, v_tgt, v_tgt - v_src, v_tgt / (v_src + 1e-6)], dim=-1)
        out: Tensor = self.join(torch.cat([self.subject(source), self.speeds(speeds)], dim=-1))
        return out

    def denoise(self, r_t: Tensor, t: Tensor, source: Tensor, person: Tensor) -> Tensor:
        """The prediction at r_t, given :meth:`person`."""
        both = tokens(torch.cat([r_t, source], dim=-1), self.patch)
        out: Tensor = self.encoder(both, person + self.time(t))
        return out.reshape(r_t.shape)

    def forward(self, r_t: Tensor, t: Tensor, source: Tensor, v_src: Tensor, v_tgt: Tensor) -> Tensor:  # fmt: skip
        """Both at once."""
        return self.denoise(r_t, t, source, self.person(source, v_src, v_tgt))


class SequenceMLP(nn.Module):
    """The published MLP baseline: the flat source sequence and both speeds to the flat target."""

    def __init__(self, config: BaselineConfig) -> None:
        super().__init__()
        size = config.samples * _F
        widths = [size + 2, *[config.width] * config.layers]
        parts: list[nn.Module] = []
        for a, b in itertools.pairwise(widths):
            parts += [nn.Linear(a, b), nn.ReLU(), nn.Dropout(config.dropout)]
        self.body = nn.Sequential(*parts, nn.Linear(widths[-1], size))

    def forward(self, source: Tensor, v_src: Tensor, v_tgt: Tensor) -> Tensor:
        """batch × time × 6 (z-scored) and speeds (batch,) to batch × time × 6."""
        x = torch.cat([source.flatten(1), v_src[:, None], v_tgt[:, None]], dim=1)
        out: Tensor = self.body(x)
        return out.reshape(source.shape)


class SequenceTCN(nn.Module):
    """The published TCN baseline: source and both speeds as channels; sees both ways."""

    def __init__(self, config: BaselineConfig) -> None:
        super().__init__()
        self.body = TCN(_F + 2, _F, [config.width] * config.layers, kernel=config.kernel,
                        causal=False, dropout=config.dropout)  # fmt: skip

    def forward(self, source: Tensor, v_src: Tensor, v_tgt: Tensor) -> Tensor:
        """batch × time × 6 (z-scored) and speeds (batch,) to batch × time × 6."""
        speeds = torch.stack([v_src, v_tgt], dim=-1)[:, None].expand(-1, source.shape[1], -1)
        out: Tensor = self.body(torch.cat([source, speeds], dim=-1))
        return out
