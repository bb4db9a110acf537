"""Memory and cores of a virtual cohort: ``python -m benchmarks.virtual_cohort --page docs/results``.

``gaitsmith virtual cohort`` makes a store of virtual walks in a process of its own; the memory (resident,
summed over the command and its workers, so that what they share counts for each) and the processor time of
each process are read twice a second. Asked: both cores, less than 2 GB for 1,000 recordings. With
``--store`` and ``--minutes`` a run may stop early; the same command takes it up again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.page import write

SPEEDS = 10
LEAST, STEP = 0.6, 0.1
PARTS = 5


def start(out: Path, people: int, seconds: float, cores: int) -> subprocess.Popen[bytes]:
    """The command."""
    last = LEAST + STEP * (SPEEDS - 1)
    command = [sys.executable, "-m", "gaitsmith", "virtual", "cohort", "--people", people, "--speeds",
               f"{LEAST:g}:{last:g}:{STEP:g}", "--seconds", seconds, "--cores", cores, "-o", out]  # fmt: skip
    return subprocess.Popen([str(c) for c in command], stdout=subprocess.DEVNULL)


def watched(run: subprocess.Popen[bytes], limit_s: float, every_s: float = 0.5) -> dict[str, Any]:
    """Memory over time (MB) and processor time of each process (s), until the run ends or is ended."""
    root = psutil.Process(run.pid)
    memory: list[float] = []
    spent: dict[int, float] = {}
    begun = time.monotonic()
    while run.poll() is None:
        now = 0.0
        with suppress(psutil.NoSuchProcess):
            for process in (root, *root.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    now += process.memory_info().rss
                    used = process.cpu_times()
                    spent[process.pid] = used.user + used.system
        memory.append(now / 1e6)
        if time.monotonic() - begun > limit_s:
            left = root.children(recursive=True)
            run.terminate()
            run.wait(timeout=120)
            for process in left:
                with suppress(psutil.NoSuchProcess):
                    process.terminate()
        time.sleep(every_s)
    busy = sorted((round(s, 1) for s in spent.values() if s > 2.0), reverse=True)
    parts = np.array_split(np.array(memory), PARTS)
    return {
        "exit": run.returncode, "wall_s": round(time.monotonic() - begun, 1),
        "processes": len(spent), "processor_s": busy, "most_mb": round(max(memory)),
        "mb_by_fifths": [round(float(np.median(p))) for p in parts if len(p)],
    }  # fmt: skip


def page(facts: dict[str, Any], folder: Path) -> None:
    """The results page."""
    name = "virtual-cohort"
    words = [
        f"# A virtual cohort of {facts['recordings']:,} recordings",
        "Written by `python -m benchmarks.virtual_cohort --page docs/results`; figures in "
        f"`{name}.json`.",
        f"{facts['people']} people at {SPEEDS} speeds, {facts['seconds']:g} s each with all streams, by `gaitsmith "
        f"virtual cohort --cores {facts['cores']}`, in {facts['wall_s']:.0f} s on a machine that others use. Memory "
        f"is the sum of what is resident in the command and its workers. {facts['before']} recordings were there "
        f"before this run, which made {facts['stored'] - facts['before']}.",
    ]
    rows = [
        ("what", "asked", "measured"),
        ("recordings in the store", f"{facts['recordings']}", f"{facts['stored']}"),
        ("most memory (MB)", "2000", f"{facts['most_mb']}"),
        ("memory by fifths of the run (MB, median)", "flat", ", ".join(map(str, facts["mb_by_fifths"]))),
        ("processor time of each busy process (s)", f"{facts['cores']} alike", ", ".join(map(str, facts["processor_s"]))),
    ]  # fmt: skip
    write(folder, name, words, rows, facts)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--recordings", type=int, default=1000)
    ask.add_argument("--seconds", type=float, default=4.0)
    ask.add_argument("--cores", type=int, default=2)
    ask.add_argument("--store", type=Path, help="folder of the store, which is kept")
    ask.add_argument("--minutes", type=float, default=600.0, help="end the run after this")
    ask.add_argument("--page", type=Path, help="folder for the page and its figures")
    said = ask.parse_args()
    from gaitsmith.datasets.store import Store

    people = -(-said.recordings // SPEEDS)
    with nullcontext(said.store) if said.store else tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "store"
        before = len(Store(out)) if out.is_dir() else 0
        facts = watched(start(out, people, said.seconds, said.cores), 60 * said.minutes)
        stored = len(Store(out))
    facts |= {"recordings": people * SPEEDS, "people": people, "seconds": said.seconds,
              "cores": said.cores, "stored": stored, "before": before}  # fmt: skip
    print(json.dumps(facts, indent=1))
    if said.page:
        page(facts, said.page)


if __name__ == "__main__":
    main()
