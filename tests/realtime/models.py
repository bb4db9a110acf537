"""Phase models with seeded random weights: every shape, no training."""

import numpy as np

from gaitsmith.models.phase.config import PhaseConfig
from gaitsmith.models.phase.layers import forward
from gaitsmith.models.phase.model import PhaseModel


def random_model(network="tcn", seed=0, **settings):
    """A model whose weights are random but of a sensible size."""
    config = PhaseConfig(network=network, **settings)
    rng = np.random.default_rng(seed)
    c, h = len(config.columns), config.channels
    w = {"input.shift": np.array([0.0, 9.8, 0.0, 0.0, 0.0, 0.0])[list(config.columns)],
         "input.scale": np.array([0.1, 0.1, 0.1, 0.005, 0.005, 0.005])[list(config.columns)]}  # fmt: skip

    def layer(name, *shape):
        w[f"{name}.weight"] = rng.normal(size=shape) * np.sqrt(1.5 / np.prod(shape[1:]))
        w[f"{name}.bias"] = 0.1 * rng.normal(size=shape[0])

    if network == "tcn":
        width = c
        for b in range(config.blocks):
            layer(f"tcn.{b}.conv1", h, width, config.kernel)
            layer(f"tcn.{b}.conv2", h, h, config.kernel)
            if width != h:
                layer(f"tcn.{b}.skip", h, width, 1)
            width = h
    elif network == "gru":
        width = c
        for b in range(config.blocks):
            for name, size in (("ih", width), ("hh", h)):
                layer("x", 3 * h, size)
                w[f"gru.{b}.weight_{name}"], w[f"gru.{b}.bias_{name}"] = w.pop("x.weight"), w.pop("x.bias")  # fmt: skip
            width = h
    else:
        width = config.window * c
        for i, size in enumerate(config.widths):
            layer(f"dense.{i}", size, width)
            width = size
    layer("head", 4, width)
    # Outputs of the size that a trained network gives; it mostly walks.
    out = forward(signal(300), {k: np.asarray(v, np.float64) for k, v in w.items()}, config)
    size = np.array([0.7, 0.7, 3.0, 1.0]) / out.std(axis=0)
    w["head.weight"] *= size[:, None]
    w["head.bias"] = (w["head.bias"] - out.mean(axis=0)) * size + [0, 0, 0, 2.0]
    return PhaseModel(config, {k: np.asarray(v, np.float32) for k, v in w.items()})


def signal(n, seed=1):
    """n × 6 of the size that a foot gives."""
    rng = np.random.default_rng(seed)
    t = np.arange(n) / 100
    wave = np.stack([np.sin(2 * np.pi * (0.9 * t + p)) for p in rng.random(6)], axis=1)
    size = np.array([6.0, 5.0, 3.0, 60.0, 60.0, 300.0])
    return wave * size + rng.normal(size=(n, 6)) * 0.1 * size + [0, 9.8, 0, 0, 0, 0]


class Oracle:
    """A network that needs no weights: swing where the foot turns fast, phase by its last strike.

    Good enough to follow the walk that the tests stream; it has a memory, as a network has.
    """

    def __init__(self):
        self.out = np.zeros(4)
        self.reset()

    def reset(self):
        self._rate = self._walk = 0.0
        self._swing, self._since, self._stride = False, 0, 105

    def step(self, tick):
        self._rate += 0.5 * (float(tick[5]) - self._rate)
        self._walk += 0.02 * (min(abs(self._rate), 200.0) - self._walk)
        self._since += 1
        swing = self._rate > 80.0
        if self._swing and not swing and self._since > 60:
            self._stride, self._since = min(self._since, 150), 0
        self._swing = swing
        turn = 2 * np.pi * min(self._since / self._stride, 0.99)
        self.out[:] = np.sin(turn), np.cos(turn), 0.2 * (80.0 - self._rate), self._walk - 25.0
        return self.out
