"""What motion and measured forces leave unexplained, and feet that stand where nothing measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.body.dynamics import Dynamics, Wrench
from gaitsmith.body.motion import Motion
from gaitsmith.body.sites import foot_segment
from gaitsmith.signals import gaps
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["Residuals", "residuals", "unmeasured"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Body weights that the motion asks for beyond the measured, for how long (s), before a foot is
#: said to stand beside the plates.
_LACKS_BW, _LACKS_S = 0.25, 0.06
#: A foot with less than this (body weights) measured beneath it may be the one that stands there.
_UNLOADED_BW = 0.05
#: Speed (m/s) past the pelvis above which a foot swings.
_SWINGS = 0.3


@dataclass(frozen=True)
class Residuals:
    """Force and moment that motion and measured forces leave unexplained.

    Attributes
    ----------
    force
        time × 3 (N): what the motion needs less what was measured.
    moment
        time × 3 (N·m), about the whole body's mass centre.
    force_rms, force_peak
        Of its length, over the instants used, as shares of body weight.
    moment_rms, moment_peak
        As shares of body weight × height of the mass centre above the feet's lowest point.
    """

    force: Array
    moment: Array
    force_rms: float
    force_peak: float
    moment_rms: float
    moment_peak: float

    @property
    def acceptable(self) -> bool:
        """Whether they stay below what Hicks et al., J. Biomech. Eng. 137 (2015) 020905, advise.

        Forces 5 % of the external force, moments 1 % of that times the mass centre's height; both
        are taken at their peaks and by body weight here.
        """
        return self.force_peak <= 0.05 and self.moment_peak <= 0.01


def residuals(dynamics: Dynamics, used: Mask | None = None) -> Residuals:
    """What is left on the joint between ground and pelvis.

    Parameters
    ----------
    dynamics
        From ``inverse_dynamics`` with the measured loads.
    used
        Instants (time) that the figures are taken over; None: all where there are numbers.
    """
    body, pose = dynamics.motion.body, dynamics.motion.pose
    roots = [n for n, j in enumerate(body.joints) if j.parent not in body.segment_index]
    force = dynamics.force[roots].sum(axis=0)
    com = pose.mass_centre
    moment = sum(
        dynamics.moment[n] + np.cross(pose.centre[n] - com, dynamics.force[n]) for n in roots
    )
    moment = np.asarray(moment)
    whole = np.isfinite(force).all(axis=1)
    if used is not None:
        whole = whole & used
    weight = body.mass * STANDARD_GRAVITY
    if not whole.any():
        return Residuals(force, moment, np.nan, np.nan, np.nan, np.nan)
    tall = float(np.median(com[whole, 1] - pose.segment_centres[:, whole, 1].min(axis=0)))
    f = np.linalg.norm(force[whole], axis=1) / weight
    m = np.linalg.norm(moment[whole], axis=1) / (weight * max(tall, 1e-9))
    return Residuals(
        force, moment, float(np.sqrt(np.mean(f**2))), float(f.max()),
        float(np.sqrt(np.mean(m**2))), float(m.max()),
    )  # fmt: skip


def unmeasured(dynamics: Dynamics, feet: Mapping[str, Wrench]) -> dict[str, Mask]:
    """For each side, the instants at which its foot may stand on something that measures nothing.

    There the motion asks for an upward force that exceeds the measured by a quarter of body
    weight for 60 ms or more, and the foot has less than 5 % of body weight under it. Of two such
    feet the one that swings forward past the pelvis while the other goes back is not meant.
    """
    times, body = dynamics.motion.times, dynamics.motion.body
    weight = body.mass * STANDARD_GRAVITY
    roots = [n for n, j in enumerate(body.joints) if j.parent not in body.segment_index]
    lacking = dynamics.force[roots].sum(axis=0)[:, 1] > _LACKS_BW * weight
    for a, b in gaps(lacking):
        if times[b - 1] - times[a] < _LACKS_S:
            lacking[a:b] = False
    ahead = _ahead(dynamics.motion)
    out = {}
    for side, other in (("r", "l"), ("l", "r")):
        own = feet.get(side)
        light = (
            np.ones(len(times), bool) if own is None else own.force[:, 1] < _UNLOADED_BW * weight
        )
        swings = np.zeros(len(times), bool)
        if len(ahead) == 2:
            swings = (ahead[side] > _SWINGS) & (ahead[other] < 0)
        out[side] = lacking & light & ~swings
    return out


def _ahead(motion: Motion) -> dict[str, Array]:
    """Speed (time, m/s) of each foot past the pelvis, in the direction in which the person walks."""
    body = motion.body
    hips = [body.joint_of(f"hip_flexion_{s}") for s in ("r", "l")]
    segments = {s: foot_segment(body, s) for s in ("r", "l")}
    if hips[0] is None or hips[0].parent not in body.segment_index or None in segments.values():
        return {}
    pelvis = body.segment_index[hips[0].parent]
    forward = motion.pose.rotation[pelvis][:, :, 0] * (1.0, 0.0, 1.0)
    forward = forward / np.maximum(np.linalg.norm(forward, axis=1, keepdims=True), 1e-9)
    velocity = motion.centre_velocity()
    walks = np.einsum("ti,ti->t", velocity[pelvis], forward)
    # Who walks backwards swings the foot backwards (on a treadmill this cannot be told).
    way = -1.0 if np.isfinite(walks).any() and np.nanmean(walks) < -_SWINGS else 1.0
    return {
        s: way * np.einsum("ti,ti->t", velocity[body.segment_index[str(n)]] - velocity[pelvis], forward)
        for s, n in segments.items()
    }  # fmt: skip
