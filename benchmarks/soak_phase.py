"""An hour of faulty packets through the live runtime: ``python -m benchmarks.soak_phase``.

Walks (of a prepared store's voisard2023 with ``--data``, else of a virtual person) are put one
after the other until the hour is full, and sent with lost, doubled and late packets and NaN bursts,
by counter and by jittered times of a clock that is off by 100 ppm. Beside it runs the same hour
without faults. Asked: no crash, no drift, flat memory, the states agree again within two strides
of each burst.
"""

from __future__ import annotations

import argparse
import resource
import time
import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.page import write
from gaitsmith.gait.metrics.classes import macro_f1
from gaitsmith.realtime import PhaseStream
from gaitsmith.realtime.faults import Faults, arrivals
from gaitsmith.signals import gaps

Array = npt.NDArray[np.float64]
RATE = 100.0
PPM = 100.0
# Ticks of a stride, about.
STRIDE = 110


@dataclass
class Ticks:
    """What a run said, tick by tick, in arrays of fixed size."""

    time: Array
    percent: Array
    stance: npt.NDArray[np.bool_]
    walking: npt.NDArray[np.bool_]
    known: npt.NDArray[np.bool_]
    count: int = 0

    @classmethod
    def of(cls, n: int) -> Ticks:
        return cls(np.zeros(n), np.zeros(n), *(np.zeros(n, bool) for _ in range(3)))

    def take(self, e: Any) -> None:
        if self.count == len(self.time):
            return
        k = self.count
        self.time[k], self.percent[k] = e.time_s, e.percent
        self.stance[k], self.walking[k] = e.stance, e.walking
        self.known[k] = e.state in ("running", "unsure")
        self.count = k + 1


def virtual_hour(seconds: float) -> Array:
    """A virtual person's right foot (n × 6): 4 s of standing, 26 s of walking, again and again."""
    from gaitsmith.virtual import average_person, walker

    walk = walker(average_person("female"), 1.2, seconds=26.0)["imu"].resample(RATE)["foot_r"][
        :, :6
    ]
    stand = np.zeros((round(4 * RATE), 6))
    stand[:, 1] = 9.80665
    part = np.concatenate([stand, walk])
    return np.tile(part, (int(np.ceil(seconds * RATE / len(part))), 1))[: round(seconds * RATE)]


def real_hour(data: Path, seconds: float) -> Array:
    """Right feet of voisard2023 in sensor axes turned level, trial after trial."""
    from gaitsmith.datasets import Store
    from gaitsmith.models.phase.frame import foot_signal

    store = Store(data)
    parts: list[Array] = []
    have = 0
    for trial in store.ids(set="voisard2023"):
        recording = store.recording(trial)
        if "imu_foot_r" in recording.streams and trial not in (
            "voisard2023/4-1",
            "voisard2023/4-2",
        ):
            parts.append(foot_signal(recording, "right", stand_s=2.0).x)
            have += len(parts[-1])
        if have > seconds * 100:
            break
    whole = np.concatenate(parts)
    return np.tile(whole, (int(np.ceil(seconds * 100 / len(whole))), 1))[: round(seconds * 100)]


def soak(x: Array, *, model: Any = "phase-foot", faults: Faults | None = None,
         by: str = "counter", seed: int = 0, edge: int = 5, tell: bool = False) -> dict[str, float]:  # fmt: skip
    """Stream `x` clean and with faults; what is asked of a soak, measured; `edge`: :func:`recovery`."""
    rng = np.random.default_rng(seed)
    faults = faults or Faults()
    rows, empty = arrivals(len(x), RATE, faults, rng)
    true = np.arange(len(x)) / RATE * (1 + 1e-6 * PPM)
    stamped = true + rng.uniform(-2e-3, 2e-3, len(x))
    clean, said = Ticks.of(len(x)), Ticks.of(len(x))

    def stream(ticks: Ticks) -> PhaseStream:
        return PhaseStream(
            model, rate_hz=RATE, side="right", mounting=np.eye(3), on_tick=ticks.take
        )

    reference = stream(clean)
    for k in range(len(x)):
        reference.push(x[k], counter=k % 65536)
    faulty = stream(said)
    nan = np.full(6, np.nan)
    took = 0.0
    memory = []
    longest_s = 0.0
    marks = set(np.linspace(0.1 * len(rows), len(rows) - 1, 10).astype(int).tolist())
    tracemalloc.start()
    for k, (row, hollow) in enumerate(zip(rows.tolist(), empty.tolist(), strict=True)):
        sample = nan if hollow else x[row]
        begun = time.perf_counter()
        if by == "counter":
            faulty.push(sample, counter=row % 65536)
        else:
            faulty.push(sample, float(stamped[row]))
        one = time.perf_counter() - begun
        took += one
        longest_s = max(longest_s, one)
        if k in marks:
            memory.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    # Each tick of the faulty run beside the clean one's of the same sample. A counter's first packet
    # is time 0; stamped times run on the device's own clock.
    told = said.time[: said.count]
    pace = 1.0 if by == "counter" else 1 + 1e-6 * PPM
    begins = rows[0] / RATE if by == "counter" else 0.0
    at = np.rint((told / pace + begins) * RATE).astype(int)
    off = told - (at / RATE - begins) * pace
    same = said.stance[: said.count] == clean.stance[at]
    same &= said.walking[: said.count] == clean.walking[at]
    both = said.known[: said.count] & clean.known[at]
    gone = np.ones(clean.count, bool)
    gone[at[both]] = False
    holes, slow = recovery(rows[~empty], same, at, clean, edge=edge)
    told_apart = [
        hole for hole in slow if not without(hole, x, rows, empty, clean, faulty.model, edge)
    ]
    if tell:
        for hole in slow:
            print(f"over two strides after the hole of ticks {hole[0]} to {hole[1]}; "
                  f"{'its doing' if hole in told_apart else 'as much without it: a later loss'}")  # fmt: skip
    return {
        "minutes": len(x) / RATE / 60, "pushes": len(rows), "lost": faulty.clock.lost,
        "doubled": faulty.clock.doubled, "late": faulty.clock.late, "NaN": faulty.missing,
        "restarts": faulty.clock.restarts,
        "mean µs a push": 1e6 * took / len(rows), "longest ms": 1e3 * longest_s,
        "memory grown, bytes": float(memory[-1] - memory[0]),
        "peak resident MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "clock off in the last minute, ms": 1e3 * float(np.abs(off[-60 * 100 :]).max()),
        "macro F1 against the clean run": macro_f1(clean.stance[at[both]], said.stance[: said.count][both]),
        "states equal, % of ticks": 100 * float(same.mean()),
        "ticks without a word, %": 100 * float(gone.mean()),
        **holes, "of these by this hole and no later loss": float(len(told_apart)),
    }  # fmt: skip


