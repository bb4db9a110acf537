"""TRC: marker positions as text (Motion Analysis, OpenSim, pose2sim), read and written."""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.formats import axes
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.opensim_table import clock, numbers
from gaitsmith.recording import Recording
from gaitsmith.streams import Stream
from gaitsmith.subject import Note
from gaitsmith.units import factor, normalise

__all__ = ["NAME", "SUFFIXES", "length_unit", "read", "sniff", "write"]

Array = npt.NDArray[np.float64]

NAME = "TRC markers"
SUFFIXES = (".trc",)


def sniff(head: bytes, suffix: str) -> float:
    """1 for ``PathFileType`` at the start; a little for the suffix alone."""
    start = head.lstrip(b'\xef\xbb\xbf \t\r\n"')[:12]
    if start.startswith(b"PathFileType"):
        return 1.0
    return 0.3 if suffix in SUFFIXES else 0.0


def read(source: Source, hints: Hints) -> Recording:
    """Stream ``points`` in metres, y up.

    Missing is NaN: blank cells and positions of exactly 0,0,0. Markers without a name are called
    ``unnamed_1`` …; a name that stands twice gets a number. Counts in the header are not trusted,
    the time column wins over ``DataRate``, and the unit is checked against a person's size.

    Raises
    ------
    FormatError
        Where the label line or all rows are missing, a cell is not a number, or no marker has
        a position.
    GaitsmithError
        Where time runs backwards or is missing.
    """
    lines = source.text().splitlines()
    at = next((i for i, x in enumerate(lines[:50]) if re.match(r'(?i)[\s"]*frame', x)), None)
    if at is None:
        raise source.wrong("the line of labels is missing", found="".join(lines[:1])[:60],
                           expected="a line that begins with Frame# and Time")  # fmt: skip
    header = _header(lines[:at])
    notes: list[Note] = []
    names = _names(lines[at])
    first = at + 1
    count = 0
    if first < len(lines) and re.match(r"(?i)\s*x1\b", lines[first]):
        count = len(lines[first].split()) // 3
        first += 1
    count = max(count, _count_of_first_row(lines, first))
    if not count:
        raise source.wrong("no row holds a position", place=f"line {first + 1}",
                           remedy="the file may be cut short")  # fmt: skip
    data, more = numbers(lines, first, 2 + 3 * count, source, tabs=True, pad=True)
    notes += more
    labels, more = _labels(names, count)
    notes += more
    notes += _claims(header, data, count)
    kwargs, keep, more = _clock(data, header, hints, source)
    notes += more
    points = data[:, 2:].reshape(len(data), count, 3)
    if keep is not None:
        points = points[keep]
    points, more = _missing(points)
    notes += more
    seen: npt.NDArray[np.bool_] = np.any(np.isfinite(points), axis=(0, 2))
    if not seen.any():
        raise source.wrong(
            "no marker has a position", place="rows", found="blank or zero cells only"
        )
    if not seen.all():
        gone = [x for x, s in zip(labels, seen.tolist(), strict=True) if not s]
        words = (
            f"{len(gone)} markers have no position at all and were left out: {', '.join(gone[:8])}"
        )
        notes.append(Note("assumption", "points", words))
        points, labels = points[:, seen], [x for x in labels if x not in gone]
    scale, more = length_unit(points, header.get("units", ""), hints)
    notes += more
    points = points * scale
    points, more = _upright(points, labels, hints)
    notes += more
    stream = Stream("points", points, tuple(labels), **kwargs)
    return Recording(streams={"points": stream}, notes=tuple(notes), name=source.stem)


def _header(lines: list[str]) -> dict[str, str]:
    """``datarate``, ``numframes``, ``nummarkers``, ``units`` as far as they stand there.

    Values are taken in their order, not by column: tabs are doubled in some files.
    """
    at = next((i for i, x in enumerate(lines) if re.match(r'(?i)[\s"]*datarate', x)), None)
    if at is None or at + 1 >= len(lines):
        return {}
    cells = [c.strip('"') for c in lines[at + 1].split()]
    found: dict[str, str] = {}
    unit = next((c for c in cells if re.fullmatch(r"[A-Za-z]+", c) and normalise(c)), None)
    if unit:
        found["units"] = unit
    values = [c for c in cells if re.fullmatch(r"[-+0-9.eE]+", c)]
    found |= dict(zip(("datarate", "camerarate", "numframes", "nummarkers"), values, strict=False))
    return found


