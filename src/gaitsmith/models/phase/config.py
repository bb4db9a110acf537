"""What a person chooses about a phase model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from gaitsmith.errors import GaitsmithError, check_in
from gaitsmith.models.base import Config

__all__ = ["INPUTS", "NETWORKS", "SENSORS", "PhaseConfig"]

NETWORKS = ("tcn", "gru", "dense", "transformer")
#: What the network sees of each tick: acceleration and rate, or the rate alone.
INPUTS: dict[str, tuple[int, ...]] = {"acc+gyr": (0, 1, 2, 3, 4, 5), "gyr": (3, 4, 5)}
SENSORS = ("foot", "shank", "thigh")


@dataclass(frozen=True, kw_only=True)
class PhaseConfig(Config):
    """Network, its input, and how its output becomes states and events.

    Attributes
    ----------
    network
        ``tcn``, ``gru`` (both see all that was before), ``dense``, ``transformer`` (both see a
        window).
    sensor, inputs
        Segment that wears the sensor; ``acc+gyr`` or ``gyr``.
    rate_hz
        Clock of the network (Hz).
    channels, blocks, kernel
        Of the TCN (dilation of block b is 2^b); `channels` is the width of GRU and Transformer
        too, `blocks` their layers.
    hidden
        Widths of the dense network, ``512-256-128``.
    window
        Ticks that the dense network and the Transformer see.
    heads
        Of the Transformer.
    lookahead
        Ticks by which the output lags the input: the output at tick t speaks of t - lookahead.
    to_swing, to_stance
        The state becomes swing where the probability of stance goes below `to_swing`, stance
        where it goes above `to_stance`.
    least_swing, least_stance
        Ticks for which a state stays at least.
    walk_on, walk_off
        Walking begins above `walk_on` and ends below `walk_off` (probability).
    """

    network: str = "tcn"
    sensor: str = "foot"
    inputs: str = "acc+gyr"
    rate_hz: float = 100.0
    channels: int = 40
    blocks: int = 6
    kernel: int = 3
    hidden: str = "512-256-128"
    window: int = 50
    heads: int = 4
    lookahead: int = 0
    to_swing: float = 0.4
    to_stance: float = 0.6
    least_swing: int = 20
    least_stance: int = 20
    walk_on: float = 0.3
    walk_off: float = 0.1

    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {
        "rate_hz": (20.0, 1000.0), "channels": (1, 1024), "blocks": (1, 12), "kernel": (1, 15),
        "window": (2, 400), "heads": (1, 64), "lookahead": (0, 50),
        "to_swing": (0.0, 1.0), "to_stance": (0.0, 1.0), "least_swing": (1, 100),
        "least_stance": (1, 100), "walk_on": (0.0, 1.0), "walk_off": (0.0, 1.0),
    }  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        check_in("network", self.network, NETWORKS)
        check_in("inputs", self.inputs, INPUTS)
        check_in("sensor", self.sensor, SENSORS)
        if self.to_swing > self.to_stance or self.walk_off > self.walk_on:
            raise GaitsmithError(
                "hysteresis is the wrong way round", place="settings to_swing, to_stance, walk_off, walk_on",
                found=f"{self.to_swing} > {self.to_stance} or {self.walk_off} > {self.walk_on}",
                expected="to_swing ≤ to_stance and walk_off ≤ walk_on",
            )  # fmt: skip
        _ = self.widths

    @property
    def columns(self) -> tuple[int, ...]:
        """Which of acc x y z, gyr x y z the network sees."""
        return INPUTS[self.inputs]

    @property
    def widths(self) -> tuple[int, ...]:
        """`hidden` as numbers."""
        try:
            out = tuple(int(x) for x in self.hidden.split("-"))
        except ValueError:
            out = ()
        if not out or min(out) < 1:
            raise GaitsmithError("not a list of widths", place="setting hidden", found=self.hidden,
                                 expected="512-256-128")  # fmt: skip
        return out

    @property
    def dilations(self) -> tuple[int, ...]:
        """Of the TCN's blocks."""
        return tuple(2**b for b in range(self.blocks))

    @property
    def reach(self) -> int | None:
        """Ticks that one output can see, itself included; None: all that was before (GRU)."""
        if self.network == "tcn":
            return 1 + 2 * (self.kernel - 1) * sum(self.dilations)
        return None if self.network == "gru" else self.window
