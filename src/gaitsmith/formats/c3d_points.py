"""C3D points: which are places on the body and which are computed outputs, units, and up.

A file keeps joint angles, forces, moments and powers as further "points"; the parameters
POINT:ANGLES, FORCES, MOMENTS, POWERS, SCALARS (Vicon's TYPE_GROUPS) name them. Segment axes of a
model (``LFEO``, ``LFEA``, ``LFEL``, ``LFEP``) are points too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith import landmarks
from gaitsmith.errors import GaitsmithError
from gaitsmith.formats.axes import parse_axis
from gaitsmith.formats.c3d_container import Container
from gaitsmith.recording import Note
from gaitsmith.units import factor, normalise

__all__ = ["Sorted", "find_up", "labels_of", "length_factors", "sort_points"]

Array = npt.NDArray[np.float64]

_GROUPS = {"ANGLES": "angles", "FORCES": "forces", "MOMENTS": "moments", "POWERS": "powers",
           "SCALARS": "scalars"}  # fmt: skip
_BY_NAME = (
    (re.compile(r".*Angles?V?\d?$"), "angles"), (re.compile(r".*Moments?$"), "moments"),
    (re.compile(r".*Powers?$"), "powers"), (re.compile(r".*(Force|GRF)$"), "forces"),
)  # fmt: skip
# Origin and the three axes of a segment, as Plug-in Gait and the Oxford foot model name them.
_AXES = "OALP"
# Vicon, Plug-in Gait Reference Guide: origin of the femur = knee joint centre, of the tibia =
# ankle joint centre; the femur's proximal point = hip joint centre.
_CENTRES = {"FEP": "HJC", "FEO": "KJC", "TIO": "AJC"}
#: Words that a label of an unnamed trajectory has.
_UNNAMED = re.compile(r"(\*\d*|#\d*|C_\d+|U_\d+|uname.*|unlabel.*)", re.IGNORECASE)


@dataclass(frozen=True)
class Sorted:
    """Columns of the file's points by what they are.

    ``places`` and ``centres`` hold ``(column, label)``, ``outputs`` ``kind -> (column, label)``.
    """

    places: list[tuple[int, str]]
    outputs: dict[str, list[tuple[int, str]]]
    notes: list[Note]


def labels_of(box: Container) -> list[str]:
    """One label a column, as the file has them; blank where it has none."""
    names = box.text("POINT", "LABELS")
    count = box.points.shape[1]
    return (names + [""] * count)[:count]


def length_factors(
    box: Container, hint: str | None = None
) -> tuple[Array, float, list[Note]]:  # fmt: skip
    """Factor to metres for each point, and for the lab (plates' corners); with notes.

    POINT:UNITS holds one unit, or one for each point. Without it the size of the coordinates
    decides: markers spread over more than 20 units cannot be metres.
    """
    notes: list[Note] = []
    count = box.points.shape[1]
    if hint is not None:
        said = next((normalise(w) for w in box.text("POINT", "UNITS") if w), None)
        if said in ("m", "cm", "mm", "in") and factor(said, "length") != factor(hint, "length"):
            notes.append(
                Note(
                    "warning",
                    "POINT:UNITS",
                    f"lengths are taken as {hint}, as told, although the file says {said}",
                )
            )
        return np.full(count, factor(hint, "length")), factor(hint, "length"), notes
    words = [w for w in box.text("POINT", "UNITS") if w]
    known = [factor(w, "length") if normalise(w) in ("m", "cm", "mm", "in") else None
             for w in words]  # fmt: skip
    if len(known) >= count > 1 and len(set(known)) > 1 and None not in known:
        each = np.array([k for k in known if k is not None][:count])
        return each, float(np.median(each)), notes
    if known and known[0] is not None:
        return np.full(count, known[0]), known[0], notes
    with np.errstate(invalid="ignore"):
        size = float(np.nanpercentile(np.abs(box.points), 90)) if box.points.size else 0.0
    guess = 1e-3 if not size < 20 else 1.0
    notes.append(Note("assumption", "POINT:UNITS",
                      f"the file names no unit of length ({words[0] if words else 'none'!r}); "
                      f"the coordinates fit {'millimetres' if guess < 1 else 'metres'}"))  # fmt: skip
    return np.full(count, guess), guess, notes


def sort_points(box: Container, missing: npt.NDArray[np.bool_]) -> Sorted:
    """What each column is, with labels that are unique.

    Parameters
    ----------
    missing
        frame × point.
    """
    raw = labels_of(box)
    notes: list[Note] = []
    names = _without_prefix(raw, notes)
    declared = {
        label: kind
        for group, kind in _GROUPS.items()
        for label in _without_prefix(box.text("POINT", group), [])
    }
    outputs: dict[str, list[tuple[int, str]]] = {}
    rest: list[int] = []
    for i, name in enumerate(names):
        kind = declared.get(name) or _kind_by_name(name)
        if kind is None:
            rest.append(i)
        else:
            outputs.setdefault(kind, []).append((i, name))
    seen = np.atleast_1d(~np.all(missing, axis=0))
    never = [i for i in rest if not seen[i]]
    if never:
        notes.append(Note("assumption", "points",
                          f"{len(never)} points are never seen and were left out: "
                          f"{_some(names[i] or 'unnamed' for i in never)}"))  # fmt: skip
    rest = [i for i in rest if seen[i]]
    rest = _without_axes(names, rest, notes)
    rest = _without_unnamed(names, rest, notes)
    descriptions = box.text("POINT", "DESCRIPTIONS")
    places = _unique([(i, names[i]) for i in rest], descriptions, notes)
    return Sorted(_with_centres(places, notes), outputs, notes)


def _some(words: object, limit: int = 6) -> str:
    items = list(words)  # type: ignore[call-overload]
    return ", ".join(items[:limit]) + (", …" if len(items) > limit else "")


def _kind_by_name(name: str) -> str | None:
    return next((kind for form, kind in _BY_NAME if form.fullmatch(name)), None)


def _without_prefix(labels: Sequence[str], notes: list[Note]) -> list[str]:
    """Labels without the subject's name before them, where all that have one have the same."""
    heads = Counter(x.split(":", 1)[0] for x in labels if ":" in x.strip(":"))
    if len(heads) > 1:
        notes.append(Note("warning", "points", f"labels of {len(heads)} subjects stand in one "
                          f"file ({_some(heads)}); all are kept with their prefix"))  # fmt: skip
    if len(heads) != 1:
        return list(labels)
    head = next(iter(heads))
    notes.append(Note("assumption", "points", f"the prefix {head!r} was taken off the labels"))
    return [x.split(":", 1)[1] if x.startswith(head + ":") else x for x in labels]


def _without_axes(names: Sequence[str], rest: list[int], notes: list[Note]) -> list[int]:
    """Columns without the axes of a model's segments; its joint centres stay."""
    here = {names[i] for i in rest}
    stems = {n[:-1] for n in here if len(n) in (3, 4) and n[-1] == "O"}
    axes = {s for s in stems if all(s + a in here for a in _AXES)}
    drop = {s + a for s in axes for a in _AXES}
    kept = {x for x in drop if x[1:] in _CENTRES and x[0] in "LR"}
    if drop:
        notes.append(Note("assumption", "points", f"{len(drop - kept)} points that draw the axes "
                          f"of {len(axes)} segments were left out; joint centres stay"))  # fmt: skip
    return [i for i in rest if names[i] not in drop - kept]


def _without_unnamed(names: Sequence[str], rest: list[int], notes: list[Note]) -> list[int]:
    """Columns without the fragments that nobody named, where others are named."""
    unnamed = [i for i in rest if _UNNAMED.fullmatch(names[i])]
    if not unnamed or len(unnamed) == len(rest):
        return rest
    notes.append(Note("assumption", "points", f"{len(unnamed)} unnamed trajectories were left "
                      f"out: {_some(names[i] for i in unnamed)}"))  # fmt: skip
    return [i for i in rest if i not in set(unnamed)]


def _unique(columns: list[tuple[int, str]], descriptions: Sequence[str],
            notes: list[Note]) -> list[tuple[int, str]]:  # fmt: skip
    """Labels made unique: a repeated one takes its description, or a number."""
    out: list[tuple[int, str]] = []
    taken: set[str] = set()
    firsts = {name for _, name in columns}
    changed: list[str] = []
    for i, name in columns:
        label = name or f"point_{i + 1}"
        if label in taken:
            said = descriptions[i].strip() if i < len(descriptions) else ""
            n = 2
            label = said if said and said not in taken | firsts else f"{name}_{n}"
            while label in taken:
                n += 1
                label = f"{name}_{n}"
        if label != name:
            changed.append(f"{name or 'blank'} -> {label}")
        taken.add(label)
        out.append((i, label))
    if changed:
        notes.append(Note("warning", "points", f"{len(changed)} labels were blank or stood twice: "
                          f"{_some(changed)}"))  # fmt: skip
    return out


def _with_centres(places: list[tuple[int, str]], notes: list[Note]) -> list[tuple[int, str]]:
    """Joint centres of Plug-in Gait under the names that say so."""
    here = {label for _, label in places}
    # Only a model that gives both ends of the femur is known to be this one.
    change = {
        side + old: side + new
        for side in "LR"
        if {side + "FEP", side + "FEO"} <= here
        for old, new in _CENTRES.items()
        if side + old in here and side + new not in here
    }
    if change:
        notes.append(Note("assumption", "points", "joint centres of the model are named as such: "
                          + ", ".join(f"{a} = {b}" for a, b in change.items())))  # fmt: skip
    return [(i, change.get(label, label)) for i, label in places]


# --- which way is up -------------------------------------------------------------------------------


def find_up(
    box: Container, points: Array, labels: Sequence[str], corners: Sequence[Array], hint: str | None
) -> tuple[tuple[int, int], list[Note]]:
    """The lab axis that points up, and how that is known.

    In this order: the hint; the body (pelvis, trunk and head above the feet); the plates' normal,
    its sign by the markers above it or else by the order of the corners; POINT:Y_SCREEN; the only
    axis without negative coordinates; the spread of the markers (people are taller than wide).
    `points` are frame × point × 3 in lab axes (NaN where missing), `corners` 4 × 3 each.
    """
    if hint is not None:
        asked = parse_axis(hint)
        return asked, [Note("assumption", "axes", f"up is {hint}, as given")]
    screen = _screen(box)
    found = [
        (up, how)
        for up, how in (
            (_up_by_body(points, labels), "the feet are at the other end of the body"),
            (_up_by_plates(points, corners), "the force plates face that way"),
            (screen, "POINT:Y_SCREEN says so"),
            (_up_by_floor(points), "only its coordinates are all above the floor"),
            (_up_by_spread(points), "the markers spread most and travel least that way"),
        )
        if up is not None
    ]
    if not found:
        return (2, 1), [
            Note("warning", "axes", "nothing in the file says which axis is up; z was taken")
        ]
    (up, how), *others = found
    notes = [Note("assumption", "axes", f"up is {_axis(up)} of the file ({how})")]
    if screen is not None and screen != up:
        notes.append(Note("assumption", "axes", f"POINT:Y_SCREEN says that {_axis(screen)} is up; "
                          "it was not believed"))  # fmt: skip
    elif how.startswith("the markers"):
        notes = [Note("warning", n.place, n.words) for n in notes]
    plate = next((x for x, why in others if why.startswith("the force")), up)
    if plate != up:
        notes.append(Note("warning", "axes", f"the force plates face {_axis(plate)}, the body "
                          "stands otherwise"))  # fmt: skip
    return up, notes


def _screen(box: Container) -> tuple[int, int] | None:
    try:
        return parse_axis("".join(box.text("POINT", "Y_SCREEN")[:1]))
    except GaitsmithError:
        return None


def _axis(up: tuple[int, int]) -> str:
    return f"{'-' if up[1] < 0 else '+'}{'xyz'[up[0]]}"


def _dominant(vector: Array, least: float) -> tuple[int, int] | None:
    length = float(np.linalg.norm(vector))
    if not (np.isfinite(length) and length > 0):
        return None
    axis = int(np.argmax(np.abs(vector)))
    if abs(vector[axis]) < least * length:
        return None
    return axis, 1 if vector[axis] > 0 else -1


_LOW = ("heel_r", "heel_l", "toe_r", "toe_l", "ankle_r", "ankle_l", "mt5_r", "mt5_l")
_HIGH = ("pelvis", "sacrum", "asis_r", "asis_l", "psis_r", "psis_l", "hip_r", "hip_l", "neck",
         "shoulder_r", "shoulder_l", "trochanter_r", "trochanter_l", "chest")  # fmt: skip


def _up_by_body(points: Array, labels: Sequence[str]) -> tuple[int, int] | None:
    names = list(labels)

    def middle(wanted: Sequence[str]) -> Array | None:
        columns = [
            names.index(x) for x in dict.fromkeys(landmarks.find_all(names, wanted).values())
        ]
        if len(columns) < 2:
            return None
        part = points[:, columns]
        flat = np.where(np.isfinite(part), part, np.nan).reshape(-1, 3)
        flat = flat[np.isfinite(flat).all(axis=1)]
        return np.median(flat, axis=0) if len(flat) else None

    low, high = middle(_LOW), middle(_HIGH)
    return None if low is None or high is None else _dominant(high - low, 0.75)


def _up_by_plates(points: Array, corners: Sequence[Array]) -> tuple[int, int] | None:
    good = [c for c in corners if np.isfinite(c).all()]
    if not good:
        return None
    # The plate's own z points down (C3D User Guide, FORCE_PLATFORM:CORNERS).
    normal = -np.sum([np.cross(c[0] - c[1], c[0] - c[3]) for c in good], axis=0)
    up = _dominant(normal, 0.9)
    if up is None:
        return None
    heights = points[..., up[0]]
    heights = heights[np.isfinite(heights)] - np.mean([c[:, up[0]].mean() for c in good])
    if len(heights):
        return up[0], 1 if np.median(heights) >= 0 else -1
    return up


def _up_by_floor(points: Array) -> tuple[int, int] | None:
    """The only axis whose coordinates are all heights of a person; the others fall below 0 (m)."""
    flat = points.reshape(-1, 3)
    flat = flat[np.isfinite(flat).all(axis=1)]
    if len(flat) < 6:
        return None
    low, high = np.percentile(flat, [0.5, 99.5], axis=0)
    above = (low > 0) & (high < 2.6)
    below = low < -0.1
    if above.sum() != 1 or not below[~above].all():
        return None
    return int(np.argmax(above)), 1


def _up_by_spread(points: Array) -> tuple[int, int] | None:
    """Marker means spread most, and the whole travels least, along the vertical."""
    seen = np.atleast_1d(np.all(np.isfinite(points), axis=(0, 2)))
    if seen.sum() < 6:
        return None
    part = points[:, seen]
    spread = part.mean(axis=0).std(axis=0) - part.mean(axis=1).std(axis=0)
    second, first = np.sort(spread)[-2:]
    # A body is more than half as tall again as it is wide.
    return (int(np.argmax(spread)), 1) if first > 1.5 * max(second, 0.0) else None
