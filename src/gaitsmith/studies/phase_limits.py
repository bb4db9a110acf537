"""What keeps the default phase model where it is: chance, training, or the labels.

The causal TCN with other seeds, with three times the steps, and the mean of three of it say what
more computing would give. The oracle says what the labels allow: the errors of a foot's events in a
trial have a common part, which no model that has not seen the labels of that very trial can know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.gait.metrics.events import match_times
from gaitsmith.models.phase.model import Output
from gaitsmith.studies.phase_data import Walk, folds
from gaitsmith.studies.phase_measures import TOLERANCE_S, Said, pooled
from gaitsmith.studies.phase_methods import NETWORKS
from gaitsmith.studies.phase_recipe import Recipe
from gaitsmith.studies.phase_runs import Runs, decided

__all__ = ["averaged", "lean", "moved", "run"]

Array = npt.NDArray[np.float64]

_DEFAULT = "tcn"
_SEEDS = (0, 1, 2)
_LONGER = 3


def run(walks: Sequence[Walk], runs: Runs, steps: int | None = None) -> dict[str, Any]:
    """Rows by title, and how far the events of a foot in a trial lean together."""
    parts = folds(walks)
    recipe = NETWORKS[_DEFAULT][1]
    recipe = recipe if steps is None else replace(recipe, steps=steps)
    each = [_outputs(walks, parts, runs, replace(recipe, seed=s)) for s in _SEEDS]
    tried = {f"seed {s}": o for s, o in zip(_SEEDS, each, strict=True)}
    tried[f"{_LONGER} times as long"] = _outputs(walks, parts, runs, replace(recipe, steps=_LONGER * recipe.steps))  # fmt: skip
    tried["three seeds, mean"] = [averaged(o) for o in zip(*each, strict=True)]
    said = {title: decided(walks, parts, o)[0] for title, o in tried.items()}
    rows = {title: pooled(walks, s) for title, s in said.items()}
    first = said[f"seed {_SEEDS[0]}"]
    leans = [lean(w, s) for w, s in zip(walks, first, strict=True)]
    oracle = [moved(w, s, by) for w, s, by in zip(walks, first, leans, strict=True)]
    rows["oracle: seed 0, lean of each foot and trial taken off"] = pooled(walks, oracle)
    return {"rows": rows, "lean_ms": _spread(walks, leans)}


def _outputs(
    walks: Sequence[Walk], parts: Sequence[Sequence[str]], runs: Runs, recipe: Recipe
) -> list[Output]:
    found: dict[int, Output] = {}
    for part in parts:
        train = [w for w in walks if w.person not in part]
        model = runs.model(train, NETWORKS[_DEFAULT][0], recipe, _DEFAULT)
        found |= {i: model.output(w.x) for i, w in enumerate(walks) if w.person in part}
    return [found[i] for i in range(len(walks))]


def averaged(outputs: Sequence[Output]) -> Output:
    """Mean direction of the phase, mean logit of stance, mean of the others."""
    turn = sum(o.sure * np.exp(2j * np.pi * o.percent / 100) for o in outputs) / len(outputs)
    logit = np.mean([np.log(p / (1 - p)) for o in outputs for p in [np.clip(o.stance, 1e-6, 1 - 1e-6)]], axis=0)  # fmt: skip
    return Output(
        np.angle(turn) / (2 * np.pi) % 1.0 * 100, 1 / (1 + np.exp(-logit)),
        np.mean([o.walking for o in outputs], axis=0), np.abs(turn),
    )  # fmt: skip


def lean(w: Walk, said: Said) -> tuple[float, float]:
    """Median error (s) of a walk's strikes and of its offs; 0 where none was found."""
    out = []
    for true, found in ((w.truth.strikes, said.strikes), (w.truth.offs, said.offs)):
        i, j = match_times(true, found, TOLERANCE_S)
        out.append(float(np.median(found[j] - true[i])) if len(i) else 0.0)
    return out[0], out[1]


def moved(w: Walk, said: Said, by: tuple[float, float]) -> Said:
    """Strikes and offs earlier by so much, and the states between them."""
    strikes, offs = said.strikes - by[0], said.offs - by[1]
    # A foot begins on the ground.
    times = np.concatenate([[-np.inf], strikes, offs])
    order = np.argsort(times)
    lands = np.repeat([True, False], [1 + len(strikes), len(offs)])[order]
    at = np.searchsorted(times[order], w.foot.times + 1e-9, side="right") - 1
    return Said(said.percent, lands[at], strikes, offs)


def _spread(walks: Sequence[Walk], leans: Sequence[tuple[float, float]]) -> dict[str, float]:
    """SD of the leans over feet and trials, and of their difference between the feet of a trial (ms)."""
    x = 1e3 * np.array(leans)
    trials: dict[str, dict[str, Array]] = {}
    for w, row in zip(walks, x, strict=True):
        trials.setdefault(w.trial, {})[w.worn] = row
    apart = np.array([t["left"] - t["right"] for t in trials.values() if len(t) == 2])
    between = apart.std(axis=0) if len(apart) else np.full(2, np.nan)
    return {"strike": float(x[:, 0].std()), "off": float(x[:, 1].std()),
            "strike_between_feet": float(between[0]), "off_between_feet": float(between[1])}  # fmt: skip
