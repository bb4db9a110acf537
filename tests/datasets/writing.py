"""Run by test_killed: writes trials into a store for ever-repeating seconds, until it is killed.

Prints a line a trial, after it was added, so that the test knows that work is going on.
"""

import sys

from gaitsmith.datasets import Writer
from tests.datasets.makers import ABOUT, curves, recording

TRIALS = 60


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


if __name__ == "__main__":
    main(sys.argv[1])
