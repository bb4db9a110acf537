"""``gaitsmith modify --model``: a change drawn by the generative model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gaitsmith.cli import options as o
from gaitsmith.cli.console import errors, out, working

__all__ = ["what_if"]


def what_if(
    files: list[str], *, hints: Any, scale: list[str], speed: float | None, model: Path | None,
    belt_speed: float | None, seed: int, folder: Path, force: bool,
) -> None:  # fmt: skip
    """Read, draw motion and forces before and after, write both and the peaks."""
    import numpy as np

    from gaitsmith.errors import MissingInputError
    from gaitsmith.files import write_text
    from gaitsmith.formats import read
    from gaitsmith.models.forces.generate import WORDS
    from gaitsmith.models.forces.generate import what_if as draw
    from gaitsmith.models.forces.network_model import ForcesDiffusion
    from gaitsmith.models.forces.state import angles_of
    from gaitsmith.recording import Recording, Stream
    from gaitsmith.sections import plain

    if model is None:
        raise MissingInputError("a speed is drawn by the generative model", place="option --speed", found="no --model",
                                expected="a folder of gaitsmith train forces",
                                remedy="gaitsmith speed changes the speed of a walk without one")  # fmt: skip
    factors = o.factors(scale)
    recording = read(*files, hints=hints)
    with working("drawing motion and forces"):
        pair = draw(recording, ForcesDiffusion.from_pretrained(model), scale=factors, speed=speed, seed=seed,
                    belt_speed=belt_speed)  # fmt: skip
    facts: dict[str, Any] = {"scale": factors, "speed_m_s": speed, "seed": seed, "notes": [WORDS]}
    for word, made in zip(("before", "after"), pair, strict=True):
        k = made.typical()
        shown, (_, sd) = angles_of(made.draws[k]), made.angles()
        stream = Stream("angles", np.column_stack(list(shown.values())), tuple(shown), rate=100.0,
                        start=float(made.times[0]))  # fmt: skip
        Recording(recording.subject, {"angles": stream}, name=f"{word}").write(
            folder / f"motion_{word}.mot", force=force
        )
        columns = ",".join(
            f"{s}_{a}" for s in ("right", "left") for a in ("forward", "up", "sideways")
        )
        lines = [f"time,{columns}"]
        lines += [
            f"{t:.3f}," + ",".join(f"{v:.5f}" for v in row.ravel())
            for t, row in zip(made.times, made.forces()[k], strict=True)
        ]
        write_text(folder / f"forces_{word}.csv", "\n".join(lines) + "\n", force=force)
        facts[word] = {"draws": len(made.draws), "written_draw": k,
                       **{f"{n}_peak_bw": {"mean": m, "sd": e} for n, (m, e) in made.peaks().items()},
                       "sd_deg_median": {n: float(np.median(v)) for n, v in sd.items()}}  # fmt: skip
    write_text(
        folder / "modified.json",
        json.dumps(plain(facts), indent=1, allow_nan=False) + "\n",
        force=force,
    )
    for name in ("vertical", "braking", "propulsion"):
        a, b = (f"{p.peaks()[name][0]:.2f} ± {p.peaks()[name][1]:.2f}" for p in pair)
        out().print(
            f"{name} peak (body weights): {a} -> {b}", highlight=False, markup=False, soft_wrap=True
        )
    errors().print(f"± is the SD of {len(pair[0].draws)} draws; the draw nearest to the others is written",
                   highlight=False, markup=False, soft_wrap=True)  # fmt: skip
    errors().print(f"motion and forces are {WORDS}", highlight=False, markup=False, soft_wrap=True)
    out().print(f"results: {folder}", highlight=False, markup=False, soft_wrap=True)
