"""Which label stands for which place of the body: named mappings, and a user's own.

A mapping is a TOML file::

    name = "Plug-in Gait"
    about = "Vicon's full-body set"
    sides = ["R", "L"]             # what * stands for on the right and on the left
    needs = ["*ASI", "*KNE"]       # the mapping is chosen where all of these labels are there
    leave_out = ["*FIN", "*TIB#"]  # labels that are not used; # stands for a number

    [landmarks]                    # places on the skin (names of gaitsmith.landmarks)
    asis = "*ASI"
    sacrum = ["SACR", "VSAC"]      # the first that is there

    [centres]                      # points inside a joint: hip, knee, ankle, shoulder, elbow, wrist
    hip = "*HJC"

    [segments]                     # all other labels: on which segment they are glued
    "*THI" = "femur"

    [weights]                      # how much a label counts (1 where nothing is said)
    "*TIB" = 0.5

Sided landmarks stand without their side (``knee``, ``toe_tip``). ``toe`` lies on the heads of the
metatarsals, ``toe_tip`` at the end of a toe. Case, blanks and prefixes of labels do not matter. A
skeleton or a set of keypoints names its hips under ``[centres]`` and has no ``asis``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from gaitsmith.errors import FormatError, GaitsmithError, check_in, did_you_mean
from gaitsmith.landmarks import LANDMARKS

__all__ = ["Naming", "Read", "built_in", "choose", "parse", "read_mapping"]

#: Landmarks that a mapping may name without their side, and those of the midline.
_SIDED = tuple(dict.fromkeys([n[:-2] for n in LANDMARKS if n.endswith(("_r", "_l"))])) + (
    "toe_tip",
)
_MIDLINE = tuple(n for n in LANDMARKS if not n.endswith(("_r", "_l")))
_JOINTS = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist", "toe", "toe_tip", "heel", "mt1", "mt5",
           "pelvis", "neck", "head", "chest")  # fmt: skip
_SIDED_SEGMENTS = ("femur", "tibia", "talus", "calcn", "toes", "humerus", "ulna", "radius")
_SEGMENTS = ("pelvis", "torso", *_SIDED_SEGMENTS)
_KEYS = {
    "name": str, "about": str, "sides": list, "needs": list, "leave_out": list,
    "landmarks": dict, "centres": dict, "segments": dict, "weights": dict,
}  # fmt: skip


@dataclass(frozen=True)
class Read:
    """A mapping applied to labels: label of each landmark, segment and weight of each label."""

    name: str
    landmarks: Mapping[str, str]
    inside: frozenset[str]
    tips: frozenset[str]
    segments: Mapping[str, str]
    weights: Mapping[str, float]
    left_out: frozenset[str]

    @property
    def known(self) -> int:
        """How many labels it knows."""
        return len({*self.landmarks.values(), *self.segments, *self.left_out})


@dataclass(frozen=True)
class Naming:
    """A mapping: patterns of labels, with ``*`` for the side's mark."""

    name: str
    about: str = ""
    sides: tuple[str, str] = ("R", "L")
    needs: tuple[str, ...] = ()
    landmarks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    centres: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()

    def lacks(self, labels: Iterable[str]) -> list[str]:
        """Needed labels that are not there."""
        here = {_plain(x) for x in labels}
        return [x for p in self.needs for x in self._both(p) if _plain(x) not in here]

    def read(self, labels: Iterable[str]) -> Read:
        """What the labels stand for."""
        here: dict[str, str] = {}
        for label in labels:
            here.setdefault(_plain(label), label)
        found: dict[str, str] = {}
        inside, tips = set(), set()
        for table, within in ((self.landmarks, False), (self.centres, True)):
            for stem, patterns in table.items():
                for end, mark in self._ends(stem):
                    name = ("toe" if stem == "toe_tip" else stem) + end
                    met = [here[k] for p in patterns if (k := _put(p, mark)) in here]
                    # A toe on the metatarsals, where there is one, goes before a toe's tip.
                    if not met or (name in found and (not within or stem == "toe_tip")):
                        continue
                    found[name] = met[0]
                    inside.add(name) if within else inside.discard(name)
                    tips.add(name) if stem == "toe_tip" else tips.discard(name)
        segments = {}
        for pattern, bone in self.segments.items():
            for end, mark in zip(("_r", "_l"), self.sides, strict=True):
                label = here.get(_put(pattern, mark), "")
                if label and label not in found.values():
                    segments[label] = bone + end if bone in _SIDED_SEGMENTS else bone
        gone = [
            re.escape(_plain(x)).replace("\\#", r"\d+")
            for p in self.leave_out
            for x in self._both(p)
        ]
        left = {x for k, x in here.items() if any(re.fullmatch(g, k) for g in gone)}
        weights = {
            here[k]: w for p, w in self.weights.items() for x in self._both(p)
            if (k := _plain(x)) in here
        }  # fmt: skip
        return Read(self.name, found, frozenset(inside), frozenset(tips), segments, weights,
                    frozenset(left))  # fmt: skip

    def _both(self, pattern: str) -> list[str]:
        return [pattern.replace("*", s) for s in self.sides] if "*" in pattern else [pattern]

    def _ends(self, stem: str) -> list[tuple[str, str]]:
        if stem in _SIDED:
            return list(zip(("_r", "_l"), self.sides, strict=True))
        return [("", "")]


def _plain(label: str) -> str:
    return re.sub(r"\s+", " ", re.split(r"[:|]", label.strip())[-1]).strip().lower()


