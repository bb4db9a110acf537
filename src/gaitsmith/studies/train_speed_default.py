"""Fit the default speed model to one's own people: ``gaitsmith train speed --model statistical``.

A laboratory whose strides are cut otherwise, or whose angles mean something else, is served better by
its own people than by the bundled ones. Settings are chosen by leaving each of the people learnt from
out in turn; some are kept, so that ``gaitsmith evaluate speed`` has people never seen.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gaitsmith.errors import GaitsmithError
from gaitsmith.files import write_text
from gaitsmith.models.base import Card
from gaitsmith.studies.speed import chosen
from gaitsmith.studies.speed_recordings import units_of_store
from gaitsmith.studies.speed_sequences import divided

if TYPE_CHECKING:
    from gaitsmith.models.speed.default import StatisticalSpeed
    from gaitsmith.models.speed.units import Units
    from gaitsmith.studies.train_speed import DataConfig

__all__ = ["train_default"]


def train_default(
    data: Path, out: Path, settings: DataConfig, say: Callable[[str], None] = lambda _: None
) -> StatisticalSpeed:
    """Read the store, keep some people, fit, and leave ``model`` and ``people.json`` in `out`.

    Parameters
    ----------
    settings
        Sets, proportions and seed; those who would choose the best weights of a network learn here too.

    Raises
    ------
    GaitsmithError
        Where there is a run in `out` already, or too few people are at two speeds.
    """
    from gaitsmith.models.speed.default import StatisticalSpeed

    if (out / "model").exists():
        raise GaitsmithError(
            "there is a run already", file=out, remedy="give another folder with --out"
        )
    units, skipped = units_of_store(data, settings.sets, ())
    learn, valid, test = divided(list(units.person), (settings.train, settings.valid, settings.test), settings.seed)  # fmt: skip
    learn = sorted([*learn, *valid])
    mine = units.take(np.isin(units.person, learn))
    say(f"{len(mine)} mean strides of {len(learn)} people at {mine.speed.min():.2f} to {mine.speed.max():.2f} m/s; "
        f"{len(test)} people are kept")  # fmt: skip
    if skipped:
        reasons = list(skipped.values())
        counts = ", ".join(f"{reasons.count(r)} × {r}" for r in dict.fromkeys(reasons))
        say(f"{len(reasons)} recordings are not used: {counts}")
    found = chosen(mine)
    model = StatisticalSpeed(found.config, found.weights, _card(data, mine, learn))
    model.save_pretrained(out / "model")
    facts = {"train": learn, "test": test, "skipped": skipped}
    write_text(out / "people.json", json.dumps(facts, indent=1) + "\n", force=True)
    return model


def _card(data: Path, units: Units, people: list[str]) -> Card:
    from gaitsmith.datasets import Store

    about = Store(data).sets
    sets = sorted({p.partition("/")[0] for p in people})
    restricted = [s for s in sets if about[s].get("derived") != "yes"]
    return Card(
        data=", ".join(f"{s} ({sum(p.startswith(s + '/') for p in people)} people)" for s in sets),
        terms="; ".join(f"{s}: {about[s].get('licence', 'not stated')}" for s in sets),
        cite=tuple(str(about[s]["cite"]) for s in sets if about[s].get("cite")),
        people=f"{len(people)} people, {len(units)} mean strides of a leg at a speed",
        limits=(
            "no clinical decision rests on it",
            f"walking at {units.speed.min():.2f} to {units.speed.max():.2f} m/s; sagittal hip, knee and ankle",
            *(f"learnt from {s}, whose terms restrict what is derived from it" for s in restricted),
        ),
        use=("gaitsmith speed walk.mot --from 1.1 --to 0.6,1.6 --model RUN",),
        made="gaitsmith train speed --model statistical --data STORE --out RUN",
        trained_on=tuple(people),
    )  # fmt: skip
