"""``gaitsmith info``: what a file holds, what the formats are, what the machine has."""

from __future__ import annotations

import json
import platform
import sys
from importlib import metadata
from typing import Any

from rich.markup import escape
from rich.table import Table

from gaitsmith.cli.console import out, working
from gaitsmith.formats import Hints, read
from gaitsmith.formats import formats as all_formats
from gaitsmith.recording import Recording
from gaitsmith.sections import plain

__all__ = ["describe", "files", "formats", "system"]

_PACKAGES = (
    "gaitsmith", "numpy", "scipy", "pandas", "pyarrow", "ezc3d", "matplotlib", "typer", "rich",
    "jinja2", "dtaidistance", "python-calamine", "torch", "onnxruntime", "mujoco", "opensim",
)  # fmt: skip


def system() -> None:
    """Versions of everything that matters for a bug report."""
    console = out()
    console.print(f"python     {sys.version.split()[0]} ({platform.python_implementation()})")
    console.print(f"system     {platform.system()} {platform.release()} {platform.machine()}")
    for name in _PACKAGES:
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            version = "not installed"
        console.print(f"{name:<16} {version}", highlight=False)


def formats() -> None:
    """A table of the formats."""
    table = Table("format", "suffixes", "reads", "writes", box=None, header_style="bold")
    for name, module in all_formats().items():
        writes = "yes" if hasattr(module, "write") else ""
        table.add_row(
            f"{name} ({module.NAME})",
            " ".join((*module.SUFFIXES, *getattr(module, "ENDINGS", ()))),
            "yes",
            writes,
        )
    out().print(table)


def describe(recording: Recording) -> dict[str, Any]:
    """What a person wants to know of a recording first, as plain types."""
    import numpy as np

    streams = {}
    for name, s in recording.streams.items():
        streams[name] = {
            "kind": s.kind,
            "samples": len(s),
            "rate_hz": round(s.nominal_rate, 4),
            "uniform": s.rate is not None,
            "start_s": round(s.start, 6),
            "end_s": round(s.end, 6),
            "labels": list(s.labels),
            "missing_percent": round(100 * float(np.isnan(s.data).mean()), 2)
            if s.data.size
            else 0.0,
        }
    about: dict[str, Any] = plain(
        {
            "name": recording.name,
            "duration_s": round(recording.duration, 4),
            "subject": recording.subject.to_dict(),
            "streams": streams,
            "events": {k: len(recording.events.where(kind=k)) for k in ("strike", "off", "turn")},
            "event_sources": list(recording.events.sources),
            "notes": [
                {"level": n.level, "place": n.place, "words": n.words} for n in recording.notes
            ],
        }
    )
    return about


def files(names: list[str], *, hints: Hints, format: str | None, as_json: bool) -> None:
    """Describe the recording that `names` make."""
    with working("reading"):
        recording = read(*names, hints=hints, format=format)
    about = describe(recording)
    if as_json:
        print(json.dumps(about, indent=1, allow_nan=False))
        return
    console = out()
    console.print(f"[bold]{escape(about['name'])}[/]  {about['duration_s']:g} s")
    person = {k: v for k, v in about["subject"].items() if k != "sources"}
    if person:
        console.print("person  " + ", ".join(f"{k} {escape(str(v))}" for k, v in person.items()))
    table = Table("stream", "kind", "samples", "rate", "from", "to", "missing", "labels", box=None)
    for name, s in about["streams"].items():
        labels = ", ".join(s["labels"][:8]) + (
            f", … ({len(s['labels'])})" if len(s["labels"]) > 8 else ""
        )
        clock = (
            "no clock"
            if s["rate_hz"] is None
            else f"{s['rate_hz']:g} Hz{'' if s['uniform'] else ' (uneven)'}"
        )
        table.add_row(
            escape(name), s["kind"], str(s["samples"]), clock, f"{s['start_s']:g} s",
            f"{s['end_s']:g} s", f"{s['missing_percent']:g} %", escape(labels),
        )  # fmt: skip
    console.print(table)
    counts = ", ".join(f"{n} {kind}" for kind, n in about["events"].items() if n)
    if counts:
        console.print(
            f"events  {counts}  (from {', '.join(about['event_sources'])})", highlight=False
        )
    for note in recording.notes:
        console.print(
            f"[dim]{note.level:<10}[/] {escape(str(note))}", highlight=False, soft_wrap=True
        )