def _put(pattern: str, mark: str) -> str:
    return _plain(pattern.replace("*", mark))


def read_mapping(path: str | Path) -> Naming:
    """A user's mapping.

    Raises
    ------
    FormatError
        Where the file is not such a mapping; names the entry and what it may be.
    """
    path = Path(path)
    if not path.is_file():
        raise GaitsmithError("no such file", file=path, place="mapping",
                             expected="a TOML file; its layout stands in `gaitsmith.body.naming`")  # fmt: skip
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise FormatError("the mapping is not text", file=path, expected="TOML in UTF-8") from None
    return parse(text, str(path))


def parse(text: str, file: str = "mapping") -> Naming:
    """A mapping from the text of a TOML file (layout: see the module).

    Raises
    ------
    FormatError
        As :func:`read_mapping`.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FormatError("the mapping is not TOML", file=file, found=str(error)) from None
    _checked(raw, file)
    sides = tuple(raw.get("sides", ("R", "L")))
    landmarks = {
        k: _several(v, f"landmarks.{k}", file) for k, v in raw.get("landmarks", {}).items()
    }
    centres = {k: _several(v, f"centres.{k}", file) for k, v in raw.get("centres", {}).items()}
    for table, found, allowed in (
        ("landmarks", landmarks, (*_SIDED, *_MIDLINE)), ("centres", centres, _JOINTS),
        ("segments", raw.get("segments", {}).values(), _SEGMENTS),
    ):  # fmt: skip
        for name in found:
            if name not in allowed:
                raise FormatError(
                    f"not a name for {table}", file=file, place=f"[{table}]", found=name,
                    expected=", ".join(allowed), remedy=did_you_mean(str(name), allowed) or None,
                )  # fmt: skip
    for label, weight in raw.get("weights", {}).items():
        if (
            isinstance(weight, bool)
            or not isinstance(weight, int | float)
            or not 0 <= weight <= 1e3
        ):
            raise FormatError("not a weight", file=file, place=f"[weights] {label}", found=weight,
                              expected="a number from 0 to 1000")  # fmt: skip
    if not landmarks and not centres:
        raise FormatError("the mapping names no landmarks", file=file,
                          expected="a table [landmarks] or [centres]")  # fmt: skip
    return Naming(
        str(raw.get("name", Path(file).stem)), str(raw.get("about", "")), (sides[0], sides[1]),
        tuple(raw.get("needs", ())), landmarks, centres, dict(raw.get("segments", {})),
        {k: float(v) for k, v in raw.get("weights", {}).items()}, tuple(raw.get("leave_out", ())),
    )  # fmt: skip


def _checked(raw: Mapping[str, Any], file: str) -> None:
    """Refuse unknown keys and values of another type."""
    for key, value in raw.items():
        if key not in _KEYS:
            raise FormatError("the mapping has an unknown entry", file=file, found=key,
                              expected=", ".join(_KEYS), remedy=did_you_mean(key, _KEYS) or None)  # fmt: skip
        if not isinstance(value, _KEYS[key]):
            raise FormatError("an entry has another type", file=file, place=key, found=value,
                              expected=_KEYS[key].__name__)  # fmt: skip
        if _KEYS[key] is list and not all(isinstance(x, str) for x in value):
            raise FormatError("an entry is not a list of labels", file=file, place=key, found=value)
    if len(raw.get("sides", ("R", "L"))) != 2:
        raise FormatError("sides are not two", file=file, place="sides", found=raw["sides"],
                          expected='the marks of right and left, ["R", "L"]')  # fmt: skip
    for pattern, bone in raw.get("segments", {}).items():
        if not isinstance(bone, str):
            raise FormatError("not a name for segments", file=file, place=f"[segments] {pattern}",
                              found=bone, expected=", ".join(_SEGMENTS))  # fmt: skip


def _several(value: object, place: str, file: str) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not values or not all(isinstance(v, str) for v in values):
        raise FormatError("not a label", file=file, place=place, found=value,
                          expected="a label, or a list of labels")  # fmt: skip
    return tuple(values)


@cache
def built_in() -> dict[str, Naming]:
    """The mappings that come along, by file name without suffix."""
    folder = resources.files("gaitsmith.body") / "mappings"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return {f.name[:-5]: parse(f.read_text(encoding="utf-8"), f.name) for f in files}


def choose(labels: Iterable[str], name: str | None = None) -> Read | None:
    """The mapping `name`, or the one that knows the most of the labels; None where none fits.

    Raises
    ------
    GaitsmithError
        Where there is no mapping `name`, or labels that it needs are missing.
    """
    labels = list(labels)
    if name is not None:
        check_in("mapping", name, built_in())
        return applied(built_in()[name], labels)
    fitting = [n.read(labels) for n in built_in().values() if not n.lacks(labels)]
    return max(fitting, key=lambda r: (r.known, len(r.landmarks)), default=None)


def applied(naming: Naming, labels: Iterable[str]) -> Read:
    """The mapping applied to labels that must be there.

    Raises
    ------
    GaitsmithError
        Where labels that it needs are missing.
    """
    labels = list(labels)
    lacks = naming.lacks(labels)
    if lacks:
        raise GaitsmithError(
            f"labels are missing for the mapping {naming.name!r}", place="mapping",
            found=", ".join(labels[:12]), expected=", ".join(lacks),
        )  # fmt: skip
    return naming.read(labels)
