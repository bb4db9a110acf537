"""Splits by person: nobody is on both sides, and the same seed gives the same folds everywhere.

``folds``: the people, sorted by name as text, permuted by ``numpy.random.default_rng(seed)``, and
cut by ``numpy.array_split`` into `k` parts; part i is the test set of fold i.

A split is saved as ``splits/<name>.json`` in the store, with its people. Asked for again, the
saved one is compared with the people that are there now: a collection that has grown gets a new
file (the name carries a digest of the people), so that results can always say which one they used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gaitsmith.errors import GaitsmithError, check_in

if TYPE_CHECKING:
    from gaitsmith.datasets.store import Store

__all__ = ["Splits", "splits"]


@dataclass(frozen=True)
class Splits:
    """People in folds.

    Attributes
    ----------
    name
        Of the file in the store.
    folds
        People (``set/person``) of each fold's test part.
    """

    name: str
    seed: int
    folds: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.folds)

    def __iter__(self) -> Iterator[tuple[list[str], list[str]]]:
        """Pairs of (people to learn from, people to test on)."""
        for i in range(len(self)):
            yield self.train(i), self.test(i)

    def test(self, fold: int) -> list[str]:
        """People of a fold."""
        return list(self.folds[fold])

    def train(self, fold: int) -> list[str]:
        """Everybody else."""
        return [p for i, part in enumerate(self.folds) if i != fold for p in part]


def splits(
    store: Store, *, kind: str = "folds", k: int = 5, seed: int = 0,
    sets: str | Sequence[str] | None = None, save: bool = True,
) -> Splits:  # fmt: skip
    """Folds of the people of some sets (default: all); see the module.

    Raises
    ------
    GaitsmithError
        Where there are fewer people than folds, a set is not in the store, or the saved split has
        other people than its seed gives.
    """
    check_in("kind", kind, ("folds",))
    chosen = [sets] if isinstance(sets, str) else sorted(set(sets or store.sets))
    for name in chosen:
        check_in("sets", name, store.sets)
    rows = store.people
    people = sorted(rows.loc[rows["set"].isin(chosen), "person"])
    if not 2 <= k <= len(people):
        raise GaitsmithError("cannot cut the people into so many folds", place="argument k",
                             found=k, expected=f"2 to {len(people)}, the number of people")  # fmt: skip
    order = np.random.default_rng(seed).permutation(len(people))
    folds = tuple(tuple(people[i] for i in part) for part in np.array_split(order, k))
    mark = hashlib.sha256("\n".join(people).encode()).hexdigest()[:8]
    label = chosen[0] if len(chosen) == 1 else f"{len(chosen)}-sets"
    out = Splits(f"{label}-{kind}-{k}-seed-{seed}-{mark}", seed, folds)
    path = store.path / "splits" / f"{out.name}.json"
    if path.exists():
        saved = json.loads(path.read_text("utf-8"))
        if [list(f) for f in folds] != saved["folds"]:
            raise GaitsmithError("the saved split is not what its seed gives", file=path,
                                 remedy="remove the file if it was changed by hand")  # fmt: skip
    elif save:
        from gaitsmith.files import write_text

        facts = {"kind": kind, "k": k, "seed": seed, "sets": chosen, "store": store.digest,
                 "folds": [list(f) for f in folds]}  # fmt: skip
        write_text(path, json.dumps(facts, indent=1) + "\n")
    return out
