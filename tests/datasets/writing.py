"""Run by test_killed: for each line on standard input, a fork writes trials into a store.

The fork says a line a trial, so that the test knows that work is going on and can kill it; one
process that has imported everything makes hundreds of writers cheap.
"""

import os
import sys
import traceback

from gaitsmith.datasets import Writer
from gaitsmith.datasets import arrays as _arrays  # noqa: F401 (imported before the fork)
from tests.datasets.makers import ABOUT, curves, recording

TRIALS = 40


def main(path: str) -> None:
    """Add what is not there yet, as `prepare` does."""
    with Writer(path, every=0.02) as writer:
        writer.begin(ABOUT)
        for i in range(TRIALS):
            name = f"t{i:03d}"
            if not writer.has("mine", name, ABOUT.version):
                content = curves(i) if i % 5 == 0 else recording(i, rows=60)
                writer.add("mine", name, f"p{i % 7}", content)
                print(name, flush=True)
        writer.end("mine")


def serve(path: str) -> None:
    """Fork a writer a line; say its number, and how it ended."""
    # Imported here, before any fork, but not used: threads do not survive one.
    import pyarrow.parquet  # noqa: F401
    import zarr.codecs  # noqa: F401

    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                main(path)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        print(f"pid {pid}", flush=True)
        _, status = os.waitpid(pid, 0)
        print(f"exit {os.waitstatus_to_exitcode(status)}", flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
