"""Temporal convolutional network: dilated residual blocks, causal or not.

Bai, Kolter, Koltun 2018, "An Empirical Evaluation of Generic Convolutional and Recurrent Networks
for Sequence Modeling", section 3: two dilated convolutions a block with weight normalisation, ReLU
and dropout, and a shortcut (1 × 1 where the width changes); the dilation doubles each block.

Tensors are batch × time × channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from gaitsmith.errors import GaitsmithError, check_in

__all__ = ["TCN", "DilatedConv", "Norm", "ResidualBlock"]

Norm = Literal["weight", "batch", "none"]


class DilatedConv(nn.Module):
    """A dilated convolution that keeps the length: batch × channel × time.

    Causal: the output at i sees the input up to i. Otherwise as far ahead as back (odd kernels).
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, dilation: int = 1, *, causal: bool = True,
        weight: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        if not causal and kernel % 2 == 0:
            raise GaitsmithError("a kernel that sees both ways is odd", place="argument kernel",
                                 found=kernel)  # fmt: skip
        reach = (kernel - 1) * dilation
        self.before, self.after = (reach, 0) if causal else (reach // 2, reach // 2)
        conv = nn.Conv1d(inputs, outputs, kernel, dilation=dilation)
        self.conv = weight_norm(conv) if weight else conv

    def forward(self, x: Tensor) -> Tensor:
        """batch × inputs × time -> batch × outputs × time."""
        out: Tensor = self.conv(nn.functional.pad(x, (self.before, self.after)))
        return out


class ResidualBlock(nn.Module):
    """ReLU(shortcut(x) + F(x)), F = two dilated convolutions; batch × channel × time."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 3, dilation: int = 1, *, causal: bool = True,
        dropout: float = 0.0, norm: Norm = "weight",
    ) -> None:  # fmt: skip
        super().__init__()
        check_in("norm", norm, ("weight", "batch", "none"))

        def half(width: int) -> list[nn.Module]:
            parts: list[nn.Module] = [
                DilatedConv(width, outputs, kernel, dilation, causal=causal, weight=norm == "weight")
            ]  # fmt: skip
            parts += [nn.BatchNorm1d(outputs)] if norm == "batch" else []
            return [*parts, nn.ReLU(), nn.Dropout(dropout)]

        self.body = nn.Sequential(*half(inputs), *half(outputs))
        self.shortcut = nn.Identity() if inputs == outputs else nn.Conv1d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """batch × inputs × time -> batch × outputs × time."""
        return torch.relu(self.shortcut(x) + self.body(x))


class TCN(nn.Module):
    """Residual blocks with dilations 1, 2, 4, … and a linear head; batch × time × channel.

    Parameters
    ----------
    inputs, outputs
        Channels.
    widths
        Channels of each block.
    kernel
        Samples a convolution sees.
    causal
        Whether the output at i sees only the input up to i.
    dilations
        Of each block; default: doubling.
    """

    def __init__(
        self, inputs: int, outputs: int, widths: Sequence[int], *, kernel: int = 3,
        causal: bool = True, dropout: float = 0.0, norm: Norm = "weight",
        dilations: Sequence[int] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        steps = [2**i for i in range(len(widths))] if dilations is None else list(dilations)
        if not widths or len(steps) != len(widths):
            raise GaitsmithError("a dilation for each block", place="argument dilations",
                                 found=steps, expected=f"{len(widths)} numbers")  # fmt: skip
        self.causal = causal
        self.kernel, self.dilations = kernel, tuple(steps)
        self.blocks = nn.Sequential(*(
            ResidualBlock(a, b, kernel, d, causal=causal, dropout=dropout, norm=norm)
            for a, b, d in zip([inputs, *widths[:-1]], widths, steps, strict=True)
        ))  # fmt: skip
        self.head = nn.Linear(widths[-1], outputs)

    @property
    def receptive_field(self) -> int:
        """Samples of input that one output sees: 1 + 2 (kernel − 1) Σ dilation."""
        return 1 + 2 * (self.kernel - 1) * sum(self.dilations)

    def features(self, x: Tensor) -> Tensor:
        """batch × time × inputs -> batch × time × last width."""
        out: Tensor = self.blocks(x.transpose(1, 2))
        return out.transpose(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        """batch × time × inputs -> batch × time × outputs."""
        out: Tensor = self.head(self.features(x))
        return out
