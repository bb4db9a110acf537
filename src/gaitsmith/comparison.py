"""Two analyses of one person (or of two) side by side: parameters, and curves with family-wise tests.

Strides are the units: what is found holds for these two recordings, not for people in general.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
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
                if np.isfinite(values).any():
                    strides[str(side), str(channel)] = values
    parameters = sections.get("parameters", {}).get("values", {})
    return Result(title, parameters, strides)


def compare_results(a: Result, b: Result, *, seed: int = 0) -> list[Section]:
    """Sections that say how `b` differs from `a`.

    The chance of any false finding on the whole page of curves is at most 5 %: the curves of a side
    that the same strides have whole are one family (the largest t statistic over all of them), and
    Holm's step-down goes over the families that can be tested (Holm 1979, Scand J Stat 6:65-70).
    Strides are the units. Where so few strides are there that nothing could be found, it says so of
    that side and those curves.
    """
    return [_parameters(a, b), _curves(a, b, seed)]


def _parameters(a: Result, b: Result) -> Section:
    rows: list[tuple[Any, ...]] = []
    apart: list[str] = []
    for name, mine in a.parameters.items():
        other = b.parameters.get(name)
        if other is None:
            continue
        if mine.get("unit") != other.get("unit"):
            apart.append(
                f"{mine.get('name', name)} (A: {mine.get('unit')}, B: {other.get('unit')})"
            )
            continue
        before = len(rows)
        for which in ("left", "right", "both"):
            x, y = mine.get(f"{which}_mean"), other.get(f"{which}_mean")
            # Of both legs together only where no leg of its own can be set beside the same one.
            if x is None or y is None or (which == "both" and len(rows) > before):
                continue
            rows.append((f"{mine.get('name', name)} ({mine.get('unit', '')})", which, x, mine.get(f"{which}_sd"),
                         y, other.get(f"{which}_sd"), _less(x, y)))  # fmt: skip
    table = Table(
        "parameters", "Parameters", ("Parameter", "Side", "A", "A SD", "B", "B SD", "B − A"), rows,
        dict.fromkeys(("A", "A SD", "B", "B SD", "B − A"), ".3g"),
        f"A: {a.title}. B: {b.title}. SD over strides; no test is made here.",
    )  # fmt: skip
    alike = "Neither recording gave parameters that the other has, too."
    lacking = (
        [] if rows or apart else [_without("gait parameters", a.parameters, b.parameters) or alike]
    )
    if apart:
        lacking.append(f"Not set side by side, for they are told in different units: {'; '.join(apart)}. "
                       "Forces are told in newtons where the mass is not known: give it for both.")  # fmt: skip
    return Section("parameters", "Parameters", words=lacking, tables=[table] if rows else [])


def _without(what: str, a: Mapping[Any, Any], b: Mapping[Any, Any]) -> str:
    """Which of the two has none of it, in words; empty where both have some."""
    none = [letter for letter, has in (("A", a), ("B", b)) if not has]
    if not none:
        return ""
    who = "Neither recording has" if len(none) == 2 else f"{none[0]} has no"
    return f"{who} {what}, which need whole strides: there is nothing to compare."


def _curves(a: Result, b: Result, seed: int) -> Section:
    families = [f for side in _SIDES for f in _families(a, b, side)]
    if not families:
        alike = "There are no joint angles that both recordings have."
        lacking = _without("curves over the stride", a.strides, b.strides) or alike
        return Section("curves", "Curves", words=[lacking])
    tested, level = _tested(families, seed)
    drawn: list[tuple[tuple[int, int], Panel]] = []
    rows, short = [], []
    for family, found in zip(families, tested, strict=True):
        for k, (words, unit) in enumerate(family.names):
            spans = [s for s in found.spans if s.channel == k] if found is not None else []
            at = _SIDES.index(family.side), [w for _, w, _ in _CURVES].index(words)
            both = family.side, _shown(family.before[..., k]), _shown(family.after[..., k])
            panel = _panel(f"{words}, {family.side}", unit, both, [(s.start, s.stop) for s in spans])  # fmt: skip
            drawn.append((at, panel))
            rows += [(at, (words, family.side, f"{s.start:.0f}–{s.stop:.0f}", s.difference, s.effect, "< 0.001" if s.p < 0.001 else f"{s.p:.3f}")) for s in spans]  # fmt: skip
        if found is None:
            short.append(family)
    panels = [panel for _, panel in sorted(drawn, key=lambda x: x[0])]
    listed = [row for _, row in sorted(rows, key=lambda x: x[0])]
    figure = Figure("curves", "Mean curves; shaded where they differ", panels, 2,
                    alt="Mean joint angles of both recordings over the stride; shaded where they differ.")  # fmt: skip
    table = Table(
        "spans", "Where the curves differ", ("Curve", "Side", "% of stride", "B − A (°)", "Effect (d)", "p"), listed,
        {"B − A (°)": ".1f", "Effect (d)": ".1f"},
        "Permutation test of the largest |t| over the stride and all curves of a side that the same strides have, "
        "Holm's step over these families, 5 % in all; strides are the units, so this speaks of these two recordings only.",
    )  # fmt: skip
    words_ = []
    count = sum(len(f.names) for f, t in zip(families, tested, strict=True) if t is not None)
    if count:
        words_.append(f"{len(rows)} stretches of {count} curves differ." if rows else f"In none of {count} curves a difference was found.")  # fmt: skip
    words_ += [_too_few(f, families, level) for f in short]
    words_ += [w for side in _SIDES if (w := _absent(a, b, side))]
    return Section("curves", "Curves", words=words_, summary=words_, figures=[figure], tables=[table])  # fmt: skip


@dataclass(frozen=True)
class _Family:
    """Curves of a side that the same strides have whole: stride × point × curve of both recordings.

    A stride is NaN where its curves have a gap.
    """

    side: Side
    names: list[tuple[str, str]]
    before: Array
    after: Array

    @property
    def counts(self) -> tuple[int, int]:
        """Whole strides of A and B."""
        return len(_whole(self.before)), len(_whole(self.after))


def _families(a: Result, b: Result, side: Side) -> list[_Family]:
    """Curves that both have, with those together that have gaps in the same strides."""
    found: dict[tuple[bytes, bytes], list[tuple[tuple[str, str], Array, Array]]] = {}
    for base, words, unit in _CURVES:
        x, y = _of(a, base, side), _of(b, base, side)
        if x is not None and y is not None:
            key = tuple(np.isfinite(v).all(axis=1).tobytes() for v in (x, y))
            found.setdefault(key, []).append(((words, unit), x, y))  # type: ignore[arg-type]
    return [
        _Family(side, [n for n, _, _ in many], *(np.stack([m[i] for m in many], axis=-1) for i in (1, 2)))
        for many in found.values()
    ]  # fmt: skip


def _whole(strides: Array) -> Array:
    return np.asarray(strides[np.isfinite(strides).all(axis=tuple(range(1, strides.ndim)))])


def _shown(strides: Array) -> Array:
    """Strides of one curve to be drawn: the whole ones, or what there is of others."""
    whole = _whole(strides)
    return whole if len(whole) else strides


def _possible(n: int, k: int) -> int:
    """Relabellings of n strides against k that can give another difference."""
    return comb(n + k, n) // (2 if n == k else 1) if n and k else 0


def _tested(families: Sequence[_Family], seed: int) -> tuple[list[Comparison | None], float]:
    """Each family's comparison at the level that Holm's step gives it, None where nothing could be
    found at 5 % even alone; and the level of the first step.
    """
    from gaitsmith.gait.compare import compare

    def at(family: _Family, level: float) -> Comparison | None:
        try:
            return compare(_whole(family.after), _whole(family.before), alpha=level, seed=seed)
        except MissingInputError:
            return None

    # What can never be called different takes no part in the chance of a false finding.
    can = [i for i, f in enumerate(families) if _possible(*f.counts) * _FAMILY >= 1 and sum(f.counts) > 2]  # fmt: skip
    first = _FAMILY / max(1, len(can))
    out: list[Comparison | None] = [None] * len(families)
    fallen: set[int] = set()
    while len(fallen) < len(can):
        level = _FAMILY / (len(can) - len(fallen))
        for i in can:
            if i not in fallen:
                out[i] = at(families[i], level)
        now = {i for i in can if (f := out[i]) is not None and f.p <= f.alpha}
        if now == fallen:
            break
        fallen = now
    return out, first


def _too_few(family: _Family, families: Sequence[_Family], level: float) -> str:
    """What is said of curves that cannot be tested."""
    alone = sum(f.side == family.side for f in families) == 1
    which = f"{family.side.capitalize()} side" + ("" if alone else f", {_and([w for w, _ in family.names])}")  # fmt: skip
    n, k = family.counts
    if not n or not k:
        who = "neither recording has" if not n and not k else f"{'B' if n else 'A'} does not have"
        return f"{which}: {who} a single stride without a gap in it, so nothing was tested; drawn is what there is."
    enough = next(m for m in range(2, 99) if _possible(m, m) * level >= 1)
    one = "1 stride" if n == 1 else f"{n} strides"
    return (f"{which}: {one} against {k} are too few for any difference to be found, however large it is "
            f"({enough} against {enough} can be).")  # fmt: skip


def _absent(a: Result, b: Result, side: Side) -> str:
    """Which of the two has no stride of a side that the other has, in words."""
    has = [any(s == side for s, _ in x.strides) for x in (a, b)]
    return f"{side.capitalize()} side: {'B' if has[0] else 'A'} has no stride of it." if has[0] != has[1] else ""  # fmt: skip


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


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
        Curve(at, _mean(x), "A", "neutral", dashed=True),
        Curve(at, _mean(y), "B", side),
    ]
    marked = [Span(s, e, "differ", "warn") for s, e in spans]
    return Panel(title, curves=curves, spans=marked, x_label="% of stride", unit=unit)


def _mean(strides: Array) -> Array:
    """Mean at each point over the strides that have it; NaN where none has."""
    seen = np.isfinite(strides)
    count = seen.sum(axis=0)
    total = np.where(seen, strides, 0.0).sum(axis=0)
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))
