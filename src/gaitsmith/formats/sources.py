"""From what a user names to bytes: plain files, ``.gz``, and members of ``.zip`` and ``.tar``.

A member is named ``archive.zip!inner/name`` (or ``archive.zip/inner/name``); an archive with a
single file needs no member. A further ``!`` names a part of a file that holds several
(``data.mat!Test5/Trial1``, ``walks.zip!data.mat!Test5/Trial1``). Sizes are bounded, so that a small file cannot unpack to a huge one.
"""

from __future__ import annotations

import gzip
import io
import lzma
import os
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from gaitsmith.errors import FormatError, did_you_mean
from gaitsmith.formats.base import Source

__all__ = ["expand", "members", "open_source"]

#: Largest size (bytes) that a file may have, packed or unpacked.
LIMIT = 2 << 30
#: Largest ratio of unpacked to packed size, beyond what may always be unpacked (bytes); text of
#: measurements stays below 50, a run of zeros reaches 1030 by deflate and far more by others.
RATIO, FREE = 200, 48 << 20
_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2")
# Files that usually stand beside a recording and are none.
_ABOUT = re.compile(
    r"(?i).*\.(json|md|rst|xml|toml|ya?ml|html|pdf|png|jpg|py|m|osim)(\.gz)?|.*(readme|licen[cs]e|citation)[^/]*"
)
# Workbooks and recordings are zip files that are read whole.
_WHOLE = (".xlsx", ".xlsm", ".gait", ".npz", ".ods")


def _suffix(name: str) -> str:
    return Path(name.lower()).suffix


def is_archive(path: Path) -> bool:
    """Whether the file is an archive of several files (by its name)."""
    return path.name.lower().endswith(_ARCHIVES)


def split(name: str | os.PathLike[str]) -> tuple[Path, str | None]:
    """``walks.zip!a/b.mot`` -> (``walks.zip``, ``a/b.mot``); the member is None for plain files."""
    text = os.fspath(name)
    if "!" in text and not Path(text).exists():
        outer, inner = text.split("!", 1)
        return Path(outer), inner
    path = Path(text)
    if not path.exists():
        for parent in path.parents:
            if parent.is_file() and is_archive(parent):
                return parent, path.relative_to(parent).as_posix()
    return path, None


def _readable(path: Path, name: str) -> None:
    if path.is_dir():
        raise FormatError(
            "this is a folder",
            file=name,
            expected="a file",
            remedy="name the files of one recording in it",
        )
    if path.is_char_device() or path.is_block_device() or path.is_socket():
        raise FormatError("this is a device, which has no end", file=name, expected="a file",
                          remedy="name the file of a recording")  # fmt: skip
    if not path.exists():
        if path.is_symlink():
            raise FormatError("the link leads nowhere", file=name, found=os.fspath(path.readlink()),
                              remedy="name the file itself")  # fmt: skip
        near = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise FormatError(
            "no such file",
            file=name,
            remedy=did_you_mean(path.name, near) or "check the name and the folder",
        )
    if path.is_fifo():
        raise FormatError("this is a pipe, from which data may never come", file=name, expected="a file",
                          remedy="write what comes through the pipe to a file first, and name that")  # fmt: skip
    size = path.stat().st_size
    if size > LIMIT:
        raise FormatError("the file is too large", file=name, found=f"{size / 1e9:.1f} GB",
                          expected=f"at most {LIMIT / 1e9:.1f} GB", remedy="cut it into parts")  # fmt: skip


def members(path: str | os.PathLike[str]) -> list[str]:
    """Names of the files in an archive, without folders and system files."""
    return [name for name, _ in _entries(Path(path))]


def _entries(path: Path) -> list[tuple[str, int]]:
    _readable(path, str(path))
    stat = path.stat()
    return list(_listed(path, stat.st_mtime_ns, stat.st_size))


