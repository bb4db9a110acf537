"""The twin's study: faults with known truth on people left out, other laboratories, real pathology.

Parts: ``statistical`` (150 statistical people learnt from, 100 others tested), ``lencioni2019`` (each of
18 people left out in turn, one leg), ``thresholds`` (other shares of normal people called unusual), ``shipped`` (the bundled
reference on virtual walkers' faults), ``blame`` (rules that name the joint), ``laboratories`` (other laboratories' normal people, with and
without their own reference), ``stroke`` (gait_signatures), ``elepap`` (measure only: printed, never
written to a page).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError, check_in
from gaitsmith.models.base import Model, open_model
from gaitsmith.models.twin.api import reference_model
from gaitsmith.models.twin.basis import SIZE, curves_of
from gaitsmith.models.twin.default import TwinConfig, TwinModel
from gaitsmith.models.twin.population import Population, fit
from gaitsmith.models.twin.walks import CHANNELS, Walks
from gaitsmith.studies import twin_measure as measure
from gaitsmith.studies import twin_sets as sets
from gaitsmith.studies.curve import validation
from gaitsmith.studies.twin_alarms import shipped, thresholds
from gaitsmith.studies.twin_blame import blame
from gaitsmith.studies.twin_faults import inject, swap
from gaitsmith.studies.twin_people import statistical
from gaitsmith.studies.twin_rows import DEFAULT, Row, classical_rows, default_row, learnt_row
from gaitsmith.studies.twin_virtual import virtual
from gaitsmith.studies.twin_windows import windows

__all__ = ["PARTS", "SEED", "frozen", "lencioni", "run", "statistical_part"]

Array = npt.NDArray[np.float64]
Progress = Callable[[str], None]
SEED = 2026
# Trials of each person that is learnt from (one of each that is tested).
_TRIALS = 3
# People on whom networks of windows are measured: each walk takes 132 passes.
_SLOW = 10
_ALPHA = TwinConfig().alpha


def _silent(_: str) -> None:
    pass


def _means(p: Population, walks: Walks) -> Array:
    return curves_of(p.expected(walks.speed).reshape(len(walks), len(CHANNELS), SIZE))


def _badness(model: Any, p: Population, walks: Walks) -> Array:
    return np.asarray(model.scores(walks, p))


def learnt_rows(
    models: Mapping[str, Model], p: Population, unseen: Walks, few: int = 60
) -> tuple[dict[str, Row], list[str]]:
    """Rows of masked autoencoders, calibrated on people they were not learnt from; which are slow."""
    slow = [n for n, m in models.items() if m.config.to_dict()["form"] != "cycle"]
    rows = {}
    for name, m in models.items():
        some = unseen.take(np.arange(min(few, len(unseen)))) if name in slow else unseen
        rows[name] = learnt_row(partial(_badness, m, p), some)
    return rows, slow


# --- statistical people --------------------------------------------------------------------------


def statistical_part(
    say: Progress = _silent,
    *,
    people: int = 150,
    tested: int = 100,
    models: dict[str, Model] | None = None,
) -> dict[str, Any]:
    """Everything on statistical people; `models` are masked autoencoders by name."""
    p = reference_model().population()
    train = statistical(p, people, SEED + 1, trials=_TRIALS)
    normal = statistical(p, tested, SEED + 2, trials=6, name="t")
    first = normal.take(np.arange(0, len(normal), 6))
    made, swaps = inject(first, SEED + 3), swap(first, _means(p, first), SEED + 4)
    say(f"statistical people: {people} learnt from, {tested} tested, {len(made.kind)} faults")
    model = TwinModel.fit(train)
    learnt, slow = learnt_rows(models or {}, p, statistical(p, 150, SEED + 5, name="c"))
    rows: dict[str, Row] = {DEFAULT: default_row(model), **classical_rows(train), **learnt}
    out: dict[str, Any] = {"people": people, "tested": tested, "seed": SEED}
    out |= measure.compared(rows, first, made, swaps, slow=slow, few=_SLOW, say=say)
    say("  several trials, twin")
    # Six trials of a person, the same fault in each: their mean.
    means = normal.means()
    more, six_swaps = inject(means, SEED + 3), swap(means, _means(p, means), SEED + 4)
    out["six_trials"], _ = measure.summary(default_row(model), means, more, six_swaps)
    out["twin"] = measure.of_twin(model, first, made)
    return out


# --- lencioni2019 ---------------------------------------------------------------------------------


def lencioni(data: Path, say: Progress = _silent) -> dict[str, Any]:
    """18 healthy people left out one by one: faults, swaps, toe and heel walking, few people."""
    walks = sets.lencioni2019(data)
    whole = fit(walks)
    made, swaps = inject(walks, SEED + 3), swap(walks, _means(whole, walks), SEED + 4)
    tasks = {t: sets.lencioni2019(data, t) for t in ("toe walking", "heel walking")}
    ankle = CHANNELS.index("ankle_angle_r")
    per: dict[str, dict[str, Any]] = {}
    twins: list[dict[str, Any]] = []
    tried: dict[str, list[float]] = {t: [] for t in tasks}
    for person in np.unique(walks.person):
        say(f"lencioni2019: {person} left out")
        train = walks.take(walks.person != person)
        model = TwinModel.fit(train)
        rows = {DEFAULT: default_row(model), **classical_rows(train)}
        normal = walks.take(walks.person == person)
        at, of = made.walks.person == person, swaps.walks.person == person
        mine, other = made.take(at), swaps.take(of)
        for name, row in rows.items():
            store = per.setdefault(
                name,
                {"alarms": {}, "faults": {}, "swap": {}, "toe walking": {}, "heel walking": {}},
            )
            store["alarms"] |= measure.alarms(row, normal)
            store["faults"] |= measure.faults(row, mine)
            store["swap"] |= measure.swapped(row, other)
            for task, all_of in tasks.items():
                some = all_of.take(all_of.person == person)
                if len(some):
                    scores = row.scores(some)
                    found = np.nanmax(scores, axis=1) > row.threshold(some)
                    store[task][str(person)] = (
                        float(found.mean()),
                        float((np.nanargmax(scores, axis=1) == ankle).mean()),
                    )
        for task, all_of in tasks.items():
            some = all_of.take(all_of.person == person)
            if len(some):
                tried[task] += np.nanmin(model.judge(some.replaced(speed=np.clip(some.speed, *model.speeds))).chance, axis=1).tolist()  # fmt: skip
        base = walks.take(np.flatnonzero(walks.person == person))
        rank = np.searchsorted(np.flatnonzero(walks.person == person), mine.source)
        own = replace(mine, source=rank)
        twins.append(measure.of_twin(model, base, own))
    out: dict[str, Any] = {
        "people": len(np.unique(walks.person)),
        "strides": len(walks),
        "data_digest": walks.digest(),
        "rows": {},
    }
    for name, store in per.items():
        row_out: dict[str, Any] = {
            "false_alarms": measure.interval(store["alarms"]),
            "swap": measure.interval(store["swap"]),
        }
        for part in next(iter(store["faults"].values())):
            row_out[part] = {
                n: measure.interval(measure.by_person(store["faults"], part, i))
                for i, n in enumerate(("det", "loc", "top-1"))
            }
        for task in tasks:
            row_out[task] = {"found": float(np.mean([v[0] for v in store[task].values()])),
                             "ankle": float(np.mean([v[1] for v in store[task].values()]))}  # fmt: skip
        out["rows"][name] = row_out
    out["default_minus"] = measure.paired({k: v["faults"] for k, v in per.items()})
    out["twin"] = {k: (float(np.mean([t[k] for t in twins])) if not isinstance(twins[0][k], dict) else
                       {m: float(np.mean([t[k][m] for t in twins])) for m in twins[0][k]}) for k in twins[0]}  # fmt: skip
    out["twelve_people"] = few_people(walks, say)
    out["tasks"] = {t: {"trials": len(v), "missed": sorted(c for c in v if c >= _ALPHA)} for t, v in tried.items()}  # fmt: skip
    return out


def few_people(
    walks: Walks, say: Progress = _silent, *, times: int = 10, people: int = 12
) -> dict[str, Any]:
    """False alarms on the others of a default fitted on any twelve."""
    rng = np.random.default_rng(SEED + 6)
    names, rates = np.unique(walks.person), []
    for _ in range(times):
        some = rng.choice(names, people, replace=False)
        known = np.isin(walks.person, some)
        row = default_row(TwinModel.fit(walks.take(known)))
        rates.append(float(np.mean(list(measure.alarms(row, walks.take(~known)).values()))))
    say(f"lencioni2019: fitted on any {people}")
    return {
        "times": times,
        "people": people,
        "false_alarms": float(np.mean(rates)),
        "worst": float(np.max(rates)),
    }


PARTS: dict[str, Callable[[Path, Progress], dict[str, Any]]] = {
    "statistical": lambda _, say: statistical_part(say), "virtual": lambda _, say: virtual(say),
    "shipped": lambda _, say: shipped(say), "windows": lambda _, say: windows(say),
    "lencioni2019": lencioni, "thresholds": thresholds, "blame": blame,
}  # fmt: skip


def frozen(model: Model) -> dict[str, Any]:
    """A saved model on statistical people that no model has seen.

    Raises
    ------
    GaitsmithError
        Where it is no twin.
    """
    p = reference_model().population()
    normal = statistical(p, 60, SEED + 12, name="e")
    made, swaps = inject(normal, SEED + 13), swap(normal, _means(p, normal), SEED + 14)
    if isinstance(model, TwinModel):
        row = default_row(model)
    elif model.NAME == "twin-masked":
        row = learnt_row(lambda w: model.scores(w, p), statistical(p, 100, SEED + 15, name="c"))  # type: ignore[attr-defined]
    else:
        raise GaitsmithError(
            "this model is no twin", found=model.NAME, expected="twin or twin-masked"
        )
    out, _ = measure.summary(row, normal, made, swaps)
    return {"people": 60, "tested": 60, "rows": {model.NAME: out}}


def _network(folder: Path, model: Any) -> dict[str, Any]:
    """What a trained autoencoder is, and its validation curve where its run lies around it."""
    c = model.config.to_dict()
    out = {k: c[k] for k in ("form", "width", "layers", "decoder", "separate", "phase")}
    out["parameters"] = int(sum(w.size for w in model.weights.values()))
    return out | {"validation": validation(folder)}


def run(
    data: Path,
    parts: list[str] | None = None,
    say: Progress = _silent,
    *,
    models: list[Path] | None = None,
) -> dict[str, Any]:
    """Every part (or those named) as plain values; trained autoencoders join the statistical and the virtual part.

    Raises
    ------
    GaitsmithError
        Where a part's name is unknown or its set is not below `data`.
    """
    from gaitsmith.studies.twin_real import PARTS as REAL

    every = {**PARTS, **REAL}
    learnt = [open_model(m) for m in models or []]
    named = {f"masked autoencoder, {m.config.to_dict()['form']}": m for m in learnt}
    facts = [_network(Path(m), n) for m, n in zip(models or [], learnt, strict=True)]
    every["statistical"] = lambda _, say: {**statistical_part(say, models=named), "networks": facts}
    every["virtual"] = lambda _, say: virtual(say, learnt=partial(learnt_rows, named))
    return {n: every[check_in("part", n, every)](data, say) for n in (parts or every)}
