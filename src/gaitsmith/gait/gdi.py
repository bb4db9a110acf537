"""The gait deviation index: how far strides are from those of a laboratory's own controls.

``GDI.fit(curves)`` takes the control strides themselves, then ``gdi.score(curves)``; it is not
built from published means and SD.

Source: Schwartz MH, Rozumalski A (2008) The gait deviation index, Gait Posture 28:351-357.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.gait.indices import GPS_VARIABLES
from gaitsmith.gait.strides import Strides

__all__ = ["GDI", "feature_matrix"]

Array = npt.NDArray[np.float64]

# Points of the features: every 2 % of the stride (Schwartz & Rozumalski 2008).
_STEP = 2
# Share of the variance that the basis keeps: 15 features kept 98 % of their data.
_SHARE = 0.98


def feature_matrix(s: Strides) -> Array:
    """Stride × 459: the nine variables every 2 % of the stride, in the GDI's order.

    Raises
    ------
    MissingInputError
        Where one of the nine is not there; the GDI has no version without it.
    """
    lacking = [v for v in GPS_VARIABLES if v not in s]
    if lacking:
        raise MissingInputError(
            "the GDI needs all nine variables", place=f"{s.side} strides",
            found=f"without {', '.join(lacking)}", expected=", ".join(GPS_VARIABLES),
            remedy="use gait.indices.profile, which names what it is made of",
        )  # fmt: skip
    parts = [s.as_right(v)[:, ::_STEP] for v in GPS_VARIABLES]
    rows = np.concatenate(parts, axis=1)
    return np.asarray(rows[~np.isnan(rows).any(axis=1)])


@dataclass(frozen=True)
class GDI:
    """Gait deviation index from a declared set of control strides (Schwartz & Rozumalski 2008).

    Every stride is a vector of 459 numbers (nine variables, every 2 % of the stride). The basis
    are the leading left singular vectors of many people's strides; a stride's distance is that of
    its features from the controls' mean; the index is 100 - 10 z of the log distance, so that
    controls have 100 ± 10.

    Deviations: the paper's basis comes from thousands of strides of patients, which are not public;
    here it comes from the strides given to :meth:`fit` (controls, and more where `basis` is
    given), with as many vectors as hold 98 % of their variance. Values of different control sets
    are not comparable; `population` names the set.
    """

    basis: Array
    mean: Array
    log_mean: float
    log_sd: float
    population: str

    @classmethod
    def fit(cls, controls: Array, *, population: str, basis: Array | None = None) -> GDI:
        """From control strides (n × 459, :func:`feature_matrix`), one or few a person.

        Parameters
        ----------
        population
            Who the controls are, in words.
        basis
            Strides (m × 459) that the basis is built from; default the controls themselves.

        Raises
        ------
        MissingInputError
            Below 20 control strides: the scale would be noise.
        """
        controls = np.asarray(controls, dtype=np.float64)
        if controls.ndim != 2 or len(controls) < 20 or not np.isfinite(controls).all():
            raise MissingInputError(
                "the GDI needs control strides", place="argument controls",
                found=f"an array of shape {controls.shape}",
                expected="at least 20 strides without gaps, n × 459 (feature_matrix)",
                remedy="give the strides of people without a gait problem from the same laboratory; "
                "published means and SD are not enough",
            )  # fmt: skip
        source = controls if basis is None else np.asarray(basis, dtype=np.float64)
        vectors, values, _ = np.linalg.svd(source.T, full_matrices=False)
        share = np.cumsum(values**2) / np.sum(values**2)
        keep = int(np.searchsorted(share, _SHARE)) + 1
        chosen = vectors[:, : max(keep, min(15, vectors.shape[1]))]
        features = controls @ chosen
        mean = features.mean(axis=0)
        log = np.log(np.linalg.norm(features - mean, axis=1))
        return cls(chosen, mean, float(log.mean()), float(log.std(ddof=1)), population)

    def score(self, rows: Array) -> Array:
        """The index of each stride (n × 459): 100 is the controls' mean, 10 their SD."""
        rows = np.atleast_2d(np.asarray(rows, dtype=np.float64))
        if rows.shape[1] != len(self.basis):
            raise GaitsmithError("these are not the features of this GDI", place="argument rows",
                                 found=f"{rows.shape[1]} columns", expected=f"{len(self.basis)}")  # fmt: skip
        distance = np.linalg.norm(rows @ self.basis - self.mean, axis=1)
        with np.errstate(divide="ignore"):
            z = (np.log(distance) - self.log_mean) / self.log_sd
        return np.asarray(100.0 - 10.0 * z)
