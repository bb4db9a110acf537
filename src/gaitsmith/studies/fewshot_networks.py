"""The published network, and the same network trained otherwise, on the protocol's folds.

``maml`` is meta-learned; ``fine-tune`` is trained on pooled people, then adapted by gradient steps;
``scratch`` starts from random weights. Number and size of the inner steps (of ``maml`` a factor on the
sizes it learned) are chosen, for each number of support cycles, on the same held-out training people that
stop the meta-learning. People are adapted side by side (a first axis of people), which is what makes it fit a processor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.func import functional_call, vmap

from gaitsmith.models.base import Card
from gaitsmith.models.fewshot.calibration import DAMAGES, NOISE, corruptions
from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.models.fewshot.network import (
    MetaTCN,
    MetaTCNConfig,
    adapted,
    inputs,
    losses,
    network,
    stacked,
)

__all__ = ["KS", "Task", "Way", "adapt", "finetuned", "meta", "pretrained", "scratch", "tasks", "tuned"]  # fmt: skip

Array = npt.NDArray[np.float64]
Params = dict[str, Tensor]
Batch = tuple[Tensor, Tensor, Tensor]
#: Number of support cycles -> steps and their size.
Way = dict[int, tuple[int, float]]
KS = (1, 5)
_GRID = tuple((steps, size) for steps in (0, 1, 3, 10, 30) for size in (0.03, 0.1, 0.3))
# Of a meta-learned network, as many steps with its own step sizes times so much.
_RELATIVE = tuple((steps, size) for steps in (1, 3, 5, 10, 30) for size in (0.5, 1.0, 2.0))
_SCRATCH = tuple((steps, size) for steps in (20, 50, 120) for size in (0.001, 0.003, 0.01))
# People a step, draws of support cycles of each held-out leg, and query cycles (of damaged ones).
_PEOPLE, _HELD, _QUERIES = 4, 2, 4
_RATE = 2e-3
# Outer steps between looks at the held-out people, and looks without gain before the stop.
_LOOK, _PATIENCE = 25, 6


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


def damaged(cycles: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Each cycle damaged in one of the four ways in turn; what is left of it; weight of its samples."""
    shape = (cycles.shape[1], cycles.shape[2])
    masks, weights, out = [], [], cycles.clone()
    first = int(rng.integers(0, len(DAMAGES)))
    for i in range(len(cycles)):
        kind = DAMAGES[(first + i) % len(DAMAGES)]
        if kind == "noise":
            seen = torch.ones(shape, dtype=torch.bool)
            out[i] += NOISE * torch.tensor(rng.standard_normal(shape), dtype=torch.float32)
            weight = torch.ones(shape)
        else:
            seen = torch.tensor(corruptions(shape, rng)[kind])
            lost = (~seen).float()
            weight = lost / lost.mean()
        masks.append(seen)
        weights.append(weight)
    return out, torch.stack(masks), torch.stack(weights)


def _given(mode: str, cycles: Tensor, tempo: Tensor, rng: np.random.Generator) -> Batch:
    """What the network is given, the cycles it should say, and the weight of their samples."""
    if mode == "generation":
        return inputs(mode, cycles, None, tempo), cycles, torch.ones_like(cycles)
    bad, seen, weight = damaged(cycles, rng)
    return inputs(mode, bad, seen, tempo), cycles, weight


def _support(mode: str, cycles: Tensor, tempo: Tensor, rng: np.random.Generator) -> Batch:
    """A support cycle is damaged in four ways where it stands alone, in two where it does not."""
    reps = 1 if mode == "generation" else 4 if len(cycles) == 1 else 2
    return _given(mode, cycles.repeat(reps, 1, 1), tempo.repeat(reps), rng)


def _drawn(some: Sequence[Task], mode: str, count: int, rng: np.random.Generator) -> tuple[Batch, Batch]:  # fmt: skip
    """Support and query of several people.

    The stride time of a cycle to come is not known: the support's mean stands for it. So every
    generated query is the same and its error that of the mean query, up to a constant.
    """
    near, far = [], []
    for task in some:
        at = torch.tensor(rng.choice(len(task.support), count, replace=False))
        s, t = task.support[at], task.support_time[at]
        near.append(_support(mode, s, t, rng))
        if mode == "generation":
            y = task.query.mean(0, keepdim=True)
        else:
            y = task.query[torch.tensor(rng.choice(len(task.query), _QUERIES))]
        far.append(_given(mode, y, t.mean().expand(len(y)), rng))
    return _together(near), _together(far)


def _together(many: list[Batch]) -> Batch:
    x, y, w = (torch.stack(part) for part in zip(*many, strict=True))
    return x, y, w


