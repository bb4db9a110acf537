"""Curves over a normalised span: what a set gives by phase instead of by time.

Many public sets hold no recording: mean angles over a stride, the force of a stance on 0-100 %.
They have no clock (the duration of the span is unknown), no left and right on one time axis (each
row is one foot's own cycle), and often a table of facts a row (speed, condition, cadence). Made
into a :class:`~gaitsmith.recording.Recording` they would need a clock that nobody measured; so
they get a layout of their own, as small as it can be: rows × samples × channels, one phase axis,
and one table of facts with as many rows.

Channel names carry no side, because a row belongs to one foot: ``hip_flexion`` is that foot's own
hip, ``other.hip_flexion`` the other leg's over the same cycle. Angles, moments and powers have the
vocabulary's names and signs (:mod:`gaitsmith.channels`); forces are ``force_forward``,
``force_up`` and ``force_medial`` (towards the other foot). A name that starts with ``file.`` is as
the source has it, because its sign is not documented.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError, check_in, did_you_mean
from gaitsmith.recording import Note, Subject

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Curves"]

Array = npt.NDArray[np.float64]
Value = str | float | int | bool | None


@dataclass(frozen=True, eq=False)
class Curves:
    """One person's curves over a normalised span.

    Attributes
    ----------
    data
        rows × samples × channels (float; NaN where missing), in `units`.
    labels, units
        Names along the last axis (see the module) and the unit of each: ``"deg"``, ``"Nm/kg"``,
        ``"W/kg"``, ``"BW"`` (multiples of body weight), ``"mm"``.
    phase
        Position of each sample in the span, % (0 to 100, ascending).
    span
        ``"stride"`` (strike to next strike of the same foot) or ``"stance"`` (strike to off).
    statistic
        ``"single"`` (each row is one cycle) or ``"mean"`` (each row is a mean of cycles).
    rows
        Facts a row by name: ``side``, ``speed`` (m/s), ``task``, ``condition``, …; each as long
        as `data`.
    sd
        Standard deviation, shaped like `data`, where the source gives it.

    Raises
    ------
    GaitsmithError
        Where shapes do not fit together.
    """

    data: Array
    labels: tuple[str, ...]
    units: tuple[str, ...]
    phase: Array
    span: Literal["stride", "stance"]
    statistic: Literal["single", "mean"] = "single"
    rows: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    sd: Array | None = None
    subject: Subject = field(default_factory=Subject)
    notes: tuple[Note, ...] = ()
    name: str = ""
    attrs: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        put = object.__setattr__
        check_in("span", self.span, ("stride", "stance"))
        check_in("statistic", self.statistic, ("single", "mean"))
        for name in ("data", "phase", "sd"):
            if (array := getattr(self, name)) is not None:
                put(self, name, np.asarray(array, dtype=np.float64))
        put(self, "labels", tuple(self.labels))
        put(self, "units", tuple(self.units))
        put(self, "rows", MappingProxyType({k: tuple(v) for k, v in self.rows.items()}))
        put(self, "attrs", MappingProxyType(dict(self.attrs)))
        put(self, "notes", tuple(dict.fromkeys(self.notes)))
        self._check()

    def _check(self) -> None:
        def wrong(problem: str, found: object, expected: str) -> GaitsmithError:
            return GaitsmithError(problem, place=f"curves {self.name}", found=found, expected=expected)  # fmt: skip

        fits = (len(self.phase), len(self.labels))
        if self.data.ndim != 3 or self.data.shape[1:] != fits:
            raise wrong("the array does not fit phase and labels", self.data.shape,
                        f"rows × {fits[0]} × {fits[1]}")  # fmt: skip
        if len(set(self.labels)) != len(self.labels) or len(self.units) != len(self.labels):
            raise wrong("labels are not unique, or units are not as many", self.labels, "one unit a label")  # fmt: skip
        if not np.all(np.diff(self.phase) > 0) or np.any((self.phase < 0) | (self.phase > 100)):
            raise wrong("not a phase", self.phase[:5], "ascending, 0 to 100 %")
        if self.sd is not None and self.sd.shape != self.data.shape:
            raise wrong("the deviations have another shape", self.sd.shape, f"{self.data.shape}")
        for name, column in self.rows.items():
            if len(column) != len(self.data):
                raise wrong(f"column {name} has another length", len(column), f"{len(self.data)}")

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, label: str) -> Array:
        """The curves of one channel: rows × samples.

        Raises
        ------
        GaitsmithError
            With the nearest name, where there is none.
        """
        if label not in self.labels:
            raise GaitsmithError("no such channel", place=f"curves {self.name}", found=label,
                                 expected=f"one of {', '.join(self.labels)}",
                                 remedy=did_you_mean(label, self.labels) or None)  # fmt: skip
        return self.data[:, :, self.labels.index(label)]

    def __contains__(self, label: object) -> bool:
        return label in self.labels

    def table(self) -> pd.DataFrame:
        """The facts of all rows."""
        import pandas as pd

        return pd.DataFrame({k: list(v) for k, v in self.rows.items()}, index=range(len(self)))

    def describe(self) -> dict[str, Any]:
        """Everything but the arrays, as plain types."""
        return {
            "name": self.name,
            "subject": self.subject.to_dict(),
            "labels": list(self.labels),
            "units": list(self.units),
            "span": self.span,
            "statistic": self.statistic,
            "rows": {k: list(v) for k, v in self.rows.items()},
            "notes": [[n.level, n.place, n.words] for n in self.notes],
            "attrs": dict(self.attrs),
        }

    @classmethod
    def rebuilt(cls, about: Mapping[str, Any], arrays: Mapping[str, Array]) -> Curves:
        """The inverse of :meth:`describe` with the arrays ``data``, ``phase`` and ``sd``."""
        facts = dict(about)
        return cls(
            **{k: facts[k] for k in ("labels", "units", "span", "statistic", "rows", "name", "attrs")},
            data=arrays["data"], phase=arrays["phase"], sd=arrays.get("sd"),
            subject=Subject.from_dict(facts["subject"]),
            notes=tuple(Note(*n) for n in facts["notes"]),
        )  # fmt: skip

    def digest(self) -> str:
        """SHA-256 of the whole content (NaN equals NaN, -0 equals 0)."""
        h = hashlib.sha256(json.dumps(self.describe(), sort_keys=True).encode())
        for array in (self.data, self.phase, self.sd):
            if array is not None:
                clean = np.where(np.isnan(array), np.nan, array) + 0.0
                h.update(str(array.shape).encode() + np.ascontiguousarray(clean).tobytes())
            h.update(b"|")
        return h.hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Curves) and self.digest() == other.digest()

    def __hash__(self) -> int:
        return hash(self.digest())

    def __repr__(self) -> str:
        return f"<Curves {self.name!r}: {len(self)} × {len(self.phase)} over the {self.span}, {', '.join(self.labels[:4])}>"
