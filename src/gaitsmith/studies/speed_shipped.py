"""The bundled weights on sets that they never saw, and what others would give there.

gait_signatures comes from another laboratory, on treadmills, and its curves do not begin at foot
strike: they begin where the source's phase does. :func:`beginnings` shows by how much, from where
the knee is straightest before the strike; :func:`cut_anew` turns the curves of each speed so that this
happens where it does in strides cut at the strike. Both forms stand in the table.

Weights that learnt from gait_signatures' able-bodied people as well are asked about its people one
at a time, each left out; about lencioni2019 the same. Nobody is told which laboratory a source
comes from, as a user's is none of them. The means that Bovi et al. (2011) published for adults
and for young people stand for two people of a third set (of the laboratory of lencioni2019).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.gait.norms import Population, height_of, tables
from gaitsmith.gait.reference import LEG_SHARE, reference
from gaitsmith.models.base import bundled
from gaitsmith.models.speed.baselines import BASELINES
from gaitsmith.models.speed.default import SpeedConfig, StatisticalSpeed
from gaitsmith.models.speed.units import JOINTS, Units
from gaitsmith.recording import Subject
from gaitsmith.studies import speed_units as sets
from gaitsmith.studies.speed import both_legs
from gaitsmith.studies.speed_scores import DEFAULT, REFERENCE
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["beginnings", "cut_anew", "published_people", "run", "straightest"]

Array = npt.NDArray[np.float64]
Progress = Callable[[str], None]

# The straightest knee before the strike is looked for up to here after its swing peak (% of stride).
_AFTER_PEAK = 45


def straightest(units: Units) -> Array:
    """Where in the stride (%) the knee is straightest after its swing peak, of each row.

    In strides cut at the strike this is a little before 100, at every speed.
    """
    knee = units.curves[:, JOINTS.index("knee_angle"), :-1]
    peak = knee.argmax(axis=1)
    after = (peak[:, None] + np.arange(_AFTER_PEAK)) % knee.shape[1]
    return np.asarray(peak + np.take_along_axis(knee, after, axis=1).argmin(axis=1), dtype=np.float64)  # fmt: skip


def cut_anew(units: Units, place: float) -> Units:
    """Each person's curves at each speed turned so that the knee is straightest at `place` (%).

    Both legs are turned alike, by the median over legs.
    """
    curves = units.curves.copy()
    found = straightest(units)
    for person in np.unique(units.person):
        for speed in np.unique(units.speed[units.person == person]):
            at = (units.person == person) & (units.speed == speed)
            by = round(place - float(np.median(found[at])))
            closed = np.roll(curves[at][..., :-1], by, axis=-1)
            curves[at] = np.concatenate([closed, closed[..., :1]], axis=-1)
    return units.replaced(curves=curves)


def beginnings(units: Units) -> dict[str, float]:
    """Place (%) of the straightest knee, and its drift with speed (% by m/s) within people."""
    found = straightest(units)
    drift = []
    for person in np.unique(units.person):
        at = units.person == person
        v = units.speed[at] - units.speed[at].mean()
        drift.append(float(v @ found[at] / (v @ v)))
    return {"place": float(np.mean(found)), "drift": float(np.mean(drift)), "people": len(drift)}


def published_people(populations: tuple[Population, ...] = ("adult", "young")) -> Units:
    """Published mean curves as one person each, at the speeds measured."""
    parts = []
    for name in populations:
        height = height_of(name)
        speeds = np.array(tables(name)["speeds"]) * np.sqrt(STANDARD_GRAVITY * LEG_SHARE * height)
        means = [reference(name, speed=float(v), subject=Subject(height=height)) for v in speeds]
        curves = np.stack([[m.mean(j) for j in JOINTS] for m in means])
        parts.append(Units.of(curves, speeds, ["mean"] * len(speeds), person=name, height=height,
                              count=100.0, lab=f"published {name}", group="able-bodied"))  # fmt: skip
    return sets.joined(parts)


# What else might be learnt from beside lencioni2019, by the name of its row.
_SHIPPED, _RAW, _ANEW = (
    "default as shipped (lencioni2019)",
    "default, lencioni2019 + gait_signatures",
    "default, lencioni2019 + gait_signatures cut anew",
)
_OWN = f"{REFERENCE}, the laboratory's other able-bodied people"


def run(data: Path, say: Progress) -> dict[str, Any]:
    """Test set -> who learnt -> mean over people, degrees; and where curves begin."""
    home, both = sets.lencioni2019(data), sets.gait_signatures(data)
    able, stroke = (both.take(both.group == g) for g in ("able-bodied", "stroke"))
    anew = cut_anew(able, float(np.median(straightest(home))))
    model = bundled("speed-statistical")
    assert isinstance(model, StatisticalSpeed)
    more = {_SHIPPED: home.take([]), _RAW: able, _ANEW: anew}
    # What is asked, the laboratory's own able-bodied people, and the rows beside the shipped one.
    # A set that is cut otherwise than those asked about is no test of them.
    tests: dict[str, tuple[Units, Units | None, tuple[str, ...]]] = {
        "gait_signatures, able-bodied": (able, able, (_RAW,)),
        "the same, cut anew": (anew, anew, (_ANEW,)),
        "gait_signatures, stroke": (stroke, able, (_RAW,)),
        "lencioni2019": (home, None, (_RAW, _ANEW)),
        "Bovi 2011, two means": (published_people(), None, (_RAW, _ANEW)),
    }
    whole = {n: _fitted(home.joined(m), model.config) for n, m in more.items() if len(m)}
    out: dict[str, dict[str, float]] = {}
    for title, (units, peers, names) in tests.items():
        say(f"as shipped: {title}")
        rows: dict[str, list[float]] = {}
        for person in np.unique(units.person):
            mine, rest = units.take(units.person == person), home.take(home.person != person)
            models: dict[str, Any] = {f"{REFERENCE}, lencioni2019": BASELINES[REFERENCE](rest), "copy": BASELINES["copy"](rest)}  # fmt: skip
            if peers is not None:
                models[_OWN] = BASELINES[REFERENCE](peers.take(peers.person != person))
            at_home = len(rest) < len(home)
            models[_SHIPPED] = _fitted(rest, model.config) if at_home else model
            for n in names:
                beside = more[n].take(more[n].person != person)
                seen = at_home or len(beside) < len(more[n])
                models[n] = _fitted(rest.joined(beside), model.config) if seen else whole[n]
            for n, m in models.items():
                rows.setdefault(n, []).append(_error(m, mine))
        out[title] = {n: float(np.mean(v)) for n, v in rows.items()}
    return {
        "mae_deg": out,
        "beginnings": {"lencioni2019": beginnings(home), "Bovi 2011": beginnings(published_people()),
                       "gait_signatures, able-bodied": beginnings(able)},
        "people": {t: len(np.unique(u.person)) for t, (u, _, _) in tests.items()},
        "config": {k: model.config.to_dict()[k] for k in ("components", "prior_share", "shrink")},
        "data_digest": sets.digest(home.joined(both)),
    }  # fmt: skip


def _fitted(units: Units, config: SpeedConfig) -> StatisticalSpeed:
    return StatisticalSpeed.fit(units, config, calibrate=False)  # only means are asked


def _error(model: Any, mine: Units) -> float:
    """Mean over the pairs of a person; levels are carried, the laboratory is not told."""
    asked = mine.replaced(lab="", group="able-bodied", person="asked")
    if isinstance(model, StatisticalSpeed) and asked.leg.size and _both(mine):
        return float(both_legs(model, {}, mine, asked).errors(DEFAULT).mean())
    each = []
    for leg in np.unique(mine.leg):
        at = mine.leg == leg
        if at.sum() < 2:
            continue
        own, told = mine.take(at), asked.take(at)
        if isinstance(model, StatisticalSpeed):
            each.append(both_legs(model, {}, own, told).errors(DEFAULT))
        else:
            each.append(_simple(model, own))
    return float(np.concatenate(each).mean())


def _both(mine: Units) -> bool:
    """Whether all legs were measured at the same speeds."""
    speeds = [tuple(np.sort(mine.speed[mine.leg == leg])) for leg in np.unique(mine.leg)]
    return len(set(speeds)) == 1


def _simple(model: Any, own: Units) -> Array:
    out = []
    for k in range(len(own)):
        rest = np.flatnonzero(np.arange(len(own)) != k)
        out.append(np.abs(model.predict(own.take([k]), own.speed[rest]) - own.curves[rest]).mean(axis=(1, 2)))  # fmt: skip
    return np.concatenate(out)
