"""The published network, scratch, fine-tune and the default on the same draws of the same folds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.files import write_text
from gaitsmith.models.fewshot.calibration import DAMAGES, NOISE, corruptions, held_out
from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.models.fewshot.default import FewShot, FewShotConfig
from gaitsmith.models.fewshot.network import MODES, MetaTCN, MetaTCNConfig
from gaitsmith.studies import fewshot_networks as nets
from gaitsmith.studies.fewshot_tally import (  # fmt: skip
    FOLDS,
    KS,
    SEED,
    Tally,
    baselines,
    difference,
    folds,
    number,
)

__all__ = ["STEPS", "compare", "trained"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
# Outer steps, and draws of support cycles a leg: what the budget of computing allows.
STEPS = 480
DRAWS = 4
QUERIES = 6
METHODS = ("maml order 1", "maml order 2", "fine-tune", "scratch")


def _scales(cycles: Cycles) -> tuple[Array, Array, tuple[float, float]]:
    rows = cycles.data.reshape(-1, cycles.shape[1])
    return rows.mean(axis=0), rows.std(axis=0), (float(cycles.duration.mean()), float(cycles.duration.std()))  # fmt: skip


def _parts(cycles: Cycles, learn: list[str]) -> tuple[list[nets.Task], list[nets.Task]]:
    """Tasks to learn from, and of the held-out quarter of the training people."""
    scales = _scales(cycles.of_people(learn))
    held = learn[::4]
    inner = [p for p in learn if p not in held]
    return nets.tasks(cycles.of_people(inner), *scales), nets.tasks(cycles.of_people(held), *scales)


def trained(
    cycles: Cycles, learn: list[str], *, method: str, mode: str, order: int, steps: int, seed: int
) -> MetaTCN:
    """One network on some people, a quarter of them held out for the stop."""
    train, held = _parts(cycles, learn)
    config = MetaTCNConfig(mode=mode, channels=cycles.shape[1])
    if method == "maml":
        return nets.meta(train, held, config, order=order, steps=steps, seed=seed)
    return nets.finetuned(train, held, config, steps=steps, seed=seed)[0]


def _draws(u: Cycles, k: int, shape: tuple[int, int]) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], dict[str, Mask], Array]]:  # fmt: skip
    """Support, all queries, and for the damaged ones (the first ``QUERIES``) masks and noise; seeded."""
    rng = np.random.default_rng([SEED, 3, number(u), k])
    for _ in range(DRAWS):
        support, rest = held_out(u, k, rng)
        picked = rng.permutation(rest)[:QUERIES]
        ways = [corruptions(shape, rng) for _ in picked]
        masks = {d: np.stack([w[d] for w in ways]) for d in DAMAGES if d != "noise"}
        masks["noise"] = np.ones((len(picked), *shape), bool)
        noise = NOISE * rng.standard_normal((len(picked), *shape))
        yield support, np.concatenate([picked, np.setdiff1d(rest, picked)]), masks, noise


def compare(
    cycles: Cycles, say: Callable[[str], None], *, steps: int = STEPS, most: int = FOLDS, keep: Path | None = None,
    kept_only: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Both modes: errors (z) of every method, and paired differences.

    Parameters
    ----------
    steps
        Outer steps of the meta-learning and of the pooled training.
    most
        Folds.
    keep
        Folder in which a network's errors are kept once it is done; what is kept is not run again.
    kept_only
        Nothing is trained: the folds that are kept whole are told.
    """
    import torch

    from gaitsmith.studies.fewshot_cycles import digest

    torch.set_num_threads(1)
    tally, ways = Tally(), []
    stem = f"{digest(cycles)}-{steps}"
    done = dict.fromkeys(MODES, 0)
    for i, (learn, test) in enumerate(folds(cycles.people)):
        if i >= most:
            break
        model = None
        for mode in MODES:
            found = {}
            for name in METHODS:
                at = (
                    None
                    if keep is None
                    else keep / f"{stem}-{i}-{mode}-{name.replace(' ', '-')}.json"
                )
                if at is not None and at.is_file():
                    found[name] = json.loads(at.read_text("utf-8"))
                elif not kept_only:
                    say(f"networks, fold {i + 1} of {FOLDS}: {mode}, {name}")
                    found[name] = _network(cycles, learn, test, mode, name, steps, i)
                    if at is not None:
                        at.parent.mkdir(parents=True, exist_ok=True)
                        write_text(at, json.dumps(found[name]), force=True)
            if len(found) < len(METHODS):
                continue
            done[mode] += 1
            model = model or FewShot.fit(cycles.of_people(learn), FewShotConfig())
            for u in cycles.of_people(test).units_of_learning():
                _simple(tally, model, u, mode)
            for name, one in found.items():
                tally.update(one["errors"])
                ways.append({"fold": i, "mode": mode, "method": name, "way": one["way"]})
    return {"chosen": ways, "outer_steps": steps, "folds": done, **_summary(tally)}