def recovery(
    heard: Any, same: Any, at: Any, clean: Ticks, *, edge: int
) -> tuple[dict[str, float], list[tuple[int, int]]]:
    """After each hole of 0.1 s or more in walking: strides until the states agree; the slow holes.

    Looked at up to the next hole, at most four strides. Up to `edge` ticks (5: 50 ms, the tolerance
    of the study) about an event are its error, no state that is lost.
    """
    here = np.zeros(clean.count, bool)
    here[heard] = True
    holes = [(a, b) for a, b in gaps(~here) if (b - a) / RATE >= 0.1]
    agree = np.ones(clean.count, bool)
    agree[at] = same
    took, slow = [], []
    for k, (begin, start) in enumerate(holes):
        stop = min(start + 4 * STRIDE, holes[k + 1][0] if k + 1 < len(holes) else clean.count)
        if stop - start < 2 * STRIDE or not clean.walking[start:stop].all():
            continue
        apart = [b for a, b in gaps(~agree[start:stop]) if b - a > edge]
        took.append(apart[-1] / STRIDE if apart else 0.0)
        if took[-1] > 2.0:
            slow.append((int(begin), int(start)))
    return {
        "holes of 0.1 s or more in walking": len(took),
        "strides until the states agree, mean": float(np.mean(took)) if took else float("nan"),
        "longest": float(np.max(took)) if took else float("nan"),
        "of them over two strides": float(len(slow)),
    }, slow


def without(hole: tuple[int, int], x: Array, heard: Any, clean: Ticks, model: Any) -> Any:
    """Which states differ where the packets of one hole had come: the ticks from 20 s before it.

    Every other fault stays. Returns the first tick and, for each from there on, whether it differs.
    """
    low, high = max(0, hole[0] - round(20 * RATE)), min(len(x), hole[1] + 4 * STRIDE)
    there = np.zeros(len(x), bool)
    there[heard] = True
    there[hole[0] : hole[1]] = True
    said = Ticks.of(high - low)
    stream = PhaseStream(model, rate_hz=RATE, side="right", mounting=np.eye(3), on_tick=said.take)
    mine = low + np.flatnonzero(there[low:high])
    for k in mine.tolist():
        stream.push(x[k], counter=k % 65536)
    at = np.rint(said.time[: said.count] * RATE).astype(int) + int(mine[0])
    differ = np.zeros(high - low, bool)
    differ[at - low] = said.stance[: said.count] != clean.stance[at]
    return low, differ


WORDS = (
    "# Gait phase: an hour of faulty packets",
    "Written by `python -m benchmarks.soak_phase --data STORE --page docs/results`; figures in "
    "`phase-soak.json`.",
    "Right feet of voisard2023, trial after trial, tiled to an hour at 100 Hz, with 2 % lost, 1 % doubled and "
    "1 % late packets, six bursts of 30 to 200 ms lost and two bursts of 20 to 200 ms of NaN a minute; by "
    "counter, and by times with 2 ms of jitter of a clock that is 100 ppm off. Beside it the same hour "
    "without faults. Asked: no crash, no drift of the clock, flat memory, states that agree again within two "
    "strides. The bundled weights; what is measured is the runtime, not they.",
)


def main() -> None:
    """Print the table; with --page write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--data", type=Path, default=None, help="a prepared store with voisard2023")
    parser.add_argument("--by", choices=("counter", "time", "both"), default="both")
    parser.add_argument("--model", default="phase-foot")
    parser.add_argument("--page", type=Path, default=None, help="folder for phase-soak.md")
    said = parser.parse_args()
    seconds = 60 * said.minutes
    x = virtual_hour(seconds) if said.data is None else real_hour(said.data, seconds)
    ways = ("counter", "time") if said.by == "both" else (said.by,)
    found = {by: soak(x, model=said.model, by=by, tell=True) for by in ways}
    rows = [("", *(f"by {by}" for by in ways))]
    rows += [(name, *(f"{found[by][name]:.4g}" for by in ways)) for name in found[ways[0]]]
    for row in rows:
        print(f"{row[0]:<42} " + " ".join(f"{cell:>12}" for cell in row[1:]))
    if said.page is not None:
        facts = {by: {k: float(v) for k, v in row.items()} for by, row in found.items()}
        write(said.page, "phase-soak", WORDS, rows, facts)


if __name__ == "__main__":
    main()
