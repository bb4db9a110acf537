"""What is generated when a coordinate or the speed is changed: direction and size of the changes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.models.forces.posterior import StancePosterior
from gaitsmith.studies import forces_score as fs
from gaitsmith.studies.forces_data import Measured

if TYPE_CHECKING:
    from gaitsmith.models.forces.network_model import ForcesDiffusion
    from gaitsmith.studies.forces_shared import Study

__all__ = ["generation"]

Array = npt.NDArray[np.float64]
_SPEEDS = (3.0, 4.0, 5.0)
_RUNNERS, _WALKERS, _DRAWS = 2, 2, 4


def _peaks(force: Array, loaded: float = 0.3) -> list[float]:
    """Mean over contacts of the vertical, braking and propulsion peak (body weights) of a foot (time × 3)."""
    stands = force[:, 1] > loaded
    edges = np.flatnonzero(np.diff(stands.astype(int)))
    rows = []
    for a, b in itertools.pairwise(edges):
        if stands[a + 1] and b - a > 8:
            part = force[a + 1 : b + 1]
            rows.append([part[:, 1].max(), part[:, 0].min(), part[:, 0].max()])
    return [float(x) for x in np.mean(rows, axis=0)] if rows else [float("nan")] * 3


def _of_clock(m: Measured, label: str) -> Array:
    inside = (m.walk.times >= m.walk.span[0]) & (m.walk.times <= m.walk.span[1])
    t = m.walk.times[inside]
    f = m.forces[label]
    known = np.isfinite(f[:, 0])
    both = np.column_stack([np.interp(t, m.forces.times[known], c) for c in f[known, :3].T])
    return m.walk.walking_frame(both) / m.walk.weight


def _estimated(model: StancePosterior, m: Measured) -> Array:
    force, _ = fs.ours(m, model.predict(m.rows), model.config, same=False)  # type: ignore[arg-type]
    inside = (m.walk.times >= m.walk.span[0]) & (m.walk.times <= m.walk.span[1])
    return force["right"][inside]


def generation(study: Study) -> dict[str, Any]:
    """Runners from 3 to 5 m/s, and trunk sway of walkers, twice and three times as much."""
    return {"running": _running(study), "sway": _sway(study)}


def _running(study: Study) -> dict[str, Any]:
    """Peaks by speed: virtual truth, estimated from the virtual motion, generated from the run at 4 m/s; hamner's own."""
    from gaitsmith.studies.forces_trials import virtual_walk
    from gaitsmith.virtual.people import people

    rows: dict[str, dict[str, list[list[float]]]] = {}

    def add(who: str, speed: float, values: list[float]) -> None:
        rows.setdefault(who, {}).setdefault(f"{speed:.1f}", []).append(values)

    diffusion = study.nets.diffusion
    for i, person in enumerate(people(_RUNNERS, seed=5)):
        for v in _SPEEDS:
            study.say(f"running, person {i + 1}, {v} m/s")
            m = virtual_walk(person, v, 3.0, seed=500 + i)
            add("virtual, truth", v, _peaks(_of_clock(m, "foot_r")))
            add("virtual, estimated from its motion", v, _peaks(_estimated(study.model, m)))
        if diffusion is not None:
            start = virtual_walk(person, 4.0, 3.0, seed=500 + i)
            _generated(diffusion, start, "virtual, generated from 4 m/s", add)
    m = study.of("runner")[0][0]
    add("hamner_running, plates", 4.0, _peaks(_of_clock(m, "foot_r")))
    add("hamner_running, estimated", 4.0, _peaks(_estimated(study.model, m)))
    if diffusion is not None:
        _generated(diffusion, m, "hamner_running, generated from 4 m/s", add)
    return {
        who: {v: [float(x) for x in np.nanmean(r, axis=0)] for v, r in by.items()}
        for who, by in rows.items()
    }


def _generated(model: ForcesDiffusion, m: Measured, who: str, add: Any) -> None:
    from gaitsmith.models.forces.generate import what_if

    part = m.recording.with_stream(m.walk.angles, "angles")
    for v in _SPEEDS:
        _, after = what_if(
            part, model, speed=v, samples=_DRAWS, belt_speed=m.walk.belt, height=m.walk.height
        )
        # Of every draw by itself: each runs at its own times.
        for draw in after.forces():
            add(who, v, _peaks(draw[:, 0]))


def _sway(study: Study) -> dict[str, Any]:
    """Peak external knee adduction moment (N·m/kg) and medial force by trunk bending, by the default's `modify`."""
    from gaitsmith.models.forces.complete import modify
    from gaitsmith.studies.forces_trials import virtual_people

    walkers = virtual_people(_WALKERS, 6, runs=False)[::2]
    adults = [m for m in study.of("adults")[0] if m.name in ("moco_walking", "rajagopal_walking")]
    out: dict[str, Any] = {}
    for m in [*adults, *walkers]:
        name = m.name if m.set == "adults" else "virtual"
        part = m.recording.with_stream(m.walk.angles, "angles").without(
            "forces", *m.recording.of_kind("points")
        )
        for factor in (2.0, 2.5, 3.0):
            study.say(f"sway, {m.name}, {factor}")
            found = modify(part, {"lumbar_bending": factor}, m.walk.body, mass=m.walk.body.mass)
            for row in found.table.rows:
                if "knee adduction" in str(row[0]) and row[1] is not None:
                    out.setdefault(name, {}).setdefault(f"{factor:g}", []).append((row[1], row[2]))
    return {n: {f: {"before": float(np.mean([a for a, _ in v])), "after": float(np.mean([b for _, b in v])),
                    "change": float(np.mean([b - a for a, b in v])), "knees": len(v), "rose": sum(b > a for a, b in v)}
                for f, v in by.items()} for n, by in out.items()}  # fmt: skip
