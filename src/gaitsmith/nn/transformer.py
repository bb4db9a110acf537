"""A pre-norm transformer encoder with rotary positions and FiLM conditioning.

Vaswani et al. 2017, "Attention Is All You Need" (attention, sinusoids); Xiong et al. 2020, "On
Layer Normalization in the Transformer Architecture" (norm before each part); Su et al. 2021,
"RoFormer" (rotary positions, eq. 34); Perez et al. 2018, "FiLM" (feature-wise scale and shift);
GELU and zero-initialised modulation as in Peebles & Xie 2023, "Scalable Diffusion Models with
Transformers".

Tensors are batch × time × channel. A conditioning vector is batch × C, or batch × time × C.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

from gaitsmith.errors import GaitsmithError, check_in

__all__ = ["Attention", "Block", "Encoder", "FiLM", "Stack", "TimeEmbedding", "rotary", "sinusoids"]

Where = Literal["input", "output"]


def sinusoids(t: Tensor, width: int, longest: float = 10_000.0) -> Tensor:
    """sin and cos of t at `width` / 2 frequencies from 1 down to 1 / longest (Vaswani 2017, 3.5).

    t is (…), the answer (…, width): first all cosines, then all sines.
    """
    if width < 2 or width % 2:
        raise GaitsmithError("sinusoids come in pairs", place="argument width", found=width,
                             expected="an even number")  # fmt: skip
    half = width // 2
    slow = torch.exp(-math.log(longest) * torch.arange(half, device=t.device, dtype=torch.float32) / half)  # fmt: skip
    angle = t[..., None].to(torch.float32) * slow
    return torch.cat([angle.cos(), angle.sin()], dim=-1)


class TimeEmbedding(nn.Module):
    """A diffusion time (batch,) as a vector (batch × out): an MLP on sinusoids, or on a table.

    Parameters
    ----------
    width
        Of the sinusoids or of the table.
    steps
        Where given, a learned vector for each of so many times instead of sinusoids.
    """

    def __init__(self, width: int, out: int, *, steps: int | None = None) -> None:
        super().__init__()
        self.width = width
        self.table = None if steps is None else nn.Embedding(steps, width)
        self.enter = nn.Linear(width, out)
        self.leave = nn.Linear(out, out)

    def forward(self, t: Tensor) -> Tensor:
        """(batch,) -> batch × out."""
        seen = sinusoids(t, self.width) if self.table is None else self.table(t)
        h = nn.functional.silu(self.enter(seen.to(self.enter.weight.dtype)))
        out: Tensor = self.leave(h)
        return out


def rotary(x: Tensor, positions: Tensor | None = None, base: float = 10_000.0) -> Tensor:
    """Turn each pair of channels by its position (Su 2021, eq. 34), so that ⟨q_m, k_n⟩ depends on m − n.

    x is … × time × even channels; positions (time,) default to 0, 1, 2, …
    """
    time, width = x.shape[-2:]
    if positions is None:
        positions = torch.arange(time, device=x.device)
    slow = base ** (-torch.arange(0, width, 2, device=x.device, dtype=torch.float32) / width)
    if x.dtype == torch.float64:
        slow = slow.to(torch.float64)
    angle = positions[:, None].to(slow.dtype) * slow
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)


class FiLM(nn.Module):
    """(1 + γ(c)) ⊙ h + β(c); γ and β begin at zero, so that it begins as the identity."""

    def __init__(self, condition: int, width: int) -> None:
        super().__init__()
        self.made = nn.Linear(condition, 2 * width)
        nn.init.zeros_(self.made.weight)
        nn.init.zeros_(self.made.bias)

    def forward(self, h: Tensor, c: Tensor) -> Tensor:
        """h: batch × time × width; c: batch × C or batch × time × C."""
        made: Tensor = self.made(nn.functional.silu(c))
        scale, shift = (made[:, None] if made.ndim == 2 else made).chunk(2, dim=-1)
        return (1 + scale) * h + shift


class Attention(nn.Module):
    """Multi-head self-attention (Vaswani 2017, 3.2) with rotary positions where wanted."""

    def __init__(self, width: int, heads: int, *, dropout: float = 0.0, rotate: bool = True, causal: bool = False) -> None:  # fmt: skip
        super().__init__()
        if width % heads or (rotate and (width // heads) % 2):
            raise GaitsmithError("the width is not shared evenly by the heads", place="width, heads",
                                 found=(width, heads), expected="an even width for each head")  # fmt: skip
        self.heads, self.rotate, self.causal, self.dropout = heads, rotate, causal, dropout
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor, valid: Tensor | None = None) -> Tensor:
        """x: batch × time × width; valid: batch × time, false where a token must not be seen."""
        batch, time, width = x.shape
        q, k, v = self.qkv(x).reshape(batch, time, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if self.rotate:
            q, k = rotary(q), rotary(k)
        mask = None
        if valid is not None:
            mask = valid[:, None, None, :]
            if self.causal:
                mask = mask & torch.ones(time, time, dtype=torch.bool, device=x.device).tril()
        made = nn.functional.scaled_dot_product_attention(
            q, k, v, attn_mask=mask, dropout_p=self.dropout if self.training else 0.0,
            is_causal=self.causal and mask is None,
        )  # fmt: skip
        out: Tensor = self.out(made.transpose(1, 2).reshape(batch, time, width))
        return out


class Block(nn.Module):
    """h + attention(norm h), then h + feed-forward(norm h); FiLM on each part's input or output."""

    def __init__(
        self, width: int, heads: int, feedforward: int, *, condition: int | None = None,
        dropout: float = 0.0, rotate: bool = True, causal: bool = False, film: Where = "input",
    ) -> None:  # fmt: skip
        super().__init__()
        check_in("film", film, ("input", "output"))
        self.film: Where = film
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads, dropout=dropout, rotate=rotate, causal=causal)
        self.feed = nn.Sequential(
            nn.Linear(width, feedforward), nn.GELU(), nn.Dropout(dropout), nn.Linear(feedforward, width)
        )  # fmt: skip
        self.drop = nn.Dropout(dropout)
        self.film1: FiLM | None = None if condition is None else FiLM(condition, width)
        self.film2: FiLM | None = None if condition is None else FiLM(condition, width)

    def forward(self, h: Tensor, c: Tensor | None = None, valid: Tensor | None = None) -> Tensor:
        """batch × time × width -> the same."""
        part = self._turned(self.norm1(h), c, self.film1, "input")
        h = h + self.drop(self._turned(self.attention(part, valid), c, self.film1, "output"))
        part = self._turned(self.norm2(h), c, self.film2, "input")
        out: Tensor = h + self.drop(self._turned(self.feed(part), c, self.film2, "output"))
        return out

    def _turned(self, h: Tensor, c: Tensor | None, film: FiLM | None, where: Where) -> Tensor:
        if film is None or self.film != where:
            return h
        if c is None:
            raise GaitsmithError("this network is conditioned", place="argument condition",
                                 expected="a conditioning vector")  # fmt: skip
        out: Tensor = film(h, c)
        return out


