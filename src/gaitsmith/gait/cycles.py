"""Strides: every cycle of each foot on 0-100 %, with its events and why others were rejected.

Usage
-----
>>> from gaitsmith.gait.cycles import segment                      # doctest: +SKIP
>>> strides = segment(recording)                                   # doctest: +SKIP
>>> strides.right.n, strides.right.data.shape                      # doctest: +SKIP
(12, (12, 101, 29))

``segment(recording, events=None, *, streams=None, points=101)`` gives a :class:`StrideSet`:

``strides.left``, ``strides.right``
    :class:`Strides` of one foot (also ``strides["left"]``); a foot without events has ``n == 0``.
``strides.sides``
    the sides that have strides; ``strides.running`` says whether most strides have a flight.
``strides.recording``, ``strides.events``, ``strides.notes``
    what was cut, by which events, and what was assumed.

A :class:`Strides` has

``data``
    stride × point × channel; ``labels`` and ``units`` name the last axis. Streams with several
    components are flattened: ``foot_r_fy`` (N), ``RHEE_x`` (m), ``foot_r_gyr_z`` (deg/s).
``strides["knee_angle"]`` or ``strides["knee_angle_l"]``
    stride × point. A name without a side means this foot's own: ``knee_angle``,
    ``knee_angle_moment``, ``foot_fy`` (its force), ``heel_x`` (the label that stands for that
    landmark). ``"hip_flexion" in strides`` asks whether it is there.
``as_right("pelvis_list")``
    the same, with midline channels of left strides mirrored, so that a left and a right curve
    mean the same anatomically (and can be compared with one reference).
``mean(name)``, ``sd(name)``, ``count(name)``
    over strides (SD with n - 1); NaN-safe; shape-outliers included unless ``typical=True``.
``bounds``
    stride × 5 times (s): ``BOUNDS`` = strike, opposite off, opposite strike, off, next strike;
    NaN where not known. ``at("off")`` is one column, ``percent("off")`` the same in % of stride.
``duration``, ``foot_off``
    stride time (s); foot off (%), one a stride. ``flight`` is True where the foot left the ground
    before the other one struck (running); NaN-safe.
``outlier``
    True where a stride's shape is far from the others (flagged, never dropped).
``rejected``
    tuple of :class:`Rejected` (side, start, stop, reason).

``strides.to_pandas()`` is the long table kept as ``strides.parquet``; ``strides.bounds_table()``
has one row a stride. ``sample(time, data, at)`` and ``normalise(time, data, start, stop)`` are the
vectorised interpolation on plain arrays.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gaitsmith import channels
from gaitsmith.channels import Side
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.gait.candidates import Walking, candidates, once
from gaitsmith.gait.interpolate import normalise, sample
from gaitsmith.gait.strides import BOUNDS, Rejected, Strides, StrideSet
from gaitsmith.recording import Events, Note, Recording, Stream
from gaitsmith.streams import KINDS

__all__ = [
    "BOUNDS",
    "LONGEST",
    "SHORTEST",
    "Rejected",
    "StrideSet",
    "Strides",
    "normalise",
    "sample",
    "segment",
]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Stride times (s) outside which two strikes are not one stride: sprinters reach 0.45 s, the
#: slowest walkers in published stroke cohorts some 3 s.
SHORTEST, LONGEST = 0.4, 3.0
# Without samples for longer than this (s) a signal is missing, not sampled slowly.
_LOST = 0.1
# Local cubic interpolation keeps peaks that a line between samples cuts; forces and sensors have
# jumps, where a cubic would overshoot.
_SMOOTH_KINDS = ("angles", "points", "moments", "powers")


def segment(
    recording: Recording,
    events: Events | None = None,
    *,
    streams: Sequence[str] | None = None,
    points: int = 101,
    shortest_s: float = SHORTEST,
    longest_s: float = LONGEST,
) -> StrideSet:
    """Cut a recording into strides, from strike to next strike of each foot.

    Parameters
    ----------
    events
        Default: the recording's own.
    streams
        Kinds or names of the streams to bring along; default: joint angles where there are any.
        Forces stay in newtons.
    points
        Points a stride is brought to, first and last strike included.
    shortest_s, longest_s
        Bounds on a stride's time (s).

    Returns
    -------
    StrideSet
        Possibly without strides; its notes then say why.

    Raises
    ------
    MissingInputError
        Where there are no foot strikes at all.
    GaitsmithError
        Where a stream named is not there, or `points` is below 2.

    Notes
    -----
    A candidate is rejected, with its reason, where its time is outside the bounds or far from the
    foot's median, where it has no foot off or several (while the foot has offs elsewhere), where
    its events come in an order that no gait has, where it meets a turn or leaves the stretch of
    walking, or where an angle that is otherwise there has a gap (unless that would leave none). Its shape being far from the
    others only sets a flag.
    """
    if points < 2:
        raise GaitsmithError("a stride needs points", place="argument points", found=points,
                             expected="2 or more")  # fmt: skip
    if not (0 < shortest_s < longest_s):
        raise GaitsmithError("a stride cannot be that long", place="argument longest_s",
                             found=(shortest_s, longest_s), expected="0 < shortest_s < longest_s")  # fmt: skip
    told = recording.events if events is None else events
    if not len(told.where(kind="strike")):
        raise MissingInputError(
            "there are no foot strikes to cut strides by",
            place=recording.name or "events",
            found=repr(told),
            expected="strikes of at least one foot",
            remedy="find them with gaitsmith.gait.events.detect(recording), or give events",
        )
    chosen = _chosen(recording, streams)
    single, notes = once(told)
    walking = Walking.of(single)
    made: dict[Side, Strides] = {}
    both: tuple[Side, ...] = ("left", "right")
    for side in both:
        bounds, reasons = candidates(side, single, walking, (shortest_s, longest_s))
        made[side] = _cut(side, bounds, reasons, chosen, points)
        words = _why_none(made[side], single) or _incomplete(made[side])
        if words:
            notes.append(Note("warning", f"{side} strides", words))
    return StrideSet(recording, made["left"], made["right"], single, tuple(notes))


def _why_none(strides: Strides, events: Events) -> str | None:
    if strides.n:
        return None
    strikes = len(events.where(kind="strike", side=strides.side))
    if strikes < 2:
        return f"{strikes or 'no'} foot strike{'s' if strikes != 1 else ''}: no whole stride"
    reasons = dict.fromkeys(r.reason for r in strides.rejected)
    return "every candidate was rejected: " + "; ".join(reasons)


def _incomplete(strides: Strides) -> str | None:
    """Words where no stride has whole angles and all were kept with their gaps."""
    angles = [i for i, unit in enumerate(strides.units) if unit == "deg"]
    part = np.isnan(strides.data[:, :, angles])
    there = ~part.all(axis=(0, 1))
    if not there.any() or not part[:, :, there].any(axis=(1, 2)).all():
        return None
    return "the angles of no stride are whole; they were kept with their gaps"


def _chosen(recording: Recording, wanted: Sequence[str] | None) -> list[Stream]:
    if wanted is None:
        return [] if recording.angles is None else [recording.angles]
    if isinstance(wanted, str):
        wanted = [wanted]
    found: dict[str, Stream] = {}
    for name in wanted:
        if name in recording.streams:
            found[name] = recording.streams[name]
        elif name in KINDS:
            found.update(recording.of_kind(name))  # type: ignore[arg-type]
        else:
            recording[name]
    return list(found.values())


def _cut(
    side: Side, bounds: Array, reasons: list[str | None], streams: list[Stream], points: int
) -> Strides:
    good = np.array([r is None for r in reasons], dtype=bool)
    data, labels, units = _brought(bounds[good], streams, points)
    joint = {x for s in streams if s.kind == "angles" for x in s.labels if s.unit(x) == "deg"}
    angles = np.array([x in joint for x in labels], dtype=bool)
    gaps = _gaps(data, labels, angles)
    if gaps and all(gaps):
        # Curves with holes, and their times, say more than nothing; `segment` notes it.
        gaps = [None] * len(gaps)
    for i, gap in zip(np.flatnonzero(good), gaps, strict=True):
        reasons[int(i)] = gap
    whole = np.array([g is None for g in gaps], dtype=bool)
    own = angles & np.array([channels.side_of(x) in (side, None) for x in labels], dtype=bool)
    kept, curves = bounds[good][whole], data[whole]
    for array in (kept, curves):
        array.flags.writeable = False
    out = tuple(
        Rejected(side, float(b[0]), float(b[4]), r)
        for b, r in zip(bounds, reasons, strict=True)
        if r is not None
    )
    return Strides(side, curves, labels, units, kept, _outliers(curves[:, :, own]), out)


def _brought(
    bounds: Array, streams: list[Stream], points: int
) -> tuple[Array, tuple[str, ...], tuple[str, ...]]:
    parts, labels, units = [], [], []
    for s in streams:
        usual = s.nominal_rate
        lost = max(_LOST, 3.0 / usual) if np.isfinite(usual) else _LOST
        piece = normalise(s.times, s.data, bounds[:, 0], bounds[:, 4], points=points,
                          smooth=s.kind in _SMOOTH_KINDS, longest_gap=lost)  # fmt: skip
        parts.append(piece.reshape(len(bounds), points, len(s.columns())))
        names = s.columns()
        axes = s.axes or ("",)
        units += [s.unit(x, axis) for x in s.labels for axis in axes]
        labels += [x if x not in labels else f"{s.kind}:{x}" for x in names]
    data = np.concatenate(parts, axis=2) if parts else np.zeros((len(bounds), points, 0))
    return data, tuple(labels), tuple(units)


def _gaps(data: Array, labels: tuple[str, ...], angles: Mask) -> list[str | None]:
    """A reason for each stride in which an angle that most strides have is missing."""
    missing: Mask = np.asarray(np.isnan(data[:, :, angles]).any(axis=1))
    names = [x for x, a in zip(labels, angles, strict=True) if a]
    if not missing.size:
        return [None] * len(data)
    usual: list[bool] = (missing.sum(axis=0) <= 0.5 * len(missing)).tolist()
    out: list[str | None] = []
    for row in missing.tolist():
        bad = [n for n, m, u in zip(names, row, usual, strict=True) if m and (u or all(row))]
        out.append(f"a gap in {_few(bad)}" if bad else None)
    return out


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _outliers(data: Array) -> Mask:
    """Strides whose curves lie far from the median curve, by robust z of their distance.

    Distance: RMS over points and channels of the deviation from the median curve, each channel in
    its own robust SD (at least 1°); flagged above median + 5 robust SD (1.4826 × MAD) and at least
    twice the median distance.
    """
    n, _, c = data.shape
    if n < 5 or not c:
        return np.zeros(n, dtype=bool)
    there = ~np.isnan(data).any(axis=(0, 1))
    if not there.any():
        return np.zeros(n, dtype=bool)
    off = data[:, :, there] - np.median(data[:, :, there], axis=0)
    scale = np.maximum(1.4826 * np.median(np.abs(off), axis=(0, 1)), 1.0)
    distance = np.sqrt(((off / scale) ** 2).mean(axis=(1, 2)))
    middle = float(np.median(distance))
    spread = 1.4826 * float(np.median(np.abs(distance - middle)))
    return np.asarray(distance > max(middle + 5 * spread, 2 * middle))
