"""Events from inertial sensors against hand-checked, motion-capture and insole events.

``python -m gaitsmith.studies.events_imu --data FOLDER`` prints every figure; FOLDER holds the
sets ``voisard2023``, ``truong2019``, ``hugadb``, ``walking_dataset``, ``gaitmap_example`` and
``mobgap_example`` (those that are absent are left out, and said so).

What was tuned on whom. The shapes of the detectors and their levels (round numbers) were chosen
while looking at the 12 people of ``voisard2023``. To show what that is worth, the levels, the
low-pass and a constant offset are also chosen for each person from the other 11 alone
(``leave one person out``). ``truong2019``, ``gaitmap_example``, ``mobgap_example`` and ``hugadb``
had no part in the choice for the foot, but for the sign of its axis; the shank's levels were
chosen on ``hugadb``, those of the back on ``voisard2023`` and ``mobgap_example``.

Straight walking in ``voisard2023`` is the trial within its bounds without the marked U-turn.
"""

from __future__ import annotations

import argparse
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gaitsmith import formats
from gaitsmith.errors import GaitsmithError
from gaitsmith.events import Events, Kind
from gaitsmith.gait.events import foot_imu, low_back, shank_imu
from gaitsmith.recording import Recording
from gaitsmith.studies.tally import SIDES, Tally, bootstrap, count, count_turns, pooled

__all__ = ["format", "main", "run"]

Span = tuple[float, float]
Tallies = dict[str, dict[str, Tally]]
KINDS: tuple[Kind, Kind] = ("strike", "off")

#: Trials whose left and right foot sensors (with their labels) are exchanged: the sideways turn
#: of each foot is the mirror image of that in the person's other trials (r = -0.8 with its own
#: foot, +0.85 with the other). Their sides are not used for the back.
EXCHANGED = ("4-1", "4-2")

_PATIENT = "example_datasets/multiple_sclerosis/M0_edss_6_lb.txt"

# What is chosen from in the leave-one-person-out figures.
_CUTOFFS = (8.0, 12.0, 20.0)
_LEVELS = (0.3, 0.45, 0.6, 0.75)


def run(data: Path) -> dict[str, Any]:
    """Every figure of the study, as plain types.

    Parameters
    ----------
    data
        The folder of sets.

    Raises
    ------
    GaitsmithError
        Where none of the sets is there.
    """
    parts: dict[str, Callable[[Path], dict[str, Any]]] = {
        "voisard2023": _voisard, "truong2019": _truong, "gaitmap_example": _gaitmap,
        "mobgap_example": _mobgap, "hugadb": _hugadb, "walking_dataset": _walking_dataset,
    }  # fmt: skip
    there = [name for name in parts if (data / name).is_dir()]
    if not there:
        raise GaitsmithError("none of the study's data is here", file=data,
                             expected=f"folders {', '.join(parts)}")  # fmt: skip
    out: dict[str, Any] = {name: parts[name](data / name) for name in there}
    out["absent"] = [name for name in parts if name not in there]
    return out


# --- summaries ----------------------------------------------------------------------------------


def _summary(rows: Sequence[tuple[str, str, Tally]]) -> dict[str, Any]:
    """Rows of (person, trial, tally) as pooled figures with intervals, by person and by trial."""
    names = dict.fromkeys(person for person, _, _ in rows)
    people = {p: pooled(t for q, _, t in rows if q == p) for p in names}
    out = pooled(t for _, _, t in rows).to_dict()
    if len(people) > 1:
        out["interval_over_people"] = bootstrap(people)
    out["people"] = {p: t.to_dict() for p, t in people.items()}
    out["trials"] = [{"person": p, "trial": n, **t.to_dict()} for p, n, t in rows]
    return out


