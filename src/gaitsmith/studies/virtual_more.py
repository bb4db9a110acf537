"""Virtual people beside more of the real ones: young people, forces of other laboratories, leg sensors.

Each function takes the folder of recordings and gives figures; ``virtual_people`` calls them.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.datasets.base import Trial
from gaitsmith.datasets.curves import Curves
from gaitsmith.datasets.raw import Raw
from gaitsmith.datasets.registry import loader
from gaitsmith.gait.reference import LEG_SHARE, reference
from gaitsmith.recording import Recording
from gaitsmith.signals import lowpass
from gaitsmith.studies.virtual_words import JOINTS
from gaitsmith.units import STANDARD_GRAVITY
from gaitsmith.virtual import people as population
from gaitsmith.virtual import walker
from gaitsmith.virtual.people import Person

__all__ = [
    "against",
    "alike",
    "leg_sensors",
    "other_forces",
    "patients_healthy",
    "rms",
    "young_people",
]

Array = npt.NDArray[np.float64]
Summary = Callable[[Person, float], dict[str, Any]]
_GRID = np.linspace(0.0, 1.0, 101)
#: Dimensionless speeds among which a file of unknown speed is set.
_PACES = (0.35, 0.45, 0.55, 0.65)
#: Age (years), height (m), mass (kg) of young people: round figures of growth charts (ours).
_YOUNG = (
    (8.0, 1.28, 26.0),
    (10.0, 1.39, 33.0),
    (12.0, 1.50, 42.0),
    (14.0, 1.62, 51.0),
    (16.0, 1.70, 60.0),
)


def against(virtual: Any, real: Any) -> dict[str, float]:
    """Both, side by side."""
    return {"virtual": float(virtual), "real": float(real)}


def rms(x: Array) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(x))))


def young_people(count: int, summary: Summary) -> dict[str, Any]:
    """Virtual people of 8 to 16 years at dimensionless speeds against two published groups.

    The same laboratory's young people (Bovi et al. 2011) and children (Schwartz et al. 2008, another
    marker model: offsets are named, not judged; it gives forces forward and up).
    """
    crowd = [p.changed(age=a, height=h, mass=m) for p, (a, h, m) in
             zip(population(count, 2027), _YOUNG * count, strict=False)]  # fmt: skip
    out: dict[str, Any] = {"people": count}
    for at in (0.37, 0.44, 0.55):
        walks = [summary(p, at) for p in crowd]
        block: dict[str, Any] = {}
        for group, words in (("young", "bovi2011 young"), ("child", "schwartz2008")):
            norm = reference(group, speed=walks[0]["speed"], subject=crowd[0].subject())
            for name in JOINTS:
                curves = np.stack([w[name] for w in walks])
                gap = curves.mean(axis=0) - norm.mean(name)
                block[f"{words} {name}"] = {
                    "rms": rms(gap), "rms_without_offset": float(gap.std()),
                    "sd_ratio": float(curves.std(axis=0, ddof=1).mean() / norm.sd(name).mean()),
                }  # fmt: skip
            for name, wanted in _peaks(
                norm.mean("grf_fy"), norm.mean("grf_fx"), norm.foot_off / 100
            ).items():
                mine = np.mean([_peaks(w["grf_fy"], w["grf_fx"], w["off"])[name] for w in walks])
                block[f"{words} {name}"] = against(float(mine), wanted)
        out[f"{at:.2f}"] = block
    return out


def _peaks(up: Array, ahead: Array, off: float) -> dict[str, float]:
    """Peaks of a foot's force (body weights) over a stride of 101 points."""
    stance = np.linspace(0, off * 100, 101)
    at = np.arange(len(up)) * (100.0 / (len(up) - 1))
    return stance_peaks(np.interp(stance, at, up), np.interp(stance, at, ahead))


