"""Learn the bundled model of forces from lencioni2019 and mcgill_children and write it and its card.

``python -m gaitsmith.studies.build_forces --data DIR``
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gaitsmith.files import write_text
from gaitsmith.models.base import Card, models_csv
from gaitsmith.models.forces.posterior import StancePosterior
from gaitsmith.models.forces.stances import Stances
from gaitsmith.studies.forces_data import rows_for_learning, walks

__all__ = ["build", "card", "main"]

_ROOT = Path(__file__).resolve().parents[3]


def card(rows: Stances) -> Card:
    """Whose stances were learnt."""
    people = np.unique(rows.person)
    return Card(
        data="lencioni2019 (18 of 50 people, one foot's force a stride) and mcgill_children (8 children)",
        terms="CC BY 4.0 (Lencioni 2019); MIT (biomechZoo sample study)",
        cite=(
            "Lencioni T, Carpinella I, Rabuffetti M, Marzegan A, Ferrarin M (2019) Sci Data 6:309",
            "Dixon PC et al. (2017) biomechZoo, Comput Methods Programs Biomed 140:1-10",
        ),
        people=f"{len(people)} people without a gait problem, 6 to 68 years, {len(rows)} stances of overground walking",
        limits=(
            "no clinical decision rests on it: people with a gait problem were not learnt from",
            "walking; running is estimated by physics alone",
            "forces scale with the mass that is given",
        ),
        use=(
            "gaitsmith forces walk.mot --osim model.osim --mass 70",
            'StancePosterior.from_pretrained("forces-posterior").predict(stances)',
        ),
        made="python -m gaitsmith.studies.build_forces --data DIR",
        trained_on=tuple(str(p) for p in people),
        measured=("docs/results/forces.md",),
    )  # fmt: skip


def build(data: Path) -> StancePosterior:
    """The model of all people of both sets, with the plates' events and with found ones."""
    parts = [
        rows_for_learning(list(walks(data, name, given=given)))
        for name in ("lencioni2019", "mcgill_children")
        for given in (True,)
    ]
    rows = Stances.joined(parts)
    return StancePosterior.fit(rows, card=card(rows))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of this module; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    given = parser.parse_args(arguments)
    folder = _ROOT / "src/gaitsmith/models/forces/weights/forces-posterior"
    build(given.data).save_pretrained(folder, force=True)
    write_text(_ROOT / "docs/models.csv", models_csv(), force=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
