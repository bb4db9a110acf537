"""AddBiomechanics ``.b3d``: markers, joint angles, plate forces and the person, trial by trial.

Layout of the file: 8 bytes length, a header message, then frames of constant size (a sensor frame
and one frame for each processing pass), as keenon/nimblephysics defines them (SubjectOnDisk).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import FormatError, check_in
from gaitsmith.formats import opensim_columns, opensim_forces, protobuf
from gaitsmith.formats.base import Hints, Source
from gaitsmith.recording import Recording, Subject
from gaitsmith.streams import Stream
from gaitsmith.subject import Note

__all__ = ["NAME", "PARTS", "SUFFIXES", "read", "sniff"]

Array = npt.NDArray[np.float64]

NAME = "AddBiomechanics b3d"
SUFFIXES = (".b3d",)
PARTS = True
_PASSES = {0: "kinematics", 1: "dynamics", 2: "low-pass", 3: "acceleration-minimising"}


@dataclass(frozen=True)
class _Trial:
    name: str
    frames: int
    step: float
    passes: tuple[int, ...]
    reasons: tuple[int, ...]
    first: int


def sniff(head: bytes, suffix: str) -> float:
    """High for the suffix (the format has no magic number) where the header length fits it."""
    if suffix not in SUFFIXES or len(head) < 10:
        return 0.3 if suffix in SUFFIXES else 0.0
    return 0.9 if 0 < int.from_bytes(head[:8], "little") < 1 << 40 else 0.3


def read(source: Source, hints: Hints) -> Recording:
    """One trial: streams ``points``, ``angles``, ``forces`` and, from a dynamics pass, ``moments``.

    The trial is the one named behind a ``!`` (``results.b3d!walk_1``), else the first, and a note
    lists the others. Forces are the raw plates (``plate_1`` …, on the
    person); only where these are empty the forces that a pass gave to the feet. Frames whose
    forces the file marks as missing are NaN.

    Raises
    ------
    FormatError
        Where the file is cut, its header is broken, or there is no such trial.
    """
    data = source.data
    size = int.from_bytes(data[:8], "little", signed=True)
    if len(data) < 10 or not 0 < size <= len(data) - 8:
        raise source.wrong("the header is cut or damaged", place="byte 0",
                           found=f"a header of {size} bytes in a file of {len(data)}",
                           remedy="fetch the file again")  # fmt: skip
    header = protobuf.parse(data[8 : 8 + size])
    sensor, processed = header.number(3), header.number(4)
    trials = _trials(header, sensor, processed, 8 + size)
    trial, notes = _choose(trials, source)
    frame = sensor + len(trial.passes) * processed
    stop = trial.first + trial.frames * frame
    if stop > len(data) or frame <= 0 or trial.frames < 1:
        raise source.wrong("the trial's frames are not all there", place=f"trial {trial.name}",
                           found=f"{len(data)} bytes", expected=f"at least {stop} bytes",
                           remedy="fetch the file again")  # fmt: skip
    block = np.frombuffer(data, np.uint8, trial.frames * frame, trial.first)
    block = block.reshape(trial.frames, frame)
    rate = _rate(trial, hints, source)
    streams: dict[str, Stream] = {}
    sensors = _columns(block[:, :sensor], source, "sensor frame")
    points, labels, more = _points(sensors.get(2), header.texts(17))
    notes += more
    if labels:
        streams["points"] = Stream("points", points, labels, rate=rate)
    last = len(trial.passes) - 1
    done: dict[int, Array] = {}
    if last >= 0:
        begin = sensor + last * processed
        done = _columns(block[:, begin : begin + processed], source, "processing pass")
        if last:
            words = f"joint angles are of the last of {last + 1} passes"
            notes.append(
                Note("assumption", "angles", f"{words}, {_PASSES.get(trial.passes[-1], '?')}")
            )
    more_streams, more = _kinematics(header, done, trial, rate, hints)
    streams |= more_streams
    notes += more
    forces, more = _forces(sensors, done, header.texts(6), trial, rate)
    notes += more
    if forces is not None:
        streams["forces"] = forces
    if not streams:
        raise source.wrong("the trial holds no marker, angle or force", place=f"trial {trial.name}")
    subject, more = _person(header)
    notes += more
    return Recording(subject, streams, notes=tuple(notes), name=trial.name or source.stem)


def _trials(header: protobuf.Message, sensor: int, processed: int, first: int) -> list[_Trial]:
    if not (0 < sensor < 1 << 31 and 0 <= processed < 1 << 31):
        raise FormatError("the header gives no size of a frame", place="header",
                          found=f"{sensor} and {processed} bytes")  # fmt: skip
    out = []
    for raw in header.raw(9):
        one = protobuf.parse(raw)
        passes = tuple(protobuf.parse(p).number(1) for p in one.raw(5))
        reasons = tuple(protobuf.varints(b"".join(one.raw(2))))
        frames = one.number(3)
        out.append(_Trial(one.text(1), frames, one.double(4) or math.nan, passes, reasons, first))
        first += frames * (sensor + len(passes) * processed)
    if not out:
        raise FormatError("the file holds no trial", place="header")
    return out


def _choose(trials: Sequence[_Trial], source: Source) -> tuple[_Trial, list[Note]]:
    names = [t.name for t in trials]
    if source.part is not None:
        return trials[names.index(check_in("trial", source.part, names))], []
    if len(trials) == 1:
        return trials[0], []
    some = ", ".join(names[1:9])
    words = (
        f"the first of {len(trials)} trials is read; name another as {source.stem}.b3d!…: {some}"
    )
    return trials[0], [Note("assumption", "trial", words)]


def _rate(trial: _Trial, hints: Hints, source: Source) -> float:
    if hints.rate_hz:
        return hints.rate_hz
    if not (math.isfinite(trial.step) and 1e-6 <= trial.step <= 10.0):
        raise source.wrong("the trial has no time step", place=f"trial {trial.name}",
                           found=trial.step, remedy="give the rate: rate_hz=100")  # fmt: skip
    rate = 1.0 / trial.step
    return float(round(rate)) if abs(rate - round(rate)) < 1e-6 * rate else rate


def _columns(block: npt.NDArray[np.uint8], source: Source, place: str) -> dict[int, Array]:
    """Packed doubles of frames that all have the layout of the first: field -> frames × values."""
    out: dict[int, Array] = {}
    inside = np.zeros(block.shape[1], bool)
    for number, wire, a, b in protobuf.layout(block[0].tobytes()):
        if wire != 2 or (b - a) % 8:
            raise source.wrong("a frame is not made of doubles", place=place)
        inside[a:b] = True
        out[number] = np.ascontiguousarray(block[:, a:b]).view("<f8").astype(np.float64)
    if not (block[:, ~inside] == block[0, ~inside]).all():
        at = int(np.argmin((block[:, ~inside] == block[0, ~inside]).all(axis=1)))
        raise source.wrong("a frame has another layout than the first", place=f"{place} {at + 1}")
    return out


def _points(
    values: Array | None, names: Sequence[str]
) -> tuple[Array, tuple[str, ...], list[Note]]:
    empty = np.zeros((0, 0, 3))
    if values is None or values.shape[1] != 3 * len(names) or not names:
        return empty, (), []
    points = values.reshape(len(values), len(names), 3)
    points = np.where(np.isfinite(points).all(axis=2, keepdims=True), points, np.nan)
    seen: npt.NDArray[np.bool_] = np.any(np.isfinite(points[..., 0]), axis=0)
    notes = []
    labels: list[str] = []
    for i, name in enumerate(names, start=1):
        base = name or f"unnamed_{i}"
        labels.append(base if base not in labels else f"{base}_{i}")
    if not seen.all():
        gone = ", ".join(x for x, s in zip(labels, seen.tolist(), strict=True) if not s)
        words = f"markers without any position were left out: {gone}"
        notes.append(Note("assumption", "points", words))
    kept = tuple(x for x, s in zip(labels, seen.tolist(), strict=True) if s)
    return points[:, seen], kept, notes


def _dofs(header: protobuf.Message, count: int) -> list[str]:
    """Names of the degrees of freedom: the model's coordinates without those that are coupled."""
    for raw in reversed(header.raw(5)):
        text = protobuf.parse(raw).text(2)
        names = re.findall(r'<Coordinate name="([^"]{1,100})"', text)
        for some in (names, [n for n in names if not n.endswith("_beta")]):
            if len(some) == count:
                return some
    return []


