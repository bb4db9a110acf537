"""Units as files spell them, and the factors that bring them to ours.

Ours are: degrees, metres, newtons, newton-metres, m/s², deg/s, seconds, kilograms, watts. Masses
and percentages apart, conversion happens once, in ``formats/``.
"""

from __future__ import annotations

import math
import re

from gaitsmith.errors import GaitsmithError, did_you_mean

__all__ = ["STANDARD_GRAVITY", "factor", "known_units", "normalise"]

#: Conventional value of standard gravity, m/s² (CGPM 1901).
STANDARD_GRAVITY = 9.80665

# unit -> (dimension, factor to the canonical unit of that dimension)
_UNITS: dict[str, tuple[str, float]] = {
    "deg": ("angle", 1.0),
    "rad": ("angle", 180.0 / math.pi),
    "m": ("length", 1.0),
    "cm": ("length", 1e-2),
    "mm": ("length", 1e-3),
    "in": ("length", 0.0254),
    "N": ("force", 1.0),
    "kN": ("force", 1e3),
    "lbf": ("force", 4.4482216152605),
    "Nm": ("moment", 1.0),
    "Nmm": ("moment", 1e-3),
    "W": ("power", 1.0),
    "m/s2": ("acceleration", 1.0),
    "mm/s2": ("acceleration", 1e-3),
    "g": ("acceleration", STANDARD_GRAVITY),
    "mg": ("acceleration", STANDARD_GRAVITY * 1e-3),
    "deg/s": ("rate", 1.0),
    "rad/s": ("rate", 180.0 / math.pi),
    "mdeg/s": ("rate", 1e-3),
    "s": ("time", 1.0),
    "ms": ("time", 1e-3),
    "us": ("time", 1e-6),
    "ns": ("time", 1e-9),
    "min": ("time", 60.0),
    "kg": ("mass", 1.0),
    "uT": ("magnetic", 1.0),
    "1": ("count", 1.0),
}

_SPELLINGS = {
    "degree": "deg", "degrees": "deg", "°": "deg", "grad": "deg", "d": "deg",
    "radian": "rad", "radians": "rad",
    "meter": "m", "meters": "m", "metre": "m", "metres": "m", "millimeter": "mm",
    "millimeters": "mm", "millimetre": "mm", "millimetres": "mm", "centimeter": "cm",
    "centimeters": "cm", "inch": "in", "inches": "in",
    "newton": "N", "newtons": "N", "n": "N",
    "n.m": "Nm", "n*m": "Nm", "n·m": "Nm", "nm": "Nm", "newton-meters": "Nm", "nmm": "Nmm",
    "n.mm": "Nmm", "n*mm": "Nmm", "n·mm": "Nmm", "watt": "W", "watts": "W", "w": "W",
    "m/s^2": "m/s2", "m/s²": "m/s2", "m/s/s": "m/s2", "ms-2": "m/s2", "m·s-2": "m/s2",
    "mm/s^2": "mm/s2", "mm/s²": "mm/s2", "gs": "g", "g-force": "g",
    "°/s": "deg/s", "dps": "deg/s", "degrees/s": "deg/s", "deg/sec": "deg/s", "deg·s-1": "deg/s",
    "deg.s-1": "deg/s", "rad/sec": "rad/s", "rad·s-1": "rad/s", "rad.s-1": "rad/s", "rps": "rad/s",
    "sec": "s", "second": "s", "seconds": "s", "msec": "ms", "millisecond": "ms",
    "milliseconds": "ms", "µs": "us", "μs": "us", "usec": "us", "µt": "uT", "μt": "uT", "ut": "uT",
}  # fmt: skip


def known_units(dimension: str | None = None) -> list[str]:
    """Names of the units understood, all or of one dimension (``"acceleration"``, ...)."""
    return [u for u, (d, _) in _UNITS.items() if dimension in (None, d)]


def normalise(unit: str) -> str | None:
    """The unit's name here (``"°/s"`` -> ``"deg/s"``), or None where it is not known."""
    text = re.sub(r"[\s\[\]()]", "", unit)
    if text in _UNITS:
        return text
    low = text.lower()
    if low in _SPELLINGS:
        return _SPELLINGS[low]
    return low if low in _UNITS else None


def factor(unit: str, dimension: str) -> float:
    """Factor that brings a value in `unit` to the canonical unit of `dimension`.

    Raises
    ------
    GaitsmithError
        Where the unit is not known or measures something else.
    """
    name = normalise(unit)
    if name is None or _UNITS[name][0] != dimension:
        options = known_units(dimension)
        raise GaitsmithError(
            f"unknown unit for {dimension}",
            found=unit,
            expected=f"one of {', '.join(options)}",
            remedy=did_you_mean(unit, options) or "give one of the units named above",
        )
    return _UNITS[name][1]
