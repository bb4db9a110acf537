"""Sampling from a diffusion process with any denoiser: DDPM, DDIM, DPM-Solver++ (2M).

A denoiser is any function of x_t (batch × …) and t (batch, int64) that gives what the process's
``prediction`` names. Coefficients are computed in float64 as plain numbers and applied in the
tensors' dtype. With an explicit generator the same seed gives the same sample; noise is drawn
where the generator lives and moved.

Sources: Ho, Jain, Abbeel 2020 (DDPM, eq. 6-7), Song, Meng, Ermon 2021, "Denoising Diffusion
Implicit Models" (eq. 12, 16), Lu et al. 2022, "DPM-Solver++" (algorithm 2, data prediction,
second-order multistep), Lugmayr et al. 2022, "RePaint" (replacement and resampling), Dhariwal &
Nichol 2021, "Diffusion Models Beat GANs" (classifier guidance), Ho & Salimans 2022,
"Classifier-Free Diffusion Guidance" (eq. 6).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor

from gaitsmith.errors import GaitsmithError, check_in
from gaitsmith.nn.diffusion import Diffusion

__all__ = [
    "DDIM", "DDPM", "DPMSolver", "Denoiser", "Guide", "Sampler", "classifier", "classifier_free",
    "descend", "sample", "spaced",
]  # fmt: skip

Denoiser = Callable[[Tensor, Tensor], Tensor]
#: (x_t, clean estimate, t) -> a better clean estimate.
Guide = Callable[[Tensor, Tensor, int], Tensor]
Spacing = Literal["leading", "linspace", "trailing"]


def spaced(process: Diffusion, count: int, spacing: Spacing) -> list[int]:
    """`count` times from noisy to clean (Lin et al. 2024, "Common Diffusion Noise Schedules", table 2).

    ``leading`` = multiples of steps // count, from 0; ``linspace`` = from the last step evenly
    towards 0, both ends in; ``trailing`` = from the last step in equal strides, 0 left out.

    Raises
    ------
    GaitsmithError
        Where count is not 1 … steps.
    """
    n = process.steps
    if not 1 <= count <= n:
        raise GaitsmithError("cannot sample in so many steps", place="steps of the sampler",
                             found=count, expected=f"1 to {n}")  # fmt: skip
    check_in("spacing", spacing, ("leading", "linspace", "trailing"))
    if spacing == "leading":
        return [i * (n // count) for i in reversed(range(count))]
    if spacing == "linspace":
        return [round(v) for v in torch.linspace(n - 1, 0, count, dtype=torch.float64).tolist()]
    return [round(n - i * n / count) - 1 for i in range(count)]


class Sampler(Protocol):
    """How one goes from noise to data."""

    @property
    def many_step(self) -> bool:
        """Whether a step uses earlier estimates."""
        ...

    def times(self, process: Diffusion) -> list[int]:
        """The levels visited, from noisy to clean; after the last comes −1, clean data."""
        ...

    def step(
        self, process: Diffusion, x: Tensor, clean: Sequence[Tensor], path: Sequence[int],
        noise: Callable[[], Tensor],
    ) -> Tensor:  # fmt: skip
        """From x at path[-2] to path[-1], given the clean estimates so far, newest last.

        path holds every level visited so far, and the one to go to; `noise` draws like x.
        """
        ...


@dataclass(frozen=True)
class DDIM:
    """Deterministic (eta = 0) to ancestral (eta = 1) sampling (Song 2021, eq. 12 and 16)."""

    steps: int = 50
    eta: float = 0.0
    spacing: Spacing = "leading"
    many_step = False

    def times(self, process: Diffusion) -> list[int]:
        """See :class:`Sampler`."""
        return spaced(process, self.steps, self.spacing)

    def step(
        self, process: Diffusion, x: Tensor, clean: Sequence[Tensor], path: Sequence[int],
        noise: Callable[[], Tensor],
    ) -> Tensor:  # fmt: skip
        """x_s = α_s x0 + √(σ_s² − η² var) ε + η √var z."""
        (a, s), (a_next, s_next) = process.level(path[-2]), process.level(path[-1])
        x0 = clean[-1]
        random = self.eta * (s_next / s) * math.sqrt(max(0.0, 1 - (a / a_next) ** 2))
        straight = math.sqrt(max(0.0, s_next**2 - random**2))
        made = a_next * x0 + (straight / s) * (x - a * x0)
        return made + random * noise() if random > 0 else made


@dataclass(frozen=True)
class DDPM:
    """Ancestral sampling: mean and variance of q(x_s | x_t, x0) (Ho 2020, eq. 6-7).

    On every `steps`-th level, β is that of the levels skipped: 1 − ᾱ_t / ᾱ_s.
    """

    steps: int = 1000
    spacing: Spacing = "leading"
    many_step = False

    def times(self, process: Diffusion) -> list[int]:
        """See :class:`Sampler`."""
        return spaced(process, self.steps, self.spacing)

    def step(
        self, process: Diffusion, x: Tensor, clean: Sequence[Tensor], path: Sequence[int],
        noise: Callable[[], Tensor],
    ) -> Tensor:  # fmt: skip
        """Mean √ᾱ_s β / (1 − ᾱ_t) x0 + √(1 − β) (1 − ᾱ_s) / (1 − ᾱ_t) x_t, and its noise."""
        (a, s), (a_next, s_next) = process.level(path[-2]), process.level(path[-1])
        beta = 1 - (a / a_next) ** 2
        mean = (a_next * beta / s**2) * clean[-1] + (math.sqrt(1 - beta) * s_next**2 / s**2) * x
        spread = math.sqrt(beta) * s_next / s
        return mean + spread * noise() if spread > 0 else mean


@dataclass(frozen=True)
class DPMSolver:
    """DPM-Solver++ (2M): second order in λ = log(α / σ) with one network call a step.

    First order at the first and at the last step (to clean data, λ = ∞).
    """

    steps: int = 20
    spacing: Spacing = "linspace"
    many_step = True

    def times(self, process: Diffusion) -> list[int]:
        """See :class:`Sampler`; with ``linspace``, steps + 1 even levels of which the last is left out."""
        if self.spacing == "linspace":
            if self.steps >= process.steps:
                return spaced(process, self.steps, "linspace")
            return spaced(process, self.steps + 1, "linspace")[:-1]
        return spaced(process, self.steps, self.spacing)

    def step(
        self, process: Diffusion, x: Tensor, clean: Sequence[Tensor], path: Sequence[int],
        noise: Callable[[], Tensor],  # noqa: ARG002
    ) -> Tensor:  # fmt: skip
        """x_s = (σ_s / σ_t) x_t − α_s (e^−h − 1) D, D = x0 + (x0 − x0 before) / 2r (algorithm 2)."""
        (a, s), (a_next, s_next) = process.level(path[-2]), process.level(path[-1])
        if s_next == 0:
            return clean[-1]
        now, then = math.log(a / s), math.log(a_next / s_next)
        h = then - now
        D = clean[-1]
        if len(clean) > 1:
            before = math.log(process.level(path[-3])[0] / process.level(path[-3])[1])
            r = (now - before) / h
            D = D + (clean[-1] - clean[-2]) / (2 * r)
        return (s_next / s) * x - a_next * math.expm1(-h) * D


def _noise(like: Tensor, generator: torch.Generator | None) -> Tensor:
    where = generator.device if generator is not None else like.device
    return torch.randn(like.shape, generator=generator, device=where, dtype=like.dtype).to(like.device)  # fmt: skip


@torch.no_grad()
def sample(
    process: Diffusion, denoise: Denoiser, shape: Sequence[int], *, sampler: Sampler | None = None,
    generator: torch.Generator | None = None, device: torch.device | str | None = None,
    dtype: torch.dtype = torch.float32, start: Tensor | None = None, known: Tensor | None = None,
    mask: Tensor | None = None, resample: int = 1, guide: Guide | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Tensor:  # fmt: skip
    """Draw from the process.

    Parameters
    ----------
    denoise
        The network: (x_t, t) -> what ``process.prediction`` names.
    shape
        Of the sample, batch first.
    sampler
        Default: DDIM in 50 steps.
    start
        x at the noisiest level instead of drawn noise.
    known, mask
        Inpainting by replacement: where mask is true, `known` (broadcast to shape) is noised to
        each level and put in place before the network sees it; at the end it stands exactly.
    resample
        RePaint: how often each step is taken, going back to the noisier level in between.
    guide
        Moves each clean estimate; see :func:`descend` and :func:`classifier`.
    progress
        Called with steps done and steps in all.

    Raises
    ------
    GaitsmithError
        Where known comes without mask, or resampling is asked of a many-step sampler.
    """
    sampler = DDIM() if sampler is None else sampler
    if (known is None) != (mask is None):
        raise GaitsmithError("inpainting needs both the known values and where they are",
                             place="arguments known and mask")  # fmt: skip
    if resample < 1 or (resample > 1 and (sampler.many_step or known is None)):
        raise GaitsmithError("cannot resample so", place="argument resample", found=resample,
                             expected="1, or more with inpainting and a one-step sampler")  # fmt: skip
    like = torch.empty(tuple(shape), device=device, dtype=dtype)
    x = _noise(like, generator) if start is None else start.to(device, dtype).expand(like.shape)
    if known is not None and mask is not None:
        known, mask = known.to(x.device, dtype).expand(x.shape), mask.to(x.device).expand(x.shape)
    times = sampler.times(process)
    path: list[int] = []
    clean: list[Tensor] = []
    for i, t in enumerate(times):
        s = times[i + 1] if i + 1 < len(times) else -1
        path.append(t)
        a, b = process.level(t)
        for again in range(resample):
            if known is not None and mask is not None:
                x = torch.where(mask, a * known + b * _noise(x, generator), x)
            each = torch.full((len(x),), t, dtype=torch.long, device=x.device)
            x0 = process.x0(denoise(x, each), x, each)
            if guide is not None:
                x0 = guide(x, x0, t)
            clean = [*clean[-1:], x0]
            x_next = sampler.step(process, x, clean, [*path, s], lambda: _noise(like, generator))
            if again + 1 < resample:
                back = a / process.level(s)[0]
                x = back * x_next + math.sqrt(max(0.0, 1 - back**2)) * _noise(x, generator)
        x = x_next
        if progress is not None:
            progress(i + 1, len(times))
    return x if known is None or mask is None else torch.where(mask, known, x)


# --- guidance ------------------------------------------------------------------------------------


def descend(loss: Callable[[Tensor], Tensor], *, rate: float = 0.02, steps: int = 5) -> Guide:
    """Guide that takes gradient steps of a loss of the clean estimate (one number a row, summed)."""

    def guide(x: Tensor, x0: Tensor, t: int) -> Tensor:  # noqa: ARG001
        for _ in range(steps):
            with torch.enable_grad():
                leaf = x0.detach().requires_grad_()
                (slope,) = torch.autograd.grad(loss(leaf).sum(), leaf)
            x0 = x0 - rate * slope
        return x0

    return guide


def classifier(
    process: Diffusion, log_probability: Callable[[Tensor, int], Tensor], scale: float = 1.0
) -> Guide:
    """Guide by the gradient of log p(y | x_t), of noisy data (Dhariwal & Nichol 2021, algorithm 2).

    ε − scale · σ ∇ log p, that is x0 + scale · σ² / α ∇ log p.
    """

    def guide(x: Tensor, x0: Tensor, t: int) -> Tensor:
        with torch.enable_grad():
            leaf = x.detach().requires_grad_()
            (slope,) = torch.autograd.grad(log_probability(leaf, t).sum(), leaf)
        a, s = process.level(t)
        return x0 + scale * s**2 / a * slope

    return guide


def classifier_free(conditional: Denoiser, unconditional: Denoiser, scale: float) -> Denoiser:
    """(1 + w) conditional − w unconditional, w = scale (Ho & Salimans 2022, eq. 6); 0: conditional."""

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        with_it = conditional(x, t)
        return with_it if scale == 0 else (1 + scale) * with_it - scale * unconditional(x, t)

    return denoise
