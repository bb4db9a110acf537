"""OpenSim ``.mot`` and ``.sto``: joint angles, ground forces and joint moments, read and written."""

from __future__ import annotations

import os
from typing import Any, Literal

from gaitsmith.errors import GaitsmithError
from gaitsmith.formats import opensim_columns, opensim_forces
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.opensim_table import Table, clock, has_endheader, read_table, unique
from gaitsmith.recording import Recording
from gaitsmith.streams import Stream

__all__ = ["NAME", "SUFFIXES", "read", "sniff", "write"]

NAME = "OpenSim motion or storage"
SUFFIXES = (".mot", ".sto")


def sniff(head: bytes, suffix: str) -> float:
    """1 where a line ``endheader`` stands; a little for the suffix alone."""
    if has_endheader(head):
        return 1.0
    return 0.3 if suffix in SUFFIXES else 0.0


def read(source: Source, hints: Hints) -> Recording:
    """Streams ``angles``, ``forces``, ``moments`` and ``powers``, as far as columns speak of them.

    Angles come in degrees (translations in metres), knee flexion positive; forces in newtons on
    the person. Notes name what was inferred: degrees or radians by the range of the values, a
    negative knee, columns that were left out, wrong counts in the header, repeated times.

    Raises
    ------
    FormatError
        Where the table cannot be read (see `opensim_table.read_table`) or holds no column that is
        known here.
    GaitsmithError
        Where time runs backwards or is missing.
    """
    table = read_table(source)
    kwargs, notes, keep = clock(table.data[:, 0], hints, "time", table.decimals)
    data = table.data if keep is None else table.data[keep]
    labels, kept, gone = opensim_columns.renamed(table.labels, hints.columns, source)
    at, more = unique([labels[i] for i in kept], "columns")
    at = [kept[i] for i in at]
    labels, data = [labels[i] for i in at], data[:, at]
    notes = [*table.notes, *notes, *gone, *more]

    streams: dict[str, Stream] = {}
    plates, more = opensim_forces.find_columns(labels)
    notes += more
    used = {0, *(i for p in plates for i in p.at.values())}
    found = opensim_columns.sort_out(labels, used, table.header)
    notes += found.notes
    angles = opensim_columns.angles(found.angles, data, table.header, hints)
    notes += angles.notes
    turned = list(angles.flipped)
    if angles.labels:
        attrs: dict[str, Any] = {"negative_knee": turned} if turned else {}
        streams["angles"] = Stream("angles", angles.data, angles.labels, attrs=attrs, **kwargs)
    if plates:
        newtons, more = opensim_forces.in_newtons(plates, data, hints)
        notes += more
        forces, more = opensim_forces.build(plates, newtons)
        notes += more
        attrs = {"columns": {p.label: p.prefix for p in plates}}
        if known := {p.label: p.known_by for p in plates if p.known_by}:
            attrs["feet_known_by"] = known
        streams["forces"] = Stream(
            "forces", forces, tuple(p.label for p in plates), attrs=attrs, **kwargs
        )
    for kind, columns in (("moments", found.moments), ("powers", found.powers)):
        if columns:
            values, more = opensim_columns.kinetics(columns, data, angles.flipped, kind)
            notes += more
            attrs = {"knee_turned": turned} if turned and kind == "moments" else {}
            streams[kind] = Stream(kind, values, tuple(columns), attrs=attrs, **kwargs)  # type: ignore[arg-type]
    if not streams:
        raise _nothing(source, table, found.speeds)
    return Recording(streams=streams, notes=tuple(notes), name=source.stem)


def _nothing(source: Source, table: Table, speeds: bool) -> GaitsmithError:
    if speeds:
        return source.wrong(
            "this file holds speeds or accelerations, not angles", place="label line",
            found=table.header.get("", "") or table.labels[1 : 4],
            remedy="give the file of coordinates (…_q.sto, …_ik.mot)",
        )  # fmt: skip
    some = ", ".join(table.labels[1:6]) or "only a time column"
    if table.data.shape[1] > 1 and (table.data[:, 1:] != table.data[:, 1:]).all():
        return source.wrong(
            "every value but the time is missing (NaN)", place="rows", found=some,
            remedy="give the file that was written before its values were lost",
        )  # fmt: skip
    return source.wrong(
        "no column holds an angle, force or moment that varies", place="label line", found=some,
        expected="names of OpenSim coordinates (hip_flexion_r, …) or ground forces",
        remedy='say what a column is: columns={"RKnee": "knee_angle_r"}',
    )  # fmt: skip


def write(
    recording: Recording,
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    degrees: bool = True,
    max_gap_s: float = 0.5,
    kinds: tuple[Literal["angles", "forces", "moments"], ...] | None = None,
    **_: Any,
) -> None:
    """Angles, forces and moments as one table that OpenSim loads.

    Labels are unique, counts are right, no cell is NaN: gaps up to `max_gap_s` are bridged by
    straight lines and the header says how many samples that were; the centre of pressure is held
    over swing. Forces are written as ``ground_force_r_vx …``, the layout of external loads.

    Parameters
    ----------
    degrees
        Rotations in degrees (the header says so) or radians.
    max_gap_s
        Longest gap (s) that is bridged.
    kinds
        Which streams; default: all of angles, forces and moments that stand on one clock.

    Raises
    ------
    GaitsmithError
        Where there is nothing to write, streams have different clocks, or a gap is too long.
    """
    from gaitsmith.files import write_text
    from gaitsmith.formats.opensim_write import table_text

    text = table_text(recording, degrees=degrees, max_gap_s=max_gap_s, kinds=kinds)
    write_text(path, text, force=force)
