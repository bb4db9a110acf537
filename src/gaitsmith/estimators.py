"""scikit-learn estimators: recordings to tables of parameters or curves, and windows to gait phase.

>>> from sklearn.pipeline import make_pipeline
>>> from sklearn.linear_model import LogisticRegression
>>> from gaitsmith.estimators import StrideCurves
>>> model = make_pipeline(StrideCurves(["knee_angle"]), LogisticRegression())  # doctest: +SKIP

The transformers take a sequence of recordings (or of file names) where scikit-learn's own take a
matrix; everything else (``clone``, ``Pipeline``, ``cross_val_score``, ``set_output``) is as usual.
It needs the extra: ``pip install 'gaitsmith[sklearn]'``.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted, validate_data

from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Recording

__all__ = ["GaitParameters", "PhaseClassifier", "StrideCurves"]

Array = npt.NDArray[np.float64]
Walks = Sequence[Recording | str | os.PathLike[str]]
_SIDES = ("left", "right")


def _read(walk: Recording | str | os.PathLike[str]) -> Recording:
    if isinstance(walk, Recording):
        return walk
    from gaitsmith.formats import read

    return read(walk)


class _OfRecordings(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """What both transformers share: recordings in, one row of numbers each."""

    def fit(self, X: Walks, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Learn the names of the columns from these recordings; `y` is not used."""
        rows = [self._row(_read(walk)) for walk in X]
        if not rows:
            raise GaitsmithError("no recordings to fit on", expected="one or more")
        self.names_ = list(dict.fromkeys(name for row in rows for name in row))
        return self

    def transform(self, X: Walks) -> Array:
        """recording × column; NaN where a recording does not give one.

        Raises
        ------
        GaitsmithError
            As :func:`gaitsmith.analyze` does, where a recording is no walk.
        """
        check_is_fitted(self)
        out = np.full((len(X), len(self.names_)), np.nan)
        for i, walk in enumerate(X):
            row = self._row(_read(walk))
            out[i] = [row.get(name, np.nan) for name in self.names_]
        return out

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Names of the columns."""
        del input_features
        check_is_fitted(self)
        return np.array(self.names_, dtype=object)

    def __sklearn_tags__(self) -> Any:
        """Recordings are no matrix."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.allow_nan = True
        return tags

    def _row(self, recording: Recording) -> dict[str, float]:
        raise NotImplementedError


class GaitParameters(_OfRecordings):
    """One row of gait parameters a recording: means over strides of each side.

    Parameters
    ----------
    sides
        ``"each"`` (columns ``NAME_left`` and ``NAME_right``; ``NAME_both`` where a parameter has no
        side), or ``"both"`` (their mean).
    sd
        Also the SD over strides, as ``NAME_SIDE_sd``.

    Attributes
    ----------
    names_
        Columns, as in the report (``gaitsmith.gait.parameters``).
    """

    def __init__(self, sides: str = "each", sd: bool = False) -> None:
        self.sides = sides
        self.sd = sd

    def _row(self, recording: Recording) -> dict[str, float]:
        from gaitsmith.analysis import analyze

        if self.sides not in ("each", "both"):
            raise GaitsmithError("not a choice of sides", place="argument sides", found=self.sides,
                                 expected="'each' or 'both'")  # fmt: skip
        analysis = analyze(recording)
        if "parameters" not in analysis:
            return {}
        row = {}
        for name, about in analysis["parameters"].values.items():
            sided = about.get("left_mean") is not None or about.get("right_mean") is not None
            for which in _SIDES if self.sides == "each" and sided else ("both",):
                for end, what in (("", "mean"), ("_sd", "sd")) if self.sd else (("", "mean"),):
                    value = about.get(f"{which}_{what}")
                    if value is not None:
                        row[f"{name}_{which}{end}"] = float(value)
        return row


class StrideCurves(_OfRecordings):
    """One row of mean curves a recording: channel × side × points over the stride, flattened.

    Parameters
    ----------
    channels
        Coordinates without side (``"knee_angle"``) or whole names; None for all joint angles.
    points
        Points over the stride, first and last at foot strike.
    """

    def __init__(self, channels: Sequence[str] | None = None, points: int = 101) -> None:
        self.channels = channels
        self.points = points

    def _row(self, recording: Recording) -> dict[str, float]:
        from gaitsmith.gait.cycles import segment
        from gaitsmith.preparation import faced, with_events, with_points

        if self.points < 2:
            raise GaitsmithError("too few points", place="argument points", found=self.points,
                                 expected="2 or more")  # fmt: skip
        recording, _ = with_points(recording, None, [])
        recording, _ = faced(recording, [])
        recording, _ = with_events(recording, "auto", [])
        strides = segment(recording)
        at = np.linspace(0, 100, self.points)
        row: dict[str, float] = {}
        for side in strides.sides:
            own = strides[side]
            for label in recording.angles.labels if recording.angles is not None else ():
                if label not in own or not self._asked(label) or not _of_side(label, side):
                    continue
                mean = np.interp(at, own.percent_axis, own.mean(label))
                base = label.removesuffix(f"_{side[0]}")
                row |= {f"{base}_{side}_{p:g}": float(v) for p, v in zip(at, mean, strict=True)}
        return row

    def _asked(self, label: str) -> bool:
        if self.channels is None:
            return True
        return (
            label in self.channels or label.removesuffix("_l").removesuffix("_r") in self.channels
        )


def _of_side(label: str, side: str) -> bool:
    """Whether a coordinate belongs into the strides of a side: its own, or one of the midline."""
    return not label.endswith(("_l", "_r")) or label.endswith(f"_{side[0]}")


class PhaseClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Stance or swing from windows of sensor samples: standardised logistic regression.

    The baseline of the phase study with scikit-learn's manners, for windows of one's own; the
    measured default is :func:`gaitsmith.models.phase.api.estimate_phase`.

    Parameters
    ----------
    C
        Inverse strength of the penalty.
    max_iter
        Steps of the solver at most.
    """

    def __init__(self, C: float = 1.0, max_iter: int = 300) -> None:
        self.C = C
        self.max_iter = max_iter

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from windows (window × numbers) and their classes."""
        X, y = validate_data(self, X, y)
        self.mean_ = X.mean(axis=0)
        spread = X.std(axis=0)
        self.scale_ = np.where(spread > 0, spread, 1.0)
        self.model_ = LogisticRegression(C=self.C, max_iter=self.max_iter)
        self.model_.fit((X - self.mean_) / self.scale_, y)
        self.classes_, self.n_iter_ = self.model_.classes_, self.model_.n_iter_
        return self

    def predict_proba(self, X: Any) -> Array:
        """window × class."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        made: Array = self.model_.predict_proba((X - self.mean_) / self.scale_)
        return made

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The likelier class of each window."""
        check_is_fitted(self)
        made: npt.NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return made
