"""Forces from motion against plates: people left out in turn, other laboratories frozen.

``gaitsmith benchmark forces --data DIR`` runs it; ``--page docs/results`` writes the page and its
figures. Errors are means over the stance as the plates saw it, in % of body weight by the stated
mass, averaged over a person's stances and then over people. ``given``: the plates' strikes and offs
are told; ``found``: everything comes from the motion, and an error of timing is an error of force.

Nobody that is scored is learnt from, nor do the kernel's weights see them: they are searched anew
among the people learnt from. What was fixed by hand (the blocks, the weight of the line beside the
posterior, the pull of the net force, the cut-off's rule) was fixed with the errors of all these sets
in view, the adults' and the runner's among them: the design is not untouched by them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gaitsmith.errors import GaitsmithError, check_in
from gaitsmith.gait.metrics.people import paired_difference
from gaitsmith.models.forces.baselines import BASELINES
from gaitsmith.models.forces.posterior import Prediction, StanceConfig, StancePosterior
from gaitsmith.models.forces.stances import Stances
from gaitsmith.studies import forces_score as fs
from gaitsmith.studies.forces_data import Measured, pairs, rows_for_learning, walks
from gaitsmith.studies.forces_shared import Study, learnt

__all__ = ["PARTS", "SEED", "left_out", "run", "score"]

Progress = Callable[[str], None]
Rows = dict[str, dict[str, list[dict[str, Any]]]]
SEED = 0
_DEFAULT, _POSTERIOR, _EXACT = "default", "posterior", "default, sum exact"
#: Names of the parts; figures of the last two are printed and stand on no page.
PARTS = (
    "lencioni2019", "mcgill_children", "adults", "runner", "moments", "speeds", "times", "networks", "missing",
    "generation", "healthy_bands", "c3d",
)  # fmt: skip
_BOTH = ("lencioni2019", "mcgill_children")
# Folds of people in which the MLP and the TCN are trained.
_FOLDS = 3


def _silent(_: str) -> None:
    """Nobody is watching."""


def _picked(told: Prediction, which: list[int]) -> Prediction:
    return Prediction(
        *(x[which] for x in (told.force, told.force_sd, told.centre, told.centre_sd, told.far))
    )


def left_out(
    given: list[Measured], found: list[Measured], more: list[Measured], say: Progress = _silent,
    *, networks: bool = True, late_more: Sequence[Measured] = (),
) -> dict[str, Any]:  # fmt: skip
    """A set's people left out in turn; `more` are people of another set that are learnt from too."""
    config = StanceConfig.home()
    by_name = fs.by_trial(found)
    names = list(dict.fromkeys(m.person for m in given))
    learn = {p: rows_for_learning([m for m in given if m.person == p]) for p in names}
    late = {p: rows_for_learning([m for m in found if m.person == p]) for p in names}
    others = rows_for_learning(more) if more else Stances.none()
    late_others = rows_for_learning(list(late_more)) if late_more else Stances.none()
    rows: Rows = {"given": {}, "found": {}}
    centres: list[tuple[str, Any]] = []
    sums: dict[str, list[float]] = {_DEFAULT: [], _EXACT: []}
    strides: list[float] = []
    missed: list[str] = []
    nets = _networks(names, learn) if networks else {}

    def add(key: str, name: str, new: list[dict[str, Any]]) -> None:
        rows[key].setdefault(name, []).extend(new)

    for person in names:
        say(f"leaving out {person}")
        train = Stances.joined([learn[p] for p in names if p != person])
        both = Stances.joined([train, others])
        model = StancePosterior.fit(both, config)
        every = Stances.joined([both, late_others, *(late[p] for p in names if p != person)])
        model_found = StancePosterior.fit(every, config, kernels=model.kernels)
        fitted = {**{n: f(train) for n, f in BASELINES.items()}, **nets.get(person, {})}
        for m in (x for x in given if x.person == person):
            told = model.predict(m.rows)
            force, sd = fs.ours(m, told, config, same=True)
            add("given", _DEFAULT, fs.scored(m, m, force, sd))
            add("given", _POSTERIOR, fs.scored(m, m, fs.plain(m, told.force), None))
            exact, _ = fs.ours(m, told, config, same=True, exact=True)
            add("given", _EXACT, fs.scored(m, m, exact, None))
            which = [int(i) for i in np.flatnonzero(m.scored)]
            centres += fs.centre_error(m, _picked(told, which), which)
            sums[_DEFAULT].append(fs.consistency(m, force))
            sums[_EXACT].append(fs.consistency(m, exact))
            strides += fs.stride_means(m, force)
            for n, f in fitted.items():
                add("given", n, fs.scored(m, m, fs.plain(m, f(m.rows)), None))
            late_m = by_name.get(m.name)
            if late_m is not None and not fs.near(m, late_m):
                missed.append(m.name)
            elif late_m is not None:
                told = model_found.predict(late_m.rows)
                force, sd = fs.ours(late_m, told, config, same=True)
                add("found", _DEFAULT, fs.scored(m, late_m, force, sd))
                for n, f in fitted.items():
                    add("found", n, fs.scored(m, late_m, fs.plain(late_m, f(late_m.rows)), None))
    mine, speedy = (fs.people(rows["given"][n]) for n in (_DEFAULT, "mean scaled by speed"))
    gaps = [
        paired_difference([mine[p][k] for p in mine], [speedy[p][k] for p in mine], seed=SEED)
        for k in range(3)
    ]
    each = [
        np.mean([e for p, e in centres if p == q], axis=0)
        for q in dict.fromkeys(p for p, _ in centres)
    ]
    return {
        "people": len(names), "stances": sum(int(m.scored.sum()) for m in given),
        "excluded": [f"{m.name}: {m.left_out or 'no whole stance on a plate'}" for m in given if not m.scored.any()],
        "no_contact_found": missed, "given": fs.table(rows["given"]), "found": fs.table(rows["found"]),
        "by_person": mine, "by_person_found": fs.people(rows["found"][_DEFAULT]),
        "better_than_speed_mean": [sum(mine[p][k] < speedy[p][k] for p in mine) for k in range(3)],
        "default_minus_speed_mean": [{"mean": g.mean, "low": g.low, "high": g.high} for g in gaps],
        **_held(rows), "centre_mm": [float(x) for x in np.mean(each, axis=0)], "timing": fs.timing(given, by_name),
        "consistency_rms": {k: float(np.nanmean(v)) for k, v in sums.items()}, "stride_mean_bw": fs.spread(strides),
    }  # fmt: skip


