"""How well events and speeds are found: the figures behind what is claimed, by one command.

``gaitsmith benchmark events`` (or ``python -m gaitsmith.studies.events --data DIR [--json FILE]``)
runs each part and prints a row a recording and a summary a set. Sets whose licence allows
measuring only are printed, never written down.

A part is a :class:`Part`: a name, a title, and a function from the folder of data to a
:class:`Result`. The part on inertial sensors stands in ``events_imu.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gaitsmith.errors import GaitsmithError, check_in
from gaitsmith.events import Event, Events, Kind
from gaitsmith.gait.blur import blur
from gaitsmith.gait.contacts import contacts
from gaitsmith.gait.events import Agreement, agreement, detector
from gaitsmith.gait.frame import progression
from gaitsmith.recording import Recording
from gaitsmith.signals import lowpass
from gaitsmith.studies import belt, events_imu, walks
from gaitsmith.studies.command import command
from gaitsmith.studies.events_page import KNOWN, cell

__all__ = ["Part", "Result", "agreement_row", "format", "main", "parts", "run"]

_KINDS: tuple[Kind, Kind] = ("strike", "off")
# Kinematic events are asked this far (s) inside the points: nearer the end no filter knows them.
_INSIDE_S = 0.12
_IMU = "imu"
# Parts with misses that are known to be out of reach (`events_page.KNOWN`).
_MISSED = ("plates", "speed", "belt")
# An event of a file belongs to a plate's contact within this (s).
_NEAR_S = 0.1
# Forces sampled at least this fast (Hz) can be filtered for the experiment, with these cutoffs (Hz).
_RAW_HZ = 500.0
_CUTOFFS_HZ = (5.0, 6.0, 8.0, 10.0, 15.0, 20.0)


@dataclass
class Result:
    """What a part found: rows of plain values (the same keys in each), and words below them."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    summary: list[dict[str, Any]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """One comparison; `asked` says what the project asks of it."""

    name: str
    title: str
    asked: str
    run: Callable[[Path], Result]


def parts() -> tuple[Part, ...]:
    """The parts measured here, in the order they are printed (IMU follow from their own module)."""
    return (
        Part("plates", "Events from force plates against the files' own events",
             "every event found, at most 2 frames off", _plates),
        Part("filtered", "Events from plates whose forces were low-passed, against those of the same raw forces",
             "an experiment: what the plate detector takes off filtered forces", _filtered),
        Part("kinematic", "Events from heels and toes against force plates",
             "median absolute error at most 15 ms (strikes), 20 ms (offs)", _kinematic),
        Part("hip", "Events from joint angles against force plates", "bias stated", _hip),
        Part("speed", "Speed and treadmill from the standing foot",
             "treadmill speed within 0.03 m/s", _speed),
        Part("belt", "Other points of the foot for the belt's speed (difference from the README, m/s)",
             "an experiment: none is better on all recordings", _belt),
    )  # fmt: skip


def run(data: Path, only: Iterable[str] | None = None) -> dict[str, Any]:
    """Every part (or those named) on the recordings below `data`, as plain values.

    The figures of the part ``imu`` are those of ``events_imu.run``.

    Raises
    ------
    GaitsmithError
        Where the folder is absent, or a part's name is unknown.
    """
    if not data.is_dir():
        raise GaitsmithError("the folder of recordings is absent", file=data,
                             remedy="name it with --data")  # fmt: skip
    own = {part.name: part for part in parts()}
    names = (*own, _IMU)
    chosen = names if only is None else [check_in("part", n, names) for n in only]
    out: dict[str, Any] = {}
    for name in chosen:
        if name == _IMU:
            out[name] = events_imu.run(data)
            continue
        result = own[name].run(data)
        out[name] = {"title": own[name].title, "asked": own[name].asked, "rows": result.rows,
                     "summary": result.summary, "words": result.words}  # fmt: skip
    return out


def agreement_row(found: Agreement) -> dict[str, Any]:
    """Numbers of an agreement for one row: per kind matched, missed, and errors in ms."""
    row: dict[str, Any] = {}
    for kind in _KINDS:
        r = found.of(kind)
        row[f"{kind}s"] = r.matched
        row[f"{kind} missed"] = r.missed
        for name, value in (("median", r.median_abs_s), ("bias", r.bias_s), ("p90", r.p90_abs_s)):
            row[f"{kind} {name} ms"] = _number(1e3 * value, 1)
    return row


def _number(value: float, digits: int) -> float | None:
    return round(value, digits) if math.isfinite(value) else None


def _pooled(by_set: dict[str, list[Agreement]]) -> list[dict[str, Any]]:
    """A summary row a set, with the bias that is left when the other sets' is taken out."""
    pooled = {name: Agreement.pooled(found) for name, found in by_set.items()}
    rows = []
    for name, found in pooled.items():
        row = {"set": name, **agreement_row(found)}
        for kind in _KINDS:
            others = [p.of(kind).bias_s for n, p in pooled.items() if n != name]
            others = [b for b in others if math.isfinite(b)]
            left = found.of(kind).bias_s - float(np.median(others)) if others else math.nan
            row[f"{kind} bias left out ms"] = _number(1e3 * left, 1)
        rows.append(row)
    if len(pooled) > 1:
        rows.append({"set": "all", **agreement_row(Agreement.pooled(pooled.values()))})
    return rows


