"""Both feet together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import check_in
from gaitsmith.realtime.estimate import PhaseEstimate
from gaitsmith.realtime.stream import PhaseStream

if TYPE_CHECKING:
    from gaitsmith.channels import Side

__all__ = ["PhasePair"]

Array = npt.NDArray[np.float64]


class PhasePair:
    """Two :class:`PhaseStream`, one a foot; each stands alone, a loss on one harms only that one.

    Parameters
    ----------
    model
        As for :class:`PhaseStream`.
    mounting
        One for both, or one for each side: ``{"left": …, "right": …}``.
    options
        Of :class:`PhaseStream`, for both.

    Attributes
    ----------
    left, right
        The streams.
    """

    def __init__(self, model: Any = "phase-foot", *, mounting: Any = None, **options: Any) -> None:
        each = mounting if isinstance(mounting, dict) else {"left": mounting, "right": mounting}
        self.left = PhaseStream(model, side="left", mounting=each.get("left"), **options)
        self.right = PhaseStream(
            self.left.model, side="right", mounting=each.get("right"), **options
        )

    def push(
        self, side: Side, sample: Sequence[float] | Array, t: float | None = None,
        counter: int | None = None,
    ) -> PhaseEstimate:  # fmt: skip
        """A sample of one foot; that foot's estimate."""
        check_in("side", side, ("left", "right"))
        stream = self.left if side == "left" else self.right
        return stream.push(sample, t, counter)

    @property
    def double_support(self) -> bool:
        """Whether both feet stand and the person walks."""
        a, b = self.left.estimate, self.right.estimate
        return a.stance and b.stance and (a.walking or b.walking)

    @property
    def cadence(self) -> float:
        """Steps a minute by the last strides of both feet; NaN before there is one."""
        known = [
            x
            for x in (self.left.estimate.stride_s, self.right.estimate.stride_s)
            if not math.isnan(x)
        ]
        return 120.0 * len(known) / sum(known) if known else math.nan
