"""Training tasks of the sequence models: the published diffusion, its MLP and TCN baselines.

Each keeps the protocol of ``gaitsmith.training``: ``network``, ``train_set``, ``valid_set``,
``loss`` and ``model``; none of them knows the trainer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from gaitsmith.errors import GaitsmithError, MissingInputError, check_in
from gaitsmith.gait.metrics.cycles import cycles_from_hip
from gaitsmith.models.base import Model
from gaitsmith.models.card import Card
from gaitsmith.models.config import Config
from gaitsmith.models.speed.losses import published_losses
from gaitsmith.models.speed.network import ResidualDenoiser, SequenceMLP, SequenceTCN
from gaitsmith.models.speed.network_config import BaselineConfig, DiffusionConfig
from gaitsmith.models.speed.network_model import (
    SpeedDiffusion,
    SpeedMLP,
    SpeedTCN,
    process_of,
)
from gaitsmith.models.speed.pair_sampling import all_pairs, balanced_pairs
from gaitsmith.models.speed.sequences import LABELS, RATE_HZ, Scaling, Sequences, mirrored

__all__ = ["BaselineTask", "DiffusionTask", "PairSet"]

#: source, target (time × 6, z-scored), speeds (2), number of the person.
Item = tuple[Tensor, Tensor, Tensor, Tensor]


class PairSet(Dataset[Item]):
    """Pairs of windows; row i is the same whenever it is asked for.

    Parameters
    ----------
    crop
        Samples; source and target are cut at places of their own (an identity pair at one).
    mirror
        Whether every other pair, at random, is mirrored.
    aligned
        Whether the target begins in the source's phase of the stride (as near as samples let it).
    """

    def __init__(
        self, data: Sequences, pairs: npt.NDArray[np.intp], scaling: Scaling, *, crop: int,
        mirror: bool, seed: int, aligned: bool = False,
    ) -> None:  # fmt: skip
        self.phase = np.stack([stride_phase(x) for x in data.angles]) if aligned else None
        self.pairs, self.crop, self.mirror, self.seed = pairs, crop, mirror, seed
        self.speed = data.speed.astype(np.float32)
        self.person = np.unique(data.person, return_inverse=True)[1]
        # Mirrored before scaling: left and right need not have the same mean.
        both = [data.angles] + ([mirrored(data.angles)] if mirror else [])
        self.angles = np.stack([scaling.to(x).astype(np.float32) for x in both])

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, i: int) -> Item:
        s, t = self.pairs[i]
        rng = np.random.default_rng((self.seed, i))
        side = int(rng.integers(2)) if self.mirror else 0
        at = rng.integers(0, self.angles.shape[2] - self.crop + 1, 2)
        a, b = int(at[0]), int(at[0] if s == t else at[1])
        if self.phase is not None and s != t:
            b = self._in_phase(self.phase[s, a], self.phase[t], b)
        x, y = self.angles[side, s, a : a + self.crop], self.angles[side, t, b : b + self.crop]
        speeds = torch.tensor([self.speed[s], self.speed[t]])
        # A mirrored person is another one to the contrastive loss.
        who = int(self.person[s]) + side * (int(self.person.max()) + 1)
        return torch.from_numpy(x), torch.from_numpy(y), speeds, torch.tensor(who)

    def _in_phase(self, wanted: float, phases: npt.NDArray[np.float64], near: int) -> int:
        """The place nearest to `near` at which the phase is the wanted one, to within a sample."""
        free = phases[: len(phases) - self.crop + 1]
        away = np.abs((free - wanted + 0.5) % 1 - 0.5)
        good = np.flatnonzero(away <= away.min() + 0.01)
        return int(good[np.argmin(np.abs(good - near))])


def stride_phase(angles: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Share of the left stride (0-1) at each sample of time × 6, from hip-extension peaks."""
    bounds = cycles_from_hip(angles[:, LABELS.index("hip_flexion_l")], RATE_HZ)
    if not len(bounds):
        return np.zeros(len(angles))
    marks = np.append(bounds[:, 0], bounds[-1, 1])
    time = np.arange(len(angles)) / RATE_HZ
    turns = np.interp(time, marks, np.arange(len(marks)))
    # Before the first and after the last mark, the neighbouring stride's length goes on.
    first, last = np.diff(marks)[[0, -1]]
    turns = np.where(time < marks[0], (time - marks[0]) / first, turns)
    turns = np.where(time > marks[-1], len(marks) - 1 + (time - marks[-1]) / last, turns)
    return np.asarray(turns % 1.0)


