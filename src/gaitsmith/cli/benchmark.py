"""``gaitsmith benchmark``: studies of what lies below the capabilities.

Each capability adds its own study from its own room.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["benchmark"]

benchmark = typer.Typer(
    help="Measure a capability on real recordings and print its figures.", no_args_is_help=True
)


@benchmark.command("body")
def benchmark_body(
    data: Annotated[Path, typer.Option(help="Folder of real recordings.")] = Path("../shared/data"),
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="A part: osim, mujoco, moments, norms, laboratories, speed, walkers, ik; repeat."
        ),
    ] = None,
    page: Annotated[Path | None, typer.Option(help="Folder for a page of the figures.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the page.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Models, joint moments, angles from markers and speed against OpenSim, MuJoCo and references."""
    from gaitsmith.cli.console import working
    from gaitsmith.sections import plain
    from gaitsmith.studies import body as study

    with working("measuring the body"):
        result = study.run(data, only or None)
    if page is not None:
        from gaitsmith.studies.body_page import write

        write(page, result, force=force)
    if as_json:
        typer.echo(json.dumps(plain(result), indent=1))
    else:
        typer.echo(study.format(result))


@benchmark.command("events")
def benchmark_events(
    data: Annotated[Path, typer.Option(help="Folder of real recordings.")] = Path("../shared/data"),
    only: Annotated[
        list[str] | None,
        typer.Option(help="A part: plates, filtered, kinematic, hip, speed, belt, imu; repeat."),
    ] = None,
    page: Annotated[Path | None, typer.Option(help="Folder for a page of the figures.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the page.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Events and treadmill speed against plates, hand-checked labels and other references."""
    from gaitsmith.cli.console import working
    from gaitsmith.sections import plain
    from gaitsmith.studies import events as study

    with working("measuring events"):
        result = study.run(data, only or None)
    if page is not None:
        from gaitsmith.studies.events_page import write

        write(page, result, force=force)
    if as_json:
        typer.echo(json.dumps(plain(result), indent=1))
    else:
        typer.echo(study.format(result))


@benchmark.command("virtual")
def benchmark_virtual(
    data: Annotated[Path, typer.Option(help="Folder of real recordings.")] = Path("../shared/data"),
    people: Annotated[int, typer.Option(help="How many virtual people.")] = 60,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for figures.")] = None,
    page: Annotated[Path | None, typer.Option(help="Folder for a page of the figures.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the page.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Virtual people against published norms and real recordings."""
    from gaitsmith.cli.console import working
    from gaitsmith.sections import plain
    from gaitsmith.studies import virtual_people as study

    with working("walking virtually"):
        result = study.run(data, people=people, figures=out)
    if page is not None:
        from gaitsmith.studies.virtual_page import write

        write(page, result, force=force)
    if as_json:
        typer.echo(json.dumps(plain(result), indent=1))
    else:
        typer.echo(study.format(result))