def stance_peaks(up: Array, ahead: Array) -> dict[str, float]:
    """The same over a stance of 101 points."""
    return {
        "first peak": float(up[8:50].max()), "valley": float(up[30:70].min()),
        "second peak": float(up[55:].max()), "braking": float(ahead[5:].min()),
        "propulsion": float(ahead[40:].max()),
    }  # fmt: skip


def _sideways(aside: Array) -> float:
    """Largest size after the first 8 % (which foot it was, a plate does not tell)."""
    return float(np.abs(aside[8:]).max())


def patients_healthy(data: Path, walks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Peaks of the healthy people of slijepcevic2021_grf; their speed is not told.

    Walks of the dimensionless speed whose vertical peaks are nearest are handed in by the caller.
    """
    found: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as scratch:
        for trial in loader("slijepcevic2021_grf").trials(
            Raw(data / "slijepcevic2021_grf", Path(scratch))
        ):
            if not isinstance(trial, Trial) or trial.group != "healthy":
                continue
            curves = trial.read()
            assert isinstance(curves, Curves)
            mean = curves.data.mean(axis=0)
            here = stance_peaks(mean[:, 1], mean[:, 0])
            here["medial"] = float(mean[15:, 2].max())
            found.append(here)
    out: dict[str, Any] = {"people": len(found)}
    for name in found[0]:
        if name == "medial":
            mine = [_sideways(w["grf_fz"]) for w in walks]
        else:
            mine = [_peaks(w["grf_fy"], w["grf_fx"], w["off"])[name] for w in walks]
        out[name] = against(float(np.mean(mine)), float(np.mean([f[name] for f in found])))
    return out


def other_forces(data: Path, summary: Summary, crowd: Sequence[Person]) -> dict[str, Any]:
    """Peaks of the OpenSim recordings' stances, beside virtual people at their dimensionless speed."""
    out: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for trial in loader("opensim").trials(Raw(data / "opensim", Path(scratch))):
            if not isinstance(trial, Trial) or trial.task != "walking" or not trial.speed:
                continue
            walk = trial.read()
            mass = walk.subject.mass if isinstance(walk, Recording) else None
            if not isinstance(walk, Recording) or mass is None or not walk.of_kind("forces"):
                continue
            stances = _stances(walk, mass)
            if not stances:
                continue
            leg = LEG_SHARE * (walk.subject.height or 1.75)
            at = trial.speed / math.sqrt(STANDARD_GRAVITY * leg)
            mine = [
                {**_peaks(w["grf_fy"], w["grf_fx"], w["off"]), "inward": _sideways(w["grf_fz"])}
                for w in (summary(p, at) for p in crowd)
            ]
            out[trial.id] = {"stances": len(stances), "dimensionless speed": at} | {
                n: against(float(np.mean([m[n] for m in mine])), float(np.mean([s[n] for s in stances])))
                for n in mine[0]
            }  # fmt: skip
    return out


def _stances(walk: Recording, mass: float) -> list[dict[str, float]]:
    """Whole single stances (0.4 to 1.0 s, no more than 1.6 body weights) of all plates."""
    out = []
    for stream in walk.of_kind("forces").values():
        rate = stream.rate or 1 / float(np.median(np.diff(stream.times)))
        for i in range(stream.data.shape[1]):
            force = np.nan_to_num(stream.data[:, i, :3]) / (mass * STANDARD_GRAVITY)
            on = np.concatenate(([False], force[:, 1] > 0.03, [False]))
            starts, stops = np.flatnonzero(~on[:-1] & on[1:]), np.flatnonzero(on[:-1] & ~on[1:])
            for a, b in zip(starts, stops, strict=True):
                if not 0.4 < (b - a) / rate < 1.0 or a == 0 or b >= len(force) - 1:
                    continue
                at = np.linspace(a, b - 1, 101)
                up, ahead, aside = (np.interp(at, np.arange(len(force)), force[:, k]) for k in (1, 0, 2))  # fmt: skip
                ahead = ahead if ahead[:40].mean() < ahead[60:].mean() else -ahead
                if up.max() < 1.6:
                    out.append({**stance_peaks(up, ahead), "inward": _sideways(aside)})
    return out


def leg_sensors(data: Path, crowd: Sequence[Person]) -> dict[str, Any]:
    """Foot and shank of hugadb (files whose gyroscopes are not clipped) over mean strides.

    The speed is not told: each file is set beside virtual people of the speed at which their strides
    take as long. Strides are cut at the shank's fastest swing in both. Accelerations there clip at
    2 g an axis; the virtual ones are clipped so too.
    """
    rows: dict[str, list[tuple[Array, Array]]] = {}
    used = []
    with tempfile.TemporaryDirectory() as scratch:
        for trial in loader("hugadb").trials(Raw(data / "hugadb", Path(scratch))):
            if not isinstance(trial, Trial) or trial.id not in ("01_00", "06_00", "10_00"):
                continue
            walk = trial.read()
            assert isinstance(walk, Recording)
            real, time = _sensor_strides(walk)
            times = [abs(_stride_time(crowd[0], v) - time) for v in _PACES]
            at = _PACES[int(np.argmin(times))]
            mine = []
            for person in crowd:
                made = walker(person, at / person.dimensionless(1.0), 8.0, seed=3)
                mine.append(_sensor_strides(made)[0])
            used.append(trial.id)
            for name, curve in real.items():
                rows.setdefault(name, []).append((np.mean([m[name] for m in mine], axis=0), curve))
    out: dict[str, Any] = {"files": len(used)}
    for name, pairs in rows.items():
        a, b = (np.mean([p[i] for p in pairs], axis=0) for i in (0, 1))
        out[name] = alike(a, b)
    return out


def alike(virtual: Array, real: Array) -> dict[str, Any]:
    """Two mean strides of a sensor: largest value, root mean square, correlation, fine structure."""
    return {
        "largest": against(virtual.max(), real.max()), "rms": against(rms(virtual), rms(real)),
        "r": float(np.corrcoef(virtual, real)[0, 1]),
        "share above the 8th harmonic": against(_fine(virtual), _fine(real)),
    }  # fmt: skip


def _fine(curve: Array) -> float:
    power = np.abs(np.fft.rfft(curve[:-1])[1:]) ** 2
    return float(power[8:].sum() / power.sum())


def _stride_time(person: Person, at: float) -> float:
    walk = walker(person.changed(variability=0.0), at / person.dimensionless(1.0), 4.0)
    return float(np.diff(walk.events.times("strike", "right")).mean())


def _sensor_strides(walk: Recording) -> tuple[dict[str, Array], float]:
    """Mean strides of the right foot and shank (deg/s, m/s²), and the median stride time (s)."""
    from scipy.signal import find_peaks

    stream = next(s for s in walk.of_kind("imu").values() if "shank_r" in s)
    rate = stream.rate or 1 / float(np.median(np.diff(stream.times)))
    turn = lowpass(np.linalg.norm(stream["shank_r"][:, 3:], axis=1)[:, None], rate, 4.0)[:, 0]
    high = float(np.percentile(turn, 97))
    peaks = find_peaks(turn, height=0.6 * high, distance=max(int(0.55 * rate), 1))[0]
    spans = np.diff(peaks)
    usual = float(np.median(spans))
    out = {}
    for label in ("foot_r", "shank_r"):
        for kind, part in (("gyr", slice(3, 6)), ("acc", slice(0, 3))):
            values = stream[label][:, part]
            if kind == "acc":
                values = np.clip(values, -2 * STANDARD_GRAVITY, 2 * STANDARD_GRAVITY)
            size = np.linalg.norm(values, axis=1)
            at = np.arange(len(size))
            out[f"{label} {kind}"] = np.mean([
                np.interp(a + _GRID * (b - a), at, size)
                for a, b in pairwise(peaks) if abs(b - a - usual) < 0.2 * usual
            ], axis=0)  # fmt: skip
    return out, usual / rate