def _unpacked(*archives: Path) -> Iterator[Path]:
    """One folder with the content of the archives, gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        for archive in archives:
            if archive.suffix == ".zip":
                with zipfile.ZipFile(archive) as z:
                    z.extractall(folder)
            else:
                with tarfile.open(archive) as t:
                    t.extractall(folder, filter="data")
        yield Path(folder)


# --- hand-checked events ------------------------------------------------------------------------


def _voisard(folder: Path) -> dict[str, Any]:
    trials = []
    for place in _unpacked(*sorted(folder.glob("voisard2023_dev*.zip")),
                           *sorted(folder.glob("voisard2023_dev*.tar.xz"))):  # fmt: skip
        names = sorted((p.stem for p in place.rglob("*-*.json")), key=_by_number)
        for name in names:
            base = next(place.rglob(f"{name}.json")).parent / name
            files = [f"{base}{end}" for end in (".json", "_lf.txt", "_rf.txt", "_lb.txt")]
            trials.append(formats.read(*files).replace(name=name))
    out: dict[str, Any] = {"trials": len(trials)}
    found = {r.name: foot_imu.detect(r) for r in trials}
    feet_only = {r.name: foot_imu.detect(r.without("imu_lower_back")) for r in trials}
    back = {r.name: low_back.detect(r) for r in trials}
    for kind in KINDS:
        out[f"feet {kind}"] = _summary([
            (_person(r), r.name, count(found[r.name], r.events, kind, 0.05, _straight(r)))
            for r in trials
        ])  # fmt: skip
        out[f"feet {kind}, turns too"] = _summary([
            (_person(r), r.name, count(found[r.name], r.events, kind, 0.05, [_bounds(r)]))
            for r in trials
        ])  # fmt: skip
        out[f"back {kind}, within 100 ms"] = _summary([
            (_person(r), r.name,
             count(back[r.name], r.events, kind, 0.1, _straight(r), sides=False))
            for r in trials
        ])  # fmt: skip
    for name, events in (("back", found), ("feet", feet_only)):
        out[f"turns by the {name}"] = _summary(
            [(_person(r), r.name, count_turns(events[r.name], r.events, _bounds(r)))
             for r in trials]
        )  # fmt: skip
    out["back, right side of the strikes found"] = _side_share(
        [(back[r.name], r.events, _straight(r)) for r in trials if r.name not in EXCHANGED]
    )
    patient = folder / "voisard2023_dev.zip"
    r = formats.read(f"{patient}!{_PATIENT}")
    slow = low_back.detect(r)
    for kind in KINDS:
        tally = count(slow, r.events, kind, 0.1, sides=False)
        out[f"back {kind}, one slow patient, automatic labels, within 100 ms"] = tally.to_dict()
    out["leave one person out"] = _left_out(trials)
    return out


def _by_number(name: str) -> tuple[int, ...]:
    return tuple(int(x) for x in name.split("-"))


def _person(r: Recording) -> str:
    return r.name.split("-", maxsplit=1)[0]


def _bounds(r: Recording) -> Span:
    return r.events.where(kind="start")[0].time, r.events.where(kind="stop")[0].time


def _straight(r: Recording) -> list[Span]:
    first, last = _bounds(r)
    spans, at = [], first
    for turn in r.events.where(kind="turn"):
        spans.append((at, turn.time))
        at = turn.time + turn.duration
    return [*spans, (at, last)]


def _side_share(rows: Sequence[tuple[Events, Events, Sequence[Span] | None]]) -> float:
    """Share of the strikes matched regardless of side that have the reference's side."""
    right = sum(len(count(a, b, "strike", 0.1, s).errors_s) for a, b, s in rows)
    all_ = sum(len(count(a, b, "strike", 0.1, s, sides=False).errors_s) for a, b, s in rows)
    return right / all_ if all_ else float("nan")


def _left_out(trials: Sequence[Recording]) -> dict[str, Any]:
    """Figures of each person with low-pass, level and offset chosen from the other people."""
    found = {
        (cutoff, level): {
            r.name: foot_imu.detect(r.without("imu_lower_back"), cutoff_hz=cutoff,
                                    off_level=level, strike_level=level)
            for r in trials
        }
        for cutoff in _CUTOFFS for level in _LEVELS
    }  # fmt: skip
    people = list(dict.fromkeys(_person(r) for r in trials))
    out: dict[str, Any] = {}
    for kind in KINDS:
        plain = {
            key: {r.name: count(events[r.name], r.events, kind, 0.1, _straight(r)) for r in trials}
            for key, events in found.items()
        }
        rows, chosen = [], {}
        for person in people:
            others = [r for r in trials if _person(r) != person]
            best, offset, score = (0.0, 0.0), 0.0, -1.0
            for key, tallies in plain.items():
                errors = np.array([e for r in others for e in tallies[r.name].errors_s])
                middle = float(np.median(errors))
                # Share of all events within 25 ms: asks for many events and near ones.
                near = int(np.sum(np.abs(errors - middle) <= 0.025))
                total = pooled(tallies[r.name] for r in others)
                size = 2 * len(total.errors_s) + total.missed + total.spurious
                if 2 * near / size > score:
                    best, offset, score = key, middle, 2 * near / size
            chosen[person] = {"cutoff_hz": best[0], "level": best[1], "offset_ms": 1e3 * offset}
            rows += [
                (person, r.name, count(found[best][r.name], r.events, kind, 0.05, _straight(r),
                                       offset_s=offset))
                for r in trials if _person(r) == person
            ]  # fmt: skip
        out[kind] = {**_summary(rows), "chosen": chosen}
    return out


