"""When each foot struck the ground and left it: detectors behind one signature, and a choice.

A detector is a module of this folder with

``NAME``
    its name, which is also the ``source`` of its events;
``missing(recording) -> str | None``
    what the recording lacks for it, in words that finish "it lacks …"; None: it can run;
``detect(recording, **options) -> Events``
    its events;
``detect_noted(recording, **options) -> tuple[Events, tuple[Note, ...]]``
    optional: the same with a note for every assumption and doubt.

The order below is the order of trust: what is measured closest to the ground first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gaitsmith.channels import Side
from gaitsmith.errors import GaitsmithError, MissingInputError, check_in
from gaitsmith.events import Events, Kind
from gaitsmith.gait.events.agreement import Agreement, AgreementRow, agreement, match
from gaitsmith.subject import Note

if TYPE_CHECKING:
    from gaitsmith.recording import Recording

__all__ = [
    "METHODS",
    "Agreement",
    "AgreementRow",
    "Detection",
    "agreement",
    "available",
    "detect",
    "detect_all",
    "detector",
    "find",
]

# In order of trust; loaded when first asked for.
_MODULES: dict[str, str] = {
    "plate": "forces",
    "file": "given",
    "kinematic": "kinematic",
    "foot_imu": "foot_imu",
    "shank_imu": "shank_imu",
    "low_back": "low_back",
    "hip": "hip",
}

#: Names of the detectors, best first.
METHODS: tuple[str, ...] = tuple(_MODULES)

# A plate that saw the contact corrects the time of another method's event this near (s). Twice
# the 90th percentile of what kinematic events differ from plates (studies/events.py).
_REFINE_S = 0.06
# A plate's event further than this (s) from all others of its foot and kind is another one.
_ANOTHER_S = 0.3
# A method serves where it finds this share of the strides that any method finds. Plates stepped on
# in passing find few; a method that is less sharp may find one more at the record's ends.
_ENOUGH = {"plate": 0.75, "file": 0.75}
_ENOUGH_ELSE = 0.5
_SAID = {"file": "the file", "kinematic": "the motion of the feet"}
# Two strikes of one foot further apart than this (s) do not bound a stride.
_LONGEST_STRIDE_S = 4.0
# Marked by hand, a trial's start and stop are known to about this (s).
_EDGE_S = 0.3


@dataclass(frozen=True)
class Detection:
    """What was found, by which method, with what was assumed.

    Attributes
    ----------
    method
        Name of the detector that gave the events (in ``auto`` single events may come from
        plates: see their ``source``).
    lacking
        For every detector that could not run, what it lacked.
    """

    events: Events
    method: str
    notes: tuple[Note, ...] = ()
    lacking: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lacking", MappingProxyType(dict(self.lacking)))


def detector(name: str) -> Any:
    """The module of a detector.

    Raises
    ------
    GaitsmithError
        With the nearest name, where there is none of that name.
    """
    return import_module(f"gaitsmith.gait.events.{_MODULES[check_in('method', name, METHODS)]}")


def _lacking(recording: Recording) -> dict[str, str]:
    """What each detector lacks; detectors that can run are not in it."""
    said = {name: detector(name).missing(recording) for name in METHODS}
    return {name: words for name, words in said.items() if words is not None}


def available(recording: Recording) -> tuple[str, ...]:
    """Names of the detectors that this recording has the signals for, best first."""
    lacking = _lacking(recording)
    return tuple(name for name in METHODS if name not in lacking)


def _noted(name: str, recording: Recording, **options: Any) -> tuple[Events, tuple[Note, ...]]:
    module = detector(name)
    if hasattr(module, "detect_noted"):
        found: tuple[Events, tuple[Note, ...]] = module.detect_noted(recording, **options)
    else:
        found = module.detect(recording, **options), ()
    inside = _within(recording, found[0])
    left = len(found[0]) - len(inside)
    if not left:
        return found
    words = f"{left} strikes and offs before the start or after the stop that the file marks were left out"
    return inside, (*found[1], Note("assumption", "events", words))


def _within(recording: Recording, events: Events) -> Events:
    """The events between the start and the stop that the file marks, where it marks them."""
    marked = {k: [e.time for e in recording.events if e.kind == k] for k in ("start", "stop")}
    low = min(marked["start"], default=-np.inf) - _EDGE_S
    high = max(marked["stop"], default=np.inf) + _EDGE_S
    return Events(e for e in events if low <= e.time <= high)


def find(recording: Recording, method: str = "auto", **options: Any) -> Detection:
    """Events with the method that gave them and what was assumed.

    ``auto`` takes the most trusted detector that finds most of the strides that are there. Events
    that a laboratory put into the file stand before those of the feet's motion: somebody has seen
    them, and on children's fast steps the motion alone is up to 40 ms off. Plates
    that were stepped on once or twice do not make strides; there another detector gives the
    events, and those that a plate saw too take the plate's time (and its name as their source).

    Parameters
    ----------
    method
        ``"auto"`` or one of :data:`METHODS`.
    options
        Passed to the detector; only with a method that is named.

    Raises
    ------
    MissingInputError
        Where the recording lacks what the method (or every method) needs.
    """
    if method != "auto":
        check_in("method", method, ("auto", *METHODS))
        lack = detector(method).missing(recording)
        if lack is not None:
            raise MissingInputError(
                f"events by the method {method!r} cannot be found", place=recording.name or None,
                found=f"it lacks {lack}",
                remedy=f"use {', '.join(available(recording)) or 'another recording'}",
            )  # fmt: skip
        events, notes = _noted(method, recording, **options)
        return Detection(events, method, notes)
    if options:
        raise GaitsmithError("options need a method", found=", ".join(options),
                             remedy=f"name a method: {', '.join(METHODS)}")  # fmt: skip
    return _auto(recording)


def _auto(recording: Recording) -> Detection:
    lacking = _lacking(recording)
    names = [name for name in METHODS if name not in lacking]
    if not names:
        raise MissingInputError(
            "no events can be found", place=recording.name or None,
            expected="forces, points, IMU signals or hip angles",
            remedy="add what one of the methods lacks: "
            + "; ".join(f"{n} lacks {w}" for n, w in lacking.items()),
        )  # fmt: skip
    found = {name: _noted(name, recording) for name in names}
    strides = {name: _strides(events) for name, (events, _) in found.items()}
    most = max(strides.values())
    if most:
        best = next(n for n in names if strides[n] >= _ENOUGH.get(n, _ENOUGH_ELSE) * most)
    else:
        best = max(names, key=lambda n: len(found[n][0]))
    events, notes = found[best]
    if best != "plate" and "plate" in found and len(found["plate"][0]):
        events = _refined(events, found["plate"][0])
        by_plate = len(events.where(source="plate"))
        words = f"{by_plate} of {len(events)} events have their time from a force plate, the others"
        notes = (
            *notes,
            *found["plate"][1],
            Note("assumption", "events", f"{words} by {_SAID.get(best, best)}"),
        )
    if best == "plate" and "kinematic" in found:
        events = events + found["kinematic"][0].where(kind="turn")
    return Detection(events, best, notes, lacking)


def _strides(events: Events) -> int:
    """How many pairs of successive strikes of one foot could bound a stride."""
    sides: tuple[Side, ...] = ("left", "right")
    steps = [np.diff(events.times("strike", side)) for side in sides]
    return int(sum(np.sum(s < _LONGEST_STRIDE_S) for s in steps))


def _refined(events: Events, plate: Events) -> Events:
    """`events`, with the plate's event in place of each that a plate saw too, and those added that
    the other method missed (at the record's ends, mostly).
    """
    rows = list(events)
    kinds: tuple[Kind, ...] = ("strike", "off")
    sides: tuple[Side, ...] = ("left", "right")
    for kind in kinds:
        for side in sides:
            at = [i for i, e in enumerate(rows) if (e.kind, e.side) == (kind, side)]
            better = list(plate.where(kind=kind, side=side))
            times = np.array([rows[i].time for i in at], dtype=np.float64)
            for i, j in match(times, plate.times(kind, side), _REFINE_S):
                rows[at[int(i)]] = better[int(j)]
            rows += [e for e in better if not np.any(np.abs(times - e.time) < _ANOTHER_S)]
    return Events(rows)


def detect(recording: Recording, method: str = "auto", **options: Any) -> Events:
    """The events of :func:`find`, alone."""
    return find(recording, method, **options).events


def detect_all(recording: Recording) -> dict[str, Events]:
    """The events of every detector that can run, by its name, best first."""
    return {name: _noted(name, recording)[0] for name in available(recording)}
