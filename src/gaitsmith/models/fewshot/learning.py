"""What the default few-shot model learns from several people's cycles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.models.fewshot import prior
from gaitsmith.models.fewshot.cycles import Cycles

if TYPE_CHECKING:
    from gaitsmith.models.fewshot.default import FewShotConfig

__all__ = ["assembled", "bends", "learnt", "packed", "parted", "turning", "unpacked"]

Array = npt.NDArray[np.float64]
# Penalty of slope and square, in (m/s)² and its square summed over cycles.
_RIDGE = (0.02, 1.0)
_SINGLE = (
    "population",
    "slope",
    "basis",
    "person",
    "lasting",
    "stride",
    "within",
    "noise",
    "strides",
)
_TURNING = ("acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")


def learnt(cycles: Cycles, config: FewShotConfig) -> dict[str, npt.NDArray[Any]]:
    """All weights: shapes weighted and bands calibrated by leaving training people out."""
    from gaitsmith.models.fewshot.calibration import calibrated

    clean = cycles.take(np.asarray(np.isfinite(cycles.data).all(axis=(1, 2))))
    weights, chosen = assembled(clean, config)
    done = calibrated(clean, config, weights, chosen)
    # Half the bytes; sums are taken in double precision.
    return {k: v.astype(np.float32) if k in _SINGLE else v for k, v in done.items()}


def assembled(
    clean: Cycles, config: FewShotConfig, chosen: prior.Tuned | None = None,
    around: dict[str, npt.NDArray[Any]] | None = None,
) -> tuple[dict[str, npt.NDArray[Any]], prior.Tuned]:  # fmt: skip
    """Weights before calibration, and what was chosen by leaving people out.

    Parameters
    ----------
    chosen
        Given: not chosen anew.
    around
        Weights whose scales are taken over (to leave a person out of a model).
    """
    time, channels = clean.shape
    rows = clean.data.reshape(-1, channels)
    level = rows.mean(axis=0) if around is None else around["level"]
    scale = np.maximum(rows.std(axis=0), 1e-9) if around is None else around["scale"]
    flat = ((clean.data - level) / scale).reshape(len(clean), -1)
    parts = [p for p in parted(clean) if p.sum() >= 2]
    centre, slope = 0.0, np.zeros((2, flat.shape[1]))
    if config.known == "speed":
        centre, slope = _slope(flat, clean.speed, parts)
        flat = flat - bends(clean.speed - centre) @ slope
    share = _shares([str(clean.person[p][0]) for p in parts])
    population = _mixed(share, [flat[p].mean(axis=0) for p in parts])
    away = flat - population
    basis = _basis(away, parts, share, config)
    units = [
        prior.Unit(str(clean.person[p][0]), away[p] @ basis.T, away[p].mean(axis=0),
                   bool(np.isfinite(clean.start[p]).all()) and int(p.sum()) >= 16)
        for p in parts
    ]  # fmt: skip
    turns = None
    if _turns(clean.labels):
        turns = turning(population.reshape(time, channels) * scale + level, scale)
    if chosen is None:
        chosen = prior.tuned(units, basis, (time, channels), turns)
    pool = prior.pool(units, basis, (time, channels), turns)
    person, lasting, stride = prior.mixed(pool, chosen.weights)
    rest = np.maximum(_mixed(share, [_rest(away[p], basis) for p in parts]), 1e-5)
    totals = np.array([np.square(away[p] - away[p].mean(axis=0)).sum() / (p.sum() - 1) for p in parts])  # fmt: skip
    return {
        "labels": np.array(clean.labels), "units": np.array(clean.units), "limit": clean.limit,
        "level": level, "scale": scale, "centre": np.array(centre), "slope": slope,
        "population": population.reshape(time, channels), "basis": basis, "person": person,
        "lasting": lasting, "stride": stride, "within": pool.within, "noise": rest,
        "stride_total": np.array(float(share @ totals)),
        "spreads": totals, "rest_firm": np.array(1.0 / chosen.shares[1] - 1.0),
        "shrink": np.array([chosen.shares[1], chosen.shares[5]]),
        "safe": np.array([chosen.safe[1], chosen.safe[5]]),
        "chosen": np.array([chosen.weights[k] for k in sorted(chosen.weights)]),
        "chosen_names": np.array(sorted(chosen.weights)),
        **({"strides": packed(_mixed(share, [_about(flat[p], clean.start[p]) for p in parts]))} if config.repairs else {}),
    }, chosen  # fmt: skip


def parted(cycles: Cycles) -> list[npt.NDArray[np.bool_]]:
    """A mask for each person's leg in each recording."""
    keys = sorted(set(zip(cycles.person.tolist(), cycles.recording.tolist(), cycles.side.tolist(), strict=True)))  # fmt: skip
    return [(cycles.person == p) & (cycles.recording == r) & (cycles.side == s) for p, r, s in keys]


