"""``gaitsmith personalize``, ``generate``, ``repair``, and the study of few-shot cycles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from gaitsmith.cli import options as o
from gaitsmith.cli.console import errors, out, working
from gaitsmith.cli.learning import Groups

__all__ = ["add"]

_Data = Annotated[Path, typer.Option(help="A prepared store, or the folder of real recordings.")]
_Page = Annotated[Path | None, typer.Option(help="Folder for fewshot.md and fewshot.json.")]
_Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


def add(groups: Groups) -> None:
    """The commands of this capability."""
    groups.app.command("personalize")(personalize)
    groups.app.command("generate")(generate)
    groups.app.command("repair")(repair)
    groups.benchmark.command("fewshot")(benchmark_fewshot)
    groups.evaluate.command("fewshot")(evaluate_fewshot)
    groups.train.command("fewshot")(train_fewshot)


def personalize(
    recording: o.Files,
    out: Annotated[Path, typer.Option("--out", "-o", help="The personal model to write: me.gait.")],
    kind: Annotated[str, typer.Option(help="angles, shank (sensors), or auto.")] = "auto",
    speed: Annotated[
        float | None, typer.Option(help="Walking speed (m/s), where it cannot be measured.")
    ] = None,
    strides: Annotated[
        int | None, typer.Option(help="Only the first so many strides of each leg.")
    ] = None,
    separate: Annotated[
        bool, typer.Option("--separate", help="The files are several recordings of one person.")
    ] = False,
    rate: o.Rate = None,
    unit: o.Units = None,
    place: o.Placement = None,
    column: o.Columns = None,
    force: o.Force = False,
) -> None:
    """A personal model from one person's strides: one to five are enough."""
    from gaitsmith.formats import read
    from gaitsmith.models.fewshot.api import personalize as make

    hints = o.hints_from(rate_hz=rate, units=unit, placement=place, columns=column)
    with working("reading strides"):
        many = [read(f, hints=hints) for f in recording] if separate else [read(*recording, hints=hints)]  # fmt: skip
        me = make(many, kind=kind, speed_m_s=speed, strides=strides)
        me.save(out, force=force)
    _say(f"{len(me.cycles)} strides of {len(set(me.cycles.side.tolist()))} leg(s), {me.kind}; "
         f"stride spread {100 * me.person.spread ** 0.5:.0f} % of the population's")  # fmt: skip
    _say(f"model: {out}")