def _kinematics(
    header: protobuf.Message, done: dict[int, Array], trial: _Trial, rate: float, hints: Hints
) -> tuple[dict[str, Stream], list[Note]]:
    streams: dict[str, Stream] = {}
    positions = done.get(1)
    if positions is None:
        return {}, []
    names = _dofs(header, positions.shape[1])
    if not names:
        words = f"{positions.shape[1]} degrees of freedom do not fit the model's coordinates"
        return {}, [Note("warning", "angles", f"{words}: left out")]
    known = opensim_columns.sort_out(names, set(), {})
    result = opensim_columns.angles(known.angles, positions, {"indegrees": "no"}, hints)
    notes = [*known.notes, *result.notes]
    turned = list(result.flipped)
    if result.labels:
        attrs = {"negative_knee": turned} if turned else {}
        streams["angles"] = Stream("angles", result.data, result.labels, rate=rate, attrs=attrs)
    effort = done.get(4)
    # Without ground forces (a kinematics pass) the efforts are no joint moments of a walk.
    if 1 in trial.passes and effort is not None and effort.shape == positions.shape:
        suffixed = [f"{n}_force" if n.startswith("pelvis_t") and n != "pelvis_tilt" else f"{n}_moment"
                    for n in names]  # fmt: skip
        moments = opensim_columns.sort_out(suffixed, set(), {}).moments
        values, _ = opensim_columns.kinetics(moments, effort, result.flipped, "moments")
        attrs = {"knee_turned": turned} if turned else {}
        streams["moments"] = Stream("moments", values, tuple(moments), rate=rate, attrs=attrs)
    return streams, notes


