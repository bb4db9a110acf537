"""How like real people virtual people are: published norms and real recordings, side by side.

Norms: joint curves, forces, moments and foot off of the population against Bovi et al. 2011 at the
measured speeds, and Schwartz et al. 2008 (children, whose differences are named, not judged). Real
people: ``lencioni2019`` (only those whose curves did not inform the style), ``gait_signatures``
(able-bodied), ``pataky2008``. A classifier is asked to tell virtual from real.
"""

from __future__ import annotations

import math
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.datasets.base import Trial
from gaitsmith.datasets.curves import Curves
from gaitsmith.datasets.raw import Raw
from gaitsmith.datasets.registry import loader
from gaitsmith.errors import GaitsmithError
from gaitsmith.gait.reference import LEG_SHARE, reference
from gaitsmith.recording import Recording, Subject
from gaitsmith.studies.virtual_more import (
    against,
    alike,
    leg_sensors,
    other_forces,
    patients_healthy,
    rms,
    young_people,
)
from gaitsmith.studies.virtual_words import JOINTS, MOMENTS, draw, format
from gaitsmith.units import STANDARD_GRAVITY
from gaitsmith.virtual import people as population
from gaitsmith.virtual import walker
from gaitsmith.virtual.people import Person
from gaitsmith.virtual.style import INFORMED_BY

__all__ = ["format", "run"]

Array = npt.NDArray[np.float64]

