"""Who walked, and how we know; and the notes that everything assumed is written in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Literal

from gaitsmith.channels import Side
from gaitsmith.errors import GaitsmithError, check_in

__all__ = ["MODEL_WEIGHS", "Note", "Subject", "check_person"]

#: The source of a mass that is the sum of a scaled model's segments.
MODEL_WEIGHS = "body model"

Level = Literal["assumption", "warning", "refusal"]

# Bounds outside which a number is a mistake of unit: heaviest and tallest people known lie inside.
_BOUNDS = {"mass": (1.0, 650.0, "kg"), "height": (0.3, 2.8, "m"), "age": (0.0, 125.0, "years"),
           "leg_length": (0.1, 1.6, "m")}  # fmt: skip
# Units that such a number is given in by mistake, and what they are of ours.
_TAKEN_FOR = {"height": {"cm": 0.01, "mm": 0.001}, "leg_length": {"cm": 0.01, "mm": 0.001}, "mass": {"g": 0.001}}  # fmt: skip


@dataclass(frozen=True)
class Note:
    """One thing assumed, doubted or refused: level, place, words.

    `place` names what the note is about: a stream, a column, a capability.
    """

    level: Level
    place: str
    words: str

    def __post_init__(self) -> None:
        check_in("level", self.level, ("assumption", "warning", "refusal"))

    def __str__(self) -> str:
        return f"{self.place}: {self.words}" if self.place else self.words


@dataclass(frozen=True)
class Subject:
    """A person; each field optional, each with where it came from in ``sources``.

    Attributes
    ----------
    mass
        kg.
    height, leg_length
        m.
    age
        Years.
    sex
        ``"female"``, ``"male"`` or any other word the file has.
    affected_side
        ``"left"``, ``"right"``.
    """

    id: str = ""
    mass: float | None = None
    height: float | None = None
    sex: str | None = None
    age: float | None = None
    leg_length: float | None = None
    affected_side: Side | None = None
    sources: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in _BOUNDS:
            check_person(name, getattr(self, name), self.sources.get(name, f"subject {name}"))
        object.__setattr__(self, "sources", MappingProxyType(dict(self.sources)))

    def __reduce__(self) -> tuple[Any, ...]:
        return (_subject, (self.to_dict(),))

    def __hash__(self) -> int:
        return hash((self.id, self.mass, self.height, self.sex, self.age))

    def given(self, source: str, **values: Any) -> Subject:
        """This person with `values` (None means: not known) that came from `source`."""
        known = {k: v for k, v in values.items() if v is not None}
        return replace(self, **known, sources={**self.sources, **dict.fromkeys(known, source)})

    def filled_by(self, other: Subject) -> Subject:
        """This person, with what is not known here taken from `other`."""
        merged, sources = {}, dict(self.sources)
        for f in fields(self):
            mine, theirs = getattr(self, f.name), getattr(other, f.name)
            if f.name != "sources" and mine in (None, "") and theirs not in (None, ""):
                merged[f.name] = theirs
                if f.name in other.sources:
                    sources[f.name] = other.sources[f.name]
        return replace(self, **merged, sources=sources)

    def to_dict(self) -> dict[str, Any]:
        """What is known, as plain types."""
        out: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name == "sources":
                value = dict(value)
            if value not in (None, "", {}):
                out[f.name] = value
        return out

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Subject:
        """The inverse of :meth:`to_dict`."""
        return cls(**data)


def check_person(name: str, value: float | None, place: str) -> None:
    """Nothing where `value` can be a person's `name` (mass, height, age, leg_length), or is None.

    Raises
    ------
    GaitsmithError
        Naming `place`, with the value in the unit that was meant, where another was likely taken.
    """
    low, high, unit = _BOUNDS[name]
    if value is None or (math.isfinite(value) and low <= value <= high):
        return
    words = name.replace("_", " ")
    remedy = f"give the {words} in {unit}"
    for other, share in _TAKEN_FOR.get(name, {}).items():
        if low <= value * share <= high:
            remedy += f"; {value:g} {other} are {value * share:.4g} {unit}"
            break
    raise GaitsmithError(
        f"the {words} is out of any person's range", place=place, found=f"{value:g} {unit}",
        expected=f"{low:g} to {high:g} {unit}", remedy=remedy,
    )  # fmt: skip


def _subject(data: dict[str, Any]) -> Subject:
    return Subject.from_dict(data)
