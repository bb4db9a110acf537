"""Which plate carried which foot, when: contacts, decided by where the feet were.

A file's claim (a label, external loads of a model) is believed only where nothing contradicts it.
In order: the markers or joint centres of the feet near the centre of pressure; the file's claim;
on a split belt the side of the centre of pressure; else the sideways push of the ground, which
points towards the middle of the body while a foot carries it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side, side_of
from gaitsmith.gait.feet import SIDES, Foot, feet
from gaitsmith.gait.loading import Load, loads
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
# The foot nearest the centre of pressure must be within this (m) to be the one that loads it.
_NEAR = 0.20
# Share of the samples of one contact that may lie nearer the other foot.
_OTHER_FOOT = 0.15
# Heel or toe may lie this far (m) outside a plate: markers sit off the sole's edge.
_EDGE = 0.05
# A foot is shorter than this (m): the centre of pressure travels no further overground.
_FOOT_LENGTH = 0.42
# Centres of pressure of two belts lie further apart sideways (m) than this.
_APART = 0.03
# Sideways force as a share of the vertical one: in straight walking about 0.01 to 0.06 towards the
# middle (Winter, Biomechanics and Motor Control, 4th ed., ch. 5). A lone contact's foot can be told
# between these bounds (beyond them the person turns); of several steps in a row the alternating
# part can be told from far less, because a turn pushes all of them to one side.
_PUSH_ALONE, _PUSH_ROW = (0.008, 0.07), 0.0025
# Two contacts belong to successive steps if the second begins at most this long (s) after the
# first ends (in running there is a flight between them).
_NEXT_STEP_S = 0.35
# Samples taken within a contact.
_SAMPLES = 24


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


def corners(stream: Stream, label: str) -> Array | None:
    """Corners (4, 3) in metres of the plate behind a column, where the file gave them."""
    given: Any = stream.attrs.get("corners")
    one: Any = None
    if isinstance(given, Mapping):
        one = given.get(label)
    elif isinstance(given, Sequence) and stream.index(label) < len(given):
        one = given[stream.index(label)]
    if one is None:
        return None
    array = np.asarray(one, dtype=np.float64)
    return array if array.shape == (4, 3) and bool(np.isfinite(array).all()) else None


def claimed_sides(stream: Stream) -> dict[str, Side | None]:
    """The side that the file claims for each column: by its label, or ``attrs["claimed_bodies"]``.

    The latter maps labels to bodies of a model (``{"plate_1": "calcn_r"}``), or lists them in the
    order of the columns.
    """
    bodies: Any = stream.attrs.get("claimed_bodies")
    out: dict[str, Side | None] = {}
    for i, label in enumerate(stream.labels):
        body: Any = None
        if isinstance(bodies, Mapping):
            body = bodies.get(label)
        elif isinstance(bodies, Sequence) and not isinstance(bodies, str) and i < len(bodies):
            body = bodies[i]
        out[label] = (side_of(str(body)) if body else None) or side_of(label)
    return out


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
    points = recording.points
    the_feet = feet(points) if points is not None else {}
    claims = claimed_sides(stream)
    if len(the_feet) == 2 and points is not None:
        found = [_by_points(c, stream, points, the_feet) for c in found]
        notes += _contradictions(found, claims, name)
    found = _rejected_by_load(found)
    if any(c.side is not None for c in found):
        found = _like_the_others(found)
    else:
        found, said = _without_points(found, stream, claims, name)
        notes += said
    for reason in dict.fromkeys(c.rejected for c in found if c.rejected):
        which = [c for c in found if c.rejected == reason]
        where = ", ".join(f"{c.column} at {c.start_s:.2f} s" for c in which[:4])
        more = f" and {len(which) - 4} more" if len(which) > 4 else ""
        notes.append(Note("warning", name, f"contact left out, {reason}: {where}{more}"))
    return found, notes


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


def _inside(contact: Contact, stream: Stream) -> tuple[Array, Array, Array]:
    """Times (m,), force (m, 3) and centre of pressure (m, 3) at samples within a contact."""
    times = np.linspace(contact.start_s, contact.end_s, _SAMPLES + 2)[1:-1]
    column = stream[contact.column]
    clock = stream.times
    at = np.clip(np.searchsorted(clock, times), 0, len(clock) - 1)
    return clock[at], column[at, :3], column[at, 3:6]


def _track(clock: Array, track: Array, times: Array) -> Array:
    """A point's position (m, 3) at `times`, NaN outside its clock."""
    return np.column_stack(
        [np.interp(times, clock, track[:, k], left=np.nan, right=np.nan) for k in range(3)]
    )


