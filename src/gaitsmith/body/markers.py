"""Markers on a body: which label is which, and how far each can be trusted."""

from __future__ import annotations

from collections.abc import Iterable

from gaitsmith import landmarks
from gaitsmith.body.naming import Read, choose
from gaitsmith.body.tree import Body, Spot

__all__ = ["FELT", "SOFT", "default_weights", "matched_markers", "relabelled"]

#: Weight of a marker that stands for no bony landmark.
SOFT = 0.3
#: Landmarks that a hand can feel: markers there are put where a model says, more or less.
FELT = tuple(
    f"{stem}_{side}"
    for stem in ("asis", "psis", "heel", "toe", "mt1", "mt5", "ankle", "ankle_medial", "knee",
                 "knee_medial", "trochanter")
    for side in ("r", "l")
) + ("sacrum",)  # fmt: skip


def matched_markers(body: Body, labels: tuple[str, ...]) -> dict[str, Spot]:
    """The body's markers that stand in `labels`, by label; case and prefixes do not matter."""
    plain = {_plain(n): s for n, s in body.markers.items()}
    return {x: plain[_plain(x)] for x in labels if _plain(x) in plain}


def relabelled(body: Body, read: Read) -> Body:
    """The body with its markers also under the labels of a mapping, where both are a landmark.

    What the body's own markers stand for is told by the built-in mapping that fits them.
    """
    own = choose(list(body.markers))
    if own is None:
        return body
    more = {
        label: body.markers[own.landmarks[landmark]]
        for landmark, label in read.landmarks.items() if landmark in own.landmarks
    }  # fmt: skip
    return body.replace(markers={**body.markers, **more})


def default_weights(labels: Iterable[str]) -> dict[str, float]:
    """1 for a label that stands for a landmark which a hand can feel, ``SOFT`` for any other."""
    names = list(labels)
    felt = set(landmarks.find_all(names, FELT).values())
    return {x: 1.0 if x in felt else SOFT for x in names}


def _plain(label: str) -> str:
    return label.rsplit(":", maxsplit=1)[-1].strip().lower()