_ZERO = " (file's zero)"


# --- force plates against the files' events ----------------------------------------------------


def _plates(data: Path) -> Result:
    result = Result(words=["'on plates' counts the file's events near the beginning or end of a "
                           "contact; 'left out' those of contacts that are no whole stance of one "
                           "foot. Frames are those of the points. A file whose own program "
                           "took events from plates without zeroing them stands twice; the second "
                           "row, with that program's zero and 20 N, counts in the summary."])  # fmt: skip
    for walk in walks.with_file_events(data):
        recording = walk.read(data)
        if not len(recording.events) or recording.forces is None:
            continue
        result.rows.append(_plate_row(walk, recording, "", {}))
        if "plate" in " ".join(recording.events.sources):
            # That file's own program counts from the plates' uncorrected zero.
            result.rows.append(_plate_row(walk, recording, _ZERO, {"zeroed": False, "low_n": 20.0}))
    # Like is compared with like: a file's zero where the file's events count from it.
    best = {str(r["file"]).removesuffix(_ZERO): r for r in result.rows}.values()
    frames = [r["worst frames"] for r in best if r["worst frames"] is not None]
    result.summary = [{
        "events on plates": sum(r["on plates"] for r in best),
        "found": sum(r["found"] for r in best),
        "left out": sum(r["left out"] for r in best),
        "within 2 frames": sum(r["within 2 frames"] for r in best),
        "worst frames": max(frames, default=None),
    }]  # fmt: skip
    return result


def _plate_row(
    walk: walks.Walk, recording: Recording, label: str, options: dict[str, Any]
) -> dict[str, Any]:
    points = recording.points
    assert points is not None
    rate = points.nominal_rate
    found = contacts(recording, **options)
    own = [e for e in recording.events if e.kind in _KINDS]
    edges: list[Event] = []
    for c in found.contacts:
        if c.side is not None and not c.from_start:
            edges.append(Event(c.strike_s, c.side, "strike"))
        if c.side is not None and not c.to_end:
            edges.append(Event(c.off_s, c.side, "off"))
    on_plates = [e for e in own if any(_near(e, x) for x in edges)]
    plate = detector("plate").detect(recording, **options)
    got = agreement(plate, Events(on_plates), _NEAR_S)
    errors = np.array([e for r in got for e in r.errors_s])
    # Events of a file lie on frames, so the plate's is put on one too.
    whole = np.array([abs(round(p.time * rate) - round(e.time * rate)) for p in plate for e in own
                      if _near(p, e)])  # fmt: skip
    return {
        "file": walk.name + label,
        "on plates": len(on_plates),
        "found": int(sum(r.matched for r in got)),
        "left out": int(sum(r.missed for r in got)),
        "within 2 frames": int((whole <= 2).sum()),
        "worst frames": int(whole.max()) if len(whole) else None,
        "median ms": _number(1e3 * float(np.median(np.abs(errors))), 1) if len(errors) else None,
        "bias ms": _number(1e3 * float(np.median(errors)), 1) if len(errors) else None,
        "write down": walk.derived,
    }


