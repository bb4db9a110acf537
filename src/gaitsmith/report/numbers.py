"""Numbers as people read them: few digits, a true minus, a dash where there is none."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

__all__ = ["NONE", "cell_text", "looks_numeric", "number_text"]

#: What stands where a value is missing.
NONE = "–"

_HYPHEN = re.compile(r"(?<![\w.])-(?=\d)")
_NUMBER = re.compile(r"^[<>≤≥~≈±+\-−]?\s*\d")


def number_text(value: float, spec: str = "") -> str:
    """`value` in the format `spec`, or with about three digits; NaN and infinity as a dash."""
    if not math.isfinite(value):
        return NONE
    if spec:
        try:
            return format(value, spec).replace("-", "−")
        except (ValueError, TypeError):
            pass
    size = abs(value)
    if size == 0:
        return "0"
    if size >= 1e6 or size < 5e-4:
        text = f"{value:.2e}"
    else:
        digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
        text = f"{value:.{digits}f}"
    return text.replace("-", "−")


def cell_text(value: Any, spec: str = "") -> str:
    """Any value of a table as text for a person."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value == "":
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return number_text(value, spec) if spec else str(value).replace("-", "−")
    if isinstance(value, float):
        return number_text(value, spec)
    if isinstance(value, (list, tuple, np.ndarray)):
        parts = [cell_text(v, spec) for v in value]
        both = len(parts) == 2 and all(p != NONE and looks_numeric(p) for p in parts)
        return " to ".join(parts) if both else ", ".join(parts)
    text = str(value)
    return _HYPHEN.sub("−", text) if looks_numeric(text) else text


def looks_numeric(text: str) -> bool:
    """Whether a cell belongs in a right-aligned column (``"1.2 ± 0.3"`` does; a dash too)."""
    return text == NONE or bool(_NUMBER.match(text))
