"""The live terminal view of ``gaitsmith stream``."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from gaitsmith.cli.console import out

if TYPE_CHECKING:
    from gaitsmith.channels import Side
    from gaitsmith.realtime.estimate import PhaseEstimate
    from gaitsmith.realtime.latency import Latency
    from gaitsmith.realtime.stream import PhaseStream

__all__ = ["View"]

_FPS = 12
_WIDTH = 40
# Left red, right blue, as gait laboratories have it; the sides are named as well.
_COLOURS = {"left": "red", "right": "blue"}


class View:
    """Phase bar, state and latency of each foot; drawn where a person is watching.

    Parameters
    ----------
    streams
        By side.
    latency
        Of the pushes.
    name
        What is streamed.
    """

    def __init__(self, streams: Mapping[Side, PhaseStream], latency: Latency, name: str) -> None:
        self._streams, self._latency, self._name = streams, latency, name
        self._events = {side: {"strike": 0, "off": 0} for side in streams}
        self._drawn = 0.0
        self._live: Any = None

    def __enter__(self) -> Self:
        if out().is_terminal:
            from rich.live import Live

            self._live = Live(self._picture(), console=out(), auto_refresh=False, transient=True)
            self._live.__enter__()
        return self

    def __exit__(self, *what: object) -> None:
        if self._live is not None:
            self._live.__exit__(*what)
            self._live = None

    def saw(self, side: Side, estimate: PhaseEstimate) -> None:
        """One more push."""
        if estimate.event is not None:
            self._events[side][estimate.event] += 1
        if self._live is not None and time.perf_counter() - self._drawn > 1 / _FPS:
            self._drawn = time.perf_counter()
            self._live.update(self._picture(), refresh=True)

    def _picture(self) -> Any:
        from rich.table import Table
        from rich.text import Text

        table = Table(title=self._name, expand=False, caption=self._caption())
        for head in ("foot", "0 % strike → strike 100 %", "", "cadence", "confidence", "state"):
            table.add_column(head, justify="right" if head in ("cadence", "confidence") else "left")
        for side, stream in self._streams.items():
            e = stream.estimate
            bar = Text(_bar(e.percent), style=_COLOURS[side])
            foot = "" if e.state in ("stand still", "walk", "lost") else (
                "stance" if e.stance else "swing ")  # fmt: skip
            cadence = (
                "" if math.isnan(e.stride_s) or not e.walking else f"{120 / e.stride_s:.0f}/min"
            )
            table.add_row(Text(side, style=_COLOURS[side]), bar, foot, cadence,
                          f"{e.confidence:.2f}", _state(stream))  # fmt: skip
        return table

    def _caption(self) -> str:
        if not self._latency.count:
            return "waiting for samples"
        times = [s.estimate.known_s for s in self._streams.values()]
        known = [t for t in times if not math.isnan(t)]
        p50, p99 = (1e6 * self._latency.percentile_s(p) for p in (50, 99))
        return f"{max(known, default=0.0):.1f} s · push p50 {p50:.0f} µs, p99 {p99:.0f} µs"

    def summary(self) -> list[str]:
        """What happened, in lines; the histogram of latencies at the end."""
        lines = []
        for side, stream in self._streams.items():
            clock, events = stream.clock, self._events[side]
            line = f"{side}: {stream.ticks} ticks, {events['strike']} strikes, {events['off']} offs"
            losses = {
                "lost": clock.lost, "bridged": stream.bridged, "NaN": stream.missing,
                "doubled": clock.doubled, "late": clock.late, "restarts": clock.restarts,
            }  # fmt: skip
            said = ", ".join(f"{n} {what}" for what, n in losses.items() if n)
            lines.append(line + (f"; samples: {said}" if said else "") + f"; now: {_state(stream)}")
            if stream.estimate.state == "stand still":
                lines.append(
                    f"{side}: nothing was estimated: the foot never stood still for 3 s and no mounting "
                    "was declared (--mounting)"
                )
            delay = 1e3 * stream.delay_s
            if delay:
                lines.append(f"{side}: estimates speak of at most {delay:.0f} ms ago")
        return [*lines, f"latency of {self._latency}", self._latency.histogram()]


def _state(stream: PhaseStream) -> str:
    state = stream.estimate.state
    if state == "stand still":
        return f"stand still ({stream.mount.stood_s:.1f} s so far)"
    return "walk: looking for forward" if state == "walk" else state


def _bar(percent: float) -> str:
    if math.isnan(percent):
        return "·" * _WIDTH + "      "
    full = int(percent / 100 * _WIDTH)
    return "█" * full + "·" * (_WIDTH - full) + f" {percent:3.0f} %"
