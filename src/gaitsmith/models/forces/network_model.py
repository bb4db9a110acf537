"""The generative model and the refinement network as users have them: states in, states out.

See :mod:`gaitsmith.models.forces.network` for the networks and where they differ from the paper,
:mod:`gaitsmith.models.forces.state` for the columns. Imports torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.base import generator
from gaitsmith.models.card import Card
from gaitsmith.models.config import Config
from gaitsmith.models.forces.network import Denoiser, Refiner
from gaitsmith.models.forces.network_config import GenerativeConfig, RefinerConfig
from gaitsmith.models.forces.state import COLUMNS, KINETICS, MOTION, mirrored
from gaitsmith.models.networks import NetworkModel
from gaitsmith.nn.diffusion import Diffusion
from gaitsmith.nn.samplers import DDIM, DPMSolver, Guide, Sampler, descend, sample

__all__ = ["ForcesDiffusion", "ForcesRefiner", "Wish", "process_of", "windows"]

Array = npt.NDArray[np.float64]
_FORCE = [[COLUMNS.index(f"force_{s}_{a}") for a in ("forward", "up", "right")] for s in ("r", "l")]
#: (states … × 63, the time of each as an index) -> the states with what is known of them put back.
Keep = Callable[[Array, npt.NDArray[np.intp]], Array]
_LEGS = (("knee_angle", ""), ("ankle_angle", ""), ("hip", "_r0"), ("hip", "_r1"))
# Windows through the network at once.
_BATCH = 256


@dataclass(frozen=True)
class Wish:
    """A column that should be at `target` (its own unit; a number, or time long), within `within`."""

    column: int
    target: float | Array
    within: float


def process_of(config: GenerativeConfig, *, clip: bool = False) -> Diffusion:
    """The diffusion that a configuration describes; clean estimates are clipped only in sampling."""
    return Diffusion(
        config.noise_levels, betas=config.betas, prediction=config.prediction,  # type: ignore[arg-type]
        clip=config.span if clip else None,
    )  # fmt: skip


def windows(length: int, samples: int, step: int) -> npt.NDArray[np.intp]:
    """First samples of windows that cover `length`; one, at 0, where it is no longer than a window."""
    last = max(0, length - samples)
    return np.array(sorted({*range(0, last + 1, step), last}), dtype=np.intp)


def joined(made: Array, starts: npt.NDArray[np.intp], length: int) -> Array:
    """The median over windows (window × samples × column) at every time: length × column."""
    samples = made.shape[1]
    most = int(max(np.sum((starts <= t) & (t < starts + samples)) for t in range(length)))
    stack = np.full((most, length, made.shape[2]), np.nan)
    used = np.zeros(length, dtype=np.intp)
    for start, part in zip(starts, made, strict=True):
        n = min(samples, length - int(start))
        at = np.arange(start, start + n)
        stack[used[at], at] = part[:n]
        used[at] += 1
    return np.asarray(np.nanmedian(stack, axis=0))


def _turned(x: Array, mask: Array) -> bool:
    """Whether the right leg moves more than the left: such motion is mirrored first, and back after, so
    that a mirrored person gives exactly the mirrored answer.
    """
    seen = np.where(mask > 0, x, 0.0)
    sides = [
        np.ptp(seen[:, [COLUMNS.index(f"{c}_{s}{e}") for c, e in _LEGS]], axis=0).sum()
        for s in ("r", "l")
    ]
    return bool(sides[0] > sides[1])


class _Scaled(NetworkModel):
    """Columns scaled from their least and largest value to ± the span."""

    config: GenerativeConfig | RefinerConfig

    @classmethod
    def trained_on(cls, network: torch.nn.Module, config: Config, low: Array, high: Array, card: Card | None = None, *, half: bool = False) -> Self:  # fmt: skip
        """From a trained network and the training people's least and largest values (63,)."""
        return cls.of(network, config, card, half=half, low=np.asarray(low, np.float32), high=np.asarray(high, np.float32))  # fmt: skip

    @property
    def _line(self) -> tuple[Array, Array]:
        low, high = (np.asarray(self.beside(n), np.float64) for n in ("low", "high"))
        return 0.5 * (low + high), 0.5 * (high - low) / self.config.span

    def scaled(self, state: Array) -> Array:
        """The network's unit, clipped."""
        middle, unit = self._line
        return np.clip((state - middle) / unit, -self.config.span, self.config.span)

    def unscaled(self, x: Array) -> Array:
        """The inverse."""
        middle, unit = self._line
        return np.asarray(x * unit + middle)

    def _check(self, state: Array) -> None:
        if state.ndim != 2 or state.shape[1] != len(COLUMNS) or not np.isfinite(state).all():
            raise GaitsmithError("not a state of motion and forces", place=self.NAME, found=f"{state.shape}",
                                 expected=f"time × {len(COLUMNS)} finite numbers")  # fmt: skip

    def _cut(self, state: Array, step: int | None) -> tuple[Array, npt.NDArray[np.intp]]:
        size = self.config.samples
        starts = windows(len(state), size, step or self.config.step)
        long = np.concatenate((state, np.repeat(state[-1:], max(0, size - len(state)), axis=0)))
        return np.stack([long[s : s + size] for s in starts]), starts


