"""Score frozen speed models on people they never saw: ``gaitsmith evaluate speed``.

Two levels, each beside a plain copy of the source, over all ordered cross-speed pairs of a person
(identity pairs apart), as a mean over people of the mean over pairs:

``sequences``
    where people walk 30 s at two speeds or more: cycle MAE, r and cadence as the paper of Dinesh
    et al. (2026) defines them;
``curves``
    mean strides of each leg in speed bins of 0.1 m/s, from any recordings with angles and speeds
    or from sets of curves (the statistical model; networks need sequences).

Nothing is learnt here. People that the model's card names as learnt from are left out, and
refused where they are asked for by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.gait.metrics.people import over_people, paired_difference
from gaitsmith.models.base import Model, open_model
from gaitsmith.models.speed.default import StatisticalSpeed
from gaitsmith.models.speed.published import published
from gaitsmith.models.speed.sequences import SAMPLES
from gaitsmith.models.speed.units import Units
from gaitsmith.studies.speed_recordings import units_of_store
from gaitsmith.studies.speed_sequences import sequences

if TYPE_CHECKING:
    from gaitsmith.models.speed.sequences import Sequences

__all__ = ["evaluate", "text"]

Array = npt.NDArray[np.float64]
Say = Callable[[str], None]
#: |Δv| (m/s): all, and bands.
BANDS = {"all": (0.0, 9.0), "<0.15": (0.0, 0.15), "0.15-0.45": (0.15, 0.45), ">0.45": (0.45, 9.0)}
SEED = 0
_SPEEDS_APART = 1e-6


def _silent(_: str) -> None:
    """Nobody is watching."""


@dataclass(frozen=True)
class _Ask:
    """Whom to score on: never those of `known`; at most so many pairs of a person."""

    data: Path
    sets: Sequence[str]
    people: Sequence[str]
    known: frozenset[str]
    pairs: int
    seed: int
    say: Say


def evaluate(
    model: str | Path, data: Path, *, sets: Sequence[str] = (), people: Sequence[str] = (),
    pairs: int = 60, seed: int = SEED, say: Say = _silent,
) -> dict[str, Any]:  # fmt: skip
    """Scores as plain values.

    Parameters
    ----------
    model
        A bundled model's name, or a folder of one (a run's own is in ``RUN/model``: a run is taken too).
    sets, people
        Restrict to these (people as ``set/person``).
    pairs
        Cross-speed pairs of a person at most; drawn by the seed where there are more.

    Raises
    ------
    GaitsmithError
        Where the model is none of speed transfer, or a person asked for is one it learnt from.
    MissingInputError
        Where nobody is left with two speeds.
    """
    found = _opened(model)
    ask = _Ask(data, sets, people, frozenset(found.card.trained_on), pairs, seed, say)
    seen = [p for p in people if p in ask.known]
    if seen:
        raise GaitsmithError("the model learnt from these people", place="people", found=", ".join(seen),
                             expected="people that it never saw")  # fmt: skip
    out: dict[str, Any] = {
        "model": found.NAME, "sha256": found.digest()[:16], "seed": seed,
        "learnt_from": found.card.data, "people_left_out": 0,
    }  # fmt: skip
    why = []
    for level, run in (("sequences", _sequence_level), ("curves", _curve_level)):
        if level == "curves" and not isinstance(found, StatisticalSpeed):
            continue
        say(f"{level}: reading")
        try:
            part = run(found, ask)
        except MissingInputError as error:
            why.append(f"{level}: {error.problem}" + (f" ({error.found})" if error.found else ""))
            continue
        out["people_left_out"] = max(out["people_left_out"], part.pop("people_left_out"))
        out[level] = part
    if "sequences" not in out and "curves" not in out:
        raise MissingInputError("nobody to score on", file=data, found="; ".join(why),
                                expected="people at two speeds or more whom the model never saw")  # fmt: skip
    out["not_scored"] = why
    return out


def _opened(model: str | Path) -> Model:
    folder = Path(model)
    inside = folder / "model"
    found = open_model(inside if (inside / "config.json").is_file() else model)
    if not (isinstance(found, StatisticalSpeed) or _is_network(found)):
        raise GaitsmithError("not a model of speed transfer", found=found.NAME,
                             expected="speed-statistical or a network of gaitsmith train speed")  # fmt: skip
    return found


def _is_network(model: Model) -> bool:
    return hasattr(model, "generate") and hasattr(model, "trained_speeds")


def _limits(model: Model) -> tuple[float, float]:
    """Speeds (m/s) that the model takes."""
    if isinstance(model, StatisticalSpeed):
        return model.config.slowest, model.config.fastest
    low, high = model.trained_speeds  # type: ignore[attr-defined]
    return float(low) - 0.1, float(high) + 0.1


def _chosen(
    person: npt.NDArray[np.str_], speed: Array, leg: npt.NDArray[np.str_], limits: tuple[float, float], ask: _Ask
) -> tuple[npt.NDArray[np.intp], int]:  # fmt: skip
    """Ordered cross-speed pairs (source, target) within a person's leg, and how many lie outside."""
    inside = (speed >= limits[0]) & (speed <= limits[1])
    rng, out = np.random.default_rng(ask.seed), []
    for p in np.unique(person):
        rows = np.flatnonzero((person == p) & inside)
        a, b = (x.ravel() for x in np.meshgrid(rows, rows, indexing="ij"))
        keep = (np.abs(speed[a] - speed[b]) > _SPEEDS_APART) & (leg[a] == leg[b])
        mine = np.column_stack([a, b])[keep]
        if len(mine) > ask.pairs:
            mine = mine[np.sort(rng.choice(len(mine), ask.pairs, replace=False))]
        out.append(mine)
    found = np.concatenate(out) if out else np.zeros((0, 2), dtype=np.intp)
    if not len(found):
        raise MissingInputError("nobody at two speeds that the model knows",
                                found=f"{len(np.unique(person))} people")  # fmt: skip
    return found, int((~inside).sum())


