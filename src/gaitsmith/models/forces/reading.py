"""From a recording to what its motion says: angles and body, mass centre, feet, events, speed.

Steps:

1. Angles with the pelvis' place, as recorded, else fitted to the points; a body, the person's own
   or a generic one, at the person's mass.
2. Both ends continued, the mass centre's path and the net force: the physics in ``motion.py``.
3. Heels, toes and ankles; direction, speed and belt; strikes and offs, as told or found.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gaitsmith.body.kinematics import Pose, coordinate_values, place
from gaitsmith.body.kinetics import LEG, PELVIS
from gaitsmith.body.sites import places
from gaitsmith.body.tree import Body
from gaitsmith.errors import MissingInputError
from gaitsmith.events import Events
from gaitsmith.models.forces.arms import arm_centres, swing
from gaitsmith.models.forces.bounce import centred, flies
from gaitsmith.models.forces.motion import SIDES, Walk, continued, cutoff, net_force
from gaitsmith.recording import Note, Recording, Stream
from gaitsmith.signals import fill_gaps

if TYPE_CHECKING:
    from gaitsmith.gait.frame import Progression

__all__ = ["walk_of", "whole"]

Array = npt.NDArray[np.float64]
_PLACE = "forces from motion"
#: Seconds by which each end is continued.
_MORE_S = 0.6
#: By how much (s) strikes and offs by the feet's paths come after a plate's: medians over the 26
#: people that the models learn from of each one's median; leaving any one out moves them by 1 ms
#: at most. Of running nothing was learnt.
_LATE_S: dict[str, float] = {"strike": 0.008, "off": 0.009}
# A found event this near (s) to a known one of its foot and kind is that one.
_NEAR_S = 0.25


def walk_of(
    recording: Recording, body: Body | None = None, *, mass: float | None = None,
    belt_speed: float | None = None, cutoff_hz: float | None = None, events: Events | None = None,
    period_s: float | None = None, running: bool | None = None,
) -> Walk:  # fmt: skip
    """What the motion of a recording says.

    Parameters
    ----------
    recording
        With joint angles that say where the pelvis is, or with points to fit a body to.
    body
        The person's own (``read_osim``); None: a generic one of the person's size.
    mass
        kg; None: the subject's, else the body's.
    belt_speed
        m/s; None: found from the standing foot.
    cutoff_hz
        None: chosen by :func:`cutoff`.
    events
        Strikes and offs that are known (of plates, by hand); the rest is found from the motion.
    period_s
        Stride time, where it is known; None: between the strikes.
    running
        None: decided by whether there is flight.

    Raises
    ------
    MissingInputError
        Where the motion does not say where the pelvis is, or holds no step.
    """
    notes: list[Note] = []
    angles, body = _angles(recording, body, notes)
    body = _weighed(body, mass if mass is not None else recording.subject.mass)
    angles = _even(_upright(angles, body, notes))
    assert angles.rate is not None
    rest = {body.canonical[c.name]: 0.0 for c in body.coordinates if c.rotational and not c.locked}
    values, _ = coordinate_values(body, angles, rest)
    values = np.nan_to_num(fill_gaps(angles.times, values))
    first = _seen(body, values, angles.rate, angles.start)
    way, found, runs = _steps(first, running)
    told = _merged(found, events)
    period = period_s if period_s is not None else _stride_time(told)
    values, before = continued(values, angles.rate, period, _MORE_S)
    start = angles.start - before / angles.rate
    points, pose, com, spots = _placed(body, values, angles.rate, start)
    arms = _arms(recording, angles, body)
    if arms:
        more = {s: continued(x, angles.rate, period, _MORE_S)[0] for s, x in arms.items()}
        com = com + swing(pose, more)
        notes.append(
            Note("assumption", _PLACE, "the arms' swing is taken from shoulder, elbow and wrist")
        )
    if runs and running is None and not flies(com[before : before + len(angles), 1], angles.rate):
        runs = False
        notes.append(Note("assumption", _PLACE, "walking: no foot is seen at rest for part of the time, but the mass "
                          "centre never falls as in a run"))  # fmt: skip
    again = Recording(streams={"points": points})
    _, found, _ = _steps(again, runs)
    if period_s is not None:
        found = _repeated(found, period_s, points)
    times = points.times
    inside = slice(before, before + len(angles))
    if runs:
        found, moved = centred(found, times[inside], com[inside, 1])
        if moved:
            notes.append(Note("assumption", _PLACE, f"a runner's stances are centred where the mass centre is lowest "
                              f"(moved by {1e3 * moved:.0f} ms)"))  # fmt: skip
    told = _merged(found, events)
    cut = np.full(3, cutoff_hz) if cutoff_hz is not None else cutoff(com[inside], angles.rate, runs)
    net = net_force(com, angles.rate, cut, body.mass)
    belt, speed = way.belt_speed, way.speed
    if belt_speed is not None:
        drift = way.speed - (way.belt_speed or 0.0)
        belt, speed = belt_speed, belt_speed + drift
        notes.append(
            Note("assumption", _PLACE, f"the belt is taken to run at {belt_speed:.2f} m/s")
        )
    elif belt is not None:
        notes.append(Note("assumption", _PLACE, f"the belt runs at {belt:.2f} m/s by the standing foot"))  # fmt: skip
    if cutoff_hz is None:
        notes.append(Note("assumption", _PLACE, "the mass centre's path is low-passed at "
                          + ", ".join(f"{c:.1f}" for c in cut) + " Hz (forward, up, sideways), where its "
                          "spectrum meets its noise"))  # fmt: skip
    return Walk(
        body, angles, times, com, net,
        {s: spots[f"heel_{s[0]}"] for s in SIDES}, {s: spots[f"toe_{s[0]}"] for s in SIDES},
        {s: spots[f"ankle_{s[0]}"] for s in SIDES}, way.forward, float(speed), belt, told,
        (float(angles.start), float(angles.end)), cut, runs, recording.subject.height, tuple(notes), pose,
    )  # fmt: skip


def whole(recording: Recording) -> bool:
    """Whether the recording's own angles say where the pelvis is and how both legs are bent."""
    angles = recording.angles
    legs = [f"{c}_{s}" for c in LEG for s in ("r", "l")]
    return angles is not None and all(c in angles for c in (*PELVIS, *legs))