class ForcesDiffusion(_Scaled):
    """The joint distribution of motion and forces; known columns in, the others out.

    Examples
    --------
    >>> model = ForcesDiffusion.from_pretrained("runs/forces/model")       # doctest: +SKIP
    >>> made = model.fill(state, MOTION, samples=8, seed=1)                # doctest: +SKIP
    """

    NAME: ClassVar[str] = "forces-generative"
    CONFIG: ClassVar[type[Config]] = GenerativeConfig
    config: GenerativeConfig

    def build(self) -> Denoiser:
        """The empty network."""
        return Denoiser(self.config)

    def fill(
        self, state: npt.ArrayLike, known: npt.NDArray[np.bool_], *, samples: int = 1, seed: int | np.random.Generator = 0,
        net: Array | None = None, wishes: Sequence[Wish] = (), keep: Keep | None = None,
        step: int | None = None, steps: int | None = None, device: str = "cpu",
    ) -> Array:  # fmt: skip
        """Draws of the columns that are not known: sample × time × 63.

        Parameters
        ----------
        state
            time × 63 at 100 Hz; what is not known counts for nothing.
        known
            63, or time × 63.
        samples
            Draws.
        net
            m (a - g) / mass (time × 3, N/kg; forward, up, right): guides both feet's sum.
        wishes
            Guidance by a hinge, as published: 5 gradient steps of 0.02 at every level; with
            ``observed`` above 0, whose few steps these do not hold, the hinge's own minimum.
        keep
            Puts known axes of joints back (see :mod:`gaitsmith.models.forces.generate`).
        step, steps
            Samples between windows, and sampling steps; None: as configured.

        Raises
        ------
        GaitsmithError
            Where the state is of another shape or not finite.
        """
        x = np.asarray(state, dtype=np.float64)
        self._check(x)
        mask = np.broadcast_to(known, x.shape).astype(np.float64)
        if not wishes and keep is None and _turned(x, mask):
            turned = self.fill(mirrored(x), np.abs(mirrored(mask)) > 0.5, samples=samples, seed=seed,
                             net=None if net is None else net * (1.0, 1.0, -1.0), step=step, steps=steps, device=device)  # fmt: skip
            return mirrored(turned)
        parts, starts = self._cut(self.scaled(x), step)
        masks, _ = self._cut(mask, step)
        if len(x) < self.config.samples:
            masks[:, len(x) :] = 0.0
        nets = None if net is None else self._cut(net, step)[0]
        index = np.minimum(starts[:, None] + np.arange(self.config.samples), len(x) - 1)
        rng, out = generator(seed), []
        for _ in range(samples):
            # Windows that share a time share its noise, so that they tell the same story there.
            noise = rng.standard_normal(x.shape)
            made = [
                self._draw(parts[k : k + _BATCH], masks[k : k + _BATCH], None if nets is None else nets[k : k + _BATCH],
                           [self._target(w, index[k : k + _BATCH], len(x)) for w in wishes], keep, index[k : k + _BATCH],
                           noise, rng, steps, device)
                for k in range(0, len(parts), _BATCH)
            ]  # fmt: skip
            one = joined(self.unscaled(np.concatenate(made)), starts, len(x))
            out.append(one if keep is None else keep(one, np.arange(len(x))))
        whole = np.stack(out)
        return np.where(mask[None] > 0, x[None], whole)

    def _target(
        self, wish: Wish, index: npt.NDArray[np.intp], length: int
    ) -> tuple[int, Array, float]:
        """Column, targets (window × samples) and tolerance in the network's unit."""
        middle, unit = self._line
        i = wish.column
        course = np.broadcast_to(np.asarray(wish.target, np.float64), (length,))
        return i, (course[index] - middle[i]) / unit[i], wish.within / unit[i]

    def _draw(  # noqa: PLR0917
        self, parts: Array, masks: Array, nets: Array | None, wishes: list[tuple[int, Array, float]],
        keep: Keep | None, index: npt.NDArray[np.intp], noise: Array, rng: np.random.Generator, steps: int | None, device: str,
    ) -> Array:  # fmt: skip
        network = self.network(device)
        at = next(network.parameters()).device

        def tensor(a: Array) -> Tensor:
            return torch.from_numpy(np.ascontiguousarray(a, dtype=np.float32)).to(at)

        clean, marks = tensor(parts), tensor(masks)
        told = self.config.observed > 0
        number = steps or self.config.sampling_steps
        kind: Sampler = DDIM(number) if self.config.sampler == "ddim" else DPMSolver(number)
        guides: list[Guide] = []
        if nets is not None:
            guides.append(self._physics(tensor(nets), at))
        hinge = self._clamp if told else self._hinge
        guides += [hinge(i, tensor(t), w) for i, t, w in wishes]
        if keep is not None:
            put = keep
            guides.append(lambda x, x0, t: tensor(self.scaled(put(self.unscaled(x0.cpu().double().numpy()), index))))  # noqa: ARG005 # fmt: skip

        def denoise(x: Tensor, t: Tensor) -> Tensor:
            out: Tensor = (
                network(torch.where(marks > 0, clean, x), t, marks) if told else network(x, t)
            )
            return out

        def guide(x: Tensor, x0: Tensor, t: int) -> Tensor:
            for g in guides:
                x0 = g(x, x0, t)
            return torch.where(marks > 0, clean, x0) if told else x0

        start = tensor(noise[index])
        own = torch.Generator(device="cpu").manual_seed(int(rng.integers(2**31)))
        made = sample(
            process_of(self.config, clip=True), denoise, parts.shape, sampler=kind, start=start, device=at,
            known=None if told else clean, mask=None if told else marks > 0, generator=own,
            guide=guide if guides or told else None,
        )  # fmt: skip
        return np.asarray(made.cpu().double().numpy())

    def _physics(self, net: Tensor, at: torch.device) -> Guide:
        """Moves both feet's forces half each towards the net force (exactly, in N/kg)."""
        middle, unit = (torch.from_numpy(v.astype(np.float32)).to(at) for v in self._line)

        def guide(x: Tensor, x0: Tensor, t: int) -> Tensor:  # noqa: ARG001
            out = x0.clone()
            force = [x0[..., f] * unit[f] + middle[f] for f in _FORCE]
            lack = net - force[0] - force[1]
            # A foot takes of what lacks as it carries.
            load = [f[..., 1:2].clamp(min=0.05) for f in force]
            for f, own, w in zip(_FORCE, force, load, strict=True):
                out[..., f] = (own + lack * w / (load[0] + load[1]) - middle[f]) / unit[f]
            return out

        return guide

    @staticmethod
    def _clamp(column: int, target: Tensor, within: float) -> Guide:
        """Where columns are given clean the network leans on few steps: the hinge's own minimum."""

        def guide(x: Tensor, x0: Tensor, t: int) -> Tensor:  # noqa: ARG001
            out = x0.clone()
            out[..., column] = torch.maximum(
                torch.minimum(x0[..., column], target + within), target - within
            )
            return out

        return guide

    @staticmethod
    def _hinge(column: int, target: Tensor, within: float) -> Guide:
        return descend(
            lambda x0: torch.relu((x0[..., column] - target).abs() - within).sum(dim=1),
            rate=0.02,
            steps=5,
        )


