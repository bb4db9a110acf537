"""Train the generative model of motion and forces, or its refinement network: ``gaitsmith train forces``.

Learnt from: the people of lencioni2019 and mcgill_children but every third and fourth of the sorted
names, who are kept for scoring, and virtual people. Of lencioni2019 one foot's stance a stride is
known: it stands for that foot at every stride, and the other foot's force is no part of the loss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gaitsmith.errors import check_in
from gaitsmith.files import replacing
from gaitsmith.models.base import Card, Model
from gaitsmith.models.config import Config, read_toml
from gaitsmith.models.forces.network_config import MODELS, GenerativeConfig, settings, training
from gaitsmith.training import Progress, TrainConfig, fit

if TYPE_CHECKING:
    from gaitsmith.models.forces.task import Trial

__all__ = ["Plan", "card", "divided", "load_trials", "plan", "save_trials", "train"]

#: Virtual people, and the seed of those that are learnt from and those that are scored.
VIRTUAL, LEARN_SEED, SCORE_SEED = 60, 1, 2


def _silent(_: str) -> None:
    """Nobody is watching."""


@dataclass(frozen=True)
class Plan:
    """All settings of a training."""

    kind: str
    model: Config
    train: TrainConfig


def plan(
    kind: str = "generative", size: str = "cpu", config: Path | None = None, **changes: Any
) -> Plan:
    """Settings from a TOML file (tables model, train) over those that ship; `changes` of train win.

    Raises
    ------
    GaitsmithError
        Where the kind, the size, a table or a setting is unknown.
    """
    check_in("model", kind, MODELS)
    given = read_toml(config) if config is not None else {}
    for table in given:
        check_in("table", table, ("model", "train"))
    model = settings(kind, size, **given.get("model", {}))
    values = {**training(kind, size), **given.get("train", {})}
    values |= {k: v for k, v in changes.items() if v is not None}
    return Plan(kind, model, TrainConfig.from_dict(values))


def save_trials(path: Path, trials: Sequence[Trial]) -> None:
    """Trials as one ``.npz``."""
    values: dict[str, Any] = {"set": [t.set for t in trials], "person": [t.person for t in trials]}
    for i, t in enumerate(trials):
        values |= {f"state{i}": t.state, f"measured{i}": t.measured, f"net{i}": t.net}
    with replacing(path, force=True) as beside, beside.open("wb") as f:
        np.savez_compressed(f, **values)


def load_trials(path: Path) -> list[Trial]:
    """The inverse."""
    from gaitsmith.models.forces.task import Trial

    with np.load(path, allow_pickle=False) as z:
        return [Trial(str(s), str(p), z[f"state{i}"], z[f"measured{i}"], z[f"net{i}"])
                for i, (s, p) in enumerate(zip(z["set"], z["person"], strict=True))]  # fmt: skip


def divided(trials: Sequence[Trial]) -> tuple[list[Trial], list[str], list[str]]:
    """Trials of people that may be learnt from, those of them who validate, and who is kept."""
    from gaitsmith.studies.forces_trials import HELD, held_people

    kept: list[str] = []
    for name in HELD:
        kept += held_people([t.person for t in trials if t.set == name], name)
    used = [t for t in trials if t.person not in kept]
    valid: list[str] = []
    for name in sorted({t.set for t in used}):
        valid += sorted({t.person for t in used if t.set == name})[::7]
    return used, valid, kept


def card(trials: Sequence[Trial], valid: Sequence[str], settings: Plan) -> Card:
    """Whose motion and forces were learnt."""
    from gaitsmith.models.forces.stances import Stances
    from gaitsmith.studies.build_forces import card as posterior_card

    base = posterior_card(Stances.none())
    names = sorted({t.person for t in trials} - set(valid))
    real = [n for n in names if not n.startswith("virtual/")]
    return Card(
        data="lencioni2019 and mcgill_children (people who are not kept for scoring) and virtual people of gaitsmith",
        terms=base.terms, cite=(*base.cite, "Tan T et al. (2026) GaitDynamics, Nat Biomed Eng (the model's form)"),
        people=f"{len(real)} people without a gait problem and {len(names) - len(real)} virtual ones, "
        f"{len(trials)} stretches of motion",
        limits=(
            "no clinical decision rests on it: people with a gait problem were not learnt from",
            "trained for minutes on two cores: the default is better, see docs/results/forces.md",
            "running was learnt from virtual people alone",
        ),
        use=('ForcesDiffusion.from_pretrained(folder).fill(state, MOTION, samples=8)',),
        made=f"gaitsmith train forces --model {settings.kind}", trained_on=tuple(names),
        measured=("docs/results/forces.md",),
    )  # fmt: skip


def train(
    data: Path, out: Path, settings: Plan, *, virtual: int = VIRTUAL, trials: Path | None = None, resume: bool = False,
    say: Callable[[str], None] = _silent, progress: Progress | None = None,
) -> Model:  # fmt: skip
    """Read the people, fit, and leave the run in `out`.

    Parameters
    ----------
    data
        A store or the folder of downloads.
    virtual
        How many virtual people are made.
    trials
        A file to keep what was read, or in which it was kept.

    Raises
    ------
    GaitsmithError
        As :func:`gaitsmith.training.fit`.
    """
    from gaitsmith.models.forces.task import GenerativeTask, RefinerTask
    from gaitsmith.studies.forces_trials import real_trials, virtual_trials

    if trials is not None and trials.is_file():
        say(f"trials of {trials}")
        found = load_trials(trials)
    else:
        found = [*real_trials(data, say=say), *virtual_trials(virtual, LEARN_SEED, say)]
        if trials is not None:
            save_trials(trials, found)
    used, valid, kept = divided(found)
    say(
        f"{len(used)} stretches of {len({t.person for t in used})} people, of whom {len(valid)} validate; kept for scoring: {', '.join(kept)}"
    )
    about = card(used, valid, settings)
    kind = GenerativeTask if isinstance(settings.model, GenerativeConfig) else RefinerTask
    task = kind(settings.model, used, valid, seed=settings.train.seed, card=about)  # type: ignore[arg-type]
    return fit(task, settings.train, out, resume=resume, say=say, progress=progress)
