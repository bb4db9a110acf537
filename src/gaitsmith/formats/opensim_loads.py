"""OpenSim external-loads XML: which force of a file is said to act on which body.

What such a file says is a claim: walking files are met where both plates are put on one foot.
The claims travel as notes; joined with the forces they become ``attrs["claimed_bodies"]`` of the
forces stream (label -> body), for gait science to confirm or contradict by contact.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.opensim_columns import UNSETTLED_KNEE
from gaitsmith.formats.opensim_xml import is_xml, parse, text_of
from gaitsmith.recording import Recording
from gaitsmith.subject import Note

__all__ = ["NAME", "SUFFIXES", "attach", "claims", "read", "read_loads", "sniff"]

NAME = "OpenSim external loads"
SUFFIXES = (".xml",)
_PLACE = "external loads"


def sniff(head: bytes, suffix: str) -> float:
    """1 for a document of external loads."""
    return 1.0 if b"<ExternalLoads" in head and is_xml(head) else 0.0


def read_loads(source: Source) -> list[tuple[str, str]]:
    """Pairs (force identifier, body); the body is "" where the file names none.

    Raises
    ------
    FormatError
        Where the XML is broken or holds no ``ExternalForce``.
    """
    root = parse(source)
    forces = list(root.iter("ExternalForce"))
    if not forces:
        raise source.wrong(
            "no ExternalForce stands in this file", expected="an ExternalLoads document"
        )
    return [
        (text_of(f, "force_identifier"), text_of(f, "applied_to_body"))
        for f in forces
        if text_of(f, "isDisabled").lower() != "true"
    ]


def read(source: Source, hints: Hints) -> Recording:
    """A Recording without streams, whose notes carry the claims; it is joined with the forces."""
    pairs = read_loads(source)
    notes = [
        Note("assumption", f"{_PLACE} {name!r}", f"said to act on {body!r}") for name, body in pairs
    ]
    bodies = [body for _, body in pairs if body]
    for body in sorted({b for b in bodies if bodies.count(b) > 1}):
        words = f"{bodies.count(body)} forces are put on one body, {body}: not believed"
        notes.append(Note("warning", _PLACE, words))
    if len(bodies) < len(pairs):
        notes.append(Note("warning", _PLACE, "a force is put on no body"))
    return Recording(notes=tuple(notes), name=source.stem)


def claims(recording: Recording) -> dict[str, str]:
    """``{force identifier: body}`` from the notes that :func:`read` wrote."""
    found: dict[str, str] = {}
    for note in recording.notes:
        place = re.fullmatch(rf"{_PLACE} '(.*)'", note.place)
        words = re.fullmatch(r"said to act on '(.*)'", note.words)
        if place and words:
            found[place[1]] = words[1]
    return found


def attach(recording: Recording, parts: Sequence[Recording]) -> Recording:
    """`recording` (of joined `parts`) with what one part says about another.

    Claims of external loads go to the forces streams' ``attrs["claimed_bodies"]``; knee moments
    are turned where the angles of another part were (``attrs["negative_knee"]``).
    """
    claimed = {k: v for part in parts for k, v in claims(part).items()}
    if claimed:
        recording = _claimed(recording, claimed)
    return _knee_moments(recording)


def _claimed(recording: Recording, claimed: dict[str, str]) -> Recording:
    unmatched = set(claimed)
    streams = dict(recording.streams)
    for name, stream in recording.of_kind("forces").items():
        columns = dict(stream.attrs.get("columns", {}))
        bodies = {label: claimed[p] for label, p in columns.items() if claimed.get(p)}
        unmatched -= set(columns.values())
        if bodies:
            streams[name] = stream.replace(attrs={**stream.attrs, "claimed_bodies": bodies})
    recording = recording.replace(streams=streams)
    for name in sorted(unmatched):
        recording = recording.with_note(
            "warning", _PLACE, f"no column of forces is called {name!r}…: this claim has no force"
        )
    return recording


def _knee_moments(recording: Recording) -> Recording:
    angles = recording.angles
    if angles is None or not any(x.startswith("knee_angle") for x in angles.labels):
        return recording
    turned = angles.attrs.get("negative_knee", [])
    settled = tuple(n for n in recording.notes if n.words != UNSETTLED_KNEE)
    recording = recording.replace(notes=settled)
    for name, stream in recording.of_kind("moments").items():
        labels = [f"knee_angle_{side[0]}_moment" for side in turned]
        at = [stream.labels.index(x) for x in labels if x in stream.labels]
        if not at or stream.attrs.get("knee_turned"):
            continue
        data = stream.data.copy()
        data[:, at] *= -1.0
        attrs = {**stream.attrs, "knee_turned": list(turned)}
        recording = recording.with_stream(stream.replace(data=data, attrs=attrs), name)
        recording = recording.with_note(
            "assumption", name, "knee moments reversed with the knee angle of the same trial: "
            "positive flexes the knee",
        )  # fmt: skip
    return recording
