"""Gaps in arrays, filled from the rest of the same recording; pure functions.

Every way of :mod:`gaitsmith.models.fewshot.ways` makes a guess. The same gap is then made elsewhere in
the recording, where the truth is known; what the ways erred by there, alone and together, says in what
mixture they are taken and how wide the band is. In a short recording few such places are left, and they
lack the very strides that the gap is filled from: there it counts what is usual of a way (`_usual`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gaitsmith.models.fewshot.places import Source, of_body
from gaitsmith.models.fewshot.ways import Gap, by_body, by_channels, by_strides, spline

__all__ = ["Filled", "fill"]

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
SPLINE, STRIDES, CHANNELS, BODY = "spline", "own strides", "other channels", "neighbouring points"
# Places elsewhere where the same gap is made, at most; shortest gap (strides) for which own strides
# are looked for.
_TRIALS, _SHORTEST = 10, 0.06
# What is usual counts as so many places that do not overlap; how alike two ways' errors usually are.
_DOUBT, _ALIKE = 2.0, 0.3
# A place tells of own strides where those found there are as alike, up to this factor of the cost,
# as those found for the gap; costs below the floor are alike (all ours).
_SIMILAR, _FLOOR = 3.0, 0.01
# Own strides of a recording that holds fewer strides than this beside the gap usually err by so much
# over the spline: of points (a place is hardly seen on both sides) and of other columns (ours).
_ENOUGH, _FEW = 1.2, (1.5, 0.5)


@dataclass(frozen=True, eq=False)
class Filled:
    """What stands in a gap.

    Attributes
    ----------
    mean, sd
        row × column of the gap; NaN where nothing is known. `sd` is calibrated: 1.645 of it holds
        90 % of what the same gap hid elsewhere.
    how
        In words.
    trials
        Places elsewhere where the same gap was made.
    """

    mean: Array
    sd: Array
    how: str
    trials: int


@dataclass(frozen=True, eq=False)
class _Walk:
    """What a gap is filled from: an array and what is known of it (see :func:`fill`)."""

    data: Array
    stride: int
    scale: Array
    swap: Rows | None
    signs: Array | None
    trend: Array | None
    donors: tuple[Array, ...]

    @cached_property
    def body(self) -> npt.NDArray[np.bool_] | None:
        """Of points: columns that go where the body goes."""
        return None if self.trend is None else of_body(self.data, self.stride)

    def guesses(self, data: Array, gap: Gap) -> tuple[dict[str, Array], float]:
        """Way -> row × column of the gap, and the cost of the own strides (NaN where there are none)."""
        out = {SPLINE: spline(data, gap)}
        cost = np.nan
        if gap.stop - gap.start >= _SHORTEST * self.stride:
            others = [Source(d) for d in self.donors]
            if self.swap is not None and self.signs is not None:
                others.append(Source(data[:, self.swap] * self.signs, 0.5))
            found = by_strides(data, others, gap, self.scale, self.stride, body=self.body)
            if found is not None:
                out[STRIDES], cost = found
        still = data if self.trend is None else data - self.trend
        said = by_channels(still, gap, self.scale, self.stride)
        if said is not None:
            out[CHANNELS] = said if self.trend is None else said + self.trend[gap.start : gap.stop, list(gap.columns)]  # fmt: skip
        carried = None if self.trend is None else by_body(data, gap, self.stride)
        if carried is not None:
            out[BODY] = carried
        return {n: g for n, g in out.items() if np.isfinite(g).all()}, cost


def fill(
    data: Array, gap: Gap, *, stride: int, scale: Array, swap: Rows | None = None,
    signs: Array | None = None, trend: Array | None = None, donors: Sequence[Array] = (),
) -> Filled:  # fmt: skip
    """One gap of an array.

    Parameters
    ----------
    data
        row × column, NaN where missing.
    stride
        Rows of a stride.
    scale
        SD of each column (of points: about where the body is).
    swap, signs
        Column that each column becomes when left and right are exchanged, and its sign.
    trend
        Where the body as a whole is (row × column); None where the columns are not x, y, z of points.
    donors
        Walks of other people with the same columns, for what the own recording does not hold.
    """
    walk = _Walk(data, stride, scale, swap, signs, trend, tuple(donors))
    length, columns = gap.stop - gap.start, np.array(gap.columns)
    guesses, cost = walk.guesses(data, gap)
    places = _places(data, gap, columns)
    if SPLINE not in guesses or not places:
        name = next((n for n in (BODY, STRIDES, CHANNELS, SPLINE) if n in guesses), None)
        nothing = np.full((length, len(columns)), np.nan)
        return Filled(nothing if name is None else guesses[name], nothing, name or "nothing", 0)
    names = list(guesses)
    errors = _tried(walk, gap, places, names, cost)
    # Columns that hardly move would outweigh all others.
    unit = np.maximum(scale[columns], max(0.1 * float(np.median(scale[columns])), 1e-12))
    left = float(np.isfinite(data[:, columns]).all(axis=1).sum()) / stride
    expected = _expected(
        errors / unit,
        names,
        _usual(names, cost, left, body=trend is not None),
        _apart(places, length),
    )
    weight = _weights(expected)
    mean = np.tensordot(weight, np.stack([guesses[n] for n in names]), 1)
    sd = _band(errors, weight, expected, names.index(SPLINE))
    order = [
        n for _, n in sorted(zip(-weight, names, strict=True)) if weight[names.index(n)] >= 0.1
    ]
    return Filled(mean, sd, " and ".join(order), len(places))


def _tried(walk: _Walk, gap: Gap, places: Sequence[int], names: Sequence[str], cost: float) -> Array:  # fmt: skip
    """place × way × row × column: errors of the same gap made elsewhere; NaN where that tells nothing."""
    length, columns = gap.stop - gap.start, np.array(gap.columns)
    # What is missing in the gap besides its own columns is missing there too.
    lost = ~np.isfinite(walk.data[gap.start : gap.stop])
    lost[:, columns] = True
    out = np.full((len(places), len(names), length, len(columns)), np.nan)
    for i, at in enumerate(places):
        hidden = walk.data.copy()
        hidden[at : at + length][lost] = np.nan
        found, there = walk.guesses(hidden, Gap(at, at + length, gap.columns))
        if STRIDES in found and not _similar(there, cost):
            del found[STRIDES]
        truth = walk.data[at : at + length][:, columns]
        for k, name in enumerate(names):
            if name in found:
                out[i, k] = found[name] - truth
    return out


def _similar(a: float, b: float) -> bool:
    low, high = sorted((max(a, _FLOOR), max(b, _FLOOR)))
    return bool(high <= _SIMILAR * low)


def _usual(names: Sequence[str], cost: float, strides: float, *, body: bool) -> Array:
    """Squared error of each way over the spline's, as is usual.

    Own strides: fitted by eye to recordings that are not in the study (five of mcgill_children, cmu,
    c3d, other opensim ones, short virtual walks): errors 2 to 4 times smaller than the spline's where
    the strides found are alike, the same where they are not. The others: nothing is taken for usual.
    """
    own = min(1.0, 0.1 + 2.0 * cost)
    if strides < _ENOUGH:
        own = max(own, _FEW[0 if body else 1])
    return np.array([own if n == STRIDES else 1.0 for n in names])


def _expected(errors: Array, names: Sequence[str], usual: Array, apart: int) -> Array:
    """way × way: expected product of errors (in SDs of the columns), tried and usual ones together."""
    count = len(names)
    by_spline = np.square(errors[:, names.index(SPLINE)]).mean(axis=(1, 2))
    spline_ = float(np.exp(np.mean(np.log(by_spline[np.isfinite(by_spline)] + 1e-15))))
    usual = usual * spline_
    known = np.asarray(np.isfinite(errors).all(axis=(2, 3)))
    # Geometric means, over places and between what was tried and what is usual: a few places with no
    # stride beside them say little of the others.
    size, alike = np.zeros(count), np.eye(count)
    square = np.square(errors).mean(axis=(2, 3)) + 1e-15
    shares = apart * known.mean(axis=0) / (apart * known.mean(axis=0) + _DOUBT)
    for i in range(count):
        tried = np.log(square[known[:, i], i]).mean() if known[:, i].any() else 0.0
        size[i] = np.exp(shares[i] * tried + (1.0 - shares[i]) * np.log(usual[i]))
        for j in range(i):
            both = known[:, i] & known[:, j]
            found = np.mean(np.mean(errors[both, i] * errors[both, j], axis=(1, 2)) / np.sqrt(square[both, i] * square[both, j])) if both.any() else _ALIKE  # fmt: skip
            share = min(shares[i], shares[j])
            alike[i, j] = alike[j, i] = share * float(found) + (1.0 - share) * _ALIKE
    return np.asarray(alike * np.sqrt(np.outer(size, size)))


def _weights(expected: Array) -> Array:
    """The mixture, none below 0 and 1 in all, of least expected squared error."""
    used = list(range(len(expected)))
    ridge = 1e-3 * np.diag(expected).min() + 1e-15
    while True:
        part = np.linalg.solve(
            expected[np.ix_(used, used)] + ridge * np.eye(len(used)), np.ones(len(used))
        )
        if (part > 0).all() or len(used) == 1:
            break
        del used[int(np.argmin(part))]
    out = np.zeros(len(expected))
    out[used] = part / part.sum()
    return out


def _band(errors: Array, weight: Array, expected: Array, spline_at: int) -> Array:
    """row × column: SD of what the mixture errs by, 1.645 of it holding nine tenths.

    Of few places: also the spline's errors, made smaller as is expected of the mixture.
    """
    used = weight > 0
    known = np.isfinite(errors[:, used]).all(axis=(1, 2, 3))
    smaller = float(weight @ expected @ weight / expected[spline_at, spline_at])
    by_spline = _size(errors[:, spline_at][np.isfinite(errors[:, spline_at]).all(axis=(1, 2))]) * np.sqrt(smaller)  # fmt: skip
    n = int(known.sum())
    if not n:
        return np.asarray(by_spline * 1.5)
    mixed = np.tensordot(errors[known][:, used], weight[used], ((1,), (0,)))
    sd = np.sqrt((n * np.square(_size(mixed)) + _DOUBT * np.square(by_spline)) / (n + _DOUBT))
    factor = float(np.quantile(np.abs(mixed) / sd, 0.9)) / 1.645
    factor = (n * factor + _DOUBT) / (n + _DOUBT)
    # Few places: wider, as Student's t is.
    return np.asarray(sd * max(factor, 0.5) * (1.0 + 1.5 / (n + 1)))


def _size(errors: Array) -> Array:
    """row × column of place × row × column: root mean square, half of it each column's over all rows."""
    square = np.square(errors).mean(axis=0)
    return np.asarray(np.sqrt(0.5 * square + 0.5 * square.mean(axis=0)) + 1e-9)


def _apart(places: Sequence[int], length: int) -> int:
    """How many of the places do not overlap."""
    count, end = 0, -1
    for at in sorted(places):
        if at >= end:
            count, end = count + 1, at + length
    return count


def _places(data: Array, gap: Gap, columns: Rows) -> list[int]:
    """Rows where the same gap can be made: its columns are known there and at its edges."""
    length = gap.stop - gap.start
    known = np.isfinite(data[:, columns]).all(axis=1)
    run = np.concatenate([[0], np.cumsum(known)])
    starts = [
        at for at in range(1, len(data) - length)
        if run[at + length + 1] - run[at - 1] == length + 2
        and (at >= gap.stop or at + length <= gap.start)
    ]  # fmt: skip
    if len(starts) <= _TRIALS:
        return starts
    return [starts[i] for i in np.linspace(0, len(starts) - 1, _TRIALS).round().astype(int)]
