"""A Recording as C3D bytes: little-endian, real numbers, millimetres, our own axes (y up).

Points, forces (as plates of type 2 with six channels each, at a whole multiple of the points'
rate), events with contexts, and the person. The parameter X_SCREEN / Y_SCREEN tell the axes.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.formats.c3d_container import BLOCK
from gaitsmith.formats.c3d_plates import axes_of
from gaitsmith.recording import Recording, Stream

__all__ = ["encode", "to_plate"]

Array = npt.NDArray[np.float64]

# A parameter's dimension is one byte.
_MANY = 255
_LABELS = {"strike": "Foot Strike", "off": "Foot Off", "turn": "Turn", "start": "Start",
           "stop": "Stop"}  # fmt: skip
# Plates that no file told: half a side added around where the pressure went (m).
_MARGIN = 0.1


@dataclass
class _Section:
    """The parameter section in the making: entries are put one after the other."""

    data: bytearray = field(default_factory=bytearray)
    groups: dict[str, int] = field(default_factory=dict)

    def _group(self, name: str) -> int:
        if name not in self.groups:
            number = self.groups[name] = len(self.groups) + 1
            self.data += struct.pack("<bb", len(name), -number) + name.encode()
            self.data += struct.pack("<HB", 3, 0)
        return self.groups[name]

    def _put(self, group: str, name: str, size: int, dims: Sequence[int], raw: bytes) -> None:
        number = self._group(group)
        body = struct.pack("<bB", size, len(dims)) + bytes(dims) + raw + b"\0"
        self.data += struct.pack("<bb", len(name), number) + name.encode()
        self.data += struct.pack("<H", len(body) + 2) + body

    def ints(
        self, group: str, name: str, values: Sequence[int], dims: Sequence[int] | None = None
    ) -> None:
        raw = np.array([v & 0xFFFF for v in values], "<u2").tobytes()
        self._put(group, name, 2, (len(values),) if dims is None else dims, raw)

    def floats(
        self, group: str, name: str, values: npt.ArrayLike, dims: Sequence[int] | None = None
    ) -> None:
        flat = np.asarray(values, "<f4").ravel()
        self._put(group, name, 4, (len(flat),) if dims is None else dims, flat.tobytes())

    def texts(self, group: str, name: str, items: Sequence[str]) -> None:
        """A list of any length, continued as NAME2, NAME3, … past 255 items."""
        coded = [x.encode("utf-8")[:_MANY] for x in items]
        width = max((len(x) for x in coded), default=0) or 1
        for part, first in enumerate(range(0, max(1, len(coded)), _MANY)):
            some = coded[first : first + _MANY]
            raw = b"".join(x.ljust(width) for x in some)
            self._put(group, name + (str(part + 1) if part else ""), -1, (width, len(some)), raw)

    def text(self, group: str, name: str, word: str) -> None:
        raw = word.encode("utf-8")[:_MANY]
        self._put(group, name, -1, (len(raw),), raw)


def encode(recording: Recording) -> bytes:
    """The file.

    Raises
    ------
    GaitsmithError
        Where there are neither points nor forces, or a clock is not uniform.
    """
    points, forces = recording.points, recording.forces
    if points is None and forces is None:
        raise GaitsmithError("nothing to write", place="C3D", expected="points or forces",
                             found=", ".join(recording.streams) or "no streams",
                             remedy="write angles as .mot, sensors as .csv")  # fmt: skip
    lead = points if points is not None else forces
    assert lead is not None
    if lead.rate is None:
        raise GaitsmithError("C3D needs a uniform clock", place=f"{lead.kind} stream",
                             remedy="resample the recording first: recording.resample(100)")  # fmt: skip
    rate, count = lead.rate, len(lead)
    if not count:
        raise GaitsmithError("nothing to write", place=f"{lead.kind} stream", found="no samples")
    # Frames are counted from 1; a start before that, or past 16 bits, begins the count anew.
    first = round(lead.start * rate) + 1
    first = first if 1 <= first <= 60000 else 1
    shift = (first - 1) / rate - lead.start
    per_frame, analog, corners = _analog(forces, rate, lead.start, count)
    section = _parameters(
        recording, points, corners, rate=rate, first=first, count=count, per_frame=per_frame, shift=shift
    )  # fmt: skip
    blocks = math.ceil((4 + len(section.data) + 2) / BLOCK)
    if blocks > 255:
        raise GaitsmithError("too many labels for a C3D file", place="parameter section",
                             found=f"{blocks} blocks", expected="at most 255")  # fmt: skip
    start = 2 + blocks
    head = _header(
        points=0 if points is None else len(points.labels), channels=analog.shape[1],
        per_frame=per_frame, first=first, count=count, block=start, rate=rate,
    )  # fmt: skip
    parameters = bytes([1, 0x50, blocks, 84]) + bytes(section.data)
    # DATA_START stands last with its value at the end but for the description's length.
    parameters = parameters[:-3] + struct.pack("<H", start) + b"\0"
    parameters = parameters.ljust(blocks * BLOCK, b"\0")
    body = np.hstack((_frames(points, count), analog.reshape(count, -1))).astype("<f4").tobytes()
    return head + parameters + body + b"\0" * (-len(body) % BLOCK)


def _header(
    *, points: int, channels: int, per_frame: int, first: int, count: int, block: int, rate: float
) -> bytes:  # fmt: skip
    last = min(65535, first + count - 1)
    words = struct.pack("<BBHHHHHfHHf", 2, 0x50, points, channels * per_frame, first, last, 0, -1.0,
                        block, per_frame, rate)  # fmt: skip
    return words.ljust(BLOCK, b"\0")


def _frames(points: Stream | None, count: int) -> Array:
    """frame × (x, y, z, residual …), mm; a missing point is 0, 0, 0 with residual -1."""
    if points is None:
        return np.zeros((count, 0))
    xyz = points.data * 1e3
    gone = np.isnan(xyz.sum(axis=2))
    out = np.concatenate((np.where(gone[..., None], 0.0, xyz), -1.0 * gone[..., None]), axis=2)
    return out.reshape(count, -1)


def _analog(
    forces: Stream | None, rate: float, start: float, count: int
) -> tuple[int, Array, list[Array]]:
    """Samples a frame, sample × (6 per plate) in N and N·mm, and the plates' corners (m)."""
    if forces is None or not len(forces):
        return 1, np.zeros((count, 0)), []
    per_frame = max(1, round(forces.nominal_rate / rate)) if forces.nominal_rate > 0 else 1
    wanted = rate * per_frame
    same = forces.rate is not None and math.isclose(forces.rate, wanted, rel_tol=1e-9)
    stop = start + (count * per_frame - 1) / wanted
    stream = forces
    if not (same and abs(forces.start - start) < 1e-6):
        stream = forces.resample(wanted, start=start, stop=stop)
    data = np.full((count * per_frame, *forces.data.shape[1:]), np.nan)
    n = min(len(data), len(stream))
    data[:n] = stream.data[:n]
    told = forces.attrs.get("corners", {})
    corners = [
        np.asarray(told[x], dtype=np.float64) if x in told else _around(data[:, i])
        for i, x in enumerate(forces.labels)
    ]
    columns = [to_plate(data[:, i], c) for i, c in enumerate(corners)]
    return per_frame, np.hstack(columns), corners


