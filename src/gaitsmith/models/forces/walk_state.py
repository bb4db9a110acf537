"""A motion that was read as the columns of :mod:`gaitsmith.models.forces.state`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.models.forces.motion import SIDES, Walk
from gaitsmith.models.forces.stances import leg_length
from gaitsmith.models.forces.state import (
    COLUMNS,
    JOINTS,
    RATE_HZ,
    SINGLES,
    forces_of,
    kinetics_of,
    motion_columns,
    velocity_of,
)
from gaitsmith.recording import Stream
from gaitsmith.signals import fill_gaps

__all__ = ["WalkState", "state_of"]

Array = npt.NDArray[np.float64]
#: Hips stand at this share of the stature where no stature is told (Winter, fig. 4.1; the
#: study of moments uses the same).
LEG_SHARE = 0.491


@dataclass(frozen=True, eq=False)
class WalkState:
    """A walk at 100 Hz.

    Attributes
    ----------
    times
        s.
    state
        time × 63, kinetics 0.
    known
        63: whether the motion says the column.
    net
        m (a - g) / mass (time × 3, N/kg; forward, up, right).
    heel
        By side, time × 3 (m), in the walking frame.
    height, mass
        m, kg.
    """

    times: Array
    state: Array
    known: npt.NDArray[np.bool_]
    net: Array
    heel: Mapping[str, Array]
    height: float
    mass: float

    def kinetics(
        self, walk: Walk, force: Stream, label: str
    ) -> tuple[Array, npt.NDArray[np.bool_]]:
        """Columns of a foot (time × 6) from a measured force, and where it was measured."""
        clock, data = force.times, force[label]
        known = np.isfinite(data[:, :3]).all(axis=1)
        inside = (self.times >= clock[0] - 1e-6) & (self.times <= clock[-1] + 1e-6)
        inside &= np.interp(self.times, clock, known.astype(float)) > 0.99
        held = (
            np.nan_to_num(fill_gaps(clock, data[:, :6]))
            if known.any()
            else np.zeros((len(clock), 6))
        )
        at = np.column_stack([np.interp(self.times, clock, c) for c in held.T])
        load = at[:, 1] > 0.03 * self.mass * 9.81
        centre = np.where(load[:, None], walk.walking_frame(at[:, 3:6]), np.nan)
        out = kinetics_of(
            walk.walking_frame(at[:, :3]), centre, self.heel[label[-1]], self.mass, self.height
        )
        return np.where(inside[:, None], out, 0.0), inside

    def forces(self, state: Array) -> dict[str, tuple[Array, Array]]:
        """By foot (``r``, ``l``): force in body weights (time × 3; forward, up, right) and centre (m)."""
        out = {}
        for s in SIDES:
            force, centre = forces_of(state, s[0], self.heel[s[0]], self.mass, self.height)
            out[s[0]] = (force / (self.mass * 9.80665), centre)
        return out


def state_of(walk: Walk) -> WalkState:
    """The state of a walk over its continued clock."""
    assert walk.pose is not None
    body, old = walk.body, walk.times
    own = {body.canonical[c.name]: i for i, c in enumerate(body.coordinates)}
    times = np.arange(old[0], old[-1] + 1e-9, 1.0 / RATE_HZ)

    def at(values: Array) -> Array:
        return np.column_stack([np.interp(times, old, c) for c in values.T])

    angles = {}
    for name in (*SINGLES, *(c for names in JOINTS.values() for c in names)):
        if name in own:
            x = np.degrees(np.unwrap(walk.pose.values[:, own[name]] * body.signs[own[name]]))
            angles[name] = np.interp(times, old, x)
    place = np.column_stack([walk.pose.values[:, own[f"pelvis_t{a}"]] for a in "xyz"])
    velocity = walk.walking_frame(velocity_of(at(place), RATE_HZ))
    velocity[:, 0] += walk.belt or 0.0
    height = walk.height or leg_length(walk) / LEG_SHARE
    heading = np.degrees(np.arctan2(-walk.forward[2], walk.forward[0]))
    if "pelvis_rotation" in angles:
        angles["pelvis_rotation"] = angles["pelvis_rotation"] - heading
    state, known = motion_columns(angles, velocity, height)
    assert state.shape[1] == len(COLUMNS)
    heel = {s[0]: at(walk.walking_frame(walk.heel[s])) for s in SIDES}
    return WalkState(times, state, known, at(walk.walking_frame(walk.net)) / walk.body.mass, heel, float(height),
                     walk.body.mass)  # fmt: skip
