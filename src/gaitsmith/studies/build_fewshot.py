"""Learn the bundled few-shot populations and write them, their cards and ``docs/models.csv``.

``python -m gaitsmith.studies.build_fewshot --data DIR``
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from gaitsmith.files import write_text
from gaitsmith.models.base import Card, models_csv
from gaitsmith.models.fewshot.default import FewShot, FewShotConfig
from gaitsmith.studies import fewshot_cycles as sets

__all__ = ["build", "main"]

_ROOT = Path(__file__).resolve().parents[3]
_MADE = "python -m gaitsmith.studies.build_fewshot --data DIR"


def build(data: Path) -> dict[str, FewShot]:
    """Both populations: joint angles of lencioni2019, shank sensors of hugadb."""
    angles, shank = sets.lencioni2019(data, least=4), sets.hugadb(data)
    return {
        "fewshot-angles": FewShot.fit(angles, FewShotConfig(known="speed"), Card(
            data=f"lencioni2019: {len(angles)} walking strides of {len(angles.people)} people",
            terms="CC BY 4.0 (Lencioni 2019)",
            cite=("Lencioni T, Carpinella I, Rabuffetti M, Marzegan A, Ferrarin M (2019) Sci Data 6:309",),
            people=f"{len(angles.people)} people without a gait problem, 6 to 68 years, "
            f"{angles.speed.min():.2f} to {angles.speed.max():.2f} m/s overground",
            limits=("no clinical decision rests on it: people with a gait problem were not learnt from",
                    "angles count from standing; a constant offset of a joint is taken as the person's"),
            use=("gaitsmith personalize walk.mot --speed 1.2 -o me.gait", "gaitsmith generate me.gait --strides 50 -o new.csv"),
            made=_MADE, trained_on=tuple(angles.people), measured=("docs/results/fewshot.md",),
        )),
        "fewshot-shank": FewShot.fit(shank, FewShotConfig(), Card(
            data=f"hugadb: {len(shank)} cycles of {len(shank.people)} people",
            terms="no licence stated by the original repository, MIT by the one it was taken from: "
            "for research, with citation; not for products without the authors' leave",
            cite=("Chereshnev R, Kertesz-Farkas A (2017) HuGaDB, AIST 2017, LNCS 10716",),
            people=f"{len(shank.people)} healthy adults, 19 to 35 years, 0.8 to 1.1 s a stride",
            limits=("sensor on the shank: x down the leg, y to the side (HuGaDB's mounting)",
                    "rates cut off at ±250 deg/s; walking of healthy young adults only"),
            use=("gaitsmith personalize walk.txt --kind shank -o me.gait",),
            made=_MADE, trained_on=tuple(shank.people), measured=("docs/results/fewshot.md",),
        )),
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of this module; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    given = parser.parse_args(arguments)
    for name, model in build(given.data).items():
        model.save_pretrained(_ROOT / "src/gaitsmith/models/fewshot/weights" / name, force=True)
    write_text(_ROOT / "docs/models.csv", models_csv(), force=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
