"""Few-shot cycles on people never learnt from: generation, reconstruction, bands, naturalness, repair.

Five folds by person; for each leg of each recording seeded draws of K = 1 and 5 support cycles from the
first half, queries from the second (joint-angle strides, whose order is not known: the rest). Errors
are of z-scores by the training people, means over queries, draws, legs, then people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import check_in
from gaitsmith.models.base import Model, open_model
from gaitsmith.models.fewshot.calibration import corruptions, held_out
from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.models.fewshot.default import FewShot, FewShotConfig
from gaitsmith.models.fewshot.sources import ANGLES
from gaitsmith.studies import fewshot_cycles as sets
from gaitsmith.studies.fewshot_tally import (
    FOLDS,
    KS,
    SEED,
    Tally,
    baselines,
    difference,
    folds,
    interpolated,
    number,
)

__all__ = ["PARTS", "PRINTED", "evaluate", "run", "train"]

Array = npt.NDArray[np.float64]
Progress = Callable[[str], None]
DRAWS = 20
LEVELS = (0.5, 0.9)
REFERENCE = "shrinkage"
DEFAULT = "default"


def _silent(_: str) -> None:
    pass


# --- generation ----------------------------------------------------------------------------------


def nearest(train: Array, support: Array) -> Array:
    """The training leg's mean that is nearest to the support mean."""
    mean = support.mean(axis=0)
    return np.asarray(train[int(np.argmin(np.square(train - mean).sum(axis=1)))])


def _generation(
    cycles: Cycles, config: FewShotConfig, say: Progress, keep: Callable[[FewShot, Cycles, list[str]], None],
    draws: int = DRAWS,
) -> dict[str, Any]:  # fmt: skip
    tally = Tally()
    for i, (learn, test) in enumerate(folds(cycles.people)):
        say(f"fold {i + 1} of {FOLDS}: learning from {len(learn)} people")
        train = cycles.of_people(learn)
        model = FewShot.fit(train, config)
        keep(model, cycles, test)
        legs = [model._z(u.data) - model._expected(model._known(u, len(u))) for u in train.units_of_learning()]  # fmt: skip
        means = np.stack([x.mean(axis=0) for x in legs])
        for u in cycles.of_people(test).units_of_learning():
            _leg(tally, model, u, means, draws)
    out: dict[str, Any] = {"mse_z": {}, "minus_shrinkage": {}, "coverage": {}, "rmse": {}}
    for k in KS:
        names = [n.rpartition("|")[0] for n in tally.names() if n.endswith(f"|{k}") and n.startswith("mse ")]  # fmt: skip
        out["mse_z"][str(k)] = {n[4:]: tally.mean(f"{n}|{k}") for n in names}
        out["minus_shrinkage"][str(k)] = difference(tally, f"mse {DEFAULT}|{k}", f"mse {REFERENCE}|{k}")  # fmt: skip
        out["coverage"][str(k)] = {
            str(level): {"mean": tally.mean(f"cover {level}|{k}"),
                         "least": min(tally.people(f"cover {level}|{k}").values())}
            for level in LEVELS
        }  # fmt: skip
        out["rmse"][str(k)] = {n[5:].rpartition("|")[0]: tally.mean(n) for n in tally.names()
                               if n.startswith("rmse ") and n.endswith(f"|{k}")}  # fmt: skip
        out.setdefault("dtw_z", {})[str(k)] = {n: tally.mean(f"dtw {n}|{k}") for n in (DEFAULT, REFERENCE, "support mean")}  # fmt: skip
    out["floor"] = tally.mean("floor|")
    return out


