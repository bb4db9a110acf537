"""The generative model and the refinement network in the tables: people that no training saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.base import open_model
from gaitsmith.models.forces.baselines import BASELINES
from gaitsmith.models.forces.posterior import Z90, StanceConfig, StancePosterior
from gaitsmith.models.forces.state import COLUMNS, MOTION
from gaitsmith.models.forces.walk_state import state_of
from gaitsmith.studies import forces_score as fs
from gaitsmith.studies.forces_data import Measured, rows_for_learning
from gaitsmith.studies.forces_train import SCORE_SEED

if TYPE_CHECKING:
    from gaitsmith.models.forces.network_model import ForcesDiffusion, ForcesRefiner

__all__ = ["Opened", "forces_by_diffusion", "forces_by_refiner", "kept_people", "opened"]

Array = npt.NDArray[np.float64]
_DRAWS, _VIRTUAL = 4, 6
_AT = {s: [COLUMNS.index(f"force_{s}_{a}") for a in ("forward", "up", "right")] for s in ("r", "l")}


@dataclass(frozen=True)
class Opened:
    """Networks that were trained by ``train forces``; None where there is none."""

    diffusion: ForcesDiffusion | None = None
    refiner: ForcesRefiner | None = None
    steps: Mapping[str, int] | None = None


def opened(runs: Sequence[Path]) -> Opened:
    """The models of run folders."""
    import json

    found: dict[str, Any] = {}
    steps: dict[str, int] = {}
    for folder in runs:
        model = open_model(
            next((folder / n for n in ("model", "best") if (folder / n).is_dir()), folder)
        )
        key = {"forces-generative": "diffusion", "forces-refiner": "refiner"}.get(model.NAME)
        if key is None:
            raise GaitsmithError("not a run of train forces", file=folder, found=model.NAME)
        found[key] = model
        about = folder / "run.json"
        if about.is_file():
            steps[key] = int(json.loads(about.read_text("utf-8")).get("step", 0))
    return Opened(**found, steps=steps)


def forces_by_diffusion(m: Measured, model: ForcesDiffusion, *, guided: bool = True, seed: int = 0, steps: int | None = None) -> tuple[dict[Any, Array], dict[Any, Array]]:  # fmt: skip
    """Both feet's forces (walk's clock; body weights) as the mean of draws, and their SD."""
    made = state_of(m.walk)
    draws = model.fill(
        made.state, MOTION, samples=_DRAWS, seed=seed, net=made.net if guided else None, steps=steps
    )
    return _by_side(m, made.times, draws.mean(axis=0)), _by_side(m, made.times, draws.std(axis=0))


def forces_by_refiner(m: Measured, model: ForcesRefiner) -> dict[Any, Array]:
    """Both feet's forces (walk's clock; body weights)."""
    made = state_of(m.walk)
    return _by_side(m, made.times, model.fill(made.state))


def _by_side(m: Measured, times: Array, state: Array) -> dict[Any, Array]:
    out = {}
    for side in ("right", "left"):
        f = state[:, _AT[side[0]]] / 9.80665
        out[side] = np.column_stack([np.interp(m.walk.times, times, c) for c in f.T])
    return out


def kept_people(of: Callable[[str], tuple[list[Measured], list[Measured]]], nets: Opened, say: Callable[[str], None]) -> dict[str, Any]:  # fmt: skip
    """Forces from whole motion, of people that the networks did not see, all methods from the same real people."""
    from gaitsmith.models.forces.small_networks import NETWORKS
    from gaitsmith.studies.forces_trials import HELD, held_people, virtual_people

    groups: dict[str, list[Measured]] = {}
    learn: list[Measured] = []
    for name in HELD:
        given = [m for m in of(name)[0] if m.scored.any()]
        kept = set(held_people([m.person for m in given], name))
        groups[name] = [m for m in given if m.person in kept]
        learn += [m for m in given if m.person not in kept]
    groups["adults"] = of("adults")[0]
    say("virtual people")
    virtual = virtual_people(_VIRTUAL, SCORE_SEED)
    groups["virtual walks"] = [m for m in virtual if not m.walk.running]
    groups["virtual runs"] = [m for m in virtual if m.walk.running]
    train = rows_for_learning(learn)
    home = StancePosterior.fit(train, StanceConfig.home())
    away = StancePosterior.fit(train)
    fitted = {n: BASELINES[n](train) for n in ("mean curve", "ridge", "physics, learned split")}
    say("MLP and TCN")
    fitted |= {n: f(train, 0) for n, f in NETWORKS.items()}
    return {
        "trained_steps": dict(nets.steps or {}), "learnt_from": len({m.person for m in learn}),
        "groups": {g: _group(g, walks, home, away, fitted, nets, say) for g, walks in groups.items()},
    }  # fmt: skip


def _group(  # noqa: PLR0917
    name: str, walks: list[Measured], home: StancePosterior, away: StancePosterior, fitted: Mapping[str, Any],
    nets: Opened, say: Callable[[str], None],
) -> dict[str, Any]:  # fmt: skip
    same = name in ("lencioni2019", "mcgill_children")
    model = home if same else away
    config = model.config
    assert isinstance(config, StanceConfig)
    rows: dict[str, list[dict[str, Any]]] = {}
    sums: dict[str, list[float]] = {}

    def add(
        method: str, m: Measured, force: dict[Any, Array], sd: dict[Any, Array] | None = None
    ) -> None:
        rows.setdefault(method, []).extend(fs.scored(m, m, force, sd))
        sums.setdefault(method, []).append(fs.consistency(m, force))

    for m in walks:
        say(f"networks, {name}: {m.name}")
        told = model.predict(m.rows)
        add("default", m, *fs.ours(m, told, config, same=same))
        for n, f in fitted.items():
            add(n, m, fs.plain(m, f(m.rows)))
        if nets.diffusion is not None:
            add("generative model", m, *forces_by_diffusion(m, nets.diffusion, guided=False))
            add("generative model, physics as guidance", m, *forces_by_diffusion(m, nets.diffusion))
        if nets.refiner is not None:
            add("refinement network", m, forces_by_refiner(m, nets.refiner))
    out = fs.table(rows)
    for method, r in rows.items():
        out[method]["consistency_rms"] = float(np.nanmean(sums[method]))
        out[method]["held"] = [float(x) for x in fs.mean(r, "held")] if "held" in r[0] else None
    return {
        "methods": out,
        "people": len({r["person"] for r in rows["default"]}),
        "stances": len(rows["default"]),
        "z": Z90,
    }
