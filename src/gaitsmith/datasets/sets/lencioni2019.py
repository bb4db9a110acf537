"""Lencioni 2019: strides of healthy people, 6 to 72 years, with markers, one foot's force, angles.

Lencioni T, Carpinella I, Rabuffetti M, Marzegan A, Ferrarin M (2019) Sci Data 6:309. One MATLAB 5
file a person (``SubjectN.mat``), struct ``s``: facts, ``StandingData``, and ``Data``, an array of
strides with their own clocks (``TimeStampKin``, ``TimeStampGrf``).

Each stride is a recording: markers (m), the force of its foot, and the file's angles, moments and
powers, which are given on 101 points of the stride and stand here on its clock. The same curves of
all strides of a person are also :class:`~gaitsmith.datasets.curves.Curves` (``N-curves``).

Signs, checked on the data: angles are ours but for left strides, whose pelvis list and rotation
are mirrored; moments are the negatives of internal ones (N·m/kg; their product with the angular
velocity is minus the file's power), so they are turned; centres of pressure are in mm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.datasets.base import About, Content, Excluded, Raw, Trial
from gaitsmith.datasets.curves import Curves
from gaitsmith.datasets.matlab import loaded
from gaitsmith.errors import FormatError
from gaitsmith.events import Event, Events
from gaitsmith.recording import Note, Recording, Stream, Subject

ABOUT = About(
    "lencioni2019",
    "healthy people 6-72 y: markers, force of one foot, angles, moments, powers by stride",
    "figshare collection 4494755",
    "Lencioni T, Carpinella I, Rabuffetti M, Marzegan A, Ferrarin M (2019) Sci Data 6:309",
    "CC BY 4.0",
    "yes",
)

Array = npt.NDArray[np.float64]
_SIDES: dict[str, Side] = {"RX": "right", "LX": "left"}
_TASKS = {
    "Walking": "walking", "ToeWalking": "toe walking", "HeelWalking": "heel walking",
    "StepUp": "stairs up", "StepDown": "stairs down",
}  # fmt: skip
# The file's names in its order, without blanks.
_ANGLES = {
    "PelvisFlx": "pelvis_tilt", "PelvisAdd": "pelvis_list", "PelvisRot": "pelvis_rotation",
    "HipFlx": "hip_flexion", "HipAdd": "hip_adduction", "HipRot": "hip_rotation",
    "KneeFlx": "knee_angle", "KneeAdd": "knee_adduction", "KneeRot": "knee_rotation",
    "AnkleFlx": "ankle_angle", "AnkleAdd": "subtalar_angle", "AnkleRot": "ankle_rotation",
}  # fmt: skip
_POWERS = {
    "HipPwr": "file.hip_power", "KneePwr": "file.knee_power", "AnklePwr": "file.ankle_power",
}  # fmt: skip
#: Powers are of whole joints (three planes), which the vocabulary has no name for; a recording
#: carries them under the name of the sagittal coordinate, said in a note.
_POWER_OF = {
    "file.hip_power": "hip_flexion", "file.knee_power": "knee_angle",
    "file.ankle_power": "ankle_angle",
}  # fmt: skip
_MIDLINE = ("pelvis_tilt", "pelvis_list", "pelvis_rotation")


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Every stride as a recording, and one set of curves a person."""
    found = [(int(m[1]), f) for f in raw.find("Subject*.mat")
             if (m := re.fullmatch(r"Subject(\d+)", f.stem))]  # fmt: skip
    for number, file in sorted(found):
        person = loaded(file.path, file.name).get("s")
        if not isinstance(person, dict) or "Data" not in person:
            raise FormatError(
                "not a person of this set", file=file.name, expected="struct s with Data"
            )
        strides = _strides(person)
        for i, stride in enumerate(strides):
            yield Trial(
                f"{number}-{i + 1:02d}", f"{number}", partial(_recording, file.path, i), file.name,
                group="healthy", task=_task(stride), speed=float(stride["speed"]),
                side=_SIDES[str(stride["Foot"]).strip()],
                facts={"cadence": float(stride["cadence"]),
                       "stride_length": float(stride["strideLength"]),
                       "step_width": float(stride["stepWidth"])},
            )  # fmt: skip
        yield Trial(f"{number}-curves", f"{number}", partial(_curves, file.path), file.name,
                    group="healthy", task="all")  # fmt: skip


