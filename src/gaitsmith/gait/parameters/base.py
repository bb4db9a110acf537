"""What a parameter is: one value a stride for each foot, with unit, definition and reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.errors import GaitsmithError, did_you_mean
from gaitsmith.gait.reference import Range, Reference
from gaitsmith.recording import Note

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Group", "Parameter", "Parameters", "Value", "parameter", "within"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
# What lies between the feet belongs to neither of them.
_OF_NO_FOOT = ("step_width",)
Group = Literal["time", "space", "angle", "moment", "force", "variability"]


@dataclass(frozen=True, eq=False)
class Value:
    """Values of one parameter, one a stride; NaN where a stride has none.

    `of_ratio_scale` says that zero means nothing there, so that a CoV makes sense.
    """

    values: Array
    of_ratio_scale: bool = True

    @property
    def known(self) -> Array:
        """The values that are there."""
        return self.values[np.isfinite(self.values)]

    @property
    def n(self) -> int:
        """How many strides have a value."""
        return len(self.known)

    @property
    def mean(self) -> float:
        """Mean; NaN without values."""
        return float(self.known.mean()) if self.n else float("nan")

    @property
    def sd(self) -> float:
        """SD over strides (n - 1); NaN below two values."""
        return float(self.known.std(ddof=1)) if self.n > 1 else float("nan")

    @property
    def cov(self) -> float:
        """Coefficient of variation (%); NaN where the scale has no natural zero."""
        if not self.of_ratio_scale or not self.n or self.mean == 0:
            return float("nan")
        return 100.0 * self.sd / abs(self.mean)


@dataclass(frozen=True, eq=False)
class Parameter:
    """One parameter of both feet.

    Attributes
    ----------
    key
        Short name in files: ``"stride_time"``.
    name
        Plain English.
    unit
        Canonical unit or ``"%"`` forms; "" where there is none.
    definition
        How it is computed, with the source of any formula.
    left, right
        None where the parameter belongs to no foot, or that foot has no strides.
    both
        The strides of both feet together, or the value of the whole walk.
    reference
        Published mean and SD at this speed, with population and source; None where there is none.
    decimals
        Digits after the point that are worth printing.
    """

    key: str
    name: str
    unit: str
    definition: str
    group: Group
    left: Value | None
    right: Value | None
    both: Value
    reference: Range | None = None
    decimals: int = 2

    def __getitem__(self, side: str) -> Value | None:
        return {"left": self.left, "right": self.right, "both": self.both}[side]

    @property
    def symmetry_index(self) -> float:
        """100 · (right - left) / (half their sum), %; 0 is symmetric; NaN where it has no meaning.

        Robinson RO, Herzog W, Nigg BM (1987) J Manipulative Physiol Ther 10:172-176.
        """
        pair = self._pair()
        return float("nan") if pair is None else 100.0 * (pair[1] - pair[0]) / (0.5 * sum(pair))

    @property
    def symmetry_ratio(self) -> float:
        """Right / left; NaN where it has no meaning."""
        pair = self._pair()
        return float("nan") if pair is None else pair[1] / pair[0]

    def _pair(self) -> tuple[float, float] | None:
        if self.left is None or self.right is None or self.key in _OF_NO_FOOT:
            return None
        if not self.both.of_ratio_scale:
            return None
        a, b = self.left.mean, self.right.mean
        same_sign = np.isfinite(a) and np.isfinite(b) and a * b > 0
        return (a, b) if same_sign else None

    def z(self, side: str = "both") -> float:
        """How many SD of the reference population the mean lies from theirs."""
        value = self[side]
        if self.reference is None or value is None:
            return float("nan")
        return self.reference.z(value.mean)

    def to_row(self) -> dict[str, Any]:
        """Plain values for tables and files."""
        row: dict[str, Any] = {
            "key": self.key,
            "name": self.name,
            "unit": self.unit,
            "group": self.group,
        }
        for side in ("left", "right", "both"):
            value = self[side]
            for what in ("n", "mean", "sd", "cov"):
                row[f"{side}_{what}"] = None if value is None else getattr(value, what)
        row["symmetry_index"] = self.symmetry_index
        row["symmetry_ratio"] = self.symmetry_ratio
        reference = self.reference
        row["reference_mean"] = None if reference is None else reference.mean
        row["reference_sd"] = None if reference is None else reference.sd
        row["reference_people"] = "" if reference is None else reference.population
        row["reference_source"] = "" if reference is None else reference.source
        row["definition"] = self.definition
        return row


@dataclass(frozen=True, eq=False)
class Parameters:
    """All parameters of a walk, by key, with notes and what was missing for the others."""

    rows: tuple[Parameter, ...] = ()
    notes: tuple[Note, ...] = ()
    missing: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, key: object) -> bool:
        return any(p.key == key for p in self.rows)

    def __getitem__(self, key: str) -> Parameter:
        for p in self.rows:
            if p.key == key:
                return p
        keys = [p.key for p in self.rows]
        raise GaitsmithError(
            "no such parameter", found=key, remedy=did_you_mean(key, keys) or None,
            expected=f"one of {', '.join(keys)}" if keys else "none was computed",
        )  # fmt: skip

    def of(self, group: Group) -> tuple[Parameter, ...]:
        """The parameters of one group."""
        return tuple(p for p in self.rows if p.group == group)

    def __add__(self, other: Parameters) -> Parameters:
        return Parameters(
            (*self.rows, *other.rows), tuple(dict.fromkeys((*self.notes, *other.notes))),
            tuple(dict.fromkeys((*self.missing, *other.missing))),
        )  # fmt: skip

    def with_reference(self, reference: Reference | None) -> Parameters:
        """With the published range of each parameter that the reference has in the same unit."""
        if reference is None:
            return self
        rows = [
            p
            if p.reference is not None
            or p.unit.split("·")[0] == "N"  # newtons: the mass is not known
            else replace(p, reference=reference.parameter(p.key))
            for p in self.rows
        ]
        return replace(self, rows=tuple(rows))

    def to_rows(self) -> list[dict[str, Any]]:
        """One plain mapping a parameter."""
        return [p.to_row() for p in self.rows]

    def to_pandas(self) -> pd.DataFrame:
        """One row a parameter."""
        import pandas as pd

        return pd.DataFrame(self.to_rows())


def parameter(
    key: str,
    name: str,
    unit: str,
    definition: str,
    values: dict[Side, Array] | Array | Sequence[float] | float,
    *,
    group: Group,
    ratio: bool = True,
    decimals: int = 2,
) -> Parameter | None:
    """A parameter from one array a foot, or from one of the whole walk; None without any value."""
    if isinstance(values, dict):
        sided = {s: Value(np.asarray(v, dtype=np.float64), ratio) for s, v in values.items()}
        together = np.concatenate([v.values for v in sided.values()]) if sided else np.zeros(0)
        both = Value(together, ratio)
        left, right = (_or_none(sided.get(s)) for s in ("left", "right"))
    else:
        left = right = None
        both = Value(np.atleast_1d(np.asarray(values, dtype=np.float64)), ratio)
    if not both.n:
        return None
    return Parameter(key, name, unit, definition, group, left, right, both, decimals=decimals)


def _or_none(value: Value | None) -> Value | None:
    return value if value is not None and value.n else None


def within(data: Array, mask: Mask, how: str) -> Array:
    """Maximum, minimum, mean or range of stride × point under a mask of that shape.

    NaN where a stride has nothing under the mask, or a gap there.
    """
    bad = ~mask.any(axis=1) | (np.isnan(data) & mask).any(axis=1)
    high = np.where(mask, data, -np.inf).max(axis=1, initial=-np.inf)
    low = np.where(mask, data, np.inf).min(axis=1, initial=np.inf)
    if how == "mean":
        total = np.where(mask, data, 0.0).sum(axis=1)
        out = total / np.maximum(mask.sum(axis=1), 1)
    else:
        with np.errstate(invalid="ignore"):
            out = {"max": high, "min": low, "range": high - low}[how]
    return np.where(bad, np.nan, out)
