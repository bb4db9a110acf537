"""How long and how a network is fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.config import Config

__all__ = ["TrainConfig"]


@dataclass(frozen=True, kw_only=True)
class TrainConfig(Config):
    """Settings of a training; the same file serves a laptop and many machines.

    Attributes
    ----------
    steps, epochs
        How many optimiser steps; or, where `epochs` is above 0, how often the data are seen.
    batch, accumulate
        Items a device and backward pass; passes a step. With more devices the batch grows.
    lr, weight_decay, clip
        AdamW; the gradient's norm is cut at `clip` (0: not).
    warmup, schedule
        Steps over which the rate rises; then "constant" or "cosine" (to a hundredth at the end).
    ema
        Decay of the running mean of the weights, which is validated and kept (0: none). It starts
        at (1 + n) / (10 + n), so that early weights are forgotten.
    precision
        "auto": 16-bit bfloat on a GPU that has it, else half, and 32 bits on a CPU.
    val_every, patience
        Steps between validations (and checkpoints); validations without gain until it ends (0:
        never).
    seed
        Of weights, order and noise.
    accelerator, devices, nodes, strategy
        "auto" uses what is there; with several devices or nodes "auto" is DDP.
    workers
        Processes that read data.
    log
        "csv", or "tensorboard" beside it.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {
        "steps": (1, 1e9), "epochs": (0, 1e6), "batch": (1, 1e6), "accumulate": (1, 1e4),
        "lr": (0, 10), "weight_decay": (0, 10), "clip": (0, 1e6), "warmup": (0, 1e9), "ema": (0, 0.999999),
        "val_every": (1, 1e9), "patience": (0, 1e6), "seed": (0, 2**31), "devices": (0, 4096),
        "nodes": (1, 4096), "workers": (0, 256),
    }  # fmt: skip
    CHOICES: ClassVar[Mapping[str, Sequence[str]]] = {
        "schedule": ("constant", "cosine"), "precision": ("auto", "32", "bf16", "16"),
        "log": ("csv", "tensorboard"), "accelerator": ("auto", "cpu", "gpu"),
    }  # fmt: skip
    steps: int = 10_000
    epochs: int = 0
    batch: int = 16
    accumulate: int = 1
    lr: float = 5e-4
    weight_decay: float = 1e-3
    clip: float = 1.0
    warmup: int = 0
    schedule: str = "constant"
    ema: float = 0.999
    precision: str = "auto"
    val_every: int = 500
    patience: int = 0
    seed: int = 0
    accelerator: str = "auto"
    devices: int = 0
    nodes: int = 1
    strategy: str = "auto"
    workers: int = 0
    log: str = "csv"

    #: What may differ between a run and its resumption.
    FREE: ClassVar[frozenset[str]] = frozenset(
        {"steps", "epochs", "patience", "log", "workers", "accelerator", "precision", "strategy"}
    )

    def total(self, items: int, processes: int) -> int:
        """Steps in all, for so many items.

        Raises
        ------
        GaitsmithError
            Where there is nothing to learn from.
        """
        if items < 1:
            raise GaitsmithError("there is nothing to learn from", place="training data", found=items)  # fmt: skip
        if self.epochs == 0:
            return self.steps
        return max(1, -(-self.epochs * items // (self.batch * self.accumulate * processes)))

    def rate(self, step: int, total: int) -> float:
        """Factor on `lr` at a step."""
        from math import cos, pi

        if step < self.warmup:
            return (step + 1) / self.warmup
        if self.schedule == "constant":
            return 1.0
        done = (step - self.warmup) / max(1, total - self.warmup)
        return 0.01 + 0.99 * 0.5 * (1 + cos(pi * min(1.0, done)))
