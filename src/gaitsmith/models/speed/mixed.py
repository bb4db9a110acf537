"""Variance components: a linear mixed model whose random parts are Gaussian processes over speed.

For each score z (one number a unit) of people, legs and speeds v::

    z = X b + Σ_c g_c + e / √count,   g_c ~ N(0, σ_c² K_c),   e ~ N(0, σ_e²)

with kernels K_c of :func:`kernels`. The variances maximise the restricted likelihood (Patterson &
Thompson 1971, Biometrika 58:545-554) plus a weak normal prior on their logarithms, so that a
component the data say little about stays near its start. Equation for the gradient:
dl/dσ² = ½ (tr(P K_c) - z' P K_c P z), P = V⁻¹ - V⁻¹ X (X' V⁻¹ X)⁻¹ X' V⁻¹.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.models.speed.units import Units

__all__ = ["COMPONENTS", "Solved", "kernels", "restricted"]

Array = npt.NDArray[np.float64]

#: Name and start (share of the scores' variance) of each component.
COMPONENTS: dict[str, float] = {
    "slope": 0.5,
    "smooth": 0.3,
    "person": 0.5,
    "person_slope": 0.1,
    "person_decay": 0.1,
    "leg": 0.1,
    "leg_decay": 0.05,
    "lab": 0.3,
    "lab_slope": 0.1,
    "group": 0.1,
    "group_slope": 0.1,
}
_NOISE = 0.1
# Weight of the prior on log variances: a twentieth of an observation.
_PRIOR = 0.05
_JITTER = 1e-6
#: Where slopes turn (m/s), and the range (m/s) over which the population bends.
MIDDLE, _BEND = 1.2, 0.6


def kernels(a: Units, b: Units, decay: float, names: Sequence[str]) -> Array:
    """component × len(a) × len(b): the kernels of `names`, variance one.

    `decay` is the distance (m/s) over which a person's own deviation is forgotten to 1/e.
    """
    va, vb = a.speed[:, None], b.speed[None]
    far = np.abs(va - vb)
    line = (va - MIDDLE) * (vb - MIDDLE)
    fade = np.exp(-far / decay)
    person = (a.person[:, None] == b.person[None]).astype(float)
    leg = person * (a.leg[:, None] == b.leg[None])
    lab = (a.lab[:, None] == b.lab[None]).astype(float)
    group = (a.group[:, None] == b.group[None]).astype(float)
    made = {
        "slope": line,
        "smooth": np.exp(-0.5 * (far / _BEND) ** 2),
        "person": person,
        "person_slope": person * line,
        "person_decay": person * fade,
        "leg": leg,
        "leg_decay": leg * fade,
        "lab": lab,
        "lab_slope": lab * line,
        "group": group,
        "group_slope": group * line,
    }
    return np.stack([made[n] for n in names])


def restricted(z: Array, X: Array, K: Array, count: Array, names: Sequence[str]) -> Array:
    """Variances (components, then noise) of one score by restricted maximum likelihood."""
    from scipy.optimize import minimize

    scale = float(z.var()) or 1.0
    parts = np.concatenate([K, np.diag(1.0 / count)[None]])
    start = np.log(np.array([*(COMPONENTS[n] for n in names), _NOISE]))
    eye = _JITTER * np.eye(len(z))

    def cost(theta: Array) -> tuple[float, Array]:
        share = np.exp(theta) * scale
        V = np.tensordot(share, parts, 1) + scale * eye
        inverse = np.linalg.inv(V)
        VX = inverse @ X
        inner = X.T @ VX
        P = inverse - VX @ np.linalg.solve(inner, VX.T)
        Pz = P @ z
        value = 0.5 * (z @ Pz + np.linalg.slogdet(V)[1] + np.linalg.slogdet(inner)[1])
        trace = np.tensordot(parts, P, 2)
        slope = 0.5 * share * (trace - (parts @ Pz) @ Pz)
        off = theta - start
        return float(value + 0.5 * _PRIOR * off @ off), slope + _PRIOR * off

    found = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=[(-12.0, 3.0)] * len(start))
    return np.asarray(np.exp(found.x) * scale)


@dataclass(frozen=True)
class Solved:
    """Training scores solved for given variances: ready to say what is expected of others.

    Attributes
    ----------
    inverse
        score × n × n: V⁻¹ of each score.
    fixed
        score × p: fixed effects b.
    weighted
        score × n: V⁻¹ (z - X b).
    spread
        score × p × p: covariance of b.
    """

    inverse: Array
    fixed: Array
    weighted: Array
    spread: Array
    X: Array

    @classmethod
    def of(cls, scores: Array, X: Array, K: Array, count: Array, variances: Array) -> Solved:
        """Solve n × k `scores` with k × (components + 1) `variances`."""
        V = np.tensordot(variances[:, :-1], K, 1)
        at = np.arange(len(scores))
        V[:, at, at] += variances[:, -1:] / count + _JITTER * variances.sum(axis=1, keepdims=True)
        inverse = np.asarray(np.linalg.inv(V), dtype=np.float64)
        inner = X.T @ inverse @ X
        spread = np.asarray(np.linalg.inv(inner), dtype=np.float64)
        z = scores.T[:, :, None]
        fixed = spread @ (X.T @ (inverse @ z))
        weighted = inverse @ (z - X @ fixed)
        return cls(inverse, fixed[:, :, 0], weighted[:, :, 0], spread, X)

    def expected(self, X: Array, across: Array, among: Array) -> tuple[Array, Array]:
        """Mean (score × m) and covariance (score × m × m) of m new rows.

        `across` is score × m × n, `among` score × m × m (prior covariances, without noise).
        """
        mean = (X @ self.fixed[:, :, None])[:, :, 0] + (across @ self.weighted[:, :, None])[:, :, 0]
        gain = across @ self.inverse
        rest = X - gain @ self.X
        cov = (
            among - gain @ across.transpose(0, 2, 1) + rest @ self.spread @ rest.transpose(0, 2, 1)
        )
        return mean, cov
