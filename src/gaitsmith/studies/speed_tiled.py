"""Sequence models on mean strides of real people: tiled to 30 s, moved, and read back as a mean stride.

A leg's curve at one speed is repeated at the person's cadence (the population's where it is not
known), the other leg's half a stride later (the same curve where only one was measured). The
sequence's levels are shifted to those of the people learnt from and back again, as levels depend
on the laboratory. The generated cycles run between hip-extension peaks; they are turned to begin
where the source's curve begins relative to its own peaks, plus the population's change of that
place with speed, learnt from the training people's curves.

Nothing of the people tested enters: the model is one trained elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gaitsmith.models.speed.sequences import LABELS, RATE_HZ, SAMPLES
from gaitsmith.models.speed.synthesis import Clock, play
from gaitsmith.models.speed.units import JOINTS, Units
from gaitsmith.studies.sequence_measures import Cycles
from gaitsmith.studies.sequence_predictors import Tempo

if TYPE_CHECKING:
    from gaitsmith.models.speed.network_model import SequenceModel

__all__ = ["Same", "Tiled", "other_leg", "start_of", "tiled", "turned"]

Array = npt.NDArray[np.float64]
_LEGS = ("l", "r")


def tiled(curves: Array, cadence: float, samples: int = SAMPLES) -> Array:
    """leg × joint × 101 at a cadence (steps/min) as time × 6; the second leg half a stride later."""
    times = np.arange(samples) / RATE_HZ
    stride = 120.0 / cadence
    clock = Clock(
        np.asarray(stride * (np.arange(int(times[-1] / stride) + 6) - 2.0), dtype=np.float64)
    )
    none, order = np.zeros((0, len(JOINTS), 101)), np.zeros(len(clock.strikes), dtype=np.intp)
    out = np.empty((samples, len(LABELS)))
    for k, s in enumerate(_LEGS):
        made = play(curves[k], none, clock, times, later=0.5 * k, order=order)
        for j, joint in enumerate(JOINTS):
            out[:, LABELS.index(f"{joint}_{s}")] = made[:, j]
    return out


def start_of(curves: Array) -> float:
    """Share of a stride by which the cycle between hip peaks begins after the curve's own beginning."""
    cycles = Cycles.of(tiled(np.stack([curves, curves]), 60.0))
    if not cycles.whole:
        return 0.0
    first = cycles.bounds["l"][2, 0]
    return float((first / 2.0 + 0.5) % 1.0 - 0.5)


def turned(curve: Array, share: float) -> Array:
    """A closed curve (… × 101) that begins a share of a stride earlier."""
    x = (np.linspace(0, 1, curve.shape[-1]) - share) % 1.0
    grid = np.linspace(0, 1, curve.shape[-1])
    flat = curve.reshape(-1, curve.shape[-1])
    return np.stack([np.interp(x, grid, c) for c in flat]).reshape(curve.shape)


def other_leg(units: Units, row: int) -> int:
    """The row of the same person's other leg at that speed; the row itself where there is none."""
    found = np.flatnonzero((units.person == units.person[row]) & (units.leg != units.leg[row])
                           & (np.abs(units.speed - units.speed[row]) < 0.05))  # fmt: skip
    return int(found[0]) if len(found) else row


class Tiled:
    """A sequence model as a predictor of mean curves.

    Parameters
    ----------
    model
        Trained on other people.
    train
        Curves of other people of the same set: where their cycles begin, and their cadence.
    draws
        Generated walks that are averaged.
    """

    def __init__(self, model: SequenceModel | Same, train: Units, *, draws: int = 1, seed: int = 0) -> None:  # fmt: skip
        self.model, self.draws, self.seed = model, draws, seed
        starts = np.array([start_of(c) for c in train.curves])
        self.start = np.polyfit(train.speed, starts, 1)
        known = np.isfinite(train.cadence)
        self.tempo = Tempo(train.take(known)) if known.sum() > 2 else None

    def cadence(self, unit: Units) -> float:
        """Of one row: its own, the population's, or 100 · v^0.4 where nobody's is known (ours)."""
        own, v = float(unit.cadence[0]), float(unit.speed[0])
        if np.isfinite(own):
            return own
        return self.tempo.at(v) if self.tempo is not None else 100.0 * v**0.4

    def predict(self, mine: Units, asked: npt.NDArray[np.intp]) -> Array:
        """Curves (pair × joint × 101) for pairs (target, source) of rows of one person or several."""
        return self.predict_both(mine, asked)[0]

    def predict_both(self, mine: Units, asked: npt.NDArray[np.intp]) -> tuple[Array, Array]:
        """Curves, and cadence (pair, steps/min; NaN where no cycle is found)."""
        low, high = self.model.trained_speeds
        rows, levels, speeds = [], [], []
        for t, s in asked:
            source = mine.take([s])
            both = np.stack([mine.curves[s], mine.curves[other_leg(mine, s)]])
            x = tiled(both, self.cadence(source))
            level = self.model.scaling.mean - x.mean(axis=0)
            rows.append(x + level)
            levels.append(level)
            speeds.append((mine.speed[s], mine.speed[t]))
        v = np.clip(np.array(speeds), low, high)
        total = np.zeros((len(asked), len(JOINTS), 101))
        count, pace = np.zeros(len(asked)), np.zeros(len(asked))
        for d in range(self.draws):
            made = self._made(np.stack(rows), v, d)
            for i, x in enumerate(made):
                cycles = Cycles.of(x - levels[i])
                if len(cycles.bounds["l"]):
                    total[i] += cycles.mean("l")
                    pace[i] += 120.0 / float(np.diff(cycles.bounds["l"], axis=1).mean())
                    count[i] += 1
        out = np.empty_like(total)
        for i, (t, s) in enumerate(asked):
            if not count[i]:
                out[i] = mine.curves[s]  # no cycle: nothing said
                continue
            moved = self.start[0] * (mine.speed[t] - mine.speed[s])
            out[i] = turned(total[i] / count[i], start_of(mine.curves[s]) + moved)
        return out, np.divide(pace, count, out=np.full(len(asked), np.nan), where=count > 0)

    def _made(self, x: Array, v: Array, draw: int) -> Array:
        rng = np.random.default_rng((self.seed, draw))
        return np.concatenate([
            self.model.generate(x[i : i + 32], v[i : i + 32, 0], v[i : i + 32, 1], seed=rng)
            for i in range(0, len(x), 32)
        ])  # fmt: skip


class Same:
    """A sequence model that gives the source back: what tiles and cycles cost."""

    NAME = "same"

    def __init__(self, model: SequenceModel) -> None:
        self.scaling, self.trained_speeds = model.scaling, model.trained_speeds

    def generate(self, source: Array, *_: object, **__: object) -> Array:
        """The source."""
        return source
