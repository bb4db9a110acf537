"""Which recordings a folder holds: its files and members of archives, those of one walk together."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gaitsmith.datasets.tables import MANIFEST
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
        What to read, as :func:`gaitsmith.read` takes them; several belong together. Of a prepared
        collection, its folder.
    trial, content
        Name and digest of a trial in that collection.
    """

    name: str
    files: tuple[str, ...]
    trial: str = ""
    content: str = ""

    def digest(self) -> str:
        """SHA-256 of the bytes of its files and of their sidecars, or of a prepared trial."""
        if self.trial:
            return hashlib.sha256(f"{self.trial} {self.content}".encode()).hexdigest()
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
    folder are parts of one walk. Hidden files and folders are passed over. A prepared collection,
    the folder itself or one below it, holds its trials.

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
    stores = _stores(root)
    trials = [_trials(root, store, left) for store in stores]
    for name, file in _files(root, left, stores):
        about = _about(name)
        if about:
            left.append(Left(name, about))
            continue
        walks.setdefault(_walk_of(name), []).append((name, file))
    items = [_item(parts) for parts in walks.values()] + [i for some in trials for i in some]
    if not items and not left:
        raise GaitsmithError("the folder is empty", file=root, expected="recordings")
    return sorted(items, key=lambda i: i.name), sorted(left, key=lambda x: x.name)


def _stores(root: Path) -> list[Path]:
    """Prepared collections: the folder itself, or some below it."""
    found = []
    for path in sorted(root.rglob(MANIFEST)):
        with contextlib.suppress(OSError, ValueError):
            if "gaitsmith_store" in json.loads(path.read_text("utf-8")):
                found.append(path.parent)
    return found


def _trials(root: Path, store: Path, left: list[Left]) -> list[Item]:
    """The recordings of a prepared collection; its curves are none."""
    from gaitsmith.datasets import Store

    below = store.relative_to(root).as_posix()
    before = "" if below == "." else f"{below}/"
    items = []
    held = Store(store)
    for trial in held:
        row = held.row(trial)
        if row["kind"] == "recording":
            items.append(Item(f"{before}{trial}", (str(store),), trial, str(row["digest"])))
        else:
            left.append(Left(f"{before}{trial}", "curves of a prepared collection, no recording"))
    return items


def _files(root: Path, left: list[Left], stores: Sequence[Path] = ()) -> Iterator[tuple[str, str]]:
    """(name under the root, what `read` takes) of every file and member, without what stores hold."""
    held = set(stores)
    for path in sorted(root.rglob("*")):
        if held and held.intersection(path.parents):
            continue
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
