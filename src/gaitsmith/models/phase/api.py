"""The function users call: a recording with foot sensors in, the same with gait phase out.

>>> from gaitsmith.models.phase.api import estimate_phase
>>> result = estimate_phase(recording)                      # doctest: +SKIP
>>> result.recording["phase_foot_r"]["percent"]             # doctest: +SKIP
>>> result.recording.events.where(source="phase-foot")      # doctest: +SKIP
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.errors import MissingInputError
from gaitsmith.events import Event, Events
from gaitsmith.gait.imu import from_stream, labels
from gaitsmith.models.phase.config import SENSORS
from gaitsmith.models.phase.decide import decide
from gaitsmith.models.phase.frame import Foot, feet_of, foot_signal
from gaitsmith.models.phase.model import PhaseModel
from gaitsmith.models.phase.shares import shares_table
from gaitsmith.recording import Note, Recording, Stream
from gaitsmith.sections import Curve, Figure, Panel, Span, Table

__all__ = ["DEFAULT", "RATE_ALONE", "FootPhase", "PhaseResult", "estimate_phase", "follow"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Bundled models: acceleration and rate; rate alone.
DEFAULT, RATE_ALONE = "phase-foot", "phase-foot-gyr"
# A figure shows at most this much (s).
_SHOWN_S = 10.0


@dataclass(frozen=True)
class FootPhase:
    """One foot, tick by tick.

    Attributes
    ----------
    foot
        The signal that the model saw.
    percent
        Gait %, NaN where the person does not walk or samples were lost.
    stance, walking
        States.
    stance_probability, confidence
        0 to 1. Confidence: length of the network's (sin, cos) pair; 0 where samples were lost.
    strikes, offs
        Times (s).
    """

    foot: Foot
    percent: Array
    stance: Mask
    walking: Mask
    stance_probability: Array
    confidence: Array
    strikes: Array
    offs: Array


@dataclass(frozen=True)
class PhaseResult:
    """Gait phase of a recording.

    Attributes
    ----------
    recording
        With a stream ``phase_foot_l``/``_r`` for each foot (percent, stance, walking, confidence;
        100 Hz) and the model's events, their source the model's name.
    feet
        By side.
    model
        Name of the model.
    delay_s
        How much later than a moment a live system would know of it: the model's look-ahead.
    """

    recording: Recording
    feet: Mapping[Side, FootPhase]
    model: str
    delay_s: float
    notes: tuple[Note, ...] = ()

    @property
    def events(self) -> Events:
        """The model's events alone."""
        return self.recording.events.where(source=self.model)

    @property
    def table(self) -> Table:
        """A row a foot: strides, stride time, stance and swing in % with their spread."""
        return shares_table({self.model: self.events})

    def figure(self) -> Figure:
        """Gait % and probability of stance of each foot over ten seconds of walking."""
        panels = []
        for side, f in self.feet.items():
            t = f.foot.times
            first = t[int(np.argmax(f.walking))] - 1.0 if f.walking.any() else t[0]
            low = max(float(t[0]), float(first))
            here = (t >= low) & (t <= low + _SHOWN_S)
            events = [Span(float(e.time), label="strike" if e.kind == "strike" else "foot off", colour=side, dashed=e.kind == "off")
                      for e in self.events.where(side=side, between=(low, low + _SHOWN_S))]  # fmt: skip
            drawn = _broken(f.percent)[here]
            panels.append(Panel(f"{side}: gait phase", [Curve(t[here], drawn, "gait %, estimated", side)],
                                spans=events, unit="% of stride", x_label="time (s)", y_range=(0.0, 100.0)))  # fmt: skip
            panels.append(Panel(
                f"{side}: foot on the ground",
                [Curve(t[here], 100 * f.stance_probability[here], "probability, estimated", side),
                 Curve(t[here], 100.0 * f.stance[here].astype(np.float64), "state", "neutral", dashed=True)],
                unit="%", x_label="time (s)", y_range=(0.0, 100.0),
            ))  # fmt: skip
        return Figure("phase", "Gait phase over time", panels, columns=1,
                      alt="Gait % of each foot rising from 0 to 100 in every stride, with strikes "
                          "(solid) and foot-offs (dashed), and the probability of stance")  # fmt: skip


def _broken(percent: Array) -> Array:
    """NaN where the curve goes back from 100 to 0, so that no line is drawn there."""
    out = percent.copy()
    out[1:][np.diff(percent) < -50.0] = np.nan
    return out


