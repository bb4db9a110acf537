"""What every format file builds on: a lump of named bytes, the user's hints, and the contract.

A format is a module of this folder with

``NAME``
    what people call it, ``"OpenSim motion"``;
``SUFFIXES``
    the suffixes it usually has, lower case, with the dot;
``sniff(head: bytes, suffix: str) -> float``
    0 (not this) to 1 (surely this), from the first 64 kB and the suffix; it must not fail and
    must not import anything heavy;
``read(source: Source, hints: Hints) -> Recording``
    everything the file holds, in canonical units, with a note for each thing inferred; anything
    wrong with the file ends in a :class:`~gaitsmith.errors.FormatError`;
``write(recording, path, *, force=False, **options) -> None``
    only where the format can be written.

A parser makes no gait decision: no event detection, no filtering, no filling.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.errors import FormatError, GaitsmithError, check_in
from gaitsmith.recording import Note, Subject
from gaitsmith.subject import check_person

__all__ = ["HEAD", "Hints", "Source", "decimal_rate", "uniform_clock"]

#: Bytes that `sniff` is shown.
HEAD = 1 << 16


@dataclass(frozen=True)
class Source:
    """The bytes of one file (or member of an archive), decompressed, with the name users know.

    Attributes
    ----------
    name
        As the user gave it (``walks.zip!a/walk.mot``), for messages.
    data
        The bytes.
    suffix
        Lower case, without ``.gz``: ``".mot"``.
    path
        Where it lies on disk, uncompressed; None for members and compressed files.
    part
        The part of the file that was named after a further ``!``
        (``data.mat!Test5/Trial1``, ``book.xlsx!Sheet2``); only formats with parts take it.
    """

    name: str
    data: bytes
    suffix: str
    path: Path | None = None
    part: str | None = None

    @property
    def stem(self) -> str:
        """The file's own name without folders, archive and suffix."""
        name = self.name.removesuffix(f"!{self.part}") if self.part else self.name
        base = re.split(r"[/\\!]", name)[-1]
        base = re.sub(r"(?i)\.gz$", "", base)
        return (
            base[: -len(self.suffix)]
            if self.suffix and base.lower().endswith(self.suffix)
            else base
        )

    def text(self) -> str:
        """The bytes as text: UTF-8 (with or without mark), UTF-16 with mark, else Latin-1.

        Raises
        ------
        FormatError
            Where the file is empty or binary.
        """
        if not self.data.strip():
            raise FormatError("the file is empty", file=self.name)
        if self.data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return self.data.decode("utf-16", errors="replace")
        if b"\0" in self.data[:HEAD]:
            raise FormatError("this is not a text file", file=self.name, found="zero bytes")
        try:
            return self.data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return self.data.decode("latin-1")

    def wrong(self, problem: str, place: str | None = None, **about: Any) -> FormatError:
        """A :class:`FormatError` that names this file."""
        return FormatError(problem, file=self.name, place=place, **about)


_DIMENSIONS = ("acceleration", "rate", "angle", "length", "time", "force", "moment")
_SEXES = ("female", "male", "other")


@dataclass(frozen=True)
class Hints:
    """What the user says about a file where it cannot say so itself. None means: not said.

    Attributes
    ----------
    rate_hz
        Sampling rate.
    units
        Unit for a dimension (``acceleration``, ``rate``, ``angle``, ``length``, ``time``,
        ``force``, ``moment``): ``{"acceleration": "g"}``.
    placement
        Where a sensor or file belongs: ``{"sensor1": "foot_r"}``; ``{"*": "lower_back"}`` for
        the only one. Names are the file's, or (``{"foot_r": "foot_l"}``) the place that a name told.
    columns
        Canonical column for a column of the file: ``{"AccX": "acc_x"}``.
    scale
        What one count of a dimension is in our unit: ``{"rate": 0.061}`` deg/s a count.
    signs
        -1 for a column that the file counts the other way round than gaitsmith, 1 for one that it
        counts as gaitsmith does: ``{"knee_angle_r": -1}``. Names are those of ``Stream.columns()``.
    up
        Lab axis that points up: ``"+z"``.
    skeleton
        Name of the ``.asf`` that an ``.amc`` moves.
    mass, height, age, sex, leg_length, side
        The person (kg, m, years, m, affected side).
    """

    rate_hz: float | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    placement: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)
    signs: Mapping[str, float] = field(default_factory=dict)
    up: str | None = None
    skeleton: str | None = None
    mass: float | None = None
    height: float | None = None
    age: float | None = None
    sex: str | None = None
    leg_length: float | None = None
    side: Side | None = None

    def __post_init__(self) -> None:
        from gaitsmith.formats.axes import parse_axis
        from gaitsmith.formats.signs import check_signs
        from gaitsmith.units import factor

        if self.rate_hz is not None and not (np.isfinite(self.rate_hz) and 0 < self.rate_hz <= 1e6):
            raise GaitsmithError("not a sampling rate", place="argument rate_hz", found=self.rate_hz,
                                 expected="above 0 and at most 1,000,000 Hz",
                                 remedy="give how many samples a second the file has: --rate 100")  # fmt: skip
        for name in ("mass", "height", "age", "leg_length"):
            check_person(name, getattr(self, name), f"argument {name}")
        for dimension, value in self.scale.items():
            if dimension not in _DIMENSIONS or not (np.isfinite(value) and value != 0):
                raise GaitsmithError("not a scale", place=f"scale of {dimension}", found=value,
                                     expected=f"a number for one of {', '.join(_DIMENSIONS)}")  # fmt: skip
        check_signs(self.signs)
        if self.up is not None:
            parse_axis(self.up)
        if self.sex is not None:
            low = self.sex.strip().lower()
            object.__setattr__(
                self, "sex", next((x for x in _SEXES if low and x.startswith(low)), low)
            )
            check_in("sex", self.sex, _SEXES)
        for dimension, unit in self.units.items():
            check_in("units", dimension, _DIMENSIONS)
            try:
                factor(unit, dimension)
            except GaitsmithError as error:
                error.place = f"units of {dimension}"
                raise

    def subject(self) -> Subject:
        """The person, as far as given."""
        return Subject().given(
            "given", mass=self.mass, height=self.height, age=self.age, sex=self.sex,
            leg_length=self.leg_length, affected_side=self.side,
        )  # fmt: skip


