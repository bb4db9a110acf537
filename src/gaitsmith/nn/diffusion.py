"""The variance-preserving diffusion process, apart from any network.

x_t = α_t x_0 + σ_t ε with α_t² + σ_t² = 1 and α_t² = ᾱ_t = Π (1 − β_s) (Ho, Jain, Abbeel 2020,
"Denoising Diffusion Probabilistic Models", eq. 4). Tables are float64; batches keep their dtype
and device.

Sources of the equations: Ho 2020 (linear β of section 4; ε-prediction, eq. 14), Nichol & Dhariwal
2021, "Improved Denoising Diffusion Probabilistic Models" (cosine, eq. 17), Salimans & Ho 2022,
"Progressive Distillation for Fast Sampling of Diffusion Models" (v-prediction, appendix D).
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from gaitsmith.errors import GaitsmithError, check_in

__all__ = ["Betas", "Diffusion", "Prediction", "cosine_betas", "linear_betas"]

Betas = Literal["linear", "cosine"]
Prediction = Literal["epsilon", "x0", "v"]


def linear_betas(steps: int, start: float = 1e-4, end: float = 2e-2) -> Tensor:
    """β of each step, evenly from `start` to `end` (Ho 2020, section 4)."""
    return torch.linspace(start, end, steps, dtype=torch.float64)


def cosine_betas(steps: int, offset: float = 0.008, most: float = 0.999) -> Tensor:
    """β of each step, so that ᾱ falls as a squared cosine (Nichol & Dhariwal 2021, eq. 17)."""

    def level(u: float) -> float:
        return math.cos((u + offset) / (1 + offset) * math.pi / 2) ** 2

    made = [min(1 - level((i + 1) / steps) / level(i / steps), most) for i in range(steps)]
    return torch.tensor(made, dtype=torch.float64)


class Diffusion:
    """A process of `steps` noise levels: t = 0 (almost clean) … steps − 1 (almost only noise).

    Parameters
    ----------
    steps
        Number of levels.
    betas
        ``"linear"`` (from `start` to `end`) or ``"cosine"``.
    prediction
        What the network gives: ``"epsilon"`` (the noise), ``"x0"`` (the clean data) or ``"v"``
        (α ε − σ x0).
    clip
        Bound on the size of every clean estimate, or None.

    Raises
    ------
    GaitsmithError
        Where an argument is none of those named.
    """

    def __init__(
        self, steps: int = 1000, *, betas: Betas = "linear", prediction: Prediction = "epsilon",
        start: float = 1e-4, end: float = 2e-2, clip: float | None = None,
    ) -> None:  # fmt: skip
        if steps < 2 or not 0 < start <= end < 1 or (clip is not None and clip <= 0):
            raise GaitsmithError("no such diffusion", place="steps, start, end or clip",
                                 found=(steps, start, end, clip),
                                 expected="2 steps or more, 0 < start ≤ end < 1, clip > 0")  # fmt: skip
        self.steps = steps
        check_in("prediction", prediction, ("epsilon", "x0", "v"))
        self.prediction: Prediction = prediction
        check_in("betas", betas, ("linear", "cosine"))
        self.clip = clip
        self.betas = linear_betas(steps, start, end) if betas == "linear" else cosine_betas(steps)
        #: ᾱ_t, float64, (steps,).
        self.alpha_bar = torch.cumprod(1 - self.betas, 0)

    # --- levels ----------------------------------------------------------------------------------

    def level(self, t: int) -> tuple[float, float]:
        """(α_t, σ_t) as plain numbers; t = −1 is clean data: (1, 0)."""
        if t < 0:
            return 1.0, 0.0
        bar = float(self.alpha_bar[t])
        return math.sqrt(bar), math.sqrt(1 - bar)

    def _levels(self, t: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
        bar = self.alpha_bar[t.detach().to("cpu", torch.long)]
        shape = (-1,) + (1,) * (like.ndim - 1)
        both = [root.to(like.device, like.dtype).reshape(shape) for root in (bar.sqrt(), (1 - bar).sqrt())]  # fmt: skip
        return both[0], both[1]

    def signal_to_noise(self, t: Tensor) -> Tensor:
        """ᾱ / (1 − ᾱ) of each t, float64 (batch,)."""
        bar = self.alpha_bar[t.detach().to("cpu", torch.long)]
        return bar / (1 - bar)

    def draw_times(
        self, count: int, generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
    ) -> Tensor:  # fmt: skip
        """`count` uniform times (int64), for training; drawn where the generator lives."""
        where = generator.device if generator is not None else torch.device("cpu")
        return torch.randint(0, self.steps, (count,), generator=generator, device=where).to(device)

    # --- training --------------------------------------------------------------------------------

    def noised(self, x0: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """x_t = α_t x0 + σ_t ε; t has one entry a row of the batch."""
        a, s = self._levels(t, x0)
        return a * x0 + s * noise

    def target(self, x0: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """What the network should give at x_t: noise, data, or v = α ε − σ x0."""
        if self.prediction == "epsilon":
            return noise
        if self.prediction == "x0":
            return x0
        a, s = self._levels(t, x0)
        return a * noise - s * x0

    # --- what a network's output says ---------------------------------------------------------------

    def x0(self, output: Tensor, x_t: Tensor, t: Tensor) -> Tensor:
        """The clean estimate; clipped where the process clips.

        ε: (x_t − σ ε) / α; v: α x_t − σ v.
        """
        if self.prediction == "x0":
            made = output
        else:
            a, s = self._levels(t, x_t)
            made = (x_t - s * output) / a if self.prediction == "epsilon" else a * x_t - s * output
        return made if self.clip is None else made.clamp(-self.clip, self.clip)

    def epsilon(self, output: Tensor, x_t: Tensor, t: Tensor) -> Tensor:
        """The noise that the output stands for.

        x0: (x_t − α x0) / σ; v: α v + σ x_t. Never clipped.
        """
        if self.prediction == "epsilon":
            return output
        a, s = self._levels(t, x_t)
        return (x_t - a * output) / s if self.prediction == "x0" else a * output + s * x_t

    def v(self, output: Tensor, x_t: Tensor, t: Tensor) -> Tensor:
        """The velocity that the output stands for.

        ε: (ε − σ x_t) / α; x0: (α x_t − x0) / σ.
        """
        if self.prediction == "v":
            return output
        a, s = self._levels(t, x_t)
        return (output - s * x_t) / a if self.prediction == "epsilon" else (a * x_t - output) / s