def _around(plate: Array) -> Array:
    """Corners (4 × 3, m) of a level plate that holds the loaded centre of pressure."""
    loaded = np.isfinite(plate[:, 3:6]).all(axis=1) & (np.abs(plate[:, 1]) > 20.0)
    at = plate[loaded, 3:6] if loaded.any() else np.zeros((1, 3))
    (x0, _, z0), (x1, _, z1) = np.percentile(at, 1, axis=0), np.percentile(at, 99, axis=0)
    x0, z0, x1, z1 = x0 - _MARGIN, z0 - _MARGIN, x1 + _MARGIN, z1 + _MARGIN
    y = float(np.median(at[:, 1]))
    return np.array([[x1, y, z1], [x0, y, z1], [x0, y, z0], [x1, y, z0]])


def to_plate(plate: Array, corners: Array) -> Array:
    """sample × (Fx Fy Fz N, Mx My Mz N·mm) about the middle of the surface, plate axes.

    `plate` is sample × 7 as in a forces stream; the inverse of ``c3d_plates.pressure`` and
    ``to_lab``. Samples without a centre of pressure get no moment; a missing force is written as
    NaN.
    """
    axes = axes_of(corners)
    if axes is None:
        raise GaitsmithError("a plate's corners span no area", place="forces, attrs['corners']",
                             found=np.asarray(corners).tolist())  # fmt: skip
    force = plate[:, :3] @ axes
    at = (plate[:, 3:6] - corners.mean(axis=0)) @ axes
    free = -np.nan_to_num(plate[:, 6])
    moment = np.column_stack((at[:, 1] * force[:, 2], -at[:, 0] * force[:, 2],
                              at[:, 0] * force[:, 1] - at[:, 1] * force[:, 0] + free))  # fmt: skip
    moment = np.where(np.isfinite(at).all(axis=1)[:, None], moment, 0.0)
    return np.column_stack((force, 1e3 * moment))


