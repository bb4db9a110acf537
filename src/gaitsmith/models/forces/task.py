"""Training tasks of the generative model and the refinement network.

A window is drawn as published: uniformly over sets, then trials, then where it begins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.base import Model
from gaitsmith.models.card import Card
from gaitsmith.models.forces.network import Denoiser, Refiner
from gaitsmith.models.forces.network_config import GenerativeConfig, RefinerConfig
from gaitsmith.models.forces.network_model import ForcesDiffusion, ForcesRefiner, process_of
from gaitsmith.models.forces.state import COLUMNS, JOINTS, KINETICS, MOTION, SINGLES, mirrored

__all__ = ["GenerativeTask", "RefinerTask", "Trial", "WindowSet", "span_of"]

Array = npt.NDArray[np.float64]
Item = tuple[Tensor, Tensor, Tensor]
_FORCE = [[COLUMNS.index(f"force_{s}_{a}") for a in ("forward", "up", "right")] for s in ("r", "l")]


@dataclass(frozen=True, eq=False)
class Trial:
    """A stretch of motion with what was measured of its forces.

    Attributes
    ----------
    set, person
        Where it is from.
    state
        time × 63 at 100 Hz; where a force was not measured, a guess.
    measured
        time × 63: whether the value is more than a guess.
    net
        m (a - g) / mass (time × 3, N/kg).
    """

    set: str
    person: str
    state: npt.NDArray[np.float32]
    measured: npt.NDArray[np.bool_]
    net: npt.NDArray[np.float32]

    def mirrored(self) -> Trial:
        """The person in the mirror."""
        return replace(
            self, state=mirrored(self.state.astype(np.float64)).astype(np.float32), net=self.net * np.array([1, 1, -1], np.float32),
            measured=np.abs(mirrored(self.measured.astype(np.float64))) > 0.5,
        )  # fmt: skip


def span_of(trials: Sequence[Trial]) -> tuple[Array, Array]:
    """Least and largest value of each column (63,), both sides alike, a little apart everywhere."""
    rows = np.concatenate([t.state for t in trials]).astype(np.float64)
    both = np.stack(
        (rows.min(axis=0), rows.max(axis=0), mirrored(rows).min(axis=0), mirrored(rows).max(axis=0))
    )
    low, high = both.min(axis=0), both.max(axis=0)
    return low - 0.01, high + 0.01


class WindowSet(Dataset[Item]):
    """Windows of trials; an item depends on its index only."""

    def __init__(
        self, trials: Sequence[Trial], size: int, samples: int, seed: int, mirror: bool
    ) -> None:
        self.trials = [t for t in trials if len(t.state) >= samples]
        if not self.trials:
            raise GaitsmithError("no trial is as long as a window", place="training data",
                                 found=f"{len(trials)} trials", expected=f"{samples} samples")  # fmt: skip
        self.size, self.samples, self.seed, self.mirror = size, samples, seed, mirror
        names = sorted({t.set for t in self.trials})
        self._sets = [[i for i, t in enumerate(self.trials) if t.set == n] for n in names]
        self._turned = [t.mirrored() for t in self.trials] if mirror else []

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> Item:
        rng = np.random.default_rng([self.seed, index])
        group = self._sets[int(rng.integers(len(self._sets)))]
        which = group[int(rng.integers(len(group)))]
        trial = self._turned[which] if self.mirror and rng.random() < 0.5 else self.trials[which]
        a = int(rng.integers(len(trial.state) - self.samples + 1))
        part = slice(a, a + self.samples)
        return tuple(
            torch.from_numpy(np.array(x[part], dtype=np.float32))
            for x in (trial.state, trial.measured, trial.net)
        )  # type: ignore[return-value]


class _WindowTask:
    """Trials of training and validation people, and their scale."""

    name = ""
    config: GenerativeConfig | RefinerConfig

    def __init__(
        self, config: GenerativeConfig | RefinerConfig, trials: Sequence[Trial], valid_people: Sequence[str], *,
        seed: int = 0, card: Card | None = None, size: int = 100_000, valid_size: int = 192,
    ) -> None:  # fmt: skip
        self.config, self.seed, self.card = config, seed, card or Card()
        self.train = [t for t in trials if t.person not in set(valid_people)]
        self.valid = [t for t in trials if t.person in set(valid_people)]
        self.size, self.valid_size = size, valid_size
        if not self.train:
            raise GaitsmithError("there is nobody to learn from", place="training data", found=f"{len(trials)} trials")  # fmt: skip
        self.low, self.high = span_of(self.train)
        self._middle = torch.from_numpy(0.5 * (self.low + self.high)).float()
        self._unit = torch.from_numpy(0.5 * (self.high - self.low) / config.span).float()

    def train_set(self) -> WindowSet:
        """Windows of the training people."""
        return WindowSet(self.train, self.size, self.config.samples, self.seed, self.config.mirror)

    def valid_set(self) -> WindowSet | None:
        """Windows of the validation people."""
        if not self.valid:
            return None
        return WindowSet(self.valid, self.valid_size, self.config.samples, self.seed + 1, False)

    def digest(self) -> str:
        """Of all trials and who is in which part."""
        h = hashlib.sha256()
        for part in (self.train, self.valid):
            for t in part:
                h.update(f"{t.set}/{t.person}{t.state.shape}".encode() + t.state.tobytes())
            h.update(b"|")
        return h.hexdigest()

    def settings(self) -> Mapping[str, Any]:
        """All that shapes the network and its data."""
        return {**self.config.to_dict(), "size": self.size, "valid_size": self.valid_size}

    def _scaled(self, state: Tensor) -> Tensor:
        x = (state - self._middle.to(state.device)) / self._unit.to(state.device)
        return x.clamp(-self.config.span, self.config.span)


def _parts() -> list[list[int]]:
    """Groups of columns that are missing together: joints with their velocities, pelvis velocity, a leg."""
    at = {n: i for i, n in enumerate(COLUMNS)}
    out = [[at[c], at[f"{c}_w"]] for c in SINGLES]
    out += [
        [*(at[f"{j}_r{k}"] for k in range(6)), *(at[f"{j}_w{a}"] for a in "zxy")] for j in JOINTS
    ]
    both = [sorted(out[k] + out[k + 3]) for k in range(3)]  # knees, ankles, subtalars
    both.append(sorted(out[7] + out[8]))  # hips
    return [*out, *both, [0, 1, 2]]


class GenerativeTask(_WindowTask):
    """The published diffusion: mean squared error of the clean window, over what was measured."""

    name = "forces-generative"
    config: GenerativeConfig

    def __init__(
        self,
        config: GenerativeConfig,
        trials: Sequence[Trial],
        valid_people: Sequence[str],
        **more: Any,
    ) -> None:
        super().__init__(config, trials, valid_people, **more)
        self.process = process_of(config)
        groups = torch.zeros(len(_parts()), len(COLUMNS))
        for row, columns in zip(groups, _parts(), strict=True):
            row[columns] = 1.0
        self._groups = groups

    def network(self) -> torch.nn.Module:
        """Untrained."""
        return Denoiser(self.config)

    def loss(self, network: torch.nn.Module, batch: Item, generator: torch.Generator) -> dict[str, Tensor]:  # fmt: skip
        """Data and physics on one batch; noise, levels and what is given come from the generator."""
        assert isinstance(network, Denoiser)
        state, measured, net = batch
        x0 = self._scaled(state)
        t = self.process.draw_times(len(x0), generator, x0.device)
        noise = torch.randn(x0.shape, generator=generator, device=generator.device).to(x0.device)
        noised = self.process.noised(x0, t, noise)
        given = self._given(len(x0), generator).to(x0.device)[:, None] * measured
        output = network(torch.where(given > 0, x0, noised), t, given).float() if self.config.observed else network(noised, t).float()  # fmt: skip
        target = self.process.target(x0, t, noise)
        weight = measured * (1 - given)
        data = (weight * (output - target) ** 2).sum() / weight.sum().clamp(min=1.0)
        out = {"data": data, "loss": data}
        if self.config.physics:
            physics = self._physics(self.process.x0(output, noised, t), net)
            out |= {"physics": physics, "loss": data + self.config.physics * physics}
        return out

    def _physics(self, clean: Tensor, net: Tensor) -> Tensor:
        """Mean of |force right + force left - net|² in the network's unit."""
        middle, unit = self._middle.to(clean.device), self._unit.to(clean.device)
        both = sum(clean[..., f] * unit[f] + middle[f] for f in _FORCE)
        return (((both - net) / unit[_FORCE[0]]) ** 2).mean()

    def _given(self, count: int, generator: torch.Generator) -> Tensor:
        """batch × 63: what is given clean. Of those: all motion; motion but a few parts; a few parts; the
        pelvis' velocity alone, which is what is known where another speed is wanted.
        """
        draw = torch.rand(
            count, 2 + len(self._groups), generator=generator, device=generator.device
        ).cpu()
        some = draw[:, :1] < self.config.observed
        share = torch.rand(count, 1, generator=generator, device=generator.device).cpu()
        kind = torch.bucketize(
            draw[:, 1:2].contiguous(), torch.tensor([0.45, 0.75, 0.9]), right=True
        )
        few = torch.where(kind == 1, 0.6 * share, torch.where(kind == 0, 0.0, share))
        missing = (draw[:, 2:] < few).float() @ self._groups > 0
        speed = torch.zeros(len(COLUMNS), dtype=torch.bool)
        speed[:3] = True
        # Half of those told the velocity know its forward part only.
        speed_only = torch.where(share < 0.5, speed, torch.arange(len(COLUMNS)) == 0)
        known = torch.where(kind == 3, speed_only, ~missing)
        return (some & torch.from_numpy(MOTION)[None] & known).float()

    def model(self, network: torch.nn.Module) -> Model:
        """Configuration, weights and scale as a model."""
        return ForcesDiffusion.trained_on(network, self.config, self.low, self.high, self.card)


class RefinerTask(_WindowTask):
    """The published refinement network: mean squared error of the kinetics."""

    name = "forces-refiner"
    config: RefinerConfig

    def network(self) -> torch.nn.Module:
        """Untrained."""
        return Refiner(self.config)

    def loss(self, network: torch.nn.Module, batch: Item, generator: torch.Generator) -> dict[str, Tensor]:  # noqa: ARG002 # fmt: skip
        """Over what was measured."""
        state, measured, _ = batch
        x = self._scaled(state)
        kinetics, motion = torch.from_numpy(KINETICS), torch.from_numpy(MOTION)
        wrong = measured[..., kinetics] * (network(x[..., motion]).float() - x[..., kinetics]) ** 2
        return {"loss": wrong.sum() / measured[..., kinetics].sum().clamp(min=1.0)}

    def model(self, network: torch.nn.Module) -> Model:
        """Configuration, weights and scale as a model."""
        return ForcesRefiner.trained_on(network, self.config, self.low, self.high, self.card)
