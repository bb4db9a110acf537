"""Walks of the population, for stretches that a short recording holds no second time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith import channels
from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.models.fewshot.default import FewShot
from gaitsmith.models.fewshot.sources import ANGLES
from gaitsmith.streams import Stream

__all__ = ["population"]

Array = npt.NDArray[np.float64]
# Speeds (m/s) at which the population walks beside the recording.
_SPEEDS = (0.9, 1.2, 1.5)
_STRIDES = 2.0


def population(stream: Stream, stride: int) -> list[Array]:
    """Two strides of the mean person at three speeds, in the columns of a stream of angles.

    Parameters
    ----------
    stride
        Rows of a stride.

    Returns
    -------
    list of row × column, NaN in columns that the population does not know; empty where it knows
    none.
    """
    known = [x for x in stream.labels if _stem(x)[0] in ANGLES]
    if not known:
        return []
    model = FewShot.from_pretrained("fewshot-angles")
    nobody = model.adapt(_none(model))
    rows = np.arange(round(_STRIDES * stride))
    out = []
    for speed in _SPEEDS:
        mean = nobody.predict(speed_m_s=speed).mean
        grid = np.arange(len(mean)) / (len(mean) - 1)
        walk = np.full((len(rows), len(stream.labels)), np.nan)
        for label in known:
            stem, left = _stem(label)
            phase = (rows / stride + (0.5 if left else 0.0)) % 1.0
            walk[:, stream.labels.index(label)] = np.interp(phase, grid, mean[:, model.labels.index(stem)])  # fmt: skip
        out.append(walk)
    return out


def _stem(label: str) -> tuple[str, bool]:
    stem, side = channels.split_side(label)
    return stem, side == "left"


def _none(model: FewShot) -> Cycles:
    return Cycles.of(np.zeros((0, *model.shape)), model.labels, model.units)
