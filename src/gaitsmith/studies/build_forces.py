"""Learn the bundled models of forces and completion from lencioni2019 and mcgill_children and write them and their cards.

``python -m gaitsmith.studies.build_forces --data DIR``
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from gaitsmith.files import write_text
from gaitsmith.models.base import Card, models_csv
from gaitsmith.models.forces.completion import StrideGaussian
from gaitsmith.models.forces.posterior import StancePosterior
from gaitsmith.models.forces.stances import Stances
from gaitsmith.models.forces.strides import StrideAngles, strides_of
from gaitsmith.studies.forces_data import pairs, rows_for_learning
from gaitsmith.studies.forces_shared import LEARNT

__all__ = ["PARTS", "build", "card", "completion_card", "main"]

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


_LEG = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle")
#: Coordinates that are left out together where bands of completion are measured.
PARTS: tuple[tuple[str, ...], ...] = (
    ("knee_angle_r", "knee_angle_l"),
    tuple(f"{c}_{s}" for c in _LEG[:3] for s in ("r", "l")),
    ("ankle_angle_r", "ankle_angle_l"),
    ("pelvis_tilt", "pelvis_list", "pelvis_rotation"),
    ("lumbar_extension", "lumbar_bending", "lumbar_rotation"),
)


def completion_card(rows: StrideAngles) -> Card:
    """Whose strides were learnt for completion."""
    people = np.unique(rows.person)
    base = card(Stances.none())
    return replace(
        base,
        data="lencioni2019 (every second walking stride of 18 people) and mcgill_children (8 children), "
        "angles fitted to the markers",
        people=f"{len(people)} people without a gait problem, 6 to 68 years, {len(rows)} strides of overground walking",
        limits=(
            "no clinical decision rests on it: people with a gait problem were not learnt from",
            "what is filled is what healthy people do, not what this person does",
        ),
        use=("gaitsmith complete walk.mot", 'StrideGaussian.from_pretrained("forces-completion").fill(angles, known)'),
        trained_on=tuple(str(p) for p in people),
    )  # fmt: skip


def build(data: Path) -> tuple[StancePosterior, StrideGaussian]:
    """Both models from all people of both sets; forces with the plates' events and with found ones."""
    plain, late, strides = [], [], []
    for name in LEARNT:
        both = list(pairs(data, name))
        plain.append(rows_for_learning([g for g, _ in both]))
        late.append(rows_for_learning([f for _, f in both]))
        used = [g for g, _ in both if g.scored.any()]
        some = used[::2] if name == LEARNT[0] else used
        strides += [
            strides_of(m.walk, f"{name}/{m.person}", single=name == LEARNT[0]) for m in some
        ]
    given, rows, angles = (
        Stances.joined(plain),
        Stances.joined([*plain, *late]),
        StrideAngles.joined(strides),
    )
    gaussian = StrideGaussian.fit(angles, card=completion_card(angles)).calibrated(angles, PARTS)
    kernels = StancePosterior.fit(given, bands=False).kernels
    return StancePosterior.fit(rows, card=card(rows), kernels=kernels), gaussian


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of this module; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    given = parser.parse_args(arguments)
    folder = _ROOT / "src/gaitsmith/models/forces/weights"
    posterior, gaussian = build(given.data)
    posterior.save_pretrained(folder / "forces-posterior", force=True)
    gaussian.save_pretrained(folder / "forces-completion", force=True)
    write_text(_ROOT / "docs/models.csv", models_csv(), force=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
