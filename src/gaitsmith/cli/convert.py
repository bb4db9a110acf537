"""``gaitsmith convert``."""

from __future__ import annotations

from pathlib import Path

from gaitsmith.cli.console import out, working
from gaitsmith.formats import Hints, read, write

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
    with working(f"writing {target}"):
        write(recording, target, force=force)
    console = out()
    for note in recording.notes:
        console.print(f"[dim]{note.level}[/] {note}", highlight=False)
    console.print(f"wrote {target}", highlight=False, soft_wrap=True)
