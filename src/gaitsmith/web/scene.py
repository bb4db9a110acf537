"""What the page's 3-D stage shows: bodies in motion, and where each foot is in its stride."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gaitsmith.report.playback import pack
from gaitsmith.sections import Figure, Playback, Section, plain

if TYPE_CHECKING:
    from gaitsmith.analysis import Analysis

__all__ = ["scene"]


def scene(analysis: Analysis) -> dict[str, Any]:
    """Plain data for ``stage.js``.

    ``shows`` is a list of bodies that are shown together, packed as for the report's player
    (:func:`gaitsmith.report.playback.pack`): the recorded walk with its forces, and the recorded
    walk with its twin. ``feet`` has for each side the times (s) of strikes and foot-offs, from
    which gait % and stance or swing follow; ``unusual`` the joints that the twin found.
    """
    shows = []
    walk = _first(analysis, "playback")
    if walk is not None:
        shows.append({"key": "walk", "title": "Recorded walk", "bodies": [{"role": "recorded", **pack(walk)}]})  # fmt: skip
    both = _first(analysis, "twin")
    if both is not None:
        own, twin = apart(both)
        bodies = [{"role": "recorded", **pack(own)}, {"role": "twin", **pack(twin)}]
        shows.append({"key": "twin", "title": "Recorded walk and its twin", "bodies": bodies})
    feet = {}
    for side in ("left", "right"):
        own_events = [e for e in analysis.recording.events if e.side == side]
        feet[side] = {
            kind: [round(float(e.time), 4) for e in own_events if e.kind == kind] for kind in ("strike", "off")
        }  # fmt: skip
    sources = sorted({e.source for e in analysis.recording.events if e.kind == "strike" and e.source})  # fmt: skip
    made: dict[str, Any] = plain({
        "shows": shows, "feet": feet, "events_from": sources, "unusual": _unusual(analysis),
        "model": _model(analysis),
    })  # fmt: skip
    return made


def apart(both: Playback) -> tuple[Playback, Playback]:
    """The two bodies of the twin's playback, on one place: labels say which point is whose."""
    halves = []
    for who in ("recorded", "twin"):
        index = [i for i, label in enumerate(both.labels) if label.startswith(f"{who} ")]
        at = {old: new for new, old in enumerate(index)}
        edges = [(k, a, b) for k, (a, b) in enumerate(both.edges) if a in at and b in at]
        halves.append(replace(
            both, key=who, points=both.points[:, index], labels=[both.labels[i].removeprefix(f"{who} ") for i in index],
            edges=[(at[a], at[b]) for _, a, b in edges], side=[both.side[k] for k, _, _ in edges],
        ))  # fmt: skip
    own, twin = halves
    # They stand beside each other by a constant; the joints move the pelvis far less.
    shift = np.nanmedian(np.nanmedian(twin.points - own.points, axis=0), axis=0)
    shift[:2] = 0
    return own, replace(twin, points=twin.points - shift)


def _first(analysis: Analysis, key: str) -> Playback | None:
    if key not in analysis:
        return None
    playbacks: Sequence[Playback] = analysis[key].playbacks
    return playbacks[0] if playbacks else None


def _unusual(analysis: Analysis) -> list[str]:
    if "twin" not in analysis:
        return []
    section: Section = analysis["twin"]
    return [str(name) for name in section.values.get("unusual", [])]


def _model(analysis: Analysis) -> list[dict[str, Any]]:
    """Gait % as the phase model saw it, sample by sample, where foot sensors are there."""
    if "phase" not in analysis:
        return []
    out = []
    figures: Sequence[Figure] = analysis["phase"].figures
    for panel in (p for f in figures for p in f.panels if p is not None):
        for curve in panel.curves:
            if curve.colour in ("left", "right") and panel.unit == "% of stride":
                every = max(1, len(curve.x) // 3000)
                out.append({
                    "side": curve.colour, "title": panel.title,
                    "time": np.round(curve.x[::every], 3), "percent": np.round(curve.y[::every], 1),
                })  # fmt: skip
    return out
