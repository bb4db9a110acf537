"""Learn the bundled normative reference of the twin and write it, its card and ``docs/models.csv``.

``python -m gaitsmith.studies.build_twin --data STORE``

Recipe: how people differ and vary, joint with joint, and how curves change with speed, are learnt from
``lencioni2019`` (one leg, standing angles subtracted); the other leg is the mirror image
(``models.twin.bilateral``). The level of the curves at a comfortable speed is the mean of published
ones (adults, young people, children), whose differences, with those of ``mcgill_children``, say what
another laboratory may move. Scores are calibrated on the people of lencioni2019, each left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gaitsmith.files import write_text
from gaitsmith.gait.reference import POPULATIONS, reference
from gaitsmith.models.base import Card, models_csv
from gaitsmith.models.twin.basis import SIZE, coefficients, harmonic
from gaitsmith.models.twin.bilateral import both_legs, mirror
from gaitsmith.models.twin.default import TwinConfig, TwinModel
from gaitsmith.models.twin.population import Population, fit, speed_terms
from gaitsmith.models.twin.walks import CHANNELS, LEGS, MIDLINE, Walks, leg_channels
from gaitsmith.recording import Subject
from gaitsmith.studies import twin_sets as sets
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["bundle", "laboratories", "levelled", "main", "published"]

Array = npt.NDArray[np.float64]
_ROOT = Path(__file__).resolve().parents[3]
_N = len(CHANNELS)
_AT = 0.42
# Published means are of many people and smooth; a single laboratory's are as far again (ours).
_WIDER = 1.5


def published(population: str, speed: float) -> Array:
    """number: published mean curves of a population at a dimensionless speed, both legs alike."""
    who = Subject("norm").given("norm", leg_length=0.9, age=30.0)
    norm = reference(population, speed=speed * float(np.sqrt(STANDARD_GRAVITY * 0.9)), subject=who)
    curves = np.zeros((_N, 101))
    for i, name in enumerate((*MIDLINE, *LEGS)):
        curves[i] = norm.mean(name)
    out = coefficients(curves)
    out[leg_channels("l")] = out[leg_channels("r")] * np.where(harmonic() % 2, -1.0, 1.0)
    return out.ravel()


def levelled(p: Population) -> Population:
    """The same population with the mean of the published curves at a comfortable speed."""
    level = np.mean([published(x, _AT) for x in POPULATIONS], axis=0)
    mean = p.mean.copy()
    mean[0] += level - (speed_terms(np.array([_AT])) @ p.mean)[0]
    # Published pelvic list and rotation have a side: what has none is kept.
    return replace(p, mean=0.5 * (mean + mean @ mirror().T))


def laboratories(curves: Sequence[Array]) -> Array:
    """Λ_lab: how mean curves of laboratories differ, alike on both sides (number × number).

    A variance for each joint (both sides pooled) and harmonic up to the sixth; higher ones are left to
    people.
    """
    off = np.stack(curves) - np.mean(curves, axis=0)
    v = (off**2).sum(axis=0) / (len(curves) - 1)
    v = v.reshape(_N, SIZE)
    right, left = leg_channels("r"), leg_channels("l")
    v[right] = v[left] = 0.5 * (v[right] + v[left])
    order = harmonic()
    smooth = np.zeros_like(v)
    for k in range(7):
        smooth[:, order == k] = v[:, order == k].mean(axis=1, keepdims=True)
    # Four laboratories say little of a single channel: drawn to the mean of all, half and half.
    smooth = _WIDER**2 * (0.5 * smooth + 0.5 * smooth.mean(axis=0))
    out = np.diag(smooth.ravel())
    half = np.where(order % 2, -1.0, 1.0)
    for r, m in zip(right, left, strict=True):
        block = np.diag(smooth[r] * half)
        out[r * SIZE : (r + 1) * SIZE, m * SIZE : (m + 1) * SIZE] = block
        out[m * SIZE : (m + 1) * SIZE, r * SIZE : (r + 1) * SIZE] = block
    return out


def bundle(
    one_leg: Walks, others: Sequence[Array] = (), config: TwinConfig | None = None
) -> TwinModel:
    """The reference from walks of one leg and the mean curves of further laboratories."""
    c = config or TwinConfig()
    learnt = TwinModel.fit(one_leg, c)
    p = fit(
        one_leg, target_share=c.target, strides_shape=c.strides_shape, slope_people=c.slope_people
    )
    whole = levelled(both_legs(p))
    made = TwinModel.of(whole, c, learnt)
    lab = laboratories([*(published(x, _AT) for x in POPULATIONS), *others])
    return TwinModel(
        c, {**made.weights, "lab": lab.astype(np.float32), "people": learnt.weights["people"]}
    )


def build(data: Path) -> TwinModel:
    """The bundled model with its card."""
    walks = sets.lencioni2019(data)
    children = sets.mcgill_children(data)
    # Their mean at their own speed, moved to the comfortable one by the learnt change.
    own = coefficients(children.curves).reshape(len(children), -1)
    p = both_legs(fit(walks))
    moved = (
        own.mean(axis=0)
        + (speed_terms(np.array([_AT])) - speed_terms(children.speed).mean(axis=0)) @ p.mean
    )
    model = bundle(walks, [moved[0]])
    people = np.unique(walks.person)
    card = Card(
        data="lencioni2019 (18 of 50 people), curves of Bovi 2011 and Schwartz 2008, mean curves of mcgill_children (8)",
        terms="CC BY 4.0 (Lencioni 2019); MIT (Dixon 2017); published means, cited",
        cite=(
            "Lencioni T, Carpinella I, Rabuffetti M, Marzegan A, Ferrarin M (2019) Sci Data 6:309",
            "Bovi G, Rabuffetti M, Mazzoleni P, Ferrarin M (2011) Gait Posture 33:6-13",
            "Schwartz MH, Rozumalski A, Trost JP (2008) J Biomech 41:1639-1650",
            "Dixon PC, Loh JJ, Michaud-Paquette Y, Pearsall DJ (2017) Comput Methods Programs Biomed 140:1-10",
        ),
        people=f"{len(people)} people without a gait problem, 6 to 68 years, dimensionless speed "
        f"{walks.speed.min():.2f} to {walks.speed.max():.2f}, one leg; the other is its mirror image",
        limits=(
            "no clinical decision rests on it; it names joints that do not fit, no disease",
            "of a laboratory whose normal people are not known, what both sides share may be the laboratory's",
            "walking straight ahead, not running, turning or stairs; no speed outside the above",
        ),
        use=("gaitsmith twin walk.mot -o OUT", "gaitsmith twin-fit --data STORE -o OUR_REFERENCE"),
        made="python -m gaitsmith.studies.build_twin --data STORE",
        trained_on=tuple(str(x) for x in people) + tuple(str(x) for x in np.unique(children.person)),
        measured=("docs/results/twin.md",),
    )  # fmt: skip
    return TwinModel(model.config, model.weights, card)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of this module; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/prepared"))
    given = parser.parse_args(arguments)
    folder = _ROOT / "src/gaitsmith/models/twin/weights/twin"
    build(given.data).save_pretrained(folder, force=True)
    write_text(_ROOT / "docs/models.csv", models_csv(), force=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
