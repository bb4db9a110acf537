"""A large folder through two workers, killed on the way: ``python -m benchmarks.cohort --page docs/results``.

Virtual people at five speeds are written as files and analysed by ``gaitsmith analyze FOLDER`` in a
process of its own. When a fifth is done the whole run is ended with ``kill -9`` and the command is
repeated; when a quarter is done one worker is ended so. Asked: every recording once, nothing that
was done is done again, the time a recording takes and the memory of a worker do not grow.

``python -m benchmarks.cohort --finished RESULTS --name cohort-real --page docs/results`` sums up a
folder of results that ``gaitsmith analyze FOLDER`` has finished: how many were analysed, and how many
refused for which reason. No name, word or value of the recordings comes into it.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.page import write

SPEEDS = (0.7, 0.9, 1.1, 1.3, 1.5)
SECONDS = 4.0
PARTS = 5
# A worker's first recordings fill its caches.
WARM = 10


def make_walks(folder: Path, count: int, seed: int = 7) -> list[Path]:
    """`count` walks, five a person; those that are there stay."""
    from gaitsmith.virtual import people, walker

    made = []
    for person in range(-(-count // len(SPEEDS))):
        who = people(person + 1, seed, only=person)[0]
        for speed in SPEEDS[: count - person * len(SPEEDS)]:
            path = folder / f"p{person // 50}" / f"p{person:03d}_v{speed}.gait"
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                walk = walker(who, speed, seconds=SECONDS, seed=person)
                walk.select("angles", "forces").write(path)
            made.append(path)
    return made


def start(folder: Path, out: Path, jobs: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "gaitsmith", "analyze", folder, "-o", out, "--jobs", jobs, "--no-reports"]  # fmt: skip
    return subprocess.Popen([str(c) for c in command], stdout=subprocess.DEVNULL)


def states(out: Path) -> dict[str, int]:
    """When each recording was marked as done (ns)."""
    found = {}
    for path in out.glob("state/[!.]*.json"):
        # A mark is written beside and renamed: what is listed may be gone.
        with contextlib.suppress(FileNotFoundError):
            found[path.name] = path.stat().st_mtime_ns
    return found


def wait_for(run: subprocess.Popen[bytes], out: Path, count: int) -> None:
    """Until `count` are done, or the run has ended."""
    while run.poll() is None and len(states(out)) < count:
        time.sleep(0.1)


def workers(run: subprocess.Popen[bytes]) -> list[psutil.Process]:
    found = psutil.Process(run.pid).children(recursive=True)
    return [p for p in found if "spawn_main" in " ".join(p.cmdline()) and not p.children()]


def measure(folder: Path, out: Path, count: int, jobs: int) -> dict[str, Any]:
    """Run, kill, repeat; what was found."""
    begun = time.monotonic()
    run = start(folder, out, jobs)
    wait_for(run, out, count // PARTS)
    left = psutil.Process(run.pid).children(recursive=True)
    run.kill()
    run.wait()
    psutil.wait_procs(left, timeout=60)
    before = states(out)
    run = start(folder, out, jobs)
    wait_for(run, out, max(count // 4, len(before) + 5))
    workers(run)[0].send_signal(signal.SIGKILL)
    code = run.wait()
    after = states(out)
    return {
        "exit": code, "wall_s": round(time.monotonic() - begun, 1), "killed_at": len(before),
        "repeated": sum(after[k] != v for k, v in before.items()),
        "known_again": len(before), **told(out, after, count),
    }  # fmt: skip


def told(out: Path, times: dict[str, int], count: int) -> dict[str, Any]:
    """From the table and from what each recording left behind."""
    import pyarrow.parquet as pq

    table = pq.read_table(out / "parameters.parquet").to_pandas()
    rows = [json.loads((out / "state" / name).read_text()) for name in sorted(times, key=times.__getitem__)]  # fmt: skip
    parts = np.array_split(np.array([(r["processor_s"], r["seconds"]) for r in rows]), PARTS)
    own: dict[int, list[float]] = defaultdict(list)
    for row in rows:
        own[row["process"]].append(row["memory_mb"])
    long = {p: m for p, m in own.items() if len(m) > 2 * WARM}
    return {
        "recordings": count, "rows": len(table), "once": int(table["recording"].nunique()),
        "status": table["status"].value_counts().to_dict(),
        "processor_s": [round(float(np.median(part[:, 0])), 3) for part in parts],
        "wall_s_each": [round(float(np.median(part[:, 1])), 3) for part in parts],
        "workers": [
            {"recordings": len(m), "mb_after_warm_up": m[WARM], "mb_at_end": m[-1], "mb_most": max(m),
             "mb_a_100_recordings": round(100 * float(np.polyfit(np.arange(len(m) - WARM), m[WARM:], 1)[0]), 2)}
            for m in long.values()
        ],
    }  # fmt: skip


def page(facts: dict[str, Any], folder: Path, jobs: int, name: str) -> None:
    words = [
        f"# A folder of {facts['recordings']:,} recordings",
        f"Written by `python -m benchmarks.cohort --recordings {facts['recordings']} --name {name} --page docs/results`; "
        f"figures in `{name}.json`.",
        f"{facts['recordings']} virtual walks of {SECONDS:g} s (five speeds a person; joint angles and forces) "
        f"through `gaitsmith analyze FOLDER --jobs {jobs} --no-reports`. Ended with `kill -9` when "
        f"{facts['killed_at']} were done and repeated; later one worker was ended so. "
        f"{facts['wall_s']:.0f} s in all, with both starts. A worker's memory is counted from its recording {WARM + 1} on.",
    ]  # fmt: skip
    rows = [
        ("what", "asked", "measured"),
        ("recordings in the table, each once", str(facts["recordings"]), f"{facts['rows']}, {facts['once']} different"),
        ("analysed, refused, failed", "", ", ".join(str(facts["status"].get(k, 0)) for k in ("done", "refused", "failed"))),
        ("done before the kill and done again", "0", str(facts["repeated"])),
        ("processor time a recording, median by fifths of the run (s)", "does not grow", ", ".join(f"{v:.2f}" for v in facts["processor_s"])),
        ("by the clock, on a machine that others use (s)", "", ", ".join(f"{v:.2f}" for v in facts["wall_s_each"])),
    ]  # fmt: skip
    for k, w in enumerate(facts["workers"], 1):
        rows.append((f"worker {k}, {w['recordings']} recordings: MB after {WARM}, at the end, most", "flat",
                     f"{w['mb_after_warm_up']:.0f}, {w['mb_at_end']:.0f}, {w['mb_most']:.0f} ({w['mb_a_100_recordings']:+.1f} a 100 recordings)"))  # fmt: skip
    write(folder, name, words, rows, facts)


def problem_of(reason: str) -> str:
    """The problem that a refusal names, without its file, its place and what was found there.

    A reason is one line of ``file, place: problem; found: …; expected: …; what to do: …``.
    """
    said = re.split(r"; (?:found|expected|what to do):", reason)[0]
    where, colon, problem = said.partition(": ")
    return problem if colon else where


def summed(results: Path) -> dict[str, Any]:
    """Counts of a finished folder of results, from its ``files.csv``."""
    with (results / "files.csv").open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    many = Counter(r["status"] for r in rows)
    recordings = sum(n for status, n in many.items() if status != "not a recording")
    refused = Counter(problem_of(r["reason"]) for r in rows if r["status"] == "refused")
    # Of a fault only its kind: its words may repeat what a file holds.
    failed = Counter(r["reason"].split(":")[0] for r in rows if r["status"] not in ("done", "refused", "not a recording"))  # fmt: skip
    alone = sum(r["status"] == "done" and "together they refuse" in r["reason"] for r in rows)
    return {
        "recordings": recordings, "done": many["done"], "done_alone": alone, "refused": many["refused"],
        "failed": sum(failed.values()), "not_recordings": many["not a recording"],
        "refused_because": dict(refused.most_common()), "failed_because": dict(failed.most_common()),
    }  # fmt: skip


def summed_page(facts: dict[str, Any], folder: Path, name: str) -> None:
    words = [
        "# Real recordings as one folder",
        f"Written by `python -m benchmarks.cohort --finished RESULTS --name {name} --page docs/results` from what "
        f"`gaitsmith analyze FOLDER` left in RESULTS; figures in `{name}.json`.",
        "Every set of real recordings that the project tests with, as one folder: walks beside standing trials, averaged "
        "curves, tables of norms, lists of events and files that are broken on purpose. Asked: every file analysed or "
        "listed with its reason, none failed.",
    ]  # fmt: skip
    alone = f" ({facts['done_alone']} of them by the first of several files that stands alone)" if facts["done_alone"] else ""  # fmt: skip
    rows = [
        ("what became of it", "recordings"),
        ("analysed" + alone, str(facts["done"])),
        ("failed", str(facts["failed"])),
        *((f"failed: {why}", str(n)) for why, n in facts["failed_because"].items()),
        *((f"refused: {why}", str(n)) for why, n in facts["refused_because"].items()),
        ("in all", str(facts["recordings"])),
        ("files beside them that are about recordings (sidecars, descriptions, models), listed", str(facts["not_recordings"])),
    ]  # fmt: skip
    write(folder, name, words, rows, facts)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--recordings", type=int, default=1000)
    ask.add_argument("--jobs", type=int, default=2)
    ask.add_argument("--walks", type=Path, help="folder for the walks; those that are there stay")
    ask.add_argument("--page", type=Path, help="folder for the page and its figures")
    ask.add_argument("--finished", type=Path, help="sum up this folder of results, and run nothing")
    ask.add_argument("--name", default="cohort", help="of the page")
    said = ask.parse_args()
    if said.finished:
        facts = summed(said.finished)
        print(json.dumps(facts, indent=1))
        if said.page:
            summed_page(facts, said.page, said.name)
        return
    with tempfile.TemporaryDirectory() as scratch:
        kept = said.walks or Path(scratch) / "walks"
        folder = Path(scratch) / "in"
        for walk in make_walks(kept, said.recordings):
            place = folder / walk.relative_to(kept)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(walk.resolve())
        facts = measure(folder, Path(scratch) / "out", said.recordings, said.jobs)
    print(json.dumps(facts, indent=1))
    if said.page:
        page(facts, said.page, said.jobs, said.name)


if __name__ == "__main__":
    main()
