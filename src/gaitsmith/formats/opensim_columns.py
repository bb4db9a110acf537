"""What the columns of an OpenSim table are: angles in degrees or radians, the knee's sign, moments."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gaitsmith import channels
from gaitsmith.channels import Side
from gaitsmith.errors import shown
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.opensim_forces import is_force
from gaitsmith.formats.told_columns import LEFT_OUT, left_out, no_such_name
from gaitsmith.subject import Note

__all__ = [
    "UNSETTLED_KNEE", "Angles", "Columns", "angles", "kinetics", "knee_note", "renamed", "sort_out",
]  # fmt: skip

Array = npt.NDArray[np.float64]

# No joint turns by more than this many radians; degrees of a walk or stand do somewhere.
_MOST_RADIANS = 6.9
_WORDS = {"deg": "degrees", "rad": "radians"}
# Values of a walk in radians; sway in degrees does not carry hips and knees that far.
_WALK_RADIANS = {"hip_flexion": 0.35, "knee_angle": 0.5}

# How columns of speeds end.
_SPEED = r"(/speed|_u|_dudt)$"

#: Said where a file of moments cannot tell which way its knee flexes.
UNSETTLED_KNEE = (
    "knee moment is taken as positive towards flexion; a model whose knee flexes to "
    "the negative has it reversed (give the angles with it to settle this)"
)


@dataclass
class Columns:
    """Columns by what they are: canonical name -> position."""

    angles: dict[str, int] = field(default_factory=dict)
    moments: dict[str, int] = field(default_factory=dict)
    powers: dict[str, int] = field(default_factory=dict)
    speeds: bool = False
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True)
class Angles:
    """Angles in degrees and metres, knees flexing to the positive."""

    data: Array
    labels: tuple[str, ...]
    flipped: tuple[Side, ...]
    notes: tuple[Note, ...]


def renamed(
    labels: Sequence[str], told: Mapping[str, str], source: Source
) -> tuple[list[str], list[int], list[Note]]:
    """Labels as the user tells them, the positions of those that stay, and a note on the others.

    Raises
    ------
    FormatError
        Where a column is told to be something that is not known here, or the time something else.
    """
    out = [told.get(x, x) for x in labels]
    gone = [i for i, x in enumerate(out) if x in LEFT_OUT and labels[i] in told]
    for i, (label, name) in enumerate(zip(labels, out, strict=True)):
        if label not in told:
            continue
        if i == 0 and name.lower() not in ("time", label.lower()):
            raise source.wrong("the first column is the time", place=f"hint columns, {label!r}", found=name or "-",
                               expected="time", remedy="leave it as read")  # fmt: skip
        speed = re.search(_SPEED, name.strip())
        if i and i not in gone and not (channels.find(name) or is_force(name) or speed):
            raise no_such_name(source, label, name)
    notes = [left_out([labels[i] for i in gone])] if gone else []
    return out, [i for i in range(len(out)) if i not in gone], notes


def sort_out(labels: Sequence[str], used: set[int], header: Mapping[str, str]) -> Columns:
    """Which column is which coordinate, moment or power; the rest is left out with a note."""
    out = Columns()
    title = header.get("", "").strip().lower()
    rates = title in ("speeds", "accelerations", "velocities")
    # Reserve actuators are called like the coordinates they push.
    effort = re.search(r"control|activation|excitation|actuation|static optimi", title) is not None
    unknown: list[str] = []
    speeds: list[str] = []
    for i, label in enumerate(labels):
        if i in used:
            continue
        if rates or re.search(_SPEED, label.strip()):
            speeds.append(label)
            continue
        row = channels.find(label)
        if row is None or (effort and not label.rstrip("/").endswith("value")):
            unknown.append(label)
            continue
        quantity = row.name.rsplit("_", 1)[-1]
        kind = {"moment": out.moments, "force": out.moments, "power": out.powers}.get(
            quantity, out.angles
        )
        if row.name in kind:
            words = f"names {row.name} again and was left out"
            out.notes.append(Note("warning", shown(label, 40), words))
        else:
            kind[row.name] = i
    out.speeds = bool(speeds)
    if speeds:
        words = f"{len(speeds)} columns of speeds were left out"
        out.notes.append(Note("assumption", "columns", words))
    if unknown:
        some = ", ".join(shown(x, 40) for x in unknown[:8]) + (", …" if len(unknown) > 8 else "")
        words = f"{len(unknown)} columns are not known here and were left out: {some}"
        out.notes.append(Note("assumption", "columns", words))
    return out


def angles(
    columns: Mapping[str, int], data: Array, header: Mapping[str, str], hints: Hints
) -> Angles:
    """The angle columns in our units and signs; columns of zeros only are left out."""
    notes: list[Note] = []
    names = list(columns)
    values = data[:, list(columns.values())] if names else np.zeros((len(data), 0))
    idle: npt.NDArray[np.bool_] = np.all(np.nan_to_num(values) == 0.0, axis=0)
    if idle.any():
        gone = [n for n, z in zip(names, idle, strict=True) if z]
        some = ", ".join(gone[:8]) + (", …" if len(gone) > 8 else "")
        words = f"{len(gone)} columns hold nothing but zeros and were left out: {some}"
        notes.append(Note("assumption", "angles", words))
        names = [n for n, z in zip(names, idle, strict=True) if not z]
        values = values[:, ~idle]
    if not names:
        return Angles(values, (), (), tuple(notes))
    table = channels.channels()
    turns = np.array([table[n].unit == "deg" for n in names])
    unit, more = _unit(names, values, header, hints)
    notes += more
    if unit == "rad":
        values = np.where(turns, np.degrees(values), values)
    values, flipped, knees = _knees(names, values)
    return Angles(values, tuple(names), flipped, (*notes, *knees))


def _range(values: Array) -> float:
    """Distance from the 1st to the 99th percentile."""
    good = values[np.isfinite(values)]
    return float(np.subtract(*np.percentile(good, (99, 1)))) if len(good) else 0.0


def _joints(names: Sequence[str]) -> list[int]:
    """Columns of joints; the heading is none, for it turns without bound and says nothing."""
    table = channels.channels()
    return [i for i, n in enumerate(names) if table[n].unit == "deg" and n != "pelvis_rotation"]


def _seen(names: Sequence[str], values: Array) -> tuple[str | None, float]:
    """The unit that the range of the joints tells, None where it does not; and how far they reach."""
    joints = _joints(names)
    if not joints:
        return None, 0.0
    most = float(np.abs(np.nan_to_num(values[:, joints])).max(initial=0.0))
    if most > _MOST_RADIANS:
        return "deg", most
    legs = [
        _range(values[:, i]) > least
        for i in joints
        for stem, least in _WALK_RADIANS.items()
        if names[i].startswith(stem)
    ]
    return "rad" if most <= np.pi + 0.5 and legs and all(legs) else None, most


def _unit(
    names: Sequence[str], values: Array, header: Mapping[str, str], hints: Hints
) -> tuple[str, list[Note]]:
    """``"deg"`` or ``"rad"``, from the user, else the range of the joints, else the header."""
    from gaitsmith.units import normalise

    says = {"yes": "deg", "true": "deg", "1": "deg", "no": "rad", "false": "rad", "0": "rad"}.get(
        header.get("indegrees", "").lower()
    )
    told = hints.units.get("angle")
    if told is not None:
        unit = str(normalise(told))
        seen, most = _seen(names, values)
        words = f"taken as {_WORDS.get(unit, unit)}, as told"
        more = []
        if says not in (None, unit):
            more.append(Note("assumption", "angles", f"{words}, although the header says {_WORDS[str(says)]}"))  # fmt: skip
        if seen not in (None, unit):
            more.append(Note("warning", "angles", f"{words}; that they reach {most:.3g} looks like {_WORDS[str(seen)]}"))  # fmt: skip
        return unit, more
    if not _joints(names):
        if "pelvis_rotation" in names and says is None:
            return "deg", [Note("assumption", "angles", "the unit is not known: taken as degrees")]
        return says or "deg", []
    seen, most = _seen(names, values)
    unit = seen or says or "deg"
    words = f"joint angles reach {most:.3g}: taken as {'degrees' if unit == 'deg' else 'radians'}"
    if says is None:
        return unit, [Note("assumption", "angles", f"{words}; the header does not say")]
    if says != unit:
        contrary = "degrees" if says == "deg" else "radians"
        words = f"{words} although the header says {contrary}"
        return unit, [Note("warning", "angles", words)]
    return unit, []


def _knees(names: Sequence[str], values: Array) -> tuple[Array, tuple[Side, ...], tuple[Note, ...]]:
    """Knee flexion made positive where the file has it negative, decided by its range.

    A knee flexes by tens of degrees and hyperextends by few: where the 2nd percentile lies under
    -25° and twice as far from zero as the 98th, flexion is negative. A side that does not tell
    (a stiff knee) follows the other, for a model has one convention.
    """
    sides: dict[Side, int] = {}
    for side, name in (("right", "knee_angle_r"), ("left", "knee_angle_l")):
        if name in names:
            sides[side] = list(names).index(name)  # type: ignore[index]
    verdict: dict[Side, bool | None] = {}
    for side, i in sides.items():
        good = values[np.isfinite(values[:, i]), i]
        low, high = np.percentile(good, (2, 98)) if len(good) else (0.0, 0.0)
        if low < -25.0 and -low > 2.0 * high:
            verdict[side] = True
        else:
            verdict[side] = False if high > 25.0 else None
    known = [v for v in verdict.values() if v is not None]
    flips = tuple(s for s, v in verdict.items() if v or (v is None and known and all(known)))
    notes: list[Note] = []
    if flips:
        values = values.copy()
        for side in flips:
            values[:, sides[side]] *= -1.0
        notes.append(knee_note(flips))
    return values, flips, tuple(notes)


def knee_note(sides: Sequence[Side]) -> Note:
    """Said where the knees of `sides` were turned because of their range."""
    words = f"flexion is negative in the file ({' and '.join(sides)}): sign reversed"
    return Note("assumption", "knee angle", words)


def kinetics(
    columns: Mapping[str, int], data: Array, flipped: Sequence[Side], kind: str
) -> tuple[Array, list[Note]]:
    """Moments (N·m; forces of translations N) or powers (W) of `columns`, with notes.

    OpenSim's generalised forces act along their coordinate, so a moment is internal and positive
    towards the coordinate's positive direction. Where the knee angle was negative, its moment is
    turned too; powers are products and stay.
    """
    values = data[:, list(columns.values())]
    notes: list[Note] = []
    if kind == "moments" and any(n.startswith("knee_angle") for n in columns):
        if flipped:
            sign = np.array([
                -1.0 if n in {f"knee_angle_{s[0]}_moment" for s in flipped} else 1.0
                for n in columns
            ])  # fmt: skip
            values = values * sign
            words = "knee moments reversed with the knee angle: positive flexes the knee"
        else:
            words = UNSETTLED_KNEE
        notes.append(Note("assumption", kind, words))
    return values, notes
