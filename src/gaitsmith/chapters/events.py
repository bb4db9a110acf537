"""When each foot struck and left the ground: on the signals, and how far methods agree."""

from __future__ import annotations

import numpy as np

from gaitsmith import landmarks
from gaitsmith.chapters.base import SIDES, Context, listed
from gaitsmith.chapters.trust import curved
from gaitsmith.recording import Recording
from gaitsmith.sections import Colour, Curve, Figure, Panel, Section, Span, Table

__all__ = ["chapter"]

_SHOWN_S = 12.0
_SAMPLES = 1500
_METHODS = {
    "file": "the file's own events", "manual": "events marked by hand", "plate": "force plates",
    "kinematic": "the motion of the feet", "foot_imu": "the foot sensors", "shank_imu": "the shank sensors",
    "low_back": "the sensor on the lower back", "hip": "the hip angles",
}  # fmt: skip


def chapter(context: Context) -> Section:
    """The events in use, drawn on the signals they come from."""
    recording = context.recording
    events = recording.events
    if context.detection is None or not len(events.where(kind="strike")):
        words = ["No foot strikes were found, so there are no strides."]
        lacking = context.detection.lacking if context.detection else {}
        missing = [f"Events from {_METHODS.get(m, m)} need {w}." for m, w in lacking.items()]
        return Section("events", "Events", words=words, missing=missing)
    used = [_METHODS.get(s, s) for s in events.where(kind="strike").sources]
    words = [f"Strikes and foot-offs come from {listed(used)}."]
    tables = []
    agreement = _agreement(context)
    if agreement is not None:
        tables.append(agreement)
    if context.strides is not None and context.strides.rejected:
        tables.append(_rejected(context))
    turns = events.where(kind="turn")
    if len(turns):
        words.append(
            f"{len(turns)} turn{'s' if len(turns) > 1 else ''} found; "
            + (
                "the whole walk is a curve, so its strides are used."
                if curved(context.notes)
                else "strides in turns are left out."
            )
        )
    figure = _figure(recording)
    return Section(
        "events", "Events", words=words, tables=tables, figures=[figure] if figure else [],
        values={"n_strikes": {s: len(events.where(kind="strike", side=s)) for s in SIDES},
                "n_offs": {s: len(events.where(kind="off", side=s)) for s in SIDES},
                "method": context.detection.method, "lacking": dict(context.detection.lacking)},
        notes=context.detection.notes,
    )  # fmt: skip


def _agreement(context: Context) -> Table | None:
    """How far every other method that can run is from the events in use."""
    from gaitsmith.gait.events import agreement

    assert context.detection is not None
    rows = []
    for name, other in context.others.items():
        if name in context.recording.events.sources:
            continue  # it gave some of the events in use, and would be compared with itself
        found = agreement(other, context.recording.events)
        for row in (found.of("strike"), found.of("off")):
            rows.append((_METHODS.get(name, name.replace("file ", "the file's events ")), row.kind, row.matched, row.missed, row.spurious,
                         1000 * row.median_abs_s, 1000 * row.bias_s))  # fmt: skip
    if not rows:
        return None
    return Table(
        "agreement", "Other methods against these events",
        ("method", "event", "matched", "missed", "extra", "median |difference|", "bias"), rows,
        {"median |difference|": ".0f", "bias": "+.0f"},
        "Milliseconds; a positive bias is later. Matched within 100 ms, each event once.",
    )  # fmt: skip


def _rejected(context: Context) -> Table:
    assert context.strides is not None
    rows = [(r.side, r.start, r.stop, r.reason) for r in context.strides.rejected]
    return Table("rejected", "Strides left out", ("side", "from", "to", "why"), rows,
                 {"from": ".2f", "to": ".2f"}, "Seconds on the recording's clock.")  # fmt: skip


def _figure(recording: Recording) -> Figure | None:
    found = _signal(recording)
    if found is None:
        return None
    curves, unit, title = found
    low = min(float(c.x[0]) for c in curves)
    high = min(low + _SHOWN_S, max(float(c.x[-1]) for c in curves))
    first = recording.events.times("strike")
    if len(first) and first[0] > low + _SHOWN_S / 2:
        low, high = first[0] - 1.0, first[0] - 1.0 + _SHOWN_S
    panels = []
    for side in SIDES:
        mine = [_cut(c, low, high) for c in curves if c.colour == side]
        spans = [Span(e.time, label="strike" if e.kind == "strike" else "foot off", colour=side, dashed=e.kind == "off")
                 for e in recording.events.where(side=side, between=(low, high))]  # fmt: skip
        if mine:
            panels.append(
                Panel(f"{side}: {title}", mine, spans=spans, unit=unit, x_label="time (s)")
            )
    if not panels:
        both = [_cut(c, low, high) for c in curves]
        spans = [Span(e.time, label=e.kind, colour=e.side or "neutral", dashed=e.kind == "off")
                 for e in recording.events.where(between=(low, high)) if e.kind in ("strike", "off")]  # fmt: skip
        panels.append(Panel(title, both, spans=spans, unit=unit, x_label="time (s)"))
    return Figure("events", "Events on the signals", panels, columns=1,
                  alt=f"{title} over time with strikes (solid) and foot-offs (dashed)")  # fmt: skip


def _cut(curve: Curve, low: float, high: float) -> Curve:
    keep = (curve.x >= low) & (curve.x <= high)
    step = max(1, int(keep.sum()) // _SAMPLES)
    return Curve(curve.x[keep][::step], curve.y[keep][::step], curve.label, curve.colour)


# The colour of a label by its end.
_COLOUR: dict[str, Colour] = {"_l": "left", "_r": "right"}


def _signal(recording: Recording) -> tuple[list[Curve], str, str] | None:
    """Curves that show the events best: foot height, foot rotation, vertical force or hip angle."""
    points = recording.points
    if points is not None and len(points):
        curves = []
        for end, side in _COLOUR.items():
            for place in ("heel", "toe"):
                label = landmarks.find(points.labels, place + end)
                if label is not None:
                    curves.append(
                        Curve(points.times, points[label][:, 1], f"{place} ({label})", side)
                    )
        if curves:
            return curves, "m", "height of heel and toe"
    for place in ("foot", "shank", "lower_back"):
        curves = []
        for stream in recording.of_kind("imu").values():
            for label in stream.labels:
                if label.startswith(place):
                    rate = np.linalg.norm(stream[label][:, 3:6], axis=1)
                    colour = _COLOUR.get(label[-2:], "neutral")
                    curves.append(Curve(stream.times, rate, label, colour))
        if curves:
            return curves, "deg/s", f"rotation of the {place.replace('_', ' ')}"
    if recording.forces is not None and len(recording.forces):
        stream = recording.forces
        curves = [
            Curve(stream.times, stream[x][:, 1], x, _COLOUR.get(x[-2:], "neutral"))
            for x in stream.labels
        ]
        return curves, "N", "vertical force"
    if recording.angles is not None and len(recording.angles):
        stream = recording.angles
        curves = [Curve(stream.times, stream[x], x, _COLOUR[x[-2:]])
                  for x in ("hip_flexion_l", "hip_flexion_r") if x in stream]  # fmt: skip
        if curves:
            return curves, "°", "hip flexion"
    return None
