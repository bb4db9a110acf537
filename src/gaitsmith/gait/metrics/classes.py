"""Measures of decisions: classes, scores, localised joints, alarms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError

__all__ = [
    "Detection", "accuracy", "auc", "balanced_accuracy", "confusion", "detection", "localisation",
    "macro_f1",
]  # fmt: skip

Array = npt.NDArray[np.float64]


def confusion(
    truth: npt.ArrayLike, said: npt.ArrayLike
) -> tuple[npt.NDArray[Any], npt.NDArray[np.intp]]:
    """Classes in order, and the counts: row = truth, column = said."""
    a, b = np.asarray(truth), np.asarray(said)
    if a.shape != b.shape or not a.size:
        raise GaitsmithError("there are not as many decisions as truths", place="error measure",
                             found=f"{a.shape} and {b.shape}")  # fmt: skip
    names, codes = np.unique(np.concatenate([a.ravel(), b.ravel()]), return_inverse=True)
    k, n = len(names), a.size
    table = np.bincount(codes[:n] * k + codes[n:], minlength=k * k).reshape(k, k)
    return names, table


def accuracy(truth: npt.ArrayLike, said: npt.ArrayLike) -> float:
    """Share of right decisions."""
    _, table = confusion(truth, said)
    return float(np.trace(table) / table.sum())


def balanced_accuracy(truth: npt.ArrayLike, said: npt.ArrayLike) -> float:
    """Mean over the classes met in the truth of the share found."""
    _, table = confusion(truth, said)
    total = table.sum(axis=1)
    met = total > 0
    return float(np.mean(np.diag(table)[met] / total[met]))


def macro_f1(truth: npt.ArrayLike, said: npt.ArrayLike) -> float:
    """Mean over all classes met of 2 TP / (2 TP + FP + FN)."""
    _, table = confusion(truth, said)
    right = np.diag(table)
    return float(np.mean(2 * right / (table.sum(axis=0) + table.sum(axis=1))))


def auc(truth: npt.ArrayLike, score: npt.ArrayLike) -> float:
    """Area under the ROC: the chance that a positive scores above a negative, ties half.

    NaN where one class is missing.
    """
    from scipy.stats import rankdata

    positive = np.asarray(truth, dtype=bool).ravel()
    ranks = rankdata(np.asarray(score, dtype=np.float64).ravel())
    p, n = int(positive.sum()), int((~positive).sum())
    if not p or not n:
        return float("nan")
    return float((ranks[positive].sum() - p * (p + 1) / 2) / (p * n))


def localisation(changed: npt.NDArray[np.bool_], scores: Array) -> tuple[float, float]:
    """loc and top-1 of joint scores against the joints truly changed (trial × joint).

    loc: mean over trials of the area under the ROC of the trial's scores; top-1: share of trials
    whose highest score is a joint truly changed (tied highest scores count by their share). A trial
    in which no joint or every joint has changed has no area; where that is all of them, loc is NaN.
    """
    changed, scores = np.asarray(changed, dtype=bool), np.asarray(scores, dtype=np.float64)
    areas = np.array([auc(c, s) for c, s in zip(changed, scores, strict=True)])
    areas = areas[np.isfinite(areas)]
    top = scores == scores.max(axis=1, keepdims=True)
    hit = (top & changed).sum(axis=1) / top.sum(axis=1)
    return float(areas.mean()) if len(areas) else float("nan"), float(hit.mean())


@dataclass(frozen=True)
class Detection:
    """Threshold, share of abnormal trials above it, and of normal test trials above it."""

    threshold: float
    detected: float
    false_alarms: float


def detection(
    calibration: Array, normal: Array, abnormal: Array, *, alpha: float = 0.05
) -> Detection:
    """Share of abnormal trials called abnormal at `alpha` family-wise false alarms.

    All three are trial × joint scores; a trial is called abnormal where its highest joint score
    passes the threshold, which is the calibration trials' (1 - alpha) quantile of that maximum
    (the next higher value: never more alarms than alpha on exchangeable trials).
    """
    highest = np.sort(np.asarray(calibration, dtype=np.float64).max(axis=1))
    n = len(highest)
    at = int(np.ceil((n + 1) * (1 - alpha))) - 1
    threshold = float(highest[at]) if at < n else float("inf")
    share = [float((np.asarray(x).max(axis=1) > threshold).mean()) if len(x) else float("nan")
             for x in (abnormal, normal)]  # fmt: skip
    return Detection(threshold, share[0], share[1])