def estimate_phase(
    recording: Recording, *, model: PhaseModel | str | os.PathLike[str] | None = None,
    mounting: str | npt.ArrayLike | Mapping[str, str] | None = None,
) -> PhaseResult:  # fmt: skip
    """Gait %, stance or swing, and walking or not, of each foot that wears a sensor.

    1. Each sensor is brought to 100 Hz and to the models' frame: up from 3 s of standing still,
       forward from the axis the foot swings about; or by `mounting`.
    2. The network (causal but for its declared look-ahead) and the two thresholds run over it.

    Parameters
    ----------
    model
        A model, the name of a bundled one or a folder. None: :data:`DEFAULT`, or
        :data:`RATE_ALONE` (said in a note) where gravity was removed from the acceleration.
    mounting
        ``"forward=+x, up=+z"`` for all feet, or one by label (``{"foot_l": …}``): the sensor axes
        that point forward and up while the foot is flat.

    Raises
    ------
    MissingInputError
        Where no sensor sits on a foot (the model's segment), or it is not known how it sits.
    GaitsmithError
        Where a rate is out of 50 to 400 Hz or a model is unknown.
    """
    notes: list[Note] = []
    net = _model(recording, model, notes)
    config = net.config
    segment = config.sensor
    sides = feet_of(recording, segment)  # type: ignore[arg-type]
    if not sides:
        raise MissingInputError(
            f"the recording has no inertial sensor on a {segment}", place=recording.name or None,
            found=", ".join(labels(recording)) or "no IMU", expected=f"{segment}_l or {segment}_r",
            remedy=_instead(recording, segment),
        )  # fmt: skip
    name = model if isinstance(model, str) else DEFAULT if model is None else "phase"
    if model is None and config.inputs == "gyr":
        name = RATE_ALONE
    feet: dict[Side, FootPhase] = {}
    out, rows = recording, []
    for side in sides:
        label = f"{segment}_{side[0]}"
        own = mounting.get(label) if isinstance(mounting, Mapping) else mounting
        foot = foot_signal(
            recording, side, segment=segment, gravity=config.inputs == "acc+gyr",  # type: ignore[arg-type]
            mounting=own, lateral=_lateral(recording, label), rate_hz=config.rate_hz,
        )  # fmt: skip
        notes += foot.notes
        feet[side] = f = follow(foot, net)
        data = np.column_stack([f.percent, f.stance, f.walking, f.confidence]).astype(float)
        out = out.with_stream(
            Stream("phase", data, ("percent", "stance", "walking", "confidence"), config.rate_hz,
                   foot.start, attrs={"model": str(name), "lookahead_s": config.lookahead / config.rate_hz}),
            f"phase_{label}",
        )  # fmt: skip
        sure = np.abs(2 * f.stance_probability - 1)
        for kind, times in (("strike", f.strikes), ("off", f.offs)):
            at = np.rint((times - foot.start) * foot.rate_hz).astype(int)
            rows += [Event(float(t), side, kind, str(name), float(0.5 + 0.5 * sure[max(0, i - 3) : i + 4].max()))  # type: ignore[arg-type]
                     for t, i in zip(times, at, strict=True)]  # fmt: skip
        if not f.walking.any():
            notes.append(Note("warning", f"imu {label}", "no walking was seen"))
    out = out.with_events(recording.events + Events(rows))
    return PhaseResult(out, feet, str(name), config.lookahead / config.rate_hz, tuple(notes))


def follow(foot: Foot, model: PhaseModel) -> FootPhase:
    """The model and its state machine run over one foot's signal."""
    said = model.output(foot.x)
    done = decide(said.stance, said.walking, model.config)
    lost = foot.lost
    unknown = lost | ~done.walking
    t = foot.times
    strikes, offs = (k[~lost[k]] for k in (done.strikes, done.offs))
    return FootPhase(
        foot, np.where(unknown, np.nan, said.percent), done.stance, done.walking & ~lost,
        said.stance, np.where(lost, 0.0, said.sure), t[strikes], t[offs],
    )  # fmt: skip


def _model(
    recording: Recording, asked: PhaseModel | str | os.PathLike[str] | None, notes: list[Note]
) -> PhaseModel:
    if isinstance(asked, PhaseModel):
        return asked
    if asked is not None:
        return PhaseModel.from_pretrained(asked)
    where = labels(recording)
    worn = [x for x in ("foot_l", "foot_r") if x in where]
    if worn and not any(from_stream(recording[where[x]], x).gravity for x in worn):
        notes.append(Note("warning", "imu", "gravity was removed from the acceleration: the model that "
                          "sees the angular rate alone is used, which is less exact"))  # fmt: skip
        return PhaseModel.from_pretrained(RATE_ALONE)
    return PhaseModel.from_pretrained(DEFAULT)


def _instead(recording: Recording, segment: str) -> str:
    """What else could be done where nobody wears a sensor on this segment."""
    own = [s for s in SENSORS if s != segment and feet_of(recording, s)]  # type: ignore[arg-type]
    if own:
        return f'the sensors here sit on a {own[0]}: ask for the model "phase-{own[0]}"'
    return f"say where a sensor sits: --place NAME={segment}_r"


def _lateral(recording: Recording, label: str) -> Array | None:
    """The sensor axis that a known layout says is lateral, only where gravity cannot tell up."""
    stream = recording[labels(recording)[label]]
    axis = stream.attrs.get("lateral_axis")
    if axis is None or from_stream(stream, label).gravity:
        return None
    return np.asarray(np.eye(3)[int(axis)])
