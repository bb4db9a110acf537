"""Where the person walks to: direction, speed, and whether the ground moves.

Everything is measured on the feet and the trunk of a points stream (`ground.py` for the ground).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from gaitsmith import landmarks
from gaitsmith.errors import MissingInputError
from gaitsmith.events import Event, Events
from gaitsmith.gait.feet import Foot, feet, trunk
from gaitsmith.gait.ground import SWAY_HZ, body_path, ground_velocity, uniform, velocity
from gaitsmith.signals import fill_gaps, gaps, lowpass
from gaitsmith.streams import Stream

if TYPE_CHECKING:
    from gaitsmith.recording import Recording

__all__ = [
    "Progression",
    "body_path",
    "body_yaw",
    "face_forward",
    "ground_velocity",
    "heading",
    "progression",
    "turns",
]

Array = npt.NDArray[np.float64]
Mode = Literal["overground", "treadmill", "standing"]

# Below this (m/s) the ground stands still; no treadmill walk is as slow.
_STILL = 0.12
# A trunk that travels less than this (m) with feet that swing less than this (m/s) stands.
# A trunk that stays within this (m) goes nowhere, whatever the feet do: stepping in place.
_IN_PLACE_M = 0.3
# One that sways up to the second (m) and ends within the first (m) of where it began, too.
_BACK_M, _SWAY_M = 0.1, 1.2
_STANDING_M, _STANDING_MS = 0.25, 0.35
# A belt's speed that rests on joint angles is that of a body: twice the root mean square error of
# four treadmill recordings drawn by their own models and by a generic body whose size the height
# of the pelvis tells (2.7 and 2.1 %), and of one of 1.70 m where nothing tells it (4.5 to 6 %).
_BODY_SHARE, _HELD_SHARE = 0.055, 0.12
# Below this speed (m/s) a path has no heading.
_STROLL = 0.25
# A change of heading larger than this (degrees) is a turn.
_TURN_DEG = 45.0


@dataclass(frozen=True)
class Progression:
    """How the person moves over the ground.

    Attributes
    ----------
    direction
        Unit vector (3,) in the recording's axes, horizontal; (1, 0, 0) when standing.
    speed
        m/s relative to the ground: belt speed plus the drift of the trunk on a treadmill.
    mode
        ``"overground"``, ``"treadmill"`` or ``"standing"``.
    belt_speed
        m/s; None overground.
    backward
        Whether the person walks backward (the toes point against the direction).
    heading_change_deg
        Largest change of heading of the trunk's path (degrees); 0 on a treadmill.
    how
        How this is known, in words.
    within
        The speed lies within so much (m/s, about two SD) of the true one; 0 where the feet were
        measured and no error worth telling was met (ours: at most 0.01 m/s on 18 recordings with markers).
    """

    direction: tuple[float, float, float]
    speed: float
    mode: Mode
    belt_speed: float | None = None
    backward: bool = False
    heading_change_deg: float = 0.0
    how: str = ""
    within: float = 0.0

    @property
    def forward(self) -> Array:
        """The direction as an array (3,)."""
        return np.array(self.direction)

    @property
    def right(self) -> Array:
        """Unit vector (3,) to the person's right when walking forward."""
        x, _, z = self.direction
        return np.array([-z, 0.0, x])


def _toes_point(the_feet: dict[Any, Foot]) -> Array:
    """Mean horizontal direction (3,) from heel to toe of both feet; zero where not known."""
    total = np.zeros(3)
    for foot in the_feet.values():
        if foot.both:
            v = np.nanmean(foot.front - foot.back, axis=0)
            v[1] = 0.0
            if np.isfinite(v).all() and np.linalg.norm(v) > 0.02:
                total += v / np.linalg.norm(v)
    return total


def progression(recording: Recording) -> Progression:
    """Direction, speed and ground of the walk in the recording's first points stream.

    Raises
    ------
    MissingInputError
        Where there are no points, or none of them a foot or the trunk.
    """
    points = recording.points
    if points is None or len(points) < 2:
        raise MissingInputError(
            "the walking direction needs points", place=recording.name or None,
            found="no points stream", expected="markers or joint centres of feet and pelvis",
        )  # fmt: skip
    found = _of_points(_Same(points))
    if found is None:
        raise MissingInputError(
            "the walking direction needs a foot or the pelvis", place=recording.name or None,
            found=f"points {', '.join(points.labels[:8])}", expected="labels of known landmarks",
            remedy="rename the points, for example to heel_r, toe_r, pelvis",
        )  # fmt: skip
    return found


