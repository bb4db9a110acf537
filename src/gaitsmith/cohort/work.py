"""One recording of a cohort, in a worker process: analysed, written, and marked as done last.

What is done lies in the folder of results, a file a recording under ``state/``, named by the
content of the recording, the options and the version: whoever repeats the command, on whatever
machine, finds it and does not do it again.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gaitsmith.cohort.find import Item, one_line
from gaitsmith.errors import GaitsmithError
from gaitsmith.files import write_text
from gaitsmith.sections import plain

__all__ = ["Job", "job_of", "read_state", "row_of", "work"]

_ENOUGH = 16


@dataclass(frozen=True)
class Job:
    """What a worker is sent: plain values only."""

    item: Item
    key: str
    hints: Mapping[str, Any]
    options: Mapping[str, Any]
    reports: bool

    @property
    def folder(self) -> str:
        """Name of its folder of results: readable, and no two alike."""
        stem = re.sub(r"[^\w.-]+", "_", re.sub(r".*[/!]", "", self.item.name)).strip("._")
        return f"{stem[:60] or 'recording'}-{self.key[:8]}"


def job_of(
    item: Item, hints: Mapping[str, Any], options: Mapping[str, Any], *, reports: bool
) -> Job:
    """The job of a recording; its key goes by content, options and version."""
    from gaitsmith.version import __version__

    # An option left at its default is no option.
    options = {k: v for k, v in options.items() if v not in (None, "auto")}
    said = json.dumps([__version__, dict(hints), dict(options), reports], sort_keys=True, default=str)  # fmt: skip
    key = hashlib.sha256(f"{item.digest()} {said}".encode()).hexdigest()[:_ENOUGH]
    return Job(item, key, hints, options, reports)


def read_state(out: Path, key: str) -> dict[str, Any] | None:
    """What was kept of a job, or None where it is not done."""
    try:
        row = json.loads((out / "state" / f"{key}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return row if isinstance(row, dict) and row.get("key") == key else None


def work(job: Job, out: str) -> dict[str, Any]:
    """Read, analyse and write one recording; what the tables need of it.

    A refusal is a result (``status`` "refused", with its reason). A full disk is not: ``status``
    "stopped", and nothing is marked as done.
    """
    folder = Path(out)
    begun, spent = time.perf_counter(), time.process_time()
    row: dict[str, Any] = {"key": job.key, "name": job.item.name, "folder": None, "reason": None}
    try:
        row |= _analysed(job, folder)
    except GaitsmithError as error:
        if _disk_full(error):
            return {**row, "status": "stopped", "reason": one_line(error)}
        row |= {"status": "refused", "reason": one_line(error)}
    except OSError as error:
        if _disk_full(error):
            return {**row, "status": "stopped", "reason": str(error)}
        row |= {"status": "failed", "reason": f"{type(error).__name__}: {error}"}
    except Exception as error:
        # A bug of ours in one recording must not cost the others theirs.
        row |= {"status": "failed", "reason": f"{type(error).__name__}: {one_line(error)}"}
    row |= {
        "seconds": round(time.perf_counter() - begun, 3), "processor_s": round(time.process_time() - spent, 3),
        "memory_mb": _memory_mb(), "process": os.getpid(),
    }  # fmt: skip
    if row["status"] != "failed":
        try:
            text = json.dumps(plain(row), allow_nan=False, default=str)
            write_text(folder / "state" / f"{job.key}.json", text, force=True)
        except (OSError, GaitsmithError) as error:
            return {**row, "status": "stopped", "reason": one_line(error)}
    return row


def _analysed(job: Job, out: Path) -> dict[str, Any]:
    analysis, reason = _best(job)
    folder = out / "recordings" / job.folder
    if job.reports:
        analysis.write(folder, force=True)
    else:
        folder.mkdir(parents=True, exist_ok=True)
    if not job.reports and analysis.strides is not None:
        from gaitsmith.files import replacing

        with replacing(folder / "strides.parquet", force=True) as beside:
            analysis.strides.to_pandas().to_parquet(beside)
    if not any(folder.iterdir()):
        shutil.rmtree(folder)
    return {"status": "done", "reason": reason, "folder": job.folder, "values": row_of(analysis)}


def _best(job: Job) -> tuple[Any, str | None]:
    """The analysis of all files together; where they refuse, of the first that stands alone."""
    from gaitsmith.analysis import analyze
    from gaitsmith.formats import Hints, read

    if job.item.trial:
        return analyze(_prepared(job), **job.options), None

    def of(*files: str) -> Any:
        # What is said of a folder need not matter to each of its files.
        return analyze(read(*files, hints=Hints(**job.hints), strict=False), **job.options)

    files = job.item.files
    try:
        return of(*files), None
    except GaitsmithError as error:
        if len(files) == 1 or _disk_full(error):
            raise
        together = error
    for file in files:
        try:
            return of(file), f"{Path(file).name} alone: together they refuse: {one_line(together)}"
        except GaitsmithError:
            continue
    raise together


def _prepared(job: Job) -> Any:
    """A trial of a prepared collection, with what is said of the person; it has its units and places."""
    from gaitsmith.datasets import Store
    from gaitsmith.formats import Hints

    recording = Store(job.item.files[0]).recording(job.item.trial)
    subject = Hints(**job.hints).subject().filled_by(recording.subject)
    return recording.replace(subject=subject)


def row_of(analysis: Any) -> dict[str, Any]:
    """One row of the table of parameters: plain numbers and words by name."""
    recording = analysis.recording
    row: dict[str, Any] = {
        "recording_digest": recording.digest(),
        "person": recording.subject.id,
        "duration_s": recording.duration,
        "warnings": sum(n.level == "warning" for n in _notes(analysis)),
        "refusals": sum(n.level == "refusal" for n in _notes(analysis)),
        "strides_left": 0, "strides_right": 0,
    }  # fmt: skip
    for name in ("mass", "height", "age", "sex", "leg_length", "affected_side"):
        row[name] = getattr(recording.subject, name)
    if analysis.strides is not None:
        for side in analysis.strides.sides:
            row[f"strides_{side}"] = len(analysis.strides[side])
    if "parameters" in analysis:
        for name, about in analysis["parameters"].values.items():
            # One column, one unit: forces of people without a mass are newtons, not % of body weight.
            own = f"{name}_newton" if re.match(r"N(?!·?m)", str(about.get("unit", ""))) else name
            for which in ("left", "right", "both"):
                for what in ("mean", "sd"):
                    value = about.get(f"{which}_{what}")
                    if value is not None:
                        row[f"{own}_{which}" + ("_sd" if what == "sd" else "")] = value
    if "indices" in analysis:
        values = analysis["indices"].values
        name = values.get("name") or "GPS"
        for which in ("overall", "left", "right"):
            if values.get(which) is not None:
                row[f"{name}_{which}"] = values[which]
        row["gdi"] = values.get("gdi")
    clean: dict[str, Any] = plain(row)
    return {k: v for k, v in clean.items() if v is None or isinstance(v, (int, float, str))}


def _notes(analysis: Any) -> list[Any]:
    own = [n for s in analysis.sections for n in s.notes]
    return list(dict.fromkeys([*analysis.recording.notes, *analysis.notes, *own]))


def _disk_full(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__
    return False


def _memory_mb() -> float:
    """Memory that this process holds (MB)."""
    import psutil

    return round(float(psutil.Process().memory_info().rss) / 1e6, 1)
