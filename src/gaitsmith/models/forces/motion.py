"""From a recording to what its motion says: mass centre, net force, feet, events, speed.

Steps:

1. Angles with the pelvis' place, as recorded, else fitted to the points; a body, the person's own
   or a generic one, at the person's mass.
2. Both ends are continued by the nearest stride (:func:`continued`), so that filters and
   derivatives have something to stand on where the record begins and ends.
3. The mass centre's path; its second derivative after a low-pass whose cut-off the path's own
   noise chooses (:func:`cutoff`); net force = m (a - g).
4. Heels, toes and ankles; direction, speed and belt; strikes and offs, as told or found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.body.kinematics import Pose, coordinate_values, place
from gaitsmith.body.sites import places
from gaitsmith.body.tree import Body
from gaitsmith.channels import Side
from gaitsmith.errors import MissingInputError
from gaitsmith.events import Events
from gaitsmith.models.forces.arms import arm_centres, swing
from gaitsmith.recording import Note, Recording, Stream
from gaitsmith.signals import fill_gaps, lowpass
from gaitsmith.units import STANDARD_GRAVITY

if TYPE_CHECKING:
    from gaitsmith.gait.frame import Progression

__all__ = ["SIDES", "Walk", "continued", "cutoff", "net_force", "walk_of", "whole"]

Array = npt.NDArray[np.float64]
SIDES: tuple[Side, Side] = ("right", "left")
_PLACE = "forces from motion"
_PELVIS = (
    "pelvis_tilt", "pelvis_list", "pelvis_rotation", "pelvis_tx", "pelvis_ty", "pelvis_tz",
)  # fmt: skip
_LEG = ("hip_flexion", "knee_angle", "ankle_angle")
#: Seconds by which each end is continued.
_MORE_S = 0.6
#: Range (Hz) of the cut-off; what walking's net force holds above 12 Hz is its heel strike, which
#: smoothed markers do not show.
_CUT = {"walking": (4.0, 12.0), "running": (5.0, 15.0)}

#: By how much (s) strikes and offs by the feet's paths come after a plate's: medians over the 26
#: people that the models learn from of each one's median; leaving any one out moves them by 1 ms
#: at most. Of running nothing was learnt.
_LATE_S: dict[str, float] = {"strike": 0.008, "off": 0.009}


@dataclass(frozen=True, eq=False)
class Walk:
    """What a motion says. Time axes are those of ``times``; vectors stand in the angles' frame.

    Attributes
    ----------
    body, angles
        The body at the person's mass, and the angles that were used, on a uniform clock.
    times
        s.
    com
        Mass centre (time × 3, m).
    net
        Net external force m (a - g) (time × 3, N), from the low-passed mass centre.
    heel, toe, ankle
        Places of each foot's landmarks by side (time × 3, m).
    forward
        Unit vector of walking.
    speed, belt
        m/s over the ground, and of the belt (None overground).
    events
        Strikes and offs, also of the continued ends where motion told them.
    span
        First and last second of the recording itself.
    cutoff_hz
        Of the low-pass of the mass centre's path (3,).
    running
        Whether there is flight.
    """

    body: Body
    angles: Stream
    times: Array
    com: Array
    net: Array
    heel: Mapping[Side, Array]
    toe: Mapping[Side, Array]
    ankle: Mapping[Side, Array]
    forward: Array
    speed: float
    belt: float | None
    events: Events
    span: tuple[float, float]
    cutoff_hz: Array
    running: bool = False
    height: float | None = None
    notes: tuple[Note, ...] = ()
    pose: Pose | None = field(default=None, repr=False)

    @property
    def weight(self) -> float:
        """Body weight (N)."""
        return self.body.mass * STANDARD_GRAVITY

    @property
    def rate(self) -> float:
        """Hz."""
        return float(self.angles.nominal_rate)

    @property
    def right(self) -> Array:
        """Unit vector to the person's right."""
        x, _, z = self.forward
        return np.array([-z, 0.0, x])

    def walking_frame(self, vectors: Array) -> Array:
        """Vectors (… × 3) as forward, up, right of the walk."""
        return np.asarray(vectors @ np.stack((self.forward, (0.0, 1.0, 0.0), self.right)).T)

    def from_walking_frame(self, vectors: Array) -> Array:
        """The inverse of :meth:`walking_frame`."""
        return np.asarray(vectors @ np.stack((self.forward, (0.0, 1.0, 0.0), self.right)))


def continued(values: Array, rate_hz: float, period_s: float | None, seconds: float) -> tuple[Array, int]:  # fmt: skip
    """`values` (time × any) with both ends continued, and how many samples stand before the first.

    By the stride (`period_s`) next to the end, moved so that it joins; by a point reflection of
    the end where the record holds no stride.
    """
    n = len(values)
    m = min(round(seconds * rate_hz), n - 2)
    if m < 1:
        return values, 0
    steps = None if period_s is None else period_s * rate_hz
    # A stride that was put on another clock may lack up to a sample at its end.
    if steps is not None and steps > m and n - 1 >= steps - 1.5:
        at = np.arange(n, dtype=float)
        before = np.arange(-m, 0) + steps
        after = np.arange(n, n + m) - steps
        spline = _through(at, values)
        first, last = values[0] - spline(min(steps, n - 1)), values[-1] - spline(max(n - 1 - steps, 0))  # fmt: skip
        return np.concatenate((spline(before) + first, values, spline(after) + last)), m
    low = 2 * values[0] - values[m:0:-1]
    high = 2 * values[-1] - values[-2 : -m - 2 : -1]
    return np.concatenate((low, values, high)), m


