"""Lab Streaming Layer: samples in, estimates out. An extra (``pylsl``), imported where it is used.

An inlet is a stream of six channels (acc x y z, gyr x y z) per foot; its time stamps are those of
the sender, carried to this computer's clock by LSL's own offset correction. The outlet has the
channels of :data:`CHANNELS` at the model's 100 Hz; what is unknown is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from gaitsmith.errors import GaitsmithError
from gaitsmith.realtime.estimate import PhaseEstimate

__all__ = ["CHANNELS", "Inlet", "Outlet"]

#: Channels of the outlet: numbers of a :class:`PhaseEstimate`; event: 1 strike, -1 off, 0 none.
CHANNELS = (
    "time_s",
    "percent",
    "p_stance",
    "stance",
    "p_walking",
    "walking",
    "event",
    "confidence",
)
_EVENTS = {"strike": 1.0, "off": -1.0, None: 0.0}


def _pylsl() -> Any:
    try:
        import pylsl
    except (ImportError, RuntimeError) as error:
        # pylsl raises RuntimeError where its shared library is missing.
        raise GaitsmithError(
            "the Lab Streaming Layer is not installed", place="LSL",
            remedy='install the extra: pip install "gaitsmith[stream]"',
        ) from error  # fmt: skip
    return pylsl


class Inlet:
    """Samples of one foot from a named LSL stream.

    Parameters
    ----------
    name
        The stream's name.
    wait_s
        How long to look for it.

    Attributes
    ----------
    rate_hz
        As the stream declares it.

    Raises
    ------
    GaitsmithError
        Where pylsl is missing, there is no such stream in time, or it has not six channels.
    """

    def __init__(self, name: str, *, wait_s: float = 5.0) -> None:
        lsl = _pylsl()
        found = lsl.resolve_byprop("name", name, timeout=wait_s)
        if not found:
            raise GaitsmithError("no such LSL stream", place="LSL", found=name,
                                 expected=f"a stream of this name within {wait_s:g} s")  # fmt: skip
        info = found[0]
        if info.channel_count() < 6:
            raise GaitsmithError("the LSL stream has too few channels", place=f"LSL {name}",
                                 found=info.channel_count(), expected="acc x y z, gyr x y z")  # fmt: skip
        self.rate_hz = float(info.nominal_srate())
        self._inlet = lsl.StreamInlet(info, processing_flags=lsl.proc_clocksync)

    def samples(self, *, quiet_s: float = 1.0) -> Iterator[tuple[list[float] | None, float]]:
        """(sample of six, time) as they come; (None, NaN) when none came for `quiet_s`."""
        while True:
            sample, at = self._inlet.pull_sample(timeout=quiet_s)
            if sample is None:
                yield None, math.nan
            else:
                yield list(sample[:6]), float(at)


class Outlet:
    """Estimates of one foot as an LSL stream of type ``GaitPhase``.

    Raises
    ------
    GaitsmithError
        Where pylsl is missing.
    """

    def __init__(self, name: str, *, rate_hz: float = 100.0) -> None:
        lsl = _pylsl()
        info = lsl.StreamInfo(name, "GaitPhase", len(CHANNELS), rate_hz, lsl.cf_float32, f"gaitsmith-{name}")  # fmt: skip
        channels = info.desc().append_child("channels")
        for label in CHANNELS:
            channels.append_child("channel").append_child_value("label", label)
        self._outlet = lsl.StreamOutlet(info)
        self._row = [0.0] * len(CHANNELS)

    def push(self, estimate: PhaseEstimate) -> None:
        """Send an estimate, stamped with the moment it speaks of."""
        e, row = estimate, self._row
        row[:] = (e.time_s, e.percent, e.p_stance, float(e.stance), e.p_walking, float(e.walking),
                  _EVENTS[e.event], e.confidence)  # fmt: skip
        if math.isnan(e.time_s):
            self._outlet.push_sample(row)
        else:
            self._outlet.push_sample(row, e.time_s)