def _mixed(share: Array, parts: list[Array]) -> Array:
    return np.asarray(np.tensordot(share, np.stack(parts), 1))


def bends(away: Array) -> Array:
    """row × 2: what is known of a cycle, less its mean, and its square."""
    return np.stack([away, np.square(away)], axis=1)


def _about(flat: Array, start: Array) -> Array:
    """(time · channel)²: covariance of strides about their mean, of each half of a known order."""
    n = len(flat)
    halves = [flat[: n // 2], flat[n // 2 :]] if np.isfinite(start).all() and n >= 16 else [flat]
    away = np.concatenate([h - h.mean(axis=0) for h in halves if len(h) > 1])
    return np.asarray(away.T @ away / max(len(away) - len(halves), 1))


def packed(cov: Array) -> Array:
    """The upper triangle of a symmetric matrix."""
    return np.asarray(cov[np.triu_indices(len(cov))])


def unpacked(part: Array, size: int) -> Array:
    """The symmetric matrix of :func:`packed`."""
    out = np.zeros((size, size))
    out[np.triu_indices(size)] = part
    return out + np.triu(out, 1).T


def _shares(people: list[str]) -> Array:
    return np.array([1.0 / (people.count(p) * len(set(people))) for p in people])


def _slope(flat: Array, known: Array, parts: list[npt.NDArray[np.bool_]]) -> tuple[float, Array]:
    """Mean of what is known, and bends of a cycle with it within people: 2 × (time · channel).

    Ridge on slope and square; the square is penalised more (ours).
    """
    middle = float(np.mean([known[p].mean() for p in parts]))
    over, across = np.zeros((2, 2)), np.zeros((2, flat.shape[1]))
    for p in parts:
        x = np.stack([known[p] - middle, np.square(known[p] - middle)])
        x = x - x.mean(axis=1, keepdims=True)
        over += x @ x.T
        across += x @ (flat[p] - flat[p].mean(axis=0))
    slope = np.asarray(np.linalg.solve(over + np.diag(_RIDGE), across), dtype=np.float64)
    return middle, slope


def _basis(away: Array, parts: list[npt.NDArray[np.bool_]], share: Array, config: FewShotConfig) -> Array:  # fmt: skip
    """r × (time · channel): principal curves of strides and people, people alike."""
    total = np.zeros((away.shape[1],) * 2)
    for s, p in zip(share, parts, strict=True):
        total += s * away[p].T @ away[p] / p.sum()
    value, vector = np.linalg.eigh(total)
    value, vector = value[::-1], vector[:, ::-1]
    kept = int(np.searchsorted(np.cumsum(value) / value.sum(), config.kept)) + 1
    return np.ascontiguousarray(vector[:, : min(kept, config.components)].T)


def _rest(away: Array, basis: Array) -> Array:
    """Variance of each sample that the principal curves leave."""
    return np.asarray(np.square(away - (away @ basis.T) @ basis).mean(axis=0))


def _turns(labels: tuple[str, ...]) -> bool:
    return tuple(x[-5:] for x in labels) == _TURNING


def turning(mean: Array, scale: Array) -> Array:
    """3 × (time · 6), z: what one degree about each axis of the sensor does to the mean cycle."""
    out = []
    for axis in np.eye(3):
        turned = np.concatenate([np.cross(axis, mean[:, :3]), np.cross(axis, mean[:, 3:])], axis=1)
        out.append((np.deg2rad(1.0) * turned / scale).reshape(-1))
    return np.stack(out)
