"""``gaitsmith twin``, ``gaitsmith twin-fit``, and the twin's study, training and scoring."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gaitsmith.cli import options as o
from gaitsmith.cli.console import errors, out, working
from gaitsmith.cli.learning import Groups

if TYPE_CHECKING:
    from gaitsmith.models.twin.api import TwinResult

__all__ = ["add"]

_STORE = Annotated[Path, typer.Option(help="A prepared store, or the folder of real recordings.")]


def add(groups: Groups) -> None:
    """The commands of this capability."""
    groups.app.command("twin")(twin)
    groups.app.command("twin-fit")(twin_fit)
    groups.benchmark.command("twin")(benchmark_twin)
    groups.evaluate.command("twin")(evaluate_twin)
    groups.train.command("twin")(train_twin)


def twin(
    recording: o.Files,
    speed: Annotated[
        float | None, typer.Option(help="Walking speed (m/s), where it cannot be measured.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="A laboratory's own reference, made by twin-fit.")
    ] = None,
    height: o.Height = None,
    leg_length: o.LegLength = None,
    rate: o.Rate = None,
    unit: o.Units = None,
    column: o.Columns = None,
    up: o.Up = None,
    out: o.Out = Path("gaitsmith-out/twin"),
    force: o.Force = False,
) -> None:
    """Joints that do not fit a normal walk, how, how surely, and the walk's normative twin."""
    from gaitsmith.formats import read
    from gaitsmith.models.twin.api import find_twin
    from gaitsmith.models.twin.default import TwinModel

    hints = o.hints_from(height=height, leg_length=leg_length, rate_hz=rate, units=unit, columns=column, up=up)  # fmt: skip
    with working("looking for joints that do not fit"):
        model = None if reference is None else TwinModel.from_pretrained(reference)
        result = find_twin(read(*recording, hints=hints), speed_m_s=speed, model=model)
    _write(result, out, force)
    _say(result)
    _line(f"results: {out}")


def twin_fit(
    data: Annotated[Path, typer.Option(help="A prepared store with recordings of normal people.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the reference.")],
    sets: Annotated[
        list[str] | None, typer.Option("--set", help="Only these sets of the store; repeat.")
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            help="Only people of these groups (healthy, typically developing, …); repeat."
        ),
    ] = None,
    task: Annotated[str, typer.Option(help="Only trials of this task.")] = "walking",
    force: o.Force = False,
) -> None:
    """A laboratory's own normative reference from its own normal people (8 or more)."""
    from gaitsmith.studies.twin_fit import fit_store

    said = errors()
    with working("learning what is normal here"):
        model, facts = fit_store(data, sets=sets or [], groups=group or [], task=task)
        model.save_pretrained(out, force=force)
    for line in facts:
        said.print(line, highlight=False, markup=False, soft_wrap=True)
    _line(f"reference: {out}   (gaitsmith twin walk.mot --reference {out})")


def _write(result: TwinResult, folder: Path, force: bool) -> None:
    """Twin, table, figure, curves and the page with the playback."""
    from gaitsmith.errors import GaitsmithError
    from gaitsmith.files import write_bytes, write_text
    from gaitsmith.models.twin.page import page
    from gaitsmith.report.draw import draw
    from gaitsmith.sections import plain

    result.twin.write(folder / "twin.mot", force=force)
    facts = {
        "verdict": result.verdict, "summary": result.summary, "twin": result.twin_words,
        "score": result.score, "low": result.low, "high": result.high, "chance": result.chance,
        "threshold": result.threshold, "explained_by_few_joints": result.explained,
        "speed_m_s": None if result.speed is None else result.speed[0], "strides": result.strides,
        "joints": [{
            "channel": f.channel, "posture": f.posture, "low": f.low, "high": f.high,
            "coordination": f.coordination, "changed": f.changed, "unusual": f.flagged, "words": f.words,
            "recorded_deg": f.recorded, "twin_deg": f.twin, "band_deg": [f.low_band, f.high_band],
        } for f in result.findings],
        "notes": [str(n) for n in result.notes],
    }  # fmt: skip
    write_text(folder / "twin.json", json.dumps(plain(facts), indent=1, allow_nan=False) + "\n", force=force)  # fmt: skip
    table = result.table
    rows = [",".join(table.columns)]
    for row in table.rows:
        rows.append(",".join("" if c is None else f'"{c}"' if isinstance(c, str) and "," in c else f"{c:.4g}" if isinstance(c, float) else str(c) for c in row))  # fmt: skip
    write_text(folder / "twin.csv", "\n".join(rows) + "\n", force=force)
    figure = result.figure()
    drawn = draw(figure, ("svg", "png"))
    assert drawn.png is not None
    write_bytes(folder / "twin.png", drawn.png, force=force)
    try:
        shown: Any = page(result, figure)
    except GaitsmithError as error:
        errors().print(f"no playback: {error.problem}", highlight=False, markup=False)
        return
    from gaitsmith.report.page import render_html

    write_text(folder / "twin.html", render_html(shown, {id(figure): drawn}), force=force)


