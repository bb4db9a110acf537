"""Two analyses of one person (or of two) side by side: parameters, and curves with family-wise tests.

Strides are the units: what is found holds for these two recordings, not for people in general.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.sections import Curve, Figure, Panel, Section, Span, Table

__all__ = ["Result", "compare_results", "read_result"]

Array = npt.NDArray[np.float64]
_SIDES: tuple[Side, ...] = ("left", "right")
# Curves drawn and tested, where both have them, from proximal to distal.
_CURVES = (
    ("pelvis_tilt", "pelvic tilt", "°"), ("pelvis_list", "pelvic obliquity", "°"),
    ("hip_flexion", "hip flexion", "°"), ("hip_adduction", "hip adduction", "°"),
    ("knee_angle", "knee flexion", "°"), ("ankle_angle", "ankle dorsiflexion", "°"),
)  # fmt: skip
_FAMILY = 0.05


@dataclass(frozen=True)
class Result:
    """One analysis as it lies in its folder: title, parameters, strides of each side by channel."""

    title: str
    parameters: Mapping[str, Mapping[str, Any]]
    strides: Mapping[tuple[str, str], Array]


def read_result(folder: str | os.PathLike[str]) -> Result:
    """A folder that ``gaitsmith analyze`` wrote.

    Raises
    ------
    GaitsmithError
        Where it is none.
    """
    import pandas as pd

    place = Path(folder)
    try:
        about = json.loads((place / "analysis.json").read_text("utf-8"))
        title, sections = str(about["title"]), about["sections"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GaitsmithError("not a folder of results", file=place, found=error,
                             expected="analysis.json, written by gaitsmith analyze",
                             remedy="analyse the recording first, and name the folder given with --out") from error  # fmt: skip
    strides: dict[tuple[str, str], Array] = {}
    if (place / "strides.parquet").is_file():
        table = pd.read_parquet(place / "strides.parquet")
        for (side, channel), rows in table.groupby(["side", "channel"], observed=True):
            wide = rows.pivot_table(index="stride", columns="percent", values="value", dropna=False)
            values = wide.to_numpy(float)
            values = values[np.isfinite(values).all(axis=1)]
            if len(values):
                strides[str(side), str(channel)] = values
    parameters = sections.get("parameters", {}).get("values", {})
    return Result(title, parameters, strides)


def compare_results(a: Result, b: Result, *, seed: int = 0) -> list[Section]:
    """Sections that say how `b` differs from `a`.

    Every curve of both sides is one family: the chance of any false finding on the whole page of
    curves is at most 5 % (Holm's step-down over the curves' family-wise p; Holm 1979, Scand J Stat
    6:65-70), with strides as units.
    """
    return [_parameters(a, b), _curves(a, b, seed)]


def _parameters(a: Result, b: Result) -> Section:
    rows = []
    for name, mine in a.parameters.items():
        other = b.parameters.get(name)
        if other is None:
            continue
        for which in ("left", "right", "both"):
            x, y = mine.get(f"{which}_mean"), other.get(f"{which}_mean")
            if x is None or y is None or (which == "both" and mine.get("left_mean") is not None):
                continue
            rows.append((f"{mine.get('name', name)} ({mine.get('unit', '')})", which, x, mine.get(f"{which}_sd"),
                         y, other.get(f"{which}_sd"), _less(x, y)))  # fmt: skip
    table = Table(
        "parameters", "Parameters", ("Parameter", "Side", "A", "A SD", "B", "B SD", "B − A"), rows,
        dict.fromkeys(("A", "A SD", "B", "B SD", "B − A"), ".3g"),
        f"A: {a.title}. B: {b.title}. SD over strides; no test is made here.",
    )  # fmt: skip
    lacking = () if rows else ("Neither recording gave parameters that the other has, too.",)
    return Section("parameters", "Parameters", words=lacking, tables=[table] if rows else [])


def _curves(a: Result, b: Result, seed: int) -> Section:
    from gaitsmith.gait.compare import Comparison, compare

    found: list[tuple[str, Side, Array, Array, Comparison | None]] = []
    for base, words, _ in _CURVES:
        for side in _SIDES:
            x, y = _of(a, base, side), _of(b, base, side)
            if x is None or y is None:
                continue
            try:
                made: Comparison | None = compare(y, x, seed=seed)
            except MissingInputError:
                made = None
            found.append((words, side, x, y, made))
    if not found:
        return Section("curves", "Curves", words=["There are no joint angles that both recordings have."])  # fmt: skip
    keep = _holm([m.p if m is not None else 1.0 for *_, m in found])
    panels, rows = [], []
    for (words, side, x, y, made), held in zip(found, keep, strict=True):
        spans = made.spans if made is not None and held else ()
        panels.append(_panel(f"{words}, {side}", side, x, y, [(s.start, s.stop) for s in spans]))
        rows += [(words, side, f"{s.start:.0f}–{s.stop:.0f}", s.difference, s.effect, "< 0.001" if s.p < 0.001 else f"{s.p:.3f}") for s in spans]  # fmt: skip
    figure = Figure("curves", "Mean curves; shaded where they differ", panels, 2,
                    alt="Mean joint angles of both recordings over the stride; shaded where they differ.")  # fmt: skip
    table = Table(
        "spans", "Where the curves differ", ("Curve", "Side", "% of stride", "B − A (°)", "Effect (d)", "p"), rows,
        {"B − A (°)": ".1f", "Effect (d)": ".1f"},
        "Permutation test of the largest |t| over the stride, Holm's step over all curves, 5 % in all; strides are "
        "the units, so this speaks of these two recordings only.",
    )  # fmt: skip
    untested = sum(m is None for *_, m in found)
    words_ = [f"{len(rows)} stretches of {len(found)} curves differ." if rows else f"None of {len(found)} curves differs."]  # fmt: skip
    if untested:
        words_.append(f"{untested} could not be tested: too few strides.")
    return Section("curves", "Curves", words=words_, summary=words_[:1], figures=[figure], tables=[table])  # fmt: skip


def _less(x: float, y: float) -> float:
    """B − A, and plain zero where both are the same to a thousandth."""
    return 0.0 if abs(y - x) < 1e-3 * max(abs(x), abs(y)) else y - x


def _of(result: Result, base: str, side: Side) -> Array | None:
    own = result.strides.get((side, f"{base}_{side[0]}"))
    return own if own is not None else result.strides.get((side, base))


def _panel(
    title: str, side: Side, x: Array, y: Array, spans: Sequence[tuple[float, float]]
) -> Panel:
    at = np.linspace(0, 100, x.shape[1])
    curves = [
        Curve(at, x.mean(axis=0), "A", "neutral", dashed=True),
        Curve(at, y.mean(axis=0), "B", side),
    ]
    marked = [Span(s, e, "differ", "warn") for s, e in spans]
    return Panel(title, curves=curves, spans=marked, x_label="% of stride", unit="°")


def _holm(p: Sequence[float]) -> list[bool]:
    """Which of these hypotheses fall at 5 % in all (Holm 1979)."""
    keep = [False] * len(p)
    for rank, i in enumerate(np.argsort(p, kind="stable")):
        if p[i] > _FAMILY / (len(p) - rank):
            break
        keep[i] = True
    return keep