def _forces(
    sensors: dict[int, Array], done: dict[int, Array], bodies: Sequence[str], trial: _Trial,
    rate: float,
) -> tuple[Stream | None, list[Note]]:  # fmt: skip
    notes: list[Note] = []
    labels: tuple[str, ...]
    parts = [sensors.get(k) for k in (9, 7, 8)]
    force = parts[0]
    if force is not None and np.nan_to_num(force).any():
        labels = tuple(f"plate_{i + 1}" for i in range(force.shape[1] // 3))
    else:
        parts = [done.get(k) for k in (8, 6, 7)]
        force = parts[0]
        if force is None or not np.nan_to_num(force).any() or force.shape[1] != 3 * len(bodies):
            return None, notes
        labels = _feet(bodies)
        words = "plates are empty: the forces that the processing gave to the feet are used"
        notes.append(Note("assumption", "forces", words))
    shape = (len(force), len(labels), 3)
    force, cop, torque = (
        np.full(shape, np.nan) if p is None or p.shape[1] != 3 * len(labels) else p.reshape(shape)
        for p in parts
    )
    data = np.concatenate((force, cop, torque[..., 1:2]), axis=2)
    missing = np.flatnonzero(np.array(trial.reasons[: len(data)]))
    if len(missing):
        words = f"the file marks the forces of {len(missing)} frames as missing"
        notes.append(Note("warning", "forces", words))
        data[missing] = np.nan
    data[~np.isfinite(data)] = np.nan
    data, more = opensim_forces.mask_cop(data)
    return Stream("forces", data, labels, rate=rate), [*notes, *more]


def _feet(bodies: Sequence[str]) -> tuple[str, ...]:
    out: list[str] = []
    for i, body in enumerate(bodies, start=1):
        side = re.search(r"_([lr])$", body)
        label = f"foot_{side[1]}" if side else f"plate_{i}"
        out.append(label if label not in out else f"plate_{i}")
    return tuple(out)


def _person(header: protobuf.Message) -> tuple[Subject, list[Note]]:
    """What the header knows and a person can be; anything else is left out with a note."""
    notes: list[Note] = []
    known: dict[str, float] = {}
    age = header.number(16)
    for name, value, low, high in (
        ("mass", header.double(15), 1.0, 650.0), ("height", header.double(14), 0.3, 2.8),
        ("age", float(age) if age else None, 1.0, 125.0),
    ):  # fmt: skip
        if value is None or value == 0.0:
            continue
        if low <= value <= high:
            known[name] = value
        else:
            notes.append(Note("warning", name, f"{value:g} is no person's {name}: left out"))
    sex = header.text(13)
    return Subject().given(
        "b3d header", sex=sex if sex in ("male", "female") else None, **known
    ), notes
