"""C3D: markers, force plates, events and a model's outputs in one binary file.

The container is decoded here (``c3d_container``) and not by ezc3d, which refuses big-endian files,
reads files without ANALOG:RATE out of step and takes several times as long; it is the tests'
oracle.
"""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.formats.axes import turn_up
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.c3d_container import Container, decode, looks_like
from gaitsmith.formats.c3d_events import read_events
from gaitsmith.formats.c3d_outputs import output_streams
from gaitsmith.formats.c3d_plates import Plate, corners_of, plates
from gaitsmith.formats.c3d_points import find_up, length_factors, sort_points
from gaitsmith.recording import Note, Recording, Stream, Subject

__all__ = ["NAME", "SUFFIXES", "read", "sniff", "write"]

NAME = "C3D"
SUFFIXES = (".c3d",)

Array = npt.NDArray[np.float64]


def sniff(head: bytes, suffix: str) -> float:
    """By the header's key; surer with the suffix."""
    if not looks_like(head):
        return 0.3 if suffix == ".c3d" else 0.0
    return 0.98 if suffix == ".c3d" else 0.8


def read(source: Source, hints: Hints) -> Recording:
    """Points, forces, the model's angles, moments and powers, events and the person.

    The first stream's ``attrs`` may hold ``other_events`` (a second set of events), ``analysis``
    (results that the file brings) and ``normalised_cycle``.

    Streams: ``points`` (true places, m), ``forces`` (``plate_1`` …, N, on the person; corners in
    ``attrs["corners"]``, m), ``angles``, ``moments``, ``powers`` (outputs of the file's own
    model). All start at ``(first frame - 1) / rate``, the clock that the file's events are on.

    Raises
    ------
    FormatError
        Where the file is damaged, cut or holds nothing.
    """
    # Damaged numbers may be anything; what overflows on its way ends as missing.
    with np.errstate(all="ignore"):
        return _recording(decode(source.data), source, hints)


def _recording(box: Container, source: Source, hints: Hints) -> Recording:
    notes = [Note("warning", place, words) for place, words in box.odd]
    # A first frame of 0, which C3D does not know, is met; it is taken as the first.
    start = max(0, box.first_frame - 1) / box.rate
    missing = (
        (box.residuals < 0)
        | ~np.isfinite(box.points).all(axis=2)
        | (box.points == 0).all(axis=2)
    )  # fmt: skip
    factors, lab, more = length_factors(box, hints.units.get("length"))
    sorted_points = sort_points(box, missing)
    notes += more + sorted_points.notes
    subject, more = person(box)
    notes += more
    mass = hints.mass if hints.mass is not None else subject.mass

    columns = [i for i, _ in sorted_points.places]
    labels = [label for _, label in sorted_points.places]
    places = (
        np.where(missing[:, columns, None], np.nan, box.points[:, columns]) * factors[columns, None]
    )
    made, more = plates(box, lab)
    notes += more
    up, more = find_up(box, places, labels, corners_of(box, lab), hints.up)
    streams: dict[str, Stream] = {}
    if labels or made:
        notes += more
    rotation = turn_up(np.eye(3), up).T
    if labels:
        streams["points"] = Stream("points", places @ rotation.T, tuple(labels), rate=box.rate,
                                   start=start)  # fmt: skip
    if made:
        streams["forces"] = _forces(box, made, rotation, start, notes)
    outputs, more = output_streams(box, sorted_points.outputs, mass, start)
    streams.update(outputs)
    notes += more
    notes += _left_out(box)
    if not streams:
        raise GaitsmithError(
            "the file holds no points, forces or angles that can be used", place="POINT:LABELS",
            found=f"{box.points.shape[1]} points, {box.analog.shape[1]} analog channels",
        )  # fmt: skip
    end = start + len(box.points) / box.rate
    events, more, second = read_events(box, start, end)
    notes += more
    facts: dict[str, Any] = {}
    if second:
        facts["other_events"] = second
    if told := _analysis(box):
        facts["analysis"] = told
    if is_normalised_cycle(box, labels, events.times().tolist()):
        facts["normalised_cycle"] = True
        notes.append(Note("warning", "angles", "this is no recording but one averaged cycle: its 101 "
                          "samples are 0 to 100 %, its seconds are fractions of the cycle, and each "
                          "side has its own"))  # fmt: skip
    first = next(iter(streams))
    streams[first] = streams[first].replace(attrs={**streams[first].attrs, **facts})
    return Recording(subject, streams, events, tuple(notes), source.stem)


def _left_out(box: Container) -> list[Note]:
    """What is said of analog channels that belong to no plate (EMG, switches)."""
    used = set(box.numbers("FORCE_PLATFORM", "CHANNEL").tolist())
    names = box.text("ANALOG", "LABELS")
    rest = [
        names[i] if i < len(names) and names[i] else f"channel {i + 1}"
        for i in range(box.analog.shape[1])
        if i + 1 not in used
    ]
    if not rest:
        return []
    some = ", ".join(rest[:4]) + (", …" if len(rest) > 4 else "")
    return [Note("assumption", "ANALOG", f"{len(rest)} channels belong to no force plate and were left "
                 f"out: {some}")]  # fmt: skip


