"""What a standing trial says of a walk of the same person."""

from __future__ import annotations

from typing import Literal

import numpy as np

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.recording import Recording
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["standing"]

# Masses further apart than this share are not of one person on one day.
_MASS_OFF = 0.1
# Who moves faster (m/s) does not stand.
_STROLL_MS = 0.4
# Less than this (N) on plates is no standing person.
_SOMEBODY_N = 50.0


def standing(recording: Recording, static: Recording) -> Recording:
    """The recording with what a standing trial of the same person says: facts, mass from its plates.

    Raises
    ------
    GaitsmithError
        Where the two name different people, or the standing trial is none.
    """
    mine, theirs = recording.subject, static.subject
    if mine.id and theirs.id and mine.id != theirs.id:
        raise GaitsmithError(
            "the standing trial is of another person", file=static.name,
            found=f"person {theirs.id}", expected=f"person {mine.id}, as in {recording.name}",
            remedy="give the standing trial of the same person, or leave --static out",
        )  # fmt: skip
    _stands(static, recording)
    place = f"standing trial {static.name}"
    if recording.points is not None and static.points is not None and recording.angles is None:
        recording = recording.with_note("assumption", place, "lengths and places of the markers on the "
                                        "body are taken from it for the joint angles")  # fmt: skip
    facts = {
        k: v
        for k, v in theirs.to_dict().items()
        if k not in ("id", "sources") and getattr(mine, k) is None
    }
    recording = recording.with_subject(place, **facts)
    if facts:
        words = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in facts.items())
        recording = recording.with_note("assumption", place, f"taken from it: {words}")
    weighed = _standing_mass(static)
    if weighed is None:
        return recording
    stated = recording.subject.mass
    if stated is None:
        recording = recording.with_subject(f"plates of the {place}", mass=weighed)
        return recording.with_note("assumption", place, f"mass {weighed:.1f} kg from its plates")
    off = abs(weighed - stated) / stated
    level: Literal["warning", "assumption"] = "warning" if off > _MASS_OFF else "assumption"
    doubt = ": is it the same person?" if off > _MASS_OFF else ""
    return recording.with_note(level, place, f"its plates carry {weighed:.1f} kg, the stated mass is "
                               f"{stated:.1f} kg{doubt}")  # fmt: skip


def _stands(static: Recording, recording: Recording) -> None:
    """Nothing where a standing trial is one.

    Raises
    ------
    GaitsmithError
        Where it is the walk itself, somebody walks in it, or it tells nothing.
    """
    from gaitsmith.gait.frame import progression

    if static.digest() == recording.digest():
        raise GaitsmithError("the standing trial is the walk itself", file=static.name, place="argument static",
                             remedy="give the trial in which the person stands, or leave --static out")  # fmt: skip
    if static.points is not None:
        try:
            way = progression(static)
        except MissingInputError:
            return
        if way.mode != "standing" and way.speed > _STROLL_MS:
            raise GaitsmithError(
                "somebody walks in the standing trial", file=static.name, place="argument static",
                found=f"{way.speed:.2f} m/s ({way.how})", expected="a person who stands",
                remedy="give the trial in which the person stands, or leave --static out",
            )  # fmt: skip
    elif static.forces is None and not static.subject.to_dict().keys() - {"id", "sources"}:
        raise GaitsmithError(
            "the standing trial tells nothing", file=static.name, place="argument static",
            found=", ".join(static.streams) or "no signals", expected="markers, plates that are stood on, or facts of the person",
            remedy="leave --static out",
        )  # fmt: skip


def _standing_mass(static: Recording) -> float | None:
    """Mass (kg) on the plates of a standing trial, or None where they carry no whole person."""
    forces = static.forces
    if forces is None or not len(forces):
        return None
    weight = float(np.nanmedian(np.nansum(forces.data[:, :, 1], axis=1)))
    return weight / STANDARD_GRAVITY if weight > _SOMEBODY_N else None
