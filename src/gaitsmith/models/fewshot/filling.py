"""Gaps in arrays, filled from the rest of the same recording; pure functions.

Two predictors know different things. *Strides*: the stretch around the gap is looked for elsewhere
in the recording (and, with left and right exchanged, in its mirror image); the best places are
averaged. *Channels*: what is observed in the gap predicts what is missing by ridge regression over
the whole recording, where it was complete. What either misses at the edges is eased into the gap.
Which is taken, in what mixture, and how wide the band is, is told by making the same gap elsewhere
in the recording, where the truth is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Filled", "Gap", "fill", "gaps", "spline"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
# Places elsewhere where the same gap is made, at most.
_TRIALS = 10
# Places averaged, at most.
_PLACES = 5
# Context on each side of a gap that is looked for, as a share of a stride.
_CONTEXT = 0.2
_RIDGE = 1e-3


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


def _eased(guess: Array, data: Array, gap: Gap, columns: Array, guess_before: Array, guess_after: Array) -> Array:  # fmt: skip
    """The guess moved so that it meets the observed samples at the edges; the rest in a line."""
    n = gap.stop - gap.start
    left = data[gap.start - 1, columns] - guess_before if gap.start > 0 else np.full(len(columns), np.nan)  # fmt: skip
    right = data[gap.stop, columns] - guess_after if gap.stop < len(data) else np.full(len(columns), np.nan)  # fmt: skip
    left, right = np.where(np.isnan(left), np.nan_to_num(right), left), np.where(np.isnan(right), np.nan_to_num(left), right)  # fmt: skip
    w = ((np.arange(n) + 1) / (n + 1))[:, None]
    return np.asarray(guess + (1 - w) * left + w * right)


def by_strides(data: Array, mirror: Array | None, gap: Gap, scale: Array, context: int) -> Array | None:  # fmt: skip
    """row × column from the best places elsewhere; None where there is none.

    Parameters
    ----------
    data
        row × column, NaN where missing (the gap included).
    mirror
        The same with left and right exchanged; None where that means nothing.
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
    for source, own in ((data, True), (mirror, False)):
        if source is None:
            continue
        scores = []
        for at in range(len(source) - length + 1):
            if own and at < gap.stop + context and at + length > gap.start - context and abs(at - first) < length:
                continue
            block = source[at : at + length]
            edges = block[:, cols]
            if not np.isfinite(edges).all():
                continue
            both = seen & np.isfinite(block)
            if both.sum() < 0.7 * seen.sum():
                continue
            away = np.where(both, z - np.nan_to_num(block) / safe, 0.0)
            # A constant offset of a column is not held against a place: the edges settle it.
            count = np.maximum(both.sum(axis=0), 1)
            level = away.sum(axis=0) / count
            cost = float(np.square(np.where(both, away - level, 0.0)).sum() / both.sum() + 0.1 * np.square(level).mean())
            scores.append((cost, at))
        scores.sort()
        taken: list[int] = []
        for cost, at in scores:
            if all(abs(at - t) > length // 3 for t in taken):
                taken.append(at)
                block = source[at : at + length]
                before = block[inside.start - 1, cols] if inside.start > 0 else np.full(len(cols), np.nan)
                after = block[inside.stop, cols] if inside.stop < length else np.full(len(cols), np.nan)
                found.append((cost, _eased(block[inside][:, cols], data, gap, cols, before, after)))
            if len(taken) >= _PLACES:
                break
    if not found:
        return None
    found.sort(key=lambda f: f[0])
    best = found[:_PLACES]
    weight = np.array([1.0 / (c + 0.2 * best[0][0] + 1e-6) ** 2 for c, _ in best])
    return np.asarray(np.tensordot(weight / weight.sum(), np.stack([f for _, f in best]), 1))


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
    return _eased(said(slice(gap.start, gap.stop)), data, gap, cols, before, after)


def _guesses(data: Array, mirror: Array | None, gap: Gap, scale: Array, context: int) -> dict[str, Array]:  # fmt: skip
    out = {"spline": spline(data, gap)}
    for name, found in (("own strides", by_strides(data, mirror, gap, scale, context)),
                        ("other channels", by_channels(data, gap, scale))):  # fmt: skip
        if found is not None and np.isfinite(found).all():
            out[name] = found
    return out


def fill(data: Array, gap: Gap, *, stride: int, swap: npt.NDArray[np.intp] | None = None, signs: Array | None = None) -> Filled:  # fmt: skip
    """One gap of an array.

    Parameters
    ----------
    data
        row × column, NaN where missing.
    stride
        Rows of a stride.
    swap, signs
        Column that each column becomes when left and right are exchanged, and its sign.
    """
    scale = np.nan_to_num(np.nanstd(data, axis=0))
    context = max(3, round(_CONTEXT * stride))
    mirror = None if swap is None or signs is None else data[:, swap] * signs
    length = gap.stop - gap.start
    cols = np.array(gap.columns)
    guesses = _guesses(data, mirror, gap, scale, context)
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
        mirrored = None if swap is None or signs is None else hidden[:, swap] * signs
        for name, guess in _guesses(hidden, mirrored, again, scale, context).items():
            errors.setdefault(name, []).append(guess - truth)
    usable = {n: np.stack(e) for n, e in errors.items() if n in guesses and len(e) == len(places)}
    if not usable:
        name = next((n for n in ("own strides", "other channels") if n in guesses), "spline")
        return Filled(guesses[name], np.full((length, len(cols)), np.nan), name, 0)
    safe = np.where(scale[cols] > 0, scale[cols], 1.0)
    mse = {n: float(np.mean(np.square(e / safe))) for n, e in usable.items()}
    names = sorted(mse, key=lambda n: mse[n])
    names = [n for n in names if mse[n] <= 4.0 * mse[names[0]]][:2]
    weight = np.array([1.0 / (mse[n] + 1e-12) for n in names])
    weight = weight / weight.sum()
    mean = np.tensordot(weight, np.stack([guesses[n] for n in names]), 1)
    error = np.tensordot(weight, np.stack([usable[n] for n in names]), 1)
    shape = np.sqrt(np.square(error).mean(axis=0))
    level = np.sqrt(np.square(error).mean(axis=(0, 1)))
    sd = np.sqrt(0.5 * shape**2 + 0.5 * level**2) + 1e-9
    # Few trials: the band of so many is widened as Student's t is.
    n = len(places)
    factor = float(np.quantile(np.abs(error) / sd, 0.9)) / 1.645
    more = 1.0 + 1.5 / n
    return Filled(mean, sd * max(factor, 0.5) * more, " and ".join(names), n)


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
