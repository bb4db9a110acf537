"""The published network, scratch, fine-tune and the default on the same draws of the same folds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.models.fewshot.calibration import corruptions, held_out
from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.models.fewshot.default import FewShot, FewShotConfig
from gaitsmith.models.fewshot.network import MODES, MetaTCN, MetaTCNConfig
from gaitsmith.studies import fewshot_networks as nets

__all__ = ["compare", "trained"]

Array = npt.NDArray[np.float64]
# Outer steps, and draws of support cycles a leg: what the budget of computing allows.
STEPS = 160
DRAWS = 2
QUERIES = 6


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


def compare(cycles: Cycles, say: Callable[[str], None], steps: int = STEPS, most: int = 5) -> dict[str, Any]:  # fmt: skip
    """Both modes: errors (z) of every method, and paired differences from the default and shrinkage.

    Parameters
    ----------
    steps
        Outer steps of the meta-learning; pooled training takes 2.5 times as many.
    most
        Folds.
    """
    import torch

    from gaitsmith.studies.fewshot import FOLDS, KS, Tally, baselines, difference, folds

    torch.set_num_threads(1)
    tally, ways = Tally(), []
    for i, (learn, test) in enumerate(folds(cycles.people)):
        if i >= most:
            break
        say(f"networks, fold {i + 1} of {FOLDS}")
        model = FewShot.fit(cycles.of_people(learn), FewShotConfig())
        train, held = _parts(cycles, learn)
        _, _, tempo = _scales(cycles.of_people(learn))
        for mode in MODES:
            config = MetaTCNConfig(mode=mode, channels=cycles.shape[1])
            made = {f"maml order {o}": (nets.meta(train, held, config, order=o, steps=steps, seed=i), None, False)
                    for o in (1, 2)}  # fmt: skip
            tuned, way = nets.finetuned(train, held, config, steps=int(2.5 * steps), seed=i)
            plain, own = nets.scratch(held, config, seed=i)
            ways.append({"fold": i, "mode": mode, "fine-tune": list(way), "scratch": list(own)})
            everyone = {**made, "fine-tune": (tuned, way, False), "scratch": (plain, own, True)}
            for u in cycles.of_people(test).units_of_learning():
                _leg(tally, model, u, mode, everyone, tempo, baselines)
    out: dict[str, Any] = {"chosen": ways, "outer_steps": steps, "folds": min(most, FOLDS)}
    for kind in ("generation", "span", "half", "sensor", "noise"):
        out[kind] = {}
        for k in KS:
            names = [n.split(" ", 1)[1].rpartition("|")[0] for n in tally.names()
                     if n.startswith(f"{kind} ") and n.endswith(f"|{k}")]  # fmt: skip
            out[kind][str(k)] = {
                "mse_z": {n: tally.mean(f"{kind} {n}|{k}") for n in names},
                "maml_minus": {n: difference(tally, f"{kind} maml order 2|{k}", f"{kind} {n}|{k}")
                               for n in ("scratch", "fine-tune", "shrinkage", "default")},
            }  # fmt: skip
    return out


def _leg(tally: Any, model: FewShot, u: Cycles, mode: str, everyone: dict[str, Any], tempo: tuple[float, float], baselines: Any) -> None:  # fmt: skip  # noqa: PLR0917
    from gaitsmith.studies.fewshot import KS, SEED, _number

    person, z = str(u.person[0]), model._z(u.data)
    expected = model._expected(np.zeros(len(u)))
    time = (u.duration - tempo[0]) / tempo[1]
    rng = np.random.default_rng([SEED, 3, _number(u)])
    level, scale = model.weights["level"], model.weights["scale"]
    for k in KS:
        for draw in range(DRAWS):
            support, rest = held_out(u, k, rng)
            own = model.adapt(u.take(support))
            curves = z[support].reshape(k, *model.shape)
            if mode == "generation":
                guesses = {n: g[0] for n, g in baselines(model, z, expected, support, rest[:1]).items()}  # fmt: skip
                guesses["default"] = expected[0] + own.own
                for name, (net, way, adam) in everyone.items():
                    guesses[name] = nets.predicted(net, curves, time[support], curves[:1], None, way=way, adam=adam).ravel()  # fmt: skip
                for name, guess in guesses.items():
                    tally.add(f"generation {name}|{k}", person, np.square(guess - z[rest]).mean())
                continue
            picked = rng.permutation(rest)[:QUERIES]
            truth = z[picked].reshape(len(picked), *model.shape)
            ways = [corruptions(model.shape, rng) for _ in picked]
            for kind in ("span", "half", "sensor", "noise"):
                seen = np.stack([w[kind] if kind != "noise" else np.ones(model.shape, bool) for w in ways])  # fmt: skip
                bad = truth + (0.3 * rng.standard_normal(truth.shape) if kind == "noise" else 0.0)
                scored = seen if kind == "noise" else ~seen
                out = {n: nets.predicted(net, curves, time[support], bad, seen, way=w, adam=a, seed=draw)
                       for n, (net, w, a) in everyone.items()}  # fmt: skip
                out["shrinkage"] = np.broadcast_to(baselines(model, z, expected, support, rest[:1])["shrinkage"][0].reshape(model.shape), truth.shape)  # fmt: skip
                noise = 0.3 * scale if kind == "noise" else None
                out["default"] = np.stack([(own.reconstruct(b * scale + level, s, noise=noise).mean - level) / scale
                                           for b, s in zip(bad, seen, strict=True)])  # fmt: skip
                for name, guess in out.items():
                    tally.add(f"{kind} {name}|{k}", person, np.square(guess - truth)[scored].mean())
