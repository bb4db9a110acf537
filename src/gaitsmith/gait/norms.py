"""The published tables behind the references: read once, over dimensionless speed.

Three populations, each measured at five speeds: ``child`` (Schwartz 2008), ``young`` and ``adult``
(Bovi 2011). The tables are built by ``gaitsmith.studies.build_references``.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

__all__ = ["POPULATIONS", "Population", "at_speed", "height_of", "pair_at_speed", "tables"]

Array = npt.NDArray[np.float64]
Population = Literal["adult", "young", "child"]

#: Populations that there are tables of.
POPULATIONS: tuple[Population, ...] = ("adult", "young", "child")

_FILES = {"adult": "bovi2011.json", "young": "bovi2011.json", "child": "schwartz2008.json"}
_SHORT = {"bovi2011.json": "Bovi et al. 2011", "schwartz2008.json": "Schwartz et al. 2008"}
# Two measured speeds nearer than this are one: the slope between them would be noise.
_ONE_SPEED = 0.03


def height_of(population: Population) -> float:
    """Mean height (m) of the people behind a table; children's is not given: the young people's."""
    raw = _raw(_FILES["young" if population == "child" else population])
    speeds = raw["groups"]["young" if population == "child" else population]["speeds"]
    return float(next(s["height"] for s in speeds if s["name"] == "free"))


@cache
def _raw(name: str) -> dict[str, Any]:
    text = resources.files("gaitsmith.gait").joinpath("reference_tables", name).read_text("utf-8")
    out: dict[str, Any] = json.loads(text)
    return out


@cache
def tables(population: Population) -> dict[str, Any]:
    """The table of a population as arrays over its measured speeds, ascending."""
    name = _FILES[population]
    raw = _raw(name)
    group = raw["groups"][population]
    rows = sorted(group["speeds"], key=lambda s: float(s["dimensionless_speed"]))
    free = next(i for i, s in enumerate(rows) if s["name"] == group["free"])
    # Speeds that are all but equal are pooled, weighted by the trials behind them.
    clusters: list[list[int]] = []
    for i, s in enumerate(rows):
        near = clusters and (
            s["dimensionless_speed"] - rows[clusters[-1][-1]]["dimensionless_speed"] < _ONE_SPEED
        )
        if near:
            clusters[-1].append(i)
        else:
            clusters.append([i])
    weight = np.zeros((len(clusters), len(rows)))
    for k, members in enumerate(clusters):
        n = np.array([rows[i]["n"] for i in members], dtype=float)
        weight[k, members] = n / n.sum()

    def pooled(mean: Array, sd: Array) -> tuple[Array, Array]:
        middle = weight @ mean
        square = weight @ (sd**2 + mean**2) - middle**2
        return middle, np.sqrt(np.maximum(square, 0.0))

    speeds = np.array([s["dimensionless_speed"] for s in rows])
    curves = {}
    for channel in rows[0]["curves"]:
        mean = np.array([_to_101(s["curves"][channel]["mean"]) for s in rows])
        sd = np.array([_to_101(s["curves"][channel]["sd"]) for s in rows])
        curves[channel] = pooled(mean, sd)

    def pairs(field_name: str) -> dict[str, tuple[Array, Array]]:
        out = {}
        for key in rows[0][field_name]:
            if all(key in s[field_name] for s in rows):
                values = np.array([s[field_name][key] for s in rows], dtype=float)
                out[key] = pooled(values[:, 0], values[:, 1])
        return out

    return {
        "people": group["people"], "source": raw["source"], "short": _SHORT[name],
        "speeds": weight @ speeds, "free": float(speeds[free]), "curves": curves,
        "events": pairs("events"), "parameters": pairs("parameters"),
    }  # fmt: skip


def _to_101(values: list[float]) -> Array:
    curve = np.asarray(values, dtype=np.float64)
    if len(curve) == 101:
        return curve
    from scipy.interpolate import make_interp_spline

    x = np.linspace(0.0, 100.0, len(curve))
    return np.asarray(make_interp_spline(x, curve, k=3)(np.arange(101.0)))


def at_speed(table: dict[str, Any], values: Array, speed: float) -> Array:
    """Values over the measured speeds, linearly interpolated at one."""
    speeds: Array = table["speeds"]
    hi = int(np.clip(np.searchsorted(speeds, speed), 1, len(speeds) - 1))
    share = float(np.clip((speed - speeds[hi - 1]) / (speeds[hi] - speeds[hi - 1]), 0.0, 1.0))
    return np.asarray((1 - share) * values[hi - 1] + share * values[hi])


def pair_at_speed(
    table: dict[str, Any], pair: tuple[Array, Array], speed: float
) -> tuple[float, float]:
    """Mean and SD at one speed."""
    return float(at_speed(table, pair[0], speed)), float(at_speed(table, pair[1], speed))
