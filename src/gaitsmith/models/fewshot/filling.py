"""Gaps in arrays, filled from the rest of the same recording; pure functions.

Two predictors know different things. *Strides*: the stretch around the gap is looked for elsewhere
in the recording (and, with left and right exchanged, in its mirror image); the best places are
averaged. *Channels*: what is observed in the gap predicts what is missing by ridge regression over
the whole recording, where it was complete. What either misses at the edges is eased into the gap.
Which is taken, in what mixture, and how wide the band is, is told by making the same gap elsewhere
in the recording, where the truth is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Filled", "Gap", "fill", "gaps", "spline"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
# Places elsewhere where the same gap is made, at most.
_TRIALS = 10
# Pull of a method's error towards the spline's, in places that do not overlap; and own strides are not
# judged by trial where fewer strides than this are left (all ours).
_DOUBT, _ENOUGH = 2.0, 1.5
# Places averaged, at most.
_PLACES = 5
# Context on each side of a gap that is looked for, as a share of a stride.
_CONTEXT = 0.2
_RIDGE = 1e-3
# Columns by which places are compared, at most.
_COLUMNS = 36


@dataclass(frozen=True)
class Gap:
    """Rows ``start`` to ``stop`` (not included) in which the same columns are missing."""

    start: int
    stop: int
    columns: tuple[int, ...]


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


def gaps(missing: Mask) -> list[Gap]:
    """Gaps of a mask (row × column), columns with the same rows together, by start."""
    found: dict[tuple[int, int], list[int]] = {}
    for c, column in enumerate(missing.T):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], column.astype(np.int8), [0]])))
        for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            found.setdefault((a, b), []).append(c)
    return [Gap(a, b, tuple(c)) for (a, b), c in sorted(found.items())]


def spline(data: Array, gap: Gap, reach: int = 6) -> Array:
    """row × column: a cubic through the observed samples on both sides (held where one is missing)."""
    from scipy.interpolate import CubicSpline

    rows = np.arange(gap.start, gap.stop)
    out = np.full((len(rows), len(gap.columns)), np.nan)
    for i, c in enumerate(gap.columns):
        before = [r for r in range(max(0, gap.start - reach), gap.start) if np.isfinite(data[r, c])]
        after = [r for r in range(gap.stop, min(len(data), gap.stop + reach)) if np.isfinite(data[r, c])]  # fmt: skip
        known = before + after
        if len(known) >= 2:
            f = CubicSpline(known, data[known, c], bc_type="natural", extrapolate=True)
            out[:, i] = f(rows) if before and after else data[before[-1] if before else after[0], c]
        elif known:
            out[:, i] = data[known[0], c]
    return out


def _eased(guess: Array, data: Array, gap: Gap, columns: Rows, edges: tuple[Array, Array]) -> Array:  # fmt: skip
    """The guess moved so that it meets the observed samples at the edges (`edges`: what it says there)."""
    guess_before, guess_after = edges
    n = gap.stop - gap.start
    left = data[gap.start - 1, columns] - guess_before if gap.start > 0 else np.full(len(columns), np.nan)  # fmt: skip
    right = data[gap.stop, columns] - guess_after if gap.stop < len(data) else np.full(len(columns), np.nan)  # fmt: skip
    left, right = np.where(np.isnan(left), np.nan_to_num(right), left), np.where(np.isnan(right), np.nan_to_num(left), right)  # fmt: skip
    w = ((np.arange(n) + 1) / (n + 1))[:, None]
    return np.asarray(guess + (1 - w) * left + w * right)


def by_strides(data: Array, others: Sequence[Array], gap: Gap, scale: Array, context: int) -> Array | None:  # fmt: skip
    """row × column from the best places elsewhere; None where there is none.

    Parameters
    ----------
    data
        row × column, NaN where missing (the gap included).
    others
        Further walks with the same columns (its mirror image, strides of the population).
    scale
        SD of each column.
    """
    first, last = max(0, gap.start - context), min(len(data), gap.stop + context)
    window = data[first:last]
    inside = slice(gap.start - first, gap.stop - first)
    cols = np.array(gap.columns)
    seen = np.isfinite(window)
    seen[:, scale <= 0] = False
    if not seen.any():
        return None
    safe = np.where(scale > 0, scale, 1.0)
    z = np.where(seen, window / safe, 0.0)
    found: list[tuple[float, Array]] = []
    length = last - first
    # The liveliest columns say where in the stride it is; more of them only cost time.
    lively = np.flatnonzero(seen.any(axis=0))
    lively = lively[np.argsort(-scale[lively])][:_COLUMNS]
    for source in (data, *others):
        own = source is data
        cost = _costs(source, z[:, lively], seen[:, lively], safe[lively], lively)
        if cost is None:
            continue
        known = np.isfinite(source[:, cols]).all(axis=1)
        run = np.concatenate([[0], np.cumsum(known)])
        at_all = np.arange(len(cost))
        cost[run[at_all + length] - run[at_all] < length] = np.inf
        if own:
            cost[np.abs(at_all - first) < length] = np.inf
        taken: list[int] = []
        for at in np.argsort(cost):
            if not np.isfinite(cost[at]) or len(taken) >= _PLACES:
                break
            if all(abs(at - t) > length // 3 for t in taken):
                taken.append(int(at))
                block = source[at : at + length]
                before = block[inside.start - 1, cols] if inside.start > 0 else np.full(len(cols), np.nan)  # fmt: skip
                after = block[inside.stop, cols] if inside.stop < length else np.full(len(cols), np.nan)  # fmt: skip
                found.append((float(cost[at]), _eased(block[inside][:, cols], data, gap, cols, (before, after))))  # fmt: skip
    if not found:
        return None
    found.sort(key=lambda f: f[0])
    best = found[:_PLACES]
    weight = np.array([1.0 / (c + 0.2 * best[0][0] + 1e-6) ** 2 for c, _ in best])
    return np.asarray(np.tensordot(weight / weight.sum(), np.stack([f for _, f in best]), 1))


def _costs(source: Array, z: Array, seen: Mask, safe: Array, columns: npt.NDArray[np.intp]) -> Array | None:  # fmt: skip
    """Mean squared difference of the window from every place; inf where too little is known there.

    A constant offset of a column is hardly held against a place: the edges of the gap settle it.
    """
    length = len(z)
    if len(source) < length:
        return None
    blocks = np.lib.stride_tricks.sliding_window_view(source[:, columns] / safe, length, axis=0)
    weight = seen.T[None] & np.isfinite(blocks)
    away = np.where(weight, z.T[None] - np.nan_to_num(blocks), 0.0)
    count = weight.sum(axis=2)
    level = away.sum(axis=2) / np.maximum(count, 1)
    total = np.square(away).sum(axis=2) - count * np.square(level)
    cost = total.sum(axis=1) / np.maximum(count.sum(axis=1), 1) + 0.1 * np.square(level).mean(axis=1)  # fmt: skip
    cost[count.sum(axis=1) < 0.4 * seen.sum()] = np.inf
    return np.asarray(cost)


def by_body(data: Array, gap: Gap) -> Array | None:
    """row × column of points that move with their neighbours; columns are x, y, z of each point.

    The four points whose distances to the missing one vary least carry it along (their rigid motion
    by Kabsch's method); None where fewer than three are seen.
    """
    if any(c % 3 for c in gap.columns[::3]) or len(gap.columns) % 3:
        return None
    points = data.reshape(len(data), -1, 3)
    rows = np.arange(max(0, gap.start - 1), min(len(data), gap.stop + 1))
    visible = np.isfinite(points[rows]).all(axis=(0, 2))
    inner = np.isfinite(points[gap.start : gap.stop]).all(axis=(0, 2))
    out = np.full((gap.stop - gap.start, len(gap.columns)), np.nan)
    for i, c in enumerate(gap.columns[::3]):
        target = points[:, c // 3]
        known = np.flatnonzero(np.isfinite(target).all(axis=1))
        near = np.flatnonzero(inner & visible)
        near = near[near != c // 3]
        if len(known) < 10 or len(near) < 3:
            return None
        apart = np.linalg.norm(points[known][:, near] - target[known][:, None], axis=2)
        whole = np.isfinite(apart).all(axis=0)
        if whole.sum() < 3:
            return None
        near, apart = near[whole], apart[:, whole]
        # The steadiest, and near rather than far.
        near = near[np.argsort(apart.std(axis=0) + 0.02 * apart.mean(axis=0))[:4]]
        guess = _carried(points[:, near], target, known, rows)
        cols = np.arange(3) + c
        inside = slice(gap.start - rows[0], gap.start - rows[0] + gap.stop - gap.start)
        before = guess[0] if gap.start > 0 else np.full(3, np.nan)
        after = guess[-1] if gap.stop < len(data) else np.full(3, np.nan)
        out[:, 3 * i : 3 * i + 3] = _eased(guess[inside], data, gap, cols, (before, after))
    return out


def _carried(frame: Array, target: Array, known: npt.NDArray[np.intp], rows: npt.NDArray[np.intp]) -> Array:  # fmt: skip
    """row × 3: the target's mean place in the frame's own axes, carried to the rows."""
    reference = frame[known].mean(axis=0)
    reference = frame[known[np.argmin(np.square(frame[known] - reference).sum(axis=(1, 2)))]]
    middle = reference.mean(axis=0)

    def turned(at: npt.NDArray[np.intp]) -> tuple[Array, Array]:
        centre = frame[at].mean(axis=1)
        H = np.einsum("pi,tpj->tij", reference - middle, frame[at] - centre[:, None])
        U, _, V = np.linalg.svd(H)
        flip = np.sign(np.linalg.det(U @ V))
        D = np.tile(np.eye(3), (len(at), 1, 1))
        D[:, 2, 2] = flip
        # Reference -> rows.
        R = np.swapaxes(V, 1, 2) @ D @ np.swapaxes(U, 1, 2)
        return R, centre

    R, centre = turned(known)
    local = np.einsum("tji,tj->ti", R, target[known] - centre)
    # Skin moves over the stride: places near the gap say more than far ones.
    far = np.minimum(np.abs(known[:, None] - rows[None]).min(axis=1), 50)
    weight = np.exp(-far / 15.0)
    mean = (weight[:, None] * local).sum(axis=0) / weight.sum()
    R, centre = turned(rows)
    return np.asarray(np.einsum("tij,j->ti", R, mean) + centre)


def by_channels(data: Array, gap: Gap, scale: Array) -> Array | None:
    """row × column from what is observed in the gap; None where too little is, or was, known."""
    cols = np.array(gap.columns)
    block = data[gap.start : gap.stop]
    others = np.flatnonzero(np.isfinite(block).all(axis=0) & (scale > 0))
    others = np.setdiff1d(others, cols)
    whole = np.isfinite(data[:, cols]).all(axis=1) & np.isfinite(data[:, others]).all(axis=1)
    if len(others) < 2 or whole.sum() < 30:
        return None
    X, Y = data[whole][:, others], data[whole][:, cols]
    mx, my, sx = X.mean(axis=0), Y.mean(axis=0), scale[others]
    Z = (X - mx) / sx
    G = Z.T @ Z + _RIDGE * len(Z) * np.eye(len(others))
    B = np.linalg.solve(G, Z.T @ (Y - my))

    def said(rows: slice) -> Array:
        return np.asarray((data[rows][:, others] - mx) / sx @ B + my)

    before = said(slice(gap.start - 1, gap.start))[0] if gap.start > 0 else np.full(len(cols), np.nan)  # fmt: skip
    after = said(slice(gap.stop, gap.stop + 1))[0] if gap.stop < len(data) else np.full(len(cols), np.nan)  # fmt: skip
    return _eased(said(slice(gap.start, gap.stop)), data, gap, cols, (before, after))


def _guesses(
    data: Array,
    others: Sequence[Array],
    gap: Gap,
    scale: Array,
    context: int,
    *,
    trend: Array | None,
) -> dict[str, Array]:
    out = {"spline": spline(data, gap)}
    cols = list(gap.columns)
    tries = [("own strides", by_strides(data, others, gap, scale, context)),
             ("other channels", by_channels(data, gap, scale))]  # fmt: skip
    if trend is not None:
        body = by_body(data + trend, gap)
        tries.append(("neighbouring points", None if body is None else body - trend[gap.start : gap.stop][:, cols]))  # fmt: skip
    out |= {name: found for name, found in tries if found is not None and np.isfinite(found).all()}
    return out


def fill(
    data: Array, gap: Gap, *, stride: int, swap: npt.NDArray[np.intp] | None = None,
    signs: Array | None = None, trend: Array | None = None, donors: Sequence[Array] = (),
) -> Filled:  # fmt: skip
    """One gap of an array.

    Parameters
    ----------
    data
        row × column, NaN where missing.
    stride
        Rows of a stride.
    swap, signs
        Column that each column becomes when left and right are exchanged, and its sign.
    trend
        What was taken off points' coordinates (row × column); None where these are no points.
    donors
        Walks of other people with the same columns, for what the own recording does not hold.
    """
    scale = np.nan_to_num(np.nanstd(data, axis=0))
    context = max(3, round(_CONTEXT * stride))

    def walks(array: Array) -> list[Array]:
        own = [] if swap is None or signs is None else [array[:, swap] * signs]
        return own + list(donors)

    length = gap.stop - gap.start
    cols = np.array(gap.columns)
    guesses = _guesses(data, walks(data), gap, scale, context, trend=trend)
    errors: dict[str, list[Array]] = {}
    places = _trials(data, gap, length, cols)
    for at in places:
        again = Gap(at, at + length, gap.columns)
        truth = data[at : at + length][:, cols]
        hidden = data.copy()
        # What is missing in the gap besides its own columns is missing there too.
        lost = ~np.isfinite(data[gap.start : gap.stop])
        lost[:, cols] = True
        hidden[at : at + length][lost] = np.nan
        found = _guesses(hidden, walks(hidden), again, scale, context, trend=trend)
        for name in guesses:
            guess = found.get(name)
            errors.setdefault(name, []).append(np.full(truth.shape, np.nan) if guess is None else guess - truth)  # fmt: skip
    stacked = {n: np.stack(e) for n, e in errors.items()}
    # A method counts where it could be tried in most places.
    usable = {n: e for n, e in stacked.items() if np.isfinite(e).all(axis=(1, 2)).mean() > 0.5}
    if not usable:
        name = next((n for n in ("neighbouring points", "own strides", "other channels") if n in guesses), "spline")  # fmt: skip
        return Filled(guesses[name], np.full((length, len(cols)), np.nan), name, 0)
    safe = np.where(scale[cols] > 0, scale[cols], 1.0)
    mse = {n: float(np.nanmean(np.square(e / safe))) for n, e in usable.items()}
    mse = _doubted(mse, _apart(places, length), enough=_left(data, cols) >= _ENOUGH * stride)
    names = sorted(mse, key=lambda n: mse[n])
    names = [n for n in names if mse[n] <= 4.0 * mse[names[0]]][:2]
    weight = np.array([1.0 / (mse[n] + 1e-12) for n in names])
    weight = weight / weight.sum()
    mean = np.tensordot(weight, np.stack([guesses[n] for n in names]), 1)
    error = np.tensordot(weight, np.stack([usable[n] for n in names]), 1)
    error = error[np.isfinite(error).all(axis=(1, 2))]
    if not len(error):
        names = names[:1]
        mean, error = guesses[names[0]], usable[names[0]]
        error = error[np.isfinite(error).all(axis=(1, 2))]
    shape = np.sqrt(np.square(error).mean(axis=0))
    level = np.sqrt(np.square(error).mean(axis=(0, 1)))
    sd = np.sqrt(0.5 * shape**2 + 0.5 * level**2) + 1e-9
    # Few trials: the band of so many is widened as Student's t is.
    n = len(error)
    factor = float(np.quantile(np.abs(error) / sd, 0.9)) / 1.645
    more = 1.0 + 1.5 / n
    return Filled(mean, sd * max(factor, 0.5) * more, " and ".join(names), n)


def _doubted(mse: dict[str, float], apart: int, *, enough: bool) -> dict[str, float]:
    """What each method is expected to err by: few trials say little against the spline.

    Own strides of a recording that hardly holds a whole stride beside the gap were tried on the very
    strides that they came from: there they count as no better than the spline.
    """
    if "spline" not in mse:
        return mse
    share = apart / (apart + _DOUBT)
    out = {n: float(e**share * mse["spline"] ** (1.0 - share)) for n, e in mse.items()}
    if not enough and "own strides" in out:
        out["own strides"] = max(2.0 * out["spline"], out["own strides"])
    return out


def _apart(places: Sequence[int], length: int) -> int:
    """How many of the places do not overlap."""
    count, end = 0, -1
    for at in sorted(places):
        if at >= end:
            count, end = count + 1, at + length
    return count


def _left(data: Array, cols: npt.NDArray[np.intp]) -> int:
    """Rows in which the columns are known."""
    return int(np.isfinite(data[:, cols]).all(axis=1).sum())


def _trials(data: Array, gap: Gap, length: int, cols: npt.NDArray[np.intp]) -> list[int]:
    """Rows where the same gap can be made: its columns are known there and at its edges."""
    known = np.isfinite(data[:, cols]).all(axis=1)
    run = np.concatenate([[0], np.cumsum(known)])
    starts = [
        at for at in range(1, len(data) - length)
        if run[at + length + 1] - run[at - 1] == length + 2
        and (at >= gap.stop or at + length <= gap.start)
    ]  # fmt: skip
    if len(starts) <= _TRIALS:
        return starts
    return [starts[i] for i in np.linspace(0, len(starts) - 1, _TRIALS).round().astype(int)]
