"""Files beside a recording: a TOML with hints, JSON with the person and events.

``imu.toml`` beside ``imu.csv`` says for good what the recording cannot say. Its keys are those of
:class:`~gaitsmith.formats.base.Hints`::

    rate_hz = 100
    mass = 71.5

    [units]
    acceleration = "g"

    [placement]
    sensor1 = "foot_r"

    [columns]
    AccX = "acc_x"

    [signs]
    knee_angle_r = -1
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path, PurePosixPath
from typing import Any

from gaitsmith.errors import FormatError, GaitsmithError, did_you_mean
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.sources import open_source, split

__all__ = ["json_beside", "last_part", "load_json", "sibling", "with_sidecar"]

_MAPS = ("units", "placement", "columns", "scale", "signs")
_REMEDIES = {"signs": "write -1 for a column to be turned round: knee_angle_r = -1"}
_NUMBERS = ("rate_hz", "mass", "height", "age", "leg_length")


def _place(source: Source) -> tuple[Path, str | None]:
    """File and member, without the part."""
    return split(source.name.removesuffix(f"!{source.part}") if source.part else source.name)


def sibling(source: Source, name: str) -> Source | None:
    """The file `name` in the folder (or archive) of `source`, or None where there is none."""
    path, member = _place(source)
    if member is None:
        beside = path.with_name(name)
        return open_source(beside) if beside.is_file() else None
    inner = str(PurePosixPath(member).with_name(name))
    try:
        return open_source(f"{path}!{inner}")
    except FormatError:
        return None


def last_part(name: str) -> str:
    """The file's own name, without folders and archive."""
    return re.split(r"[/\\!]", name)[-1]


def load_json(source: Source) -> dict[str, Any]:
    """The object in a JSON file; the bare token NaN, which is no JSON, is read as None.

    Raises
    ------
    FormatError
        Where it is not JSON or not an object.
    """
    try:
        data = json.loads(source.text(), parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise source.wrong("this is not JSON", found=str(error)) from error
    if not isinstance(data, dict):
        raise source.wrong("the JSON holds no object", found=type(data).__name__)
    return data


def json_beside(source: Source, *names: str) -> tuple[Source, dict[str, Any]] | None:
    """The first of the JSON files `names` that stands beside `source`, or None."""
    for name in names:
        found = sibling(source, name)
        if found is not None:
            return found, load_json(found)
    return None


def with_sidecar(source: Source, hints: Hints) -> Hints:
    """`hints`, with what they leave open taken from the TOML file beside `source`.

    What the user said in the call wins over the file. Members of archives are looked up only in
    zip archives, where a look costs nothing.

    Raises
    ------
    FormatError
        Where the TOML file cannot be read, or a key or value in it is not one of a hint.
    """
    path, member = _place(source)
    if source.suffix in (".toml", ".json", ".gait"):
        return hints
    if member is not None and not path.name.lower().endswith(".zip"):
        return hints
    found = sibling(source, f"{source.stem}.toml")
    if found is None:
        return hints
    said = _checked(found)
    values: dict[str, Any] = {}
    for field in fields(Hints):
        mine, theirs = getattr(hints, field.name), said.get(field.name)
        if field.name in _MAPS:
            values[field.name] = {**(theirs or {}), **mine}
        else:
            values[field.name] = theirs if mine is None else mine
    try:
        return Hints(**values)
    except GaitsmithError as error:
        # What the user said was checked before: this is the file's.
        error.place = error.place and re.sub(r"^argument (\w+)$", r"key '\1'", error.place)
        raise error.in_file(found.name) from error


def _checked(source: Source) -> dict[str, Any]:
    try:
        said = tomllib.loads(source.text())
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"line (\d+)", str(error))
        raise source.wrong("the TOML cannot be read", f"line {line[1]}" if line else None,
                           found=str(error)) from error  # fmt: skip
    if isinstance(said.get("subject"), dict):
        said = {**said.pop("subject"), **said}
    allowed = [f.name for f in fields(Hints)]
    for key, value in said.items():
        if key not in allowed:
            raise source.wrong("no such hint", f"key {key!r}", expected=f"one of {', '.join(allowed)}",
                               remedy=did_you_mean(key, allowed) or None)  # fmt: skip
        kind = "table" if key in _MAPS else "number" if key in _NUMBERS else "text"
        fits = (
            isinstance(value, dict)
            if kind == "table"
            else isinstance(value, str)
            if kind == "text"
            else isinstance(value, (int, float)) and not isinstance(value, bool)
        )
        if not fits:
            raise source.wrong("the hint is of another type", f"key {key!r}", found=value,
                               expected=f"a {kind}")  # fmt: skip
        numbers = key in ("scale", "signs")
        inner = (int, float) if numbers else str
        if key in _MAPS and not all(isinstance(v, inner) for v in value.values()):
            raise source.wrong("the hint is of another type", f"table {key!r}", found=value,
                               expected="numbers" if numbers else "texts",
                               remedy=_REMEDIES.get(key))  # fmt: skip
    return said
