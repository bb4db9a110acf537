"""The order in which items are seen: a function of seed and place, so that a run can go on anywhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

__all__ = ["Stretch", "seed_of"]


def seed_of(seed: int, *place: int) -> int:
    """A seed for torch (below 2^63) from a seed and a place (step, rank, …)."""
    return int(np.random.SeedSequence([seed, *place]).generate_state(1, np.uint64)[0] >> np.uint64(1))  # fmt: skip


class Stretch:
    """Indices of a stretch of the endless stream of shuffled passes over the data.

    Parameters
    ----------
    items
        How many there are.
    start, length
        Place in the stream, and how many to give in all.
    rank, world
        Every `world`-th index from `rank` on is this process's.
    """

    def __init__(
        self, items: int, start: int, length: int, *, seed: int, rank: int = 0, world: int = 1
    ) -> None:
        self.items, self.start, self.length = items, start, length
        self.seed, self.rank, self.world = seed, rank, world

    def __len__(self) -> int:
        return len(range(self.rank, self.length, self.world))

    def __iter__(self) -> Iterator[int]:
        current, order = -1, np.zeros(0, dtype=np.intp)
        for at in range(self.start + self.rank, self.start + self.length, self.world):
            lap, place = divmod(at, self.items)
            if lap != current:
                current, order = lap, np.random.default_rng([self.seed, lap]).permutation(self.items)  # fmt: skip
            yield int(order[place])
