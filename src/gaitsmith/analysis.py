"""One recording in, everything its signals support out: :func:`analyze` and :class:`Analysis`."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gaitsmith.chapters import Context, chapters
from gaitsmith.chapters.base import SIDES
from gaitsmith.errors import GaitsmithError, MissingInputError, check_in
from gaitsmith.recording import Note, Recording, Stream
from gaitsmith.sections import Section, plain
from gaitsmith.units import STANDARD_GRAVITY

if TYPE_CHECKING:
    from gaitsmith.gait.cycles import StrideSet
    from gaitsmith.gait.events import Detection
    from gaitsmith.gait.frame import Progression
    from gaitsmith.gait.indices import GDI
    from gaitsmith.gait.reference import Reference

__all__ = ["Analysis", "analyze"]

Progress = Callable[[str], None]
# Shorter recordings hold no stride of anybody.
_SHORTEST_S = 0.2


@dataclass(frozen=True)
class Analysis:
    """What was found in one recording.

    Attributes
    ----------
    recording
        The recording as analysed: events added, points turned to x forward.
    sections
        The chapters, in the order in which they are shown.
    strides
        Every stride with its curves; None where no events were found.
    notes
        Everything that was assumed, doubted or refused.
    made
        Version, options and digest that this analysis came from.
    """

    recording: Recording
    sections: tuple[Section, ...] = ()
    strides: StrideSet | None = None
    notes: tuple[Note, ...] = ()
    made: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What the report is called."""
        return self.recording.name or "Recording"

    def __getitem__(self, key: str) -> Section:
        """A section by its key.

        Raises
        ------
        GaitsmithError
            With the nearest key, where the signals did not support that section.
        """
        check_in("section", key, self.keys())
        return next(s for s in self.sections if s.key == key)

    def __contains__(self, key: object) -> bool:
        return key in self.keys()

    def __iter__(self) -> Iterator[Section]:
        return iter(self.sections)

    def keys(self) -> list[str]:
        """Keys of the sections."""
        return [s.key for s in self.sections]

    @property
    def summary(self) -> list[str]:
        """The summary in plain words, a sentence each."""
        return [words for s in self.sections for words in s.summary]

    def to_dict(self) -> dict[str, Any]:
        """What ``analysis.json`` holds: plain types, missing numbers None."""
        recording = self.recording
        return {
            "title": self.title,
            "made": plain(dict(self.made)),
            "summary": self.summary,
            "subject": plain(recording.subject.to_dict()),
            "duration_s": recording.duration,
            "events": plain(recording.events.to_rows()),
            "sections": {s.key: s.to_dict() for s in self.sections},
            "notes": [{"level": n.level, "place": n.place, "words": n.words} for n in self.notes],
        }

    def write(self, folder: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write the report and its data to `folder`; returns the path of ``report.html``.

        Raises
        ------
        GaitsmithError
            Where the folder holds results already and `force` is not set.
        """
        from gaitsmith.report import write_report

        return write_report(self, Path(folder), force=force)


def analyze(
    recording: Recording,
    *,
    events: str = "auto",
    speed_m_s: float | None = None,
    population: str = "auto",
    static: Recording | None = None,
    osim: str | os.PathLike[str] | None = None,
    controls: Sequence[Recording] = (),
    progress: Progress | None = None,
) -> Analysis:
    """Find events and strides and compute everything that the signals support.

    Steps: (1) what a standing trial says of the person; (2) positions from joint angles, where
    there are none; (3) direction and speed, points turned to x forward; (4) events; (5) strides;
    (6) the chapters. What cannot be done is said in its chapter and does not stop the rest.

    Parameters
    ----------
    recording
        From :func:`gaitsmith.read`.
    events
        ``"auto"``, ``"file"`` or the name of a detector (``gaitsmith.gait.events.METHODS``).
    speed_m_s
        Walking speed (m/s), where it cannot be measured or is known better.
    population
        Whose reference curves: ``"auto"``, ``"adult"``, ``"young"``, ``"child"``.
    static
        A standing trial of the same person: mass from its plates where not known.
    osim
        The person's scaled OpenSim model, for segment lengths.
    controls
        Recordings of people without a gait problem, from the same laboratory: what the gait
        deviation index is measured against.
    progress
        Called with a few words before each step.

    Raises
    ------
    GaitsmithError
        Where the recording is empty, too short, or an option is wrong.
    """
    say = progress or _silent
    _usable(recording)
    if speed_m_s is not None and not 0 <= speed_m_s <= 15:
        raise GaitsmithError("not a walking speed", place="argument speed_m_s", found=speed_m_s,
                             expected="0 to 15 m/s")  # fmt: skip
    given = recording
    notes: list[Note] = []
    if static is not None:
        recording = _standing(recording, static)
    say("placing the body")
    recording, made_points = _with_points(recording, osim, notes)
    recording, drawn = _apart(recording, notes)
    recording, progression = _faced(recording, notes)
    say("finding events")
    recording, detection = _with_events(recording, events, notes)
    recording = _weighed(recording)
    recording = _on_feet(recording)
    say("cutting strides")
    strides = _strides(recording, notes)
    speed = _speed(progression, speed_m_s)
    reference = _reference(recording, speed, population, strides, notes)
    gdi = _index(controls, say) if controls else None
    context = Context(
        recording if drawn is None else recording.with_stream(drawn), strides, detection, progression, speed, reference, tuple(notes), made_points,
        {"events": events, "population": population, "gdi": gdi},
    )  # fmt: skip
    sections = []
    for name, chapter in chapters():
        say(f"writing {name.split('.')[0]}")
        section = chapter(context)
        if section is not None:
            sections.append(section)
    found = [*recording.notes, *notes, *(strides.notes if strides else ())]
    found += [n for s in sections for n in s.notes]
    return Analysis(
        recording, tuple(sections), strides, tuple(dict.fromkeys(found)), _made(given, context)
    )


def _silent(_: str) -> None:
    """Nobody wants to know."""


def _usable(recording: Recording) -> None:
    samples = sum(len(s) for s in recording.streams.values())
    if not samples:
        raise MissingInputError(
            "the recording holds no signal that can be analysed", place=recording.name or None,
            found=repr(recording), expected="angles, points, forces or inertial sensors",
            remedy="give the file of the walk as well",
        )  # fmt: skip
    if max(len(s) for s in recording.streams.values()) < 10 or recording.duration < _SHORTEST_S:
        raise MissingInputError(
            "the recording is too short to hold a step", place=recording.name or None,
            found=f"{max(len(s) for s in recording.streams.values())} samples over {recording.duration:.3f} s",
            expected=f"at least 10 samples and {_SHORTEST_S} s", remedy="give a longer recording",
        )  # fmt: skip


def _standing(recording: Recording, static: Recording) -> Recording:
    subject = recording.subject.filled_by(static.subject)
    recording = recording.replace(subject=subject)
    forces = static.forces
    if subject.mass is None and forces is not None and len(forces):
        weight = float(np.nanmedian(np.nansum(forces.data[:, :, 1], axis=1)))
        if weight > 50:
            mass = weight / STANDARD_GRAVITY
            recording = recording.with_subject(f"plates of {static.name}", mass=mass).with_note(
                "assumption", "mass", f"{mass:.1f} kg from the standing trial's plates"
            )
    return recording


def _with_points(recording: Recording, osim: Any, notes: list[Note]) -> tuple[Recording, bool]:
    if recording.points is not None or recording.angles is None:
        return recording, False
    from gaitsmith.body import points_from_angles, read_osim

    body = None if osim is None else read_osim(osim)
    try:
        return points_from_angles(recording, body), True
    except MissingInputError as error:
        notes.append(Note("refusal", "positions from angles", str(error).replace("\n", ";")))
        return recording, False


def _apart(recording: Recording, notes: list[Note]) -> tuple[Recording, Stream | None]:
    """Positions of feet that rest on angles nobody measured, set apart: they serve the picture only."""
    points = recording.points
    if points is None or points.filled is None:
        return recording, None
    feet = [x for x in points.labels if x.startswith(("heel", "toe"))]
    guessed = points.select(feet).filled if feet else None
    if guessed is None or not guessed.any():
        return recording, None
    notes.append(Note(
        "refusal", "positions", "the feet's positions rest on joint angles that are not in the recording: "
        "they are drawn, but events, speed and lengths are not taken from them",
    ))  # fmt: skip
    return recording.without("points"), points


def _faced(recording: Recording, notes: list[Note]) -> tuple[Recording, Progression | None]:
    if recording.points is None:
        return recording, None
    from gaitsmith.gait.frame import face_forward, progression

    try:
        faced = face_forward(recording)
        return faced, progression(faced)
    except MissingInputError as error:
        notes.append(Note("refusal", "direction", str(error).replace("\n", ";")))
        return recording, None


def _with_events(
    recording: Recording, method: str, notes: list[Note]
) -> tuple[Recording, Detection | None]:
    from gaitsmith.gait import events

    try:
        found = events.find(recording, method)
    except MissingInputError as error:
        if method != "auto":
            raise
        notes.append(Note("refusal", "events", str(error).replace("\n", ";")))
        return recording, None
    return recording.with_events(found.events), found


def _weighed(recording: Recording) -> Recording:
    """Mass from the plates, where it is not known and whole strides have both feet on plates."""
    forces = recording.forces
    if recording.subject.mass is not None or forces is None or not len(forces):
        return recording
    total, times = np.nansum(forces.data[:, :, 1], axis=1), forces.times
    always = _always_on_plates(recording)
    means = []
    for side in SIDES:
        own = recording.events.times("strike", side)
        for a, b in itertools.pairwise(own):
            inside = (times >= a) & (times < b)
            if inside.sum() < 10 or b - a > 3:
                continue
            # In walking somebody always stands on something; a stride with an empty stretch was
            # partly beside the plates, unless it is known that the feet never leave them.
            if always or (total[inside] > 0.15 * total[inside].max()).all():
                means.append(float(total[inside].mean()))
    if not means:
        return recording
    mass = float(np.median(means)) / STANDARD_GRAVITY
    if not 5 < mass < 300:
        return recording.with_note(
            "warning", "mass", f"not taken from the plates: they give {mass:.1f} kg"
        )
    words = f"{mass:.1f} kg, the mean vertical force over {len(means)} whole strides on the plates"
    return recording.with_subject("plates", mass=mass).with_note("assumption", "mass", words)


def _always_on_plates(recording: Recording) -> bool:
    """Whether each foot comes back to the plates again and again, as on a treadmill."""
    from gaitsmith.gait.contacts import contacts

    good = contacts(recording).good
    return all(sum(c.side == side for c in good) >= 3 for side in SIDES)


def _on_feet(recording: Recording) -> Recording:
    """Forces by foot in the place of forces by plate, where the feet can be told."""
    from gaitsmith.gait.contacts import contacts, foot_forces

    if recording.forces is None or not len(recording.forces):
        return recording
    by_foot = foot_forces(recording)
    if by_foot is None:
        return recording
    name = next(iter(recording.of_kind("forces")))
    return recording.with_stream(by_foot, name).with_notes(contacts(recording).notes)


def _strides(recording: Recording, notes: list[Note]) -> StrideSet | None:
    from gaitsmith.gait.cycles import segment

    if len(recording.events.where(kind="strike")) < 1:
        return None
    kinds = [k for k in ("angles", "moments", "powers", "forces") if recording.of_kind(k)]
    try:
        return segment(recording, streams=kinds)
    except MissingInputError as error:
        notes.append(Note("refusal", "strides", str(error).replace("\n", ";")))
        return None


def _speed(progression: Progression | None, given: float | None) -> tuple[float, str] | None:
    if given is not None:
        return given, "given"
    if progression is None or progression.mode == "standing":
        return None
    return float(progression.speed), progression.how


def _reference(
    recording: Recording, speed: tuple[float, str] | None, population: str, strides: StrideSet | None,
    notes: list[Note],
) -> Reference | None:  # fmt: skip
    from gaitsmith.gait.reference import reference

    if strides is None or not strides.n:
        return None
    if strides.running:
        notes.append(Note("refusal", "reference", "there are no reference curves of running here"))
        return None
    found = reference(
        population, speed=None if speed is None else speed[0], subject=recording.subject
    )
    notes += found.notes
    return found


def _index(controls: Sequence[Recording], say: Progress) -> GDI:
    """The gait deviation index of these controls' strides."""
    from gaitsmith.gait.indices import GDI, feature_matrix

    rows = []
    for recording in controls:
        say(f"reading control {recording.name}")
        faced, _ = _faced(recording, [])
        found, _ = _with_events(faced, "auto", [])
        strides = _strides(found, [])
        if strides is not None:
            rows += [feature_matrix(strides[side]) for side in strides.sides]
    whole = np.concatenate(rows) if rows else np.zeros((0, 459))
    return GDI.fit(whole, population=f"{len(controls)} control recordings, {len(whole)} strides")


def _made(given: Recording, context: Context) -> dict[str, Any]:
    from gaitsmith import __version__

    return {
        "gaitsmith": __version__,
        "input": given.name,
        "digest": given.digest(),
        "options": context.options,
    }
