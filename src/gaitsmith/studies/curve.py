"""The validation curve of a trained network, from the run around it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

__all__ = ["shown", "validation"]


def validation(model: Path) -> list[tuple[float, float]]:
    """(step, loss on people held out) of the run in which a model's folder lies; none where it lies alone."""
    log = model.parent / "log.csv"
    if not log.is_file():
        return []
    with log.open(encoding="utf-8", newline="") as lines:
        rows = [r for r in csv.DictReader(lines) if r.get("valid_loss")]
    return [(int(r["step"]), float(r["valid_loss"])) for r in rows]


def shown(curve: Sequence[tuple[float, float]], most: int = 6) -> str:
    """Some points of a curve and its last, in words."""
    some = dict([*curve[:: max(1, len(curve) // most)], *curve[-1:]])
    return ", ".join(f"{step:.0f}: {loss:.4f}" for step, loss in some.items())
