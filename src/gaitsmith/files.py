"""Writing that never harms: beside, then rename; nothing overwritten without being told to."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gaitsmith.errors import GaitsmithError

__all__ = ["replacing", "write_bytes", "write_text"]


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str], *, force: bool = False) -> Iterator[Path]:
    """A temporary path beside `path`, renamed over it when the block ends well.

    On any error, Ctrl-C included, the temporary file is removed and `path` is as it was.

    Raises
    ------
    GaitsmithError
        Where `path` exists and `force` is false, is write-protected, or its folder cannot be written.
    """
    target = Path(path)
    if target.is_dir():
        raise GaitsmithError("this is a folder", file=target, remedy="give the name of a file")
    if target.exists() and not force:
        raise GaitsmithError(
            "the file exists already", file=target, remedy="use --force to replace it"
        )
    if target.exists() and not target.stat().st_mode & 0o222:
        raise GaitsmithError(
            "the file is write-protected", file=target,
            remedy="give another name, or allow writing to it first",
        )  # fmt: skip
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{target.name}.", suffix=target.suffix, dir=target.parent
        )
        os.close(handle)
    except OSError as error:
        raise GaitsmithError(
            "cannot write here",
            file=target,
            found=error.strerror,
            remedy="give a folder that you may write to",
        ) from error
    beside = Path(name)
    try:
        yield beside
        mask = os.umask(0)
        os.umask(mask)
        beside.chmod(0o666 & ~mask)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def write_bytes(path: str | os.PathLike[str], data: bytes, *, force: bool = False) -> None:
    """Write `data` to `path` whole or not at all."""
    with replacing(path, force=force) as beside:
        beside.write_bytes(data)


def write_text(path: str | os.PathLike[str], text: str, *, force: bool = False) -> None:
    """Write `text` to `path` as UTF-8, whole or not at all."""
    write_bytes(path, text.encode("utf-8"), force=force)
