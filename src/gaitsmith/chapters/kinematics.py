"""Joint angles over the cycle, as gait laboratories lay them out."""

from __future__ import annotations

import numpy as np

from gaitsmith import channels
from gaitsmith.chapters.base import SIDES, Context, listed, mean_curves, shown_sign
from gaitsmith.gait.cycles import Strides
from gaitsmith.sections import Band, Curve, Figure, Panel, Section, Span, Table

__all__ = ["chapter", "grid"]

# Without strides, this much (s) is shown, with at most this many samples a curve.
_SHOWN_S, _SAMPLES = 10.0, 1500
# An angle that moves less than this (deg) in all strides does not move.
_STILL = 1e-3

# Rows proximal to distal, columns sagittal, coronal, transverse; a name without a side means
# the foot's own.
_GRID = (
    ("trunk", ("lumbar_extension", "lumbar_bending", "lumbar_rotation")),
    ("pelvis", ("pelvis_tilt", "pelvis_list", "pelvis_rotation")),
    ("hip", ("hip_flexion", "hip_adduction", "hip_rotation")),
    ("knee", ("knee_angle", "knee_adduction", "knee_rotation")),
    ("ankle", ("ankle_angle", "subtalar_angle", "foot_progression")),
)
_SHOWN_POSITIVE = {
    "pelvis_tilt": "anterior", "pelvis_list": "that side up", "pelvis_rotation": "that side forward",
    "lumbar_extension": "flexion", "lumbar_bending": "to that side", "lumbar_rotation": "that side forward",
}  # fmt: skip


def chapter(context: Context) -> Section | None:
    """The kinematic grid against the reference band, and peaks and ranges."""
    if context.recording.angles is None:
        return None
    if not context.walked or not any(
        label in context.recording.angles for s in SIDES for label in context.strides_of(s).labels
    ):
        return _over_time(context)
    figure, drawn = grid(context)
    if figure is None:
        return None
    words = []
    if context.reference is not None:
        words.append(f"Grey band: {context.reference.describe()}, mean ± 1 SD.")
    if context.relative_angles:
        words.append("The angles count from the skeleton's rest pose: compare shapes, not levels.")
    locked = [
        row.english for _, names in _GRID for n in names if _locked(context, n) and (row := _row(n))
    ]
    if locked:
        words.append(f"Not drawn, since the model holds it still: {listed(locked)}.")
    absent = [row for row, names in _GRID if row not in drawn]
    missing = [f"No angles of the {listed(absent)} in the recording."] if absent else []
    return Section("kinematics", "Joint angles", words=words, figures=[figure],
                   tables=[t for t in [_ranges(context)] if t.rows], missing=missing)  # fmt: skip


