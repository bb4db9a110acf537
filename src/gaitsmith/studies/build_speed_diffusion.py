"""Train the bundled speed diffusion on virtual walkers, or pack a run, with its card.

``python -m gaitsmith.studies.build_speed_diffusion --cache DIR --run RUN``

Learns (``sequence_networks``) from the training people of the published split and from 108 more; 12
others choose the best weights; the test people of ``speed_virtual`` are nowhere in. Where RUN has a
model already (config and weights), that is packed instead. Weights are kept in 16 bits.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gaitsmith.files import write_text
from gaitsmith.models.base import Card, models_csv, open_model
from gaitsmith.models.speed.network_model import SpeedDiffusion
from gaitsmith.studies.sequence_networks import CHOOSERS, in_store, trained
from gaitsmith.studies.speed_virtual import group

__all__ = ["build", "main"]

_ROOT = Path(__file__).resolve().parents[3]
NAME = "speed-diffusion"


def build(
    cache: Path, run: Path, said: Sequence[str] = (), *, steps: int | None = None
) -> SpeedDiffusion:
    """The model of a run (trained first where there is none), in 16 bits and with its card."""
    protocol, more = group("protocol", cache), group("more", cache)
    used = protocol.of(protocol.people[:13]).joined(more)
    folder = run / "model" if (run / "model").is_dir() else run
    if not (folder / "config.json").is_file():
        folder = trained("diffusion", cache, run, steps)
    found = open_model(folder)
    assert isinstance(found, SpeedDiffusion)
    card = Card(
        data=f"virtual walkers of gaitsmith ({len(used.people)} people, {len(used)} walks of 30 s)",
        terms="as gaitsmith's own; mean curves of the walkers: Bovi et al. 2011, style: Lencioni et al. 2019 (CC BY 4.0)",
        cite=(
            "Dinesh et al. (2026) Generating Personalized Lower-Limb Kinematics Across Walking Speeds "
            "Using Subject-Conditioned Diffusion (the method)",
        ),
        people=f"virtual adults without a gait problem at {used.speed.min():.2f} to {used.speed.max():.2f} m/s; "
        f"{CHOOSERS} of them were set aside for validation",
        limits=(
            "no clinical decision rests on it: nobody real was learnt from",
            "for comparison: on real people a copy of the source errs less",
            "sagittal hip, knee and ankle of both legs at 20 Hz, 5 s or more, level walking",
        ),
        use=("python -m gaitsmith.studies.speed_virtual --cache DIR --network diffusion=FOLDER",),
        made="python -m gaitsmith.studies.build_speed_diffusion --cache DIR --run RUN"
        + (f" --steps {steps}" if steps is not None else ""),
        seed=0, trained_on=tuple(in_store(p) for p in used.people), measured=("docs/results/speed-sequences.md", *said),
    )  # fmt: skip
    weights = {
        k: np.asarray(v).astype(np.float16) if not k.startswith("+") and v.dtype.kind == "f" else v
        for k, v in found.weights.items()
    }
    return SpeedDiffusion(found.config, weights, card)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of this module; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--measured", action="append", default=[], help="a line for the card")
    parser.add_argument("--steps", type=int, help="of training, over the settings")
    given = parser.parse_args(arguments)
    model = build(given.cache, given.run, given.measured, steps=given.steps)
    folder = _ROOT / "src/gaitsmith/models/speed/weights" / NAME
    model.save_pretrained(folder, force=True)
    write_text(_ROOT / "docs/models.csv", models_csv(), force=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
