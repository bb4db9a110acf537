"""``gaitsmith benchmark forces``, ``evaluate forces`` and ``train forces``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from gaitsmith.cli.console import errors, out, working
from gaitsmith.cli.learning import Groups

__all__ = ["add"]

Data = Annotated[Path, typer.Option(help="A prepared store, or the folder of real recordings.")]
Models = Annotated[
    Path | None, typer.Option(help="Folder of downloads with the OpenSim models, for a store.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
_DATA = Path("../shared/data")


def add(groups: Groups) -> None:
    """The study's commands."""
    groups.benchmark.command("forces")(benchmark_forces)
    groups.evaluate.command("forces")(evaluate_forces)
    groups.train.command("forces")(train_forces)


def _said(words: str) -> None:
    errors().print(words, highlight=False, markup=False, soft_wrap=True)


def benchmark_forces(
    data: Data = _DATA,
    models: Models = None,
    part: Annotated[
        list[str] | None, typer.Option(help="One of the study's parts; repeat.")
    ] = None,
    every: Annotated[int, typer.Option(help="Only every so many-th stride of lencioni2019.")] = 0,
    networks: Annotated[bool, typer.Option(help="Train the MLP and the TCN too (torch).")] = False,
    run: Annotated[
        list[Path] | None,
        typer.Option(
            help="A run of train forces (generative, refiner): into the tables of its kept people; repeat."
        ),
    ] = None,
    page: Annotated[Path | None, typer.Option(help="Folder for forces.md and forces.json.")] = None,
    as_json: AsJson = False,
) -> None:
    """Estimated forces against plates: people left out in turn, other laboratories frozen."""
    from gaitsmith.sections import plain
    from gaitsmith.studies import forces as study
    from gaitsmith.studies import forces_page

    def written(found: dict[str, Any]) -> None:
        if page is not None:
            forces_page.write(found, page)

    result = study.run(data, part or None, _said, models=models, least=every, networks=networks, runs=run or (),
                       done=written)  # fmt: skip
    if as_json:
        print(json.dumps(plain(result), indent=1))
    else:
        out().print(forces_page.text(result), highlight=False, markup=False, soft_wrap=True)


def evaluate_forces(
    data: Data = _DATA,
    model: Annotated[
        str, typer.Option(help="A bundled model's name, or a folder.")
    ] = "forces-posterior",
    models: Models = None,
    as_json: AsJson = False,
) -> None:
    """Frozen weights on the recordings of laboratories that they never saw."""
    from gaitsmith.models.forces.posterior import StancePosterior
    from gaitsmith.sections import plain
    from gaitsmith.studies import forces as study
    from gaitsmith.studies import forces_page

    frozen = StancePosterior.from_pretrained(model)
    with working("scoring forces"):
        result = study.score(frozen, data, models)
    if as_json:
        print(json.dumps(plain(result), indent=1))
    else:
        out().print(forces_page.text(result), highlight=False, markup=False, soft_wrap=True)


def train_forces(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run.")],
    data: Data = _DATA,
    model: Annotated[str, typer.Option(help="generative, or refiner.")] = "generative",
    size: Annotated[str, typer.Option(help="cpu, or paper: as published.")] = "cpu",
    config: Annotated[
        Path | None, typer.Option(help="Settings (TOML, tables model, train) over those that ship.")
    ] = None,
    virtual: Annotated[int, typer.Option(help="Virtual people that are learnt from too.")] = 60,
    trials: Annotated[
        Path | None,
        typer.Option(help="A file (.npz) that keeps what was read, for the next training."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
    steps: Annotated[int | None, typer.Option(help="Optimiser steps, over the settings.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of weights, order and noise.")] = None,
    devices: Annotated[
        int | None, typer.Option(help="GPUs (or CPU processes) of a machine.")
    ] = None,
    nodes: Annotated[int | None, typer.Option(help="Machines.")] = None,
) -> None:
    """Train the generative model of motion and forces, or its refinement network."""
    from gaitsmith.cli.learning import training
    from gaitsmith.studies.forces_train import plan, train

    epochs = 0 if steps is not None else None
    settings = plan(
        model, size, config, steps=steps, epochs=epochs, seed=seed, devices=devices, nodes=nodes
    )
    with training() as progress:
        train(
            data,
            out,
            settings,
            virtual=virtual,
            trials=trials,
            resume=resume,
            say=_said,
            progress=progress,
        )
    _said(f"model: {out / 'model'}")
