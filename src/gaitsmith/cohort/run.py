"""A folder of recordings through a cluster: local worker processes, or a scheduler of many machines.

The scheduler sees one task a recording, a few more than there are workers at a time, so that the
memory of scheduler and workers does not grow with the number of recordings. Workers write their
results themselves: on many machines, the folder of results must be one that all of them see.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gaitsmith.cohort.find import Left, find
from gaitsmith.cohort.sweep import sweep
from gaitsmith.cohort.work import Job, job_of, read_state, work
from gaitsmith.errors import GaitsmithError

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Outcome", "analyze_folder"]

#: Called after each recording: how many are done, of how many, and the last one's row.
Progress = Callable[[int, int, Mapping[str, Any]], None]
# Tasks that wait at the scheduler, a worker.
_AHEAD = 2
# A recording that takes this many workers with it is given up.
_DEATHS = 2
# Workers beyond this many a processor core only wait for each other.
_PER_CORE = 8


@dataclass(frozen=True)
class Outcome:
    """What became of a folder.

    Attributes
    ----------
    out
        The folder of results, with ``cohort.html``, ``parameters.parquet``, ``strides.parquet``
        and ``files.csv``.
    rows
        One mapping a recording: name, status ("done", "refused", "failed"), reason, folder, values.
    left
        Files that are no recordings.
    reused
        How many had been done by an earlier run.
    """

    out: Path
    rows: list[dict[str, Any]] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    reused: int = 0

    def count(self, status: str) -> int:
        """How many ended so."""
        return sum(row["status"] == status for row in self.rows)


def analyze_folder(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    jobs: int = 2,
    scheduler: str | None = None,
    hints: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    people: str | os.PathLike[str] | None = None,
    reports: bool = True,
    memory_gb: float = 2.0,
    progress: Progress | None = None,
    force: bool = False,
) -> Outcome:
    """Analyse every recording of a folder; go on where an earlier run was stopped.

    Parameters
    ----------
    folder
        Searched with its subfolders and archives.
    out
        Folder of results; one of an earlier run is gone on with.
    jobs
        Worker processes on this machine.
    scheduler
        Address of a dask scheduler (``tcp://host:8786``) to use instead.
    hints, options
        For every recording: fields of :class:`gaitsmith.formats.Hints`; arguments of
        :func:`gaitsmith.analyze`.
    people
        A table (CSV) with a column ``file`` (a name or a pattern such as ``P01/*``), any facts of
        the person (``mass``, ``height``, ``age``, ``sex``, …), ``person`` and ``group``.
    reports
        Whether each recording gets its own page.
    memory_gb
        What one worker may hold; a recording that takes more is given up and listed.
    force
        Write into a folder that is not empty and not of an earlier run.

    Raises
    ------
    GaitsmithError
        Where there is nothing to analyse, the disk is full, or the scheduler cannot be reached or
        goes away. What was done stays done.
    """
    from gaitsmith.cohort.people import known_of, read_people
    from gaitsmith.cohort.tables import gather

    if jobs < 1:
        raise GaitsmithError("not a number of workers", place="argument jobs", found=jobs, expected="1 or more",
                             remedy="give the number of processor cores that may be used")  # fmt: skip
    most = _PER_CORE * (os.cpu_count() or 1)
    if jobs > most:
        raise GaitsmithError("more workers than this machine can serve", place="argument jobs", found=jobs,
                             expected=f"at most {most}", remedy="give the number of processor cores that may be used")  # fmt: skip
    items, left = find(folder)
    target = Path(out)
    _claim(target, force)
    table = read_people(people) if people is not None else []
    made, labels = [], {}
    for item in items:
        known, labels[item.name] = known_of(table, item.name)
        made.append(job_of(item, {**(hints or {}), **known}, options or {}, reports=reports))
    sweep(target, made)
    rows: dict[str, dict[str, Any]] = {}
    for job in made:
        done = read_state(target, job.key)
        if done is not None:
            rows[job.key] = done
    reused = sum(job.key in rows for job in made)
    todo = list({j.key: j for j in made if j.key not in rows}.values())
    if todo:
        said = progress or _silent
        with _cluster(jobs, scheduler, memory_gb) as client:
            for row in _through(client, todo, str(target.resolve()), max(1, jobs)):
                if row["status"] == "stopped":
                    raise _unwritten(target, row["reason"])
                rows[row["key"]] = row
                said(len(rows), len({j.key for j in made}), row)
        # A worker that was killed on the way leaves halves, too.
        sweep(target, todo)
    listed = [
        {**rows[j.key], "name": j.item.name, "files": list(j.item.files), **labels[j.item.name]}
        for j in made
    ]
    outcome = Outcome(target, listed, left, reused)
    try:
        gather(outcome)
    except OSError as error:
        raise _unwritten(target, error) from error
    return outcome


def _unwritten(target: Path, found: object) -> GaitsmithError:
    return GaitsmithError(
        "the results cannot be written", file=target, found=found,
        remedy="make room and repeat the same command: what is done stays done",
    )  # fmt: skip


def _claim(out: Path, force: bool) -> None:
    if out.exists() and not out.is_dir():
        raise GaitsmithError("results need a folder, and this is a file", file=out,
                             remedy="give another name with --out")  # fmt: skip
    ours = (out / "state").is_dir()
    if out.is_dir() and any(out.iterdir()) and not ours and not force:
        raise GaitsmithError("the folder is not empty", file=out,
                             remedy="use --force to write into it, or give another folder")  # fmt: skip
    try:
        (out / "state").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GaitsmithError("cannot write here", file=out, found=error.strerror) from error


@contextlib.contextmanager
def _cluster(jobs: int, scheduler: str | None, memory_gb: float) -> Iterator[Client]:
    """A client of the scheduler named, or of one made for this run on this machine alone."""
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise GaitsmithError(
            "folders need dask.distributed", remedy="pip install 'gaitsmith[cluster]'"
        ) from error
    quiet = {
        "distributed.scheduler.allowed-failures": _DEATHS - 1,
        "distributed.admin.log-format": "%(message)s",
        "distributed.worker.daemon": True,
        "distributed.comm.timeouts.connect": "10s",
        "distributed.scheduler.worker-saturation": 1.0,
        # A worker's own profile of what it runs keeps a tree a second for an hour: 70 MB a hundred recordings.
        "distributed.worker.profile.enabled": False,
        # What several threads of a library would win, several processes have already.
        "distributed.nanny.pre-spawn-environ": {
            "MALLOC_TRIM_THRESHOLD_": 65536, "OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1
        },
    }  # fmt: skip
    with dask.config.set(quiet), tempfile.TemporaryDirectory(prefix="gaitsmith-") as scratch:
        if scheduler is not None:
            try:
                client = Client(scheduler, timeout="10s", set_as_default=False)
            except (OSError, ValueError) as error:
                raise GaitsmithError(
                    "the scheduler does not answer", place="option --scheduler", found=scheduler,
                    expected="the address of a running dask scheduler, as tcp://host:8786",
                    remedy="start one with `dask scheduler`, or leave the option out",
                ) from error  # fmt: skip
            with client:
                yield client
            return
        with (
            LocalCluster(
                n_workers=jobs, threads_per_worker=1, processes=True, host="127.0.0.1",
                memory_limit=f"{memory_gb:g}GB", scheduler_kwargs={"dashboard": False}, local_directory=scratch,
                # A fixed port, as is usual there, would be taken by a second run beside this one.
                silence_logs="CRITICAL", dashboard_address="127.0.0.1:0",
            ) as cluster,
            Client(cluster, set_as_default=False) as client,
        ):  # fmt: skip
            yield client


def _through(client: Client, todo: list[Job], out: str, workers: int) -> Iterator[dict[str, Any]]:
    """A row for every job, in the order in which they end."""
    from distributed import as_completed
    from distributed.client import FutureCancelledError
    from distributed.comm.core import CommClosedError
    from distributed.scheduler import KilledWorker

    rest = iter(todo)
    pending: dict[Any, Job] = {}
    ended = as_completed(loop=client.loop)

    def submit() -> None:
        job = next(rest, None)
        if job is not None:
            # Keys are told apart by run: a task that was forgotten is not taken for a new one.
            future = client.submit(work, job, out, key=f"{job.key}-{os.getpid()}", pure=False)
            pending[future] = job
            ended.add(future)

    for _ in range(_AHEAD * workers):
        submit()
    while pending:
        try:
            future = next(ended)
            job = pending.pop(future)
            row = future.result()
        except KilledWorker:
            row = {
                "key": job.key, "name": job.item.name, "folder": None, "status": "failed",
                "reason": f"it ended {_DEATHS} workers: more memory than one may hold, or a crash",
            }  # fmt: skip
        except (FutureCancelledError, CommClosedError, TimeoutError, StopIteration) as error:
            raise GaitsmithError(
                "the scheduler went away", found=f"{type(error).__name__}: {error}",
                remedy="start it again and repeat the same command: what is done stays done",
            ) from error  # fmt: skip
        future.release()
        yield row
        submit()


def _silent(_done: int, _total: int, _row: Mapping[str, Any]) -> None:
    """Nobody is watching."""
