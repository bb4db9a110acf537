"""Fukuchi 2018 (WBDS): treadmill and overground walking of 42 people, C3D and text.

Fukuchi CA, Fukuchi RK, Duarte M (2018) A public dataset of overground and treadmill walking
kinematics and kinetics in healthy individuals. PeerJ 6:e4640; figshare 10.6084/m9.figshare.5722711.
Names: ``WBDS<person>walk<O | T><trial>``, for overground with the speed ``C``, ``F``, ``S``
(comfortable, fast, slow), and ``WBDS<person>static<n>``; ``.c3d``, or text with an ending that
says what is in it: ``mkr`` markers, ``grf`` forces, ``ang`` joint angles, ``knt`` kinetics (overground
angles and kinetics are of a speed: ``WBDS01walkOSang``).

A trial that is there as C3D is read from it. Else markers (``Time``, then ``R.ASISX``, ``R.ASISY``,
``R.ASISZ``, … in mm, y up, 150 Hz) and forces (300 Hz) are read from the text and put together.
``ang`` and ``knt`` hold curves of other people's models over a mean stride, not recordings. Speeds of
treadmill trials stand in ``WBDSinfo`` beside the data and are not needed: the belt's speed is
measured from the stance foot by :mod:`gaitsmith.gait.frame`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from gaitsmith.datasets.base import About, Content, Excluded, Found, Raw, Trial
from gaitsmith.datasets.sets.single import read_as
from gaitsmith.errors import FormatError
from gaitsmith.formats import read
from gaitsmith.formats.base import uniform_clock
from gaitsmith.formats.units_by_range import is_row_number
from gaitsmith.recording import Note, Recording, Stream, Subject

ABOUT = About(
    "fukuchi2018",
    "42 healthy people, overground and treadmill at eight speeds: markers, plates (C3D and text)",
    "figshare 10.6084/m9.figshare.5722711",
    "Fukuchi CA, Fukuchi RK, Duarte M (2018) PeerJ 6:e4640",
    "CC BY 4.0",
    "yes",
    layout="PeerJ 6:e4640, tables 2 to 5",
)

#: Sampling rate (Hz) of the markers.
RATE = 150.0
_NAME = re.compile(r"(WBDS\d+)(walk([OT])(\d*)([CFS]?)|static(\w*?))(mkr|grf|ang|knt|)")
_SPEEDS = {"C": "comfortable", "F": "fast", "S": "slow", "": ""}
_CURVES = {"ang": "joint angles of a mean stride", "knt": "kinetics of a mean stride"}


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Trials from C3D, else from text, and why the rest is left out."""
    found = [(f, m) for f in raw.find("WBDS*.c3d", "WBDS*.txt") if (m := _NAME.fullmatch(f.stem))]
    c3d = {m[1] + m[2] for f, m in found if f.path.suffix == ".c3d"}
    text: dict[str, dict[str, Found]] = {}
    for f, m in found:
        stem, what = m[1] + m[2], m[7]
        if f.path.suffix == ".c3d":
            yield _trial(m, stem, partial(read_as, [f.path], m[1], stem), f.name)
        elif what in _CURVES:
            yield Excluded(f"{stem}-{what}", m[1], f"{_CURVES[what]}, no recording", f.name)
        elif stem in c3d:
            yield Excluded(f"{stem}-{what}", m[1], "read from the C3D of the same trial", f.name)
        elif what:
            text.setdefault(stem, {})[what] = f
    for stem, parts in text.items():
        match = _NAME.fullmatch(stem)
        assert match is not None
        files = {what: f.path for what, f in parts.items()}
        names = " + ".join(f.name for f in parts.values())
        yield _trial(match, stem, partial(_read_text, files, match[1], stem), names)


def _trial(match: re.Match[str], stem: str, reader: partial[Content], source: str) -> Trial:
    standing = match[3] is None
    where = "" if standing else {"O": "overground", "T": "treadmill"}[match[3]]
    speed = "" if standing else _SPEEDS[match[5]]
    return Trial(stem, match[1], reader, source, group="healthy",
                 task="standing" if standing else "walking", condition=f"{where} {speed}".strip())  # fmt: skip


def _read_text(files: dict[str, Path], person: str, stem: str) -> Content:
    out = Recording(Subject(id=person), name=stem)
    if "mkr" in files:
        out = _markers(files["mkr"], out)
    if "grf" in files:
        forces = read(files["grf"])
        out = out.replace(streams={**out.streams, **forces.streams}).with_notes(forces.notes)
    return out


def _markers(path: Path, out: Recording) -> Recording:
    import pandas as pd

    try:
        table = pd.read_csv(path, sep="\t", dtype=np.float64)
    except (ValueError, OSError) as error:
        raise FormatError("not a table of numbers", file=path.name, found=str(error)) from error
    time, *names = (str(c).strip() for c in table.columns)
    labels = [n[:-1] for n in names[::3]]
    if time != "Time" or names != [f"{x}{a}" for x in labels for a in "XYZ"]:
        raise FormatError("the columns are not those of the markers", file=path.name,
                          found=", ".join([time, *names[:3]]), expected="Time, R.ASISX, R.ASISY, …")  # fmt: skip
    values = table.to_numpy()
    notes: list[Note] = []
    keep = None
    clock: dict[str, object] = {"rate": RATE, "start": 0.0}
    if is_row_number(values[:, 0]):
        notes.append(
            Note("assumption", "clock", "150 Hz: the published rate; the column Time counts rows")
        )
    else:
        clock, notes, keep = uniform_clock(values[:, 0], "points")
    points = values[:, 1:].reshape(len(values), len(labels), 3) * 1e-3
    points = points if keep is None else points[keep]
    stream = Stream("points", points, tuple(labels), **clock)  # type: ignore[arg-type]
    return out.with_stream(stream).with_notes(notes)
