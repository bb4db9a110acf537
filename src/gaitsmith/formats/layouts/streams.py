"""Streams from columns whose meaning is known: sensors, joints, forces, points."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import MissingInputError
from gaitsmith.formats.axes import infer_up, parse_axis, turn_up
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.columns import Role, sensor_label
from gaitsmith.formats.imu_build import imu_stream
from gaitsmith.formats.opensim_forces import ForceColumns, build
from gaitsmith.formats.table_clock import Clock
from gaitsmith.formats.units_by_range import angle_factor, length_factor
from gaitsmith.recording import Note, Stream
from gaitsmith.streams import FORCE_AXES, IMU_AXES
from gaitsmith.units import factor, known_units, normalise

__all__ = ["streams"]

Array = npt.NDArray[np.float64]
Built = tuple[str, Stream, list[Note]]
# What the columns of a kind may state the unit of.
_DIMENSIONS = {"imu": ("acceleration", "rate"), "forces": ("force",), "points": ("length",),
               "angles": ("angle",), "moments": ("moment",)}  # fmt: skip


def streams(
    roles: Mapping[int, Role], data: Array, clock: Clock, hints: Hints, source: Source,
    *, ours: bool = False,
) -> Iterator[Built]:  # fmt: skip
    """Name, stream and notes of each kind among `roles` (by column number of `data`).

    `ours` says that the columns are named as gaitsmith names them.

    Raises
    ------
    MissingInputError
        Where a unit cannot be told.
    """
    kinds: dict[str, dict[int, Role]] = {}
    for i, role in roles.items():
        kinds.setdefault(role.kind, {})[i] = role
    for kind, part in kinds.items():
        if kind == "imu":
            name, stream, notes = _imu(part, data, clock, hints, source, ours=ours)
        elif kind == "forces":
            name, stream, notes = _forces(part, data, clock, hints)
        elif kind == "points":
            name, stream, notes = _points(part, data, clock, hints)
        else:
            name, stream, notes = _flat(kind, part, data, clock, hints)
        yield name, stream, [*notes, *_contrary(kind, part, hints)]


def _contrary(kind: str, part: Mapping[int, Role], hints: Hints) -> list[Note]:
    """Where the user told another unit than the columns carry."""
    notes = []
    for dimension in _DIMENSIONS.get(kind, ()):
        told = hints.units.get(dimension)
        said = {normalise(r.unit) for r in part.values() if r.unit} & set(known_units(dimension))
        if told is not None and said and normalise(told) not in said:
            words = f"{dimension} taken as {told}, as told, although the columns say {', '.join(sorted(map(str, said)))}"
            notes.append(Note("assumption", kind, words))
    return notes


def _unit(part: Mapping[int, Role], start: str = "") -> str | None:
    """The unit that the columns (whose axis begins with `start`) carry, where they agree."""
    said = {normalise(r.unit) for r in part.values() if r.unit and r.axis.startswith(start)}
    said.discard(None)
    return said.pop() if len(said) == 1 else None


def _imu(
    part: Mapping[int, Role], data: Array, clock: Clock, hints: Hints, source: Source,
    *, ours: bool,
) -> Built:  # fmt: skip
    names = list(dict.fromkeys(r.label for r in part.values()))
    have = {(r.label, r.axis): i for i, r in reversed(list(part.items()))}
    notes: list[Note] = []
    if len(have) < len(part):
        words = f"{len(part) - len(have)} columns repeat the meaning of others and were left out"
        notes.append(Note("warning", "imu", words))
    attrs: dict[str, Any] = dict(clock.attrs)
    linear = not any(a.startswith("acc") for _, a in have)
    if linear and any(a.startswith("lin") for _, a in have):
        have = {(s, a.replace("lin", "acc")): i for (s, a), i in have.items()}
        attrs["gravity_removed"] = True
        notes.append(
            Note("assumption", "imu", "the acceleration is without gravity, as its name says")
        )
        unit = hints.units.get("acceleration") or _unit(part, "lin")
        if unit is None:
            raise MissingInputError(
                "the unit of an acceleration without gravity cannot be told", file=source.name,
                place="acceleration", remedy='say it: units={"acceleration": "m/s2"}',
            )  # fmt: skip
        hints = _with_acceleration(hints, unit)
    width = 9 if any(a.startswith("mag") for _, a in have) else 6
    blocks: dict[str, Array] = {}
    unknown = []
    for name in names:
        axes = {a for s, a in have if s == name}
        if not axes & set(IMU_AXES):
            continue
        label, known = sensor_label(name, hints.placement, only=len(names) == 1)
        # One without a name goes by what we call it, or by its file's name where there are several.
        said_by = [hints.placement[k] for k in ("sensor", source.stem) if k in hints.placement]
        if not known and not name and said_by:
            label, known = said_by[0], True
        if not known and not name and (place := _place_in(source.stem)):
            label, known = hints.placement.get(place, place), True
            if label == place:
                notes.append(
                    Note("assumption", place, f"the sensor's place is told by {source.stem!r}")
                )
        label = label or "sensor"
        if not known:
            unknown.append(name or "the sensor")
        if label in blocks:
            notes.append(Note("warning", label, f"a second sensor of this place is named {name!r}"))
            label = name if name not in blocks else f"{label}_2"
        block = np.full((len(data), width), np.nan)
        for k, axis in enumerate(IMU_AXES[:width]):
            if (name, axis) in have:
                block[:, k] = data[:, have[name, axis]]
        lacking = [a for a in IMU_AXES[:6] if a not in axes]
        if lacking:
            notes.append(Note("warning", label, f"the file has no {', '.join(lacking)}"))
        blocks[label] = block
    if unknown:
        notes.append(
            Note("warning", "imu", f"the names do not say where {', '.join(unknown)} sat; give "
                 f'placement={{"{unknown[0] if unknown[0] != "the sensor" else source.stem}": "foot_r"}}')
        )  # fmt: skip
    stream, said = imu_stream(
        blocks, hints, clock.arguments, attrs,
        acc_unit=None if attrs.get("gravity_removed") else _unit(part, "acc"),
        gyr_unit=_unit(part, "gyr"), file=source.name, ours=ours,
    )  # fmt: skip
    own_clock = len(blocks) == 1 and ("lost_packets" in attrs or "time" in clock.arguments)
    name = f"imu_{next(iter(blocks))}" if own_clock else "imu"
    return name, stream, [*notes, *said]


def _place_in(stem: str) -> str | None:
    """The place that a file's name ends or begins with: ``walk1_LF``, ``right_shank_02``."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", stem)
    for n in (3, 2, 1):
        for some in (words[-n:], words[:n]):
            place, known = sensor_label("_".join(some), {}, only=False)
            if known and len(some) == n:
                return place
    return None


