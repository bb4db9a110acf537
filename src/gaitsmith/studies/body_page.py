"""The page of the study of the body, from its figures alone, without those that may only be printed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gaitsmith.files import write_text
from gaitsmith.sections import plain
from gaitsmith.studies.commit import commit
from gaitsmith.studies.events_page import published, table

__all__ = ["write"]

_ABOUT = """# The body: models, moments, and angles from points

Written by `gaitsmith benchmark body --page docs/results`; figures in `body.json`. Rows of sets that are
licensed for measuring only are printed by the command and left out here.
"""
_IK = "ik"


def write(folder: Path, result: Mapping[str, Any], *, force: bool = False) -> Path:
    """Write ``body.md`` and ``body.json``; the page's path.

    Raises
    ------
    GaitsmithError
        Where they exist and `force` is not set.
    """
    shown = published({k: v for k, v in result.items() if k != _IK} | dict(result.get(_IK, {})))
    state = commit()
    lines = [_ABOUT, f"Commit {state}.", ""]
    for part in shown.values():
        lines += [f"## {part['title']}", "", f"Asked: {part['asked']}.", ""]
        for rows in (part["rows"], part["summary"]):
            lines += [*table(rows), ""] if rows else []
        if not part["rows"]:
            lines += ["Not measured here.", ""]
        for words in part["words"]:
            lines += [words, ""]
    path = folder / "body.md"
    write_text(path, "\n".join(lines).rstrip() + "\n", force=force)
    data = json.dumps({"commit": state, "parts": plain(shown)}, indent=1, allow_nan=False)
    write_text(folder / "body.json", data + "\n", force=force)
    return path
