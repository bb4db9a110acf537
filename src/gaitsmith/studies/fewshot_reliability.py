"""How often the bands of few-shot cycles hold what they say: the picture of the study's figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gaitsmith.sections import Colour, Curve, Figure, Panel

__all__ = ["figure"]

_LOOKS: tuple[Colour, ...] = ("left", "right", "estimated", "both", "warn", "reference")
_STATED = np.array([50.0, 90.0])


def figure(facts: Mapping[str, Any]) -> Figure | None:
    """Share held against share stated, of what is among the figures; None where nothing is."""
    panels = [
        _panel("Next stride", list(_next(facts))),
        _panel("Damaged stride", list(_damaged(facts))),
        _panel("Gap in a recording", list(_gaps(facts))),
    ]
    shown = [p for p in panels if p is not None]
    if not shown:
        return None
    return Figure(
        "fewshot-reliability", "Bands: share of samples held against share stated (50 and 90 %)", shown,
        alt="Share of samples inside the 50 and 90 % bands on people never learnt from; a line near the diagonal is a band that holds as stated",
    )  # fmt: skip


_Held = tuple[str, float, float]


def _next(facts: Mapping[str, Any]) -> Iterator[_Held]:
    for title, part in _sets(facts):
        for k, levels in part["coverage"].items():
            yield f"{title}, K = {k}", levels["0.5"]["mean"], levels["0.9"]["mean"]


def _damaged(facts: Mapping[str, Any]) -> Iterator[_Held]:
    for title, part in _sets(facts):
        for kind, rows in part.get("reconstruction", {}).items():
            both = [rows[k]["mse_z"] for k in rows if "cover 0.5" in rows[k]["mse_z"]]
            if both:
                yield f"{title}, {kind}", *(float(np.mean([r[f"cover {x}"] for r in both])) for x in ("0.5", "0.9"))  # type: ignore[misc]  # fmt: skip


def _gaps(facts: Mapping[str, Any]) -> Iterator[_Held]:
    for source, kinds in facts.get("repair", {}).items():
        rows = [r for r in kinds.values() if r.get("cover 50") is not None and r["cover 90"] is not None]  # fmt: skip
        if rows:
            share = np.array([r["gaps"] * r["filled"] for r in rows])
            held = [float(np.average([r[k] for r in rows], weights=share)) for k in ("cover 50", "cover 90")]  # fmt: skip
            yield source.rpartition("/")[2].replace("_", " "), held[0], held[1]


def _sets(facts: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if "hugadb" in facts:
        yield "shanks", facts["hugadb"]
    if "seven curves" in facts.get("lencioni2019", {}):
        yield "angles", facts["lencioni2019"]["seven curves"]


def _panel(title: str, held: Sequence[_Held]) -> Panel | None:
    if not held:
        return None
    ends = np.array([0.0, 100.0])
    curves = [Curve(ends, ends, "as stated", "neutral", dashed=True)]
    for i, (name, half, most) in enumerate(held):
        curves.append(Curve(_STATED, 100 * np.array([half, most]), name, _LOOKS[i % len(_LOOKS)], marks=True))  # fmt: skip
    return Panel(title, curves, x_label="stated (%)", unit="% held", y_range=(0.0, 100.0))