def _with_acceleration(hints: Hints, unit: str) -> Hints:
    from dataclasses import replace

    return replace(hints, units={**hints.units, "acceleration": unit})


def _forces(part: Mapping[int, Role], data: Array, clock: Clock, hints: Hints) -> Built:
    plates: dict[str, dict[str, int]] = {}
    for i, role in part.items():
        plates.setdefault(role.label, {}).setdefault(role.axis, i)
    notes: list[Note] = []
    if all(set(at) == set(FORCE_AXES) for at in plates.values()):
        # Our own columns are in our own units and axes.
        block = np.stack([data[:, [at[a] for a in FORCE_AXES]] for at in plates.values()], axis=1)
        return (
            "forces",
            Stream("forces", block, tuple(plates), attrs=clock.attrs, **clock.arguments),
            [],
        )
    rename = {"fx": "vx", "fy": "vy", "fz": "vz", "ty": "my"}
    columns = []
    for label, at in plates.items():
        here = {rename.get(a, a): i for a, i in at.items()}
        if not {"vx", "vy", "vz"} & set(here):
            notes.append(
                Note("warning", label, "columns of a plate without any force were left out")
            )
            continue
        columns.append(ForceColumns(label, label, here))
    if not columns:
        raise MissingInputError("there are centres of pressure or torques but no forces",
                                expected="columns like Fx1, Fy1, Fz1")  # fmt: skip
    unit = hints.units.get("force") or _unit(part, "v")
    scale = hints.scale.get("force", factor(unit, "force") if unit else 1.0)
    if scale != 1.0:
        data = data.copy()
        pushed = [i for c in columns for axis, i in c.at.items() if axis.startswith("v")]
        data[:, pushed] *= scale
    block, said = build(columns, data)
    stream = Stream(
        "forces", block, tuple(c.label for c in columns), attrs=clock.attrs, **clock.arguments
    )
    return "forces", stream, [*notes, *said]


