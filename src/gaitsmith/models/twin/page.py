"""What ``gaitsmith twin`` shows on one page: verdict, playback, curves, table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.twin import symmetry
from gaitsmith.models.twin.api import TwinResult
from gaitsmith.recording import Note, Recording
from gaitsmith.sections import Figure, Playback, Section

__all__ = ["Page", "page", "section"]


@dataclass(frozen=True)
class Page:
    """Sections with the recording they are of, as a report wants it."""

    recording: Recording
    sections: Sequence[Section]
    notes: Sequence[Note]
    title: str
    strides: Any = None
    made: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Words, tables and values as plain types."""
        return {s.key: s.to_dict() for s in self.sections}


def section(result: TwinResult, figure: Figure | None = None) -> Section:
    """The chapter of a result."""
    playbacks: list[Playback] = []
    missing = []
    try:
        playbacks.append(result.playback())
    except GaitsmithError as error:
        missing.append(f"The walk and its twin in motion: {error.problem}.")
    words = [result.summary]
    if legs := symmetry.words(result.findings):
        words.append(legs)
    words.append(result.twin_words)
    return Section(
        "twin", "Joints that do not fit, and the normative twin", words=words, summary=[result.summary],
        tables=[result.table], figures=[figure or result.figure()], playbacks=playbacks,
        values={"verdict": result.verdict, "score": result.score, "threshold": result.threshold,
                "posture": {f.channel: f.posture for f in result.findings},
                "coordination": {f.channel: f.coordination for f in result.findings},
                "unusual": [f.channel for f in result.flagged],
                "asymmetry_deg": {a.joint: a.apart for a in symmetry.asymmetries(result.findings)}},
        notes=result.notes, missing=missing,
    )  # fmt: skip


def page(result: TwinResult, figure: Figure | None = None) -> Page:
    """The result as a page of its own."""
    return Page(
        result.recording,
        [section(result, figure)],
        (),
        f"Twin of {result.recording.name or 'a walk'}",
    )