def decimal_rate(
    time: npt.NDArray[np.float64], decimals: int | None = None
) -> tuple[float, bool] | None:
    """The rate (Hz) behind a column of times, and whether the clock is uniform.

    Rounded times (0.0017, 0.0033, …) count as uniform when every time lies within rounding of a
    straight line. `decimals` is how many the file writes; None: judged from the values. Returns
    None below two samples or without any positive step.
    """
    n = len(time)
    if n < 2 or not time[-1] > time[0]:
        return None
    span = float(time[-1] - time[0])
    rate = (n - 1) / span
    nearest = round(rate)
    half_last = 0.5 * 10.0**-decimals if decimals is not None else 0.5e-3
    if decimals is None:
        for d in range(1, 9):
            if np.all(np.abs(time - np.round(time, d)) < 1e-10):
                half_last = 0.5 * 10.0**-d
                break
        else:
            half_last = 1e-7 * max(1.0, abs(float(time[-1])))
    # An integer rate wins where the times cannot tell it from the measured one.
    slack = 2.2 * half_last
    if nearest >= 1 and abs(nearest - rate) / rate * span <= max(slack, 1e-9 * span):
        rate = float(nearest)
    line = time[0] + np.arange(n) / rate
    offset = float(np.median(time - line))
    uniform = bool(np.max(np.abs(time - line - offset)) <= slack + 1e-9)
    return rate, uniform


def uniform_clock(
    time: npt.NDArray[np.float64], place: str, decimals: int | None = None
) -> tuple[dict[str, Any], list[Note], npt.NDArray[np.intp] | None]:
    """Clock arguments for a Stream from a column of times, with notes and the rows to keep.

    Rows whose time repeats the one before are dropped (the third value, or None for all rows).

    Raises
    ------
    GaitsmithError
        Where a time is missing or time runs backwards.
    """
    notes: list[Note] = []
    if not np.all(np.isfinite(time)):
        raise GaitsmithError(
            "a time is missing", place=f"{place}, row {int(np.argmin(np.isfinite(time))) + 1}"
        )
    back = np.flatnonzero(np.diff(time) < 0)
    if len(back):
        at = int(back[0]) + 1
        raise GaitsmithError(
            "time runs backwards", place=f"{place}, row {at + 1}",
            found=f"{time[at]:g} after {time[at - 1]:g}", expected="times that never decrease",
            remedy="sort or cut the file, or give the rate instead",
        )  # fmt: skip
    keep: npt.NDArray[np.intp] | None = None
    tiny = 1e-9 * max(1.0, float(np.max(np.abs(time), initial=0.0)))
    fresh = np.concatenate(([True], np.diff(time) > tiny)) if len(time) else np.zeros(0, bool)
    coarse = decimal_rate(time, decimals) if (~fresh).sum() > 0.05 * len(time) else None
    if coarse and coarse[1] and 1.0 / coarse[0] < 0.9 * float(np.diff(time[fresh]).min()):
        # The file rounds times to more than a sample: every row is one, none repeats another.
        words = f"times are rounded so that rows share one: taken as a clock of {coarse[0]:g} Hz"
        return (
            {"rate": coarse[0], "start": float(time[0])},
            [Note("assumption", place, words)],
            None,
        )
    if not fresh.all():
        keep = np.flatnonzero(fresh)
        notes.append(
            Note(
                "assumption",
                place,
                f"{int((~fresh).sum())} rows repeat the time before them and were left out",
            )
        )
        time = time[fresh]
    found = decimal_rate(time, decimals)
    if found is None or not found[1]:
        return {"time": time}, notes, keep
    return {"rate": found[0], "start": float(time[0])}, notes, keep


def matches(labels: Sequence[str], *wanted: str) -> bool:
    """Whether every one of `wanted` (lower case) is among the labels."""
    here = {x.strip().lower() for x in labels}
    return all(w in here for w in wanted)
