"""How the phase study fits its networks: plain values, without torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Recipe"]


@dataclass(frozen=True)
class Recipe:
    """How a network is fitted.

    Attributes
    ----------
    steps, batch, length
        Optimiser steps; crops a step; ticks of a crop.
    burn
        First ticks of a crop that are not scored (unless it begins with the recording).
    lr, weight_decay, warmup, ema
        AdamW with a cosine to zero; decay of the running mean of the weights.
    turn_deg, tilt_deg, gain, noise
        SD of a random yaw and tilt of the sensor (deg), of the gains (share), of white noise
        (share of the channel's scale), drawn anew for each crop.
    spin
        Whether a crop is turned about the lateral axis by any angle (no gravity tells up).
    warp
        Largest share by which a crop is played slower or faster; rates scale along.
    between
        Whether a label of a crop at another tempo is read between ticks (a share), not at the
        nearest one.
    local_warp, local_every
        SD (logarithm) of a tempo that changes within the crop, on lines between points so many
        ticks apart.
    swell, swell_every
        SD (logarithm) of a gain of all movement that changes within the crop, likewise.
    phase, stance, walking
        Weights of the three losses.
    outside, resting
        Weights of stance and of walking outside the walk.
    half
        Whether the forward and backward passes run in bfloat16 (weights stay float32).
    smooth
        Ticks over which a stance label passes from 0 to 1 (0: hard labels).
    near, near_ticks
        Extra weight of ticks within so many ticks of an event.
    """

    steps: int = 900
    batch: int = 8
    length: int = 1000
    burn: int = 150
    lr: float = 3e-3
    weight_decay: float = 1e-2
    warmup: int = 60
    ema: float = 0.99
    turn_deg: float = 8.0
    tilt_deg: float = 4.0
    gain: float = 0.04
    noise: float = 0.02
    spin: bool = False
    warp: float = 0.12
    between: bool = False
    local_warp: float = 0.0
    local_every: int = 25
    swell: float = 0.0
    swell_every: int = 83
    phase: float = 1.0
    stance: float = 1.0
    walking: float = 0.2
    outside: float = 0.3
    resting: float = 1.0
    smooth: int = 0
    near: float = 0.0
    near_ticks: int = 6
    dropout: float = 0.0
    half: bool = True
    seed: int = 0

    def changed(self) -> dict[str, Any]:
        """What differs from the defaults: names a run, also after a setting was added."""
        usual = asdict(Recipe())
        return {k: v for k, v in asdict(self).items() if v != usual[k]}
