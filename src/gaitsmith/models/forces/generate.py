"""The generative model on recordings: joints missing, a speed wanted, a coordinate changed.

The published uses (Tan et al. 2026): what is known is put in place while sampling; a change is put
in place too, and the other angles are held near the recording by a hinge while velocities and
forces are free. Draws give intervals. Imports torch.

Deviation: a joint of three axes of which some are known keeps those (the published code drops it
whole): at every level the clean estimate's Euler angles are taken apart and put back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.models.forces.network_model import ForcesDiffusion, Keep, Wish
from gaitsmith.models.forces.state import (
    COLUMNS,
    JOINTS,
    KINETICS,
    RATE_HZ,
    SINGLES,
    angles_of,
    columns_of,
    euler,
    motion_columns,
    rotation,
    velocity_of,
)
from gaitsmith.recording import Note, Recording
from gaitsmith.signals import fill_gaps

__all__ = ["WORDS", "Generated", "angles_state", "fill_angles", "what_if"]

Array = npt.NDArray[np.float64]
_AT = {n: i for i, n in enumerate(COLUMNS)}
#: A pelvis slower than this (m/s) on the whole is on a belt.
_TRAVELS = 0.3
#: Shares of a column's range within which other angles may move: trunk sway, speed (published).
TOLERANCE = {"angle": 0.10, "speed": 0.30}
WORDS = "drawn by the generative model, not measured"


@dataclass(frozen=True, eq=False)
class Generated:
    """Draws of motion and forces.

    Attributes
    ----------
    times
        s, at 100 Hz.
    draws
        sample × time × 63, see :mod:`gaitsmith.models.forces.state`.
    height
        m.
    """

    times: Array
    draws: Array
    height: float

    def angles(self) -> tuple[dict[str, Array], dict[str, Array]]:
        """Mean and SD of every coordinate (degrees) over the draws."""
        each = [angles_of(d) for d in self.draws]
        rows = {n: np.stack([e[n] for e in each]) for n in each[0]}
        return {n: r.mean(axis=0) for n, r in rows.items()}, {
            n: r.std(axis=0) for n, r in rows.items()
        }

    def forces(self) -> Array:
        """Forces of both feet in every draw (sample × time × 2 × 3, body weights; forward, up, right)."""
        at = [[_AT[f"force_{s}_{a}"] for a in ("forward", "up", "right")] for s in ("r", "l")]
        return np.asarray(self.draws[:, :, at] / 9.80665)

    def typical(self) -> int:
        """The draw that lies nearest to the others.

        Where nothing ties draws to the clock each walks at its own times, and their mean is no walk.
        """
        flat = (self.draws / (self.draws.std(axis=(0, 1)) + 1e-9)).reshape(len(self.draws), -1)
        far = np.square(flat[:, None] - flat[None]).mean(axis=2)
        return int(np.argmin(far.sum(axis=1)))

    def peaks(self) -> dict[str, tuple[float, float]]:
        """Vertical, braking and propulsion peak (body weights) of either foot: mean and SD over the draws."""
        f = self.forces()
        each = {
            "vertical": f[..., 1].max(axis=(1, 2)),
            "braking": f[..., 0].min(axis=(1, 2)),
            "propulsion": f[..., 0].max(axis=(1, 2)),
        }
        return {n: (float(v.mean()), float(v.std())) for n, v in each.items()}


@dataclass(frozen=True, eq=False)
class _Known:
    """A recording's angles as a state, and what of it is known."""

    times: Array
    state: Array
    known: npt.NDArray[np.bool_]
    angles: Mapping[str, Array]
    height: float


def angles_state(
    recording: Recording, *, belt_speed: float | None = None, height: float | None = None
) -> _Known:
    """The angles of a recording as columns at 100 Hz.

    Raises
    ------
    MissingInputError
        Without angles of a walk.
    """
    stream = recording.angles
    if stream is None:
        raise MissingInputError("there are no joint angles", place="generative model")
    stream = stream.select([x for x in stream.labels if np.isfinite(stream[x]).any()])
    times = np.arange(stream.times[0], stream.times[-1] + 1e-9, 1.0 / RATE_HZ)
    held = fill_gaps(stream.times, stream.data)
    at = {n: np.interp(times, stream.times, np.unwrap(held[:, i], period=360.0) if not n.startswith("pelvis_t") or n == "pelvis_tilt" else held[:, i])
          for i, n in enumerate(stream.labels)}  # fmt: skip
    names = [n for n in (*SINGLES, *(c for j in JOINTS.values() for c in j)) if n in at]
    if not names:
        raise MissingInputError("no known coordinate of a walk", place="generative model",
                                found=", ".join(stream.labels[:6]))  # fmt: skip
    tall = height or recording.subject.height or 1.70
    angles = {n: at[n] for n in names}
    velocity = None
    if all(f"pelvis_t{a}" in at for a in "xyz"):
        velocity = velocity_of(np.column_stack([at[f"pelvis_t{a}"] for a in "xyz"]), RATE_HZ)
        mean = velocity.mean(axis=0)
        pace = float(np.hypot(mean[0], mean[2]))
        if pace > _TRAVELS and belt_speed is None:
            ahead = np.array([mean[0], 0.0, mean[2]]) / pace
        else:
            yaw = np.radians(np.median(angles.get("pelvis_rotation", np.zeros(1))))
            ahead = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
        right = np.array([-ahead[2], 0.0, ahead[0]])
        velocity = velocity @ np.stack((ahead, (0.0, 1.0, 0.0), right)).T
        velocity[:, 0] += belt_speed or 0.0
        if pace <= _TRAVELS and belt_speed is None:
            velocity = None
    state, known = motion_columns(angles, velocity, tall)
    return _Known(times, state, known, angles, tall)


