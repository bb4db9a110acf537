"""``gaitsmith phase``, its study, its training and the scoring of its weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from gaitsmith.cli import options as o
from gaitsmith.cli.console import errors, out, working
from gaitsmith.cli.learning import Groups, training

__all__ = ["add", "run"]

_Data = Annotated[Path, typer.Option(help="A prepared store, or the folder of real recordings.")]
_Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


def add(groups: Groups) -> None:
    """The commands of this capability."""
    groups.app.command("phase")(phase)
    groups.benchmark.command("phase")(benchmark_phase)
    groups.evaluate.command("phase")(evaluate_phase)
    groups.train.command("phase")(train_phase)


def phase(
    recording: o.Files,
    model: Annotated[
        str | None,
        typer.Option(help="Bundled model (phase-foot, phase-foot-gyr, phase-shank, phase-thigh) or a folder [of the foot, by its sensors]."),
    ] = None,
    mounting: Annotated[
        list[str] | None,
        typer.Option(
            help='How a sensor sits: "forward=+x, up=+z" (its axes while the foot is flat), for one '
            'foot "foot_l: forward=+x, up=+z"; repeat. Without it: found after 3 s of standing.'
        ),
    ] = None,
    rate: o.Rate = None,
    unit: o.Units = None,
    place: o.Placement = None,
    column: o.Columns = None,
    out: o.Out = Path("gaitsmith-out/phase"),
    force: o.Force = False,
) -> None:  # fmt: skip
    """Gait %, stance or swing, strikes and foot-offs from sensors on the feet, as a live system would say."""
    hints = o.hints_from(rate_hz=rate, units=unit, placement=place, columns=column)
    run(recording, hints=hints, model=model, mounting=mountings(mounting), folder=out, force=force)


def mountings(said: list[str] | None) -> Any:
    """One mounting for all feet, or one by label; None where nothing is said.

    Raises
    ------
    GaitsmithError
        Where several are said without a label.
    """
    from gaitsmith.errors import GaitsmithError

    if not said:
        return None
    if len(said) == 1 and ":" not in said[0]:
        return said[0]
    rows = {}
    for text in said:
        label, colon, how = text.partition(":")
        if not colon:
            raise GaitsmithError("which sensor?", place="option --mounting", found=text,
                                 expected='"foot_l: forward=+x, up=+z"')  # fmt: skip
        rows[label.strip()] = how.strip()
    return rows


def run(
    files: list[str], *, hints: Any, model: str | None, mounting: Any, folder: Path, force: bool
) -> None:
    """Read, estimate, write phase_<side>.csv, events.csv, phase.json and the picture."""
    from gaitsmith.files import write_bytes, write_text
    from gaitsmith.formats import read
    from gaitsmith.models.phase.api import estimate_phase
    from gaitsmith.report.draw import draw
    from gaitsmith.sections import plain

    with working("following the feet"):
        result = estimate_phase(read(*files, hints=hints), model=model, mounting=mounting)
    for name, stream in result.recording.of_kind("phase").items():
        head = ",".join(["time_s", "percent", "stance", "walking", "confidence"])
        rows = [f"{t:.4f},{f'{p:.2f}'.replace('nan', '')},{s:.0f},{w:.0f},{c:.3f}"
                for t, (p, s, w, c) in zip(stream.times, stream.data, strict=True)]  # fmt: skip
        write_text(folder / f"{name}.csv", "\n".join([head, *rows]) + "\n", force=force)
    lines = ["time_s,side,kind,confidence"]
    lines += [f"{e.time:.3f},{e.side},{e.kind},{e.confidence:.2f}" for e in result.events]
    write_text(folder / "events.csv", "\n".join(lines) + "\n", force=force)
    facts = {
        "model": result.model, "delay_s": result.delay_s, "table": result.table.to_records(),
        "feet": {s: {"strikes_s": f.strikes, "offs_s": f.offs, "frame": f.foot.how,
                     "rotation": f.foot.rotation} for s, f in result.feet.items()},
        "notes": [str(n) for n in result.notes],
    }  # fmt: skip
    write_text(folder / "phase.json", json.dumps(plain(facts), indent=1, allow_nan=False) + "\n", force=force)  # fmt: skip
    picture = draw(result.figure(), ("png",)).png
    assert picture is not None
    write_bytes(folder / "phase.png", picture, force=force)
    for row in result.table.to_records():
        spread = "" if row["SD (%)"] is None else f" ± {row['SD (%)']:.1f}"
        out().print(
            f"{row['foot']}: {row['strides']} strides of {row['stride time (s)']:.2f} s, stance "
            f"{row['stance (%)']:.1f}{spread} %, swing {row['swing (%)']:.1f} %",
            highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip
    for note in result.notes:
        errors().print(str(note), highlight=False, markup=False, soft_wrap=True)
    out().print(f"results: {folder}", highlight=False, markup=False, soft_wrap=True)


def benchmark_phase(
    data: _Data = Path("../shared/data"),
    part: Annotated[
        list[str] | None,
        typer.Option(help="models, transfer, others, legs; repeat [all]."),
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(help="Of the models: tcn, tcn-50ms, tcn-gyr, gru, dense-transfer, dense, transformer, boosting, logistic; repeat [all]."),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Optimiser steps of each network [as shipped].")] = None,
    runs: Annotated[Path, typer.Option(help="Folder of fitted networks, used again.")] = Path("gaitsmith-out/phase-runs"),
    page: Annotated[Path | None, typer.Option(help="Folder for phase.md and phase.json.")] = None,
    as_json: _Json = False,
) -> None:  # fmt: skip
    """Every phase model and baseline in the same folds by person; transfer; other groups and devices."""
    from gaitsmith.sections import plain
    from gaitsmith.studies import phase as study
    from gaitsmith.studies import phase_page

    console = errors()
    result = study.run(data, part or None, runs=runs, steps=steps, methods=method or None,
                       say=lambda words: console.print(words, highlight=False, markup=False))  # fmt: skip
    if page is not None:
        phase_page.write(result, page)
    if as_json:
        print(json.dumps(plain(result), indent=1))
    else:
        out().print(phase_page.text(result), highlight=False, markup=False, soft_wrap=True)


def evaluate_phase(
    model: Annotated[str, typer.Option(help="Bundled model or a folder.")] = "phase-foot",
    data: _Data = Path("../shared/data"),
    name: Annotated[
        list[str] | None,
        typer.Option("--set", help="Only these sets; repeat [all that are there and have labels]."),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Score frozen weights on every labelled set of a store: people they never saw, other devices."""
    from gaitsmith.sections import plain
    from gaitsmith.studies import phase_evaluate

    with working("scoring"):
        result = phase_evaluate.evaluate(data, model, name or None)
    if as_json:
        print(json.dumps(plain(result), indent=1))
    else:
        out().print(phase_evaluate.text(result), highlight=False, markup=False, soft_wrap=True)


def train_phase(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run.")],
    data: _Data = Path("../shared/data"),
    network: Annotated[
        str, typer.Option("--model", "--network", help="tcn, gru, dense or transformer.")
    ] = "tcn",
    inputs: Annotated[str, typer.Option(help="acc+gyr or gyr.")] = "acc+gyr",
    lookahead: Annotated[int, typer.Option(help="Ticks of 10 ms by which the answer lags.")] = 0,
    steps: Annotated[int, typer.Option(help="Optimiser steps.")] = 900,
    fold: Annotated[
        int | None, typer.Option(help="Leave out the people of this fold (0 to 4) [nobody].")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of weights, crops and noise.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
) -> None:
    """Train a phase network on the hand-checked walks of a store (needs torch and lightning)."""
    from gaitsmith.studies.phase_task import train

    console = errors()
    with training() as progress:
        where = train(data, out, network=network, inputs=inputs, lookahead=lookahead, steps=steps,
                      fold=fold, seed=seed, resume=resume, progress=progress,
                      say=lambda words: console.print(words, highlight=False, markup=False))  # fmt: skip
    console.print(f"model: {where}", highlight=False, markup=False, soft_wrap=True)
