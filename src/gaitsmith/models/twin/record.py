"""Recordings to walks: which foot's clock, which strides, which speed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.errors import MissingInputError
from gaitsmith.gait.cycles import StrideSet
from gaitsmith.gait.reference import LEG_SHARE, leg_length
from gaitsmith.models.twin.walks import CHANNELS, LEGS, MIDLINE, Walks, leg_channels, rolled
from gaitsmith.recording import Note, Subject
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["Taken", "dimensionless", "take"]

Array = npt.NDArray[np.float64]

# Height (m) that stands for people whose size is not known.
_HEIGHT = 1.70
# A stride with more of a curve missing than this is not filled (share); what is filled is short.
_GAP = 0.1
_SIDES: tuple[Side, Side] = ("right", "left")


@dataclass(frozen=True)
class Taken:
    """A recording's walk.

    Attributes
    ----------
    strides
        One row a stride, on the clock of `side`; where that is the left foot, mirrored.
    side
        Foot whose strikes the clock counts from.
    notes
        What was assumed.
    """

    strides: Walks
    side: Side
    notes: tuple[Note, ...]

    @property
    def mean(self) -> Walks:
        """One row: the mean stride."""
        s = self.strides
        return Walks(
            s.curves.mean(axis=0)[None],
            s.speed[:1],
            s.person[:1],
            s.lab[:1],
            np.array([float(len(s))]),
            np.array([0.5]),
        )

    @property
    def late(self) -> float:
        """Share of the stride by which the other foot strikes after this one (median)."""
        late = self.strides.late
        return float(np.median(late[np.isfinite(late)])) if np.isfinite(late).any() else 0.5

    def label(self, channel: str) -> str:
        """The recording's own name of a walk's channel."""
        if self.side == "right" or channel in MIDLINE:
            return channel
        return channel[:-1] + ("l" if channel.endswith("r") else "r")

    def sign(self, channel: str) -> float:
        """What the recording's values are multiplied by to be the walk's."""
        return -1.0 if self.side == "left" and channel in MIDLINE[1:] else 1.0


def dimensionless(speed_m_s: float, subject: Subject) -> tuple[float, Note | None]:
    """v / sqrt(g · leg length), and what was assumed of the leg."""
    known = leg_length(subject)
    leg = LEG_SHARE * _HEIGHT if known is None else known[0]
    note = None if known is not None else Note(
        "assumption", "twin", f"height not known: {_HEIGHT:.2f} m stands for it (the speed is compared by leg length)"
    )  # fmt: skip
    return speed_m_s / float(np.sqrt(STANDARD_GRAVITY * leg)), note


def take(strides: StrideSet, speed_m_s: float | None, *, lab: str = "") -> Taken:
    """All typical whole strides of a recording as walks.

    Raises
    ------
    MissingInputError
        Where no stride has two of the channels.
    """
    notes: list[Note] = []
    speed = np.nan
    if speed_m_s is not None:
        speed, said = dimensionless(speed_m_s, strides.recording.subject)
        notes += [said] if said else []
    else:
        notes.append(Note("assumption", "twin", "speed not known: a comfortable one stands for it"))
    best: tuple[int, Side, Array, Array] | None = None
    for side in _SIDES:
        s = strides[side].typical()
        if not s.n:
            continue
        mirror = side == "left"
        curves = np.full((s.n, len(CHANNELS), 101), np.nan)
        for i, c in enumerate(CHANNELS):
            own = Taken(_EMPTY, side, ()).label(c)
            if own in s.labels:
                curves[:, i] = _filled(s[own]) * (-1.0 if mirror and c in MIDLINE[1:] else 1.0)
        late = s.percent("opposite_strike") / 100
        # The other leg is put half a stride later: a late strike is a matter of timing, told apart
        # from the joints of that leg.
        other = leg_channels("l")
        if np.isfinite(curves[:, other]).all(axis=2).any():
            shift = np.where(np.isfinite(late), 0.5 - late, 0.0)
            curves[:, other] = rolled(curves[:, other], shift)
        # Channels that most strides have; strides that have all of those.
        there = np.isfinite(curves).all(axis=2)
        kept = there.mean(axis=0) >= 0.5
        whole = there[:, kept].all(axis=1) if kept.any() else np.zeros(s.n, bool)
        curves[:, ~kept] = np.nan
        if kept.sum() >= 2 and whole.any():
            worth = int(whole.sum()) * 10 + int(kept.sum())
            if best is None or worth > best[0]:
                best = (worth, side, curves[whole], late[whole])
    if best is None:
        raise MissingInputError(
            "no whole stride with joint angles", place="strides", found=f"{strides.n} stride{'s' if strides.n != 1 else ''}",
            expected=f"two or more of {', '.join((*MIDLINE, *LEGS))} over a stride",
            remedy="give a longer walk, or solve joint angles first (gaitsmith solve)",
        )  # fmt: skip
    _, side, curves, late = best
    n = len(curves)
    present = np.isfinite(curves[0]).all(axis=1)
    missing = [c for c, p in zip(CHANNELS, present, strict=True) if not p]
    if missing:
        notes.append(Note("warning", "twin", f"{len(missing)} of {len(CHANNELS)} curves are not there "
                          f"({', '.join(Taken(_EMPTY, side, ()).label(c) for c in missing)}): what shows there only is not found"))  # fmt: skip
    if n < 3:
        notes.append(Note("warning", "twin", f"{n} stride{'s' if n > 1 else ''} only: scores vary from stride to stride"))  # fmt: skip
    who = strides.recording.subject.id or "person"
    walks = Walks(curves, np.full(n, speed), np.full(n, who), np.full(n, lab), np.ones(n), late)
    return Taken(walks, side, tuple(notes))


def _filled(curves: Array) -> Array:
    """Short gaps of a stride bridged by a line (strides × 101); long ones stay."""
    out = curves.copy()
    x = np.arange(curves.shape[1])
    for row in out:
        bad = ~np.isfinite(row)
        if bad.any() and bad.mean() <= _GAP:
            row[bad] = np.interp(x[bad], x[~bad], row[~bad])
    return out


_EMPTY = Walks(np.zeros((0, len(CHANNELS), 101)), np.zeros(0), np.zeros(0, str), np.zeros(0, str), np.zeros(0), np.zeros(0))  # fmt: skip
