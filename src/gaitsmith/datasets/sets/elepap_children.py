"""Children of ELEPAP: stride-normalised angles, moments and powers, and stride parameters.

One CSV a trial (51 samples, 0 to 100 % of each side's own stride; left and right are not
simultaneous): rows are the left and the right foot's. Sagittal signs are documented and turned to
ours (moments there are extensor positive, pelvic tilt anterior positive); the other planes and the
inter-segmental forces keep the file's signs under ``file.`` names.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gaitsmith.datasets.base import About, Content, Excluded, Raw, Trial
from gaitsmith.datasets.curves import Curves
from gaitsmith.errors import FormatError
from gaitsmith.recording import Note, Subject

ABOUT = About(
    "elepap_children",
    "102 children with CP or alike (68 here), 12 typical (8 here): stride curves, parameters",
    "Evangelos-Karavas/Neural-Networks-For-Gait-Analysis-and-Prediction; ELEPAP",
    "thesis at NTUA with data of ELEPAP",
    "none stated; clinical data of children: publish nothing derived from it",
    "no",
)

# Source's name: ours and the sign that makes it ours.
_OURS = {
    "HipAngles (1)": ("hip_flexion", 1), "HipAngles (2)": ("hip_adduction", 1),
    "KneeAngles (1)": ("knee_angle", 1), "AnkleAngles (1)": ("ankle_angle", 1),
    "PelvisAngles (1)": ("pelvis_tilt", -1), "FootProgressAngles (3)": ("foot_progression", 1),
    "HipMoment (1)": ("hip_flexion_moment", -1), "KneeMoment (1)": ("knee_angle_moment", -1),
    "AnkleMoment (1)": ("ankle_angle_moment", -1),
}  # fmt: skip
_GROUPS = {"CP": "CP or another neurological disease", "TD": "typically developing"}
#: Values a walk cannot have (README: event and plate errors).
_SPEED = (0.1, 1.5)
_MOMENT = 4.0


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Every trial; doubtful ones carry the reason in ``use``."""
    for f in raw.find("*_s*_t*.csv"):
        match = re.fullmatch(r"((CP|TD)\d+)_s(\d+)_t(\d+)", f.stem)
        if match is not None:
            yield Trial(f.stem, match[1], partial(_read, f.path), f.name, group=_GROUPS[match[2]],
                        condition=f"session {match[3]}")  # fmt: skip


def _number(text: str) -> float:
    return float(text) if text.strip() else np.nan


def _read(path: Path) -> Content:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        names, _sides, _units, *rows = list(csv.reader(handle))
    try:
        table = np.array([[_number(x) for x in row] for row in rows])
    except ValueError as error:
        raise FormatError("a value is not a number", file=path.name, found=str(error)) from error
    if table.shape != (51, len(names)):
        raise FormatError("not the table of a trial", file=path.name, found=table.shape,
                          expected=f"51 rows × {len(names)} columns")  # fmt: skip
    columns = {n: table[:, i] for i, n in enumerate(names)}
    bare = [n[1:] for n in names if re.match(r"L(?!eft )", n)]
    labels, data = [], np.empty((2, 51, len(bare)))
    for k, name in enumerate(bare):
        ours, sign = _OURS.get(name, (_file_name(name), 1))
        labels.append(ours)
        for row, side in enumerate("LR"):
            data[row, :, k] = sign * columns[side + name]
    facts = {
        _fact(n): [float(columns[f"{s} {n}"][0]) for s in ("Left", "Right")]
        for n in (x.removeprefix("Left ") for x in names if x.startswith("Left "))
    }
    notes = _doubts(data, labels, facts)
    return Curves(
        data, tuple(labels), tuple(_unit(n) for n in bare), np.arange(0.0, 101.0, 2.0), "stride",
        "single", {"side": ["left", "right"], **{k: _known(v) for k, v in facts.items()}},
        subject=Subject(id=path.stem.split("_")[0]), notes=tuple(notes), name=path.stem,
    )  # fmt: skip


def _file_name(name: str) -> str:
    return "file." + re.sub(r"\W+", "_", name).strip("_").lower()


def _fact(name: str) -> str:
    return "speed" if name == "Walking Speed" else name.lower().replace(" ", "_")


def _unit(name: str) -> str:
    if "Angles" in name:
        return "deg"
    return "Nm/kg" if "Moment" in name else "N/kg" if "Force" in name else "W/kg"


def _known(values: list[float]) -> list[float | None]:
    return [v if np.isfinite(v) else None for v in values]


def _doubts(
    data: npt.NDArray[np.float64], labels: list[str], facts: dict[str, list[float]]
) -> list[Note]:
    notes = []
    for side, speed in zip(("left", "right"), facts["speed"], strict=True):
        if np.isfinite(speed) and not _SPEED[0] <= speed <= _SPEED[1]:
            notes.append(
                Note("warning", "speed", f"{side} {speed:g} m/s: wrong events or an unusual walk")
            )
    moments = data[:, :, [i for i, x in enumerate(labels) if x.endswith("_moment")]]
    peak = float(np.nanmax(np.abs(moments), initial=0.0))
    if peak > _MOMENT:
        notes.append(
            Note("warning", "moments", f"peak of {peak:.1f} N·m/kg: an error of the plate")
        )
    kinetics = [i for i, x in enumerate(labels) if "moment" in x]
    angles = [i for i, x in enumerate(labels) if x in ("hip_flexion", "knee_angle", "ankle_angle")]
    for row, side in enumerate(("left", "right")):
        for what, at in (("angles", angles), ("kinetics", kinetics)):
            there = np.isfinite(data[row][:, at])
            if not there.any():
                why = ": the foot hit no plate" if what == "kinetics" else ""
                notes.append(Note("warning", side, f"no {what}{why}"))
            elif not there.all():
                notes.append(Note("warning", side, f"{what} with missing samples"))
    return notes
