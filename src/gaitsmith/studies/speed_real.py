"""Sequence models on mean strides of real people, beside the predictors of curves: tables and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.gait.metrics.people import paired_difference
from gaitsmith.models.base import bundled
from gaitsmith.models.speed.baselines import BASELINES
from gaitsmith.models.speed.change import pairs
from gaitsmith.models.speed.default import StatisticalSpeed
from gaitsmith.models.speed.units import Units
from gaitsmith.studies import speed_units as sets
from gaitsmith.studies.sequence_predictors import Tempo
from gaitsmith.studies.speed_scores import BANDS, DEFAULT, REFERENCE, SEED, Answers, scores
from gaitsmith.studies.speed_tiled import Same, Tiled

if TYPE_CHECKING:
    from gaitsmith.models.speed.network_model import SequenceModel, SpeedDiffusion

__all__ = ["FINETUNED", "compare", "real", "text"]

Array = npt.NDArray[np.float64]
Say = Callable[[str], None]
#: The row of the model that has learnt from real people as well.
FINETUNED = "diffusion fine-tuned on real people"
_TILED = "tiled copy"


def compare(
    model: SequenceModel, units: Units, *, draws: int = 1, seed: int = SEED,
    own: Mapping[str, SequenceModel] | None = None, default: StatisticalSpeed | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Mean over people of the mean over ordered cross-speed pairs, beside simple predictors.

    Parameters
    ----------
    model
        It knows nobody of these people but through where cycles begin.
    own
        Person -> a model that learnt from other people of the set.
    default
        The statistical model, for people whom it never saw; where not given it learns from the
        other people of the set.
    """
    people: dict[str, Answers] = {}
    tempo: dict[str, dict[str, float]] = {}
    for person in np.unique(units.person):
        train, mine = units.take(units.person != person), units.take(units.person == person)
        asked = pairs(mine)
        t, s = asked.T
        known = bool(np.isfinite(units.cadence).all())
        guess: dict[str, Array] = {}
        pace: dict[str, Array] = {}
        for name in ("copy", REFERENCE):
            fitted = BASELINES[name](train)
            guess[name] = np.stack([fitted.predict(mine.take([b]), mine.speed[[a]])[0] for a, b in asked])  # fmt: skip
        guess[DEFAULT], pace[DEFAULT] = _default(default, train, mine, asked)
        tiles = {_TILED: Tiled(Same(model), train), model.NAME: Tiled(model, train, draws=draws, seed=seed)}  # fmt: skip
        if own is not None:
            tiles[FINETUNED] = Tiled(own[str(person)], train, draws=draws, seed=seed)
        for name, predictor in tiles.items():
            guess[name], pace[name] = predictor.predict_both(mine, asked)
        if known:
            law = Tempo(train)
            pace["copy"] = mine.cadence[s]
            pace[REFERENCE] = np.array([law.moved(float(mine.cadence[b]), float(mine.speed[b]), float(mine.speed[a])) for a, b in asked])  # fmt: skip
            tempo[str(person)] = {n: float(np.nanmean(np.abs(v - mine.cadence[t]))) for n, v in pace.items()}  # fmt: skip
        people[str(person)] = Answers(mine.curves[t], guess, mine.speed[s], mine.speed[t], mine.leg[t],
                                      np.zeros(len(t)), 0.0)  # fmt: skip
    found = scores(people, units)
    rows = {n: [found["by_person_deg"][n][p] for p in people] for n in found["by_person_deg"]}
    gaps = {n: paired_difference(r, rows[REFERENCE], seed=seed) for n, r in rows.items()}
    better = {n: int(sum(a < b for a, b in zip(r, rows[REFERENCE], strict=True))) for n, r in rows.items()}  # fmt: skip
    return {
        "people": len(people), "pairs": found["pairs"],
        **{k: found[k] for k in ("mae_deg", "by_person_deg", "r", "rank", "by_distance")},
        "minus_linear": {n: [g.mean, g.low, g.high] for n, g in gaps.items()},
        "people_better": better,
        "cadence": {n: float(np.mean([t[n] for t in tempo.values()])) for n in rows} if tempo else None,
    }  # fmt: skip


