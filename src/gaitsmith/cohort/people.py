"""A table of who walks in which file: facts for reading, groups for the cohort's report."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from gaitsmith.errors import GaitsmithError, did_you_mean

__all__ = ["known_of", "read_people"]

_NUMBERS = ("mass", "height", "age", "leg_length", "rate_hz")
_WORDS = ("sex", "side")
_COLUMNS = ("file", "group", "person", *_NUMBERS, *_WORDS)


def read_people(path: str | os.PathLike[str]) -> list[dict[str, str]]:
    """Rows of the table.

    Raises
    ------
    GaitsmithError
        Where it cannot be read, has no column ``file``, or a column nobody knows.
    """
    try:
        text = Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise GaitsmithError("the table of people cannot be read", file=path, found=error,
                             expected="a CSV file in UTF-8") from error  # fmt: skip
    rows = csv.DictReader(text.splitlines())
    names = [n.strip() for n in rows.fieldnames or ()]
    for name in names:
        if name not in _COLUMNS:
            raise GaitsmithError("no such column in a table of people", file=path, found=name,
                                 expected=f"one of {', '.join(_COLUMNS)}",
                                 remedy=did_you_mean(name, _COLUMNS) or None)  # fmt: skip
    if "file" not in names:
        raise GaitsmithError("the table of people has no column 'file'", file=path,
                             found=", ".join(names) or "nothing",
                             expected="a column with names or patterns of files")  # fmt: skip
    made = []
    for number, raw in enumerate(rows, 2):
        row = {(k or "").strip(): (v or "").strip() for k, v in raw.items() if isinstance(v, str)}
        for name in _NUMBERS:
            value = row.get(name)
            if value and _number(value) is None:
                raise GaitsmithError("not a number", file=path, place=f"line {number}, column {name}",
                                     found=value)  # fmt: skip
        made.append(row)
    return made


def known_of(
    table: Sequence[Mapping[str, str]], name: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """What the table says of one recording: fields of Hints, and its group and person.

    Later rows add to earlier ones, so that a pattern can speak for many and a name for one. Without
    a group in the table, the first folder is the group.
    """
    known: dict[str, Any] = {}
    labels = {"group": name.split("/", maxsplit=1)[0] if "/" in name else "", "person": ""}
    for row in table:
        if not (fnmatch(name, row["file"]) or fnmatch(name.rsplit("/", 1)[-1], row["file"])):
            continue
        labels |= {k: row[k] for k in labels if row.get(k)}
        known |= {k: _number(row[k]) for k in _NUMBERS if row.get(k)}
        known |= {k: row[k] for k in _WORDS if row.get(k)}
    return known, labels


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
