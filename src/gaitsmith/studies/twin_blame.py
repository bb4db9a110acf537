"""Which joint is blamed: several rules on the same walks, and how the log prior of an exchanged curve is chosen.

On lencioni2019's people, each left out in turn, faults, swaps, toe and heel walking; on virtual people left
out; on the stroke people of gait_signatures. Rules: the default's, its parts alone, the size of the deviation, and *put back*:
by how much likelier the walk becomes where the joint is what the others expect, with a tolerance. The prior of an exchange that the
default has was chosen on these same people; what is reached where each person's is chosen on the others alone
stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.gait.metrics.classes import localisation
from gaitsmith.models.twin.api import reference_model
from gaitsmith.models.twin.basis import SIZE
from gaitsmith.models.twin.default import EXCHANGE, EXCHANGE_SHARE, TwinModel
from gaitsmith.models.twin.population import Population, fit, present_numbers
from gaitsmith.models.twin.scores import rest_of
from gaitsmith.models.twin.walks import CHANNELS, Walks, leg_channels
from gaitsmith.studies import twin_measure as measure
from gaitsmith.studies import twin_sets as sets
from gaitsmith.studies.twin_faults import inject, swap

__all__ = ["PRIORS", "RULES", "blame", "chosen", "put_back", "rules"]

Array = npt.NDArray[np.float64]
Progress = Callable[[str], None]
SEED = 2026
#: Log priors of an exchanged curve that are tried.
PRIORS = (2.5, 3.0, 3.5, EXCHANGE, 4.0, 5.0)
#: Rules of blame.
RULES = ("default", "explanations alone", "faults alone", "exchange alone", "size where unexplained is z", "mean of z and posture", "z",
         "greatest z of the stride", "posture", "coordination", "put back, 1 degree", "put back, 3 degrees")  # fmt: skip
# Top-1 on faults below which a prior is not chosen: what the project asks.
_TOP = 0.70


def put_back(p: Population, walks: Walks, tolerance: float) -> Array:
    """Fall of the squared distance where a channel is what all others expect (walk × channel).

    `tolerance` (degrees, of each number) is a floor under the covariance. Rows have the same channels.
    """
    there = walks.present[0] & p.known
    at = np.flatnonzero(present_numbers(there))
    cov = p.covariance(float(np.median(walks.strides)))[np.ix_(at, at)]
    k_all = np.linalg.inv(cov + tolerance**2 * np.eye(len(cov)))
    pulled = rest_of(p, walks)[:, at] @ k_all
    out = np.full((len(walks), len(CHANNELS)), np.nan)
    for i, c in enumerate(np.flatnonzero(there)):
        own = slice(i * SIZE, (i + 1) * SIZE)
        out[:, c] = np.einsum("wi,ij,wj->w", pulled[:, own], np.linalg.inv(k_all[own, own]), pulled[:, own])  # fmt: skip
    return out


def _greatest_z(model: TwinModel, walks: Walks) -> Array:
    low, high = model.band(walks.speed)
    return np.asarray(
        np.abs((walks.curves - 0.5 * (low + high)) / (0.25 * (high - low))).max(axis=2)
    )


def rules(model: TwinModel, walks: Walks, *, lab: bool = False) -> dict[str, Array]:
    """Scores by every rule, and by the default with each prior (``prior 3.5``), walk × channel."""
    w = walks.replaced(speed=np.clip(walks.speed, *model.speeds))
    j, p = model.judge(w, lab=lab), model.population(lab=lab)
    faults, exchange, _ = model.evidence(w, lab=lab)
    there = np.isfinite(j.scores["z"])
    faults, exchange = np.where(there, faults, np.nan), np.where(there, exchange, np.nan)
    size = 0.5 * (j.scores["z"] + j.scores["posture"])
    out = {
        "default": j.combined, "faults alone": faults, "exchange alone": exchange, "mean of z and posture": size, "z": j.scores["z"],
        "greatest z of the stride": _greatest_z(model, w), "posture": j.scores["posture"], "coordination": j.scores["coordination"],
        "put back, 1 degree": put_back(p, w, 1.0), "put back, 3 degrees": put_back(p, w, 3.0),
    }  # fmt: skip
    with np.errstate(invalid="ignore"):
        with_prior = {e: np.logaddexp(faults, EXCHANGE_SHARE * exchange + e) / j.explained_sd for e in PRIORS}  # fmt: skip
    unexplained = j.unexplained[:, None]
    out["explanations alone"] = with_prior[EXCHANGE]
    for e, mixed in with_prior.items():
        out[f"prior {e:g}"] = _passing(mixed, size, unexplained)
    out["size where unexplained is z"] = _passing(with_prior[EXCHANGE], j.scores["z"], unexplained)
    return out


def _passing(mixed: Array, size: Array, share: Array) -> Array:
    a, b = (x - np.nanmax(x, axis=1, keepdims=True) for x in (mixed, size))
    return np.asarray((1 - share) * np.maximum(a, -30.0) + share * b)


def _localised(scores: Array, changed: npt.NDArray[np.bool_]) -> tuple[float, float]:
    there = np.isfinite(scores).any(axis=0)
    return localisation(changed[:, there], np.nan_to_num(scores[:, there], nan=-1e9, neginf=-1e9))


def _named(scores: Array, channel: int, first: int) -> float:
    order = np.argsort(-np.nan_to_num(scores, nan=-1e18, neginf=-1e18), axis=1)[:, :first]
    return float((order == channel).any(axis=1).mean())


def _person(model: TwinModel, parts: Mapping[str, tuple[Walks, Any]]) -> dict[str, dict[str, float]]:  # fmt: skip
    """rule -> measure of one person."""
    out: dict[str, dict[str, float]] = {}
    ankle = CHANNELS.index("ankle_angle_r")
    for part, (walks, changed) in parts.items():
        if not len(walks):
            continue
        for rule, s in rules(model, walks).items():
            row = out.setdefault(rule, {})
            if changed is None:
                row[part], row[f"{part}, first two"] = _named(s, ankle, 1), _named(s, ankle, 2)
            else:
                row[part], row[f"{part} top-1"] = _localised(s, changed)
    return out


def chosen(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, Any]:
    """Swap and top-1 where each person's prior is chosen on the others: the most swaps with top-1 at .70 or more.

    `found` is person -> rule -> measure. Where none has that, the prior with the highest top-1.
    """
    picks, swaps, tops = [], {}, {}
    for person in found:
        others = [found[o] for o in found if o != person]
        top = {e: float(np.mean([o[f"prior {e:g}"]["faults top-1"] for o in others])) for e in PRIORS}  # fmt: skip
        of_swap = {e: float(np.mean([o[f"prior {e:g}"]["swap"] for o in others])) for e in PRIORS}
        good = [e for e in PRIORS if top[e] >= _TOP]
        pick = max(good, key=of_swap.__getitem__) if good else max(PRIORS, key=top.__getitem__)
        mine = found[person][f"prior {pick:g}"]
        picks.append(pick)
        swaps[person], tops[person] = mine["swap"], mine["faults top-1"]
    return {"picks": {f"{e:g}": picks.count(e) for e in PRIORS if e in picks},
            "swap": measure.interval(swaps), "top-1": measure.interval(tops)}  # fmt: skip


def _lencioni(data: Path, say: Progress) -> tuple[dict[str, dict[str, dict[str, float]]], int]:
    walks = sets.lencioni2019(data)
    whole = fit(walks)
    means = reference_means(whole, walks)
    made, swaps = inject(walks, SEED + 3), swap(walks, means, SEED + 4)
    tasks = {t: sets.lencioni2019(data, t) for t in ("toe walking", "heel walking")}
    found = {}
    say("blame: lencioni2019")
    for person in np.unique(walks.person):
        model = TwinModel.fit(walks.take(walks.person != person))
        a, b = made.take(made.walks.person == person), swaps.take(swaps.walks.person == person)
        parts: dict[str, tuple[Walks, Any]] = {"faults": (a.walks, a.changed), "swap": (b.walks, b.changed)}  # fmt: skip
        parts |= {t: (w.take(w.person == person), None) for t, w in tasks.items()}
        found[str(person)] = _person(model, parts)
    return found, len(swaps.kind)


def reference_means(p: Population, walks: Walks) -> Array:
    """Expected curves of walks, walk × channel × 101."""
    from gaitsmith.models.twin.basis import curves_of

    return curves_of(p.expected(walks.speed).reshape(len(walks), len(CHANNELS), SIZE))


def _virtual(people: int, tested: int) -> dict[str, dict[str, dict[str, float]]]:
    from gaitsmith.studies.twin_virtual import walked

    train, normal = walked(people, SEED + 31, trials=2), walked(tested, SEED + 32, name="t")
    p = fit(train)
    made, swaps = inject(normal, SEED + 33), swap(normal, reference_means(p, normal), SEED + 34)
    model = TwinModel.fit(train)
    found = {}
    every = {"faults": (rules(model, made.walks), made), "swap": (rules(model, swaps.walks), swaps)}
    for person in np.unique(normal.person):
        mine: dict[str, dict[str, float]] = {}
        for part, (scores, what) in every.items():
            at = what.walks.person == person
            for rule, s in scores.items() if at.any() else ():
                row = mine.setdefault(rule, {})
                row[part], row[f"{part} top-1"] = _localised(s[at], what.changed[at])
        found[str(person)] = mine
    return found


def _stroke(data: Path) -> dict[str, dict[str, int]]:
    walks, able, _ = sets.gait_signatures(data)
    w = walks.take(~np.array(able))
    right, left = leg_channels("r"), leg_channels("l")
    knees = [CHANNELS.index("knee_angle_r"), CHANNELS.index("knee_angle_l")]
    out = {}
    for rule, s in rules(reference_model(), w, lab=True).items():
        more = np.nansum(s[:, right], axis=1) > np.nansum(s[:, left], axis=1)
        top = np.argmax(np.nan_to_num(s, nan=-1e18, neginf=-1e18), axis=1)
        out[rule] = {"trials": len(w), "paretic_sum_higher": int(more.sum()), "knee_named": int(np.isin(top, knees).sum())}  # fmt: skip
    return out


def _mean(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, dict[str, dict[str, float]]]:  # fmt: skip
    names = list(next(iter(found.values())))
    keys = {k for person in found.values() for row in person.values() for k in row}
    return {n: {k: measure.interval({p: v[n][k] for p, v in found.items() if k in v[n]}) for k in sorted(keys)}
            for n in names}  # fmt: skip


def blame(
    data: Path, say: Progress = lambda _: None, *, people: int = 150, tested: int = 100
) -> dict[str, Any]:
    """Every rule on every set."""
    real, swaps = _lencioni(data, say)
    out: dict[str, Any] = {"lencioni2019": _mean(real), "swaps": swaps, "chosen": chosen(real)}
    say("blame: virtual walkers, stroke")
    return out | {"virtual": _mean(_virtual(people, tested)), "stroke": _stroke(data)}
