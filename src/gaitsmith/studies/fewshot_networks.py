"""The published network, and the same network trained otherwise, on the protocol's folds.

``maml`` is meta-learned; ``fine-tune`` is trained on pooled people, then adapted by gradient steps;
``scratch`` starts from random weights. Number and size of the steps of the latter two are chosen on the
same held-out training people that stop the meta-learning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.func import functional_call

from gaitsmith.models.base import Card
from gaitsmith.models.fewshot.calibration import corruptions
from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.models.fewshot.network import MetaTCN, MetaTCNConfig, adapted, inputs, network

__all__ = ["Task", "finetuned", "meta", "predicted", "scratch", "tasks"]

Array = npt.NDArray[np.float64]
Params = dict[str, Tensor]
_KS = (1, 5)
_GRID = tuple((steps, size) for steps in (0, 3, 10) for size in (0.02, 0.1))
_SCRATCH = tuple((steps, size) for steps in (30, 100) for size in (0.003, 0.01))


@dataclass(frozen=True, eq=False)
class Task:
    """One leg of a person: z cycles and stride times of support and query halves."""

    person: str
    support: Tensor
    support_time: Tensor
    query: Tensor
    query_time: Tensor


def tasks(cycles: Cycles, level: Array, scale: Array, tempo: tuple[float, float]) -> list[Task]:
    """A task for each leg of each recording."""
    out = []
    for u in cycles.units_of_learning():
        z = torch.tensor((u.data - level) / scale, dtype=torch.float32)
        t = torch.tensor((u.duration - tempo[0]) / tempo[1], dtype=torch.float32)
        h = len(u) // 2
        out.append(Task(str(u.person[0]), z[:h], t[:h], z[h:], t[h:]))
    return out


def damaged(cycles: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Each cycle damaged in one of the four ways, in turn at random; and what is left of it."""
    shape = (cycles.shape[1], cycles.shape[2])
    masks, out = [], cycles.clone()
    for i in range(len(cycles)):
        kind = int(rng.integers(0, 4))
        ways = corruptions(shape, rng)
        if kind < 3:
            masks.append(torch.tensor(list(ways.values())[kind]))
        else:
            masks.append(torch.ones(shape, dtype=torch.bool))
            out[i] += 0.3 * torch.tensor(rng.standard_normal(shape), dtype=torch.float32)
    return out, torch.stack(masks)


def _given(mode: str, cycles: Tensor, tempo: Tensor, rng: np.random.Generator) -> Tensor:
    if mode == "generation":
        return inputs(mode, cycles, None, tempo)
    bad, seen = damaged(cycles, rng)
    return inputs(mode, bad, seen, tempo)


