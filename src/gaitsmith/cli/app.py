"""The commands. Each is a thin layer: options in, one call, words out; bodies import lazily."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gaitsmith.cli import options as o
from gaitsmith.cli.data import data
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
        from gaitsmith import __version__

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
    rate: o.Rate = None,
    unit: o.Units = None,
    place: o.Placement = None,
    column: o.Columns = None,
    up: o.Up = None,
    format: o.Format = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for the results [gaitsmith-out/NAME]."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the analysis as JSON.")] = False,
    force: o.Force = False,
) -> None:
    """Read a walk, find events and strides, compute, and write a report."""
    from gaitsmith.cli.analyze import run

    hints = o.hints_from(
        mass=mass, height=height, age=age, sex=sex, leg_length=leg_length, side=side,
        rate_hz=rate, units=unit, placement=place, columns=column, up=up,
    )  # fmt: skip
    run(
        [*recording, *(forces or [])], hints=hints, format=format, static=static, osim=osim,
        speed=speed, events=events, population=population, controls=controls or [], out=out, as_json=as_json, force=force,
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
    up: o.Up = None,
    format: o.Format = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Describe a file: streams, rates, labels, person, events, and what was assumed."""
    from gaitsmith.cli import info as room

    if system:
        room.system()
    if formats:
        room.formats()
    if files:
        hints = o.hints_from(rate_hz=rate, units=unit, placement=place, columns=column, up=up)
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
    up: o.Up = None,
    format: o.Format = None,
    force: o.Force = False,
) -> None:
    """Read one file and write it in another format."""
    from gaitsmith.cli.convert import run

    hints = o.hints_from(rate_hz=rate, units=unit, placement=place, columns=column, up=up)
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


@app.command()
def speed(
    recording: o.Files,
    to: Annotated[str, typer.Option("--to", help="Wanted speeds (m/s): 0.5,1.2,1.6.")],
    source: Annotated[
        float | None,
        typer.Option("--from", help="Speed of the recording (m/s), where it cannot be measured."),
    ] = None,
    samples: Annotated[int, typer.Option(help="Plausible walks drawn at each speed.")] = 0,
    seconds: Annotated[float, typer.Option(help="Length of the generated walks (s).")] = 30.0,
    seed: Annotated[int, typer.Option(help="Of everything drawn.")] = 0,
    height: o.Height = None,
    rate: o.Rate = None,
    unit: o.Units = None,
    column: o.Columns = None,
    up: o.Up = None,
    out: o.Out = Path("gaitsmith-out/speed"),
    force: o.Force = False,
) -> None:
    """How this person would walk at speeds that were not recorded: motions, curves with bands."""
    from gaitsmith.cli.speed import run

    hints = o.hints_from(height=height, rate_hz=rate, units=unit, columns=column, up=up)
    run(recording, hints=hints, to=to, source=source, samples=samples, seconds=seconds, seed=seed,
        folder=out, force=force)  # fmt: skip


benchmark = typer.Typer(
    help="Measure a capability on real recordings and print its figures.", no_args_is_help=True
)
app.add_typer(benchmark, name="benchmark")
app.add_typer(data, name="data")
app.add_typer(virtual, name="virtual")


@benchmark.command("body")
def benchmark_body(
    data: Annotated[Path, typer.Option(help="Folder of real recordings.")] = Path("../shared/data"),
    only: Annotated[
        list[str] | None,
        typer.Option(help="A part: osim, mujoco, moments, norms, laboratories, speed, ik."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Models, joint moments, angles from markers and speed against OpenSim, MuJoCo and references."""
    from gaitsmith.cli.console import working
    from gaitsmith.sections import plain
    from gaitsmith.studies import body as study

    with working("measuring the body"):
        result = study.run(data, only or None)
    if as_json:
        typer.echo(json.dumps(plain(result), indent=1))
    else:
        typer.echo(study.format(result))


@benchmark.command("events")
def benchmark_events(
    data: Annotated[Path, typer.Option(help="Folder of real recordings.")] = Path("../shared/data"),
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Events and treadmill speed against plates, hand-checked labels and other references."""
    from gaitsmith.cli.console import working
    from gaitsmith.sections import plain
    from gaitsmith.studies import events as study

    with working("measuring events"):
        result = study.run(data)
    if as_json:
        typer.echo(json.dumps(plain(result), indent=1))
    else:
        typer.echo(study.format(result))


@benchmark.command("virtual")
def benchmark_virtual(
    data: Annotated[Path, typer.Option(help="Folder of real recordings.")] = Path("../shared/data"),
    people: Annotated[int, typer.Option(help="How many virtual people.")] = 60,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for figures.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Virtual people against published norms and real recordings."""
    from gaitsmith.cli.console import working
    from gaitsmith.sections import plain
    from gaitsmith.studies import virtual_people as study

    with working("walking virtually"):
        result = study.run(data, people=people, figures=out)
    if as_json:
        typer.echo(json.dumps(plain(result), indent=1))
    else:
        typer.echo(study.format(result))


@benchmark.command("speed")
def benchmark_speed(
    data: Annotated[
        Path, typer.Option(help="A prepared store, or the folder of real recordings.")
    ] = Path("../shared/data"),
    part: Annotated[
        list[str] | None,
        typer.Option(help="lencioni2019, gait_signatures, hood2020_ankle; repeat."),
    ] = None,
    page: Annotated[Path | None, typer.Option(help="Folder for speed.md and speed.json.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Curves at speeds never recorded, of people never learnt from, against simple predictors."""
    from gaitsmith.cli.speed import benchmark as run

    run(data, part or [], page, as_json)
