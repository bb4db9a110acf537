"""The feet and the trunk of a points stream as arrays, by landmark, whatever the marker set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith import landmarks
from gaitsmith.channels import Side
from gaitsmith.signals import gaps
from gaitsmith.streams import Stream

__all__ = ["SIDES", "Foot", "feet", "trunk"]

Array = npt.NDArray[np.float64]
SIDES: tuple[Side, Side] = ("left", "right")

# Points that stand still on the ground for part of the stance, and what stands for the trunk.
_TOE = ("toe", "mt5", "mt1")
_TRUNK = (("sacrum",), ("psis_r", "psis_l"), ("asis_r", "asis_l"), ("pelvis",), ("hip_r", "hip_l"),
          ("trochanter_r", "trochanter_l"), ("neck",), ("shoulder_r", "shoulder_l"), ("head",))  # fmt: skip
# A gap in a marker is bridged up to this long (s): shorter than what a foot needs for one event.
_BRIDGE_S = 0.12


@dataclass(frozen=True)
class Foot:
    """One foot: heel, toe and ankle, each (time, 3) in metres or None where no label stands for it.

    `back` and `front` are the best there is for the rear and the front of the foot.
    """

    side: Side
    heel: Array | None
    toe: Array | None
    ankle: Array | None

    @property
    def back(self) -> Array:
        """Heel, or else ankle, or else toe."""
        for points in (self.heel, self.ankle, self.toe):
            if points is not None:
                return points
        raise AssertionError("a foot has a point")

    @property
    def front(self) -> Array:
        """Toe, or else ankle, or else heel."""
        for points in (self.toe, self.ankle, self.heel):
            if points is not None:
                return points
        raise AssertionError("a foot has a point")

    @property
    def both(self) -> bool:
        """Whether front and back are different points."""
        return self.front is not self.back


def _seen(stream: Stream, label: str | None, share: float) -> Array | None:
    """A point's track with short gaps bridged; None where it is seen too seldom."""
    if label is None:
        return None
    track = stream[label]
    missing: npt.NDArray[np.bool_] = np.asarray(np.isnan(track).any(axis=1))
    if not len(track) or missing.mean() > 1 - share:
        return None
    if not missing.any():
        return track
    out = track.copy()
    times = stream.times
    here = ~missing
    for first, stop in gaps(missing):
        inside = first > 0 and stop < len(track)
        if inside and times[stop] - times[first - 1] <= _BRIDGE_S:
            out[first:stop] = np.column_stack(
                [np.interp(times[first:stop], times[here], track[here, k]) for k in range(3)]
            )
    return out


def _mean(tracks: Iterable[Array | None]) -> Array | None:
    known = [t for t in tracks if t is not None]
    return sum(known[1:], known[0]) / len(known) if known else None


def feet(stream: Stream, least_share: float = 0.25) -> dict[Side, Foot]:
    """The feet of which at least a heel, toe or ankle is there, by side.

    A point that is seen in less than `least_share` of the samples counts as not there. Gaps up to
    0.12 s are bridged by straight lines; longer ones stay NaN.
    """
    tracks = {
        (stem, side): _seen(stream, _label(stream, stem, side[0]), least_share)
        for stem in ("heel", "ankle", *_TOE)
        for side in SIDES
    }
    out: dict[Side, Foot] = {}
    for side in SIDES:
        # A front that both feet have comes first: left and right must not differ by their points.
        fronts = sorted(_TOE, key=lambda stem: any(tracks[stem, s] is None for s in SIDES))
        toe = next((tracks[x, side] for x in fronts if tracks[x, side] is not None), None)
        heel, ankle = tracks["heel", side], tracks["ankle", side]
        if heel is not None or toe is not None or ankle is not None:
            out[side] = Foot(side, heel, toe, ankle)
    return out


def _label(stream: Stream, stem: str, s: str) -> str | None:
    return landmarks.find(stream.labels, f"{stem}_{s}")


def trunk(stream: Stream) -> Array | None:
    """A point (time, 3) that travels with the body: sacrum, else the middle of the pelvis, hips,
    shoulders or head; None where none of them is there.
    """
    for names in _TRUNK:
        tracks = [_seen(stream, landmarks.find(stream.labels, n), 0.25) for n in names]
        if all(t is not None for t in tracks):
            return _mean(tracks)
    return None
