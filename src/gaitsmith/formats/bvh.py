"""BVH (Biovision hierarchy): forward kinematics to joint positions, and leg angles from them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gaitsmith.formats import axes, skeleton
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.opensim_table import numbers
from gaitsmith.recording import Recording
from gaitsmith.streams import Stream
from gaitsmith.subject import Note
from gaitsmith.units import factor

__all__ = ["NAME", "SUFFIXES", "frame_rate", "read", "recording_of", "sniff"]

Array = npt.NDArray[np.float64]

NAME = "BVH skeleton"
SUFFIXES = (".bvh",)

_CHANNEL = re.compile(r"([XYZ])(position|rotation)", re.I)
# Thigh plus shank of a person lies between these (m); the unit that brings it there is taken.
# The last is the unit of the CMU data base, 1/0.45 inch.
_LEG_UNITS = (
    ("metres", 1.0, 0.3, 1.4),
    ("millimetres", 1e-3, 0.3, 1.4),
    ("centimetres", 1e-2, 0.46, 1.4),
    ("inches", 0.0254, 0.4, 1.17),
    ("units of 1/0.45 inch", 0.0254 / 0.45, 0.4, 0.9),
)


@dataclass
class _Tree:
    names: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    offsets: list[tuple[float, float, float]] = field(default_factory=list)
    channels: list[list[str]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def sniff(head: bytes, suffix: str) -> float:
    """1 for ``HIERARCHY`` at the start; a little for the suffix alone."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:9].upper() == b"HIERARCHY":
        return 1.0
    return 0.3 if suffix in SUFFIXES else 0.0


def read(source: Source, hints: Hints) -> Recording:
    """Stream ``points`` (m, y up) of all joints and tips, and ``angles`` of the legs.

    Rotations are applied in the order each joint lists its channels. Position channels stand in
    place of a joint's offset. The file has no unit: it is inferred from the length of the legs.

    Raises
    ------
    FormatError
        Where the hierarchy is broken, frames are missing, or the unit cannot be inferred.
    """
    text = source.text()
    split = re.search(r"(?im)^\s*MOTION\s*$", text)
    if split is None:
        raise source.wrong("the line MOTION is missing", expected="HIERARCHY, then MOTION",
                           remedy="the file may be cut short")  # fmt: skip
    tree = _hierarchy(text[: split.start()], source)
    first = text.count("\n", 0, split.end()) + 1
    lines = text.split("\n")
    frames, period, first = _motion_header(lines, first, source)
    width = sum(len(c) for c in tree.channels)
    data, notes = numbers(
        lines,
        first,
        width,
        source,
        tabs=False,
        cut=not text.endswith("\n"),
        claimed=None if frames == -1 else frames,
    )
    notes = [*tree.notes, *notes]
    if frames is not None and frames != len(data):
        count = f"{frames} frames" if frames >= 0 else "what is no number of frames"
        words = f"the header counts {count}, {len(data)} are there"
        notes.append(Note("warning", "Frames", words))
    if not np.isfinite(data).all():
        at = int(np.argmin(np.isfinite(data).all(axis=1)))
        raise source.wrong("a value is missing", place=f"frame {at + 1}", expected="numbers only")
    rate = hints.rate_hz or frame_rate(period)
    if rate is None:
        raise source.wrong("the frame time is not a time", place="Frame Time", found=period,
                           expected="seconds above 0", remedy="give the rate: rate_hz=120")  # fmt: skip
    bones = skeleton.Skeleton(tuple(tree.names), tuple(tree.parents), np.array(tree.offsets))
    points, root = _move(tree, bones, data)
    return recording_of(
        bones, points, root, rate=rate, scale=None, hints=hints, source=source, notes=notes
    )


