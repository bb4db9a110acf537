"""How things are timed: best and median of several runs, in turn, so that drift hits all alike."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping


def alternately(candidates: Mapping[str, Callable[[], object]], runs: int = 7) -> dict[str, float]:
    """Median seconds of each candidate, run in turn `runs` times after one warm-up."""
    for run in candidates.values():
        run()
    took: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(runs):
        for name, run in candidates.items():
            start = time.perf_counter()
            run()
            took[name].append(time.perf_counter() - start)
    return {name: statistics.median(t) for name, t in took.items()}


def process(*arguments: str) -> Callable[[], object]:
    """A candidate that runs a whole python process."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
