"""When a walk is called unusual: thresholds tried on people left out, and what the bundled reference sees.

``thresholds``: false alarms and finds at several shares of normal people (α), from the same fits; the
default's α is not chosen here, the trials that it would be chosen on are those that are scored.
``shipped``: faults of virtual walkers judged as ``gaitsmith twin`` judges them: by the bundled
reference, whose laboratory is another one, one recording of one person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.models.twin.api import reference_model
from gaitsmith.models.twin.default import TwinModel
from gaitsmith.models.twin.walks import Walks
from gaitsmith.studies import twin_sets as sets
from gaitsmith.studies.twin_fit import own_reference

__all__ = ["ALPHAS", "at_shares", "chances", "shipped", "thresholds"]

Array = npt.NDArray[np.float64]
Progress = Callable[[str], None]
Kept = dict[str, list[float]]
SEED = 2026
#: Shares of normal people called unusual that are tried.
ALPHAS = (0.04, 0.05, 0.055, 0.06)
# People drawn, how often, as in the part lencioni2019 (the same draws).
_SOME, _TIMES = 12, 10
# Speed (m/s) and length (s) of a virtual walker's recording.
_SPEED, _SECONDS = 1.2, 10.0


def chances(model: TwinModel, walks: Walks) -> Kept:
    """person -> share of normal people with a walk as unusual, of each walk (speeds beyond as the nearest)."""
    judged = model.judge(walks.replaced(speed=np.clip(walks.speed, *model.speeds)))
    least = np.nanmin(judged.chance, axis=1)
    return {str(n): np.round(least[walks.person == n], 5).tolist() for n in np.unique(walks.person)}


def at_shares(kept: Kept) -> list[float]:
    """Share of walks below each α, people weighing alike."""
    return [float(np.mean([np.mean(np.array(v) < a) for v in kept.values()])) for a in ALPHAS]


def thresholds(data: Path, say: Progress) -> dict[str, Any]:
    """Alarms of people left out and toe and heel walks found, at each α."""
    walks = sets.lencioni2019(data)
    tasks = {t: sets.lencioni2019(data, t) for t in ("toe walking", "heel walking")}
    kept: dict[str, Kept] = {"lencioni2019": {}, **{t: {} for t in tasks}}
    names = np.unique(walks.person)
    say(f"thresholds: {len(names)} people of lencioni2019, each left out")
    for person in names:
        mine = walks.person == person
        model = TwinModel.fit(walks.take(~mine))
        kept["lencioni2019"] |= chances(model, walks.take(mine))
        for task, every in tasks.items():
            some = every.take(every.person == person)
            if len(some):
                kept[task] |= chances(model, some)
    say(f"thresholds: fitted on any {_SOME}")
    rng = np.random.default_rng(SEED + 6)
    drawn = []
    for _ in range(_TIMES):
        known = np.isin(walks.person, rng.choice(names, _SOME, replace=False))
        drawn.append(at_shares(chances(TwinModel.fit(walks.take(known)), walks.take(~known))))
    say("thresholds: mcgill_children, each judged by the others")
    children, prior = sets.mcgill_children(data), reference_model()
    kept["mcgill_children"] = {}
    for person in np.unique(children.person):
        mine = children.person == person
        model = own_reference(children.take(~mine), prior, least=5)
        kept["mcgill_children"] |= chances(model, children.take(mine))
    rows = {k: at_shares(v) for k, v in kept.items()}
    rows["any twelve"] = [float(x) for x in np.mean(drawn, axis=0)]
    return {"alphas": list(ALPHAS), "rows": rows, "people": {k: len(v) for k, v in kept.items()}, "chances": kept}  # fmt: skip


def shipped(
    say: Progress, *, count: int = 10, size: float = 1.0, kinds: Sequence[str] | None = None
) -> dict[str, Any]:
    """Verdicts on virtual walkers with one fault on the right, and on the same people without."""
    from gaitsmith.models.twin.api import find_twin
    from gaitsmith.virtual import FAULTS, Fault, people, walker

    say(f"bundled reference: {count} virtual people, each with every fault")
    rows: dict[str, dict[str, int]] = {}
    for name in ("none", *(kinds or [f for f in FAULTS if f != "hemiparetic"])):
        row = {"unusual": 0, "laboratory": 0, "usual": 0}
        for i, person in enumerate(people(count, SEED + 41)):
            faults = [] if name == "none" else [Fault(name, "right", size)]
            made = walker(person, _SPEED, _SECONDS, seed=i, faults=faults)
            row[find_twin(made, speed_m_s=_SPEED).verdict] += 1
        rows[name] = row
    return {"people": count, "size": size, "speed_m_s": _SPEED, "rows": rows}
