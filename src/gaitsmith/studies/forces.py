"""Forces from motion against plates: people left out in turn, other laboratories frozen.

``gaitsmith benchmark forces --data DIR`` runs it; ``--page docs/results`` writes the page and its
figures. Errors are means over the stance as the plates saw it, in % of body weight by the stated
mass, averaged over a person's stances and then over people. ``given``: the plates' strikes and offs
are told; ``found``: everything comes from the motion, and an error of timing is an error of force.

Nobody that is scored is learnt from. What was fixed by hand (blocks of the kernel, their weights, the
weight of the line beside the posterior, noise, the cut-off's rule) was fixed with the errors of all
these sets in view, the adults' and the runner's among them: the design is not untouched by them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.gait.metrics.people import paired_difference
from gaitsmith.models.forces.assemble import assembled, over_stance
from gaitsmith.models.forces.baselines import BASELINES
from gaitsmith.models.forces.posterior import Z90, Prediction, StanceConfig, StancePosterior
from gaitsmith.models.forces.stances import Stances
from gaitsmith.models.forces.support import by_support, shared_linearly
from gaitsmith.studies.forces_data import Measured, rows_for_learning, walks

__all__ = ["PARTS", "SEED", "run"]

Array = npt.NDArray[np.float64]
Progress = Callable[[str], None]
SEED = 0
#: Order in tables: vertical, fore-aft, medio-lateral; in arrays forward, up, medial.
_SHOWN = (1, 0, 2)
_DEFAULT = "default"
_POSTERIOR = "posterior"
_INF = (np.inf,) * 3


def _silent(_: str) -> None:
    """Nobody is watching."""


def _by_trial(found: list[Measured]) -> dict[str, Measured]:
    return {m.name: m for m in found}


def _scored(truth: Measured, told: Measured, force: Mapping[Side, Array], sd: Mapping[Side, Array] | None) -> list[dict[str, Any]]:  # fmt: skip
    """One row of figures a measured stance of `truth`, from forces over the times of `told`."""
    out = []
    for i in np.flatnonzero(truth.scored):
        st, real = truth.stances[i], truth.rows.force[i]
        made = over_stance(told.walk.times, force[st.side], st)
        row: dict[str, Any] = {"person": truth.person if truth.set != "adults" else truth.name,
                               "error": 100 * np.abs(made - real).mean(axis=1)[list(_SHOWN)]}  # fmt: skip
        span = np.ptp(real, axis=1)
        row["nrmse"] = (100 * np.sqrt(((made - real) ** 2).mean(axis=1)) / span)[list(_SHOWN)]
        row["peaks"] = 100 * np.abs(_peaks(made) - _peaks(real))
        long = st.off - st.strike
        row["impulse"] = 100 * np.abs((made - real).mean(axis=1))[list(_SHOWN)] * long
        if sd is not None:
            wide = np.abs(over_stance(told.walk.times, sd[st.side], st))
            row["held"] = (np.abs(made - real) <= Z90 * wide).mean(axis=1)[list(_SHOWN)]
        out.append(row)
    return out


def _peaks(f: Array) -> Array:
    """First and second vertical peak, braking, propulsion (body weights)."""
    return np.array([f[1, :50].max(), f[1, 50:].max(), f[0, :50].min(), f[0, 50:].max()])


def _mean(rows: list[dict[str, Any]], key: str) -> Array:
    """Mean over people of their stances' means."""
    people = list(dict.fromkeys(r["person"] for r in rows))
    each = [np.mean([r[key] for r in rows if r["person"] == p], axis=0) for p in people]
    return np.asarray(np.mean(each, axis=0), dtype=np.float64)


def _people(rows: list[dict[str, Any]], key: str = "error") -> dict[str, list[float]]:
    people = list(dict.fromkeys(r["person"] for r in rows))
    return {
        p: [float(x) for x in np.mean([r[key] for r in rows if r["person"] == p], axis=0)]
        for p in people
    }


def _plain(m: Measured, force: Array) -> dict[Side, Array]:
    """Stance forces put on the clock as they are."""
    return assembled(m.walk.times, m.walk.walking_frame(m.walk.net) / m.walk.weight, m.stances, force,
                     np.ones_like(force), net_sd=_INF, periodic=False)[0]  # fmt: skip


