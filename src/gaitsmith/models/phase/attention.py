"""The Transformer on plain arrays: pre-norm, rotary positions, GELU, last token read.

The counterpart of :class:`gaitsmith.nn.transformer.Stack` for a window of each tick. Names:
``transformer.enter.weight``; per block ``transformer.stack.blocks.{b}.norm1``, ``.attention.qkv``,
``.attention.out``, ``.norm2``, ``.feed.0``, ``.feed.3``; ``transformer.stack.norm``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.models.phase.config import PhaseConfig

__all__ = ["transformer"]

Weights = Mapping[str, npt.NDArray[Any]]
Array = npt.NDArray[Any]

# Windows worked on at once: bounds the memory of long recordings.
_CHUNK = 2048
_EPS = 1e-5


def transformer(z: Array, weights: Weights, config: PhaseConfig) -> Array:
    """Output (n × 4) for scaled input (n × c); every tick sees its window alone."""
    from gaitsmith.models.phase.layers import windows

    size, c = config.window, z.shape[1]
    every = windows(z, size).reshape(-1, size, c)
    parts = [_windows(every[a : a + _CHUNK], weights, config) for a in range(0, len(every), _CHUNK)]
    return np.concatenate(parts) if parts else np.zeros((0, 4), z.dtype)


def _windows(w: Array, weights: Weights, config: PhaseConfig) -> Array:
    def linear(x: Array, name: str) -> Array:
        out: Array = x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
        return out

    h = linear(w, "transformer.enter")
    turn = _turns(config.window, config.channels // config.heads, h.dtype)
    last = config.blocks - 1
    for b in range(config.blocks):
        at = f"transformer.stack.blocks.{b}"
        qkv = linear(_norm(h, weights, f"{at}.norm1"), f"{at}.attention.qkv")
        # Of the last block only the newest token is read.
        if b == last:
            h = h[:, -1:]
        h = h + linear(_attended(qkv, config.heads, turn, h.shape[1]), f"{at}.attention.out")
        part = _gelu(linear(_norm(h, weights, f"{at}.norm2"), f"{at}.feed.0"))
        h = h + linear(part, f"{at}.feed.3")
    return linear(_norm(h, weights, "transformer.stack.norm")[:, -1], "head")


def _norm(x: Array, weights: Weights, name: str) -> Array:
    away = x - x.mean(axis=-1, keepdims=True)
    unit = away / np.sqrt((away**2).mean(axis=-1, keepdims=True) + x.dtype.type(_EPS))
    out: Array = unit * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return out


def _turns(size: int, width: int, kind: Any) -> tuple[Array, Array]:
    slow = 10_000.0 ** (-np.arange(0, width, 2) / width)
    angle = np.arange(size)[:, None] * slow
    return np.cos(angle).astype(kind), np.sin(angle).astype(kind)


def _turned(x: Array, turn: tuple[Array, Array]) -> Array:
    cos, sin = turn
    a, b = x[..., 0::2], x[..., 1::2]
    return np.stack([a * cos - b * sin, a * sin + b * cos], axis=-1).reshape(x.shape)


def _attended(qkv: Array, heads: int, turn: tuple[Array, Array], asked: int) -> Array:
    n, size, wide = qkv.shape
    width = wide // 3 // heads
    q, k, v = qkv.reshape(n, size, 3, heads, width).transpose(2, 0, 3, 1, 4)
    q, k = _turned(q, turn)[:, :, -asked:], _turned(k, turn)
    score = q @ k.transpose(0, 1, 3, 2) / math.sqrt(width)
    score = np.exp(score - score.max(axis=-1, keepdims=True))
    score = score / score.sum(axis=-1, keepdims=True)
    return np.asarray((score @ v).transpose(0, 2, 1, 3).reshape(n, asked, heads * width)).astype(qkv.dtype)  # fmt: skip


def _gelu(x: Array) -> Array:
    from scipy.special import erf

    return np.asarray(0.5 * x * (1 + erf(x / math.sqrt(2))), dtype=x.dtype)
