"""The moving stick figure."""

from __future__ import annotations

import numpy as np

from gaitsmith import landmarks
from gaitsmith.chapters.base import Context
from gaitsmith.sections import Playback, Section
from gaitsmith.signals import fill_gaps, gaps
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["chapter"]

_RATE_HZ = 50.0
_LONGEST_S = 20.0
# A marker lost for longer than this (s) is not drawn in between.
_BRIDGE_S = 0.2


def chapter(context: Context) -> Section | None:
    """Positions joined by bones, with force arrows, where enough of a body is there."""
    points = context.recording.points
    if points is None or len(points) < 10:
        return None
    edges = landmarks.skeleton_edges(points.labels, _mapped(points.labels))
    if len(edges) < 4:
        return Section(
            "playback", _title(context),
            missing=["The labels of the positions are not known well enough to draw a figure."],
        )  # fmt: skip
    from gaitsmith.body import drawn_words

    used = list(dict.fromkeys(x for edge in edges for x in edge))
    part = points.select(used)
    part = part.crop(part.start, part.start + _LONGEST_S)
    rate = min(_RATE_HZ, part.nominal_rate)
    part = part.resample(rate)
    data = _bridged(part.times, part.data)
    index = {label: i for i, label in enumerate(used)}
    side = [landmarks.side_and_stem(b)[0] or "" if landmarks.side_and_stem(a)[0] == landmarks.side_and_stem(b)[0]
            else "" for a, b in edges]  # fmt: skip
    events = [(e.time, f"{e.side} {e.kind}") for e in context.recording.events
              if e.kind in ("strike", "off") and part.start <= e.time <= part.end]  # fmt: skip
    words = []
    if context.made_points:
        words.append("The positions are computed from the joint angles with a body of standard proportions "
                     "or the model given; they were not measured.")  # fmt: skip
    if points.duration > _LONGEST_S:
        words.append(f"The first {_LONGEST_S:.0f} s are shown.")
    playback = Playback(
        "walk", _title(context).removesuffix(" in motion"), rate, data, used, [(index[a], index[b]) for a, b in edges], side,
        start=part.start, forces=_forces(context, part.times), events=events, caption=drawn_words(points),
    )  # fmt: skip
    return Section("playback", _title(context), words=words, playbacks=[playback])


def _mapped(labels: tuple[str, ...]) -> dict[str, str]:
    """Landmarks that a known set of markers names, for labels that do not say what they are."""
    from gaitsmith.body.naming import choose

    read = choose(labels)
    return dict(read.landmarks) if read is not None else {}


def _title(context: Context) -> str:
    running = context.strides is not None and context.strides.running
    return f"The {'run' if running else 'walk'} in motion"


def _bridged(times: np.ndarray, data: np.ndarray) -> np.ndarray:
    """Short gaps bridged for drawing only; long ones stay."""
    whole = fill_gaps(times, data)
    step = times[1] - times[0] if len(times) > 1 else 1.0
    for point in range(data.shape[1]):
        for a, b in gaps(np.isnan(data[:, point, 0])):
            if (b - a) * step > _BRIDGE_S:
                whole[a:b, point] = np.nan
    return whole


def _forces(context: Context, times: np.ndarray) -> np.ndarray | None:
    """Arrows at `times`: origin (m) and force in body weights (or its own peak)."""
    forces = context.recording.forces
    if forces is None or not len(forces):
        return None
    scale = context.recording.subject.mass
    weight = (
        scale * STANDARD_GRAVITY
        if scale
        else float(np.nanmax(np.abs(forces.data[:, :, 1]), initial=1.0))
    )
    at = np.clip(np.searchsorted(forces.times, times), 0, len(forces) - 1)
    inside = (times >= forces.start) & (times <= forces.end)
    out = np.full((len(times), len(forces.labels), 6), np.nan)
    out[:, :, :3] = forces.data[at, :, 3:6]
    out[:, :, 3:] = forces.data[at, :, :3] / weight
    out[~inside] = np.nan
    weak = np.linalg.norm(out[:, :, 3:], axis=2) < 0.05
    out[weak] = np.nan
    return out if np.isfinite(out).any() else None
