"""Strides of a foot and of both: frozen arrays with names, bounds and the rejected ones.

``cycles.py`` makes them and has the overview.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from gaitsmith import channels, landmarks
from gaitsmith.channels import Side
from gaitsmith.errors import GaitsmithError, check_in, did_you_mean
from gaitsmith.gait import columns
from gaitsmith.recording import Events, Note, Recording

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["BOUNDS", "Bound", "Rejected", "StrideSet", "Strides"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Bound = Literal["strike", "opposite_off", "opposite_strike", "off", "next_strike"]

#: The events that bound and divide a stride, in the order of a walking stride.
BOUNDS: tuple[Bound, ...] = ("strike", "opposite_off", "opposite_strike", "off", "next_strike")

_SUFFIX: dict[Side, str] = {"left": "_l", "right": "_r"}
# Ends of the flat names of components that change sign when left and right change places:
# sideways force and position, moment about the vertical. Sensors have axes of their own.
_SIDEWAYS = ("_fz", "_pz", "_ty", "_z")
_SENSORS = ("_acc_z", "_gyr_z", "_mag_z")


@dataclass(frozen=True)
class Rejected:
    """A candidate stride that is not used, and why."""

    side: Side
    start: float
    stop: float
    reason: str


@dataclass(frozen=True, eq=False)
class Strides:
    """All accepted strides of one foot; see the module's overview.

    Attributes
    ----------
    data
        Stride × point × channel, canonical units; read-only.
    labels, units
        Along the last axis.
    bounds
        Stride × 5 times (s), columns ``BOUNDS``; NaN where not known.
    outlier
        One flag a stride: its shape is far from the others'.
    rejected
        Candidates that were not used.
    """

    side: Side
    data: Array
    labels: tuple[str, ...]
    units: tuple[str, ...]
    bounds: Array
    outlier: Mask
    rejected: tuple[Rejected, ...] = ()

    @property
    def n(self) -> int:
        """Number of accepted strides."""
        return len(self.bounds)

    def __len__(self) -> int:
        return self.n

    @property
    def points(self) -> int:
        """Points a stride is brought to (101)."""
        return int(self.data.shape[1])

    @property
    def percent_axis(self) -> Array:
        """0 … 100 % along the stride."""
        return np.linspace(0.0, 100.0, self.points)

    def at(self, bound: Bound) -> Array:
        """Times (s) of one bound, one a stride."""
        return self.bounds[:, BOUNDS.index(bound)]

    def percent(self, bound: Bound) -> Array:
        """A bound in % of the stride, one a stride; NaN where not known."""
        out: Array = 100.0 * (self.at(bound) - self.at("strike")) / self.duration
        return out

    @property
    def duration(self) -> Array:
        """Stride times (s)."""
        out: Array = self.at("next_strike") - self.at("strike")
        return out

    @property
    def foot_off(self) -> Array:
        """Foot off in % of each stride; NaN where not known."""
        return self.percent("off")

    @property
    def flight(self) -> Mask:
        """True where both feet were in the air: foot off before the other foot's strike.

        Where nothing is known of the other foot, a stance below half of the stride says it
        (duty factor below 0.5: Alexander RM, 1984, Int J Robotics Res 3(2):49-59).
        """
        off, opposite = self.at("off"), self.at("opposite_strike")
        return np.where(np.isnan(opposite), self.foot_off < 50.0, off < opposite).astype(bool)

    def _index(self, name: str) -> int | None:
        if name in self.labels:
            return self.labels.index(name)
        own = _own_name(name, self.side, self.labels)
        return None if own is None else self.labels.index(own)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._index(name) is not None

    def label(self, name: str) -> str:
        """The full label that `name` (with or without a side) stands for.

        Raises
        ------
        GaitsmithError
            With the nearest label, where there is none.
        """
        at = self._index(name)
        if at is None:
            raise GaitsmithError(
                "these strides have no such channel",
                place=f"{self.side} strides",
                found=name,
                expected=f"one of {', '.join(self.labels[:12])}"
                f"{', …' if len(self.labels) > 12 else ''}",
                remedy=did_you_mean(name, self.labels) or None,
            )
        return self.labels[at]

    def __getitem__(self, name: str) -> Array:
        """Stride × point of one channel; a name without a side means this foot's own."""
        return self.data[:, :, self.labels.index(self.label(name))]

    def unit(self, name: str) -> str:
        """Unit of a channel."""
        return self.units[self.labels.index(self.label(name))]

    def as_right(self, name: str) -> Array:
        """Stride × point as a right foot would have it: left strides mirrored about the midline.

        Midline angles take their ``mirror_sign``; sideways components of forces and points and
        the free moment change sign; sensor axes are left as they are.
        """
        label = self.label(name)
        row = channels.channels().get(label)
        mirrored = self.side == "left" and (
            (label.endswith(_SIDEWAYS) and not label.endswith(_SENSORS))
            if row is None
            else row.side is None and row.mirror_sign < 0
        )
        return -self[label] if mirrored else self[label]

    def typical(self) -> Strides:
        """Without the strides flagged as outliers (all of them, where all are flagged)."""
        return self if self.outlier.all() or not self.outlier.any() else self.take(~self.outlier)

    def take(self, keep: npt.NDArray[Any] | slice) -> Strides:
        """The strides that a mask, slice or index array keeps."""
        return replace(
            self, data=self.data[keep], bounds=self.bounds[keep], outlier=self.outlier[keep]
        )

    def select(self, names: Iterable[str]) -> Strides:
        """Only these channels, in this order (names with or without a side)."""
        at = [self.labels.index(self.label(x)) for x in names]
        return replace(
            self,
            data=self.data[:, :, at],
            labels=tuple(self.labels[i] for i in at),
            units=tuple(self.units[i] for i in at),
        )

    def mean(self, name: str | None = None, *, typical: bool = False) -> Array:
        """Mean over strides: point, or point × channel for all; NaN where no stride has a value."""
        data = self._values(name, typical)
        with np.errstate(invalid="ignore"):
            return np.asarray(np.nansum(data, axis=0) / (~np.isnan(data)).sum(axis=0))

    def sd(self, name: str | None = None, *, typical: bool = False) -> Array:
        """SD over strides (n - 1); NaN where fewer than two strides have a value."""
        data = self._values(name, typical)
        count = (~np.isnan(data)).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.nansum(data, axis=0) / count
            square = np.nansum((data - mean) ** 2, axis=0)
            return np.asarray(np.where(count > 1, np.sqrt(square / (count - 1)), np.nan))

    def count(self, name: str) -> int:
        """Strides in which a channel is complete."""
        return int((~np.isnan(self[name]).any(axis=1)).sum())

    def _values(self, name: str | None, typical: bool) -> Array:
        chosen = self.typical() if typical else self
        return chosen.data if name is None else chosen[name]


