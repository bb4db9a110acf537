"""Events of both legs from sensors on feet or shanks, with bouts of walking and turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gaitsmith.events import Event, Events
from gaitsmith.gait.imu import Imu, Segment, imu, labels
from gaitsmith.gait.imu_swing import check_levels, swings
from gaitsmith.gait.imu_walk import foot_turns, in_bouts, yaw_turns
from gaitsmith.subject import Note

if TYPE_CHECKING:
    from gaitsmith.channels import Side
    from gaitsmith.recording import Recording

__all__ = ["TRUNK", "leg_events"]

Array = npt.NDArray[np.float64]

#: Sensors that tell the body's heading, best first.
TRUNK = ("lower_back", "pelvis", "chest")


def leg_events(
    recording: Recording,
    segment: Segment,
    sensors: Sequence[tuple[str, Side]],
    source: str,
    *,
    off_level: float,
    strike_level: float,
    cutoff_hz: float,
) -> tuple[Events, tuple[Note, ...]]:
    """Strikes and offs of each leg that wears one of `sensors` (label, side); bouts; turns.

    Each leg stands alone: what one sensor shows changes nothing on the other side. Turns come from
    a sensor on the trunk where there is one with gravity, else from the legs.

    Raises
    ------
    GaitsmithError
        Where an option is out of range or a sensor is too slow.
    """
    check_levels(off_level, strike_level, cutoff_hz)
    have = labels(recording)
    rows: list[Event] = []
    notes: list[Note] = []
    legs: list[tuple[Imu, Array]] = []
    for label, side in sensors:
        if label not in have:
            continue
        sensor = imu(recording, label)
        notes.extend(sensor.notes)
        found = swings(sensor, segment, off_level, strike_level, cutoff_hz)
        legs.append((sensor, found[:, :2]))
        for off, strike, sure_off, sure_strike in found.tolist():
            if sure_off > 0:
                rows.append(Event(off, side, "off", source, sure_off))
            if sure_strike > 0:
                rows.append(Event(strike, side, "strike", source, sure_strike))
    events = in_bouts(Events(rows), source)
    if not len(events):
        words = (
            f"no walking was found: no {segment} swings twice within 3 s (standing, or the "
            f"sensors are not on the {segment})"
        )
        return events, (*notes, Note("warning", source, words))
    trunk = next((imu(recording, x) for x in TRUNK if x in have), None)
    if trunk is not None and trunk.gravity:
        return events + yaw_turns(trunk, source), tuple(notes)
    return events + foot_turns(legs, source), tuple(notes)
