"""Xsens text exports: Voisard 2023 (one file a sensor, a JSON a trial) and MT Manager.

Voisard, Oudre et al., "A Reference Data Set for the Study of Healthy Subject Gait with Inertial
Measurements Units", IPOL 13 (2023): files ``S-T_lf.txt``, ``_rf``, ``_lb`` and ``S-T.json``;
acceleration in m/s² with gravity, angular rate in rad/s, magnetic field in arbitrary units.
The sensors lose packets independently, and the events count ticks of the PacketCounter: the clock
is the counter, and rows that were lost are absent.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.imu_build import imu_stream, packet_clock
from gaitsmith.formats.raw_table import Table
from gaitsmith.formats.sidecar import json_beside, last_part
from gaitsmith.formats.table_clock import stated_rate
from gaitsmith.formats.trial_json import trial_facts
from gaitsmith.recording import Note, Recording
from gaitsmith.streams import IMU_AXES
from gaitsmith.units import normalise

NAME = "Xsens text export"

_PLACES = {
    "lf": "foot_l", "rf": "foot_r", "lb": "lower_back", "he": "head", "ls": "shank_l",
    "rs": "shank_r", "lt": "thigh_l", "rt": "thigh_r", "pe": "pelvis",
}  # fmt: skip
_NEEDED = ("acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")


def fits(table: Table, source: Source) -> bool:
    """Whether the columns are those of one Xsens sensor."""
    return "packetcounter" in table and all(c in table for c in _NEEDED)


def read(table: Table, source: Source, hints: Hints) -> Recording:
    """One sensor, with the person and events of the trial's JSON where it stands beside."""
    stem, tail = _split(source.stem)
    told = _PLACES.get(tail or "", "sensor")
    names = ("*", tail or "", source.stem, told)
    place = next((hints.placement[x] for x in names if x in hints.placement), None)
    place = place or _PLACES.get(tail or "")
    notes: list[Note] = list(table.notes)
    if place is None:
        place = "sensor"
        notes.append(
            Note("warning", "imu", "the file does not say where the sensor sat; give "
                 'placement={"*": "foot_r"}')
        )  # fmt: skip
    beside = json_beside(source, *(f"{stem}{end}.json" for end in ("", "_ge", "_meta")))
    rate, why = _rate(table, hints, beside[1] if beside else {})
    if why:
        notes.append(Note("assumption", "clock", why))
    counter = table.column("packetcounter")
    manager = any("MT Manager" in line for line in table.before)
    keep, clock, attrs, said = packet_clock(
        counter, rate, from_zero=not manager, place=f"imu_{place}", file=source.name
    )
    notes += said
    width = 9 if all(c in table for c in IMU_AXES[6:]) else 6
    block = table.block(IMU_AXES[:width])[keep]
    stated = _stated(table)
    # Voisard's files and MT Manager write rad/s; other tools of the maker write deg/s.
    known = manager or any("acquisition frequency" in x.lower() for x in table.before)
    stream, said = imu_stream(
        {place: block}, hints, clock, attrs, file=source.name,
        acc_unit=stated.get("acc", "m/s2"), gyr_unit=stated.get("gyr", "rad/s" if known else None),
    )  # fmt: skip
    if place.startswith("foot"):
        # The medio-lateral axis of the sensors on the dorsum of the foot is y on both sides.
        stream = stream.replace(attrs={**stream.attrs, "lateral_axis": 1})
    recording = Recording(streams={f"imu_{place}": stream}, notes=(*notes, *said), name=stem)
    if beside is None:
        return recording
    subject, events, more = trial_facts(beside[1], last_part(beside[0].name), rate)
    name = last_part(beside[0].name)
    feet = " and ".join(s for s in ("left", "right") if len(events.where(side=s)))
    from_it = Note(
        "assumption",
        "events",
        f"person and marked events ({feet} foot) come from {name}, which stands beside",
    )
    more = [*more, from_it] if feet else more
    return recording.replace(subject=subject, events=events, notes=(*recording.notes, *more))


def _split(stem: str) -> tuple[str, str | None]:
    match = re.fullmatch(r"(.+)_([a-z]{2})", stem)
    return (match[1], match[2]) if match and match[2] in _PLACES else (stem, None)


def _stated(table: Table) -> dict[str, str]:
    """Units that the header states beside the names (``Acc_X (m/s^2)`` in some exports)."""
    out: dict[str, str] = {}
    for column, unit in table.units.items():
        kind = table.columns[column].lower()[:3]
        if kind in ("acc", "gyr") and normalise(unit):
            out[kind] = unit
    return out


def _rate(table: Table, hints: Hints, facts: dict[str, Any]) -> tuple[float, str]:
    if hints.rate_hz is not None:
        return hints.rate_hz, ""
    stated = stated_rate(table.before)
    if stated is not None:
        return stated, ""
    said = facts.get("freq")
    if isinstance(said, (int, float)) and 0 < said <= 1e5:
        return float(said), ""
    fine = _from_fine_time(table)
    if fine is not None:
        return fine, f"{fine:g} Hz, from the steps of SampleTimeFine: the file states no rate"
    step = _from_increments(table)
    if step is not None:
        return step, (
            f"{step:g} Hz: the file states no rate; the velocity increments are the acceleration "
            f"times {1 / step:g} s"
        )
    return 100.0, "100 Hz, the usual rate of these sensors: the file states none"


def _from_fine_time(table: Table) -> float | None:
    """The rate (Hz) from SampleTimeFine, in ticks of 0.1 ms (MTw) or microseconds (DOT)."""
    if "sampletimefine" not in table:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        ticks = np.diff(table.column("sampletimefine")) / np.diff(table.column("packetcounter"))
    ticks = ticks[np.isfinite(ticks) & (ticks > 0)]
    if not len(ticks):
        return None
    step = float(np.median(ticks))
    # 2000 ticks of 0.1 ms would be 5 Hz, and 2000 µs are 500 Hz.
    rate = 1e4 / step if step < 2000 else 1e6 / step
    return float(round(rate)) if 5 <= rate <= 2000 else None


def _from_increments(table: Table) -> float | None:
    """The rate (Hz) from the strap-down increments: VelInc = acceleration / rate."""
    names = [f"velinc_{a}" for a in "xyz"]
    if not all(n in table for n in names):
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: npt.NDArray[np.float64] = np.linalg.norm(
            table.block(IMU_AXES[:3]), axis=1
        ) / np.linalg.norm(table.block(names), axis=1)
    ratio = ratio[np.isfinite(ratio)]
    if not len(ratio):
        return None
    value = float(np.median(ratio))
    return float(round(value)) if 5 < value < 3000 else None
