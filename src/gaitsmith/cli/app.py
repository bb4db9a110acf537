"""The commands. Each is a thin layer: options in, one call, words out; bodies import lazily."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gaitsmith.cli import fewshot, phase, serve, speed, stream, twin
from gaitsmith.cli import forces as forces_room
from gaitsmith.cli import options as o
from gaitsmith.cli.benchmark import benchmark
from gaitsmith.cli.data import data
from gaitsmith.cli.learning import Groups, evaluate, train
from gaitsmith.cli.virtual import virtual

__all__ = ["app"]

app = typer.Typer(
    help="From a recording of someone walking to understanding: a report, a folder of results.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        from gaitsmith.version import __version__

        typer.echo(f"gaitsmith {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """From a recording of someone walking to understanding."""


@app.command()
def analyze(
    recording: o.Files,
    mass: o.Mass = None,
    height: o.Height = None,
    age: o.Age = None,
    sex: o.Sex = None,
    leg_length: o.LegLength = None,
    side: o.Side = None,
    static: Annotated[
        str | None, typer.Option(help="A standing trial of the same person (offsets, mass).")
    ] = None,
    forces: Annotated[
        list[str] | None, typer.Option(help="Force files that belong to the recording.")
    ] = None,
    osim: Annotated[
        str | None, typer.Option(help="The person's scaled OpenSim model (segment lengths, mass).")
    ] = None,
    speed: Annotated[
        float | None, typer.Option(help="Walking speed (m/s), where it cannot be measured.")
    ] = None,
    events: Annotated[
        str, typer.Option(help="Event detector: auto, file, plate, kinematic, hip, foot_imu, …")
    ] = "auto",
    population: Annotated[
        str, typer.Option(help="Reference population: auto, adult, young, child.")
    ] = "auto",
    controls: Annotated[
        list[str] | None,
        typer.Option(
            help="A recording of a healthy person of the same laboratory, for the GDI; repeat."
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            help="Leave an estimate out: twin, estimated_forces, speed, fewshot, phase; repeat."
        ),
    ] = None,
    rate: o.Rate = None,
    unit: o.Units = None,
    place: o.Placement = None,
    column: o.Columns = None,
    sign: o.Signs = None,
    up: o.Up = None,
    format: o.Format = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for the results [gaitsmith-out/NAME]."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(help="Worker processes, for a folder [2].", show_default=False)
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a dask scheduler (tcp://…), for a folder.")
    ] = None,
    people: Annotated[
        Path | None,
        typer.Option(help="CSV with file, group, person, mass, height, age, sex, for a folder."),
    ] = None,
    reports: Annotated[
        bool | None,
        typer.Option(help="A page for each recording of a folder [yes].", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the analysis as JSON.")] = False,
    force: o.Force = False,
) -> None:
    """Read a walk, find events and strides, compute, and write a report; or a whole folder."""
    for_one = {"--static": static, "--forces": forces, "--controls": controls, "--format": format, "--json": as_json}  # fmt: skip
    for_many = {
        "--jobs": jobs,
        "--scheduler": scheduler,
        "--people": people,
        "--no-reports": reports is not None,
    }
    if len(recording) == 1 and Path(recording[0]).is_dir():
        from gaitsmith.cli.cohort import run as run_folder

        o.refuse_given(for_one, "one recording; this is a folder")
        said = o.said(
            mass=mass, height=height, age=age, sex=sex, leg_length=leg_length, side=side,
            rate_hz=rate, units=unit, placement=place, columns=column, signs=sign, up=up,
        )  # fmt: skip
        run_folder(
            Path(recording[0]), out, jobs=2 if jobs is None else jobs, scheduler=scheduler, hints=said,
            options={"events": events, "speed_m_s": speed, "population": population, "osim": osim, "without": without},
            people=people, reports=reports is not False, force=force,
        )  # fmt: skip
        return
    from gaitsmith.cli.analyze import run

    o.refuse_given(for_many, "a folder of recordings; this is one recording")

    hints = o.hints_from(
        mass=mass, height=height, age=age, sex=sex, leg_length=leg_length, side=side,
        rate_hz=rate, units=unit, placement=place, columns=column, signs=sign, up=up,
    )  # fmt: skip
    run(
        [*recording, *(forces or [])], forces=forces or [], hints=hints, format=format, static=static, osim=osim,
        speed=speed, events=events, population=population, controls=controls or [], without=without or [], out=out, as_json=as_json, force=force,
    )  # fmt: skip


@app.command()
def info(
    files: Annotated[list[str] | None, typer.Argument(help="Files of one recording.")] = None,
    system: Annotated[bool, typer.Option("--system", help="Versions, for a bug report.")] = False,
    formats: Annotated[
        bool, typer.Option("--formats", help="What can be read and written.")
    ] = False,
    rate: o.Rate = None,
    unit: o.Units = None,
    place: o.Placement = None,
    column: o.Columns = None,
    sign: o.Signs = None,
    up: o.Up = None,
    format: o.Format = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Describe a file: streams, rates, labels, person, events, and what was assumed."""
    from gaitsmith.cli import info as room

    if not files and (system or formats):
        said = {"--rate": rate, "--unit": unit, "--place": place, "--column": column, "--sign": sign, "--up": up, "--format": format}  # fmt: skip
        o.refuse_given({**said, "--json": as_json}, "a FILE; none was named")
    if system:
        room.system()
    if formats:
        room.formats()
    if files:
        hints = o.hints_from(
            rate_hz=rate, units=unit, placement=place, columns=column, signs=sign, up=up
        )
        room.files(files, hints=hints, format=format, as_json=as_json)
    elif not (system or formats):
        from gaitsmith.errors import GaitsmithError

        raise GaitsmithError("nothing to describe", expected="a FILE, --system or --formats")


