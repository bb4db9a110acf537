"""Virtual inertial sensors: what an accelerometer and a gyroscope on a segment would read.

``acc = Rᵀ (a - g)`` and ``gyr = Rᵀ ω`` with R the sensor's rotation in the ground frame, a the
acceleration of its place and ω the segment's angular velocity: at rest the accelerometer reads +1 g
along up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gaitsmith.body.motion import Motion
from gaitsmith.body.tree import Body, unknown
from gaitsmith.errors import GaitsmithError
from gaitsmith.streams import Stream

__all__ = ["Mount", "usual_mounts", "virtual_imu"]

Array = npt.NDArray[np.float64]
Triple = tuple[float, float, float]
_NOUGHT: Triple = (0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Mount:
    """A sensor on a segment.

    Attributes
    ----------
    segment, position
        Where: in the segment's frame (m).
    rotation
        3 × 3: the sensor's axes in the segment's frame (columns).
    acc_bias, gyr_bias
        Constant offsets (m/s², deg/s) in the sensor's frame.
    acc_noise, gyr_noise
        Standard deviation of white noise a sample (m/s², deg/s).
    acc_range, gyr_range
        Readings are clipped at plus and minus this (m/s², deg/s).
    """

    segment: str
    position: Triple = _NOUGHT
    rotation: Array = field(default_factory=lambda: np.eye(3))
    acc_bias: Triple = _NOUGHT
    gyr_bias: Triple = _NOUGHT
    acc_noise: float = 0.0
    gyr_noise: float = 0.0
    acc_range: float = np.inf
    gyr_range: float = np.inf

    def __post_init__(self) -> None:
        r = np.asarray(self.rotation, dtype=np.float64)
        if r.shape != (3, 3) or not np.allclose(r @ r.T, np.eye(3), atol=1e-8):
            raise GaitsmithError("not a rotation", place=f"sensor on {self.segment}",
                                 expected="3 × 3, columns of unit length at right angles")  # fmt: skip
        if min(self.acc_noise, self.gyr_noise) < 0 or min(self.acc_range, self.gyr_range) <= 0:
            raise GaitsmithError("noise and range cannot be negative",
                                 place=f"sensor on {self.segment}")  # fmt: skip


def usual_mounts(body: Body) -> dict[str, Mount]:
    """Sensors where laboratories put them, axes along their segment's (x forward, y up, z right).

    Labels ``pelvis`` (sacrum), ``thigh_r``, ``shank_r`` (outside, half way down), ``foot_r`` (on the
    instep), and the left ones; those that the body has the segments for.
    """
    from gaitsmith.body.sites import foot_segment, places

    spots = places(body)
    out: dict[str, Mount] = {}
    if "pelvis" in spots:
        x, y, _ = spots["pelvis"].position
        # The sacrum lies about as far behind the hips as the ASIS before them.
        out["pelvis"] = Mount(spots["pelvis"].segment, (x - 0.09, y + 0.07, 0.0))
    for side, right in (("r", 1.0), ("l", -1.0)):
        for label, top, out_by in (("thigh", "knee", 0.08), ("shank", "ankle", 0.05)):
            joint = spots.get(f"{top}_{side}")
            if joint is None:
                continue
            x, y, z = (0.5 * c for c in joint.position)
            out[f"{label}_{side}"] = Mount(joint.segment, (x, y, z + right * out_by))
        foot = foot_segment(body, side)
        toe = spots.get(f"toe_{side}")
        if foot is not None and toe is not None and toe.segment == foot:
            x, _, z = toe.position
            out[f"foot_{side}"] = Mount(foot, (0.6 * x, 0.055, 0.6 * z))
    return out


def virtual_imu(
    motion: Motion, mounts: Mapping[str, Mount] | None = None, *, rate_hz: float | None = None,
    seed: int | np.random.Generator = 0,
) -> Stream:  # fmt: skip
    """Readings of sensors on a moving body.

    Parameters
    ----------
    motion
        On a uniform clock.
    mounts
        By label; None: :func:`usual_mounts`.
    rate_hz
        Of the readings (Hz); None: the motion's own. A slower one is low-passed first.
    seed
        Of the noise.

    Returns
    -------
    Stream
        Kind ``imu``: time × sensor × 6 (m/s², deg/s).

    Raises
    ------
    GaitsmithError
        On an unknown segment, or a motion of fewer than two instants.
    """
    body, times = motion.body, motion.times
    mounts = usual_mounts(body) if mounts is None else mounts
    if len(times) < 2:
        raise GaitsmithError("a sensor needs a motion", place="virtual sensors",
                             found=f"{len(times)} instants")  # fmt: skip
    rng = np.random.default_rng(seed)
    rate = 1.0 / float(np.median(np.diff(times)))
    gravity = np.array(body.gravity)
    ideal = np.empty((len(times), len(mounts), 6))
    for i, mount in enumerate(mounts.values()):
        at = body.segment_index.get(mount.segment)
        if at is None:
            raise unknown("segment", mount.segment, body.segment_index)
        rotation, w = motion.pose.rotation[at], motion.turning[at]
        arm = rotation @ np.array(mount.position)
        move = motion.push[at] + np.cross(motion.turning_rate[at], arm)
        move = move + np.cross(w, np.cross(w, arm))
        axes = rotation @ mount.rotation
        ideal[:, i, :3] = np.einsum("tji,tj->ti", axes, move - gravity)
        ideal[:, i, 3:] = np.rad2deg(np.einsum("tji,tj->ti", axes, w))
    stream = Stream("imu", ideal, tuple(mounts), rate=rate, start=float(times[0]),
                    attrs={"made_from": "motion"})  # fmt: skip
    if rate_hz is not None and not np.isclose(rate_hz, rate):
        stream = stream.resample(rate_hz)
    data = stream.data.copy()
    for i, mount in enumerate(mounts.values()):
        noise = rng.standard_normal((len(data), 6))
        for part, bias, size, most in (
            (slice(0, 3), mount.acc_bias, mount.acc_noise, mount.acc_range),
            (slice(3, 6), mount.gyr_bias, mount.gyr_noise, mount.gyr_range),
        ):
            read = data[:, i, part] + np.array(bias) + size * noise[:, part]
            data[:, i, part] = np.clip(read, -most, most)
    return stream.replace(data=data)
