"""The one writer of a store: adds trials, commits them in batches, survives being killed.

What is not committed is not there: a writer that dies loses at most the trials of its last seconds
(parameter `every`), and the next one removes what they left. One writer at a time holds the
store's lock, which the system releases when the process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from gaitsmith.datasets import tables
from gaitsmith.datasets.arrays import put, start_root
from gaitsmith.datasets.base import About, Content, Excluded
from gaitsmith.datasets.curves import Curves
from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Recording, Subject

__all__ = ["Writer"]

_SCRATCH = ".scratch"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


class Writer:
    """Adds to a store; makes it where there is none. Use as a context manager.

    Leaving the block commits, also on Ctrl-C or an error inside it: what was added before stays.

    Parameters
    ----------
    path
        Folder of the store; must be new, empty, or a store.
    every
        Seconds between commits.

    Raises
    ------
    GaitsmithError
        Where the folder holds something else, or another writer is at work.

    Examples
    --------
    >>> with Writer("prepared") as writer:                      # doctest: +SKIP
    ...     writer.begin(About("mine", ...))                    # doctest: +SKIP
    ...     writer.add("mine", "p1-walk1", "p1", recording)     # doctest: +SKIP
    """

    def __init__(self, path: str | os.PathLike[str], *, every: float = 2.0) -> None:
        self.path = Path(path)
        self.every = every

    def __enter__(self) -> Writer:
        root = self.path
        if root.is_file() or (root.is_dir() and not (root / tables.MANIFEST).exists()
                              and any(p.name not in _OURS for p in root.iterdir())):  # fmt: skip
            raise GaitsmithError("the folder is not empty and not a prepared collection", file=root,
                                 remedy="name a new folder")  # fmt: skip
        try:
            (root / "sets").mkdir(parents=True, exist_ok=True)
            self._lock = _locked(root / ".lock")
        except OSError as error:
            raise GaitsmithError("cannot write here", file=root, found=error.strerror) from error
        try:
            self._open()
        except BaseException:
            self._lock.close()
            raise
        return self

    def _open(self) -> None:
        root = self.path
        start_root(root)
        if (root / tables.MANIFEST).exists():
            self._facts = tables.manifest(root)
            rows = {n: tables.rows(root, self._facts, n) for n in tables.TABLES}
        else:
            self._facts = {"gaitsmith_store": tables.FORMAT, "revision": 0, "sets": {}}
            rows = {n: [] for n in tables.TABLES}
        self._trials = {r["id"]: r for r in rows["trials"]}
        self._exclusions = {r["id"]: r for r in rows["exclusions"]}
        self._changed = not (root / tables.MANIFEST).exists()
        self._last = time.monotonic()
        self._tidy()
        self._save()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        try:
            self._save()
            self._tidy()
        finally:
            self._lock.close()

    @property
    def scratch(self) -> Path:
        """A folder for what has to be unpacked; emptied when the writer ends."""
        folder = self.path / _SCRATCH
        folder.mkdir(exist_ok=True)
        return folder

    def has(self, set: str, trial: str, version: int) -> bool:
        """Whether the trial is there, prepared by this version of its loader."""
        row = self._trials.get(f"{set}/{trial}")
        return row is not None and row["loader"] == version

    def begin(self, about: About) -> None:
        """Say what a set is, before its trials are added."""
        facts = {
            "title": about.title, "source": about.source, "cite": about.cite,
            "licence": about.licence, "derived": about.derived, "loader": about.version,
            "complete": False,
        }  # fmt: skip
        old = self._facts["sets"].get(about.name, {})
        if {**old, "complete": False} != facts:
            self._facts["sets"][about.name] = facts
            self._changed = True

    def end(self, set: str, keep: frozenset[str] | None = None) -> None:
        """Say that a set is complete; trials that are not in `keep` (ids) are taken out."""
        if keep is not None:
            for rows in (self._trials, self._exclusions):
                for i in [i for i, r in rows.items() if r["set"] == set and r["id"] not in keep]:
                    del rows[i]
                    self._changed = True
        if not self._facts["sets"][set]["complete"]:
            self._facts["sets"][set]["complete"] = True
            self._changed = True
        self._save()

    def forget(self, set: str) -> None:
        """Take a set out; committed at once."""
        self._facts["sets"].pop(set, None)
        for rows in (self._trials, self._exclusions):
            for i in [i for i, r in rows.items() if r["set"] == set]:
                del rows[i]
        self._changed = True
        self._save()
        self._tidy()

    def drop(self, ids: Iterable[str]) -> None:
        """Take trials out (by ``set/trial``); their sets are no longer complete."""
        for trial in ids:
            row = self._trials.pop(trial, None)
            if row is not None:
                self._facts["sets"][row["set"]]["complete"] = False
                self._changed = True
        self._save()

    def add(
        self, set: str, trial: str, person: str, content: Content, *, group: str = "",
        task: str = "walking", condition: str = "", speed: float | None = None, side: str = "",
        use: str = "", source: str = "", facts: Mapping[str, Any] | None = None,
    ) -> str:  # fmt: skip
        """Write a trial; returns its id. It is there for readers from the next commit on.

        Raises
        ------
        GaitsmithError
            Where the set was not begun, or a name cannot be one of a folder.
        """
        if set not in self._facts["sets"]:
            raise GaitsmithError("the set was not begun", place="argument set", found=set,
                                 remedy="call writer.begin(About(...)) first")  # fmt: skip
        for what, name in (("set", set), ("trial", trial), ("person", person)):
            _check_name(what, name)
        about = self._facts["sets"][set]
        digest = content.digest()
        path = f"sets/{set}/{trial}-{digest[:12]}"
        old = self._trials.get(f"{set}/{trial}")
        if old is None or old["digest"] != digest:
            put(self.path, path, content)
        row = {
            "id": f"{set}/{trial}", "set": set, "trial": trial, "person": f"{set}/{person}",
            "group": group, "task": task, "condition": condition, "speed": speed, "side": side,
            "use": use, "source": source, "digest": digest, "path": path,
            "facts": json.dumps(dict(facts), sort_keys=True) if facts else "",
            "derived": about["derived"], "loader": about["loader"], **_measured(content),
        }  # fmt: skip
        self._exclusions.pop(row["id"], None)
        self._trials[row["id"]] = row
        self._changed = True
        if time.monotonic() - self._last > self.every:
            self._save()
        return str(row["id"])

    def exclude(self, set: str, left_out: Excluded) -> None:
        """Note what was left out, and why."""
        about = self._facts["sets"][set]
        row = {
            "id": f"{set}/{left_out.id}", "set": set, "person": f"{set}/{left_out.person}",
            "reason": left_out.reason, "source": left_out.source, "loader": about["loader"],
        }  # fmt: skip
        if self._exclusions.get(row["id"]) != row:
            self._trials.pop(row["id"], None)
            self._exclusions[row["id"]] = row
            self._changed = True

    # --- committing ----------------------------------------------------------------------------

    def _save(self) -> None:
        if not self._changed:
            return
        trials = sorted(self._trials.values(), key=lambda r: r["id"])
        exclusions = sorted(self._exclusions.values(), key=lambda r: r["id"])
        self._facts = tables.commit(
            self.path, self._facts,
            {"people": _people(trials), "trials": trials, "exclusions": exclusions},
        )  # fmt: skip
        self._changed, self._last = False, time.monotonic()

    def _tidy(self) -> None:
        """Remove what no row names: leavings of a killed writer, and replaced trials."""
        shutil.rmtree(self.path / _SCRATCH, ignore_errors=True)
        named = {r["path"] for r in self._trials.values()}
        for folder in (self.path / "sets").iterdir():
            if not folder.is_dir():
                continue
            for group in folder.iterdir():
                if f"sets/{folder.name}/{group.name}" not in named and group.is_dir():
                    shutil.rmtree(group, ignore_errors=True)
            if folder.name not in self._facts["sets"]:
                shutil.rmtree(folder, ignore_errors=True)


_OURS = {"sets", "tables", "splits", ".lock", _SCRATCH, "zarr.json", f".{tables.MANIFEST}.new"}


def _check_name(what: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise GaitsmithError("a name cannot be that of a folder", place=what, found=name,
                             expected="letters, digits and . _ + -, starting with a letter or digit")  # fmt: skip


def _measured(content: Content) -> dict[str, Any]:
    """The columns that the content itself gives."""
    subject: Subject = content.subject
    row: dict[str, Any] = {
        "age": subject.age, "sex": subject.sex, "height": subject.height, "mass": subject.mass,
        "notes": len(content.notes),
    }  # fmt: skip
    if isinstance(content, Curves):
        return {**row, "kind": "curves", "rows": len(content), "streams": " ".join(content.labels)}
    assert isinstance(content, Recording)
    return {
        **row, "kind": "recording", "duration": content.duration,
        "rows": max((len(s) for s in content.streams.values()), default=0),
        "streams": " ".join(content.streams), "events": len(content.events),
    }  # fmt: skip


def _people(trials: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a person: the first known value of each fact, in the order of the trials."""
    out: dict[str, dict[str, Any]] = {}
    for row in trials:
        person = out.setdefault(row["person"], {
            "person": row["person"], "set": row["set"], "trials": 0, "derived": row["derived"],
        })  # fmt: skip
        person["trials"] += 1
        for fact in ("group", "age", "sex", "height", "mass"):
            if person.get(fact) in (None, ""):
                person[fact] = row[fact]
    return sorted(out.values(), key=lambda r: r["person"])


def _locked(path: Path) -> IO[bytes]:
    """The open lock file; the lock goes when it is closed or the process ends."""
    handle = path.open("ab")
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        with contextlib.suppress(OSError):
            handle.close()
        raise GaitsmithError("another writer is at work on this store", file=path.parent,
                             remedy="wait until it has ended") from error  # fmt: skip
    return handle
