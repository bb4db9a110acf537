"""Hints that say nothing about a file: told from those that do by reading it with another value.

A hint whose value could be any other and the recording would be the same is one that the user
believes in and that has no effect: a sensor misspelt, a unit of what the file does not hold, a rate
of a file that states its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from gaitsmith.errors import GaitsmithError, did_you_mean
from gaitsmith.formats.base import Hints
from gaitsmith.formats.signs import unknown
from gaitsmith.formats.told_columns import LEFT_OUT
from gaitsmith.recording import Recording
from gaitsmith.units import known_units, normalise

__all__ = ["refuse_idle"]

_OTHER_RATE = 1.37
# What holds values of a dimension.
_HOLDS = {"acceleration": ("imu",), "rate": ("imu",), "angle": ("angles",), "length": ("points",),
          "force": ("forces",), "moment": ("moments", "forces")}  # fmt: skip
_KINDS = {"imu": "inertial sensors", "angles": "joint angles", "points": "positions",
          "forces": "forces", "moments": "moments"}  # fmt: skip


def refuse_idle(
    hints: Hints, recording: Recording, again: Callable[[Hints], Recording], files: str
) -> None:
    """Nothing where each of `hints` matters to the recording.

    Parameters
    ----------
    recording
        What was read with `hints`.
    again
        Reads the same files with other hints.
    files
        Their names, for the message.

    Raises
    ------
    GaitsmithError
        Naming the first hint that has no effect.
    """
    for other, refusal in _others(hints, recording):
        try:
            same = _content(again(other)) == _content(recording)
        except GaitsmithError:
            continue  # a value that the file contradicts was looked at
        if same:
            raise refusal.in_file(files)


def _content(recording: Recording) -> tuple[Any, ...]:
    return recording.digest(), recording.notes


def _others(hints: Hints, recording: Recording) -> Iterator[tuple[Hints, GaitsmithError]]:
    """For each hint given: the hints with another value in its place, and what to say if that is
    the same.
    """
    if hints.rate_hz is not None:
        rates = sorted({f"{s.nominal_rate:g} Hz" for s in recording.streams.values() if len(s) > 1})
        yield replace(hints, rate_hz=_OTHER_RATE * hints.rate_hz), GaitsmithError(
            "the rate has no effect: the file states its own", place="option --rate",
            found=f"{hints.rate_hz:g} Hz", expected=f"{', '.join(rates)}, as the file says",
            remedy="leave --rate out",
        )  # fmt: skip
    if hints.up is not None:
        yield replace(hints, up="+y" if hints.up.strip().lower().lstrip("+") != "y" else "+x"), GaitsmithError(
            "the axis has no effect: no positions are turned by it", place="option --up",
            found=f"{hints.up}; the recording holds {_held(recording)}",
            expected="a file of markers or joint centres that does not state its axes", remedy="leave --up out",
        )  # fmt: skip
    for dimension, unit in hints.units.items():
        yield (
            _with(hints, "units", dimension, _another(dimension, unit)),
            _idle_unit(dimension, unit, recording),
        )
    for dimension, value in hints.scale.items():
        yield _with(hints, "scale", dimension, _OTHER_RATE * value), GaitsmithError(
            "the scale has no effect", place=f"scale of {dimension}", found=f"{value:g}",
            expected=f"a file of counts of {dimension}", remedy="leave it out",
        )  # fmt: skip
    sensors = [x for s in recording.of_kind("imu").values() for x in s.labels]
    for name, place in hints.placement.items():
        yield _with(hints, "placement", name, "wrist_l" if place != "wrist_l" else "head"), GaitsmithError(
            "no sensor has this name", place="option --place", found=f"{name}={place}",
            expected=f"one of {', '.join(dict.fromkeys(sensors))}" if sensors
            else f"a file of inertial sensors; this one holds {_held(recording)}",
            remedy=did_you_mean(name, sensors) or ("give the name that the file has for the sensor, or * for the only one"
                                                   if sensors else "leave --place out"),
        )  # fmt: skip
    for column, wanted in hints.columns.items():
        # To leave it out matters of any column that is there, also of one that was understood so already.
        rest = {k: v for k, v in hints.columns.items() if k != column}
        other = replace(hints, columns=rest if wanted in LEFT_OUT else {**rest, column: "-"})
        yield other, GaitsmithError(
            "no column has this name", place="option --column", found=f"{column}={wanted}",
            expected="a column of the file, by its name", remedy="see the names with `gaitsmith info`",
        )  # fmt: skip
    for name, sign in hints.signs.items():
        yield _with(hints, "signs", name, -sign), unknown(name, sign, recording, "option --sign")


def _with(hints: Hints, field: str, key: str, value: Any) -> Hints:
    changed: dict[str, Any] = {field: {**getattr(hints, field), key: value}}
    return replace(hints, **changed)


def _another(dimension: str, unit: str) -> str:
    """Another unit of the dimension; the same where there is only one."""
    return next((u for u in known_units(dimension) if u != normalise(unit)), unit)


def _idle_unit(dimension: str, unit: str, recording: Recording) -> GaitsmithError:
    kinds = _HOLDS.get(dimension, ())
    held = any(recording.of_kind(k) for k in kinds)  # type: ignore[arg-type]
    return GaitsmithError(
        "the unit has no effect: the file states its own" if held or not kinds
        else f"the unit has no effect: nothing in the file is a{'n' if dimension[0] in 'aeiou' else ''} {dimension}",
        place="option --unit", found=f"{dimension}={unit}; the recording holds {_held(recording)}",
        expected=f"a file of {' or '.join(_KINDS[k] for k in kinds)} that does not state it" if kinds
        else "a file that does not state it",
        remedy="leave it out",
    )  # fmt: skip


def _held(recording: Recording) -> str:
    return ", ".join(dict.fromkeys(_KINDS.get(s.kind, s.kind) for s in recording.streams.values()))
