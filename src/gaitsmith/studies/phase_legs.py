"""Walks of shank and thigh sensors: virtual people, and people of hugadb labelled by their own feet.

No set at hand has a shank or thigh sensor and measured contacts, so both kinds of walks are
labelled by one source: the off-line detector of :mod:`gaitsmith.gait.events.foot_imu` on the foot
sensor of the same side. Its own errors (against the truth of virtual people: some 10 ms) are in
every figure. Only the rate is used: hugadb's accelerometers are cut off at 2 g, and nobody stands
still in it. Half of its gyroscopes are cut off at 250 deg/s; virtual people get the same at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.errors import GaitsmithError
from gaitsmith.gait.events import foot_imu
from gaitsmith.gait.imu import Segment
from gaitsmith.models.base import Card
from gaitsmith.models.phase.frame import Foot, feet_of, foot_signal
from gaitsmith.models.phase.labels import Labels, labels
from gaitsmith.models.phase.model import PhaseModel
from gaitsmith.recording import Recording
from gaitsmith.studies.phase_data import Walk, recordings
from gaitsmith.studies.phase_measures import pooled
from gaitsmith.studies.phase_methods import NETWORKS
from gaitsmith.studies.phase_runs import MACHINE, Runs, said_of

__all__ = ["HELD_OUT", "card", "hugadb", "learnt", "of_recording", "study", "virtual"]

Array = npt.NDArray[np.float64]

#: People of hugadb (every third) whom the scored models did not learn from.
HELD_OUT = ("03", "06", "14")
# Rest before and after a walk (s), with the noise of a resting gyroscope (deg/s): without it
# nothing tells walking from not walking.
_REST_S, _REST_SD = 4.0, 0.6
_CUT_OFF = 250.0
_SPEEDS = (0.6, 1.8)
_WALK_S = 40.0


def hugadb(data: Path, segment: Segment) -> list[Walk]:
    """Both legs of every recording; people of this set by their numbers.

    Raises
    ------
    MissingInputError
        Where the set is not there.
    """
    out = []
    for k, (person, trial, group, recording) in enumerate(recordings(data, "hugadb")):
        out += of_recording(
            recording, segment, (person, trial, group), np.random.default_rng([7, k])
        )
    return out


def virtual(segment: Segment, people: int = 16, seed: int = 0) -> list[Walk]:
    """Both legs of virtual people, each at one speed; half with a gyroscope cut off as hugadb's are."""
    from gaitsmith.virtual import people as make
    from gaitsmith.virtual import walker

    rng = np.random.default_rng(seed)
    out = []
    for k, person in enumerate(make(people, seed=seed)):
        walk = walker(person, float(rng.uniform(*_SPEEDS)), seconds=_WALK_S, seed=seed + k)
        found = of_recording(walk, segment, (f"virtual-{k}", f"virtual-{k}", "virtual"), rng)
        if rng.random() < 0.5:
            for w in found:
                np.clip(w.foot.x[:, 3:], -_CUT_OFF, _CUT_OFF, out=w.foot.x[:, 3:])
        out += found
    return out


def of_recording(
    recording: Recording, segment: Segment, who: tuple[str, str, str], rng: np.random.Generator
) -> list[Walk]:  # fmt: skip
    """Walks of a recording that wears sensors on this segment and on the feet."""
    said = foot_imu.detect(recording)
    person, trial, group = who
    sides: list[Side] = [s for s in feet_of(recording, segment) if s in feet_of(recording)]
    out = []
    for side in sides:
        try:
            foot = foot_signal(recording, side, segment=segment, gravity=False)
            truth = labels(said, side, foot.times)
        except GaitsmithError:
            continue
        if len(truth.strikes) > 2:
            out.append(_rested(Walk(person, trial, group, foot, truth, side), rng))
    return out


