"""Learn the bundled phase models and write them, their cards and ``docs/models.csv``.

The models of the foot learn from voisard2023, those of the shank and the thigh from hugadb and
virtual people (:mod:`gaitsmith.studies.phase_legs`; three people of hugadb stay unseen, so that what
the card says was measured with these very weights).

``python -m gaitsmith.studies.build_phase --data DIR``
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gaitsmith.files import write_text
from gaitsmith.gait.imu import Segment
from gaitsmith.models.base import models_csv
from gaitsmith.models.phase.model import PhaseModel
from gaitsmith.studies.phase_data import Walk, voisard2023
from gaitsmith.studies.phase_methods import NETWORKS
from gaitsmith.studies.phase_runs import MACHINE, Runs
from gaitsmith.studies.phase_task import card

__all__ = ["BUILT", "build", "build_leg", "main"]

_ROOT = Path(__file__).resolve().parents[3]
#: Bundled name -> network of the study.
BUILT = {
    "phase-foot": "tcn",
    "phase-foot-gyr": "tcn-gyr",
    "phase-shank": "shank",
    "phase-thigh": "thigh",
}
_LEGS: dict[str, Segment] = {"shank": "shank", "thigh": "thigh"}


def build(walks: Sequence[Walk], network: str, runs: Runs, measured: Sequence[str] = ()) -> PhaseModel:  # fmt: skip
    """A network of the study fitted to all of these walks, with its card."""
    config, recipe = NETWORKS[network]
    fitted = runs.model(walks, config, recipe, f"{network}-all")
    return PhaseModel(
        replace(config, **MACHINE), fitted.weights,
        card(walks, "python -m gaitsmith.studies.build_phase --data DIR", recipe.seed, measured),
    )  # fmt: skip


def build_leg(data: Path, segment: Segment, runs: Runs, measured: Sequence[str] = ()) -> PhaseModel:
    """The network of the shank or the thigh, with its card."""
    from gaitsmith.studies import phase_legs

    model = phase_legs.learnt(data, segment, runs, None)
    seen = sorted({w.person for w in phase_legs.hugadb(data, segment)} - set(phase_legs.HELD_OUT))
    recipe = NETWORKS[segment][1]
    return PhaseModel(
        model.config, model.weights,
        phase_legs.card(seen, "python -m gaitsmith.studies.build_phase --data DIR", recipe.seed, segment, measured),
    )  # fmt: skip


def _measured(network: str) -> list[str]:
    """What the page says of this network, where it was run."""
    place = _ROOT / "docs/results/phase.json"
    if not place.is_file():
        return []
    page = json.loads(place.read_text("utf-8"))
    said = []
    for title, leg in page.get("legs", {}).get(network, {}).get("scores", {}).items():
        said.append(f"{title}, labelled by the off-line detector on the foot: macro F1 {leg['macro_f1']:.3f}, events median "
                    f"{leg['median_ms']:.0f} ms, 90 % within {leg['p90_ms']:.0f} ms, missed {leg['missed_percent']:.1f} %, "
                    f"spurious {leg['spurious_percent']:.1f} %, gait % RMSE {leg['rmse_percent']:.1f}")  # fmt: skip
    row = page.get("models", {}).get("methods", {}).get(network)
    if row is not None:
        said.append(
            f"people left out of training (five folds): macro F1 {row['macro_f1']:.3f}, events median "
            f"{row['median_ms']:.0f} ms, 90 % within {row['p90_ms']:.0f} ms, missed {row['missed_percent']:.1f} %, "
            f"spurious {row['spurious_percent']:.1f} %, gait % RMSE {row['rmse_percent']:.1f}"
        )  # fmt: skip
    name = next(k for k, v in BUILT.items() if v == network)
    groups = page.get("others", {}).get(name, {}).get("sets", {}).get("truong2019", {})
    found = ", ".join(f"{g} {v['found_percent']:.1f} %" for g, v in groups.items() if isinstance(v, dict))  # fmt: skip
    if found:
        said.append(f"truong2019, nobody of it learnt from: steps found {found}")
    return [*said, "docs/results/phase.md"]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of this module; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--runs", type=Path, default=Path("gaitsmith-out/phase-runs"))
    parser.add_argument("--only", choices=sorted(BUILT))
    given = parser.parse_args(arguments)
    for name, network in BUILT.items():
        if given.only in (None, name):
            folder = _ROOT / "src/gaitsmith/models/phase/weights" / name
            runs, said = Runs(given.runs), _measured(network)
            if network in _LEGS:
                model = build_leg(given.data, _LEGS[network], runs, said)
            else:
                model = build(voisard2023(given.data), network, runs, said)
            model.save_pretrained(folder, force=True)
    write_text(_ROOT / "docs/models.csv", models_csv(), force=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
