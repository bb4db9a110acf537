"""Synthetic sensors on a walking person, made by our own code."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
AXES = ("acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")


def walking_sensor(n: int = 600, rate: float = 100.0, seed: int = 0, swing: float = 300.0) -> Array:
    """n × 6: m/s² and deg/s of a sensor that swings about y under gravity, with impacts."""
    rng = np.random.default_rng(seed)
    t = np.arange(n) / rate
    angle = np.deg2rad(swing / (2 * np.pi * 0.9)) * np.sin(2 * np.pi * 0.9 * t)
    rate_y = np.gradient(angle, t) if n > 1 else np.zeros(n)
    acc = 9.80665 * np.column_stack((np.sin(angle), np.zeros(n), np.cos(angle)))
    acc += 1.5 * np.sin(2 * np.pi * 1.8 * t)[:, None] + 0.3 * rng.standard_normal((n, 3))
    gyr = np.column_stack((0 * t, -np.rad2deg(rate_y), 0 * t)) + rng.standard_normal((n, 3))
    return np.column_stack((acc, gyr))


def save(path: Path, names: list[str], data: Array, sep: str = ",", fmt: str = "%.6g") -> Path:
    """A text table with one header row."""
    out = io.StringIO()
    out.write(sep.join(names) + "\n")
    np.savetxt(out, data, delimiter=sep, fmt=fmt)
    path.write_text(out.getvalue())
    return path


def timed(data: Array, rate: float = 100.0) -> Array:
    """`data` behind a column of seconds."""
    return np.column_stack((np.arange(len(data)) / rate, data))