@app.command()
def convert(
    source: Annotated[str, typer.Argument(help="File to read.")],
    target: Annotated[Path, typer.Argument(help="File to write; the suffix says the format.")],
    rate: o.Rate = None,
    resample: Annotated[
        float | None, typer.Option(help="Write at this rate (Hz), anti-aliased.")
    ] = None,
    start: Annotated[float | None, typer.Option(help="First second to keep.")] = None,
    stop: Annotated[float | None, typer.Option(help="Last second to keep.")] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="Only these streams: angles, forces, …; repeat.")
    ] = None,
    unit: o.Units = None,
    place: o.Placement = None,
    column: o.Columns = None,
    sign: o.Signs = None,
    up: o.Up = None,
    format: o.Format = None,
    force: o.Force = False,
) -> None:
    """Read one file and write it in another format."""
    from gaitsmith.cli.convert import run

    hints = o.hints_from(
        rate_hz=rate, units=unit, placement=place, columns=column, signs=sign, up=up
    )
    run(
        source,
        target,
        hints=hints,
        format=format,
        rate_hz=resample,
        start=start,
        stop=stop,
        kinds=kind or [],
        force=force,
    )


@app.command()
def solve(
    markers: Annotated[
        str, typer.Argument(help="Markers, joint centres or keypoints: .trc, .c3d, …")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="File of joint angles to write: .mot, .csv, …")
    ],
    static: Annotated[
        str | None, typer.Option(help="A standing trial of the same person: size and offsets.")
    ] = None,
    osim: Annotated[
        str | None, typer.Option(help="The person's scaled OpenSim model, with its markers.")
    ] = None,
    mass: o.Mass = None,
    height: o.Height = None,
    sex: o.Sex = None,
    mapping: Annotated[
        str | None,
        typer.Option(help="What the labels stand for: a file.toml, or a built-in mapping's name."),
    ] = None,
    register: Annotated[
        bool, typer.Option("--register", help="Move the model's markers to where they are seen.")
    ] = False,
    smooth: Annotated[
        float, typer.Option(help="Low-pass of the fitted angles (Hz); 0 for none.")
    ] = 12.0,
    from_standing: Annotated[
        bool, typer.Option("--from-standing", help="Count angles from those of the standing trial.")
    ] = False,
    rate: o.Rate = None,
    unit: o.Units = None,
    up: o.Up = None,
    format: o.Format = None,
    force: o.Force = False,
) -> None:
    """Fit a body to markers and write its joint angles, with each marker's distance from it."""
    from gaitsmith.cli.solve import run

    hints = o.hints_from(mass=mass, height=height, sex=sex, rate_hz=rate, units=unit, up=up)
    run(
        markers, out, hints=hints, format=format, static=static, osim=osim, mapping=mapping,
        register=register, smooth_hz=smooth, from_standing=from_standing, force=force,
    )  # fmt: skip


@app.command()
def demo(
    out: o.Out = Path("gaitsmith-out/demo"),
    force: o.Force = False,
) -> None:
    """Analyse an embedded example: a virtual walker with a stiff left knee, made by our own code."""
    from gaitsmith.cli.analyze import demo as run

    run(out, force=force)


# Each capability is a room with its own commands: the one users call, its study, and, where it has
# them, the training and the scoring of its models.
for room in (fewshot, forces_room, phase, serve, speed, stream, twin):
    room.add(Groups(app, benchmark))

app.add_typer(benchmark, name="benchmark")
app.add_typer(data, name="data")
app.add_typer(virtual, name="virtual")
for group, name in ((train, "train"), (evaluate, "evaluate")):
    if group.registered_commands:
        app.add_typer(group, name=name)
