"""What the sequence models learn from: one row a recording, 30 s of six sagittal angles at 20 Hz."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError

__all__ = ["LABELS", "MIRRORED", "RATE_HZ", "SAMPLES", "Scaling", "Sequences", "from_recording", "mirrored"]  # fmt: skip

Array = npt.NDArray[np.float64]
Words = npt.NDArray[np.str_]

#: Channels of a sequence, in this order (degrees).
LABELS = ("hip_flexion_l", "hip_flexion_r", "knee_angle_l", "knee_angle_r", "ankle_angle_l", "ankle_angle_r")  # fmt: skip
#: Where each channel's partner on the other side stands.
MIRRORED = (1, 0, 3, 2, 5, 4)
#: Hz, and samples of a sequence: 30 s.
RATE_HZ, SAMPLES = 20.0, 600
# Below half the new rate: what a lower rate cannot hold is filtered out first (Hz, of the Nyquist 10).
_CUTOFF_SHARE = 0.9


@dataclass(frozen=True)
class Sequences:
    """Recordings of several people at several speeds.

    Attributes
    ----------
    person
        Who.
    speed
        m/s.
    angles
        row × time × 6 (:data:`LABELS`), degrees, at :data:`RATE_HZ`.

    Raises
    ------
    GaitsmithError
        Where the columns do not fit together, a value is missing, or the angles are no degrees.
    """

    person: Words
    speed: Array
    angles: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "person", np.asarray(self.person, dtype=np.str_))
        object.__setattr__(self, "speed", np.asarray(self.speed, dtype=np.float64))
        object.__setattr__(self, "angles", checked(self.angles))
        n = len(self.angles)
        if self.person.shape != (n,) or self.speed.shape != (n,):
            raise GaitsmithError("a column has another length", place="sequences",
                                 found=(self.person.shape, self.speed.shape), expected=f"({n},) each")  # fmt: skip
        if not (np.isfinite(self.speed) & (self.speed > 0)).all():
            raise GaitsmithError("not a walking speed", place="sequences, speed", found=self.speed,
                                 expected="m/s above 0")  # fmt: skip

    def __len__(self) -> int:
        return len(self.speed)

    @property
    def people(self) -> list[str]:
        """Their names, sorted."""
        return [str(p) for p in np.unique(self.person)]

    def take(self, keep: npt.NDArray[np.bool_] | npt.NDArray[np.intp] | Sequence[int]) -> Sequences:
        """The rows that a mask or indices keep."""
        return Sequences(self.person[keep], self.speed[keep], self.angles[keep])

    def of(self, people: Sequence[str]) -> Sequences:
        """The rows of these people."""
        return self.take(np.isin(self.person, list(people)))

    def joined(self, other: Sequences) -> Sequences:
        """These rows and those."""
        return Sequences(*(np.concatenate([a, b]) for a, b in zip(
            (self.person, self.speed, self.angles), (other.person, other.speed, other.angles), strict=True)))  # fmt: skip


def checked(angles: npt.ArrayLike, labels: Sequence[str] = LABELS, rate_hz: float = RATE_HZ) -> Array:  # fmt: skip
    """Angles as row × time × 6 in the order of :data:`LABELS`, or a refusal.

    Raises
    ------
    GaitsmithError
        On missing channels, another rate, gaps, radians or too short a walk.
    """
    x = np.asarray(angles, dtype=np.float64)
    x = x[None] if x.ndim == 2 else x
    names = list(labels)
    lacking = [c for c in LABELS if c not in names]
    if lacking or x.ndim != 3 or x.shape[2] != len(names):
        raise GaitsmithError("not the channels of a sequence", place="argument labels",
                             found=f"shape {x.shape}, channels {', '.join(names)}",
                             expected=", ".join(LABELS))  # fmt: skip
    if not np.isclose(rate_hz, RATE_HZ):
        raise GaitsmithError("another rate", place="argument rate_hz", found=f"{rate_hz:g} Hz",
                             expected=f"{RATE_HZ:g} Hz", remedy="resample first (from_recording does)")  # fmt: skip
    if x.shape[1] < 5 * RATE_HZ:
        raise GaitsmithError("too short a walk", place="sequence", found=f"{x.shape[1] / RATE_HZ:.1f} s",
                             expected="5 s or more")  # fmt: skip
    x = x[:, :, [names.index(c) for c in LABELS]]
    if not np.isfinite(x).all():
        raise GaitsmithError("a sequence has gaps", place="sequence", found="NaN",
                             remedy="fill or crop it first")  # fmt: skip
    if len(x) and 0 < np.abs(x).max() < 6.5:
        raise GaitsmithError("the angles look like radians", place="sequence", found=f"largest {np.abs(x).max():.2f}",
                             expected="degrees")  # fmt: skip
    return x


def from_recording(angles: Array, rate_hz: float, samples: int | None = SAMPLES) -> Array:
    """Angles (time × channel) at 20 Hz: low-passed below 9 Hz, interpolated, cut to `samples`.

    Raises
    ------
    GaitsmithError
        Where the walk is shorter than `samples`.
    """
    from gaitsmith.signals import lowpass

    x = np.asarray(angles, dtype=np.float64)
    if rate_hz > RATE_HZ:
        x = lowpass(x, rate_hz, _CUTOFF_SHARE * RATE_HZ / 2)
    times = np.arange(len(x)) / rate_hz
    wanted = np.arange(int(np.floor(times[-1] * RATE_HZ + 1e-9)) + 1) / RATE_HZ
    if samples is not None:
        if len(wanted) < samples:
            raise GaitsmithError("too short a walk", place="recording", found=f"{times[-1]:.1f} s",
                                 expected=f"{(samples - 1) / RATE_HZ:.1f} s or more")  # fmt: skip
        wanted = wanted[:samples]
    return np.column_stack([np.interp(wanted, times, c) for c in x.T])


def mirrored(angles: Array) -> Array:
    """Left and right exchanged (… × 6)."""
    return angles[..., list(MIRRORED)]


@dataclass(frozen=True)
class Scaling:
    """z-score of each channel: mean and SD over the training people, each person weighing the same."""

    mean: Array
    sd: Array

    @classmethod
    def of(cls, data: Sequences) -> Scaling:
        """From the training people's rows."""
        rows = [data.angles[data.person == p].reshape(-1, len(LABELS)) for p in data.people]
        mean = np.mean([r.mean(axis=0) for r in rows], axis=0)
        sd = np.sqrt(np.mean([np.square(r - mean).mean(axis=0) for r in rows], axis=0))
        return cls(mean, np.maximum(sd, 1e-6))

    def to(self, angles: Array) -> Array:
        """Degrees to z."""
        return np.asarray((angles - self.mean) / self.sd)

    def back(self, z: Array) -> Array:
        """z to degrees."""
        return np.asarray(z * self.sd + self.mean)
