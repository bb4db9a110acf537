"""What a killed run left behind in a folder of results: halves that were never renamed to their names."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from gaitsmith.cohort.work import Job

__all__ = ["sweep"]

# What is written beside the folders of recordings.
_TABLES = ("cohort.html", "parameters.parquet", "strides.parquet", "files.csv")
# What tempfile puts behind a name, with the suffix of a file.
_RANDOM = r"\.[a-z0-9_]{8}(\.\w+)?"


def sweep(out: Path, jobs: Iterable[Job]) -> None:
    """Throw away what was half written under the names of these jobs and of the tables.

    Nothing else is touched. One run at a time writes into a folder of results.
    """
    jobs = list(jobs)
    for folder, names in (
        (out / "recordings", {j.folder for j in jobs}),
        (out / "state", {f"{j.key}.json" for j in jobs}),
        (out, set(_TABLES)),
    ):
        for path in folder.glob(".*") if folder.is_dir() else ():
            name = re.sub(rf"{_RANDOM}$", "", path.name)
            if name == path.name or name[1:] not in names:
                continue
            with contextlib.suppress(OSError):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
