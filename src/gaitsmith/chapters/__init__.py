"""The chapters of an analysis, in the order in which a report shows them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from gaitsmith.chapters.base import Context
from gaitsmith.sections import Section

__all__ = ["CHAPTERS", "DESCRIBING", "ESTIMATING", "Context", "chapters"]

#: Module and function of each chapter; a new capability adds one line.
CHAPTERS: tuple[tuple[str, str], ...] = (
    ("overview", "chapter"),
    ("playback", "chapter"),
    ("kinematics", "chapter"),
    ("parameters", "chapter"),
    ("indices", "chapter"),
    ("twin", "chapter"),
    ("forces", "forces"),
    ("forces", "kinetics"),
    ("estimated_forces", "chapter"),
    ("speed", "chapter"),
    ("fewshot", "chapter"),
    ("phase", "chapter"),
    ("events", "chapter"),
    ("quality", "chapter"),
)

#: Modules that show what was recorded; the others estimate what was not.
DESCRIBING = frozenset(
    ("overview", "playback", "kinematics", "parameters", "indices", "forces", "events", "quality")
)
#: What may be left out: modules that estimate.
ESTIMATING = tuple(m for m, _ in CHAPTERS if m not in DESCRIBING)


def chapters() -> list[tuple[str, Callable[[Context], Section | None]]]:
    """Name and function of every chapter."""
    return [(f"{m}.{f}", getattr(import_module(f"gaitsmith.chapters.{m}"), f)) for m, f in CHAPTERS]
