"""The speed diffusion taught on real people: five folds by person, from the weights that ship.

Mean strides of each person at each speed are tiled to 30 s (:mod:`gaitsmith.studies.speed_tiled`),
each person's levels moved to those that the weights know. In each fold a fifth of the people is kept for the
end, two of the others choose the best weights, the rest is learnt from; scaling is the shipped
one. Runs are kept in a folder, and a stopped one is gone on with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from gaitsmith.models.base import open_model
from gaitsmith.models.speed.network import ResidualDenoiser
from gaitsmith.models.speed.network_model import SpeedDiffusion
from gaitsmith.models.speed.sequences import Scaling, Sequences
from gaitsmith.models.speed.task import DiffusionTask
from gaitsmith.models.speed.units import Units
from gaitsmith.studies.speed_tiled import other_leg, tiled
from gaitsmith.training import TrainConfig, fit

__all__ = ["STEPS", "FineTuning", "finetuned", "folds", "tiled_people"]

Array = npt.NDArray[np.float64]
#: Folds, optimiser steps of each, and people who choose the best weights of each.
FOLDS, STEPS, _CHOOSERS = 5, 300, 2
_RATE, _WARMUP = 3e-4, 50
_SEED = 0


class FineTuning(DiffusionTask):
    """The published task on other people, begun from a trained model and in its scaling."""

    name = "speed-diffusion-finetuning"

    def __init__(self, model: SpeedDiffusion, data: Sequences, valid_people: Sequence[str]) -> None:
        super().__init__(model.config, data, valid_people, pairs=10_000, valid_pairs=64, seed=_SEED)
        self.start, self.scaling = model, model.scaling

    def network(self) -> ResidualDenoiser:
        """With the weights of the model that it begins from."""
        made = ResidualDenoiser(self.config)
        known = self.start.network("cpu").state_dict()
        made.load_state_dict({k: torch.as_tensor(v).float() for k, v in known.items()})
        return made


def tiled_people(units: Units, scaling: Scaling) -> Sequences:
    """Every row as a walk of 30 s at its own cadence, levels of each person at those of the scaling."""
    rows = []
    for person in np.unique(units.person):
        at = np.flatnonzero(units.person == person)
        made = np.stack([tiled(np.stack([units.curves[i], units.curves[other_leg(units, int(i))]]), float(units.cadence[i])) for i in at])  # fmt: skip
        rows.append(made + scaling.mean - made.mean(axis=(0, 1)))
    order = np.concatenate([np.flatnonzero(units.person == p) for p in np.unique(units.person)])
    return Sequences(units.person[order], units.speed[order], np.concatenate(rows))


def folds(people: Sequence[str], count: int = FOLDS) -> list[list[str]]:
    """The people of each fold, drawn by the seed."""
    names = sorted(set(people))
    order = np.random.default_rng(_SEED).permutation(len(names))
    return [sorted(names[i] for i in order[k::count]) for k in range(count)]


def finetuned(
    model: SpeedDiffusion, units: Units, cache: Path, *, steps: int = STEPS, count: int = FOLDS,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, SpeedDiffusion]:  # fmt: skip
    """Person -> the model that learnt from the people of the other folds.

    Parameters
    ----------
    units
        Of one set, with cadences.
    cache
        Folder of the runs, one a fold.
    """
    walks = tiled_people(units, model.scaling)
    out: dict[str, SpeedDiffusion] = {}
    for k, kept in enumerate(folds(walks.people, count)):
        rest = [p for p in walks.people if p not in kept]
        choosers = [rest[i] for i in np.random.default_rng((_SEED, k)).choice(len(rest), _CHOOSERS, replace=False)]  # fmt: skip
        task = FineTuning(model, walks.of(rest), choosers)
        run = cache / f"finetune-{model.digest()[:8]}-{task.digest()[:8]}-{steps}-{k}"
        if not (run / "model" / "config.json").is_file():
            say(f"fine-tuning: fold {k + 1} of {count}")
            settings = TrainConfig(steps=steps, lr=_RATE, warmup=_WARMUP, schedule="cosine",
                                   val_every=max(1, steps // 4), ema=0.99)  # fmt: skip
            fit(task, settings, run, resume=run.is_dir(), say=say)
        found = open_model(run / "model")
        assert isinstance(found, SpeedDiffusion)
        out |= dict.fromkeys(kept, found)
    return out
