"""``gaitsmith convert``."""

from __future__ import annotations

from pathlib import Path

from gaitsmith.chapters.base import listed
from gaitsmith.cli.console import out, working
from gaitsmith.errors import GaitsmithError
from gaitsmith.formats import Hints, read, write
from gaitsmith.recording import Recording

__all__ = ["run"]


def run(
    source: str,
    target: Path,
    *,
    hints: Hints,
    format: str | None,
    rate_hz: float | None,
    start: float | None,
    stop: float | None,
    kinds: list[str],
    force: bool,
) -> None:
    """Read `source`, cut and resample it as asked, write `target`."""
    _apart(source, target)
    with working(f"reading {source}"):
        recording = read(source, hints=hints, format=format)
    if kinds:
        recording = _selected(recording, kinds)
    if start is not None or stop is not None:
        recording = _part(recording, start, stop)
    if rate_hz is not None:
        recording = recording.resample(rate_hz)
    _several(recording, target)
    before = _beside(target)
    with working(f"writing {target}"):
        _write(recording, source, target, force=force)
        written = sorted(_beside(target) - before) or [target]
        lost = _lost(recording, written)
    console = out()
    for note in recording.notes:
        console.print(f"[dim]{note.level}[/] {note}", highlight=False)
    if lost:
        console.print(f"[yellow]not kept by this format:[/] {', '.join(lost)}", highlight=False)
    for path in written:
        console.print(f"wrote {path}", highlight=False, soft_wrap=True)


def _several(recording: Recording, target: Path) -> None:
    """Says beforehand where the format keeps a recording in files of other names than the one asked for."""
    from gaitsmith.formats import motion_bids

    if not target.name.lower().endswith(motion_bids.ENDINGS):
        return
    tables = motion_bids.tables(recording, target)
    if tables == [target]:
        return
    out().print(
        "[dim]motion-BIDS keeps each tracking system in a table of its own and asks for its name (tracksys-…); here "
        f"each stream is one:[/] {', '.join(p.name for p in tables)}", highlight=False, soft_wrap=True,
    )  # fmt: skip


def _apart(source: str, target: Path) -> None:
    """Nothing where the target is another file than the source."""
    from gaitsmith.formats.sources import split

    path, _ = split(source)
    if path.exists() and target.exists() and path.samefile(target):
        raise GaitsmithError(
            "source and target are the same file", file=source, expected="two names",
            remedy="give another name to write to: what this format cannot hold would be lost from the source",
        )  # fmt: skip


def _selected(recording: Recording, kinds: list[str]) -> Recording:
    """The streams of these kinds or names, each of which is there."""
    for kind in kinds:
        if kind not in {s.kind for s in recording.streams.values()}:
            recording[kind]
    return recording.select(*kinds)


def _part(recording: Recording, start: float | None, stop: float | None) -> Recording:
    """The part between two times, in which something was recorded."""
    part = recording.crop(start, stop)
    if any(len(s) for s in part.streams.values()):
        return part
    told = [f"{name} {value:g} s" for name, value in (("--start", start), ("--stop", stop)) if value is not None]  # fmt: skip
    raise GaitsmithError(
        "nothing was recorded in this part", place=recording.name or None, found=" and ".join(told),
        expected=f"times within {recording.start:g} to {recording.end:g} s", remedy="give times on the recording's own clock",
    )  # fmt: skip


def _write(recording: Recording, source: str, target: Path, *, force: bool) -> None:
    """Write, and name both files where the target's format cannot hold what the source has."""
    try:
        write(recording, target, force=force)
    except GaitsmithError as error:
        if error.file is None:
            error.file = f"{source} to {target}"
            error.place = None if error.place == recording.name else error.place
        raise


def _beside(target: Path) -> set[Path]:
    return set(target.parent.iterdir()) if target.parent.is_dir() else set()


def _lost(recording: Recording, written: list[Path]) -> list[str]:
    """What of `recording` does not come back from the files written, in words."""
    kept: set[str] = set()
    known: set[str] = set()
    events = 0
    for path in written:
        try:
            back = read(path)
        except GaitsmithError:
            continue  # a sidecar, read with its file
        kept |= {s.kind for s in back.streams.values()}
        known |= set(_person(back))
        events += len(back.events)
    if not kept:
        return []
    lost = [name for name, s in recording.streams.items() if s.kind not in kept]
    person = [words for key, words in _person(recording).items() if key not in known]
    return [
        *lost,
        *(["events"] if len(recording.events) and not events else []),
        *([f"the person's {listed(person)}"] if person else []),
    ]


def _person(recording: Recording) -> dict[str, str]:
    """What is known of the person, by the name of its field, in words."""
    facts = recording.subject.to_dict()
    return {key: key.replace("_", " ") if key != "id" else "name" for key in facts if key != "sources"}  # fmt: skip