def _default(
    model: StatisticalSpeed | None, train: Units, mine: Units, asked: npt.NDArray[np.intp]
) -> tuple[Array, Array]:
    """Curves and cadence of the statistical model, from all legs at the source's speed."""
    told, zero = mine, True
    if model is None:
        shipped = bundled("speed-statistical")
        assert isinstance(shipped, StatisticalSpeed)
        model = StatisticalSpeed.fit(train, shipped.config)
    else:
        told, zero = mine.replaced(lab="", group="able-bodied"), False
    curves, pace = [], []
    for t, s in asked:
        near = (np.abs(mine.speed - mine.speed[s]) < 1e-9) & (np.arange(len(mine)) != t)
        p = model.predict(
            told.take(near), mine.speed[[t]], legs=[str(mine.leg[t])], zero_known=zero
        )
        curves.append(p.mean[0])
        pace.append(float(p.cadence[0]))
    return np.stack(curves), np.array(pace)


def real(
    model: SpeedDiffusion, data: Path, *, draws: int = 4, cache: Path | None = None, steps: int | None = None,
    sampled: int | None = None, say: Say = lambda _: None,
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """:func:`compare` on lencioni2019 and both groups of gait_signatures.

    Parameters
    ----------
    cache
        Where given, the model is fine-tuned on lencioni2019 in five folds, kept there.
    steps
        Of the fine-tuning of a fold.
    sampled
        Steps of the sampler; the model's own where not given.
    """
    from gaitsmith.studies.speed_finetune import STEPS, finetuned

    both, home = sets.gait_signatures(data), sets.lencioni2019(data)
    shipped = bundled("speed-statistical")
    assert isinstance(shipped, StatisticalSpeed)

    def few(m: SpeedDiffusion) -> SpeedDiffusion:
        return m.sampled_in(sampled) if sampled else m

    own = None
    if cache is not None:
        taught = finetuned(model, home, cache, steps=steps or STEPS, say=say)
        own = {p: few(m) for p, m in taught.items()}
    say("lencioni2019")
    out = {"lencioni2019": compare(few(model), home, draws=draws, own=own)}
    if own is not None:
        out["lencioni2019"]["finetuning_steps"] = steps or STEPS
    for group in ("able-bodied", "stroke"):
        say(f"gait_signatures, {group}")
        units = both.take(both.group == group)
        out[f"gait_signatures, {group}"] = compare(few(model), units, draws=draws, default=shipped)
    return out


def text(found: Mapping[str, Any]) -> list[str]:
    """The tables as lines of Markdown."""
    lines = ["## Real people, mean strides tiled to walks", "",
             "The first diffusion model, which learnt from virtual walkers only, on the curves of `speed.md` (one draw a pair, 20 steps; "
             "mean over people of the mean over ordered cross-speed pairs, degrees). *Tiled copy* is the source through tiles and "
             "cycles and back: what the way costs. Copy + linear delta is learnt from the other people of the set. *Default*: on lencioni2019 "
             "learnt from the other people, on gait_signatures as shipped (its people and laboratory never seen).", ""]  # fmt: skip
    if steps := found.get("lencioni2019", {}).get("finetuning_steps"):
        lines += [f"*{FINETUNED[0].upper() + FINETUNED[1:]}*: five folds by person, {steps} steps each from the weights of the row above on tiled walks of the people "
                  "of the other folds, two of whom choose the best weights; nobody of the fold asked about is in training, scaling or choice.", ""]  # fmt: skip
    for name, table in found.items():
        if "mae_deg" not in table:
            continue  # written before this form of the table: to be measured again
        bands = [b for b in BANDS if any(b in r for r in table["mae_deg"].values())]
        paces = table["cadence"]
        lines += [f"**{name}**, {table['people']} people, {table['pairs']} pairs", "",
                  "| | " + " | ".join(b if b == "all" else f"Δv {b}" for b in bands) + " | − copy + linear delta [95 %] | people better | r | rank (control) |"
                  + (" cadence |" if paces else ""),
                  "| --- |" + " --- |" * (len(bands) + 4 + bool(paces))]  # fmt: skip
        for who, row in table["mae_deg"].items():
            a, b, c = table["minus_linear"][who]
            k = table["rank"].get(who)
            lines.append(
                f"| {who} | " + " | ".join(f"{row[x]:.2f}" if x in row else "–" for x in bands)
                + f" | {a:+.2f} [{b:+.2f}, {c:+.2f}] | {table['people_better'][who]} of {table['people']} | {table['r'][who]:.3f} | "
                + (f"{k['mean']:.1f} ({k['control']:.1f})" if k else "–") + " |" + (f" {paces[who]:.1f} |" if paces else "")
            )  # fmt: skip
        lines.append("")
    return lines
