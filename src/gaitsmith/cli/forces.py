"""``gaitsmith forces``, ``complete`` and ``modify``; the study's commands are in ``forces_study``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gaitsmith.cli import forces_study
from gaitsmith.cli import options as o
from gaitsmith.cli.console import errors, out, working
from gaitsmith.cli.forces_what_if import what_if
from gaitsmith.cli.learning import Groups

if TYPE_CHECKING:
    from gaitsmith.models.forces.api import ForcesResult
    from gaitsmith.models.forces.complete import Completed
    from gaitsmith.recording import Recording

__all__ = ["add", "run"]

Osim = Annotated[
    str | None, typer.Option(help="The person's scaled OpenSim model; without: a generic body.")
]
MassSd = Annotated[
    float | None,
    typer.Option(help="How sure the mass is: its SD as a share (0.1: ± 10 %); widens the bands."),
]
Belt = Annotated[
    float | None, typer.Option("--belt-speed", help="Speed of the treadmill's belt (m/s).")
]
Generative = Annotated[
    Path | None,
    typer.Option("--model", help="A model of train forces: its draws instead of the default."),
]


def add(groups: Groups) -> None:
    """The commands of this capability."""
    groups.app.command("forces")(forces)
    groups.app.command("complete")(complete)
    groups.app.command("modify")(modify)
    forces_study.add(groups)


def forces(
    recording: o.Files,
    osim: Osim = None,
    mass: o.Mass = None,
    mass_sd: MassSd = None,
    belt_speed: Belt = None,
    cutoff: Annotated[
        float | None,
        typer.Option(help="Low-pass of the mass centre's path (Hz); chosen by its noise."),
    ] = None,
    consistent: Annotated[
        bool, typer.Option("--consistent", help="Both feet sum to m (a - g) of the motion exactly.")
    ] = False,
    height: o.Height = None,
    sex: o.Sex = None,
    rate: o.Rate = None,
    unit: o.Units = None,
    column: o.Columns = None,
    up: o.Up = None,
    out: o.Out = Path("gaitsmith-out/forces"),
    force: o.Force = False,
) -> None:
    """Ground reaction forces and joint moments from motion alone: .mot, loads XML, table, figure."""
    hints = o.hints_from(mass=mass, height=height, sex=sex, rate_hz=rate, units=unit, columns=column, up=up)  # fmt: skip
    run(recording, hints=hints, osim=osim, mass=mass, mass_sd=mass_sd, belt_speed=belt_speed,
        cutoff=cutoff, consistent=consistent, folder=out, force=force)  # fmt: skip


def complete(
    recording: o.Files,
    osim: Osim = None,
    mass: o.Mass = None,
    mass_sd: MassSd = None,
    belt_speed: Belt = None,
    model: Generative = None,
    seed: Annotated[int, typer.Option(help="Of the generative model's draws.")] = 0,
    height: o.Height = None,
    rate: o.Rate = None,
    column: o.Columns = None,
    out: o.Out = Path("gaitsmith-out/complete"),
    force: o.Force = False,
) -> None:
    """Fill joints that a motion lacks from how healthy people walk, with bands, and its forces."""
    hints = o.hints_from(mass=mass, height=height, rate_hz=rate, columns=column)
    _complete(recording, hints=hints, osim=osim, mass=mass, mass_sd=mass_sd, belt_speed=belt_speed,
              model=model, seed=seed, folder=out, force=force)  # fmt: skip


def modify(
    recording: o.Files,
    scale: Annotated[
        list[str] | None,
        typer.Option("--scale", help="Factor of a coordinate: lumbar_bending=2; repeat."),
    ] = None,
    speed: Annotated[
        float | None, typer.Option("--speed", help="Wanted speed (m/s); needs --model.")
    ] = None,
    model: Generative = None,
    seed: Annotated[int, typer.Option(help="Of the generative model's draws.")] = 0,
    osim: Osim = None,
    mass: o.Mass = None,
    belt_speed: Belt = None,
    follow: Annotated[
        bool,
        typer.Option("--follow", help="Other joints change as they go along in healthy people."),
    ] = False,
    height: o.Height = None,
    rate: o.Rate = None,
    column: o.Columns = None,
    out: o.Out = Path("gaitsmith-out/modify"),
    force: o.Force = False,
) -> None:
    """Forces and knee adduction moment if a coordinate moved more or less, before and after."""
    hints = o.hints_from(mass=mass, height=height, rate_hz=rate, columns=column)
    if model is not None or speed is not None:
        what_if(recording, hints=hints, scale=scale or [], speed=speed, model=model, belt_speed=belt_speed, seed=seed,
                folder=out, force=force)  # fmt: skip
        return
    _modify(recording, hints=hints, scale=scale or [], osim=osim, mass=mass, belt_speed=belt_speed,
            follow=follow, folder=out, force=force)  # fmt: skip


def _complete(
    files: list[str], *, hints: Any, osim: str | None, mass: float | None, mass_sd: float | None,
    belt_speed: float | None, model: Path | None, seed: int, folder: Path, force: bool,
) -> None:  # fmt: skip
    """Read, fill, estimate the forces of what was filled, write both."""
    from gaitsmith.errors import GaitsmithError
    from gaitsmith.files import write_bytes, write_text
    from gaitsmith.formats import read
    from gaitsmith.models.forces.api import estimate_forces
    from gaitsmith.models.forces.complete import complete as fill
    from gaitsmith.recording import Recording
    from gaitsmith.report.draw import draw
    from gaitsmith.sections import plain

    with working("completing the motion"):
        recording = read(*files, hints=hints)
        found = (
            fill(recording, osim) if model is None else _drawn(recording, model, belt_speed, seed)
        )
    Recording(streams={"angles": found.angles}, name=found.recording.name).write(
        folder / "motion.mot", force=force
    )
    facts = {"filled": list(found.filled), "labels": list(found.angles.labels),
             "sd_deg_median": {n: float(_median(found.sd[:, found.angles.index(n)])) for n in found.filled},
             "notes": [str(n) for n in found.notes]}  # fmt: skip
    write_text(folder / "completed.json", json.dumps(plain(facts), indent=1) + "\n", force=force)
    if found.filled:
        picture = draw(found.figure(), ("png",)).png
        assert picture is not None
        write_bytes(folder / "completed.png", picture, force=force)
    for name in found.filled:
        half = 1.645 * facts["sd_deg_median"][name]  # type: ignore[index]
        out().print(f"{name}: filled, ± {half:.0f}°", highlight=False, markup=False, soft_wrap=True)
    for note in found.notes:
        errors().print(str(note), highlight=False, markup=False, soft_wrap=True)
    try:
        with working("estimating forces"):
            result = estimate_forces(
                found.recording, osim, mass=mass, mass_sd=mass_sd, belt_speed=belt_speed
            )
    except GaitsmithError as error:
        errors().print(f"no forces: {error}", highlight=False, markup=False, soft_wrap=True)
    else:
        written(result, folder, force=force)
        say(result)
    out().print(f"results: {folder}", highlight=False, markup=False, soft_wrap=True)


def _drawn(recording: Recording, folder: Path, belt_speed: float | None, seed: int) -> Completed:
    """Completed by a generative model that was trained."""
    from gaitsmith.models.forces.complete import Completed
    from gaitsmith.models.forces.generate import fill_angles
    from gaitsmith.models.forces.network_model import ForcesDiffusion

    whole, filled, sd, _ = fill_angles(
        recording, ForcesDiffusion.from_pretrained(folder), seed=seed, belt_speed=belt_speed
    )
    return Completed(whole, filled, sd, whole.notes[len(recording.notes) :])


def _median(values: Any) -> float:
    import numpy as np

    return float(np.median(values))


def _modify(
    files: list[str], *, hints: Any, scale: list[str], osim: str | None, mass: float | None,
    belt_speed: float | None, follow: bool, folder: Path, force: bool,
) -> None:  # fmt: skip
    """Read, change, estimate both, write the changed motion, its forces and the table."""
    from gaitsmith.files import write_text
    from gaitsmith.formats import read
    from gaitsmith.models.forces.complete import modify as change
    from gaitsmith.recording import Recording
    from gaitsmith.sections import plain

    factors = o.factors(scale)
    with working("changing the walk"):
        found = change(
            read(*files, hints=hints),
            factors,
            osim,
            mass=mass,
            belt_speed=belt_speed,
            follow=follow,
        )
    angles = found.recording.angles
    assert angles is not None
    Recording(streams={"angles": angles}, name=found.recording.name).write(
        folder / "motion.mot", force=force
    )
    written(found.before, folder, force=force, stem="forces_before")
    written(found.after, folder, force=force, stem="forces_after")
    table = found.table
    facts = {
        "changed": dict(found.changed),
        "table": table.to_records(),
        "notes": [str(n) for n in found.notes],
    }
    write_text(
        folder / "modified.json",
        json.dumps(plain(facts), indent=1, allow_nan=False) + "\n",
        force=force,
    )
    for row in table.rows:
        name, a, b, d, e = row
        out().print(
            f"{name}: {a:.3g} -> {b:.3g} ({d:+.2g}; ± {e:.2g})",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    out().print(table.caption, highlight=False, markup=False, soft_wrap=True)
    for note in found.notes:
        errors().print(str(note), highlight=False, markup=False, soft_wrap=True)
    out().print(f"results: {folder}", highlight=False, markup=False, soft_wrap=True)


def run(
    files: list[str], *, hints: Any, osim: str | None, mass: float | None, mass_sd: float | None,
    belt_speed: float | None, cutoff: float | None, consistent: bool = False, folder: Path, force: bool,
) -> None:  # fmt: skip
    """Read, estimate, write the forces, loads, moments, table and figure."""
    from gaitsmith.formats import read
    from gaitsmith.models.forces.api import estimate_forces

    with working("estimating forces"):
        result = estimate_forces(read(*files, hints=hints), osim, mass=mass, mass_sd=mass_sd,
                                 belt_speed=belt_speed, cutoff_hz=cutoff, consistent=consistent)  # fmt: skip
    written(result, folder, force=force)
    say(result)
    out().print(f"results: {folder}", highlight=False, markup=False, soft_wrap=True)


def written(result: ForcesResult, folder: Path, *, force: bool, stem: str = "forces") -> None:
    """``forces.mot``, ``forces.xml``, ``moments.sto``, ``forces.csv``, ``forces.json``, ``forces.png``."""
    from gaitsmith.files import write_bytes, write_text
    from gaitsmith.models.forces.external import loads_xml
    from gaitsmith.recording import Recording
    from gaitsmith.report.draw import draw
    from gaitsmith.sections import plain

    name = result.recording.name
    Recording(streams={"forces": result.forces}, name=name).write(
        folder / f"{stem}.mot", force=force
    )
    write_text(folder / f"{stem}.xml", loads_xml(result.walk.body, f"{stem}.mot"), force=force)
    if result.moments is not None:
        Recording(streams={"moments": result.moments}, name=name).write(
            folder / f"{stem.replace('forces', 'moments')}.sto", force=force
        )
    table = result.table
    facts = {
        "table": table.to_records(), "consistency_percent_bw": result.consistency,
        "far": result.far, "mass_kg": result.walk.body.mass, "mass_sd_share": result.mass_sd,
        "speed_m_s": result.walk.speed, "belt_m_s": result.walk.belt, "running": result.walk.running,
        "cutoff_hz": [float(c) for c in result.walk.cutoff_hz],
        "stances": [{"side": s.side, "strike_s": s.strike, "off_s": s.off, "told": s.told} for s in result.stances],
        "notes": [str(n) for n in result.notes],
    }  # fmt: skip
    write_text(folder / f"{stem}.json", json.dumps(plain(facts), indent=1, allow_nan=False) + "\n", force=force)  # fmt: skip
    lines = [",".join(table.columns)]
    lines += [",".join("" if c is None else c if isinstance(c, str) else f"{c:.6g}" for c in row) for row in table.rows]  # fmt: skip
    write_text(folder / f"{stem}.csv", "\n".join(lines) + "\n", force=force)
    picture = draw(result.figure(), ("png",)).png
    assert picture is not None
    write_bytes(folder / f"{stem}.png", picture, force=force)


def say(result: ForcesResult) -> None:
    """The result in words."""
    w = result.walk
    kind = "running" if w.running else "walking"
    where = "overground" if w.belt is None else f"on a belt at {w.belt:.2f} m/s"
    lines = [
        f"{kind} at {w.speed:.2f} m/s {where}, {w.body.mass:.1f} kg, {len(result.stances)} stances"
    ]
    for row in result.table.rows:
        name, *values = row
        cells = []
        for side, value, half in (("right", values[0], values[1]), ("left", values[2], values[3])):
            if value is not None:
                cells.append(f"{side} {value:.3g}" + ("" if half is None else f" ± {half:.2g}"))
        lines.append(f"{name}: {', '.join(cells) or 'none'}")
    lines.append(result.table.caption)
    for line in lines:
        out().print(line, highlight=False, markup=False, soft_wrap=True)
    for note in result.notes:
        errors().print(str(note), highlight=False, markup=False, soft_wrap=True)
