"""The page of the study of events, from its figures alone, without those that may only be printed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gaitsmith.files import write_text
from gaitsmith.sections import plain
from gaitsmith.studies import events_imu
from gaitsmith.studies.commit import commit

__all__ = ["KNOWN", "cell", "published", "table", "write"]

#: Sets of inertial sensors whose licence allows no published figures.
PRIVATE = ("walking_dataset",)
_ABOUT = """# Events, and the speed of a treadmill

Written by `gaitsmith benchmark events --page docs/results`; figures in `events.json`. Rows of sets that
are licensed for measuring only are printed by the command and left out here, and with them the lines
over all sets that hold them.

"""
#: What is missed and why it stays so: on the page and below the printed tables.
KNOWN = """Two things are known to be out of reach, and stay as they are:

* **The belt's speed from joint angles** is within 0.03 m/s on five of seven treadmill recordings. The two others
  are known by angles alone, so that their feet are those of a drawn body. The part `belt` tries four other points of
  the foot; none is within 0.03 m/s on more of the recordings. A report states the speed with its band (±).
* **WBDS01's events** were taken by that laboratory's program from plates whose unloaded level it did not take off.
  From our zero, 43 of 67 are within 2 frames; from the file's, with its 20 N, all 67. An unloaded plate should read
  nothing, so our zero stays the default; the second row shows that the rest is the same.
"""


def published(result: Mapping[str, Any]) -> dict[str, Any]:
    """The figures that may be written down."""
    out: dict[str, Any] = {}
    for name, part in result.items():
        if name == "imu":
            out[name] = {k: v for k, v in part.items() if k not in PRIVATE}
            continue
        rows = [r for r in part["rows"] if r.get("write down", "yes") != "no"]
        private = {r.get("set") for r in part["rows"]} - {r.get("set") for r in rows}
        whole = len(rows) == len(part["rows"])
        summary = [s for s in part["summary"]
                   if whole or s.get("write down") == "yes" or ("set" in s and s["set"] not in private and s["set"] != "all")]  # fmt: skip
        rows = [{k: v for k, v in r.items() if k != "write down"} for r in rows]
        # What a set has of others' bias would tell the private ones'.
        if not whole:
            summary = [{k: v for k, v in s.items() if "left out" not in k} for s in summary]
        summary = [{k: v for k, v in s.items() if k != "write down"} for s in summary]
        out[name] = {**part, "rows": rows, "summary": summary}
    return out


def write(folder: Path, result: Mapping[str, Any], *, force: bool = False) -> None:
    """``events.md`` and ``events.json`` in `folder`.

    Raises
    ------
    GaitsmithError
        Where they exist and `force` is not set.
    """
    shown = published(result)
    state = commit()
    lines = [_ABOUT + KNOWN, f"Commit {state}.", ""]
    for name, part in shown.items():
        if name == "imu":
            continue
        lines += [f"## {part['title']}", "", f"Asked: {part['asked']}.", ""]
        for rows in (part["rows"], part["summary"]):
            lines += [*table(rows), ""] if rows else []
        lines += [*part["words"], ""]
    if "imu" in shown:
        lines += ["## Inertial sensors", "", "```text", events_imu.format(shown["imu"]), "```", ""]
    write_text(folder / "events.md", "\n".join(lines).rstrip() + "\n", force=force)
    data = json.dumps({"commit": state, "parts": plain(shown)}, indent=1, allow_nan=False)
    write_text(folder / "events.json", data + "\n", force=force)


def table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Rows as lines of a Markdown table."""
    names = list(dict.fromkeys(n for r in rows for n in r))
    return [
        "| " + " | ".join(names) + " |",
        "| --- " * len(names) + "|",
        *("| " + " | ".join(cell(r.get(n)) for n in names) + " |" for r in rows),
    ]


def cell(value: Any) -> str:
    """A value of a table in words."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
