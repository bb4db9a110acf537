"""Virtual people beside those of lencioni2019 whose curves did not inform them."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.datasets.base import Trial
from gaitsmith.datasets.curves import Curves
from gaitsmith.datasets.raw import Raw
from gaitsmith.datasets.registry import loader
from gaitsmith.gait.reference import LEG_SHARE
from gaitsmith.recording import Subject
from gaitsmith.studies.virtual_more import against, rms
from gaitsmith.studies.virtual_stride import stack, summary
from gaitsmith.studies.virtual_words import JOINTS, MOMENTS
from gaitsmith.units import STANDARD_GRAVITY
from gaitsmith.virtual import people as population
from gaitsmith.virtual.people import Person
from gaitsmith.virtual.style import INFORMED_BY

__all__ = ["curves_of", "left_out", "matched", "told_apart"]

Array = npt.NDArray[np.float64]
#: About ten right strides, as many as of a real person.
_SECONDS = 12.0
# The laboratory of lencioni2019 is that of Bovi et al. 2011, whose foot's marker frame lies 20 degrees
# off the sole (``build_references``, from the published tables alone): taken off the ankle here too.
_FOOT_FRAME = 20.0


def curves_of(data: Path, name: str) -> list[Curves]:
    """Every set of curves of a set's people."""
    with tempfile.TemporaryDirectory() as scratch:
        found = loader(name).trials(Raw(data / name, Path(scratch)))
        read = [t.read() for t in found if isinstance(t, Trial)
                and (name != "lencioni2019" or t.id.endswith("curves"))]  # fmt: skip
    return [c for c in read if isinstance(c, Curves)]


def left_out(data: Path) -> dict[str, Any]:
    """Left-out people: their spread, links, change with speed, stride SD; and the classifier.

    Half of them are children, and children walk otherwise: the virtual people compared with them are
    of their ages, sexes and sizes, four for each.
    """
    real: dict[str, list[Array]] = {n: [] for n in (*JOINTS, *MOMENTS)}
    stride_sd: dict[str, list[float]] = {n: [] for n in JOINTS}
    slopes: dict[str, list[float]] = {n: [] for n in JOINTS}
    who: list[Subject] = []
    for person in curves_of(data, "lencioni2019"):
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
    walks = {v: [summary(p, v, _SECONDS) for p in crowd] for v in (0.37, 0.44, 0.55)}
    virtual = walks[0.44]
    out: dict[str, Any] = {"people": count, "virtual people": len(crowd)}
    for name in JOINTS:
        mine, theirs = stack(virtual, name), np.stack(real[name])
        shape = [c - c.mean(axis=1, keepdims=True) for c in (mine, theirs)]
        wide = [np.array([np.ptp(w[name]) for w in walks[v]]) for v in (0.37, 0.55)]
        steps = (wide[1] - wide[0]) / 0.18
        out[name] = {
            "sd": against(mine.std(axis=0, ddof=1).mean(), theirs.std(axis=0, ddof=1).mean()),
            "sd_of_shape": against(shape[0].std(axis=0, ddof=1).mean(), shape[1].std(axis=0, ddof=1).mean()),
            "stride_sd": against(np.mean([w[f"{name}_stride_sd"] for w in virtual]), np.mean(stride_sd[name])),
            "range": against(np.ptp(mine, axis=1).mean(), np.ptp(theirs, axis=1).mean()),
            "range_by_speed": against(steps.mean(), np.mean(slopes[name])),
            "range_by_speed_error": against(_error(steps), _error(np.array(slopes[name]))),
            "rms_of_mean": rms(mine.mean(axis=0) - theirs.mean(axis=0)),
            "rms_of_mean_shape": rms(shape[0].mean(axis=0) - shape[1].mean(axis=0)),
        }  # fmt: skip
    for a, b in (("hip_flexion", "knee_angle"), ("knee_angle", "ankle_angle")):
        links = []
        for source in (
            {n: stack(virtual, n) for n in JOINTS},
            {n: np.stack(real[n]) for n in JOINTS},
        ):
            pair = [source[n] - source[n].mean(axis=0) for n in (a, b)]
            links.append(float(np.corrcoef(pair[0].ravel(), pair[1].ravel())[0, 1]))
        out[f"{a} with {b}"] = against(*links)
    for name in MOMENTS:
        mine, theirs = stack(virtual, name), np.stack(real[name])
        out[name] = {
            "rms": rms(mine.mean(axis=0) - theirs.mean(axis=0)),
            "real sd": float(theirs.std(axis=0, ddof=1).mean()),
            "virtual sd": float(mine.std(axis=0, ddof=1).mean()),
        }
    made = [np.stack([w[n] for n in JOINTS]) for w in virtual]
    lived = [np.stack([real[n][i] for n in JOINTS]) for i in range(count)]
    out["classifier"] = told_apart(made, lived)
    out["classifier_without_offsets"] = told_apart(
        *([c - c.mean(axis=1, keepdims=True) for c in group] for group in (made, lived))
    )
    out["classifier, real against real"] = told_apart(lived[::2], lived[1::2])
    return out


def _error(values: Array) -> float:
    """Standard error of a mean over people."""
    return float(values.std(ddof=1) / math.sqrt(len(values)))


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


def told_apart(virtual: list[Array], real: list[Array]) -> float:
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