@lru_cache(maxsize=8)
def _listed(path: Path, _changed: int, _size: int) -> tuple[tuple[str, int], ...]:
    """Names and sizes; kept, since to list a compressed tar is to unpack all of it."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as zf:
                found = [(i.filename, i.file_size) for i in zf.infolist() if not i.is_dir()]
        else:
            with tarfile.open(path) as tf:
                found = [(m.name, m.size) for m in tf if m.isfile()]
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        OSError,
        EOFError,
        zlib.error,
        lzma.LZMAError,
        ValueError,
    ) as error:
        raise FormatError("the archive cannot be read", file=path, found=_begins(path),
                          expected="a whole zip or tar file", remedy="fetch or pack it again") from error  # fmt: skip
    return tuple(
        (n, s) for n, s in found if "__MACOSX" not in n and not n.split("/")[-1].startswith("._")
    )


def _begins(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return f"a file that begins with {file.read(16)!r}"
    except OSError as error:
        return error.strerror or str(error)


def _likely(inside: list[str]) -> str:
    """The first member that looks like a recording and not like words about one."""
    return next((m for m in inside if not _ABOUT.fullmatch(m)), "") or (
        inside[0] if inside else "member"
    )


def open_source(name: str | os.PathLike[str]) -> Source:
    """The bytes behind a name.

    Raises
    ------
    FormatError
        Where there is no such file or member, it cannot be unpacked, or it is too large.
    """
    shown = os.fspath(name)
    path, member = split(name)
    part: str | None = None
    if member is not None and not is_archive(path):
        member, part = None, member
    elif member is not None and "!" in member:
        member, part = member.split("!", 1)
    _readable(path, shown)
    if member is None and is_archive(path) and not path.name.lower().endswith(_WHOLE):
        inside = members(path)
        if len(inside) != 1:
            some = ", ".join(inside[:5]) + (", …" if len(inside) > 5 else "")
            raise FormatError(
                f"an archive of {len(inside)} files", file=shown, found=some or None,
                remedy=f"name one: {path.name}!{_likely(inside)}",
            )  # fmt: skip
        member = inside[0]
    try:
        data = path.read_bytes() if member is None else _member(path, member, shown)
    except OSError as error:
        raise FormatError(
            "cannot be read", file=shown, found=error.strerror or str(error)
        ) from error
    inner = member or path.name
    plain = member is None
    if data[:2] == b"\x1f\x8b":
        data, plain = _gunzip(data, shown), False
        inner = inner[:-3] if inner.lower().endswith(".gz") else inner
    return Source(shown, data, _suffix(inner), path if plain else None, part)


def _gunzip(data: bytes, name: str) -> bytes:
    limit = min(LIMIT, max(FREE, RATIO * len(data)))
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as handle:
            out = handle.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise FormatError("the compressed file is damaged", file=name, found=str(error),
                          remedy="fetch it again") from error  # fmt: skip
    if len(out) > limit:
        raise FormatError(
            "unpacks to too much", file=name, expected=f"at most {limit / 1e9:.2f} GB"
        )
    return out


def _member(path: Path, member: str, name: str) -> bytes:
    sizes = dict(_entries(path))
    if member not in sizes:
        # A shorter name is enough where it is unique.
        like = [m for m in sizes if m.endswith("/" + member)]
        if len(like) != 1:
            raise FormatError("no such member in the archive", file=name, found=member,
                              expected=f"one of {len(sizes)}: {', '.join(list(sizes)[:4])}{' …' if len(sizes) > 4 else ''}",
                              remedy=did_you_mean(member, sizes) or "give a member's name, or its end where that is unique")  # fmt: skip
        member = like[0]
    packed = path.stat().st_size
    if sizes[member] > min(LIMIT, max(FREE, RATIO * packed)):
        raise FormatError("unpacks to too much", file=name, found=f"{sizes[member] / 1e9:.2f} GB")
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as zf, zf.open(member) as handle:
                return handle.read(sizes[member] + 1)
        with tarfile.open(path) as tf:
            # To ask for a member by name would first unpack the whole archive.
            for entry in tf:
                if entry.name == member and (part := tf.extractfile(entry)) is not None:
                    return part.read()
            raise KeyError(member)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, RuntimeError,
            NotImplementedError, KeyError) as error:  # fmt: skip
        raise FormatError(
            "the archive's member cannot be unpacked", file=name, found=str(error)
        ) from error


def expand(name: str | os.PathLike[str]) -> Iterator[str]:
    """The name itself, or for an archive of several files the name of each member."""
    path, member = split(name)
    if member is None and path.is_file() and is_archive(path):
        yield from (f"{os.fspath(name)}!{m}" for m in members(path))
    else:
        yield os.fspath(name)
