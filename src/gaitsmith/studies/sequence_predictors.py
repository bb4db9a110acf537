"""Every predictor of the speed study as one that makes sequences from sequences.

Those that know curves only (copies, population, the statistical default) read the source's mean
cycle and cadence, predict both, and play the curves with the source's own stride-to-stride
variation (``models.speed.synthesis``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from gaitsmith.models.speed.baselines import BASELINES
from gaitsmith.models.speed.default import StatisticalSpeed
from gaitsmith.models.speed.sequences import LABELS, RATE_HZ, Sequences
from gaitsmith.models.speed.synthesis import play, stride_clock
from gaitsmith.models.speed.units import JOINTS, Units
from gaitsmith.studies.sequence_measures import Cycles

if TYPE_CHECKING:
    from gaitsmith.models.speed.network_model import SequenceModel

__all__ = [
    "Copy",
    "FromCurves",
    "Network",
    "Predictor",
    "Tempo",
    "simple",
    "statistical",
    "units_of",
]

Array = npt.NDArray[np.float64]
_LEGS = ("l", "r")


class Predictor(Protocol):
    """Sequences at other speeds."""

    def __call__(self, source: Array, v_src: Array, v_tgt: Array) -> Array:
        """row × time × 6 at v_src (row,) to the same at v_tgt (row,)."""
        ...


def units_of(data: Sequences) -> Units:
    """One unit a leg and recording: mean cycle from hip-extension peaks, cadence.

    A cycle runs from midway between two hip-extension peaks to midway between the next two, near
    foot strike.
    """
    parts = []
    for person, speed, angles in zip(data.person, data.speed, data.angles, strict=True):
        cycles = Cycles.of(angles)
        if cycles.whole:
            parts.append(_unit(cycles, float(speed), str(person)))
    out = parts[0]
    return Units(*(np.concatenate([getattr(u, f) for u in parts]) for f in out.__dataclass_fields__))  # fmt: skip


def _unit(cycles: Cycles, speed: float, person: str) -> Units:
    return Units.of(
        np.stack([cycles.mean(s) for s in _LEGS]), speed, _LEGS, person=person, cadence=cycles.rate,
        count=[len(cycles.bounds[s]) for s in _LEGS], lab="virtual",
    )  # fmt: skip


@dataclass(frozen=True)
class Copy:
    """The source, as it is."""

    def __call__(self, source: Array, v_src: Array, v_tgt: Array) -> Array:  # noqa: ARG002
        """The source."""
        return source


@dataclass(frozen=True)
class FromCurves:
    """A predictor of mean curves, played as a sequence.

    Attributes
    ----------
    curves
        (units of one recording, wanted speed) -> leg × joint × 101 and cadence (steps/min).
    seed
        Of the order of strides and their lengths.
    """

    curves: Callable[[Units, float], tuple[Array, float]]
    seed: int = 0

    def __call__(self, source: Array, v_src: Array, v_tgt: Array) -> Array:
        """Row by row; a source without cycles is given back as it is."""
        rng = np.random.default_rng(self.seed)
        return np.stack([self._one(x, float(a), float(b), rng) for x, a, b in zip(source, v_src, v_tgt, strict=True)])  # fmt: skip

    def _one(self, x: Array, v_src: float, v_tgt: float, rng: np.random.Generator) -> Array:
        cycles = Cycles.of(x)
        if not cycles.whole:
            return x
        curves, cadence = self.curves(_unit(cycles, v_src, "asked"), v_tgt)
        lengths = np.concatenate([np.diff(b, axis=1).ravel() / np.diff(b, axis=1).mean() for b in cycles.bounds.values()])  # fmt: skip
        times = np.arange(len(x)) / RATE_HZ
        clock = stride_clock(float(times[-1]), cadence, float(min(lengths.std(), 0.1)), rng)
        out = np.empty_like(x)
        count = min(len(c) for c in cycles.curves.values())
        order = rng.integers(0, count, len(clock.strikes))
        for k, s in enumerate(_LEGS):
            own = cycles.curves[s].transpose(0, 2, 1)[:count] - cycles.mean(s)
            made = play(curves[k], own, clock, times, later=_later(cycles) if s == "r" else 0.0, order=order)  # fmt: skip
            for j, joint in enumerate(JOINTS):
                out[:, LABELS.index(f"{joint}_{s}")] = made[:, j]
        return out


def _later(cycles: Cycles) -> float:
    """Share of a left cycle after which the right one begins."""
    a, b = cycles.bounds["l"], cycles.bounds["r"][:, 0]
    shares = [((b[(b >= x) & (b < y)] - x) / (y - x))[:1] for x, y in a]
    found = np.concatenate(shares) if shares else np.zeros(0)
    return float(np.median(found)) if len(found) else 0.5


class Tempo:
    """log cadence on log speed, people weighing the same: b0 + b1 log v."""

    def __init__(self, units: Units) -> None:
        each = np.unique(units.person, return_inverse=True)[1]
        w = np.sqrt(1.0 / np.bincount(each)[each])
        X = np.column_stack([np.ones(len(units)), np.log(units.speed)])
        self.b = np.linalg.lstsq(X * w[:, None], np.log(units.cadence) * w, rcond=None)[0]

    def at(self, speed: float) -> float:
        """Of the population, steps/min."""
        return float(np.exp(self.b[0] + self.b[1] * np.log(speed)))

    def moved(self, cadence: float, v_src: float, v_tgt: float) -> float:
        """A person's cadence scaled as the population's."""
        return cadence * self.at(v_tgt) / self.at(v_src)


def simple(name: str, units: Units, seed: int = 0) -> FromCurves:
    """A baseline of ``models.speed.baselines`` learnt from units; cadence moves as the population's.

    The population mean has the population's cadence too.
    """
    learnt: Any = BASELINES[name](units)
    tempo = Tempo(units)

    def curves(own: Units, speed: float) -> tuple[Array, float]:
        made = np.concatenate([learnt.predict(own.take([k]), np.array([speed])) for k in range(len(own))])  # fmt: skip
        if name == "population mean":
            return made, tempo.at(speed)
        return made, tempo.moved(float(own.cadence[0]), float(own.speed[0]), speed)

    return FromCurves(curves, seed)


def statistical(model: StatisticalSpeed, seed: int = 0) -> FromCurves:
    """The default model, fitted to units of the training people, as a predictor of sequences."""

    def curves(own: Units, speed: float) -> tuple[Array, float]:
        p = model.predict(own, [speed])
        return p.mean, float(p.cadence[0])

    return FromCurves(curves, seed)


@dataclass(frozen=True)
class Network:
    """A sequence model; many rows at once."""

    model: SequenceModel
    seed: int = 0
    batch: int = 32

    def __call__(self, source: Array, v_src: Array, v_tgt: Array) -> Array:
        """In batches."""
        rng = np.random.default_rng(self.seed)
        return np.concatenate([
            self.model.generate(source[i : i + self.batch], v_src[i : i + self.batch], v_tgt[i : i + self.batch], seed=rng)
            for i in range(0, len(source), self.batch)
        ])  # fmt: skip
