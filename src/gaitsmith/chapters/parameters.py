"""Numbers of the walk beside their reference, and what stands out in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from gaitsmith.chapters.base import Context, listed
from gaitsmith.gait.parameters import Parameter, Parameters, parameters
from gaitsmith.sections import Section, Table

__all__ = ["chapter"]

_TITLES = {
    "time": "Time", "space": "Space", "angle": "Joint angles", "moment": "Joint moments and powers",
    "force": "Ground reaction", "variability": "Variability and regularity",
}  # fmt: skip
_COLUMNS = ("parameter", "unit", "left", "right", "both", "symmetry %", "reference")
# A difference between the sides beyond this (%, Robinson's index) is worth a sentence: healthy
# adults' step and stance asymmetries stay mostly below it (Herzog et al. 1989, Med Sci Sports
# Exerc 21:110-114, for force variables; temporal ones less).
_ASYMMETRIC = 10.0
_SYMMETRY_OF = ("step_length", "step_time", "stance_percent", "single_support_percent")
# Beyond this many SD of the reference people a value is named.
_FAR = 2.0


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
    tables = [t for group in _TITLES if (t := _table(made, group)) is not None]
    pace = _pace(made)
    odd = [*_asymmetries(made), *_outside(made)]
    values = {p.key: _values(p) for p in made}
    return Section(
        "parameters", "Gait parameters", words=[*pace, *odd], summary=[*pace, *odd[:4]],
        tables=tables, values=values, notes=made.notes, missing=made.missing,
    )  # fmt: skip


def _without_zero(made: Parameters) -> Parameters:
    """Without references beside absolute angles, whose zero is a skeleton's rest pose; ranges keep theirs."""
    rows = [
        p if p.group != "angle" or p.key.endswith("range") else replace(p, reference=None)
        for p in made
    ]
    return replace(made, rows=tuple(rows))


def _values(p: Parameter) -> dict[str, Any]:
    row = p.to_row()
    return {k: v for k, v in row.items() if k not in ("key", "group")}


def _cell(p: Parameter, side: str) -> str:
    value = p[side]
    if value is None or not value.n:
        return ""
    mean = f"{value.mean:.{p.decimals}f}"
    return f"{mean} ± {value.sd:.{p.decimals}f}" if np.isfinite(value.sd) else mean


def _table(made: Parameters, group: str) -> Table | None:
    rows = []
    for p in made.of(group):  # type: ignore[arg-type]
        reference = ""
        if p.reference is not None:
            reference = f"{p.reference.mean:.{p.decimals}f} ± {p.reference.sd:.{p.decimals}f}"
        index = f"{p.symmetry_index:+.1f}" if np.isfinite(p.symmetry_index) else ""
        rows.append(
            (
                p.name,
                p.unit,
                _cell(p, "left"),
                _cell(p, "right"),
                _cell(p, "both"),
                index,
                reference,
            )
        )
    if not rows:
        return None
    people = next((p.reference for p in made.of(group) if p.reference is not None), None)  # type: ignore[arg-type]
    caption = "Mean ± SD over strides; symmetry: 100 · (right - left) / mean of both."
    if people is not None:
        caption += f" Reference: {people.population} ({people.source}), mean ± SD of people."
    columns = _COLUMNS if any(row[6] for row in rows) else _COLUMNS[:-1]
    return Table(
        group, _TITLES[group], columns, [row[: len(columns)] for row in rows], caption=caption
    )


def _pace(made: Parameters) -> list[str]:
    parts = []
    for key, words in (("cadence", "cadence {} steps/min"), ("stride_length", "stride length {} m"),
                       ("stance_percent", "stance {} % of the stride"), ("duty_factor", "duty factor {}")):  # fmt: skip
        if key in made and made[key].both.n:
            p = made[key]
            parts.append(words.format(f"{p.both.mean:.{p.decimals}f}"))
    return [f"{listed(parts).capitalize()}."] if parts else []


def _asymmetries(made: Parameters) -> list[str]:
    out = []
    for key in _SYMMETRY_OF:
        if key not in made:
            continue
        p = made[key]
        index = p.symmetry_index
        enough = p.left is not None and p.right is not None and min(p.left.n, p.right.n) >= 2
        if enough and np.isfinite(index) and abs(index) > _ASYMMETRIC:
            longer, other = ("right", "left") if index > 0 else ("left", "right")
            out.append(
                f"{p.name.capitalize()} is {abs(index):.0f} % larger on the {longer} than on the {other}."
            )
    return out


def _outside(made: Parameters) -> list[str]:
    """Sentences on means more than two reference SD away, the farthest first."""
    found = []
    for p in made:
        if p.reference is None or p.group not in ("time", "space", "angle", "moment", "force"):
            continue
        for side in ("left", "right") if p.left is not None or p.right is not None else ("both",):
            z = p.z(side)
            value = p[side]
            if value is not None and np.isfinite(z) and abs(z) > _FAR:
                where = "above" if z > 0 else "below"
                who = "" if side == "both" else f"{side} "
                unit = "°" if p.unit == "deg" else f" {p.unit}" if p.unit else ""
                found.append((abs(z), f"{who}{p.name} {value.mean:.{p.decimals}f}{unit} is {where} the reference "
                              f"({p.reference.low:.{p.decimals}f} to {p.reference.high:.{p.decimals}f})."))  # fmt: skip
    return [words[0].upper() + words[1:] for _, words in sorted(found, key=lambda f: -f[0])]
