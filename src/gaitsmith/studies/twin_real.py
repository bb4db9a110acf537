"""The twin on other laboratories' people and on real pathology."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.gait.metrics.classes import auc
from gaitsmith.models.twin.api import reference_model
from gaitsmith.models.twin.default import TwinModel
from gaitsmith.models.twin.population import fit
from gaitsmith.models.twin.walks import CHANNELS, Walks, leg_channels
from gaitsmith.studies import twin_measure as measure
from gaitsmith.studies import twin_sets as sets
from gaitsmith.studies.twin_faults import inject
from gaitsmith.studies.twin_fit import own_reference
from gaitsmith.studies.twin_rows import default_row, gvs

__all__ = ["PARTS", "elepap", "laboratories", "own_left_out", "stroke"]

Array = npt.NDArray[np.float64]
Progress = Callable[[str], None]
SEED = 2026
# Walking speed (m/s) from which children's groups overlap.
_MATCHED = 0.77


def own_left_out(walks: Walks, seed: int) -> dict[str, Any]:
    """Each person judged by the reference of the laboratory's others: false alarms, faults."""
    prior = reference_model()
    alarms: dict[str, float] = {}
    found: dict[str, Any] = {}
    for person in np.unique(walks.person):
        mine = walks.take(walks.person == person)
        row = default_row(own_reference(walks.take(walks.person != person), prior, least=5))
        alarms |= measure.alarms(row, mine)
        found |= measure.faults(row, inject(mine, seed))
    return {"people": len(alarms), "false_alarms": measure.interval(alarms),
            **{n: measure.interval(measure.by_person(found, "all", i)) for i, n in enumerate(("det", "loc", "top-1"))}}  # fmt: skip


def _strange(model: TwinModel, walks: Walks) -> dict[str, Any]:
    """Verdicts by the bundled reference, whose laboratory is another one."""
    fits = model.fits_speed(walks.speed)
    w = walks.take(fits)
    if not len(w):
        return {"walks": len(walks), "speed_refused": float((~fits).mean())}
    unknown, same = model.judge(w, lab=True).unusual, model.judge(w, lab=False).unusual
    return {"walks": len(walks), "speed_refused": float((~fits).mean()), "unusual": float(unknown.mean()),
            "another_laboratory": float((same & ~unknown).mean()), "usual": float((~same & ~unknown).mean())}  # fmt: skip


def laboratories(data: Path, say: Progress) -> dict[str, Any]:
    """Normal people of other laboratories, without and with their own reference."""
    model = reference_model()
    out: dict[str, Any] = {}
    say("mcgill_children")
    straight = sets.mcgill_children(data)
    out["mcgill_children, straight"] = {
        **_strange(model, straight),
        "own": own_left_out(straight, SEED + 1),
    }
    turning = sets.mcgill_children(data, "turning")
    out["mcgill_children, turn"] = _strange(model, turning)
    say("gait_signatures, able-bodied")
    walks, able, _ = sets.gait_signatures(data)
    out["gait_signatures, able-bodied"] = _strange(model, walks.take(np.array(able)))
    return out


