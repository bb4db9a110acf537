"""Joint moments with estimated forces against those with measured forces, same motion, same body."""

from __future__ import annotations

from typing import Any

import numpy as np

from gaitsmith.body.dynamics import foot_wrenches
from gaitsmith.models.forces.api import forces_of_walk
from gaitsmith.models.forces.joints import joint_dynamics
from gaitsmith.models.forces.posterior import StancePosterior
from gaitsmith.studies.forces_data import Measured
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["moments"]

_JOINTS = {"hip": "hip_flexion", "knee": "knee_angle", "ankle": "ankle_angle"}
# Where a file says no stature: hips stand at this share of it (Winter, fig. 4.1).
_LEG_SHARE = 0.491


def moments(model: StancePosterior, found: list[Measured]) -> dict[str, Any]:
    """Mean absolute difference over measured stances, % of body weight × height, by joint."""
    from gaitsmith.models.forces.stances import leg_length

    rows: dict[str, dict[str, list[float]]] = {j: {} for j in _JOINTS}
    curves: dict[str, list[Any]] = {j: [] for j in _JOINTS}
    who: list[str] = []
    for m in found:
        height = m.walk.height or leg_length(m.walk) / _LEG_SHARE
        unit = 100.0 / (m.walk.body.mass * STANDARD_GRAVITY * height)
        result = forces_of_walk(m.recording, m.walk, model=model, moments=True)
        assert result.moments is not None
        real = foot_wrenches(m.forces, m.walk.times)
        wrenches = {s: real[s[0]] for s in ("right", "left") if s[0] in real}
        truth = joint_dynamics(m.walk, wrenches).moments()  # type: ignore[arg-type]
        name = m.person if m.set != "adults" else m.name
        for i in np.flatnonzero(m.scored):
            st = m.stances[i]
            at = np.linspace(st.strike, st.off, 101)[3:-3]
            who.append(name)
            for joint, stem in _JOINTS.items():
                label = f"{stem}_{st.side[0]}_moment"
                a = np.interp(at, m.walk.times, np.nan_to_num(truth[label])) * unit
                b = np.interp(at, result.moments.times, result.moments[label]) * unit
                rows[joint].setdefault(name, []).append(float(np.abs(a - b).mean()))
                curves[joint].append(a)
    people = np.array(who)
    out: dict[str, Any] = {}
    for joint in _JOINTS:
        every = np.array(curves[joint])
        plain = []
        for p in np.unique(people):
            others = every[people != p]
            plain.append(
                np.abs(every[people == p] - others.mean(axis=0)).mean() if len(others) else np.nan
            )
        out[joint] = {"estimated": float(np.mean([np.mean(v) for v in rows[joint].values()])), "mean curve": float(np.nanmean(plain)),
                      "by_person": {k: float(np.mean(v)) for k, v in rows[joint].items()}}  # fmt: skip
    return {"joints": out, "stances": len(who), "people": len(np.unique(people))}
