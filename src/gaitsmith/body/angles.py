"""From labelled points to joint angles, with what is doubtful about them said."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gaitsmith.body.dress import dress
from gaitsmith.body.register import register
from gaitsmith.body.solve import Solution, fit
from gaitsmith.body.tree import Body
from gaitsmith.errors import MissingInputError
from gaitsmith.recording import Note, Recording, Stream

__all__ = ["angles_from_points", "suspects"]

_PLACE = "angles from points"
#: Distance (m) from its place at which a marker is doubted.
_DOUBT = 0.06


def angles_from_points(
    recording: Recording, body: Body | None = None, *, static: Stream | None = None,
    weights: Mapping[str, float] | None = None, hold: Mapping[str, float | None] | None = None,
    register_markers: bool = False,
) -> Recording:  # fmt: skip
    """Add an ``angles`` stream (``angles_body`` where the name is taken) fitted to the points.

    Parameters
    ----------
    recording
        With a points stream, x forward (``gait.frame.face_forward``).
    body
        The person's (``read_osim``), with markers named as the points; None: a generic body that
        is sized from the points and wears them as markers (``dress``).
    static
        Points of a standing trial, to size and mark the generic body on.
    weights, hold
        See :func:`gaitsmith.body.solve.fit`.
    register_markers
        Whether the markers of `body` are first moved on their segments to fit the recording
        (``register``): for models whose markers were never placed on this person.

    Raises
    ------
    MissingInputError
        Without points, or where their labels do not say enough.
    """
    points = recording.points
    if points is None:
        raise MissingInputError("there are no points", place=_PLACE, expected="a points stream")
    notes: list[Note] = []
    markers = None
    if body is None:
        worn = dress(points, recording.subject, static=static)
        body, hold = worn.body, {**worn.hold, **(hold or {})}
        read = "joint centres or keypoints" if worn.centres else "markers on the skin"
        notes.append(Note("assumption", _PLACE, f"sized on the points, which were read as {read}: "
                          + ", ".join(f"{x} = {n}" for x, n in worn.landmarks.items())))  # fmt: skip
        if worn.centres:
            notes.append(Note("assumption", _PLACE, "joint centres do not show the tilt of the pelvis: "
                              "it is taken as 0, and hip flexion is the thigh's from the vertical"))  # fmt: skip
    elif register_markers:
        moved = register(body, points, weights=weights, hold=hold)
        markers = moved.markers
        notes.append(Note("assumption", _PLACE, "the body's markers were moved to fit this "
                          f"recording, by up to {max(moved.moved.values()) * 1e3:.0f} mm"))  # fmt: skip
    solution = fit(body, points, markers, weights=weights, hold=hold)
    unused = [x for x in points.labels if x not in solution.labels]
    words = f"angles are those of {body.name} fitted to {len(solution.labels)} markers, median "
    words += f"distance {np.nanmedian(solution.distance) * 1e3:.0f} mm"
    if unused:
        words += f"; not used: {', '.join(unused)}"
    notes += [Note("assumption", _PLACE, words), *suspects(solution, points)]
    name = "angles" if "angles" not in recording else "angles_body"
    streams = {**recording.streams, name: solution.angles(points.rate)}
    return recording.replace(streams=streams, notes=(*recording.notes, *notes))


def suspects(solution: Solution, points: Stream) -> list[Note]:
    """Markers that do not fit: exchanged labels, and places that the body cannot have.

    A marker is doubted where its median distance exceeds 60 mm and four times that of all markers.
    Two of them are called exchanged where each lies nearer to where the other belongs.
    """
    fitted, labels = solution.fitted, list(solution.labels)
    seen = points.data[:, [points.index(x) for x in labels]]
    with np.errstate(all="ignore"):
        own = np.nanmedian(solution.distance, axis=0)
    if not np.isfinite(own).any():
        return []
    limit = max(_DOUBT, 4 * float(np.nanmedian(own)))
    bad = [i for i in range(len(labels)) if np.isfinite(own[i]) and own[i] > limit]
    notes, done = [], set()
    for n, i in enumerate(bad):
        for j in bad[n + 1 :]:
            there = np.isfinite(seen[:, i]).all(axis=1) & np.isfinite(seen[:, j]).all(axis=1)
            if not there.any():
                continue
            crossed = [
                float(np.median(np.linalg.norm(fitted[there, a] - seen[there, b], axis=1)))
                for a, b in ((i, j), (j, i))
            ]
            if crossed[0] < 0.5 * own[i] and crossed[1] < 0.5 * own[j]:
                notes.append(Note("warning", _PLACE, f"the labels {labels[i]} and {labels[j]} look "
                                  "exchanged: each lies where the other belongs"))  # fmt: skip
                done |= {i, j}
    notes += [
        Note("warning", _PLACE, f"marker {labels[i]} lies {own[i] * 1e3:.0f} mm from where the "
             "body has it: a wrong label, or a body of another size")
        for i in bad if i not in done
    ]  # fmt: skip
    return notes
