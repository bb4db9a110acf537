"""A laboratory's own reference from a store of its own normal people."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.models.card import Card
from gaitsmith.models.twin.default import TwinModel
from gaitsmith.models.twin.walks import Walks, joined

__all__ = ["fit_store", "own_reference"]


def own_reference(
    walks: Walks, prior: TwinModel, card: Card | None = None, *, least: int = 8
) -> TwinModel:
    """The reference of a laboratory whose normal people these are, shrunk towards `prior`.

    Only channels that all walks have are learnt; the others are the prior's.

    Raises
    ------
    GaitsmithError
        Where there are fewer than eight people.
    """
    made = TwinModel.fit(walks, prior.config, prior=prior, card=card, least=least)
    # The laboratory is known now: what another might move is no part of what is normal.
    return TwinModel(
        made.config, {**made.weights, "lab": np.zeros((1, 1), np.float32)}, card or made.card
    )


def fit_store(
    data: Path, *, sets: list[str], groups: list[str], task: str = "walking"
) -> tuple[TwinModel, list[str]]:
    """The reference of a store's normal people, and what was used in words.

    Raises
    ------
    MissingInputError
        Where no trial can be used.
    """
    from gaitsmith.body.events import with_strikes
    from gaitsmith.datasets import Store
    from gaitsmith.gait.cycles import segment
    from gaitsmith.models.speed.api import measured_speed
    from gaitsmith.models.twin.api import reference_model
    from gaitsmith.models.twin.record import take

    store = Store(data)
    rows, skipped = [], []
    for i in store.ids(kind="recording", task=task):
        row = store.row(i)
        if (sets and row["set"] not in sets) or (groups and row["group"] not in groups):
            continue
        try:
            r = store.recording(i, streams=["angles", "points"])
            speed = row["speed"]
            if speed is None or not np.isfinite(speed):
                found = measured_speed(r)
                speed = None if found is None else found[0]
            taken = take(segment(with_strikes(r), streams=["angles"]), speed, lab=str(row["set"]))
        except GaitsmithError as error:
            skipped.append(f"{i}: {error.problem}")
            continue
        mean = taken.mean if taken.side == "right" else taken.mean.mirrored()
        rows.append(mean.replaced(person=np.array([str(row["person"])])))
    if not rows:
        raise MissingInputError("no trial of normal people can be used", file=data, found="; ".join(skipped[:3]) or "none",
                                expected=f"recordings with joint angles, task {task}")  # fmt: skip
    walks = joined(rows)
    # Channels that all walks have.
    every = np.asarray(walks.present.all(axis=0))
    walks = walks.replaced(curves=np.where(every[None, :, None], walks.curves, np.nan))
    people = np.unique(walks.person)
    card = Card(
        data=f"{len(people)} people of {', '.join(sorted(set(walks.lab)))}, shrunk towards the bundled reference",
        terms="those of the recordings", people=f"{len(people)} people called normal by their laboratory",
        limits=("holds for this laboratory's own way of measuring",), made="gaitsmith twin-fit",
        trained_on=tuple(str(x) for x in people),
    )  # fmt: skip
    model = own_reference(walks, reference_model(), card)
    low, high = walks.speed.min(), walks.speed.max()
    return model, [f"{len(people)} people, {len(walks)} trials, {int(every.sum())} curves, dimensionless speed {low:.2f} to {high:.2f}",
                   *(f"left out: {s}" for s in skipped[:10])]  # fmt: skip
