"""``gaitsmith train phase``: the study's crops and loss through the training harness."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.base import Card
from gaitsmith.models.phase.config import PhaseConfig
from gaitsmith.models.phase.model import PhaseModel
from gaitsmith.studies.phase_data import Walk, digest, folds, voisard2023
from gaitsmith.studies.phase_methods import NETWORKS
from gaitsmith.studies.phase_recipe import Recipe
from gaitsmith.studies.phase_runs import MACHINE

if TYPE_CHECKING:
    import torch

__all__ = ["PhaseTask", "card", "train"]


def card(walks: Sequence[Walk], made: str, seed: int, measured: Sequence[str] = ()) -> Card:
    """The card of weights learnt from these walks of voisard2023."""
    people = sorted({w.person for w in walks}, key=int)
    return Card(
        data=f"voisard2023 ({len(people)} people, {len({w.trial for w in walks})} trials of 10 m, turn, 10 m)",
        terms="AGPL-3.0 in the data's repository, no separate data licence: the weights are for research; "
        "ask the authors before other uses",
        cite=("Voisard C et al. (2023) A Reference Data Set for the Study of Healthy Subject Gait with "
              "Inertial Measurement Units, IPOL 13, ipol.2023.497",),
        people="healthy adults of 25 to 75 years, Xsens MTw sensors on the dorsum of both feet, 100 Hz, overground",
        limits=("no clinical decision rests on it: nobody with a gait problem was learnt from",
                "walking on the level with turns; not running, stairs or slopes",
                "labels: two algorithms, checked by hand; other sources place contacts tens of ms apart"),
        use=("gaitsmith phase trial.csv -o OUT", "gaitsmith stream phase --replay trial.csv"),
        made=made, seed=seed, trained_on=tuple(f"voisard2023/{p}" for p in people),
        measured=tuple(measured),
    )  # fmt: skip


class _Numbers:
    """As many items as draws; an item is its own index, which seeds its crop."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> int:
        return index


class PhaseTask:
    """A phase network, crops of walks, and the weighted loss; see :class:`gaitsmith.training.Task`."""

    name = "phase"

    def __init__(
        self, walks: Sequence[Walk], valid: Sequence[Walk], config: PhaseConfig, recipe: Recipe,
        made: str,
    ) -> None:  # fmt: skip
        from gaitsmith.studies.phase_train import Crops

        self.walks, self.config, self.recipe, self.made = walks, config, recipe, made
        self._crops = Crops(walks, config, recipe)
        self._valid = Crops(valid, config, recipe) if valid else None

    def digest(self) -> str:
        """Of the data."""
        return digest(self.walks)

    def settings(self) -> Mapping[str, Any]:
        """All that shapes network and data."""
        from dataclasses import asdict

        return {**self.config.to_dict(), **asdict(self.recipe)}

    def network(self) -> torch.nn.Module:
        """A new network."""
        from gaitsmith.models.phase.network import PhaseNetwork
        from gaitsmith.studies.phase_train import scale_of

        return PhaseNetwork(self.config, *scale_of(self.walks, self.config), dropout=self.recipe.dropout)  # fmt: skip

    def train_set(self) -> Any:
        """Numbers of batches; the crops of a batch are drawn from its number."""
        return _Numbers(self.recipe.steps)

    def valid_set(self) -> Any:
        """As many batches of people left out, or None."""
        return _Numbers(8) if self._valid is not None else None

    def loss(
        self, network: torch.nn.Module, batch: Any, generator: torch.Generator
    ) -> Mapping[str, torch.Tensor]:
        """The study's loss; crops by the batch's numbers, from validation people in validation."""
        del generator
        from gaitsmith.studies.phase_train import losses

        index = [int(i) for i in batch]
        crops = self._crops if network.training or self._valid is None else self._valid
        x, y = crops.draw(np.random.default_rng([self.recipe.seed, *index]))
        device = next(network.parameters()).device
        return losses(network(x.to(device)), y.to(device), self.recipe)

    def model(self, network: torch.nn.Module) -> PhaseModel:
        """Weights as arrays, with the card."""
        from gaitsmith.models.phase.network import PhaseNetwork

        assert isinstance(network, PhaseNetwork)
        return PhaseModel(self.config, network.arrays(), card(self.walks, self.made, self.recipe.seed))  # fmt: skip


def train(
    data: Path, out: Path, *, network: str, inputs: str, lookahead: int, steps: int,
    fold: int | None, seed: int, resume: bool, say: Callable[[str], None], progress: Any = None,
) -> Path:  # fmt: skip
    """Fit through the harness; the folder of the saved model.

    Raises
    ------
    GaitsmithError
        Where the fold is none of the five, or a setting is out of range.
    """
    from dataclasses import replace

    from gaitsmith.training import TrainConfig, fit

    config, recipe = NETWORKS.get("tcn-gyr" if inputs == "gyr" else network, NETWORKS["tcn"])
    config = replace(config, network=network, inputs=inputs, lookahead=lookahead, **MACHINE)
    recipe = replace(recipe, steps=steps, seed=seed)
    walks = voisard2023(data)
    parts = folds(walks)
    if fold is not None and not 0 <= fold < len(parts):
        raise GaitsmithError("no such fold", place="option --fold", found=fold, expected="0 to 4")
    left = parts[fold] if fold is not None else []
    mine = [w for w in walks if w.person not in left]
    task = PhaseTask(mine, [w for w in walks if w.person in left], config, recipe,
                     f"gaitsmith train phase --network {network} --steps {steps} --seed {seed}")  # fmt: skip
    setup = TrainConfig(steps=steps, batch=1, lr=recipe.lr, weight_decay=recipe.weight_decay, clip=1.0,
                        warmup=min(recipe.warmup, steps), schedule="cosine", ema=recipe.ema, seed=seed,
                        val_every=max(1, min(200, steps)))  # fmt: skip
    made = fit(task, setup, out, resume=resume, say=say, progress=progress)
    made.save_pretrained(out / "model", force=True)
    return out / "model"