def recording_of(
    bones: skeleton.Skeleton,
    points: Array,
    root: Array,
    *,
    rate: float,
    scale: float | None,
    hints: Hints,
    source: Source,
    notes: list[Note],
) -> Recording:
    """Points in metres and leg angles as a Recording; `scale` None: inferred from the legs."""
    if "length" in hints.units:
        scale = factor(hints.units["length"], "length")
    elif scale is None:
        scale, note = _scale(bones, source)
        notes = [*notes, note]
    angles, more = skeleton.leg_angles(bones, points, root)
    notes = [*notes, *more]
    points = points * scale
    up = axes.parse_axis(hints.up) if hints.up else axes.infer_up(points, bones.names)
    if up is not None and up != (1, 1):
        points = axes.turn_up(points, up)
        if not hints.up:
            words = (
                f"the body stands along {'-' if up[1] < 0 else '+'}{'xyz'[up[0]]}: turned upright"
            )
            notes = [*notes, Note("assumption", "points", words)]
    if not np.isfinite(points).all() or np.abs(points).max(initial=0.0) > 1e5:
        raise source.wrong("positions leave the laboratory", place="frames",
                           found=f"{np.abs(points).max():.3g} m", expected="at most 100 km")  # fmt: skip
    streams = {"points": Stream("points", points, bones.names, rate=rate)}
    if angles:
        data = np.column_stack(list(angles.values()))
        attrs = {"zero": "rest pose"}
        streams["angles"] = Stream("angles", data, tuple(angles), rate=rate, attrs=attrs)
    return Recording(streams=streams, notes=tuple(notes), name=source.stem)


def _hierarchy(text: str, source: Source) -> _Tree:
    tree = _Tree()
    stack: list[int] = []
    opened = -1
    for raw in text.replace("{", "\n{\n").replace("}", "\n}\n").splitlines():
        line = raw.strip()
        word, _, rest = line.partition(" ") if " " in line else line.partition("\t")
        upper = word.upper()
        if upper in ("ROOT", "JOINT", "END"):
            if upper == "ROOT" and tree.names:
                raise source.wrong("a second root", place=f"ROOT {rest.strip()}",
                                   expected="one person", remedy="split the file")  # fmt: skip
            parent = stack[-1] if stack else -1
            if (parent < 0) != (upper == "ROOT"):
                raise source.wrong("the tree is broken", place=line, expected="one ROOT above all")
            name = f"{tree.names[parent]}_end" if upper == "END" else rest.strip()
            tree.names.append(_free(name or "joint", tree.names))
            tree.parents.append(parent)
            tree.offsets.append((math.nan, math.nan, math.nan))
            tree.channels.append([])
            opened = len(tree.names) - 1
        elif upper == "{":
            if opened < 0:
                raise source.wrong("a brace without a joint", place="HIERARCHY")
            stack.append(opened)
            opened = -1
        elif upper == "}":
            if not stack:
                raise source.wrong("more braces are closed than opened", place="HIERARCHY")
            stack.pop()
        elif upper == "OFFSET" and stack:
            tree.offsets[stack[-1]] = _offset(rest, tree.names[stack[-1]], source)
        elif upper == "CHANNELS" and stack:
            tree.channels[stack[-1]] = _channels(rest, tree.names[stack[-1]], source)
    if stack or not tree.names:
        raise source.wrong("the hierarchy is not closed", place="HIERARCHY",
                           found=f"{len(stack)} open braces")  # fmt: skip
    for name, offset in zip(tree.names, tree.offsets, strict=True):
        if not all(abs(v) < 1e9 for v in offset):
            raise source.wrong("a joint has no offset", place=f"joint {name}")
    if not any(tree.channels):
        raise source.wrong("no joint has channels", place="HIERARCHY")
    _strip_prefix(tree)
    return _without_null_tips(tree)


def _strip_prefix(tree: _Tree) -> None:
    """A prefix that all joints share (``mixamorig:``) is taken off."""
    prefixes = {name.partition(":")[0] if ":" in name else "" for name in tree.names}
    if len(prefixes) != 1 or "" in prefixes:
        return
    prefix = prefixes.pop()
    tree.names[:] = [name[len(prefix) + 1 :] for name in tree.names]
    tree.notes.append(
        Note("assumption", "joints", f"the prefix '{prefix}' was taken off the labels")
    )


def _free(name: str, taken: list[str]) -> str:
    out, n = name, 2
    while out in taken:
        out, n = f"{name}_{n}", n + 1
    return out


def _offset(text: str, name: str, source: Source) -> tuple[float, float, float]:
    try:
        x, y, z = (float(v) for v in text.split())
    except ValueError:
        raise source.wrong("an offset is not three numbers", place=f"joint {name}",
                           found=text.strip()) from None  # fmt: skip
    return x, y, z