def _held(rows: Rows) -> dict[str, Any]:
    """Shares that bands hold, with the mass as stated and wrong by a tenth."""
    held = {k: [float(x) for x in fs.mean(rows[k][_DEFAULT], "held")] for k in ("given", "found")}
    wrong = {
        k: [float(x) for x in fs.mean(rows["given"][_DEFAULT], f"held_{k}")]
        for k in ("wrong_mass", "mass_trusted")
    }
    return {"coverage_90": held, "coverage_wrong_mass": wrong}


def _networks(names: list[str], learn: Mapping[str, Stances]) -> dict[str, dict[str, Any]]:
    """For each person the networks that did not see the fold of people that the person is in."""
    from gaitsmith.models.forces.small_networks import NETWORKS

    out: dict[str, dict[str, Any]] = {}
    for k in range(min(_FOLDS, len(names))):
        fold = names[k::_FOLDS]
        train = Stances.joined([learn[p] for p in names if p not in fold])
        made = {n: f(train, SEED) for n, f in NETWORKS.items()}
        out |= dict.fromkeys(fold, made)
    return out


def frozen(model: StancePosterior, fitted: Mapping[str, Any], given: list[Measured], found: list[Measured]) -> dict[str, Any]:  # fmt: skip
    """Recordings of other laboratories, one by one, nothing tuned on them."""
    config = model.config
    assert isinstance(config, StanceConfig)
    out: dict[str, Any] = {}
    by_name = fs.by_trial(found)
    rows: Rows = {"given": {}, "found": {}}
    for m in given:
        for key, told_m in (("given", m), ("found", by_name[m.name])):
            told = model.predict(told_m.rows)
            force, sd = fs.ours(told_m, told, config, same=False)
            exact, _ = fs.ours(told_m, told, config, same=False, exact=True)
            made = {_POSTERIOR: fs.plain(told_m, told.force), _EXACT: exact,
                    **{n: fs.plain(told_m, f(told_m.rows)) for n, f in fitted.items()}}  # fmt: skip
            rows[key].setdefault(_DEFAULT, []).extend(fs.scored(m, told_m, force, sd))
            for n, f in made.items():
                rows[key].setdefault(n, []).extend(fs.scored(m, told_m, f, None))
            if key == "given":
                which = [int(i) for i in np.flatnonzero(m.scored)]
                wrong = fs.centre_error(m, _picked(told, which), which)
                out[m.name] = {
                    "stances": len(which), "speed": m.walk.speed, "mass": m.walk.body.mass,
                    "cutoff_hz": [float(c) for c in m.walk.cutoff_hz], "far": float(np.median(told.far)),
                    "consistency_rms": {_DEFAULT: fs.consistency(m, force), _EXACT: fs.consistency(m, exact)},
                    "stride_mean_bw": fs.spread(fs.stride_means(m, force)),
                    "centre_mm": [float(x) for x in np.mean([e for _, e in wrong], axis=0)] if wrong else None,
                    "timing": fs.timing([m], by_name),
                }  # fmt: skip
    for key, methods in rows.items():
        for n, r in methods.items():
            for name, e in fs.people(r).items():
                where = next(
                    k for k in out if k in (name, *(m.name for m in given if m.person == name))
                )
                out[where].setdefault(key, {})[n] = e
        out[f"mean, {key}"] = fs.table(methods)
    return {**out, **_held(rows), "timing": fs.timing(given, by_name)}


