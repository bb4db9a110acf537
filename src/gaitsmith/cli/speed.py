"""``gaitsmith speed``, ``benchmark speed``, ``train speed`` and ``evaluate speed``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from gaitsmith.cli import options as o
from gaitsmith.cli.console import errors, out, working
from gaitsmith.cli.learning import Groups
from gaitsmith.errors import GaitsmithError

__all__ = ["add", "run", "speeds"]


def add(groups: Groups) -> None:
    """The commands of this capability."""
    groups.app.command("speed")(speed)
    groups.benchmark.command("speed")(benchmark_speed)
    groups.train.command("speed")(train_speed)
    groups.evaluate.command("speed")(evaluate_speed)


def speed(
    recording: o.Files,
    to: Annotated[str, typer.Option("--to", help="Wanted speeds (m/s): 0.5,1.2,1.6.")],
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Speed of the recording (m/s), where it cannot be measured; of several: 0.8,1.2.",
        ),
    ] = None,
    separate: Annotated[
        bool,
        typer.Option(
            "--separate", help="The files are recordings of one person at several speeds."
        ),
    ] = False,
    samples: Annotated[int, typer.Option(help="Plausible walks drawn at each speed.")] = 0,
    seconds: Annotated[float, typer.Option(help="Length of the generated walks (s).")] = 30.0,
    seed: Annotated[int, typer.Option(help="Of everything drawn.")] = 0,
    model: Annotated[
        str,
        typer.Option(
            help="speed-statistical (bundled), or the folder of a run of train speed --model statistical."
        ),
    ] = "speed-statistical",
    height: o.Height = None,
    rate: o.Rate = None,
    unit: o.Units = None,
    column: o.Columns = None,
    up: o.Up = None,
    out: o.Out = Path("gaitsmith-out/speed"),
    force: o.Force = False,
) -> None:
    """How this person would walk at speeds that were not recorded: motions, curves with bands."""
    hints = o.hints_from(height=height, rate_hz=rate, units=unit, columns=column, up=up)
    run(recording, hints=hints, to=to, source=source, separate=separate, samples=samples, seconds=seconds, seed=seed,
        model=model, folder=out, force=force)  # fmt: skip


def benchmark_speed(
    data: Annotated[
        Path, typer.Option(help="A prepared store, or the folder of real recordings.")
    ] = Path("../shared/data"),
    part: Annotated[
        list[str] | None,
        typer.Option(help="lencioni2019, gait_signatures, hood2020_ankle; repeat."),
    ] = None,
    run: Annotated[
        list[Path] | None,
        typer.Option(
            help="A run of train speed: the published protocol on the people it kept; repeat."
        ),
    ] = None,
    page: Annotated[Path | None, typer.Option(help="Folder for speed.md and speed.json.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Curves at speeds never recorded, of people never learnt from, against simple predictors."""
    if run:
        _protocol(data, run, as_json)
    else:
        _benchmark(data, part or [], page, as_json)