def _parameters(
    recording: Recording, points: Stream | None, corners: list[Array], *, rate: float, first: int,
    count: int, per_frame: int, shift: float,
) -> _Section:  # fmt: skip
    out = _Section()
    last = first + count - 1
    out.ints("TRIAL", "ACTUAL_START_FIELD", [first & 0xFFFF, first >> 16])
    out.ints("TRIAL", "ACTUAL_END_FIELD", [last & 0xFFFF, last >> 16])
    _analog_group(out, corners, rate * per_frame)
    _subject_groups(out, recording)
    _event_group(out, recording, shift)
    labels = points.labels if points is not None else ()
    out.ints("POINT", "USED", [len(labels)], ())
    out.ints("POINT", "FRAMES", [min(count, 65535)], ())
    if count > 65535:
        out.floats("POINT", "LONG_FRAMES", [count], ())
    out.floats("POINT", "SCALE", [-1.0], ())
    out.floats("POINT", "RATE", [rate], ())
    out.text("POINT", "X_SCREEN", "+X")
    out.text("POINT", "Y_SCREEN", "+Y")
    out.texts("POINT", "UNITS", ["mm"])
    out.texts("POINT", "LABELS", labels)
    out.texts("POINT", "DESCRIPTIONS", [""] * len(labels))
    out.ints("POINT", "DATA_START", [0], ())
    return out


def _analog_group(out: _Section, corners: list[Array], rate: float) -> None:
    plates = len(corners)
    names = [f"{q}{axis}{i + 1}" for i in range(plates) for q in "FM" for axis in "xyz"]
    out.ints("ANALOG", "USED", [len(names)], ())
    out.texts("ANALOG", "LABELS", names)
    out.texts("ANALOG", "DESCRIPTIONS", [""] * len(names))
    out.texts("ANALOG", "UNITS", ["N" if n[0] == "F" else "Nmm" for n in names])
    out.floats("ANALOG", "GEN_SCALE", [1.0], ())
    out.floats("ANALOG", "SCALE", [1.0] * len(names))
    out.ints("ANALOG", "OFFSET", [0] * len(names))
    out.floats("ANALOG", "RATE", [rate], ())
    out.ints("FORCE_PLATFORM", "USED", [plates], ())
    out.ints("FORCE_PLATFORM", "TYPE", [2] * plates)
    out.ints("FORCE_PLATFORM", "ZERO", [1, 0])
    out.floats("FORCE_PLATFORM", "CORNERS", [1e3 * c for c in corners], (3, 4, plates))
    # The moments are told about the middle of the surface.
    out.floats("FORCE_PLATFORM", "ORIGIN", [0.0] * 3 * plates, (3, plates))
    out.ints("FORCE_PLATFORM", "CHANNEL", list(range(1, 6 * plates + 1)), (6, plates))


def _subject_groups(out: _Section, recording: Recording) -> None:
    who = recording.subject
    out.ints("SUBJECTS", "USED", [1], ())
    out.texts("SUBJECTS", "NAMES", [who.id])
    out.text("MANUFACTURER", "SOFTWARE", "gaitsmith")
    for name, value in (("BODYMASS", who.mass), ("HEIGHT", who.height), ("LLEGLENGTH", who.leg_length),
                        ("RLEGLENGTH", who.leg_length)):  # fmt: skip
        if value is not None:
            out.floats("PROCESSING", name, [value if name == "BODYMASS" else 1e3 * value], ())
    if who.age is not None:
        out.floats("SUBJECT", "AGE", [who.age], ())
    if who.sex:
        out.text("SUBJECT", "GENDER", who.sex)


def _event_group(out: _Section, recording: Recording, shift: float) -> None:
    events = list(recording.events)
    out.ints("EVENT", "USED", [len(events)], ())
    if not events:
        return
    out.texts("EVENT", "CONTEXTS", [(e.side or "general").capitalize() for e in events])
    out.texts("EVENT", "LABELS", [_LABELS[e.kind] for e in events])
    for part, first in enumerate(range(0, len(events), _MANY)):
        some = events[first : first + _MANY]
        pairs = [(0.0, e.time + shift) for e in some]
        out.floats("EVENT", "TIMES" + (str(part + 1) if part else ""), pairs, (2, len(some)))
