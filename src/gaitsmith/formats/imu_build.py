"""From columns of sensors to an ``imu`` stream: clock, units, and what is odd said in notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import FormatError
from gaitsmith.formats.base import Hints
from gaitsmith.formats.units_by_range import acceleration_factor, rate_factor
from gaitsmith.recording import Note
from gaitsmith.streams import IMU_AXES, Stream

__all__ = ["channel_notes", "imu_stream", "packet_clock"]

Array = npt.NDArray[np.float64]

#: A packet counter of 16 bits starts again at 0 after this many packets.
WRAP = 65536


def packet_clock(
    counter: Array,
    rate: float,
    *,
    from_zero: bool = True,
    place: str = "packets",
    file: str = "",
) -> tuple[npt.NDArray[np.intp], dict[str, Any], dict[str, Any], list[Note]]:
    """The clock that a packet counter gives: rows to keep, clock, attrs and notes.

    Parameters
    ----------
    counter
        Packet number of each row; a wrap at 65536 is undone, a repeated packet is left out.
    rate
        Packets per second (Hz).
    place
        What the notes are about.
    from_zero
        Whether tick 0 is time 0. Otherwise the first packet is, and ``attrs["clock_origin_s"]``
        holds what was taken away, so that sensors of one station can be joined.

    Raises
    ------
    FormatError
        Where packets are missing a number or run backwards.
    """
    if not np.isfinite(counter).all():
        raise FormatError("a packet has no number", file=file, place="column PacketCounter, row "
                          f"{int(np.argmin(np.isfinite(counter))) + 1}")  # fmt: skip
    steps = np.diff(counter)
    wraps = steps < -WRAP / 2
    ticks = counter + WRAP * np.concatenate(([0], np.cumsum(wraps))) if wraps.any() else counter
    steps = np.diff(ticks)
    if np.any(steps < 0):
        at = int(np.argmax(steps < 0)) + 1
        raise FormatError("the packet counter runs backwards", file=file,
                          place=f"column PacketCounter, row {at + 1}",
                          found=f"{counter[at]:g} after {counter[at - 1]:g}")  # fmt: skip
    notes: list[Note] = []
    keep = np.flatnonzero(np.concatenate(([True], steps > 0))) if len(ticks) else np.arange(0)
    if len(keep) < len(ticks):
        notes.append(
            Note("warning", place, f"{len(ticks) - len(keep)} packets stand twice; "
                 "the first of each was kept")
        )  # fmt: skip
    ticks = ticks[keep]
    attrs: dict[str, Any] = {"lost_packets": 0}
    if not len(ticks):
        return keep, {"rate": rate, "start": 0.0}, attrs, notes
    lost = round(float(ticks[-1] - ticks[0])) + 1 - len(ticks)
    attrs["lost_packets"] = max(0, lost)
    if not from_zero:
        attrs["clock_origin_s"] = float(ticks[0]) / rate
        ticks = ticks - ticks[0]
    if lost <= 0:
        return keep, {"rate": rate, "start": float(ticks[0]) / rate}, attrs, notes
    longest = int(np.max(np.diff(ticks))) - 1
    notes.append(
        Note("warning", place,
             f"{lost} of {lost + len(ticks)} packets were lost (at most {longest} in a row, "
             f"{longest / rate:.2f} s); the clock is the packet counter, so times stay true")
    )  # fmt: skip
    return keep, {"time": ticks / rate}, attrs, notes


def channel_notes(blocks: Mapping[str, Array], axes: tuple[str, ...]) -> list[Note]:
    """Warnings on channels that are all missing, constant or often missing."""
    notes = []
    for label, block in blocks.items():
        missing = np.isnan(block)
        share = missing.mean(axis=0) if len(block) else np.zeros(block.shape[1])
        dead = share == 1.0
        with np.errstate(invalid="ignore"):
            flat = np.zeros(block.shape[1], bool)
            if len(block) > 2:
                low = np.where(missing, np.inf, block).min(axis=0)
                high = np.where(missing, -np.inf, block).max(axis=0)
                flat = (low == high) & ~dead
        for mask, words in (
            (dead, "holds no values"),
            (flat, "is constant"),
        ):
            names = [axes[i] for i in np.flatnonzero(mask)]
            if names:
                verb = (
                    words
                    if len(names) == 1
                    else words.replace("holds", "hold").replace("is", "are")
                )
                notes.append(Note("warning", label, f"{', '.join(names)} {verb}"))
        part = share[~dead]
        if len(part) and part.max() > 0.001:
            notes.append(
                Note("warning", label, f"up to {100 * part.max():.1f} % of a channel is missing")
            )
    return notes


def imu_stream(
    blocks: Mapping[str, Array], hints: Hints, clock: Mapping[str, Any],
    attrs: Mapping[str, Any] | None = None, *, acc_unit: str | None = None,
    gyr_unit: str | None = None, file: str = "", ours: bool = False,
) -> tuple[Stream, list[Note]]:  # fmt: skip
    """An ``imu`` stream from blocks of samples × 6 or 9 by label, in the file's units.

    Parameters
    ----------
    blocks
        acc 3, gyr 3 and, where there is a magnetometer, mag 3. A missing kind is NaN.
    clock
        ``rate`` and ``start``, or ``time``.
    acc_unit, gyr_unit
        Units that the file or its layout states; None: told by range.
    ours
        Whether the columns are named as gaitsmith names them: ours are the units where the range
        does not tell.

    Raises
    ------
    MissingInputError
        Where a unit cannot be told.
    """
    width = max(b.shape[1] for b in blocks.values())
    data = np.full((len(next(iter(blocks.values()))), len(blocks), width), np.nan)
    for i, block in enumerate(blocks.values()):
        data[:, i, : block.shape[1]] = block
    notes = channel_notes(blocks, IMU_AXES)
    labels = list(blocks)
    acc = {x: data[:, i, :3] for i, x in enumerate(labels) if np.isfinite(data[:, i, :3]).any()}
    gyr = {x: data[:, i, 3:6] for i, x in enumerate(labels) if np.isfinite(data[:, i, 3:6]).any()}
    if acc:
        scale, said = acceleration_factor(acc, hints, stated=acc_unit, file=file, ours=ours)
        data[:, :, :3] *= scale
        notes += said if hints.units.get("acceleration") or acc_unit is None else said[1:]
    stream = Stream("imu", data, tuple(labels), attrs=attrs or {}, **clock)
    if gyr:
        scale, said = rate_factor(gyr, acc, stream.nominal_rate, hints, stated=gyr_unit, file=file)
        data[:, :, 3:6] *= scale
        notes += said if hints.units.get("rate") or gyr_unit is None else said[1:]
        stream = stream.replace(data=data)
    return stream, notes