def _looked(held: Sequence[Task], mode: str) -> dict[int, tuple[Batch, Batch]]:
    """The held-out people's draws, the same at every look."""
    rng = np.random.default_rng(7)
    return {k: _drawn([t for t in held for _ in range(_HELD)], mode, k, rng) for k in KS}


def _fresh(config: MetaTCNConfig, seed: int) -> tuple[torch.nn.Module, Params]:
    torch.manual_seed(seed)
    net = network(config)
    return net, {k: p.detach().clone().requires_grad_() for k, p in net.named_parameters()}


class _Best:
    """The best parameters so far, by the held-out people."""

    def __init__(self) -> None:
        self.error, self.kept, self._since = np.inf, {}, 0  # type: float, dict[str, npt.NDArray[np.float32]], int

    def look(self, error: float, params: Params, sizes: Params) -> bool:
        """Whether to stop."""
        self._since += 1
        if error < self.error:
            self.error, self._since = error, 0
            self.kept = {f"net.{k}": p.detach().numpy().copy() for k, p in params.items()}
            self.kept |= {f"step.{k}": s.detach().numpy().copy() for k, s in sizes.items()}
        return self._since >= _PATIENCE


def _model(config: MetaTCNConfig, kept: dict[str, npt.NDArray[np.float32]], seed: int) -> MetaTCN:
    return MetaTCN(config, kept, Card(data="people of the training folds", seed=seed))


def meta(
    train: list[Task], held: list[Task], config: MetaTCNConfig, *, order: int, steps: int, seed: int,
    learn_sizes: bool = True,
) -> MetaTCN:  # fmt: skip
    """Meta-learned on `train`, stopped by `held`.

    Parameters
    ----------
    order
        Of the meta-gradient, 1 or 2.
    learn_sizes
        Whether each tensor's step size is learned; else it stays ``config.step``.
    """
    rng = np.random.default_rng(seed)
    net, params = _fresh(config, seed)
    sizes = {k: torch.full((), config.step).requires_grad_(learn_sizes) for k in params}
    groups = list(params.values()) + (list(sizes.values()) if learn_sizes else [])
    optimiser = torch.optim.Adam(groups, lr=_RATE)
    falling = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.1, steps)
    best, looks = _Best(), _looked(held, config.mode)
    inner = {1: config.steps_one, 5: config.steps_more}
    for step in range(steps):
        optimiser.zero_grad()
        count = int(rng.choice(KS))
        who = [train[i] for i in rng.choice(len(train), min(_PEOPLE, len(train)), replace=False)]
        near, far = _drawn(who, config.mode, count, rng)
        fast = adapted(net, stacked(params, len(who)), sizes, near, inner[count], second=order == 2)
        losses(net, fast, far).mean().backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(list(params.values()), 1.0)
        optimiser.step()
        falling.step()
        if step % _LOOK == _LOOK - 1:
            error = np.mean([
                float(losses(net, adapted(net, stacked(params, len(n[0])), sizes, n, inner[k]), f).mean().detach())
                for k, (n, f) in looks.items()
            ])  # fmt: skip
            if best.look(float(error), params, sizes):
                break
    return _model(config, best.kept, seed)


def pretrained(train: list[Task], held: list[Task], config: MetaTCNConfig, *, steps: int, seed: int) -> MetaTCN:  # fmt: skip
    """Trained on the cycles of all people together, stopped by `held`."""
    rng = np.random.default_rng(seed)
    net, params = _fresh(config, seed)
    optimiser = torch.optim.Adam(list(params.values()), lr=_RATE)
    falling = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.1, steps)
    zero = {k: torch.zeros(()) for k in params}
    best, looks = _Best(), _looked(held, config.mode)
    for step in range(steps):
        optimiser.zero_grad()
        who = [
            train[i] for i in rng.choice(len(train), min(2 * _PEOPLE, len(train)), replace=False)
        ]
        (x, y, w), _ = _drawn(who, config.mode, 5, rng)
        out = functional_call(net, params, (x.flatten(0, 1),))
        (w.flatten(0, 1) * (out - y.flatten(0, 1)).square()).mean().backward()
        optimiser.step()
        falling.step()
        if step % _LOOK == _LOOK - 1:
            with torch.no_grad():
                error = np.mean([float(losses(net, stacked(params, len(f[0])), f).mean()) for _, f in looks.values()])  # fmt: skip
            if best.look(float(error), params, zero):
                break
    return _model(config, best.kept, seed)


