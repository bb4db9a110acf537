"""Curves against curves with the family-wise error held over the whole stride.

Usage
-----
>>> from gaitsmith.gait.compare import compare                        # doctest: +SKIP
>>> made = compare(group_a, group_b, paired=False, seed=0)            # doctest: +SKIP
>>> made.spans, made.p, made.difference                               # doctest: +SKIP

``compare(a, b=None, *, paired=False, alpha=0.05, seed=0, permutations=5000, cluster=None)``
takes arrays unit × point (or unit × point × channel); a unit is what varies independently: a
person in a comparison of groups, a stride only in a statement about one person. Without `b` the
mean of `a` is tested against zero. It gives a :class:`Comparison`:

``difference``, ``low``, ``high``
    mean difference (a - b) and its simultaneous interval (max-t), in the unit of the curves;
``t``, ``threshold``
    the t statistic at each point and what it must pass;
``significant``, ``spans``
    points where it does; the spans of them with their own family-wise p, effect size and peak;
``p``
    the smallest family-wise p of all points and channels;
``exact``
    whether every permutation was gone through.

Method: permutation of labels (two groups) or of signs (paired, one sample), maximum of ``|t|`` over
all points and channels (Westfall PH, Young SS, 1993, Resampling-Based Multiple Testing; Nichols
TE, Holmes AP, 2002, Hum Brain Mapp 15:1-25). All rearrangements are enumerated where they are few.
Clusters (optional): runs where ``|t|`` passes a fixed level, by their mass, against the largest of
each permutation (Bullmore ET et al., 1999, IEEE Trans Med Imaging 18:32-42).

Assumptions: sign flips need differences that are symmetric about zero under the null; permuted
labels need units that are exchangeable between the groups, so unequal spreads in groups of very
unequal size distort them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.signals import gaps

__all__ = ["Cluster", "Comparison", "SignificantSpan", "compare"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Rearrangements gone through at a time, to bound memory.
_CHUNK = 256


@dataclass(frozen=True)
class SignificantSpan:
    """A run of significant points of one channel.

    Attributes
    ----------
    start, stop
        % of the stride (or of whatever the points span), both included.
    p
        Family-wise p of its highest point.
    peak
        % where ``|t|`` is highest.
    difference
        Mean difference over the span, in the unit of the curves.
    effect
        Standardised mean difference at the peak (Cohen's d; of paired differences d_z).
    """

    channel: int
    start: float
    stop: float
    p: float
    peak: float
    difference: float
    effect: float


@dataclass(frozen=True)
class Cluster:
    """A run of points past a fixed level, with the family-wise p of its mass."""

    channel: int
    start: float
    stop: float
    mass: float
    p: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """See the module's overview; arrays are point × channel (point for one channel)."""

    difference: Array
    low: Array
    high: Array
    t: Array
    effect: Array
    point_p: Array
    threshold: float
    p: float
    alpha: float
    spans: tuple[SignificantSpan, ...]
    clusters: tuple[Cluster, ...]
    n: tuple[int, ...]
    permutations: int
    exact: bool

    @property
    def significant(self) -> Mask:
        """Points at which the family-wise p is at most alpha."""
        return np.asarray(self.point_p <= self.alpha)


def compare(
    a: Array,
    b: Array | None = None,
    *,
    paired: bool = False,
    alpha: float = 0.05,
    seed: int = 0,
    permutations: int = 5000,
    cluster: float | None = None,
) -> Comparison:
    """Compare curves by max-t permutation.

    Parameters
    ----------
    a, b
        Unit × point or unit × point × channel; no NaN. `b` None: `a` against zero.
    paired
        Unit i of `a` belongs to unit i of `b`.
    alpha
        Family-wise error.
    seed
        Of the random rearrangements; unused where all are enumerated.
    permutations
        At most so many rearrangements, the observed one included; fewer where that is all.
    cluster
        Level of ``|t|`` that forms clusters; None: no clusters.

    Raises
    ------
    MissingInputError
        Where there are too few units for any p at or below alpha, so that nothing could ever be
        found.
    GaitsmithError
        On shapes that do not fit, NaN, or an alpha outside 0 to 1.
    """
    x, y, flat = _checked(a, b, paired, alpha)
    one_sample = y is None or paired
    if one_sample:
        d = x if y is None else x - y
        count = 2 ** (len(d) - 1)
        mean, t, effect, error = _one(d)
        tests = _sign_flips(d, permutations, seed, count)
        n: tuple[int, ...] = (len(d),)
    else:
        assert y is not None
        count = comb(len(x) + len(y), len(x))
        if len(x) == len(y):
            count //= 2  # exchanging the groups gives the same ``|t|``
        mean, t, effect, error = _two(x, y)
        tests = _relabelled(x, y, permutations, seed, count)
        n = (len(x), len(y))
    exact = count <= permutations
    done = count if exact else permutations
    if 1.0 / done > alpha:
        raise MissingInputError(
            "too few curves to find anything at this level", place="argument a",
            found=f"{' and '.join(map(str, n))} curves: the smallest possible p is {1 / done:.3g}",
            expected=f"a smallest possible p of at most alpha = {alpha:g}",
            remedy="bring more people (or, for one person, strides)",
        )  # fmt: skip
    highest, masses = [], []
    for batch in tests:
        size = np.abs(batch)
        highest.append(size.max(axis=1))
        if cluster is not None:
            masses += [max((c[3] for c in _runs(row, flat, cluster)), default=0.0) for row in size]
    top = np.concatenate(highest)
    point_p = _family_p(np.abs(t), top)
    threshold = _threshold(top, alpha)
    found = _runs(np.abs(t), flat, cluster) if cluster is not None else []
    mass = np.array(masses)
    clusters = tuple(
        Cluster(c, s, e, m, float(_family_p(np.array([m]), mass)[0])) for c, s, e, m in found
    )
    # The interval turns the test round: all values that the test would not reject.
    half = np.where(error > 0, threshold * np.where(error > 0, error, 1.0), 0.0)
    shape = flat.shape

    def formed(values: Array) -> Array:
        grid: Array = values.reshape(shape)
        return grid[:, 0] if np.ndim(a) == 2 else grid

    return Comparison(
        formed(mean), formed(mean - half), formed(mean + half), formed(t), formed(effect),
        formed(point_p), threshold, float(point_p.min()), alpha,
        _spans(flat, alpha, p=point_p, t=t, mean=mean, effect=effect), clusters, n, done, exact,
    )  # fmt: skip


def _checked(
    a: Array, b: Array | None, paired: bool, alpha: float
) -> tuple[Array, Array | None, Array]:
    """Units × (point · channel) of both, and an empty grid of the shape point × channel."""
    if not 0 < alpha < 1:
        raise GaitsmithError("alpha is a probability", place="argument alpha", found=alpha)
    arrays = [np.asarray(v, dtype=np.float64) for v in (a, b) if v is not None]
    for name, v in zip("ab", arrays, strict=False):
        if v.ndim not in (2, 3) or v.shape[1:] != arrays[0].shape[1:] or not v.size:
            raise GaitsmithError("these curves cannot be compared", place=f"argument {name}",
                                 found=f"shape {v.shape}", expected="unit × point (× channel), alike in both")  # fmt: skip
        if not np.isfinite(v).all():
            raise GaitsmithError("a curve has a gap", place=f"argument {name}", found="NaN",
                                 remedy="leave the unit or the channel out")  # fmt: skip
    if paired and (b is None or len(arrays[0]) != len(arrays[1])):
        raise GaitsmithError("pairs need as many curves in both groups", place="argument b",
                             found=f"{[len(v) for v in arrays]}")  # fmt: skip
    # Two curves have no spread within a group when they are alone: t needs two a group.
    if min(len(v) for v in arrays) < 2 and (b is None or paired or sum(map(len, arrays)) < 3):
        raise MissingInputError("a spread needs at least two curves", place="argument a",
                                found=f"{[len(v) for v in arrays]} curves")  # fmt: skip
    grid = arrays[0].shape[1:] if arrays[0].ndim == 3 else (arrays[0].shape[1], 1)
    wide = [v.reshape(len(v), -1) for v in arrays]
    return wide[0], wide[1] if b is not None else None, np.empty(grid)


def _divide(up: Array, down: Array) -> Array:
    """Quotient; 0 where both are 0 (no difference, no spread), ±inf where only the spread is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        out = up / down
    return np.where(np.isnan(out), 0.0, out)


def _one(d: Array) -> tuple[Array, Array, Array, Array]:
    """Mean, t, effect size, standard error of paired or single differences."""
    mean, sd = d.mean(axis=0), d.std(axis=0, ddof=1)
    error = sd / np.sqrt(len(d))
    return mean, _divide(mean, error), _divide(mean, sd), error


def _two(x: Array, y: Array) -> tuple[Array, Array, Array, Array]:
    """The same of two groups, pooled variance."""
    mean = x.mean(axis=0) - y.mean(axis=0)
    n, k = len(x), len(y)
    square = ((x - x.mean(axis=0)) ** 2).sum(axis=0) + ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    sd = np.sqrt(square / (n + k - 2))
    error = sd * np.sqrt(1 / n + 1 / k)
    return mean, _divide(mean, error), _divide(mean, sd), error


def _sign_flips(d: Array, most: int, seed: int, count: int) -> Iterator[Array]:
    """t of rearranged signs, in batches; the observed signs come first. The first unit's sign is
    kept, since turning all signs gives the same ``|t|``."""
    n = len(d)
    total = (d**2).sum(axis=0)
    if count <= most:
        codes = np.arange(count)
        signs = 1.0 - 2.0 * ((codes[:, None] >> np.arange(n - 1)) & 1)
        signs = np.column_stack([np.ones(count), signs])
    else:
        rng = np.random.default_rng(seed)
        signs = rng.choice([-1.0, 1.0], size=(most, n))
        signs[0] = 1.0
    for i in range(0, len(signs), _CHUNK):
        mean = signs[i : i + _CHUNK] @ d / n
        # Rounding can leave a tiny negative variance where all curves are alike.
        variance = np.maximum(total - n * mean**2, 0.0) / (n - 1)
        yield _divide(mean, np.sqrt(variance / n))


def _relabelled(x: Array, y: Array, most: int, seed: int, count: int) -> Iterator[Array]:
    """t of rearranged groups, in batches; the observed grouping comes first."""
    both = np.concatenate([x, y])
    n, k = len(x), len(y)
    centred = both - both.mean(axis=0)
    total = (centred**2).sum(axis=0)
    if count <= most:
        rows = combinations(range(n + k), n)
        member = np.array([r for r in rows if n != k or r[0] == 0])
    else:
        rng = np.random.default_rng(seed)
        member = rng.permuted(np.tile(np.arange(n + k), (most, 1)), axis=1)[:, :n]
        member[0] = np.arange(n)
    weight = np.zeros((len(member), n + k))
    np.put_along_axis(weight, member, 1.0, axis=1)
    for i in range(0, len(weight), _CHUNK):
        sum_x = weight[i : i + _CHUNK] @ centred
        mean_x, mean_y = sum_x / n, -sum_x / k
        within = np.maximum(total - n * mean_x**2 - k * mean_y**2, 0.0)
        error = np.sqrt(within / (n + k - 2) * (1 / n + 1 / k))
        yield _divide(mean_x - mean_y, error)


def _family_p(values: Array, highest: Array) -> Array:
    """Share of rearrangements whose maximum reaches each value (the observed one among them)."""
    ordered = np.sort(highest)
    # Sums in another order differ in their last digits: equal must count as reached.
    slack = 1e-9 * np.maximum(1.0, np.abs(np.where(np.isfinite(values), values, 1.0)))
    below = np.searchsorted(ordered, values - slack, side="left")
    return np.asarray(np.maximum(len(ordered) - below, 1) / len(ordered))


def _threshold(highest: Array, alpha: float) -> float:
    """What ``|t|`` must pass: the largest of the maxima whose family-wise p is above alpha."""
    failed = highest[_family_p(highest, highest) > alpha]
    return float(failed.max()) if len(failed) else 0.0


def _runs(size: Array, flat: Array, level: float) -> list[tuple[int, float, float, float]]:
    """Runs above a level: channel, first and last % and mass (sum of what is above, × % a point)."""
    points, channels = flat.shape
    grid = size.reshape(points, channels)
    step = 100.0 / (points - 1) if points > 1 else 100.0
    out = []
    for channel in range(channels):
        column = grid[:, channel]
        for first, stop in gaps(column > level):
            mass = float((column[first:stop] - level).sum() * step)
            out.append((channel, float(first * step), float((stop - 1) * step), mass))
    return out


def _spans(
    flat: Array, alpha: float, *, p: Array, t: Array, mean: Array, effect: Array
) -> tuple[SignificantSpan, ...]:
    points, channels = flat.shape
    p, t, mean, effect = (v.reshape(points, channels) for v in (p, t, mean, effect))
    step = 100.0 / (points - 1) if points > 1 else 100.0
    out = []
    for channel in range(channels):
        for sign in (1.0, -1.0):
            hit = (p[:, channel] <= alpha) & (sign * t[:, channel] > 0)
            for first, stop in gaps(hit):
                peak = int(first + np.abs(t[first:stop, channel]).argmax())
                out.append(SignificantSpan(
                    channel, float(first * step), float((stop - 1) * step),
                    float(p[first:stop, channel].min()), float(peak * step),
                    float(mean[first:stop, channel].mean()), float(effect[peak, channel]),
                ))  # fmt: skip
    return tuple(sorted(out, key=lambda s: (s.channel, s.start)))
