"""Force plates of types 1 to 4: forces on the person and centre of pressure in lab axes.

All numbers here are SI once :func:`plates` has read them. Sources: C3D User Guide, group
FORCE_PLATFORM (axes of a plate from its corners; TYPE, ORIGIN, CAL_MATRIX); Kistler, "Multicomponent
force plate: formulae" (8-channel plates); AMTI's and Kwon3D's derivation of the centre of pressure
from force and moment at the transducers' origin.

In plate axes (x, y in the surface, z down into it) a force F at (x, y, 0) with a free moment T
about z has, about the middle of the surface, the moment (y Fz, -x Fz, x Fy - y Fx + T).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.formats.c3d_container import Container
from gaitsmith.recording import Note
from gaitsmith.units import factor, normalise

__all__ = ["Plate", "axes_of", "kistler", "plates", "pressure", "to_lab"]

Array = npt.NDArray[np.float64]

#: Below this vertical force (N) a centre of pressure is noise and is left NaN.
LEAST = 10.0
# A level (N) that an unloaded plate should stay below.
_LEVEL = 20.0
_CHANNELS = {1: 6, 2: 6, 3: 8, 4: 6}


@dataclass(frozen=True)
class Plate:
    """One plate.

    Attributes
    ----------
    corners
        4 × 3, lab axes of the file, m.
    force
        sample × 3, on the person, lab axes of the file, N.
    pressure
        sample × 3, lab axes, m; NaN below :data:`LEAST`.
    free
        sample, free moment on the person about the plate's upward normal, N·m.
    normal
        Unit vector out of the floor, lab axes.
    """

    label: str
    corners: Array
    force: Array
    pressure: Array
    free: Array
    normal: Array


def axes_of(corners: Array) -> Array | None:
    """3 × 3 matrix whose columns are a plate's x, y and z in lab axes, or None without an area.

    Corners 1 to 4 lie at (+x +y), (-x +y), (-x -y), (+x -y) (C3D User Guide).
    """
    x = corners[0] + corners[3] - corners[1] - corners[2]
    y = corners[0] + corners[1] - corners[2] - corners[3]
    z = np.cross(x, y)
    lengths = [float(np.linalg.norm(v)) for v in (x, y, z)]
    if not np.isfinite(lengths).all() or min(lengths) < 1e-6:
        return None
    x, z = x / lengths[0], z / lengths[2]
    return np.column_stack((x, np.cross(z, x), z))


def kistler(channels: Array, a: float, b: float) -> tuple[Array, Array]:
    """Force and moment at the transducers' origin from 8 channels.

    Channels are Fx12, Fx34, Fy14, Fy23, Fz1, Fz2, Fz3, Fz4; `a`, `b` (m) half the distances of
    the transducers along x and y (Kistler's formulae).
    """
    x12, x34, y14, y23, z1, z2, z3, z4 = channels.T
    force = np.column_stack((x12 + x34, y14 + y23, z1 + z2 + z3 + z4))
    moment = np.column_stack((
        b * (z1 + z2 - z3 - z4), a * (-z1 + z2 + z3 - z4), b * (x34 - x12) + a * (y14 - y23),
    ))  # fmt: skip
    return force, moment


def pressure(force: Array, moment: Array, centre: Array) -> tuple[Array, Array]:
    """Centre of pressure (sample × 2, from the middle of the surface) and free moment.

    `centre` is the middle of the surface seen from the origin of `moment`, plate axes (m). Below
    :data:`LEAST` the centre of pressure is NaN and the free moment 0.
    """
    about = moment - np.cross(centre, force)
    vertical = force[:, 2]
    loaded = np.abs(vertical) >= LEAST
    safe = np.where(loaded, vertical, 1.0)
    x = np.where(loaded, -about[:, 1] / safe, np.nan)
    y = np.where(loaded, about[:, 0] / safe, np.nan)
    free = np.where(loaded, about[:, 2] - x * force[:, 1] + y * force[:, 0], 0.0)
    return np.column_stack((x, y)), np.nan_to_num(free)


def to_lab(
    label: str, corners: Array, force: Array, cop: Array, free: Array
) -> tuple[Plate, bool]:  # fmt: skip
    """A plate's own numbers in lab axes; whether the signs had to be turned.

    Files hold the force on the person in axes whose z points down, or that on the plate: the
    floor only pushes, so whichever makes the large forces push up is right.
    """
    axes = axes_of(corners)
    assert axes is not None
    place = corners.mean(axis=0) + cop @ axes[:, :2].T
    lab = force @ axes.T
    # The free moment turns with the axis that it is told about.
    spin = -free
    up = -axes[:, 2]
    upward = np.nan_to_num(lab @ up)
    turned = bool(-upward.min(initial=0.0) > upward.max(initial=0.0))
    sign = -1.0 if turned else 1.0
    return Plate(label, corners, lab * sign, place, spin * sign, up), turned


# --- reading them from a file ----------------------------------------------------------------------


def plates(box: Container, lab_factor: float) -> tuple[list[Plate], list[Note]]:
    """Every plate that the file describes, in lab axes and SI units, with notes."""
    notes: list[Note] = []
    lab_factor = plate_factor(box, lab_factor, notes)
    used = box.number("FORCE_PLATFORM", "USED")
    types = box.numbers("FORCE_PLATFORM", "TYPE")
    count = min(int(max(0.0, used or 0.0)), len(types))
    corners = _blocks(box, "CORNERS", 12, count)
    origins = _blocks(box, "ORIGIN", 3, count)
    channels = _channels(box, count)
    out: list[Plate] = []
    for i in range(count):
        place = f"FORCE_PLATFORM, plate {i + 1}"
        why = _unusable(box, int(types[i]) if np.isfinite(types[i]) else 0, corners[i], channels[i])
        if why is not None:
            notes.append(Note("warning", place, f"left out: {why}"))
            continue
        plate = _plate(
            box, i, kind=int(types[i]), corners=corners[i].reshape(4, 3) * lab_factor,
            origin=origins[i] * lab_factor, channels=channels[i], lab_factor=lab_factor, notes=notes,
        )  # fmt: skip
        out.append(plate)
    return out, notes


def plate_factor(box: Container, lab_factor: float, notes: list[Note]) -> float:
    """Factor to metres for corners and origins: the points' own, unless no plate has that size."""
    corners = box.numbers("FORCE_PLATFORM", "CORNERS")
    blocks = corners[: len(corners) // 12 * 12].reshape(-1, 4, 3)
    sizes = np.linalg.norm(blocks[:, 0] - blocks[:, 2], axis=1)
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    if not len(sizes):
        return lab_factor
    size = float(np.median(sizes)) * lab_factor
    other = next(
        (f for f in (1.0, 1e-2, 1e-3) if 0.1 <= float(np.median(sizes)) * f <= 6.0), lab_factor
    )
    if 0.05 <= size <= 20.0 or other == lab_factor:
        return lab_factor
    notes.append(Note("warning", "FORCE_PLATFORM:CORNERS", f"a plate of {size:.3g} m: its corners were taken "
                      f"to be in {({1.0: 'm', 1e-2: 'cm', 1e-3: 'mm'})[other]}"))  # fmt: skip
    return other


def corners_of(box: Container, lab_factor: float) -> list[Array]:
    """Corners (4 × 3, m) of every plate with an area, whether it has channels or not."""
    lab_factor = plate_factor(box, lab_factor, [])
    used = box.number("FORCE_PLATFORM", "USED")
    count = min(int(max(0.0, used or 0.0)), len(box.numbers("FORCE_PLATFORM", "CORNERS")) // 12)
    every = (c.reshape(4, 3) * lab_factor for c in _blocks(box, "CORNERS", 12, count))
    return [c for c in every if axes_of(c) is not None]


def _blocks(box: Container, name: str, size: int, count: int) -> list[Array]:
    values = box.numbers("FORCE_PLATFORM", name)
    out = np.full(size * count, np.nan)
    n = min(len(out), len(values))
    out[:n] = values[:n]
    return list(out.reshape(count, size))


def _channels(box: Container, count: int) -> list[Array]:
    part = box.get("FORCE_PLATFORM", "CHANNEL")
    values = box.numbers("FORCE_PLATFORM", "CHANNEL")
    width = part.dims[0] if part is not None and part.dims else 0
    if not count or width <= 0:
        return [np.zeros(0)] * count
    return [values[i * width : (i + 1) * width] for i in range(count)]


def _unusable(box: Container, kind: int, corners: Array, channels: Array) -> str | None:
    if kind not in _CHANNELS:
        return f"plates of type {kind} are not read (1 to 4 are)"
    if axes_of(corners.reshape(4, 3)) is None:
        return "its corners span no area"
    if box.analog.shape[1] == 0:
        return "the file holds no analog channels"
    need = _CHANNELS[kind]
    if len(channels) < need:
        return f"it names {len(channels)} channels and needs {need}"
    mine = channels[:need]
    if not np.all((mine >= 1) & (mine <= box.analog.shape[1])):
        return f"its channels {_ints(mine)} are not among the {box.analog.shape[1]} of the file"
    return None


def _ints(values: Array) -> str:
    return ", ".join(f"{v:g}" for v in values)


def _plate(
    box: Container, i: int, *, kind: int, corners: Array, origin: Array, channels: Array,
    lab_factor: float, notes: list[Note],
) -> Plate:  # fmt: skip
    label = f"plate_{i + 1}"
    place = f"FORCE_PLATFORM, plate {i + 1}"
    columns = channels[: _CHANNELS[kind]].astype(int) - 1
    raw = box.analog[:, columns]
    bad = ~np.isfinite(raw)
    if bad.any():
        notes.append(Note("warning", place, f"{int(bad.any(axis=1).sum())} samples hold no number"))
        raw = np.where(bad, np.nan, raw)
    origin = _origin(kind, origin, place, notes)
    with np.errstate(over="ignore", invalid="ignore"):
        if kind == 1:
            force = raw[:, :3] * _unit(box, columns[:1], "force", 1.0)
            cop = raw[:, 3:5] * lab_factor - origin[:2]
            free = raw[:, 5] * _unit(box, columns[5:6], "moment", lab_factor)
            loaded = np.abs(force[:, 2]) >= LEAST
            cop = np.where(loaded[:, None], cop, np.nan)
            free = np.where(loaded, free, 0.0)
        else:
            if kind == 3:
                force, moment = kistler(raw, abs(origin[0]), abs(origin[1]))
                centre = np.array([0.0, 0.0, -abs(origin[2])])
            else:
                if kind == 4:
                    raw = raw @ _calibration(box, i, place, notes).T
                force = raw[:, :3] * _unit(box, columns[:1], "force", 1.0)
                moment = raw[:, 3:6] * _moment_unit(
                    box, raw, corners=corners, columns=columns, lab_factor=lab_factor,
                    place=place, notes=notes,
                )  # fmt: skip
                centre = origin
            cop, free = pressure(force, moment, centre)
    plate, turned = to_lab(label, corners, force, cop, free)
    if turned:
        notes.append(Note("assumption", place, "its forces are those on the plate; they were turned "
                          "to those on the person"))  # fmt: skip
    _check_level(plate, place, notes)
    return plate


def _origin(kind: int, origin: Array, place: str, notes: list[Note]) -> Array:
    """Middle of the surface from the transducers' origin, plate axes (m).

    z points down and the transducers lie below the surface, so z is negative. Vicon writes the
    opposite vector (has-motion wiki, FP_ORIGIN; Vicon's files).
    """
    if not np.isfinite(origin).all():
        notes.append(Note("assumption", place, "ORIGIN is missing; the transducers were put into the "
                          "middle of the surface"))  # fmt: skip
        return np.zeros(3)
    if kind in (2, 4) and origin[2] > 0:
        notes.append(Note("assumption", place, f"ORIGIN ({1e3 * origin[2]:.1f} mm above the surface) is "
                          "the opposite of what C3D asks for and was turned round"))  # fmt: skip
        return -origin
    return origin


def _calibration(box: Container, i: int, place: str, notes: list[Note]) -> Array:
    """6 × 6 matrix from channels to Fx … Mz; unity where the file has none."""
    values = box.numbers("FORCE_PLATFORM", "CAL_MATRIX")
    part = box.get("FORCE_PLATFORM", "CAL_MATRIX")
    mine = values[36 * i : 36 * i + 36]
    square = part is not None and part.dims[:2] == (6, 6)
    if not square or len(mine) < 36 or not np.isfinite(mine).all() or not mine.any():
        notes.append(Note("warning", place, "a plate of type 4 without CAL_MATRIX; its channels were "
                          "taken as forces and moments"))  # fmt: skip
        return np.eye(6)
    # The first dimension, that runs fastest, counts rows; "BYROW" says the opposite.
    by_row = "BYROW" in (x.upper() for x in box.text("FORCE_PLATFORM", "MATRIX_STORE"))
    return mine.reshape(6, 6, order="C" if by_row else "F")


def _unit(box: Container, columns: npt.NDArray[np.intp], dimension: str, otherwise: float) -> float:
    """Factor of the channels' unit where it is one of that dimension."""
    words = box.text("ANALOG", "UNITS")
    word = words[columns[0]] if len(columns) and columns[0] < len(words) else ""
    word = {"nt": "N", "ntmm": "Nmm", "ntm": "Nm"}.get(word.lower(), word)
    name = normalise(word)
    known = {"force": ("N", "kN", "lbf"), "moment": ("Nm", "Nmm")}[dimension]
    return factor(word, dimension) if name in known else otherwise


def _moment_unit(
    box: Container, raw: Array, *, corners: Array, columns: npt.NDArray[np.intp],
    lab_factor: float, place: str, notes: list[Note],
) -> float:  # fmt: skip
    """Factor that brings moments to N·m: the declared unit, unless pressure leaves the plate by far.

    C3D asks for N times POINT:UNITS, and ANALOG:UNITS is often wrong ("V", "N" for moments), so
    the unit is tried against the size of the plate.
    """
    declared = _unit(box, columns[3:4], "moment", lab_factor)
    loaded = np.abs(raw[:, 2]) > 50.0
    if not loaded.any():
        return declared
    arm = float(np.median(np.hypot(raw[loaded, 3], raw[loaded, 4]) / np.abs(raw[loaded, 2])))
    size = float(np.linalg.norm(corners[0] - corners[2]))

    def fits(unit: float) -> bool:
        return 1e-3 * size < arm * unit < 2 * size

    other = 1e-3 if declared == 1.0 else 1.0
    if fits(declared) or not fits(other):
        return declared
    notes.append(Note("assumption", place, f"moments fit {'N·m' if other == 1.0 else 'N·mm'} by the size "
                      "of the plate, not the unit the file names"))  # fmt: skip
    return other


def _check_level(plate: Plate, place: str, notes: list[Note]) -> None:
    """A note where a plate never rests near zero."""
    upward = plate.force @ plate.normal
    upward = upward[np.isfinite(upward)]
    if len(upward) < 20:
        return
    # The lightest tenth: an unloaded stretch, where there is one.
    level = float(np.median(np.sort(upward)[: max(2, len(upward) // 10)]))
    if abs(level) > _LEVEL:
        notes.append(Note("warning", place, f"its lightest tenth reads {level:.0f} N: it was loaded all "
                          "the time, or its zero is off (nothing was subtracted)"))  # fmt: skip