def _say(result: TwinResult) -> None:
    from rich.table import Table

    from gaitsmith.models.twin.symmetry import words

    _line(result.summary)
    if legs := words(result.findings):
        _line(legs)
    _line(result.twin_words)
    shown = Table(box=None, pad_edge=False)
    for c in ("joint", "posture", "95 %", "coordination", "changed", ""):
        shown.add_column(c)
    from gaitsmith.models.twin.words import joint

    pointed = {f.channel for f in result.shown}
    for f in result.findings:
        interval = "" if f.low != f.low else f"{f.low:.1f} to {f.high:.1f}"
        shown.add_row(joint(f.channel) + (" *" if f.flagged else ""), f"{f.posture:.1f}", interval,
                      f"{f.coordination:.1f}", f"{f.changed:.2f}", f.words if f.channel in pointed else "")  # fmt: skip
    out().print(shown, highlight=False, markup=False)
    _line(result.table.caption)
    for note in result.notes:
        errors().print(str(note), highlight=False, markup=False, soft_wrap=True)


def _line(words: str) -> None:
    out().print(words, highlight=False, markup=False, soft_wrap=True)


def benchmark_twin(
    data: _STORE = Path("../shared/data"),
    part: Annotated[
        list[str] | None,
        typer.Option(
            help="statistical, virtual, shipped, windows, lencioni2019, thresholds, blame, laboratories, recordings, c3d, stroke, elepap; repeat."
        ),
    ] = None,
    model: Annotated[
        list[Path] | None, typer.Option(help="A trained masked autoencoder for the tables; repeat.")
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            help="Folder for twin.md and twin.json; parts not run stay as they are there."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Faults, swaps and real pathology on people left out, against simple scores."""
    from gaitsmith.sections import plain
    from gaitsmith.studies import twin as study
    from gaitsmith.studies import twin_page

    console = errors()
    result = study.run(data, part or None, lambda words: console.print(words, highlight=False, markup=False), models=model or [])  # fmt: skip
    if page is not None:
        twin_page.write(result, page)
    if as_json:
        print(json.dumps(plain(result), indent=1))
    else:
        out().print(twin_page.text(result), highlight=False, markup=False, soft_wrap=True)


def evaluate_twin(
    folder: Annotated[str | None, typer.Argument(help="The same as --model.", hidden=True)] = None,
    model: Annotated[str, typer.Option(help="A bundled model's name, or a folder.")] = "twin",
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Score frozen weights: faults put into statistical people that no model has seen."""
    from gaitsmith.models.base import open_model
    from gaitsmith.sections import plain
    from gaitsmith.studies import twin as study
    from gaitsmith.studies import twin_page

    with working("scoring"):
        result = {"frozen": study.frozen(open_model(folder or model))}
    if as_json:
        print(json.dumps(plain(result), indent=1))
    else:
        out().print(twin_page.text(result), highlight=False, markup=False, soft_wrap=True)


def train_twin(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run.")],
    data: _STORE = Path("../shared/data"),
    form: Annotated[str, typer.Option("--model", "--form", help="cycle, window (7 frames) or joints (7 frames, 3-D).")] = "cycle",
    steps: Annotated[int, typer.Option(help="Training steps, at most.")] = 6000,
    people: Annotated[int, typer.Option(help="Statistical people learnt from.")] = 600,
    seed: Annotated[int, typer.Option(help="Of everything drawn.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
) -> None:  # fmt: skip
    """Train the masked autoencoder on statistical and real normal people."""
    from gaitsmith.cli.learning import training
    from gaitsmith.studies.twin_train import train

    console = errors()
    with training() as progress:
        train(data, form, out, steps=steps, people=people, seed=seed, resume=resume, progress=progress,
              say=lambda words: console.print(words, highlight=False, markup=False))  # fmt: skip
    _line(f"model: {out / 'model'}")
