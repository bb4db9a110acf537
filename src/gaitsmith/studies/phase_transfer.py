"""Transfer as published: gait % first, stance and swing after, against direct training.

*Regression*: the network learns gait % alone. *Model transfer*: all of it goes on, with the heads of
stance and walking. *Feature transfer*: only those heads. *Direct*: everything at once from new
weights. All get the same optimiser steps in all: half of them regression where there is transfer.
"Labelled people" are those whose stance labels are used; gait % of all training people is used in
the regression, as in the paper, where it needs strikes alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gaitsmith.files import write_text
from gaitsmith.gait.metrics.people import paired_difference
from gaitsmith.models.phase.config import PhaseConfig
from gaitsmith.models.phase.model import PhaseModel
from gaitsmith.sections import plain
from gaitsmith.studies.phase_data import Walk, digest, folds
from gaitsmith.studies.phase_measures import Said, people, pooled
from gaitsmith.studies.phase_recipe import Recipe
from gaitsmith.studies.phase_runs import Runs, said_of

__all__ = ["FIXED", "one", "run", "transferred"]

#: State machine of the whole table: nothing is chosen by few people.
FIXED: dict[str, Any] = {"to_swing": 0.4, "to_stance": 0.6, "least_swing": 20, "least_stance": 20,
                         "walk_on": 0.3, "walk_off": 0.1}  # fmt: skip


def _started(model: PhaseModel, config: PhaseConfig) -> Any:
    """The torch network with a model's arrays; the heads of stance and walking as they are."""
    import torch

    from gaitsmith.models.phase.network import PhaseNetwork

    net = PhaseNetwork(config, model.weights["input.shift"], 1.0 * model.weights["input.scale"])
    with torch.no_grad():
        mine = {"head.weight": net.head.weight, "head.bias": net.head.bias}
        mine |= {f"dense.{k.removeprefix('layers.')}": v for k, v in net.body.named_parameters()}
        for name, value in mine.items():
            value.copy_(torch.from_numpy(np.array(model.weights[name])))
    return net


def transferred(
    runs: Runs, everyone: Sequence[Walk], labelled: Sequence[Walk], setup: tuple[PhaseConfig, Recipe],
    *, features: bool = False,
) -> PhaseModel:  # fmt: skip
    """Dense network: gait % of `everyone`, then stance of `labelled`, equal steps in all."""
    config, recipe = setup
    half = recipe.steps // 2
    first = runs.model(everyone, config, replace(recipe, steps=half, stance=0.0, walking=0.0),
                       "dense-regression")  # fmt: skip
    later = replace(recipe, steps=recipe.steps - half, lr=recipe.lr if features else recipe.lr / 2)
    way = "features" if features else "transfer"
    return runs.model(labelled, config, later, f"dense-{way}-of-{first.digest()[:8]}",
                      start=lambda: _started(first, config), frozen=features)  # fmt: skip


def one(
    walks: Sequence[Walk], runs: Runs, recipe: Recipe, seed: int, count: int | None
) -> dict[str, Any]:  # fmt: skip
    """Way -> measures pooled and by person, for one seed and number of labelled people; kept."""
    key = json.dumps([recipe.changed(), digest(walks), FIXED, seed, count], sort_keys=True)
    place = runs.folder / f"transfer-{count or 'all'}-{seed}-{hashlib.sha256(key.encode()).hexdigest()[:12]}.json"  # fmt: skip
    if place.is_file():
        found: dict[str, Any] = json.loads(place.read_text("utf-8"))
        return found
    config = PhaseConfig(network="dense", **FIXED)
    mine = replace(recipe, seed=seed)
    said: dict[str, dict[int, Said]] = {}
    for k, part in enumerate(folds(walks)):
        train = [w for w in walks if w.person not in part]
        known = sorted({w.person for w in train})
        labelled = known if count is None else list(np.random.default_rng([seed, k, count]).permutation(known)[:count])  # fmt: skip
        few = [w for w in train if w.person in labelled]
        models = {
            "direct": runs.model(few, config, mine, "dense-direct"),
            "model transfer": transferred(runs, train, few, (config, mine)),
            "feature transfer": transferred(runs, train, few, (config, mine), features=True),
        }
        for i, w in enumerate(walks):
            if w.person in part:
                for way, model in models.items():
                    said.setdefault(way, {})[i] = said_of(w, model.output(w.x), config)
    out: dict[str, Any] = {}
    for way, found_here in said.items():
        every = [found_here[i] for i in range(len(walks))]
        out[way] = {"pooled": pooled(walks, every), "people": people(walks, every)}
    runs.folder.mkdir(parents=True, exist_ok=True)
    write_text(place, json.dumps(plain(out)), force=True)
    return out


def run(
    walks: Sequence[Walk], runs: Runs, recipe: Recipe, *, seeds: Sequence[int] = (0, 1, 2),
    counts: Sequence[int | None] = (None, 5, 2, 1),
) -> dict[str, Any]:  # fmt: skip
    """Measures of each way of training, by labelled people and seed, and differences from direct."""
    out: dict[str, Any] = {"steps": recipe.steps, "seeds": list(seeds)}
    for count in counts:
        out[str(count or "all")] = _rows([one(walks, runs, recipe, seed, count) for seed in seeds])
    return out


def _rows(seeds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    own: dict[str, dict[str, list[float]]] = {}
    for way in seeds[0]:
        each = [s[way]["pooled"] for s in seeds]
        out[way] = {k: _mean([e[k] for e in each]) for k in each[0]}
        out[way]["macro_f1_by_seed"] = [e["macro_f1"] for e in each]
        by = [s[way]["people"] for s in seeds]
        own[way] = {m: [_mean([b[p][m] for b in by]) for p in by[0]] for m in ("macro_f1", "spurious_percent")}  # fmt: skip
    for way, row in out.items():
        for measure in ("macro_f1", "spurious_percent") if way != "direct" else ():
            gap = paired_difference(own[way][measure], own["direct"][measure], seed=0)
            row[f"{measure}_minus_direct"] = {
                "mean": gap.mean,
                "low": gap.low,
                "high": gap.high,
            }
    return out


def _mean(values: Sequence[float | None]) -> float:
    """Kept runs have None where nothing could be measured."""
    return float(np.mean([np.nan if v is None else v for v in values]))
