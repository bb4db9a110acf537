"""Arms that were marked but do not move in the body: their swing put into the mass centre.

A body that is fitted to markers carries its arms' mass on the trunk (shoulders move in ways that
it does not have). Where elbows and wrists are marked, the arms' own mass centre is known all the
same: upper arms at 57.7 % from shoulder to elbow, forearms at 45.7 % from elbow to wrist with the
hands beyond the wrist (shares of mass and length of de Leva, J. Biomech. 29 (1996) 1223-1230, means
of both sexes).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith import landmarks
from gaitsmith.body.kinematics import Pose
from gaitsmith.body.sites import places
from gaitsmith.signals import fill_gaps
from gaitsmith.streams import Stream

__all__ = ["arm_centres", "swing"]

Array = npt.NDArray[np.float64]
# Shares of body mass, and of the length from the upper end; a hand's centre lies 0.3 forearms
# beyond the wrist.
_UPPER, _FORE, _HAND = 0.0263, 0.0150, 0.00585
_AT_UPPER, _AT_FORE, _AT_HAND = 0.576, 0.457, 1.3
#: Mass of one arm, as a share of the body's.
ARM = _UPPER + _FORE + _HAND


def arm_centres(points: Stream) -> dict[str, Array]:
    """Mass centre of each arm whose shoulder, elbow and wrist are marked (time × 3, m)."""
    out = {}
    for s in ("r", "l"):
        labels = [landmarks.find(points.labels, f"{n}_{s}") for n in ("shoulder", "elbow", "wrist")]
        if any(x is None for x in labels):
            continue
        a, b, c = (points[str(x)] for x in labels)
        if min(np.isfinite(x).all(axis=1).mean() for x in (a, b, c)) < 0.7:
            continue
        a, b, c = (fill_gaps(points.times, np.array(x)) for x in (a, b, c))
        upper, fore, hand = a + _AT_UPPER * (b - a), b + _AT_FORE * (c - b), b + _AT_HAND * (c - b)
        out[s] = (_UPPER * upper + _FORE * fore + _HAND * hand) / ARM
    return out


def swing(pose: Pose, arms: dict[str, Array]) -> Array:
    """What moving arms add to the whole body's mass centre (time × 3, m), on the pose's clock.

    The arm's path less that of its own mean place on the trunk.
    """
    total = np.zeros((len(pose), 3))
    trunk = places(pose.body).get("neck")
    if trunk is None:
        return total
    at = pose.body.segment_index[trunk.segment]
    r, o = pose.rotation[at], pose.origin[at]
    for path in arms.values():
        local = np.einsum("tji,tj->ti", r, path - o)
        total += ARM * (path - o - np.einsum("tij,j->ti", r, np.median(local, axis=0)))
    return total