def _table(errors: Mapping[str, Array], person: Sequence[str], far: Array) -> dict[str, Any]:
    rows: dict[str, dict[str, float]] = {}
    each: dict[str, dict[Any, float]] = {}
    for name, values in errors.items():
        rows[name] = {}
        for band, (low, high) in BANDS.items():
            at = (far >= low) & (far < high)
            if at.any():
                means = over_people(values[at], [p for p, k in zip(person, at, strict=True) if k])
                rows[name][band] = float(np.nanmean(list(means.values())))
        each[name] = over_people(values, person)
    names = list(each["model"])
    gap = paired_difference([each["model"][p] for p in names], [each["copy"][p] for p in names], seed=SEED)  # fmt: skip
    return {
        "mae_deg": rows,
        "model_minus_copy": {"mean_deg": gap.mean, "low_deg": gap.low, "high_deg": gap.high, "people": gap.n,
                             "people_better": int(sum(each["model"][p] < each["copy"][p] for p in names))},
        "by_person_deg": {str(p): each["model"][p] for p in names},
    }  # fmt: skip


# --- sequences -----------------------------------------------------------------------------------


def _sequence_level(model: Model, ask: _Ask) -> dict[str, Any]:
    from gaitsmith.studies.sequence_measures import Cycles, compared

    samples = int(model.config.to_dict().get("samples", SAMPLES))
    found = sequences(ask.data, ask.sets, samples=samples, people=ask.people or None)
    fresh = [p for p in found.sequences.people if p not in ask.known]
    if not fresh:
        raise MissingInputError("the model learnt from everybody here", found=f"{len(found.sequences.people)} people")  # fmt: skip
    mine = found.sequences.of(fresh)
    cycles = [Cycles.of(x) for x in mine.angles]
    whole = np.array([c.whole for c in cycles])
    drawn, outside = _chosen(mine.person, np.where(whole, mine.speed, np.nan),
                             np.full(len(mine), ""), _limits(model), ask)  # fmt: skip
    ask.say(f"sequences: {len(drawn)} pairs of {len(fresh)} people")
    s, t = drawn.T
    made = _generated(model, mine, drawn, ask.seed)
    truth = [cycles[i] for i in t]
    guesses = {"model": [Cycles.of(x) for x in made], "copy": [cycles[i] for i in s]}
    scores = {n: np.array([compared(a, b) for a, b in zip(truth, g, strict=True)]) for n, g in guesses.items()}  # fmt: skip
    person, far = [str(p) for p in mine.person[t]], np.abs(mine.speed[s] - mine.speed[t])
    tempo = {n: np.abs([b.rate - a.rate if b.whole else np.nan for a, b in zip(truth, g, strict=True)])
             for n, g in guesses.items()}  # fmt: skip
    return {
        "people": len(set(person)), "walks": len(mine), "pairs": len(drawn), "walks_outside_speeds": outside,
        "people_left_out": len(found.sequences.people) - len(fresh), "skipped": found.skipped,
        **_table({n: v[:, 0] for n, v in scores.items()}, person, far),
        "r": {n: float(np.nanmean(list(over_people(v[:, 1], person).values()))) for n, v in scores.items()},
        "cadence_error_steps_min": {n: float(np.nanmean(list(over_people(v, person).values()))) for n, v in tempo.items()},
        "without_cycles": {n: int(np.isnan(v[:, 0]).sum()) for n, v in scores.items()},
    }  # fmt: skip


