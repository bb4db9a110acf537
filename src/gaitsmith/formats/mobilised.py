"""MATLAB files of the Mobilise-D layout: body-worn sensors and reference systems by trial.

``data.<TimeMeasure>.<Test>.<Trial>.SU.LowerBack.{Acc, Gyr, Mag, Timestamp, Fs}`` with acceleration
in g and angular rate in deg/s, and ``Standards.<system>.MicroWB`` with contacts in seconds from the
start of the recording (Mobilise-D technical validation, Salis et al. 2023; Palmerini et al., Sci
Data 10, 38 (2023)). One trial is one recording; ``data.mat!Test5/Trial1`` names it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import did_you_mean
from gaitsmith.events import Event, Events
from gaitsmith.formats.base import Hints, Source, uniform_clock
from gaitsmith.formats.columns import sensor_label
from gaitsmith.formats.imu_build import imu_stream
from gaitsmith.formats.mat5 import check
from gaitsmith.formats.sidecar import sibling
from gaitsmith.recording import Note, Recording, Stream, Subject

__all__ = ["NAME", "PARTS", "SUFFIXES", "read", "sniff", "trials"]

NAME = "MATLAB (Mobilise-D)"
SUFFIXES = (".mat",)
#: Trials can be named behind the file: ``data.mat!Test5/Trial1``.
PARTS = True

Array = npt.NDArray[np.float64]


def sniff(head: bytes, suffix: str) -> float:
    """A MATLAB 5 file by its first words; MATLAB 7.3 is HDF5 and met by its suffix."""
    if head.startswith(b"MATLAB 5.0 MAT-file"):
        return 0.9
    return 0.5 if suffix == ".mat" else 0.0


def read(source: Source, hints: Hints) -> Recording:
    """One trial: a stream a sensor, events of each reference system, the person's measures.

    Raises
    ------
    FormatError
        Where the file is damaged, of another layout, or has no such trial.
    """
    found = dict(trials(_loaded(source)))
    if not found:
        raise source.wrong("the file has no trial of the Mobilise-D layout",
                           expected="data.<TimeMeasure>.<Test>.<Trial>.SU.LowerBack.Acc",
                           remedy="write what the file holds as a table, a column a channel (.csv, .parquet)")  # fmt: skip
    name = _chosen(source, list(found))
    notes: list[Note] = []
    if source.part is None and len(found) > 1:
        others = ", ".join(n for n in found if n != name)
        notes.append(
            Note("warning", "trial", f"the file holds {len(found)} trials; {name} was read, the "
                 f"first. Name another behind the file: {source.stem}.mat!{list(found)[-1]} "
                 f"(others: {others})")
        )  # fmt: skip
    trial = found[name]
    streams: dict[str, Stream] = {}
    for label, unit in _sensors(trial):
        stream, said = _stream(label, unit, hints, source)
        streams["imu" if not streams else f"imu_{stream.labels[0]}"] = stream
        notes += said
    if not streams:
        raise source.wrong("the trial has no sensor", name, expected="SU.LowerBack.Acc")
    events = Events(
        e for system, bouts in _references(trial) for e in _events(system, bouts, source)
    )
    if len(events.sources) > 1:
        notes.append(
            Note("warning", "events", f"the file has {len(events.sources)} references for the same "
                 f"steps: {', '.join(events.sources)}; choose one by its source")
        )  # fmt: skip
    recording = Recording(_person(source, name), streams, events, tuple(notes))
    return recording.replace(name=name.replace("/", " "))


def _loaded(source: Source) -> dict[str, Any]:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    if source.data[:4] == b"\x89HDF" or b"MATLAB 7.3" in source.data[:64]:
        raise source.wrong("a MATLAB 7.3 file (HDF5) is not read",
                           remedy="save it with save(name, 'data', '-v7')")  # fmt: skip
    try:
        # Damaged files make the parser fail in many ways; each means the same to the user.
        check(source.data)  # some would end the process inside the reader
        handle: Any = io.BytesIO(source.data)
        loaded: dict[str, Any] = loadmat(handle, simplify_cells=True)
    except (MatReadError, ValueError, TypeError, KeyError, IndexError, OSError, EOFError,
            NotImplementedError, AttributeError, UnicodeError, OverflowError, MemoryError,
            AssertionError, RecursionError, SystemError) as error:  # fmt: skip
        raise source.wrong("the MATLAB file cannot be read", found=f"{type(error).__name__}: {error}",
                           remedy="save it again with save(name, 'data', '-v7')") from error  # fmt: skip
    except Exception as error:
        # zlib.error and numpy's own errors have no common base below Exception.
        raise source.wrong("the MATLAB file is damaged", found=str(error)) from error
    return loaded


def trials(data: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """``TimeMeasure1/Test5/Trial1`` and its content, in the file's order."""
    for key, value in data.items():
        if key.startswith("__") or not isinstance(value, dict):
            continue
        here = f"{path}/{key}" if path else key
        if any(isinstance(value.get(k), dict) for k in ("SU", "SU_INDIP")):
            yield here.removeprefix("data/"), value
        else:
            yield from trials(value, here)


def _chosen(source: Source, names: list[str]) -> str:
    if source.part is None:
        return names[0]
    wanted = source.part.replace(".", "/").strip("/")
    like = [n for n in names if n == wanted or n.endswith("/" + wanted)]
    if len(like) != 1:
        raise source.wrong(
            "no such trial" if not like else "more than one trial is called so", found=source.part,
            expected=f"one of {', '.join(names)}", remedy=did_you_mean(source.part, names) or None,
        )  # fmt: skip
    return like[0]


