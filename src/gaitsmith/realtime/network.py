"""Networks a tick at a time: one new sample costs one column of each layer.

The same weights and the same output as :mod:`gaitsmith.models.phase.layers` (which see for names
and shapes), whose causal convolutions compute every tick of a recording at once; here each layer
keeps what it will need again. All memory is taken at construction.

A convolution of kernel k and dilation d needs its inputs of the ticks t, t - d, …, t - (k - 1) d.
Ticks with the same t mod d form a lane; a lane's inputs lie side by side in the order of time, so
that the convolution is one matrix times one stretch of a lane, and the layer below writes its
output straight into the lane's next place. Each place ends with a constant 1, which the biases
meet. A lane of :data:`_PLACES` places is rewound when it is full.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.phase.model import PhaseModel

__all__ = ["Dense", "Gru", "Network", "Tcn", "Windowed", "network"]

Array = npt.NDArray[Any]
Weights = Mapping[str, Array]

_PLACES = 8


class Network(Protocol):
    """A network that takes ticks one after the other."""

    #: sin, cos, logit of stance, logit of walking after the last step.
    out: Array

    def step(self, tick: Array) -> Array:
        """The output (4) after one more tick (6: acc m/s², gyr deg/s, canonical frame)."""
        ...

    def reset(self) -> None:
        """As if nothing had been."""
        ...


def network(model: PhaseModel) -> Network:
    """The network of a model, to be fed tick by tick.

    Raises
    ------
    GaitsmithError
        Where the model has no weights.
    """
    if not model.trained:
        raise GaitsmithError("the phase model has no weights", place=model.NAME,
                             remedy='PhaseModel.from_pretrained("phase-foot")')  # fmt: skip
    kinds: dict[str, type[Tcn | Gru | Dense | Windowed]] = {"tcn": Tcn, "gru": Gru, "dense": Dense}
    return kinds.get(model.config.network, Windowed)(model)


class _Scaled:
    """Brings the columns that a network sees to a size of about one."""

    def __init__(self, model: PhaseModel, dtype: npt.DTypeLike) -> None:
        columns = model.config.columns
        self.columns = slice(columns[0], columns[-1] + 1)
        self.count = len(columns)
        self.shift = model.weights["input.shift"].astype(dtype)
        self.scale = model.weights["input.scale"].astype(dtype)

    def into(self, tick: Array, out: Array) -> None:
        np.subtract(tick[self.columns], self.shift, out=out)
        np.multiply(out, self.scale, out=out)


class _Lanes:
    """What a convolution still needs of its input."""

    def __init__(self, width: int, kernel: int, dilation: int, dtype: npt.DTypeLike) -> None:
        self.period = dilation * _PLACES
        place, self._dilation = width + 1, dilation
        back = (kernel - 1) * place
        self._data = np.zeros((dilation, back + _PLACES * place), dtype)
        self.slots: list[Array] = []
        self.windows: list[Array] = []
        for i in range(self.period):
            lane, j = self._data[i % dilation], i // dilation
            self.slots.append(lane[back + j * place : back + j * place + width])
            self.windows.append(lane[j * place : j * place + back + place])
        self._heads = [lane[:back] for lane in self._data]
        self._tails = [lane[_PLACES * place :] for lane in self._data]
        self._ones = self._data.reshape(dilation, -1, place)[:, :, width]
        self.reset()

    def reset(self) -> None:
        self._data[:] = 0.0
        self._ones[:] = 1.0

    def rewind(self, i: int) -> None:
        """Before the first place of lane `i` is written anew: its last inputs come to its head."""
        np.copyto(self._heads[i], self._tails[i])


class Tcn:
    """Causal dilated residual network, incremental.

    Parameters
    ----------
    model
        With a network ``tcn``.
    dtype
        Precision; float64 is no slower here than float32.
    """

    def __init__(self, model: PhaseModel, dtype: npt.DTypeLike = np.float64) -> None:
        config, weights = model.config, model.weights
        self._scaled = _Scaled(model, dtype)
        width = self._scaled.count
        self._blocks: list[tuple[int, _Lanes, Array, _Lanes, Array, Array | None]] = []
        for b, dilation in enumerate(config.dilations):
            one = _Lanes(width, config.kernel, dilation, dtype)
            two = _Lanes(config.channels, config.kernel, dilation, dtype)
            skip = None
            if f"tcn.{b}.skip.weight" in weights:
                skip = _conv(weights, f"tcn.{b}.skip", dtype)
            self._blocks.append((one.period, one, _conv(weights, f"tcn.{b}.conv1", dtype),
                                 two, _conv(weights, f"tcn.{b}.conv2", dtype), skip))  # fmt: skip
            width = config.channels
        self._first = self._blocks[0][1]
        self._hidden = np.zeros(width, dtype)
        self._kept = np.zeros(width, dtype)
        self._zero = np.zeros(width, dtype)
        self._top = np.ones(width + 1, dtype)
        self._top_slot = self._top[:width]
        self._head = _with_bias(weights["head.weight"], weights["head.bias"], dtype)
        self.out = np.zeros(4, dtype)
        self._tick = 0

    def reset(self) -> None:
        """As if nothing had been."""
        for _, one, _, two, _, _ in self._blocks:
            one.reset()
            two.reset()
        self._tick = 0

    def step(self, tick: Array) -> Array:
        """The output (4) after one more tick (6)."""
        dot, maximum, add = np.dot, np.maximum, np.add
        hidden, zero, t = self._hidden, self._zero, self._tick
        first = True
        residual = hidden
        for period, one, w1, two, w2, skip in self._blocks:
            i = t % period
            if i < period // _PLACES:
                one.rewind(i)
                two.rewind(i)
            slot = one.slots[i]
            if first:
                self._scaled.into(tick, slot)
                first = False
            else:
                add(hidden, residual, out=hidden)
                maximum(hidden, zero, out=slot)
            window = one.windows[i]
            dot(w1, window, out=hidden)
            maximum(hidden, zero, out=two.slots[i])
            dot(w2, two.windows[i], out=hidden)
            maximum(hidden, zero, out=hidden)
            if skip is None:
                residual = slot
            else:
                residual = self._kept
                dot(skip, window[-skip.shape[1] :], out=residual)
        add(hidden, residual, out=hidden)
        maximum(hidden, zero, out=self._top_slot)
        dot(self._head, self._top, out=self.out)
        self._tick = t + 1
        return self.out


class Gru:
    """Gated recurrent network, which is incremental by itself; parameters as for :class:`Tcn`."""

    def __init__(self, model: PhaseModel, dtype: npt.DTypeLike = np.float64) -> None:
        config, weights = model.config, model.weights
        self._scaled = _Scaled(model, dtype)
        h = config.channels
        self._input = np.zeros(self._scaled.count, dtype)
        self._layers = [
            (*(weights[f"gru.{n}.{k}"].astype(dtype) for k in ("weight_ih", "bias_ih", "weight_hh", "bias_hh")),
             np.zeros(h, dtype))
            for n in range(config.blocks)
        ]  # fmt: skip
        self._given, self._own = np.zeros(3 * h, dtype), np.zeros(3 * h, dtype)
        self._gates, self._new, self._size = np.zeros(2 * h, dtype), np.zeros(h, dtype), h
        self._head = weights["head.weight"].astype(dtype)
        self._bias = weights["head.bias"].astype(dtype)
        self.out = np.zeros(4, dtype)

    def reset(self) -> None:
        """As if nothing had been."""
        for *_, state in self._layers:
            state[:] = 0.0

    def step(self, tick: Array) -> Array:
        """The output (4) after one more tick (6)."""
        x, h = self._input, self._size
        given, own, gates, new = self._given, self._own, self._gates, self._new
        self._scaled.into(tick, x)
        for w_in, b_in, w_own, b_own, state in self._layers:
            np.dot(w_in, x, out=given)
            np.add(given, b_in, out=given)
            np.dot(w_own, state, out=own)
            np.add(own, b_own, out=own)
            # σ(x) = (tanh(x / 2) + 1) / 2
            np.add(given[: 2 * h], own[: 2 * h], out=gates)
            np.multiply(gates, 0.5, out=gates)
            np.tanh(gates, out=gates)
            np.add(gates, 1.0, out=gates)
            np.multiply(gates, 0.5, out=gates)
            np.multiply(gates[:h], own[2 * h :], out=new)
            np.add(new, given[2 * h :], out=new)
            np.tanh(new, out=new)
            # h ← new + update · (h − new)
            np.subtract(state, new, out=state)
            np.multiply(state, gates[h:], out=state)
            np.add(state, new, out=state)
            x = state
        np.dot(self._head, x, out=self.out)
        np.add(self.out, self._bias, out=self.out)
        return self.out


class _Window:
    """The newest ticks, oldest first, side by side: each is written twice."""

    def __init__(self, ticks: int, width: int, dtype: npt.DTypeLike) -> None:
        self._data = np.zeros((2 * ticks, width), dtype)
        self._ticks = ticks
        self._slots = list(self._data)
        flat = self._data.reshape(-1)
        self._flat = [flat[(i + 1) * width : (i + 1 + ticks) * width] for i in range(ticks)]
        self._at = 0

    def reset(self) -> None:
        self._data[:] = 0.0

    def next(self) -> Array:
        """Where the next tick goes."""
        return self._slots[self._at]

    def push(self) -> Array:
        """The window (flat) with the tick that was put into :meth:`next`."""
        i = self._at
        np.copyto(self._slots[i + self._ticks], self._slots[i])
        self._at = (i + 1) % self._ticks
        return self._flat[i]


class Dense:
    """Dense network on the newest window; parameters as for :class:`Tcn`.

    float32 by default: here the weights' way from memory takes the time.
    """

    def __init__(self, model: PhaseModel, dtype: npt.DTypeLike = np.float32) -> None:
        config, weights = model.config, model.weights
        self._scaled = _Scaled(model, dtype)
        self._window = _Window(config.window, self._scaled.count, dtype)
        self._layers = []
        for i, width in enumerate(config.widths):
            w = weights[f"dense.{i}.weight"].astype(dtype)
            self._layers.append((w, weights[f"dense.{i}.bias"].astype(dtype),
                                 np.zeros(width, dtype), np.zeros(width, dtype)))  # fmt: skip
        self._head = weights["head.weight"].astype(dtype)
        self._bias = weights["head.bias"].astype(dtype)
        self.out = np.zeros(4, dtype)

    def reset(self) -> None:
        """As if nothing had been."""
        self._window.reset()

    def step(self, tick: Array) -> Array:
        """The output (4) after one more tick (6)."""
        self._scaled.into(tick, self._window.next())
        x = self._window.push()
        for w, bias, hidden, zero in self._layers:
            np.dot(w, x, out=hidden)
            np.add(hidden, bias, out=hidden)
            np.maximum(hidden, zero, out=hidden)
            x = hidden
        np.dot(self._head, x, out=self.out)
        np.add(self.out, self._bias, out=self.out)
        return self.out


class Windowed:
    """Any other network (the Transformer): the whole forward pass on the newest window, anew.

    Slow, and it takes memory for each tick: for comparison, not for a device.
    """

    def __init__(self, model: PhaseModel, dtype: npt.DTypeLike = np.float64) -> None:
        self._model = model
        self._ticks = model.config.window
        self._window = _Window(self._ticks, 6, dtype)
        self._seen = 0
        self.out = np.zeros(4, dtype)

    def reset(self) -> None:
        """As if nothing had been."""
        self._window.reset()
        self._seen = 0

    def step(self, tick: Array) -> Array:
        """The output (4) after one more tick (6)."""
        self._window.next()[:] = tick
        flat = self._window.push()
        self._seen = min(self._seen + 1, self._ticks)
        rows = flat.reshape(self._ticks, 6)[self._ticks - self._seen :]
        self.out[:] = self._model.raw(rows)[-1]
        return self.out


def _with_bias(weight: Array, bias: Array, dtype: npt.DTypeLike) -> Array:
    return np.ascontiguousarray(np.concatenate([weight, bias[:, None]], axis=1), dtype)


def _conv(weights: Weights, name: str, dtype: npt.DTypeLike) -> Array:
    """A convolution's weights as out × (kernel · (in + 1)), the bias beside the newest input."""
    w, b = weights[f"{name}.weight"], weights[f"{name}.bias"]
    out, width, kernel = w.shape
    table = np.zeros((out, kernel, width + 1), dtype)
    table[:, :, :width] = w.transpose(0, 2, 1)
    table[:, -1, width] = b
    return table.reshape(out, -1)
