"""Strikes and offs from a sensor on the shank, off-line.

The rate about the medio-lateral axis (axis and sign from the data) has its largest lobe in
mid-swing; off lies at the minimum before it, strike at the minimum after it: Aminian et al.,
J Biomech 35 (2002) 689; Salarian et al., IEEE Trans Biomed Eng 51 (2004) 1434.

Deviations
----------
Both events are read on the flanks of the swing, at a share of those minima, as
:mod:`gaitsmith.gait.events.foot_imu` does on the foot, since the minimum after landing rings:
against the foot's events of ``hugadb`` the published minimum scatters by 5 to 40 ms within a
recording, the flank by 2 to 8. The levels are round numbers that bring the events of the shank
near those of the foot; no constant is added.
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

NAME = "shank_imu"

SENSORS: tuple[tuple[str, Side], ...] = (("shank_l", "left"), ("shank_r", "right"))
OFF_LEVEL = 0.75
STRIKE_LEVEL = 0.85
CUTOFF_HZ = 12.0


def missing(recording: Recording) -> str | None:
    """What it lacks: a sensor on a shank."""
    have = labels(recording)
    return None if any(x in have for x, _ in SENSORS) else "an inertial sensor on a shank"


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
    """Strikes and offs of each shank that wears a sensor, bouts of walking and turns.

    Parameters
    ----------
    off_level, strike_level
        Share (0 to 1) of the minimum before and after swing at which off and strike are read.
    cutoff_hz
        Low-pass (Hz) of the rate they are read on.

    Raises
    ------
    GaitsmithError
        Where an option is out of range or a sensor is too slow.
    """
    return leg_events(
        recording, "shank", SENSORS, NAME,
        off_level=off_level, strike_level=strike_level, cutoff_hz=cutoff_hz,
    )  # fmt: skip
