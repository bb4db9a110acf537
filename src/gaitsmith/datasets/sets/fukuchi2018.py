"""Fukuchi 2018 (WBDS): treadmill and overground walking of 42 people, C3D and text.

Fukuchi CA, Fukuchi RK, Duarte M (2018) A public dataset of overground and treadmill walking
kinematics and kinetics in healthy individuals. PeerJ 6:e4640; figshare 10.6084/m9.figshare.5722711.
Names: ``WBDS<person>walk<O | T><trial>``, for overground with the speed ``C``, ``F``, ``S``
(comfortable, fast, slow), and ``WBDS<person>static<n>``; ``.c3d``, or text with an ending that
says what is in it: ``mkr`` markers, ``grf`` forces, ``ang`` joint angles, ``knt`` kinetics (overground angles and
kinetics are of a speed: ``WBDS01walkOSang``).

Read are C3D files and the text files ``grf``; a trial that is there as C3D is read from it, and its
text files are excluded. Speeds of treadmill trials stand in ``WBDSinfo`` beside the data and are
not needed: the belt's speed is measured from the stance foot by :mod:`gaitsmith.gait.frame`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from gaitsmith.datasets.base import About, Excluded, Raw, Trial
from gaitsmith.datasets.sets.single import read_as

ABOUT = About(
    "fukuchi2018",
    "42 healthy people, overground and treadmill at eight speeds: markers, plates (C3D and text)",
    "figshare 10.6084/m9.figshare.5722711",
    "Fukuchi CA, Fukuchi RK, Duarte M (2018) PeerJ 6:e4640",
    "CC BY 4.0",
    "yes",
    layout="PeerJ 6:e4640, tables 2 to 5",
)

_NAME = re.compile(r"(WBDS\d+)(walk([OT])(\d*)([CFS]?)|static(\w*?))(mkr|grf|ang|knt|)")
_SPEEDS = {"C": "comfortable", "F": "fast", "S": "slow", "": ""}
_TEXT = {"mkr": "markers as text", "ang": "joint angles as text", "knt": "kinetics as text"}


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """C3D files, text files of forces where there is no C3D, and why the rest is left out."""
    found = [(f, m) for f in raw.find("WBDS*.c3d", "WBDS*.txt") if (m := _NAME.fullmatch(f.stem))]
    c3d = {m[1] + m[2] for f, m in found if f.path.suffix == ".c3d"}
    for f, m in found:
        stem, what = m[1] + m[2], m[7]
        if f.path.suffix == ".txt" and stem in c3d:
            yield Excluded(f"{stem}-{what}", m[1], "read from the C3D of the same trial", f.name)
        elif f.path.suffix == ".txt" and what != "grf":
            yield Excluded(f"{stem}-{what}", m[1], f"{_TEXT.get(what, 'text')}: only C3D and forces are read", f.name)  # fmt: skip
        else:
            standing = m[3] is None
            yield Trial(
                stem, m[1], partial(read_as, [f.path], m[1], stem), f.name, group="healthy",
                task="standing" if standing else "walking",
                condition="" if standing else " ".join(
                    x for x in ({"O": "overground", "T": "treadmill"}[m[3]], _SPEEDS[m[5]]) if x),
            )  # fmt: skip