def _leg(tally: Tally, model: FewShot, u: Cycles, means: Array, draws: int) -> None:
    from gaitsmith.gait.metrics import dtw

    person, n = str(u.person[0]), len(u)
    z, expected = model._z(u.data), model._expected(model._known(u, n))
    rng = np.random.default_rng([SEED, number(u)])
    scale = model.weights["scale"]
    channels = {"all": np.ones(len(scale), bool)}
    if "m/s2" in u.units:
        channels = {x: np.array([v == x for v in u.units]) for x in ("m/s2", "deg/s")}
    for k in KS:
        for draw in range(draws):
            support, queries = held_out(u, k, rng)
            person_model = model.adapt(u.take(support))
            guesses = baselines(model, z, expected, support, queries)
            guesses["nearest neighbour"] = expected[queries] + nearest(means, z[support] - expected[support])  # fmt: skip
            guesses[DEFAULT] = expected[queries] + person_model.own
            for name, guess in guesses.items():
                tally.add(f"mse {name}|{k}", person, np.square(guess - z[queries]).mean())
            raw = np.square((guesses[DEFAULT] - z[queries]).reshape(len(queries), *model.shape) * scale)  # fmt: skip
            for unit, at in channels.items():
                tally.add(f"rmse {unit}|{k}", person, float(np.sqrt(raw[:, :, at].mean())))
            if draw == 0:
                q = int(queries[0])
                for name in (DEFAULT, REFERENCE, "support mean"):
                    guess = guesses[name][0].reshape(model.shape)
                    tally.add(f"dtw {name}|{k}", person, dtw(guess, z[q].reshape(model.shape)))
            for q in rng.permutation(queries)[:4]:
                band = person_model.predict(speed_m_s=float(u.speed[q]))
                for level in LEVELS:
                    low, high = band.at(level)
                    tally.add(f"cover {level}|{k}", person, ((u.data[q] >= low) & (u.data[q] <= high)).mean())  # fmt: skip
    half = np.arange(n // 2, n) if np.isfinite(u.start).all() else np.arange(n)
    tally.add("floor|", person, np.square(z[half] - z[half].mean(axis=0)).mean())


# --- reconstruction ------------------------------------------------------------------------------


def _reconstruction(tally: Tally, model: FewShot, u: Cycles, draws: int, queries: int) -> None:
    person = str(u.person[0])
    z, expected = model._z(u.data), model._expected(model._known(u, len(u)))
    rng = np.random.default_rng([SEED, 1, number(u)])
    scale = model.weights["scale"]
    for k in KS:
        for _ in range(draws):
            support, rest = held_out(u, k, rng)
            own = model.adapt(u.take(support))
            for q in rng.permutation(rest)[:queries]:
                simple = {n: g[0].reshape(model.shape) for n, g in baselines(model, z, expected, support, np.array([q])).items()}  # fmt: skip
                truth = z[q].reshape(model.shape)
                for kind, seen in corruptions(model.shape, rng).items():
                    band = own.reconstruct(u.data[q], seen, speed_m_s=float(u.speed[q]))
                    guesses = {**simple, "linear": interpolated(truth, seen, cubic=False),
                               "spline": interpolated(truth, seen, cubic=True),
                               DEFAULT: (band.mean - model.weights["level"]) / scale}  # fmt: skip
                    for name, guess in guesses.items():
                        tally.add(f"{kind} {name}|{k}", person, np.square(guess - truth)[~seen].mean())  # fmt: skip
                    for level in LEVELS:
                        low, high = band.at(level)
                        tally.add(f"{kind} cover {level}|{k}", person, ((u.data[q] >= low) & (u.data[q] <= high))[~seen].mean())  # fmt: skip
                noisy = u.data[q] + 0.3 * scale * rng.standard_normal(model.shape)
                clean = own.reconstruct(noisy, noise=0.3 * scale, speed_m_s=float(u.speed[q])).mean
                tally.add(f"noise {DEFAULT}|{k}", person, np.square((clean - u.data[q]) / scale).mean())  # fmt: skip
                for name, guess in simple.items():
                    tally.add(f"noise {name}|{k}", person, np.square(guess - truth).mean())
                smooth = interpolated((noisy - model.weights["level"]) / scale, np.ones(model.shape, bool), cubic=False)  # fmt: skip
                tally.add(f"noise as it is|{k}", person, np.square(smooth - truth).mean())


def _other(tally: Tally, model: FewShot, cycles: Cycles, test: list[str], draws: int) -> None:
    """Support from one recording, queries from another of the same person and leg."""
    for person in test:
        mine = cycles.of_people([person])
        for u in mine.units_of_learning():
            for v in mine.units_of_learning():
                if u.recording[0] == v.recording[0] or u.side[0] != v.side[0]:
                    continue
                z, goal = model._z(u.data), model._z(v.data)
                expected = model._expected(model._known(u, len(u)))
                rng = np.random.default_rng([SEED, 2, number(u)])
                for k in KS:
                    for _ in range(draws):
                        support = rng.choice(len(u), k, replace=False)
                        own = model.adapt(u.take(support)).own
                        for name, guess in baselines(model, z, expected, support, support[:1]).items():  # fmt: skip
                            tally.add(f"{name}|{k}", person, np.square(guess - goal).mean())
                        tally.add(f"{DEFAULT}|{k}", person, np.square(expected[0] + own - goal).mean())  # fmt: skip


# --- parts ---------------------------------------------------------------------------------------


def hugadb(data: Path, say: Progress = _silent) -> dict[str, Any]:
    """Shank cycles: generation, other recording, reconstruction, naturalness, recognition."""
    from gaitsmith.studies.fewshot_natural import Natural

    cycles = sets.hugadb(data)
    rebuilt, other, natural = Tally(), Tally(), Natural()

    def keep(model: FewShot, everyone: Cycles, test: list[str]) -> None:
        _other(other, model, everyone, test, DRAWS)
        for u in everyone.of_people(test).units_of_learning():
            _reconstruction(rebuilt, model, u, draws=2, queries=4)
        natural.add(model, everyone, test)

    out = {
        "digest": sets.digest(cycles),
        "counts": sets.counts(cycles),
        **_generation(cycles, FewShotConfig(), say, keep),
    }
    return out | {"reconstruction": _rebuilt(rebuilt), "other_recording": _others(other),
                  "natural": natural.result()}  # fmt: skip


def _others(tally: Tally) -> dict[str, Any]:
    return {
        str(k): {
            "mse_z": {n.rpartition("|")[0]: tally.mean(n) for n in tally.names() if n.endswith(f"|{k}")},
            "minus_shrinkage": difference(tally, f"{DEFAULT}|{k}", f"{REFERENCE}|{k}"),
        }
        for k in KS
    }  # fmt: skip


def _rebuilt(tally: Tally) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for kind in ("span", "half", "sensor", "noise"):
        out[kind] = {}
        for k in KS:
            rows = {n[len(kind) + 1 :].rpartition("|")[0]: tally.mean(n) for n in tally.names()
                    if n.startswith(f"{kind} ") and n.endswith(f"|{k}")}  # fmt: skip
            gap = {n: difference(tally, f"{kind} {DEFAULT}|{k}", f"{kind} {n}|{k}")
                   for n in rows if not n.startswith("cover") and n != DEFAULT}  # fmt: skip
            out[kind][str(k)] = {"mse_z": rows, "better_than": {n: [g["better"], g["people"]] for n, g in gap.items()}}  # fmt: skip
    return out


#: Sets of joint-angle curves, and whether they count from standing.
CURVES = {"seven curves": (ANGLES, True), "twelve curves": (sets.ALL_ANGLES, False)}


def lencioni2019(data: Path, say: Progress = _silent) -> dict[str, Any]:
    """Joint angles, speed known: seven curves from standing, and all twelve as they are."""
    out: dict[str, Any] = {}
    for title, (labels, standing) in CURVES.items():
        cycles = sets.lencioni2019(data, labels, standing=standing)
        rebuilt = Tally()

        def keep(model: FewShot, everyone: Cycles, test: list[str], to: Tally = rebuilt) -> None:
            for u in everyone.of_people(test).units_of_learning():
                _reconstruction(to, model, u, draws=2, queries=3)

        say(f"lencioni2019, {title}")
        out[title] = {
            "digest": sets.digest(cycles), "people": len(cycles.people), "cycles": len(cycles),
            **_generation(cycles, FewShotConfig(known="speed", repairs=title == "seven curves"), say, keep if title == "seven curves" else _nothing),
        }  # fmt: skip
        if title == "seven curves":
            out[title]["reconstruction"] = _rebuilt(rebuilt)
    return out


def _angles(cycles: Cycles, say: Progress) -> dict[str, Any]:
    """Generation on joint angles of other sets, speed known."""
    config = FewShotConfig(known="speed", repairs=False)
    return {"digest": sets.digest(cycles), "people": len(cycles.people), "cycles": len(cycles),
            **_generation(cycles, config, say, _nothing, draws=5)}  # fmt: skip


def gait_signatures(data: Path, say: Progress = _silent) -> dict[str, Any]:
    """Mean strides at six speeds of eight people, five of them after a stroke."""
    return _angles(sets.gait_signatures(data), say)


def virtual(_: Path, say: Progress = _silent) -> dict[str, Any]:
    """Joint angles of virtual walkers (no data are read)."""
    return _angles(sets.virtual_walkers(), say)


def elepap_children(data: Path, say: Progress = _silent) -> dict[str, Any]:
    """Children, most of them with a palsy: measured only, never written into a page."""
    return _angles(sets.elepap_children(data), say)


def _nothing(model: FewShot, cycles: Cycles, test: list[str]) -> None:
    pass


def networks(data: Path, say: Progress = _silent, keep: Path | None = None, kept_only: bool = False) -> dict[str, Any]:  # fmt: skip
    """The published network and its relatives beside the default, on the same draws.

    Parameters
    ----------
    keep
        Folder in which finished networks are kept, to go on from.
    kept_only
        Nothing is trained.
    """
    from gaitsmith.studies.fewshot_compare import compare

    return compare(sets.hugadb(data), say, keep=keep, kept_only=kept_only)


def repair(data: Path, say: Progress = _silent) -> dict[str, Any]:
    """Stretches taken out of recordings and filled again."""
    from gaitsmith.studies.fewshot_repair import study

    return study(data, say)


#: Parts of the study.
PARTS: dict[str, Callable[[Path, Progress], dict[str, Any]]] = {
    "hugadb": hugadb,
    "lencioni2019": lencioni2019,
    "networks": networks,
    "repair": repair,
    "gait_signatures": gait_signatures,
    "virtual": virtual,
    "elepap_children": elepap_children,
}
#: Parts whose figures are printed and never kept.
PRINTED = ("elepap_children",)


def run(
    data: Path, parts: Iterable[str] | None = None, say: Progress = _silent, keep: Path | None = None,
    kept_only: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """The study's figures by part.

    Parameters
    ----------
    keep, kept_only
        Of the part ``networks``.

    Raises
    ------
    GaitsmithError
        Where a part is not one, or its data are not there.
    """
    asked = list(parts) if parts else [p for p in PARTS if p not in PRINTED]
    ways: dict[str, Callable[[Path, Progress], dict[str, Any]]] = {
        **PARTS, "networks": partial(networks, keep=keep, kept_only=kept_only)
    }  # fmt: skip
    return {check_in("part", p, PARTS): ways[p](data, say) for p in asked}


def evaluate(model: str, data: Path, part: str) -> dict[str, Any]:
    """Frozen weights on people they were not learnt from: mean squared error (z) and coverage.

    Raises
    ------
    GaitsmithError
        Where the model is of another kind, or everybody in the set was learnt from.
    """
    from gaitsmith.errors import GaitsmithError

    found = open_model(model)
    if not isinstance(found, FewShot):
        raise GaitsmithError("not a few-shot model", found=found.NAME, expected=FewShot.NAME)
    cycles = sets.of(data, part)
    if tuple(cycles.labels) != found.labels:
        raise GaitsmithError("the model is of other channels than the set", found=", ".join(found.labels),
                             expected=", ".join(cycles.labels), remedy="name a set of the same kind: --set")  # fmt: skip
    new = [p for p in cycles.people if p not in found.card.trained_on]
    if not new:
        raise GaitsmithError("everybody in this set was learnt from", found=f"{len(cycles.people)} people",
                             remedy="give a model trained without some of them: gaitsmith train fewshot")  # fmt: skip
    tally = Tally()
    mine = cycles.of_people(new)
    means = np.zeros((1, found.shape[0] * found.shape[1]))
    for u in mine.units_of_learning():
        _leg(tally, found, u, means, DRAWS)
    return {"people": len(new)} | {
        f"{name} mse z, K = {k}": tally.mean(f"mse {name}|{k}")
        for k in KS for name in (DEFAULT, REFERENCE, "support mean")
    }  # fmt: skip


def train(
    data: Path, part: str, *, method: str, mode: str, order: int, steps: int, seed: int
) -> Model:
    """A population learnt from all people of a set but the last fifth (the first test fold).

    Raises
    ------
    GaitsmithError
        Where set or method are not known.
    """
    cycles = sets.of(data, part)
    learn, _ = next(folds(cycles.people))
    check_in("method", method, ("gaussian", "maml", "finetune"))
    if method == "gaussian":
        from gaitsmith.models.base import Card

        config = FewShotConfig(known="speed" if part == "lencioni2019" else "none")
        card = Card(data=f"{part}: {len(learn)} people", trained_on=tuple(learn), made="gaitsmith train fewshot")  # fmt: skip
        return FewShot.fit(cycles.of_people(learn), config, card)
    from gaitsmith.studies.fewshot_compare import trained

    return trained(cycles, learn, method=method, mode=mode, order=order, steps=steps, seed=seed)
