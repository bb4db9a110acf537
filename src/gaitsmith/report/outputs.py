"""The folder of a report: all of it or nothing, and never a file that is not ours."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from gaitsmith.errors import GaitsmithError, check_in
from gaitsmith.recording import Recording
from gaitsmith.report.draw import draw
from gaitsmith.report.page import Shown, all_notes, render_html, title_of
from gaitsmith.report.words import slug
from gaitsmith.sections import plain

__all__ = ["free_folder", "summary_of", "write_report"]

# The only names that this module ever writes, and so the only ones it may take away.
_OURS = re.compile(
    r"report\.html|analysis\.json|strides\.parquet|events\.csv|figures/[a-z0-9_-]+\.(png|svg)"
)


def write_report(
    analysis: Shown,
    folder: str | os.PathLike[str],
    *,
    force: bool = False,
    figures: Sequence[str] = ("png", "svg"),
) -> Path:
    """Write ``report.html`` and what belongs to it into `folder`; the page's path.

    Beside the page: ``analysis.json`` (words, tables, values, notes), ``strides.parquet`` (where
    there are strides), ``events.csv`` and ``figures/KEY.png`` and ``.svg``. All of it is made in a
    temporary folder beside and then put in place, so that an interruption leaves the folder as it
    was.

    Parameters
    ----------
    force
        Write into a folder that is not empty. Files of an earlier report are replaced, or taken
        away where there is nothing to put in their place; all other files are left alone.
    figures
        Formats of the picture files, any of ``"png"`` and ``"svg"``.

    Raises
    ------
    GaitsmithError
        Where the folder is not empty and `force` is false, or cannot be written.
    """
    for one in figures:
        check_in("figures", one, ("png", "svg"))
    target = free_folder(folder, force=force)
    with _beside(target) as new:
        files = _fill(analysis, new, figures)
        _put(new, target, files)
    return target / "report.html"


def free_folder(folder: str | os.PathLike[str], *, force: bool) -> Path:
    """`folder` as a path, where a report may be written into it.

    Raises
    ------
    GaitsmithError
        Where it is a file, or not empty and `force` is false.
    """
    target = Path(folder)
    if target.exists() and not target.is_dir():
        raise GaitsmithError(
            "the report needs a folder, and this is a file", file=target,
            remedy="give another name with --out",
        )  # fmt: skip
    if target.is_dir() and not force and any(target.iterdir()):
        raise GaitsmithError(
            "the folder is not empty", file=target,
            remedy="use --force to replace an earlier report in it, or give another folder",
        )  # fmt: skip
    return target


def _fill(analysis: Shown, new: Path, figures: Sequence[str]) -> list[str]:
    """Write all files into the folder `new`; their names, relative to it."""
    files = ["report.html", "analysis.json", "events.csv"]
    drawn = {}
    taken: set[str] = set()
    for figure in (f for s in analysis.sections for f in s.figures):
        # The page always wants the SVG.
        one = draw(figure, {"svg", *figures})
        drawn[id(figure)] = one
        name = slug(figure.key or figure.title, taken)
        for suffix, data in (("svg", (one.svg or "").encode()), ("png", one.png or b"")):
            if suffix in figures:
                path = new / "figures" / f"{name}.{suffix}"
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(data)
                files.append(f"figures/{name}.{suffix}")
    if analysis.strides is not None:
        from pyarrow import parquet

        parquet.write_table(analysis.strides.to_arrow(), new / "strides.parquet")
        files.append("strides.parquet")
    _events(analysis.recording, new / "events.csv")
    whole = {**summary_of(analysis), "files": sorted(files)}
    text = json.dumps(plain(whole), allow_nan=False, ensure_ascii=False, indent=1, default=str)
    (new / "analysis.json").write_bytes(text.encode("utf-8", "backslashreplace"))
    (new / "report.html").write_bytes(render_html(analysis, drawn).encode("utf-8"))
    return files


def summary_of(analysis: Shown) -> dict[str, Any]:
    """Everything but curves and pictures as plain types: what ``analysis.json`` holds.

    To the analysis's own ``to_dict()`` come the streams and digest of the recording, what was
    missing, and with each note the sections that it belongs to.
    """
    recording = analysis.recording
    streams = {
        name: {
            "kind": s.kind,
            "labels": list(s.labels),
            "rate_hz": s.rate,
            "samples": len(s),
            "start_s": s.start if len(s) else None,
            "end_s": s.end if len(s) else None,
            "missing": float(np.isnan(s.data).mean()) if s.data.size else None,
        }
        for name, s in recording.streams.items()
    }
    whole: dict[str, Any] = plain(
        {
            **analysis.to_dict(),
            "title": title_of(analysis),
            "recording": {
                "name": recording.name,
                "digest": recording.digest(),
                "duration_s": recording.duration,
                "streams": streams,
            },
            "notes": [{**asdict(n), "sections": where} for n, where in all_notes(analysis).items()],
            "missing": [words for s in analysis.sections for words in s.missing],
        }
    )
    return whole


def _events(recording: Recording, path: Path) -> None:
    names = ["time", "side", "kind", "source", "confidence", "duration"]
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as out:
        table = csv.DictWriter(out, names, lineterminator="\n")
        table.writeheader()
        for row in recording.events.to_rows():
            table.writerow({**row, "time": round(row["time"], 6)})


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A temporary folder on the same disk as `target`, gone afterwards whatever happens."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".{target.name or 'report'}.", dir=target.parent))
    except OSError as error:
        raise GaitsmithError("cannot write here", file=target, found=error.strerror) from error
    try:
        (new / "new").mkdir()
        yield new / "new"
    except OSError as error:
        raise GaitsmithError(
            "the report could not be written", file=target, found=error.strerror or error,
            remedy="look at free space and permissions",
        ) from error  # fmt: skip
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _put(new: Path, target: Path, files: Sequence[str]) -> None:
    """Move `files` from `new` into `target`; on any error or interruption everything is put back.

    A folder that does not exist or is empty appears whole by one rename.
    """
    if not target.exists():
        new.rename(target)
        return
    old = new.parent / "old"
    stale = sorted(_earlier(target) - set(files))
    done: list[tuple[Path, Path]] = []  # (where it was, where it is now)
    try:
        for name in (*files, *stale):
            here = target / name
            if here.is_dir():
                raise GaitsmithError("a folder stands where a file of the report goes", file=here)
            if os.path.lexists(here):
                _move(here, old / name, done)
            if name in files:
                _move(new / name, here, done)
    except BaseException:
        for was, now in reversed(done):
            if os.path.lexists(now) and not os.path.lexists(was):
                now.replace(was)
        raise


def _move(source: Path, goal: Path, done: list[tuple[Path, Path]]) -> None:
    goal.parent.mkdir(parents=True, exist_ok=True)
    # Written down before it is done, so that an interruption between the two is put back as well.
    done.append((source, goal))
    source.replace(goal)


def _earlier(target: Path) -> set[str]:
    """Files that the report written here before says are its own."""
    try:
        said = json.loads((target / "analysis.json").read_text("utf-8"))["files"]
        return {f for f in said if isinstance(f, str) and _OURS.fullmatch(f)}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
