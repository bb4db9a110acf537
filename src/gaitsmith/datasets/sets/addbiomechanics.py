"""AddBiomechanics: ``.b3d`` files, one a person, with all trials of that person.

Werling K et al. (2023) AddBiomechanics, PLoS ONE 18:e0295152; Werling K et al. (2024)
AddBiomechanics Dataset, ECCV. The released folders are
``<train | test>/<With_Arm | No_Arm>/<study>/<person>/<person>.b3d``; the layout of the files is
that of nimblephysics' SubjectOnDisk (see :mod:`gaitsmith.formats.b3d`). Studies keep their own
names, so a person is ``study-person``; the same person may stand in With_Arm and No_Arm, and the
second is a copy with another model: read as another person's would leak between splits, so it is
excluded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

from gaitsmith.datasets.base import About, Content, Excluded, Found, Raw, Trial
from gaitsmith.errors import FormatError
from gaitsmith.formats import Hints, Source, b3d, protobuf
from gaitsmith.formats.sources import open_source

ABOUT = About(
    "addbiomechanics",
    "people of many studies: markers, angles, forces on one body model (.b3d)",
    "addbiomechanics.org/download_data.html",
    "Werling K et al. (2023) PLoS ONE 18:e0295152; Werling K et al. (2024) ECCV",
    "CC BY 4.0 (each study's own terms beside it)",
    "card",
    layout="nimblephysics SubjectOnDisk",
)

_ARMS = ("With_Arm", "No_Arm")
#: Largest header (bytes) that is believed.
_HEADER = 1 << 28


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Every trial of every file."""
    seen: dict[str, str] = {}
    # With_Arm first: the copy without arms is the one that is left out.
    for f in sorted(raw.find("*.b3d"), key=lambda f: ("No_Arm" in f.path.parts, f.name)):
        person, arm = _person(f, raw)
        if seen.setdefault(person, arm) != arm:
            yield Excluded(
                f"{person}-{arm}", person, f"the same person with {seen[person]}", f.name
            )
            continue
        names = _names(f.path, f.name)
        for i, name in enumerate(names):
            short = f"{person}-{i:03d}"
            if names.index(name) != i:
                yield Excluded(short, person, f"a second trial called {name}", f.name)
            else:
                yield Trial(short, person, partial(_read, f.path, name, short, person),
                            f"{f.name}!{name}", task="", facts={"trial": name})  # fmt: skip


def _person(found: Found, raw: Raw) -> tuple[str, str]:
    """The study and person as one name, and which body model."""
    base = raw.path if raw.path.is_dir() else raw.path.parent
    parts = (
        found.path.relative_to(base).parts if found.path.is_relative_to(base) else found.path.parts
    )
    arm = next((a for a in _ARMS if a in parts), "")
    study = parts[parts.index(arm) + 1] if arm and parts.index(arm) + 2 < len(parts) else ""
    name = "-".join(x for x in (study, found.path.stem) if x)
    return re.sub(r"[^A-Za-z0-9._+-]+", "_", name).strip("._-") or "person", arm


def _names(path: Path, name: str) -> list[str]:
    with path.open("rb") as handle:
        size = int.from_bytes(handle.read(8), "little", signed=True)
        if not 0 < size < min(_HEADER, path.stat().st_size):
            raise FormatError("not a .b3d file", file=name, found=f"a header of {size} bytes")
        header = protobuf.parse(handle.read(size))
    return [protobuf.parse(t).text(1) for t in header.raw(9)]


@lru_cache(maxsize=1)
def _source(path: Path) -> Source:
    # A person's trials lie in one file, often of hundreds of megabytes: it is read once.
    return open_source(path)


def _read(path: Path, trial: str, short: str, person: str) -> Content:
    recording = b3d.read(replace(_source(path), part=trial), Hints())
    return recording.replace(name=short, subject=recording.subject.given("file", id=person))
