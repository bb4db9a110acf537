"""Files as they come in: streamed to the disk, counted while they come, whole or not at all."""

from __future__ import annotations

import errno
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from gaitsmith.errors import GaitsmithError
from gaitsmith.web.names import safe_name

__all__ = ["TooLargeError", "receive"]


class TooLargeError(GaitsmithError):
    """More than a file may have."""


async def receive(
    chunks: AsyncIterator[bytes], folder: Path, name: str, *, most_mb: float, files: int
) -> str:
    """Write a stream of bytes into `folder`; the name that it got.

    Raises
    ------
    TooLargeError
        Where more comes than may; nothing is kept.
    GaitsmithError
        Where the name is of no use, there are too many files, or the disk is full.
    """
    safe = safe_name(name)
    here = [p for p in folder.iterdir() if not p.name.startswith(".")]
    if len(here) >= files and not (folder / safe).exists():
        raise GaitsmithError("too many files for one recording", found=len(here) + 1,
                             expected=f"at most {files}", remedy="pack them into a .zip")  # fmt: skip
    beside = folder / f".{secrets.token_hex(8)}.part"
    most, size = int(most_mb * 1e6), 0
    try:
        with beside.open("wb") as out:
            async for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise TooLargeError("the file is too large", found=f"more than {most_mb:g} MB",
                                        expected=f"at most {most_mb:g} MB", remedy="cut it into parts")  # fmt: skip
                out.write(chunk)
        beside.replace(folder / safe)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
        gone = not folder.is_dir()
        raise GaitsmithError("the file cannot be kept", found="its upload was thrown away meanwhile" if gone else error.strerror,
                             remedy="make room on the disk" if full else "reload the page and choose the file again") from error  # fmt: skip
    finally:
        beside.unlink(missing_ok=True)
    return safe
