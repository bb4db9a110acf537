"""From mean curves to a continuous walk: strides one after the other, each a little different.

Phase runs on with each stride's own duration (mean 60 · 2 / cadence, the person's own coefficient
of variation); each stride adds a deviation drawn from the person's own strides, blended into the
next one's around the strike, so that angles and their rates stay continuous. The left leg walks
the same strides, later by the share of the stride that the source shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Clock", "Variability", "closed", "play", "stride_clock"]

Array = npt.NDArray[np.float64]

# Around a strike, deviations of two strides are blended over this share of a stride on each side.
_BLEND = 0.15
# Curves do not quite close between 100 % and 0 %: the step is spread over this share at the end.
_CLOSE = 0.25


@dataclass(frozen=True)
class Variability:
    """How a person's strides vary.

    Attributes
    ----------
    time
        Coefficient of variation of the stride time.
    curves
        leg -> stride × channel × 101: deviations of strides from their mean, degrees.
    """

    time: float
    curves: dict[str, Array]


@dataclass(frozen=True)
class Clock:
    """Strikes of the leading leg (s) and, for every time, the stride and phase."""

    strikes: Array

    def at(self, times: Array, later: float) -> tuple[npt.NDArray[np.intp], Array]:
        """Stride index and phase (0-1) of a leg that is `later` (share of a stride) behind."""
        turns = np.interp(times, self.strikes, np.arange(len(self.strikes))) - later
        stride = np.floor(turns).astype(np.intp)
        return stride, turns - stride

    def strikes_of(self, later: float) -> Array:
        """Strikes (s) of a leg that is `later` behind."""
        n = np.arange(len(self.strikes))
        return np.asarray(np.interp(n + later, n, self.strikes)[: len(n) - 1])


def stride_clock(seconds: float, cadence: float, cv: float, rng: np.random.Generator) -> Clock:
    """Strikes from one stride before 0 until after `seconds`."""
    mean = 120.0 / cadence
    n = int(np.ceil(seconds / mean * (1 + 3 * cv))) + 6
    durations = mean * np.clip(1 + cv * rng.standard_normal(n), 0.7, 1.3)
    return Clock(np.concatenate(([0.0], np.cumsum(durations))) - 2 * mean)


def closed(curves: Array) -> Array:
    """Curves (… × 101) whose last point is the first: the step is taken out near the end."""
    x = np.linspace(0, 1, curves.shape[-1])
    ramp = np.clip((x - (1 - _CLOSE)) / _CLOSE, 0, 1)
    ramp = ramp**2 * (3 - 2 * ramp)
    out = np.asarray(curves - (curves[..., -1:] - curves[..., :1]) * ramp)
    # To the last bit: rounding left them apart in one of a thousand walks.
    out[..., -1] = out[..., 0]
    return out


def play(
    curve: Array, deviations: Array, clock: Clock, times: Array, *, later: float,
    order: npt.NDArray[np.intp],
) -> Array:  # fmt: skip
    """time × channel of one leg.

    Parameters
    ----------
    curve
        channel × 101, the mean.
    deviations
        n × channel × 101 of single strides; may be empty.
    order
        Which deviation each stride of the clock takes (both legs take those of the same stride).
    """
    from scipy.interpolate import CubicSpline

    phase_points = np.linspace(0, 1, curve.shape[-1])
    mean = CubicSpline(phase_points, closed(curve).T, bc_type="periodic")
    stride, phase = clock.at(times, later)
    out = mean(phase)
    if not len(deviations):
        return np.asarray(out)
    single = CubicSpline(phase_points, closed(deviations).T.reshape(len(phase_points), -1),
                         bc_type="periodic")(phase)  # fmt: skip
    single = single.reshape(len(times), curve.shape[0], len(deviations))

    def of(shift: int) -> Array:
        which = order[np.clip(stride + shift, 0, len(order) - 1)]
        return np.take_along_axis(single, which[:, None, None], axis=2)[:, :, 0]

    # Weight of this stride: 1 in its middle, 1/2 at its strikes; the neighbour has the rest.
    edge = np.minimum(phase, 1 - phase) / _BLEND
    own = 0.5 + 0.5 * np.sin(0.5 * np.pi * np.clip(edge, 0, 1))
    beside = np.where((phase < 0.5)[:, None], of(-1), of(1))
    a, b = own[:, None], 1 - own[:, None]
    # Two independent deviations mixed would vary less than one: kept at the same size.
    return np.asarray(out + (a * of(0) + b * beside) / np.sqrt(a**2 + b**2))