def _generated(model: Model, mine: Sequences, drawn: npt.NDArray[np.intp], seed: int) -> Array:
    from gaitsmith.studies.sequence_predictors import FromCurves, Network

    s, t = drawn.T
    if isinstance(model, StatisticalSpeed):
        statistical = model

        def curves(own: Units, speed: float) -> tuple[Array, float]:
            early = _early(own)
            turned = own.replaced(curves=_turned(own.curves, early))
            p = statistical.predict(turned, [speed], zero_known=False)
            return _turned(p.mean, -early), float(p.cadence[0])

        return FromCurves(curves, seed)(mine.angles[s], mine.speed[s], mine.speed[t])
    return Network(model, seed)(mine.angles[s], mine.speed[s], mine.speed[t])  # type: ignore[arg-type]


def _turned(curves: Array, by: int) -> Array:
    """Closed curves (… × 101) begun `by` points earlier."""
    made = np.roll(curves[..., :-1], by, axis=-1)
    return np.concatenate([made, made[..., :1]], axis=-1)


def _early(own: Units) -> int:
    """Points by which cycles between hip peaks begin after the strike.

    The turn (up to 15 points either way) at which their shape is nearest to the published curves at
    that speed, which begin at the strike.
    """
    norm = published(own).reshape(own.curves.shape)
    norm = norm - norm.mean(axis=-1, keepdims=True)
    mine = own.curves - own.curves.mean(axis=-1, keepdims=True)
    return min(range(-15, 16), key=lambda k: float(np.abs(_turned(mine, k) - norm).mean()))


# --- curves --------------------------------------------------------------------------------------


