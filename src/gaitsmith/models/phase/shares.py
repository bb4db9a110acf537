"""Stance and swing in % of the stride, by whatever method found the events."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.events import Events
from gaitsmith.models.phase.labels import STRIDE_S
from gaitsmith.sections import Table

__all__ = ["shares", "shares_table"]

Array = npt.NDArray[np.float64]

_SIDES: tuple[Side, ...] = ("left", "right")


def shares(events: Events, side: Side) -> tuple[Array, Array]:
    """Duration (s) and stance (%) of each stride of a foot: strike, one off, strike.

    Strides outside 0.6 to 2.5 s, without exactly one off, or with a turn are left out.
    """
    strikes, offs = events.times("strike", side), events.times("off", side)
    turns = [(e.time, e.time + e.duration) for e in events.where(kind="turn")]
    rows = []
    for a, b in itertools.pairwise(strikes):
        inside = offs[(offs > a) & (offs < b)]
        if not STRIDE_S[0] <= b - a <= STRIDE_S[1] or len(inside) != 1:
            continue
        if any(a < d and c < b for c, d in turns):
            continue
        rows.append((b - a, 100 * (inside[0] - a) / (b - a)))
    table = np.array(rows).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def shares_table(methods: Mapping[str, Events]) -> Table:
    """A row a method and foot: strides, stride time, stance and swing with SD over strides."""
    rows: list[tuple[Any, ...]] = []
    for name, events in methods.items():
        for side in _SIDES:
            time, stance = shares(events, side)
            if not len(time):
                continue
            spread = float(np.std(stance, ddof=1)) if len(stance) > 1 else None
            rows.append((name, side, len(time), float(np.mean(time)), float(np.mean(stance)), spread,
                         100 - float(np.mean(stance))))  # fmt: skip
    return Table(
        "phase_shares", "Stance and swing", ("events from", "foot", "strides", "stride time (s)", "stance (%)", "SD (%)", "swing (%)"),
        rows, {"stride time (s)": ".2f", "stance (%)": ".1f", "SD (%)": ".1f", "swing (%)": ".1f"},
        "Means over strides with one foot-off and no turn; SD over strides.",
    )  # fmt: skip
