"""Which sets there are: one module of :mod:`gaitsmith.datasets.sets` each."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from gaitsmith.datasets.base import About
from gaitsmith.errors import GaitsmithError, check_in

__all__ = ["NAMES", "about", "catalogue", "chosen", "folder_of", "loader"]

#: In the order of ``gaitsmith data list``.
NAMES = (
    "opensim", "c3d", "mcgill_children", "elepap_children", "lencioni2019", "gait_signatures",
    "hood2020_ankle", "pataky2008", "slijepcevic2021_grf", "fukuchi2018_wbds04", "voisard2023",
    "truong2019", "hugadb", "walking_dataset", "gaitmap_example", "mobgap_example",
    "rueangsirarak2018", "gaitkit_examples", "cmu", "cmu35", "fda_gait", "fukuchi2018",
    "voisard2024", "camargo2021", "vancriekinge2023", "addbiomechanics",
)  # fmt: skip


def loader(name: str) -> Any:
    """The module of a set (see :class:`gaitsmith.datasets.base.DataSet`).

    Raises
    ------
    GaitsmithError
        With the nearest name, where there is none.
    """
    check_in("set", name, NAMES)
    return import_module(f"gaitsmith.datasets.sets.{name}")


def about(name: str) -> About:
    """What a set is."""
    facts: About = loader(name).ABOUT
    return facts


@cache
def catalogue() -> dict[str, About]:
    """All sets by name."""
    return {name: about(name) for name in NAMES}


def folder_of(name: str, raw: Path) -> Path | None:
    """The folder of a set: below `raw` where one is called so, else None."""
    inside = raw / (about(name).folder or name)
    return inside if inside.exists() else None


def chosen(name: str, raw: Path) -> list[tuple[str, Path]]:
    """The sets meant by a name (``all``: every one that has a folder in `raw`) with their folders.

    Raises
    ------
    GaitsmithError
        Where there is no such set, or `raw` holds none.
    """
    if not raw.exists():
        raise GaitsmithError(
            "no such folder", file=raw, remedy="give the folder of the downloaded files"
        )
    if name != "all":
        return [(check_in("set", name, ("all", *NAMES)), folder_of(name, raw) or raw)]
    found = [(n, f) for n in NAMES if (f := folder_of(n, raw)) is not None]
    if not found:
        raise GaitsmithError("no set is in this folder", file=raw,
                             expected=f"folders called {', '.join(NAMES[:4])}, …",
                             remedy="name one set instead of all")  # fmt: skip
    return found