def _ours(
    m: Measured, told: Prediction, config: StanceConfig, *, same: bool
) -> tuple[dict[Side, Array], dict[Side, Array]]:
    """The default as users get it."""
    force, spread, net = told.force, told.force_sd, (config.net_sd,) * 3
    if m.walk.running:
        from gaitsmith.models.forces.api import _RUNNING_SD

        flip = np.array([[1.0, 1.0, -1.0 if s.side == "right" else 1.0] for s in m.stances])[
            :, :, None
        ]
        force = by_support(m.walk, m.stances) * flip
        spread, net = np.ones_like(force) * np.array(_RUNNING_SD)[:, None], _INF
    elif not same:
        share = np.array([config.split_forward, config.split_up, config.split_medial])[:, None]
        line = np.array(
            [
                shared_linearly(t, s[3], s[4])
                for t, s in zip(m.rows.total, m.rows.scalars, strict=True)
            ]
        )
        force = (1 - share) * force + share * line
    total = m.walk.walking_frame(m.walk.net) / m.walk.weight
    return assembled(m.walk.times, total, m.stances, force, spread, net_sd=net)


def _centre_error(truth: Measured, told: Prediction, which: list[int]) -> list[tuple[str, Array]]:
    """Person and mean absolute error of the centre of pressure (mm: along, across) of stances given."""
    from gaitsmith.models.forces.stances import foot_frame

    out = []
    for j, i in enumerate(which):
        real = truth.rows.centre[i]
        if not np.isfinite(real).all():
            continue
        size = foot_frame(truth.walk, truth.stances[i])[3]
        wrong = 1e3 * size * np.abs(told.centre[j] - real)[:, 5:96].mean(axis=1)
        out.append((truth.person if truth.set != "adults" else truth.name, wrong))
    return out