def recordings(data: Path, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Verdicts on single recordings of walking with joint angles, as ``gaitsmith twin`` gives them."""
    from gaitsmith.datasets import Store
    from gaitsmith.errors import GaitsmithError
    from gaitsmith.models.twin.api import find_twin

    store, out = Store(data), []
    for name in names:
        for i in store.ids(kind="recording", set=name, task="walking"):
            try:
                found = find_twin(store.recording(i))
            except GaitsmithError:
                continue
            out.append({"recording": i, "strides": found.strides, "curves": len(found.findings), "verdict": found.verdict})  # fmt: skip
    return out


def _normal(data: Path, say: Progress, names: tuple[str, ...]) -> dict[str, Any]:
    say(", ".join(names))
    rows = recordings(data, names)
    return {"rows": rows, "unusual": sum(r["verdict"] == "unusual" for r in rows)}


def stroke(data: Path, say: Progress) -> dict[str, Any]:
    """Paretic against other side in gait_signatures; speeds below the reference's take its slowest."""
    say("gait_signatures, stroke")
    walks, able, _ = sets.gait_signatures(data)
    w = walks.take(~np.array(able))
    model = reference_model()
    low, _ = model.speeds
    j = model.judge(w.replaced(speed=np.clip(w.speed, *model.speeds)), lab=True)
    right, left = leg_channels("r"), leg_channels("l")
    knee = CHANNELS.index("knee_angle_r"), CHANNELS.index("knee_angle_l")
    ranges = np.ptp(w.curves, axis=2)
    out: dict[str, Any] = {"trials": len(w), "slower_than_the_reference": int((w.speed < low).sum()), "unusual": int(j.unusual.sum()),
                           "trivial_rule_smaller_knee_range": int((ranges[:, knee[0]] < ranges[:, knee[1]]).sum())}  # fmt: skip
    for name, s in (
        ("combined", j.combined),
        ("posture", j.scores["posture"]),
        ("coordination", j.scores["coordination"]),
        ("z", j.scores["z"]),
    ):
        a, b = np.nanmax(s[:, right], axis=1), np.nanmax(s[:, left], axis=1)
        top = np.nanargmax(s, axis=1)
        out[name] = {"paretic_higher": int((a > b).sum()), "paretic_sum_higher": int((np.nansum(s[:, right], axis=1) > np.nansum(s[:, left], axis=1)).sum()),
                     "knee_named": int(np.isin(top, knee).sum()), "paretic_knee_named": int((top == knee[0]).sum())}  # fmt: skip
    return out


def elepap(data: Path, say: Progress) -> dict[str, Any]:
    """Children with a neurological disease against typical ones (measure only), by person.

    Typical children are judged by the reference of the other typical ones, patients by that of all.
    """
    walks, typical, speed = sets.elepap_children(data)
    is_typical = np.array(typical)
    prior = reference_model()
    low, high = prior.speeds
    clipped = walks.replaced(speed=np.clip(walks.speed, low, high))
    td = clipped.take(is_typical)
    scores: dict[str, Array] = {
        k: np.full(len(walks), np.nan)
        for k in ("combined, mean", "combined, greatest", "posture", "coordination", "z", "GPS")
    }

    def judged(model: TwinModel, at: npt.NDArray[np.intp], normal: Walks) -> None:
        w = clipped.take(at)
        j = model.judge(w, lab=False)
        scores["combined, mean"][at] = np.nanmean(j.combined, axis=1)
        scores["combined, greatest"][at] = np.nanmax(j.combined, axis=1)
        for k in ("posture", "coordination", "z"):
            scores[k][at] = np.nanmean(j.scores[k], axis=1)
        scores["GPS"][at] = np.sqrt(
            np.nanmean(gvs(fit(normal, slope_people=1e6, prior=prior.population()), w) ** 2, axis=1)
        )

    say("elepap_children")
    judged(own_reference(td, prior, least=5), np.flatnonzero(~is_typical), td)
    for person in np.unique(td.person):
        others = td.take(td.person != person)
        judged(
            own_reference(others, prior, least=5), np.flatnonzero(walks.person == person), others
        )
    scores["speed alone"] = -speed
    out: dict[str, Any] = {
        "own_laboratory": own_left_out(td, SEED + 2),
        "without_own": _strange(prior, td),
    }
    for name, keep in (
        ("overall", np.ones(len(walks), bool)),
        ("at 0.77 m/s and more", speed >= _MATCHED),
    ):
        people = np.unique(walks.person[keep])
        sick = np.array([not is_typical[walks.person == p].all() for p in people])
        by = {
            k: np.array([np.nanmean(v[keep & (walks.person == p)]) for p in people])
            for k, v in scores.items()
        }
        out[name] = {"people": len(people), "patients": int(sick.sum()), "auc": {k: auc(sick, v) for k, v in by.items()},
                     "combined_minus_gps": _paired_auc(sick, by["combined, mean"], by["GPS"])}  # fmt: skip
    return out


def _paired_auc(
    sick: npt.NDArray[np.bool_], a: Array, b: Array, draws: int = 1000
) -> dict[str, float]:
    rng = np.random.default_rng(SEED)
    one, two = np.flatnonzero(sick), np.flatnonzero(~sick)
    found = []
    for _ in range(draws):
        at = np.concatenate([rng.choice(one, len(one)), rng.choice(two, len(two))])
        found.append(auc(sick[at], a[at]) - auc(sick[at], b[at]))
    low, high = np.percentile(found, [2.5, 97.5])
    return {"mean": auc(sick, a) - auc(sick, b), "low": float(low), "high": float(high)}


PARTS: dict[str, Callable[[Path, Progress], dict[str, Any]]] = {
    "laboratories": laboratories,
    "recordings": lambda data, say: _normal(data, say, ("opensim", "cmu", "cmu35")),
    "c3d": lambda data, say: _normal(data, say, ("c3d",)), "stroke": stroke, "elepap": elepap,
}  # fmt: skip
