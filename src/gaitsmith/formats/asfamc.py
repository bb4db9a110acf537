"""ASF/AMC (Acclaim): a skeleton in one file, its motion in another; forward kinematics to points.

An ``.amc`` needs its ``.asf``: given as a second file, or found beside it (``02_01.amc`` belongs
to ``02.asf``).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gaitsmith.formats import skeleton
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.bvh import recording_of
from gaitsmith.recording import Recording
from gaitsmith.subject import Note

__all__ = ["NAME", "SUFFIXES", "read", "sniff"]

Array = npt.NDArray[np.float64]

NAME = "ASF/AMC skeleton"
SUFFIXES = (".amc", ".asf")

#: Rate (Hz) of the CMU data base, the usual source; the files do not hold one.
CMU_RATE = 120.0
_INCH = 0.0254
# Largest length or angle that is not refused.
_LARGEST = 1e9

# Where a bone of the Acclaim skeleton ends; bones not named here give "<bone>_end".
_ENDS = {"root": "pelvis", "thorax": "neck", "head": "head"} | {
    f"{s}{bone}": f"{point}_{s}"
    for s in "lr"
    for bone, point in (
        ("hipjoint", "hip"), ("femur", "knee"), ("tibia", "ankle"), ("foot", "toe"),
        ("toes", "toe_tip"), ("clavicle", "shoulder"), ("humerus", "elbow"), ("radius", "wrist"),
    )
}  # fmt: skip


@dataclass
class _Bone:
    name: str
    direction: tuple[float, ...] = (0.0, 0.0, 0.0)
    length: float = 0.0
    axis: tuple[float, ...] = (0.0, 0.0, 0.0)
    order: str = "XYZ"
    dof: tuple[str, ...] = ()


@dataclass
class _Asf:
    bones: dict[str, _Bone] = field(default_factory=dict)
    parent: dict[str, str] = field(default_factory=dict)
    length_unit: float = 1.0
    degrees: bool = True
    root_order: tuple[str, ...] = ()
    position: tuple[float, ...] = (0.0, 0.0, 0.0)


def sniff(head: bytes, suffix: str) -> float:
    """1 for the headers of either file."""
    if re.search(rb"(?im)^:(bonedata|root|FULLY-SPECIFIED|units)\b", head):
        return 0.95
    return 0.3 if suffix in SUFFIXES else 0.0


def read(source: Source, hints: Hints) -> Recording:
    """Stream ``points`` (m, y up) of the bones' ends and ``angles`` of the legs.

    Labels are ``hip_l``, ``knee_l``, ``ankle_l``, ``toe_l`` (ball of the foot), ``toe_tip_l``,
    ``pelvis``, ``neck``, ``head``, …; metres are value × 0.0254 / length of ``:units``. The rate
    is 120 Hz, as in the CMU data base, unless given.

    Raises
    ------
    FormatError
        Where this is a skeleton alone, the skeleton of a motion is not found, or either is broken.
    """
    text = source.text()
    if re.search(r"(?im)^:bonedata\b", text):
        raise source.wrong("a skeleton without motion", expected="an .amc file",
                           remedy="give the .amc together with this file")  # fmt: skip
    bones_of = _find_asf(source, hints)
    asf = _asf(bones_of)
    frames, notes = _amc(text, asf, source)
    bones, rotations, position = _move(asf, frames, bones_of)
    points, root = skeleton.forward(bones, rotations, {0: position}, len(position), ends=True)
    rate = hints.rate_hz or CMU_RATE
    if hints.rate_hz is None:
        words = f"the file has no rate: taken as {CMU_RATE:g} Hz, as in the CMU data base"
        notes.append(Note("assumption", "rate", words))
    scale = _INCH / asf.length_unit
    notes.append(
        Note(
            "assumption", "length unit", f"inches divided by {asf.length_unit:g} (the .asf's unit)"
        )
    )
    notes.append(Note("assumption", "skeleton", f"read from {bones_of.stem}.asf"))
    return recording_of(
        bones, points, root, rate=rate, scale=scale, hints=hints, source=source, notes=notes
    )


def _find_asf(source: Source, hints: Hints) -> Source:
    from gaitsmith.formats.sources import members, open_source

    if hints.skeleton:
        return open_source(hints.skeleton)
    outer, bang, inner = source.name.rpartition("!")
    folder = inner.rpartition("/")[0]
    try:
        if bang:
            names = [m for m in members(outer) if m.lower().endswith(".asf")]
            near = [m for m in names if m.rpartition("/")[0] == folder] or names
        else:
            around = Path(source.name).parent
            names = sorted(p.name for p in around.glob("*.[aA][sS][fF]*"))
            near = [n for n in names if re.search(r"(?i)\.asf(\.gz)?$", n)]
    except OSError:
        near = []
    person = source.stem.split("_")[0].lower()
    own = [n for n in near if re.split(r"[/\\]", n)[-1].lower().split(".")[0] == person]
    chosen = own or near
    if len(chosen) != 1:
        raise source.wrong(
            "the skeleton of this motion is not found", found=", ".join(near[:6]) or "no .asf beside it",
            expected=f"{person}.asf beside it", remedy="give it as a second file: read('02_01.amc', '02.asf')",
        )  # fmt: skip
    name = f"{outer}!{chosen[0]}" if bang else str(Path(source.name).parent / chosen[0])
    return open_source(name)


def _floats(words: list[str], place: str, source: Source) -> tuple[float, ...]:
    try:
        values = tuple(float(w) for w in words)
    except ValueError:
        values = (math.nan,)
    if not all(abs(v) < _LARGEST for v in values):
        raise source.wrong("a value is not a number", place=place, found=" ".join(words))
    return values


def _three(words: list[str], place: str, source: Source) -> tuple[float, ...]:
    values = _floats(words[:3], place, source)
    if len(values) != 3:
        raise source.wrong("three numbers are expected", place=place, found=" ".join(words))
    return values


def _asf(source: Source) -> _Asf:
    out = _Asf()
    section = ""
    bone: _Bone | None = None
    for number, raw in enumerate(source.text().splitlines(), start=1):
        words = raw.split("#")[0].split()
        if not words:
            continue
        key, rest, place = words[0].lower(), words[1:], f"line {number}"
        if key.startswith(":"):
            section = key[1:]
        elif section == "units" and key == "length":
            out.length_unit = (*_floats(rest[:1], place, source), 0.0)[0]
        elif section == "units" and key == "angle":
            out.degrees = not (rest and rest[0].lower().startswith("rad"))
        elif section == "root" and key == "order":
            out.root_order = tuple(w.lower() for w in rest)
        elif section == "root" and key == "position":
            out.position = _three(rest, place, source)
        elif section == "root" and key in ("axis", "orientation"):
            root = out.bones.setdefault("root", _Bone("root"))
            if key == "orientation":
                root.axis = _three(rest, place, source)
            elif rest:
                root.order = _order(rest[0], place, source)
        elif section == "bonedata":
            bone = _bone_line(bone, words, place, out, source)
        elif section == "hierarchy" and key not in ("begin", "end"):
            for child in rest:
                if child in out.parent or child == "root":
                    raise source.wrong("a bone has two parents", place=place, found=child)
                out.parent[child] = words[0]
    if not 1e-6 < out.length_unit < 1e6:
        raise source.wrong(
            "the unit of length is not usable", place=":units", found=out.length_unit
        )
    if not out.parent or len(out.bones) < 2:
        raise source.wrong("no skeleton stands in this file", expected=":bonedata and :hierarchy")
    out.bones.setdefault("root", _Bone("root"))
    if sorted(out.root_order) != ["rx", "ry", "rz", "tx", "ty", "tz"]:
        raise source.wrong("the root's channels are not understood", place=":root order",
                           found=" ".join(out.root_order), expected="TX TY TZ RX RY RZ")  # fmt: skip
    return out


def _bone_line(
    bone: _Bone | None, words: list[str], place: str, out: _Asf, source: Source
) -> _Bone | None:
    key, rest = words[0].lower(), words[1:]
    if key == "begin":
        return _Bone("")
    if bone is None or key == "end":
        return None
    if key == "name" and rest:
        bone.name = rest[0]
        out.bones[bone.name] = bone
    elif key == "direction":
        bone.direction = _three(rest, place, source)
    elif key == "length":
        bone.length = (*_floats(rest[:1], place, source), 0.0)[0]
    elif key == "axis":
        bone.axis = _three(rest, place, source)
        bone.order = _order(rest[3] if len(rest) > 3 else "XYZ", place, source)
    elif key == "dof":
        bone.dof = tuple(w.lower() for w in rest)
        if not set(bone.dof) <= {"rx", "ry", "rz"} or len(set(bone.dof)) != len(bone.dof):
            raise source.wrong("degrees of freedom are not understood", place=place,
                               found=" ".join(rest), expected="rx, ry, rz")  # fmt: skip
    return bone


def _order(word: str, place: str, source: Source) -> str:
    if sorted(word.upper()) != ["X", "Y", "Z"]:
        raise source.wrong("not an order of axes", place=place, found=word, expected="XYZ")
    return word.upper()


def _amc(text: str, asf: _Asf, source: Source) -> tuple[dict[str, Array], list[Note]]:
    """Values of each bone (frames × channels)."""
    values: dict[str, list[list[float]]] = {}
    frames = 0
    for number, raw in enumerate(text.splitlines(), start=1):
        words = raw.split()
        if not words or words[0][0] in "#:":
            continue
        if len(words) == 1 and words[0].isdigit():
            frames += 1
            continue
        wanted = (
            6
            if words[0] == "root"
            else len(asf.bones[words[0]].dof)
            if words[0] in asf.bones
            else None
        )
        if wanted is None:
            raise source.wrong("a bone is not in the skeleton", place=f"line {number}", found=words[0],
                               remedy="give the .asf of the same person")  # fmt: skip
        try:
            row = [float(w) for w in words[1:]]
        except ValueError:
            row = []
        if len(row) != wanted or not all(abs(v) < _LARGEST for v in row):
            if frames == 1 or frames != _last_frame(text):
                raise source.wrong(
                    "the values do not fit the bone's degrees of freedom", place=f"line {number}",
                    found=" ".join(words), expected=f"{wanted} numbers",
                )  # fmt: skip
            break
        rows = values.setdefault(words[0], [])
        if len(rows) >= frames:
            raise source.wrong(
                "a bone stands twice in one frame", place=f"line {number}", found=words[0]
            )
        rows.append(row)
    if "root" not in values:
        raise source.wrong("no frame holds the root", expected="frames of a motion")
    complete = min(len(rows) for rows in values.values())
    if complete < max(1, frames - 1):
        short = min(values, key=lambda k: len(values[k]))
        raise source.wrong("a bone is missing in some frames", place=f"bone {short}",
                           found=f"{complete} of {frames} frames")  # fmt: skip
    notes = []
    if complete < frames:
        notes.append(Note("warning", "frames", "the last frame is cut and was left out"))
    return {k: np.array(rows[:complete]) for k, rows in values.items()}, notes


def _last_frame(text: str) -> int:
    return len(re.findall(r"(?m)^\s*\d+\s*$", text))


def _move(
    asf: _Asf, frames: dict[str, Array], source: Source
) -> tuple[skeleton.Skeleton, list[Array | None], Array]:
    """The tree of bone ends, the rotation of each bone, and the root's path (file's unit).

    A bone's rotation is C M C⁻¹: M from its degrees of freedom, C its own axes in the rest pose,
    each with the first axis applied first.
    """
    order = ["root"]
    for name in order:
        order += [c for c, p in asf.parent.items() if p == name]
    unknown = [n for n in order if n not in asf.bones]
    if unknown:
        raise source.wrong("a bone has no data", place=":hierarchy", found=unknown[0])
    at = {name: i for i, name in enumerate(order)}
    unit = 1.0 if asf.degrees else 180.0 / math.pi
    rotations: list[Array | None] = []
    for name in order:
        bone, values = asf.bones[name], frames.get(name)
        channels = asf.root_order if name == "root" else bone.dof
        turns = {c[1].upper(): k for k, c in enumerate(channels) if c[0] == "r"}
        if values is None or not turns:
            rotations.append(None)
            continue
        axes_first = bone.order[::-1]
        axis = np.array([bone.axis])[:, ["XYZ".index(a) for a in axes_first]] * unit
        own = skeleton.euler(axis, axes_first)
        listed = "".join(turns)[::-1]
        motion = skeleton.euler(values[:, [turns[a] for a in listed]] * unit, listed)
        rotations.append(own @ motion @ own.transpose(0, 2, 1))
    path = np.column_stack([frames["root"][:, asf.root_order.index(f"t{a}")] for a in "xyz"])
    bones = skeleton.Skeleton(
        tuple(_ENDS.get(n, f"{n}_end") for n in order),
        tuple(at[asf.parent[n]] if n != "root" else -1 for n in order),
        np.array([np.array(asf.bones[n].direction) * asf.bones[n].length for n in order]),
    )
    return bones, rotations, path + np.array(asf.position)
