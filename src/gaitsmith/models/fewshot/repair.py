"""Gaps and bad stretches of a recording, filled from the person's own strides.

>>> from gaitsmith.models.fewshot.repair import repair
>>> result = repair(recording)                                   # doctest: +SKIP
>>> result.recording["angles"].filled.any()                      # doctest: +SKIP
True

Where the band is too wide to be of use, the samples stay missing and a note says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.fewshot.donors import population
from gaitsmith.models.fewshot.filling import fill
from gaitsmith.models.fewshot.ways import gaps
from gaitsmith.recording import Note, Recording, Stream
from gaitsmith.sections import Table

__all__ = ["Repair", "Stretch", "repair", "stretches"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
_KINDS = ("angles", "points", "forces", "moments", "powers", "imu")
# Where the stride time cannot be told (s).
_USUAL_STRIDE = 1.1
# A stride time's peak over the highest.
_NEARLY = 0.85
# Longest gap (strides) about which anything is said.
_LONGEST = 1.0


@dataclass(frozen=True)
class Stretch:
    """Samples that are not to be believed: seconds, and a label ("" = everything)."""

    start: float
    stop: float
    label: str = ""


def stretches(words: Sequence[str]) -> list[Stretch]:
    """``START-STOP`` or ``LABEL:START-STOP`` as stretches.

    Raises
    ------
    GaitsmithError
        Where one is neither.
    """
    out = []
    for word in words:
        label, _, span = word.rpartition(":")
        first, _, last = span.partition("-")
        try:
            start, stop = float(first), float(last)
        except ValueError:
            raise GaitsmithError("not a stretch", place="option --bad", found=word,
                                 expected="START-STOP or LABEL:START-STOP in seconds, 1.2-1.6") from None  # fmt: skip
        if stop <= start:
            raise GaitsmithError("the stretch ends before it starts", place="option --bad", found=word)  # fmt: skip
        out.append(Stretch(start, stop, label))
    return out


@dataclass(frozen=True)
class Repair:
    """A recording made whole, and what was done to it.

    Attributes
    ----------
    recording
        Filled samples are marked in each stream's ``filled``.
    bands
        Stream -> SD of each sample (0 where it was measured, NaN where it stays missing).
    rows
        (stream, label, start s, stop s, half width of the 90 % band, unit, how) of each gap; the band
        is NaN where it was refused.
    """

    recording: Recording
    bands: dict[str, Array]
    rows: tuple[tuple[str, str, float, float, float, str, str], ...]
    notes: tuple[Note, ...]

    @property
    def table(self) -> Table:
        """A row a gap."""
        return Table("filled", "Filled stretches", ("stream", "label", "start_s", "stop_s", "half_width_90", "unit", "how"), self.rows)  # fmt: skip

    @property
    def words(self) -> str:
        """One sentence."""
        done = [r for r in self.rows if np.isfinite(r[4])]
        left = len(self.rows) - len(done)
        words = f"{len(done)} gaps filled and marked" if done else "nothing filled"
        return words + (f", {left} left missing" if left else "") + ("" if self.rows else ": there is no gap")  # fmt: skip


def repair(
    recording: Recording, *, bad: Sequence[Stretch] = (), widest: float = 1.0,
    shortest_band: float = 0.0,
) -> Repair:  # fmt: skip
    """Fill gaps (NaN) and bad stretches of every stream of motion, force or sensors.

    Parameters
    ----------
    bad
        Further samples not to be believed.
    widest
        Half width of the 90 % band, as a share of the channel's SD in the recording (of a point: of its
        SD about the body, its three axes together), above which nothing is filled.
    shortest_band
        Least SD of a filled sample, in the channel's unit.

    Raises
    ------
    GaitsmithError
        Where a stretch names a label that is not there, or `widest` is not above 0.
    """
    if not widest > 0:
        raise GaitsmithError("nothing could be filled", place="argument widest", found=widest,
                             expected="a share above 0")  # fmt: skip
    labels = {x for s in recording.streams.values() for x in s.labels}
    for one in bad:
        if one.label and one.label not in labels:
            from gaitsmith.errors import did_you_mean

            raise GaitsmithError("no such label", place="bad stretch", found=one.label,
                                 expected=f"one of {', '.join(sorted(labels)[:12])}, …",
                                 remedy=did_you_mean(one.label, labels) or None)  # fmt: skip
        times = [s.times for s in recording.streams.values() if len(s)]
        if not any(((t >= one.start) & (t <= one.stop)).any() for t in times):
            raise GaitsmithError("no sample lies in this stretch", place="bad stretch",
                                 found=f"{one.start:g} to {one.stop:g} s",
                                 expected=f"within {min(t[0] for t in times):.2f} to {max(t[-1] for t in times):.2f} s" if times else "a recording with samples")  # fmt: skip
    out, bands = recording, {}
    rows: list[tuple[str, str, float, float, float, str, str]] = []
    notes: list[Note] = []
    for name, stream in recording.streams.items():
        if stream.kind not in _KINDS or len(stream) < 4:
            continue
        missing = _missing(stream, bad)
        if not missing.any():
            continue
        data, mask, sd, said = _stream(name, stream, missing, widest, shortest_band)
        out = out.with_stream(stream.replace(data=np.where(missing, np.nan, stream.data)).with_filled(data, mask), name)  # fmt: skip
        bands[name] = sd
        rows += said
    refused = [r for r in rows if not np.isfinite(r[4])]
    if refused:
        named = ", ".join(dict.fromkeys(r[1] for r in refused[:6]))
        notes.append(Note("refusal", "repair", f"{len(refused)} gaps stay missing ({named}{', …' if len(refused) > 6 else ''}): "
                          "the own strides do not tell what was there closely enough"))  # fmt: skip
    if len(refused) < len(rows):
        notes.append(Note("assumption", "repair", f"{len(rows) - len(refused)} gaps were filled from the person's own strides; "
                          "the samples are estimates and marked as such"))  # fmt: skip
    return Repair(out.with_notes(notes), bands, tuple(rows), tuple(notes))


def _missing(stream: Stream, bad: Sequence[Stretch]) -> Mask:
    out = np.isnan(stream.data)
    times = stream.times
    for one in bad:
        rows = (times >= one.start) & (times <= one.stop)
        if not one.label:
            out[rows] = True
        elif one.label in stream:
            out[rows, stream.index(one.label)] = True
    return out


def stride_rows(data: Array, rate: float) -> int:
    """Rows of a stride: the largest peak of the mean autocorrelation between 0.6 and 2 s."""
    usual = max(4, round(_USUAL_STRIDE * rate))
    low, high = round(0.6 * rate), min(round(2.0 * rate), len(data) - 2)
    if high <= low + 2:
        return usual
    sd = np.nanstd(data, axis=0)
    z = data[:, sd > 1e-9]
    rows = np.arange(len(z))
    z = np.stack([_level(rows, c) for c in z.T], axis=1) if z.shape[1] else z
    if not z.size:
        return usual
    score = np.array([_alike(z[:-k], z[k:]) for k in range(low, high)])
    if score.max() <= 0.3:
        return usual
    # Two strides are as alike as one: the first peak that is nearly as high as the highest.
    inner = score[1:-1]
    peaks = 1 + np.flatnonzero((inner > score[:-2]) & (inner >= score[2:]))
    peaks = peaks[score[peaks] > _NEARLY * score.max()]
    return low + int(peaks[0] if len(peaks) else np.argmax(score))


def _alike(a: Array, b: Array) -> float:
    """Mean over columns of the correlation of two stretches; 0 where one does not move."""
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    size = np.sqrt(np.square(a).sum(axis=0) * np.square(b).sum(axis=0))
    return float(np.mean(np.where(size > 0, (a * b).sum(axis=0) / np.maximum(size, 1e-300), 0.0)))


def _level(rows: npt.NDArray[np.intp], column: Array) -> Array:
    """A column without its line over time, gaps bridged."""
    seen = np.asarray(np.isfinite(column))
    whole = np.interp(rows, rows[seen], column[seen])
    return np.asarray(whole - np.polyval(np.polyfit(rows, whole, 1), rows))


def _stream(
    name: str, stream: Stream, missing: Mask, widest: float, least: float
) -> tuple[Array, Mask, Array, list[tuple[str, str, float, float, float, str, str]]]:
    shape = stream.data.shape
    data = np.where(missing, np.nan, stream.data).reshape(len(stream), -1)
    flat = missing.reshape(len(stream), -1)
    rate = stream.nominal_rate
    trend = np.zeros_like(data)
    if stream.kind == "points":
        trend = np.tile(_carried(data.reshape(shape)), (1, shape[1])).reshape(data.shape)
    level = data - trend
    swap, signs = _exchange(stream)
    stride = stride_rows(level[:, np.isfinite(level).mean(axis=0) > 0.5], rate)
    spread = np.nan_to_num(np.nanstd(level, axis=0))
    donors = population(stream, stride) if stream.kind == "angles" else []
    mean, sd, mask = data.copy(), np.zeros(data.shape), np.zeros(data.shape, bool)
    sd[flat] = np.nan
    rows = []
    width = 1 if len(shape) == 2 else shape[2]
    for gap in gaps(flat):
        found = None
        if gap.stop - gap.start <= _LONGEST * stride and (gap.start > 0 or gap.stop < len(data)):
            found = fill(
                data, gap, stride=stride, scale=spread, swap=swap, signs=signs, donors=donors,
                trend=trend if stream.kind == "points" else None,
            )  # fmt: skip
        known = np.zeros(0) if found is None else _width(found.sd, spread, gap.columns, body=stream.kind == "points")  # fmt: skip
        for i, c in enumerate(gap.columns):
            label = stream.labels[c // width]
            axis = stream.axes[c % width] if stream.axes else ""
            half, how = np.nan, "refused"
            if found is not None and np.isfinite(found.sd[:, i]).all() and np.isfinite(found.mean[:, i]).all():  # fmt: skip
                wide = 1.645 * float(np.sqrt(np.mean(np.square(found.sd[:, i]))))
                if known[i] <= widest:
                    half, how = max(wide, 1.645 * least), found.how
                    mean[gap.start : gap.stop, c] = found.mean[:, i]
                    sd[gap.start : gap.stop, c] = np.maximum(found.sd[:, i], least)
                    mask[gap.start : gap.stop, c] = True
            times = stream.times
            rows.append((name, f"{label} {axis}".strip(), float(times[gap.start]), float(times[gap.stop - 1]),
                         half, stream.unit(label, axis), how))  # fmt: skip
    return mean.reshape(shape), mask.reshape(shape), sd.reshape(shape), rows


def _width(sd: Array, spread: Array, columns: Sequence[int], *, body: bool) -> Array:
    """Half width of each column's 90 % band over the column's SD; a point's axes together.

    A point is known or it is not, whichever way the person walks.
    """
    band, usual = 1.645**2 * np.square(sd).mean(axis=0), np.square(spread[list(columns)])
    if body:
        point = np.array(columns) // 3
        band, usual = (np.array([v[point == p].mean() for p in point]) for v in (band, usual))
    return np.asarray(np.sqrt(band) / np.maximum(np.sqrt(usual), 1e-12))


def _carried(points: Array) -> Array:
    """time × 3: how the body as a whole travels, by the steps of the points seen at both times.

    Where no point is seen it travels as it did around.
    """
    steps = np.diff(points, axis=0)
    seen = np.asarray(np.isfinite(steps).all(axis=2))
    mean = np.where(seen[:, :, None], np.nan_to_num(steps), 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)[:, None]  # fmt: skip
    some = np.asarray(seen.any(axis=1))
    known = np.flatnonzero(some)
    if len(known):
        rows = np.arange(len(mean))
        mean = np.stack([np.interp(rows, known, c) for c in mean[known].T], axis=1)
    for gap in gaps(~some[:, None]):
        # Behind the gap the body is where its points are.
        moved = points[min(gap.stop, len(points) - 1)] - points[gap.start]
        both = np.isfinite(moved).all(axis=1)
        if both.any():
            mean[gap.start : gap.stop] += (moved[both].mean(axis=0) - mean[gap.start : gap.stop].sum(axis=0)) / (gap.stop - gap.start)  # fmt: skip
    return np.concatenate([np.zeros((1, 3)), np.cumsum(mean, axis=0)])


def _exchange(stream: Stream) -> tuple[npt.NDArray[np.intp] | None, Array | None]:
    """For each column the one that it takes when left and right are exchanged, and the sign."""
    if stream.kind == "forces":
        return None, None
    ones = stream.replace(data=np.ones(stream.data.shape), filled=None).mirror()
    if set(ones.labels) != set(stream.labels):
        return None, None
    width = 1 if stream.data.ndim == 2 else stream.data.shape[2]
    # Column j of the mirrored stream stands under the label ones.labels[j].
    place = [ones.labels.index(x) for x in stream.labels]
    if stream.kind == "points" and place == list(range(len(place))):
        # No label has a side: what is mirrored would keep its legs.
        return None, None
    swap = np.concatenate([np.arange(width) + p * width for p in place]).astype(np.intp)
    signs = ones.data[0].reshape(-1)[swap]
    return swap, signs
