"""Voisard 2024/25: 260 people of eight cohorts walk 10 m and back; head, back and feet IMUs.

Voisard C et al. (2025) A Dataset of Clinical Gait Signals with Wearable Sensors from Healthy,
Neurological, and Orthopedic Cohorts. Sci Data, 10.1038/s41597-025-05959-w; figshare
10.6084/m9.figshare.28806086. Layout, as the set's own quick_start code reads it::

    <group>/<COHORT>/<subject>/<trial>/<trial>_meta.json
                                       <trial>_processed_data.txt
                                       <trial>_raw_data_{HE,LB,LF,RF}.txt

The processed file has one tab-separated table for all sensors on a common ``PacketCounter`` from 0
(``LF_Acc_X`` … in m/s², ``LF_Gyr_X`` … in rad/s, some with ``Mag``), with gaps as empty cells. The
JSON's ``leftGaitEvents`` and ``rightGaitEvents`` are pairs [toe-off, heel strike] in rows of that
table, ``uturnBoundaries`` likewise, ``freq`` the rate. The processed file is read; the raw ones
hold the same samples before they were joined.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.datasets.base import About, Content, Excluded, Raw, Trial
from gaitsmith.datasets.sets.xsens_feet import facts_of
from gaitsmith.errors import FormatError
from gaitsmith.events import Event, Events
from gaitsmith.formats import Hints
from gaitsmith.formats.imu_build import imu_stream, packet_clock
from gaitsmith.recording import Note, Recording, Subject

ABOUT = About(
    "voisard2024",
    "260 people: healthy, orthopaedic, neurological; 10 m, turn, 10 m: IMU on head, back, feet",
    "figshare 10.6084/m9.figshare.28806086",
    "Voisard C et al. (2025) A Dataset of Clinical Gait Signals with Wearable Sensors, Sci Data, 10.1038/s41597-025-05959-w",
    "CC BY 4.0",
    "yes",
    layout="the set's quick_start/load_data.py and plot_data.py",
)

COHORTS = {
    "HS": "healthy", "KOA": "knee osteoarthritis", "HOA": "hip osteoarthritis",
    "ACL": "cruciate ligament injury", "PD": "Parkinson", "CVA": "stroke",
    "CIPN": "chemotherapy neuropathy", "RIL": "radiation-induced leukoencephalopathy",
}  # fmt: skip
_PLACES = {"HE": "head", "LB": "lower_back", "LF": "foot_l", "RF": "foot_r"}
_AXES = ("Acc_X", "Acc_Y", "Acc_Z", "Gyr_X", "Gyr_Y", "Gyr_Z", "Mag_X", "Mag_Y", "Mag_Z")
_SEX = {"F": "female", "M": "male"}


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Every trial with its JSON and processed table."""
    for f in raw.find("*_meta.json"):
        trial = f.stem.removesuffix("_meta")
        facts = facts_of(f.path, f.name)
        match = re.fullmatch(r"([A-Z]+)_(\w+)_(\d+)", trial)
        if match is None:
            continue
        person = str(facts.get("subject") or f"{match[1]}_{match[2]}")
        data = f.path.with_name(f"{trial}_processed_data.txt")
        if not data.is_file():
            yield Excluded(trial, person, "no processed table beside the JSON", f.name)
            continue
        yield Trial(
            trial, person, partial(_read, data, f.path, person), f.name.replace("meta.json", "processed_data.txt"),
            group=COHORTS.get(match[1], match[1]), condition=str(facts.get("sensor") or ""),
            side=str(facts.get("clinicalDeficitSide") or "").lower(),
            facts={k: facts[k] for k in ("BMI", "laterality", "visualGaitAssessment",
                   "evaluationScoreName", "evaluationScoreValue") if k in facts},
        )  # fmt: skip


def _number(value: Any) -> float | None:
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known else None


def _table(path: Path) -> dict[str, npt.NDArray[np.float64]]:
    import pandas as pd

    try:
        table = pd.read_csv(path, sep="\t", dtype=np.float64)
    except (ValueError, OSError) as error:
        raise FormatError("not a table of numbers", file=path.name, found=str(error)) from error
    if "PacketCounter" not in table:
        raise FormatError("not the table of a trial", file=path.name,
                          found=", ".join(map(str, table.columns[:4])),
                          expected="PacketCounter and columns like LF_Acc_X")  # fmt: skip
    return {str(c): table[c].to_numpy(np.float64) for c in table.columns}


def _read(path: Path, notes_path: Path, person: str) -> Content:
    facts, columns = facts_of(notes_path, notes_path.name), _table(path)
    rate = _number(facts.get("freq")) or 100.0
    keep, clock, attrs, notes = packet_clock(
        columns["PacketCounter"], rate, place="imu", file=path.name
    )
    streams = {}
    for short, place in _PLACES.items():
        names = [f"{short}_{a}" for a in _AXES if f"{short}_{a}" in columns]
        if len(names) not in (6, 9):
            notes.append(Note("warning", place, "this sensor is not in the table"))
            continue
        block = np.column_stack([columns[n] for n in names])[keep]
        own = {**attrs, "lateral_axis": 1} if place.startswith("foot") else attrs
        stream, said = imu_stream(
            {place: block}, Hints(), clock, own, file=path.name, acc_unit="m/s2", gyr_unit="rad/s"
        )
        streams[f"imu_{place}"] = stream
        notes += said
    if not streams:
        raise FormatError("no sensor is in the table", file=path.name)
    times = next(iter(streams.values())).times
    return Recording(
        _person(facts, person), streams, _events(facts, times, path.name), tuple(notes),
        path.name.removesuffix("_processed_data.txt"),
    )  # fmt: skip


def _person(facts: dict[str, Any], person: str) -> Subject:
    height = _number(facts.get("height"))
    sex = facts.get("gender")
    side = str(facts.get("clinicalDeficitSide") or "").lower()
    return Subject(id=person).given(
        "meta.json", age=_number(facts.get("age")), mass=_number(facts.get("weight")),
        height=height / 100 if height is not None and height > 3 else height,
        sex=_SEX.get(sex, sex) if isinstance(sex, str) else None,
        affected_side=side if side in ("left", "right") else None,
    )  # fmt: skip


def _events(facts: dict[str, Any], times: npt.NDArray[np.float64], file: str) -> Events:
    def at(row: Any) -> float:
        if not isinstance(row, (int, float)) or not 0 <= row < len(times):
            raise FormatError("an event is not in the table", file=file, found=row,
                              expected=f"rows 0 to {len(times) - 1}")  # fmt: skip
        return float(times[int(row)])

    out = []
    for side, key in (("left", "leftGaitEvents"), ("right", "rightGaitEvents")):
        for off, strike in facts.get(key) or []:
            out.append(Event(at(off), side, "off", "file"))  # type: ignore[arg-type]
            out.append(Event(at(strike), side, "strike", "file"))  # type: ignore[arg-type]
    turn = facts.get("uturnBoundaries")
    if turn:
        start = at(turn[0])
        out.append(Event(start, None, "turn", "file", duration=at(turn[1]) - start))
    return Events(out)