# --- other people, other devices ----------------------------------------------------------------


def _truong(folder: Path) -> dict[str, Any]:
    """Swings against hand-marked foot movements (heel-off to foot-flat), by group."""
    rows: dict[str, list[tuple[str, str, Tally]]] = {}
    for place in _unpacked(*sorted(folder.glob("*_dev.zip")), *sorted(folder.glob("*.tar.xz"))):
        files = {p.stem: p for p in place.rglob("*-*.csv")}
        files.pop("80-7", None)  # the same bytes as 80-4, marked twice
        for name in sorted(files, key=_by_number):
            r = formats.read(files[name], files[name].with_suffix(".json"))
            attrs = r["imu"].attrs
            events = foot_imu.detect(r)
            parts = [_within(events, attrs["foot_movement_s"][s], s) for s in ("left", "right")]
            group = f"{attrs['group']}, {attrs['sensor']}"
            rows.setdefault(group, []).append((name.split("-")[0], name, pooled(parts)))
    every = [row for part in rows.values() for row in part]
    return {"swings in movements": _summary(every),
            **{f"swings in movements, {g}": _summary(rows[g]) for g in sorted(rows)}}  # fmt: skip


def _within(events: Events, marked: Sequence[Sequence[float]], side: Any) -> Tally:
    """A movement is found where exactly one strike falls in it; errors are to its end."""
    strikes = events.times("strike", side)
    errors, used = [], 0
    for a, b in marked:
        inside = strikes[(strikes >= a) & (strikes <= b)]
        used += len(inside)
        if len(inside) == 1:
            errors.append(float(inside[0] - b))
    return Tally(tuple(errors), len(marked) - len(errors), max(0, len(strikes) - len(errors)))


def _gaitmap(folder: Path) -> dict[str, Any]:
    r = formats.read(f"{folder / 'gaitmap_example_dev.zip'}!example_data/imu_sample.csv",
                       folder / "stride_events_sample.csv")  # fmt: skip
    events = foot_imu.detect(r)
    out: dict[str, Any] = {}
    for kind in KINDS:
        # The first and last steps of each walk are in no labelled stride.
        spans = _labelled(r.events)
        out[f"feet {kind}"] = _summary([("1", r.name, count(events, r.events, kind, 0.05, spans))])
    return out


def _labelled(reference: Events) -> list[Span]:
    """Stretches of labelled events without a hole of 1.5 s."""
    times = np.sort(np.concatenate([reference.times(k) for k in KINDS]))
    parts = np.split(times, np.flatnonzero(np.diff(times) > 1.5) + 1)
    return [(float(p[0]), float(p[-1])) for p in parts if len(p)]


def _mobgap(folder: Path) -> dict[str, Any]:
    base = f"{folder / 'mobgap_example_dev.zip'}!example_data/data/lab/HA/001/data.mat!"
    out: dict[str, Any] = {}
    for trial in ("Test5/Trial1", "Test5/Trial2", "Test11/Trial1"):
        r = formats.read(base + trial)
        events = low_back.detect(r)
        for system in ("INDIP", "Stereophoto"):
            reference = r.events.where(source=system)
            starts, stops = reference.times("start"), reference.times("stop")
            spans = [(a - 0.05, b + 0.05) for a, b in zip(starts, stops, strict=True)]
            name = f"{system}, {trial}"
            for kind in KINDS:
                tally = count(events, reference, kind, 0.1, spans, sides=False)
                out[f"{name} back {kind}, within 100 ms"] = tally.to_dict()
            out[f"{name}, right side of the strikes found"] = _side_share(
                [(events, reference, spans)]
            )
    return out


def _hugadb(folder: Path) -> dict[str, Any]:
    rows: dict[Kind, list[tuple[str, str, Tally]]] = {"strike": [], "off": []}
    for place in _unpacked(folder / "hugadb_dev.zip"):
        for file in sorted(place.rglob("HuGaDB*.txt")):
            r = formats.read(file)
            shank, foot = shank_imu.detect(r), foot_imu.detect(r)
            person = file.stem.split("_")[3]
            for kind in KINDS:
                rows[kind].append((person, file.stem, count(shank, foot, kind, 0.1)))
    return {f"shank against foot, {k}, within 100 ms": _summary(v) for k, v in rows.items()}