def _strides(person: dict[str, Any]) -> list[dict[str, Any]]:
    data = person["Data"]
    return [data] if isinstance(data, dict) else list(data)


def _task(stride: dict[str, Any]) -> str:
    name = str(stride["Task"]).strip()
    return _TASKS.get(name, name)


def _names(person: dict[str, Any], key: str) -> list[str]:
    return [str(n).strip() for n in person[key]]


def _subject(person: dict[str, Any], number: str) -> Subject:
    sex = {"M": "male", "F": "female"}.get(str(person["Gender"]).strip())
    return Subject(id=number).given(
        "file", age=float(person["Age"]), height=float(person["BH"]) / 100,
        mass=float(person["BM"]), sex=sex,
    )  # fmt: skip


def _recording(path: Path, index: int) -> Content:
    person = loaded(path, path.name)["s"]
    stride = _strides(person)[index]
    side = _SIDES[str(stride["Foot"]).strip()]
    notes: list[Note] = []
    start = float(stride["TimeStampKin"])
    points, said = _points(person, stride, start, path.name)
    notes += said
    # Strike to strike, both frames included: 120 / cadence on all strides.
    duration = (len(points) - 1) / float(person["KinFreq"])
    streams = {"points": points, "forces": _force(person, stride, side)}
    clock: dict[str, Any] = {"rate": 100.0 / duration, "start": start}
    angles, moments, powers = _normalised(person, stride, side)
    mass = float(person["BM"])
    tail = f"_{side[0]}"
    labels = [a if a in _MIDLINE else a + tail for a in _ANGLES.values()]
    streams["angles"] = Stream("angles", angles, tuple(labels), **clock)
    labels = [f"{a}{tail}_moment" for a in _ANGLES.values() if a not in _MIDLINE]
    streams["moments"] = Stream("moments", moments * mass, tuple(labels), **clock)
    labels = [f"{_POWER_OF[p]}{tail}_power" for p in _POWERS.values()]
    streams["powers"] = Stream("powers", powers * mass, tuple(labels), **clock)
    standing = dict(zip(streams["angles"].labels, _standing(person, side), strict=True))
    streams["angles"] = streams["angles"].replace(attrs={"standing": standing})
    notes += [
        Note("assumption", "angles", "the person's offsets are left in: subtract the standing angles "
             "(attrs['standing']) to compare people"),
        Note("assumption", "powers", "powers of whole joints, under the name of the sagittal angle"),
        Note("warning", "forces", "force of one foot only; the other foot's was not measured"),
        Note("assumption", "columns", "not read: EMG, centre of mass"),
    ]  # fmt: skip
    force = streams["forces"]
    lag = force.start - start
    if lag > 0.01:
        notes.append(
            Note("warning", "forces", f"the force starts {lag * 1000:.0f} ms after the stride")
        )
    weight = mass * 9.80665
    peak = float(np.nanmax(force.data[:, 0, 1]) / weight)
    if peak > 3.0:
        notes.append(Note("warning", "forces", f"a spike of {peak:.1f} body weights"))
    events = Events([
        Event(start, side, "strike", "file"), Event(start + duration, side, "strike", "file"),
    ] + ([Event(force.end, side, "off", "file")] if force.end < start + duration else []))  # fmt: skip
    return Recording(_subject(person, path.stem.removeprefix("Subject")), streams, events,
                     tuple(notes), f"{path.stem} stride {index + 1}")  # fmt: skip


def _points(
    person: dict[str, Any], stride: dict[str, Any], start: float, file: str
) -> tuple[Stream, list[Note]]:
    names = _names(person, "MarkerVarName")
    labels = [n[1:] for n in names[::3]]
    if [n[0] for n in names] != list("XYZ") * len(labels):
        raise FormatError("the markers' columns are not X, Y, Z", file=file, place="MarkerVarName",
                          found=names[:3])  # fmt: skip
    block = np.asarray(stride["Marker"], dtype=np.float64)
    notes = []
    if len(block) != len(names):
        # Subject 40, stride 9: 84 rows for 87 names, and nothing says which marker is absent.
        whole, rest = divmod(len(block), 3)
        if rest or whole > len(labels):
            raise FormatError("the markers do not fit their names", file=file, place="Marker",
                              found=f"{len(block)} rows", expected=f"{len(names)}")  # fmt: skip
        absent = _absent(block, person, labels)
        full = np.full((len(names), block.shape[1]), np.nan)
        keep = [i for i, x in enumerate(labels) if x != absent]
        full.reshape(len(labels), 3, -1)[keep] = block.reshape(whole, 3, -1)
        block = full
        notes.append(
            Note("warning", "points", f"{len(labels) - whole} of {len(labels)} markers is absent and "
                 f"the file does not say which: {absent} fits best by the standing trial")
        )  # fmt: skip
    data = block.reshape(len(labels), 3, -1).transpose(2, 0, 1)
    missing = float(np.isnan(data).mean())
    if missing > 0:
        notes.append(
            Note("warning", "points", f"{100 * missing:.1f} % of the marker samples are missing")
        )
    return Stream("points", data, tuple(labels), rate=float(person["KinFreq"]), start=start), notes