def _angles(recording: Recording, body: Body | None, notes: list[Note]) -> tuple[Stream, Body]:
    """Angles with the pelvis' place, and the body they belong to."""
    angles, points = recording.angles, recording.points
    legs = [s for s in ("r", "l") if angles is not None and all(f"{c}_{s}" in angles for c in LEG)]
    if angles is not None and whole(recording):
        if body is None:
            from gaitsmith.body.points import sized

            body = sized(recording, angles, None, legs, notes)
        return angles, body
    if points is None or points.attrs.get("made_from") == "angles":
        lacking = [c for c in PELVIS if angles is None or c not in angles]
        lacking += [f"{c}_{s}" for c in LEG for s in ("r", "l") if angles is None or f"{c}_{s}" not in angles]  # fmt: skip
        raise MissingInputError(
            "the motion is not whole", place=_PLACE, found=f"it lacks {', '.join(lacking)}",
            expected="the pelvis' tilt, list, rotation and place with hips, knees and ankles of both legs, or markers",
            remedy="complete it first: gaitsmith complete",
        )  # fmt: skip
    from gaitsmith.body.angles import solve_points
    from gaitsmith.body.markers import matched_markers

    if body is not None and len(matched_markers(body, points.labels)) < 6:
        notes.append(Note("assumption", _PLACE, "fewer than six points are markers of the model: a "
                          "generic body is used"))  # fmt: skip
        body = None
    solved = solve_points(recording.select("points"), body, smooth_hz=None, rough=True)
    notes += solved.recording.notes[len(recording.notes) :]
    return solved.angles, solved.body


def _arms(recording: Recording, angles: Stream, body: Body) -> dict[str, Array]:
    """Paths of the arms' mass centres on the clock of the angles, where the body's arms do not move."""
    points = recording.points
    fitted = angles.attrs.get("made_from") == "points" or recording.angles is None
    if points is None or not fitted or body.own_name("arm_flex_r") is not None:
        return {}
    found = arm_centres(points)
    times = angles.times
    return {
        s: np.column_stack([np.interp(times, points.times, c) for c in x.T])
        for s, x in found.items()
    }


def _weighed(body: Body, mass: float | None) -> Body:
    if body.mass < 1.0:
        raise MissingInputError("the model has no masses", place=_PLACE, found=f"{body.mass:g} kg")
    return body if mass is None else body.scaled(1.0, mass)


def _even(angles: Stream) -> Stream:
    """On a uniform clock of 100 to 200 Hz."""
    rate = angles.nominal_rate
    wanted = float(np.clip(round(rate), 100, 200))
    if angles.rate is not None and abs(angles.rate - wanted) < 1e-6:
        return angles
    return angles.resample(wanted)


