"""When the feet touch the ground: times and phases of the stride."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.gait.parameters.base import Parameter, Parameters, parameter
from gaitsmith.gait.strides import Bound, Strides, StrideSet

__all__ = ["temporal"]

Array = npt.NDArray[np.float64]


def temporal(strides: StrideSet) -> Parameters:
    """Cadence, stride and step times, stance, swing, support; flight and duty factor of running.

    Every value needs only the events that bound it: strikes alone give stride times.
    """
    sides = {s: strides[s] for s in strides.sides}
    rows: list[Parameter | None] = [
        parameter("cadence", "cadence", "steps/min", "120 / stride time",
                  np.concatenate([120.0 / s.duration for s in sides.values()]) if sides else [],
                  group="time", decimals=1),
        parameter("stride_time", "stride time", "s", "strike to the next strike of the same foot",
                  {k: s.duration for k, s in sides.items()}, group="time"),
        parameter("step_time", "step time", "s",
                  "the other foot's strike to this foot's next strike",
                  {k: s.at("next_strike") - s.at("opposite_strike") for k, s in sides.items()},
                  group="time"),
        parameter("stance_time", "stance time", "s", "strike to foot off",
                  {k: s.at("off") - s.at("strike") for k, s in sides.items()}, group="time"),
        parameter("swing_time", "swing time", "s", "foot off to the next strike",
                  {k: s.at("next_strike") - s.at("off") for k, s in sides.items()}, group="time"),
    ]  # fmt: skip
    rows += _running(sides) if strides.running else _walking(sides)
    found = {r.key for r in rows if r is not None}
    missing = []
    if sides and "stance_time" not in found:
        missing.append("Stance, swing and support need foot-offs; there are only foot strikes.")
    if sides and "step_time" not in found:
        missing.append("Steps and double support need the events of both feet.")
    return Parameters(tuple(r for r in rows if r is not None), missing=tuple(missing))


def _walking(sides: dict[Side, Strides]) -> list[Parameter | None]:
    first = {k: _double(s, "opposite_off", "strike") for k, s in sides.items()}
    second = {k: _double(s, "off", "opposite_strike") for k, s in sides.items()}
    single = {
        k: np.where(s.flight, np.nan, s.at("opposite_strike") - s.at("opposite_off"))
        for k, s in sides.items()
    }
    double = {k: first[k] + second[k] for k in sides}
    share = {k: 100.0 / s.duration for k, s in sides.items()}

    def percent(
        key: str, name: str, definition: str, values: dict[Side, Array]
    ) -> Parameter | None:
        return parameter(key, name, "% of stride", definition,
                         {k: v * share[k] for k, v in values.items()}, group="time", decimals=1)  # fmt: skip

    return [
        percent("stance_percent", "stance", "foot off in % of the stride",
                {k: s.at("off") - s.at("strike") for k, s in sides.items()}),
        percent("swing_percent", "swing", "foot off to next strike in % of the stride",
                {k: s.at("next_strike") - s.at("off") for k, s in sides.items()}),
        percent("single_support_percent", "single support",
                "the other foot's off to its strike, in % of this foot's stride", single),
        percent("initial_double_support_percent", "initial double support",
                "strike to the other foot's off", first),
        percent("terminal_double_support_percent", "terminal double support",
                "the other foot's strike to foot off", second),
        percent("double_support_percent", "double support", "initial and terminal together", double),
        parameter("double_support_time", "double support time", "s",
                  "initial and terminal double support together", double, group="time",
                  decimals=3),
    ]  # fmt: skip


def _double(s: Strides, later: Bound, earlier: Bound) -> Array:
    """A double support; NaN where its events come the other way round (no double support)."""
    span: Array = s.at(later) - s.at(earlier)
    in_order = s.at("opposite_off") < s.at("opposite_strike")
    return np.where((span >= 0) & in_order, span, np.nan)


def _running(sides: dict[Side, Strides]) -> list[Parameter | None]:
    flight = {
        k: np.where(s.flight, s.at("opposite_strike") - s.at("off"), np.nan)
        for k, s in sides.items()
    }
    duty = {k: (s.at("off") - s.at("strike")) / s.duration for k, s in sides.items()}
    return [
        parameter("duty_factor", "duty factor", "",
                  "stance time / stride time (Alexander RM, 1984, Int J Robotics Res 3(2):49-59)",
                  duty, group="time", decimals=3),
        parameter("flight_time", "flight time", "s", "foot off to the other foot's strike", flight,
                  group="time", decimals=3),
        parameter("stance_percent", "stance", "% of stride", "foot off in % of the stride",
                  {k: 100.0 * v for k, v in duty.items()}, group="time", decimals=1),
        parameter("swing_percent", "swing", "% of stride", "foot off to next strike",
                  {k: 100.0 - 100.0 * v for k, v in duty.items()}, group="time", decimals=1),
    ]  # fmt: skip
