"""``gaitsmith convert``."""

from __future__ import annotations

from pathlib import Path

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
    with working(f"reading {source}"):
        recording = read(source, hints=hints, format=format)
    if kinds:
        recording = recording.select(*kinds)
    if start is not None or stop is not None:
        recording = recording.crop(start, stop)
    if rate_hz is not None:
        recording = recording.resample(rate_hz)
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
    events = 0
    for path in written:
        try:
            back = read(path)
        except GaitsmithError:
            continue  # a sidecar, read with its file
        kept |= {s.kind for s in back.streams.values()}
        events += len(back.events)
    if not kept:
        return []
    lost = [name for name, s in recording.streams.items() if s.kind not in kept]
    return [*lost, *(["events"] if len(recording.events) and not events else [])]
