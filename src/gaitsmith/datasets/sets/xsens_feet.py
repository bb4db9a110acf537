"""What Voisard 2023 and Truong 2019 share: trials named ``S-T`` with a JSON beside the signals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gaitsmith.errors import FormatError

__all__ = ["facts_of", "natural"]


def facts_of(path: Path, name: str) -> dict[str, Any]:
    """The JSON of a trial (NaN tokens allowed, as the sets write them).

    Raises
    ------
    FormatError
        Where it is not an object.
    """
    try:
        facts = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise FormatError(
            "the trial's notes cannot be read", file=name, found=str(error)
        ) from error
    if not isinstance(facts, dict):
        raise FormatError("the trial's notes are not an object", file=name)
    return facts


def natural(stem: str) -> tuple[int, int]:
    """``"12-3"`` as (12, 3), to sort by."""
    person, _, trial = stem.partition("-")
    return int(person), int(trial)
