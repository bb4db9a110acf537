"""Where in a recording a person walks and where they turn, from inertial sensors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from gaitsmith.events import Event, Events
from gaitsmith.gait.imu import Imu, up_axis
from gaitsmith.signals import gaps, lowpass

__all__ = ["bouts", "foot_turns", "in_bouts", "yaw_turns"]

Array = npt.NDArray[np.float64]

# A rest of this long (s) ends a walking bout: Kluge et al., PLoS One 16 (2021) e0256541, the
# Mobilise-D consensus.
_REST_S = 3.0
# A turn is at least this large (deg), its rate exceeds _TURN_PEAK somewhere and _TURN_EDGE
# (deg/s) from start to end. El-Gohary et al., Sensors 14 (2014) 356 have 45 deg, 15 and 5 deg/s
# at 1.5 Hz; at 0.7 Hz the sway of each stride is gone and the edges may stand higher, which puts
# start and end nearer to what people mark.
_TURN_DEG = 45.0
_TURN_PEAK = 30.0
_TURN_EDGE = 15.0
_TURN_CUTOFF_HZ = 0.7
# From the feet: a stride that turns by this much (deg) belongs to a turn.
_STRIDE_DEG = 15.0


def bouts(events: Iterable[Event], least: int = 2) -> list[tuple[float, float]]:
    """Stretches of walking (s): strikes and offs without a rest of 3 s between them.

    `least` strikes make a bout.
    """
    feet = sorted((e for e in events if e.kind in ("strike", "off")), key=lambda e: e.time)
    if not feet:
        return []
    times = np.array([e.time for e in feet])
    strikes = np.array([e.kind == "strike" for e in feet])
    cuts = np.flatnonzero(np.diff(times) > _REST_S) + 1
    out = []
    for part in np.split(np.arange(len(times)), cuts):
        if strikes[part].sum() >= least:
            out.append((float(times[part[0]]), float(times[part[-1]])))
    return out


def in_bouts(events: Events, source: str, least: int = 2) -> Events:
    """The strikes and offs that lie in walking bouts, with a start and a stop for each bout."""
    spans = bouts(events, least)
    rows = [e for e in events if any(a <= e.time <= b for a, b in spans)]
    for a, b in spans:
        rows += [Event(a, None, "start", source), Event(b, None, "stop", source)]
    return Events(rows)


def yaw_turns(sensor: Imu, source: str) -> Events:
    """Turns of the body from a sensor on the trunk: the rate about the vertical.

    Without gravity in the signal there is no vertical, hence no turns.
    """
    if not sensor.gravity or len(sensor) < sensor.samples(1.0):
        return Events()
    rate = lowpass(sensor.gyr @ up_axis(sensor), sensor.rate_hz, _TURN_CUTOFF_HZ)
    rows = []
    for sign in (1.0, -1.0):
        signed = sign * rate
        for a, b in gaps(signed > _TURN_EDGE):
            angle = float(signed[a:b].sum() / sensor.rate_hz)
            if signed[a:b].max() > _TURN_PEAK and angle >= _TURN_DEG:
                sure = 1.0 - float(sensor.doubtful[a:b].mean())
                rows.append(Event(sensor.start + float(a) / sensor.rate_hz, None, "turn", source,
                                  sure, float(b - a) / sensor.rate_hz))  # fmt: skip
    return Events(rows)


def foot_turns(feet: Sequence[tuple[Imu, Array]], source: str) -> Events:
    """Turns of the body from sensors on the feet, with or without gravity.

    A foot that lies flat before and after a stride has turned about the vertical alone, so the
    net rotation of the stride is the change of heading; no vertical need be known.

    Parameters
    ----------
    feet
        Sensors with their swings: n × 2 times (s) of off and strike, ascending.
    """
    pieces: list[tuple[float, float, float]] = []
    used = 0
    axis: Array | None = None
    for sensor, spans in feet:
        if len(spans) < 2:
            continue
        used += 1
        headings, vertical = _headings(sensor, spans)
        # Both feet turn the same way; where gravity is lacking the sign of each foot's axis is
        # free, and within one foot it is all that the grouping below needs.
        if axis is None or sensor.gravity:
            axis = vertical
        pieces += [(float(a), float(b), float(h)) for (a, b), h in zip(spans, headings, strict=True)
                   if abs(h) >= _STRIDE_DEG]  # fmt: skip
        if not sensor.gravity:
            break
    if not pieces:
        return Events()
    pieces.sort()
    rows = []
    used = used if feet[0][0].gravity else 1
    group: list[tuple[float, float, float]] = []
    for piece in [*pieces, (np.inf, np.inf, 0.0)]:
        if group and (
            piece[0] - max(p[1] for p in group) > 0.7
            or np.sign(piece[2]) != np.sign(group[0][2])
        ):  # fmt: skip
            angle = abs(sum(p[2] for p in group)) / used
            if angle >= _TURN_DEG:
                end = max(p[1] for p in group)
                rows.append(Event(group[0][0], None, "turn", source, 1.0, end - group[0][0]))
            group = []
        group.append(piece)
    return Events(rows)


def _headings(sensor: Imu, spans: Array) -> tuple[Array, Array]:
    """Change of heading (deg) over each stride, and the vertical it is about."""
    still = np.linalg.norm(lowpass(sensor.gyr, sensor.rate_hz, 5.0), axis=1)
    at = (spans - sensor.start) * sensor.rate_hz
    bounds = np.concatenate((
        [max(0, at[0, 0] - sensor.samples(0.6))], (at[:-1, 1] + at[1:, 0]) / 2,
        [min(len(sensor) - 1, at[-1, 1] + sensor.samples(0.6))],
    ))  # fmt: skip
    low = np.concatenate(([bounds[0]], at[:, 1])).astype(int)
    high = np.concatenate((at[:, 0], [bounds[-1]])).astype(int)
    rest = np.array(
        [a + int(np.argmin(still[a : max(a, b) + 1])) for a, b in zip(low, high, strict=True)]
    )
    turned = _orientations(sensor)
    vectors = _rotation_vectors(_times(_conjugate(turned[rest[:-1]]), turned[rest[1:]]))
    if sensor.gravity:
        vertical = up_axis(sensor)
    else:
        _, axes = np.linalg.eigh(vectors.T @ vectors)
        vertical = axes[:, -1]
    headings: Array = np.degrees(vectors @ vertical)
    return headings, vertical


def _orientations(sensor: Imu) -> Array:
    """Quaternions (n × 4, scalar first) from the first sample's axes: a parallel prefix product."""
    angle = np.radians(sensor.gyr) / sensor.rate_hz
    size = np.linalg.norm(angle, axis=1, keepdims=True)
    q = np.concatenate((np.cos(size / 2), angle * np.sinc(size / (2 * np.pi)) / 2), axis=1)
    step = 1
    while step < len(q):
        q[step:] = _times(q[:-step], q[step:])
        step *= 2
    return q


def _times(p: Array, q: Array) -> Array:
    w1, x1, y1, z1 = p.T
    w2, x2, y2, z2 = q.T
    return np.stack((
        w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2, w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2,
        w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2, w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2,
    ), axis=1)  # fmt: skip


def _conjugate(q: Array) -> Array:
    out: Array = q * np.array([1.0, -1.0, -1.0, -1.0])
    return out


def _rotation_vectors(q: Array) -> Array:
    """Rotation vectors (rad, n × 3) of unit quaternions, the short way round."""
    q = np.where(q[:, :1] < 0, -q, q)
    size = np.linalg.norm(q[:, 1:], axis=1, keepdims=True)
    angle = 2 * np.arctan2(size, q[:, :1])
    out: Array = q[:, 1:] * angle / np.maximum(size, 1e-12)
    return out