def _table(rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {m: {"mae": [float(x) for x in _mean(r, "error")], "nrmse": [float(x) for x in _mean(r, "nrmse")],
                "peaks": [float(x) for x in _mean(r, "peaks")], "impulse_bw_s": [float(x) for x in _mean(r, "impulse")]}
            for m, r in rows.items()}  # fmt: skip


def _timing(truth: list[Measured], found: dict[str, Measured]) -> dict[str, Any]:
    """Median and mean absolute distance (ms) of found contacts from the plates', by kind."""
    out: dict[str, list[float]] = {"strike": [], "off": []}
    for m in truth:
        told = found.get(m.name)
        if told is None:
            continue
        for i in np.flatnonzero(m.scored):
            st = m.stances[i]
            near = [
                s for s in told.stances if s.side == st.side and abs(s.strike - st.strike) < 0.2
            ]
            if near:
                out["strike"].append(1e3 * (near[0].strike - st.strike))
                out["off"].append(1e3 * (near[0].off - st.off))
    return {k: {"mean_absolute_ms": float(np.mean(np.abs(v))), "bias_ms": float(np.mean(v)), "n": len(v)}
            for k, v in out.items() if v}  # fmt: skip


def left_out(
    given: list[Measured], found: list[Measured], more: list[Measured], say: Progress = _silent,
    networks: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """A set's people left out in turn; `more` are people of another set that are learnt from too."""
    config = StanceConfig()
    by_name = _by_trial(found)
    people = list(dict.fromkeys(m.person for m in given))
    learn = {p: rows_for_learning([m for m in given if m.person == p]) for p in people}
    learn_found = {p: rows_for_learning([m for m in found if m.person == p]) for p in people}
    others = rows_for_learning(more) if more else None
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {"given": {}, "found": {}}
    centres: list[tuple[str, Array]] = []
    consistency: list[float] = []
    stride_mean: list[float] = []
    refused: list[str] = []
    nets = _networks(people, learn) if networks else {}
    for person in people:
        say(f"leaving out {person}")
        train = Stances.joined([learn[p] for p in people if p != person])
        both = train if others is None else Stances.joined([train, others])
        model = StancePosterior.fit(both, config)
        late = Stances.joined([both, *(learn_found[p] for p in people if p != person)])
        model_found = StancePosterior.fit(late, config)
        fitted = {n: f(train) for n, f in BASELINES.items()}
        fitted |= nets.get(person, {})
        for m in (x for x in given if x.person == person):
            told = model.predict(m.rows)
            force, sd = _ours(m, told, config, same=True)
            rows["given"].setdefault(_DEFAULT, []).extend(_scored(m, m, force, sd))
            rows["given"].setdefault(_POSTERIOR, []).extend(
                _scored(m, m, _plain(m, told.force), None)
            )
            which = [int(i) for i in np.flatnonzero(m.scored)]
            centres += _centre_error(m, Prediction(*(x[which] for x in (told.force, told.force_sd, told.centre, told.centre_sd, told.far))), which)  # fmt: skip
            consistency.append(_consistency(m, force))
            stride_mean += _stride_means(m, force)
            for n, f in fitted.items():
                rows["given"].setdefault(n, []).extend(_scored(m, m, _plain(m, f(m.rows)), None))
            late_m = by_name.get(m.name)
            if late_m is not None and not _near(m, late_m):
                refused.append(m.name)
            elif late_m is not None:
                told = model_found.predict(late_m.rows)
                force, sd = _ours(late_m, told, config, same=True)
                rows["found"].setdefault(_DEFAULT, []).extend(_scored(m, late_m, force, sd))
                for n, f in fitted.items():
                    rows["found"].setdefault(n, []).extend(
                        _scored(m, late_m, _plain(late_m, f(late_m.rows)), None)
                    )
    mine, speedy = (_people(rows["given"][n]) for n in (_DEFAULT, "mean scaled by speed"))
    better = [sum(mine[p][k] < speedy[p][k] for p in mine) for k in range(3)]
    gaps = [
        paired_difference([mine[p][k] for p in mine], [speedy[p][k] for p in mine], seed=SEED)
        for k in range(3)
    ]
    return {
        "people": len(people), "stances": sum(int(m.scored.sum()) for m in given),
        "excluded": [f"{m.name}: no whole stance under {'3 body weights' if m.set == 'lencioni2019' else 'a plate'}" for m in given if not m.scored.any()],
        "no_contact_found": refused, "given": _table(rows["given"]), "found": _table(rows["found"]),
        "by_person": mine, "by_person_found": _people(rows["found"][_DEFAULT]),
        "better_than_speed_mean": better,
        "default_minus_speed_mean": [{"mean": g.mean, "low": g.low, "high": g.high} for g in gaps],
        "coverage_90": {k: [float(x) for x in _mean(rows[k][_DEFAULT], "held")] for k in ("given", "found")},
        "centre_mm": [float(x) for x in np.mean([np.mean([e for p, e in centres if p == q], axis=0) for q in dict.fromkeys(p for p, _ in centres)], axis=0)],
        "timing": _timing(given, by_name),
        "consistency_rms": float(np.mean(consistency)), "stride_mean_bw": _spread(stride_mean),
    }  # fmt: skip


def _near(truth: Measured, told: Measured) -> bool:
    """Whether every scored stance was found at all (a foot's contact that begins within 0.25 s)."""
    return all(
        any(
            s.side == truth.stances[i].side and abs(s.strike - truth.stances[i].strike) < 0.25
            for s in told.stances
        )
        for i in np.flatnonzero(truth.scored)
    )


def _networks(people: list[str], learn: Mapping[str, Stances]) -> dict[str, dict[str, Any]]:
    """For each person the networks that did not see the fifth of the people the person is in."""
    from gaitsmith.models.forces.small_networks import NETWORKS

    out: dict[str, dict[str, Any]] = {}
    for k in range(min(5, len(people))):
        fold = people[k::5]
        train = Stances.joined([learn[p] for p in people if p not in fold])
        made = {n: f(train, SEED) for n, f in NETWORKS.items()}
        out |= dict.fromkeys(fold, made)
    return out


def _consistency(m: Measured, force: Mapping[Side, Array]) -> float:
    total = m.walk.walking_frame(m.walk.net) / m.walk.weight
    inside = (m.walk.times >= m.walk.span[0]) & (m.walk.times <= m.walk.span[1])
    wrong = (force["right"] + force["left"] - total)[inside]
    return float(100 * np.sqrt((wrong**2).sum(axis=1).mean()))


def _stride_means(m: Measured, force: Mapping[Side, Array]) -> list[float]:
    """Mean vertical force (body weights) of each whole stride inside the recording."""
    up = force["right"][:, 1] + force["left"][:, 1]
    out = []
    for s in m.stances:
        if s.strike >= m.walk.span[0] - 0.02 and s.strike + s.stride_s <= m.walk.span[1] + 0.02:
            inside = (m.walk.times >= s.strike) & (m.walk.times < s.strike + s.stride_s)
            out.append(float(up[inside].mean()))
    return out


def _spread(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    v = np.array(values)
    return {"mean": float(v.mean()), "worst": float(np.abs(v - 1).max()), "within_half_percent": float((np.abs(v - 1) <= 0.005).mean()), "n": float(len(v))}  # fmt: skip


def frozen(model: StancePosterior, fitted: Mapping[str, Any], given: list[Measured], found: list[Measured]) -> dict[str, Any]:  # fmt: skip
    """Recordings of other laboratories, one by one, nothing tuned on them."""
    config = model.config
    assert isinstance(config, StanceConfig)
    out: dict[str, Any] = {}
    by_name = _by_trial(found)
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {"given": {}, "found": {}}
    for m in given:
        late = by_name[m.name]
        for key, told_m in (("given", m), ("found", late)):
            told = model.predict(told_m.rows)
            force, sd = _ours(told_m, told, config, same=False)
            rows[key].setdefault(_DEFAULT, []).extend(_scored(m, told_m, force, sd))
            rows[key].setdefault(_POSTERIOR, []).extend(
                _scored(m, told_m, _plain(told_m, told.force), None)
            )
            for n, f in fitted.items():
                rows[key].setdefault(n, []).extend(
                    _scored(m, told_m, _plain(told_m, f(told_m.rows)), None)
                )
            if key == "given":
                which = [int(i) for i in np.flatnonzero(m.scored)]
                wrong = _centre_error(m, Prediction(*(x[which] for x in (told.force, told.force_sd, told.centre, told.centre_sd, told.far))), which)  # fmt: skip
                out[m.name] = {
                    "stances": int(m.scored.sum()), "speed": m.walk.speed, "mass": m.walk.body.mass,
                    "cutoff_hz": [float(c) for c in m.walk.cutoff_hz], "far": float(np.median(told.far)),
                    "consistency_rms": _consistency(m, force), "stride_mean_bw": _spread(_stride_means(m, force)),
                    "centre_mm": [float(x) for x in np.mean([e for _, e in wrong], axis=0)] if wrong else None,
                }  # fmt: skip
    for key, table in rows.items():
        for n, r in table.items():
            for name, e in _people(r).items():
                where = next(
                    k for k in out if k in (name, *(m.name for m in given if m.person == name))
                )
                out[where].setdefault(key, {})[n] = e
        out[f"mean, {key}"] = _table(table)
    out["coverage_90"] = {k: [float(x) for x in _mean(rows[k][_DEFAULT], "held")] for k in rows}
    out["timing"] = _timing(given, by_name)
    return out


def run(
    data: Path, parts: list[str] | None = None, say: Progress = _silent, *, models: Path | None = None,
    least: int = 0, networks: bool = True,
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
    """
    from gaitsmith.errors import check_in

    wanted = [check_in("part", p, PARTS) for p in (parts or PARTS)]
    kept: dict[tuple[str, bool], list[Measured]] = {}

    def of(name: str, given: bool) -> list[Measured]:
        if (name, given) not in kept:
            say(f"reading {name}, contacts {'given' if given else 'found'}")
            every = least if name == "lencioni2019" else 0
            kept[name, given] = list(walks(data, name, given=given, models=models, least=every))
        return kept[name, given]

    out: dict[str, Any] = {}
    both = ("lencioni2019", "mcgill_children")
    for name, other in (both, both[::-1]):
        if name in wanted:
            out[name] = left_out(
                of(name, True), of(name, False), of(other, True), say, networks=networks
            )
    if "adults" in wanted or "runner" in wanted or "moments" in wanted:
        rows = Stances.joined([rows_for_learning(of(n, g)) for n in both for g in (True, False)])
        plain = Stances.joined([rows_for_learning(of(n, True)) for n in both])
        model = StancePosterior.fit(rows)
        fitted = {n: f(plain) for n, f in BASELINES.items()}
        for name in ("adults", "runner"):
            if name in wanted:
                say(name)
                out[name] = frozen(model, fitted, of(name, True), of(name, False))
        if "moments" in wanted:
            from gaitsmith.studies.forces_moments import moments

            say("moments")
            # The children were learnt from: only the adults may be asked.
            out["moments"] = moments(model, of("adults", True))
    return out


def score(model: StancePosterior, data: Path, models: Path | None = None) -> dict[str, Any]:
    """Frozen weights on the adults and the runner.

    Raises
    ------
    GaitsmithError
        Where the model says that it learnt from one of them.
    """
    from gaitsmith.errors import GaitsmithError

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


#: Names of the parts.
PARTS = ("lencioni2019", "mcgill_children", "adults", "runner", "moments")
