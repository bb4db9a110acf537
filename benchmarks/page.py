"""A benchmark's results page: what was measured, on what, at which commit."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def machine() -> dict[str, Any]:
    """Processor, cores, load, Python."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = [x for x in info.read_text().splitlines() if x.startswith("model name")]
        model = lines[0].split(":")[1].strip() if lines else model
    return {"processor": model, "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1),
            "python": platform.python_version()}  # fmt: skip


def write(
    folder: Path, name: str, words: Sequence[str], rows: Sequence[Sequence[str]], facts: Any
) -> None:
    """``NAME.md`` (title and paragraphs, a table whose first row is its head) and ``NAME.json``."""
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)  # fmt: skip
    made = {"commit": done.stdout.strip() or "unknown", "machine": machine()}
    here = made["machine"]
    table = [f"| {' | '.join(rows[0])} |", "|" + " --- |" * len(rows[0])]
    table += [f"| {' | '.join(row)} |" for row in rows[1:]]
    foot = (
        f"Commit {made['commit']}; {here['processor']}, {here['cores']} cores, load {here['load']}, "
        f"Python {here['python']}."
    )
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n\n".join([*words, "\n".join(table), foot]) + "\n"
    (folder / f"{name}.md").write_text(text, "utf-8")
    (folder / f"{name}.json").write_text(json.dumps({"made": made, "results": facts}, indent=1) + "\n", "utf-8")  # fmt: skip
