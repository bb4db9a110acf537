"""What may have changed in a walk, as Gaussians, and how much likelier each makes the walk.

Ours. A walk x of a normal person is Student-t around m(v) with the population's covariance Σ. A
hypothesis says that some channels hold a further deviation u ~ N(0, Λ), Λ = U Uᵀ. Two kinds of Λ:

``style``
    as people differ, larger (a joint taken from somebody else);
``wide``
    an offset, a smooth wave, a size (the mean curve about its level times a factor) and a delay
    (its slope in time), larger than people differ;

and of a leg as a whole a delay, or a longer stance. All that is left must then be normal, each
channel given all others. The log evidence ratio against "nothing changed" is closed:

    A = I + Uᵀ Σ⁻¹ U,  Q_h = Q_0 - ‖A^(-1/2) Uᵀ Σ⁻¹ r‖²
    log E_h = (ν + d) / 2 · log((ν + Q_0) / (ν + Q_h)) - log det A / 2

with r = x - m, Q_0 = rᵀ Σ⁻¹ r, d numbers and ν degrees of freedom (where every joint is a little
unusual, each counts less).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.models.twin.basis import SIZE, coefficients, curves_of, derivative, harmonic
from gaitsmith.models.twin.walks import CHANNELS, leg_channels

__all__ = ["Evidence", "Hypotheses", "hypotheses", "longer_stance", "weigh"]

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

# SD of a wide change: offset and first harmonic of a wave (deg; the n-th has 1 / n²), relative
# change of the range, delay of one joint, of a leg and of its foot off (share of the stride). Ours:
# what a clinician would see. Pelvis and frontal plane move less.
_OFFSET, _WAVE, _RANGE, _DELAY, _LEG, _STANCE = 8.0, 5.0, 0.3, 0.05, 0.06, 0.06
_SMALL, _SMALL_FACTOR = ("pelvis", "hip_adduction"), 0.6
# A joint taken from somebody else differs by √2 SD.
_STYLE, _STYLE_SHAPES = 1.5, 8
# Foot off (share of the stride) at a comfortable speed.
_OFF = 0.62


def _wide(mean: Array, slope: Array, channel: int) -> Array:
    scale = _SMALL_FACTOR if CHANNELS[channel].startswith(_SMALL) else 1.0
    order = harmonic()
    sd = np.where(order == 0, _OFFSET, _WAVE / np.maximum(order, 1) ** 2.0) * scale
    size = mean.copy()
    size[0] = 0.0
    return np.column_stack([np.diag(sd), _RANGE * size, _DELAY * slope])


def _style(covariance: Array) -> Array:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(_STYLE * vectors[:, -_STYLE_SHAPES:] * np.sqrt(np.maximum(values[-_STYLE_SHAPES:], 0.0)))  # fmt: skip


def longer_stance(slope: Array, shift: float) -> Array:
    """Change of a curve by a foot off later by a whole stride, to first order."""
    own = (np.arange(101) / 100 - shift) % 1.0
    moved = np.where(own < _OFF, own / _OFF, (1.0 - own) / (1.0 - _OFF))
    return coefficients(curves_of(slope) * moved)


@dataclass(frozen=True)
class Hypotheses:
    """All that may have changed, for one expected walk, covariance and set of channels.

    Attributes
    ----------
    sets
        hypothesis × channel: what each says has changed.
    kind
        ``style``, ``wide``, ``delay`` or ``stance``.
    prior
        Log prior of each against "nothing".
    roots
        U of each (number × columns).
    """

    sets: npt.NDArray[np.bool_]
    kind: tuple[str, ...]
    prior: Array
    roots: tuple[Array, ...]


def _subsets(have: Index, most: int) -> list[tuple[int, ...]]:
    """Sets of up to `most` channels of the pelvis and one leg; pairs of a joint of both legs."""
    out: list[tuple[int, ...]] = []
    for side in "rl":
        mine = [int(i) for i in have if i < 3 or i in leg_channels(side)]
        for k in range(1, most + 1):
            out += list(itertools.combinations(mine, k))
    if most > 1:
        out += [(int(a), int(b)) for a, b in zip(leg_channels("r"), leg_channels("l"), strict=True)
                if a in have and b in have]  # fmt: skip
    return list(dict.fromkeys(out))


def hypotheses(
    mean: Array, have: Index, covariance: Array, *, most: int = 1, kinds: tuple[str, ...] = ("style",),
    sparse: float = 3.0, late: float = 0.5,
) -> Hypotheses:  # fmt: skip
    """Everything that may have changed in a walk whose expected curves are `mean`.

    Parameters
    ----------
    mean
        channel × SIZE: the expected walk, over the channels of `have`.
    have
        Indices of the channels that are there.
    covariance
        Of a normal walk over those channels.
    most
        Joints of one hypothesis, at most.
    sparse
        Log prior of each further joint, negative.
    late
        Share of the stride by which the left foot follows.
    """
    slope = -derivative(mean)
    place = {int(c): k for k, c in enumerate(have)}
    own = {c: slice(k * SIZE, (k + 1) * SIZE) for c, k in place.items()}
    sets, prior, roots, named = [], [], [], []

    def add(kind: str, chosen: tuple[int, ...], blocks: list[Array], price: float, *, together: bool) -> None:  # fmt: skip
        width = 1 if together else sum(b.shape[1] for b in blocks)
        root, at = np.zeros((len(have) * SIZE, width)), 0
        for c, b in zip(chosen, blocks, strict=True):
            root[own[c], at : at + b.shape[1]] = b
            at += 0 if together else b.shape[1]
        sets.append(np.isin(np.arange(len(CHANNELS)), chosen))
        prior.append(-price)
        roots.append(root)
        named.append(kind)

    for kind in kinds:
        single = {c: _wide(mean[k], slope[k], c) if kind == "wide" else _style(covariance[own[c], own[c]])
                  for c, k in place.items()}  # fmt: skip
        for chosen in _subsets(have, most):
            add(kind, chosen, [single[c] for c in chosen], sparse * len(chosen), together=False)
    for side in "rl":
        leg = tuple(int(c) for c in leg_channels(side) if c in place)
        shift = 0.0 if side == "r" else late
        if len(leg) > 1:
            delays = [_LEG * slope[place[c]][:, None] for c in leg]
            stances = [_STANCE * longer_stance(slope[place[c]], shift)[:, None] for c in leg]
            add("delay", leg, delays, 2 * sparse, together=True)
            add("stance", leg, stances, 2 * sparse, together=True)
    return Hypotheses(np.stack(sets), tuple(named), np.array(prior), tuple(roots))


@dataclass(frozen=True)
class Evidence:
    """What walks say.

    Attributes
    ----------
    log_odds
        walk × channel: log odds that the channel is among the changed (NaN: not there).
    each
        walk × hypothesis: log evidence ratio with its prior.
    """

    log_odds: Array
    each: Array


def weigh(
    h: Hypotheses, rest: Array, inverse: Array, *, freedom: float, nothing: float = 0.0
) -> Evidence:
    """Evidence of every hypothesis.

    Parameters
    ----------
    rest
        walk × number: deviations from the expected walk.
    inverse
        Σ⁻¹.
    freedom
        ν.
    nothing
        Log prior of "nothing changed".
    """
    from scipy.special import logsumexp

    pulled = rest @ inverse
    q0 = np.einsum("wi,wi->w", pulled, rest)
    each = np.stack([_gain(u, pulled, q0, inverse, freedom) for u in h.roots], axis=1) + h.prior
    odds = np.full((len(rest), len(CHANNELS)), np.nan)
    null = np.full((len(rest), 1), nothing)
    for c in range(len(CHANNELS)):
        with_c = h.sets[:, c]
        if with_c.any():
            without = np.concatenate([null, each[:, ~with_c]], axis=1)
            odds[:, c] = logsumexp(each[:, with_c], axis=1) - logsumexp(without, axis=1)
    return Evidence(odds, each)


def _gain(root: Array, pulled: Array, q0: Array, inverse: Array, freedom: float) -> Array:
    half = np.linalg.cholesky(np.eye(root.shape[1]) + root.T @ inverse @ root)
    qh = np.maximum(q0 - (np.linalg.solve(half, root.T @ pulled.T) ** 2).sum(axis=0), 1e-9)
    made: Array = 0.5 * (freedom + len(inverse)) * np.log((freedom + q0) / (freedom + qh))
    return np.asarray(made - np.log(np.diag(half)).sum())
