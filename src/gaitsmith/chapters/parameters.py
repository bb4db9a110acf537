"""Numbers of the walk beside their reference, and what stands out in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gaitsmith.chapters.base import SIDES, Context, counted, listed, number
from gaitsmith.chapters.trust import SAME_SPEED
from gaitsmith.gait.parameters import Parameter, Parameters, parameters
from gaitsmith.gait.strides import StrideSet
from gaitsmith.recording import Note
from gaitsmith.sections import Section, Table

__all__ = ["chapter"]

_TITLES = {
    "time": "Time", "space": "Space", "angle": "Joint angles", "moment": "Joint moments and powers",
    "force": "Ground reaction", "variability": "Variability and regularity",
}  # fmt: skip
_COLUMNS = ("parameter", "unit", "left", "right", "both", "CoV %", "symmetry %", "reference")
# Groups whose variation from stride to stride is told as a coefficient of variation.
_VARYING = ("time", "space")
# A difference between the sides beyond this (%, Robinson's index) is worth a sentence: healthy
# adults' step and stance asymmetries stay mostly below it (Herzog et al. 1989, Med Sci Sports
# Exerc 21:110-114, for force variables; temporal ones less).
_ASYMMETRIC = 10.0
_SYMMETRY_OF = ("step_length", "step_time", "stance_percent", "single_support_percent")
# Beyond this many SD of the reference people a value is named.
_FAR = 2.0
# Levels of angles that were fitted to points differ from a laboratory's own by up to this (deg,
# `gaitsmith benchmark body`): less than that beyond the reference is not named.
_ZERO_DEG = 11.0
# Doubt (by unit) that is worth a bracket behind the value.
_TELLING = {"%": 1.0, "% of stride": 1.0}
# Sentences on such values at most; the tables have them all.
_MOST = 8
# What says the same as another parameter, which is named in its place.
_SAME_AS = {"swing_percent": "stance_percent", "stride_time": "cadence", "step_time": "cadence"}
# Fewer strides of a foot than this may differ from the other foot's by chance.
_FEW = 3
_UNITS = {"deg": "°", "Nm/kg": "N·m/kg"}


def chapter(context: Context) -> Section | None:
    """Tables by group, and sentences on pace, symmetry and what lies outside the reference."""
    strides = context.strides
    if strides is None or not strides.n:
        return None
    made = parameters(
        strides, progression=context.progression, speed=None if context.speed is None else context.speed[0],
        reference=context.reference,
    )  # fmt: skip
    if not len(made):
        return None
    if context.relative_angles:
        made = _without_zero(made)
    offset = context.pelvis_offset
    if offset is not None:
        made = _without_hip_level(made)
    tables = [
        t for group in _TITLES if (t := _table(made, group, _whole(made, context))) is not None
    ]
    doubt = _doubts(made, context)
    pace = _pace(made, doubt)
    judged = context.speed is not None
    zero: list[str] = []
    odd = (
        []
        if context.unjudged
        else [
            *_asymmetries(made),
            *(_outside(made, doubt) if judged else []),
        ]
    )
    if not judged and context.reference is not None:
        odd.append("The walking speed is not known, so values are not judged against the reference, which "
                   "walked at its comfortable speed (--speed).")  # fmt: skip
    if offset is not None:
        tilt = f"{number(abs(offset), 0)}° {'backward' if offset > 0 else 'forward'}"
        odd.append(f"The pelvis is tilted {tilt} on average, beyond what people do: its zero is the model's own. "
                   "Hip flexion is shifted by as much, so its level is not judged.")  # fmt: skip
    if context.fitted_angles and judged and context.reference is not None:
        zero = [f"The angles were fitted to points: a level is named as unusual only where it is more than {_ZERO_DEG:.0f}° "
                "beyond the reference, for so far may another model's zero lie."]  # fmt: skip
    zero += _by_events(made, doubt, context) if judged and context.reference is not None else []
    pace += _own_speed(made, context)
    few = _few(strides)
    values = {p.key: _values(p, doubt.get(p.key, 0.0)) for p in made}
    return Section(
        "parameters", "Gait parameters", words=[*pace, *odd, *zero, *few], summary=[*pace, *odd[:4], *few],
        tables=tables, values=values, notes=[n for n in made.notes if not _told(n, context.notes)],
        missing=made.missing,
    )  # fmt: skip


def _told(note: Note, notes: Sequence[Note]) -> bool:
    """Whether the choice of the reference said the same already (the leg length and whence it is)."""
    return any(n.place == "reference" and n.words == f"{note.place} {note.words}" for n in notes)


def _without_zero(made: Parameters) -> Parameters:
    """Without references beside absolute angles, whose zero is a skeleton's rest pose; ranges keep theirs."""
    rows = [
        p if p.group != "angle" or p.key.endswith("range") else replace(p, reference=None)
        for p in made
    ]
    return replace(made, rows=tuple(rows))