def _names(line: str) -> list[str]:
    """Names as they stand: one for three cells, or side by side."""
    if "\t" not in line:
        return line.split()[2:]
    cells = [c.strip().strip('"').strip() for c in line.rstrip().split("\t")][2:]
    if any(c for i, c in enumerate(cells) if i % 3):
        return [c for c in cells if c]
    return cells[::3]


def _count_of_first_row(lines: list[str], first: int) -> int:
    row = next((x for x in lines[first:] if x and not x.isspace()), "")
    cells = row.rstrip().split("\t") if "\t" in row.strip() else row.split()
    return max(0, -(-(len(cells) - 2) // 3))


def _labels(names: list[str], count: int) -> tuple[list[str], list[Note]]:
    notes: list[Note] = []
    if len(names) > count:
        extra = ", ".join(names[count : count + 6])
        words = f"{len(names) - count} names stand over no column: {extra}"
        notes.append(Note("warning", "label line", words))
    full = [*names[:count], *[""] * (count - len(names))]
    blank = sum(not n for n in full)
    if blank:
        words = f"{blank} markers have no name and are called unnamed_…"
        notes.append(Note("assumption", "label line", words))
    taken: set[str] = set()
    out: list[str] = []
    twice: list[str] = []
    for i, name in enumerate(full, start=1):
        base = name or f"unnamed_{i}"
        label, n = base, 2
        while label in taken:
            label, n = f"{base}_{n}", n + 1
        if label != base:
            twice.append(base)
        taken.add(label)
        out.append(label)
    if twice:
        words = f"names stand more than once and got a number: {', '.join(sorted(set(twice))[:6])}"
        notes.append(Note("warning", "label line", words))
    return out, notes


def _claims(header: dict[str, str], data: Array, count: int) -> list[Note]:
    notes = []
    for key, found, what in (
        ("numframes", len(data), "frames"), ("nummarkers", count, "markers"),
    ):  # fmt: skip
        try:
            claimed = float(header.get(key, "nan"))
        except ValueError:
            continue
        if np.isfinite(claimed) and claimed != found:
            words = f"the header counts {claimed:g} {what}, {found} are there"
            notes.append(Note("warning", "header", words))
    return notes


def _clock(
    data: Array, header: dict[str, str], hints: Hints, source: Source
) -> tuple[dict[str, Any], npt.NDArray[np.intp] | None, list[Note]]:
    try:
        claimed = float(header.get("datarate", "nan"))
    except ValueError:
        claimed = np.nan
    time = data[:, 1]
    good = bool(np.isfinite(claimed) and 0 < claimed <= 1e6)
    if len(time) > 1 and not np.nan_to_num(time).any() and hints.rate_hz is None:
        if not good:
            raise source.wrong("there is no time", place="column Time", found="blank or zero",
                               expected="seconds, or DataRate in the header",
                               remedy="give the rate: rate_hz=100")  # fmt: skip
        words = f"the column is blank or zero: frames are taken at DataRate, {claimed:g} Hz"
        return {"rate": claimed, "start": 0.0}, None, [Note("assumption", "Time", words)]
    kwargs, notes, keep = clock(time, hints, "Time")
    rate = kwargs.get("rate")
    if rate and good and abs(rate - claimed) > 0.01 * rate and hints.rate_hz is None:
        words = f"the header says {claimed:g} Hz, the Time column {rate:.6g} Hz; the column is used"
        notes = [*notes, Note("warning", "DataRate", words)]
    return kwargs, keep, notes


def _missing(points: Array) -> tuple[Array, list[Note]]:
    zero = (points == 0.0).all(axis=2)
    partly = np.isnan(points).any(axis=2) & np.isfinite(points).any(axis=2)
    if not zero.any() and not partly.any():
        return points, []
    out = points.copy()
    out[zero | partly] = np.nan
    notes = []
    if zero.any():
        words = f"{3 * int(zero.sum())} cells are exactly 0 in all of x, y, z: taken as missing"
        notes.append(Note("assumption", "points", words))
    if partly.any():
        words = f"{int(partly.sum())} positions lack a coordinate: taken as missing"
        notes.append(Note("warning", "points", words))
    return out, notes


def length_unit(points: Array, declared: str, hints: Hints) -> tuple[float, list[Note]]:
    """Factor to metres of `points` (time × point × 3), declared units checked by a person's size.

    The size is the widest extent of all markers within a frame: centimetres to a few metres.
    """
    if "length" in hints.units:
        return factor(hints.units["length"], "length"), []
    with np.errstate(invalid="ignore"):
        low = np.where(np.isfinite(points), points, np.inf).min(axis=1)
        high = np.where(np.isfinite(points), points, -np.inf).max(axis=1)
    wide = np.max(high - low, axis=1)
    wide = wide[np.isfinite(wide)]
    size = float(np.median(wide)) if len(wide) else 0.0
    likely = "m" if size < 10.0 else "cm" if size < 250.0 else "mm"
    name = normalise(declared) if declared else None
    try:
        scale = factor(name, "length") if name else None
    except GaitsmithError as error:
        raise GaitsmithError(
            "the unit of the positions is not known", place="unit of length", found=declared,
            expected="m, cm, mm or another length", remedy=f'say it: units={{"length": "{likely}"}}',
        ) from error  # fmt: skip
    if scale is None:
        given = f"the unit {declared!r} is not known" if declared else "no unit is given"
        words = f"{given}; markers spread over {size:.3g}: taken as {likely}"
        return factor(likely, "length"), [Note("assumption", "points", words)]
    if size * scale > 10.0 or 0.0 < size * scale < 0.015:
        words = f"markers spread over {size:.3g} {name}, no person's size: taken as {likely}"
        return factor(likely, "length"), [Note("warning", "points", words)]
    return scale, []


def _upright(points: Array, labels: list[str], hints: Hints) -> tuple[Array, list[Note]]:
    if hints.up is not None:
        up = axes.parse_axis(hints.up)
        return axes.turn_up(points, up), []
    found = axes.infer_up(points, labels)
    if found is None or found == (1, 1):
        return points, []
    name = f"{'-' if found[1] < 0 else '+'}{'xyz'[found[0]]}"
    words = f"the body stands along lab {name}: turned so that y is up"
    return axes.turn_up(points, found), [Note("assumption", "points", words)]


def write(
    recording: Recording,
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    unit: str = "mm",
    **_: Any,
) -> None:
    """The first stream of points; a missing position is three blank cells.

    The format has no place for anything else: other streams, events and the person (mass, height)
    are not kept.

    Parameters
    ----------
    unit
        ``"mm"``, ``"m"`` or ``"cm"``.

    Raises
    ------
    GaitsmithError
        Where there are no points.
    """
    from gaitsmith.files import write_text
    from gaitsmith.formats.opensim_write import clean_labels

    points = recording.points
    if points is None or not len(points):
        raise GaitsmithError(
            "there are no points to write", place=recording.name or None,
            found=", ".join(recording.streams) or "no streams",
            remedy="angles and forces are written as .mot",
        )  # fmt: skip
    labels = clean_labels(points.labels)
    scale = 1.0 / factor(unit, "length")
    n, k = len(points), len(labels)
    rate = points.nominal_rate if n > 1 else points.rate or 1.0
    rate = rate if np.isfinite(rate) else 1.0
    name = os.path.basename(os.fspath(path))  # noqa: PTH119
    head = [
        f"PathFileType\t4\t(X/Y/Z)\t{name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{rate:.10g}\t{rate:.10g}\t{n}\t{k}\t{unit}\t{rate:.10g}\t1\t{n}",
        "Frame#\tTime\t" + "\t\t\t".join(labels) + "\t\t",
        "\t\t" + "\t".join(f"X{i}\tY{i}\tZ{i}" for i in range(1, k + 1)),
        "",
    ]
    flat = (points.data * scale).reshape(n, -1)
    gap = ~np.isfinite(points.data).all(axis=2).repeat(3, axis=1)
    cells = [["%.9g" % v for v in row] for row in flat.tolist()]  # noqa: UP031
    for i, j in zip(*np.nonzero(gap), strict=True):
        cells[i][j] = ""
    times = ["%.10g" % t for t in points.times.tolist()]  # noqa: UP031
    # OpenSim drops one empty cell at the end of a line, so a row that ends blank has a tab more.
    rows = [
        "\t".join([str(i), t, *c, *([""] if not c[-1] else [])])
        for i, (t, c) in enumerate(zip(times, cells, strict=True), 1)
    ]
    write_text(path, "\n".join([*head, *rows]) + "\n", force=force)