def finetuned(
    train: list[Task], held: list[Task], config: MetaTCNConfig, *, steps: int, seed: int
) -> tuple[MetaTCN, Way]:
    """Trained on pooled cycles; inner steps and their size chosen by `held`."""
    model = pretrained(train, held, config, steps=steps, seed=seed)
    return model, _best_way(model, held, _GRID, adam=False)


def tuned(model: MetaTCN, held: list[Task]) -> Way:
    """Inner steps of a meta-learned network and the factor on its step sizes, chosen by `held`."""
    return _best_way(model, held, _RELATIVE, adam=False, relative=True)


def scratch(held: list[Task], config: MetaTCNConfig, *, seed: int) -> tuple[MetaTCN, Way]:
    """Random weights; steps and their size chosen by `held`."""
    _, params = _fresh(config, seed)
    best = _Best()
    best.look(0.0, params, {k: torch.zeros(()) for k in params})
    model = _model(config, best.kept, seed)
    return model, _best_way(model, held, _SCRATCH, adam=True)


def _best_way(
    model: MetaTCN, held: list[Task], grid: Sequence[tuple[int, float]], *, adam: bool, relative: bool = False
) -> Way:  # fmt: skip
    looks = _looked(held, model.config.mode)
    net, params, own_sizes = model.parts()
    learned = own_sizes if relative else None
    found: Way = {}
    for k in KS:
        near, far = looks[k]
        errors: dict[tuple[int, float], float] = {}
        for size in sorted({size for _, size in grid}):
            stops = sorted({steps for steps, other in grid if other == size})
            for steps, own in _paths(net, stacked(params, len(near[0])), near, stops, size, adam=adam, learned=learned):  # fmt: skip
                with torch.no_grad():
                    errors[steps, size] = float(losses(net, own, far).mean())
        found[k] = min(errors, key=lambda way: errors[way])
    return found


def _paths(
    net: torch.nn.Module, params: Params, support: Batch, stops: Sequence[int], size: float, *, adam: bool,
    learned: Params | None = None,
) -> Iterator[tuple[int, Params]]:  # fmt: skip
    """Parameters after so many steps each, on one path; `size` is a factor on step sizes that were `learned`."""
    own = {k: p.detach().clone().requires_grad_() for k, p in params.items()}
    optimiser = torch.optim.Adam(list(own.values()), lr=size)
    sizes = {k: torch.tensor(size) if learned is None else size * learned[k] for k in params}
    done = 0
    for stop in stops:
        if adam:
            for _ in range(stop - done):
                optimiser.zero_grad()
                losses(net, own, support).sum().backward()  # type: ignore[no-untyped-call]
                optimiser.step()
        else:
            own = adapted(net, own, sizes, support, stop - done)
            own = {k: p.detach().requires_grad_() for k, p in own.items()}
        done = stop
        yield stop, own


def _stepped(
    net: torch.nn.Module, params: Params, support: Batch, way: tuple[int, float], *, adam: bool, learned: Params | None
) -> Params:  # fmt: skip
    steps, size = way
    return next(_paths(net, params, support, [steps], size, adam=adam, learned=learned))[1]


def adapt(
    model: MetaTCN, support: Array, tempo: Array, *, way: Way | None = None, adam: bool = False,
    relative: bool = False, seed: int = 0,
) -> Callable[[Array, npt.NDArray[np.bool_] | None], Array]:  # fmt: skip
    """Personal networks from people × K × time × channel z cycles (and people × K stride times).

    Returns
    -------
    function of people × cycle × time × channel queries and True where a sample is left (None:
    generation, where the queries give the shape) that predicts the whole cycles, in z.
    """
    rng = np.random.default_rng(seed)
    mode = model.config.mode
    net, params, sizes = model.parts()
    s, t = torch.tensor(support, dtype=torch.float32), torch.tensor(tempo, dtype=torch.float32)
    near = _together([_support(mode, a, b, rng) for a, b in zip(s, t, strict=True)])
    many, count = stacked(params, len(s)), s.shape[1]
    if way is None:
        own = adapted(net, many, sizes, near, model.steps(count))
    else:
        own = _stepped(net, many, near, way[count], adam=adam, learned=sizes if relative else None)

    def called(mine: Params, x: Tensor) -> Tensor:
        out: Tensor = functional_call(net, mine, (x,))
        return out

    def predict(query: Array, seen: npt.NDArray[np.bool_] | None) -> Array:
        x = torch.stack([
            inputs(mode, torch.tensor(q, dtype=torch.float32), None if seen is None else torch.tensor(seen[i]), t[i].mean().expand(len(q)))
            for i, q in enumerate(query)
        ])  # fmt: skip
        with torch.no_grad():
            return np.asarray(vmap(called)(own, x).numpy(), dtype=np.float64)

    return predict
