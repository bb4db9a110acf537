"""Walks with plates, as motion with the forces that were measured: what the study of forces scores.

Sets: ``lencioni2019`` (a stride a recording, one foot on a plate), ``mcgill_children`` (straight
walks), ``adults`` (moco_walking, gait2392, rajagopal_walking, wbds01 of the set ``opensim``, each
with its own model where it has one) and ``runner`` (hamner_running).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.body import Body, read_osim
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.events import Events
from gaitsmith.gait.contacts import contacts, foot_forces
from gaitsmith.gait.events import forces as plate
from gaitsmith.gait.frame import face_forward
from gaitsmith.models.forces.motion import Walk
from gaitsmith.models.forces.reading import walk_of
from gaitsmith.models.forces.stances import Stance, Stances, rows_of, stances_of
from gaitsmith.recording import Recording, Stream

__all__ = [
    "ADULTS", "SETS", "Measured", "found_of", "measured", "pairs", "rows_for_learning", "source", "walks",
]  # fmt: skip

Array = npt.NDArray[np.float64]
ADULTS = ("moco_walking", "gait2392", "rajagopal_walking", "wbds01")
SETS = ("lencioni2019", "mcgill_children", "adults", "runner")
# Body weights that no walking foot carries: a spike of the plate.
_SPIKE_BW = 3.0
# Mass (kg) that the plates of wbds01 carry over whole strides; the file's 74.3 kg is 7 % above.
_PLATE_MASS = {"wbds01": 69.0}


@dataclass(frozen=True, eq=False)
class Measured:
    """A motion and what plates measured beside it.

    Attributes
    ----------
    set, name, person
        Where it is from.
    recording
        Turned to +x where it has points; forces in the same frame.
    forces
        By foot.
    walk, stances, rows
        What the motion said, all stances that overlap the recording, and their rows; rows without
        a measured force have NaN.
    scored
        Whether each stance was measured and lies inside the recording.
    plates
        Strikes and offs by the plates.
    left_out
        Why nothing of it is scored, in words; empty where something is.
    """

    set: str
    name: str
    person: str
    recording: Recording
    forces: Stream
    walk: Walk
    stances: list[Stance]
    rows: Stances
    scored: npt.NDArray[np.bool_]
    plates: Events
    left_out: str = ""


def source(
    data: Path, name: str
) -> Iterator[tuple[str, str, dict[str, Any], Callable[[], Recording]]]:
    """Trial, person, row and reader of each recording of a set, from a store or a folder of downloads."""
    from gaitsmith.datasets import Excluded, Raw, Store
    from gaitsmith.datasets.registry import folder_of, loader

    if (data / "store.json").is_file():
        store = Store(data)
        for i in store.ids(set=name, kind="recording"):
            row = store.row(i)
            yield (
                i.rpartition("/")[2],
                str(row["person"]).rpartition("/")[2],
                row,
                partial(store.recording, i),
            )
        return
    folder = folder_of(name, data) if data.is_dir() else None
    if folder is None:
        raise MissingInputError("the set is not in this folder", file=data, expected=name,
                                remedy="give a prepared store or the folder of downloads with --data")  # fmt: skip
    with tempfile.TemporaryDirectory() as scratch:
        for trial in loader(name).trials(Raw(folder, Path(scratch))):
            if isinstance(trial, Excluded) or trial.id.endswith("-curves"):
                continue
            yield trial.id, trial.person, {"task": trial.task, "facts": trial.facts}, trial.read


def walks(
    data: Path, name: str, *, given: bool, models: Path | None = None, least: int = 0,
    wanted: tuple[str, ...] | None = None,
) -> Iterator[Measured]:  # fmt: skip
    """The walks of one of ``SETS`` (or `wanted` trials of any set), with plate events `given` or all found.

    Parameters
    ----------
    models
        Folder of downloads with ``opensim/…/*.osim``; None: `data`.
    least
        Take every so many-th recording only (0, 1: all).
    """
    where = {"adults": "opensim", "runner": "opensim"}.get(name, name)
    wanted = wanted or {"adults": ADULTS, "runner": ("hamner_running",)}.get(name)
    taken = 0
    for trial, person, row, read in source(data, where):
        if wanted is not None and trial not in wanted:
            continue
        if wanted is None and row["task"] != "walking":
            continue
        taken += 1
        if least > 1 and taken % least:
            continue
        recording = read()
        try:
            yield measured(
                recording, name, trial, person, given=given, body=_model(row, models or data, trial)
            )
        except GaitsmithError as error:
            if wanted is not None:
                raise
            yield_error(name, trial, error)


def yield_error(name: str, trial: str, error: GaitsmithError) -> None:
    """A recording of a set that cannot be read stops the study: every exclusion must be stated."""
    raise GaitsmithError(f"a walk of {name} cannot be used: {error.problem}", place=trial,
                         found=error.found) from error  # fmt: skip


def _model(row: dict[str, Any], folder: Path, trial: str) -> Body | None:
    import json

    facts = row.get("facts") or {}
    facts = json.loads(facts) if isinstance(facts, str) else facts
    name = facts.get("model")
    # The markers of wbds01 are not those of its model, whose file is generic.
    if not name or trial == "wbds01":
        return None
    for path in (folder / "opensim" / name, Path("../shared/data/opensim") / name):
        if path.is_file():
            return read_osim(path)
    raise MissingInputError("the model of the recording is not there", file=folder, expected=name,
                            remedy="give the folder of downloads with --models")  # fmt: skip


def measured(
    recording: Recording, name: str, trial: str, person: str, *, given: bool, body: Body | None = None,
    belt_speed: float | None = None,
) -> Measured:  # fmt: skip
    """One recording as motion, stances and what was measured."""
    single = name == "lencioni2019"
    if body is None:
        recording = face_forward(recording.select("points", "forces"))
    forces = recording.forces if single else foot_forces(recording)
    assert forces is not None
    # Of a single stride the file's strike begins its markers; the off is the plate's.
    plates = recording.events if single else plate.detect(recording)
    mass = _PLATE_MASS.get(trial, recording.subject.mass)
    walk = walk_of(
        recording, body, mass=mass, belt_speed=belt_speed,
        events=_as_recorded(recording, plates) if given else None, period_s=recording.points.duration if single and recording.points else None,
    )  # fmt: skip
    stances = [
        s for s in stances_of(walk, whole=False) if s.off > walk.span[0] and s.strike < walk.span[1]
    ]
    rows = rows_of(walk, stances, forces, person=f"{name}/{person}", name=trial)
    low, high = walk.span
    inside = np.array(
        [low - 0.02 <= s.strike and s.off <= high + 0.02 for s in stances], dtype=bool
    )
    scored = np.isfinite(rows.force).all(axis=(1, 2)) & inside
    if single:  # one stance was measured: the one that begins the stride
        own = [s.side[0] == forces.labels[0][-1] for s in stances]
        first = np.array(own, dtype=bool) & scored
        scored = np.zeros_like(scored)
        if first.any():
            scored[int(np.argmax(first))] = True
    peak = rows.force[:, 1].max(axis=1, initial=0.0)
    spiked = scored & (np.nan_to_num(peak) > _SPIKE_BW) & (name != "runner")
    scored &= ~spiked
    why = (
        ""
        if scored.any()
        else "a spike of the plate above 3 body weights"
        if spiked.any()
        else "no whole stance on a plate"
    )
    lost = _lost(recording) if single else 0
    if lost:
        scored[:], why = False, f"{lost} marker row is missing"
    return Measured(
        name, trial, person, recording, forces, walk, stances, rows, scored, plates, why
    )


def _as_recorded(recording: Recording, plates: Events) -> Events:
    """When the recorded force begins and ends: where a low-pass had smeared it, not when the foot struck.

    What is scored is the force as recorded, over the stance that it shows; `plates` are when the
    foot touched the ground.
    """
    smeared = {True: 0.0, False: 0.0}
    for c in contacts(recording).good:
        smeared = {True: -c.early_s, False: c.late_s}
    if not any(smeared.values()):
        return plates
    return Events([replace(e, time=e.time + smeared[e.kind == "strike"]) for e in plates])


def _lost(recording: Recording) -> int:
    """How many markers are absent throughout."""
    points = recording.points
    return 0 if points is None else int(np.isnan(points.data).all(axis=(0, 2)).sum())


def found_of(m: Measured) -> Measured:
    """The same motion, already fitted, with its contacts found."""
    recording = m.recording.with_stream(m.walk.angles, "angles")
    out = measured(recording, m.set, m.name, m.person, given=False, body=m.walk.body)
    return (
        replace(out, scored=np.zeros_like(out.scored), left_out=m.left_out) if m.left_out else out
    )


def pairs(data: Path, name: str, *, models: Path | None = None, least: int = 0, wanted: tuple[str, ...] | None = None) -> Iterator[tuple[Measured, Measured]]:  # fmt: skip
    """The walks of one of ``SETS`` with contacts given, and the same with contacts found."""
    for m in walks(data, name, given=True, models=models, least=least, wanted=wanted):
        yield m, found_of(m)


def rows_for_learning(found: list[Measured]) -> Stances:
    """The measured stances of several walks."""
    return Stances.joined([m.rows.take(np.flatnonzero(m.scored)) for m in found])
