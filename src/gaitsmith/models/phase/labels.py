"""Labels of each tick from events, with the source that gave them.

0 % is a strike of the foot, 100 % its next one; between them linear in time. Stance is strike to
off. A stride that lasts outside 0.6 to 2.5 s has no gait %; one that holds a turn has, but stands
apart in every table. Sources place the same event tens of milliseconds apart: the source travels
with the labels, two sources are never mixed, and a constant offset of one against another is
measured on training people (:func:`offsets`) and taken off the estimates.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.errors import GaitsmithError
from gaitsmith.events import Events
from gaitsmith.gait.metrics.events import match_times

__all__ = ["STRIDE_S", "Labels", "labels", "offsets"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Durations (s) of strides that have a gait %.
STRIDE_S = (0.6, 2.5)


@dataclass(frozen=True)
class Labels:
    """Truth of each tick of one foot.

    Attributes
    ----------
    source
        Who gave the events.
    percent
        Gait %, NaN where none is known.
    stance
        Whether the foot is on the ground.
    scored
        Ticks from the start to the stop of walking.
    turning
        Ticks inside marked turns.
    in_turn
        Ticks of strides that touch a turn.
    strikes, offs
        Times (s) within the walk.
    """

    source: str
    percent: Array
    stance: Mask
    scored: Mask
    turning: Mask
    in_turn: Mask
    strikes: Array
    offs: Array


def labels(events: Events, side: Side, times: Array) -> Labels:
    """Labels of one foot at `times` (s), from events of one source with a start and a stop.

    Raises
    ------
    GaitsmithError
        Where the foot's events have several sources, or walking has no bounds.
    """
    mine = events.where(side=side)
    sources = mine.sources
    if len(sources) > 1:
        raise GaitsmithError("labels of several sources are never mixed", place=f"{side} foot",
                             found=", ".join(sources), expected="events of one source",
                             remedy="choose one: events.where(source=…)")  # fmt: skip
    starts, stops = events.times("start"), events.times("stop")
    if not len(starts) or not len(stops):
        raise GaitsmithError("the walk has no bounds", place=f"{side} foot",
                             found=repr(events), expected="events start and stop")  # fmt: skip
    first, last = float(starts[0]), float(stops[-1])
    inside = Events(e for e in mine if first - 1e-6 <= e.time <= last + 1e-6)
    strikes, offs = inside.times("strike"), inside.times("off")
    step = 1e-6
    n = len(times)
    percent, in_turn = np.full(n, np.nan), np.zeros(n, bool)
    stance, turning = np.ones(n, bool), np.zeros(n, bool)
    turns = [(e.time, e.time + e.duration) for e in events.where(kind="turn")]
    for a, b in turns:
        turning |= (times >= a - step) & (times < b - step)
    for off in offs:
        later = strikes[strikes > off]
        end = later[0] if len(later) else last
        stance[(times >= off - step) & (times < end - step)] = False
    for a, b in itertools.pairwise(strikes):
        here = (times >= a - step) & (times < b - step)
        if STRIDE_S[0] <= b - a <= STRIDE_S[1]:
            percent[here] = 100.0 * np.clip((times[here] - a) / (b - a), 0.0, 1.0 - 1e-9)
        if any(a < d and c < b for c, d in turns):
            in_turn[here] = True
    scored = (times >= first - step) & (times < last - step)
    return Labels(sources[0] if sources else "", percent, stance, scored, turning, in_turn,
                  strikes, offs)  # fmt: skip


def offsets(
    truth: Mapping[str, tuple[Array, Array]], said: Mapping[str, tuple[Array, Array]],
    tolerance_s: float = 0.1,
) -> tuple[float, float]:  # fmt: skip
    """Median of said minus true time (s) of strikes and of offs, over trials of training people.

    Both map a trial to its (strikes, offs). 0 where nothing matches.
    """
    out = []
    for k in (0, 1):
        errors = []
        for trial, pair in truth.items():
            a, b = pair[k], said[trial][k]
            i, j = match_times(a, b, tolerance_s)
            errors += (b[j] - a[i]).tolist()
        out.append(float(np.median(errors)) if errors else 0.0)
    return out[0], out[1]