def _channels(text: str, name: str, source: Source) -> list[str]:
    words = text.split()
    out = []
    for word in words[1:]:
        match = _CHANNEL.fullmatch(word)
        if match is None:
            raise source.wrong("an unknown channel", place=f"joint {name}", found=word,
                               expected="Xposition … Zrotation")  # fmt: skip
        out.append(match[1].upper() + match[2][0].lower())
    if len(set(out)) != len(out) or not words or words[0] != str(len(out)):
        raise source.wrong("channels do not fit their count", place=f"joint {name}",
                           found=text.strip())  # fmt: skip
    return out


def _without_null_tips(tree: _Tree) -> _Tree:
    """Tips (End Site) that lie on their joint say nothing and are left out."""
    keep = [
        i
        for i, (name, offset) in enumerate(zip(tree.names, tree.offsets, strict=True))
        if any(offset) or not name.endswith("_end") or tree.channels[i] or i in tree.parents
    ]
    new = {old: i for i, old in enumerate(keep)}
    return _Tree(
        [tree.names[i] for i in keep],
        [new.get(tree.parents[i], -1) for i in keep],
        [tree.offsets[i] for i in keep],
        [tree.channels[i] for i in keep],
        tree.notes,
    )


def _motion_header(lines: list[str], first: int, source: Source) -> tuple[int | None, str, int]:
    """Frames claimed, frame time as written, index of the first row."""
    frames: int | None = None
    period = ""
    for at in range(first, min(first + 20, len(lines))):
        line = lines[at].strip()
        match = re.match(r"(?i)(frames|frame\s*time)\s*:\s*(\S+)", line)
        if match is None:
            if line:
                return frames, period, at
            continue
        if match[1].lower() == "frames":
            frames = int(match[2]) if re.fullmatch(r"\d{1,18}", match[2]) else -1
        else:
            period = match[2]
    raise source.wrong("no frame stands after MOTION", place=f"line {first + 1}",
                       remedy="the file may be cut short")  # fmt: skip


def frame_rate(period: str) -> float | None:
    """Hz behind a frame time as written: the integer rate within its rounding, else 1/period."""
    try:
        seconds = float(period)
    except ValueError:
        return None
    if not (math.isfinite(seconds) and 1e-6 <= seconds <= 10.0):
        return None
    half = 0.5 * 10.0 ** -len(period.partition(".")[2]) if "e" not in period.lower() else 0.0
    nearest = round(1.0 / seconds)
    # Exporters cut as well as round, hence a whole last digit.
    if nearest >= 1 and abs(1.0 / nearest - seconds) <= 2.0 * half:
        return float(nearest)
    return 1.0 / seconds


def _move(tree: _Tree, bones: skeleton.Skeleton, data: Array) -> tuple[Array, Array]:
    rotations: list[Array | None] = []
    positions: dict[int, Array] = {}
    column = 0
    for i, channels in enumerate(tree.channels):
        values = data[:, column : column + len(channels)]
        column += len(channels)
        turns = [k for k, c in enumerate(channels) if c[1] == "r"]
        order = "".join(channels[k][0] for k in turns)
        rotations.append(skeleton.euler(values[:, turns], order) if turns else None)
        moves = {c[0]: k for k, c in enumerate(channels) if c[1] == "p"}
        if moves:
            still = bones.offsets[i]
            positions[i] = np.column_stack([
                values[:, moves[a]] if a in moves else np.full(len(data), still[n])
                for n, a in enumerate("XYZ")
            ])  # fmt: skip
    return skeleton.forward(bones, rotations, positions, len(data))


def _scale(bones: skeleton.Skeleton, source: Source) -> tuple[float, Note]:
    length = skeleton.leg_length(bones)
    what = "thigh and shank"
    if length is None:
        height = float(np.ptp(skeleton.rest_points(bones)[:, 1]))
        # Hip to ankle is near half of stature (Winter 2009, fig. 4.1: 0.53 - 0.039).
        length, what = 0.49 * height, "half the skeleton's height"
    for name, scale, low, high in _LEG_UNITS:
        if low <= length * scale <= high:
            words = f"{what} measure {length:.4g}: taken as {name} ({length * scale:.2f} m)"
            return scale, Note("assumption", "length unit", words)
    raise source.wrong(
        "the unit of length cannot be inferred", found=f"{what} measure {length:.4g}",
        expected="legs of 0.3 to 1.4 m", remedy='give it: units={"length": "cm"}',
    )  # fmt: skip
