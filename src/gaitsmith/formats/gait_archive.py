"""gaitsmith's own file: a Recording whole."""

from __future__ import annotations

import os
from typing import Any

from gaitsmith.archive import from_bytes
from gaitsmith.formats.base import Hints, Source
from gaitsmith.recording import Recording

__all__ = ["NAME", "SUFFIXES", "read", "sniff", "write"]

NAME = "gaitsmith recording"
SUFFIXES = (".gait",)


def sniff(head: bytes, suffix: str) -> float:
    """1 for a zip whose first member is ``recording.json``."""
    return 1.0 if head[:4] == b"PK\x03\x04" and head[30:44] == b"recording.json" else 0.0


def read(source: Source, hints: Hints) -> Recording:
    """The Recording as it was saved."""
    return from_bytes(source.data, source.name)


def write(
    recording: Recording, path: str | os.PathLike[str], *, force: bool = False, **_: Any
) -> None:
    """Everything, as :meth:`Recording.save`."""
    recording.save(path, force=force)
