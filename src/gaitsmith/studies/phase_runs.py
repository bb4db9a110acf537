"""Networks of the phase study, fitted once and kept by a name that says what shaped them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gaitsmith.models.phase.config import PhaseConfig
from gaitsmith.models.phase.decide import decide
from gaitsmith.models.phase.model import Output, PhaseModel
from gaitsmith.studies.phase_data import Walk, digest
from gaitsmith.studies.phase_measures import Said, measures, one

if TYPE_CHECKING:
    from gaitsmith.studies.phase_recipe import Recipe

__all__ = ["MACHINE", "SETTINGS", "Runs", "chosen", "configs", "decided", "said_of"]

Progress = Callable[[str], None]

#: State machines among which training people choose: (to_swing, to_stance), least stays in ticks.
SETTINGS: tuple[dict[str, Any], ...] = tuple(
    {"to_swing": low, "to_stance": high, "least_swing": 20, "least_stance": 20, "walk_on": 0.45, "walk_off": 0.1}
    for low, high in ((0.45, 0.55), (0.4, 0.6), (0.4, 0.7), (0.3, 0.7))
)  # fmt: skip
#: The one that weights are shipped with. Walking begins above 0.45: a network that has seen nothing
#: yet says 0.3 to 0.43 on its first ticks.
MACHINE: dict[str, Any] = SETTINGS[1]


# Settings that the fitted weights do not depend on.
_MACHINE = ("to_swing", "to_stance", "least_swing", "least_stance", "walk_on", "walk_off")


@dataclass
class Runs:
    """Fits networks, or finds them where they were fitted before.

    Attributes
    ----------
    folder
        Where models are kept.
    """

    folder: Path
    say: Progress = lambda _: None

    def model(
        self, walks: Sequence[Walk], config: PhaseConfig, recipe: Recipe, name: str,
        start: Callable[[], object] | None = None, **fit_options: object,
    ) -> PhaseModel:  # fmt: skip
        """The fitted network for these walks, this configuration and recipe."""
        shape = {k: v for k, v in config.to_dict().items() if k not in _MACHINE}
        key = json.dumps([shape, recipe.changed(), digest(walks), name], sort_keys=True)
        place = self.folder / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
        if (place / "config.json").is_file():
            return PhaseModel.from_pretrained(place)
        from gaitsmith.studies.phase_train import fit

        self.say(f"fitting {name}")
        if start is not None:
            fit_options["start"] = start()
        model, _ = fit(walks, config, recipe, **fit_options)  # type: ignore[arg-type]
        model.save_pretrained(place, force=True)
        return model


def said_of(w: Walk, output: Output, config: PhaseConfig) -> Said:
    """State and events of a walk from the network's output."""
    done = decide(output.stance, output.walking, config)
    t = w.foot.times
    return Said(output.percent, done.stance, t[done.strikes], t[done.offs])


def chosen(
    walks: Sequence[Walk], outputs: Sequence[Output], asked: Sequence[Sequence[int]]
) -> list[PhaseConfig]:
    """For each list of walks (by index) the state machine of :data:`SETTINGS` that serves it best.

    Judged by macro F1 less a tenth of a point for each point of missed or spurious events (ours).
    """
    best = [(-np.inf, PhaseConfig())] * len(asked)
    for setting in SETTINGS:
        config = replace(PhaseConfig(), **setting)
        rows = [one(w, said_of(w, o, config)) for w, o in zip(walks, outputs, strict=True)]
        for k, at in enumerate(asked):
            row = measures([rows[i] for i in at])
            value = row["macro_f1"] - 0.001 * (row["missed_percent"] + row["spurious_percent"])
            best[k] = max(best[k], (value, config), key=lambda pair: pair[0])
    return [config for _, config in best]


def decided(
    walks: Sequence[Walk], parts: Sequence[Sequence[str]], outputs: Sequence[Output]
) -> tuple[list[Said], list[dict[str, Any]]]:
    """States of every walk and the machine of each fold, chosen on the people of the others."""
    other = [[i for i, w in enumerate(walks) if w.person not in part] for part in parts]
    settings = [{k: getattr(c, k) for k in _MACHINE} for c in chosen(walks, outputs, other)]
    by = configs(parts, settings)
    return [said_of(w, o, by[w.person]) for w, o in zip(walks, outputs, strict=True)], settings


def configs(
    parts: Sequence[Sequence[str]], settings: Sequence[dict[str, Any]]
) -> dict[str, PhaseConfig]:
    """The state machine of each person's fold."""
    return {p: replace(PhaseConfig(), **s) for part, s in zip(parts, settings, strict=True) for p in part}  # fmt: skip
