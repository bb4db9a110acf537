"""Writes docs/formats.md from the formats' registry and from what their tests ran.

``python docs/make_formats.py`` runs the tests of ``tests/formats`` and counts, for each format,
the tests that passed: in all, on real recordings, as round trips, on damaged files, and against
another library.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from gaitsmith.formats import formats

HERE = Path(__file__).parent
# Test files by format, where their names do not say it.
_FILES = {
    "skeletons": ("bvh", "asfamc"), "opensim_fuzz": ("opensim_motion", "trc"),
    "opensim_shared": ("opensim_motion", "trc"), "opensim_write": ("opensim_motion", "trc"),
    "opensim_xml": ("opensim_loads", "opensim_model"), "sidecar": ("trial_json", "table"),
}  # fmt: skip
_WHAT = {
    "round trips": r"round_trip|come[s]?_back|is_read_again|through_the_front_door",
    "damaged files": r"damage|cut|fuzz|any_bytes|prefix|claim|mutat|junk|refus|broken|empty",
    "other libraries": r"ezc3d|opensim_|pandas|scipy|oracle|loads|nimble",
}


class Counting:
    """A pytest plugin that counts passed tests by format."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.items: dict[str, Any] = {}
        self.failed = 0

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        self.items = {item.nodeid: item for item in items}

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed += 1
        if report.when != "call" or not report.passed:
            return
        item = self.items[report.nodeid]
        for name in self._formats(item.path.stem.removeprefix("test_"), item.name):
            counts = self.counts[name]
            counts["tests"] += 1
            if "shared" in item.fixturenames:
                counts["real recordings"] += 1
            for what, pattern in _WHAT.items():
                if re.search(pattern, item.name):
                    counts[what] += 1

    def _formats(self, stem: str, test: str) -> tuple[str, ...]:
        known = tuple(formats())
        named = tuple(f for f in known if f in test)
        if stem in _FILES:
            return named or _FILES[stem]
        return next(((f,) for f in sorted(known, key=len, reverse=True)
                     if stem == f or stem.startswith(f + "_")), named)  # fmt: skip


def page(counting: Counting) -> str:
    """The page as Markdown."""
    head = ["format", "name", "suffixes", "reads", "writes", "tests", "real recordings", *_WHAT]
    rows = []
    for name, module in formats().items():
        counts = counting.counts[name]
        rows.append([
            f"`{name}`", module.NAME, " ".join(f"`{s}`" for s in (*module.SUFFIXES, *getattr(module, "ENDINGS", ()))), "yes",
            "yes" if hasattr(module, "write") else "–", *(str(counts[k] or "–") for k in head[5:]),
        ])  # fmt: skip
    table = ["| " + " | ".join(r) + " |" for r in (head, ["---"] * len(head), *rows)]
    return "\n".join([
        "# Formats", "",
        "Written by `python docs/make_formats.py` from the registry and from the tests that it ran: how many "
        "passed for each format, and of these how many on real recordings, as round trips, on damaged files "
        "and against another library. The same list: `gaitsmith info --formats`.", "",
        *table, "",
        "Every format is also read from `.gz`, from `.zip` and `.tar` archives (`walks.zip!inner/walk.mot`), and "
        "is recognised by its content, not only by its suffix.", "",
        "## Several files, one recording", "",
        "`gaitsmith analyze walk.mot grf.mot`, markers with forces, one file a sensor, an `.amc` with its `.asf`: "
        "streams are joined on their clocks. External-loads XML beside forces says which plate belongs to which "
        "foot; contact decides, and the report says where the two disagree.", "",
        "## What a file cannot say", "",
        "Options (`--rate 100`, `--unit acceleration=g`, `--place sensor1=foot_r`, `--column AccX=acc_x`, `--sign knee_angle_r=-1`, "
        "`--up +z`) or a TOML file of the same name beside it:", "",
        "```toml", "rate_hz = 100", "", "[units]", 'acceleration = "g"', 'rate = "rad/s"', "",
        "[placement]", 'sensor1 = "foot_r"', "", "[signs]", "sensor1_gyr_x = -1", "```", "",
        "## Bad input", "",
        "Whatever is wrong ends in one message that names the file, the place, what was found, what was "
        "expected and what to do, and in exit code 2. Nothing is written.", "",
    ])  # fmt: skip


def main() -> int:
    """Run the tests and write the page; not written where a test failed."""
    counting = Counting()
    code = pytest.main(["-n", "0", "-q", "-p", "no:cacheprovider", str(HERE.parent / "tests" / "formats")],
                       plugins=[counting])  # fmt: skip
    if code or counting.failed:
        return 1
    (HERE / "formats.md").write_text(page(counting), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
