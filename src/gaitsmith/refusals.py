"""What is no walk, or not one walk: refused before anything is computed, or doubted in a note."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.gait.cycles import SHORTEST
from gaitsmith.recording import Events, Note, Recording
from gaitsmith.streams import IMU_AXES

if TYPE_CHECKING:
    from gaitsmith.gait.cycles import StrideSet
    from gaitsmith.gait.events import Detection
    from gaitsmith.gait.frame import Progression

__all__ = [
    "FASTEST_MS",
    "enough",
    "lying",
    "no_faster",
    "of_type",
    "strangers",
    "usable",
    "walking",
]

# Two ways to tell the same steps meet in at least this share of them; those of two trials do not.
_SAME_TRIAL = 0.5
# Methods that miss most steps of slow or unusual walks: that they disagree says nothing of the files.
_UNSURE = ("low_back", "hip")
# Shorter recordings (s) hold no stride of anybody: sprinters' take 0.45 s.
_SHORTEST_S = SHORTEST
# A recording without a whole stride is shown where it holds a step, and lasts (s) as long as a
# stride at a comfortable speed does, or as one in slow running.
_STRIDE_S, _RUN_STRIDE_S = 1.0, 0.8
# No hip, knee or ankle of anybody bends so far (deg).
_ROUND_DEG = 250.0
# Nobody runs faster (m/s).
FASTEST_MS = 12.5


def usable(recording: Recording) -> None:
    """Nothing where a recording can be analysed.

    Raises
    ------
    GaitsmithError
        Where it is no recording, empty, too short, an averaged cycle, or its angles are nobody's.
    """
    of_type(recording, "recording")
    _long_enough(recording)
    _is_recording(recording)
    _turns_once(recording)


def of_type(value: object, argument: str) -> None:
    """Nothing where `value` is a recording.

    Raises
    ------
    GaitsmithError
        Where it is something else, such as the name of a file.
    """
    if isinstance(value, Recording):
        return
    named = isinstance(value, (str, os.PathLike))
    raise GaitsmithError(
        "this is no recording", place=f"argument {argument}", found=value if named else type(value).__name__,
        expected="a gaitsmith.Recording",
        remedy=f"read the file first: gaitsmith.read({os.fspath(value)!r})" if named  # type: ignore[call-overload]
        else "read one with gaitsmith.read(file), or make one of streams",
    )  # fmt: skip


def lying(recording: Recording) -> Note | None:
    """A warning where head and trunk lie beside the feet and not above them: the wrong axis is up."""
    from gaitsmith.formats.axes import infer_up

    points = recording.points
    if points is None or not len(points):
        return None
    found = infer_up(points.data, points.labels)
    if found is None or found == (1, 1):
        return None
    where = "below" if found == (1, -1) else "beside"
    return Note("warning", "recording", f"head and trunk lie {where} the feet, not above them: is the axis right that "
                "points up (--up)?")  # fmt: skip


def _long_enough(recording: Recording) -> None:
    samples = sum(len(s) for s in recording.streams.values())
    if not samples:
        raise MissingInputError(
            "the recording holds no signal that can be analysed", place=recording.name or None,
            found=repr(recording), expected="angles, points, forces or inertial sensors",
            remedy="give the file of the walk as well",
        )  # fmt: skip
    if not any(np.isfinite(s.data).any() for s in recording.streams.values()):
        raise MissingInputError(
            "every value of the recording is missing", place=recording.name or None,
            found=", ".join(recording.streams), expected="numbers",
            remedy="give the file that was written before its values were lost",
        )  # fmt: skip
    if max(len(s) for s in recording.streams.values()) < 10 or recording.duration < _SHORTEST_S:
        raise MissingInputError(
            "no walking was found: the recording is too short to hold a stride", place=recording.name or None,
            found=f"{max(len(s) for s in recording.streams.values())} samples over {recording.duration:.3f} s",
            expected=f"at least 10 samples and {_SHORTEST_S} s", remedy="give a longer recording",
        )  # fmt: skip


def _turns_once(recording: Recording) -> None:
    angles = recording.angles
    if angles is None or not len(angles):
        return
    legs = [x for x in angles.labels if x.startswith(("hip_flexion", "knee_angle", "ankle_angle"))]
    far = {x: float(np.nanmax(np.abs(angles[x]))) for x in legs if np.isfinite(angles[x]).any()}
    wrong = {x: v for x, v in far.items() if v > _ROUND_DEG}
    if wrong:
        raise GaitsmithError(
            "these are no joint angles of a person", place=recording.name or None,
            found=", ".join(f"{x} reaches {v:.0f}°" for x, v in wrong.items()),
            expected=f"less than {_ROUND_DEG:.0f}°", remedy="say the unit of the file: --unit angle=deg or --unit angle=rad",
        )  # fmt: skip


def _is_recording(recording: Recording) -> None:
    if any(s.attrs.get("normalised_cycle") for s in recording.streams.values()):
        raise MissingInputError(
            "this is an averaged, time-normalised cycle and not a recording", place=recording.name or None,
            expected="signals over time", remedy="give the file of the walk that the cycle was averaged from",
        )  # fmt: skip


def no_faster(recording: Recording, progression: Progression | None) -> None:
    """Nothing where the person moves as people do.

    Raises
    ------
    GaitsmithError
        Where the positions move faster than anybody runs: their unit is another.
    """
    if progression is None or progression.speed <= FASTEST_MS:
        return
    raise GaitsmithError(
        "nobody moves so fast", place=recording.name or None,
        found=f"{progression.speed:.0f} m/s ({progression.how})", expected=f"at most {FASTEST_MS:g} m/s",
        remedy="say the unit of the positions: --unit length=mm",
    )  # fmt: skip


def strangers(recording: Recording, others: dict[str, Events]) -> Note | None:
    """A warning where signals tell of different steps: files of different trials put together."""
    from gaitsmith.gait.contacts import contacts
    from gaitsmith.gait.events import agreement

    for name, events in others.items():
        if name in _UNSURE:
            continue
        pairs = agreement(events, recording.events, tolerance_s=0.1).of("strike")
        told = min(len(events.where(kind="strike")), len(recording.events.where(kind="strike")))
        if told >= 4 and pairs.matched < _SAME_TRIAL * told:
            return Note("warning", "recording", f"only {pairs.matched} of {told} steps that the events in use tell "
                        f"are also told by the method {name!r}: do the files belong to one trial?")  # fmt: skip
    # Contacts outside the time of the motion have no foot to be compared with.
    feet = [c for c in contacts(recording).contacts if c.side or c.rejected]
    far = sum("no foot is near" in (c.rejected or "") for c in feet)
    if far >= 2 and far > _SAME_TRIAL * len(feet):
        return Note("warning", "recording", f"no foot is near {far} of the {len(feet)} contacts with the plates: "
                    "do the files belong to one trial, in one frame?")  # fmt: skip
    return None


def walking(
    recording: Recording, detection: Detection | None, progression: Progression | None
) -> None:
    """Nothing where there is walking.

    Raises
    ------
    MissingInputError
        Where there is not one foot strike, with what each method lacked, or the person stays in
        place.
    """
    if progression is not None and progression.mode == "standing":
        raise MissingInputError(
            "no walking was found: the person stays in place", place=recording.name or None,
            found=progression.how, expected="a walk, over ground or on a treadmill",
            remedy="give a recording of walking",
        )  # fmt: skip
    if len(recording.events.where(kind="strike")):
        return
    if recording.duration < _STRIDE_S:
        raise _too_short(recording)
    unplaced = [x for s in recording.of_kind("imu").values() for x in s.labels
                if not x.startswith(("foot", "shank", "lower_back", "pelvis"))]  # fmt: skip
    if lost := _lost_channels(recording):
        unread = next((n.words for n in recording.notes if n.place == "columns"), "")
        channel = lost[0].split()[-1]
        raise MissingInputError(
            "no step can be found: a sensor lacks a channel", place=recording.name or None,
            found="; ".join([*lost, *([unread] if unread else [])]),
            expected="acc_x, acc_y, acc_z and gyr_x, gyr_y, gyr_z of each sensor",
            remedy=f"where a column has another name, say what it is: --column NAME={channel}; "
                   "else give a file that has it",
        )  # fmt: skip
    remedy = "give a recording of walking, or one with markers, plates or sensors on the feet"
    if unplaced:
        remedy = f"say where the sensor sits: --place {unplaced[0]}=foot_r"
    said = [str(n) for n in (detection.notes if detection else ()) if n.level != "assumption"]
    lacking = [f"{n} lacks {w}" for n, w in (detection.lacking if detection else {}).items()]
    raise MissingInputError(
        "no walking was found: not one foot strike", place=recording.name or None,
        found="; ".join([*said, *lacking]) or ", ".join(recording.streams),
        expected="at least one step in the signals", remedy=remedy,
    )  # fmt: skip


def enough(recording: Recording, strides: StrideSet | None, detection: Detection | None) -> None:
    """Nothing where there is a whole stride, or a step and the time that a stride takes.

    Raises
    ------
    MissingInputError
        Where a piece of a walk is too short to say anything of it: with how long it is and how many
        strikes it holds.
    """
    if strides is not None and (strides.n or strides.rejected):
        return
    runs = any(n.words.startswith("running") for n in (detection.notes if detection else ()))
    strikes = len(recording.events.where(kind="strike"))
    if strikes >= 2 and recording.duration >= (_RUN_STRIDE_S if runs else _STRIDE_S):
        return
    raise _too_short(recording)


def _too_short(recording: Recording) -> MissingInputError:
    """What says how long a recording without a whole stride is, and how many strikes it holds."""
    strikes = len(recording.events.where(kind="strike"))
    brief = recording.duration < _STRIDE_S
    many = f"{strikes or 'no'} foot strike{'s' if strikes != 1 else ''}"
    return MissingInputError(
        "no walking was found: the recording is too short for a walk" if brief else "no walking was found: hardly a step",
        place=recording.name or None, found=f"{recording.duration:.1f} s with {many} and no whole stride",
        expected="a whole stride, that is two strikes of one foot one after the other, or at least one step in "
        f"{_STRIDE_S:g} s ({_RUN_STRIDE_S:g} s of running)", remedy="give a longer recording of the walk",
    )  # fmt: skip


def _lost_channels(recording: Recording) -> list[str]:
    """Sensors with some of the six channels and not all: ``foot_r has no acc_z``."""
    return [
        f"{label} has no {axis}"
        for stream in recording.of_kind("imu").values()
        for label in stream.labels
        for axis, gone in zip(
            IMU_AXES[:6], np.atleast_1d(np.isnan(stream[label][:, :6]).all(axis=0)), strict=True
        )
        if gone and not np.isnan(stream[label][:, :6]).all()
    ]
