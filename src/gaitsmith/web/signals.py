"""Signals as they were read, drawn for the preview: one unit an axis, every line named."""

from __future__ import annotations

from typing import Any

import numpy as np

from gaitsmith.channels import channels, split_side
from gaitsmith.sections import Curve, Figure, Panel
from gaitsmith.streams import FORCE_AXES, IMU_AXES, POINT_AXES, Stream

__all__ = ["positive_of", "signals", "unit_of"]

_STREAMS, _PANELS, _POINTS = 6, 4, 400
# None that means a side, or dots: those stand for what was estimated.
_AXIS_COLOURS = ("neutral", "warn", "both")
# Groups of the last axis by kind: what it is, which entries, unit.
_GROUPS: dict[str, tuple[tuple[str, slice, str], ...]] = {
    "points": (("", slice(0, 3), "m"),),
    "forces": (("force", slice(0, 3), "N"), ("centre of pressure", slice(3, 6), "m"), ("free moment", slice(6, 7), "Nm")),
    "imu": (("acceleration", slice(0, 3), "m/s²"), ("angular rate", slice(3, 6), "deg/s"), ("magnetic field", slice(6, 9), "as in the file")),
}  # fmt: skip
_NAMES = {"points": POINT_AXES, "forces": FORCE_AXES, "imu": IMU_AXES}


def unit_of(stream: Stream, label: str) -> str:
    """Unit(s) of a channel in words; empty where it is as the file has it."""
    if stream.kind in _GROUPS:
        width = stream.data.shape[2]
        return ", ".join(dict.fromkeys(u for _, s, u in _GROUPS[stream.kind] if s.start < width))
    known = channels()
    if stream.kind == "angles":
        return known[label].unit if label in known else "deg"
    return {"moments": "Nm", "powers": "W"}.get(stream.kind, "")


# What positive means where the vocabulary has no row for a column.
_POSITIVE = {
    "points": "y up; x and z as the file has them",
    "forces": "on the person, y up; x and z as the file has them",
    "imu": "along and about the sensor's own axes; at rest +9.81 on the axis that points up",
}  # fmt: skip


def positive_of(stream: Stream, label: str) -> str:
    """What a positive value of a channel means, in words; empty where it is as the file has it."""
    if stream.kind in _POSITIVE:
        return _POSITIVE[stream.kind]
    known = channels()
    return known[label].positive if label in known else ""


def signals(recording: Any) -> Figure | None:
    """The first channels of every stream; None where there are no samples.

    A panel has one quantity in one unit: both sides of a joint (left and right in their colours), or
    the axes of a marker, plate or sensor.
    """
    panels: list[Panel] = []
    for name, s in list(recording.streams.items())[:_STREAMS]:
        if len(s):
            panels += _of_axes(name, s) if s.kind in _GROUPS else _of_channels(name, s)
    if not panels:
        return None
    return Figure("signals", "Signals as they were read", panels, 2,
                  alt="The first channels of every stream over time, as they were read.")  # fmt: skip


def _curve(s: Stream, values: Any, label: str, colour: Any) -> Curve:
    every = max(1, len(s) // _POINTS)
    return Curve(s.times[::every], np.asarray(values, float)[::every], label, colour)


def _of_axes(name: str, s: Stream) -> list[Panel]:
    out = []
    width = s.data.shape[2]
    for i, label in enumerate(s.labels):
        for what, part, unit in _GROUPS[s.kind]:
            at = range(part.start, min(part.stop, width))
            if not at or not np.isfinite(s.data[:, i, part]).any() or what == "free moment":
                continue
            curves = [
                _curve(s, s.data[:, i, k], _NAMES[s.kind][k][-1], _AXIS_COLOURS[j])
                for j, k in enumerate(at)
            ]
            title = f"{name}: {label}" + (f", {what}" if what else "")
            out.append(Panel(title, curves=curves, x_label="s", unit=unit))
    return out[:_PANELS]


def _of_channels(name: str, s: Stream) -> list[Panel]:
    joints: dict[str, list[int]] = {}
    for i, label in enumerate(s.labels):
        joints.setdefault(split_side(label)[0], []).append(i)
    # What moves on both sides says more of a walk than the pelvis' place.
    order = sorted(joints.items(), key=lambda item: -len(item[1]))
    out = []
    for joint, columns in order[:_PANELS]:
        sides = {i: split_side(s.labels[i])[1] for i in columns}
        curves = [
            _curve(s, s.data[:, i], side or "", side or "neutral") for i, side in sides.items()
        ]
        unit = unit_of(s, s.labels[columns[0]])
        out.append(Panel(f"{name}: {joint}", curves=curves, x_label="s", unit=unit))
    return out
