"""Which plate carried which foot, when: contacts, decided by where the feet were.

A file's claim (a label, external loads of a model) is believed only where nothing contradicts it.
In order: the markers or joint centres of the feet near the centre of pressure; the file's claim;
on a split belt the side of the centre of pressure; else the sideways push of the ground, which
points towards the middle of the body while a foot carries it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.gait.blur import Blur, blur
from gaitsmith.gait.feet import SIDES, feet
from gaitsmith.gait.loading import Load, loads
from gaitsmith.gait.which_foot import (
    belts_beyond_points,
    by_points,
    claimed_sides,
    contradictions,
    corners,
    without_points,
)
from gaitsmith.streams import Stream
from gaitsmith.subject import Note

if TYPE_CHECKING:
    from gaitsmith.recording import Recording

__all__ = ["Contact", "Contacts", "claimed_sides", "contacts", "corners", "foot_forces"]

Array = npt.NDArray[np.float64]

# A contact's largest force below this share of the largest of all is only part of a foot.
_PART_LOAD = 0.6
# A contact shorter than this share of the longest is cut by the plate's edge; longer than that
# multiple of the median, two feet or a pivot. The stance of the two legs differs by less even in
# hemiparetic gait (paretic to sound about 0.8; Patterson et al. 2010, Gait Posture 31:241).
_SHORT, _LONG = 0.62, 1.6
# Nobody walks with stances longer than this (s), unless all are as long.
_STANDING_S = 1.8


@dataclass(frozen=True)
class Contact:
    """One interval in which a plate carried a foot.

    Attributes
    ----------
    stream, column
        Name of the forces stream, label of its column.
    start_s, end_s
        Seconds; ``from_start`` and ``to_end`` say that the record was cut there.
    peak_n
        98th percentile of the vertical force (N).
    side
        The foot, None where it could not be decided.
    by
        How the side is known: ``"points"``, ``"other contacts"`` (of the same plate), ``"file"``,
        ``"belt side"``, ``"sideways push"``.
    rejected
        Why it is no whole contact of one foot, in words; None where it is.
    confidence
        0 to 1.
    struck_by
        Of a rejected contact: the foot whose heel strike its beginning nevertheless is; None where
        the plate has no outline or that cannot be said.
    early_s, late_s
        How long before the strike it begins, and after the off it ends, as the forces were
        low-pass filtered (:mod:`gaitsmith.gait.blur`); 0 where they were not.
    """

    stream: str
    column: str
    start_s: float
    end_s: float
    from_start: bool
    to_end: bool
    peak_n: float
    side: Side | None = None
    by: str = ""
    rejected: str | None = None
    confidence: float = 1.0
    struck_by: Side | None = None
    early_s: float = 0.0
    late_s: float = 0.0

    @property
    def strike_s(self) -> float:
        """When the foot struck (s)."""
        return self.start_s + self.early_s

    @property
    def off_s(self) -> float:
        """When the foot left (s)."""
        return self.end_s - self.late_s

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return self.end_s - self.start_s

    @property
    def whole(self) -> bool:
        """Whether the record holds its beginning and its end."""
        return not (self.from_start or self.to_end)


@dataclass(frozen=True)
class Contacts:
    """All contacts in order of time, and what was assumed."""

    contacts: tuple[Contact, ...]
    notes: tuple[Note, ...] = ()

    @property
    def good(self) -> tuple[Contact, ...]:
        """The contacts of one known foot."""
        return tuple(c for c in self.contacts if c.rejected is None and c.side is not None)


def contacts(recording: Recording, *, zeroed: bool = True, low_n: float | None = None) -> Contacts:
    """Every contact with a plate, the foot it belongs to, and why some are no whole contact.

    An empty result where the recording has no forces or no plate was stepped on. For `zeroed` and
    `low_n` see :func:`gaitsmith.gait.loading.loads`.
    """
    found: list[Contact] = []
    notes: list[Note] = []
    for name, stream in recording.of_kind("forces").items():
        some, said = _of_stream(recording, name, stream, zeroed, low_n)
        found += some
        notes += said
    return Contacts(tuple(sorted(found, key=lambda c: (c.start_s, c.column))), tuple(notes))


def _of_stream(
    recording: Recording, name: str, stream: Stream, zeroed: bool, low_n: float | None
) -> tuple[list[Contact], list[Note]]:
    times = stream.times
    found: list[Contact] = []
    notes: list[Note] = []
    for k, label in enumerate(stream.labels):
        some, rest = loads(times, stream.data[:, k, 1], zeroed=zeroed, low_n=low_n)
        if rest is None and np.isfinite(stream.data[:, k, 1]).any():
            notes.append(Note("warning", f"{name}, {label}",
                              "the plate is never unloaded, so no contact can be told apart"))  # fmt: skip
        elif rest is not None and some and (abs(rest.level) > 10 or rest.noise > 5):
            notes.append(Note("assumption", f"{name}, {label}",
                              f"the unloaded plate reads {rest.level:.0f} N with a noise of "
                              f"{rest.noise:.0f} N"
                              + ("; contacts are measured from that level" if zeroed else "")))  # fmt: skip
        found += [_contact(name, label, load) for load in some]
    if not found:
        return [], notes
    if low_n is None:
        found, said = _unblurred(found, stream, name)
        notes += said
    points = recording.points
    the_feet = feet(points) if points is not None else {}
    claims = claimed_sides(stream)
    if len(the_feet) == 2 and points is not None:
        found = [by_points(c, stream, points, the_feet) for c in found]
        notes += contradictions(found, claims, name)
    found = _rejected_by_load(found)
    if any(c.side is not None for c in found):
        found, said = belts_beyond_points(_like_the_others(found), stream, name)
        notes += said
    else:
        found, said = without_points(found, stream, claims, name)
        notes += said
    for reason in dict.fromkeys(c.rejected for c in found if c.rejected):
        which = [c for c in found if c.rejected == reason]
        where = ", ".join(f"{c.column} at {c.start_s:.2f} s" for c in which[:4])
        more = f" and {len(which) - 4} more" if len(which) > 4 else ""
        notes.append(Note("warning", name, f"contact left out, {reason}: {where}{more}"))
    return found, notes


def _unblurred(found: list[Contact], stream: Stream, name: str) -> tuple[list[Contact], list[Note]]:
    """Contacts that know how far a low-pass of the forces moved their edges."""
    strikes = [(stream.index(c.column), c.start_s) for c in found if not c.from_start]
    smeared = blur(stream.times, stream.data[:, :, 1], strikes)
    if smeared is None:
        return found, []
    return [replace(c, early_s=smeared.early_s, late_s=smeared.late_s) for c in found], [
        Note("assumption", name, _blurred(smeared))
    ]


def _blurred(smeared: Blur) -> str:
    words = ("the forces look low-pass filtered: they rise "
             f"{1e3 * smeared.early_s:.0f} ms before the foot strikes")  # fmt: skip
    if smeared.late_s >= 5e-4:
        words += f" and end {1e3 * smeared.late_s:.0f} ms after it has left"
    return words + ", which is taken off the times of the events"


def _contact(name: str, label: str, load: Load) -> Contact:
    return Contact(name, label, load.start_s, load.end_s, load.from_start, load.to_end, load.peak_n)


def _rejected_by_load(found: list[Contact]) -> list[Contact]:
    """Contacts marked that carry too little, or last too short or too long, for one whole foot."""
    most = max(c.peak_n for c in found)
    whole = [
        c.duration_s
        for c in found
        if c.whole and c.rejected is None and c.peak_n >= _PART_LOAD * most
    ]
    typical = float(np.median(whole)) if whole else np.nan
    longest = max((d for d in whole if d <= _LONG * typical), default=np.nan)
    out = []
    for c in found:
        reason = c.rejected
        if reason is not None:
            pass
        elif c.whole and c.peak_n < _PART_LOAD * most:
            reason = "it carried only part of the body's weight"
        elif c.whole and c.duration_s < _SHORT * longest:
            reason = "it is too short for a whole stance (cut by the plate's edge?)"
        elif c.duration_s > (_LONG * typical if len(whole) >= 3 else _STANDING_S):
            reason = "it is too long for one stance (two feet, a pivot, or standing?)"
        out.append(replace(c, rejected=reason))
    return out


def _like_the_others(found: list[Contact]) -> list[Contact]:
    """Contacts during which no feet were seen take the side that their column always has."""
    always: dict[str, set[Side]] = {}
    for c in found:
        if c.side is not None:
            always.setdefault(c.column, set()).add(c.side)
    out = []
    for c in found:
        sides = always.get(c.column, set())
        many = sum(x.column == c.column and x.side is not None for x in found) >= 3
        if c.side is None and c.rejected is None and len(sides) == 1 and many:
            c = replace(c, side=next(iter(sides)), by="other contacts", confidence=0.9)
        out.append(c)
    return out


def foot_forces(recording: Recording) -> Stream | None:
    """The forces under each foot, labels ``foot_l`` and ``foot_r``, from the contacts.

    On the clock of the first forces stream. Where a plate carries a foot, its row of the stream;
    where two do at once, their sum with the centre of pressure weighted by vertical force. Outside
    the contacts 0 for columns that the foot always comes back to (three contacts or more, as on a
    treadmill, or a column that the file gives to a foot), NaN for plates stepped on in passing:
    there the foot may stand on the floor. None where no contact's foot is known.
    """
    streams = recording.of_kind("forces")
    if not streams:
        return None
    name, stream = next(iter(streams.items()))
    good = [c for c in contacts(recording).good if c.stream == name]
    if not good:
        return None
    times = stream.times
    out = np.full((len(times), 2, 7), np.nan)
    for i, side in enumerate(SIDES):
        mine = [c for c in good if c.side == side]
        always = {c.column for c in mine if sum(x.column == c.column for x in mine) >= 3}
        if always or f"foot_{side[0]}" in stream.labels:
            out[:, i] = (0, 0, 0, np.nan, np.nan, np.nan, 0)
        for c in mine:
            at = slice(*np.searchsorted(times, (c.start_s - 1e-9, c.end_s + 1e-9)))
            old, new = out[at, i].copy(), stream[c.column][at]
            both = old[:, 1] > 0
            weight = np.where(both, new[:, 1] / np.where(both, old[:, 1] + new[:, 1], 1.0), 1.0)
            joined = new.copy()
            joined[both, :3] += old[both, :3]
            joined[both, 6] += old[both, 6]
            place = weight[:, None] * new[:, 3:6] + (1 - weight[:, None]) * old[:, 3:6]
            joined[both, 3:6] = place[both]
            out[at, i] = joined
    return Stream("forces", out, ("foot_l", "foot_r"), rate=stream.rate, start=stream.start,
                  time=stream.time)  # fmt: skip
