"""``gaitsmith serve``: the local page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gaitsmith.cli.console import out
from gaitsmith.cli.learning import Groups

__all__ = ["add"]


def add(groups: Groups) -> None:
    """The command."""
    groups.app.command("serve")(serve)


def serve(
    folder: Annotated[
        Path, typer.Option(help="Where uploads and results are kept.")
    ] = Path("gaitsmith-out/web"),
    port: Annotated[int, typer.Option(help="Port; 0 for any that is free.")] = 8760,
    host: Annotated[str, typer.Option(help="Address; others than this machine's need a token.")] = "127.0.0.1",
    token: Annotated[
        str | None, typer.Option(help="A secret that every request must know; 'new' makes one.", envvar="GAITSMITH_TOKEN")
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the browser.")] = False,
) -> None:  # fmt: skip
    """A page on this machine: drop files, look, correct, analyse, compare. Nothing leaves it."""
    from gaitsmith.web.serve import serve as run

    if token == "new":
        import secrets

        token = secrets.token_urlsafe(24)

    def started(address: str) -> None:
        out().print(f"open {address}", highlight=False, markup=False, soft_wrap=True)
        out().print("only this machine can reach it; Ctrl-C stops it", highlight=False)
        if open_browser:
            typer.launch(address)

    run(folder, host=host, port=port, token=token, started=started)
