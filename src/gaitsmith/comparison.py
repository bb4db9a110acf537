"""Two analyses of one person (or of two) side by side: parameters, and curves with family-wise tests.

Strides are the units: what is found holds for these two recordings, not for people in general.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.sections import Curve, Figure, Panel, Section, Span, Table

if TYPE_CHECKING:
    from gaitsmith.gait.compare import Comparison

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
# Strides of each recording from which a side can differ at half of that level: 252 / 2 relabellings.
_ENOUGH = 5


@dataclass(frozen=True)
class Result:
    """One analysis as it lies in its folder: title, parameters, strides of each side by channel.

    Row i of every channel of a side is the same stride (n × 101, degrees; NaN where it was not seen).
    """

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
        for side, own in table.groupby("side", observed=True):
            every = np.unique(own["stride"])
            for channel, rows in own.groupby("channel", observed=True):
                wide = rows.pivot_table(index="stride", columns="percent", values="value", dropna=False)  # fmt: skip
                values = wide.reindex(every).to_numpy(float)
                if np.isfinite(values).all(axis=1).any():
                    strides[str(side), str(channel)] = values
    parameters = sections.get("parameters", {}).get("values", {})
    return Result(title, parameters, strides)


def compare_results(a: Result, b: Result, *, seed: int = 0) -> list[Section]:
    """Sections that say how `b` differs from `a`.

    The chance of any false finding on the whole page of curves is at most 5 %: the curves of a side
    are one family (the largest t statistic over all of them), and Holm's step-down goes over the two sides
    (Holm 1979, Scand J Stat 6:65-70). Strides are the units. Where so few strides are there that
    nothing could be found, it says so.
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
    alike = "Neither recording gave parameters that the other has, too."
    lacking = () if rows else (_without("gait parameters", a.parameters, b.parameters) or alike,)
    return Section("parameters", "Parameters", words=lacking, tables=[table] if rows else [])


def _without(what: str, a: Mapping[Any, Any], b: Mapping[Any, Any]) -> str:
    """Which of the two has none of it, in words; empty where both have some."""
    none = [letter for letter, has in (("A", a), ("B", b)) if not has]
    if not none:
        return ""
    who = "Neither recording has" if len(none) == 2 else f"{none[0]} has no"
    return f"{who} {what}, which need whole strides: there is nothing to compare."


def _curves(a: Result, b: Result, seed: int) -> Section:
    sides = [made for side in _SIDES if (made := _side(a, b, side)) is not None]
    if not sides:
        alike = "There are no joint angles that both recordings have."
        lacking = _without("curves over the stride", a.strides, b.strides) or alike
        return Section("curves", "Curves", words=[lacking])
    tested = _tested(sides, seed)
    panels, rows, short = [], [], []
    for side, found in zip(sides, tested, strict=True):
        for k, (words, unit) in enumerate(side.names):
            spans = [s for s in found.spans if s.channel == k] if found is not None else []
            both = side.side, side.before[..., k], side.after[..., k]
            panels.append(_panel(f"{words}, {side.side}", unit, both, [(s.start, s.stop) for s in spans]))  # fmt: skip
            rows += [(words, side.side, f"{s.start:.0f}–{s.stop:.0f}", s.difference, s.effect, "< 0.001" if s.p < 0.001 else f"{s.p:.3f}") for s in spans]  # fmt: skip
        if found is None:
            short.append(side)
    figure = Figure("curves", "Mean curves; shaded where they differ", panels, 2,
                    alt="Mean joint angles of both recordings over the stride; shaded where they differ.")  # fmt: skip
    table = Table(
        "spans", "Where the curves differ", ("Curve", "Side", "% of stride", "B − A (°)", "Effect (d)", "p"), rows,
        {"B − A (°)": ".1f", "Effect (d)": ".1f"},
        "Permutation test of the largest |t| over the stride and all curves of a side, Holm's step over the sides, "
        "5 % in all; strides are the units, so this speaks of these two recordings only.",
    )  # fmt: skip
    words_ = []
    count = sum(len(s.names) for s, f in zip(sides, tested, strict=True) if f is not None)
    if count:
        words_.append(f"{len(rows)} stretches of {count} curves differ." if rows else f"In none of {count} curves a difference was found.")  # fmt: skip
    words_ += [
        f"{s.side.capitalize()} side: {len(s.before)} strides against {len(s.after)} are too few for any difference "
        f"to be found, however large it is ({_ENOUGH} against {_ENOUGH} can be)." for s in short
    ]  # fmt: skip
    return Section("curves", "Curves", words=words_, summary=words_, figures=[figure], tables=[table])  # fmt: skip


@dataclass(frozen=True)
class _Side:
    """One side's strides that have every curve which both recordings have: stride × point × curve."""

    side: Side
    names: list[tuple[str, str]]
    before: Array
    after: Array


def _side(a: Result, b: Result, side: Side) -> _Side | None:
    names, before, after = [], [], []
    for base, words, unit in _CURVES:
        x, y = _of(a, base, side), _of(b, base, side)
        if x is not None and y is not None:
            names.append((words, unit))
            before.append(x)
            after.append(y)
    if not names:
        return None
    x, y = (_whole(np.stack(v, axis=-1)) for v in (before, after))
    return _Side(side, names, x, y) if len(x) and len(y) else None


def _whole(strides: Array) -> Array:
    return np.asarray(strides[np.isfinite(strides).all(axis=(1, 2))])


def _tested(sides: Sequence[_Side], seed: int) -> list[Comparison | None]:
    """Each side's comparison at the level that Holm's step gives it; None where nothing could be found."""
    from gaitsmith.gait.compare import compare

    def at(side: _Side, level: float) -> Comparison | None:
        try:
            return compare(side.after, side.before, alpha=level, seed=seed)
        except MissingInputError:
            return None

    out = [at(side, _FAMILY / len(sides)) for side in sides]
    if any(f is not None and f.p <= f.alpha for f in out):
        # One hypothesis has fallen: what is left may take the whole level.
        out = [f if f is not None and f.p <= f.alpha else at(s, _FAMILY) for f, s in zip(out, sides, strict=True)]  # fmt: skip
    return out


def _less(x: float, y: float) -> float:
    """B − A, and plain zero where both are the same to a thousandth."""
    return 0.0 if abs(y - x) < 1e-3 * max(abs(x), abs(y)) else y - x


def _of(result: Result, base: str, side: Side) -> Array | None:
    own = result.strides.get((side, f"{base}_{side[0]}"))
    return own if own is not None else result.strides.get((side, base))


def _panel(
    title: str, unit: str, both: tuple[Side, Array, Array], spans: Sequence[tuple[float, float]]
) -> Panel:
    side, x, y = both
    at = np.linspace(0, 100, x.shape[1])
    curves = [
        Curve(at, x.mean(axis=0), "A", "neutral", dashed=True),
        Curve(at, y.mean(axis=0), "B", side),
    ]
    marked = [Span(s, e, "differ", "warn") for s, e in spans]
    return Panel(title, curves=curves, spans=marked, x_label="% of stride", unit=unit)
