"""Learn the bundled phase models from voisard2023 and write them, their cards and ``docs/models.csv``.

``python -m gaitsmith.studies.build_phase --data DIR``
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gaitsmith.files import write_text
from gaitsmith.models.base import models_csv
from gaitsmith.models.phase.model import PhaseModel
from gaitsmith.studies.phase_data import Walk, voisard2023
from gaitsmith.studies.phase_methods import NETWORKS
from gaitsmith.studies.phase_runs import Runs
from gaitsmith.studies.phase_task import card
from gaitsmith.studies.phase_transfer import FIXED

__all__ = ["BUILT", "build", "main"]

_ROOT = Path(__file__).resolve().parents[3]
#: Bundled name -> network of the study.
BUILT = {"phase-foot": "tcn", "phase-foot-gyr": "tcn-gyr"}


def build(walks: Sequence[Walk], network: str, runs: Runs, measured: Sequence[str] = ()) -> PhaseModel:  # fmt: skip
    """A network of the study fitted to all of these walks, with its card."""
    config, recipe = NETWORKS[network]
    fitted = runs.model(walks, config, recipe, f"{network}-all")
    return PhaseModel(
        replace(config, **FIXED), fitted.weights,
        card(walks, "python -m gaitsmith.studies.build_phase --data DIR", recipe.seed, measured),
    )  # fmt: skip


def _measured(network: str) -> list[str]:
    """What the page says of this network in the folds, where it was run."""
    place = _ROOT / "docs/results/phase.json"
    if not place.is_file():
        return []
    page = json.loads(place.read_text("utf-8"))
    said = []
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
    walks = voisard2023(given.data)
    for name, network in BUILT.items():
        if given.only in (None, name):
            folder = _ROOT / "src/gaitsmith/models/phase/weights" / name
            build(walks, network, Runs(given.runs), _measured(network)).save_pretrained(folder, force=True)  # fmt: skip
    write_text(_ROOT / "docs/models.csv", models_csv(), force=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