def _curve_level(model: Model, ask: _Ask) -> dict[str, Any]:
    assert isinstance(model, StatisticalSpeed)
    units, skipped = units_of_store(ask.data, ask.sets, ask.people)
    everybody = np.unique(units.person)
    fresh = units.take(~np.isin(units.person, list(ask.known)))
    if not len(fresh):
        raise MissingInputError("the model learnt from everybody here", found=f"{len(everybody)} people")  # fmt: skip
    drawn, outside = _chosen(fresh.person, fresh.speed, fresh.leg, _limits(model), ask)
    ask.say(f"curves: {len(drawn)} pairs of {len(np.unique(fresh.person))} people")
    errors: dict[str, list[float]] = {"model": [], "copy": []}
    held = []
    tempo: dict[str, list[float]] = {"model": [], "copy": []}
    for s, t in drawn:
        # Nothing is known of a foreign laboratory's zero: levels are carried, shapes compared.
        p = model.predict(fresh.take([s]).replaced(group="", lab=""), fresh.speed[[t]], zero_known=False,
                          strides=float(fresh.count[t]))  # fmt: skip
        truth = fresh.curves[t]
        low, high = p.band()
        errors["model"].append(float(np.abs(p.mean[0] - truth).mean()))
        errors["copy"].append(float(np.abs(fresh.curves[s] - truth).mean()))
        held.append(float(((truth >= low[0]) & (truth <= high[0])).mean()))
        tempo["model"].append(abs(float(p.cadence[0]) - float(fresh.cadence[t])))
        tempo["copy"].append(abs(float(fresh.cadence[s]) - float(fresh.cadence[t])))
    person = [str(p) for p in fresh.person[drawn[:, 1]]]
    far = np.abs(fresh.speed[drawn[:, 0]] - fresh.speed[drawn[:, 1]])
    inside = over_people(held, person)
    paces = {n: np.array([v for v in over_people(e, person).values() if np.isfinite(v)]) for n, e in tempo.items()}  # fmt: skip
    return {
        "people": len(set(person)), "units": len(fresh), "pairs": len(drawn), "units_outside_speeds": outside,
        "people_left_out": len(everybody) - len(np.unique(fresh.person)), "skipped": skipped,
        **_table({n: np.array(v) for n, v in errors.items()}, person, far),
        "coverage_90": {"mean": float(np.mean(list(inside.values()))), "least": float(min(inside.values()))},
        "cadence_error_steps_min": {n: float(v.mean()) if len(v) else None for n, v in paces.items()},
        "cadence_people": len(paces["model"]),
    }  # fmt: skip


# --- words ---------------------------------------------------------------------------------------


def text(result: Mapping[str, Any]) -> str:
    """The scores as Markdown."""
    lines = [f"{result['model']} ({result['sha256']}), learnt from {result['learnt_from']}.", ""]
    if result["people_left_out"]:
        lines += [f"{result['people_left_out']} people are left out: the model learnt from them.", ""]  # fmt: skip
    for level in ("sequences", "curves"):
        if level not in result:
            continue
        part = result[level]
        bands = list(dict.fromkeys(b for row in part["mae_deg"].values() for b in row))
        lines += [f"## {level}", "", f"{part['people']} people, {part['pairs']} pairs of two speeds.", "",
                  "| degrees | " + " | ".join(f"Δv {b}" if b != "all" else b for b in bands) + " |",
                  "| --- |" + " --- |" * len(bands)]  # fmt: skip
        for name, row in part["mae_deg"].items():
            lines.append(f"| {name} | " + " | ".join(f"{row[b]:.2f}" if b in row else "–" for b in bands) + " |")  # fmt: skip
        g = part["model_minus_copy"]
        interval = "" if np.isnan(g["low_deg"]) else f", 95 % interval over people {g['low_deg']:+.2f} to {g['high_deg']:+.2f}"  # fmt: skip
        lines += ["", f"Model − copy: {g['mean_deg']:+.2f}°{interval}; better in {g['people_better']} of {g['people']}."]  # fmt: skip
        tempo = part["cadence_error_steps_min"]
        known = ", ".join(f"{n} {v:.1f}" for n, v in tempo.items() if v is not None)
        people = part.get("cadence_people", part["people"])
        lines.append("Cadence error: not known, the sets give nobody's cadence." if not known else
                     f"Cadence error, steps/min: {known}" + ("." if people == part["people"] else f" ({people} people; the others' is not given)."))  # fmt: skip
        if "coverage_90" in part:
            c = part["coverage_90"]
            lines.append(f"90 % bands hold {100 * c['mean']:.0f} % of each curve's points; in the worst person {100 * c['least']:.0f} %.")  # fmt: skip
        if "r" in part:
            lines.append("r: " + ", ".join(f"{n} {v:.3f}" for n, v in part["r"].items()) + ".")
        if part["skipped"]:
            reasons = list(part["skipped"].values())
            lines.append("Not used: " + ", ".join(f"{reasons.count(r)} × {r}" for r in dict.fromkeys(reasons)) + ".")  # fmt: skip
        lines.append("")
    lines += [f"Not scored: {w}." for w in result["not_scored"]]
    return "\n".join(lines)
