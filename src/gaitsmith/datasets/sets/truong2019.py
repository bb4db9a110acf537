"""Truong 2019: feet of healthy, orthopaedic and neurological people, foot movement marked by hand.

Truong C et al. (2019) IPOL 9, 10.5201/ipol.2019.265: ``S-T.csv`` and ``S-T.json``. Group and
device are confounded, gyroscopes of one device hold their last value while the foot moves (counted
in the stream's attrs), and one recording was annotated twice (80-4 and 80-7, the same bytes): the
second carries its reason in the column ``use``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from gaitsmith.datasets.base import About, Content, Excluded, Raw, Trial
from gaitsmith.datasets.sets.xsens_feet import facts_of, natural
from gaitsmith.formats import read

ABOUT = About(
    "truong2019",
    "230 people (63 here), three groups, 10 m and back: IMU on feet, hand-marked foot movement",
    "github.com/deepcharles/gait-data (GaitData.zip)",
    "Truong C et al. (2019) A Data Set for the Study of Human Locomotion with Inertial Measurements Units, IPOL 9",
    "CC BY-NC-SA",
    "card",
    layout="README of github.com/deepcharles/gait-data",
)


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Every trial with a JSON beside it."""
    files = [f for f in raw.find("*.csv") if re.fullmatch(r"\d+-\d+", f.stem)]
    seen: dict[str, str] = {}
    for f in sorted(files, key=lambda f: natural(f.stem)):
        person = f.stem.split("-")[0]
        notes = f.path.with_suffix(".json")
        if not notes.is_file():
            yield Excluded(f.stem, person, "no JSON of the trial beside the signals", f.name)
            continue
        facts = facts_of(notes, notes.name)
        first = seen.setdefault(hashlib.sha256(f.path.read_bytes()).hexdigest(), f.stem)
        distance = facts.get("WalkedDistance")
        yield Trial(
            f.stem, person, partial(_read, f.path), f.name,
            group=str(facts.get("PathologyGroup", "")).lower(),
            condition=str(facts.get("Sensor", "")),
            use="" if first == f.stem else f"the same signals as {first}, annotated again",
            facts={"walked_distance": distance, "stated_speed": facts.get("WalkingSpeed"),
                   "laterality": facts.get("Laterality")},
        )  # fmt: skip


def _read(path: Path) -> Content:
    recording = read(path)
    return recording.replace(subject=recording.subject.given("file", id=path.stem.split("-")[0]))