def _without_hip_level(made: Parameters) -> Parameters:
    """Without references beside the level of hip flexion and pelvic tilt; ranges keep theirs."""
    rows = [replace(p, reference=None) if p.key.startswith(("hip_flexion", "pelvis_tilt")) and p.group == "angle"
            and not p.key.endswith("range") else p for p in made]  # fmt: skip
    return replace(made, rows=tuple(rows))


def _doubts(made: Parameters, context: Context) -> dict[str, float]:
    """By parameter, how far (in its unit) its mean may lie from the truth whatever the strides say.

    Levels of angles that were fitted to points rest on our model's zero, times between a strike and
    an off on how well the events' method knows either.
    """
    from gaitsmith.gait.events.within import within

    out: dict[str, float] = {}
    time = made["stride_time"].both.mean if "stride_time" in made else float("nan")
    if context.detection is not None and np.isfinite(time):
        known = within(context.detection.method, context.recording)
        out = {p.key: half for p in made if (half := known.of(p.key, p.unit, time))}
    if context.fitted_angles:
        out |= {p.key: _ZERO_DEG for p in made
                if p.group == "angle" and p.unit == "deg" and not p.key.endswith("range")}  # fmt: skip
    return out


def _by_events(made: Parameters, doubt: dict[str, float], context: Context) -> list[str]:
    """How well the times of support are known, where that is not to a plate's precision."""
    named = [(k, w) for k, w in (("stance_percent", "stance"), ("double_support_percent", "double support"))
             if k in made and k in doubt]  # fmt: skip
    assert context.detection is not None
    if not named or context.detection.method == "plate":
        return []
    how = listed(f"{words} to ± {doubt[key]:.1f} %" for key, words in named)
    return [f"The events tell {how} of the stride: {'they are' if len(named) > 1 else 'it is'} named as unusual only where more "
            "than that beyond the reference."]  # fmt: skip


def _values(p: Parameter, doubt: float) -> dict[str, Any]:
    row = p.to_row() | {"within": doubt or None}
    return {k: v for k, v in row.items() if k not in ("key", "group")}


def _cell(p: Parameter, side: str) -> str:
    value = p[side]
    if value is None or not value.n:
        return ""
    mean = number(value.mean, p.decimals)
    return f"{mean} ± {value.sd:.{p.decimals}f}" if np.isfinite(value.sd) else mean


def _variation(p: Parameter) -> str:
    """Coefficient of variation (%) over strides: mean of both feet, each by itself."""
    each = [v.cov for s in SIDES if (v := p[s]) is not None]
    each = [c for c in each if np.isfinite(c)] or [
        c for v in [p["both"]] if v is not None and np.isfinite(c := v.cov)
    ]
    return f"{np.mean(each):.1f}" if each else ""


def _table(made: Parameters, group: str, whole: str = "") -> Table | None:
    """Rows of one group; `whole` is said below the lengths and speeds."""
    rows = []
    for p in made.of(group):  # type: ignore[arg-type]
        reference = ""
        if p.reference is not None:
            reference = f"{number(p.reference.mean, p.decimals)} ± {p.reference.sd:.{p.decimals}f}"
        index = f"{p.symmetry_index:+.1f}" if np.isfinite(p.symmetry_index) else ""
        rows.append(
            (
                p.name,
                _UNITS.get(p.unit, p.unit),
                _cell(p, "left"),
                _cell(p, "right"),
                _cell(p, "both"),
                _variation(p) if group in _VARYING else "",
                index,
                reference,
            )
        )
    if not rows:
        return None
    people = next((p.reference for p in made.of(group) if p.reference is not None), None)  # type: ignore[arg-type]
    caption = "Mean ± SD over strides; symmetry: 100 · (right − left) / mean of both."
    if people is not None:
        caption += f" Reference: {people.population} ({people.source}), mean ± SD of people."
    if group == "space":
        caption += whole
    used = [
        i
        for i, x in enumerate(_COLUMNS)
        if x not in ("CoV %", "reference") or any(row[i] for row in rows)
    ]
    if any(row[_COLUMNS.index("CoV %")] for row in rows):
        caption += " CoV: SD / mean over the strides of a foot, mean of the feet."
    return Table(group, _TITLES[group], tuple(_COLUMNS[i] for i in used),
                 [tuple(row[i] for i in used) for row in rows], caption=caption)  # fmt: skip


def _pace(made: Parameters, doubt: dict[str, float]) -> list[str]:
    parts = []
    for key, words in (("cadence", "cadence {} steps/min"), ("stride_length", "stride length {} m"),
                       ("stance_percent", "stance {} % of the stride"), ("duty_factor", "duty factor {}")):  # fmt: skip
        if key == "stance_percent" and "duty_factor" in made:
            continue  # the same, as runners' is told
        if key in made and made[key].both.n:
            p = made[key]
            value = number(p.both.mean, p.decimals)
            if doubt.get(key, 0.0) >= _TELLING.get(p.unit, np.inf):
                value += f" (± {number(doubt[key], p.decimals)})"
            parts.append(words.format(value))
    return [f"{listed(parts).capitalize()}."] if parts else []


