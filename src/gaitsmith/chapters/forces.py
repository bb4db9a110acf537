"""Ground reaction forces, joint moments and powers over the cycle."""

from __future__ import annotations

import numpy as np

from gaitsmith import channels
from gaitsmith.chapters.base import SIDES, Context, mean_curves, shown_sign
from gaitsmith.sections import Band, Curve, Figure, Panel, Section, Span
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["forces", "kinetics"]

# Component, title, positive direction as shown, factor for the right foot. Sideways force is shown
# as laboratories do: towards the middle of the body, for both feet.
_COMPONENTS = (
    ("fy", "vertical", "up", 1.0),
    ("fx", "fore-aft", "propulsion", 1.0),
    ("fz", "sideways", "towards the middle", -1.0),
)
_FEET = {"foot_l": "left foot", "foot_r": "right foot"}
_JOINTS = ("hip", "knee", "ankle")
_MOMENTS = (
    ("hip_flexion", "hip_adduction", "hip_rotation"),
    ("knee_angle", "knee_adduction", "knee_rotation"),
    ("ankle_angle", "subtalar_angle", "ankle_rotation"),
)


def forces(context: Context) -> Section | None:
    """Force of each foot over its stride, in body weight where the mass is known."""
    stream, strides = context.recording.forces, context.strides
    if stream is None:
        return None
    mass = context.recording.subject.mass
    factor, unit = (100 / (mass * STANDARD_GRAVITY), "% body weight") if mass else (1.0, "N")
    if (
        strides is None
        or not strides.n
        or not any(f"foot_{c}" in strides[s] for s in SIDES for c in ("fy",))
    ):
        return _over_time(context, factor, unit)
    panels = []
    for component, title, positive, sign in _COMPONENTS:
        curves = []
        for side in SIDES:
            name = f"foot_{component}"
            own = strides[side]
            if own.n and name in own:
                loaded = own.take(np.nanmax(own["foot_fy"], axis=1, initial=-np.inf) > 50)
                if loaded.n:
                    mirrored = -1.0 if component == "fz" and side == "left" else 1.0
                    curves += mean_curves(loaded, name, factor * sign * mirrored)
        panels.append(Panel(title, curves, _bands(context, component, sign), unit=unit,
                            x_label="% of stride", positive=positive))  # fmt: skip
    if not any(_drawn(p) for p in panels):
        return _over_time(context, factor, unit)
    figure = Figure("forces", "Ground reaction forces", panels, columns=3,
                    alt="Vertical, fore-aft and medio-lateral force of each foot over the stride")  # fmt: skip
    whole = _over_time(context, factor, unit)
    figures = [figure, *(whole.figures if whole else ())]
    return Section("forces", "Ground reaction forces", figures=figures,
                   missing=[] if mass else ["Without the mass, forces stay in newtons (--mass)."])  # fmt: skip


def _drawn(panel: Panel) -> bool:
    """Whether any of its curves can be seen."""
    return any(_seen(c) for c in panel.curves)


def _seen(curve: Curve) -> bool:
    """A lone value draws no line."""
    return bool(np.isfinite(curve.y).sum() > 1)


def _bands(context: Context, component: str, sign: float) -> list[Band]:
    reference = context.reference
    if (
        reference is None
        or f"grf_{component}" not in reference
        or not context.recording.subject.mass
    ):
        return []
    mean, sd = sign * reference.mean(f"grf_{component}"), reference.sd(f"grf_{component}")
    x = np.linspace(0, 100, len(mean))
    return [Band(x, 100 * (mean - sd), 100 * (mean + sd), label="reference")]


def _over_time(context: Context, factor: float, unit: str) -> Section | None:
    """The vertical force of every plate or foot over time, with the events on it."""
    stream = context.recording.forces
    assert stream is not None
    part = stream.crop(stream.start, stream.start + 10.0)
    step = max(1, len(part) // 1500)
    colours = {"foot_l": "left", "foot_r": "right"}
    curves = [Curve(part.times[::step], part[label][::step, 1] * factor, label=_FEET.get(label, label.replace("_", " ")),
                    colour=colours.get(label, "neutral"))  # type: ignore[arg-type]
              for label in part.labels if np.isfinite(part[label][:, 1]).any()]  # fmt: skip
    if not curves:
        return None
    spans = [Span(e.time, colour=e.side or "neutral", dashed=e.kind == "off")
             for e in context.recording.events if e.kind in ("strike", "off") and part.start <= e.time <= part.end]  # fmt: skip
    figure = Figure("forces_time", "Vertical force over time", [
        Panel("vertical force", curves, spans=spans, unit=unit, x_label="time (s)", positive="up")
    ], columns=1, alt="Vertical force of every plate or foot over time with strikes and foot-offs")  # fmt: skip
    return Section("forces", "Ground reaction forces", figures=[figure], words=[
        "No whole stride has its own foot's force, so forces are shown over time only."])  # fmt: skip


def kinetics(context: Context) -> Section | None:
    """Joint moments and powers that are in the recording."""
    strides = context.strides
    if strides is None or not strides.n:
        return None
    mass = context.recording.subject.mass
    figures = []
    for quantity, plain, unit in (
        ("moment", "Joint moments (internal)", "N·m"),
        ("power", "Joint powers", "W"),
    ):
        factor = 1 / mass if mass else 1.0
        panels: list[Panel | None] = []
        rows = []
        for joint, names in zip(_JOINTS, _MOMENTS, strict=True):
            made = [
                _panel(context, f"{n}_{quantity}", factor, unit + ("/kg" if mass else ""))
                for n in names
            ]
            if any(made):
                rows.append(joint)
                panels += made
        if rows:
            figures.append(Figure(f"{quantity}s", plain, panels, columns=3, row_labels=rows,
                                  column_labels=("sagittal", "coronal", "transverse"),
                                  alt=f"{plain} over the gait cycle, left and right"))  # fmt: skip
    if not figures:
        return None
    return Section("kinetics", "Joint moments and powers", figures=figures)


def _panel(context: Context, name: str, factor: float, unit: str) -> Panel | None:
    assert context.strides is not None
    curves, spans = [], []
    for side in SIDES:
        strides = context.strides[side]
        if strides.n and name in strides:
            curves += mean_curves(strides, name, factor * shown_sign(strides.label(name), side))
            off = strides.foot_off[np.isfinite(strides.foot_off)]
            if len(off):
                spans.append(Span(float(off.mean()), colour=side, label=f"{side} foot off"))
    stem, _, quantity = name.rpartition("_")
    row = channels.channels().get(f"{stem}_r_{quantity}")
    if row is None or not any(_seen(c) for c in curves):
        return None
    bands = []
    reference = context.reference
    if reference is not None and name in reference and context.recording.subject.mass:
        mean, sd = reference.mean(name), reference.sd(name)
        x = np.linspace(0, 100, len(mean))
        bands.append(Band(x, mean - sd, mean + sd, label="reference"))
    positive = "generated" if quantity == "power" else channels.get(f"{stem}_r").positive
    return Panel(
        row.english, curves, bands, spans, unit=unit, x_label="% of stride", positive=positive
    )
