"""MetaGait: a temporal convolutional network, meta-learned so that a few gradient steps make it personal.

Yadav, Nandi, Sharma et al. (2026) "A meta learning framework for few shot personalized gait cycle
generation and reconstruction", Sci Rep 16, 5506; meta-learning after Finn, Abbeel, Levine (2017),
ICML (MAML), learned step sizes after Li et al. (2017), arXiv 1707.09835 (Meta-SGD).

*Generation*: phase and stride time in, a cycle out. *Reconstruction*: a damaged cycle with its mask
(and phase) in, the whole cycle out. Both are adapted by gradient steps on the K support cycles.

Deviations
----------
The paper was read from a summary, so the following are ours: width, depth, and that convolutions see
both ways; harmonics of the phase as the generator's input; one learned step size a tensor; two inner
steps for one support cycle and four for more; inner gradients cut at a norm of 1 (without it the
first order diverges); the damages made of support cycles (a stretch, scattered samples, a sensor,
noise, in turn), the loss taken over the damaged samples; the stop by held-out training people. A
predicted cycle stands for the person's mean: there is no noise vector, cycles differ through their
stride time only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from gaitsmith.errors import check_in
from gaitsmith.models.base import Config, Model
from gaitsmith.nn.tcn import TCN

__all__ = [
    "MetaTCN",
    "MetaTCNConfig",
    "adapted",
    "harmonics",
    "inputs",
    "losses",
    "network",
    "stacked",
]

Array = npt.NDArray[np.float64]
Params = dict[str, Tensor]
MODES = ("generation", "reconstruction")
_HARMONICS = 5
# Inner gradients are cut at this norm (ours).
_LONGEST = 1.0


@dataclass(frozen=True, kw_only=True)
class MetaTCNConfig(Config):
    """Settings of the network and of its adaptation.

    Attributes
    ----------
    mode
        ``"generation"`` or ``"reconstruction"``.
    channels
        Of a cycle.
    width, blocks, kernel
        Of the network; dilations double.
    steps_one, steps_more
        Inner steps for one support cycle and for more.
    step
        Where learned step sizes start.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {
        "channels": (1, 200), "width": (4, 256), "blocks": (1, 8), "kernel": (3, 9),
        "steps_one": (0, 50), "steps_more": (0, 50), "step": (1e-5, 10),
    }  # fmt: skip
    mode: str = "generation"
    channels: int = 6
    width: int = 32
    blocks: int = 4
    kernel: int = 5
    steps_one: int = 2
    steps_more: int = 4
    step: float = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        check_in("mode", self.mode, MODES)


def harmonics(time: int) -> Tensor:
    """time × 2 · 5: sine and cosine of the phase and its multiples."""
    at = torch.arange(time) / (time - 1) * 2 * torch.pi
    return torch.cat([f(k * at)[:, None] for k in range(1, _HARMONICS + 1) for f in (torch.sin, torch.cos)], 1)  # fmt: skip


def network(config: MetaTCNConfig) -> TCN:
    """The network of a mode."""
    extra = 1 if config.mode == "generation" else 2 * config.channels
    return TCN(2 * _HARMONICS + extra, config.channels, [config.width] * config.blocks,
               kernel=config.kernel, causal=False, norm="none")  # fmt: skip


def inputs(mode: str, cycles: Tensor, seen: Tensor | None, tempo: Tensor) -> Tensor:
    """batch × time × input: what the network is given.

    Parameters
    ----------
    cycles, seen
        batch × time × channel: reconstruction's damaged cycles and True where a sample is left.
    tempo
        batch: stride time (z).
    """
    batch, time = cycles.shape[:2]
    base = harmonics(time).to(cycles).expand(batch, -1, -1)
    if mode == "generation":
        return torch.cat([base, tempo[:, None, None].expand(batch, time, 1)], 2)
    mask = torch.ones_like(cycles) if seen is None else seen.to(cycles)
    return torch.cat([base, cycles * mask, mask], 2)


def stacked(params: Params, count: int) -> Params:
    """The same parameters for so many people: a first axis more, without copying."""
    return {k: p.expand(count, *p.shape) for k, p in params.items()}


def losses(net: nn.Module, params: Params, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Each person's weighted mean squared error (input, cycles, weight: a first axis of people)."""

    def called(own: Params, x: Tensor) -> Tensor:
        out: Tensor = functional_call(net, own, (x,))
        return out

    x, y, weight = batch
    return (weight * (vmap(called)(params, x) - y).square()).flatten(1).mean(1)


def adapted(
    net: nn.Module, params: Params, sizes: Params, support: tuple[Tensor, Tensor, Tensor], steps: int, *, second: bool = False,
) -> Params:  # fmt: skip
    """Parameters after inner gradient steps, of several people at once.

    Parameters
    ----------
    params
        With a first axis of people (:func:`stacked`).
    sizes
        Step size of each tensor.
    support
        Input, cycles and weight of their samples, with a first axis of people.
    second
        Whether what comes out can be differentiated through the steps; else to first order.
    """
    for _ in range(steps):
        total = losses(net, params, support).sum()
        slopes = torch.autograd.grad(total, list(params.values()), create_graph=second)
        norm = torch.stack([g.flatten(1).square().sum(1) for g in slopes]).sum(0).sqrt()
        cut = (_LONGEST / (norm + 1e-9)).clamp(max=1.0)
        params = {
            k: p - sizes[k].abs() * g * cut.view(-1, *[1] * (g.ndim - 1))
            for (k, p), g in zip(params.items(), slopes, strict=True)
        }
    return params


class MetaTCN(Model):
    """A meta-learned network with its step sizes; weights ``net.*`` and ``step.*``."""

    NAME = "fewshot-metatcn"
    CONFIG = MetaTCNConfig
    config: MetaTCNConfig

    def parts(self) -> tuple[TCN, Params, Params]:
        """Network, its parameters and the step size of each."""
        net = network(self.config)
        params = {k: torch.tensor(self.weights[f"net.{k}"]).requires_grad_() for k, _ in net.named_parameters()}  # fmt: skip
        return net, params, {k: torch.tensor(self.weights[f"step.{k}"]) for k in params}

    def steps(self, count: int) -> int:
        """Inner steps for so many support cycles."""
        return self.config.steps_one if count == 1 else self.config.steps_more
