"""The text of a table that OpenSim loads: right counts, unique labels, no NaN."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gaitsmith import channels, signals
from gaitsmith.channels import split_side
from gaitsmith.errors import GaitsmithError, check_in
from gaitsmith.recording import Recording
from gaitsmith.streams import Stream

__all__ = ["clean_labels", "table_text"]

Array = npt.NDArray[np.float64]
_KINDS = ("angles", "forces", "moments")
_TITLES = {"angles": "Coordinates", "forces": "Ground reaction forces",
           "moments": "Inverse Dynamics Generalized Forces"}  # fmt: skip


def clean_labels(labels: Sequence[str]) -> list[str]:
    """Labels without white space, each once."""
    out: list[str] = []
    for label in labels:
        base = re.sub(r"\s+", "_", label.strip()) or "unnamed"
        name, n = base, 2
        while name in out:
            name, n = f"{base}_{n}", n + 1
        out.append(name)
    return out


def table_text(
    recording: Recording,
    *,
    degrees: bool,
    max_gap_s: float,
    kinds: Sequence[str] | None,
) -> str:
    """The whole file; see `opensim_motion.write` for the arguments and refusals."""
    streams = _choose(recording, kinds)
    time = streams[0].times
    names: list[str] = []
    blocks: list[Array] = []
    filled = 0
    for stream in streams:
        labels, block, count = _columns(stream, degrees, max_gap_s)
        names += labels
        blocks.append(block)
        filled += count
    data = np.column_stack([time, *blocks])
    labels = clean_labels(["time", *names])
    head = [
        _TITLES[streams[0].kind],
        "version=1",
        f"nRows={len(data)}",
        f"nColumns={len(labels)}",
        f"inDegrees={'yes' if degrees else 'no'}",
    ]
    if filled:
        head.append(f"gaitsmith_filled={filled} cells bridged by straight lines")
    head += ["endheader", "\t".join(labels)]
    rows = ["\t".join(["%.12g"] * len(labels)) % tuple(row) for row in data.tolist()]
    return "\n".join([*head, *rows]) + "\n"


def _choose(recording: Recording, kinds: Sequence[str] | None) -> list[Stream]:
    for kind in kinds or ():
        check_in("kinds", kind, _KINDS)
    wanted = kinds or _KINDS
    streams = [s for s in (recording.get(k) for k in wanted) if s is not None and len(s)]  # type: ignore[arg-type]
    if not streams:
        has = ", ".join(recording.streams) or "no streams"
        raise GaitsmithError(
            "nothing here that an OpenSim table keeps", place=recording.name or None, found=has,
            expected=" or ".join(wanted), remedy="markers are written as .trc, sensors as .csv, everything as .gait",
        )  # fmt: skip
    first = streams[0]
    for stream in streams[1:]:
        if len(stream) != len(first) or not np.allclose(stream.times, first.times, atol=1e-6):
            raise GaitsmithError(
                f"{first.kind} and {stream.kind} have different clocks, and a table has one",
                place=recording.name or None,
                remedy=f"write them apart: kinds=('{first.kind}',) and kinds=('{stream.kind}',)",
            )
    return streams


def _columns(stream: Stream, degrees: bool, max_gap_s: float) -> tuple[list[str], Array, int]:
    """Labels, values without NaN, and how many cells were bridged."""
    if stream.kind != "forces":
        data, labels = stream.data, list(stream.labels)
        if stream.kind == "angles" and not degrees:
            table = channels.channels()
            turns = [x not in table or table[x].unit == "deg" for x in labels]
            data = np.where(turns, np.radians(data), data)
        data, count = _bridged(stream, labels, data, max_gap_s)
        return labels, data, count
    names: list[str] = []
    blocks: list[Array] = []
    total = 0
    for i, label in enumerate(stream.labels):
        stem, side = split_side(label)
        number = re.fullmatch(r"plate_(\d+)", label)
        word = side[0] if side and stem == "foot" else number[1] if number else str(i + 1)
        names += [f"ground_force_{word}_v{a}" for a in "xyz"]
        names += [f"ground_force_{word}_p{a}" for a in "xyz"]
        names += [f"ground_torque_{word}_{a}" for a in "xyz"]
        part = stream.data[:, i]
        force, count = _bridged(stream, [label] * 4, part[:, [0, 1, 2, 6]], max_gap_s)
        zero = np.zeros(len(part))
        torque = np.column_stack((zero, force[:, 3], zero))
        blocks += [force[:, :3], _held(part[:, 3:6]), torque]
        total += count
    return names, np.column_stack(blocks), total


def _held(cop: Array) -> Array:
    """The last centre of pressure held over swing (before the first: the first; never any: 0)."""
    known = np.isfinite(cop).all(axis=1)
    if not known.any():
        return np.zeros_like(cop)
    at = np.maximum.accumulate(np.where(known, np.arange(len(cop)), -1))
    at[at < 0] = int(np.argmax(known))
    out: Array = cop[at]
    return out


def _bridged(
    stream: Stream, labels: Sequence[str], data: Array, max_gap_s: float
) -> tuple[Array, int]:
    missing = ~np.isfinite(data)
    if not missing.any():
        return data, 0
    times = stream.times
    for column in np.flatnonzero(missing.any(axis=0)).tolist():
        for a, b in signals.gaps(missing[:, column]):
            long = times[min(b, len(times) - 1)] - times[max(a - 1, 0)]
            if long > max_gap_s or b - a == len(times):
                raise GaitsmithError(
                    "a gap is too long to be bridged", place=f"{stream.kind} {labels[column]}",
                    found=f"{long:.2f} s from {times[a]:.2f} s", expected=f"at most {max_gap_s:g} s",
                    remedy="crop the recording, leave the column out, or raise max_gap_s",
                )  # fmt: skip
    clean = np.where(missing, np.nan, data)
    return signals.fill_gaps(times, clean), int(missing.sum())