def _sensors(trial: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for system in ("SU", "SU_INDIP"):
        part = trial.get(system)
        for name, unit in part.items() if isinstance(part, dict) else ():
            if isinstance(unit, dict) and "Acc" in unit:
                yield name, unit


def _block(unit: Mapping[str, Any], key: str, source: Source) -> Array | None:
    try:
        block = np.asarray(unit.get(key, ()), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise source.wrong("not numbers", f"field {key}", found=str(error)) from error
    if block.size == 0:
        return None
    if block.ndim != 2 or block.shape[1] != 3:
        raise source.wrong("not three columns", f"field {key}", found=f"shape {block.shape}")
    return block


def _stream(
    name: str, unit: dict[str, Any], hints: Hints, source: Source
) -> tuple[Stream, list[Note]]:
    label, _ = sensor_label(name, hints.placement, only=True)
    parts = {k: _block(unit, k, source) for k in ("Acc", "Gyr", "Mag")}
    acc, gyr, mag = parts["Acc"], parts["Gyr"], parts["Mag"]
    if acc is None:
        raise source.wrong("the sensor has no acceleration", name)
    gyr = gyr if gyr is not None else np.full(acc.shape, np.nan)
    notes: list[Note] = []
    if len(gyr) != len(acc):
        raise source.wrong("the sensor's signals have different lengths", name,
                           found=f"Acc {len(acc)}, Gyr {len(gyr)}")  # fmt: skip
    blocks = [acc, gyr]
    if mag is not None and len(mag) == len(acc):
        blocks.append(mag)
    elif mag is not None:
        notes.append(Note("warning", label, "the magnetic field has another length: left out"))
    clock, said, keep, attrs = _clock(unit, len(acc), hints, source, label)
    block = np.column_stack(blocks)
    stream, more = imu_stream(
        {label: block if keep is None else block[keep]}, hints, clock, attrs,
        acc_unit="g", gyr_unit="deg/s", file=source.name,
    )  # fmt: skip
    return stream, [*notes, *said, *more]


def _clock(
    unit: Mapping[str, Any], count: int, hints: Hints, source: Source, label: str
) -> tuple[dict[str, Any], list[Note], npt.NDArray[np.intp] | None, dict[str, Any]]:
    fs = unit.get("Fs")
    rate = fs.get("Acc") if isinstance(fs, dict) else fs
    rate = hints.rate_hz or (float(rate) if isinstance(rate, (int, float)) and rate > 0 else None)
    try:
        stamps = np.asarray(unit.get("Timestamp", ()), dtype=np.float64).ravel()
    except (TypeError, ValueError):
        stamps = np.zeros(0)
    attrs: dict[str, Any] = {}
    if len(stamps) != count or not np.isfinite(stamps).all():
        if rate is None:
            raise source.wrong("the sensor has neither a rate nor times", label,
                               remedy="give rate_hz")  # fmt: skip
        return {"rate": rate, "start": 0.0}, [], None, attrs
    attrs["clock_origin_s"] = float(stamps[0]) if count else 0.0
    # Unix times have a resolution of some 0.2 µs, and these are written to 0.1 ms at best.
    clock, notes, keep = uniform_clock(np.round(stamps - attrs["clock_origin_s"], 4), label)
    if "rate" in clock and rate is not None and abs(clock["rate"] / rate - 1) < 1e-3:
        clock["rate"] = rate
    return clock, notes, keep, attrs


def _references(trial: Mapping[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    standards = trial.get("Standards")
    for system, content in standards.items() if isinstance(standards, dict) else ():
        if not isinstance(content, dict):
            continue
        bouts = content.get("MicroWB", content.get("ContinuousWalkingPeriod", []))
        rows = bouts if isinstance(bouts, (list, np.ndarray)) else [bouts]
        yield system, [b for b in rows if isinstance(b, dict)]


def _events(system: str, bouts: list[dict[str, Any]], source: Source) -> Iterator[Event]:
    for bout in bouts:
        for kind, field in (("strike", "InitialContact"), ("off", "FinalContact")):
            times, sides = (
                np.atleast_1d(bout.get(f"{field}_{x}", [])) for x in ("Event", "LeftRight")
            )
            for time, side in zip(times, sides, strict=False):
                at, foot = _number(time), str(side).lower()
                if at is not None and foot in ("left", "right"):
                    yield Event(at, foot, kind, system)  # type: ignore[arg-type]
        start, end = _number(bout.get("Start")), _number(bout.get("End"))
        if start is not None and end is not None and end >= start:
            yield Event(start, None, "start", system)
            yield Event(end, None, "stop", system)
        turns = zip(
            *(np.atleast_1d(bout.get(f"Turn_{x}", [])) for x in ("Start", "End")), strict=False
        )
        for first, last in turns:
            a, b = _number(first), _number(last)
            if a is not None and b is not None and b >= a:
                yield Event(a, None, "turn", system, duration=b - a)


def _number(value: Any) -> float | None:
    if isinstance(value, (int, float, np.number)) and np.isfinite(value):
        return float(value)
    return None


def _person(source: Source, trial: str) -> Subject:
    """Height and mass from ``infoForAlgo.mat`` beside the file."""
    beside = sibling(source, "infoForAlgo.mat")
    if beside is None:
        return Subject()
    info = _loaded(beside).get("infoForAlgo")
    while isinstance(info, dict) and not {"Height", "Weight"} & set(info):
        named = info.get(trial.split("/", maxsplit=1)[0])
        info = named if isinstance(named, dict) else next(
            (v for v in info.values() if isinstance(v, dict)), None
        )  # fmt: skip
    if not isinstance(info, dict):
        return Subject()
    height, mass = _number(info.get("Height")), _number(info.get("Weight"))
    if height is not None and height > 3:
        height /= 100.0
    return Subject().given("infoForAlgo.mat", height=height, mass=mass)
