"""Faults with known truth put into curves of normal walks, and the swap of a joint.

Kinds, sizes and shapes are those of the project's specification (ours); the changed curves are
the truth of localisation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.models.twin.walks import CHANNELS, Walks, leg_channels, rolled

__all__ = ["KINDS", "SIZES", "TIMING", "Injected", "inject", "swap"]

Array = npt.NDArray[np.float64]

SIZES = ("mild", "moderate", "severe")
#: Kinds and their sizes: degrees, a factor, or % of the cycle.
KINDS: dict[str, tuple[float, float, float]] = {
    "stiff knee": (8, 16, 24), "foot drop": (5, 10, 15), "crouch": (8, 14, 20),
    "reduced hip extension": (6, 11, 16), "circumduction": (4, 7, 10), "hip hike": (3, 5, 8),
    "Trendelenburg": (3, 5, 8), "short step": (0.85, 0.70, 0.55), "late knee": (3, 6, 9),
    "leg lag": (3, 6, 9), "long stance": (3, 6, 9),
}  # fmt: skip
#: Faults of timing.
TIMING = ("late knee", "leg lag", "long stance")
_CROUCH_HIP, _CROUCH_ANKLE, _TILT = (5, 9, 13), (3, 5.5, 8), (2, 4, 6)
# Foot off (share of the stride) that a long stance moves: that of walking at a comfortable speed.
_OFF = 0.62


@dataclass(frozen=True)
class Injected:
    """Walks with faults, and what was changed.

    Attributes
    ----------
    walks
        One row a fault.
    source
        Row of the walk that each was made from.
    kind, size, leg
        What was put in.
    changed
        walk × channel: the curves truly changed.
    """

    walks: Walks
    source: npt.NDArray[np.intp]
    kind: npt.NDArray[np.str_]
    size: npt.NDArray[np.str_]
    leg: npt.NDArray[np.str_]
    changed: npt.NDArray[np.bool_]

    def take(self, keep: npt.NDArray[np.bool_]) -> Injected:
        """Some of them."""
        return Injected(self.walks.take(keep), *(getattr(self, k)[keep] for k in ("source", "kind", "size", "leg", "changed")))  # fmt: skip


def _bump(centre: float, width: float, shift: float) -> Array:
    """g(c, w) on the leg's own cycle, which begins at `shift` of the walk's."""
    at = np.arange(101) / 100 - shift - centre
    return np.asarray(np.exp(-0.5 * ((at - np.round(at)) / width) ** 2))


def _longer_stance(curve: Array, by: float, shift: float) -> Array:
    """A leg's curves with foot off later by a share of the cycle: a piecewise linear clock."""
    own = (np.arange(100) / 100 - shift) % 1.0
    was = np.interp(own, [0.0, _OFF + by, 1.0], [0.0, _OFF, 1.0])
    at = 100 * ((was + shift) % 1.0)
    closed = np.concatenate([curve[:, :100], curve[:, :1]], axis=1)
    out = np.stack([np.interp(at, np.arange(101), row) for row in closed])
    return np.concatenate([out, out[:, :1]], axis=1)


def changed_curves(curves: Array, kind: str, size: int, leg: str, late: float) -> tuple[Array, list[int]]:  # fmt: skip
    """channel × 101 with the fault, and the channels changed."""
    c = curves.copy()
    tilt, lift = 0, 1
    hip, adduction, knee, ankle = leg_channels(leg)
    shift = 0.0 if leg == "r" else (late if np.isfinite(late) else 0.5)
    # Pelvic list: that side up; our sign is right side down.
    up = -1.0 if leg == "r" else 1.0
    a = KINDS[kind][size]
    own = [hip, adduction, knee, ankle]
    if kind == "stiff knee":
        c[knee] -= a * _bump(0.73, 0.10, shift)
        return c, [knee]
    if kind == "foot drop":
        c[ankle] -= a * _bump(0.85, 0.10, shift)
        return c, [ankle]
    if kind == "crouch":
        c[knee] += a
        c[hip] += _CROUCH_HIP[size]
        c[ankle] += _CROUCH_ANKLE[size]
        return c, [knee, hip, ankle]
    if kind == "reduced hip extension":
        c[hip] += a * _bump(0.52, 0.12, shift)
        # Anterior tilt is negative in our signs.
        c[tilt] -= _TILT[size]
        return c, [hip, tilt]
    if kind == "circumduction":
        c[adduction] -= a * _bump(0.80, 0.12, shift)
        return c, [adduction]
    if kind == "hip hike":
        c[lift] += up * a * _bump(0.80, 0.12, shift)
        return c, [lift]
    if kind == "Trendelenburg":
        c[lift] += up * a * _bump(0.25, 0.14, shift)
        c[adduction] += a * _bump(0.25, 0.14, shift)
        return c, [lift, adduction]
    if kind == "short step":
        c[hip] = c[hip].mean() + a * (c[hip] - c[hip].mean())
        return c, [hip]
    if kind == "late knee":
        c[knee] = rolled(c[None, [knee]], np.array([a / 100]))[0, 0]
        return c, [knee]
    if kind == "leg lag":
        c[own] = rolled(c[None, own], np.array([a / 100]))[0]
        return c, own
    c[own] = _longer_stance(c[own], a / 100, shift)
    return c, own


def inject(walks: Walks, seed: int, *, kinds: tuple[str, ...] = tuple(KINDS), sizes: tuple[int, ...] = (0, 1, 2)) -> Injected:  # fmt: skip
    """Every kind and size put into every walk, one random leg of those recorded.

    A fault of curves none of which was recorded is left out: nobody could see it.
    """
    rng = np.random.default_rng(seed)
    curves, source, kind, size, leg, changed = [], [], [], [], [], []
    for i in range(len(walks)):
        there = [s for s in "rl" if np.isfinite(walks.curves[i, leg_channels(s)]).all()]
        for k in kinds:
            for s in sizes:
                side = there[int(rng.integers(len(there)))]
                made, what = changed_curves(walks.curves[i], k, s, side, walks.late[i])
                if not walks.present[i, what].any():
                    continue
                curves.append(made)
                changed.append(np.isin(np.arange(len(CHANNELS)), what))
                source.append(i)
                kind.append(k)
                size.append(SIZES[s])
                leg.append(side)
    at = np.array(source)
    return Injected(walks.take(at).replaced(curves=np.stack(curves)), at, np.array(kind), np.array(size),
                    np.array(leg), np.stack(changed))  # fmt: skip


def swap(walks: Walks, means: Array, seed: int, *, near: float = 0.05, times: int = 1) -> Injected:
    """One random curve's deviation from the mean exchanged for that of another person near in speed.

    `means` (walk × channel × 101) are the curves that deviations are counted from.
    """
    rng = np.random.default_rng(seed)
    curves, source, changed = [], [], []
    for i in range(len(walks)):
        others = np.flatnonzero((walks.person != walks.person[i]) & (np.abs(walks.speed - walks.speed[i]) < near))  # fmt: skip
        there = np.flatnonzero(walks.present[i])
        if not len(others):
            continue
        for j in rng.permutation(there)[:times]:
            o = int(rng.choice(others))
            c = walks.curves[i].copy()
            c[j] = means[i, j] + walks.curves[o, j] - means[o, j]
            curves.append(c)
            source.append(i)
            changed.append(np.arange(len(CHANNELS)) == j)
    at = np.array(source)
    n = len(at)
    return Injected(walks.take(at).replaced(curves=np.stack(curves)), at, np.full(n, "swap"), np.full(n, ""),
                    np.full(n, ""), np.stack(changed))  # fmt: skip
