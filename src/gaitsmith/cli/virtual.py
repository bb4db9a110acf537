"""``gaitsmith virtual``: walkers with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["virtual"]

virtual = typer.Typer(help="Make virtual walkers with known truth.", no_args_is_help=True)

Fault = Annotated[
    list[str] | None,
    typer.Option(help="A fault NAME:SIDE:SIZE, as stiff_knee:right:0.8; repeat."),
]


def _faults(texts: list[str] | None) -> tuple[object, ...]:
    from gaitsmith.errors import GaitsmithError
    from gaitsmith.virtual import Fault as Made

    out = []
    for text in texts or []:
        name, _, rest = text.partition(":")
        side, _, size = rest.partition(":")
        try:
            out.append(Made(name, side or "right", float(size or 1.0)))  # type: ignore[arg-type]
        except ValueError:
            raise GaitsmithError("not a fault's size", place="--fault", found=text,
                                 expected="NAME:SIDE:SIZE with a size of 0 to 1") from None  # fmt: skip
    return tuple(out)


@virtual.command("walk")
def walk(
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write (.gait, .mot, .c3d, …).")],
    speed: Annotated[float, typer.Option(help="m/s.")] = 1.2,
    seconds: Annotated[float, typer.Option(help="Length (s).")] = 10.0,
    person: Annotated[int, typer.Option(help="Number of the person in the population.")] = 0,
    seed: Annotated[int, typer.Option(help="Of population and variation.")] = 7,
    rate: Annotated[float, typer.Option(help="Hz.")] = 100.0,
    treadmill: Annotated[bool, typer.Option("--treadmill", help="The ground moves.")] = False,
    fault: Fault = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite.")] = False,
) -> None:
    """Make one walk and write it."""
    from gaitsmith.virtual import people, walker

    who = people(person + 1, seed, only=person)[0]
    made = walker(who, speed, seconds, rate_hz=rate, seed=seed, treadmill=treadmill,
                  faults=_faults(fault))  # type: ignore[arg-type]  # fmt: skip
    if out.suffix == ".gait":
        made.save(out, force=force)
    else:
        made.write(out, force=force)
    typer.echo(f"{out}: {made.name}, {made.duration:.1f} s")


@virtual.command("cohort")
def cohort(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the store.")],
    people: Annotated[int, typer.Option(help="How many people.")] = 150,
    speeds: Annotated[str, typer.Option(help="first:last:step or a,b,c (m/s).")] = "0.5:1.8:0.1",
    seconds: Annotated[float, typer.Option(help="Length of each walk (s).")] = 10.0,
    seed: Annotated[int, typer.Option(help="Of the population.")] = 7,
    rate: Annotated[float, typer.Option(help="Hz.")] = 100.0,
    treadmill: Annotated[bool, typer.Option("--treadmill", help="The ground moves.")] = False,
    fault: Fault = None,
    stream: Annotated[
        list[str] | None,
        typer.Option(
            help="Keep this stream only (angles, points, forces, moments, imu, …); repeat."
        ),
    ] = None,
    cores: Annotated[int | None, typer.Option(help="Processes; default: all cores.")] = None,
) -> None:
    """Make many people at many speeds into a prepared collection; a stopped run is taken up again."""
    from rich.progress import Progress

    from gaitsmith.virtual import cohort as room

    todo = room.jobs(people, room.speeds(speeds), seed=seed, seconds=seconds, rate_hz=rate,
                     treadmill=treadmill, faults=_faults(fault))  # type: ignore[arg-type]  # fmt: skip
    with Progress(transient=True) as bar:
        task = bar.add_task("walking", total=len(todo))
        made = room.cohort(todo, out, cores=cores, streams=stream or (),
                           progress=lambda n: bar.update(task, completed=n))  # fmt: skip
    typer.echo(f"{out}: {made} recordings made, {len(todo) - made} were there")
