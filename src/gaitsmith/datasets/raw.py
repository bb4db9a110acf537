"""A set as it was downloaded: a folder or an archive; archives in it are unpacked on the way."""

from __future__ import annotations

import fnmatch
import hashlib
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gaitsmith.errors import FormatError, GaitsmithError, did_you_mean
from gaitsmith.formats.sources import is_archive

__all__ = ["Found", "Raw"]

# Whatever a system or a version control leaves in folders.
_NOISE = ("__MACOSX", ".git", ".DS_Store", "Thumbs.db")


@dataclass(frozen=True)
class Found:
    """A file of the set: the name a person knows (``all.zip!a/1-4.csv``) and where it lies."""

    name: str
    path: Path

    @property
    def stem(self) -> str:
        """The file's own name without its suffix (and without ``.gz``)."""
        name = self.path.name
        return name[:-3].rpartition(".")[0] if name.endswith(".gz") else self.path.stem


class Raw:
    """The files of one set.

    Parameters
    ----------
    path
        The folder, or one archive.
    scratch
        A folder for what is unpacked; the caller removes it.

    Raises
    ------
    GaitsmithError
        Where there is no such folder, or an archive cannot be unpacked.
    """

    def __init__(self, path: Path, scratch: Path) -> None:
        if not path.exists():
            near = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
            raise GaitsmithError("no such folder", file=path, remedy=did_you_mean(path.name, near)
                                 or "download the set first; see `gaitsmith data list`")  # fmt: skip
        self.path = path
        self._scratch = scratch

    @cached_property
    def files(self) -> tuple[Found, ...]:
        """Every file, those in archives first; the same bytes under the same name count once."""
        plain = [self.path] if self.path.is_file() else sorted(
            p for p in self.path.rglob("*") if p.is_file() and not any(n in p.parts for n in _NOISE)
        )  # fmt: skip
        found: list[Found] = []
        for path in plain:
            if is_archive(path):
                found += self._unpacked(path)
        base = self.path.parent if self.path.is_file() else self.path
        found += [Found(p.relative_to(base).as_posix(), p) for p in plain if not is_archive(p)]
        return tuple(_once(found))

    def find(self, *patterns: str) -> list[Found]:
        """Files whose name (or path inside the set) matches one of the patterns, sorted."""
        return [f for f in sorted(self.files, key=lambda f: f.name) if any(
            fnmatch.fnmatch(f.path.name, p) or fnmatch.fnmatch(f.name, p) for p in patterns
        )]  # fmt: skip

    def one(self, pattern: str) -> Found:
        """The file that matches.

        Raises
        ------
        GaitsmithError
            Where none does.
        """
        found = self.find(pattern)
        if not found:
            raise GaitsmithError("the set lacks a file", file=self.path, expected=pattern,
                                 remedy="download it again, whole")  # fmt: skip
        return found[0]

    def _unpacked(self, archive: Path) -> Iterator[Found]:
        inside = archive.relative_to(self.path) if archive != self.path else Path(archive.name)
        # Suffixes stay in the folder's name, so that a.zip and a.tar do not meet.
        target = self._scratch / "__".join(inside.parts)
        target.mkdir(parents=True, exist_ok=True)
        try:
            if zipfile.is_zipfile(archive):
                with zipfile.ZipFile(archive) as zf:
                    zf.extractall(target)
            else:
                with tarfile.open(archive) as tf:
                    tf.extractall(target, filter="data")
        except (zipfile.BadZipFile, tarfile.TarError, OSError, EOFError, zlib.error,
                ValueError) as error:  # fmt: skip
            raise FormatError("the archive cannot be unpacked", file=archive, found=str(error),
                              remedy="download it again") from error  # fmt: skip
        for path in sorted(target.rglob("*")):
            part = path.relative_to(target)
            if path.is_file() and not any(n in part.parts for n in _NOISE):
                yield Found(f"{inside.as_posix()}!{part.as_posix()}", path)


def _once(found: list[Found]) -> Iterator[Found]:
    """Without copies: the same file name with the same bytes (an archive and its content)."""
    by_name: dict[tuple[str, int], list[Found]] = {}
    for f in found:
        by_name.setdefault((f.path.name, f.path.stat().st_size), []).append(f)
    for same in by_name.values():
        seen: set[str] = set()
        for f in same:
            mark = hashlib.sha256(f.path.read_bytes()).hexdigest() if len(same) > 1 else ""
            if mark not in seen:
                seen.add(mark)
                yield f
