"""The physics of a motion: ends continued by the nearest stride, the net force of the mass centre.

1. Both ends are continued by the nearest stride (:func:`continued`), so that filters and
   derivatives have something to stand on where the record begins and ends.
2. The mass centre's path; its second derivative after a low-pass whose cut-off the path's own
   noise chooses (:func:`cutoff`); net force = m (a - g).

A recording becomes such a motion in ``reading.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.body.kinematics import Pose
from gaitsmith.body.tree import Body
from gaitsmith.channels import Side
from gaitsmith.events import Events
from gaitsmith.recording import Note, Stream
from gaitsmith.signals import lowpass
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["SIDES", "Walk", "continued", "cutoff", "net_force"]

Array = npt.NDArray[np.float64]
SIDES: tuple[Side, Side] = ("right", "left")
#: Range (Hz) of the cut-off; what walking's net force holds above 12 Hz is its heel strike, which
#: smoothed markers do not show.
_CUT = {"walking": (4.0, 12.0), "running": (5.0, 15.0)}


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
