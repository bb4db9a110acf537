"""What a stream says after each sample."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["LOST", "RUNNING", "UNSURE", "WAIT_STANDING", "WAIT_WALKING", "PhaseEstimate"]

#: States of a stream.
WAIT_STANDING = "stand still"
WAIT_WALKING = "walk"
RUNNING = "running"
UNSURE = "unsure"
LOST = "lost"


class PhaseEstimate:
    """Where a foot is in its stride.

    A stream has one such object and writes it anew at each push: read it, or keep a
    :meth:`copy`.

    Attributes
    ----------
    time_s
        The moment it speaks of, on the device's clock.
    known_s
        Time of the newest sample it rests on; ``known_s - time_s`` is the delay.
    percent
        Gait %, 0 (strike) up to 100 (next strike); NaN where the person does not walk or it is
        not known.
    stance, walking
        Whether the foot stands, whether the person walks.
    p_stance, p_walking
        Their probabilities; NaN while nothing is known.
    event
        ``"strike"``, ``"off"`` or None: what was found with this sample.
    event_s
        When it happened; NaN where nothing did.
    confidence
        0 (nothing) to 1: see :class:`~gaitsmith.realtime.stream.PhaseStream`.
    state
        ``"stand still"`` and ``"walk"`` (what the person must do before anything can be said),
        ``"running"``, ``"unsure"``, ``"lost"``.
    stride_s
        Duration of the last whole stride; NaN before there is one.
    """

    __slots__ = ("confidence", "event", "event_s", "known_s", "p_stance", "p_walking", "percent",
                 "stance", "state", "stride_s", "time_s", "walking")  # fmt: skip

    def __init__(self) -> None:
        self.time_s = self.known_s = self.percent = self.event_s = math.nan
        self.p_stance = self.p_walking = self.stride_s = math.nan
        self.stance, self.walking = True, False
        self.event: str | None = None
        self.confidence = 0.0
        self.state = WAIT_STANDING

    def copy(self) -> PhaseEstimate:
        """One that stays as it is."""
        out = PhaseEstimate()
        for name in self.__slots__:
            setattr(out, name, getattr(self, name))
        return out

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {name: getattr(self, name) for name in self.__slots__}

    def __repr__(self) -> str:
        what = "stance" if self.stance else "swing"
        return (
            f"<{self.time_s:.2f} s: {self.percent:.0f} %, {what}, "
            f"{'walking' if self.walking else 'not walking'}, {self.event or 'no event'}, "
            f"confidence {self.confidence:.2f}, {self.state}>"
        )
