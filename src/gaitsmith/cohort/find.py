"""Which recordings a folder holds: its files and members of archives, those of one walk together."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gaitsmith.errors import GaitsmithError
from gaitsmith.formats.sources import is_archive, members

__all__ = ["Item", "Left", "find", "one_line"]

# Files that are about recordings and never are one: (end of the name, what it is).
_ABOUT = (
    (".toml", "a sidecar: it is read with its recording"),
    (".md", "a description"),
    (".pdf", "a document"),
    (".py", "a program"),
    (".html", "a page"),
    (".png", "a picture"),
    (".jpg", "a picture"),
    (".svg", "a picture"),
    (".osim", "a body model: give it with --osim"),
    (".asf", "a skeleton: it is read with its .amc"),
)
# What programs append to the name of a walk for its parts (OpenSim's examples and ours).
_PARTS = re.compile(
    r"(?i)[_-](ik|grf|forces?|external_forces|grf_and_moments|kinematics|markers|angles|motion|mot)$"
)
# Suffixes whose files may be parts of one walk.
_JOINED = (".mot", ".sto", ".trc")


@dataclass(frozen=True)
class Item:
    """One recording to analyse.

    Attributes
    ----------
    name
        Its place under the folder, with ``/`` on every system.
    files
        What to read, as :func:`gaitsmith.read` takes them; several belong together.
    """

    name: str
    files: tuple[str, ...]

    def digest(self) -> str:
        """SHA-256 of the bytes of its files and of their sidecars."""
        h = hashlib.sha256()
        for file in self.files:
            path, _, member = file.partition("!")
            h.update(f"{Path(path).name}!{member}\n".encode())
            for one in (Path(path), _sidecar(Path(path))):
                if one.is_file():
                    with one.open("rb") as data:
                        h.update(hashlib.file_digest(data, "sha256").digest())
        return h.hexdigest()


@dataclass(frozen=True)
class Left:
    """A file that is no recording, with the reason."""

    name: str
    reason: str


def find(folder: str | os.PathLike[str]) -> tuple[list[Item], list[Left]]:
    """Every recording under a folder, sorted by name, and the files that are none.

    Members of archives count as files. ``walk1_ik.mot``, ``walk1_grf.mot`` and ``walk1.trc`` of one
    folder are parts of one walk. Hidden files and folders are passed over.

    Raises
    ------
    GaitsmithError
        Where there is no such folder, or nothing in it.
    """
    root = Path(folder)
    if not root.is_dir():
        raise GaitsmithError("no such folder", file=root, expected="a folder of recordings")
    walks: dict[tuple[str, str], list[tuple[str, str]]] = {}
    left: list[Left] = []
    for name, file in _files(root, left):
        about = _about(name)
        if about:
            left.append(Left(name, about))
            continue
        walks.setdefault(_walk_of(name), []).append((name, file))
    items = [_item(parts) for parts in walks.values()]
    if not items and not left:
        raise GaitsmithError("the folder is empty", file=root, expected="recordings")
    return sorted(items, key=lambda i: i.name), sorted(left, key=lambda x: x.name)


def _files(root: Path, left: list[Left]) -> Iterator[tuple[str, str]]:
    """(name under the root, what `read` takes) of every file and member."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if any(part.startswith(".") for part in name.parts) or not path.is_file():
            continue
        if not is_archive(path):
            yield name.as_posix(), str(path)
            continue
        try:
            inside = members(path)
        except GaitsmithError as error:
            left.append(Left(name.as_posix(), one_line(error)))
            continue
        for member in sorted(inside):
            yield f"{name.as_posix()}!{member}", f"{path}!{member}"


def _about(name: str) -> str:
    low = re.sub(r"\.gz$", "", name.lower())
    if Path(low).name.startswith(("readme", "licen", "changelog")):
        return "a description"
    return next((what for end, what in _ABOUT if low.endswith(end)), "")


def _walk_of(name: str) -> tuple[str, str]:
    """A key that the parts of one walk share."""
    folder, _, base = name.replace("!", "/").rpartition("/")
    stem = re.sub(r"(?i)\.gz$", "", base)
    if Path(stem).suffix.lower() not in _JOINED:
        return name, ""
    return folder, _PARTS.sub("", Path(stem).stem)


def _item(parts: list[tuple[str, str]]) -> Item:
    names = [n for n, _ in parts]
    if len(parts) == 1:
        return Item(names[0], (parts[0][1],))
    folder, _, _ = names[0].rpartition("/")
    _, stem = _walk_of(names[0])
    return Item(f"{folder}/{stem}" if folder else stem, tuple(f for _, f in sorted(parts)))


def _sidecar(path: Path) -> Path:
    return path.with_name(re.sub(r"(?i)\.gz$", "", path.name)).with_suffix(".toml")


def one_line(error: BaseException) -> str:
    """A refusal's words for a cell of a table."""
    return re.sub(r"\s*\n\s*", "; ", str(error)) or type(error).__name__
