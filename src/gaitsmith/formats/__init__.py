"""Files in and out: which format a file has, and one Recording from one or several files."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.formats.base import HEAD, Hints, Source
from gaitsmith.formats.sidecar import last_part, with_sidecar
from gaitsmith.formats.sources import open_source
from gaitsmith.recording import Recording

# First bytes of files that hold no walk, and what they are.
_FOREIGN = {
    b"\x89PNG\r\n\x1a\n": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture", b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document", b"BM": "a BMP picture", b"\x7fELF": "a program", b"MZ": "a program",
    b"\xd0\xcf\x11\xe0": "an old Office document (.xls, .doc)", b"Rar!": "a RAR archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive", b"ID3": "a sound", b"RIFF": "a sound or a film",
    b"\x1aE\xdf\xa3": "a film", b"\x00\x00\x00\x18ftyp": "a film", b"\x00\x00\x00\x20ftyp": "a film",
    b"SQLite format 3": "a data base",
}  # fmt: skip

__all__ = ["Hints", "Source", "formats", "read", "sniff", "write"]

# Order matters only between equal scores. Each is a module of this folder; see base.py.
_MODULES = (
    "gait_archive",
    "opensim_motion",
    "opensim_loads",
    "opensim_model",
    "trc",
    "bvh",
    "asfamc",
    "b3d",
    "c3d",
    "trial_json", "joint_json", "mobilised", "table",
    "motion_bids",
)  # fmt: skip


def formats() -> dict[str, Any]:
    """Every format module by its short name."""
    return {name: import_module(f"gaitsmith.formats.{name}") for name in _MODULES}


def sniff(source: Source) -> list[tuple[float, str]]:
    """Scores above 0 of all formats for these bytes, best first."""
    by_name = _by_ending(last_part(source.name))
    if by_name is not None:
        return [(1.0, by_name)]
    head = source.data[:HEAD]
    scores = [(float(m.sniff(head, source.suffix)), name) for name, m in formats().items()]
    return sorted((s for s in scores if s[0] > 0), key=lambda s: -s[0])


def _by_ending(name: str) -> str | None:
    """The format whose files are known by the end of their whole name (``_motion.tsv``)."""
    for short, module in formats().items():
        if name.lower().endswith(getattr(module, "ENDINGS", ()) or "\0"):
            return short
    return None


def read(
    *files: str | os.PathLike[str],
    hints: Hints | None = None,
    format: str | None = None,
    strict: bool = True,
    **hint_values: Any,
) -> Recording:
    """One Recording from one file, or from several that belong together.

    Parameters
    ----------
    files
        Names of files; ``.gz`` is unpacked, ``walks.zip!inner/walk.mot`` names a member.
        Kinematics and forces, markers and forces, or one file a sensor are joined on their
        clocks.
    hints
        What the files cannot say (rate, units, placements, the person), as a :class:`Hints`;
        or its fields as keywords: ``read("imu.csv", rate_hz=100, units={"acceleration": "g"})``.
        A TOML file beside the recording (``imu.csv`` and ``imu.toml``) says the same for good.
    format
        Short name of a format, to forbid guessing.
    strict
        Whether a hint that has no effect on these files is refused, such as the place of a sensor
        that they do not have. For that, they are read once more for each hint.

    Raises
    ------
    GaitsmithError
        Naming file, place and remedy, where anything is wrong.
    """
    if not files:
        raise GaitsmithError("no file was named", expected="at least one file")
    if hint_values:
        allowed = Hints.__dataclass_fields__
        unknown = [k for k in hint_values if k not in allowed]
        if unknown:
            from gaitsmith.errors import did_you_mean

            raise GaitsmithError("no such hint", found=unknown[0], expected=f"one of {', '.join(allowed)}",
                                 remedy=did_you_mean(unknown[0], allowed) or None)  # fmt: skip
        hints = Hints(**{**(vars(hints) if hints else {}), **hint_values})
    hints = hints or Hints()
    files, hints = _skeleton_apart(files, hints)
    recording = _together(files, hints, format)
    if strict:
        from gaitsmith.formats.idle import refuse_idle

        names = ", ".join(os.fspath(f) for f in files)
        refuse_idle(hints, recording, lambda other: _together(files, other, format), names)
    return recording


def _together(
    files: tuple[str | os.PathLike[str], ...], hints: Hints, format: str | None
) -> Recording:
    """The files as one recording."""
    parts = []
    signs: dict[tuple[str, str], GaitsmithError | None] = {}
    for file in files:
        part, said = _read_one(file, hints, format)
        parts.append(part)
        # Two files may share one TOML: a sign in it belongs to either.
        signs |= {k: error for k, error in said.items() if k not in signs or error is None}
    for (sidecar, _), error in signs.items():
        if error is not None:
            raise error.in_file(sidecar)
    if len(parts) == 1:
        return parts[0]
    from gaitsmith.formats.merge import merge

    return merge(parts)


def _skeleton_apart(
    files: tuple[str | os.PathLike[str], ...], hints: Hints
) -> tuple[tuple[str | os.PathLike[str], ...], Hints]:
    """An ``.asf`` among several files is not a recording but the skeleton of the ``.amc``."""
    asf = [f for f in files if os.fspath(f).lower().endswith((".asf", ".asf.gz"))]
    if len(asf) != 1 or len(files) == 1:
        return files, hints
    rest = tuple(f for f in files if f not in asf)
    return rest, replace(hints, skeleton=os.fspath(asf[0]))


def _read_one(
    file: str | os.PathLike[str], hints: Hints, format: str | None
) -> tuple[Recording, dict[tuple[str, str], GaitsmithError | None]]:
    """A file's recording; and by (TOML, column) of the signs beside it the refusal, or None."""
    source = open_source(file)
    if not source.data:
        raise FormatError("the file is empty", file=source.name)
    foreign = next((what for first, what in _FOREIGN.items() if source.data.startswith(first)
                    and not source.data[:64].isascii()), None)  # fmt: skip
    if foreign is not None and format is None:
        raise FormatError("not a file that gaitsmith can read", file=source.name, found=foreign,
                          expected="a recording of a walk",
                          remedy="export the recording in one of the formats of `gaitsmith info --formats`")  # fmt: skip
    asked = hints.signs
    hints = with_sidecar(source, hints)
    modules = formats()
    if format is not None:
        from gaitsmith.errors import check_in

        names = [check_in("format", format, modules)]
    else:
        names = [name for _, name in sniff(source)]
    if not names:
        known = sorted({s for m in modules.values() for s in m.SUFFIXES})
        raise FormatError("not a file that gaitsmith can read", file=source.name,
                          found=source.data[:24], expected=f"one of {', '.join(known)}",
                          remedy="see `gaitsmith info --formats`")  # fmt: skip
    if source.part is not None and not getattr(modules[names[0]], "PARTS", False):
        raise FormatError("a file of this format has no parts", file=source.name,
                          found=source.part, remedy="leave out what stands after the !")  # fmt: skip
    try:
        recording: Recording = modules[names[0]].read(source, hints)
    except GaitsmithError as error:
        raise error.in_file(source.name) from error.__cause__
    except (MemoryError, RecursionError, OverflowError) as error:
        raise FormatError("the file claims more than can be read", file=source.name,
                          found=f"{type(error).__name__}: {error}") from error  # fmt: skip
    from gaitsmith.formats.signs import told, unknown

    try:
        recording, absent = told(recording, hints)
    except GaitsmithError as error:
        raise error.in_file(source.name) from error
    sidecar = f"{source.name.removesuffix(last_part(source.name))}{source.stem}.toml"
    said = {
        (sidecar, n): unknown(n, sign, recording, "table [signs]") if n in absent else None
        for n, sign in hints.signs.items() if n not in asked
    }  # fmt: skip
    subject = hints.subject().filled_by(recording.subject)
    return recording.replace(subject=subject, name=recording.name or source.stem), said


def write(
    recording: Recording, path: str | os.PathLike[str], *, force: bool = False, **options: Any
) -> None:
    """Write `recording` in the format of the suffix.

    Raises
    ------
    GaitsmithError
        Where no format writes that suffix, the file exists and `force` is not set, or the
        recording holds nothing that the format can keep.
    """
    by_name = _by_ending(Path(path).name)
    if by_name is not None:
        formats()[by_name].write(recording, path, force=force, **options)
        return
    suffix = Path(path).suffix.lower()
    writers = {s: m for m in formats().values() if hasattr(m, "write") for s in m.SUFFIXES}
    if suffix not in writers:
        from gaitsmith.errors import did_you_mean

        raise GaitsmithError("no writer for this suffix", file=path, found=suffix or "no suffix",
                             expected=f"one of {', '.join(sorted(s for s in writers if not s.startswith(('.xls', '.ods'))))}",
                             remedy=did_you_mean(suffix, writers) or "give the file a name that ends in one of these: "
                             ".c3d keeps most, .mot goes to OpenSim, .csv to everything else")  # fmt: skip
    writers[suffix].write(recording, path, force=force, **options)
