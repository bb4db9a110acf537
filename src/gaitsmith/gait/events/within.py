"""How well each method knows when a foot struck and left, and what that makes of timing parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gaitsmith.streams import StreamKind

if TYPE_CHECKING:
    from gaitsmith.recording import Recording

__all__ = ["Within", "within"]

# (strikes, offs) in ms: so far may all events of a kind in one recording lie from the truth on one
# side, which no number of strides averages away. About the largest medians of a recording or set
# that `gaitsmith benchmark events` prints: kinematic, plate and hip against plates or the files'
# events, the sensors on foot and back against events checked by hand and insoles, that on the shank
# against the foot's. Events of a file lie on its frames and are somebody's choice.
_MS = {"plate": (5, 10), "file": (10, 10), "kinematic": (15, 20), "foot_imu": (15, 10), "shank_imu": (20, 15),
       "low_back": (35, 45), "hip": (25, 20)}  # fmt: skip
_STREAM: dict[str, StreamKind] = {"plate": "forces", "kinematic": "points", "foot_imu": "imu", "shank_imu": "imu",
                                  "low_back": "imu", "hip": "angles"}  # fmt: skip
# Parameters of time between a strike and an off, and how often such a time is in them.
_INTERVALS = {
    "stance_time": 1, "swing_time": 1, "stance_percent": 1, "swing_percent": 1, "single_support_percent": 1,
    "initial_double_support_percent": 1, "terminal_double_support_percent": 1,
    "double_support_percent": 2, "double_support_time": 2, "duty_factor": 1, "flight_time": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Within:
    """Half widths (s) of what strikes and offs of one recording may be early or late together."""

    strike_s: float
    off_s: float

    def of(self, key: str, unit: str, stride_s: float) -> float:
        """Half width for a parameter (``stance_percent``, …) in its unit; 0 where it rests on no
        interval between a strike and an off.

        Parameters
        ----------
        unit
            ``"s"``, ``"%"`` of a stride of `stride_s` seconds, or a share of it.
        """
        half = _INTERVALS.get(key, 0) * float(np.hypot(self.strike_s, self.off_s))
        if unit == "s":
            return half
        return (100.0 if unit.startswith("%") else 1.0) * half / stride_s


def within(method: str, recording: Recording) -> Within:
    """How well the events of `method` are known in a recording: the method's own error, and half a
    sample of the slowest signal that it looks at.
    """
    strike, off = _MS.get(method, _MS["hip"])
    kind = _STREAM.get(method)
    rates = [s.nominal_rate for s in recording.of_kind(kind).values()] if kind else []
    rates = [r for r in rates if np.isfinite(r) and r > 0]
    half = 500.0 / min(rates) if rates else 0.0
    return Within(1e-3 * float(np.hypot(strike, half)), 1e-3 * float(np.hypot(off, half)))
