"""Which part of a standing foot tells a belt's speed: an experiment on treadmill recordings.

A foot rolls from heel to toe, so at each instant another of its points stands on the belt. Tried
here, each as the median over all stances of both feet, and beside the one in use (the velocity that
most low, level samples of heel and toe share):

* heel: its own velocity between 10 and 30 % of the stance;
* flat: the mean of heel and toe between 20 and 50 %;
* toe: its own velocity between 50 and 70 %;
* rolling: the velocity of the point of the (rigid) foot under the load, taken to pass evenly from
  heel at strike to toe at foot-off, between 10 and 90 %.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.gait.events import find
from gaitsmith.gait.feet import feet
from gaitsmith.gait.frame import face_forward, progression
from gaitsmith.gait.ground import uniform, velocity
from gaitsmith.recording import Recording
from gaitsmith.studies import walks

__all__ = ["WAYS", "rows", "speeds"]

Array = npt.NDArray[np.float64]

#: Names of the points tried.
WAYS = ("heel", "flat", "toe", "rolling")
# Nobody stands on one foot for longer than this (s) while walking.
_LONGEST_S = 2.0


def rows(data: Path) -> list[dict[str, Any]]:
    """A row for each treadmill recording below `data` whose README gives the belt's speed."""
    out = []
    for walk in walks.with_speed(data):
        recording = walk.read(data)
        way = progression(recording)
        if way.mode != "treadmill" or walk.speed is None or way.belt_speed is None:
            continue
        found = {"in use": way.belt_speed, **speeds(recording)}
        out.append({"set": walk.set, "file": walk.name, "README m/s": walk.speed,
                    **{k: round(v - walk.speed, 3) for k, v in found.items()}})  # fmt: skip
    return out


def speeds(recording: Recording) -> dict[str, float]:
    """The belt's speed (m/s) by each of :data:`WAYS`; NaN where no stance is seen."""
    events = find(recording).events
    recording = face_forward(recording)
    assert recording.points is not None
    stream = uniform(recording.points)
    assert stream.rate is not None
    told: dict[str, list[Array]] = {name: [] for name in WAYS}
    for side, foot in feet(stream).items():
        # The belt carries the standing foot backward.
        back, front = (-velocity(p, stream.rate)[:, 0] for p in (foot.back, foot.front))
        offs = events.times("off", side)
        for strike in events.times("strike", side):
            later = offs[(offs > strike) & (offs < strike + _LONGEST_S)]
            if not len(later):
                continue
            share = (stream.times - strike) / (later[0] - strike)
            for name, value, (low, high) in (
                ("heel", back, (0.1, 0.3)), ("flat", 0.5 * (back + front), (0.2, 0.5)),
                ("toe", front, (0.5, 0.7)), ("rolling", (1 - share) * back + share * front, (0.1, 0.9)),
            ):  # fmt: skip
                told[name].append(value[(share >= low) & (share <= high)])
    pools = {name: np.concatenate([np.zeros(0), *parts]) for name, parts in told.items()}
    return {k: float(np.nanmedian(v)) if np.isfinite(v).any() else np.nan for k, v in pools.items()}
