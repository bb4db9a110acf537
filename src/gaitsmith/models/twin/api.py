"""The function users call: a recording in, joints that do not fit and the person's twin out.

>>> from gaitsmith.models.twin.api import find_twin
>>> result = find_twin(recording)                  # doctest: +SKIP
>>> print(result.table)                            # doctest: +SKIP
>>> result.twin.write("twin.mot")                  # doctest: +SKIP
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from gaitsmith.body.events import with_strikes
from gaitsmith.errors import MissingInputError
from gaitsmith.gait.cycles import StrideSet, segment
from gaitsmith.models.speed.api import measured_speed
from gaitsmith.models.twin import words
from gaitsmith.models.twin.default import Judged, TwinModel
from gaitsmith.models.twin.record import Taken, take
from gaitsmith.models.twin.walks import CHANNELS, MIDLINE, rolled
from gaitsmith.recording import Note, Recording
from gaitsmith.sections import Figure, Playback, Table

__all__ = ["Finding", "TwinResult", "find_twin", "reference_model"]

Array = npt.NDArray[np.float64]

# Foot off (% of the stride) where it is not known.
_OFF = 62.0
# A joint whose twin differs by less (deg) is not called changed.
_MOVED = 2.0
# Most strides that are judged one by one for the interval.
_MOST = 30


@dataclass(frozen=True)
class Finding:
    """One joint.

    Attributes
    ----------
    channel
        The recording's name of the curve.
    score, low, high
        Combined score (SD of normal people) and its 95 % interval over strides (NaN below four).
    posture, coordination
        The two scores (SD of normal people): its own curve; given all other joints.
    chance
        Share of normal people with any joint as unusual as this one.
    flagged
        Whether it is above the threshold.
    words
        How it differs from the twin.
    recorded, twin, low_band, high_band
        101 points on its own leg's cycle, degrees; the band is mean ± 2 SD of normal people.
    """

    channel: str
    score: float
    low: float
    high: float
    posture: float
    coordination: float
    chance: float
    flagged: bool
    words: str
    recorded: Array
    twin: Array
    low_band: Array
    high_band: Array

    @property
    def moved(self) -> float:
        """Greatest difference of the twin from the recorded curve, degrees."""
        return float(np.abs(self.twin - self.recorded).max())


@dataclass(frozen=True)
class TwinResult:
    """A walk and its normative twin.

    Attributes
    ----------
    recording
        The source with the twin's angles as stream ``angles_twin``.
    twin
        The twin alone, as a recording.
    findings
        A row a joint, the most unusual first.
    threshold
        Scores above it are called unusual (5 % of normal people have one).
    verdict
        ``"usual"``, ``"unusual"`` or ``"laboratory"`` (it differs from the reference, but not more
        than another laboratory might).
    speed
        m/s and how it is known, or None.
    strides
        How many strides it rests on.
    """

    recording: Recording
    twin: Recording
    findings: tuple[Finding, ...]
    threshold: float
    verdict: str
    speed: tuple[float, str] | None
    strides: int
    notes: tuple[Note, ...] = ()

    @property
    def flagged(self) -> tuple[Finding, ...]:
        """Joints above the threshold."""
        return tuple(f for f in self.findings if f.flagged)

    @property
    def shown(self) -> tuple[Finding, ...]:
        """What is pointed at: joints that the twin changes, by size, then others above the threshold."""
        moved = sorted((f for f in self.findings if f.moved > _MOVED), key=lambda f: -f.moved)
        return (*moved, *(f for f in self.flagged if f.moved <= _MOVED))

    @property
    def summary(self) -> str:
        """The verdict in a sentence."""
        if self.verdict == "unusual":
            said = "; ".join(f"{words.joint(f.channel)}: {f.words}" for f in self.shown[:4])
            return f"The walk is unusual in {len(self.shown)} of {len(self.findings)} curves. {said[0].upper()}{said[1:]}."
        if self.verdict == "laboratory":
            return ("Some curves differ from the reference, but not more than those of another laboratory may: "
                    "nothing is called unusual. A reference of your own people (gaitsmith twin-fit) would tell.")  # fmt: skip
        absent = len(CHANNELS) - len(self.findings)
        of = f"None of the {len(self.findings)} curves that are there" if absent else "No joint"
        rest = f" {absent} of {len(CHANNELS)} could not be judged." if absent else ""
        return f"{of} is more unusual than one in twenty normal people have.{rest}"

    def figure(self) -> Figure:
        """Curves of every joint: recorded, twin, band of normal people."""
        from gaitsmith.models.twin.picture import curves

        return curves(self)

    def playback(self, seconds: float = 6.0) -> Playback:
        """Recorded and twin side by side, joints above the threshold in colour."""
        from gaitsmith.models.twin.picture import side_by_side

        return side_by_side(self, seconds)

    @property
    def table(self) -> Table:
        """A row a joint: scores with interval, chance, and words."""
        columns = ("joint", "score", "low", "high", "posture", "coordination", "share of normal people", "unusual", "what")  # fmt: skip
        pointed = {f.channel for f in self.shown}
        rows = [(words.joint(f.channel), f.score, _none(f.low), _none(f.high), f.posture, f.coordination,
                 f.chance, "yes" if f.flagged else "", f.words if f.channel in pointed else "") for f in self.findings]  # fmt: skip
        formats = {**dict.fromkeys(columns[1:6], ".1f"), columns[6]: ".3f"}
        return Table(
            "twin", "Joints against the normative twin", columns, rows, formats,
            f"Scores in SD of normal people; above {self.threshold:.1f} unusual (5 % of normal people have such a joint). "
            f"Posture: the curve by itself; coordination: given all other joints. {self.strides} strides.",
        )  # fmt: skip


def _none(value: float) -> float | None:
    return value if np.isfinite(value) else None


@cache
def reference_model() -> TwinModel:
    """The bundled normative reference."""
    return TwinModel.from_pretrained("twin")


def find_twin(
    recording: Recording, *, speed_m_s: float | None = None, model: TwinModel | None = None,
    strides: StrideSet | None = None,
) -> TwinResult:  # fmt: skip
    """Joints that do not fit a normal walk at this speed, and the walk as it would be if they did.

    Parameters
    ----------
    recording
        With joint angles; one leg and the sagittal plane suffice, at a loss that is said.
    speed_m_s
        Walking speed; measured where not given.
    model
        A laboratory's own reference; the bundled one where not given.
    strides
        Of the recording, where they are cut already.

    Raises
    ------
    MissingInputError
        Where there are no angles or no whole stride.
    GaitsmithError
        Where the speed lies outside the reference's.
    """
    if recording.angles is None:
        raise MissingInputError("there are no joint angles to judge", place=recording.name or None,
                                expected="an angles stream", remedy="solve them first: gaitsmith solve")  # fmt: skip
    model = model or reference_model()
    known = (speed_m_s, "given") if speed_m_s is not None else measured_speed(recording)
    if strides is None:
        strides = segment(with_strikes(recording), streams=["angles"])
    taken = take(strides, None if known is None else known[0])
    mean = taken.mean
    judged = model.judge(mean, lab=True)
    curves = model.twin(mean, lab=True, judged=judged)
    notes = list(taken.notes)
    verdict = "unusual" if judged.unusual[0] else "usual"
    if verdict == "usual" and model.judge(mean, lab=False).unusual[0]:
        verdict = "laboratory"
        notes.append(Note("assumption", "twin", "the laboratory's own normal people are not known: what both sides share is not called unusual"))  # fmt: skip
    odd = float(np.nanmedian(judged.scores["z"]))
    if odd > 1.0:
        notes.append(Note("warning", "twin", "most joints are unusual at once: another marker set or zero, or a "
                          "gait so different that no single joint explains it; joints are ordered by size"))  # fmt: skip
    notes += [n for n in strides.notes if n.level != "assumption"]
    off = _foot_off(strides)
    findings = _findings(taken, model, judged, curves, off)
    twin = _motion(recording, strides, taken, curves[0] - mean.curves[0])
    assert twin.angles is not None
    return TwinResult(
        recording.with_stream(twin.angles, "angles_twin").with_notes(notes), twin, findings, judged.threshold,
        verdict, None if known is None or known[0] is None else (float(known[0]), known[1]), len(taken.strides),
        tuple(dict.fromkeys(notes)),
    )  # fmt: skip


def _foot_off(strides: StrideSet) -> float:
    known = (
        np.concatenate([strides[s].foot_off for s in strides.sides])
        if strides.sides
        else np.zeros(0)
    )
    known = known[np.isfinite(known)]
    return float(np.median(known)) if len(known) else _OFF


def _findings(
    taken: Taken, model: TwinModel, judged: Judged, curves: Array, off: float
) -> tuple[Finding, ...]:
    mean = taken.mean
    low, high = model.band(mean.speed)
    spread = np.full(len(CHANNELS), np.nan)
    n = min(len(taken.strides), _MOST)
    if n >= 4:
        some = taken.strides.take(np.unique(np.linspace(0, len(taken.strides) - 1, n).astype(int)))
        each = model.judge(some, lab=True).combined
        spread = 1.96 * each.std(axis=0, ddof=1) / np.sqrt(n)
    out = []
    for i, c in enumerate(CHANNELS):
        score = float(judged.combined[0, i])
        if not np.isfinite(score):
            continue
        name, sign = taken.label(c), taken.sign(c)
        own = [sign * x for x in (mean.curves[0, i], curves[0, i], low[0, i], high[0, i])]
        if sign < 0:
            own[2], own[3] = own[3], own[2]
        if c not in MIDLINE and c.endswith("_l"):
            own = [rolled(x[None, None], np.array([-0.5]))[0, 0] for x in own]
        out.append(Finding(
            name, score, score - spread[i], score + spread[i], float(judged.scores["posture"][0, i]),
            float(judged.scores["coordination"][0, i]), float(judged.chance[0, i]), bool(judged.flagged[0, i]),
            _words(name, own, off), *own,
        ))  # fmt: skip
    return tuple(sorted(out, key=lambda f: -f.score))


def _words(channel: str, own: list[Array], off: float) -> str:
    """Against the twin where it differs, else against the middle of normal people."""
    if float(np.abs(own[1] - own[0]).max()) > _MOVED:
        return words.describe(channel, own[0], own[1], off)
    middle = 0.5 * (own[2] + own[3])
    return words.describe(channel, own[0], middle, off).replace(
        "the twin", "the mean of normal people"
    )


def _motion(recording: Recording, strides: StrideSet, taken: Taken, change: Array) -> Recording:
    """The recording's angles plus the change at each sample's phase, between and beyond strides."""
    angles = recording.angles
    assert angles is not None
    strikes = strides.recording.events.times("strike", taken.side)
    data, times = np.array(angles.data, dtype=float), angles.times
    # Beyond the first and last strike the clock runs on as in a usual stride.
    usual = float(np.median(strides[taken.side].duration))
    phase = np.interp(times, strikes, np.arange(len(strikes), dtype=float))
    phase = np.where(times < strikes[0], (times - strikes[0]) / usual, phase)
    phase = np.where(times > strikes[-1], len(strikes) - 1 + (times - strikes[-1]) / usual, phase)
    at = 100 * (phase % 1.0)
    for i, c in enumerate(CHANNELS):
        name = taken.label(c)
        # The walk has the other leg half a stride later; the recording as it came.
        if c.endswith("_l") and np.isfinite(change[i]).all():
            change = change.copy()
            change[i] = rolled(change[None, [i]], np.array([taken.late - 0.5]))[0, 0]
        if name in angles.labels and np.isfinite(change[i]).all() and np.abs(change[i]).max() > 0:
            closed = np.append(change[i, :100], change[i, 0])
            data[:, angles.labels.index(name)] += taken.sign(c) * np.interp(
                at, np.arange(101), closed
            )
    stream = angles.replace(data=data)
    made = Recording(
        recording.subject,
        {"angles": stream},
        strides.recording.events,
        (),
        f"{recording.name} twin",
    )
    return made.with_note(
        "assumption", "twin", "joint angles of the normative twin: estimated, not recorded"
    )
