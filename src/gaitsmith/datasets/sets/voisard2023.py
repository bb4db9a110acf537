"""Voisard 2023: healthy people walk 10 m, turn, walk back; feet and back IMUs, checked swings.

Voisard C et al. (2023) IPOL 13, ipol.2023.497. Per trial ``S-T_lf.txt``, ``_rf.txt``, ``_lb.txt``
and ``S-T.json`` (``S-T_meta.json`` in the published archive's description). The reader counts
events in ticks of each sensor's packet counter and drops what is labelled after the trial's end.
The one patient of the semiogram repository (``M0_edss_6_lb.txt``) has a back sensor and automatic
events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from gaitsmith.datasets.base import About, Content, Excluded, Raw, Trial
from gaitsmith.datasets.sets.xsens_feet import natural
from gaitsmith.formats import read

ABOUT = About(
    "voisard2023",
    "19 healthy people (12 here), 10 m, turn, 10 m: IMU on feet and low back, hand-checked swings",
    "github.com/CyrilVoisard/ipol_dataset_1",
    "Voisard C et al. (2023) A Reference Data Set for the Study of Healthy Subject Gait with IMUs, IPOL 13",
    "AGPL-3.0 in the repository; no separate data licence",
    "card",
    layout="README of github.com/CyrilVoisard/ipol_dataset_1",
)

_PLACES = ("lf", "rf", "lb")
# Here the sensor named left is on the right foot and the other way about, in the files of signals
# and in the checked swings alike. Ours: in the turn the outer foot swings less than the inner one
# (by 1.8 and 2.6 rad of foot rotation; in this person's four other trials it swings 1.1 to 3.8 rad
# more), and the lower back turns with the swings of the other foot than in those four.
_EXCHANGED = frozenset(("4-1", "4-2"))


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Every trial with its sensors; the patient's; what repeats another trial is excluded."""
    files = raw.find("*_lf.txt", "*_rf.txt", "*_lb.txt", "*_LF.txt", "*_RF.txt", "*_LB.txt")
    parts: dict[str, dict[str, tuple[str, Path]]] = {}
    patients = []
    for f in files:
        stem, _, place = f.stem.rpartition("_")
        if "healthy_subject" in f.name:
            # The repository's example is trial 1-1 with the events of another detector.
            if place.lower() == "lb":
                yield Excluded(
                    f"example-{stem}", "1", "trial 1-1 again, with automatic events", f.name
                )
        elif re.fullmatch(r"\d+-\d+", stem):
            parts.setdefault(stem, {})[place.lower()] = (f.name, f.path)
        else:
            patients.append((stem, f))
    for stem in sorted(parts, key=natural):
        here = parts[stem]
        names = [here[p][0] for p in _PLACES if p in here]
        if len(here) < len(_PLACES):
            lost = ", ".join(p for p in _PLACES if p not in here)
            yield Excluded(
                stem, stem.split("-")[0], f"files of sensors are missing: {lost}", names[0]
            )
            continue
        yield Trial(stem, stem.split("-")[0],
                    partial(_read, stem, [here[p][1] for p in _PLACES]), names[0], group="healthy")  # fmt: skip
    for stem, f in patients:
        group = "multiple sclerosis" if "multiple_sclerosis" in f.name else "patient"
        yield Trial(stem, stem.split("_")[0], partial(_read, stem, [f.path]), f.name, group=group)


def _read(stem: str, paths: list[Path]) -> Content:
    recording = read(*paths)
    person = re.split(r"[-_]", stem)[0]
    if stem in _EXCHANGED:
        recording = recording.with_note(
            "warning", stem, "left and right are exchanged in this trial's files, events included: "
            "each name stands for the other foot",
        )  # fmt: skip
    return recording.replace(name=stem, subject=recording.subject.given("file", id=person))
