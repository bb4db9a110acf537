"""What was recorded, of whom, and whether there is walking in it."""

from __future__ import annotations

import numpy as np

from gaitsmith.chapters.base import Context, listed
from gaitsmith.sections import Section, Table

__all__ = ["chapter"]

_KINDS = {
    "angles": "joint angles", "points": "positions", "forces": "ground reaction forces",
    "moments": "joint moments", "powers": "joint powers", "imu": "inertial sensors",
    "pressure": "pressure", "phase": "gait phase",
}  # fmt: skip
_PERSON = (
    ("mass", "kg", ".1f"), ("height", "m", ".2f"), ("age", "years", ".0f"), ("sex", "", ""),
    ("leg_length", "m", ".3f"), ("affected_side", "", ""),
)  # fmt: skip


def chapter(context: Context) -> Section:
    """Streams, person, and one sentence on the kind of walk."""
    recording = context.recording
    rows = []
    for name, s in recording.streams.items():
        missing = 100 * float(np.isnan(s.data).mean()) if s.data.size else 0.0
        origin = (
            "computed by gaitsmith" if context.made_points and s.kind == "points" else "recorded"
        )
        rows.append(
            (name, _KINDS[s.kind], len(s.labels), s.nominal_rate, s.duration, missing, origin)
        )
    streams = Table(
        "streams", "Streams", ("stream", "what", "channels", "rate", "seconds", "missing", "origin"),
        rows, {"rate": ".1f", "seconds": ".2f", "missing": ".1f"}, "Rate in Hz; missing in % of samples.",
    )  # fmt: skip
    tables = [streams]
    person = []
    for key, unit, form in _PERSON:
        value = getattr(recording.subject, key)
        if value is not None:
            text = format(value, form) if form else str(value)
            source = recording.subject.sources.get(key, "")
            person.append((key.replace("_", " "), f"{text} {unit}".strip(), source))
    if person:
        tables.append(Table("person", "Person", ("", "value", "from"), person))
    lacking = []
    if recording.subject.mass is None:
        lacking.append(
            "Body mass is not known: forces, moments and powers are not normalised (--mass)."
        )
    if recording.subject.leg_length is None and recording.subject.height is None:
        lacking.append("Neither height nor leg length is known: speeds are not made dimensionless "
                       "by the person's own leg (--height or --leg-length).")  # fmt: skip
    kinds = {s.kind for s in recording.streams.values()}
    if not kinds & {"angles"}:
        lacking.append(
            "Joint angles are not in the recording: no kinematic curves, GPS or ranges of motion."
        )
    if not kinds & {"forces"}:
        lacking.append("Ground reaction forces are not in the recording: no force curves.")
    return Section("recording", "The recording", summary=[_walk(context)], tables=tables,
                   values={"kinds": sorted(kinds)}, missing=lacking)  # fmt: skip


def _walk(context: Context) -> str:
    recording, strides = context.recording, context.strides
    kinds = list(dict.fromkeys(_KINDS[s.kind] for s in recording.streams.values()))
    length = f"{recording.duration:.1f} s of {listed(kinds) or 'no signals'}"
    steps = recording.events.where(kind="strike")
    way = context.progression
    if way is not None and way.mode == "standing":
        return f"{length}: the person stands; there are no steps."
    if not len(steps):
        return f"{length}; no steps were found."
    gait = "running" if strides is not None and strides.running else "walking"
    where = "" if way is None else " on a treadmill" if way.mode == "treadmill" else " overground"
    at = f" at {context.speed[0]:.2f} m/s" if context.speed else ""
    if strides is None or not strides.n:
        n = f"{len(steps)} foot strike{'s' if len(steps) > 1 else ''}, but no whole stride"
    else:
        n = f"{strides.left.n} left and {strides.right.n} right strides"
    return f"{length}: {gait}{where}{at}, {n}."
