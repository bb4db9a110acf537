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
        mean, sd = made.angles()
        stream = Stream(
            "angles",
            np.column_stack(list(mean.values())),
            tuple(mean),
            rate=100.0,
            start=float(made.times[0]),
        )
        Recording(recording.subject, {"angles": stream}, name=f"{word}").write(
            folder / f"motion_{word}.mot", force=force
        )
        force_mean, force_sd = made.forces()
        lines = [
            "time,"
            + ",".join(
                f"{s}_{a}{e}"
                for s in ("right", "left")
                for a in ("forward", "up", "sideways")
                for e in ("", "_sd")
            )
        ]
        both = np.stack((force_mean, force_sd), axis=-1).reshape(len(force_mean), -1)
        lines += [
            f"{t:.3f}," + ",".join(f"{v:.5f}" for v in row)
            for t, row in zip(made.times, both, strict=True)
        ]
        write_text(folder / f"forces_{word}.csv", "\n".join(lines) + "\n", force=force)
        facts[word] = {"vertical_peak_bw": float(force_mean[:, :, 1].max()), "braking_peak_bw": float(force_mean[:, :, 0].min()),
                       "propulsion_peak_bw": float(force_mean[:, :, 0].max()),
                       "sd_deg_median": {n: float(np.median(v)) for n, v in sd.items()}}  # fmt: skip
    write_text(
        folder / "modified.json",
        json.dumps(plain(facts), indent=1, allow_nan=False) + "\n",
        force=force,
    )
    for key in ("vertical_peak_bw", "braking_peak_bw", "propulsion_peak_bw"):
        a, b = facts["before"][key], facts["after"][key]
        out().print(
            f"{key[:-3].replace('_', ' ')} (body weights): {a:.2f} -> {b:.2f}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    errors().print(f"motion and forces are {WORDS}", highlight=False, markup=False, soft_wrap=True)
    out().print(f"results: {folder}", highlight=False, markup=False, soft_wrap=True)
