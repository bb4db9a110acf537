"""Synthetic walks with everything known, for the tests of strides, parameters and indices."""

from __future__ import annotations

import numpy as np

from gaitsmith.recording import Event, Events, Recording, Stream, Subject

ANGLES = (
    "pelvis_tilt", "pelvis_list", "pelvis_rotation",
    *(f"{q}_{s}" for s in "rl" for q in (
        "hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle",
        "foot_progression",
    )),
)  # fmt: skip


def curve(name: str, phase: np.ndarray) -> np.ndarray:
    """A plausible smooth curve over phase (cycles; the channel's own leg, or the right one)."""
    t = 2 * np.pi * phase
    return {
        "pelvis_tilt": -10 + 1.0 * np.cos(2 * t),
        "pelvis_list": 3 * np.sin(t),
        "pelvis_rotation": 4 * np.cos(t),
        "hip_flexion": 13 + 20 * np.cos(t),
        "hip_adduction": 4 * np.sin(t),
        "hip_rotation": 3 * np.sin(t + 0.5),
        "knee_angle": 25 - 15 * np.cos(2 * t + 0.6) - 15 * np.sin(t),
        "ankle_angle": 2 + 8 * np.sin(t - 1.0) + 5 * np.cos(2 * t),
        "foot_progression": -6 + 2 * np.cos(t),
    }[name]


def events(
    n: int = 8, stride: float = 1.1, stance: float = 0.62, lag: float = 0.5, start: float = 0.3
) -> Events:
    """Strikes and offs of both feet at exact times; the left foot lags the right by `lag`."""
    rows = []
    for side, delay in (("right", 0.0), ("left", lag)):
        for i in range(n + 1):
            strike = start + (i + delay) * stride
            rows.append(Event(strike, side, "strike", "made"))
            if i < n:
                rows.append(Event(strike + stance * stride, side, "off", "made"))
    return Events(rows)


def angles(n: int = 8, stride: float = 1.1, lag: float = 0.5, start: float = 0.3, rate=100.0):
    """Joint angles of a steady walk."""
    time = np.arange(0, start + (n + 1.6) * stride, 1 / rate)
    columns = []
    for name in ANGLES:
        delay = lag if name.endswith("_l") else 0.0
        stem = name[:-2] if name[-2:] in ("_r", "_l") else name
        columns.append(curve(stem, (time - start) / stride - delay))
    return Stream("angles", np.column_stack(columns), ANGLES, rate=rate)


def walk(
    n: int = 8, stride: float = 1.1, stance: float = 0.62, lag: float = 0.5, rate=100.0, **who
):
    """A recording of a steady walk with its events."""
    return Recording(
        Subject(**who),
        {"angles": angles(n, stride, lag, rate=rate)},
        events(n, stride, stance, lag),
        name="made",
    )
