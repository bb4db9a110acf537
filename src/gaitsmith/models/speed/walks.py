"""Continuous walks from mean curves and from what else the source shows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side, split_side
from gaitsmith.gait.cycles import Strides, StrideSet
from gaitsmith.models.speed.sources import PLACE
from gaitsmith.models.speed.synthesis import Variability, play, stride_clock
from gaitsmith.models.speed.units import JOINTS
from gaitsmith.recording import Events, Recording, Stream

__all__ = ["Maker"]

Array = npt.NDArray[np.float64]

# Of walking adults, where fewer than three strides say nothing of the own one: CV of the stride
# time, in the middle of published 1-3 % (Hausdorff JM, 2005, J Neuroeng Rehabil 2:19).
_USUAL_CV = 0.02
_SIDES: tuple[Side, ...] = ("left", "right")
_OVER_GROUND = ("pelvis_tx", "pelvis_tz")
# A pelvis that gets this far (m) walks over the ground; else the walk is on a treadmill.
_FAR = 1.0


class Maker:
    """What of the source goes into every generated walk."""

    def __init__(self, strides: StrideSet, seconds: float) -> None:
        self.strides = strides
        angles = strides.recording.angles
        assert angles is not None
        self.rate = angles.nominal_rate
        self.times = np.arange(round(seconds * self.rate)) / self.rate
        self.labels = angles.labels
        self.place = {x: angles[x] for x in PLACE if x in angles and np.isfinite(angles[x]).any()}
        self.heading = _heading(self.place)
        self.vary = _variability(strides)
        self.later = {"right": 0.0, "left": _lag(strides)}
        self.offs = {s: _share(strides[s]) for s in _SIDES}

    @property
    def placed(self) -> str:
        """What becomes of the pelvis' place, in words; empty where the source has none."""
        if not self.place:
            return ""
        way = (
            "moves on at the asked speed, the way of the source"
            if self.heading.any()
            else "stays (the source does)"
        )
        return f"the pelvis' height is the source's mean cycle, over the ground it {way}"

    def recording(
        self, curves: dict[str, Array], cadence: float, rng: np.random.Generator, speed: float
    ) -> Recording:
        """A continuous walk with these mean curves (leg -> joint × 101) at a speed (m/s)."""
        clock = stride_clock(float(self.times[-1]), cadence, self.vary.time, rng)
        count = max((len(d) for d in self.vary.curves.values()), default=0)
        order = rng.integers(0, max(count, 1), len(clock.strikes))
        columns: dict[str, Array] = {}
        for side in _SIDES:
            if side not in curves:
                continue
            own = self.vary.curves.get(side, np.zeros((0, len(JOINTS), 101)))
            made = play(curves[side], own, clock, self.times, later=self.later[side],
                        order=order % max(len(own), 1))  # fmt: skip
            columns |= {f"{j}_{side[0]}": made[:, k] for k, j in enumerate(JOINTS)}
        for label in self.labels:
            if (
                label not in columns
                and label not in _OVER_GROUND
                and (mean := self._own(label)) is not None
            ):
                leg = split_side(label)[1] or self._leg()
                columns[label] = play(mean[None], np.zeros((0, 1, 101)), clock, self.times,
                                      later=self.later[leg], order=order)[:, 0]  # fmt: skip
        columns |= self._placed(speed)
        labels = [x for x in self.labels if x in columns] + [
            x for x in columns if x not in self.labels
        ]
        stream = Stream("angles", np.column_stack([columns[x] for x in labels]), tuple(labels), rate=self.rate)  # fmt: skip
        events = Events()
        for which in (s for s in _SIDES if s in curves):
            strikes = clock.strikes_of(self.later[which])
            offs = clock.strikes_of(self.later[which] + self.offs[which])
            events = events + Events.of(strikes, which, "strike", "model") + Events.of(offs, which, "off", "model")  # fmt: skip
        events = events.where(between=(0.0, float(self.times[-1])))
        source = self.strides.recording
        return Recording(source.subject, {"angles": stream}, events, (), source.name)

    def _placed(self, speed: float) -> dict[str, Array]:
        """Over the ground: at the asked speed along the source's way; on a treadmill where it was."""
        at = {x: float(np.nanmean(self.place[x])) for x in _OVER_GROUND if x in self.place}
        on = dict(zip(_OVER_GROUND, self.heading, strict=True))
        return {
            x: (speed * on[x] * self.times if self.heading.any() else np.full(len(self.times), v))
            for x, v in at.items()
        }

    def _leg(self) -> Side:
        return "right" if self.strides.right.n else "left"

    def _own(self, label: str) -> Array | None:
        """The source's mean cycle of a channel that the model does not make."""
        s = self.strides[split_side(label)[1] or self._leg()]
        if label not in s.labels:
            return None
        mean = s.mean(label)
        return mean if np.isfinite(mean).all() else None


def _heading(place: dict[str, Array]) -> Array:
    """Direction (x, z; length 1) in which the pelvis gets on, zero on a treadmill."""
    way = np.zeros(2)
    for k, label in enumerate(_OVER_GROUND):
        if label in place:
            known = place[label][np.isfinite(place[label])]
            way[k] = known[-1] - known[0]
    far = float(np.hypot(*way))
    return way / far if far > _FAR else np.zeros(2)


def _variability(strides: StrideSet) -> Variability:
    curves: dict[str, Array] = {}
    times = []
    for side in strides.sides:
        s = strides[side].typical()
        times.append(s.duration / s.duration.mean() - 1)
        if s.n >= 3 and all(j in s for j in JOINTS):
            mine = np.stack([s[j] for j in JOINTS], axis=1)
            mine = mine[np.isfinite(mine).all(axis=(1, 2))]
            if len(mine) >= 3:
                # Deviations from a mean of n are too small by (n - 1) / n in variance.
                curves[side] = (mine - mine.mean(axis=0)) * np.sqrt(len(mine) / (len(mine) - 1))
    every = np.concatenate(times)
    cv = float(every.std(ddof=1)) if len(every) >= 4 else _USUAL_CV
    return Variability(min(cv, 0.1), curves)


def _lag(strides: StrideSet) -> float:
    """Share of a right stride after which the left foot strikes; a half where not seen."""
    if strides.right.n:
        seen = strides.right.percent("opposite_strike") / 100
    elif strides.left.n:
        seen = 1 - strides.left.percent("opposite_strike") / 100
    else:
        return 0.5
    return float(np.nanmedian(seen)) if np.isfinite(seen).any() else 0.5


def _share(strides: Strides) -> float:
    off = strides.foot_off if strides.n else np.array([np.nan])
    return float(np.nanmedian(off)) / 100 if np.isfinite(off).any() else 0.62
