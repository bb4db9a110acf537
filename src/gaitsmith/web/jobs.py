"""The queue of analyses: a few at a time, each in a process of its own; progress goes to the shelf."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gaitsmith.errors import GaitsmithError
from gaitsmith.web.limits import Limits
from gaitsmith.web.pool import JobError, run_limited
from gaitsmith.web.shelf import Shelf

__all__ = ["Jobs"]

# How often it is asked whether somebody waits for a short task still, seconds.
_ASK_S = 0.5


class Jobs:
    """Runs analyses of a shelf.

    Parameters
    ----------
    shelf, limits
        Where rows are kept, and what a job may take.
    """

    def __init__(self, shelf: Shelf, limits: Limits) -> None:
        self.shelf = shelf
        self.limits = limits
        self._threads = ThreadPoolExecutor(limits.workers, thread_name_prefix="job")
        # Short answers for the page (previews, other speeds) do not wait behind analyses.
        # They wait without a thread, so that everything else is answered meanwhile.
        self._gate = asyncio.Semaphore(max(2, limits.workers))
        self._shorts = ThreadPoolExecutor(max(2, limits.workers), thread_name_prefix="short")
        self._short_stops: set[threading.Event] = set()
        self._stops: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def room(self) -> None:
        """Nothing where another analysis may be queued.

        Raises
        ------
        GaitsmithError
            Where the queue is full.
        """
        with self._lock:
            if len(self._stops) >= self.limits.queue:
                raise GaitsmithError("too many analyses wait", found=len(self._stops),
                                     remedy="wait until some are done, or cancel them")  # fmt: skip

    def start(self, id_: str, arguments: dict[str, Any]) -> None:
        """Queue the analysis of a row that the shelf has."""
        stop = threading.Event()
        with self._lock:
            self._stops[id_] = stop
        self._threads.submit(self._run, id_, arguments, stop)

    def cancel(self, id_: str) -> bool:
        """Stop one that waits or runs; whether there was one."""
        with self._lock:
            stop = self._stops.get(id_)
        if stop is not None:
            stop.set()
        return stop is not None

    def close(self) -> None:
        """Stop everything."""
        with self._lock:
            for stop in (*self._stops.values(), *self._short_stops):
                stop.set()
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._shorts.shutdown(wait=True, cancel_futures=True)

    async def short(
        self,
        task: str,
        arguments: dict[str, Any],
        gone: Callable[[], Awaitable[bool]] | None = None,
    ) -> Any:
        """Run a short task in a process as soon as its turn comes, and give what it gives.

        Parameters
        ----------
        gone
            Asked now and then whether nobody waits for the answer any more.

        Raises
        ------
        JobError
            As :func:`gaitsmith.web.pool.run_limited` does; ``busy`` where its turn does not come.
        """
        try:
            await asyncio.wait_for(self._gate.acquire(), self.limits.patience_s)
        except TimeoutError:
            raise JobError("busy", "the server is busy: try again") from None
        stop = threading.Event()
        self._short_stops.add(stop)
        try:
            if gone is not None and await gone():
                raise JobError("cancelled", "cancelled")
            work = asyncio.get_running_loop().run_in_executor(
                self._shorts, functools.partial(
                    run_limited, task, arguments, seconds=min(120.0, self.limits.seconds),
                    memory_mb=self.limits.memory_mb, cancelled=stop,
                ),
            )  # fmt: skip
            while not (await asyncio.wait({work}, timeout=_ASK_S))[0]:
                if gone is not None and await gone():
                    stop.set()
            return work.result()
        finally:
            stop.set()
            self._short_stops.discard(stop)
            self._gate.release()

    def _run(self, id_: str, arguments: dict[str, Any], stop: threading.Event) -> None:
        try:
            if stop.is_set():
                raise JobError("cancelled", "cancelled")
            self.shelf.update(id_, status="running", step="starting")
            made = run_limited(
                "analyse", arguments, seconds=self.limits.seconds, memory_mb=self.limits.memory_mb,
                step=lambda words: self.shelf.update(id_, step=words), cancelled=stop,
            )  # fmt: skip
            row = self.shelf.get(id_)
            self.shelf.update(
                id_, status="done", step="", title=made["title"] or row["title"], summary=made["summary"],
                facts={**row["facts"], **{k: made[k] for k in ("can_change_speed", "warnings", "speed_m_s")}},
            )  # fmt: skip
        except JobError as error:
            status = error.kind if error.kind in ("refused", "cancelled") else "failed"
            self._say(id_, status, error.words)
        except Exception as error:
            self._say(id_, "failed", f"{type(error).__name__}: {error}")
        finally:
            with self._lock:
                self._stops.pop(id_, None)

    def _say(self, id_: str, status: str, words: str) -> None:
        # A row that was deleted meanwhile needs no words.
        self.shelf.update(id_, status=status, step="", reason=words)