def _through(at: Array, values: Array) -> Any:
    from scipy.interpolate import make_interp_spline

    return make_interp_spline(at, values, k=min(3, len(at) - 1))


def cutoff(path: Array, rate_hz: float, running: bool = False) -> Array:
    """Cut-off (Hz) of each component of a mass centre's path (time × 3, m), by its own noise.

    What steps do not explain in an acceleration that was measured by markers is about equally
    strong at all frequencies above some 12 Hz (joint angles come smoothed, skin moves with the
    steps); its level is the median of the spectrum up there. The cut-off is where the spectrum's
    envelope (its largest value within 1 Hz) comes down to twice that level, within 4-12 Hz
    walking and 5-15 Hz running. Ours; on recordings with plates the error of the net force has its
    minimum near there (3 Hz in quiet sideways motion to 12 Hz in fast children).
    """
    from scipy.ndimage import maximum_filter1d

    low, high = _CUT["running" if running else "walking"]
    top = 0.45 * rate_hz
    if len(path) < 32:
        return np.full(path.shape[1], min(low, top))
    f, p = _spectrum(np.diff(path, 2, axis=0) * rate_hz**2, rate_hz)
    wide = max(1, round(1.0 / (f[1] - f[0])))
    envelope = maximum_filter1d(p, 2 * wide + 1, axis=0)
    quiet = (f > 12.0) & (f < top)
    out = np.full(path.shape[1], high)
    for k in range(path.shape[1]):
        # The median of a periodogram's noise is ln 2 of its mean, its local maximum some 3 times.
        noise = float(np.median(p[quiet, k])) / np.log(2) if quiet.any() else 0.0
        below = np.flatnonzero((envelope[:, k] < 2 * 3 * noise) & (f > 2.0))
        if len(below):
            out[k] = f[below[0]] - 0.5
    return np.asarray(np.clip(out, low, min(high, top)), dtype=np.float64)


def _spectrum(values: Array, rate_hz: float) -> tuple[Array, Array]:
    """Frequencies and the one-sided periodogram of values (time × 3) without their line, under a Hann window.

    As scipy.signal's, whose import takes a quarter of a short command's time.
    """
    n = len(values)
    line = np.column_stack((np.ones(n), np.arange(n)))
    left = values - line @ np.linalg.lstsq(line, values, rcond=None)[0]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)
    p = np.abs(np.fft.rfft(left * window[:, None], axis=0)) ** 2 / (rate_hz * (window**2).sum())
    p[1 : None if n % 2 else -1] *= 2
    return np.asarray(np.fft.rfftfreq(n, 1.0 / rate_hz), dtype=np.float64), np.asarray(
        p, dtype=np.float64
    )


def net_force(com: Array, rate_hz: float, cutoff_hz: Sequence[float] | Array, mass: float, gravity: float = STANDARD_GRAVITY) -> Array:  # fmt: skip
    """m (a - g) (time × 3, N) of a mass centre's path (time × 3, m) after a low-pass of each axis."""
    smooth = np.column_stack(
        [lowpass(x, rate_hz, float(c)) for x, c in zip(com.T, cutoff_hz, strict=True)]
    )
    at = np.arange(len(com)) / rate_hz
    a = _through5(at, smooth)(at, nu=2)
    out = mass * (a + np.array([0.0, gravity, 0.0]))
    return np.asarray(out)


def _through5(at: Array, values: Array) -> Any:
    from scipy.interpolate import make_interp_spline

    return make_interp_spline(at, values, k=min(5, len(at) - 1))


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
    again = Recording(streams={"points": points})
    _, found, _ = _steps(again, runs)
    if period_s is not None:
        found = _repeated(found, period_s, points)
    told = _merged(found, events)
    times = points.times
    inside = slice(before, before + len(angles))
    cut = np.full(3, cutoff_hz) if cutoff_hz is not None else cutoff(com[inside], angles.rate, runs)
    net = net_force(com, angles.rate, cut, body.mass)
    belt, speed = way.belt_speed, way.speed
    if belt_speed is not None:
        drift = way.speed - (way.belt_speed or 0.0)
        belt, speed = belt_speed, belt_speed + drift
        notes.append(Note("assumption", _PLACE, f"belt speed {belt_speed:.2f} m/s as given"))
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
    legs = [f"{c}_{s}" for c in _LEG for s in ("r", "l")]
    return angles is not None and all(c in angles for c in (*_PELVIS, *legs))


def _angles(recording: Recording, body: Body | None, notes: list[Note]) -> tuple[Stream, Body]:
    """Angles with the pelvis' place, and the body they belong to."""
    angles, points = recording.angles, recording.points
    legs = [s for s in ("r", "l") if angles is not None and all(f"{c}_{s}" in angles for c in _LEG)]
    if angles is not None and whole(recording):
        if body is None:
            from gaitsmith.body.points import sized

            body = sized(recording, angles, None, legs, notes)
        return angles, body
    if points is None or points.attrs.get("made_from") == "angles":
        lacking = [c for c in _PELVIS if angles is None or c not in angles]
        lacking += [f"{c}_{s}" for c in _LEG for s in ("r", "l") if angles is None or f"{c}_{s}" not in angles]  # fmt: skip
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
    """Known events, and of the found ones those that no known one of its foot and kind is near."""
    if known is None or not len(known):
        return found
    kept = []
    for e in found:
        near = known.times(e.kind, e.side) if e.side else np.zeros(0)
        if not len(near) or np.min(np.abs(near - e.time)) > 0.25:
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