def _near(a: Event, b: Event) -> bool:
    return a.kind == b.kind and a.side == b.side and abs(a.time - b.time) <= _NEAR_S


def _filtered(data: Path) -> Result:
    """Raw forces, low-passed as laboratories do it, and how far their events move."""
    result = Result(words=["'plain' are the times at which the filtered forces pass the levels, 'taken off' those "
                           "that the plate detector gives (gaitsmith/gait/blur.py)."])  # fmt: skip
    errors: dict[float, dict[str, list[float]]] = {}
    for walk in walks.with_plates(data):
        if walk.derived != "yes":
            continue  # what is taken off was learnt from these figures
        recording = walk.read(data)
        name, stream = next(iter(recording.of_kind("forces").items()), ("", None))
        if stream is None or stream.rate is None or stream.rate < _RAW_HZ:
            continue
        vertical = stream.data[:, :, 1]
        if blur(stream.times, vertical, []) is not None:
            continue
        raw = detector("plate").detect(recording)
        for cutoff in _CUTOFFS_HZ:
            smooth = stream.data.copy()
            smooth[:, :, 1] = lowpass(np.nan_to_num(vertical), stream.rate, cutoff)
            other = recording.with_stream(stream.replace(data=smooth), name)
            found = contacts(other)
            told = errors.setdefault(cutoff, {})
            for way, edges in (
                ("plain", [(c.side, c.start_s, c.end_s) for c in found.good]),
                ("taken off", [(c.side, c.strike_s, c.off_s) for c in found.good]),
            ):
                for side, strike, off in edges:
                    for kind, time in (("strike", strike), ("off", off)):
                        near = raw.times(kind, side) - time
                        near = near[np.abs(near) < _NEAR_S]
                        told.setdefault(f"{kind} {way}", []).extend((-near[:1]).tolist())
    for cutoff, told in errors.items():
        row: dict[str, Any] = {"cutoff Hz": cutoff, "strikes": len(told["strike plain"])}
        for name, values in told.items():
            row[f"{name} bias ms"] = _number(1e3 * float(np.median(values)), 1)
        for kind in _KINDS:
            off_by = np.abs(told[f"{kind} taken off"])
            row[f"{kind} taken off median ms"] = _number(1e3 * float(np.median(off_by)), 1)
        result.rows.append(row)
    return result


# --- other detectors against force plates ------------------------------------------------------


def _against_plates(data: Path, method: str, kind_of_stream: str) -> Result:
    result = Result()
    by_set: dict[str, list[Agreement]] = {}
    drawn = walks.drawn_with_plates(data) if kind_of_stream == "points" else []
    for walk in [*walks.with_plates(data), *drawn]:
        recording = walk.read(data)
        stream = recording.points if kind_of_stream == "points" else recording.angles
        if stream is None or detector(method).missing(recording) is not None:
            continue
        if detector("plate").missing(recording) is not None:
            continue
        seen = stream.data.reshape(len(stream), -1)
        there = stream.times[np.isfinite(seen).any(axis=1)]
        span = (float(there[0]) + _INSIDE_S, float(there[-1]) - _INSIDE_S)
        reference = detector("plate").detect(recording).where(between=span)
        got = agreement(detector(method).detect(recording), reference)
        by_set.setdefault(walk.set, []).append(got)
        result.rows.append({"set": walk.set, "file": walk.name, **agreement_row(got),
                            "write down": walk.derived})  # fmt: skip
    result.summary = _pooled(by_set)
    return result


