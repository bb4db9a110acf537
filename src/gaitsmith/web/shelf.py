"""What lies where: drafts (files that were sent) and analyses (what became of them), in SQLite.

A row says what is known; folders hold files. An analysis is listed with results only after its
status says "done", and its folder of results appears whole by one rename.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gaitsmith.errors import GaitsmithError

__all__ = ["AbsentError", "Shelf"]

_TABLES = """
create table if not exists analysis (
  id text primary key, title text not null, made real not null, status text not null,
  step text not null default '', reason text not null default '', facts text not null default '{}',
  summary text not null default '[]');
"""
_OPEN = ("queued", "running")


class AbsentError(KeyError):
    """There is no such draft or analysis."""


class Shelf:
    """The folder of a server.

    Parameters
    ----------
    root
        Made where it is missing; only this person may read it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._lock = threading.Lock()
        self._busy: Counter[str] = Counter()
        try:
            for name in ("drafts", "analyses", "comparisons"):
                (self.root / name).mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o700)
            with self._db() as db:
                db.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise GaitsmithError("cannot keep anything here", file=root, found=error,
                                 remedy="give another --folder") from error  # fmt: skip

    def recover(self) -> None:
        """After a start: what was running when the server ended did not end well."""
        with self._db() as db:
            db.execute(
                "update analysis set status='failed', reason='the server was stopped' where status in (?, ?)",
                _OPEN,
            )

    # --- drafts ----------------------------------------------------------------------------------

    def new_draft(self, most: int, keep_h: float) -> str:
        """A folder for files to come; the drafts longest unused give way where there are too many.

        Raises
        ------
        GaitsmithError
            Where all of them are being filled or read at this moment.
        """
        with self._lock:
            folder = self.root / "drafts"
            known = sorted((_touched(p), p) for p in folder.iterdir())
            free = [(at, p) for at, p in known if not self._busy[p.name]]
            over = len(known) - most + 1
            for i, (at, old) in enumerate(free):
                if i < over or time.time() - at > 3600 * keep_h:
                    shutil.rmtree(old, ignore_errors=True)
            if over > len(free):
                raise GaitsmithError("too many uploads at the same time", found=most,
                                     remedy="wait until some are done")  # fmt: skip
            made = secrets.token_hex(8)
            (folder / made).mkdir()
            return made

    def drop_draft(self, id_: str) -> None:
        """Throw a draft away with its files.

        Raises
        ------
        AbsentError
            Where there is none.
        """
        shutil.rmtree(self.draft(id_), ignore_errors=True)

    @contextlib.contextmanager
    def using(self, id_: str) -> Iterator[Path]:
        """The folder of a draft that gives way to no other meanwhile.

        Raises
        ------
        AbsentError
            Where there is none.
        """
        with self._lock:
            folder = self.draft(id_)
            self._busy[id_] += 1
            os.utime(folder)
        try:
            yield folder
        finally:
            with self._lock:
                self._busy[id_] -= 1
                self._busy += Counter()

    def draft(self, id_: str) -> Path:
        """Its folder.

        Raises
        ------
        AbsentError
            Where there is none.
        """
        folder = self.root / "drafts" / id_
        if not folder.is_dir():
            raise AbsentError(id_)
        return folder

    def files(self, folder: Path) -> list[Path]:
        """Whole files of a draft or of an analysis' input, by name."""
        return sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))

    # --- analyses --------------------------------------------------------------------------------

    def new_analysis(self, draft: str, title: str, facts: dict[str, Any]) -> str:
        """A queued analysis whose input is the draft's files (moved, so the draft is gone)."""
        made = secrets.token_hex(8)
        folder = self.root / "analyses" / made
        folder.mkdir()
        self.draft(draft).rename(folder / "input")
        with self._db() as db:
            db.execute(
                "insert into analysis (id, title, made, status, facts) values (?, ?, ?, 'queued', ?)",
                (made, title, time.time(), json.dumps(facts)),
            )
        return made

    def folder(self, id_: str) -> Path:
        """Where its input and result lie."""
        return self.root / "analyses" / id_

    def result(self, id_: str) -> Path:
        """Its results.

        Raises
        ------
        AbsentError
            Where there are none (yet).
        """
        if self.get(id_)["status"] != "done":
            raise AbsentError(id_)
        return self.folder(id_) / "result"

    def get(self, id_: str) -> dict[str, Any]:
        """Its row.

        Raises
        ------
        AbsentError
            Where there is none.
        """
        with self._db() as db:
            row = db.execute("select * from analysis where id = ?", (id_,)).fetchone()
        if row is None:
            raise AbsentError(id_)
        return _plain(row)

    def all(self, most: int = 500) -> list[dict[str, Any]]:
        """The newest first."""
        with self._db() as db:
            rows = db.execute("select * from analysis order by made desc limit ?", (most,)).fetchall()  # fmt: skip
        return [_plain(r) for r in rows]

    def update(self, id_: str, **values: Any) -> None:
        """Change columns of a row."""
        names = ", ".join(f"{k} = ?" for k in values)
        data = [json.dumps(v) if isinstance(v, (list, dict)) else v for v in values.values()]
        with self._db() as db:
            db.execute(f"update analysis set {names} where id = ?", (*data, id_))

    def delete(self, id_: str) -> None:
        """Row first, then files and comparisons with it: what is not listed may not be half there."""
        self.get(id_)
        with self._db() as db:
            db.execute("delete from analysis where id = ?", (id_,))
        shutil.rmtree(self.folder(id_), ignore_errors=True)
        for page in (self.root / "comparisons").glob(f"*{id_}*.html"):
            page.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _db(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.root / "shelf.sqlite", timeout=20)
        try:
            db.row_factory = sqlite3.Row
            with db:
                yield db
        finally:
            db.close()


def _touched(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0  # thrown away meanwhile


def _plain(row: sqlite3.Row) -> dict[str, Any]:
    out = dict(row)
    out["facts"], out["summary"] = json.loads(out["facts"]), json.loads(out["summary"])
    return out
