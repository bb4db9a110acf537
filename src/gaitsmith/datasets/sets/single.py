"""Loading of trials that one call of :func:`gaitsmith.read` reads: the common case."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gaitsmith.datasets.base import Content
from gaitsmith.formats import read

__all__ = ["read_as"]


def read_as(
    files: Sequence[str | Path], person: str, name: str, facts: dict[str, Any] | None = None,
    **hints: Any,
) -> Content:  # fmt: skip
    """The recording in `files`, of `person`, called `name`; `facts` about the person are the set's."""
    recording = read(*files, **hints)
    subject = recording.subject.given("file", id=person)
    if facts:
        subject = subject.given("README of the set", **facts)
    return recording.replace(name=name, subject=subject)
