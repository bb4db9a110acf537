"""Stances of a walk as rows of arrays: what is asked of the models, and what they were taught.

A stance is 101 points from strike to off. Forces are in body weights, as forward, up, medial
(towards the other foot), so that both feet are alike; lengths in leg lengths, times in
``sqrt(leg / g)`` (Hof, Gait Posture 4 (1996) 222-223).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side, other_side
from gaitsmith.models.forces.motion import SIDES, Walk, net_force
from gaitsmith.recording import Stream
from gaitsmith.signals import fill_gaps
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["CURVES", "PARTS", "POINTS", "SCALARS", "Stance", "Stances", "leg_length", "stances_of"]

Array = npt.NDArray[np.float64]
POINTS = 101
#: Channels of ``Stances.curves``.
CURVES = (
    "com_x", "com_y", "com_z", "other_x", "other_y", "other_z", "speed_x", "speed_y", "speed_z",
    "pitch", "other_pitch", "knee", "other_knee", "hip", "other_hip", "ankle", "other_ankle",
    "heel_y", "toe_y",
)  # fmt: skip
#: Channels of ``Stances.parts``: what legs and trunk add to the net force, and a mass at the pelvis.
PARTS = tuple(f"{p}_{a}" for p in ("legs", "trunk", "pelvis") for a in ("x", "y", "z"))
#: Low-pass (Hz) of the parts' paths: one for all, for the sum's own low-pass goes by its noise.
_PART_HZ = 8.0
#: Columns of ``Stances.scalars``.
SCALARS = ("speed", "stride", "duty", "first", "second")


@dataclass(frozen=True)
class Stance:
    """One stance of one foot; times in s.

    `loaded` is when the other foot leaves (end of the first double support), `shared` when it
    strikes (start of the second); in running both lie outside, in flight. `told` says whether all
    four were found, or some follow from symmetry.
    """

    side: Side
    strike: float
    off: float
    stride_s: float
    loaded: float
    shared: float
    told: bool = True


@dataclass(frozen=True, eq=False)
class Stances:
    """Rows of stances.

    Attributes
    ----------
    total
        row × 3 × 101: net force by the motion (body weights; forward, up, medial).
    curves
        row × channel × 101, see ``CURVES``: mass centre from this foot's and the other's ankle
        and its velocity (forward, up, medial), pitch of both feet, knees, hips and ankles (rad),
        heights of this heel and toe.
    scalars
        row × column, see ``SCALARS``: speed, stride time (dimensionless), share of the stride in
        stance, and of the stance at which the other foot left and struck.
    parts
        row × channel × 101, see ``PARTS``: m_i (a_i - g) of all of both legs and of all above the
        pelvis in body weights, and the acceleration less gravity of the pelvis' origin in g
        (forward, up, medial).
    force, centre
        What a plate measured: row × 3 × 101 (body weights) and centre of pressure from the heel,
        along the foot and towards the body's midline, in foot lengths (row × 2 × 101); NaN where
        not measured.
    person, mass
        Name, and the mass (kg) that forces were divided by.
    """

    total: Array
    curves: Array
    scalars: Array
    parts: Array
    force: Array
    centre: Array
    person: npt.NDArray[np.str_]
    name: npt.NDArray[np.str_]
    mass: Array

    def __len__(self) -> int:
        return len(self.total)

    def take(self, which: npt.NDArray[np.generic]) -> Stances:
        """Some of the rows."""
        return Stances(*(getattr(self, f.name)[which] for f in fields(self)))

    @staticmethod
    def none() -> Stances:
        """No rows."""
        text: npt.NDArray[np.str_] = np.zeros(0, dtype=np.str_)
        return Stances(
            np.zeros((0, 3, POINTS)), np.zeros((0, len(CURVES), POINTS)), np.zeros((0, len(SCALARS))),
            np.zeros((0, len(PARTS), POINTS)), np.zeros((0, 3, POINTS)), np.zeros((0, 2, POINTS)), text, text, np.zeros(0),
        )  # fmt: skip

    @staticmethod
    def joined(parts: Sequence[Stances]) -> Stances:
        """The rows of several."""
        return Stances(
            *(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Stances))
        )


def stances_of(walk: Walk, *, whole: bool = True) -> list[Stance]:
    """The stances of a walk in order of time.

    Events that were not found follow from the other foot half a stride away. With `whole` only
    stances that lie inside the recording (half a sample of slack at its ends).
    """
    events = walk.events
    strikes = {s: np.sort(events.times("strike", s)) for s in SIDES}
    offs = {s: np.sort(events.times("off", s)) for s in SIDES}
    found: list[Stance] = []
    stride = _stride(strikes)
    if stride is None:
        return []
    lasts = [o[(o > a) & (o < a + stride)][0] - a for s in SIDES for a in strikes[s]
             if len(o := offs[s]) and ((o > a) & (o < a + stride)).any()]  # fmt: skip
    usual = float(np.median(lasts)) if lasts else (0.36 if walk.running else 0.62) * stride
    slack = 0.5 / walk.rate + 1e-9
    # No walking foot leaves before a third of its stride.
    least = (0.1 if walk.running else 0.3) * stride
    for side in SIDES:  # a record may begin in the middle of a stance
        early = [float(o - usual) for o in offs[side]
                 if not ((strikes[side] < o - 0.1 * stride) & (strikes[side] > o - 0.95 * stride)).any()]  # fmt: skip
        strikes[side] = np.sort(np.concatenate((strikes[side], early)))
    for side in SIDES:
        other = other_side(side)
        for a in strikes[side]:
            here = offs[side][(offs[side] > a + least) & (offs[side] < a + 0.95 * stride)]
            told = bool(len(here))
            off = float(here[0]) if told else float(a + usual)
            if whole and not (walk.span[0] - slack <= a and off <= walk.span[1] + slack):
                continue
            later = strikes[side][strikes[side] > a + 0.5 * stride]
            own = float(later[0] - a) if len(later) and later[0] - a < 1.6 * stride else stride
            next_other = _near(strikes[other], a + 0.5 * own, 0.25 * own)
            left = _near(offs[other], off - 0.5 * own, 0.2 * own)
            told &= next_other is not None and left is not None
            shared = next_other if next_other is not None else a + 0.5 * own
            loaded = left if left is not None else off - 0.5 * own
            found.append(Stance(side, float(a), off, own, float(loaded), float(shared), told))
    return sorted(found, key=lambda s: s.strike)


def _stride(strikes: dict[Side, Array]) -> float | None:
    every = np.concatenate([np.diff(s) for s in strikes.values()])
    every = every[(every > 0.4) & (every < 3.0)]
    if len(every):
        return float(np.median(every))
    both = np.diff(np.sort(np.concatenate(list(strikes.values()))))
    both = both[(both > 0.2) & (both < 1.5)]
    return float(2 * np.median(both)) if len(both) else None


def _near(times: Array, wanted: float, within: float) -> float | None:
    if not len(times):
        return None
    at = int(np.argmin(np.abs(times - wanted)))
    return float(times[at]) if abs(times[at] - wanted) <= within else None


def leg_length(walk: Walk) -> float:
    """Hip to knee to ankle of the body (m), mean of both sides."""
    from gaitsmith.body.sites import places

    assert walk.pose is not None
    where, one = places(walk.body), slice(0, 1)
    total = []
    for s in ("r", "l"):
        hip, knee, ankle = (
            walk.pose.spot(where[f"{n}_{s}"])[one] for n in ("hip", "knee", "ankle")
        )
        total.append(np.linalg.norm(hip - knee) + np.linalg.norm(knee - ankle))
    return float(np.mean(total))


def rows_of(
    walk: Walk, stances: Sequence[Stance], forces: Stream | None = None, *, person: str = "", name: str = "",
) -> Stances:  # fmt: skip
    """The rows that models take, with what was measured (forces by foot, in the walk's frame)."""
    leg = leg_length(walk)
    unit = float(np.sqrt(leg / STANDARD_GRAVITY))
    total = walk.walking_frame(walk.net) / walk.weight
    channels = {s: _channels(walk, s, leg, unit) for s in SIDES}
    parts: dict[str, list[Array]] = {
        k: [] for k in ("total", "curves", "scalars", "parts", "force", "centre")
    }
    pieces = _pieces(walk)
    for st in stances:
        at = np.linspace(st.strike, st.off, POINTS)
        medial = np.array([1.0, 1.0, -1.0 if st.side == "right" else 1.0])[:, None]
        parts["total"].append(_at(walk.times, total, at).T * medial)
        parts["curves"].append(_at(walk.times, channels[st.side], at).T)
        parts["parts"].append(_at(walk.times, pieces, at).T * np.tile(medial, (3, 1)))
        long = st.off - st.strike
        parts["scalars"].append(np.array([
            walk.speed / np.sqrt(leg * STANDARD_GRAVITY), st.stride_s / unit, long / st.stride_s,
            (st.loaded - st.strike) / long, (st.shared - st.strike) / long,
        ]))  # fmt: skip
        f, c = _measured(walk, st, forces, at)
        parts["force"].append(f)
        parts["centre"].append(c)
    n = len(stances)
    shapes = {"total": (3, POINTS), "curves": (len(CURVES), POINTS), "scalars": (len(SCALARS),), "parts": (len(PARTS), POINTS),
              "force": (3, POINTS), "centre": (2, POINTS)}  # fmt: skip
    made = {k: np.array(v).reshape(n, *shapes[k]) for k, v in parts.items()}
    return Stances(**made, person=np.array([person] * n, dtype=np.str_), name=np.array([name] * n, dtype=np.str_),
                   mass=np.full(n, walk.body.mass))  # fmt: skip


def _at(times: Array, values: Array, at: Array) -> Array:
    return np.column_stack([np.interp(at, times, v) for v in values.T])


_LEG_WORDS = ("femur", "tibia", "patella", "talus", "calcn", "toes", "thigh", "shank", "foot")


def _pieces(walk: Walk) -> Array:
    """time × ``PARTS`` with right for medial."""
    assert walk.pose is not None
    segments = walk.body.segments
    mass = np.array([s.mass for s in segments])
    legs = np.array([any(w in s.name.lower() for w in _LEG_WORDS) for s in segments])
    pelvis = np.array(["pelvis" in s.name.lower() for s in segments])
    centres, cut = walk.pose.segment_centres, (_PART_HZ,) * 3
    out = []
    for some in (legs, ~legs & ~pelvis):
        m = float(mass[some].sum())
        path = np.einsum("s,sti->ti", mass[some], centres[some]) / max(m, 1e-9)
        out.append(walk.walking_frame(net_force(path, walk.rate, cut, m)) / walk.weight)
    origin = walk.pose.origin[int(np.argmax(pelvis))]
    out.append(walk.walking_frame(net_force(origin, walk.rate, cut, 1.0)) / STANDARD_GRAVITY)
    return np.hstack(out)


def _channels(walk: Walk, side: Side, leg: float, unit: float) -> Array:
    """time × ``CURVES`` for stances of `side`."""
    from gaitsmith.body.sites import places

    other = other_side(side)
    flip = np.array([1.0, 1.0, -1.0 if side == "right" else 1.0])
    own = walk.walking_frame(walk.com - walk.ankle[side]) / leg * flip
    far = walk.walking_frame(walk.com - walk.ankle[other]) / leg * flip
    v = np.gradient(walk.com, 1 / walk.rate, axis=0)
    ground = walk.forward * (walk.belt or 0.0)
    v = walk.walking_frame(v + ground) * unit / leg * flip
    assert walk.pose is not None
    where = places(walk.body)

    def bent(s: Side) -> Array:
        """Knee flexion, thigh and shank pitch by the joint centres (rad), in the walking frame."""
        hip, knee = (walk.pose.spot(where[f"{n}_{s[0]}"]) for n in ("hip", "knee"))  # type: ignore[union-attr]
        thigh, shank = walk.walking_frame(knee - hip), walk.walking_frame(walk.ankle[s] - knee)
        a = np.arctan2(thigh[:, 0], -thigh[:, 1])
        b = np.arctan2(shank[:, 0], -shank[:, 1])
        foot = walk.walking_frame(walk.toe[s] - walk.heel[s])
        pitch = np.arctan2(foot[:, 1], np.hypot(foot[:, 0], foot[:, 2]))
        return np.column_stack((pitch, a - b, a, pitch - b))

    mine, theirs = bent(side), bent(other)
    low = np.percentile(walk.heel[side][:, 1], 5), np.percentile(walk.toe[side][:, 1], 5)
    return np.column_stack([
        own, far, v, mine[:, 0], theirs[:, 0], mine[:, 1], theirs[:, 1], mine[:, 2], theirs[:, 2],
        mine[:, 3], theirs[:, 3], (walk.heel[side][:, 1] - low[0]) / leg, (walk.toe[side][:, 1] - low[1]) / leg,
    ])  # fmt: skip


def _measured(walk: Walk, stance: Stance, forces: Stream | None, at: Array) -> tuple[Array, Array]:
    """Force (3 × 101, body weights) and centre of pressure (2 × 101, foot lengths), NaN where none."""
    nothing = np.full((3, POINTS), np.nan), np.full((2, POINTS), np.nan)
    label = f"foot_{stance.side[0]}"
    if forces is None or label not in forces:
        return nothing
    data, clock = forces[label], forces.times
    if stance.strike < clock[0] - 0.06 or stance.off > clock[-1] + 0.03:
        return nothing
    inside = (clock >= stance.strike) & (clock <= stance.off)
    known = inside & np.isfinite(data[:, :3]).all(axis=1)
    if known.sum() < 0.85 * inside.sum() or known.sum() < 10:
        return nothing
    held = fill_gaps(clock, data[:, :3])
    force = walk.walking_frame(_at(clock, held, at)) / walk.weight
    force[:, 2] *= -1.0 if stance.side == "right" else 1.0
    loaded = known & np.isfinite(data[:, 3:6]).all(axis=1) & (data[:, 1] > 0.03 * walk.weight)
    centre = nothing[1]
    if loaded.sum() > 10:
        place = np.column_stack(
            [np.interp(at, clock[loaded], data[loaded, 3 + k]) for k in range(3)]
        )
        centre = in_foot(walk, stance, at, place).T
    return force.T, centre


def foot_frame(walk: Walk, stance: Stance) -> tuple[Array, Array, Array, float]:
    """Where a standing foot is: heel (3,), axis along it and towards the midline (3,), length (m).

    Of the middle of the stance (25 to 55 %), when it is flat; on a belt, at the middle's time.
    """
    at = stance.strike + np.linspace(0.25, 0.55, 15) * (stance.off - stance.strike)
    drift = (walk.belt or 0.0) * walk.forward
    middle = at.mean()
    heel, toe = (
        np.median(_at(walk.times, x[stance.side], at) + (at - middle)[:, None] * drift, axis=0)
        for x in (walk.heel, walk.toe)
    )
    along = (toe - heel) * (1.0, 0.0, 1.0)
    size = float(np.linalg.norm(along))
    along = along / max(size, 1e-6)
    right = np.array([-along[2], 0.0, along[0]])
    inward = -right if stance.side == "right" else right
    return heel, along, inward, size


def in_foot(walk: Walk, stance: Stance, at: Array, place: Array) -> Array:
    """Places (time × 3, m) from the heel: along the foot and towards the midline (foot lengths)."""
    heel, along, inward, size = foot_frame(walk, stance)
    middle = stance.strike + 0.4 * (stance.off - stance.strike)
    still = place + (at - middle)[:, None] * (walk.belt or 0.0) * walk.forward
    return np.column_stack(((still - heel) @ along, (still - heel) @ inward)) / size


def from_foot(walk: Walk, stance: Stance, at: Array, centre: Array, level: float) -> Array:
    """The inverse of :func:`in_foot` on the floor at height `level` (m)."""
    heel, along, inward, size = foot_frame(walk, stance)
    middle = stance.strike + 0.4 * (stance.off - stance.strike)
    out = heel + size * (centre[:, :1] * along + centre[:, 1:] * inward)
    out = out - (at - middle)[:, None] * (walk.belt or 0.0) * walk.forward
    out[:, 1] = level
    return np.asarray(out)