class ForcesRefiner(_Scaled):
    """Kinetics (12 columns) from whole motion (51)."""

    NAME: ClassVar[str] = "forces-refiner"
    CONFIG: ClassVar[type[Config]] = RefinerConfig
    config: RefinerConfig

    def build(self) -> Refiner:
        """The empty network."""
        return Refiner(self.config)

    def fill(self, state: npt.ArrayLike, *, step: int | None = None, device: str = "cpu") -> Array:
        """The state (time × 63) with its kinetics replaced by the network's.

        Raises
        ------
        GaitsmithError
            Where the state is of another shape or not finite.
        """
        x = np.asarray(state, dtype=np.float64)
        self._check(x)
        if _turned(x, np.broadcast_to(MOTION, x.shape)):
            return mirrored(self.fill(mirrored(x), step=step, device=device))
        parts, starts = self._cut(self.scaled(x), step)
        network = self.network(device)
        at = next(network.parameters()).device
        made = parts.copy()
        with torch.inference_mode():
            for k in range(0, len(parts), _BATCH):
                motion = torch.from_numpy(
                    parts[k : k + _BATCH][:, :, MOTION].astype(np.float32)
                ).to(at)
                made[k : k + _BATCH][:, :, KINETICS] = network(motion).cpu().double().numpy()
        out = x.copy()
        out[:, KINETICS] = joined(self.unscaled(made), starts, len(x))[:, KINETICS]
        return out
