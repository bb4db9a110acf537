"""Where the markers really sit: a body's markers moved to fit a recording or a static trial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith import landmarks
from gaitsmith.body.kinematics import place
from gaitsmith.body.markers import FELT, matched_markers
from gaitsmith.body.solve import fit
from gaitsmith.body.tree import Body, Spot
from gaitsmith.streams import Stream

__all__ = ["Registration", "register"]

Array = npt.NDArray[np.float64]

#: How far (m, one standard deviation) a marker on a bony landmark, and one glued anywhere on a
#: segment, may lie from where the model has it; and how well a marker is seen (soft tissue).
_BONY, _LOOSE, _SEEN = 0.015, 0.15, 0.01
_FRAMES = 40
_ROUNDS = 15


@dataclass(frozen=True)
class Registration:
    """Markers in their new places, by label, and how far (m) each was moved."""

    markers: dict[str, Spot]
    moved: dict[str, float]


def register(
    body: Body, points: Stream, markers: Mapping[str, Spot] | None = None, *,
    weights: Mapping[str, float] | None = None, hold: Mapping[str, float | None] | None = None,
    bony: Iterable[str] | None = None,
) -> Registration:  # fmt: skip
    """Move a body's markers on their segments so that the body fits `points` throughout.

    Pose and marker places are found in turns (poses with the markers held, then each marker as the
    mean of where it is seen from its segment), with each marker pulled back to where the model has
    it: hard for bony landmarks (15 mm), softly for all others (150 mm), against 10 mm for the
    noise of skin. What cannot be told is left to the bony ones. `bony` names the labels that lie on
    bony landmarks; None: those whose own words say so.
    """
    spots = dict(matched_markers(body, points.labels) if markers is None else markers)
    good = np.flatnonzero(np.isfinite(points.data).any(axis=(1, 2)))
    some = good[np.unique(np.linspace(0, len(good) - 1, min(_FRAMES, len(good))).astype(int))]
    few = points.at(some)
    hard = set(landmarks.find_all(list(spots), FELT).values() if bony is None else bony)
    first = {x: np.array(s.position) for x, s in spots.items()}
    start: Array | None = None
    for _ in range(_ROUNDS):
        solution = fit(body, few, spots, weights=weights, hold=hold, start=start, rough=True)
        start = np.where(np.isnan(solution.values), 0.0, solution.values)
        pose = place(body, start)
        largest = 0.0
        for label, spot in spots.items():
            at = body.segment_index.get(spot.segment)
            if at is None or label not in few:
                continue
            seen = np.einsum("tji,tj->ti", pose.rotation[at], few[label] - pose.origin[at])
            there = np.isfinite(seen).all(axis=1)
            spread = _BONY if label in hard else _LOOSE
            pull = max(int(there.sum()), 1) * (_SEEN / spread) ** 2
            new = (seen[there].sum(axis=0) + pull * first[label]) / (there.sum() + pull)
            largest = max(largest, float(np.abs(new - np.array(spot.position)).max()))
            spots[label] = Spot(spot.segment, (float(new[0]), float(new[1]), float(new[2])))
        if largest < 2e-4:
            break
    moved = {x: float(np.linalg.norm(np.array(s.position) - first[x])) for x, s in spots.items()}
    return Registration(spots, moved)
