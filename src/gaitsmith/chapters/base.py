"""What every chapter is given, and small helpers for their words and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith import channels
from gaitsmith.channels import Side
from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Events, Note, Recording, Stream
from gaitsmith.sections import Curve

if TYPE_CHECKING:
    from gaitsmith.gait.cycles import Strides, StrideSet
    from gaitsmith.gait.events import Detection
    from gaitsmith.gait.frame import Progression
    from gaitsmith.gait.reference import Reference

__all__ = [
    "SIDES",
    "Context",
    "counted",
    "lacking",
    "listed",
    "mean_curves",
    "number",
    "shown_sign",
    "thinned",
]

SIDES: tuple[Side, ...] = ("left", "right")
# Single strides drawn at most, per side: more only blacken the picture.
_THIN = 12


@dataclass(frozen=True)
class Context:
    """Everything that was found before the chapters are written.

    Attributes
    ----------
    recording
        With events, points turned to x forward, and points made from angles where needed.
    strides
        None where no events could be found.
    detection
        The events with their method; None where there are none.
    progression
        Direction and speed; None without points.
    speed
        Walking speed (m/s) and where it comes from; None where it is not known.
    reference
        Normative curves at that speed; None where none fits.
    others
        The events of every other method that could run, the file's own among them, by name.
    unjudged
        Why nothing is compared with a reference and no estimate is made; "" where that may be.
    osim
        The person's scaled OpenSim model, where one was given.
    lab_angles
        The file's own angles, the pelvis' rotation as it stands in the lab; None where it has none.
    """

    recording: Recording
    strides: StrideSet | None = None
    detection: Detection | None = None
    progression: Progression | None = None
    speed: tuple[float, str] | None = None
    reference: Reference | None = None
    others: Mapping[str, Events] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    made_points: bool = False
    unjudged: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    osim: Any = None
    lab_angles: Stream | None = None

    def strides_of(self, side: Side) -> Strides:
        """The strides of one foot; only where there are strides."""
        assert self.strides is not None
        return self.strides[side]

    @property
    def relative_angles(self) -> bool:
        """Whether the angles count from a skeleton's rest pose, not from anatomical zero."""
        angles = self.recording.angles
        return angles is not None and angles.attrs.get("zero") == "rest pose"

    @property
    def fitted_angles(self) -> bool:
        """Whether the angles were fitted to points here, so that their zero is our model's."""
        angles = self.recording.angles
        return angles is not None and angles.attrs.get("made_from") == "points"

    @property
    def pelvis_offset(self) -> float | None:
        """How far (deg, backward) the mean pelvic tilt lies beyond three SD of the reference, or None.

        Models place the pelvis' zero differently; what they put into the tilt they take from hip
        flexion, whose level then says nothing.
        """
        strides, reference = self.strides, self.reference
        if strides is None or reference is None or "pelvis_tilt" not in reference:
            return None
        means = [np.nanmean(strides[s]["pelvis_tilt"]) for s in strides.sides
                 if "pelvis_tilt" in strides[s] and np.isfinite(strides[s]["pelvis_tilt"]).any()]  # fmt: skip
        if not means:
            return None
        mean = float(np.mean(means))
        away = abs(mean - float(reference.mean("pelvis_tilt").mean()))
        return mean if away > 3 * float(reference.sd("pelvis_tilt").mean()) else None

    @property
    def ground(self) -> str:
        """``"treadmill"`` or ``"overground"``; "" where the signals do not tell."""
        points, way = self.recording.points, self.progression
        if points is not None and points.attrs.get("pelvis") == "held":
            # Angles alone with the pelvis' place unknown do not tell a belt from the ground.
            return ""
        if way is not None:
            return way.mode
        if self.strides is None or not self.strides.n:
            return ""
        from gaitsmith.gait.parameters import in_place

        return "treadmill" if in_place(self.strides) else ""

    @property
    def walked(self) -> bool:
        """Whether there is at least one whole stride."""
        return self.strides is not None and self.strides.n > 0


def shown_sign(name: str, side: Side) -> float:
    """Factor that brings a channel to the sign gait laboratories plot, for one side."""
    row = channels.channels().get(channels.coordinate_of(name)) or channels.channels().get(name)
    if row is None:
        return 1.0
    mirrored = row.mirror_sign if row.side is None and side == "left" else 1.0
    return row.report_sign * mirrored


def thinned(n: int, most: int = _THIN) -> npt.NDArray[np.intp]:
    """At most `most` of n indices, evenly spread."""
    return (
        np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.intp))
        if n
        else np.zeros(0, np.intp)
    )


def mean_curves(strides: Strides, name: str, factor: float = 1.0) -> list[Curve]:
    """All strides thin and their mean strong, in the colour of the side."""
    values = strides[name] * factor
    if not np.isfinite(values).any():
        return []
    x = strides.percent_axis
    some = [Curve(x, values[i], colour=strides.side, thin=True) for i in thinned(len(values))
            if np.isfinite(values[i]).any()]  # fmt: skip
    return [*some, Curve(x, strides.mean(name) * factor, label=strides.side, colour=strides.side)]


def number(value: float, decimals: int) -> str:
    """A number for a sentence: a true minus sign, and no minus before a rounded zero."""
    text = f"{value:.{decimals}f}"
    return f"{0:.{decimals}f}" if float(text) == 0 else text.replace("-", "−")


def counted(left: int, right: int, what: str) -> str:
    """``2 left strides and 1 right stride``; one foot alone is named alone."""
    feet = [(n, side) for n, side in ((left, "left"), (right, "right")) if n]
    if len({n == 1 for n, _ in feet}) == 1:
        plural = "" if feet[0][0] == 1 else "s"
        return f"{listed(f'{n} {side}' for n, side in feet)} {what}{plural}"
    return listed(f"{n} {side} {what}{'' if n == 1 else 's'}" for n, side in feet)


def lacking(what: str, error: GaitsmithError) -> str:
    """What could not be done, why, and what to do about it, as a sentence."""
    remedy = (error.remedy or "").replace("--mounting", "gaitsmith phase FILE --mounting")
    return f"{what}: {error.problem}" + (f" ({remedy})." if remedy else ".")


def listed(words: Iterable[str]) -> str:
    """``a, b and c``."""
    items: Sequence[str] = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"
