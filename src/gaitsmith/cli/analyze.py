"""``gaitsmith analyze`` and ``gaitsmith demo``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from rich.markup import escape

from gaitsmith.analysis import Analysis, analyze
from gaitsmith.cli.console import errors, out
from gaitsmith.errors import GaitsmithError
from gaitsmith.formats import Hints, read
from gaitsmith.recording import Recording

__all__ = ["demo", "run"]


def run(
    files: list[str],
    *,
    forces: list[str],
    hints: Hints,
    format: str | None,
    static: str | None,
    osim: str | None,
    speed: float | None,
    events: str,
    population: str,
    controls: list[str],
    without: list[str],
    out: Path | None,
    as_json: bool,
    force: bool,
) -> None:
    """Read, analyse, write, and say where the report lies."""

    def work(say: Any) -> tuple[Recording, Analysis]:
        say("reading")
        recording = read(*files, hints=hints, format=format)
        _carry_forces(forces)
        standing = read(static) if static else None
        normal = [read(f) for f in controls]
        try:
            analysis = analyze(
                recording, events=events, speed_m_s=speed, population=population, static=standing,
                osim=osim, controls=normal, without=without, progress=say,
            )  # fmt: skip
        except GaitsmithError as error:
            if error.place == recording.name:
                # A file says more than the name that the recording has from it.
                error.place = None
            if error.place is None or not error.place.startswith("argument"):
                error.in_file(", ".join(files))
            raise
        return recording, analysis

    _run(work, out, as_json=as_json, force=force)


def _carry_forces(files: list[str]) -> None:
    """Nothing where each file said to be of forces holds some, or says where they act."""
    for name in files:
        if name.lower().endswith((".xml", ".xml.gz")):
            continue
        held = read(name)
        if held.forces is None:
            raise GaitsmithError(
                "the file holds no ground reaction forces", file=name, place="option --forces",
                found=", ".join(held.streams) or "no signals", expected="forces of plates, as a .mot of ground_force_vx … has them",
                remedy="name other files of the same trial before the options, not behind --forces",
            )  # fmt: skip


def demo(out: Path, *, force: bool) -> None:
    """Analyse a virtual walker that our own code makes."""

    def work(say: Any) -> tuple[Recording, Analysis]:
        from gaitsmith.virtual import example

        say("making a virtual walker")
        recording = example(stiff_knee="left")
        return recording, analyze(recording, progress=say)

    _run(work, out, as_json=False, force=force)
    _invite()


def _invite() -> None:
    """The line that starts the page on this machine."""
    import os
    import shutil
    import sys
    from importlib.util import find_spec

    called = Path(sys.argv[0])
    command = (
        str(called) if called.is_file() and os.access(called, os.X_OK) else "python -m gaitsmith"
    )
    if shutil.which("gaitsmith"):
        command = "gaitsmith"
    more = (
        ""
        if find_spec("fastapi") and find_spec("uvicorn")
        else " (first: pip install 'gaitsmith[web]')"
    )
    out().print(
        f"your own recordings, in the browser: {command} serve --open{more}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def _run(work: Any, folder: Path | None, *, as_json: bool, force: bool) -> None:
    if folder is not None:
        from gaitsmith.report.outputs import free_folder

        # Said before the work, not after it.
        free_folder(folder, force=force)
    console = errors()
    if console.is_terminal:
        with console.status("starting") as status:
            recording, analysis = work(lambda words: status.update(f"{words} …"))
            report = _write(recording, analysis, folder, force)
    else:
        recording, analysis = work(_silent)
        report = _write(recording, analysis, folder, force)
    if as_json:
        print(json.dumps(analysis.to_dict(), indent=1, allow_nan=False))
        console.print(f"report: {report}", highlight=False, soft_wrap=True)
        return
    for words in analysis.summary:
        out().print(escape(words), highlight=False, soft_wrap=True)
    count = len(analysis.notes)
    if count:
        out().print(
            f"[dim]{count} note{'s' if count > 1 else ''} on what was assumed: see the report[/]"
        )
    out().print(f"report: {report}", highlight=False, markup=False, soft_wrap=True)


def _silent(_: str) -> None:
    """Nobody is watching."""


def _write(recording: Recording, analysis: Analysis, folder: Path | None, force: bool) -> Path:
    if folder is None:
        name = re.sub(r"[^\w.-]+", "_", recording.name).strip("._") or "recording"
        folder = Path("gaitsmith-out") / name
    return analysis.write(folder, force=force)
