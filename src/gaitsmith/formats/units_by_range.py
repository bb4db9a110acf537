"""Units that a file does not state, told from the size of its numbers and said in a note.

Gravity pins the unit of an acceleration: a sensor on a walking person measures about 1 g in the
median. Turning pins the unit of a rate: what a gyroscope says must turn gravity as fast as the
accelerometer sees it turn. Where neither speaks, the file is refused with the hint to give.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import MissingInputError
from gaitsmith.formats.base import Hints
from gaitsmith.recording import Note
from gaitsmith.units import STANDARD_GRAVITY, factor, normalise

__all__ = [
    "acceleration_factor",
    "angle_factor",
    "length_factor",
    "rate_factor",
    "rate_from_gravity",
    "time_factor",
]

Array = npt.NDArray[np.float64]

# Units that an acceleration with gravity may have: name -> magnitude of 1 g.
_GRAVITY = {"g": 1.0, "m/s2": STANDARD_GRAVITY, "mg": 1000.0, "mm/s2": 1000 * STANDARD_GRAVITY}
#: The median magnitude at foot, shank or trunk of people who walk or run, in g.
LOW, HIGH = 0.5, 2.5
#: With gravity in it, an acceleration is seldom near 0: its 10th percentile is at least this part
#: of its median (0.53 to 0.9 in five data sets; 0.01 to 0.4 where gravity was removed) …
SELDOM_ZERO = 0.42
#: … and its mean vector is of the size of its median magnitude.
STANDING = (0.35, 1.6)
#: No gyroscope used on people measures more than 4000 deg/s = 70 rad/s.
MOST_RAD = 70.0
#: A foot or shank that steps turns faster than this (deg/s), and no body part as fast in rad/s.
SURE_DEG = 75.0
#: What any part of a walking person reaches at least in deg/s (a trunk 40 or more), and what a
#: foot reaches at most in rad/s while walking; between them only gravity can tell.
LEAST_DEG, MOST_WALK_RAD = 25.0, 14.0
#: An acceleration that varies less (m/s², standard deviation of its size) is of somebody standing.
STILL = 0.4


def acceleration_factor(
    acc: Mapping[str, Array],
    hints: Hints,
    *,
    stated: str | None = None,
    file: str = "",
    ours: bool = False,
) -> tuple[float, list[Note]]:
    """Factor from the file's acceleration to m/s², and notes.

    Parameters
    ----------
    acc
        Samples × 3 by sensor, with gravity, one unit in all.
    hints
        ``units["acceleration"]`` wins over everything.
    stated
        The unit that the file itself gives, if any. It is checked against gravity.
    ours
        Whether the columns are named as gaitsmith names them: where nothing tells the unit, it
        is ours.

    Raises
    ------
    MissingInputError
        Where nothing tells the unit (gravity removed, counts).
    """
    sizes = {k: _median_size(a) for k, a in acc.items()}
    sizes = {k: v for k, v in sizes.items() if np.isfinite(v) and v > 0}
    if "acceleration" in hints.scale:
        return hints.scale["acceleration"], []
    declared = hints.units.get("acceleration")
    if declared is None and not sizes:
        return 1.0, [
            Note(
                "warning",
                "acceleration",
                "no sensor has three axes that move: nothing tells its unit",
            )
        ]
    size = float(np.median(list(sizes.values()))) if sizes else float("nan")
    unit = declared or (normalise(stated) if stated else None)
    if unit is not None:
        scale = factor(unit, "acceleration")
        notes = (
            [] if declared else [Note("assumption", "acceleration", f"in {unit}, as the file says")]
        )
        if sizes and not 0.5 < size * scale / STANDARD_GRAVITY < 2.0:
            notes.append(
                Note("warning", "acceleration",
                     f"its median is {size * scale:.3g} m/s² in {unit}, where gravity would give "
                     "9.8: the unit may be another, or gravity was removed")
            )  # fmt: skip
        return scale, notes
    counts = _counts(acc, size)
    gravity_in = _has_gravity(acc)
    for name, gravity in _GRAVITY.items() if counts is None else ():
        # 1 may also be m/s² of an acceleration without gravity; 9.8 is gravity in any case.
        if LOW < size / gravity < HIGH and (gravity_in or name == "m/s2"):
            if name == "g":
                words = f"taken as g: its median magnitude is {size:.2f}, which is gravity in g"
            else:
                words = f"taken as {name}: its median magnitude is {size:.4g}, which is gravity"
            return factor(name, "acceleration"), [Note("assumption", "acceleration", words)]
    if gravity_in and counts is not None:
        words = (
            f"whole numbers with a median magnitude of {size:.0f}: taken as counts of "
            f"{counts} to 1 g"
        )
        return STANDARD_GRAVITY / counts, [Note("assumption", "acceleration", words)]
    if ours:
        words = "taken as m/s², since the columns are named as gaitsmith writes them"
        return 1.0, [Note("assumption", "acceleration", words)]
    raise MissingInputError(
        "the unit of the acceleration cannot be told", file=file or None, place="acceleration",
        found=f"median magnitude {size:.3g}" + ("" if gravity_in else ", without gravity"),
        expected="gravity: about 1 (g) or 9.8 (m/s²)",
        remedy='say it: units={"acceleration": "g"}, or [units] acceleration = "g" in a TOML '
               "file beside the recording",
    )  # fmt: skip


def rate_factor(
    gyr: Mapping[str, Array], acc_si: Mapping[str, Array], rate_hz: float, hints: Hints,
    *, stated: str | None = None, file: str = "", ours: bool = False,
) -> tuple[float, list[Note]]:  # fmt: skip
    """Factor from the file's angular rate to deg/s, and notes.

    Parameters
    ----------
    gyr
        Samples × 3 by sensor.
    acc_si
        Acceleration (m/s², with gravity) of the same sensors, in the same order of axes.
    rate_hz
        Sampling rate, for the comparison with gravity.
    hints, stated, ours
        As for :func:`acceleration_factor`.

    Raises
    ------
    MissingInputError
        Where nothing tells the unit.
    """
    sizes = [_high_size(g) for g in gyr.values()]
    size = max((s for s in sizes if np.isfinite(s)), default=0.0)
    if "rate" in hints.scale:
        return hints.scale["rate"], []
    declared = hints.units.get("rate")
    unit = declared or (normalise(stated) if stated else None)
    if unit is not None:
        notes = (
            [] if declared else [Note("assumption", "angular rate", f"in {unit}, as the file says")]
        )
        if unit == "rad/s" and size > MOST_RAD:
            notes.append(
                Note("warning", "angular rate",
                     f"it reaches {size:.0f} rad/s, more than any gyroscope measures")
            )  # fmt: skip
        return factor(unit, "rate"), notes
    if size == 0:
        return 1.0, [Note("warning", "angular rate", "no sensor turns: nothing tells its unit")]
    if size > 5000:
        raise MissingInputError(
            "the angular rate stands in counts of an unknown scale", file=file or None,
            place="angular rate", found=f"values to {size:.0f}", expected="deg/s or rad/s",
            remedy='give the scale, the file\'s numbers times which are deg/s: scale={"rate": 0.061}',
        )  # fmt: skip
    if size > SURE_DEG:
        return 1.0, [Note("assumption", "angular rate",
                          f"taken as deg/s: it reaches {size:.0f}")]  # fmt: skip
    slopes = [
        s for k, g in gyr.items() if k in acc_si
        if (s := rate_from_gravity(g, acc_si[k], rate_hz)) is not None
    ]  # fmt: skip
    if slopes:
        slope = float(np.median(slopes))
        rad = slope > np.sqrt(np.pi / 180)
        name = "rad/s" if rad else "deg/s"
        return factor(name, "rate"), [
            Note("assumption", "angular rate",
                 f"taken as {name}: it reaches {size:.3g}, and gravity turns accordingly")
        ]  # fmt: skip
    if ours:
        words = "taken as deg/s, since the columns are named as gaitsmith writes them"
        return 1.0, [Note("assumption", "angular rate", words)]
    moving = any(float(np.std(_norms(a))) > STILL for a in acc_si.values() if len(_norms(a)))
    if size > LEAST_DEG or (moving and 0.3 < size < MOST_WALK_RAD):
        name = "deg/s" if size > LEAST_DEG else "rad/s"
        return factor(name, "rate"), [
            Note("assumption", "angular rate", f"taken as {name}: it reaches {size:.3g} in walking")
        ]
    raise MissingInputError(
        "the unit of the angular rate cannot be told", file=file or None, place="angular rate",
        found=f"it reaches {size:.3g}", expected="deg/s or rad/s",
        remedy='say it: units={"rate": "rad/s"}',
    )  # fmt: skip


def rate_from_gravity(gyr: Array, acc: Array, rate_hz: float) -> float | None:
    """How fast gravity turns per unit of `gyr`: 1 for rad/s, 0.017 for deg/s; None if unclear.

    In a turning sensor a resting vector a changes by ``da/dt = -ω × a``. Both sides are averaged
    over 0.25 s, which leaves little of the accelerations of walking, and regressed.
    """
    ok = np.isfinite(gyr).all(axis=1) & np.isfinite(acc).all(axis=1)
    width = max(3, round(0.25 * rate_hz))
    if ok.sum() < 4 * width or not np.isfinite(rate_hz):
        return None
    g, a = gyr[ok], acc[ok]
    kernel = np.ones(width) / width
    smooth = np.column_stack([np.convolve(c, kernel, mode="valid") for c in a.T])
    turn = np.column_stack([np.convolve(c, kernel, mode="valid") for c in g.T])
    change = (smooth[width:] - smooth[:-width]) * rate_hz / width
    middle = width // 2
    n = len(change)
    said = -np.cross(turn[middle : middle + n], smooth[middle : middle + n])
    power = float(np.sum(said * said))
    total = float(np.sum(change * change))
    if power == 0 or total == 0:
        return None
    # A gyroscope whose axes have the other sign tells the unit as well.
    both = abs(float(np.sum(said * change)))
    if both / np.sqrt(power * total) < 0.25:
        return None
    return both / power


def time_factor(
    time: Array, hints: Hints, stated: str | None, place: str, file: str = ""
) -> tuple[float, list[Note]]:
    """Factor from a column of times to seconds, and notes; told from the median step.

    Raises
    ------
    MissingInputError
        Where the column is only a row number, or its step fits no unit.
    """
    if "time" in hints.scale:
        return hints.scale["time"], []
    declared = hints.units.get("time")
    unit = declared or (normalise(stated) if stated else None)
    if unit is not None:
        return factor(unit, "time"), []
    steps = np.diff(time[np.isfinite(time)])
    steps = steps[steps > 0]
    step = float(np.median(steps)) if len(steps) else float("nan")
    if is_row_number(time):
        raise MissingInputError(
            "the time column counts rows and is no clock", file=file or None, place=place,
            found=f"{time[0]:g}, {time[min(1, len(time) - 1)]:g}, …", expected="times in s, ms or µs",
            remedy="give the sampling rate: rate_hz=100, or rate_hz = 100 in a TOML file beside "
                   'the recording (or units={"time": "ms"} where it counts milliseconds)',
        )  # fmt: skip
    for name, low, high in (
        ("s", 1e-4, 0.21),
        ("ms", 0.9, 210),
        ("us", 900, 2.1e5),
        ("ns", 9e5, 2.1e8),
    ):
        if low <= step <= high:
            notes = [] if name == "s" else [
                Note("assumption", place, f"taken as {name}: its step is {step:.6g}")
            ]  # fmt: skip
            return factor(name, "time"), notes
    raise MissingInputError(
        "the unit of the time cannot be told", file=file or None, place=place,
        found=f"a step of {step:.3g}", expected="steps of 0.1 to 200 ms",
        remedy='say it: units={"time": "ms"}, or give rate_hz',
    )  # fmt: skip


def is_row_number(time: Array) -> bool:
    """Whether a column only counts: 0, 1, 2, …"""
    return bool(
        len(time) > 1
        and np.isfinite(time).all()
        and time[0] in (0.0, 1.0)
        and np.all(np.diff(time) == 1.0)
    )


def length_factor(points: Array, hints: Hints, stated: str | None) -> tuple[float, list[Note]]:
    """Factor from coordinates of markers (…, 3) to metres, and notes.

    The markers of a person spread over 0.2 to 3 m: their mean distance from their centroid tells
    metres from millimetres and centimetres.
    """
    if "length" in hints.scale:
        return hints.scale["length"], []
    unit = hints.units.get("length") or (normalise(stated) if stated else None)
    if unit is not None:
        return factor(unit, "length"), []
    with np.errstate(invalid="ignore"):
        middle = points - np.nanmean(points, axis=1, keepdims=True)
        reach = float(np.nanmedian(np.nanmax(np.linalg.norm(middle, axis=2), axis=1)))
    name = "m" if reach < 5 else "cm" if reach < 180 else "mm"
    return factor(name, "length"), [
        Note("assumption", "points", f"taken as {name}: they reach {reach:.3g} from their middle")
    ]


def angle_factor(angles: Array, hints: Hints, stated: str | None) -> tuple[float, list[Note]]:
    """Factor from joint angles to degrees, and notes: no walk stays within ± 3.3 degrees."""
    if "angle" in hints.scale:
        return hints.scale["angle"], []
    unit = hints.units.get("angle") or (normalise(stated) if stated else None)
    if unit is not None:
        return factor(unit, "angle"), []
    size = float(np.nanmax(np.abs(angles), initial=0.0)) if angles.size else 0.0
    if 0 < size < 3.3:
        return factor("rad", "angle"), [
            Note("assumption", "angles", f"taken as radians: none is beyond {size:.2f}")
        ]
    return 1.0, [Note("assumption", "angles", f"taken as degrees: they reach {size:.0f}")]


def _norms(block: Array) -> Array:
    out: Array = np.linalg.norm(block[np.isfinite(block).all(axis=1)], axis=1)
    return out


def _median_size(block: Array) -> float:
    size = _norms(block)
    return float(np.median(size)) if len(size) else float("nan")


def _has_gravity(acc: Mapping[str, Array]) -> bool:
    """Whether gravity is in the acceleration of most sensors."""
    low, mean = [], []
    for block in acc.values():
        size = _norms(block)
        middle = float(np.median(size)) if len(size) else 0.0
        if middle > 0:
            whole = block[np.isfinite(block).all(axis=1)]
            low.append(float(np.percentile(size, 10)) / middle)
            mean.append(float(np.linalg.norm(whole.mean(axis=0))) / middle)
    if not low:
        return False
    return (
        float(np.median(low)) > SELDOM_ZERO and STANDING[0] < float(np.median(mean)) < STANDING[1]
    )


def _high_size(block: Array) -> float:
    size = _norms(block)
    return float(np.percentile(size, 99.5)) if len(size) else float("nan")


def _counts(acc: Mapping[str, Array], size: float) -> int | None:
    """Counts per g of a 16-bit sensor (a power of two), where the numbers are whole."""
    whole = all(
        np.array_equal(a[np.isfinite(a)], np.round(a[np.isfinite(a)])) for a in acc.values()
    )
    if not whole:
        return None
    # 1024 counts and 1000 mg cannot be told apart and hardly differ: mg it is.
    for counts in (16384, 8192, 4096, 2048):
        if 0.71 < size / counts < 1.41:
            return counts
    return None