def _drawn(task: Task, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    at = torch.tensor(rng.choice(len(task.support), count, replace=False))
    return task.support[at], task.support_time[at]


def _query(task: Task, mode: str, time: Tensor, many: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:  # fmt: skip
    at = torch.tensor(rng.choice(len(task.query), min(many, len(task.query)), replace=False))
    y = task.query[at]
    # The stride time of a cycle to come is not known: the support's mean stands for it.
    return _given(mode, y, time.mean().expand(len(y)), rng), y


def _judged(net: torch.nn.Module, held: list[Task], mode: str, adapt: Callable[[Tensor, Tensor, int], Params]) -> float:  # fmt: skip
    """Mean squared error on held-out people's queries over numbers of support cycles."""
    rng = np.random.default_rng(7)
    errors = []
    for task in held:
        for count in _KS:
            s, t = _drawn(task, count, rng)
            reps = 1 if mode == "generation" else 2
            x = torch.cat([_given(mode, s, t, rng) for _ in range(reps)])
            params = adapt(x, s.repeat(reps, 1, 1), count)
            xq, yq = _query(task, mode, t, 12, rng)
            with torch.no_grad():
                errors.append(float((functional_call(net, params, (xq,)) - yq).square().mean()))
    return float(np.mean(errors))


def meta(
    train: list[Task], held: list[Task], config: MetaTCNConfig, *, order: int, steps: int, seed: int
) -> MetaTCN:
    """Meta-learned on `train`, stopped by `held` (best of every 20 outer steps)."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = network(config)
    params = {k: p.detach().clone().requires_grad_() for k, p in net.named_parameters()}
    sizes = {k: torch.full((), config.step).requires_grad_() for k in params}
    optimiser = torch.optim.Adam([{"params": list(params.values()), "lr": 2e-3}, {"params": list(sizes.values()), "lr": 2e-3}])  # fmt: skip
    best: tuple[float, dict[str, npt.NDArray[np.float32]]] | None = None
    inner = {1: config.steps_one, 5: config.steps_more}
    reps = 1 if config.mode == "generation" else 2
    for step in range(steps):
        optimiser.zero_grad()
        for i in rng.choice(len(train), 2, replace=False):
            count = int(rng.choice(_KS))
            s, t = _drawn(train[i], count, rng)
            x = torch.cat([_given(config.mode, s, t, rng) for _ in range(reps)])
            fast = adapted(net, params, sizes, (x, s.repeat(reps, 1, 1)), inner[count], second=order == 2)  # fmt: skip
            xq, yq = _query(train[i], config.mode, t, 12, rng)
            ((functional_call(net, fast, (xq,)) - yq).square().mean() / 2).backward()
        torch.nn.utils.clip_grad_norm_(list(params.values()), 1.0)
        optimiser.step()
        if step % 20 == 19:
            error = _judged(net, held, config.mode, lambda x, y, k: adapted(net, params, sizes, (x, y), inner[k]))  # fmt: skip
            if best is None or error < best[0]:
                best = (error, _kept(params, sizes))
    assert best is not None
    return MetaTCN(config, best[1], Card(data="people of the training folds", seed=seed))


def _kept(params: Params, sizes: Params) -> dict[str, npt.NDArray[np.float32]]:
    out = {f"net.{k}": p.detach().numpy().copy() for k, p in params.items()}
    return out | {f"step.{k}": s.detach().numpy().copy() for k, s in sizes.items()}


def finetuned(
    train: list[Task], held: list[Task], config: MetaTCNConfig, *, steps: int, seed: int
) -> tuple[MetaTCN, tuple[int, float]]:
    """Trained on pooled cycles, stopped by `held`; inner steps and their size chosen by `held`."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = network(config)
    params = {k: p.detach().clone().requires_grad_() for k, p in net.named_parameters()}
    optimiser = torch.optim.Adam(list(params.values()), lr=2e-3)
    best: tuple[float, dict[str, npt.NDArray[np.float32]]] | None = None
    zero = {k: torch.zeros(()) for k in params}
    for step in range(steps):
        optimiser.zero_grad()
        y, t = [torch.cat(parts) for parts in zip(*(_drawn(train[i], 5, rng) for i in rng.choice(len(train), 8)), strict=True)]  # fmt: skip
        (functional_call(net, params, (_given(config.mode, y, t, rng),)) - y).square().mean().backward()  # fmt: skip
        optimiser.step()
        if step % 40 == 39:
            error = _judged(net, held, config.mode, lambda *_: params)
            if best is None or error < best[0]:
                best = (error, _kept(params, zero))
    assert best is not None
    model = MetaTCN(config, best[1], Card(data="people of the training folds", seed=seed))
    chosen = _best_steps(model, held, _GRID)
    return model, chosen


def scratch(held: list[Task], config: MetaTCNConfig, *, seed: int) -> tuple[MetaTCN, tuple[int, float]]:  # fmt: skip
    """Random weights; steps and their size chosen by `held`."""
    torch.manual_seed(seed)
    net = network(config)
    params: Params = dict(net.named_parameters())
    model = MetaTCN(config, _kept(params, {k: torch.zeros(()) for k in params}), Card(seed=seed))
    return model, _best_steps(model, held[:2], _SCRATCH, adam=True)


def _best_steps(model: MetaTCN, held: list[Task], grid: tuple[tuple[int, float], ...], *, adam: bool = False) -> tuple[int, float]:  # fmt: skip
    net, params, _ = model.parts()

    def error(way: tuple[int, float]) -> float:
        return _judged(net, held, model.config.mode, lambda x, y, _: _stepped(net, params, x, y, way, adam=adam))  # fmt: skip

    return min(grid, key=error)


def _stepped(net: torch.nn.Module, params: Params, x: Tensor, y: Tensor, way: tuple[int, float], *, adam: bool) -> Params:  # fmt: skip
    steps, size = way
    if not adam:
        sizes = {k: torch.tensor(size) for k in params}
        return adapted(net, params, sizes, (x, y), steps)
    own = {k: p.detach().clone().requires_grad_() for k, p in params.items()}
    optimiser = torch.optim.Adam(list(own.values()), lr=size)
    for _ in range(steps):
        optimiser.zero_grad()
        (functional_call(net, own, (x,)) - y).square().mean().backward()
        optimiser.step()
    return own


def predicted(
    model: MetaTCN, support: Array, tempo: Array, query: Array, seen: npt.NDArray[np.bool_] | None, *,
    way: tuple[int, float] | None = None, adam: bool = False, seed: int = 0,
) -> Array:  # fmt: skip
    """Predictions (z) for damaged queries (reconstruction) or one cycle (generation; `query` gives the shape).

    Parameters
    ----------
    support, tempo
        z cycles and stride times.
    query, seen
        cycle × time × channel and True where observed.
    way
        Steps and their size; None: the model's own learned ones.
    """
    rng = np.random.default_rng(seed)
    mode = model.config.mode
    net, params, sizes = model.parts()
    s, t = torch.tensor(support, dtype=torch.float32), torch.tensor(tempo, dtype=torch.float32)
    reps = 1 if mode == "generation" else 2
    x = torch.cat([_given(mode, s, t, rng) for _ in range(reps)])
    y = s.repeat(reps, 1, 1)
    if way is None:
        own = adapted(net, params, sizes, (x, y), model.steps(len(s)))
    else:
        own = _stepped(net, params, x, y, way, adam=adam)
    q = torch.tensor(query, dtype=torch.float32)
    mask = None if seen is None else torch.tensor(seen)
    with torch.no_grad():
        out = functional_call(net, own, (inputs(mode, q, mask, t.mean().expand(len(q))),))
    return np.asarray(out.numpy(), dtype=np.float64)
