"""Fitting a phase network on labelled walks: crops, augmentation, loss, one plain loop.

The loop is our own and small, so that a fold takes a few minutes on one core;
``gaitsmith train phase`` runs the same crops and the same loss through
:mod:`gaitsmith.training`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gaitsmith.models.base import Card
from gaitsmith.models.phase.config import PhaseConfig
from gaitsmith.models.phase.model import PhaseModel
from gaitsmith.models.phase.network import PhaseNetwork
from gaitsmith.studies.phase_augment import disturbed, pace, warped
from gaitsmith.studies.phase_data import Walk
from gaitsmith.studies.phase_recipe import Recipe

__all__ = ["Crops", "fit", "losses", "scale_of"]

Array = npt.NDArray[np.float64]

# Columns of a target: sin, cos, stance, walking, and the weights of phase, stance, walking.
_TARGETS = 7


def scale_of(walks: Sequence[Walk], config: PhaseConfig) -> tuple[Array, Array]:
    """Shift and scale of the columns seen, from the walking ticks of these (training) people."""
    x = np.concatenate([w.x[w.truth.scored] for w in walks])[:, config.columns]
    # Rest reads gravity on y; the zero of the padded start is then rest.
    shift = np.array([9.81 if c == 1 else 0.0 for c in config.columns])
    return shift, 1.0 / np.sqrt(np.mean((x - shift) ** 2, axis=0))


def _targets(w: Walk, recipe: Recipe) -> npt.NDArray[np.float32]:
    t = w.truth
    n = len(w.x)
    out = np.zeros((n, _TARGETS), np.float32)
    known = np.isfinite(t.percent)
    angle = 2 * np.pi * np.where(known, t.percent, 0.0) / 100
    out[:, 0], out[:, 1] = np.sin(angle), np.cos(angle)
    stance = t.stance.astype(float)
    if recipe.smooth > 1:
        kernel = np.ones(recipe.smooth) / recipe.smooth
        stance = np.convolve(np.pad(stance, recipe.smooth, mode="edge"), kernel, "same")[recipe.smooth : -recipe.smooth]  # fmt: skip
    out[:, 2], out[:, 3] = stance, t.scored
    out[:, 4] = known & t.scored
    out[:, 5] = np.where(t.scored, 1.0, recipe.outside)
    if recipe.near:
        events = np.flatnonzero(np.diff(t.stance.astype(int)))
        for k in range(-recipe.near_ticks, recipe.near_ticks + 1):
            at = np.clip(events + k, 0, n - 1)
            out[at, 5] = np.maximum(out[at, 5], 1.0 + recipe.near)
    # Half a second about the bounds nobody can say whether the person walks.
    edges = np.flatnonzero(np.diff(t.scored.astype(int)))
    out[:, 6] = np.where(t.scored, 1.0, recipe.resting)
    for e in edges:
        out[max(0, e - 50) : e + 50, 6] = 0.0
    out[w.foot.lost, 4:] = 0.0
    return out


class Crops:
    """Random crops of walks with augmentation; all randomness from the generator given."""

    def __init__(self, walks: Sequence[Walk], config: PhaseConfig, recipe: Recipe) -> None:
        self.recipe, self.config = recipe, config
        margin = 300
        self.x, self.y, self.whole = [], [], []
        for w in walks:
            here = np.flatnonzero(w.truth.scored)
            a, b = max(0, here[0] - margin), min(len(w.x), here[-1] + margin)
            self.x.append(w.x[a:b].astype(np.float32))
            self.y.append(_targets(w, recipe)[a:b])
            self.whole.append(a == 0)
        self.size = 1.0 / scale_of(walks, PhaseConfig())[1]
        share = np.array([len(x) for x in self.x], dtype=float)
        self.share = share / share.sum()

    def draw(self, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """A batch: batch × time × 6 and batch × time × targets."""
        r = self.recipe
        xs, ys = [], []
        for k in rng.choice(len(self.x), r.batch, p=self.share):
            x, y = self.x[k], self.y[k]
            speed = pace(r, rng)
            need = int(speed.sum() + 1e-6) + 2
            a = int(rng.integers(-r.burn, max(1, len(x) - need // 2)))
            lead, a = max(0, -a), max(0, a)
            x, y = _crop(x, a, need), _crop(y, a, need)
            if r.warp or r.local_warp:
                x, y = warped(x, y, speed, between=r.between)
            x, y = _fixed(x, r.length), _fixed(y, r.length)
            x = disturbed(x, r, self.size, rng)
            if a > 0 or lead == 0:
                y = y.copy()
                y[: r.burn, 4:] = 0.0
            xs.append(x)
            ys.append(y)
        late = self.config.lookahead
        x, y = np.stack(xs), np.stack(ys)
        if late:
            y = np.concatenate([np.zeros_like(y[:, :late]), y[:, :-late]], axis=1)
        return torch.from_numpy(x.astype(np.float32)), torch.from_numpy(y.astype(np.float32))


def _crop(v: npt.NDArray[np.float32], a: int, need: int) -> npt.NDArray[np.float32]:
    return v[a : a + need]


def _fixed(v: npt.NDArray[np.float32], length: int) -> npt.NDArray[np.float32]:
    if len(v) >= length:
        return v[:length]
    pad = np.repeat(v[-1:], length - len(v), axis=0)
    if v.shape[1] == _TARGETS:
        pad = pad.copy()
        pad[:, 4:] = 0.0
    return np.concatenate([v, pad])


def losses(out: Tensor, y: Tensor, recipe: Recipe) -> dict[str, Tensor]:
    """Weighted sum of the three losses, and each."""
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    wp, ws, ww = y[..., 4], y[..., 5], y[..., 6]
    phase = ((out[..., :2] - y[..., :2]) ** 2).sum(-1)
    parts = {
        "phase": (phase * wp).sum() / wp.sum().clamp_min(1),
        "stance": (bce(out[..., 2], y[..., 2], reduction="none") * ws).sum() / ws.sum().clamp_min(1),
        "walking": (bce(out[..., 3], y[..., 3], reduction="none") * ww).sum() / ww.sum().clamp_min(1),
    }  # fmt: skip
    total = recipe.phase * parts["phase"] + recipe.stance * parts["stance"] + recipe.walking * parts["walking"]  # fmt: skip
    return {"loss": total, **parts}


def fit(
    walks: Sequence[Walk], config: PhaseConfig, recipe: Recipe | None = None, *,
    card: Card | None = None, start: PhaseNetwork | None = None, frozen: bool = False,
    say: Callable[[int, Mapping[str, float]], None] | None = None,
) -> tuple[PhaseModel, PhaseNetwork]:  # fmt: skip
    """The network fitted to these walks, as a model and in torch.

    `start` goes on from a network (transfer); `frozen` then moves its heads alone.
    """
    recipe = recipe or Recipe()
    rng = np.random.default_rng(recipe.seed)
    crops = Crops(walks, config, recipe)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        if start is None:
            net = PhaseNetwork(config, *scale_of(walks, config), dropout=recipe.dropout)
        else:
            net = start
        learnt = list((net.head if frozen else net).parameters())
        optimiser = torch.optim.AdamW(learnt, lr=recipe.lr, weight_decay=recipe.weight_decay)
        mean = [p.detach().clone() for p in learnt]
        net.train()
        for step in range(recipe.steps):
            for group in optimiser.param_groups:
                group["lr"] = recipe.lr * _rate(step, recipe)
            x, y = crops.draw(rng)
            with torch.autocast("cpu", torch.bfloat16, enabled=recipe.half):
                out = net(x)
            parts = losses(out.float(), y, recipe)
            optimiser.zero_grad()
            parts["loss"].backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(learnt, 1.0)
            optimiser.step()
            keep = min(recipe.ema, (1 + step) / (10 + step))
            with torch.no_grad():
                for m, p in zip(mean, learnt, strict=True):
                    m.lerp_(p, 1 - keep)
            if say is not None:
                say(step, {k: float(v.detach()) for k, v in parts.items()})
        with torch.no_grad():
            for m, p in zip(mean, learnt, strict=True):
                p.copy_(m)
    net.eval()
    return PhaseModel(config, net.arrays(), card), net


def _rate(step: int, r: Recipe) -> float:
    if step < r.warmup:
        return (step + 1) / r.warmup
    return 0.5 * (1 + math.cos(math.pi * (step - r.warmup) / max(1, r.steps - r.warmup)))
