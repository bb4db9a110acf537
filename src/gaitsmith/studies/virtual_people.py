"""How like real people virtual people are: published norms and real recordings, side by side.

Norms: joint curves, forces, moments and foot off of the population against Bovi et al. 2011 at the
measured speeds, and Schwartz et al. 2008 (children, whose differences are named, not judged). Real
people: ``lencioni2019`` (only those whose curves did not inform the style), ``gait_signatures``
(able-bodied), ``pataky2008``. A classifier is asked to tell virtual from real.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.datasets.base import Trial
from gaitsmith.datasets.raw import Raw
from gaitsmith.datasets.registry import loader
from gaitsmith.errors import GaitsmithError
from gaitsmith.gait.reference import reference
from gaitsmith.recording import Recording, Subject
from gaitsmith.studies.virtual_left_out import curves_of, left_out
from gaitsmith.studies.virtual_more import (
    against,
    alike,
    leg_sensors,
    other_forces,
    patients_healthy,
    rms,
    young_people,
)
from gaitsmith.studies.virtual_stride import GRID, stack, summary
from gaitsmith.studies.virtual_words import JOINTS, MOMENTS, draw, format
from gaitsmith.units import STANDARD_GRAVITY
from gaitsmith.virtual import people as population
from gaitsmith.virtual.people import Person

__all__ = ["format", "run"]

Array = npt.NDArray[np.float64]

#: Dimensionless speeds at which virtual people walk: within those of Bovi et al. 2011.
SPEEDS = (0.30, 0.37, 0.44, 0.55, 0.65)


def run(data: Path, *, people: int = 60, figures: Path | None = None) -> dict[str, Any]:
    """All comparisons that the folder of recordings supports.

    Parameters
    ----------
    data
        Folder with the sets; a set that is not there is left out.
    people
        How many virtual people.
    figures
        A folder: pictures are drawn into it.
    """
    if people < 5:
        raise GaitsmithError("too few people to compare", place="people", found=people)
    crowd = population(people, 2026)
    walks = {v: [summary(p, v) for p in crowd] for v in SPEEDS}
    out: dict[str, Any] = {
        "people": people,
        "norms": {f"{v:.2f}": _norms(walks[v], crowd) for v in SPEEDS},
        "children": _children(walks[0.44]),
    }
    for name, study in (
        ("gait_signatures", _signatures), ("pataky2008", _pataky),
        ("voisard2023", _sensors),
    ):  # fmt: skip
        if (data / name).is_dir():
            out[name] = study(data, walks, crowd)
    if (data / "lencioni2019").is_dir():
        out["lencioni2019"] = left_out(data)
    out["young"] = young_people(max(10, people // 2), summary)
    if (data / "opensim").is_dir():
        out["opensim"] = other_forces(data, summary, crowd[:10])
    if (data / "hugadb").is_dir():
        out["hugadb"] = leg_sensors(data, crowd[:6])
    if (data / "slijepcevic2021_grf").is_dir():
        out["slijepcevic2021_grf"] = patients_healthy(data, walks[0.44])
    if figures is not None:
        draw(figures, walks, crowd, stack)
    return out


# --- against norms -------------------------------------------------------------------------------


def _norms(walks: list[dict[str, Any]], crowd: list[Person]) -> dict[str, Any]:
    norm = reference("adult", speed=walks[0]["speed"], subject=crowd[0].subject())
    out: dict[str, Any] = {}
    for name in (*JOINTS, *MOMENTS):
        curves = stack(walks, name)
        off = curves.mean(axis=0) - norm.mean(name)
        out[name] = {
            "rms": rms(off), "rms_without_offset": float(off.std()),
            "sd_ratio": float(curves.std(axis=0, ddof=1).mean() / norm.sd(name).mean()),
            "largest": float(np.abs(off).max()), "at": int(np.abs(off).argmax()),
        }  # fmt: skip
    up, wanted = stack(walks, "grf_fy").mean(axis=0), norm.mean("grf_fy")
    ahead, forward = stack(walks, "grf_fx").mean(axis=0), norm.mean("grf_fx")
    aside, inward = stack(walks, "grf_fz").mean(axis=0), norm.mean("grf_fz")
    out["force"] = {
        "first peak": _pair(up[:30].max(), wanted[:30].max()),
        "valley": _pair(up[20:45].min(), wanted[20:45].min()),
        "second peak": _pair(up[38:].max(), wanted[38:].max()),
        "braking": _pair(ahead.min(), forward.min()),
        "propulsion": _pair(ahead.max(), forward.max()),
        "inward": _pair(np.abs(aside).max(), np.abs(inward).max()),
    }
    out["trunk"] = float(np.mean([w["trunk"] for w in walks]))
    out["sole"] = float(np.median([w["sole"] for w in walks]))
    out["foot_off"] = _pair(float(np.mean([w["off"] for w in walks])), norm.foot_off / 100)
    return out


def _children(walks: list[dict[str, Any]]) -> dict[str, Any]:
    """Differences of virtual adults from typically developing children at the same speed."""
    child = Subject("child").given("norm", leg_length=0.7, age=10.0)
    speed = 0.44 * math.sqrt(STANDARD_GRAVITY * 0.7)
    norm = reference("child", speed=speed, subject=child)
    out = {}
    for name in JOINTS:
        off = stack(walks, name).mean(axis=0) - norm.mean(name)
        out[name] = {"rms": rms(off), "offset": float(off.mean()),
                     "rms_without_offset": float(off.std())}  # fmt: skip
    return out


def _pair(found: float, wanted: float) -> dict[str, float]:
    return {"virtual": float(found), "published": float(wanted)}


# --- against recordings --------------------------------------------------------------------------


def _signatures(
    data: Path, walks: Mapping[float, list[dict[str, Any]]], crowd: list[Person]
) -> dict[str, Any]:
    """Able-bodied people on a treadmill: RMS of their mean gap to virtual people at those speeds.

    The file's stride begins near, not at, the strike: each is turned by the whole percent at which
    the knee fits best, which is told.
    """
    found = [c for c in curves_of(data, "gait_signatures") if str(c.subject.id).startswith("AB")]
    mean_leg = float(np.mean([p.leg for p in crowd]))
    gaps: dict[str, list[Array]] = {n: [] for n in JOINTS}
    curves: dict[tuple[str, float], dict[str, Array]] = {}
    turns = []
    for person in found:
        for i, metres in enumerate(person.rows["speed"]):
            asked = float(metres or 0) / math.sqrt(STANDARD_GRAVITY * mean_leg)
            at = min(SPEEDS, key=lambda v: abs(v - asked))
            mine = {
                n: np.interp(person.phase / 100, GRID, stack(walks[at], n).mean(axis=0))
                for n in JOINTS
            }
            knee = person["knee_angle"][i]
            turn: int = min(
                range(len(knee)), key=lambda k: rms(np.roll(knee, k) - mine["knee_angle"])
            )
            turns.append((turn + 50) % 100 - 50)
            for name in JOINTS:
                curve = np.roll(person[name][i], turn)
                gaps[name].append(curve - mine[name])
                curves.setdefault((name, at), {})[str(person.subject.id)] = curve
    out: dict[str, Any] = {"people": len(found), "turned_percent": float(np.median(turns))}
    for name in JOINTS:
        gap = np.mean(gaps[name], axis=0)
        ratios = [
            stack(walks[at], n).std(axis=0, ddof=1).mean() / np.std(list(c.values()), axis=0, ddof=1).mean()
            for (n, at), c in curves.items() if n == name and len(c) == len(found) > 1
        ]  # fmt: skip
        out[name] = {"rms": rms(gap), "rms_without_offset": float(np.std(gap))}
        if ratios:
            out[name]["sd_ratio"] = float(np.mean(ratios))
    return out


def _pataky(
    data: Path, walks: Mapping[float, list[dict[str, Any]]], _: list[Person]
) -> dict[str, Any]:
    """Peaks of the vertical force of stance by speed.

    The file's unit is called body weight, but its stances carry 1.13 to 1.36 of it on average, where
    no steady walk can carry more than one over twice the stance's share of the stride (about 0.8):
    curves are scaled to the virtual people's mean, and only their shape is compared.
    """
    speeds, rows = [], []
    for person in curves_of(data, "pataky2008"):
        speeds += [float(v or 0) for v in person.rows["speed"]]
        rows += list(person.data[:, :, 0])
    found, curves = np.array(speeds), np.array(rows)
    out: dict[str, Any] = {}
    for at in SPEEDS:
        metres = float(np.mean([w["speed"] for w in walks[at]]))
        near = np.abs(found - metres) < 0.12
        if near.sum() < 8:
            continue
        mine = np.mean(
            [np.interp(np.linspace(0, w["off"], 101), GRID, w["grf_fy"]) for w in walks[at]],
            axis=0,
        )
        real = curves[near] * (mine.mean() / curves[near].mean(axis=1, keepdims=True))
        out[f"{metres:.2f} m/s"] = {
            "strides": int(near.sum()),
            "first peak": against(mine[:45].max(), np.median(real[:, 8:45].max(axis=1))),
            "valley": against(mine[30:70].min(), np.median(real[:, 30:70].min(axis=1))),
            "second peak": against(mine[55:].max(), np.median(real[:, 55:].max(axis=1))),
        }
    return out


def _sensors(
    data: Path, walks: Mapping[float, list[dict[str, Any]]], _: list[Person]
) -> dict[str, Any]:
    """The foot's sensor over strides of healthy people: size of turning rate and acceleration."""
    turn: list[Array] = []
    push: list[Array] = []
    with tempfile.TemporaryDirectory() as scratch:
        for trial in loader("voisard2023").trials(Raw(data / "voisard2023", Path(scratch))):
            if not isinstance(trial, Trial) or len(turn) >= 12:
                continue
            walk = trial.read()
            if not isinstance(walk, Recording):
                continue
            strides = _measured(walk)
            if strides is not None:
                turn.append(strides[0])
                push.append(strides[1])
    mine = walks[0.37]
    out: dict[str, Any] = {"recordings": len(turn)}
    if not turn:
        return out
    for name, real in (("foot_gyr", turn), ("foot_acc", push)):
        a, b = stack(mine, name).mean(axis=0), np.mean(real, axis=0)
        out[name] = alike(a, b)
    return out


def _measured(walk: Recording) -> tuple[Array, Array] | None:
    """Mean stride of the right foot's sensor: turning rate (deg/s) and acceleration (m/s²)."""
    stream = next((s for s in walk.of_kind("imu").values() if "foot_r" in s), None)
    strikes = walk.events.times("strike", "right")
    steps = np.diff(strikes)
    if stream is None or len(strikes) < 5:
        return None
    usual = float(np.median(steps))
    sensor = stream["foot_r"]
    out = []
    for part in (slice(3, 6), slice(0, 3)):
        size = np.linalg.norm(sensor[:, part], axis=1)
        out.append(np.mean([
            np.interp(a + GRID * (b - a), stream.times, size)
            for a, b in pairwise(strikes) if abs(b - a - usual) < 0.2 * usual
        ], axis=0))  # fmt: skip
    return out[0], out[1]
