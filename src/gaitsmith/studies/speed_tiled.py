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

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.gait.metrics.people import paired_difference
from gaitsmith.models.speed.baselines import BASELINES
from gaitsmith.models.speed.change import pairs
from gaitsmith.models.speed.sequences import LABELS, RATE_HZ, SAMPLES
from gaitsmith.models.speed.synthesis import Clock, play
from gaitsmith.models.speed.units import JOINTS, Units
from gaitsmith.studies import speed_units as sets
from gaitsmith.studies.sequence_measures import Cycles
from gaitsmith.studies.sequence_predictors import Tempo

if TYPE_CHECKING:
    from gaitsmith.models.speed.network_model import SequenceModel

__all__ = ["Tiled", "compare", "real", "start_of", "tiled", "turned"]

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

    def __init__(self, model: SequenceModel, train: Units, *, draws: int = 1, seed: int = 0) -> None:  # fmt: skip
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
        low, high = self.model.trained_speeds
        rows, levels, speeds = [], [], []
        for t, s in asked:
            source = mine.take([s])
            other = np.flatnonzero((mine.person == mine.person[s]) & (mine.leg != mine.leg[s])
                                   & (np.abs(mine.speed - mine.speed[s]) < 0.05))  # fmt: skip
            both = np.stack([mine.curves[s], mine.curves[other[0] if len(other) else s]])
            x = tiled(both, self.cadence(source))
            level = self.model.scaling.mean - x.mean(axis=0)
            rows.append(x + level)
            levels.append(level)
            speeds.append((mine.speed[s], mine.speed[t]))
        v = np.clip(np.array(speeds), low, high)
        total = np.zeros((len(asked), len(JOINTS), 101))
        count = np.zeros(len(asked))
        for d in range(self.draws):
            made = self._made(np.stack(rows), v, d)
            for i, x in enumerate(made):
                cycles = Cycles.of(x - levels[i])
                if len(cycles.bounds["l"]):
                    total[i] += cycles.mean("l")
                    count[i] += 1
        out = np.empty_like(total)
        for i, (t, s) in enumerate(asked):
            if not count[i]:
                out[i] = mine.curves[s]  # no cycle: nothing said
                continue
            moved = self.start[0] * (mine.speed[t] - mine.speed[s])
            out[i] = turned(total[i] / count[i], start_of(mine.curves[s]) + moved)
        return out

    def _made(self, x: Array, v: Array, draw: int) -> Array:
        rng = np.random.default_rng((self.seed, draw))
        return np.concatenate([
            self.model.generate(x[i : i + 32], v[i : i + 32, 0], v[i : i + 32, 1], seed=rng)
            for i in range(0, len(x), 32)
        ])  # fmt: skip


def compare(model: SequenceModel, units: Units, *, draws: int = 1, seed: int = 0) -> dict[str, Any]:
    """Mean over people of the mean over ordered cross-speed pairs, beside two baselines.

    The baselines are learnt from the other people of the set; the model knows nobody of it but
    through where cycles begin.
    """
    errors: dict[str, dict[str, Array]] = {"copy": {}, "copy + linear delta": {}, model.NAME: {}, "tiled copy": {}}  # fmt: skip
    for person in np.unique(units.person):
        train, mine = units.take(units.person != person), units.take(units.person == person)
        found = pairs(mine)
        truth = mine.curves[found[:, 0]]
        guess = {model.NAME: Tiled(model, train, draws=draws, seed=seed).predict(mine, found)}
        for name in ("copy", "copy + linear delta"):
            fitted = BASELINES[name](train)
            guess[name] = np.stack([fitted.predict(mine.take([b]), mine.speed[[a]])[0] for a, b in found])  # fmt: skip
        # What reading back costs: the source itself through tiles and cycles.
        read = Tiled(_Same(model), train)  # type: ignore[arg-type]
        guess["tiled copy"] = read.predict(mine, found)
        for name, g in guess.items():
            errors[name][str(person)] = np.abs(g - truth).mean(axis=(1, 2))
    people = list(errors["copy"])
    rows = {n: [float(e[p].mean()) for p in people] for n, e in errors.items()}
    gaps = {n: paired_difference(r, rows["copy + linear delta"], seed=seed) for n, r in rows.items()}  # fmt: skip
    return {
        n: {"mae_deg": float(np.mean(r)), "minus_linear": [gaps[n].mean, gaps[n].low, gaps[n].high],
            "people_better": int(sum(a < b for a, b in zip(r, rows["copy + linear delta"], strict=True))), "people": len(people)}
        for n, r in rows.items()
    }  # fmt: skip


class _Same:
    """Gives the sequence back as it is."""

    def __init__(self, model: SequenceModel) -> None:
        self.scaling, self.trained_speeds = model.scaling, model.trained_speeds

    def generate(self, source: Array, *_: object, **__: object) -> Array:
        """The source."""
        return source


def real(model: SequenceModel, data: Path, *, draws: int = 4) -> dict[str, dict[str, Any]]:
    """:func:`compare` on lencioni2019 and both groups of gait_signatures."""
    both = sets.gait_signatures(data)
    groups = {
        "lencioni2019": sets.lencioni2019(data),
        "gait_signatures, able-bodied": both.take(both.group == "able-bodied"),
        "gait_signatures, stroke": both.take(both.group == "stroke"),
    }
    return {name: compare(model, units, draws=draws) for name, units in groups.items()}