def _points(part: Mapping[int, Role], data: Array, clock: Clock, hints: Hints) -> Built:
    at: dict[str, dict[str, int]] = {}
    for i, role in part.items():
        at.setdefault(role.label, {})[role.axis] = i
    labels = tuple(hints.placement.get(x, x) for x in at)
    points = np.stack([data[:, [c[a] for a in "xyz"]] for c in at.values()], axis=1)
    notes: list[Note] = []
    if (zero := (points == 0).all(axis=2)).any() and not zero.all():
        points = np.where(zero[:, :, None], np.nan, points)
        notes.append(
            Note("assumption", "points", f"{int(zero.sum())} samples at 0, 0, 0 are missing")
        )
    scale, said = length_factor(points, hints, _unit(part))
    points = points * scale
    up = parse_axis(hints.up) if hints.up else infer_up(points, labels)
    if up is None:
        notes.append(
            Note(
                "assumption",
                "points",
                'y is taken as up: nothing tells otherwise (up="+z" sets it)',
            )
        )
    elif up != (1, 1):
        points = turn_up(points, up)
        if not hints.up:
            axis = ("-" if up[1] < 0 else "+") + "xyz"[up[0]]
            notes.append(Note("assumption", "points", f"{axis} is up in the file: turned to +y"))
    return (
        "points",
        Stream("points", points, labels, attrs=clock.attrs, **clock.arguments),
        [*said, *notes],
    )


def _flat(kind: str, part: Mapping[int, Role], data: Array, clock: Clock, hints: Hints) -> Built:
    first: dict[str, int] = {}
    notes: list[Note] = []
    for i, role in part.items():
        if role.label in first:
            notes.append(
                Note("warning", role.label, "a second column of this meaning was left out")
            )
        else:
            first[role.label] = i
    block = data[:, list(first.values())].copy()
    labels = tuple(first)
    moved = np.array([x.startswith("pelvis_t") and x[-2:] in ("tx", "ty", "tz") for x in labels])
    if kind == "angles":
        turning = ~moved
        if turning.any():
            unit = _unit({i: r for i, r in part.items() if normalise(r.unit) in ("deg", "rad")})
            # Some coordinates stay within 3 degrees all walk long; a knee or hip does not.
            if unit is None and not any(re.match("(knee_angle|hip_flexion)_", x) for x in labels):
                unit = "deg"
            scale, said = angle_factor(block[:, turning], hints, unit)
            block[:, turning] *= scale
            notes += [n for n in said if "degrees" not in n.words]
        if moved.any():
            size = float(np.nanmedian(np.abs(block[:, moved]).max(axis=1))) if len(block) else 0.0
            unit = hints.units.get("length") or ("mm" if size > 60 else "m")
            block[:, moved] *= factor(unit, "length")
            if unit != "m" and not hints.units.get("length"):
                notes.append(Note("assumption", "pelvis", f"translations taken as {unit}"))
    elif kind == "moments":
        unit = hints.units.get("moment") or _unit(part)
        peak = float(np.nanmax(np.abs(block), initial=0.0))
        if unit is None and peak > 2000:
            unit = "Nmm"
            notes.append(Note("assumption", "moments", f"taken as N·mm: they reach {peak:.0f}"))
        if unit is not None or "moment" in hints.scale:
            block *= hints.scale.get("moment", factor(unit, "moment") if unit else 1.0)
        elif 0 < peak < 6:
            notes.append(
                Note("warning", "moments", f"they reach only {peak:.2g}: perhaps N·m per kg")
            )
    stream = Stream(kind, block, labels, attrs=clock.attrs, **clock.arguments)  # type: ignore[arg-type]
    return kind, stream, notes
