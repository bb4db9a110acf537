"""Learn the bundled speed model from lencioni2019 and write it, its card and ``docs/models.csv``.

``python -m gaitsmith.studies.build_speed --data DIR``
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gaitsmith.files import write_text
from gaitsmith.models.base import Card, models_csv
from gaitsmith.models.speed.default import StatisticalSpeed
from gaitsmith.studies import speed_units as sets
from gaitsmith.studies.speed import chosen

__all__ = ["build", "main"]

_ROOT = Path(__file__).resolve().parents[3]


def build(data: Path) -> StatisticalSpeed:
    """The model of all people of the set, settings chosen by leaving each out."""
    units = sets.lencioni2019(data)
    # The same from a store and from the folder of downloads.
    units = units.replaced(person=np.array([p.rpartition("/")[2] for p in units.person]))
    units = units.take(np.lexsort((units.speed, units.leg, units.person)))
    model = chosen(units)
    card = Card(
        data="lencioni2019 (18 of 50 people), curves of Schwartz 2008",
        terms="CC BY 4.0 (Lencioni 2019); published means, cited (Schwartz 2008)",
        cite=(
            "Lencioni T, Carpinella I, Rabuffetti M, Marzegan A, Ferrarin M (2019) Sci Data 6:309",
            "Schwartz MH, Rozumalski A, Trost JP (2008) J Biomech 41:1639-1650",
        ),
        people=f"{len(np.unique(units.person))} people without a gait problem, 6 to 68 years, "
        f"{units.speed.min():.2f} to {units.speed.max():.2f} m/s overground",
        limits=(
            "no clinical decision rests on it: people with a gait problem were not learnt from",
            "sagittal hip, knee and ankle only; walking, not running",
            "strides from foot strike to foot strike; what other cutting costs stands in docs/results/speed.md",
        ),
        use=(
            "gaitsmith speed walk.mot --from 1.1 --to 0.6,1.6",
            'StatisticalSpeed.from_pretrained("speed-statistical").predict(units, [0.6, 1.6])',
        ),
        made="python -m gaitsmith.studies.build_speed --data DIR",
        trained_on=tuple(f"lencioni2019/{p.rpartition('/')[2]}" for p in np.unique(units.person)),
        measured=("docs/results/speed.md",),
    )  # fmt: skip
    return StatisticalSpeed(model.config, model.weights, card)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of this module; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    given = parser.parse_args(arguments)
    folder = _ROOT / "src/gaitsmith/models/speed/weights/speed-statistical"
    build(given.data).save_pretrained(folder, force=True)
    write_text(_ROOT / "docs/models.csv", models_csv(), force=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
