"""``gaitsmith solve``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.markup import escape

from gaitsmith.cli.console import errors, out, working
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.formats import Hints, read, write
from gaitsmith.recording import Note, Recording, Stream

if TYPE_CHECKING:
    from gaitsmith.body.angles import Solved
    from gaitsmith.body.naming import Naming

__all__ = ["run"]

#: A table of residuals names so many markers; the rest is summed up.
_ROWS = 60
#: Share of instants at which a coordinate must be told to be written.
_SHARE = 0.5


def run(
    markers: str,
    target: Path,
    *,
    hints: Hints,
    format: str | None,
    static: str | None,
    osim: str | None,
    mapping: str | None,
    register: bool,
    smooth_hz: float,
    from_standing: bool,
    force: bool,
) -> None:
    """Read markers, fit the body, write the angles, print how far each marker lies from it."""
    from gaitsmith.body.angles import as_model, solve_points
    from gaitsmith.body.angles import from_standing as counted
    from gaitsmith.body.osim import read_osim

    if target.exists() and not force:
        raise GaitsmithError("the file exists already", file=target,
                             remedy="use --force to replace it")  # fmt: skip
    if smooth_hz < 0:
        raise GaitsmithError("not a cutoff", place="option --smooth", found=smooth_hz,
                             expected="Hz; 0 for none")  # fmt: skip
    with working(f"reading {markers}"):
        recording = _points_of(read(markers, hints=hints, format=format), markers)
        standing = None
        if static is not None:
            trial = read(static, hints=replace(hints, rate_hz=None))
            standing = _points_of(trial, static).points
            recording = recording.replace(subject=recording.subject.filled_by(trial.subject))
        body = read_osim(osim) if osim is not None else None
        naming = _naming(mapping)
    if from_standing and standing is None:
        raise MissingInputError("there is no standing trial to count from",
                                place="option --from-standing", remedy="give one with --static")  # fmt: skip
    recording = _faced(recording)
    with working("fitting the body"):
        solved = solve_points(
            recording, body, static=standing, naming=naming, register_markers=register,
            smooth_hz=smooth_hz or None,
        )  # fmt: skip
    angles = counted(solved.angles) if from_standing else solved.angles
    if body is not None:
        angles = as_model(angles, body)
    notes: list[Note] = []
    angles = _whole(angles, notes)
    result = Recording(subject=recording.subject, streams={"angles": angles}, name=recording.name)
    with working(f"writing {target}"):
        write(result, target, force=force)
    _say(solved, notes, target)


def _points_of(recording: Recording, file: str) -> Recording:
    if recording.points is None:
        kinds = ", ".join(recording.streams) or "nothing"
        raise MissingInputError("there are no points to solve", file=file, found=kinds,
                                expected="markers, joint centres or keypoints (.trc, .c3d, .csv, …)")  # fmt: skip
    name = next(iter(recording.of_kind("points")))
    # Angles and forces of the file stay out: what is written is what was solved.
    return recording.replace(streams={name: recording.streams[name]})


def _naming(mapping: str | None) -> Naming | None:
    from gaitsmith.body.naming import built_in, read_mapping

    if mapping is None:
        return None
    return built_in()[mapping] if mapping in built_in() else read_mapping(mapping)


def _faced(recording: Recording) -> Recording:
    from gaitsmith.gait.frame import face_forward

    try:
        return face_forward(recording)
    except MissingInputError as error:
        words = str(error).replace("\n", ";")
        return recording.with_notes([Note("refusal", "direction", words)])


def _whole(angles: Stream, notes: list[Note]) -> Stream:
    """The angles without coordinates that the markers seldom tell and ends at which some lack."""
    there = np.isfinite(angles.data)
    keep = [
        x for x, share in zip(angles.labels, there.mean(axis=0), strict=True) if share >= _SHARE
    ]
    gone = [x for x in angles.labels if x not in keep]
    if not keep:
        raise MissingInputError("the markers tell no coordinate", place="solve")
    if gone:
        notes.append(
            Note("warning", "solve", f"not told by the markers and left out: {', '.join(gone)}")
        )
    angles = angles.select(keep)
    whole = np.flatnonzero(np.isfinite(angles.data).all(axis=1))
    if not len(whole):
        raise MissingInputError("at no instant do the markers tell all coordinates", place="solve",
                                found=", ".join(keep))  # fmt: skip
    first, last = int(whole[0]), int(whole[-1])
    if first or last < len(angles) - 1:
        times = angles.times
        notes.append(Note("warning", "solve", f"cut to {times[first]:.2f}-{times[last]:.2f} s: before and "
                          "after, markers are missing"))  # fmt: skip
        angles = angles.at(slice(first, last + 1))
    return angles


def _say(solved: Solved, notes: list[Note], target: Path) -> None:
    from rich.table import Table

    stream: Stream = solved.angles
    console = out()
    table = Table(box=None, header_style="bold")
    table.add_column("marker")
    table.add_column("from its place, RMS (mm)", justify="right")
    worst = sorted(solved.residuals.items(), key=lambda kv: -kv[1])
    for label, distance in worst[:_ROWS]:
        table.add_row(escape(label), f"{distance * 1e3:.1f}")
    console.print(table)
    if len(worst) > _ROWS:
        console.print(f"and {len(worst) - _ROWS} more below {worst[_ROWS][1] * 1e3:.1f} mm")
    console.print(
        f"{len(stream)} samples, {len(solved.residuals)} markers, median distance "
        f"{solved.median * 1e3:.1f} mm", highlight=False,
    )  # fmt: skip
    for note in (*solved.recording.notes, *notes):
        errors().print(f"[dim]{note.level}[/] {escape(str(note))}", highlight=False, soft_wrap=True)
    console.print(f"wrote {target}", highlight=False, markup=False, soft_wrap=True)
