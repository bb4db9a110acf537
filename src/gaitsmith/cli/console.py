"""Where the command line speaks: results on standard output, all else on standard error."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["errors", "out", "working"]


@cache
def out() -> Console:
    """Standard output: as wide as the terminal, 120 columns where it is a file or a pipe."""
    import sys

    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 120)


@cache
def errors() -> Console:
    """Standard error."""
    from rich.console import Console

    return Console(stderr=True)


@contextlib.contextmanager
def working(words: str) -> Iterator[None]:
    """A spinner with `words` while the block runs, where a person is watching."""
    console = errors()
    if console.is_terminal:
        with console.status(words):
            yield
    else:
        yield
