"""Rueangsirarak 2018: older people with disorders and healthy people as 20-joint skeletons (BVH).

``Subject<letter><number>_Cycle<1 | 2>.bvh`` are two passes; labels stand in a table of trials. In
all healthy people the second pass is the first one byte for byte: it is excluded. All files carry
one skeleton, and session is confounded with health: no claims about bodies or groups.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from functools import partial

from gaitsmith.datasets.base import About, Excluded, Raw, Trial
from gaitsmith.datasets.sets.single import read_as

ABOUT = About(
    "rueangsirarak2018",
    "45 people (31 here), healthy and three groups: skeletons of two passes each (BVH, 60 Hz)",
    "github.com/hubertshum/Automatic-Musculoskeletal-And-Neurological-Disorder-Diagnosis",
    "Rueangsirarak W, Zhang J, Aslam N, Shum HPH (2018) IEEE TNSRE 26(12):2387-2396",
    "GPL-3 (licence file of the repository)",
    "no",
)


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Every pass; the same motion under two names counts once."""
    groups: dict[str, str] = {}
    for table in raw.find("annotations*.csv"):
        with table.path.open(encoding="utf-8-sig", newline="") as handle:
            groups |= {row["trial"]: row["label"].lower() for row in csv.DictReader(handle)}
    seen: dict[tuple[str, str], str] = {}
    for f in raw.find("Subject*_Cycle*.bvh"):
        match = re.fullmatch(r"Subject([A-Z]\d+)_Cycle(\d)", f.stem)
        if match is None:
            continue
        person, short = match[1], f"{match[1]}-{match[2]}"
        mark = hashlib.sha256(f.path.read_bytes()).hexdigest()
        first = seen.setdefault((person, mark), short)
        if first != short:
            yield Excluded(short, person, f"the same bytes as {first}", f.name)
            continue
        yield Trial(short, person, partial(read_as, [f.path], person, short), f.name,
                    group=groups.get(f.stem, ""), condition=f"pass {match[2]}")  # fmt: skip
