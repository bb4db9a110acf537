"""Gait phase: every model and baseline in the same folds by person, transfer, other groups, devices.

``gaitsmith benchmark phase --data DIR`` runs it; ``--page docs/results`` writes the page and the
figures behind it. Networks are fitted once and kept in ``--runs``.

Protocol: the 12 people of voisard2023 (68 trials, foot sensors, hand-checked swings), sorted,
permuted by ``default_rng(0)``, ``array_split`` in five; every method learns from the same people
and answers for the same others. Everything of a method comes from one output: the state machine's
states are scored as classes, its transitions as events. Its thresholds and least stays are
chosen, for each fold and method, on the held-out outputs for the people of the *other* folds
(whose networks did learn from people of this fold; the choice is of four numbers).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gaitsmith.errors import check_in
from gaitsmith.gait.metrics.events import detection_delay
from gaitsmith.gait.metrics.people import paired_difference
from gaitsmith.models.phase.config import PhaseConfig
from gaitsmith.models.phase.decide import decide
from gaitsmith.models.phase.model import Output
from gaitsmith.studies.phase_data import Walk, digest, folds, voisard2023
from gaitsmith.studies.phase_measures import people, pooled
from gaitsmith.studies.phase_methods import METHODS, NETWORKS, rules
from gaitsmith.studies.phase_runs import Runs, configs, decided

__all__ = ["PARTS", "SEED", "run"]

Progress = Callable[[str], None]
SEED = 0
_DEFAULT = "tcn"


def _silent(_: str) -> None:
    """Nobody is watching."""


def models(
    data: Path, runs: Path, steps: int | None = None, say: Progress = _silent,
    methods: Sequence[str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The table of all methods in the same folds."""
    walks = voisard2023(data)
    parts = folds(walks)
    kept = Runs(runs, say)
    names = [check_in("method", m, METHODS) for m in (methods or METHODS)]
    out: dict[str, Any] = {
        "people": len({w.person for w in walks}), "trials": len({w.trial for w in walks}),
        "data_digest": digest(walks), "folds": parts, "methods": {},
    }  # fmt: skip
    own: dict[str, dict[str, dict[str, float]]] = {}
    for name in names:
        outputs = _held_out(walks, parts, name, kept, steps)
        said, settings = decided(walks, parts, outputs)
        row: dict[str, Any] = {"title": METHODS[name].title, "causal": METHODS[name].causal,
                               **pooled(walks, said), "settings": settings}  # fmt: skip
        if name == _DEFAULT:
            row["delay"] = delays(walks, outputs, configs(parts, settings))
        own[name] = people(walks, said)
        row["by_person"] = own[name]
        out["methods"][name] = row
        say(f"{name}: F1 {row['macro_f1']:.4f}")
    for title, (causal, said) in rules(walks).items():
        out["methods"][title] = {"title": title, "causal": causal, **pooled(walks, said)}
        own[title] = people(walks, said)
    if _DEFAULT in own:
        for name, by in own.items():
            if name != _DEFAULT:
                order = list(by)
                gap = paired_difference([own[_DEFAULT][p]["macro_f1"] for p in order],
                                        [by[p]["macro_f1"] for p in order], seed=SEED)  # fmt: skip
                out["methods"][name]["default_minus_this_f1"] = {"mean": gap.mean, "low": gap.low, "high": gap.high}  # fmt: skip
    return out


def _held_out(
    walks: Sequence[Walk], parts: Sequence[Sequence[str]], name: str, runs: Runs, steps: int | None
) -> list[Output]:
    found: dict[int, Output] = {}
    for k, part in enumerate(parts):
        at = [i for i, w in enumerate(walks) if w.person in part]
        train = [w for w in walks if w.person not in part]
        answers = METHODS[name].outputs(runs, train, [walks[i] for i in at], k, steps)
        found |= dict(zip(at, answers, strict=True))
    return [found[i] for i in range(len(walks))]


def delays(
    walks: Sequence[Walk], outputs: Sequence[Output], configs: dict[str, PhaseConfig]
) -> dict[str, float]:
    """Seconds between a true event and the tick at which the causal system says so."""
    rows = []
    for w, o in zip(walks, outputs, strict=True):
        done = decide(o.stance, o.walking, configs[w.person])
        t = w.foot.times
        for true, said in ((w.truth.strikes, t[done.strikes]), (w.truth.offs, t[done.offs])):
            # A tick is known when its sample is there; events said early are known at once.
            late = detection_delay(true - 0.1, said, most_s=0.2) - 0.1
            rows.append(np.maximum(late, 0.0))
    every = np.concatenate(rows)
    every = every[np.isfinite(every)]
    return {"median_ms": 1e3 * float(np.median(every)), "p90_ms": 1e3 * float(np.percentile(every, 90))}  # fmt: skip


def transfer(data: Path, runs: Path, steps: int | None = None, say: Progress = _silent) -> dict[str, Any]:  # fmt: skip
    """Transfer against direct training at equal optimiser steps."""
    from gaitsmith.studies import phase_transfer

    walks = voisard2023(data)
    recipe = replace(NETWORKS["dense"][1], steps=steps or 600)
    return {**phase_transfer.run(walks, Runs(runs, say), recipe), "data_digest": digest(walks)}


def others(data: Path, runs: Path, steps: int | None = None, say: Progress = _silent) -> dict[str, Any]:  # fmt: skip
    """The frozen bundled weights on groups and devices that they never saw."""
    from gaitsmith.studies import phase_evaluate

    del runs, steps
    out = {}
    for model in ("phase-foot", "phase-foot-gyr"):
        say(f"{model} on other sets")
        names = [n for n in phase_evaluate.SETS if n not in ("voisard2023", "hugadb")]
        out[model] = phase_evaluate.evaluate(data, model, names)
    return out


def legs(data: Path, runs: Path, steps: int | None = None, say: Progress = _silent) -> dict[str, Any]:  # fmt: skip
    """Shank and thigh models on people left out, other virtual people and another device."""
    from gaitsmith.studies import phase_legs

    return phase_legs.study(data, Runs(runs, say), steps)


def limits(data: Path, runs: Path, steps: int | None = None, say: Progress = _silent) -> dict[str, Any]:  # fmt: skip
    """What keeps the default where it is: seeds, longer training, several at once, the labels."""
    from gaitsmith.studies import phase_limits

    walks = voisard2023(data)
    return {**phase_limits.run(walks, Runs(runs, say), steps), "data_digest": digest(walks)}


PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "models": models, "limits": limits, "transfer": transfer, "others": others, "legs": legs,
}  # fmt: skip


def run(
    data: Path, parts: Sequence[str] | None = None, *, runs: Path, steps: int | None = None,
    methods: Sequence[str] | None = None, say: Progress = _silent,
) -> dict[str, Any]:  # fmt: skip
    """Every part (or those named) as plain values.

    Raises
    ------
    GaitsmithError
        Where a part's name is unknown or its set is not below `data`.
    """
    out = {}
    for n in parts or PARTS:
        more = {"methods": methods} if check_in("part", n, PARTS) == "models" else {}
        out[n] = PARTS[n](data, runs, steps, say, **more)
    return out
