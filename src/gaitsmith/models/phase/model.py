"""Phase model: configuration, weights, and its output on an array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.base import Config, Model
from gaitsmith.models.phase.config import PhaseConfig
from gaitsmith.models.phase.layers import forward, sigmoid

__all__ = ["Output", "PhaseModel", "percent"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Output:
    """What the network says of each tick (its own tick: the look-ahead is already taken off).

    Attributes
    ----------
    percent
        Gait %, 0 up to 100.
    stance, walking
        Probabilities.
    sure
        Length of the (sin, cos) pair, 0 to 1: near 1 where the phase is clear.
    """

    percent: Array
    stance: Array
    walking: Array
    sure: Array


def percent(raw: npt.NDArray[np.float32] | Array) -> Array:
    """Gait % (0 up to 100) of rows that begin with (sin, cos)."""
    turn = np.arctan2(raw[:, 0].astype(float), raw[:, 1].astype(float)) / (2 * np.pi) % 1.0
    out: Array = np.where(turn >= 1.0, 0.0, turn) * 100.0
    return out


class PhaseModel(Model):
    """Gait % and probabilities of stance and of walking from one foot's (shank's, thigh's) sensor.

    ``raw`` and ``output`` take n × 6 at ``config.rate_hz``: acc (m/s²), gyr (deg/s), levelled, x
    forward, y up, z right, left sensors mirrored (:mod:`gaitsmith.models.phase.frame`).
    """

    NAME: ClassVar[str] = "phase"
    CONFIG: ClassVar[type[Config]] = PhaseConfig
    config: PhaseConfig

    def raw(self, x: Array) -> npt.NDArray[np.float32]:
        """n × 4: sin, cos, logit of stance, logit of walking; row t speaks of t - lookahead.

        Raises
        ------
        GaitsmithError
            Where there are no weights, the shape is another or a value is missing.
        """
        if not self.trained:
            raise GaitsmithError("the phase model has no weights", place=self.NAME,
                                 remedy='PhaseModel.from_pretrained("phase-foot")')  # fmt: skip
        x = np.asarray(x, dtype=np.float64)
        if x.ndim != 2 or x.shape[1] != 6:
            raise GaitsmithError("the input has other channels", place="phase model",
                                 found=str(x.shape), expected="ticks × 6: acc x y z, gyr x y z")  # fmt: skip
        if not np.isfinite(x[:, self.config.columns]).all():
            raise GaitsmithError("the input has gaps", place="phase model", found="NaN",
                                 remedy="bridge or hold them first")  # fmt: skip
        out: npt.NDArray[np.float32] = forward(x, self.weights, self.config)
        return out

    def output(self, x: Array) -> Output:
        """What it says of each tick; the last `lookahead` ticks see the last input held."""
        late = self.config.lookahead
        if late and len(x):
            x = np.concatenate([x, np.repeat(x[-1:], late, axis=0)])
        raw = self.raw(x)[late:]
        sure = np.minimum(np.hypot(raw[:, 0], raw[:, 1]).astype(float), 1.0)
        return Output(percent(raw), sigmoid(raw[:, 2]).astype(float),
                      sigmoid(raw[:, 3]).astype(float), sure)  # fmt: skip