#: Dimensionless speeds at which virtual people walk: within those of Bovi et al. 2011.
SPEEDS = (0.30, 0.37, 0.44, 0.55, 0.65)
_GRID = np.linspace(0.0, 1.0, 101)
# The laboratory of lencioni2019 is that of Bovi et al. 2011, whose foot's marker frame lies 20 degrees
# off the sole (``build_references``, from the published tables alone): taken off the ankle here too.
_FOOT_FRAME = 20.0


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
    walks = {v: [_summary(p, v) for p in crowd] for v in SPEEDS}
    out: dict[str, Any] = {
        "people": people,
        "norms": {f"{v:.2f}": _norms(walks[v], crowd) for v in SPEEDS},
        "children": _children(walks[0.44]),
    }
    for name, study in (
        ("lencioni2019", _lencioni), ("gait_signatures", _signatures), ("pataky2008", _pataky),
        ("voisard2023", _sensors),
    ):  # fmt: skip
        if (data / name).is_dir():
            out[name] = study(data, walks, crowd)
    out["young"] = young_people(max(10, people // 2), _summary)
    if (data / "opensim").is_dir():
        out["opensim"] = other_forces(data, _summary, crowd[:10])
    if (data / "hugadb").is_dir():
        out["hugadb"] = leg_sensors(data, crowd[:6])
    if (data / "slijepcevic2021_grf").is_dir():
        out["slijepcevic2021_grf"] = patients_healthy(data, walks[0.44])
    if figures is not None:
        draw(figures, walks, crowd, _stack)
    return out


# --- virtual people ------------------------------------------------------------------------------


def _summary(person: Person, dimensionless: float) -> dict[str, Any]:
    """Mean curves (101 points) of one person's right side, stride SD, foot off and sensors."""
    speed = dimensionless / person.dimensionless(1.0)
    # Each person's own strides: shared ones would push all people the same way.
    own = zlib.crc32(f"{person.id} {dimensionless:.2f}".encode())
    walk = walker(person, speed, 6.0, seed=own)
    out: dict[str, Any] = {"speed": speed, "dimensionless": dimensionless}
    for name in JOINTS:
        strides = _strides(walk, walk["angles"][f"{name}_r"])
        out[name] = strides.mean(axis=0)
        out[f"{name}_stride_sd"] = float(strides.std(axis=0, ddof=1).mean())
    for name in MOMENTS:
        values = walk["moments"][name.replace("_moment", "_r_moment")] / person.mass
        out[name] = _strides(walk, values).mean(axis=0)
    for i, name in enumerate(("grf_fx", "grf_fy", "grf_fz")):
        values = walk["forces"]["foot_r"][:, i] / (person.mass * STANDARD_GRAVITY)
        out[name] = _strides(walk, values).mean(axis=0)
    strikes, offs = (walk.events.times(k, "right") for k in ("strike", "off"))
    shares = [(offs[offs > a][0] - a) / (b - a) for a, b in pairwise(strikes)]
    out["off"] = float(np.mean(shares))
    out["foot_gyr"] = _strides(walk, np.linalg.norm(walk["imu"]["foot_r"][:, 3:], axis=1)).mean(
        axis=0
    )
    out["foot_acc"] = _strides(walk, np.linalg.norm(walk["imu"]["foot_r"][:, :3], axis=1)).mean(
        axis=0
    )
    return out


def _strides(walk: Recording, values: Array) -> Array:
    """Right strides × 101."""
    times, strikes = walk["angles"].times, walk.events.times("strike", "right")
    return np.array([np.interp(a + _GRID * (b - a), times, values) for a, b in pairwise(strikes)])


def _stack(walks: list[dict[str, Any]], name: str) -> Array:
    return np.stack([w[name] for w in walks])


# --- against norms -------------------------------------------------------------------------------


def _norms(walks: list[dict[str, Any]], crowd: list[Person]) -> dict[str, Any]:
    norm = reference("adult", speed=walks[0]["speed"], subject=crowd[0].subject())
    out: dict[str, Any] = {}
    for name in (*JOINTS, *MOMENTS):
        curves = _stack(walks, name)
        off = curves.mean(axis=0) - norm.mean(name)
        out[name] = {
            "rms": rms(off), "rms_without_offset": float(off.std()),
            "sd_ratio": float(curves.std(axis=0, ddof=1).mean() / norm.sd(name).mean()),
            "largest": float(np.abs(off).max()), "at": int(np.abs(off).argmax()),
        }  # fmt: skip
    up, wanted = _stack(walks, "grf_fy").mean(axis=0), norm.mean("grf_fy")
    ahead, forward = _stack(walks, "grf_fx").mean(axis=0), norm.mean("grf_fx")
    aside, inward = _stack(walks, "grf_fz").mean(axis=0), norm.mean("grf_fz")
    out["force"] = {
        "first peak": _pair(up[:30].max(), wanted[:30].max()),
        "valley": _pair(up[20:45].min(), wanted[20:45].min()),
        "second peak": _pair(up[38:].max(), wanted[38:].max()),
        "braking": _pair(ahead.min(), forward.min()),
        "propulsion": _pair(ahead.max(), forward.max()),
        "inward": _pair(np.abs(aside).max(), np.abs(inward).max()),
    }
    out["foot_off"] = _pair(float(np.mean([w["off"] for w in walks])), norm.foot_off / 100)
    return out


def _children(walks: list[dict[str, Any]]) -> dict[str, Any]:
    """Differences of virtual adults from typically developing children at the same speed."""
    child = Subject("child").given("norm", leg_length=0.7, age=10.0)
    speed = 0.44 * math.sqrt(STANDARD_GRAVITY * 0.7)
    norm = reference("child", speed=speed, subject=child)
    out = {}
    for name in JOINTS:
        off = _stack(walks, name).mean(axis=0) - norm.mean(name)
        out[name] = {"rms": rms(off), "offset": float(off.mean()),
                     "rms_without_offset": float(off.std())}  # fmt: skip
    return out


def _pair(found: float, wanted: float) -> dict[str, float]:
    return {"virtual": float(found), "published": float(wanted)}


# --- against recordings --------------------------------------------------------------------------


def _curves(data: Path, name: str) -> list[Curves]:
    """Every set of curves of a set's people."""
    with tempfile.TemporaryDirectory() as scratch:
        found = loader(name).trials(Raw(data / name, Path(scratch)))
        read = [t.read() for t in found if isinstance(t, Trial)
                and (name != "lencioni2019" or t.id.endswith("curves"))]  # fmt: skip
    return [c for c in read if isinstance(c, Curves)]


def _lencioni(
    data: Path, walks: Mapping[float, list[dict[str, Any]]], _: list[Person]
) -> dict[str, Any]:
    """Left-out people: their spread, links, change with speed, stride SD; and the classifier.

    Half of them are children, and children walk otherwise: the virtual people compared with them are
    of their ages, sexes and sizes, four for each.
    """
    real: dict[str, list[Array]] = {n: [] for n in (*JOINTS, *MOMENTS)}
    stride_sd: dict[str, list[float]] = {n: [] for n in JOINTS}
    slopes: dict[str, list[float]] = {n: [] for n in JOINTS}
    who: list[Subject] = []
    for person in _curves(data, "lencioni2019"):
        if person.subject.id in INFORMED_BY or person.subject.height is None:
            continue
        leg = LEG_SHARE * person.subject.height
        task = np.array([str(t) for t in person.rows["task"]])
        speed = np.array(person.rows["speed"], dtype=float) / math.sqrt(STANDARD_GRAVITY * leg)
        rows = (task == "walking") & (speed > 0.25) & (speed < 0.65)
        if rows.sum() < 4 or np.ptp(speed[rows]) < 0.05:
            continue
        who.append(person.subject)
        centred = np.stack((np.ones(rows.sum()), speed[rows] - 0.44), axis=1)
        for name in (*JOINTS, *MOMENTS):
            block = person[name][rows] + (_FOOT_FRAME if name == "ankle_angle" else 0.0)
            fit = np.linalg.lstsq(centred, block, rcond=None)[0]
            real[name].append(fit[0])
            if name in JOINTS:
                stride_sd[name].append(float((block - centred @ fit).std(axis=0, ddof=2).mean()))
                slopes[name].append(
                    float(np.ptp(fit[0] + 0.1 * fit[1]) - np.ptp(fit[0] - 0.1 * fit[1])) / 0.2
                )
    count = len(who)
    crowd = matched(who)
    walks = {v: [_summary(p, v) for p in crowd] for v in (0.37, 0.44, 0.55)}
    virtual = walks[0.44]
    out: dict[str, Any] = {"people": count, "virtual people": len(crowd)}
    for name in JOINTS:
        mine, theirs = _stack(virtual, name), np.stack(real[name])
        shape = [c - c.mean(axis=1, keepdims=True) for c in (mine, theirs)]
        wide = [np.mean([np.ptp(w[name]) for w in walks[v]]) for v in (0.37, 0.55)]
        out[name] = {
            "sd": against(mine.std(axis=0, ddof=1).mean(), theirs.std(axis=0, ddof=1).mean()),
            "sd_of_shape": against(shape[0].std(axis=0, ddof=1).mean(), shape[1].std(axis=0, ddof=1).mean()),
            "stride_sd": against(np.mean([w[f"{name}_stride_sd"] for w in virtual]), np.mean(stride_sd[name])),
            "range": against(np.ptp(mine, axis=1).mean(), np.ptp(theirs, axis=1).mean()),
            "range_by_speed": against((wide[1] - wide[0]) / 0.18, np.mean(slopes[name])),
            "rms_of_mean": rms(mine.mean(axis=0) - theirs.mean(axis=0)),
            "rms_of_mean_shape": rms(shape[0].mean(axis=0) - shape[1].mean(axis=0)),
        }  # fmt: skip
    for a, b in (("hip_flexion", "knee_angle"), ("knee_angle", "ankle_angle")):
        links = []
        for source in (
            {n: _stack(virtual, n) for n in JOINTS},
            {n: np.stack(real[n]) for n in JOINTS},
        ):
            pair = [source[n] - source[n].mean(axis=0) for n in (a, b)]
            links.append(float(np.corrcoef(pair[0].ravel(), pair[1].ravel())[0, 1]))
        out[f"{a} with {b}"] = against(*links)
    for name in MOMENTS:
        mine, theirs = _stack(virtual, name), np.stack(real[name])
        out[name] = {
            "rms": rms(mine.mean(axis=0) - theirs.mean(axis=0)),
            "real sd": float(theirs.std(axis=0, ddof=1).mean()),
            "virtual sd": float(mine.std(axis=0, ddof=1).mean()),
        }
    made = [np.stack([w[n] for n in JOINTS]) for w in virtual]
    lived = [np.stack([real[n][i] for n in JOINTS]) for i in range(count)]
    out["classifier"] = _told_apart(made, lived)
    out["classifier_without_offsets"] = _told_apart(
        *([c - c.mean(axis=1, keepdims=True) for c in group] for group in (made, lived))
    )
    out["classifier, real against real"] = _told_apart(lived[::2], lived[1::2])
    return out


def matched(who: Sequence[Subject], each: int = 4, seed: int = 77) -> list[Person]:
    """Virtual people of the ages, sexes and sizes of real ones: `each` in turn for everyone."""
    drawn = population(each * len(who), seed)
    out = []
    for i, person in enumerate(drawn):
        s = who[i % len(who)]
        sex = "male" if s.sex == "male" else "female"
        out.append(person.changed(
            sex=sex, age=float(s.age or 30), height=float(s.height or 1.7), mass=float(s.mass or 65)
        ))  # fmt: skip
    return out


def _told_apart(virtual: list[Array], real: list[Array]) -> float:
    """Balanced accuracy, leave one person out, of linear discriminants on six principal components.

    As many virtual people as real ones; the mean of ten draws of them.
    """
    rng = np.random.default_rng(0)
    found = []
    for _ in range(10):
        # One of each size where there are several of each (``matched``), else any.
        n = min(len(real), len(virtual))
        whole = len(virtual) // n * n == len(virtual) and len(virtual) > n
        chosen = (np.arange(n) + n * rng.integers(len(virtual) // n, size=n) if whole
                  else rng.choice(len(virtual), size=n, replace=False))  # fmt: skip
        x = np.array([virtual[i].ravel() for i in chosen] + [r.ravel() for r in real])
        y = np.array([0] * len(chosen) + [1] * len(real))
        right = np.zeros(len(y), bool)
        for i in range(len(y)):
            train = np.arange(len(y)) != i
            middle = x[train].mean(axis=0)
            axes = np.linalg.svd(x[train] - middle, full_matrices=False)[2][:6]
            z = (x - middle) @ axes.T
            means = [z[train & (y == k)].mean(axis=0) for k in (0, 1)]
            within = np.cov(np.concatenate([z[train & (y == k)] - means[k] for k in (0, 1)]).T)
            toward: Array = np.linalg.solve(
                within + 1e-6 * np.trace(within) * np.eye(6), means[1] - means[0]
            )
            score = (z[i] - (means[0] + means[1]) / 2) @ toward
            right[i] = (score > 0) == (y[i] == 1)
        found.append(np.mean([right[y == k].mean() for k in (0, 1)]))
    return float(np.mean(found))


def _signatures(
    data: Path, walks: Mapping[float, list[dict[str, Any]]], crowd: list[Person]
) -> dict[str, Any]:
    """Able-bodied people on a treadmill: RMS of their mean gap to virtual people at those speeds.

    The file's stride begins near, not at, the strike: each is turned by the whole percent at which
    the knee fits best, which is told.
    """
    found = [c for c in _curves(data, "gait_signatures") if str(c.subject.id).startswith("AB")]
    mean_leg = float(np.mean([p.leg for p in crowd]))
    gaps: dict[str, list[Array]] = {n: [] for n in JOINTS}
    turns = []
    for person in found:
        for i, metres in enumerate(person.rows["speed"]):
            asked = float(metres or 0) / math.sqrt(STANDARD_GRAVITY * mean_leg)
            at = min(SPEEDS, key=lambda v: abs(v - asked))
            mine = {
                n: np.interp(person.phase / 100, _GRID, _stack(walks[at], n).mean(axis=0))
                for n in JOINTS
            }
            knee = person["knee_angle"][i]
            turn: int = min(
                range(len(knee)), key=lambda k: rms(np.roll(knee, k) - mine["knee_angle"])
            )
            turns.append((turn + 50) % 100 - 50)
            for name in JOINTS:
                gaps[name].append(np.roll(person[name][i], turn) - mine[name])
    out: dict[str, Any] = {"people": len(found), "turned_percent": float(np.median(turns))}
    for name in JOINTS:
        gap = np.mean(gaps[name], axis=0)
        out[name] = {"rms": rms(gap), "rms_without_offset": float(np.std(gap))}
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
    for person in _curves(data, "pataky2008"):
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
            [np.interp(np.linspace(0, w["off"], 101), _GRID, w["grf_fy"]) for w in walks[at]],
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
        a, b = _stack(mine, name).mean(axis=0), np.mean(real, axis=0)
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
            np.interp(a + _GRID * (b - a), stream.times, size)
            for a, b in pairwise(strikes) if abs(b - a - usual) < 0.2 * usual
        ], axis=0))  # fmt: skip
    return out[0], out[1]