def _rested(w: Walk, rng: np.random.Generator) -> Walk:
    """With rest before and after."""
    n = round(_REST_S * w.foot.rate_hz)
    ends = [rng.normal(0.0, 1.0, (n, 6)) * [0.0, 0.0, 0.0, *(3 * [_REST_SD])] for _ in range(2)]
    f, t = w.foot, w.truth
    none = np.zeros(n, bool)

    def around(mask: npt.NDArray[Any], rest: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.concatenate([rest, mask, rest])

    foot = Foot(f.side, f.label, f.start - n / f.rate_hz, f.rate_hz,
                np.concatenate([ends[0], f.x, ends[1]]), around(f.lost, none), f.rotation, f.how, f.notes)  # fmt: skip
    truth = Labels(t.source, around(t.percent, np.full(n, np.nan)), around(t.stance, ~none),
                   around(t.scored, none), around(t.turning, none), around(t.in_turn, none),
                   t.strikes, t.offs)  # fmt: skip
    return Walk(w.person, w.trial, w.group, foot, truth, w.worn)


def card(
    seen: Sequence[str], made: str, seed: int, segment: str, measured: Sequence[str] = ()
) -> Card:
    """The card of weights learnt from these people of hugadb and virtual ones."""
    return Card(
        data=f"hugadb ({len(seen)} people walking) and 16 virtual people; labels derived from foot sensors",
        terms="hugadb states no licence (the copy learnt from is MIT): the weights are for research; cite the "
        "paper and ask the authors before other uses",
        cite=("Chereshnev R, Kertesz-Farkas A (2017) HuGaDB, AIST 2017, LNCS 10716",),
        people=f"healthy young adults walking on the level, and virtual walkers; {segment} sensors, rate alone",
        limits=("no clinical decision rests on it: nobody with a gait problem was learnt from",
                "no contact was ever measured: strikes and offs are those that an off-line detector reads from "
                "the foot sensor of the same side",
                "standing is learnt from made-up rest; no turns, stairs or slopes"),
        use=(f"gaitsmith phase trial.csv --model phase-{segment} -o OUT",
             f"gaitsmith stream phase --model phase-{segment} --replay trial.csv"),
        made=made, seed=seed, trained_on=tuple(f"hugadb/{p}" for p in seen), measured=tuple(measured),
    )  # fmt: skip


def learnt(data: Path, segment: Segment, runs: Runs, steps: int | None) -> PhaseModel:  # fmt: skip
    """The network of this segment, fitted to virtual people and hugadb but HELD_OUT."""
    config, recipe = NETWORKS[segment]
    recipe = recipe if steps is None else replace(recipe, steps=steps)
    real = [w for w in hugadb(data, segment) if w.person not in HELD_OUT]
    made = runs.model([*real, *virtual(segment)], config, recipe, segment)
    return PhaseModel(replace(made.config, **MACHINE), made.weights)


def study(data: Path, runs: Runs, steps: int | None = None) -> dict[str, Any]:
    """Segment -> scores of models that did not learn from those they are scored on.

    Raises
    ------
    MissingInputError
        Where hugadb is not there.
    """
    out: dict[str, Any] = {}
    for segment in ("shank", "thigh"):
        model = learnt(data, segment, runs, steps)
        rows: dict[str, Any] = {}
        groups = {
            "hugadb, people left out": [w for w in hugadb(data, segment) if w.person in HELD_OUT],
            "other virtual people": virtual(segment, 6, seed=1),
        }
        for title, walks in groups.items():
            said = [said_of(w, model.output(w.x), model.config) for w in walks]
            rows[title] = {"people": len({w.person for w in walks}), **pooled(walks, said)}
        out[segment] = {"scores": rows, "walking_dataset": _other_device(data, model)}
    return out


def _other_device(data: Path, model: PhaseModel) -> dict[str, Any]:
    from gaitsmith.studies.phase_evaluate import evaluate

    found: dict[str, Any] = evaluate(data, model, ["walking_dataset"])["sets"]["walking_dataset"]
    return found
