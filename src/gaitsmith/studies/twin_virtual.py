"""The twin on virtual walkers: people learnt from and others tested, at speeds of their own choice."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from gaitsmith.errors import GaitsmithError
from gaitsmith.gait.cycles import segment
from gaitsmith.models.twin.basis import SIZE, curves_of
from gaitsmith.models.twin.default import TwinModel
from gaitsmith.models.twin.population import Population, fit
from gaitsmith.models.twin.record import take
from gaitsmith.models.twin.walks import CHANNELS, Walks, joined
from gaitsmith.studies import twin_measure as measure
from gaitsmith.studies.twin_faults import inject, swap
from gaitsmith.studies.twin_rows import DEFAULT, Row, classical_rows, default_row

__all__ = ["virtual", "walked"]

Progress = Callable[[str], None]
SEED = 2026
# Speeds (m/s) of which each person has one; how much trials differ from it; seconds of a trial.
_SPEEDS, _NEAR, _SECONDS = (0.9, 1.6), 0.04, 5.0


@cache
def walked(count: int, seed: int, *, trials: int = 1, name: str = "v") -> Walks:
    """Mean strides of virtual people, one row a trial, events as the simulation made them."""
    from gaitsmith.virtual import people, walker

    rng = np.random.default_rng(seed)
    rows = []
    for i, person in enumerate(people(count, seed)):
        speed = rng.uniform(*_SPEEDS)
        for k in range(trials):
            v = speed * float(np.exp(_NEAR * rng.standard_normal()))
            r = walker(person, v, _SECONDS, seed=1000 * i + k)
            try:
                taken = take(segment(r, streams=["angles"]), v, lab="virtual")
            except GaitsmithError:
                continue
            mean = taken.mean if taken.side == "right" else taken.mean.mirrored()
            rows.append(mean.replaced(person=np.array([f"{name}{i}"])))
    return joined(rows)


def virtual(
    say: Progress, *, people: int = 150, tested: int = 100, few: int = 10, calibrating: int = 60,
    learnt: Callable[[Population, Walks], tuple[dict[str, Row], list[str]]] = lambda *_: ({}, []),
) -> dict[str, Any]:  # fmt: skip
    """Faults in virtual people left out, against the simple scores.

    `learnt` gives rows of networks, which were learnt elsewhere, from the population that their tokens
    stand about and walks of other virtual people to calibrate on; slow ones see `few` people.
    """
    say(f"virtual walkers: {people} learnt from, {tested} tested")
    train = walked(people, SEED + 31, trials=2)
    normal = walked(tested, SEED + 32, name="t")
    p = fit(train)
    means = curves_of(p.expected(normal.speed).reshape(len(normal), len(CHANNELS), SIZE))
    made, swaps = inject(normal, SEED + 33), swap(normal, means, SEED + 34)
    model = TwinModel.fit(train)
    rows: dict[str, Row] = {DEFAULT: default_row(model), **classical_rows(train)}
    more, slow = learnt(p, walked(calibrating, SEED + 35, name="c"))
    return {
        "people": people, "tested": len(np.unique(normal.person)), "seed": SEED,
        **measure.compared(rows | more, normal, made, swaps, slow=slow, few=few, say=say),
        "twin": measure.of_twin(model, normal, made),
    }  # fmt: skip
