"""Measures of generated walking sequences: cycle MAE, r, rank, cadence.

As in Dinesh et al. (2026), "Generating Personalized Lower-Limb Kinematics Across Walking Speeds
Using Subject-Conditioned Diffusion": cycles of each side from the hip's extension peaks, shifted by
half a cycle; each real cycle takes the unused generated one with the nearest centre and the most
similar length; both sets of cycles are averaged on 101 points and the mean curves compared.

Deviations: the paper does not say how centre and length are weighed; here the cost is the sum of
both differences in seconds, and the real cycles choose in their order of time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import split_side
from gaitsmith.errors import GaitsmithError
from gaitsmith.gait.crests import crests
from gaitsmith.gait.interpolate import normalise
from gaitsmith.gait.metrics.curves import mae, pearson
from gaitsmith.signals import lowpass

__all__ = [
    "CycleError", "cadence", "cadence_error", "cycle_error", "cycles_from_hip", "match_cycles",
    "nearest_source", "rank", "rank_control",
]  # fmt: skip

Array = npt.NDArray[np.float64]

# Bounds on a walking stride (s) when peaks are looked for.
_FASTEST, _SLOWEST = 0.6, 3.0
# A hip-extension peak stands out by this share of the hip's range.
_PROMINENCE = 0.3


@dataclass(frozen=True)
class CycleError:
    """Cycle MAE (in the unit of the curves) and r by joint, and their means over joints.

    `n` is the number of matched cycles by side.
    """

    mae: float
    r: float
    by_joint: dict[str, tuple[float, float]]
    n: dict[str, int]


def cycles_from_hip(hip: Array, rate_hz: float) -> Array:
    """Bounds (s from the first sample) of the cycles of one side: n × 2.

    Peaks of hip extension are the minima of hip flexion (°; low-passed at 5 Hz to find them,
    refined by a parabola); a cycle runs from the middle between two peaks to the middle between
    the next two, so that it begins near foot strike.
    """
    hip = np.asarray(hip, dtype=np.float64)
    if len(hip) < rate_hz * _FASTEST or np.isnan(hip).any() or np.ptp(hip) == 0:
        return np.zeros((0, 2))
    smooth = lowpass(hip, rate_hz, 5.0)
    period = _period(smooth, rate_hz)
    peaks = crests(
        -smooth,
        distance=max(1, int(0.6 * period * rate_hz)),
        prominence=_PROMINENCE * np.ptp(smooth),
    )
    peaks = peaks[(peaks > 0) & (peaks < len(smooth) - 1)]
    a, b, c = smooth[peaks - 1], smooth[peaks], smooth[peaks + 1]
    bend = a - 2 * b + c
    shift = np.divide(0.5 * (a - c), bend, out=np.zeros_like(b), where=bend > 0)
    times = (peaks + np.clip(shift, -0.5, 0.5)) / rate_hz
    middles = 0.5 * (times[1:] + times[:-1])
    bounds = np.column_stack([middles[:-1], middles[1:]]) if len(middles) > 1 else np.zeros((0, 2))
    length = bounds[:, 1] - bounds[:, 0]
    return bounds[(length >= 0.5 * _FASTEST) & (length <= _SLOWEST)]


def _period(signal: Array, rate_hz: float) -> float:
    """Stride time (s): the lag of the highest autocorrelation between 0.6 and 3 s."""
    x = signal - signal.mean()
    n = len(x)
    size = 1 << (2 * n - 1).bit_length()
    ac = np.fft.irfft(np.abs(np.fft.rfft(x, size)) ** 2, size)[:n] / (n - np.arange(n))
    low, high = int(_FASTEST * rate_hz), min(int(_SLOWEST * rate_hz) + 1, int(0.7 * n))
    if high <= low:
        return _FASTEST
    part = ac[low:high]
    # The first lag that is nearly as good as the best: the best may be two strides long.
    good = np.flatnonzero(part >= 0.9 * part.max())
    first = int(good[0])
    while first + 1 < len(part) and part[first + 1] > part[first]:
        first += 1
    return (low + first) / rate_hz


def match_cycles(real: Array, generated: Array) -> list[tuple[int, int]]:
    """Pairs (real, generated) of cycles (n × 2 bounds, s), greedily and each used once.

    Each real cycle in turn takes the unused generated one with the least |difference of centres|
    + |difference of lengths|; real cycles beyond the number of generated ones stay without.
    """
    free = list(range(len(generated)))
    pairs = []
    for i, (a, b) in enumerate(np.asarray(real).reshape(-1, 2)):
        if not free:
            break
        left = np.asarray(generated)[free]
        cost = np.abs(left.mean(axis=1) - 0.5 * (a + b))
        cost = cost + np.abs((left[:, 1] - left[:, 0]) - (b - a))
        j = free.pop(int(np.argmin(cost)))
        pairs.append((i, j))
    return pairs


def cycle_error(real: Array, generated: Array, labels: Sequence[str], rate_hz: float) -> CycleError:
    """Cycle MAE and r of a generated sequence (time × joint) against the real one.

    Every label names its side (``hip_flexion_r``, …); both sides need their hip.

    Raises
    ------
    GaitsmithError
        Where a side lacks its hip, or no cycle is found in one of the sequences.
    """
    real, generated = np.asarray(real, dtype=np.float64), np.asarray(generated, dtype=np.float64)
    by_joint: dict[str, tuple[float, float]] = {}
    count: dict[str, int] = {}
    sides = [s for s in ("left", "right") if any(split_side(x)[1] == s for x in labels)]
    for side in sides:
        hip = f"hip_flexion_{side[0]}"
        if hip not in labels:
            raise GaitsmithError("cycles are found by the hip, which is not there",
                                 place="argument labels", found=", ".join(labels), expected=hip)  # fmt: skip
        at = list(labels).index(hip)
        bounds = [cycles_from_hip(x[:, at], rate_hz) for x in (real, generated)]
        pairs = match_cycles(*bounds)
        if not pairs:
            raise GaitsmithError(
                "no cycles to compare", place=f"{side} hip",
                found=f"{len(bounds[0])} real and {len(bounds[1])} generated cycles",
                expected="at least one of each (three hip-extension peaks)",
            )  # fmt: skip
        count[side] = len(pairs)
        means = []
        for x, b, which in zip((real, generated), bounds, (0, 1), strict=True):
            used = b[[p[which] for p in pairs]]
            time = np.arange(len(x)) / rate_hz
            means.append(normalise(time, x, used[:, 0], used[:, 1]).mean(axis=0))
        for k, label in enumerate(labels):
            if split_side(label)[1] == side:
                a, b = means[0][:, k], means[1][:, k]
                by_joint[label] = (mae(a, b), pearson(a, b))
    values = np.array(list(by_joint.values()))
    return CycleError(float(values[:, 0].mean()), float(np.nanmean(values[:, 1])), by_joint, count)


def cadence(left_cycles: int, right_cycles: int, window_s: float) -> float:
    """60 · 2N / T of each side (N cycles in a window of T seconds), averaged; steps/min."""
    if window_s <= 0:
        raise GaitsmithError("a window needs a length", place="argument window_s", found=window_s)
    return float(np.mean([60.0 * 2 * n / window_s for n in (left_cycles, right_cycles)]))


def cadence_error(estimate: float, truth: float) -> tuple[float, float]:
    """Absolute error in steps/min, and in % of the truth."""
    wrong = abs(estimate - truth)
    return wrong, 100.0 * wrong / truth if truth > 0 else float("nan")


def rank(errors: Array, own: Sequence[int] | npt.NDArray[np.intp]) -> Array:
    """Place (1 = best) of the right person among all: errors is sequence × person, own by row.

    Ties count half: two people with the same error as the right one make the middle of the three.
    """
    errors = np.asarray(errors, dtype=np.float64)
    right = errors[np.arange(len(errors)), np.asarray(own)][:, None]
    better, same = (errors < right).sum(axis=1), (errors == right).sum(axis=1) - 1
    return np.asarray(1.0 + better + 0.5 * same)


def rank_control(errors: Array, own: Sequence[int], *, seed: int, draws: int = 200) -> float:
    """Mean rank when the conditioning person is swapped at random for another one.

    `errors` is sequence × person for sequences generated from person `own`; each draw takes, for
    each person, a sequence generated from somebody else and asks for that person's place.
    """
    rng = np.random.default_rng(seed)
    own_array = np.asarray(own)
    places = []
    for _ in range(draws):
        for person in np.unique(own_array):
            others = np.flatnonzero(own_array != person)
            if len(others):
                row = int(rng.choice(others))
                places.append(rank(np.asarray(errors)[[row]], [int(person)])[0])
    return float(np.mean(places)) if places else float("nan")


def nearest_source(target: float, sources: Sequence[float]) -> float:
    """The source speed nearest to a target; of two as near, the lower."""
    return min(sorted(sources), key=lambda v: round(abs(v - target), 9))
