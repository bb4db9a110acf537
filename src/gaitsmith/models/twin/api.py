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
# A joint whose twin differs by less (deg) is not called changed; a twin that differs by less nowhere is the walk.
_MOVED, _SEEN = 2.0, 0.05
# Most strides that are judged one by one for the interval.
_MOST = 30


@dataclass(frozen=True)
class Finding:
    """One joint.

    Attributes
    ----------
    channel
        The recording's name of the curve.
    posture, low, high
        Its own curve (SD of normal people) and the 95 % interval over strides (NaN below four).
    coordination
        Its curve given all other joints (SD of normal people).
    changed
        Chance that this joint has changed, if something in the walk has.
    flagged
        Whether the walk is unusual and this joint the first, or more likely changed than not.
    words
        How it differs from the twin.
    recorded, twin, low_band, high_band
        101 points on its own leg's cycle, degrees; the band is mean ± 2 SD of normal people.
    """

    channel: str
    posture: float
    low: float
    high: float
    coordination: float
    changed: float
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

    @property
    def outside(self) -> bool:
        """Whether the recorded curve leaves the band of normal people anywhere."""
        return bool(((self.recorded < self.low_band) | (self.recorded > self.high_band)).any())


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
        A row a joint, the one whose change explains the walk best first.
    score, low, high, chance
        Of the walk as a whole: SD of normal people, its 95 % interval over strides (NaN below four), and the
        share of normal people whose walk scores as high.
    threshold
        A walk's score above it is called unusual (5 % of normal people have one).
    explained
        Whether a change of few joints explains the walk; where not, joints come by size of deviation.
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
    score: float
    low: float
    high: float
    chance: float
    threshold: float
    explained: bool
    verdict: str
    speed: tuple[float, str] | None
    strides: int
    notes: tuple[Note, ...] = ()

    @property
    def flagged(self) -> tuple[Finding, ...]:
        """Joints that an unusual walk is put down to."""
        return tuple(f for f in self.findings if f.flagged)

    @property
    def shown(self) -> tuple[Finding, ...]:
        """What is pointed at: joints that the twin changes, by size, then others that are flagged."""
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
                    "nothing is called unusual. A reference of your own people (gaitsmith twin-fit) would tell."
                    + self._nearest())  # fmt: skip
        absent = len(CHANNELS) - len(self.findings)
        of = f"None of the {len(self.findings)} curves that are there" if absent else "No joint"
        rest = f" {absent} of {len(CHANNELS)} could not be judged." if absent else ""
        return f"{of} is more unusual than one in twenty normal people have.{self._nearest()}{rest}"

    def _nearest(self) -> str:
        """The first joint of a walk that is not unusual, where its curve leaves the band."""
        first = self.findings[0]
        if not first.outside or first.words.startswith("as the"):
            return ""
        return f" Nearest to unusual: {words.joint(first.channel)}, {first.words}."

    @property
    def twin_words(self) -> str:
        """What the twin is here: the walk with something taken away, or the walk itself."""
        if any(f.moved > _SEEN for f in self.findings):
            return ("The twin is the walk with few simple changes taken away, so that the whole fits as the evidence "
                    "asks: how this person would walk if these joints fitted. It is estimated, not measured, "
                    "and names no disease.")  # fmt: skip
        if self.verdict == "unusual":
            return "Nothing was changed: no simple change of few joints is sure enough to be taken away, so the twin is the walk as it was recorded."
        return "Nothing was changed: a walk that is not called unusual is its own twin."

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
        """A row a joint: its own scores with interval, chance of a change, and words."""
        columns = ("joint", "posture", "low", "high", "coordination", "changed", "unusual", "what")
        pointed = {f.channel for f in self.shown}
        rows = [(words.joint(f.channel), f.posture, _none(f.low), _none(f.high), f.coordination, f.changed,
                 "yes" if f.flagged else "", f.words if f.channel in pointed else "") for f in self.findings]  # fmt: skip
        formats = {**dict.fromkeys(columns[1:5], ".1f"), columns[5]: ".2f"}
        return Table(
            "twin", "Joints against the normative twin", columns, rows, formats, self.caption
        )

    @property
    def caption(self) -> str:
        """What the table's numbers mean, and the score of the walk as a whole."""
        spread = (
            f" ({self.low:.1f} to {self.high:.1f} over strides)" if np.isfinite(self.low) else ""
        )
        order = (
            "The joint whose change explains the walk best comes first"
            if self.explained
            else "No change of few joints explains this walk: joints come by the size of their deviation"
        )
        return (f"The walk as a whole scores {self.score:.1f}{spread} SD of normal people; above {self.threshold:.1f} it is unusual "
                f"(one in twenty normal people; {_share(self.chance)} score as high as this). Rows are the joints' own: "
                "posture, the curve by itself with its 95 % interval over strides, and coordination, the curve given all other "
                "joints, in SD of normal people (0 is usual); changed, the chance that this joint has changed, if something has. "
                "In an unusual walk the first joint and those above .5 are marked. "
                f"{order}. {self.strides} stride{'s' if self.strides != 1 else ''}.")  # fmt: skip


def _share(chance: float) -> str:
    return f"{100 * chance:.0f} %" if chance >= 0.01 else "under 1 %"


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
    spread, walk = _over_strides(taken, model)
    findings = _findings(taken, model, judged, curves, off=_foot_off(strides), spread=spread)
    score = float(np.nanmax(judged.combined[0]))
    twin = _motion(recording, strides, taken, curves[0] - mean.curves[0])
    assert twin.angles is not None
    return TwinResult(
        recording.with_stream(twin.angles, "angles_twin").with_notes(notes), twin, findings, score, score - walk, score + walk,
        float(np.nanmin(judged.chance[0])), judged.threshold, bool(judged.unexplained[0] < 0.5), verdict, None if known is None or known[0] is None else (float(known[0]), known[1]), len(taken.strides),
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


def _over_strides(taken: Taken, model: TwinModel) -> tuple[Array, float]:
    """Half the 95 % interval of each joint's posture and of the walk's score (NaN below four strides)."""
    n = min(len(taken.strides), _MOST)
    if n < 4:
        return np.full(len(CHANNELS), np.nan), np.nan
    some = taken.strides.take(np.unique(np.linspace(0, len(taken.strides) - 1, n).astype(int)))
    each = model.judge(some, lab=True)
    half = 1.96 / np.sqrt(n)
    whole = np.nanmax(each.combined, axis=1)
    return half * each.scores["posture"].std(axis=0, ddof=1), float(half * whole.std(ddof=1))


def _findings(
    taken: Taken, model: TwinModel, judged: Judged, curves: Array, *, off: float, spread: Array
) -> tuple[Finding, ...]:
    mean = taken.mean
    low, high = model.band(mean.speed)
    order = judged.combined[0]
    out = []
    for i in np.argsort(-order, kind="stable"):
        if not np.isfinite(order[i]):
            continue
        c, posture = CHANNELS[i], float(judged.scores["posture"][0, i])
        name, sign = taken.label(c), taken.sign(c)
        own = [sign * x for x in (mean.curves[0, i], curves[0, i], low[0, i], high[0, i])]
        if sign < 0:
            own[2], own[3] = own[3], own[2]
        if c not in MIDLINE and c.endswith("_l"):
            own = [rolled(x[None, None], np.array([-0.5]))[0, 0] for x in own]
        out.append(Finding(
            name, posture, posture - spread[i], posture + spread[i], float(judged.scores["coordination"][0, i]),
            float(judged.posterior[0, i]), bool(judged.flagged[0, i]), _words(name, own, off), *own,
        ))  # fmt: skip
    return tuple(out)


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
