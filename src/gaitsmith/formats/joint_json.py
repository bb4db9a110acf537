"""Joint positions by frame in JSON, as the gaitkit package keeps its examples.

``fps``, ``angle_frames[i].landmark_positions`` (millimetres, names like ``left_hip``) with knee and
ankle angles, and ``ground_truth.hs_frames`` / ``to_frames`` with frame numbers by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.events import Event, Events
from gaitsmith.formats.axes import infer_up, parse_axis, turn_up
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.sidecar import load_json
from gaitsmith.formats.units_by_range import length_factor
from gaitsmith.recording import Note, Recording, Stream

__all__ = ["NAME", "SUFFIXES", "read", "sniff"]

NAME = "joint positions (JSON)"
SUFFIXES = (".json",)

Array = npt.NDArray[np.float64]
_ANGLES = {
    f"{side}_{joint}_angle": f"{joint}_angle_{side[0]}"
    for joint in ("knee", "ankle") for side in ("right", "left")
}  # fmt: skip
#: Two strikes (or two offs) of one foot closer than this (s) are one too many.
TOO_CLOSE = 0.3


def sniff(head: bytes, suffix: str) -> float:
    """Whether the keys of such a file are met."""
    return 0.9 if b'"landmark_positions"' in head else 0.0


def read(source: Source, hints: Hints) -> Recording:
    """Points, knee and ankle angles, and the events of the file.

    Raises
    ------
    FormatError
        Where frames, rate or positions are missing or not numbers.
    """
    facts = load_json(source)
    frames = facts.get("angle_frames")
    if not isinstance(frames, list) or not frames or not all(isinstance(f, dict) for f in frames):
        raise source.wrong("there are no frames", "angle_frames", expected="a list of objects")
    rate = hints.rate_hz or facts.get("fps")
    if not isinstance(rate, (int, float)) or isinstance(rate, bool) or not 0 < rate <= 1e6:
        raise source.wrong("there is no rate", "fps", found=rate, remedy="give rate_hz")
    points, labels = _positions(frames, source)
    notes: list[Note] = []
    zero = (points == 0).all(axis=2)
    if zero.any():
        points[zero] = np.nan
        gone = [x for x, z in zip(labels, zero.all(axis=0), strict=True) if z]
        words = f"{int(zero.sum())} positions at 0, 0, 0 are missing"
        if gone:
            words += f"; {', '.join(gone)} are never there"
        notes.append(Note("assumption", "points", words))
    if not np.isfinite(points).any():
        raise source.wrong("all positions are missing", "landmark_positions")
    scale, said = length_factor(points, hints, None)
    points *= scale
    notes += said
    up = parse_axis(hints.up) if hints.up else infer_up(points, labels)
    if up is not None and up != (1, 1):
        points = turn_up(points, up)
        if not hints.up:
            axis = ("-" if up[1] < 0 else "+") + "xyz"[up[0]]
            notes.append(Note("assumption", "points", f"{axis} is up in the file: turned to +y"))
    streams = {"points": Stream("points", points, tuple(labels), rate=float(rate))}
    angles = [k for k in _ANGLES if all(k in f for f in frames)]
    if angles:
        data = _numbers([[f[k] for k in angles] for f in frames], source, "angles")
        streams["angles"] = Stream(
            "angles", data, tuple(_ANGLES[k] for k in angles), rate=float(rate)
        )
        notes.append(
            Note("assumption", "angles", "not read: hip, trunk and pelvis angles, which have no "
                 "meaning in some of these files")
        )  # fmt: skip
    events = Events(_events(facts.get("ground_truth"), float(rate)))
    notes += _doubts(events)
    return Recording(streams=streams, events=events, notes=tuple(notes), name=source.stem)


def _numbers(rows: Any, source: Source, place: str) -> Array:
    try:
        return np.array(rows, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise source.wrong("not numbers of one shape", place, found=str(error)) from error


def _positions(frames: list[dict[str, Any]], source: Source) -> tuple[Array, list[str]]:
    first = frames[0].get("landmark_positions")
    if not isinstance(first, dict) or not first:
        raise source.wrong("a frame has no positions", "angle_frames, item 1")
    labels = list(first)
    rows = []
    for i, frame in enumerate(frames):
        here = frame.get("landmark_positions")
        if not isinstance(here, dict) or not all(x in here for x in labels):
            raise source.wrong("a frame lacks positions", f"angle_frames, item {i + 1}",
                               expected=", ".join(labels))  # fmt: skip
        rows.append([here[x] for x in labels])
    points = _numbers(rows, source, "landmark_positions")
    if points.ndim != 3 or points.shape[2] != 3:
        raise source.wrong("positions are not x, y, z", "landmark_positions", found=points.shape)
    return points, labels


def _events(truth: Any, rate: float) -> Iterator[Event]:
    for key, kind in (("hs_frames", "strike"), ("to_frames", "off")):
        sides = truth.get(key) if isinstance(truth, dict) else None
        for side in ("left", "right"):
            frames = sides.get(side) if isinstance(sides, dict) else None
            for frame in frames if isinstance(frames, list) else ():
                if isinstance(frame, (int, float)) and np.isfinite(frame):
                    yield Event(frame / rate, side, kind, "file")  # type: ignore[arg-type]


def _doubts(events: Events) -> list[Note]:
    close = []
    for kind in ("strike", "off"):
        for side in ("left", "right"):
            times = events.times(kind, side)
            close += [
                f"{side} {kind}s at {a:.2f} and {b:.2f} s"
                for a, b in pairwise(times) if b - a < TOO_CLOSE
            ]  # fmt: skip
    if not close:
        return []
    return [Note("warning", "events", f"too close to be two steps: {'; '.join(close)}")]
