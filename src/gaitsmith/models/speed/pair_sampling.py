"""Training pairs (source, target) of the sequence models, balanced over people and |Δv|."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import MissingInputError

__all__ = ["all_pairs", "balanced_pairs"]

Pairs = npt.NDArray[np.intp]
# |Δv| (m/s) of cross-speed pairs is balanced in bands of this width.
_BAND = 0.2


def all_pairs(person: npt.NDArray[np.str_], *, identity: bool = True) -> Pairs:
    """Every (source, target) within a person, n × 2; identity pairs are a recording with itself."""
    found = []
    for p in np.unique(person):
        rows = np.flatnonzero(person == p)
        a, b = (x.ravel() for x in np.meshgrid(rows, rows, indexing="ij"))
        keep = slice(None) if identity else a != b
        found.append(np.column_stack([a, b])[keep])
    return np.concatenate(found) if found else np.zeros((0, 2), dtype=np.intp)


def balanced_pairs(
    person: npt.NDArray[np.str_], speed: npt.NDArray[np.float64], count: int, *, identity_share: float,
    rng: np.random.Generator,
) -> Pairs:  # fmt: skip
    """`count` pairs: a share of identity ones, the others even over |Δv|, and over people within.

    "Balanced pairs (identity and cross-speed over the whole spectrum of Δv)" in the paper; the
    bands of 0.2 m/s and the share are ours.

    Raises
    ------
    MissingInputError
        Where nobody has two recordings.
    """
    cross = all_pairs(person, identity=False)
    if not len(cross):
        raise MissingInputError("nobody walks at two speeds", place="training sequences",
                                expected="two recordings or more of a person")  # fmt: skip
    band = np.floor(np.abs(speed[cross[:, 0]] - speed[cross[:, 1]]) / _BAND + 1e-9).astype(int)
    _, each = np.unique(band, return_inverse=True)
    # Every band counts the same; within a band every person.
    who = np.unique(person[cross[:, 0]], return_inverse=True)[1]
    cells = np.unique(np.column_stack([each, who]), axis=0, return_inverse=True)
    cell = np.asarray(cells[1]).ravel()
    size = np.bincount(cell)
    people_in_band = np.bincount(cells[0][:, 0])
    weight = 1.0 / (size[cell] * people_in_band[each])
    same = rng.random(count) < identity_share
    drawn = cross[rng.choice(len(cross), count, p=weight / weight.sum())]
    anyone = np.unique(person)
    own = np.array([rng.choice(np.flatnonzero(person == p)) for p in rng.choice(anyone, int(same.sum()))], dtype=np.intp)  # fmt: skip
    drawn[same] = own[:, None]
    return drawn
