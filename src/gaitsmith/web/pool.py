"""Worker processes with limits: a job that hangs, eats memory or crashes ends alone.

Each job is a process of its own, started afresh: whatever a strange file does to a parser, it does
there. The parent only reads words through a pipe.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

__all__ = ["JobError", "run_limited"]

Step = Callable[[str], None]
_POLL_S = 0.1


class JobError(Exception):
    """Why a job gave nothing: ``kind`` is refused, failed, time, memory, crashed, busy or cancelled."""

    def __init__(self, kind: str, words: str, about: Mapping[str, Any] | None = None) -> None:
        super().__init__(words)
        self.kind = kind
        self.words = words
        #: What helps to mend it, as a task says: the columns of a file, …
        self.about = dict(about or {})


def run_limited(
    task: str, arguments: Mapping[str, Any], *, seconds: float, memory_mb: float,
    step: Step | None = None, cancelled: threading.Event | None = None,
) -> Any:  # fmt: skip
    """Run ``gaitsmith.web.tasks.<task>(step, **arguments)`` in a process and give what it gives.

    Raises
    ------
    JobError
        Where it refuses, fails, is cancelled, or takes more than it may.
    """
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(
        target=_inside, args=(theirs, task, dict(arguments), seconds, memory_mb), daemon=True
    )
    process.start()
    theirs.close()
    deadline = time.monotonic() + seconds
    try:
        while True:
            if cancelled is not None and cancelled.is_set():
                raise JobError("cancelled", "cancelled")
            if time.monotonic() > deadline:
                raise JobError("time", f"stopped after {seconds:.0f} s, the most a job may take")
            if _resident_mb(process.pid) > memory_mb:
                raise JobError("memory", f"stopped: it took more than {memory_mb:.0f} MB")
            if not mine.poll(_POLL_S):
                if not process.is_alive() and not mine.poll(0):
                    raise _crash(process.exitcode)
                continue
            try:
                kind, value = mine.recv()
            except (EOFError, OSError):
                process.join(2)
                raise _crash(process.exitcode) from None
            if kind == "step":
                if step is not None:
                    step(str(value))
            elif kind == "done":
                return value
            else:
                raise JobError(kind, *value) if kind == "refused" else JobError(kind, str(value))
    finally:
        mine.close()
        _end(process)


def _crash(code: int | None) -> JobError:
    return JobError("crashed", f"the job's process ended by itself (code {code})")


def _end(process: Any) -> None:
    if process.is_alive():
        process.join(0.2)
    if process.is_alive():
        process.kill()
    process.join(5)
    with contextlib.suppress(ValueError):
        process.close()


def _resident_mb(pid: int | None) -> float:
    """Memory of a process on Linux; 0 where that cannot be read (the limit inside it holds then)."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * 4096 / 1e6


def _inside(
    pipe: Connection, task: str, arguments: dict[str, Any], seconds: float, memory_mb: float
) -> None:
    """In the process: limits first, then the work; nothing but plain values goes back."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        # Address space is a multiple of what is used: libraries reserve without touching.
        room = int(3 * memory_mb * 1e6)
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
        resource.setrlimit(resource.RLIMIT_CPU, (int(2 * seconds) + 5, int(2 * seconds) + 10))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from gaitsmith.errors import GaitsmithError
    from gaitsmith.web.names import sound
    from gaitsmith.web.words import on_page

    try:
        from gaitsmith.web import tasks

        value = getattr(tasks, task)(lambda words: pipe.send(("step", words)), **arguments)
        pipe.send(("done", sound(value)))
    except GaitsmithError as error:
        pipe.send(("refused", sound((on_page(str(error)), getattr(error, "about", {})))))
    except MemoryError:
        pipe.send(("memory", f"stopped: it took more than {memory_mb:.0f} MB"))
    except Exception as error:
        # The page says that something broke here; what it was goes to the terminal.
        import traceback

        traceback.print_exc()
        words = error.strerror if isinstance(error, OSError) else error  # no path of this machine
        pipe.send(("failed", sound(f"an error of ours: {type(error).__name__}: {words}")))
    finally:
        pipe.close()
