"""Which foot a contact belongs to: by markers, by the file's claim, by the side of a belt, by push.

See `contacts.py` for the order in which these are believed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side, side_of
from gaitsmith.gait.feet import SIDES, Foot
from gaitsmith.streams import Stream
from gaitsmith.subject import Note

if TYPE_CHECKING:
    from gaitsmith.gait.contacts import Contact

__all__ = [
    "belts_beyond_points",
    "by_points",
    "claimed_sides",
    "contradictions",
    "corners",
    "without_points",
]

Array = npt.NDArray[np.float64]

# The foot nearest the centre of pressure must be within this (m) to be the one that loads it.
_NEAR = 0.20
# Share of the samples of one contact that may lie nearer the other foot.
_OTHER_FOOT = 0.15
# Heel or toe may lie this far (m) outside a plate: markers sit off the sole's edge.
_EDGE = 0.05
# Instants (s) after the beginning of a contact at which it is seen who came down.
_TOUCH_S = (0.0, 0.03, 0.06)
# A foot is shorter than this (m): overground the centre of pressure of one foot travels no further.
_FOOT_LENGTH = 0.42
# Centres of pressure of two belts lie further apart sideways (m) than this.
_APART = 0.03
# Sideways force as a share of the vertical one, mean over a stance: 0.003 to 0.06 towards the middle
# in the straight walks of eleven people (mcgill_children, opensim), 0.04 to 0.19 towards the
# inside of the curve in turns. A lone contact's foot can be told between these bounds; of several
# steps in a row the alternating part can be told from far less, because a turn pushes all of them
# to one side.
_PUSH_ALONE, _PUSH_ROW = (0.008, 0.07), 0.0025
# Two contacts belong to successive steps if the second begins at most this long (s) after the
# first ends (in running there is a flight between them).
_NEXT_STEP_S = 0.35
# Samples taken within a contact.
_SAMPLES = 24


def corners(stream: Stream, label: str) -> Array | None:
    """Corners (4, 3) in metres of the plate behind a column, where the file gave them."""
    given: Any = stream.attrs.get("corners")
    one: Any = None
    if isinstance(given, Mapping):
        one = given.get(label)
    elif (
        isinstance(given, Sequence)
        and not isinstance(given, str)
        and stream.index(label) < len(given)
    ):
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


def inside(contact: Contact, stream: Stream) -> tuple[Array, Array, Array]:
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


def by_points(
    contact: Contact, stream: Stream, points: Stream, the_feet: dict[Side, Foot]
) -> Contact:
    """The contact with the foot that was nearest its centre of pressure, or rejected: nobody's foot
    was there, both were, or part of the foot stood beside the plate.
    """
    times, force, cop = inside(contact, stream)
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
    rejected = rejected or _off_the_edge(contact, stream, points, the_feet[side])
    struck = None if rejected is None else _struck(contact, stream, points, the_feet)
    return replace(
        contact, side=side, by="points", confidence=max(share, 1 - share), rejected=rejected,
        struck_by=struck,
    )  # fmt: skip


def _struck(
    contact: Contact, stream: Stream, points: Stream, the_feet: dict[Side, Foot]
) -> Side | None:
    """The foot whose strike the beginning of a contact is: its heel came down on the plate while the
    other foot was nowhere on it. None where that cannot be said.

    It holds for contacts too that are no whole stance, since another foot followed or the toes came
    down beside the plate.
    """
    plate = corners(stream, contact.column)
    if plate is None:
        return None
    times = contact.start_s + np.array(_TOUCH_S)
    outline = plate[:, [0, 2]]

    def beside(track: Array | None) -> float:
        """Least distance (m) from the plate at its beginning; NaN where the point is not seen."""
        if track is None:
            return np.nan
        return min(_outside(p, outline) for p in _track(points.times, track, times)[:, [0, 2]])

    down = [s for s in SIDES if the_feet[s].heel is not None and beside(the_feet[s].heel) == 0]
    away = [s for s in SIDES if min(beside(the_feet[s].back), beside(the_feet[s].front)) > _EDGE]
    return down[0] if len(down) == 1 and set(down) | set(away) == set(SIDES) else None


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


def contradictions(found: list[Contact], claims: dict[str, Side | None], name: str) -> list[Note]:
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


def without_points(
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
    found = [_one_foot_long(c, stream, forward) for c in found]
    pushed = _by_push(found, stream, right)
    if any(c.side for c in pushed):
        notes.append(Note("assumption", name, "no points show the feet; each contact's foot is the "
                          "one that the ground's sideways force pushes towards the middle"))  # fmt: skip
    return pushed, notes


def belts_beyond_points(
    found: list[Contact], stream: Stream, name: str
) -> tuple[list[Contact], list[Note]]:
    """Sides of contacts that no points saw, on a split belt whose seen contacts agree with it.

    The forces of a treadmill are often recorded for longer than the positions. Where each belt
    has carried one foot only, the same foot by the side of its centre of pressure as by the
    points, the rest follow.
    """
    seen = [c for c in found if c.side is not None and c.rejected is None]
    if not seen or all(c.side is not None or c.rejected for c in found):
        return found, []
    forward = _forward(found, stream)
    if forward is None:
        return found, []
    by_column = _belts(found, stream, np.array([-forward[2], 0.0, forward[0]]))
    if by_column is None or any(by_column[c.column] != c.side for c in seen):
        return found, []
    said = ", ".join(f"{label} the {side} foot" for label, side in by_column.items())
    note = Note("assumption", name, "where no points show the feet, each belt carries the foot that "
                f"it carried where they do: {said}")  # fmt: skip
    return [c if c.side is not None or c.rejected else
            replace(c, side=by_column[c.column], by="belt side", confidence=0.9) for c in found], [note]  # fmt: skip


def _forward(found: list[Contact], stream: Stream) -> Array | None:
    """Walking direction (3,) from forces alone: late minus early horizontal force of the contacts.

    The ground brakes in the first half of a stance and pushes in the second.
    """
    total = np.zeros(3)
    size = 0.0
    for c in found:
        if c.whole and c.rejected is None:
            _, force, _ = inside(c, stream)
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
                _, force, cop = inside(c, stream)
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
            _, force, _ = inside(found[i], stream)
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


def _one_foot_long(contact: Contact, stream: Stream, forward: Array) -> Contact:
    """Rejected where the centre of pressure travels further than one foot is long."""
    _, force, cop = inside(contact, stream)
    along = (cop @ forward)[(force[:, 1] > 0.2 * contact.peak_n) & np.isfinite(cop).all(axis=1)]
    if contact.rejected is None and len(along) > 3 and np.ptp(along) > _FOOT_LENGTH:
        words = "its centre of pressure travels further than a foot is long (two feet?)"
        return replace(contact, rejected=words)
    return contact
