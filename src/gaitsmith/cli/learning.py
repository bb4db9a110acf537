"""The groups of commands to which every capability adds its own."""

from __future__ import annotations

from dataclasses import dataclass

import typer

__all__ = ["Groups", "evaluate", "train"]

train = typer.Typer(help="Train a network of a capability on a store.", no_args_is_help=True)
evaluate = typer.Typer(help="Score frozen weights on people they never saw.", no_args_is_help=True)


@dataclass(frozen=True)
class Groups:
    """Where a capability puts its commands: ``gaitsmith NAME``, ``gaitsmith benchmark NAME``, …"""

    app: typer.Typer
    benchmark: typer.Typer
    evaluate: typer.Typer = evaluate
    train: typer.Typer = train