def _kinematic(data: Path) -> Result:
    result = _against_plates(data, "kinematic", "points")
    result.words = [
        "Positive: later than the plate. 'bias left out' is the set's bias less the median bias of "
        "all other sets: what a constant learnt without this set would leave. The choices within "
        "the detector were made on these same sets. 'Drawn': the points are those of the person's model, "
        "moved by joint angles.",
    ]
    return result


def _hip(data: Path) -> Result:
    result = _against_plates(data, "hip", "angles")
    result.words = ["The shares of a stride within the detector were measured on these same sets."]
    return result


# --- speed -------------------------------------------------------------------------------------


def _speed(data: Path) -> Result:
    result = Result(words=[
        "Overground the README's speed is net displacement by time. ± is the band (two SD) that a report "
        "shows where the feet are those of a body drawn from joint angles; 0: the feet were measured.",
    ])  # fmt: skip
    for walk in walks.with_speed(data):
        way = progression(walk.read(data))
        found = way.belt_speed if way.belt_speed is not None else way.speed
        assert walk.speed is not None
        x, _, z = way.direction
        result.rows.append({
            "set": walk.set, "file": walk.name, "ground": way.mode, "README m/s": walk.speed,
            "found m/s": round(found, 3), "difference m/s": round(found - walk.speed, 3),
            "within 0.03": abs(found - walk.speed) <= 0.03, "± m/s": round(way.within, 3), "direction x, z": f"{x:+.2f} {z:+.2f}",
            "write down": walk.derived,
        })  # fmt: skip
    belts = [r for r in result.rows if r["ground"] == "treadmill"]
    result.summary = [{
        "treadmills": len(belts),
        "within 0.03": sum(bool(r["within 0.03"]) for r in belts),
        "overground": len(result.rows) - len(belts),
        "overground within 0.03": sum(bool(r["within 0.03"]) for r in result.rows
                                      if r["ground"] == "overground"),
    }]  # fmt: skip
    return result


def _belt(data: Path) -> Result:
    rows = belt.rows(data)
    ways = ("in use", *belt.WAYS)
    summary = [{"way": w, "recordings": len(rows),
                "within 0.03": sum(abs(r[w]) <= 0.03 for r in rows),
                "worst m/s": max((abs(r[w]) for r in rows), default=math.nan)} for w in ways]  # fmt: skip
    return Result(rows, summary)


# --- printing ----------------------------------------------------------------------------------


def format(result: dict[str, Any]) -> str:
    """The result of :func:`run` as text: tables, with what was asked above each."""
    out = []
    parted = [part for name, part in result.items() if name != _IMU]
    for part in parted:
        out += [part["title"], "=" * len(part["title"]), f"asked: {part['asked']}", ""]
        for rows in (part["rows"], part["summary"]):
            if rows:
                out += [*_table(rows), ""]
        if not part["rows"]:
            out += ["(none of its recordings are in this folder)", ""]
        out += [*part["words"], ""]
    if _IMU in result:
        out += [events_imu.format(result[_IMU]), ""]
    if any(result[name]["rows"] for name in _MISSED if name in result):
        out += [KNOWN.replace("**", ""), ""]
    if any(r.get("write down") == "no" for p in parted for r in p["rows"]):
        out.append("Rows with 'write down: no' are of sets licensed for measuring only: printed "
                   "here, not to be copied into documents.")  # fmt: skip
    return "\n".join(out)


def _table(rows: Sequence[dict[str, Any]]) -> list[str]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[cell(row.get(n)) for n in names] for row in rows]
    widths = [max(len(n), *(len(c[i]) for c in cells)) for i, n in enumerate(names)]
    left = [all(not isinstance(row.get(n), (int, float)) for row in rows) for n in names]
    lines = [names, ["-" * w for w in widths], *cells]
    return [
        "  ".join(
            c.ljust(w) if flush else c.rjust(w)
            for c, w, flush in zip(line, widths, left, strict=True)
        ).rstrip()
        for line in lines
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of this module; returns the exit code."""
    return command(__doc__, run, format, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