def _over_time(context: Context) -> Section | None:
    """The sagittal leg angles over time, where there is no whole stride to cut them by."""
    angles = context.recording.angles
    assert angles is not None
    part = angles.crop(angles.start, angles.start + _SHOWN_S)
    step = max(1, len(part) // _SAMPLES)
    panels = []
    for stem in ("hip_flexion", "knee_angle", "ankle_angle"):
        curves, spans = [], []
        for side in SIDES:
            name = f"{stem}_{side[0]}"
            if name not in part or not np.isfinite(part[name]).any():
                continue
            curves.append(Curve(part.times[::step], part[name][::step], side, side))
            spans += [Span(e.time, label=f"{side} {e.kind}", colour=side, dashed=e.kind == "off")
                      for e in context.recording.events.where(side=side, between=(part.start, part.end))]  # fmt: skip
        if curves:
            row = channels.get(f"{stem}_r")
            panels.append(Panel(row.english, curves, spans=spans, unit="°", x_label="time (s)",
                                positive=row.positive))  # fmt: skip
    if not panels:
        return None
    figure = Figure("kinematics", "Joint angles over time", panels, columns=1,
                    alt="Hip, knee and ankle angles over time with strikes and foot-offs")  # fmt: skip
    return Section(
        "kinematics", "Joint angles", figures=[figure],
        words=["There is no whole stride with joint angles, so they are shown over time."],
        missing=["Curves over the gait cycle, ranges of motion and GPS need two successive strikes "
                 "of one foot within the joint angles."],
    )  # fmt: skip


def grid(context: Context) -> tuple[Figure | None, list[str]]:
    """The grid figure and the rows that have something in them."""
    panels: list[Panel | None] = []
    rows = []
    for row, names in _GRID:
        made = [_panel(context, name) for name in names]
        if any(made):
            rows.append(row)
            panels += made
    if not rows:
        return None, []
    figure = Figure(
        "kinematics", "Joint angles over the gait cycle", panels, columns=3, row_labels=rows,
        column_labels=("sagittal", "coronal", "transverse"),
        alt=f"Curves of {listed(rows)} angles over 0 to 100 % of the stride, left and right"
        + (", with a grey reference band" if context.reference else ""),
    )  # fmt: skip
    return figure, rows


def _row(name: str) -> channels.Channel | None:
    table = channels.channels()
    return table.get(name) or table.get(name + "_r")


def _panel(context: Context, name: str) -> Panel | None:
    assert context.strides is not None
    row = _row(name)
    if _locked(context, name):
        return None
    curves, spans = [], []
    for side in SIDES:
        strides = context.strides[side]
        if not strides.n or name not in strides:
            continue
        curves += mean_curves(strides, name, shown_sign(strides.label(name), side))
        off = np.nanmean(strides.foot_off) if np.isfinite(strides.foot_off).any() else np.nan
        if np.isfinite(off):
            spans.append(Span(float(off), colour=side, label=f"{side} foot off"))
    if not curves or row is None:
        return None
    return Panel(
        row.english, curves, _band(context, name), spans, unit="°", x_label="% of stride",
        positive=_SHOWN_POSITIVE.get(name, row.positive),
    )  # fmt: skip


def _locked(context: Context, name: str) -> bool:
    """Whether a coordinate is there but never moves: a joint that the model locks."""
    assert context.strides is not None
    values = [context.strides[s][name] for s in SIDES
              if context.strides[s].n and name in context.strides[s]]  # fmt: skip
    spans = [np.ptp(v[np.isfinite(v)]) for v in values if np.isfinite(v).any()]
    return bool(spans) and float(max(spans)) < _STILL


def _band(context: Context, name: str) -> list[Band]:
    reference = context.reference
    if reference is None or name not in reference:
        return []
    sign = shown_sign(name if name in channels.channels() else name + "_r", "right")
    mean, sd = reference.mean(name) * sign, reference.sd(name)
    x = np.linspace(0, 100, len(mean))
    return [Band(x, mean - sd, mean + sd, label="reference")]


def _ranges(context: Context) -> Table:
    assert context.strides is not None
    rows = []
    for _, names in _GRID:
        for name in names:
            if _locked(context, name):
                continue
            row = _row(name)
            cells: list[object] = []
            for side in SIDES:
                cells += _extremes(context.strides[side], name, side)
            if row is not None and any(c is not None for c in cells):
                rows.append((row.english, *cells))
    return Table(
        "ranges", "Peaks and ranges of motion", ("angle", "left min", "left max", "left range",
        "right min", "right max", "right range"), rows,
        dict.fromkeys(("left min", "left max", "left range", "right min", "right max", "right range"), ".1f"),
        "Degrees, mean over strides of each stride's own minimum, maximum and range.",
    )  # fmt: skip


def _extremes(strides: Strides, name: str, side: channels.Side) -> list[float | None]:
    if not strides.n or name not in strides:
        return [None, None, None]
    values = strides[name] * shown_sign(strides.label(name), side)
    whole = values[np.isfinite(values).all(axis=1)]
    if not len(whole):
        return [None, None, None]
    low, high = whole.min(axis=1), whole.max(axis=1)
    return [float(low.mean()), float(high.mean()), float((high - low).mean())]
