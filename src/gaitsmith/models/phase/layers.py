"""Forward passes on plain arrays: no torch where a model is used.

Input: n × 6 at ``config.rate_hz`` (100 Hz): acc x y z (m/s²), gyr x y z (deg/s) of one foot in the
levelled frame, x forward, y up, z right, as a right foot sees it (left feet
are mirrored, :mod:`gaitsmith.models.phase.frame`). Output: n × 4: sin and cos of 2π · gait % / 100 (not
of length one), logit of stance, logit of walking. With ``config.lookahead`` L the row t speaks of
tick t − L.

Every network starts from silence: scaled inputs and states before the first tick are zero, in
each layer by itself, which is what a ring buffer of zeros gives.

====================================  =================  ==========================================
array                                 shape              use
====================================  =================  ==========================================
``input.shift``, ``input.scale``      c                  (x − shift) · scale; c = len(config.columns)
``tcn.{b}.conv1.weight``, ``.bias``   out × in × k, out  k = kernel; [..., k − 1] meets the newest
``tcn.{b}.conv2.weight``, ``.bias``   out × out × k      tick, [..., 0] the one (k − 1) · 2^b back
``tcn.{b}.skip.weight``, ``.bias``    out × in × 1       only where in ≠ out (block 0)
``gru.{l}.weight_ih``, ``.bias_ih``   3h × in, 3h        gates in the order reset, update, new
``gru.{l}.weight_hh``, ``.bias_hh``   3h × h, 3h
``dense.{i}.weight``, ``.bias``       out × in, out      window flattened oldest tick first, channels
                                                         of a tick together
``transformer.…``                                        :mod:`gaitsmith.models.phase.attention`
``head.weight``, ``head.bias``        4 × h, 4
====================================  =================  ==========================================

TCN block: ``y = relu(skip(x) + relu(conv2(relu(conv1(x)))))``, both convolutions with dilation 2^b.
Everything is computed in the arrays' own precision (float32 as shipped).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.models.phase.config import PhaseConfig

__all__ = ["dense", "forward", "gru", "scaled", "sigmoid", "tcn", "windows"]

Weights = Mapping[str, npt.NDArray[Any]]
Array = npt.NDArray[Any]


def forward(x: Array, weights: Weights, config: PhaseConfig) -> Array:
    """Output (n × 4) of whichever network; see the module for input and output."""
    z = scaled(x, weights, config)
    if config.network == "transformer":
        from gaitsmith.models.phase.attention import transformer

        return transformer(z, weights, config)
    if config.network == "dense":
        return dense(z, weights, config)
    return tcn(z, weights, config) if config.network == "tcn" else gru(z, weights, config)


def scaled(x: Array, weights: Weights, config: PhaseConfig) -> Array:
    """The columns that the network sees, brought to a size of about one."""
    shift, scale = weights["input.shift"], weights["input.scale"]
    out: Array = (np.asarray(x)[:, config.columns].astype(scale.dtype) - shift) * scale
    return out


def _relu(x: Array) -> Array:
    return np.maximum(x, 0, out=x)


def _convolved(x: Array, weight: Array, bias: Array, dilation: int) -> Array:
    """Causal dilated convolution, n × in -> n × out."""
    n, k = len(x), weight.shape[2]
    out = np.repeat(bias[None], n, axis=0)
    for j in range(k):
        back = (k - 1 - j) * dilation
        if back < n:
            out[back:] += x[: n - back] @ weight[:, :, j].T
    return out


def _head(h: Array, weights: Weights) -> Array:
    out: Array = h @ weights["head.weight"].T + weights["head.bias"]
    return out


def tcn(z: Array, weights: Weights, config: PhaseConfig) -> Array:
    """Causal dilated residual network on scaled input (n × c)."""
    x = z
    for b, dilation in enumerate(config.dilations):
        at = f"tcn.{b}"
        y = x
        for conv in ("conv1", "conv2"):
            w, c = weights[f"{at}.{conv}.weight"], weights[f"{at}.{conv}.bias"]
            y = _relu(_convolved(y, w, c, dilation))
        if f"{at}.skip.weight" in weights:
            x = x @ weights[f"{at}.skip.weight"][:, :, 0].T + weights[f"{at}.skip.bias"]
        x = _relu(x + y)
    return _head(x, weights)


def gru(z: Array, weights: Weights, config: PhaseConfig) -> Array:
    """Gated recurrent network (Cho et al. 2014, in torch's form) on scaled input (n × c)."""
    x = z
    for layer in range(config.blocks):
        w = {k: weights[f"gru.{layer}.{k}"] for k in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}  # fmt: skip
        size = w["weight_hh"].shape[1]
        given = x @ w["weight_ih"].T + w["bias_ih"]
        h = np.zeros(size, x.dtype)
        out = np.empty((len(x), size), x.dtype)
        for t in range(len(x)):
            own = w["weight_hh"] @ h + w["bias_hh"]
            gates = sigmoid(given[t, : 2 * size] + own[: 2 * size])
            new = np.tanh(given[t, 2 * size :] + gates[:size] * own[2 * size :])
            h = new + gates[size:] * (h - new)
            out[t] = h
        x = out
    return _head(x, weights)


def windows(z: Array, size: int) -> Array:
    """n × (size · c): the last `size` ticks of each tick, oldest first, zeros before the start."""
    n, c = z.shape
    padded = np.concatenate([np.zeros((size - 1, c), z.dtype), z])
    view = np.lib.stride_tricks.sliding_window_view(padded, size, axis=0)
    out: Array = view.transpose(0, 2, 1).reshape(n, size * c)
    return out


def dense(z: Array, weights: Weights, config: PhaseConfig) -> Array:
    """Dense network on the flattened window of scaled input (n × c)."""
    x = windows(z, config.window)
    for i in range(len(config.widths)):
        x = _relu(x @ weights[f"dense.{i}.weight"].T + weights[f"dense.{i}.bias"])
    return _head(x, weights)


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^−x), without overflow."""
    out: Array = 0.5 * (np.tanh(0.5 * x) + 1.0)
    return out
