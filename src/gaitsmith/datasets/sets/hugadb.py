"""HuGaDB: six leg sensors of 18 young adults; walking and eleven other activities.

Chereshnev R, Kertész-Farkas A (2017) HuGaDB, AIST 2017 (LNCS 10716). Files are named
``HGD_vX_ACT_PR_CNT.txt`` by the source's README and ``HuGaDB_vX_ACT_PR_CNT.txt`` in its archive;
the column ``act`` numbers the activity of each row. Ages, sizes and activities are the README's
tables 1 and 2. The reader finds and rescales the gyroscopes that were eight times too sensitive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from gaitsmith.datasets.base import About, Content, Excluded, Raw, Trial
from gaitsmith.errors import FormatError
from gaitsmith.formats import read

ABOUT = About(
    "hugadb",
    "18 healthy adults (10 here), walking and other activities: IMU on thighs, shanks, feet",
    "github.com/romanchereshnev/HuGaDB",
    "Chereshnev R, Kertesz-Farkas A (2017) HuGaDB, AIST 2017, LNCS 10716",
    "none stated in the original repository; the part here MIT",
    "card",
    layout="README of github.com/romanchereshnev/HuGaDB",
)

ACTIVITIES = {
    1: "walking", 2: "running", 3: "going up", 4: "going down", 5: "sitting", 6: "sitting down",
    7: "standing up", 8: "standing", 9: "bicycling", 10: "up by elevator", 11: "down by elevator",
    12: "sitting in car",
}  # fmt: skip
# id: mass (kg), height (cm), age, sex (table 2 of the README).
_PEOPLE = {
    1: (75, 177, 24, "male"), 2: (80, 183, 22, "male"), 3: (65, 183, 23, "male"),
    4: (93, 189, 24, "male"), 5: (63, 183, 35, "male"), 6: (54, 168, 25, "female"),
    7: (52, 161, 22, "female"), 8: (80, 176, 23, "male"), 9: (65, 175, 24, "female"),
    10: (118, 183, 27, "male"), 11: (85, 203, 24, "male"), 12: (85, 192, 23, "male"),
    13: (64, 174, 18, "male"), 14: (68, 175, 19, "male"), 15: (72, 178, 23, "male"),
    16: (48, 164, 26, "female"), 17: (85, 179, 25, "male"), 18: (70, 180, 19, "male"),
}  # fmt: skip
_NAME = re.compile(r"(?i)(?:HuGaDB|HGD)_v(\d+)_([a-z_]+?)_(\d+)_(\d+)(-Test)?")


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Every file of the naming scheme."""
    for f in raw.find("HuGaDB_v*.txt", "HGD_v*.txt"):
        match = _NAME.fullmatch(f.stem)
        if match is None:
            continue
        person = f"{int(match[3]):02d}"
        task = match[2].lower().replace("_", " ")
        name = (
            f"{person}_{match[4]}"
            if task == "walking"
            else f"{task.replace(' ', '-')}-{person}_{match[4]}"
        )
        if match[1] != "1":
            name += f"-v{match[1]}"
        yield Trial(name, person, partial(_read, f.path, int(match[3])), f.name,
                    group="healthy", task=task)  # fmt: skip


def _read(path: Path, number: int) -> Content:
    recording = read(path)
    stream = recording["imu"]
    bouts = _activities(path, stream.rate or 1.0, len(stream))
    if bouts:
        stream = stream.replace(attrs={**stream.attrs, "activities": bouts})
    subject = recording.subject
    if number in _PEOPLE:
        mass, height, age, sex = _PEOPLE[number]
        subject = subject.given("README of the set", mass=float(mass), height=height / 100,
                                age=float(age), sex=sex)  # fmt: skip
    return recording.with_stream(stream, "imu").replace(
        subject=subject.given("file", id=f"{number:02d}")
    )


def _activities(path: Path, rate: float, rows: int) -> list[list[object]]:
    """Bouts [start s, stop s, activity] of the column ``act``.

    Raises
    ------
    FormatError
        Where the column is missing or an activity has no name.
    """
    lines = path.read_text("utf-8", errors="replace").splitlines()
    head = next((i for i, x in enumerate(lines) if x and not x.startswith("#")), None)
    if head is None or lines[head].split("\t")[-1].strip().lower() != "act":
        raise FormatError("the last column is not the activity", file=path.name, expected="act")
    try:
        act = np.array(
            [int(float(x.rstrip().rsplit("\t", 1)[-1])) for x in lines[head + 1 :] if x.strip()]
        )
    except ValueError as error:
        raise FormatError("an activity is not a number", file=path.name, place="column act",
                          found=str(error)) from error  # fmt: skip
    if len(act) != rows:
        raise FormatError("the activities are not as many as the samples", file=path.name,
                          found=len(act), expected=f"{rows}")  # fmt: skip
    unknown = sorted(set(act.tolist()) - set(ACTIVITIES))
    if unknown:
        raise FormatError(
            "an activity without a name", file=path.name, place="column act", found=unknown
        )
    cuts = [0, *(np.flatnonzero(np.diff(act)) + 1).tolist(), len(act)]
    return [[a / rate, b / rate, ACTIVITIES[int(act[a])]] for a, b in pairwise(cuts)]