def run(
    data: Path, parts: Sequence[str] | None = None, say: Progress = _silent, *, models: Path | None = None,
    least: int = 0, networks: bool = True, runs: Sequence[Path] = (),
    done: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The parts (``PARTS``) as plain values.

    Parameters
    ----------
    models
        Folder of downloads with the OpenSim models, where `data` is a store.
    least
        Take every so many-th stride of lencioni2019 only (to try things).
    networks
        Whether the MLP and the TCN are trained as well (needs torch).
    runs
        Folders of ``train forces``, for the parts networks, missing and generation.
    done
        Called with all figures so far after every part.
    """
    wanted = [check_in("part", p, PARTS) for p in (parts or PARTS)]
    kept: dict[str, tuple[list[Measured], list[Measured]]] = {}

    def of(name: str) -> tuple[list[Measured], list[Measured]]:
        if name not in kept:
            say(f"reading {name}")
            both = list(
                pairs(data, name, models=models, least=least if name == "lencioni2019" else 0)
            )
            kept[name] = [g for g, _ in both], [f for _, f in both]
        return kept[name]

    study = Study(data, models, of, say, tuple(runs), networks)
    out: dict[str, Any] = {}
    for name in (p for p in PARTS if p in wanted):
        say(name)
        out[name] = _part(name, study)
        if done is not None:
            done(out)
    return out


def _part(name: str, study: Study) -> dict[str, Any]:
    from gaitsmith.studies import forces_more, forces_networks
    from gaitsmith.studies.forces_moments import moments

    if name in _BOTH:
        other = _BOTH[1 - _BOTH.index(name)]
        return left_out(
            *study.of(name),
            study.of(other)[0],
            study.say,
            networks=study.networks,
            late_more=study.of(other)[1],
        )
    if name in ("adults", "runner"):
        fitted = {n: f(learnt(study, late=False)) for n, f in BASELINES.items()}
        return frozen(study.model, fitted, *study.of(name))
    if name == "moments":
        # The children were learnt from: only the adults may be asked.
        return moments(study.model, study.of("adults")[0])
    if name == "times":
        return forces_more.times(study.data, study.models)
    if name == "networks":
        return forces_networks.kept_people(study.of, study.nets, study.say)
    found: dict[str, Any] = getattr(forces_more, name)(study)
    return found


def score(model: StancePosterior, data: Path, models: Path | None = None) -> dict[str, Any]:
    """Frozen weights on the adults and the runner.

    Raises
    ------
    GaitsmithError
        Where the model says that it learnt from one of them.
    """
    met = [p for p in model.card.trained_on if p.startswith(("opensim/", "adults/", "runner/"))]
    if met:
        raise GaitsmithError(
            "the model learnt from people that would be scored", found=", ".join(met)
        )
    return {
        name: frozen(
            model, {}, *(list(walks(data, name, given=g, models=models)) for g in (True, False))
        )
        for name in ("adults", "runner")
    }
