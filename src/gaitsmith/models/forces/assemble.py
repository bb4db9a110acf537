"""Stances put together in time: both feet sum to what the motion asks, as far as each is believed.

1. Each foot's force is that of its stances, zero outside them.
2. What the feet's sum lacks of the net force m (a - g) is given to the feet that stand, in
   proportion to their variance beside that of the net force itself: a Kalman update at every
   instant.
3. Over whole strides of steady walking the mean vertical force is body weight plus what the mass
   centre gained in upward speed; what lacks is spread over the stances by their variance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.models.forces.motion import SIDES
from gaitsmith.models.forces.stances import POINTS, Stance

__all__ = ["assembled", "lacking", "over_stance"]

Array = npt.NDArray[np.float64]
_MEDIAL = {"right": np.array([1.0, 1.0, -1.0]), "left": np.ones(3)}


def assembled(
    times: Array, total: Array, stances: Sequence[Stance], force: Array, sd: Array, *,
    net_sd: Sequence[float], periodic: bool = True, exact: bool = False,
) -> tuple[dict[Side, Array], dict[Side, Array]]:  # fmt: skip
    """Forces of both feet over time, and their SD.

    Parameters
    ----------
    times, total
        s, and the net force there (time × 3; body weights; forward, up, right).
    force, sd
        stance × 3 × 101 (body weights; forward, up, medial).
    net_sd
        SD of the net force (3,) in body weights; infinite: not used.
    periodic
        Whether step 3 is taken.
    exact
        Whether the sum is the net force itself wherever a foot stands; step 3 is then left out, and
        SD are those of `net_sd`, for the net force is not as sure as that.

    Returns
    -------
    force, sd
        By side, time × 3 (forward, up, right; body weights).
    """
    out = {s: np.zeros((len(times), 3)) for s in SIDES}
    var = {s: np.zeros((len(times), 3)) for s in SIDES}
    for st, f, e in zip(stances, force, sd, strict=True):
        inside = (times >= st.strike) & (times <= st.off)
        phase = np.linspace(st.strike, st.off, POINTS)
        for k in range(3):
            out[st.side][inside, k] = np.interp(times[inside], phase, f[k]) * _MEDIAL[st.side][k]
            var[st.side][inside, k] = np.interp(times[inside], phase, e[k]) ** 2
    noise = np.asarray(net_sd, dtype=np.float64) ** 2
    both = var["right"] + var["left"]
    lacks = total - out["right"] - out["left"]
    known = np.where(np.isfinite(noise), noise, 0.0)
    whole = ~lacking(times, stances)
    left = {}
    for s in SIDES:
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = np.where((both > 0) & np.isfinite(noise), var[s] / (both + known), 0.0)
            share = np.where(both > 0, var[s] / both, 0.0) if exact else gain
        gain[~whole] = 0.0
        out[s] = out[s] + np.where(whole[:, None], share, 0.0) * lacks
        left[s] = var[s] * (1.0 - gain)
    var = left
    if periodic and not exact:
        _weighed(times, out, var, stances, whole)
    return out, {s: np.sqrt(v) for s, v in var.items()}


def _weighed(
    times: Array, out: Mapping[Side, Array], var: Mapping[Side, Array], stances: Sequence[Stance],
    whole: npt.NDArray[np.bool_],
) -> None:  # fmt: skip
    """The vertical forces so that whole strides carry body weight (changes `out`)."""
    middles, needs = [], []
    both = var["right"][:, 1] + var["left"][:, 1]
    up = out["right"][:, 1] + out["left"][:, 1]
    for st in stances:
        inside = (times >= st.strike) & (times < st.strike + st.stride_s)
        if st.strike < times[0] or st.strike + st.stride_s > times[-1] + 1e-9 or inside.sum() < 10:
            continue
        if not whole[inside].all() or not _covered(st, stances):
            continue
        size = float(both[inside].mean())
        if size > 0:
            middles.append(st.strike + 0.5 * st.stride_s)
            needs.append((1.0 - float(up[inside].mean())) / size)
    if not middles:
        return
    order = np.argsort(middles)
    factor = np.interp(times, np.array(middles)[order], np.array(needs)[order])
    for s in SIDES:
        out[s][:, 1] += factor * var[s][:, 1]


def lacking(times: Array, stances: Sequence[Stance]) -> npt.NDArray[np.bool_]:
    """Instants at which both feet stand but the other foot's stance is not there."""
    stands = {s: np.zeros(len(times), bool) for s in SIDES}
    for st in stances:
        stands[st.side] |= (times >= st.strike) & (times <= st.off)
    out = np.zeros(len(times), bool)
    for st in stances:
        other = stands["left" if st.side == "right" else "right"]
        slack = 0.02
        first = (times >= st.strike) & (times < st.loaded - slack)
        second = (times > st.shared + slack) & (times <= st.off)
        for part in (first, second):
            # Events a few samples apart are no missing foot.
            if part.any() and other[part].mean() < 0.5:
                out |= part
    return out


def _covered(st: Stance, stances: Sequence[Stance]) -> bool:
    """Whether every stance that belongs to the stride after `st`'s strike is there."""
    a, b = st.strike, st.strike + st.stride_s
    spans = sorted((x.strike, x.off) for x in stances if x.off > a and x.strike < b)
    reach = a
    for low, high in spans:
        # In flight nobody stands: half a stride without a stance is a missing one.
        if low > reach + 0.25 * st.stride_s:
            return False
        reach = max(reach, high)
    others = [x for x in stances if x.side != st.side and x.strike > a and x.strike < b]
    before = [x for x in stances if x.side != st.side and x.strike <= a < x.off]
    walking = st.shared < st.off
    return reach >= b - 0.25 * st.stride_s and bool(others) and (bool(before) or not walking)


def over_stance(times: Array, force: Array, stance: Stance) -> Array:
    """A foot's force (time × 3; forward, up, right) over one stance: 3 × 101, medial."""
    at = np.linspace(stance.strike, stance.off, POINTS)
    return np.array([np.interp(at, times, force[:, k]) * _MEDIAL[stance.side][k] for k in range(3)])