def _distance(cop: Array, foot: Foot, clock: Array, times: Array) -> Array:
    """Horizontal distance (m,) from the centre of pressure to the line from heel to toe."""
    a = _track(clock, foot.back, times)[:, [0, 2]]
    b = _track(clock, foot.front, times)[:, [0, 2]]
    p = cop[:, [0, 2]]
    along = b - a
    length = np.maximum(np.sum(along**2, axis=1), 1e-9)
    part = np.clip(np.sum((p - a) * along, axis=1) / length, 0.0, 1.0)
    nearest: Array = np.linalg.norm(p - a - part[:, None] * along, axis=1)
    return nearest


def _by_points(
    contact: Contact, stream: Stream, points: Stream, the_feet: dict[Side, Foot]
) -> Contact:
    times, force, cop = _inside(contact, stream)
    clock = points.times
    firm = force[:, 1] > 0.2 * contact.peak_n
    d = np.stack([_distance(cop, the_feet[s], clock, times) for s in SIDES], axis=1)
    d = d[firm & np.isfinite(d).all(axis=1)]
    if len(d) < 4:
        return contact
    nearer = np.argmin(d, axis=1)
    share = float(np.mean(nearer == 1))
    side = SIDES[int(share > 0.5)]
    near = float(np.median(np.min(d, axis=1)))
    if near > _NEAR:
        # Nobody's foot is there: another person, or plates and points in different frames.
        words = f"no foot is near its centre of pressure (nearest {near:.2f} m)"
        return replace(contact, rejected=contact.rejected or words)
    rejected = contact.rejected
    if min(share, 1 - share) > _OTHER_FOOT and rejected is None:
        rejected = "both feet were on the plate"
    return replace(
        contact, side=side, by="points", confidence=max(share, 1 - share),
        rejected=rejected or _off_the_edge(contact, stream, points, the_feet[side]),
    )  # fmt: skip


def _off_the_edge(contact: Contact, stream: Stream, points: Stream, foot: Foot) -> str | None:
    """Why the foot was not wholly on its plate, or None."""
    plate = corners(stream, contact.column)
    if plate is None or foot.heel is None or foot.toe is None:
        return None
    clock = points.times
    middle = np.array([0.5 * (contact.start_s + contact.end_s)])
    for track, words in ((foot.heel, "the heel"), (foot.toe, "the toes")):
        at = _track(clock, track, middle)[0, [0, 2]]
        if np.isfinite(at).all() and _outside(at, plate[:, [0, 2]]) > _EDGE:
            return f"{words} stood beside the plate"
    return None


def _outside(point: Array, polygon: Array) -> float:
    """How far (m) a point lies outside a convex polygon (n, 2); 0 inside."""
    a, b = polygon, np.roll(polygon, -1, axis=0)
    edge, to = b - a, point - a
    turn = edge[:, 0] * to[:, 1] - edge[:, 1] * to[:, 0]
    if np.all(turn >= 0) or np.all(turn <= 0):
        return 0.0
    part = np.clip(np.sum(to * edge, axis=1) / np.maximum(np.sum(edge**2, axis=1), 1e-12), 0, 1)
    return float(np.min(np.linalg.norm(to - part[:, None] * edge, axis=1)))


def _contradictions(found: list[Contact], claims: dict[str, Side | None], name: str) -> list[Note]:
    """A note for each column whose contacts are of the foot that the file does not claim."""
    notes = []
    for label, claim in claims.items():
        sides = [c.side for c in found if c.column == label and c.side is not None]
        wrong = [s for s in sides if claim is not None and s != claim]
        if wrong:
            which = "all" if len(wrong) == len(sides) else f"{len(wrong)} of {len(sides)}"
            notes.append(Note("warning", f"{name}, {label}",
                              f"the file claims the {claim} foot, but {which} of its contacts lie "
                              f"under the {wrong[0]} foot; decided by contact"))  # fmt: skip
    return notes


