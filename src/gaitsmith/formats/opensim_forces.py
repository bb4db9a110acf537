"""Ground reaction forces among the columns of a table: five layouts of names, one array.

=================================================== ============================================
columns                                             labels here
=================================================== ============================================
``ground_force_r_vx … ground_torque_r_x``, ``_l_``  ``foot_r``, ``foot_l`` (the names say so)
``ground_force_vx …``, ``1_ground_force_vx …``      ``foot_r``, ``foot_l`` (convention, a note)
``ground_force_1_vx … _px … _mx``                   ``plate_1``, …
``ground_force_vx1 … ground_torque_z1``             ``plate_1``, …
any of these behind joint columns                   as above
=================================================== ============================================

Forces act on the person, in newtons; x forward, y up, z right; the centre of pressure is in
metres; the torque about the vertical at the centre of pressure is the free moment (N·m).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.formats.base import Hints
from gaitsmith.subject import Note
from gaitsmith.units import factor

__all__ = [
    "COP_FORCE", "ForceColumns", "build", "find_columns", "in_newtons", "is_force", "mask_cop",
]  # fmt: skip

Array = npt.NDArray[np.float64]

#: Force (N) under which a centre of pressure is a quotient of noise: the usual 20 N threshold of
#: contact (Tirosh & Sparrow, J Appl Biomech 2003;19:178-184 compare 10 to 20 N).
COP_FORCE = 20.0

_SIDES = r"r|l|right|left|calcn_r|calcn_l|foot_r|foot_l"
_COLUMN = re.compile(
    rf"(?:(?P<lead>\d+|{_SIDES})_)?(?:ground_)?(?P<kind>force|torque|moment|grf|grm|cop)_?"
    rf"(?:(?P<mid>\d+|{_SIDES})_)?(?P<what>[vpmf])?(?P<axis>[xyz])(?:_?(?P<tail>\d+|{_SIDES}))?",
    re.I,
)
_WHAT = {"force": "v", "grf": "v", "torque": "m", "moment": "m", "grm": "m", "cop": "p"}


@dataclass(frozen=True)
class ForceColumns:
    """The columns of one plate or foot.

    Attributes
    ----------
    label
        ``foot_r``, ``foot_l``, ``plate_1``, …
    prefix
        The part of the names that an external-loads file calls ``force_identifier``.
    at
        Column for ``vx … vz``, ``px … pz``, ``mx … mz``.
    known_by
        How the foot is known: ``"name"``, ``"custom"``, or ``""`` where it is not.
    """

    label: str
    prefix: str
    at: dict[str, int]
    known_by: str = ""


def _side(word: str) -> str | None:
    last = word.lower().rsplit("_", 1)[-1]
    return {"r": "foot_r", "right": "foot_r", "l": "foot_l", "left": "foot_l"}.get(last)


def find_columns(labels: Sequence[str]) -> tuple[list[ForceColumns], list[Note]]:
    """The plates or feet that `labels` speak of, in the file's order, and notes.

    A set of columns without any force component is left out and named.
    """
    groups: dict[tuple[str, str, str], dict[str, int]] = {}
    for i, label in enumerate(labels):
        match = _COLUMN.fullmatch(label.strip().split("/")[-1])
        if match is None:
            continue
        what = (match["what"] or _WHAT[match["kind"].lower()]).lower()
        key = tuple((match[x] or "").lower() for x in ("lead", "mid", "tail"))
        columns = groups.setdefault(key, {})  # type: ignore[arg-type]
        columns.setdefault(("v" if what == "f" else what) + match["axis"].lower(), i)
    notes: list[Note] = []
    for key in [k for k, at in groups.items() if not {"vx", "vy", "vz"} & set(at)]:
        some = labels[min(groups.pop(key).values())]
        notes.append(Note("warning", some, "columns of a plate without any force were left out"))
    convention = set(groups) == {("", "", ""), ("1", "", "")}
    if convention:
        notes.append(Note(
            "assumption", "forces",
            "ground_force_* is taken as the right foot and 1_ground_force_* as the left, "
            "OpenSim's custom; the names do not say it",
        ))  # fmt: skip
    out: list[ForceColumns] = []
    taken: set[str] = set()
    for n, (key, at) in enumerate(groups.items(), start=1):
        word = next((k for k in key if k), "")
        side = _side(word)
        if convention:
            side = "foot_l" if key[0] else "foot_r"
        numbered = word.isdigit() and ("", "", "") not in groups
        label = side or f"plate_{int(word) if numbered else n}"
        while label in taken:
            label += "_2"
        taken.add(label)
        first = labels[next(at[c] for c in ("vx", "vy", "vz") if c in at)]
        prefix = first if key[2] else first[:-1]
        known_by = "custom" if convention else "name" if side else ""
        out.append(ForceColumns(label, prefix, at, known_by))
    return out, notes


def is_force(label: str) -> bool:
    """Whether a column of this name is a force, torque or centre of pressure."""
    return _COLUMN.fullmatch(label.strip().split("/")[-1]) is not None


def in_newtons(
    columns: Sequence[ForceColumns], data: Array, hints: Hints
) -> tuple[Array, list[Note]]:
    """`data` with forces in N and torques in N·m where the user told another unit than OpenSim's."""
    notes: list[Note] = []
    for dimension, ours, first in (("force", "N", "v"), ("moment", "Nm", "m")):
        told = hints.units.get(dimension)
        if told is None or factor(told, dimension) == 1.0:
            continue
        at = [i for c in columns for axis, i in c.at.items() if axis.startswith(first)]
        if at:
            data = data.copy()
            data[:, at] *= factor(told, dimension)
            words = f"{dimension}s taken as {told}, as told, although OpenSim's are {ours}"
            notes.append(Note("assumption", "forces", words))
    return data, notes