def _own_speed(made: Parameters, context: Context) -> list[str]:
    """That the strides used were faster or slower than the whole walk, where they were."""
    if context.speed is None or "speed" not in made or not made["speed"].both.n:
        return []
    whole, own = context.speed[0], made["speed"].both.mean
    if abs(own / whole - 1) <= SAME_SPEED:
        return []
    return [f"These strides were walked at {own:.2f} m/s, the whole recording at {whole:.2f} m/s."]


def _whole(made: Parameters, context: Context) -> str:
    """Where the table's speed is another figure than the one above: of what each is."""
    if context.speed is None or "speed" not in made or not made["speed"].both.n:
        return ""
    whole, own = (
        number(x, made["speed"].decimals) for x in (context.speed[0], made["speed"].both.mean)
    )
    if whole == own:
        return ""
    return f" The speed is the mean of these strides; that of the whole recording, used everywhere else, is {whole} m/s."


def _asymmetries(made: Parameters) -> list[str]:
    out = []
    for key in _SYMMETRY_OF:
        if key not in made:
            continue
        p = made[key]
        index = p.symmetry_index
        enough = p.left is not None and p.right is not None and min(p.left.n, p.right.n) >= 2
        if enough and np.isfinite(index) and abs(index) > _ASYMMETRIC and _told_apart(p):
            longer, other = ("right", "left") if index > 0 else ("left", "right")
            out.append(
                f"{p.name.capitalize()} is {abs(index):.0f} % larger on the {longer} than on the {other}."
            )
    return out


def _told_apart(p: Parameter) -> bool:
    """Whether the feet differ by more than three standard errors of their strides."""
    assert p.left is not None
    assert p.right is not None
    error = np.sqrt(sum(v.sd**2 / v.n for v in (p.left, p.right)))
    return bool(abs(p.left.mean - p.right.mean) > 3.0 * error)


def _few(strides: StrideSet) -> list[str]:
    """That a difference between two or three strides may be chance."""
    left, right = strides.left.n, strides.right.n
    if max(left, right) >= _FEW and min(left, right) != 1:
        return []
    return [f"All this rests on {counted(left, right, 'stride')}: differences may be chance."]


def _outside(made: Parameters, doubt: dict[str, float]) -> list[str]:
    """Sentences on means more than two reference SD away, the farthest first.

    `doubt` (:func:`_doubts`) is taken off first: beyond it a value counts.
    """
    found: list[tuple[float, str, str]] = []
    for p in made:
        if p.reference is None or p.group not in ("time", "space", "angle", "moment", "force"):
            continue
        sides = SIDES if p.left is not None or p.right is not None else ("both",)
        far = {s: z for s in sides if np.isfinite(z := _beyond(p, s, doubt)) and abs(z) > _FAR}
        for beyond, where in ((1, "above"), (-1, "below")):
            out = [s for s, z in far.items() if z * beyond > 0]
            if out:
                worst = max(abs(far[s]) for s in out)
                found.append((worst, p.key, _far_words(p, out, where)))
    named = {key for _, key, _ in found}
    found = [f for f in found if _SAME_AS.get(f[1]) not in named]
    words = [text for _, _, text in sorted(found, key=lambda f: -f[0])]
    if len(words) > _MOST:
        words = [
            *words[:_MOST],
            f"{len(words) - _MOST} further values lie outside the reference: see the tables.",
        ]
    return words


def _beyond(p: Parameter, side: str, doubt: dict[str, float]) -> float:
    """Reference SD from the reference's mean, less what the parameter's doubt may explain."""
    z = p.z(side)
    half = doubt.get(p.key, 0.0)
    if not half or p.reference is None:
        return z
    return float(np.sign(z) * max(0.0, abs(z) - half / p.reference.sd))


def _far_words(p: Parameter, sides: Sequence[str], where: str) -> str:
    unit = _UNITS.get(p.unit, p.unit)
    unit = unit if unit == "°" else f" {unit}" if unit else ""
    means = [v.mean for s in sides if (v := p[s]) is not None]
    values = listed(number(m, p.decimals) for m in means)
    name = p.name if sides == ["both"] else f"{listed(sides)} {p.name}"
    assert p.reference is not None
    low, high = (number(x, p.decimals) for x in (p.reference.low, p.reference.high))
    verb = "are" if len(means) > 1 else "is"
    return f"{name[0].upper()}{name[1:]} {values}{unit} {verb} {where} the reference (mean ± 2 SD: {low} to {high})."
