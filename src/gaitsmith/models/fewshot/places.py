"""Where else a stretch of a walk occurs: the same motion at another time, in the mirror, in other people.

A window around a gap is compared with every place of a source. Points of a body are first turned about
the vertical and moved, so that a place counts wherever the person walked to; then each point's own
constant offset counts little (skin, mirrored marker sets), because the edges of the gap settle it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Place", "Source", "of_body", "search"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
Complex = npt.NDArray[np.complexfloating[Any, Any]]
# Rows (of points, of other columns), points and columns by which places are compared, at most.
_ROWS, _POINTS, _COLUMNS = (20, 32), 12, 36
# First every so many rows are tried, then all beside so many of the best.
_STEP, _BEST = 2, 8
# Places of one source, at most; of what is seen around the gap a place must know this share, and this
# share on each side; weight of a constant offset (all ours).
_PLACES = 5
_KNOWN, _SIDE = 0.4, 0.15
_OFFSET = 0.1
# A place of the same walk may be earlier or later by this share of a stride than the stride time says:
# in a short recording others look alike by chance (ours).
_LATE = 0.12
# A point that within a stride does not come along by this share of the body's way, and by so much (m),
# is none of the body's; a column that moves less than this share of the usual one is still (ours).
_ALONG, _LEAST, _STILL = 0.5, 0.2, 0.01


@dataclass(frozen=True, eq=False)
class Place:
    """A stretch of a source, brought to where the window is.

    Attributes
    ----------
    cost
        Mean squared difference from the window over the window's own variance.
    block
        row × column, NaN where the source is not known.
    """

    cost: float
    block: Array


def of_body(data: Array, stride: int) -> Mask:
    """Columns (x, y, z of points) that go where the body goes: files also keep heights and the like as points.

    Over a stride all of a body moves by nearly the same.
    """
    points = data.reshape(len(data), -1, 3)
    later = min(stride, len(data) // 2)
    away = points[later:] - points[: len(points) - later]
    rows = np.asarray(np.isfinite(away).all(axis=2)).any(axis=1)
    if not rows.any():
        return np.ones(data.shape[1], bool)
    usual = np.nanmedian(away[rows], axis=1)
    apart = np.linalg.norm(away[rows] - usual[:, None], axis=2)
    seen = np.isfinite(apart)
    mean = np.where(seen, apart, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    return np.repeat(mean <= max(_LEAST, _ALONG * float(np.linalg.norm(usual, axis=1).mean())), 3)


@dataclass(frozen=True, eq=False)
class Source:
    """Where places are looked for.

    Attributes
    ----------
    data
        row × column.
    phase
        Strides that a place is later than the window, beside whole ones (0: the walk itself, 0.5: its
        mirror image); None: not known.
    """

    data: Array
    phase: float | None = None


def search(
    window: Array, sources: Sequence[Source], *, gap: slice, columns: Rows, scale: Array, first: int = 0,
    stride: int = 1, body: Mask | None = None,
) -> list[Place]:  # fmt: skip
    """The best places of each source, best first; only those that know `columns` throughout `gap`.

    Parameters
    ----------
    window
        row × column, NaN where missing.
    sources
        With the window's columns.
    gap
        Rows of the window that are sought.
    scale
        SD of each column.
    first, stride
        Row of a source's clock at which the window begins, and rows of a stride (for sources whose
        phase is known).
    body
        Of columns that are x, y, z of points, y up: those of the body (:func:`of_body`).
    """
    depth = 1 if body is None else 3
    moving = scale > _STILL * np.median(scale[scale > 0]) if (scale > 0).any() else scale > 0
    used, rows = _compared(window, np.where(moving if body is None else moving & body, scale, 0.0), depth)  # fmt: skip
    if not len(used) or not len(rows):
        return []
    unit = np.where(moving, scale, 1.0) if body is None else np.ones(window.shape[1])
    seen = _stacked(window[rows] / unit, used, depth)
    lively = _liveliness(seen)
    whole_rows = np.asarray(np.isfinite(window[:, columns]).all(axis=1))
    before, after = (bool(whole_rows[x].all()) for x in (slice(gap.start - 2, gap.start), slice(gap.stop, gap.stop + 2)))  # fmt: skip
    out: list[Place] = []
    edge = np.full((max(gap.start, len(window) - gap.stop), window.shape[1]), np.nan)
    for source in sources:
        # What lies beyond a source's ends is not known; a place may reach there.
        whole = np.concatenate([edge, source.data, edge])
        count = len(whole) - len(window) + 1
        if count < 1:
            continue
        known = np.isfinite(whole[:, columns]).all(axis=1)
        run = np.concatenate([[0], np.cumsum(known)])
        at = np.arange(count)
        if source.phase is not None:
            late = (at - len(edge) - first) / stride - source.phase
            at = at[np.abs(late - np.round(late)) <= _LATE]
        # Also beside the gap, where the edges are to be met.
        start, stop = gap.start - 2 * before, gap.stop + 2 * after
        at = at[run[at + stop] - run[at + start] == stop - start]
        if not len(at):
            continue
        there = _stacked(whole / unit, used, depth)
        coarse = at[::_STEP]
        rough = _match(
            seen, there[coarse[:, None] + rows[None]], rows, gap, body=body is not None
        ).cost
        near = coarse[np.argsort(rough)[:_BEST]][:, None] + np.arange(1 - _STEP, _STEP)
        at = np.intersect1d(at, near)
        match = _match(seen, there[at[:, None] + rows[None]], rows, gap, body=body is not None)
        taken: list[int] = []
        for i in np.argsort(match.cost):
            if not np.isfinite(match.cost[i]) or len(taken) >= _PLACES:
                break
            if all(abs(int(at[i]) - t) > (gap.stop - gap.start) // 2 for t in taken):
                taken.append(int(at[i]))
                block = whole[at[i] : at[i] + len(window)]
                if body is not None:
                    block = np.where(body, match.moved(block, int(i)), block)
                out.append(Place(float(match.cost[i]) / lively, block))
    return sorted(out, key=lambda p: p.cost)


def _compared(window: Array, scale: Array, depth: int) -> tuple[Rows, Rows]:
    """The liveliest points (columns) that are seen, and rows evenly over those with any."""
    seen = np.isfinite(window) & (scale > 0)
    points = np.asarray(seen.reshape(len(window), -1, depth).any(axis=2))
    size = scale.reshape(-1, depth).sum(axis=1)
    some = np.flatnonzero(points.any(axis=0))
    some = some[np.argsort(-size[some], kind="stable")]
    if depth == 1:
        some = some[:_COLUMNS]
    elif len(some) > _POINTS:
        # A body is turned by what lies far apart, so not the liveliest alone.
        some = some[np.linspace(0, len(some) - 1, _POINTS).round().astype(int)]
    rows = np.flatnonzero(points[:, some].any(axis=1))
    most = _ROWS[0 if depth == 3 else 1]
    if len(rows) > most:
        rows = rows[np.linspace(0, len(rows) - 1, most).round().astype(int)]
    return some, rows


def _stacked(data: Array, used: Rows, depth: int) -> Array:
    """row × point × axis."""
    return np.asarray(data.reshape(len(data), -1, depth)[:, used])


def _liveliness(seen: Array) -> float:
    """Mean squared deviation of the points about their mean place in the body."""
    away = seen - np.nanmean(seen, axis=1, keepdims=True) if seen.shape[2] == 3 else seen
    away = away - np.nanmean(away, axis=0, keepdims=True)
    return max(float(np.nanmean(np.nansum(np.square(away), axis=2))), 1e-12)


@dataclass(frozen=True, eq=False)
class _Match:
    """Costs of places (inf: too little is known there), and how each is turned and moved."""

    cost: Array
    turn: Complex
    shift: Complex
    rise: Array

    def moved(self, block: Array, i: int) -> Array:
        """A place's points, turned about the vertical and moved to the window's."""
        points = block.reshape(len(block), -1, 3)
        flat = self.turn[i] * (points[..., 0] + 1j * points[..., 2]) + self.shift[i]
        return np.stack([flat.real, points[..., 1] + self.rise[i], flat.imag], axis=2).reshape(block.shape)  # fmt: skip


def _match(seen: Array, there: Array, rows: Rows, gap: slice, *, body: bool) -> _Match:
    """Compare row × point × axis with place × row × point × axis."""
    full = np.asarray(np.isfinite(seen).all(axis=2))
    weight = (full[None] & np.isfinite(there).all(axis=3)).astype(np.float64)
    count = np.maximum(weight.sum(axis=(1, 2)), 1.0)[:, None, None]

    def mean(a: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.asarray((weight * a).sum(axis=(1, 2), keepdims=True) / count)

    here, other = np.nan_to_num(seen)[None], np.nan_to_num(there)
    parts: list[npt.NDArray[Any]]
    if body:
        # Least-squares turn about the vertical: x + i z, moved to their means.
        flat, away = here[..., 0] + 1j * here[..., 2], other[..., 0] + 1j * other[..., 2]
        middle, from_ = mean(flat), mean(away)
        product = np.sum(
            weight * np.conj(away - from_) * (flat - middle), axis=(1, 2), keepdims=True
        )
        turn = np.where(np.abs(product) > 0, product / np.maximum(np.abs(product), 1e-300), 1.0)
        rise = mean(here[..., 1] + 0j) - mean(other[..., 1] + 0j)
        parts = [
            flat - middle - turn * (away - from_),
            here[..., 1] - other[..., 1] - rise.real + 0j,
        ]
        # A walk a little faster than the other moves the whole body along a line.
        clock = weight * (rows - rows.mean())[None, :, None]
        clock = weight * (clock - mean(clock + 0j).real)
        total = np.maximum(np.square(clock).sum(axis=(1, 2), keepdims=True), 1e-12)
        parts = [p - clock * (np.sum(clock * p, axis=(1, 2), keepdims=True) / total) for p in parts]
        shift = (middle - turn * from_)[:, 0, 0]
    else:
        parts = [here[..., 0] - other[..., 0]]
        turn, rise, shift = (
            np.ones((len(there), 1, 1)) + 0j,
            np.zeros((len(there), 1, 1)) + 0j,
            np.zeros(len(there)) + 0j,
        )
    each = np.maximum(weight.sum(axis=1, keepdims=True), 1.0)
    cost = np.zeros(len(there))
    for part in parts:
        offset = (weight * part).sum(axis=1, keepdims=True) / each
        total = (weight * _square(part)).sum(axis=1, keepdims=True)
        # Parallel axes: about the offset, and the offset itself at its weight.
        cost += (total - (1.0 - _OFFSET) * each * _square(offset)).sum(axis=(1, 2))
    cost /= count[:, 0, 0]
    for side, least in (
        (slice(None), _KNOWN),
        (rows < gap.start, _SIDE),
        (rows >= gap.stop, _SIDE),
    ):
        known = weight[:, side].sum(axis=(1, 2))
        cost[known < least * full[side].sum()] = np.inf
    return _Match(cost, turn[:, 0, 0], shift, rise.real[:, 0, 0])


def _square(a: npt.NDArray[Any]) -> Array:
    return np.asarray(a.real**2 + a.imag**2 if np.iscomplexobj(a) else a**2)