def build(columns: Sequence[ForceColumns], data: Array) -> tuple[Array, list[Note]]:
    """Array time × plate × 7 of a table's numbers, units and signs checked, with notes."""
    notes: list[Note] = []
    parts = []
    for plate in columns:
        get = {k: data[:, i] for k, i in plate.at.items()}
        missing = np.full(len(data), np.nan)
        force = np.column_stack([get.get("v" + a, missing) for a in "xyz"])
        cop = np.column_stack([get.get("p" + a, missing) for a in "xyz"])
        torque = np.column_stack([get.get("m" + a, missing) for a in "xyz"])
        absent = [f"v{a}" for a in "xyz" if "v" + a not in plate.at]
        if absent:
            notes.append(Note("warning", plate.label, f"no column for {', '.join(absent)}"))
        turned = _z_up(force)
        if turned:
            words = "the vertical force stands in z: turned so that y is up"
            notes.append(Note("assumption", plate.label, words))
            force, cop, torque = (
                np.column_stack((a[:, 0], a[:, 2], -a[:, 1])) for a in (force, cop, torque)
            )
        vertical = np.nan_to_num(force[:, 1])
        if vertical.min(initial=0.0) < -100 and vertical.sum() < 0:
            words = "vertical force is negative (on the plate): signs of force and torque reversed"
            notes.append(Note("assumption", plate.label, words))
            force, torque = -force, -torque
        size = np.linalg.norm(np.nan_to_num(force), axis=1)
        peak = float(size.max(initial=0.0))
        if 0.2 < peak < 8.0:
            words = f"peak force is {peak:.2f}: this looks like body weights, not newtons"
            notes.append(Note("warning", plate.label, words))
        cop, torque, more = _centre(plate.label, force, cop, torque, size)
        notes += more
        parts.append(np.column_stack((force, cop, torque[:, 1])))
    out = np.stack(parts, axis=1)
    out, note = mask_cop(out)
    return out, notes + note


def _z_up(force: Array) -> bool:
    mean = np.abs(np.nan_to_num(force).sum(axis=0)) / max(1, len(force))
    return bool(mean[2] > 50.0 and mean[2] > 5.0 * mean[1])


def _centre(
    label: str, force: Array, cop: Array, torque: Array, size: Array
) -> tuple[Array, Array, list[Note]]:
    """Centre of pressure in metres; from the moments where the file leaves its columns empty."""
    notes: list[Note] = []
    loaded = size > 5 * COP_FORCE
    if not loaded.any():
        return cop, torque, notes
    reach = np.abs(np.nan_to_num(cop[loaded])).max(axis=1)
    twist = np.abs(np.nan_to_num(torque[loaded]))
    empty = not reach.any()
    if empty and twist[:, [0, 2]].max() > 1.0:
        # M = p × F about the origin on the floor (y = 0): px = Mz / Fy, pz = -Mx / Fy.
        with np.errstate(divide="ignore", invalid="ignore"):
            px, pz = torque[:, 2] / force[:, 1], -torque[:, 0] / force[:, 1]
        cop = np.column_stack((px, np.zeros(len(px)), pz))
        free = torque[:, 1] - (pz * force[:, 0] - px * force[:, 2])
        torque = np.column_stack((torque[:, 0] * 0, free, torque[:, 2] * 0))
        notes.append(
            Note(
                "assumption", label, "centre of pressure computed from the moments about the origin"
            )
        )
    # A laboratory is not 30 m wide; the same numbers in millimetres are.
    if not empty and float(np.median(reach)) > 30.0:
        notes.append(Note("assumption", label, "centre of pressure is taken as millimetres"))
        cop = cop / 1000.0
        if twist.max() > 1000.0:
            notes.append(Note("assumption", label, "torque is taken as N·mm"))
            torque = torque / 1000.0
    return cop, torque, notes


def mask_cop(data: Array) -> tuple[Array, list[Note]]:
    """`data` (time × plate × 7) with NaN centre of pressure under `COP_FORCE`, and a note."""
    low = ~(np.linalg.norm(data[..., :3], axis=-1) >= COP_FORCE)
    had = low & np.isfinite(data[..., 3:6]).any(axis=-1)
    if not had.any():
        return data, []
    out = data.copy()
    out[low, 3:6] = np.nan
    words = (
        f"centre of pressure is set missing where the force is under {COP_FORCE:g} N "
        f"({int(had.sum())} of {had.size} samples)"
    )
    return out, [Note("assumption", "forces", words)]
