"""The networks in torch, for training only; the arrays they export run in plain numpy.

As published (Zhang 2026, known from a summary; sizes ours): the dense network of about 0.3 M numbers
on a flattened window, and a Transformer on a window. Ours: a causal dilated TCN (Bai et al. 2018,
:mod:`gaitsmith.nn.tcn`) and a causal GRU.

Deviations
----------
One network carries all heads (gait %, stance, walking); transfer is a way of training it
(``studies.phase_transfer``). Gait % is (sin, cos), not linear: on the circle there is no jump from
100 to 0 %. Windows, widths, activation (ReLU) and the third head are ours. Weight normalisation of
the TCN is folded into its weights when they are exported.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from gaitsmith.models.phase.config import PhaseConfig
from gaitsmith.nn.tcn import TCN, DilatedConv
from gaitsmith.nn.transformer import Stack

__all__ = ["PhaseNetwork"]

Arrays = dict[str, npt.NDArray[Any]]


class _Windowed(nn.Module):
    """Something that sees a window of ticks, run at every tick of a sequence."""

    def __init__(self, inputs: int, config: PhaseConfig) -> None:
        super().__init__()
        self.size = config.window
        self.dense = config.network == "dense"
        if self.dense:
            sizes = (inputs * config.window, *config.widths)
            self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(sizes))  # fmt: skip
            self.width = sizes[-1]
        else:
            self.enter = nn.Linear(inputs, config.channels)
            self.stack = Stack(config.channels, config.blocks, config.heads, 2 * config.channels)
            self.width = config.channels

    def forward(self, z: Tensor) -> Tensor:
        """batch × time × inputs -> batch × time × width."""
        batch, time, _ = z.shape
        w = nn.functional.pad(z, (0, 0, self.size - 1, 0)).unfold(1, self.size, 1)
        w = w.transpose(2, 3).reshape(batch * time, self.size, -1)
        if self.dense:
            h = w.reshape(batch * time, -1)
            for layer in self.layers:
                h = torch.relu(layer(h))
        else:
            h = self.stack(self.enter(w))[:, -1]
        return h.reshape(batch, time, -1)


class PhaseNetwork(nn.Module):
    """Any of the networks of :class:`~gaitsmith.models.phase.config.PhaseConfig`.

    Takes batch × time × 6 (acc m/s², gyr deg/s, canonical) and gives batch × time × 4: sin, cos,
    logits of stance and of walking. `shift` and `scale` (of the columns seen) are fixed.
    """

    shift: Tensor
    scale: Tensor

    def __init__(
        self, config: PhaseConfig, shift: npt.ArrayLike, scale: npt.ArrayLike, *,
        dropout: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.config = config
        self.columns = list(config.columns)
        self.register_buffer("shift", torch.tensor(np.asarray(shift), dtype=torch.float32))
        self.register_buffer("scale", torch.tensor(np.asarray(scale), dtype=torch.float32))
        inputs, width = len(self.columns), config.channels
        self.body: nn.Module
        if config.network == "tcn":
            self.body = TCN(inputs, width, [width] * config.blocks, kernel=config.kernel,
                            dropout=dropout, norm="none").blocks  # fmt: skip
        elif config.network == "gru":
            self.body = nn.GRU(inputs, width, config.blocks, batch_first=True)
        else:
            self.body = _Windowed(inputs, config)
            width = self.body.width
        self.head = nn.Linear(width, 4)

    def features(self, x: Tensor) -> Tensor:
        """batch × time × 6 -> batch × time × width: what the heads see."""
        z = (x[..., self.columns] - self.shift) * self.scale
        if self.config.network == "tcn":
            h: Tensor = self.body(z.transpose(1, 2)).transpose(1, 2)
            return h
        out: Any = self.body(z)
        features: Tensor = out[0] if isinstance(out, tuple) else out
        return features

    def forward(self, x: Tensor) -> Tensor:
        """batch × time × 6 -> batch × time × 4."""
        out: Tensor = self.head(self.features(x))
        return out

    def arrays(self) -> Arrays:
        """Weights by the names of :mod:`gaitsmith.models.phase.layers`, float32."""
        out: dict[str, Tensor] = {"input.shift": self.shift, "input.scale": self.scale}
        out |= {f"head.{k}": v for k, v in self.head.named_parameters()}
        if self.config.network == "tcn":
            for b, block in enumerate(self.body.children()):
                convs = [m for m in block.modules() if isinstance(m, DilatedConv)]
                for name, conv in zip(("conv1", "conv2"), convs, strict=True):
                    out |= {f"tcn.{b}.{name}.{k}": v for k, v in conv.conv.named_parameters()}  # fmt: skip
                skip = getattr(block, "shortcut", None)
                if isinstance(skip, nn.Conv1d):
                    out |= {f"tcn.{b}.skip.{k}": v for k, v in skip.named_parameters()}
        elif self.config.network == "gru":
            for name, value in self.body.named_parameters():
                kind, layer = name.rsplit("_l", 1)
                out[f"gru.{layer}.{kind}"] = value
        else:
            kind = "dense" if self.config.network == "dense" else "transformer"
            for name, value in self.body.named_parameters():
                out[f"{kind}.{name.removeprefix('layers.')}"] = value
        return {k: v.detach().cpu().numpy().astype(np.float32) for k, v in out.items()}