def _absent(block: Array, person: dict[str, Any], labels: Sequence[str]) -> str:
    """The marker whose absence fits the standing trial best, by heights and distances."""
    stand = np.asarray(person["StandingData"]["Marker"], dtype=np.float64).reshape(-1, 3)
    here = np.nanmean(block.reshape(-1, 3, block.shape[1]), axis=2)[:, 1]
    costs = [np.nansum((np.delete(stand[:, 1], i) - here) ** 2) for i in range(len(labels))]
    return labels[int(np.argmin(costs))]


def _force(person: dict[str, Any], stride: dict[str, Any], side: Side) -> Stream:
    grf = np.asarray(stride["Grf"], dtype=np.float64).T
    data = np.empty((len(grf), 1, 7))
    data[:, 0, :3] = grf[:, :3]
    data[:, 0, 3:6] = grf[:, 3:6] * 1e-3
    data[:, 0, 6] = grf[:, 7]
    return Stream("forces", data, (f"foot_{side[0]}",), rate=float(person["GrfFreq"]),
                  start=float(stride["TimeStampGrf"]))  # fmt: skip


def _mirror(angles: Array, side: Side) -> Array:
    """Pelvis list and rotation of a left stride are the left side's: turned to the body's."""
    if side == "left":
        angles = angles.copy()
        angles[..., 1:3] *= -1
    return angles


def _standing(person: dict[str, Any], side: Side) -> list[float]:
    angles = np.asarray(person["StandingData"]["Ang"], dtype=np.float64)
    # The standing angles are of one leg; the body's list and rotation are given for that leg.
    return [float(a) for a in _mirror(angles, side)]


def _normalised(
    person: dict[str, Any], stride: dict[str, Any], side: Side
) -> tuple[Array, Array, Array]:
    wanted = (("AngVarName", tuple(_ANGLES)), ("PwrVarName", tuple(_POWERS)))
    for key, names in wanted:
        if tuple(_names(person, key)) != names:
            raise FormatError("the file's variables have another order", place=key,
                              found=_names(person, key), expected=", ".join(names))  # fmt: skip
    angles = _mirror(np.asarray(stride["Ang"], dtype=np.float64).T, side)
    return angles, -np.asarray(stride["Mom"], np.float64).T, np.asarray(stride["Pwr"], np.float64).T


def _curves(path: Path) -> Content:
    person = loaded(path, path.name)["s"]
    strides = _strides(person)
    sides = [_SIDES[str(s["Foot"]).strip()] for s in strides]
    rows = [np.hstack(_normalised(person, s, side)) for s, side in zip(strides, sides, strict=True)]
    labels = list(_ANGLES.values())
    labels += [f"{a}_moment" for a in _ANGLES.values() if a not in _MIDLINE] + list(
        _POWERS.values()
    )
    standing = dict(zip(_ANGLES.values(), _standing(person, sides[0]), strict=True))
    return Curves(
        np.stack(rows), tuple(labels), ("deg",) * 12 + ("Nm/kg",) * 9 + ("W/kg",) * 3,
        np.arange(101.0), "stride", "single",
        {"side": sides, "task": [_task(s) for s in strides],
         "speed": [float(s["speed"]) for s in strides],
         "cadence": [float(s["cadence"]) for s in strides],
         "stride_length": [float(s["strideLength"]) for s in strides],
         "step_width": [float(s["stepWidth"]) for s in strides]},
        subject=_subject(person, path.stem.removeprefix("Subject")), name=f"{path.stem} curves",
        attrs={"standing": standing},
        notes=(Note("assumption", "angles", "the person's offsets are left in: subtract the standing "
                    "angles (attrs['standing']) to compare people"),),
    )  # fmt: skip
