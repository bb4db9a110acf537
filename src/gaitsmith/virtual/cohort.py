"""Many virtual people at many speeds, made on all cores and kept in a prepared collection."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass

from gaitsmith.datasets.base import About
from gaitsmith.datasets.writer import Writer
from gaitsmith.errors import GaitsmithError, check_in
from gaitsmith.recording import Recording
from gaitsmith.virtual.faults import Fault
from gaitsmith.virtual.people import people
from gaitsmith.virtual.walk import walker

__all__ = ["ABOUT", "Job", "cohort", "jobs", "speeds"]

#: What a generated set says of itself.
ABOUT = About(
    name="virtual",
    title="virtual walkers: joint angles, positions, forces, moments and sensors of one physics",
    source="made by gaitsmith virtual cohort",
    cite="mean curves: Bovi et al. 2011; style: Lencioni et al. 2019 (CC BY 4.0)",
    licence="as gaitsmith's own",
    derived="yes",
    # Of the generator: walks of another one are made again.
    version=2,
)


@dataclass(frozen=True)
class Job:
    """One recording to make."""

    person: int
    seed: int
    speed: float
    seconds: float
    rate_hz: float
    treadmill: bool = False
    faults: tuple[Fault, ...] = ()

    @property
    def id(self) -> str:
        """Name of the trial: ``p0003-v1.20``."""
        tail = "".join(f"-{f.name}{f.side[0]}{f.size:g}" for f in self.faults)
        return f"p{self.person:04d}-v{self.speed:.2f}{tail}"

    def run(self) -> Recording:
        """The recording: the same wherever and in whatever order it is made."""
        who = people(self.person + 1, self.seed, only=self.person)[0]
        seed = (self.seed * 1_000_003 + self.person) * 1_009 + round(100 * self.speed)
        return walker(who, self.speed, self.seconds, rate_hz=self.rate_hz, seed=seed,
                      treadmill=self.treadmill, faults=self.faults)  # fmt: skip


def speeds(text: str) -> list[float]:
    """Speeds (m/s) from ``0.5:1.8:0.1`` (first, last, step) or ``0.8,1.2``.

    Raises
    ------
    GaitsmithError
        Where it is neither.
    """
    try:
        if ":" in text:
            first, last, step = (float(x) for x in text.split(":"))
            if step <= 0 or last < first:
                raise ValueError
            count = int((last - first) / step + 1.0001)
            return [round(first + i * step, 6) for i in range(count)]
        return [float(x) for x in text.split(",")]
    except ValueError:
        raise GaitsmithError("these are no speeds", place="speeds", found=text,
                             expected="first:last:step or speeds with commas, m/s") from None  # fmt: skip


def jobs(
    count: int, at: Sequence[float], *, seed: int = 7, seconds: float = 10.0, rate_hz: float = 100.0,
    treadmill: bool = False, faults: tuple[Fault, ...] = (),
) -> list[Job]:  # fmt: skip
    """All people at all speeds."""
    return [Job(i, seed, v, seconds, rate_hz, treadmill, faults) for i in range(count) for v in at]


def cohort(
    todo: Iterable[Job], store: str | os.PathLike[str], *, cores: int | None = None,
    streams: Sequence[str] = (), progress: Callable[[int], None] | None = None,
) -> int:  # fmt: skip
    """Make recordings on all cores and add them to a store; what is there already is not made again.

    At most four recordings a core wait to be written, so that memory does not grow with the cohort.
    With `streams` only those (and the events) are kept: angles alone take a tenth of the space.

    Returns
    -------
    int
        How many were made.
    """
    made = 0
    with Writer(store) as writer:
        writer.begin(ABOUT)
        open_jobs = [j for j in todo if not writer.has(ABOUT.name, j.id, ABOUT.version)]
        for job, recording in _made(open_jobs, cores or os.cpu_count() or 1):
            if streams:
                kept = {
                    k: recording.streams[check_in("stream", k, recording.streams)] for k in streams
                }
                recording = recording.replace(streams=kept)
            writer.add(
                ABOUT.name, job.id, f"{job.seed}-{job.person:04d}", recording,
                group="fault" if job.faults else "healthy", speed=job.speed,
                condition="treadmill" if job.treadmill else "overground",
                facts={"seed": job.seed, "faults": [[f.name, f.side, f.size] for f in job.faults]},
            )  # fmt: skip
            made += 1
            if progress is not None:
                progress(made)
        writer.end(ABOUT.name)
    return made


def _made(todo: Sequence[Job], cores: int) -> Iterator[tuple[Job, Recording]]:
    if cores <= 1 or len(todo) < 4:
        yield from ((j, j.run()) for j in todo)
        return
    from multiprocessing import get_context

    waiting = iter(todo)
    running: dict[Future[Recording], Job] = {}
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn"), initializer=_follow) as pool:
        try:
            while True:
                while len(running) < 4 * cores and (job := next(waiting, None)) is not None:
                    running[pool.submit(job.run)] = job
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _follow() -> None:
    """A worker ends when the command that started it is killed: by itself it would wait for ever."""
    import threading
    from multiprocessing import parent_process

    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
