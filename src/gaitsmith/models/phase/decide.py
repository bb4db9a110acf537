"""From probabilities to states and events: two thresholds and a least stay, causally.

One state machine serves class measures and events alike, off-line and live.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.models.phase.config import PhaseConfig

__all__ = ["OFF", "STRIKE", "Decided", "Machine", "decide"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: What :meth:`Machine.push` answers; 0 where nothing happened.
STRIKE, OFF = 1, -1


class Machine:
    """State of one foot; nothing is allocated after construction.

    Attributes
    ----------
    stance, walking
        The state after the last tick; a foot starts on the ground, not walking.
    """

    __slots__ = ("_config", "_since", "stance", "walking")

    def __init__(self, config: PhaseConfig) -> None:
        self._config = config
        self.reset()

    def reset(self) -> None:
        """On the ground, not walking."""
        self.stance, self.walking = True, False
        self._since = 1 << 30

    def push(self, stance: float, walking: float) -> int:
        """The state after one more tick with these probabilities: :data:`STRIKE`, :data:`OFF` or 0.

        While the person does not walk a foot stays on the ground: no events there. A swing that
        is under way as walking ends comes to its end by its own probability.
        """
        c = self._config
        self._since += 1
        if self.walking:
            self.walking = not walking < c.walk_off
        else:
            self.walking = walking > c.walk_on
        if self.stance:
            if stance < c.to_swing and self.walking and self._since > c.least_stance - 1:
                self.stance, self._since = False, 0
                return OFF
        elif stance > c.to_stance and self._since > c.least_swing - 1:
            self.stance, self._since = True, 0
            return STRIKE
        return 0


@dataclass(frozen=True)
class Decided:
    """States of each tick and the ticks of events."""

    stance: Mask
    walking: Mask
    strikes: npt.NDArray[np.intp]
    offs: npt.NDArray[np.intp]


def decide(stance: Array, walking: Array, config: PhaseConfig) -> Decided:
    """The machine run over arrays of probabilities (n each)."""
    machine = Machine(config)
    n = len(stance)
    on, walks = np.zeros(n, bool), np.zeros(n, bool)
    what = np.zeros(n, np.int8)
    for t, (s, w) in enumerate(zip(stance.tolist(), walking.tolist(), strict=True)):
        what[t] = machine.push(s, w)
        on[t], walks[t] = machine.stance, machine.walking
    return Decided(on, walks, np.flatnonzero(what == STRIKE), np.flatnonzero(what == OFF))
