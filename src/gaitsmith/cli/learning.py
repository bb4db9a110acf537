"""The groups of commands to which every capability adds its own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import typer

__all__ = ["Groups", "evaluate", "train", "training", "watched"]

train = typer.Typer(help="Train a network of a capability on a store.", no_args_is_help=True)
evaluate = typer.Typer(help="Score frozen weights on people they never saw.", no_args_is_help=True)


@dataclass(frozen=True)
class Groups:
    """Where a capability puts its commands: ``gaitsmith NAME``, ``gaitsmith benchmark NAME``, …"""

    app: typer.Typer
    benchmark: typer.Typer
    evaluate: typer.Typer = evaluate
    train: typer.Typer = train


@contextlib.contextmanager
def watched(words: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar of things done of all, where a person is watching; else None."""
    from gaitsmith.cli.console import errors

    console = errors()
    if not console.is_terminal:
        yield None
        return
    from rich.progress import Progress

    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextlib.contextmanager
def training() -> Iterator[Callable[[int, int, dict[str, float]], None] | None]:
    """A bar of steps with the latest and the best loss, where a person is watching; else None."""
    from gaitsmith.cli.console import errors

    console = errors()
    if not console.is_terminal:
        yield None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.fields[words]}"))  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("training", total=None, words="")

        def show(step: int, steps: int, values: dict[str, float]) -> None:
            words = ", ".join(f"{k} {v:.4g}" for k, v in values.items() if k in ("loss", "best") and v < float("inf"))  # fmt: skip
            bar.update(task, completed=step, total=steps, words=words)

        yield show