def generate(
    model: Annotated[Path, typer.Argument(help="A personal model, made by gaitsmith personalize.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="File: .csv for a table of strides, .mot or .gait for a walk.")
    ],
    strides: Annotated[int, typer.Option(help="Strides of each leg.")] = 50,
    speed: Annotated[float | None, typer.Option(help="Speed (m/s); default: of the own strides.")] = None,
    rate: Annotated[float, typer.Option("--rate", help="Samples per second of a walk (Hz).")] = 100.0,
    seed: Annotated[int, typer.Option(help="Of everything drawn.")] = 0,
    force: o.Force = False,
) -> None:  # fmt: skip
    """New strides of a person, from a personal model."""
    from gaitsmith.files import write_text
    from gaitsmith.models.fewshot.api import generate as make
    from gaitsmith.models.fewshot.personal import Personal

    result = make(Personal.load(model), strides, seed=seed, speed_m_s=speed, rate_hz=rate)
    if out.suffix.lower() == ".csv":
        table = result.table
        lines = [",".join(table.columns)]
        lines += [",".join(c if isinstance(c, str) else f"{c:.6g}" for c in row) for row in table.rows]  # fmt: skip
        write_text(out, "\n".join(lines) + "\n", force=force)
    else:
        result.recording.write(out, force=force)
    _say(f"{strides} strides of {' and '.join(result.cycles)} leg: {out}")
    _notes(result.notes)


def repair(
    recording: o.Files,
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write, whole.")],
    bad: Annotated[
        list[str] | None,
        typer.Option("--bad", help="A stretch not to be believed: START-STOP or LABEL:START-STOP (s); repeat."),
    ] = None,
    widest: Annotated[
        float, typer.Option(help="Refuse where half the 90 % band is wider than this share of the channel's SD.")
    ] = 1.0,
    rate: o.Rate = None,
    unit: o.Units = None,
    place: o.Placement = None,
    column: o.Columns = None,
    up: o.Up = None,
    force: o.Force = False,
) -> None:  # fmt: skip
    """Fill gaps from the person's own strides, with a band; what cannot be known stays missing."""
    from gaitsmith.files import write_text
    from gaitsmith.formats import read
    from gaitsmith.models.fewshot.repair import repair as make
    from gaitsmith.models.fewshot.repair import stretches

    hints = o.hints_from(rate_hz=rate, units=unit, placement=place, columns=column, up=up)
    with working("repairing"):
        result = make(read(*recording, hints=hints), bad=stretches(bad or []), widest=widest)
    result.recording.write(out, force=force)
    table = result.table
    lines = [",".join(table.columns)]
    lines += [",".join(c if isinstance(c, str) else f"{c:.6g}" for c in row) for row in table.rows]
    write_text(out.with_name(f"{out.stem}_filled.csv"), "\n".join(lines) + "\n", force=force)
    _say(result.words)
    _notes(result.notes)
    _say(f"results: {out}, {out.stem}_filled.csv (every filled stretch with its band)")


def benchmark_fewshot(
    data: _Data = Path("../shared/data"),
    part: Annotated[
        list[str] | None, typer.Option(help="hugadb, lencioni2019, networks, repair, …; repeat.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Folder in which finished networks are kept, to go on from.")
    ] = None,
    kept_only: Annotated[
        bool, typer.Option(help="Networks: train nothing, tell what is kept.")
    ] = False,
    page: _Page = None,
    as_json: _Json = False,
) -> None:
    """Few-shot cycles and repair on people never learnt from, against simple predictors."""
    from gaitsmith.files import write_text
    from gaitsmith.report.draw import draw
    from gaitsmith.sections import plain
    from gaitsmith.studies import fewshot as study
    from gaitsmith.studies import fewshot_page

    console = errors()
    result = study.run(data, part or None, keep=keep, kept_only=kept_only, say=lambda w: console.print(w, highlight=False, markup=False))  # fmt: skip
    if page is not None:
        picture = fewshot_page.write(result, page)
        if picture is not None:
            drawn = draw(picture)
            assert drawn.svg is not None
            write_text(page / f"{picture.key}.svg", drawn.svg, force=True)
    if as_json:
        print(json.dumps(plain(result), indent=1))
    else:
        _say(fewshot_page.text(result))


def evaluate_fewshot(
    model: Annotated[str, typer.Option(help="A bundled model, or a folder.")],
    data: _Data = Path("../shared/data"),
    part: Annotated[str, typer.Option("--set", help="hugadb or lencioni2019.")] = "hugadb",
    as_json: _Json = False,
) -> None:
    """Score frozen weights on people they never saw."""
    from gaitsmith.sections import plain
    from gaitsmith.studies.fewshot import evaluate

    with working("scoring"):
        result = evaluate(model, data, part)
    if as_json:
        print(json.dumps(plain(result), indent=1))
    else:
        for name, value in result.items():
            _say(f"{name}: {value}")


def train_fewshot(
    data: _Data,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the model.")],
    part: Annotated[str, typer.Option("--set", help="hugadb or lencioni2019.")] = "hugadb",
    method: Annotated[str, typer.Option("--model", "--method", help="gaussian, maml, finetune.")] = "gaussian",
    mode: Annotated[str, typer.Option(help="generation or reconstruction (networks).")] = "generation",
    order: Annotated[int, typer.Option(help="1 or 2: order of the meta-gradient.")] = 1,
    steps: Annotated[int, typer.Option(help="Outer steps (networks).")] = 400,
    seed: Annotated[int, typer.Option(help="Of everything drawn.")] = 0,
    force: o.Force = False,
) -> None:  # fmt: skip
    """Learn a population from a store: the default, or a network as published."""
    from gaitsmith.studies.fewshot import train

    with working("training"):
        made = train(data, part, method=method, mode=mode, order=order, steps=steps, seed=seed)
    made.save_pretrained(out, force=force)
    _say(f"model: {out}")


def _say(words: str) -> None:
    out().print(words, highlight=False, markup=False, soft_wrap=True)


def _notes(notes: Any) -> None:
    for note in notes:
        errors().print(str(note), highlight=False, markup=False, soft_wrap=True)
