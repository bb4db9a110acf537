"""``gaitsmith forces``, ``complete``, ``modify`` and the study of forces."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gaitsmith.cli import options as o
from gaitsmith.cli.console import errors, out, working
from gaitsmith.cli.learning import Groups

if TYPE_CHECKING:
    from gaitsmith.models.forces.api import ForcesResult

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


def add(groups: Groups) -> None:
    """The commands of this capability."""
    groups.app.command("forces")(forces)


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
        cutoff=cutoff, folder=out, force=force)  # fmt: skip


def run(
    files: list[str], *, hints: Any, osim: str | None, mass: float | None, mass_sd: float | None,
    belt_speed: float | None, cutoff: float | None, folder: Path, force: bool,
) -> None:  # fmt: skip
    """Read, estimate, write the forces, loads, moments, table and figure."""
    from gaitsmith.formats import read
    from gaitsmith.models.forces.api import estimate_forces

    with working("estimating forces"):
        result = estimate_forces(read(*files, hints=hints), osim, mass=mass, mass_sd=mass_sd,
                                 belt_speed=belt_speed, cutoff_hz=cutoff)  # fmt: skip
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
