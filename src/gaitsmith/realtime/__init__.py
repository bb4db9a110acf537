"""Gait phase while the person walks: samples in, estimates out, and exports for devices.

>>> from gaitsmith.realtime import PhaseStream
>>> stream = PhaseStream(rate_hz=128.0, side="right")  # doctest: +SKIP
>>> estimate = stream.push([0.1, 9.8, 0.2, 1.0, -2.0, 5.0], counter=17)  # doctest: +SKIP
"""

from __future__ import annotations

from gaitsmith.realtime.estimate import PhaseEstimate
from gaitsmith.realtime.pair import PhasePair
from gaitsmith.realtime.stream import PhaseStream

__all__ = ["PhaseEstimate", "PhasePair", "PhaseStream"]
