"""One recording in, everything its signals support out: :func:`analyze` and :class:`Analysis`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gaitsmith.chapters import DESCRIBING, ESTIMATING, Context, chapters
from gaitsmith.chapters.trust import CURVED, SAME_SPEED, curved, unjudged
from gaitsmith.errors import GaitsmithError, MissingInputError, check_in
from gaitsmith.person_size import modelled, weighed, with_stature
from gaitsmith.preparation import (
    faced,
    guessed_apart,
    on_feet,
    on_plates_only,
    other_events,
    with_events,
    with_kinetics,
    with_points,
)
from gaitsmith.recording import Events, Note, Recording
from gaitsmith.refusals import (
    FASTEST_MS,
    enough,
    lying,
    no_faster,
    of_type,
    strangers,
    usable,
    walking,
)
from gaitsmith.sections import Section, plain
from gaitsmith.standing import standing

if TYPE_CHECKING:
    from gaitsmith.gait.cycles import StrideSet
    from gaitsmith.gait.frame import Progression
    from gaitsmith.gait.gdi import GDI
    from gaitsmith.gait.reference import Reference

__all__ = ["Analysis", "analyze"]

# A speed that is given and one that is measured differ by more than this share by mistake.
_SPEED_OFF = 0.15

Progress = Callable[[str], None]


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
    without: Sequence[str] = (),
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
    without
        Estimates to leave out: names of ``gaitsmith.chapters.ESTIMATING`` (``"twin"``,
        ``"estimated_forces"``, ``"speed"``, ``"fewshot"``, ``"phase"``).
    progress
        Called with a few words before each step.

    Raises
    ------
    GaitsmithError
        Where the recording is empty, too short, no walk, or an option is wrong.
    """
    say = progress or _silent
    usable(recording)
    if static is not None:
        of_type(static, "static")
    for control in controls:
        of_type(control, "controls")
    if speed_m_s is not None and not 0 < speed_m_s <= FASTEST_MS:
        raise GaitsmithError("not a walking speed", place="argument speed_m_s", found=speed_m_s,
                             expected=f"above 0 and at most {FASTEST_MS:g} m/s", remedy="give the speed in m/s: --speed 1.2")  # fmt: skip
    from gaitsmith.gait.events import METHODS

    check_in("events", events, ("auto", *METHODS))
    check_in("population", population, ("auto", "adult", "young", "child"))
    for name in without:
        check_in("without", name, ESTIMATING)
    given = recording
    notes: list[Note] = []
    if static is not None:
        recording = standing(recording, static)
    say("placing the body")
    recording, made_points = with_points(recording, osim, notes)
    recording, drawn = guessed_apart(recording, notes)
    unturned = recording
    recording, progression = faced(recording, notes)
    no_faster(recording, progression)
    say("finding events")
    told = recording
    recording, detection = with_events(recording, events, notes)
    lies = lying(recording)
    try:
        walking(recording, detection, progression)
    except GaitsmithError as error:
        error.remedy = error.remedy if lies is None else lies.words
        raise
    others = other_events(told, detection)
    notes += [doubt for doubt in (strangers(recording, others), lies) if doubt]
    recording = modelled(weighed(recording), osim)
    recording = on_feet(recording)
    say("computing joint angles and moments")
    recording = on_plates_only(with_kinetics(recording, unturned, static, osim))
    recording = with_stature(recording, drawn, modelled=osim is not None)
    say("cutting strides")
    strides = _strides(recording, notes)
    enough(recording, strides, detection)
    speed = _speed(progression, speed_m_s, notes)
    if speed is not None and speed_m_s is None:
        speed = _between_turns(recording, progression, strides, speed, notes)
    if progression is not None and progression.within and speed_m_s is None:
        notes.append(Note("assumption", "speed", f"{progression.speed:.2f} m/s is known to about ± {progression.within:.2f} m/s: "
                          "it is how fast the feet of a body move that was drawn from joint angles (--speed)"))  # fmt: skip
    reason = unjudged(recording, strides, notes)
    reference = _reference(recording, speed, population, strides, notes)
    if reason:
        notes.append(Note("refusal", "reference", f"nothing is judged or estimated: {reason}"))
        reference = None
    if without:
        notes.append(Note("assumption", "estimates", f"left out, as asked: {', '.join(without)}"))
    gdi = _index(controls, say) if controls else None
    context = Context(
        recording if drawn is None else recording.with_stream(drawn), strides, detection, progression, speed, reference, others, tuple(notes), made_points, reason,
        {"events": events, "population": population, "gdi": gdi, "without": list(without)},
        osim, told.angles,
    )  # fmt: skip
    sections = []
    for name, chapter in chapters():
        module = name.split(".")[0]
        if module in without or (reason and module not in DESCRIBING):
            continue
        say(f"writing {module}")
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


