"""What the length of the window and a known phase are worth: coordination in closed form on windows.

Frames of 3 % of the stride (30 Hz of a stride of 1.1 s). A joint's score is its distance from what the
other joints of the same window let expect, root mean square over windows all along the stride; without
phase the mean and the covariance are those of all windows, with it those of windows that begin there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.models.twin.api import reference_model
from gaitsmith.models.twin.covariance import about
from gaitsmith.models.twin.walks import CHANNELS, Walks
from gaitsmith.studies import twin_measure as measure
from gaitsmith.studies.twin_faults import TIMING, inject
from gaitsmith.studies.twin_people import statistical
from gaitsmith.studies.twin_rows import learnt_row

__all__ = ["Windows", "windows"]

Array = npt.NDArray[np.float64]
Progress = Callable[[str], None]
SEED = 2026
_STEP, _FRAMES = 3, 33
# Frames of a window, and between the beginnings of two.
_LENGTHS, _APART = (7, 16, 33), 3
# Floor (deg) of a frame's SD.
_FLOOR = 0.3


class Windows:
    """Windows of a length, learnt from normal walks."""

    def __init__(self, train: Walks, frames: int, *, phase: bool) -> None:
        self.frames, self.phase = frames, phase
        self.starts = np.arange(0, _FRAMES, _APART) if frames < _FRAMES else np.array([0])
        x = self._cut(train)
        self.means, self.inverses = [], []
        for group in range(len(self.starts)) if phase else [slice(None)]:
            rows = x[:, group].reshape(-1, x.shape[-1])
            mean = rows.mean(axis=0)
            off = rows - mean
            # Windows of a person are no new people.
            free = min(len(train), len(off) - 1)
            cov = about(off, np.diag(off.var(axis=0) + _FLOOR**2), share=0.2, freedom=None if phase else free * len(self.starts))  # fmt: skip
            self.means.append(mean)
            self.inverses.append(np.linalg.inv(cov + _FLOOR**2 * np.eye(len(cov))))

    def _cut(self, walks: Walks) -> Array:
        """walk × start × (channel · frame)."""
        frames = walks.curves[:, :, np.arange(_FRAMES) * _STEP]
        at = (self.starts[:, None] + np.arange(self.frames)) % _FRAMES
        return np.moveaxis(frames[:, :, at], 1, 2).reshape(len(walks), len(self.starts), -1)

    def scores(self, walks: Walks) -> Array:
        """walk × channel: distance of each joint from what the others let expect."""
        x, n = self._cut(walks), len(CHANNELS)
        out = np.zeros((len(walks), n))
        for s in range(len(self.starts)):
            k = s if self.phase else 0
            inverse, off = self.inverses[k], x[:, s] - self.means[k]
            pulled = off @ inverse
            for j in range(n):
                at = slice(j * self.frames, (j + 1) * self.frames)
                out[:, j] += np.einsum("wi,ij,wj->w", pulled[:, at], np.linalg.inv(inverse[at, at]), pulled[:, at])  # fmt: skip
        return np.asarray(np.sqrt(out / len(self.starts) / self.frames))


def windows(say: Progress, *, people: int = 150, tested: int = 60) -> dict[str, Any]:
    """Timing faults by window length, with and without phase."""
    p = reference_model().population()
    train, unseen = statistical(p, people, SEED + 41, trials=3), statistical(p, 150, SEED + 42)
    normal = statistical(p, tested, SEED + 43, name="t")
    made = inject(normal, SEED + 44)
    out: dict[str, Any] = {"people": people, "tested": tested, "rows": []}
    for frames in _LENGTHS:
        for phase in (False, True) if frames < _FRAMES else (True,):
            say(f"windows of {frames} frames, phase {'known' if phase else 'not known'}")
            model = Windows(train, frames, phase=phase)
            row = learnt_row(model.scores, unseen)
            found = measure.faults(row, made)
            cells = {k: {m: measure.interval(measure.by_person(found, k, i)) for i, m in enumerate(("det", "loc", "top-1"))}
                     for k in ("all", "timing", *TIMING)}  # fmt: skip
            out["rows"].append({"frames": frames, "share": frames * _STEP / 100, "phase": phase,
                                "false_alarms": measure.interval(measure.alarms(row, normal)), **cells})  # fmt: skip
    return out
