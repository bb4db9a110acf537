"""The function users call: a recording in, the same person at other speeds out.

>>> from gaitsmith.models.speed.api import change_speed
>>> result = change_speed(recording, to=[0.6, 1.6], speed_m_s=1.1)  # doctest: +SKIP
>>> result.walks[0].recording.write("walk_0.60.mot")                # doctest: +SKIP
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side, split_side
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.gait.cycles import LONGEST, SHORTEST, Strides, StrideSet, segment
from gaitsmith.models.base import generator
from gaitsmith.models.speed.default import Prediction, StatisticalSpeed
from gaitsmith.models.speed.synthesis import Variability, play, stride_clock
from gaitsmith.models.speed.units import JOINTS, Units
from gaitsmith.recording import Events, Note, Recording, Stream
from gaitsmith.sections import Band, Curve, Figure, Panel, Table

__all__ = [
    "SpeedResult",
    "Walk",
    "change_speed",
    "measured_speed",
    "source_strides",
    "source_units",
    "speed_of_stance",
]

Array = npt.NDArray[np.float64]

# Of walking adults, where fewer than three strides say nothing of the own one: CV of the stride
# time, in the middle of published 1-3 % (Hausdorff JM, 2005, J Neuroeng Rehabil 2:19).
_USUAL_CV = 0.02
# Above this misfit the gait is said to be unlike those learnt from.
_UNUSUAL = 3.0
_SIDES: tuple[Side, ...] = ("left", "right")
_PLACE = ("pelvis_tx", "pelvis_ty", "pelvis_tz")
# Share of the stride in which a standing foot does not move on the ground.
_FLAT = (0.12, 0.40)


@dataclass(frozen=True)
class Walk:
    """The person at one wanted speed.

    Attributes
    ----------
    asked, achieved
        Speed (m/s) wanted, and that which the feet of the generated motion have under the pelvis
        (NaN where body and angles do not give it).
    recording
        The mean walk as a continuous recording, with events.
    samples
        Further plausible walks of this person.
    mean, sd
        leg -> joint × 101, degrees.
    cadence, cadence_sd
        steps/min.
    stride_length
        m.
    """

    asked: float
    achieved: float
    recording: Recording
    samples: tuple[Recording, ...]
    mean: dict[str, Array]
    sd: dict[str, Array]
    cadence: float
    cadence_sd: float
    stride_length: float


@dataclass(frozen=True)
class SpeedResult:
    """How this person would walk at other speeds.

    Attributes
    ----------
    recording
        The source with the mean walk's angles at the first speed as stream ``angles_<speed>``.
    walks
        One for each speed, in the order asked.
    source_speed
        m/s, and how it is known.
    source_by_feet
        What the measure behind ``achieved`` says of the source itself (m/s; NaN where not known):
        joint angles alone leave it some tenths off.
    misfit
        How unusual the source is for the people learnt from: 1 = as expected.
    """

    recording: Recording
    walks: tuple[Walk, ...]
    source_speed: tuple[float, str]
    source_by_feet: float
    misfit: float
    source: dict[str, Array]
    notes: tuple[Note, ...] = ()

    @property
    def table(self) -> Table:
        """A row a speed: asked, achieved, cadence, stride length, width of the bands."""
        rows = []
        for w in self.walks:
            wide = [
                1.645 * float(np.mean([s[j] for s in w.sd.values()])) for j in range(len(JOINTS))
            ]
            rows.append((w.asked, None if np.isnan(w.achieved) else w.achieved, w.cadence,
                         1.645 * w.cadence_sd, w.stride_length, *wide))  # fmt: skip
        names = ("asked (m/s)", "achieved (m/s)", "cadence (steps/min)", "cadence ±",
                 "stride length (m)", "hip ±", "knee ±", "ankle ±")  # fmt: skip
        formats = dict(
            zip(names, (".2f", ".2f", ".0f", ".0f", ".2f", ".1f", ".1f", ".1f"), strict=True)
        )
        caption = "± is the half width of a 90 % band (degrees for joints). "
        if not np.isnan(self.source_by_feet):
            caption += (f"Achieved: of the feet under the pelvis, by the joint angles; the same measure "
                        f"gives {self.source_by_feet:.2f} m/s for the source, which is {self.source_speed[0]:.2f}.")  # fmt: skip
        return Table("speed", "Estimated walk at other speeds", names, rows, formats, caption)  # fmt: skip

    def figure(self) -> Figure:
        """Curves by speed with 90 % bands; a row a speed, hip, knee and ankle; source dashed."""
        x = np.linspace(0, 100, 101)
        panels = []
        for w in self.walks:
            for j, name in enumerate(("hip flexion", "knee flexion", "ankle dorsiflexion")):
                curves, bands = [], []
                for side, mean in w.mean.items():
                    colour: Side = "left" if side == "left" else "right"
                    half = 1.645 * w.sd[side][j]
                    bands.append(Band(x, mean[j] - half, mean[j] + half, f"{side}, 90 %", colour))
                    curves.append(Curve(x, mean[j], f"{side}, estimated", colour))
                    if side in self.source:
                        curves.append(Curve(x, self.source[side][j], f"{side}, measured at {self.source_speed[0]:.2f} m/s", colour, thin=True, dashed=True))  # fmt: skip
                panels.append(Panel(name, curves, bands, x_label="% of stride", unit="°",
                                    positive=name.split()[-1]))  # fmt: skip
        return Figure(
            "speed", "Estimated joint angles at other speeds", panels, columns=3,
            alt="Estimated hip, knee and ankle curves at each speed with 90 % bands, and the measured ones",
            row_labels=[f"{w.asked:.2f} m/s" for w in self.walks],
            column_labels=("hip", "knee", "ankle"),
        )  # fmt: skip


def measured_speed(recording: Recording) -> tuple[float, str] | None:
    """Walking speed (m/s) and how it is known, from points or from the feet under the angles."""
    from gaitsmith.body import points_from_angles
    from gaitsmith.gait.frame import progression

    try:
        if recording.points is None:
            recording = points_from_angles(recording)
        way = progression(recording)
    except MissingInputError:
        return None
    return None if way.mode == "standing" else (float(way.speed), way.how)


def speed_of_stance(recording: Recording) -> float:
    """Speed (m/s) at which the standing feet go back under the pelvis; NaN where it is not known.

    From joint angles alone: the mean over strides of the ankle's way back, relative to the pelvis,
    from 12 to 40 % of the stride, when the foot lies on the ground (Perry & Burnfield 2010: mid
    and terminal stance, until the heel rises).
    """
    from gaitsmith.body import points_from_angles
    from gaitsmith.gait.feet import feet

    if recording.angles is None:
        return float("nan")
    keep = [x for x in recording.angles.labels if x not in _PLACE]
    bare = Recording(recording.subject, {"angles": recording.angles.select(keep)}, recording.events)
    try:
        stream = points_from_angles(bare).points
    except MissingInputError:
        return float("nan")
    assert stream is not None
    times, pelvis = stream.times, np.zeros(len(stream))
    if "pelvis" in stream:
        pelvis = stream["pelvis"][:, 0]
    found = []
    for side, foot in feet(stream).items():
        place = foot.back if foot.ankle is None else foot.ankle
        strikes = recording.events.times("strike", side)
        for a, b in itertools.pairwise(strikes):
            ends = np.array(_FLAT) * (b - a) + a
            if SHORTEST <= b - a <= LONGEST and times[0] <= ends[0] and ends[1] <= times[-1]:
                x = np.interp(ends, times, place[:, 0] - pelvis)
                found.append((x[0] - x[1]) / (ends[1] - ends[0]))
    return float(np.median(found)) if found else float("nan")


def source_units(strides: StrideSet, speed_m_s: float) -> Units:
    """One unit a leg: mean sagittal curves of its typical strides, cadence, height.

    Raises
    ------
    MissingInputError
        Where no leg has whole strides with hip, knee and ankle angles.
    """
    curves, legs, counts = [], [], []
    for side in strides.sides:
        s = strides[side].typical()
        if all(j in s for j in JOINTS):
            mine = np.stack([s[j] for j in JOINTS], axis=1)
            whole = mine[np.isfinite(mine).all(axis=(1, 2))]
            if len(whole):
                curves.append(whole.mean(axis=0))
                legs.append(side)
                counts.append(len(whole))
    if not curves:
        raise MissingInputError(
            "no whole stride with hip, knee and ankle angles", place="strides",
            found=f"{strides.n} strides" + "".join(f"; {w}" for w in dict.fromkeys(r.reason for r in strides.rejected)),
            expected="hip_flexion, knee_angle and ankle_angle of a leg over a stride",
            remedy="give a longer walk, or the force file with it for surer events",
        )  # fmt: skip
    height = strides.recording.subject.height
    return Units.of(np.stack(curves), speed_m_s, legs, count=np.array(counts), height=height,
                    cadence=120.0 / _stride_time(strides))  # fmt: skip


def _stride_time(strides: StrideSet) -> float:
    return float(np.median(np.concatenate([strides[s].duration for s in strides.sides])))


def change_speed(
    recording: Recording, to: Sequence[float], *, speed_m_s: float | None = None,
    others: Sequence[tuple[Recording, float | None]] = (), samples: int = 0, seconds: float = 30.0,
    seed: int = 0, model: StatisticalSpeed | None = None,
) -> SpeedResult:  # fmt: skip
    """How this person would walk at the speeds `to`.

    Parameters
    ----------
    recording
        A walk with sagittal hip, knee and ankle angles of at least one leg; two strides suffice.
    to
        Wanted speeds (m/s).
    speed_m_s
        Speed of the recording; measured from its feet where not given.
    others
        Further recordings of the same person at other speeds, each with its speed or None.
    samples
        Plausible walks to draw at each speed beside the mean one.
    seconds
        Length of the generated walks.
    seed
        Of everything drawn: the same seed gives the same walks.

    Raises
    ------
    MissingInputError
        Where there is no whole stride, or the speed cannot be measured and is not given.
    GaitsmithError
        Where a speed is outside what the model knows.
    """
    if not (1 <= seconds <= 3600) or not 0 <= samples <= 10_000:
        raise GaitsmithError("cannot make such walks", place="argument seconds or samples",
                             found=(seconds, samples), expected="1 to 3600 s, 0 to 10000 samples")  # fmt: skip
    rng = generator(seed)
    model = model or StatisticalSpeed.from_pretrained("speed-statistical")
    notes: list[Note] = []
    speed, how, strides = source_strides(recording, speed_m_s)
    units = source_units(strides, speed)
    for further, its_speed in others:
        v, _, cut = source_strides(further, its_speed)
        units = units.joined(source_units(cut, v).replaced(height=units.height[0]))
    if np.isnan(units.height[0]):
        notes.append(Note("assumption", "speed", "height not known: 1.70 m stands for it"))
    p = model.predict(units, list(to), zero_known=False)
    low, high = model.trained_speeds
    notes += [
        Note("warning", "speed", f"{v:g} m/s is outside {low:.2f} to {high:.2f} m/s, where people were learnt from")
        for v in to if not low <= v <= high
    ]  # fmt: skip
    if p.misfit > _UNUSUAL:
        notes.append(Note("warning", "speed", f"this gait is unlike those learnt from (misfit {p.misfit:.1f}, expected 1): the bands are widened"))  # fmt: skip
    notes.append(Note("assumption", "speed", "levels of the angles are carried over from the source; channels other than sagittal hip, knee and ankle are its mean cycle, unchanged"))  # fmt: skip
    maker = _Maker(strides, seconds)
    walks = tuple(
        _walk(maker, p, i, speed=float(v), samples=samples, rng=rng) for i, v in enumerate(to)
    )
    by_feet = speed_of_stance(strides.recording)
    first = walks[0]
    angles = first.recording.angles
    assert angles is not None
    return SpeedResult(
        recording.with_stream(angles, f"angles_{first.asked:g}").with_notes(notes), walks,
        (speed, how), by_feet, p.misfit, {str(x): c for x, c in zip(units.leg, units.curves, strict=True)}, tuple(notes),
    )  # fmt: skip


def source_strides(recording: Recording, given: float | None) -> tuple[float, str, StrideSet]:
    """Speed (m/s; `given` or measured), how it is known, and the strides of the angles.

    Raises
    ------
    MissingInputError
        Where there are no angles, or the speed cannot be measured and is not given.
    """
    from gaitsmith.gait import events

    if recording.angles is None:
        raise MissingInputError("there are no joint angles to carry to another speed",
                                place=recording.name or None, expected="an angles stream")  # fmt: skip
    known = (given, "given") if given is not None else measured_speed(recording)
    if known is None:
        raise MissingInputError("the speed of the recording cannot be measured",
                                place=recording.name or None, remedy="give it with --from (m/s)")  # fmt: skip
    if not len(recording.events.where(kind="strike")):
        from gaitsmith.body import points_from_angles

        seen = recording
        if recording.points is None:
            try:
                seen = points_from_angles(recording)
            except MissingInputError:
                seen = recording
        recording = recording.with_events(events.find(seen).events)
    assert known[0] is not None
    return float(known[0]), known[1], segment(recording, streams=["angles"])


class _Maker:
    """What of the source goes into every generated walk."""

    def __init__(self, strides: StrideSet, seconds: float) -> None:
        self.strides = strides
        angles = strides.recording.angles
        assert angles is not None
        self.angles = angles.select([x for x in angles.labels if x not in _PLACE])
        self.rate = angles.nominal_rate
        self.times = np.arange(round(seconds * self.rate)) / self.rate
        self.labels = self.angles.labels
        self.vary = _variability(strides)
        self.later = {"right": 0.0, "left": _lag(strides)}
        self.offs = {s: _share(strides[s]) for s in _SIDES}

    def recording(self, curves: dict[str, Array], cadence: float, rng: np.random.Generator) -> Recording:  # fmt: skip
        """A continuous walk with these mean curves (leg -> joint × 101)."""
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
            if label not in columns and (mean := self._own(label)) is not None:
                leg = split_side(label)[1] or self._leg()
                columns[label] = play(mean[None], np.zeros((0, 1, 101)), clock, self.times,
                                      later=self.later[leg], order=order)[:, 0]  # fmt: skip
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

    def _leg(self) -> Side:
        return "right" if self.strides.right.n else "left"

    def _own(self, label: str) -> Array | None:
        """The source's mean cycle of a channel that the model does not make."""
        s = self.strides[split_side(label)[1] or self._leg()]
        if label not in s.labels:
            return None
        mean = s.mean(label)
        return mean if np.isfinite(mean).all() else None


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