class _Same:
    """A stream that equals only itself: a key that costs nothing to compare."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    def __hash__(self) -> int:
        return id(self.stream)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.stream is self.stream


# Several steps of one analysis ask for the progression of one and the same frozen stream.
@lru_cache(maxsize=2)
def _of_points(points: _Same) -> Progression | None:
    stream = uniform(points.stream)
    the_feet = feet(stream)
    middle = body_path(stream, the_feet)
    if middle is None:
        return None
    return _judge(stream, the_feet, middle, ground_velocity(stream, the_feet))


def _judge(
    stream: Stream, the_feet: dict[Any, Foot], middle: Array, ground: Array | None
) -> Progression:
    assert stream.rate is not None
    net, seconds, path, turned = _travel(middle, stream.rate)
    belt = float(np.linalg.norm(ground)) if ground is not None else 0.0
    toes = _toes_point(the_feet)
    # On a belt the trunk stays while the standing feet move; a foot that slides overground moves
    # with the trunk, not against it.
    if (
        ground is not None
        and belt > _STILL
        and float(np.dot(net, ground)) < 0.5 * belt * belt * seconds
    ):
        direction = -ground / belt
        drift = float(net @ direction) / seconds if seconds > 0 else 0.0
        how = f"the standing feet move at {belt:.2f} m/s while the trunk travels "
        how += f"{np.linalg.norm(net):.2f} m in {seconds:.1f} s"
        share = 0.0
        if stream.attrs.get("made_from") == "angles":
            share = _HELD_SHARE if stream.attrs.get("pelvis") == "held" else _BODY_SHARE
        if stream.attrs.get("pelvis") == "held":
            how = f"the standing feet move at {belt:.2f} m/s beneath a pelvis whose place is not "
            how += "recorded: it may have been over ground too"
        return Progression(
            _tuple(direction), belt + drift, "treadmill", belt, float(toes @ direction) < 0, how=how,
            within=share * belt,
        )  # fmt: skip
    swing = _swing_speed(the_feet, stream.rate)
    length = float(np.linalg.norm(net))
    spread = np.ptp(middle[np.isfinite(middle).all(axis=1)], axis=0) if seconds > 0 else np.zeros(3)
    reach = float(np.hypot(spread[0], spread[2]))
    if swing >= _STANDING_MS and (reach < _IN_PLACE_M or (length < _BACK_M and reach < _SWAY_M)):
        return Progression(
            (1.0, 0.0, 0.0), 0.0, "standing",
            how=f"the feet move, but the trunk stays within {reach:.2f} m and no belt moves",
        )  # fmt: skip
    if max(length, path) < _STANDING_M and swing < _STANDING_MS:
        return Progression(
            _tuple(toes / np.linalg.norm(toes)) if np.linalg.norm(toes) else (1.0, 0.0, 0.0), 0.0,
            "standing", how=f"the trunk travels {length:.2f} m and no foot swings",
        )  # fmt: skip
    straight = turned < _TURN_DEG
    direction = net / length if length > 0 else np.array([1.0, 0.0, 0.0])
    speed = (length if straight else path) / seconds if seconds > 0 else 0.0
    return Progression(
        _tuple(direction), speed, "overground", None, float(toes @ direction) < 0, turned,
        how=f"the standing feet rest and the trunk travels {length:.2f} m in {seconds:.1f} s"
        if ground is not None else f"the trunk travels {length:.2f} m in {seconds:.1f} s",
    )  # fmt: skip


def _tuple(v: Array) -> tuple[float, float, float]:
    return float(v[0]) + 0.0, 0.0, float(v[2]) + 0.0


def _swing_speed(the_feet: dict[Any, Foot], rate_hz: float) -> float:
    """95th percentile of the horizontal speed of the feet (m/s); 0 where none is seen."""
    v = [velocity(f.front, rate_hz)[:, [0, 2]] for f in the_feet.values()]
    speeds = np.linalg.norm(np.concatenate(v), axis=1) if v else np.zeros(0)
    speeds = speeds[np.isfinite(speeds)]
    return float(np.percentile(speeds, 95)) if len(speeds) else 0.0


def _travel(middle: Array, rate_hz: float) -> tuple[Array, float, float, float]:
    """Net displacement (3,), its seconds, length of the path (m), largest heading change (deg).

    Standing before and after the walk does not count: only the time from the first to the last
    sample at which the path is followed at a third of its brisk (90th percentile) speed.
    """
    known = np.flatnonzero(np.isfinite(middle).all(axis=1))
    if len(known) < 2:
        return np.zeros(3), 0.0, 0.0, 0.0
    middle = middle[known[0] : known[-1] + 1]
    heading, speed = _heading(middle, rate_hz)
    brisk = float(np.percentile(speed, 90))
    going = np.flatnonzero(speed > brisk / 3) if brisk > _STROLL else np.arange(len(middle))
    first, last = int(going[0]), int(going[-1])
    net = middle[last] - middle[first]
    if not np.isfinite(net).all():
        first, last = 0, len(middle) - 1
        net = middle[last] - middle[first]
    net[1] = 0.0
    path = float(speed[first : last + 1].sum()) / rate_hz
    moving = heading[speed > _STROLL]
    turned = float(np.degrees(np.ptp(np.unwrap(moving)))) if len(moving) > 1 else 0.0
    return net, float(last - first) / rate_hz, path, turned


def _heading(middle: Array, rate_hz: float) -> tuple[Array, Array]:
    """Heading (rad, about +y from x towards −z) and speed (m/s) of the path, without the sway.

    The sway of each step is taken out by a low-pass of 0.7 Hz, below half the slowest stride rate.
    """
    whole = fill_gaps(np.arange(len(middle), dtype=float), middle)
    v = velocity(whole, rate_hz, SWAY_HZ)
    return np.arctan2(-v[:, 2], v[:, 0]), np.hypot(v[:, 0], v[:, 2])


def heading(middle: Array, rate_hz: float) -> tuple[Array, Array]:
    """Forward (x, z), each (n,), of the path of a trunk (n, 3); held where it hardly moves."""
    angle, speed = _heading(middle, rate_hz)
    angle = np.unwrap(angle)
    moving = speed > _STROLL
    if moving.any():
        n = np.arange(len(angle))
        angle = np.interp(n, n[moving], angle[moving])
    return np.cos(angle), -np.sin(angle)


def turns(recording: Recording, least_deg: float = _TURN_DEG) -> Events:
    """Turns of an overground walk: `turn` events with their durations.

    The heading of the trunk's path (low-passed at 0.7 Hz) is followed; a turn is a stretch in
    which it changes one way faster than 15 degrees a second, by `least_deg` or more in all.
    Walking slower than 0.15 m/s has no heading. Where the body shows its two sides (hips, pelvis
    or shoulders), they must have turned at least half as far: a slow walker sways without turning.
    """
    points = recording.points
    if points is None or len(points) < 2:
        return Events()
    stream = uniform(points)
    assert stream.rate is not None
    middle = trunk(stream)
    if middle is None:
        return Events()
    known = np.flatnonzero(np.isfinite(middle).all(axis=1))
    if len(known) < 3:
        return Events()
    first, last = known[0], known[-1] + 1
    heading, speed = _heading(middle[first:last], stream.rate)
    yaw = body_yaw(stream)
    angle = np.unwrap(heading)
    rate = np.degrees(np.gradient(angle)) * stream.rate
    rows = []
    for sign in (1.0, -1.0):
        for a, b in gaps((sign * rate > 15.0) & (speed > 0.15)):
            turned = abs(np.degrees(angle[b - 1] - angle[a]))
            body = np.inf
            if yaw is not None:
                body = abs(np.degrees(yaw[first + b - 1] - yaw[first + a]))
            if turned >= least_deg and body >= 0.5 * least_deg:
                start = stream.start + (first + a) / stream.rate
                rows.append(Event(float(start), None, "turn", "kinematic",
                                  duration=float((b - 1 - a) / stream.rate)))  # fmt: skip
    return Events(rows)


def body_yaw(stream: Stream) -> Array | None:
    """Direction (rad, unwrapped) of the line from left to right of pelvis or shoulders, or None."""
    for stem in ("hip", "asis", "psis", "trochanter", "shoulder"):
        pair = [landmarks.find(stream.labels, f"{stem}_{s}") for s in "lr"]
        if pair[0] is None or pair[1] is None:
            continue
        across = stream[pair[1]] - stream[pair[0]]
        known = np.isfinite(across).all(axis=1)
        if known.mean() > 0.5:
            assert stream.rate is not None
            whole = fill_gaps(np.arange(len(across), dtype=float), across)
            smooth = lowpass(whole, stream.rate, SWAY_HZ)
            out: Array = np.unwrap(np.arctan2(-smooth[:, 2], smooth[:, 0]))
            return out
    return None


def face_forward(recording: Recording) -> Recording:
    """The recording turned about the vertical so that the person walks along +x, with a note.

    Points, forces, centres of pressure and plate corners turn; everything else stays. Unchanged
    where the progression is within half a degree of +x, or the person stands.

    Raises
    ------
    MissingInputError
        As :func:`progression`.
    """
    way = progression(recording)
    x, _, z = way.direction
    angle = float(np.degrees(np.arctan2(z, x)))
    if way.mode == "standing" or abs(angle) < 0.5:
        return recording
    # Rotation about +y that brings (x, 0, z) to (1, 0, 0).
    turn = np.array([[x, 0.0, z], [0.0, 1.0, 0.0], [-z, 0.0, x]])
    streams = {name: _turned(s, turn) for name, s in recording.streams.items()}
    return recording.replace(streams=streams).with_note(
        "assumption", "axes",
        f"turned by {-angle:.0f} degrees about the vertical so that walking is along +x "
        f"({way.mode}: {way.how})",
    )  # fmt: skip


def _turned(stream: Stream, turn: Array) -> Stream:
    if stream.kind == "points":
        return stream.replace(data=stream.data @ turn.T)
    if stream.kind != "forces":
        return stream
    data = stream.data.copy()
    data[..., :3] = data[..., :3] @ turn.T
    data[..., 3:6] = data[..., 3:6] @ turn.T
    attrs = dict(stream.attrs)
    for key in ("corners", "origin"):
        if key in attrs:
            attrs[key] = _turned_places(attrs[key], turn)
    return stream.replace(data=data, attrs=attrs)


def _turned_places(value: Any, turn: Array) -> Any:
    """Nested lists or mappings that end in triples, turned."""
    if isinstance(value, dict):
        return {k: _turned_places(v, turn) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        if len(value) == 3 and all(isinstance(v, (int, float)) for v in value):
            return [float(v) for v in turn @ np.array(value, dtype=float)]
        return [_turned_places(v, turn) for v in value]
    return value
