"""When a plate is loaded: intervals of a vertical force that survive noise, offsets and dropouts.

Pure functions on arrays; which foot it was is asked in `contacts.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.signals import blurred, gaps

__all__ = ["Load", "Rest", "at_rest", "loads"]

Array = npt.NDArray[np.float64]

# A strike is where the force passes the first of these levels (N) above the unloaded one, an off
# where it passes the second. Laboratories use 10 to 50 N (Tirosh & Sparrow 2003, J Appl Biomech
# 19:178). A heel loads a plate within milliseconds, so a higher level costs nothing there and is
# spared the early foot of forces that were low-pass filtered; a toe leaves slowly, so there the
# level is low, but above the slow creep of plates after the foot has gone. Both were chosen for
# their agreement with the events that laboratories put into their files (studies/events.py).
STRIKE_N, OFF_N = 30.0, 15.0
# A plate that shows its noise at rest was not cut off below some force, and one whose rest is near
# zero (N) does not creep: there the toe is followed longer.
RAW_OFF_N, _AT_ZERO_N = 10.0, 2.0
# A plate counts as stepped on only above this share of the load it carries, within these bounds
# (N): high enough for un-zeroed plates of treadmills, low enough for a small child.
_HIGH_SHARE, _HIGH_BOUNDS = 0.08, (30.0, 60.0)
# Below the largest load (N) a plate has not been stepped on at all.
_LEAST_LOAD = 60.0
# Single samples that drop out within a contact, and bursts at its end, are bridged over this (s).
_BRIDGE_S = 0.025
# No foot touches the ground for less (s): sprinters' contacts last about 0.1 s.
_SHORTEST_S = 0.07


@dataclass(frozen=True)
class Rest:
    """An unloaded plate: its level (N), the noise about it (standard deviation, N)."""

    level: float
    noise: float


@dataclass(frozen=True)
class Load:
    """One interval of load.

    Attributes
    ----------
    start_s, end_s
        Times at which the force passed the low level.
    from_start, to_end
        Whether the record began or ended within the load: then that time is no event.
    typical_n, peak_n
        Median and 98th percentile of the force within it (N).
    """

    start_s: float
    end_s: float
    from_start: bool
    to_end: bool
    typical_n: float
    peak_n: float

    @property
    def duration_s(self) -> float:
        """Seconds of load."""
        return self.end_s - self.start_s


def at_rest(force: Array) -> Rest | None:
    """Level and noise of the unloaded plate, or None where it is never unloaded.

    The unloaded samples are those within 12 % of the largest load (98th percentile) of zero, and
    at least 5 % of all samples; the level is their median, the noise their scaled median absolute
    deviation. Plates that their maker set to exactly 0 have neither.
    """
    here = force[np.isfinite(force)]
    if not len(here):
        return None
    load = max(float(np.percentile(here, 98)), _LEAST_LOAD)
    quiet = here[np.abs(here) < max(0.12 * load, 50.0)]
    if len(quiet) < max(0.05 * len(here), 3):
        return None
    level = float(np.median(quiet))
    return Rest(level, float(1.4826 * np.median(np.abs(quiet - level))))


def loads(
    time: Array, force: Array, *, zeroed: bool = True, low_n: float | None = None
) -> tuple[list[Load], Rest | None]:
    """Intervals in which a plate carries load.

    Levels count above the unloaded one: an interval counts where the force passes the high one (8 %
    of the load, 30 to 60 N); it begins where the force passed 30 N and ends where it fell below
    15 N (10 N where the unloaded plate shows its noise about zero; four times that, where it is more). The times lie between samples by linear
    interpolation.
    A noisy plate (more than 5 N) is smoothed by a Gaussian of 5 ms first, which moves no edge by
    more than that.

    Parameters
    ----------
    time
        Seconds, increasing, (n,).
    force
        Vertical force on the person (N), (n,); NaN counts as unloaded.
    zeroed
        Whether levels count from the unloaded plate's own level; False: from the file's zero, as
        programs do that do not zero plates.
    low_n
        One level (N) for strikes and offs in place of those.

    Returns
    -------
    loads
        In order of time.
    rest
        The unloaded plate; None where the plate is never unloaded (then there are no loads).
    """
    rest = at_rest(force)
    if rest is None or len(time) < 4:
        return [], rest
    f = np.nan_to_num(force - rest.level if zeroed else force, nan=0.0)
    load = float(np.percentile(f, 98))
    if load < _LEAST_LOAD:
        # A plate hit briefly in a long record has its load above that percentile.
        load = float(np.percentile(f, 99.8))
        if load < _LEAST_LOAD:
            return [], rest
    step = float(np.median(np.diff(time)))
    noise = rest.noise
    if noise > 5.0:
        f = blurred(f, 0.005 / step)
        quiet = f[np.abs(f) < max(0.12 * load, 50.0)]
        noise = float(1.4826 * np.median(np.abs(quiet - np.median(quiet)))) if len(quiet) else noise
    raw = noise > 0 and abs(rest.level) < _AT_ZERO_N
    low = low_n if low_n is not None else max(RAW_OFF_N if raw else OFF_N, 4.0 * noise)
    onset = low_n if low_n is not None else max(STRIKE_N, low)
    high = max(float(np.clip(_HIGH_SHARE * load, *_HIGH_BOUNDS)), low + 10.0, onset)

    runs = _bridged(gaps(f > low), max(1, round(_BRIDGE_S / step)))
    out = []
    for first, stop in runs:
        part = f[first:stop]
        if np.count_nonzero(part > high) * step < _SHORTEST_S:
            continue
        rise = first + int(np.argmax(part > onset)) - 1
        start = _crossing(time, f, rise, onset) if rise >= 0 and first else float(time[0])
        end = _crossing(time, f, stop - 1, low) if stop < len(f) else float(time[-1])
        out.append(
            Load(start, end, bool(first == 0), bool(stop == len(f)), float(np.median(part)),
                 float(np.percentile(part, 98)))
        )  # fmt: skip
    return out, rest


def _bridged(runs: npt.NDArray[np.intp], longest: int) -> npt.NDArray[np.intp]:
    """Runs ``[first, stop]`` with gaps of at most `longest` samples between them closed."""
    if len(runs) < 2:
        return runs
    apart = runs[1:, 0] - runs[:-1, 1] > longest
    return np.column_stack(
        (runs[np.concatenate(([True], apart)), 0], runs[np.concatenate((apart, [True])), 1])
    )


def _crossing(time: Array, force: Array, i: int, level: float) -> float:
    """Time between samples `i` and `i + 1` at which the force passes `level`."""
    a, b = force[i], force[i + 1]
    part = 0.5 if a == b else (level - a) / (b - a)
    return float(time[i] + np.clip(part, 0.0, 1.0) * (time[i + 1] - time[i]))
