"""Whether what was recorded can be judged at all, or only shown."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from gaitsmith.chapters.base import SIDES
from gaitsmith.gait.events.low_back import SLOW_BACK
from gaitsmith.gait.strides import StrideSet
from gaitsmith.recording import Note, Recording

__all__ = ["CURVED", "SAME_SPEED", "curved", "doubted", "on_pelvis", "seen_in_strides", "unjudged"]

# A marker that is seen in less than this share of the strides' samples tells nothing about them.
_SEEN = 0.5
# With fewer than this share of the markers told, the fitted body rests on guesses.
_TOLD = 0.75
# Names of markers and centres that hold the pelvis; without them the hips hang in the air.
_PELVIS = re.compile(
    r"(?i).*(asis?|psis?|sacr|iliac|pelvi|hjc).*|[lr]?[. _]?hip[. _]?[lr]?(centre|center)?"
)


#: Said of strides where the whole walk turns.
CURVED = "the whole walk is along a curve; its strides are used, though the reference people walked straight"


#: Speeds closer than this share are one (ours).
SAME_SPEED = 0.02


def curved(notes: Iterable[Note]) -> bool:
    """Whether the whole walk turns, so that its strides are used all the same."""
    return any(n.words == CURVED for n in notes)


def unjudged(recording: Recording, strides: StrideSet | None, notes: Iterable[Note]) -> str:
    """Why nothing of this recording is compared with a reference, in words; "" where all is well."""
    notes = list(notes)
    if doubted(notes):
        return "the signals may not belong to one trial"
    said = {n.words for n in (*notes, *recording.notes)}
    if curved((*notes, *recording.notes)):
        return "the whole walk is along a curve, and the people of the references walked straight"
    if any(w.endswith(SLOW_BACK) for w in said):
        return "events of so slow a walk, told by the lower back alone, are mostly wrong"
    lost = _unseen(recording, strides)
    if lost:
        return (
            f"most of what the joint angles rest on is missing in the strides ({', '.join(lost)})"
        )
    return ""


def doubted(notes: Iterable[Note]) -> list[str]:
    """What makes the whole analysis doubtful, before anything is read from it."""
    return [n.words for n in notes if n.place == "recording" and n.level == "warning"]


def on_pelvis(label: str) -> bool:
    """Whether a marker, or a joint centre, sits on the pelvis by its name."""
    return bool(_PELVIS.fullmatch(label))


def seen_in_strides(recording: Recording, strides: StrideSet | None) -> dict[str, float]:
    """Share of the samples within the strides used in which each point is seen."""
    points = recording.points
    if points is None or strides is None or not strides.n:
        return {}
    inside = np.zeros(len(points), dtype=bool)
    for side in SIDES:
        for first, last in strides[side].bounds[:, [0, -1]]:
            inside |= (points.times >= first) & (points.times <= last)
    if not inside.any():
        return {}
    seen = np.isfinite(points.data[inside, :, 0]).mean(axis=0)
    return dict(zip(points.labels, seen.tolist(), strict=True))


def _unseen(recording: Recording, strides: StrideSet | None) -> list[str]:
    """Markers missing in most of the strides, where that leaves the computed angles without ground."""
    angles = recording.angles
    used = {} if angles is None else angles.attrs.get("residual_mm", {})
    seen = {k: v for k, v in seen_in_strides(recording, strides).items() if k in used}
    lost = [k for k, v in seen.items() if v < _SEEN]
    pelvis = [k for k in seen if on_pelvis(k)]
    bare = len(pelvis) - len(set(pelvis) & set(lost)) < min(3, len(pelvis))
    return lost if bare or len(lost) > (1 - _TOLD) * len(seen) else []
