"""Inverse kinematics: the coordinates that bring a body's markers closest to measured points.

Damped least squares (Levenberg-Marquardt) on analytic Jacobians, every instant on its own but all
instants at once, each with its own damping; coordinates that a model clamps stay in their range.
A sparse first pass gives the later ones their start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gaitsmith.body.jacobian import Lever, levers, point_jacobian
from gaitsmith.body.kinematics import Pose, place
from gaitsmith.body.markers import default_weights, matched_markers
from gaitsmith.body.tree import GROUND, Body, Spot, unknown
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.recording import Stream

__all__ = ["Solution", "fit"]

Array = npt.NDArray[np.float64]

_PLACE = "inverse kinematics"
#: Instants solved together: keeps the Jacobians of 60 markers and 40 coordinates below 60 MB.
_CHUNK = 256
_STEPS = 60
#: A fit is done when no coordinate moves by more than this (rad, m), or a step that was taken whole
#: made the squared distances less by no more than this share.
_STILL, _LITTLE = 1e-6, 1e-8
#: Error of a marker (m), and the standard errors above which a coordinate counts as not told.
_MARKER, _TOLD_RAD, _TOLD_M = 0.005, np.radians(12.0), 0.05
#: Instants between two of the first, sparse pass.
_STRIDE = 12


@dataclass(frozen=True, eq=False)
class Solution:
    """The fitted motion.

    Attributes
    ----------
    values
        time × coordinate (rad, m; the body's own signs); NaN where no marker shows a coordinate.
    labels
        Names of the fitted points.
    fitted
        Where the body has them: time × label × 3 (m).
    distance
        From fitted to measured point: time × label (m), NaN where it is missing.
    steps
        Iterations that the slowest instant took.
    """

    body: Body
    times: Array
    values: Array
    labels: tuple[str, ...]
    fitted: Array
    distance: Array
    steps: int

    def angles(self, rate: float | None = None) -> Stream:
        """The coordinates as an ``angles`` stream: canonical names, signs, degrees and metres."""
        body = self.body
        turns = np.array([c.rotational for c in body.coordinates])
        data = self.values * body.signs * np.where(turns, 180 / np.pi, 1.0)
        names = tuple(body.canonical[c.name] for c in body.coordinates)
        follow = {c.dependent for c in body.couplings}
        keep = [i for i, c in enumerate(body.coordinates) if c.name not in follow]
        clock: dict[str, object] = (
            {"time": self.times} if rate is None else {"rate": rate, "start": float(self.times[0])}
        )
        return Stream("angles", data[:, keep], tuple(names[i] for i in keep), **clock,  # type: ignore[arg-type]
                      attrs={"made_from": "points", "body": body.name})  # fmt: skip

    def residuals(self) -> dict[str, float]:
        """Root mean square distance (m) of each marker over the instants that have it."""
        with np.errstate(invalid="ignore"):
            mean = np.nanmean(
                np.where(np.isfinite(self.distance), self.distance**2, np.nan), axis=0
            )
        return dict(zip(self.labels, np.sqrt(mean).tolist(), strict=True))


def fit(
    body: Body, points: Stream, markers: Mapping[str, Spot] | None = None, *,
    weights: Mapping[str, float] | None = None, hold: Mapping[str, float | None] | None = None,
    clamp: bool = True, start: Array | None = None, rough: bool = False,
) -> Solution:  # fmt: skip
    """Fit `body` to labelled points.

    Parameters
    ----------
    points
        A ``points`` stream (m, y up); NaN where a marker is missing.
    markers
        Where each label lies on the body; None: the body's own markers of the same names.
    weights
        Weight of a label; 0 leaves it out. Default: 1 for markers on bony landmarks, 0.3 for all
        others (clusters glued to soft parts); 1 for labels that a given mapping lacks.
    hold
        Canonical coordinates that are not fitted but stay at a value (degrees, metres; None: at the
        body's rest).
    clamp
        Whether clamped coordinates are kept in their range.
    start
        Coordinate values (time × coordinate or coordinate) to begin with.
    rough
        Whether a fit within some 0.02° will do.

    Raises
    ------
    MissingInputError
        Where fewer than three labels lie on the body.
    """
    spots = dict(matched_markers(body, points.labels) if markers is None else markers)
    usual = default_weights(spots) if weights is None else weights
    heavy = {x: float(usual.get(x, 1.0)) for x in spots}
    if any(not (np.isfinite(w) and w >= 0) for w in heavy.values()):
        raise GaitsmithError("a weight is not a number of at least 0", place="argument weights")
    labels = tuple(x for x in points.labels if x in spots and heavy[x] > 0)
    if len(labels) < 3:
        raise MissingInputError(
            "fewer than three points lie on the body", place=_PLACE,
            found=", ".join(points.labels[:12]), expected="labels of the body's markers: "
            + ", ".join(list(body.markers)[:12]), remedy="give a mapping from labels to the body",
        )  # fmt: skip
    body = _holding(body, hold or {})
    lever = levers(body, [spots[x] for x in labels])
    seen = points.data[:, [points.index(x) for x in labels]]
    task = _Task(body, lever, np.array([heavy[x] for x in labels]), clamp, rough)
    if start is not None:
        first = np.broadcast_to(np.asarray(start, float), (len(points), len(body.coordinates)))
    else:
        first = task.begin(seen)
    values, steps = task.run(first, seen)
    pose = place(body, values)
    fitted = pose.spots(lever.spots)
    distance = np.linalg.norm(fitted - seen, axis=2)
    values = np.where(task.shown(pose, seen), pose.values, np.nan)
    for c in body.coordinates:
        if c.locked:
            values[:, body.index[c.name]] = c.rest
    return Solution(body, points.times, values, labels, fitted, distance, steps)


def _holding(body: Body, hold: Mapping[str, float | None]) -> Body:
    """The body with some coordinates locked at a value."""
    if not hold:
        return body
    fixed: dict[str, float] = {}
    for name, value in hold.items():
        own = body.own_name(name)
        if own is None:
            raise unknown("coordinate", name, body.canonical.values())
        c = body.coordinates[body.index[own]]
        to_own = body.signs[body.index[own]] * (np.pi / 180 if c.rotational else 1.0)
        fixed[own] = c.rest if value is None else value * to_own
    return body.replace(coordinates=tuple(
        replace(c, locked=True, rest=fixed[c.name]) if c.name in fixed else c
        for c in body.coordinates
    ))  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Task:
    body: Body
    lever: Lever
    weight: Array
    clamp: bool
    rough: bool = False

    @property
    def free(self) -> npt.NDArray[np.intp]:
        return np.array([self.body.index[n] for n in self.body.free], dtype=np.intp)

    # --- a start -----------------------------------------------------------------------------

    def begin(self, seen: Array) -> Array:
        """Start values: rest, root moved onto the points, then a sparse solution interpolated."""
        body = self.body
        n = len(seen)
        rest = np.array([c.rest for c in body.coordinates])
        few = np.unique(np.append(np.arange(0, n, _STRIDE), n - 1)) if n else np.arange(0)
        # Instants with few markers start from their neighbours: alone they may fold the wrong way.
        there = np.isfinite(seen).all(axis=2).sum(axis=1)
        good = few[there[few] >= 0.8 * there.max(initial=0)]
        if not len(good):
            good = few
        values = np.tile(rest, (len(good), 1))
        self.rooted(values, seen[good])
        if n <= 2 * _STRIDE:
            out = np.tile(rest, (n, 1))
            self.rooted(out, seen)
            return out
        values, _ = replace(self, rough=True).run(values, seen[good])
        turning = [i for i, c in enumerate(body.coordinates) if c.rotational]
        values[:, turning] = np.unwrap(values[:, turning], axis=0)
        return np.column_stack([np.interp(np.arange(n), good, v) for v in values.T])

    def rooted(self, values: Array, seen: Array) -> None:
        """Turn the root about the vertical and shift it so that its own points fit best."""
        body = self.body
        pose = place(body, values)
        model = pose.spots(self.lever.spots)
        there = np.isfinite(seen).all(axis=2)
        root = next(j.child for j in body.joints if j.parent == GROUND)
        on_root = np.array([s.segment == root for s in self.lever.spots])
        use = there & on_root
        use = np.where(use.sum(axis=1, keepdims=True) >= 2, use, there)
        share = use / np.maximum(use.sum(axis=1, keepdims=True), 1)
        clean = np.nan_to_num(seen)
        a = model - np.einsum("tm,tmi->ti", share, model)[:, None]
        b = clean - np.einsum("tm,tmi->ti", share, clean)[:, None]
        # Best turn about y in the least-squares sense: the angle of the summed 2-D products.
        along = np.einsum("tm,tm->t", share, a[..., 0] * b[..., 0] + a[..., 2] * b[..., 2])
        across = np.einsum("tm,tm->t", share, a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2])
        turn = body.own_name("pelvis_rotation")
        if turn is not None:
            values[:, body.index[turn]] += np.arctan2(across, along)
        model = place(body, values).spots(self.lever.spots)
        shift = np.einsum("tm,tmi->ti", share, clean - model)
        for axis, name in enumerate(("pelvis_tx", "pelvis_ty", "pelvis_tz")):
            own = body.own_name(name)
            if own is not None:
                values[:, body.index[own]] += shift[:, axis]

    # --- the fit -----------------------------------------------------------------------------

    def run(self, start: Array, seen: Array) -> tuple[Array, int]:
        """Fitted values for every instant, in chunks, and the steps of the slowest."""
        out, most = np.array(start, dtype=np.float64), 0
        for low in range(0, len(seen), _CHUNK):
            part = slice(low, low + _CHUNK)
            out[part], steps = self.chunk(out[part], seen[part])
            most = max(most, steps)
        return out, most

    def chunk(self, start: Array, seen: Array) -> tuple[Array, int]:
        body, free = self.body, self.free
        there = np.isfinite(seen).all(axis=2)
        weight = np.where(there, self.weight, 0.0)
        target = np.nan_to_num(seen)
        low = np.array(
            [c.range[0] if c.clamped and self.clamp else -np.inf for c in body.coordinates]
        )
        high = np.array(
            [c.range[1] if c.clamped and self.clamp else np.inf for c in body.coordinates]
        )
        values = np.clip(start, low, high)
        damping = np.full(len(values), 1e-4)
        pose = place(body, values)
        points = pose.spots(self.lever.spots)
        cost = self.cost(points, target, weight)
        todo = np.arange(len(values))
        still, little = (3e-4, 1e-4) if self.rough else (_STILL, _LITTLE)
        steps = 0
        while len(todo) and steps < _STEPS:
            steps += 1
            jacobian = point_jacobian(pose, self.lever, points)[..., free]
            w = weight[todo]
            root = np.sqrt(w)[:, :, None, None]
            flat = (jacobian * root).reshape(len(todo), -1, len(free))
            miss = ((target[todo] - points) * root[..., 0]).reshape(len(todo), -1, 1)
            square = np.swapaxes(flat, 1, 2) @ flat
            slope = (np.swapaxes(flat, 1, 2) @ miss)[..., 0]
            now = values[todo][:, free]
            # A coordinate at its limit that is pushed outwards stays there for this step.
            held = ((now <= low[free]) & (slope < 0)) | ((now >= high[free]) & (slope > 0))
            slope = np.where(held, 0.0, slope)
            square = np.where(held[:, :, None] | held[:, None, :], 0.0, square)
            diagonal = np.einsum("tii->ti", square)
            floor = 1e-9 * np.maximum(diagonal.max(axis=1, keepdims=True), 1e-12)
            diagonal += damping[todo][:, None] * diagonal + floor + held
            step = _bounded(square, slope, low[free] - now, high[free] - now)
            trial = values[todo].copy()
            trial[:, free] = np.clip(now + step, low[free], high[free])
            new_pose = place(body, trial)
            new_points = new_pose.spots(self.lever.spots)
            new_cost = self.cost(new_points, target[todo], w)
            better = new_cost <= cost[todo]
            gained = better & (cost[todo] - new_cost <= little * new_cost)
            moved = np.abs(trial[:, free] - now).max(axis=1)
            values[todo[better]] = trial[better]
            cost[todo[better]] = new_cost[better]
            damping[todo] = np.where(
                better, np.maximum(damping[todo] / 10, 1e-9), damping[todo] * 10
            )
            stay = (moved > still) & ~gained & (damping[todo] < 1e8)
            if better.all() and stay.all():
                pose, points = new_pose, new_points
                continue
            todo = todo[stay]
            if len(todo):
                pose = place(body, values[todo])
                points = pose.spots(self.lever.spots)
        return values, steps

    @staticmethod
    def cost(points: Array, target: Array, weight: Array) -> Array:
        out: Array = np.einsum("tm,tm->t", weight, ((points - target) ** 2).sum(axis=2))
        return out

    def shown(self, pose: Pose, seen: Array) -> npt.NDArray[np.bool_]:
        """Whether the markers that are there tell a coordinate: time × coordinate.

        Told by its standard error, all other coordinates being unknown too: the root of the
        diagonal of the inverse normal matrix times the error of a marker.
        """
        free = self.free
        out = np.zeros((len(seen), len(self.body.coordinates)), bool)
        turns = np.array([self.body.coordinates[i].rotational for i in free])
        limit = np.where(turns, _TOLD_RAD, _TOLD_M)
        for low in range(0, len(seen), _CHUNK):
            part = slice(low, low + _CHUNK)
            piece = place(self.body, pose.values[part])
            points = piece.spots(self.lever.spots)
            there = np.asarray(np.isfinite(seen[part]).all(axis=2), dtype=np.float64)
            flat = point_jacobian(piece, self.lever, points)[..., free] * there[:, :, None, None]
            flat = flat.reshape(len(flat), -1, len(free))
            normal = np.swapaxes(flat, 1, 2) @ flat + 1e-9 * np.eye(len(free))
            error = _MARKER * np.sqrt(np.einsum("tii->ti", np.linalg.inv(normal)))
            out[part, free] = error < limit
        for c in self.body.couplings:
            out[:, self.body.index[c.dependent]] = out[:, self.body.index[c.independent]]
        return out


def _bounded(square: Array, slope: Array, least: Array, most: Array) -> Array:
    """Steps (time × coordinate) that solve ``square @ step = slope`` within bounds and 0.5.

    Where the free solution crosses a bound, the coordinate goes just to it and the others are
    solved again around that.
    """
    step: Array = np.clip(np.linalg.solve(square, slope[..., None])[..., 0], -0.5, 0.5)
    stop = np.clip(step, least, most)
    crossing = stop != step
    some = np.flatnonzero(crossing.any(axis=1))
    if len(some):
        fixed = crossing[some]
        go = np.where(fixed, stop[some], 0.0)
        part = square[some]
        rest = np.where(fixed, 0.0, slope[some] - np.einsum("tij,tj->ti", part, go))
        part = np.where(fixed[:, :, None] | fixed[:, None, :], 0.0, part)
        np.einsum("tii->ti", part)[...] += fixed
        again = np.linalg.solve(part, rest[..., None])[..., 0]
        step[some] = np.where(fixed, go, np.clip(again, -0.5, 0.5))
    return step
