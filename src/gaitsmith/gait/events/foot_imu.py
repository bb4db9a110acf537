"""Strikes and offs from a sensor on the foot, off-line.

1. The rate about the medio-lateral axis is taken; axis and sign come from the data
   (:func:`gaitsmith.gait.imu.mediolateral`).
2. A swing is a large forward turn of the 5 Hz low-passed rate.
3. Off is where the rate, on its way from the push-off minimum to swing, has come back to
   ``off_level`` of that minimum; strike is where it has first gone down to ``strike_level`` of the
   minimum after landing. Both are read between samples, on a 12 Hz zero-phase low-pass.
4. Walking bouts give `start` and `stop`; turns come from a sensor on the trunk where there is
   one, else from the feet.

Levels are shares of the foot's own extremes, so they hold at any speed, where the gyroscope is
cut off, and without gravity. Each foot is judged alone. What lies in a loss of more than 0.25 s is
left out; what lies in a shorter one is less sure. The extremes as events: Sabatini et al., IEEE
Trans Biomed Eng 52 (2005) 486; Jasiewicz et al., Gait Posture 24 (2006) 502.

Deviations
----------
The papers put the events at extremes of the rate, which ring at landing and are flat at push-off;
levels on the flanks scatter half as much against hand-checked events. The levels are round numbers
taken after looking at ``voisard2023``; no constant is added. ``gaitsmith.studies.events_imu``
states what people outside such a choice get (leave one person out: the same within 0.1 % of F1 and
1 ms) and the bias: against those labels strikes are 2 ms late and offs 3 ms early; against the
motion capture of ``gaitmap_example`` strikes are 25 ms late, offs 1 ms early (the two references
put contact at different moments, and one level cannot meet both).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gaitsmith.gait.imu import labels
from gaitsmith.gait.imu_legs import leg_events

if TYPE_CHECKING:
    from gaitsmith.channels import Side
    from gaitsmith.events import Events
    from gaitsmith.recording import Recording
    from gaitsmith.subject import Note

__all__ = ["NAME", "detect", "detect_noted", "missing"]

NAME = "foot_imu"

SENSORS: tuple[tuple[str, Side], ...] = (("foot_l", "left"), ("foot_r", "right"))
OFF_LEVEL = 0.75
STRIKE_LEVEL = 0.6
CUTOFF_HZ = 12.0


def missing(recording: Recording) -> str | None:
    """What it lacks: a sensor on a foot."""
    have = labels(recording)
    return None if any(x in have for x, _ in SENSORS) else "an inertial sensor on a foot"


def detect(recording: Recording, **options: float) -> Events:
    """The events of :func:`detect_noted`, alone."""
    return detect_noted(recording, **options)[0]


def detect_noted(
    recording: Recording,
    *,
    off_level: float = OFF_LEVEL,
    strike_level: float = STRIKE_LEVEL,
    cutoff_hz: float = CUTOFF_HZ,
) -> tuple[Events, tuple[Note, ...]]:
    """Strikes and offs of each foot that wears a sensor, bouts of walking and turns.

    Parameters
    ----------
    off_level, strike_level
        Share (0 to 1) of the push-off and landing minimum at which off and strike are read.
    cutoff_hz
        Low-pass (Hz) of the rate they are read on.

    Raises
    ------
    GaitsmithError
        Where an option is out of range or a sensor is too slow.
    """
    return leg_events(
        recording, "foot", SENSORS, NAME,
        off_level=off_level, strike_level=strike_level, cutoff_hz=cutoff_hz,
    )  # fmt: skip
