"""Camargo 2021: 22 adults on treadmill, level ground, ramps and stairs; angles, moments, forces.

Camargo J, Ramanathan A, Flanagan W, Young A (2021) A comprehensive, open-source dataset of lower
limb biomechanics. J Biomech 119:110320; Mendeley Data, three parts. Folders
``AB06/10_09_18/treadmill/<sensor>/treadmill_01_01.mat``, where the sensor is the kind of data, and
each file holds a MATLAB table ``data`` (for ``conditions`` on the treadmill: ``speed``) with its
clock in the column ``Header`` (s). Read are

``ik``
    OpenSim coordinates in degrees;
``id``
    OpenSim's joint moments, N·m;
``fp``
    ``<plate>_vx, _vy, _vz`` in N, y up; the points of application and moments are left out, since
    their units are not stated (as are ``imu``, ``markers``, ``emg``, ``gon``);
``gcRight``, ``gcLeft``
    gait percent: ``HeelStrike`` is 0 at a strike, ``ToeOff`` is 0 at an off;
``conditions``
    the belt's speed, kept as plateaus in the angles' ``attrs["belt_speed"]``.

MATLAB tables are objects that only the package mat-io reads (``pip install gaitsmith[matlab]``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.datasets.base import About, Content, Excluded, Raw, Trial
from gaitsmith.errors import FormatError, MissingInputError
from gaitsmith.events import Event, Events
from gaitsmith.formats.base import uniform_clock
from gaitsmith.recording import Note, Recording, Stream, Subject

if TYPE_CHECKING:
    import pandas as pd

ABOUT = About(
    "camargo2021",
    "22 adults, treadmill 0.5-1.85 m/s, level ground, ramps, stairs: angles, moments, forces",
    "epic.gatech.edu/opensource-biomechanics-camargo-et-al (Mendeley Data, three parts)",
    "Camargo J, Ramanathan A, Flanagan W, Young A (2021) J Biomech 119:110320",
    "CC BY 4.0",
    "yes",
    layout="EpicToolbox and the set's README; tables as public loaders read them",
)

Array = npt.NDArray[np.float64]
_TASKS = {"treadmill": "walking", "levelground": "walking", "ramp": "ramp", "stair": "stairs"}


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Every trial that has joint angles.

    Raises
    ------
    MissingInputError
        Where the package mat-io is not installed.
    """
    _reader()
    for f in raw.find("*.mat"):
        parts = f.path.parts
        if len(parts) < 5 or parts[-2] != "ik" or not re.fullmatch(r"AB\d+", parts[-5]):
            continue
        person, mode = parts[-5], parts[-3]
        words = f.stem.removeprefix(f"{mode}_").split("_")
        condition = " ".join([mode, *(w for w in words if not w.isdigit())])
        yield Trial(f"{person}-{f.stem}", person, partial(_read, f.path, person), f.name,
                    group="healthy", task=_TASKS.get(mode, mode), condition=condition)  # fmt: skip


def _reader() -> Any:
    try:
        from matio import load_from_mat
    except ImportError as error:
        raise MissingInputError(
            "MATLAB tables need the package mat-io", remedy="pip install gaitsmith[matlab]"
        ) from error
    return load_from_mat


def _tables(path: Path) -> dict[str, pd.DataFrame]:
    import pandas as pd

    read = _reader()
    try:
        found = read(str(path))
    # A damaged file fails in many ways that share no base class; each means the same to the user.
    except Exception as error:
        raise FormatError(
            "the MATLAB file cannot be read",
            file=path.name,
            found=f"{type(error).__name__}: {error}",
        ) from error
    return {k: v for k, v in found.items() if isinstance(v, pd.DataFrame)}


def _table(ik: Path, sensor: str, name: str = "data") -> pd.DataFrame | None:
    """The table of a sensor of the trial, or None where that sensor was not recorded."""
    path = ik.parent.parent / sensor / ik.name
    if not path.is_file():
        return None
    table = _tables(path).get(name)
    if table is None or "Header" not in table:
        raise FormatError(f"the file holds no table {name} with a clock", file=f"{sensor}/{ik.name}",
                          expected="a table with the column Header")  # fmt: skip
    return table


def _clock(table: pd.DataFrame, place: str) -> tuple[dict[str, Any], list[Note], Any]:
    clock, notes, keep = uniform_clock(table["Header"].to_numpy(np.float64), place)
    return clock, notes, slice(None) if keep is None else keep


def _read(ik: Path, person: str) -> Content:
    streams: dict[str, Stream] = {}
    notes: list[Note] = []
    for sensor, kind in (("ik", "angles"), ("id", "moments")):
        table = _table(ik, sensor)
        if table is None:
            continue
        names = [str(c) for c in table.columns if c != "Header"]
        clock, said, keep = _clock(table, kind)
        notes += said
        data = table[names].to_numpy(np.float64)[keep]
        streams[kind] = Stream(kind, data, tuple(names), **clock)  # type: ignore[arg-type]
    forces = _table(ik, "fp")
    if forces is not None:
        streams["forces"], said = _forces(forces)
        notes += said
    speed = _table(ik, "conditions", "speed") if "treadmill" in ik.parts else None
    if speed is not None:
        angles = streams["angles"]
        streams["angles"] = angles.replace(attrs={**angles.attrs, "belt_speed": _plateaus(speed)})
    events = Events([*_events(ik, "gcRight", "right"), *_events(ik, "gcLeft", "left")])
    return Recording(Subject(id=person), streams, events, tuple(notes), f"{person} {ik.stem}")


def _forces(table: pd.DataFrame) -> tuple[Stream, list[Note]]:
    plates = [str(c)[:-3] for c in table.columns if str(c).endswith("_vy")]
    clock, notes, keep = _clock(table, "forces")
    data = np.full((len(table), len(plates), 7), np.nan)
    for i, plate in enumerate(plates):
        data[:, i, :3] = table[[f"{plate}_v{a}" for a in "xyz"]].to_numpy(np.float64)
    feet = {"Treadmill_R": "foot_r", "Treadmill_L": "foot_l"}
    notes = [*notes, Note("warning", "forces", "points of application and moments were left out: the "
                          "set does not state their units")]  # fmt: skip
    labels = tuple(feet.get(p, p) for p in plates)
    return Stream("forces", data[keep], labels, **clock), notes


def _plateaus(table: pd.DataFrame, shortest: float = 1.0) -> list[list[float]]:
    """[start s, stop s, m/s] wherever the belt kept its speed (to 1 cm/s) for a second or more."""
    time, speed = (table[c].to_numpy(np.float64) for c in ("Header", "Speed"))
    cuts = np.flatnonzero(np.abs(np.diff(np.round(speed, 2))) > 0) + 1
    bounds = np.concatenate(([0], cuts, [len(time)]))
    spans = [(time[a], time[b - 1], speed[a:b]) for a, b in pairwise(bounds)]
    return [
        [float(a), float(b), round(float(np.median(v)), 2)]
        for a, b, v in spans
        if b - a >= shortest
    ]


def _events(ik: Path, sensor: str, side: Side) -> Iterator[Event]:
    table = _table(ik, sensor)
    if table is None:
        return
    time = table["Header"].to_numpy(np.float64)
    for column, kind in (("HeelStrike", "strike"), ("ToeOff", "off")):
        percent = table[column].to_numpy(np.float64)
        first = np.flatnonzero((percent == 0) & (np.concatenate(([1.0], percent[:-1])) != 0))
        for t in time[first]:
            yield Event(float(t), side, kind, "file")  # type: ignore[arg-type]