def _summary(tally: Tally) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for kind in ("generation", *DAMAGES):
        out[kind] = {}
        for k in KS:
            names = [n.split(" ", 1)[1].rpartition("|")[0] for n in tally.names()
                     if n.startswith(f"{kind} ") and n.endswith(f"|{k}")]  # fmt: skip
            out[kind][str(k)] = {
                "mse_z": {n: tally.mean(f"{kind} {n}|{k}") for n in names},
                "people": len(tally.people(f"{kind} default|{k}")) if names else 0,
                "maml_minus": {
                    m: {n: difference(tally, f"{kind} {m}|{k}", f"{kind} {n}|{k}")
                        for n in ("scratch", "fine-tune", "shrinkage", "default")}
                    for m in METHODS[:2]
                },
            }  # fmt: skip
    return out


def _network(cycles: Cycles, learn: list[str], test: list[str], mode: str, name: str, steps: int, seed: int) -> dict[str, Any]:  # fmt: skip  # noqa: PLR0917
    """One network trained and tested: errors by kind, person and number of cycles; what was chosen."""
    train, held = _parts(cycles, learn)
    level, scale, tempo = _scales(cycles.of_people(learn))
    config = MetaTCNConfig(mode=mode, channels=cycles.shape[1])
    if name.startswith("maml"):
        net = nets.meta(train, held, config, order=int(name[-1]), steps=steps, seed=seed)
        way = nets.tuned(net, held)
    elif name == "fine-tune":
        net, way = nets.finetuned(train, held, config, steps=steps, seed=seed)
    else:
        net, way = nets.scratch(held, config, seed=seed)
    tally = Tally()
    for u in cycles.of_people(test).units_of_learning():
        person, z = str(u.person[0]), (u.data - level) / scale
        time = (u.duration - tempo[0]) / tempo[1]
        for k in KS:
            cases = list(_draws(u, k, cycles.shape))
            supports = np.stack([z[s] for s, *_ in cases])
            predict = nets.adapt(net, supports, np.stack([time[s] for s, *_ in cases]), way=way, adam=name == "scratch",
                                 relative=name.startswith("maml"))  # fmt: skip
            if mode == "generation":
                guesses = predict(supports[:, :1], None)[:, 0]
                for guess, (_, rest, _, _) in zip(guesses, cases, strict=True):
                    tally.add(f"generation {name}|{k}", person, np.square(guess - z[rest]).mean())
                continue
            for kind in DAMAGES:
                truth = np.stack([z[rest[:QUERIES]] for _, rest, _, _ in cases])
                masks = np.stack([m[kind] for *_, m, _ in cases])
                bad = truth + (np.stack([n for *_, n in cases]) if kind == "noise" else 0.0)
                scored = masks if kind == "noise" else ~masks
                for wrong, at in zip(np.square(predict(bad, masks) - truth), scored, strict=True):
                    tally.add(f"{kind} {name}|{k}", person, wrong[at].mean())
    return {"errors": tally.values(), "way": {str(k): list(v) for k, v in way.items()}}  # fmt: skip


def _simple(tally: Tally, model: FewShot, u: Cycles, mode: str) -> None:
    """The default and the simple methods on the same draws."""
    person, z = str(u.person[0]), model._z(u.data)
    expected = model._expected(model._known(u, len(u)))
    level, scale = model.weights["level"], model.weights["scale"]
    for k in KS:
        for support, rest, masks, noise in _draws(u, k, model.shape):
            own = model.adapt(u.take(support))
            simple = {n: g[0] for n, g in baselines(model, z, expected, support, rest[:1]).items()}
            if mode == "generation":
                for name, guess in {**simple, "default": expected[0] + own.own}.items():
                    tally.add(f"generation {name}|{k}", person, np.square(guess - z[rest]).mean())
                continue
            truth = z[rest[:QUERIES]].reshape(-1, *model.shape)
            for kind in DAMAGES:
                bad = truth + noise if kind == "noise" else truth
                scored = masks[kind] if kind == "noise" else ~masks[kind]
                rough = np.broadcast_to(simple["shrinkage"].reshape(model.shape), truth.shape)
                sd = NOISE * scale if kind == "noise" else None
                made = np.stack([(own.reconstruct(b * scale + level, s, noise=sd).mean - level) / scale
                                 for b, s in zip(bad, masks[kind], strict=True)])  # fmt: skip
                for name, guess in (("shrinkage", rough), ("default", made)):
                    tally.add(f"{kind} {name}|{k}", person, np.square(guess - truth)[scored].mean())
