"""Ways to guess what stood in a gap; pure functions on arrays.

*Spline*: a cubic through the samples at both edges. *Strides*: the same stretch elsewhere in the
recording, in its mirror image, or in other people. *Channels*: what is observed in the gap predicts
what is missing, by ridge regression over the rest of the recording. *Body*: points move with their
neighbours. What a guess misses at the edges is carried into the gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.models.fewshot.easing import carried_in, patterns
from gaitsmith.models.fewshot.places import Source, search

__all__ = ["Gap", "by_body", "by_channels", "by_strides", "gaps", "spline"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
# Context on each side of a gap, and over what edges' misses change, as shares of a stride (ours).
_CONTEXT, _CHANGES = 0.2, 0.3
# Places averaged, at most, and their cost over the best one's: of points and of other columns (ours).
_PLACES, _AS_GOOD = (3, 5), (2.5, 4.0)
_RIDGE = 1e-3


@dataclass(frozen=True)
class Gap:
    """Rows ``start`` to ``stop`` (not included) in which the same columns are missing."""

    start: int
    stop: int
    columns: tuple[int, ...]


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
    around = np.concatenate([np.arange(max(0, gap.start - reach), gap.start),
                             np.arange(gap.stop, min(len(data), gap.stop + reach))])  # fmt: skip
    values = data[np.ix_(around, np.array(gap.columns))]
    out = np.full((len(rows), len(gap.columns)), np.nan)
    for pattern, columns in patterns(np.isfinite(values)):
        known = around[pattern]
        before, after = known[known < gap.start], known[known >= gap.stop]
        if len(before) and len(after):
            f = CubicSpline(
                known, values[np.ix_(pattern, columns)], bc_type="natural", extrapolate=True
            )
            out[:, columns] = f(rows)
        elif len(known):
            out[:, columns] = data[
                before[-1] if len(before) else after[0], np.array(gap.columns)[columns]
            ]
    return out


def _around(data: Array, gap: Gap, stride: int) -> tuple[Array, slice]:
    """The rows around a gap (NaN beyond the ends), and the gap's rows among them."""
    context = max(3, round(_CONTEXT * stride))
    rows = np.arange(gap.start - context, gap.stop + context)
    inside = (rows >= 0) & (rows < len(data))
    window = np.full((len(rows), data.shape[1]), np.nan)
    window[inside] = data[rows[inside]]
    return window, slice(context, context + gap.stop - gap.start)


def _met(window: Array, guess: Array, inside: slice, columns: Rows, stride: int) -> Array:
    """row × column of the gap: the guess (row × column of the window) moved to meet the edges."""
    away = window[:, columns] - guess
    away[inside] = np.nan
    rows = np.arange(inside.start, inside.stop)
    return np.asarray(guess[inside] + carried_in(away, rows, _CHANGES * stride)[0])


def by_strides(
    data: Array, others: Sequence[Source], gap: Gap, scale: Array, stride: int, *,
    body: Mask | None = None,
) -> tuple[Array, float] | None:  # fmt: skip
    """row × column from the best places elsewhere, and the best one's cost; None where there is none.

    Parameters
    ----------
    data
        row × column, NaN where missing (the gap included).
    others
        Further walks with the same columns (its mirror image, strides of the population).
    scale
        SD of each column.
    stride
        Rows of a stride.
    body
        Of columns that are x, y, z of points: those of the body.
    """
    window, inside = _around(data, gap, stride)
    columns = np.array(gap.columns)
    places = search(window, [Source(data, 0.0), *others], gap=inside, columns=columns, scale=scale,
                    first=gap.start - inside.start, stride=stride, body=body)  # fmt: skip
    kind = 0 if body is not None else 1
    places = [p for p in places[: _PLACES[kind]] if p.cost <= _AS_GOOD[kind] * places[0].cost]
    if not places:
        return None
    weight = np.array([1.0 / (p.cost + 0.2 * places[0].cost + 1e-9) ** 2 for p in places])
    blocks = np.stack([p.block[:, columns] for p in places])
    # Beside the gap not every place is known.
    share = weight[:, None, None] * np.isfinite(blocks)
    total = share.sum(axis=0)
    guess = np.where(total > 0, (share * np.nan_to_num(blocks)).sum(axis=0) / np.maximum(total, 1e-300), np.nan)  # fmt: skip
    return _met(window, guess, inside, columns, stride), places[0].cost


def by_body(data: Array, gap: Gap, stride: int) -> Array | None:
    """row × column of points that move with their neighbours; columns are x, y, z of each point.

    The four points whose distances to the missing one vary least carry it along (their rigid motion
    by Kabsch's method); None where fewer than three are seen.
    """
    if any(c % 3 for c in gap.columns[::3]) or len(gap.columns) % 3:
        return None
    points = data.reshape(len(data), -1, 3)
    rows = np.arange(max(0, gap.start - 1), min(len(data), gap.stop + 1))
    visible = np.isfinite(points[rows]).all(axis=(0, 2))
    window, inside = _around(data, gap, stride)
    first = gap.start - inside.start
    out = np.full((gap.stop - gap.start, len(gap.columns)), np.nan)
    for i, c in enumerate(gap.columns[::3]):
        target = points[:, c // 3]
        known = np.flatnonzero(np.isfinite(target).all(axis=1))
        near = np.flatnonzero(visible)
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
        at = np.arange(max(0, first), min(len(data), first + len(window)))
        at = at[np.isfinite(points[at][:, near]).all(axis=(1, 2))]
        guess = np.full((len(window), 3), np.nan)
        guess[at - first] = _carried(points[:, near], target, known, at)
        out[:, 3 * i : 3 * i + 3] = _met(window, guess, inside, np.arange(3) + c, stride)
    return out


def _carried(frame: Array, target: Array, known: Rows, rows: Rows) -> Array:
    """row × 3: the target's mean place in the frame's own axes, carried to the rows."""
    reference = frame[known].mean(axis=0)
    reference = frame[known[np.argmin(np.square(frame[known] - reference).sum(axis=(1, 2)))]]
    middle = reference.mean(axis=0)

    def turned(at: Rows) -> tuple[Array, Array]:
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


def by_channels(data: Array, gap: Gap, scale: Array, stride: int) -> Array | None:
    """row × column from what is observed in the gap; None where too little is, or was, known."""
    columns = np.array(gap.columns)
    others = np.flatnonzero(np.isfinite(data[gap.start : gap.stop]).all(axis=0) & (scale > 0))
    others = np.setdiff1d(others, columns)
    whole = np.isfinite(data[:, columns]).all(axis=1) & np.isfinite(data[:, others]).all(axis=1)
    if len(others) < 2 or whole.sum() < 30:
        return None
    X, Y = data[whole][:, others], data[whole][:, columns]
    mx, my, sx = X.mean(axis=0), Y.mean(axis=0), scale[others]
    Z = (X - mx) / sx
    G = Z.T @ Z + _RIDGE * len(Z) * np.eye(len(others))
    B = np.linalg.solve(G, Z.T @ (Y - my))
    window, inside = _around(data, gap, stride)
    guess = (window[:, others] - mx) / sx @ B + my
    return _met(window, guess, inside, columns, stride)
