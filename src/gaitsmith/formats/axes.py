"""Lab axes turned so that y is up: right-handed, nothing decided about the walking direction."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gaitsmith import landmarks
from gaitsmith.errors import GaitsmithError

__all__ = ["infer_up", "parse_axis", "turn_up"]

Array = npt.NDArray[np.float64]

_HIGH = ("head", "neck", "chest", "shoulder_r", "shoulder_l", "pelvis", "sacrum", "hip_r", "hip_l",
         "asis_r", "asis_l", "psis_r", "psis_l")  # fmt: skip
_LOW = ("heel_r", "heel_l", "toe_r", "toe_l", "ankle_r", "ankle_l")
# Rows of the rotation that brings a lab axis to +y, by (axis, sign).
_TURNS: dict[tuple[int, int], tuple[tuple[int, int, int], ...]] = {
    (1, 1): ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    (1, -1): ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
    (2, 1): ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
    (2, -1): ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    (0, 1): ((0, -1, 0), (1, 0, 0), (0, 0, 1)),
    (0, -1): ((0, 1, 0), (-1, 0, 0), (0, 0, 1)),
}


def parse_axis(text: str, place: str = "argument up") -> tuple[int, int]:
    """``"+z"``, ``"z"``, ``"-Y"`` as (axis 0-2, sign).

    Raises
    ------
    GaitsmithError
        Where it is not an axis.
    """
    match = re.fullmatch(r"([+-]?)([xyz])", text.strip().lower())
    if match is None:
        raise GaitsmithError(
            "not an axis",
            place=place,
            found=text,
            expected="+x, -x, +y, … or -z",
            remedy="give the lab axis with its sign: --up +z",
        )
    return "xyz".index(match[2]), -1 if match[1] == "-" else 1


def turn_up(vectors: Array, up: tuple[int, int]) -> Array:
    """Vectors (… × 3) turned so that the lab axis `up` becomes +y; +z up gives (x, z, -y)."""
    out: Array = vectors @ np.array(_TURNS[up], dtype=np.float64).T
    return out


def infer_up(points: Array, labels: Sequence[str]) -> tuple[int, int] | None:
    """The lab axis along which head, trunk or pelvis lie above the feet; None where none stands out.

    `points` is time × point × 3 in metres. An axis stands out where the difference is at least
    0.4 m and 2.5 times that along the other axes, as it is for people who stand or walk.
    """
    met = landmarks.find_all(list(labels), (*_HIGH, *_LOW))
    high = [labels.index(met[x]) for x in _HIGH if x in met]
    low = [labels.index(met[x]) for x in _LOW if x in met]
    if not high or not low or not len(points):
        return None
    whole = points[np.isfinite(points[:, high + low]).all(axis=(1, 2))]
    if not len(whole):
        return None
    apart = np.median(whole[:, high].mean(axis=1) - whole[:, low].mean(axis=1), axis=0)
    best = int(np.argmax(np.abs(apart)))
    others = np.delete(np.abs(apart), best)
    if abs(apart[best]) < 0.4 or abs(apart[best]) < 2.5 * others.max():
        return None
    return best, 1 if apart[best] > 0 else -1