def _keeper(angles: Mapping[str, Array]) -> Keep | None:
    """Puts known axes of joints that are not whole back; None where there are none."""
    parts = {j: [c in angles for c in names] for j, names in JOINTS.items()}
    parts = {j: p for j, p in parts.items() if any(p) and not all(p)}
    if not parts:
        return None
    n = len(next(iter(angles.values())))
    targets = {
        j: np.radians(np.column_stack([angles.get(c, np.zeros(n)) for c in JOINTS[j]]))
        for j in parts
    }
    if "pelvis" in targets:
        targets["pelvis"][:, 2] -= np.median(targets["pelvis"][:, 2])

    def put(x: Array, at: npt.NDArray[np.intp]) -> Array:
        out = x.copy()
        for joint, some in parts.items():
            columns = [_AT[f"{joint}_r{k}"] for k in range(6)]
            turns = euler(x[..., columns])
            for k, there in enumerate(some):
                if there:
                    turns[..., k] = targets[joint][at, k]
            out[..., columns] = rotation(turns)
        return out

    return put


def fill_angles(
    recording: Recording, model: ForcesDiffusion, *, samples: int = 8, seed: int = 0,
    belt_speed: float | None = None, height: float | None = None,
) -> tuple[Recording, tuple[str, ...], Array, Generated]:  # fmt: skip
    """Coordinates that the angles lack, with forces: the mean and SD of draws.

    Returns
    -------
    recording, filled, sd, generated
        With whole angles (what was filled is marked), its names, SD (time × coordinate of the
        angles), and all draws.
    """
    seen = angles_state(recording, belt_speed=belt_speed, height=height)
    draws = model.fill(
        seen.state, seen.known, samples=samples, seed=seed, keep=_keeper(seen.angles)
    )
    made = Generated(seen.times, draws, seen.height)
    mean, spread = made.angles()
    stream = recording.angles
    assert stream is not None
    stream = stream.select([x for x in stream.labels if np.isfinite(stream[x]).any()])
    wanted = [c for names in JOINTS.values() for c in names] + [
        c for c in SINGLES if not c.startswith("subtalar")
    ]
    filled = tuple(c for c in wanted if c not in stream)
    clock = stream.times
    more = (
        np.column_stack([np.interp(clock, seen.times, mean[c]) for c in filled])
        if filled
        else np.zeros((len(stream), 0))
    )
    sd = (
        np.column_stack([np.interp(clock, seen.times, spread[c]) for c in filled])
        if filled
        else np.zeros((len(stream), 0))
    )
    mask = np.zeros((len(stream), len(stream.labels) + len(filled)), bool)
    if stream.filled is not None:
        mask[:, : len(stream.labels)] = stream.filled
    mask[:, len(stream.labels) :] = True
    whole = stream.replace(
        data=np.column_stack((stream.data, more)), labels=(*stream.labels, *filled), filled=mask
    )
    note = Note("warning", "completion", f"{', '.join(filled)}: {WORDS}")
    out = recording.with_stream(whole, next(iter(recording.of_kind("angles")))).with_note(
        note.level, note.place, note.words
    )
    return out, filled, np.column_stack((np.zeros(stream.data.shape), sd)), made


def what_if(
    recording: Recording, model: ForcesDiffusion, *, scale: Mapping[str, float] | None = None, speed: float | None = None,
    samples: int = 8, seed: int = 0, belt_speed: float | None = None, height: float | None = None,
) -> tuple[Generated, Generated]:  # fmt: skip
    """Motion and forces as recorded, and with coordinates scaled about their mean or at another speed.

    Parameters
    ----------
    scale
        Factor by coordinate.
    speed
        m/s wanted (the pelvis' forward velocity is scaled to it, as published).

    Raises
    ------
    GaitsmithError
        Where nothing is changed, or the speed is asked of a motion whose own is not known.
    """
    seen = angles_state(recording, belt_speed=belt_speed, height=height)
    if not scale and speed is None:
        raise GaitsmithError("nothing is changed", place="arguments scale and speed")
    fixed, state = np.zeros(len(COLUMNS), bool), seen.state
    angles = dict(seen.angles)
    for name, factor in (scale or {}).items():
        if name not in angles:
            raise GaitsmithError(
                "no such coordinate in the recording", found=name, expected=", ".join(angles)
            )
        middle = float(angles[name].mean())
        angles[name] = middle + factor * (angles[name] - middle)
    if scale:
        velocity = seen.state[:, :3] * seen.height if seen.known[:3].all() else None
        state, _ = motion_columns(angles, velocity, seen.height)
        for name in scale:
            fixed[columns_of(name)[0]] = True
    if speed is not None:
        if not seen.known[:3].all():
            raise GaitsmithError("the recording's own speed is not known", place="argument speed",
                                 remedy="give the belt's speed")  # fmt: skip
        own = float(seen.state[:, 0].mean()) * seen.height
        state = state.copy()
        state[:, 0] *= speed / own
        fixed[0] = True
    tolerance = TOLERANCE["speed" if speed is not None else "angle"]
    wishes = []
    for i, name in enumerate(COLUMNS):
        free = (
            KINETICS[i] or name.endswith(("_w", "_wz", "_wx", "_wy")) or name.startswith("pelvis_v")
        )
        if seen.known[i] and not free and not fixed[i]:
            wishes.append(Wish(i, seen.state[:, i], tolerance * float(np.ptp(seen.state[:, i]))))
    before = model.fill(seen.state, seen.known, samples=samples, seed=seed)
    after = model.fill(state, fixed, samples=samples, seed=seed, wishes=wishes)
    return Generated(seen.times, before, seen.height), Generated(seen.times, after, seen.height)