def _without_points(
    found: list[Contact], stream: Stream, claims: dict[str, Side | None], name: str
) -> tuple[list[Contact], list[Note]]:
    """Sides where no feet are seen: the file's claim, the side of the belt, the sideways push."""
    used = {c.column for c in found}
    claimed = [claims[x] for x in stream.labels if x in used]
    sensible = None not in claimed and not (len(used) > 1 and len(set(claimed)) == 1)
    if sensible:
        return [replace(c, side=claims[c.column], by="file") for c in found], []
    notes = []
    if None not in claimed:
        notes.append(Note("warning", name, f"the file claims the {claimed[0]} foot for every plate; "
                          "decided by contact"))  # fmt: skip
    forward = _forward(found, stream)
    if forward is None:
        return found, notes
    right = np.array([-forward[2], 0.0, forward[0]])
    by_column = _belts(found, stream, right)
    if by_column is not None:
        said = ", ".join(f"{label} the {side} foot" for label, side in by_column.items())
        notes.append(Note("assumption", name, "no points show the feet; walking direction from the "
                          "braking and pushing forces, each belt one foot by the side of its "
                          f"centre of pressure: {said}"))  # fmt: skip
        return [replace(c, side=by_column[c.column], by="belt side", confidence=0.9)
                for c in found], notes  # fmt: skip
    pushed = _by_push(found, stream, right)
    if any(c.side for c in pushed):
        notes.append(Note("assumption", name, "no points show the feet; each contact's foot is the "
                          "one that the ground's sideways force pushes towards the middle"))  # fmt: skip
    return pushed, notes


def _forward(found: list[Contact], stream: Stream) -> Array | None:
    """Walking direction (3,) from forces alone: late minus early horizontal force of the contacts.

    The ground brakes in the first half of a stance and pushes in the second.
    """
    total = np.zeros(3)
    size = 0.0
    for c in found:
        if c.whole and c.rejected is None:
            _, force, _ = _inside(c, stream)
            force = np.nan_to_num(force)
            half = len(force) // 2
            total += force[half:].sum(axis=0) - force[:half].sum(axis=0)
            size += float(np.abs(force[:, 1]).sum())
    total[1] = 0.0
    length = float(np.linalg.norm(total))
    # In walking braking and pushing are about 0.1 to 0.2 of the vertical force.
    return total / length if size > 0 and length > 0.02 * size else None


def _belts(found: list[Contact], stream: Stream, right: Array) -> dict[str, Side] | None:
    """The foot of each of two belts by the side of its centre of pressure; None: no split belt."""
    side_ways: dict[str, float] = {}
    for label in stream.labels:
        mine = [c for c in found if c.column == label and c.rejected is None]
        if mine:
            if len(mine) < 3:
                return None
            places = []
            for c in mine:
                _, force, cop = _inside(c, stream)
                firm = force[:, 1] > 0.5 * c.peak_n
                places.append(np.nanmedian(cop[firm] @ right) if firm.any() else np.nan)
            side_ways[label] = float(np.nanmedian(places))
    if len(side_ways) != 2 or not np.isfinite(list(side_ways.values())).all():
        return None
    (a, at_a), (b, at_b) = side_ways.items()
    if abs(at_a - at_b) < _APART:
        return None
    return {a: "right", b: "left"} if at_a > at_b else {a: "left", b: "right"}


def _by_push(found: list[Contact], stream: Stream, right: Array) -> list[Contact]:
    """Sides by the sideways push, rows of successive steps decided together."""
    row: list[int] = []
    rows: list[list[int]] = []
    order = sorted(range(len(found)), key=lambda i: found[i].start_s)
    for i in (i for i in order if found[i].rejected is None):
        if row and found[i].start_s - found[row[-1]].end_s > _NEXT_STEP_S:
            rows.append(row)
            row = []
        row.append(i)
    rows.append(row)
    out = list(found)
    for row in (r for r in rows if r):
        push = []
        for i in row:
            _, force, _ = _inside(found[i], stream)
            force = np.nan_to_num(force)
            push.append(float((force @ right).sum() / max(force[:, 1].sum(), 1e-9)))
        sign = (-1.0) ** np.arange(len(row))
        # Positive: the first foot is pushed to the right, so it is the left one.
        first = float(np.mean(sign * np.array(push)))
        low, high = _PUSH_ALONE if len(row) == 1 else (_PUSH_ROW, np.inf)
        if low <= abs(first) <= high:
            for i, s in zip(row, sign, strict=True):
                side: Side = "left" if s * first > 0 else "right"
                out[i] = replace(found[i], side=side, by="sideways push", confidence=0.7)
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