def _walk(
    maker: _Maker, p: Prediction, i: int, *, speed: float, samples: int, rng: np.random.Generator
) -> Walk:  # fmt: skip
    n = len(p.speed) // len(set(p.leg))
    rows = {leg: k * n + i for k, leg in enumerate(dict.fromkeys(p.leg))}
    at = next(iter(rows.values()))
    cadence, sd = float(p.cadence[at]), float(p.cadence_sd[at])
    name = f"{maker.strides.recording.name or 'walk'} at {speed:g} m/s"
    mean = {leg: p.mean[r] for leg, r in rows.items()}
    made = maker.recording(mean, cadence, rng).replace(name=name)
    note = Note(
        "assumption", "angles", f"estimated, not measured: {speed:g} m/s by {StatisticalSpeed.NAME}"
    )
    drawn = p.draw(samples, rng)
    # Drawn on the logarithm, as learnt.
    cadences = cadence * np.exp(sd / cadence * rng.standard_normal(samples))
    others = tuple(
        maker.recording({leg: d[r] for leg, r in rows.items()}, float(c), rng).replace(name=f"{name}, sample {k + 1}", notes=(note,))
        for k, (d, c) in enumerate(zip(drawn, cadences, strict=True))
    )  # fmt: skip
    return Walk(
        speed, speed_of_stance(made), made.with_notes([note]), others, mean,
        {leg: p.sd[r] for leg, r in rows.items()}, cadence, sd, 120.0 * speed / cadence,
    )  # fmt: skip