def _walking_dataset(folder: Path) -> dict[str, Any]:
    rows: dict[str, list[tuple[str, str, Tally]]] = {}
    for place in _unpacked(folder / "walking_dataset_dev.zip"):
        for file in sorted(place.rglob("*.xlsx")):
            r = formats.read(file)
            shank, foot = shank_imu.detect(r), foot_imu.detect(r)
            insole = _insole(r)
            pairs = {"shank against foot": (shank, foot), "foot against insole": (foot, insole),
                     "shank against insole": (shank, insole)}  # fmt: skip
            for kind in KINDS:
                for name, (a, b) in pairs.items():
                    row = (file.stem, file.stem, count(a, b, kind, 0.1))
                    rows.setdefault(f"{name}, {kind}, within 100 ms", []).append(row)
    return {name: _summary(part) for name, part in rows.items()}


def _insole(r: Recording) -> Events:
    """Heel loaded and toe unloaded: 20 % of the range from the 5th to the 95th percentile."""
    out = Events()
    for side in SIDES:
        stream = r[f"pressure_foot_{side[0]}"]
        cells: tuple[tuple[str, Kind, float], ...] = (("heel", "strike", 1.0), ("toe", "off", -1.0))
        for cell, kind, sign in cells:
            load = stream[f"{cell}_{side[0]}"]
            low, high = np.nanpercentile(load, [5, 95])
            over = sign * (load - low - 0.2 * (high - low)) >= 0
            times = stream.times[1:][over[1:] & ~over[:-1]]
            out = out + Events.of(times.tolist(), side, kind, "insole")
    return out


# --- words --------------------------------------------------------------------------------------


def format(result: dict[str, Any]) -> str:
    """The figures as a text for people."""
    lines = ["Events from inertial sensors", ""]
    for name, part in result.items():
        if name == "absent":
            continue
        lines.append(f"{name}")
        for key, value in part.items():
            if key == "leave one person out":
                for kind, row in value.items():
                    lines.append(_line(f"{kind}, {key}", row))
                    chosen = sorted({tuple(c.values())[:2] for c in row["chosen"].values()})
                    offsets = [c["offset_ms"] for c in row["chosen"].values()]
                    lines.append(f"    chosen (Hz, level): {', '.join(map(str, chosen))}; offsets "
                                 f"{min(offsets):.1f} to {max(offsets):.1f} ms")  # fmt: skip
            elif isinstance(value, dict):
                lines.append(_line(key, value))
                if name == "voisard2023" and key in ("feet strike", "feet off"):
                    lines += [_line(f"  person {p}", row) for p, row in value["people"].items()]
            else:
                lines.append(f"  {key}: {value:.3f}" if isinstance(value, float)
                             else f"  {key}: {value}")  # fmt: skip
        lines.append("")
    if result.get("absent"):
        lines.append(f"not here, left out: {', '.join(result['absent'])}")
    return "\n".join(lines)


def _line(name: str, row: dict[str, Any]) -> str:
    text = (
        f"  {name}: F1 {row['f1']:.4f} ({row['matched']} found, {row['missed']} missed, "
        f"{row['spurious']} spurious), median {row['median_abs_ms']:.1f} ms, "
        f"bias {row['bias_ms']:+.1f} ms"
    )
    if "interval_over_people" in row:
        low, high = row["interval_over_people"]["f1"]
        a, b = row["interval_over_people"]["median_abs_ms"]
        text += f"; 95 % over people: F1 {low:.3f} to {high:.3f}, median {a:.1f} to {b:.1f} ms"
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: prints the text, or with ``--json`` everything."""
    import json
    import sys

    from gaitsmith.sections import plain

    parser = argparse.ArgumentParser(prog="python -m gaitsmith.studies.events_imu",
                                     description=(__doc__ or "").splitlines()[0])  # fmt: skip
    parser.add_argument("--data", type=Path, required=True, help="the folder of data sets")
    parser.add_argument("--json", action="store_true", help="every row, as JSON")
    chosen = parser.parse_args(arguments)
    try:
        result = run(chosen.data)
    except GaitsmithError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write((json.dumps(plain(result)) if chosen.json else format(result)) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
