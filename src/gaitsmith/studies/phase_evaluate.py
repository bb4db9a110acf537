"""Frozen phase weights on every labelled set of a store: groups, devices, kinds of labels.

What each set's labels mean differs, and so does what can be said:

* ``voisard2023``: hand-checked off and strike (the bundled weights learnt from these people: the
  figures are no test, unless the store holds others of the set);
* ``truong2019``: hand-marked movement of the foot from heel-off to foot-flat; a step is found where
  a strike lies in it, doubled where more do, and outside where a strike lies in none; once by the
  marks as they are, once widened by 30 ms, which is what the same recording marked twice differs by;
* ``gaitmap_example``: contacts from motion capture;
* ``walking_dataset``: toe and heel pressure; for models of the shank and the thigh also the off-line
  detector on the foot sensors of the same person;
* ``hugadb``: the same detector on the foot sensors, for models of the shank and the thigh alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.errors import GaitsmithError, MissingInputError, check_in
from gaitsmith.gait.metrics.events import EventScore, match_times
from gaitsmith.models.phase.api import FootPhase, estimate_phase, follow
from gaitsmith.models.phase.model import PhaseModel
from gaitsmith.recording import Recording
from gaitsmith.studies.phase_data import Walk, digest, recordings, voisard2023
from gaitsmith.studies.phase_measures import Said, people, pooled, summary

__all__ = ["SETS", "evaluate", "set_lines", "text"]

Array = npt.NDArray[np.float64]

_SIDES: tuple[Side, ...] = ("left", "right")
# How the sensors sit where nobody stands for three seconds, from the sets' own descriptions.
_MOUNTING: dict[str, dict[str, str]] = {
    "gaitmap_example": {"foot_l": "forward=+x, up=+z", "foot_r": "forward=+x, up=+z"},
    "walking_dataset": {"foot_l": "forward=-y, up=-x", "foot_r": "forward=+y, up=-x"},
}
# Events of one foot further apart than this (s) do not belong to one stretch of labels.
_HOLE_S = 1.5
# The same bytes as 80-4, marked twice.
_TWICE = ("80-7",)
# The same recording marked twice: ends differ by 1.4 rows of 10 ms on average, by 5 at most.
_MARK_S = 0.03


def evaluate(data: Path, model: str | PhaseModel, names: Sequence[str] | None = None) -> dict[str, Any]:  # fmt: skip
    """Scores by set; a set that cannot be scored says why.

    Raises
    ------
    GaitsmithError
        Where a set's name is unknown, or none is there.
    """
    net = PhaseModel.from_pretrained(model) if isinstance(model, str) else model
    out: dict[str, Any] = {"model": model if isinstance(model, str) else "given", "digest": net.digest()[:16], "sets": {}}  # fmt: skip
    found = False
    for name in names or SETS:
        try:
            out["sets"][name] = SETS[check_in("set", name, SETS)](data, net)
            found = True
        except MissingInputError as error:
            if names:
                out["sets"][name] = {"not scored": str(error).replace("\n", ";")}
        except GaitsmithError as error:
            out["sets"][name] = {"not scored": str(error).replace("\n", ";")}
            found = True
    if not found:
        raise MissingInputError("none of the labelled sets is here", file=data,
                                expected=", ".join(SETS),
                                remedy="give a prepared store or the folder of downloads with --data")  # fmt: skip
    return out


def _voisard(data: Path, net: PhaseModel) -> dict[str, Any]:
    return _by_acquaintance(voisard2023(data), net, "voisard2023")


def _by_acquaintance(walks: Sequence[Walk], net: PhaseModel, name: str) -> dict[str, Any]:
    """Scores of people whom the weights never saw, and apart of those they learnt from."""
    seen = {p.split("/")[-1] for p in net.card.trained_on if p.startswith(f"{name}/")}
    out: dict[str, Any] = {"data_digest": digest(walks)}
    for title, mine in (
        ("people never learnt from", [w for w in walks if w.person not in seen]),
        ("people learnt from (no test)", [w for w in walks if w.person in seen]),
    ):
        if mine:
            said = [_said(follow(w.foot, net)) for w in mine]
            out[title] = {**pooled(mine, said), "by_person": people(mine, said)}
    return out


def _said(f: FootPhase) -> Said:
    return Said(f.percent, f.stance, f.strikes, f.offs)


def _truong(data: Path, net: PhaseModel) -> dict[str, Any]:
    rows: dict[str, np.ndarray[Any, Any]] = {}
    seen = {p.split("/")[-1] for p in net.card.trained_on if p.startswith("truong2019/")}
    for person, trial, group, recording in recordings(data, "truong2019"):
        if trial in _TWICE or person in seen:
            continue
        result = estimate_phase(recording, model=net)
        marked = _marked(recording)
        for side, f in result.feet.items():
            mine = marked.get(side, [])
            wide = [[a - _MARK_S, b + _MARK_S] for a, b in mine]
            count = np.array([*_in_movements(f.strikes, mine), *_in_movements(f.strikes, wide)])
            rows[group] = rows.get(group, np.zeros(8, int)) + count
    out: dict[str, Any] = {}
    for group in sorted(rows):
        counts = rows[group].tolist()
        steps = counts[0]
        out[group] = {"steps": steps}
        for end, (found, doubled, outside) in (("", counts[1:4]), ("_within_30_ms", counts[5:8])):
            out[group] |= {f"found_percent{end}": 100 * found / steps, f"doubled_percent{end}": 100 * doubled / steps,
                           f"outside_percent{end}": 100 * outside / steps}  # fmt: skip
    return out


def _marked(recording: Recording) -> dict[str, list[list[float]]]:
    for stream in recording.streams.values():
        if "foot_movement_s" in stream.attrs:
            found: dict[str, list[list[float]]] = stream.attrs["foot_movement_s"]
            return found
    return {}


def _in_movements(strikes: Array, marked: Sequence[Sequence[float]]) -> tuple[int, int, int, int]:
    """Movements; with a strike; strikes beyond the first in one; strikes in none.

    Two movements may overlap by a few ticks: a strike counts for the first that has none yet.
    """
    hits = np.zeros(len(marked), int)
    outside = 0
    for t in strikes:
        inside = [k for k, (a, b) in enumerate(marked) if a <= t <= b]
        if not inside:
            outside += 1
            continue
        free = [k for k in inside if hits[k] == 0]
        hits[(free or inside)[0]] += 1
    return len(marked), int((hits > 0).sum()), int(np.maximum(hits - 1, 0).sum()), outside


def _against(
    result: dict[Side, FootPhase], truth: dict[tuple[str, Side], Array], tolerance: float
) -> dict[str, Any]:
    """Events against labels that exist on stretches only: scored inside those."""
    out = {}
    for kind in ("strike", "off"):
        total = EventScore(0, 0, 0, np.zeros(0))
        for side, f in result.items():
            true = truth.get((kind, side), np.zeros(0))
            every = np.sort(np.concatenate([truth.get((k, side), np.zeros(0)) for k in ("strike", "off")]))  # fmt: skip
            said = f.strikes if kind == "strike" else f.offs
            i, j = match_times(true, said, tolerance)
            rest = np.setdiff1d(np.arange(len(said)), j)
            inside = [bool(_within(said[k], every)) for k in rest]
            total = total + EventScore(len(i), len(true) - len(i), sum(inside), said[j] - true[i])
        out[kind] = {"labelled": total.matched + total.missed, "missed_percent": total.missed_percent,
                     "spurious_percent": total.spurious_percent, "median_ms": total.median_ms,
                     "p90_ms": total.p90_ms, "bias_ms": total.bias_ms}  # fmt: skip
    return out


def _within(t: float, every: Array) -> bool:
    k = int(np.searchsorted(every, t))
    return 0 < k < len(every) and every[k] - every[k - 1] < _HOLE_S


def _gaitmap(data: Path, net: PhaseModel) -> dict[str, Any]:
    out = {}
    for _, trial, _, recording in recordings(data, "gaitmap_example"):
        result = estimate_phase(recording, model=net, mounting=_MOUNTING["gaitmap_example"])
        truth = {(k, s): recording.events.times(k, s) for k in ("strike", "off") for s in _SIDES}
        out[trial] = _against(dict(result.feet), truth, 0.1)
    return out


def _walking(data: Path, net: PhaseModel) -> dict[str, Any]:
    from gaitsmith.gait.events import foot_imu
    from gaitsmith.studies.events_imu import _insole

    out = {}
    for _, trial, _, recording in recordings(data, "walking_dataset"):
        result = estimate_phase(recording, model=net, mounting=_MOUNTING["walking_dataset"])
        references = {trial: _insole(recording)}
        if net.config.sensor != "foot":
            references[f"{trial}, by its foot sensors"] = foot_imu.detect(recording)
        for title, events in references.items():
            truth = {(k, s): events.times(k, s) for k in ("strike", "off") for s in _SIDES}
            out[title] = {
                **_against(dict(result.feet), truth, 0.1),
                "strikes_seen": {s: len(f.strikes) for s, f in result.feet.items()},
            }
    return out


def _hugadb(data: Path, net: PhaseModel) -> dict[str, Any]:
    from gaitsmith.studies import phase_legs

    segment = net.config.sensor
    if segment == "foot":
        raise MissingInputError("the labels of this set come from the foot sensors themselves",
                             found="a model of the foot", expected="a model of the shank or the thigh")  # fmt: skip
    return _by_acquaintance(phase_legs.hugadb(data, segment), net, "hugadb")  # type: ignore[arg-type]


def _mobgap(data: Path, net: PhaseModel) -> dict[str, Any]:
    for _ in _first(recordings(data, "mobgap_example")):
        raise GaitsmithError("no foot sensor", found="lower_back alone",
                             expected=f"a sensor on the {net.config.sensor}")  # fmt: skip
    return {}


def _first(rows: Iterator[Any]) -> Iterator[Any]:
    for row in rows:
        yield row
        return


SETS: dict[str, Callable[[Path, PhaseModel], dict[str, Any]]] = {
    "voisard2023": _voisard, "truong2019": _truong, "gaitmap_example": _gaitmap,
    "walking_dataset": _walking, "mobgap_example": _mobgap, "hugadb": _hugadb,
}  # fmt: skip


def text(result: dict[str, Any]) -> str:
    """The scores for a person."""
    lines = [f"{result['model']} (weights {result['digest']}), frozen"]
    for name, part in result["sets"].items():
        lines += ["", name, *set_lines(part)]
    return "\n".join(lines)


def set_lines(part: dict[str, Any]) -> list[str]:
    """The scores of one set, a line each."""
    lines = []
    for title, row in part.items():
        if not isinstance(row, dict):
            lines.append(f"  {title}: {row}")
        elif "macro_f1" in row:
            lines.append(f"  {title}: {summary(row)}")
        elif "found_percent" in row:
            lines.append(f"  {title}: {row['steps']} steps, {row['found_percent']:.1f} % found, "
                         f"{row['doubled_percent']:.1f} % doubled, {row['outside_percent']:.1f} % outside "
                         f"(marks ± 30 ms: {row['found_percent_within_30_ms']:.1f}, {row['doubled_percent_within_30_ms']:.1f}, "
                         f"{row['outside_percent_within_30_ms']:.1f})")  # fmt: skip
        else:
            for kind in ("strike", "off"):
                e = row[kind]
                lines.append(
                    f"  {title}, {kind}: {e['labelled']} labelled, missed {e['missed_percent']:.1f} %, "
                    f"spurious {e['spurious_percent']:.1f} %, median {e['median_ms']:.0f} ms, "
                    f"bias {e['bias_ms']:+.0f} ms"
                )  # fmt: skip
    return lines