def _strides(recording: Recording, notes: list[Note]) -> StrideSet | None:
    from gaitsmith.gait.cycles import segment

    if len(recording.events.where(kind="strike")) < 1:
        return None
    kinds = [k for k in ("angles", "moments", "powers", "forces") if recording.of_kind(k)]
    try:
        found = segment(recording, streams=kinds)
        straight = Events(e for e in recording.events if e.kind != "turn")
        if not found.n and found.rejected and len(straight) < len(recording.events):
            bent = segment(recording, straight, streams=kinds)
            if bent.n:
                notes.append(Note("warning", "strides", CURVED))
                return bent
        return found
    except MissingInputError as error:
        notes.append(Note("refusal", "strides", error.on_one_line("strides")))
        return None


def _speed(
    progression: Progression | None, given: float | None, notes: list[Note]
) -> tuple[float, str] | None:
    if given is not None:
        if progression is not None and progression.mode != "standing":
            off = abs(given - progression.speed)
            if off > max(_SPEED_OFF * progression.speed, 1.5 * progression.within):
                notes.append(Note("warning", "speed", f"{given:.2f} m/s was given, {progression.speed:.2f} m/s is measured "
                                  f"({progression.how}): is it the speed of this recording?"))  # fmt: skip
        return given, "given"
    if progression is None or progression.mode == "standing":
        return None
    return float(progression.speed), progression.how


def _between_turns(
    recording: Recording, progression: Progression | None, strides: StrideSet | None,
    whole: tuple[float, str], notes: list[Note],
) -> tuple[float, str]:  # fmt: skip
    """The speed of the strides in use, where turns slow the rest of the recording."""
    from gaitsmith.gait.parameters.spatial import spatial

    if (
        strides is None
        or not strides.n
        or curved(notes)
        or not len(recording.events.where(kind="turn"))
    ):
        return whole
    made = spatial(strides, progression)
    if "speed" not in made or not made["speed"].both.n:
        return whole
    own = float(made["speed"].both.mean)
    if abs(own / whole[0] - 1) <= SAME_SPEED:
        return whole
    notes.append(Note("assumption", "speed", f"{own:.2f} m/s is that of the strides in use; the whole recording, turns "
                      f"included, goes at {whole[0]:.2f} m/s"))  # fmt: skip
    return own, f"{whole[1]}; between the turns"


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
    from gaitsmith.gait.gdi import GDI, feature_matrix

    rows = []
    for recording in controls:
        say(f"reading control {recording.name}")
        turned, _ = faced(recording, [])
        found, _ = with_events(turned, "auto", [])
        strides = _strides(found, [])
        try:
            if strides is None or not strides.n:
                raise MissingInputError("the control has no whole stride", expected="a walk of a person without a gait "
                                        "problem, of the same laboratory")  # fmt: skip
            rows += [feature_matrix(strides[side]) for side in strides.sides]
        except GaitsmithError as error:
            error.remedy = "give a control that has it with --controls, or leave --controls out"
            raise error.in_file(f"control {recording.name}") from None
    whole = np.concatenate(rows) if rows else np.zeros((0, 459))
    return GDI.fit(whole, population=f"{len(controls)} control recordings, {len(whole)} strides")


def _made(given: Recording, context: Context) -> dict[str, Any]:
    from gaitsmith.version import __version__

    return {
        "gaitsmith": __version__,
        "input": given.name,
        "digest": given.digest(),
        "options": context.options,
    }
