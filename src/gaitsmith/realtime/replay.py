"""A recording through the live runtime, packet by packet, as its device would have sent it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.errors import MissingInputError
from gaitsmith.realtime.estimate import PhaseEstimate
from gaitsmith.realtime.latency import Latency
from gaitsmith.realtime.network import Network
from gaitsmith.realtime.stream import PhaseStream

if TYPE_CHECKING:
    from gaitsmith.models.phase.model import PhaseModel
    from gaitsmith.realtime.lsl import Inlet
    from gaitsmith.recording import Recording

__all__ = ["Live", "Packet", "Replay", "feet", "packets"]

Array = npt.NDArray[np.float64]

# Inlets that are silent so long (s) have ended.
_QUIET_S = 10.0
_SIDES: tuple[Side, ...] = ("left", "right")


@dataclass(frozen=True)
class Packet:
    """One sample of one foot: acc (m/s²), gyr (deg/s) and the device's time (s)."""

    side: Side
    time_s: float
    sample: Array


def feet(recording: Recording, segment: str = "foot") -> dict[Side, tuple[str, str, float]]:
    """Stream, label and rate (Hz) of each foot's sensor.

    Raises
    ------
    MissingInputError
        Where no foot wears one.
    """
    from gaitsmith.gait.imu import labels

    where = labels(recording)
    found: dict[Side, tuple[str, str, float]] = {}
    for side in _SIDES:
        label = f"{segment}_{side[0]}"
        if label in where:
            found[side] = (where[label], label, recording[where[label]].nominal_rate)
    if not found:
        raise MissingInputError(
            f"no {segment} wears a sensor", place=recording.name or None,
            found=", ".join(where) or "no inertial sensor", expected=f"{segment}_l or {segment}_r",
            remedy=f"say where the sensor sits: --place sensor1={segment}_r",
        )  # fmt: skip
    return found


def packets(recording: Recording, segment: str = "foot") -> Iterator[Packet]:
    """The samples of all feet in the order of their times; what the device lost does not come."""
    parts = []
    for side, (stream, label, _) in feet(recording, segment).items():
        times, data = recording[stream].times, recording[stream][label][:, :6]
        parts.append((side, times, data))
    order = np.concatenate([t for _, t, _ in parts])
    which = np.repeat(np.arange(len(parts)), [len(t) for _, t, _ in parts])
    row = np.concatenate([np.arange(len(t)) for _, t, _ in parts])
    for k in np.argsort(order, kind="stable"):
        side, times, data = parts[which[k]]
        yield Packet(side, float(times[row[k]]), data[row[k]])


class Replay:
    """A recording's feet as streams, with what their pushes took.

    Parameters
    ----------
    recording
        With a sensor on at least one foot.
    model
        As for :class:`~gaitsmith.realtime.stream.PhaseStream`.
    mounting
        For each side, or one for both.
    on_tick
        Called with the side and its estimate at every tick of 100 Hz.
    backend
        Makes a network for each foot; None: numpy.

    Attributes
    ----------
    streams
        By side.
    latency
        Of all pushes.
    """

    def __init__(
        self,
        recording: Recording,
        model: PhaseModel | str = "phase-foot",
        *,
        mounting: Mapping[str, Any] | str | None = None,
        on_tick: Callable[[Side, PhaseEstimate], None] | None = None,
        backend: Callable[[], Network] | None = None,
        segment: str = "foot",
    ) -> None:
        self.recording = recording
        self.latency = Latency()
        self.streams: dict[Side, PhaseStream] = {}
        self._segment = segment
        for side, (_, _, rate) in feet(recording, segment).items():
            own = mounting.get(side) if isinstance(mounting, Mapping) else mounting
            self.streams[side] = PhaseStream(
                model, rate_hz=rate, side=side, mounting=own, on_tick=None if on_tick is None else partial(on_tick, side),
                backend=None if backend is None else backend(),
            )  # fmt: skip
            model = self.streams[side].model

    def run(self, *, realtime: bool = False) -> Iterator[tuple[Packet, PhaseEstimate]]:
        """Push packet after packet; `realtime`: at the pace at which they were measured."""
        clock = time.perf_counter
        first: float | None = None
        begun = clock()
        for packet in packets(self.recording, self._segment):
            if realtime:
                first = packet.time_s if first is None else first
                wait = packet.time_s - first - (clock() - begun)
                if wait > 0:
                    time.sleep(wait)
            stream = self.streams[packet.side]
            before = clock()
            estimate = stream.push(packet.sample, packet.time_s)
            self.latency.add(clock() - before)
            yield packet, estimate


class Live:
    """Inlets of both feet as streams; as :class:`Replay`, from LSL.

    Parameters
    ----------
    inlets
        By side.
    rate_hz
        Where the inlet does not declare its rate.
    units
        Of the samples: ``{"acceleration": "g", "rate": "rad/s"}``.
    """

    def __init__(
        self, inlets: Mapping[Side, Inlet], model: PhaseModel, *,
        mounting: Mapping[str, Any] | str | None = None,
        on_tick: Callable[[Side, PhaseEstimate], None] | None = None,
        backend: Callable[[], Network] | None = None,
        rate_hz: float | None = None, units: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.latency = Latency()
        self._inlets = inlets
        units = units or {}
        self.streams: dict[Side, PhaseStream] = {}
        for side, inlet in inlets.items():
            own = mounting.get(side) if isinstance(mounting, Mapping) else mounting
            self.streams[side] = PhaseStream(
                model, rate_hz=rate_hz or inlet.rate_hz, side=side, mounting=own,
                acceleration=units.get("acceleration", "m/s2"), rate=units.get("rate", "deg/s"),
                on_tick=None if on_tick is None else partial(on_tick, side),
                backend=None if backend is None else backend(),
            )  # fmt: skip

    def run(self) -> Iterator[tuple[Side, PhaseEstimate]]:
        """Push what comes, foot by foot, until no inlet sent anything for 10 s."""
        sources = {side: inlet.samples(quiet_s=0.0) for side, inlet in self._inlets.items()}
        heard = time.perf_counter()
        while time.perf_counter() - heard < _QUIET_S:
            idle = True
            for side, source in sources.items():
                sample, at = next(source)
                if sample is None:
                    continue
                idle, heard = False, time.perf_counter()
                estimate = self.streams[side].push(sample, at)
                self.latency.add(time.perf_counter() - heard)
                yield side, estimate
            if idle:
                time.sleep(0.001)