def train_speed(
    data: Annotated[Path, typer.Option(help="A prepared store (gaitsmith data prepare, virtual cohort).")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run.")],
    model: Annotated[str, typer.Option(help="diffusion, mlp, tcn, or statistical: the default, fitted to your people.")] = "diffusion",
    config: Annotated[
        Path | None, typer.Option(help="Settings (TOML, tables model, train, data) over the usual ones, or the name of some that ship (diffusion-paper), taken as they are.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
    steps: Annotated[int | None, typer.Option(help="Optimiser steps, over the settings.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of weights, order and noise, over the settings.")] = None,
    devices: Annotated[int | None, typer.Option(help="GPUs (or CPU processes) of a machine.")] = None,
    nodes: Annotated[int | None, typer.Option(help="Machines.")] = None,
) -> None:  # fmt: skip
    """Train a sequence network, or fit the default, on people of a store, divided 13 / 4 / 5 by person."""
    from gaitsmith.cli.learning import training, watched
    from gaitsmith.studies.train_speed import plan, plan_default, train

    if model == "statistical":
        from gaitsmith.studies.train_speed_default import train_default

        people = plan_default(
            config, seed, steps=steps, devices=devices, nodes=nodes, resume=resume
        )
        with working("fitting"):
            train_default(data, out, people, _said)
        _said(f"model: {out / 'model'}")
        return
    settings = plan(model, config, steps=steps, seed=seed, devices=devices, nodes=nodes)
    with watched("reading") as reading, training() as progress:
        train(data, out, settings, resume=resume, say=_said, reading=reading, progress=progress)
    _said(f"model: {out / 'model'}")


def evaluate_speed(
    model: Annotated[str, typer.Option(help="A bundled model's name, or the folder of one or of a run.")],
    data: Annotated[Path, typer.Option(help="A prepared store.")],
    part: Annotated[list[str] | None, typer.Option("--set", help="Only this set; repeat.")] = None,
    person: Annotated[list[str] | None, typer.Option(help="Only this person (set/person); repeat.")] = None,
    pairs: Annotated[int, typer.Option(help="Pairs of speeds of a person, at most.")] = 60,
    seed: Annotated[int, typer.Option(help="Of pairs and of what is generated.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:  # fmt: skip
    """Score frozen weights on people they never saw, beside a plain copy of the source."""
    from gaitsmith.sections import plain
    from gaitsmith.studies.evaluate_speed import evaluate, text

    with working("scoring"):
        result = evaluate(model, data, sets=part or (), people=person or (), pairs=pairs, seed=seed)
    if as_json:
        print(json.dumps(plain(result), indent=1))
    else:
        out().print(text(result), highlight=False, markup=False, soft_wrap=True)


def _protocol(data: Path, runs: list[Path], as_json: bool) -> None:
    """The published protocol on a store's people, printed."""
    from gaitsmith.sections import plain
    from gaitsmith.studies import speed_store, speed_virtual

    result = speed_store.run(data, runs, _said)
    if as_json:
        print(json.dumps(plain(result), indent=1))
    else:
        out().print(speed_virtual.text(result), highlight=False, markup=False, soft_wrap=True)


def _said(words: str) -> None:
    errors().print(words, highlight=False, markup=False, soft_wrap=True)


def speeds(text: str, option: str) -> list[float]:
    """``"0.5,1.2"`` as numbers.

    Raises
    ------
    GaitsmithError
        Where one is no number.
    """
    try:
        return [float(x) for x in text.split(",")]
    except ValueError:
        raise GaitsmithError("not a list of speeds", place=f"option {option}", found=text,
                             expected="speeds in m/s with commas between: 0.5,1.2") from None  # fmt: skip


def run(
    files: list[str], *, hints: Any, to: str, source: str | None, separate: bool, samples: int,
    seconds: float, seed: int, folder: Path, force: bool, model: str = "speed-statistical",
) -> None:  # fmt: skip
    """Read, carry to the speeds, write a .mot a speed, the table, the curves and the figure."""
    from gaitsmith.files import write_bytes, write_text
    from gaitsmith.formats import read
    from gaitsmith.models.speed.api import change_speed
    from gaitsmith.report.draw import draw
    from gaitsmith.sections import plain

    wanted = speeds(to, "--to")
    given = speeds(source, "--from") if source is not None else []
    # As many speeds as files: each file is a recording of its own.
    separate = separate or len(given) > 1
    if separate and given and len(given) != len(files):
        raise GaitsmithError("every recording needs its speed", place="option --from", found=f"{len(given)} speeds, {len(files)} files",
                             remedy="give as many, or none: then they are measured")  # fmt: skip
    parts = [[f] for f in files] if separate else [files]
    known: list[float | None] = [*given] or [None] * len(parts)
    learnt = _statistical(model)
    with working("walking at other speeds"):
        first, *others = [(read(*p, hints=hints), v) for p, v in zip(parts, known, strict=True)]
        result = change_speed(first[0], wanted, speed_m_s=first[1], others=others, samples=samples,
                              seconds=seconds, seed=seed, model=learnt)  # fmt: skip
    for walk in result.walks:
        walk.recording.write(folder / f"walk_{walk.asked:.2f}.mot", force=force)
        for k, sample in enumerate(walk.samples):
            sample.write(folder / f"walk_{walk.asked:.2f}_sample_{k + 1:02d}.mot", force=force)
    facts = {
        "source_speed_m_s": result.source_speed[0], "source_speed_how": result.source_speed[1],
        "sources": [{"speed_m_s": v, "how": how} for v, how in result.sources],
        "source_by_feet_m_s": result.source_by_feet, "misfit": result.misfit, "seed": seed,
        "table": result.table.to_records(),
        "curves": [{"speed_m_s": w.asked, "mean_deg": w.mean, "sd_deg": w.sd} for w in result.walks],
        "notes": [str(n) for n in result.notes],
    }  # fmt: skip
    write_text(folder / "speed.json", json.dumps(plain(facts), indent=1, allow_nan=False) + "\n", force=force)  # fmt: skip
    table = result.table
    text = [",".join(table.columns)]
    text += [",".join("" if c is None else f"{c:.6g}" for c in row) for row in table.rows]
    write_text(folder / "speed.csv", "\n".join(text) + "\n", force=force)
    picture = draw(result.figure(), ("png",)).png
    assert picture is not None
    write_bytes(folder / "speed.png", picture, force=force)
    say(result)
    out().print(f"results: {folder}", highlight=False, markup=False, soft_wrap=True)


def _statistical(model: str) -> Any:
    """The default's form, bundled or fitted by a run.

    Raises
    ------
    GaitsmithError
        Where it is another model.
    """
    from gaitsmith.models.base import open_model
    from gaitsmith.models.speed.default import StatisticalSpeed

    inside = Path(model) / "model"
    found = open_model(inside if (inside / "config.json").is_file() else model)
    if not isinstance(found, StatisticalSpeed):
        raise GaitsmithError("not a model that changes a recording's speed", place="option --model", found=found.NAME,
                             expected="speed-statistical, or a run of train speed --model statistical")  # fmt: skip
    return found


def say(result: Any) -> None:
    """The result in words: speed asked and achieved, cadence, stride length, how sure."""
    lines = [f"recorded at {v:.2f} m/s ({how})" for v, how in result.sources]
    for w in result.walks:
        got = "not measurable" if w.achieved != w.achieved else f"{w.achieved:.2f} m/s"
        lines.append(
            f"{w.asked:.2f} m/s asked, {got} by the feet: {w.cadence:.0f} ± {1.645 * w.cadence_sd:.0f} "
            f"steps/min, stride {w.stride_length:.2f} m, joints ± "
            + ", ".join(f"{1.645 * float(sum(s[j].mean() for s in w.sd.values()) / len(w.sd)):.1f}°" for j in range(3))
        )  # fmt: skip
    lines.append(result.table.caption)
    for line in lines:
        out().print(line, highlight=False, markup=False, soft_wrap=True)
    for note in result.notes:
        errors().print(str(note), highlight=False, markup=False, soft_wrap=True)


def _benchmark(data: Path, parts: list[str], page: Path | None, as_json: bool) -> None:
    """The study, printed; with `page`, its page and figures written there."""
    from gaitsmith.sections import plain
    from gaitsmith.studies import speed as study
    from gaitsmith.studies import speed_page

    console = errors()
    result = study.run(data, parts or None, lambda words: console.print(words, highlight=False, markup=False))  # fmt: skip
    if page is not None:
        speed_page.write(result, page)
    if as_json:
        print(json.dumps(plain(result), indent=1))
    else:
        out().print(speed_page.text(result), highlight=False, markup=False, soft_wrap=True)
