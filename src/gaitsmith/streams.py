"""A stream: a kind, a clock and an array, in canonical units.

=========== ================================== =============================================
kind        shape                              last axis
=========== ================================== =============================================
angles      time × coordinate                  – (degrees; pelvis translations metres)
points      time × point × 3                   x forward, y up, z right (m)
forces      time × plate-or-foot × 7           force 3 (N, on the person), centre of pressure 3
                                               (m), free moment about the vertical (N·m)
moments     time × coordinate                  – (N·m, internal)
powers      time × coordinate                  – (W)
imu         time × sensor × 6 or 9             acc 3 (m/s², +1 g up at rest), gyr 3 (deg/s),
                                               mag 3 (as the file has it)
pressure    time × cell                        – (as the file has it)
phase       time × quantity                    – (gait % 0-100, probabilities 0-1)
=========== ================================== =============================================

Missing is NaN. A sample that was filled by us is marked in `filled`, never silently.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from gaitsmith import channels, landmarks
from gaitsmith.channels import Side, other_side
from gaitsmith.errors import GaitsmithError, check_in, did_you_mean

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["IMU_AXES", "KINDS", "Stream", "StreamKind"]

Array = npt.NDArray[np.float64]
StreamKind = Literal["angles", "points", "forces", "moments", "powers", "imu", "pressure", "phase"]
KINDS: tuple[str, ...] = get_args(StreamKind)

#: Names of the last axis, by kind.
POINT_AXES = ("x", "y", "z")
FORCE_AXES = ("fx", "fy", "fz", "px", "py", "pz", "ty")
IMU_AXES = ("acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z", "mag_x", "mag_y", "mag_z")
_AXES = {"points": POINT_AXES, "forces": FORCE_AXES, "imu": IMU_AXES}

# More values than this (800 MB) no resampling makes: an hour of 60 points at 150 Hz has as many.
_MOST_VALUES = 1e8
# Sign of each component when left and right change places (reflection of z; force, position and
# acceleration are polar, moment is axial).
_MIRROR = {"points": (1, 1, -1), "forces": (1, 1, -1, 1, 1, -1, -1)}


@dataclass(frozen=True, eq=False)
class Stream:
    """One signal with its own clock.

    Parameters
    ----------
    kind
        See the module's table.
    data
        Float array, time first; see the module's table for the shape.
    labels
        Names along the second axis, unique.
    rate
        Samples per second (Hz) of a uniform clock; None where `time` is given.
    start
        Time (s) of the first sample of a uniform clock.
    time
        Non-decreasing times (s), one a sample, where the clock is not uniform.
    filled
        Boolean array shaped like `data` (or None): samples that we filled.
    attrs
        Plain facts that belong to the stream (plate corners, lost packets); JSON types only.

    Raises
    ------
    GaitsmithError
        Where the shapes, labels or clock do not fit together.
    """

    kind: StreamKind
    data: Array
    labels: tuple[str, ...]
    rate: float | None = None
    start: float = 0.0
    time: Array | None = None
    filled: npt.NDArray[np.bool_] | None = None
    attrs: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_in("kind", self.kind, KINDS)
        put = object.__setattr__
        put(self, "labels", tuple(str(x) for x in self.labels))
        put(self, "data", _frozen(self.data, np.float64))
        put(self, "attrs", MappingProxyType(dict(self.attrs)))
        self._check_shape()
        self._check_clock()
        if self.filled is not None:
            put(self, "filled", _frozen(self.filled, np.bool_))
            if self.filled.shape != self.data.shape:
                raise self._wrong("the mask of filled samples has another shape", self.filled.shape)

    def _wrong(
        self, problem: str, found: object = None, expected: str | None = None
    ) -> GaitsmithError:
        return GaitsmithError(problem, place=f"{self.kind} stream", found=found, expected=expected)

    def _check_shape(self) -> None:
        shape, axes = self.data.shape, _AXES.get(self.kind)
        dims = 3 if axes else 2
        if len(shape) != dims or shape[1] != len(self.labels):
            raise self._wrong(
                "the array does not fit its labels",
                f"shape {shape} with {len(self.labels)} labels",
                f"time × {len(self.labels)}" + (f" × {len(axes)}" if axes else ""),
            )
        widths = (6, 9) if self.kind == "imu" else (len(axes),) if axes else ()
        if axes and shape[2] not in widths:
            raise self._wrong("the last axis has a wrong length", shape[2], f"one of {widths}")
        if len(set(self.labels)) != len(self.labels):
            twice = next(x for x in self.labels if self.labels.count(x) > 1)
            raise self._wrong("a label stands twice", twice)

    def _check_clock(self) -> None:
        if self.time is not None:
            time = _frozen(self.time, np.float64)
            object.__setattr__(self, "time", time)
            object.__setattr__(self, "rate", None)
            if time.shape != (len(self.data),):
                raise self._wrong("there are not as many times as samples", time.shape)
            if len(time) and not np.all(np.isfinite(time)):
                raise self._wrong(
                    "a time is missing", f"sample {int(np.argmin(np.isfinite(time)))}"
                )
            if np.any(np.diff(time) < 0):
                at = int(np.argmax(np.diff(time) < 0)) + 1
                raise self._wrong(
                    "time runs backwards", f"{time[at]} after {time[at - 1]} at sample {at}"
                )
            object.__setattr__(self, "start", float(time[0]) if len(time) else 0.0)
        elif self.rate is None or not (math.isfinite(self.rate) and self.rate > 0):
            raise self._wrong("a clock needs a rate or times", self.rate, "a rate above 0 Hz")
        elif not math.isfinite(self.start):
            raise self._wrong("the clock's start is not a time", self.start)

    # --- what it is ----------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.data)

    @property
    def times(self) -> Array:
        """Time (s) of each sample."""
        if self.time is not None:
            return self.time
        assert self.rate is not None
        return self.start + np.arange(len(self.data)) / self.rate

    @property
    def end(self) -> float:
        """Time (s) of the last sample."""
        if not len(self):
            return self.start
        return float(self.times[-1])

    @property
    def duration(self) -> float:
        """Seconds from the first sample to the last."""
        return self.end - self.start

    @property
    def nominal_rate(self) -> float:
        """Rate (Hz): the uniform one, or the inverse of the median positive step; NaN if none."""
        if self.rate is not None:
            return self.rate
        steps = np.diff(self.times)
        steps = steps[steps > 0]
        return float(1.0 / np.median(steps)) if len(steps) else math.nan

    @property
    def axes(self) -> tuple[str, ...]:
        """Names along the last axis; empty for kinds with two axes."""
        names = _AXES.get(self.kind, ())
        return names[: self.data.shape[2]] if names else ()

    def unit(self, label: str, axis: str = "") -> str:
        """Unit of a column: canonical, or "" where only the file knows it."""
        if self.kind in ("angles", "moments", "powers"):
            row = channels.channels().get(label)
            return row.unit if row else {"angles": "deg", "moments": "Nm", "powers": "W"}[self.kind]
        if self.kind == "points":
            return "m"
        if self.kind == "forces":
            return {"f": "N", "p": "m", "t": "Nm"}[axis[:1] or "f"]
        if self.kind == "imu":
            return {"a": "m/s2", "g": "deg/s", "m": ""}[axis[:1] or "a"]
        return ""

    def index(self, label: str) -> int:
        """Position of a label on the second axis.

        Raises
        ------
        GaitsmithError
            With the nearest label, where it is not there.
        """
        try:
            return self.labels.index(label)
        except ValueError:
            raise GaitsmithError(
                "no such label",
                place=f"{self.kind} stream",
                found=label,
                expected=f"one of {', '.join(self.labels[:12])}{', …' if len(self.labels) > 12 else ''}",
                remedy=did_you_mean(label, self.labels) or None,
            ) from None

    def __contains__(self, label: object) -> bool:
        return label in self.labels

    def __getitem__(self, label: str) -> Array:
        """The samples of one label: (time,) or (time, components)."""
        return self.data[:, self.index(label)]

    # --- changed copies ------------------------------------------------------------------------

    def replace(self, **changes: Any) -> Stream:
        """A copy with fields changed (`data` of another length needs its clock and mask too)."""
        return replace(self, **changes)

    def select(self, labels: Iterable[str]) -> Stream:
        """Only these labels, in this order."""
        keep = list(labels)
        at = [self.index(x) for x in keep]
        return replace(
            self,
            data=self.data[:, at],
            labels=tuple(keep),
            filled=None if self.filled is None else self.filled[:, at],
        )

    def rename(self, names: Mapping[str, str] | Callable[[str], str]) -> Stream:
        """Labels changed by a mapping (those not in it stay) or a function."""
        change = names if callable(names) else lambda x: names.get(x, x)
        return replace(self, labels=tuple(change(x) for x in self.labels))

    def at(self, keep: npt.NDArray[Any] | slice) -> Stream:
        """The samples that a slice, mask or index array keeps; the clock follows."""
        part: dict[str, Any] = {
            "data": self.data[keep],
            "filled": None if self.filled is None else self.filled[keep],
        }
        if self.time is not None:
            return replace(self, **part, time=self.time[keep])
        if isinstance(keep, slice) and (keep.step or 1) > 0:
            first, _, step = keep.indices(len(self))
            assert self.rate is not None
            return replace(
                self, **part, start=self.start + first / self.rate, rate=self.rate / step
            )
        return replace(self, **part, rate=None, time=self.times[keep])

    def crop(self, start: float | None = None, stop: float | None = None) -> Stream:
        """The samples with ``start <= time <= stop`` (s)."""
        times = self.times
        slack = 1e-9 * max(1.0, abs(self.end))
        low = 0 if start is None else int(np.searchsorted(times, start - slack, side="left"))
        high = (
            len(times) if stop is None else int(np.searchsorted(times, stop + slack, side="right"))
        )
        return self.at(slice(low, max(low, high)))

    def shifted(self, seconds: float) -> Stream:
        """The same samples, later by `seconds`."""
        if self.time is not None:
            return replace(self, time=self.time + seconds)
        return replace(self, start=self.start + seconds)

    def resample(
        self, rate_hz: float, *, start: float | None = None, stop: float | None = None
    ) -> Stream:
        """On a uniform clock of `rate_hz`, low-passed first where that is slower (no aliasing).

        Gaps (NaN) longer than two new samples or 0.1 s stay gaps; see ``signals.resample``.
        """
        from gaitsmith.signals import resample

        if not (math.isfinite(rate_hz) and rate_hz > 0):
            raise GaitsmithError("cannot resample", place="argument rate_hz", found=rate_hz,
                                 expected="a rate above 0 Hz")  # fmt: skip
        count = self.duration * rate_hz * max(1, self.data[:1].size)
        if count > _MOST_VALUES:
            raise GaitsmithError("the rate makes more values than a recording has", place="argument rate_hz",
                                 found=f"{rate_hz:g} Hz, {count:.1e} values", expected=f"at most {_MOST_VALUES:.0e} values",
                                 remedy=f"give a rate near the recording's own, {self.nominal_rate:g} Hz")  # fmt: skip
        data, first = resample(self.times, self.data, rate_hz, start=start, stop=stop)
        filled = None
        if self.filled is not None and len(self):
            near = np.clip(
                np.searchsorted(self.times, first + np.arange(len(data)) / rate_hz),
                0,
                len(self) - 1,
            )
            filled = self.filled[near]
        return replace(self, data=data, rate=rate_hz, start=first, time=None, filled=filled)

    def mirror(self) -> Stream:
        """Left and right exchanged: labels, and the signs the vocabulary gives.

        IMU sensors are mirrored about their lateral axis (``attrs["lateral_axis"]``: 0, 1 or 2,
        default 2).
        """
        labels = tuple(self._mirrored_label(x) for x in self.labels)
        sign: npt.NDArray[Any]
        if self.kind in ("angles", "moments", "powers"):
            table = channels.channels()
            sign = np.array([table[x].mirror_sign if x in table else 1.0 for x in self.labels])
        elif self.kind == "imu":
            axis = int(self.attrs.get("lateral_axis", 2))
            polar = np.where(np.arange(3) == axis, -1.0, 1.0)
            sign = np.concatenate([polar, -polar, -polar])[: self.data.shape[2]]
        else:
            sign = np.array(_MIRROR.get(self.kind, (1.0,)), dtype=float)
        return replace(self, data=self.data * sign + 0.0, labels=labels)

    def _mirrored_label(self, label: str) -> str:
        if self.kind in ("angles", "moments", "powers") and label in channels.channels():
            return channels.channels()[label].partner
        if self.kind == "points":
            return landmarks.partner(label, self.labels) or label
        stem, side = channels.split_side(label)
        return f"{stem}_{other_side(side)[0]}" if side else label

    def with_filled(self, data: Array, mask: npt.NDArray[np.bool_]) -> Stream:
        """`data` in place of the samples under `mask`, which is remembered."""
        old = self.filled if self.filled is not None else np.zeros(self.data.shape, bool)
        return replace(self, data=np.where(mask, data, self.data), filled=old | mask)

    # --- content -------------------------------------------------------------------------------

    def describe(self) -> dict[str, Any]:
        """Everything but the arrays, as plain types."""
        return {
            "kind": self.kind,
            "labels": list(self.labels),
            "rate": self.rate,
            "start": None if self.time is not None else self.start,
            "attrs": dict(self.attrs),
        }

    def digest(self) -> str:
        """SHA-256 of the content (NaN equals NaN, -0 equals 0)."""
        h = hashlib.sha256(json.dumps(self.describe(), sort_keys=True).encode())
        for array in (self.data, self.time, self.filled):
            if array is not None:
                clean = (
                    np.where(np.isnan(array), np.nan, array) + 0.0
                    if array.dtype == float
                    else array
                )
                h.update(str(array.shape).encode() + np.ascontiguousarray(clean).tobytes())
            h.update(b"|")
        return h.hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and self.digest() == other.digest()

    def __hash__(self) -> int:
        return hash(self.digest())

    def __repr__(self) -> str:
        clock = f"{self.rate:g} Hz" if self.rate else f"~{self.nominal_rate:.4g} Hz"
        return f"<{self.kind}: {len(self)} samples at {clock}, {len(self.labels)} labels>"

    def columns(self) -> list[str]:
        """Flat names of all columns, ``RHEE_x``, ``foot_r_acc_x``, ``hip_flexion_r``."""
        if not self.axes:
            return list(self.labels)
        return [f"{label}_{axis}" for label in self.labels for axis in self.axes]

    def to_pandas(self) -> pd.DataFrame:
        """A DataFrame indexed by time (s), one column a component."""
        import pandas as pd

        flat = self.data.reshape(len(self), -1)
        return pd.DataFrame(flat, columns=self.columns(), index=pd.Index(self.times, name="time"))

    def to_xarray(self) -> xr.DataArray:
        """A labelled array with dimensions time, label and, where there is one, axis."""
        try:
            import xarray as xr
        except ImportError as error:
            raise GaitsmithError("xarray is not installed", remedy="pip install xarray") from error
        dims: Sequence[str] = ("time", "label", "axis")[: self.data.ndim]
        coords: dict[str, Any] = {"time": self.times, "label": list(self.labels)}
        if self.axes:
            coords["axis"] = list(self.axes)
        return xr.DataArray(
            self.data, dims=dims, coords=coords, name=self.kind, attrs=dict(self.attrs)
        )

    def sides(self) -> set[Side]:
        """The sides that the labels speak of."""
        if self.kind == "points":
            found = {landmarks.side_and_stem(x)[0] for x in self.labels}
        else:
            found = {channels.side_of(x) for x in self.labels}
        return {s for s in found if s is not None}


def _frozen(array: Any, dtype: Any) -> Any:
    """`array` as a read-only array of `dtype`; not copied where it need not be."""
    out = np.asarray(array, dtype=dtype)
    if out.flags.writeable:
        out = out.view()
        out.flags.writeable = False
    return out