class Stack(nn.Module):
    """Blocks one after the other and a last norm; tokens of one width in and out.

    Parameters
    ----------
    width, layers, heads, feedforward
        Sizes.
    condition
        Width of the conditioning vector, or None.
    rotate
        Rotary positions in every layer.
    causal
        Whether a token sees only earlier ones and itself.
    film
        Where FiLM acts: on the normed ``"input"`` of attention and feed-forward, or on their
        ``"output"``.
    """

    def __init__(
        self, width: int, layers: int, heads: int, feedforward: int, *, condition: int | None = None,
        dropout: float = 0.0, rotate: bool = True, causal: bool = False, film: Where = "input",
    ) -> None:  # fmt: skip
        super().__init__()
        self.blocks = nn.ModuleList(
            Block(width, heads, feedforward, condition=condition, dropout=dropout, rotate=rotate,
                  causal=causal, film=film)
            for _ in range(layers)
        )  # fmt: skip
        self.norm = nn.LayerNorm(width)

    def forward(self, h: Tensor, condition: Tensor | None = None, valid: Tensor | None = None) -> Tensor:  # fmt: skip
        """batch × time × width -> the same; valid (batch × time) is false where nothing is."""
        for block in self.blocks:
            h = block(h, condition, valid)
        out: Tensor = self.norm(h)
        return out


class Encoder(nn.Module):
    """A linear layer in, a :class:`Stack`, a linear layer out (which begins at zero where `zero`)."""

    def __init__(
        self, inputs: int, outputs: int, *, width: int, layers: int, heads: int, feedforward: int,
        condition: int | None = None, dropout: float = 0.0, rotate: bool = True,
        causal: bool = False, film: Where = "input", zero: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.enter = nn.Linear(inputs, width)
        self.stack = Stack(width, layers, heads, feedforward, condition=condition, dropout=dropout,
                           rotate=rotate, causal=causal, film=film)  # fmt: skip
        self.leave = nn.Linear(width, outputs)
        if zero:
            nn.init.zeros_(self.leave.weight)
            nn.init.zeros_(self.leave.bias)

    def forward(self, x: Tensor, condition: Tensor | None = None, valid: Tensor | None = None) -> Tensor:  # fmt: skip
        """batch × time × inputs -> batch × time × outputs."""
        out: Tensor = self.leave(self.stack(self.enter(x), condition, valid))
        return out
