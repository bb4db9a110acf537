"""Motion-BIDS: one ``*_motion.tsv`` a tracking system, with its channels and sidecar beside it.

After the BIDS specification, "Motion" (Jeung, Cockx et al. 2024, Scientific Data 11:716): the
table has no header; ``*_channels.tsv`` names each column (name, component, type, tracked point,
units), ``*_motion.json`` says the rate, ``*_channels.json`` the reference frame, ``*_events.tsv``
what happened, with onsets from the first sample. Each stream is a tracking system of its own.

What BIDS has no word for (kind of stream, start of the clock, the person) stands in the sidecar
under ``Gaitsmith`` and is used when the file is read again. Quantities without a BIDS type
(forces, moments, powers) are channels of type MISC. `filled` is not kept.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.formats.base import Hints, Source
from gaitsmith.recording import Recording, Stream

__all__ = ["ENDINGS", "NAME", "SUFFIXES", "read", "sniff", "tables", "write"]

NAME = "motion-BIDS"
#: None: ``.tsv`` alone is a table; the end of the name tells.
SUFFIXES: tuple[str, ...] = ()
ENDINGS = ("_motion.tsv",)

Array = npt.NDArray[np.float64]

_NAME = re.compile(
    r"sub-[A-Za-z0-9]+(_ses-[A-Za-z0-9]+)?_task-(?P<task>[A-Za-z0-9]+)(?P<system>_tracksys-[A-Za-z0-9]+)?"
    r"(_acq-[A-Za-z0-9]+)?(_run-[0-9]+)?_motion\.tsv"
)
_TYPES = {"a": "ACCEL", "g": "GYRO", "m": "MAGN"}
_COUNTED = ("ACCEL", "GYRO", "JNTANG", "LATENCY", "MAGN", "POS")
# BIDS asks for units in the SI's own form.
_UNITS = {"m/s2": "m/s^2", "Nm": "N m", "": "n/a"}
_FRAMES = {
    "lab": {"Description": "Right-handed laboratory axes: x horizontal (the direction of walking where the "
            "recording was turned to it), y up, z to the right of x.", "RotationRule": "right-hand"},
    "sensor": {"Description": "Axes of the sensor itself."},
    "joint": {"Description": "OpenSim's coordinates: degrees, flexion, adduction, internal rotation and "
              "dorsiflexion positive."},
}  # fmt: skip


def sniff(head: bytes, suffix: str) -> float:
    """0: the name tells (see :data:`ENDINGS`), not the bytes."""
    return 0.0


# --- writing ---------------------------------------------------------------------------------------


def write(
    recording: Recording, path: str | os.PathLike[str], *, force: bool = False,
    streams: Sequence[str] | None = None,
) -> None:  # fmt: skip
    """Write the streams as motion-BIDS.

    Parameters
    ----------
    path
        ``sub-01_task-walk_tracksys-omc_motion.tsv``, in a folder of your choice (BIDS:
        ``sub-01/motion/``). With several streams each gets a file whose ``tracksys`` ends in the
        stream's name (``tracksys-omcForces``); without a ``tracksys``, which BIDS asks for, it is
        the stream's name. :func:`tables` says the names beforehand.
    streams
        Names of the streams to write; default: all.

    Raises
    ------
    GaitsmithError
        Where the name is not one of BIDS, there is nothing to write, or a file exists and `force`
        is not set; nothing is written then.
    """
    target = Path(path)
    match, chosen = _asked(recording, target, streams)
    texts: dict[Path, str] = {}
    for i, (name, stream) in enumerate(chosen.items()):
        stem = _stem(match, target.name, name, len(chosen) == 1)
        texts |= {
            target.with_name(f"{stem}_{end}"): text
            for end, text in _files(recording, name, stream, match["task"], events=i == 0).items()
        }
    from gaitsmith.files import write_text

    taken = [p for p in texts if p.exists()]
    if taken and not force:
        raise GaitsmithError(
            "the file exists already", file=taken[0], remedy="use --force to replace it"
        )
    for file, text in texts.items():
        write_text(file, text, force=force)


def tables(
    recording: Recording, path: str | os.PathLike[str], streams: Sequence[str] | None = None
) -> list[Path]:
    """The tables that :func:`write` makes, one a stream; beside each lie its channels and sidecars.

    Only where a single stream is written and `path` has a ``tracksys`` is it `path` itself.

    Raises
    ------
    GaitsmithError
        Where the name is not one of BIDS, or there is nothing to write.
    """
    target = Path(path)
    match, chosen = _asked(recording, target, streams)
    return [target.with_name(f"{_stem(match, target.name, n, len(chosen) == 1)}_motion.tsv") for n in chosen]  # fmt: skip


def _asked(
    recording: Recording, target: Path, streams: Sequence[str] | None
) -> tuple[re.Match[str], dict[str, Stream]]:
    """The parts of a BIDS name, and the streams to be written."""
    match = _NAME.fullmatch(target.name)
    if match is None:
        raise GaitsmithError("not a name that BIDS allows", file=target, found=target.name,
                             expected="sub-<label>_task-<label>_tracksys-<label>_motion.tsv",
                             remedy="for example sub-01_task-walk_tracksys-omc_motion.tsv")  # fmt: skip
    chosen = {n: recording[n] for n in (streams if streams is not None else recording.streams)}
    chosen = {n: s for n, s in chosen.items() if len(s) and s.labels}
    if not chosen:
        raise GaitsmithError("nothing to write", file=target, expected="a stream with samples")
    return match, chosen


def _stem(match: re.Match[str], name: str, stream: str, alone: bool) -> str:
    """The name without its suffix, with the tracking system of a stream."""
    words = re.findall(r"[A-Za-z0-9]+", stream)
    own = "".join([*words[:1], *(w.capitalize() for w in words[1:])])
    given = (match["system"] or "").removeprefix("_tracksys-")
    system = given or own if alone else given + (own[:1].upper() + own[1:] if given else own)
    stem = name.removesuffix("_motion.tsv")
    if match["system"]:
        return stem.replace(match["system"], f"_tracksys-{system}", 1)
    return stem.replace(f"_task-{match['task']}", f"_task-{match['task']}_tracksys-{system}", 1)


def _files(
    recording: Recording, name: str, stream: Stream, task: str, *, events: bool
) -> dict[str, str]:
    """End of name -> text of every file that belongs to one stream."""
    rows = _channels(stream)
    data = stream.data.reshape(len(stream), -1)
    if stream.rate is None:
        rows.insert(0, ("latency", "n/a", "LATENCY", "n/a", "s", "n/a"))
        data = np.column_stack((stream.times - stream.start, data))
    out = {"motion.tsv": _table(data), "motion.json": _sidecar(recording, name, stream, task, rows)}
    head = "name\tcomponent\ttype\ttracked_point\tunits\treference_frame\n"
    out["channels.tsv"] = head + "".join("\t".join(r) + "\n" for r in rows)
    used = {r[5] for r in rows} - {"n/a"}
    frames = {"reference_frame": {"Levels": {k: v for k, v in _FRAMES.items() if k in used}}}
    out["channels.json"] = _json(frames)
    if events and len(recording.events):
        out["events.tsv"] = _events(recording, stream.start)
        out["events.json"] = _json({
            "trial_type": {"Description": "side and kind of the event, as <side>_<kind>"},
            "side": {"Description": "foot that the event belongs to"},
            "kind": {"Description": "strike: initial contact; off: final contact; turn, start, stop: of walking"},
            "source": {"Description": "who or what says so"},
            "confidence": {"Description": "0 to 1"},
        })  # fmt: skip
    return out


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _table(data: Array) -> str:
    text = io.StringIO()
    np.savetxt(text, data, fmt="%.10g", delimiter="\t")
    return text.getvalue().replace("nan", "n/a")


def _channels(stream: Stream) -> list[tuple[str, str, str, str, str, str]]:
    """name, component, type, tracked point, units and reference frame of each column."""
    rows = []
    for label in stream.labels:
        for axis in stream.axes or ("",):
            unit = stream.unit(label, axis)
            kind, frame = "MISC", "n/a"
            if stream.kind == "points":
                kind, frame = "POS", "lab"
            elif stream.kind == "imu":
                kind, frame = _TYPES[axis[0]], "sensor"
            elif stream.kind == "angles" and unit == "deg":
                kind, frame = "JNTANG", "joint"
            elif stream.kind == "forces":
                frame = "lab"
            component = axis[-1] if axis else "n/a"
            column = f"{label}_{axis}" if axis else label
            rows.append((column, component, kind, label, _UNITS.get(unit, unit), frame))
    return [tuple(re.sub(r"[\t\r\n]", " ", x) for x in r) for r in rows]  # type: ignore[misc]


def _sidecar(recording: Recording, name: str, stream: Stream, task: str,
             rows: Sequence[tuple[str, ...]]) -> str:  # fmt: skip
    counts = {f"{t}ChannelCount": sum(r[2] == t for r in rows) for t in _COUNTED}
    rate = stream.nominal_rate
    span = stream.duration
    effective = (len(stream) - 1) / span if span > 0 else math.nan
    return _json({
        "TaskName": task,
        "SamplingFrequency": rate if math.isfinite(rate) else "n/a",
        "SamplingFrequencyEffective": effective if math.isfinite(effective) else "n/a",
        "TrackingSystemName": name,
        "RecordingDuration": span,
        "MotionChannelCount": len(rows),
        **{k: v for k, v in counts.items() if v},
        "MiscChannelCount": sum(r[2] == "MISC" for r in rows),
        "TrackedPointsCount": len(stream.labels),
        "MissingValues": "n/a",
        "Gaitsmith": {"Kind": stream.kind, "Stream": name, "Labels": list(stream.labels),
                      "Start": stream.start, "Attrs": dict(stream.attrs),
                      "Subject": recording.subject.to_dict()},
    })  # fmt: skip


def _events(recording: Recording, start: float) -> str:
    lines = ["onset\tduration\ttrial_type\tside\tkind\tsource\tconfidence"]
    for e in recording.events:
        side = e.side or "n/a"
        word = f"{e.side}_{e.kind}" if e.side else e.kind
        source = re.sub(r"[\t\r\n]", " ", e.source)
        lines.append(
            f"{e.time - start:.9g}\t{e.duration:.9g}\t{word}\t{side}\t{e.kind}\t{source}\t{e.confidence:g}"
        )
    return "\n".join(lines) + "\n"


# --- reading ---------------------------------------------------------------------------------------


def read(source: Source, hints: Hints) -> Recording:
    """The tracking system of one ``*_motion.tsv``, with the events of its ``*_events.tsv``.

    Files of others are read by the types of their channels: POS, ACCEL, GYRO, MAGN, JNTANG and
    LATENCY; what has another type is left out with a note.

    Raises
    ------
    FormatError
        Where the sidecars are missing, or do not fit the table.
    """
    from gaitsmith.formats.motion_bids_read import recording_of

    rows = beside(source, "channels.tsv")
    if rows is None:
        raise source.wrong("the list of channels is not here", expected=_other(source, "channels.tsv"),
                           remedy="keep *_motion.tsv, *_channels.tsv and *_motion.json together")  # fmt: skip
    data = table(source)
    return recording_of(source, hints, data, table_of_text(rows), sidecar(source))


def _other(source: Source, end: str) -> str:
    last = re.split(r"[/\\!]", source.name)[-1]
    return last.removesuffix("motion.tsv") + end


def beside(source: Source, end: str) -> Source | None:
    """The file of the same recording with another ending, or None."""
    from gaitsmith.formats.sidecar import sibling

    return sibling(source, _other(source, end))


def sidecar(source: Source) -> Mapping[str, Any]:
    """The object in ``*_motion.json``; empty where there is none."""
    from gaitsmith.formats.sidecar import load_json

    found = beside(source, "motion.json")
    return {} if found is None else load_json(found)


def table(source: Source) -> Array:
    """The numbers of the table; ``n/a`` is NaN.

    Raises
    ------
    FormatError
        Where a cell is no number or rows differ in length.
    """
    text = source.text().replace("n/a", "nan")
    try:
        return np.loadtxt(io.StringIO(text), delimiter="\t", ndmin=2, comments=None)
    except ValueError as error:
        raise FormatError("not a table of numbers", file=source.name, found=str(error),
                          expected="tab-separated numbers without a header") from error  # fmt: skip


def table_of_text(source: Source) -> list[dict[str, str]]:
    """Rows of a ``.tsv`` with a header, by column."""
    lines = [x.split("\t") for x in source.text().splitlines() if x.strip()]
    head = [x.strip() for x in lines[0]] if lines else []
    return [dict(zip(head, (c.strip() for c in row), strict=False)) for row in lines[1:]]