@dataclass(frozen=True, eq=False)
class StrideSet:
    """Strides of both feet with what they were cut from; see the module's overview."""

    recording: Recording
    left: Strides
    right: Strides
    events: Events = field(default_factory=Events)
    notes: tuple[Note, ...] = ()

    def __getitem__(self, side: str) -> Strides:
        return self.left if check_in("side", side, ("left", "right")) == "left" else self.right

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides that have strides, left first."""
        both: tuple[Side, ...] = ("left", "right")
        return tuple(s for s in both if self[s].n)

    @property
    def n(self) -> int:
        """Accepted strides of both feet."""
        return self.left.n + self.right.n

    def __len__(self) -> int:
        return self.n

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        """Rejected candidates of both feet, by time."""
        return tuple(sorted((*self.left.rejected, *self.right.rejected), key=lambda r: r.start))

    @property
    def running(self) -> bool:
        """Whether most strides have a flight phase."""
        flight = np.concatenate([self.left.flight, self.right.flight])
        return bool(len(flight) and flight.mean() > 0.5)

    def to_pandas(self) -> pd.DataFrame:
        """Long table: side, stride, percent, channel, unit, value (one row a value)."""
        table: pd.DataFrame = self.to_arrow().to_pandas()
        return table

    def to_arrow(self) -> pa.Table:
        """The table of :meth:`to_pandas` for files, without pandas."""
        import pyarrow as pa

        feet = [s for s in (self.left, self.right) if s.data.size]
        named: dict[str, list[tuple[str, ...]]] = {
            "side": [(s.side,) for s in feet],
            "channel": [s.labels for s in feet],
            "unit": [s.units for s in feet],
        }
        table: dict[str, Any] = {}
        for name in ("side", "stride", "percent", "channel", "unit", "value"):
            if name not in named:
                kind = np.int64 if name == "stride" else np.float64
                parts = [_column(s, name) for s in feet]
                table[name] = columns.numbers(np.concatenate([np.zeros(0, kind), *parts]))
                continue
            known = sorted({w for some in named[name] for w in some})
            place = {w: i for i, w in enumerate(known)}
            codes = [
                np.resize([place[w] for w in some], s.data.size)
                for s, some in zip(feet, named[name], strict=True)
            ]
            table[name] = columns.words(np.concatenate([np.zeros(0, np.int32), *codes]), known)
        return pa.Table.from_arrays(list(table.values()), names=list(table))

    def bounds_table(self) -> pd.DataFrame:
        """One row a stride: side, stride, the five times (s), foot off (%), outlier, rejected.

        Rejected candidates follow with their reason.
        """
        import pandas as pd

        rows: list[dict[str, Any]] = []
        for s in (self.left, self.right):
            for i in range(s.n):
                rows.append({
                    "side": s.side, "stride": i, **dict(zip(BOUNDS, s.bounds[i], strict=True)),
                    "foot_off_percent": s.foot_off[i], "outlier": bool(s.outlier[i]),
                    "rejected": "",
                })  # fmt: skip
            rows += [
                {"side": r.side, "stride": -1, "strike": r.start, "next_strike": r.stop,
                 "outlier": False, "rejected": r.reason} for r in s.rejected
            ]  # fmt: skip
        names = ["side", "stride", *BOUNDS, "foot_off_percent", "outlier", "rejected"]
        return pd.DataFrame(rows, columns=names)


def _column(strides: Strides, name: str) -> npt.NDArray[Any]:
    """A column of numbers of the long table: percent runs within a stride, channels within both."""
    n, points, channels = strides.data.shape
    if name == "stride":
        return np.repeat(np.arange(n), points * channels)
    if name == "percent":
        return np.tile(np.repeat(strides.percent_axis, channels), n)
    return strides.data.reshape(-1)


def _own_name(name: str, side: Side, labels: tuple[str, ...]) -> str | None:
    """The label of this foot that a name without a side stands for, or None."""
    end = _SUFFIX[side]
    stem, _, last = name.rpartition("_")
    tries = [name + end]
    if stem:  # knee_angle_moment, foot_fy
        tries.append(f"{stem}{end}_{last}")
    if "_" in stem:  # foot_gyr_z
        head, _, middle = stem.rpartition("_")
        tries.append(f"{head}{end}_{middle}_{last}")
    for guess in tries:
        if guess in labels:
            return guess
    if last in ("x", "y", "z"):
        bare = [x[:-2] for x in labels if x.endswith(f"_{last}")]
        met = landmarks.find(bare, stem + end) or landmarks.find(bare, stem)
        if met is not None and f"{met}_{last}" in labels:
            return f"{met}_{last}"
    return None
