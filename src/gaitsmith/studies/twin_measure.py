"""Measures of one row on people left out, by person: det, loc, top-1, false alarms, twin."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.gait.metrics.classes import localisation
from gaitsmith.gait.metrics.people import paired_difference
from gaitsmith.models.twin.default import TwinModel
from gaitsmith.models.twin.walks import Walks
from gaitsmith.studies.twin_faults import SIZES, TIMING, Injected
from gaitsmith.studies.twin_rows import DEFAULT, Row

__all__ = [
    "alarms",
    "by_person",
    "compared",
    "faults",
    "interval",
    "of_twin",
    "paired",
    "summary",
    "swapped",
    "twin",
]

Array = npt.NDArray[np.float64]


def _greatest(scores: Array) -> Array:
    return np.asarray(np.nanmax(scores, axis=1))


def alarms(row: Row, walks: Walks) -> dict[str, float]:
    """Share of each person's walks called unusual."""
    above = _greatest(row.scores(walks)) > row.threshold(walks)
    return {str(n): float(above[walks.person == n].mean()) for n in np.unique(walks.person)}


def _of(
    scores: Array, changed: npt.NDArray[np.bool_], threshold: float
) -> tuple[float, float, float]:
    there = np.isfinite(scores).all(axis=0)
    loc, top = localisation(changed[:, there], scores[:, there])
    return float((_greatest(scores) > threshold).mean()), loc, top


def faults(row: Row, made: Injected) -> dict[str, dict[str, tuple[float, float, float]]]:
    """person -> part (all, sizes, timing, kinds) -> det, loc, top-1."""
    scores, threshold = row.scores(made.walks), row.threshold(made.walks)
    parts = {"all": np.ones(len(made.kind), bool), **{s: made.size == s for s in SIZES},
             "timing": np.isin(made.kind, TIMING), **{str(k): made.kind == k for k in np.unique(made.kind)}}  # fmt: skip
    return {
        str(n): {
            k: _of(scores[mine & at], made.changed[mine & at], threshold) for k, at in parts.items()
        }
        for n in np.unique(made.walks.person)
        for mine in [made.walks.person == n]
    }


def swapped(row: Row, made: Injected) -> dict[str, float]:
    """person -> loc of the swap test."""
    scores = row.scores(made.walks)
    there = np.isfinite(scores).all(axis=0)
    return {str(n): localisation(made.changed[at][:, there], scores[at][:, there])[0]
            for n in np.unique(made.walks.person) for at in [made.walks.person == n]}  # fmt: skip


def twin(truth: Array, given: Array, made: Array, size: npt.NDArray[np.str_]) -> dict[str, Any]:
    """Share of a fault's deviation from the person's own truth that the twin takes away, and made worse."""
    before = np.nanmean(np.abs(given - truth), axis=(1, 2))
    after = np.nanmean(np.abs(made - truth), axis=(1, 2))
    return {s: {"removed": float(1 - after[size == s].sum() / before[size == s].sum()),
                "worse": float((after > before * 1.001)[size == s].mean())} for s in SIZES}  # fmt: skip


def summary(
    row: Row, normal: Walks, made: Injected, swaps: Injected
) -> tuple[dict[str, Any], dict[str, Any]]:
    """All measures of a row with intervals over people, and those of each person."""
    found = faults(row, made)
    out: dict[str, Any] = {"false_alarms": interval(alarms(row, normal))}
    for part in next(iter(found.values())):
        out[part] = {
            n: interval(by_person(found, part, i)) for i, n in enumerate(("det", "loc", "top-1"))
        }
    out["swap"] = interval(swapped(row, swaps))
    return out, found


def compared(
    rows: Mapping[str, Row], normal: Walks, made: Injected, swaps: Injected, *,
    slow: Collection[str] = (), few: int = 10, say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:  # fmt: skip
    """A table of rows and the default's difference from each.

    Rows in `slow` see the first `few` people only, and say so in their label.
    """
    names = np.unique(normal.person)[:few]
    table, found = {}, {}
    for name, row in rows.items():
        say(f"  {name}")
        label, tried = name, (normal, made, swaps)
        if name in slow:
            label = f"{name} ({few} of the people)"
            tried = (
                normal.take(np.isin(normal.person, names)),
                made.take(np.isin(made.walks.person, names)),
                swaps.take(np.isin(swaps.walks.person, names)),
            )
        table[label], found[label] = summary(row, *tried)
    return {"rows": table, "default_minus": paired(found)}


def of_twin(model: TwinModel, normal: Walks, made: Injected) -> dict[str, Any]:
    """How much the twin changes normal walks, and what it takes away of faults put into them."""
    clipped = normal.replaced(speed=np.clip(normal.speed, *model.speeds))
    away = np.abs(model.twin(clipped) - normal.curves)
    given = made.walks.replaced(speed=np.clip(made.walks.speed, *model.speeds))
    return {
        "normal_mean_deg": float(np.nanmean(away)), "normal_worst_deg": float(np.nanmax(np.nanmean(away, axis=(1, 2)))),
        "normal_worst_point_deg": float(np.nanmax(away)),
        **twin(normal.curves[made.source], made.walks.curves, model.twin(given), made.size),
    }  # fmt: skip


def interval(values: Mapping[str, float], seed: int = 0) -> dict[str, float]:
    """Mean over people with its 95 % bootstrap interval."""
    x = np.array(list(values.values()))
    found = paired_difference(x, np.zeros(len(x)), seed=seed)
    return {"mean": found.mean, "low": found.low, "high": found.high, "people": found.n}


def by_person(
    found: Mapping[str, Mapping[str, tuple[float, float, float]]], part: str, which: int
) -> dict[str, float]:
    """One measure of one part, by person."""
    return {n: v[part][which] for n, v in found.items()}


def paired(
    rows: Mapping[str, Mapping[str, Mapping[str, tuple[float, float, float]]]], part: str = "all"
) -> dict[str, Any]:
    """Default minus every other row in loc and top-1 over the same people."""
    out: dict[str, Any] = {}
    for k, found in rows.items():
        if k != DEFAULT:
            people = list(found)
            out[k] = {}
            for name, i in (("loc", 1), ("top-1", 2)):
                a = [rows[DEFAULT][n][part][i] for n in people]
                b = [found[n][part][i] for n in people]
                d = paired_difference(a, b, seed=1)
                out[k][name] = {"mean": d.mean, "low": d.low, "high": d.high}
    return out