def _upright(angles: Stream, body: Body, notes: list[Note]) -> Stream:
    """A trunk whose angles are absent or never change is held upright on the moving pelvis."""
    names = ("lumbar_extension", "lumbar_bending", "lumbar_rotation")
    if not all(body.own_name(n) for n in names):
        return angles
    moves = [
        n
        for n in names
        if n in angles
        and np.isfinite(angles[n]).any()
        and np.ptp(angles[n][np.isfinite(angles[n])]) > 0.1
    ]
    if moves:
        return angles
    keep = [x for x in angles.labels if x not in names]
    held = [-angles[p] for p in ("pelvis_tilt", "pelvis_list")]
    turn = angles["pelvis_rotation"]
    held.append(np.nanmedian(turn) - turn)
    notes.append(Note("warning", _PLACE, "the trunk's angles are not there (or locked): it is held upright; "
                      "the fore-aft force rests on the trunk's motion and is less sure"))  # fmt: skip
    return angles.select(keep).replace(
        data=np.column_stack([angles.select(keep).data, *held]), labels=(*keep, *names), filled=None
    )


def _placed(
    body: Body, values: Array, rate: float, start: float
) -> tuple[Stream, Pose, Array, dict[str, Array]]:
    """Points stream of landmarks, the pose, the mass centre's path and the landmarks' paths."""
    pose = place(body, values)
    where = places(body)
    spots = {n: pose.spot(s) for n, s in where.items()}
    for s in ("r", "l"):
        for n in ("heel", "toe", "ankle"):
            if f"{n}_{s}" not in spots:
                raise MissingInputError(
                    "the body has no such landmark", place=_PLACE, found=f"{n}_{s}"
                )
    stream = Stream(
        "points", np.stack(list(spots.values()), axis=1), tuple(spots), rate=rate, start=start
    )
    return stream, pose, pose.mass_centre, spots


def _seen(body: Body, values: Array, rate: float, start: float) -> Recording:
    return Recording(streams={"points": _placed(body, values, rate, start)[0]})


def _steps(points: Recording, running: bool | None) -> tuple[Progression, Events, bool]:
    """Progression, events from the feet's paths, and whether it is running."""
    from gaitsmith.gait.events import kinematic
    from gaitsmith.gait.frame import progression

    way = progression(points)
    if way.mode == "standing":
        raise MissingInputError("no walking was found", place=_PLACE, found=way.how)
    found, said = kinematic.detect_noted(points, running=running)
    runs = running if running is not None else any("running" in n.words for n in said)
    late = {"strike": 0.0, "off": 0.0} if runs else _LATE_S
    told = [replace(e, time=e.time - late[e.kind]) for e in found if e.kind in late]
    return way, Events(told), runs


def _repeated(found: Events, period_s: float, points: Stream) -> Events:
    """Events of a single stride also a stride earlier and later, where none was found there."""
    every = list(found)
    for e in found:
        for t in (e.time - period_s, e.time + period_s):
            near = found.times(e.kind, e.side) if e.side else np.zeros(0)
            if points.start <= t <= points.end and (
                not len(near) or np.abs(near - t).min() > 0.2 * period_s
            ):
                every.append(replace(e, time=t))
    return Events(every)


def _merged(found: Events, known: Events | None) -> Events:
    """Known events, and of the found ones those that no known one of its foot and kind is near.

    Near is 0.25 s, or two fifths of a stride where the known ones tell it: no foot strikes so soon again.
    """
    if known is None or not len(known):
        return found
    stride = _stride_time(known)
    close = max(_NEAR_S, 0.4 * stride) if stride is not None else _NEAR_S
    kept = []
    for e in found:
        near = known.times(e.kind, e.side) if e.side else np.zeros(0)
        if not len(near) or np.min(np.abs(near - e.time)) > close:
            kept.append(e)
    return Events([*known, *kept])


def _stride_time(events: Events) -> float | None:
    """Median time between two strikes of one foot (s); twice the step time where there is none."""
    own = [np.diff(events.times("strike", s)) for s in SIDES]
    every = np.concatenate(own)
    every = every[(every > 0.4) & (every < 3.0)]
    if len(every):
        return float(np.median(every))
    both = np.sort(np.concatenate([events.times("strike", s) for s in SIDES]))
    gaps = np.diff(both)
    gaps = gaps[(gaps > 0.2) & (gaps < 1.5)]
    return float(2 * np.median(gaps)) if len(gaps) else None