class _PairTask:
    """What both kinds of task share: people apart, scaling from training people only."""

    def __init__(
        self, data: Sequences, valid_people: Sequence[str], *, pairs: int, valid_pairs: int,
        seed: int, card: Card,
    ) -> None:  # fmt: skip
        held = set(valid_people)
        train = [p for p in data.people if p not in held]
        if not train or not held & set(data.people):
            raise MissingInputError("training and validation need people of their own",
                                    place="task", found=f"{len(train)} and {len(held)} people")  # fmt: skip
        self.config: Config
        self.train, self.valid = data.of(train), data.of(sorted(held))
        self.pairs, self.valid_pairs, self.seed, self.card = pairs, valid_pairs, seed, card
        self.scaling = Scaling.of(self.train)

    def _set(
        self, *, valid: bool, crop: int, mirror: bool, identity_share: float, aligned: bool = False
    ) -> PairSet:
        data, rng = (self.valid if valid else self.train), np.random.default_rng((self.seed, valid))
        if valid:
            every = all_pairs(data.person)
            pick = rng.permutation(len(every))[: self.valid_pairs]
            drawn = every[np.sort(pick)]
        else:
            drawn = balanced_pairs(data.person, data.speed, self.pairs, identity_share=identity_share, rng=rng)  # fmt: skip
        return PairSet(data, drawn, self.scaling, crop=crop, mirror=mirror and not valid,
                       seed=self.seed + (10_000 if valid else 0), aligned=aligned)  # fmt: skip

    def digest(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of people, speeds and angles."""
        h = hashlib.sha256("|".join((*self.train.person, "/", *self.valid.person)).encode())
        for data in (self.train, self.valid):
            h.update(np.round(data.speed, 6).tobytes() + np.round(data.angles, 6).tobytes())
        return h.hexdigest()[:16]

    def settings(self) -> dict[str, Any]:
        """All that shapes the network and the data."""
        return {"model": self.config.to_dict(), "pairs": self.pairs, "valid_pairs": self.valid_pairs,
                "valid_people": self.valid.people, "seed": self.seed}  # fmt: skip


class DiffusionTask(_PairTask):
    """The published diffusion.

    Parameters
    ----------
    config
        Of the model.
    data
        Training and validation people's sequences.
    valid_people
        Who validates; nobody of them trains or scales.
    pairs, valid_pairs
        How many; the paper's: up to 100,000.
    """

    name = "speed-diffusion"
    config: DiffusionConfig

    def __init__(
        self, config: DiffusionConfig, data: Sequences, valid_people: Sequence[str], *,
        pairs: int = 100_000, valid_pairs: int = 256, seed: int = 0, card: Card | None = None,
    ) -> None:  # fmt: skip
        super().__init__(data, valid_people, pairs=pairs, valid_pairs=valid_pairs, seed=seed, card=card or Card())  # fmt: skip
        self.config, self.process = config, process_of(config)

    def network(self) -> ResidualDenoiser:
        """Untrained."""
        return ResidualDenoiser(self.config)

    def train_set(self) -> PairSet:
        """Balanced pairs of the training people."""
        c = self.config
        return self._set(valid=False, crop=c.crop, mirror=c.mirror, identity_share=c.identity_share,
                         aligned=c.aligned)  # fmt: skip

    def valid_set(self) -> PairSet:
        """All within-person pairs of the validation people, or so many of them at random."""
        return self._set(valid=True, crop=self.config.crop, mirror=False, identity_share=0.0,
                         aligned=self.config.aligned)  # fmt: skip

    def loss(
        self, network: torch.nn.Module, batch: Item, generator: torch.Generator
    ) -> dict[str, Tensor]:  # fmt: skip
        """The four losses on one batch; noise and levels from the generator."""
        assert isinstance(network, ResidualDenoiser)
        source, target, speeds, person = batch
        residual = target - source
        t = self.process.draw_times(len(source), generator, source.device)
        noise = torch.randn(source.shape, generator=generator, device=generator.device).to(source.device)  # fmt: skip
        noised = self.process.noised(residual, t, noise)
        output = network(noised, t, source, speeds[:, 0], speeds[:, 1]).float()
        return published_losses(
            self.config, self.process, network.subject, output=output, residual=residual,
            noised=noised, noise=noise, t=t, source=source, speeds=speeds, person=person,
        )  # fmt: skip

    def model(self, network: torch.nn.Module) -> Model:
        """Configuration, weights and scaling as a model."""
        return SpeedDiffusion.trained_on(network, self.config, self.scaling, self.train.speed, self.card)  # fmt: skip


class BaselineTask(_PairTask):
    """The published MLP or TCN: mean squared error on the target sequence."""

    config: BaselineConfig

    def __init__(
        self, kind: Literal["mlp", "tcn"], config: BaselineConfig, data: Sequences,
        valid_people: Sequence[str], *, pairs: int = 100_000, valid_pairs: int = 256, seed: int = 0,
        card: Card | None = None,
    ) -> None:  # fmt: skip
        super().__init__(data, valid_people, pairs=pairs, valid_pairs=valid_pairs, seed=seed, card=card or Card())  # fmt: skip
        check_in("kind", kind, ("mlp", "tcn"))
        if kind == "mlp" and 0 <= config.crop < config.samples:
            raise GaitsmithError("the MLP takes whole sequences", place="setting crop", found=config.crop,
                                 expected=str(config.samples))  # fmt: skip
        self.kind, self.config, self.name = kind, config, f"speed-{kind}"

    @property
    def _crop(self) -> int:
        return self.config.samples if self.config.crop < 0 else self.config.crop

    def network(self) -> torch.nn.Module:
        """Untrained."""
        return (SequenceMLP if self.kind == "mlp" else SequenceTCN)(self.config)

    def train_set(self) -> PairSet:
        """Balanced pairs of the training people."""
        c = self.config
        return self._set(
            valid=False,
            crop=self._crop,
            mirror=c.mirror,
            identity_share=c.identity_share,
            aligned=c.aligned,
        )

    def valid_set(self) -> PairSet:
        """All within-person pairs of the validation people, or so many of them at random."""
        return self._set(
            valid=True,
            crop=self._crop,
            mirror=False,
            identity_share=0.0,
            aligned=self.config.aligned,
        )

    def loss(
        self, network: torch.nn.Module, batch: Item, generator: torch.Generator  # noqa: ARG002
    ) -> dict[str, Tensor]:  # fmt: skip
        """Mean squared error, z-scored."""
        source, target, speeds, _ = batch
        made = network(source, speeds[:, 0], speeds[:, 1]).float()
        return {"loss": torch.nn.functional.mse_loss(made, target)}

    def model(self, network: torch.nn.Module) -> Model:
        """Configuration, weights and scaling as a model."""
        kind = SpeedMLP if self.kind == "mlp" else SpeedTCN
        return kind.trained_on(network, self.config, self.scaling, self.train.speed, self.card)