def _analysis(box: Container) -> list[dict[str, Any]]:
    """Results that the file holds itself (group ANALYSIS): name, side, value, unit."""
    values = box.numbers("ANALYSIS", "VALUES")
    names, units = box.text("ANALYSIS", "NAMES"), box.text("ANALYSIS", "UNITS")
    sides = box.text("ANALYSIS", "CONTEXTS")
    return [
        {"name": name, "value": float(f"{value:.7g}"), "unit": unit, "side": side.lower()}
        for name, value, unit, side in zip(names, values, units, sides, strict=False)
        if math.isfinite(value)
    ]


def _forces(
    box: Container, made: list[Plate], rotation: Array, start: float, notes: list[Note]
) -> Stream:  # fmt: skip
    """All plates in our axes; a plate that does not face up is said."""
    data = np.stack(
        [
            np.column_stack((p.force @ rotation.T, p.pressure @ rotation.T, p.free))
            for p in made
        ],
        axis=1,
    )  # fmt: skip
    data = np.where(np.isfinite(data), data, np.nan)
    for p in made:
        facing = float(rotation[1] @ p.normal)
        if facing < 0.9:
            notes.append(Note("warning", p.label, "the plate's corners say that it faces "
                              f"{math.degrees(math.acos(max(-1.0, min(1.0, facing)))):.0f}° off up"))  # fmt: skip
    corners = {p.label: np.round(p.corners @ rotation.T, 6).tolist() for p in made}
    return Stream("forces", data, tuple(p.label for p in made), rate=box.rate * box.samples_per_frame,
                  start=start, attrs={"corners": corners})  # fmt: skip


# --- the person ------------------------------------------------------------------------------------


def _names(box: Container) -> list[str]:
    """Names of the people; some programs write that of their marker set there, and say so."""
    part = box.get("SUBJECTS", "NAMES")
    told = "" if part is None else part.description.lower().replace(" ", "")
    return [] if "markerset" in told else box.text("SUBJECTS", "NAMES")


def person(box: Container) -> tuple[Subject, list[Note]]:
    """The person from PROCESSING (Vicon), SUBJECT and SUBJECTS; 0 means not known."""
    notes: list[Note] = []
    subject = Subject(id=(_names(box) or box.text("SUBJECT", "NAME") or [""])[0])
    wanted: dict[str, tuple[tuple[str, str], ...]] = {
        "mass": (("PROCESSING", "BODYMASS"), ("SUBJECT", "WEIGHT"), ("SUBJECT", "MASS"),
                 ("SUBJECTS", "MASS"), ("SUBJECTS", "WEIGHT"), ("PROCESSING", "MASS")),
        "height": (("PROCESSING", "HEIGHT"), ("SUBJECT", "HEIGHT"), ("SUBJECTS", "HEIGHT")),
        "age": (("SUBJECT", "AGE"), ("PROCESSING", "AGE")),
    }  # fmt: skip
    for name, places in wanted.items():
        for group, parameter in places:
            value = box.number(group, parameter)
            if value:
                subject = _given(subject, name, value, f"{group}:{parameter}", notes)
                break
    legs = [box.number("PROCESSING", x) for x in ("LLEGLENGTH", "RLEGLENGTH")]
    known = [x for x in legs if x]
    if known:
        subject = _given(subject, "leg_length", sum(known) / len(known), "PROCESSING:LLEGLENGTH, RLEGLENGTH",
                         notes)  # fmt: skip
    sex = "".join(box.text("SUBJECT", "GENDER")[:1] or box.text("SUBJECT", "SEX")[:1]).lower()
    if sex:
        word = {"f": "female", "m": "male", "w": "female"}.get(sex, sex)
        subject = subject.given("SUBJECT:GENDER", sex=word)
    return subject, notes


def _given(subject: Subject, name: str, value: float, place: str, notes: list[Note]) -> Subject:
    """`subject` with one more fact, in our unit; a value that nobody has is left out and said."""
    if name in ("height", "leg_length"):
        # Millimetres, centimetres and metres are all met; a person tells them apart.
        value *= 1e-3 if value > 280 else 1e-2 if value > 2.8 else 1.0
    try:
        return subject.given(place, **{name: float(f"{value:.6g}")})
    except GaitsmithError as error:
        notes.append(Note("warning", place, f"{error.problem} ({error.found}) and was left out"))
        return subject


def is_normalised_cycle(box: Container, places: list[str], times: list[float]) -> bool:
    """Whether the file is an averaged cycle on 0 to 100 % and no recording."""
    if places or len(box.points) != 101 or box.first_frame != 1:
        return False
    return bool(times) and abs(times[0]) < 1e-6 and abs(times[-1] - 100 / box.rate) < 1.5 / box.rate


def write(
    recording: Recording, path: str | os.PathLike[str], *, force: bool = False, **options: Any
) -> None:
    """Points, forces, events and the person as a C3D file; see ``c3d_write``."""
    from gaitsmith.files import write_bytes
    from gaitsmith.formats.c3d_write import encode

    write_bytes(path, encode(recording, **options), force=force)
