"""A task of no meaning that learns in a moment: a line through points, with noise in the loss.

Run as a program it trains: ``python -m tests.training.toy OUT [--resume] [--slow] [--devices N]``.
"""

import sys
import time
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.utils.data import TensorDataset

from gaitsmith.models.base import Card, Config
from gaitsmith.models.networks import NetworkModel
from gaitsmith.training import TrainConfig, fit

CONFIG = TrainConfig(steps=60, val_every=10, batch=8, lr=0.05, ema=0.9, seed=3, accelerator="cpu")


@dataclass(frozen=True, kw_only=True)
class LineConfig(Config):
    width: int = 6


class Line(NetworkModel):
    NAME, CONFIG = "line", LineConfig
    config: LineConfig

    def build(self):
        w = self.config.width
        return torch.nn.Sequential(
            torch.nn.Linear(2, w), torch.nn.Dropout(0.1), torch.nn.Linear(w, 1)
        )


class LineTask:
    name = "line"

    def __init__(self, *, slow=0.0, valid=True, width=6, broken=False):
        self.slow, self.valid, self.config, self.broken = (
            slow,
            valid,
            LineConfig(width=width),
            broken,
        )

    def settings(self):
        return self.config.to_dict()

    def digest(self):
        return "two columns"

    def _set(self, seed, n):
        x = torch.from_numpy(np.random.default_rng(seed).standard_normal((n, 2))).float()
        return TensorDataset(x, x @ torch.tensor([[2.0], [-1.0]]) + 0.5)

    def network(self):
        return Line(self.config).build()

    def train_set(self):
        return self._set(0, 50)

    def valid_set(self):
        return self._set(1, 21) if self.valid else None

    def loss(self, network, batch, generator):
        time.sleep(self.slow)
        x, y = batch
        x = x + 0.1 * torch.randn(x.shape, generator=generator)
        loss = torch.nn.functional.mse_loss(network(x), y)
        return {"loss": loss * float("nan") if self.broken else loss, "mean": y.mean()}

    def model(self, network):
        return Line.of(network, self.config, Card(data="made up"))


def main(arguments):
    config = CONFIG
    if "--devices" in arguments:
        devices = int(arguments[arguments.index("--devices") + 1])
        config = replace(CONFIG, devices=devices, batch=CONFIG.batch // devices)
    task = LineTask(slow=0.02 if "--slow" in arguments else 0.0)
    fit(task, config, arguments[0], resume="--resume" in arguments, say=print)


if __name__ == "__main__":
    main(sys.argv[1:])
