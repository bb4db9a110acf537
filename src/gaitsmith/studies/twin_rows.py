"""What is compared: every way of scoring, fitted and calibrated on the same training people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from gaitsmith.models.twin.alarm import Calibration, calibrate
from gaitsmith.models.twin.basis import SIZE
from gaitsmith.models.twin.default import TwinConfig, TwinModel
from gaitsmith.models.twin.null import folds
from gaitsmith.models.twin.population import Population, fit
from gaitsmith.models.twin.scores import CLASSICAL, rest_of
from gaitsmith.models.twin.walks import CHANNELS, Walks

__all__ = ["DEFAULT", "MEAN", "WHOLE", "Row", "classical_rows", "default_row", "gvs", "learnt_row"]

Array = npt.NDArray[np.float64]

DEFAULT, MEAN = "default", "mean of PCA-Q, posture, coordination"
#: Rows that say how unusual a walk is and nothing of its joints.
WHOLE = ("GPS", "GDI")
_THREE = ("PCA-Q", "posture", "coordination")


@dataclass(frozen=True)
class Row:
    """Calibrated scores (walk × channel) and the threshold of the greatest of a walk."""

    scores: Callable[[Walks], Array]
    threshold: Callable[[Walks], float]


def gvs(p: Population, walks: Walks) -> Array:
    """Root mean square difference of each curve from the mean, degrees (Baker 2009: the MAP)."""
    rest = rest_of(p, walks).reshape(len(walks), len(CHANNELS), SIZE)
    return np.asarray(np.sqrt((rest**2).sum(axis=2)))


_ALL: dict[str, Callable[[Population, Walks], Array]] = {**CLASSICAL, "MAP (GVS)": gvs}


def classical_rows(
    train: Walks, config: TwinConfig | None = None, *, population: Population | None = None
) -> dict[str, Row]:
    """Every simple score, calibrated out of fold on the training people."""
    c = config or TwinConfig()

    def learn(walks: Walks) -> Population:
        return fit(
            walks, target_share=c.target, strides_shape=c.strides_shape, slope_people=c.slope_people
        )

    p = population or learn(train)
    raw = {k: np.full((len(train), len(CHANNELS)), np.nan) for k in _ALL}
    for names in folds(train.person):
        mine = np.isin(train.person, names)
        left = learn(train.take(~mine))
        for k, f in _ALL.items():
            raw[k][mine] = f(left, train.take(mine))
    rows, found = {}, {}
    for k, f in _ALL.items():
        found[k] = calibrate(raw[k], train.person, log=k != "Mahalanobis")
        rows[k] = _row(partial(f, p), found[k])
    mixed = calibrate(_mean(found, raw), train.person, log=False, channels=False)
    rows[MEAN] = Row(
        lambda w: _mean(found, {k: _ALL[k](p, w) for k in _THREE}), lambda _: mixed.threshold()
    )
    return rows | _whole(train, p, raw["MAP (GVS)"])


def _gdi(train: Walks) -> Callable[[Walks], Array]:
    """Negative GDI of walks, from controls (``gait.gdi``), on the curves that all of them have."""
    from gaitsmith.gait.gdi import GDI

    known = train.present.all(axis=0)

    def rows(walks: Walks) -> Array:
        return np.asarray(walks.curves[:, known, ::2].reshape(len(walks), -1))

    made = GDI.fit(rows(train), population="training people")
    return lambda w: -made.score(rows(w))


def _whole(train: Walks, p: Population, left_out: Array) -> dict[str, Row]:
    """GPS (root mean square of the MAP) and GDI: the same number stands for every curve there is."""
    gdi = np.full(len(train), np.nan)
    for names in folds(train.person):
        mine = np.isin(train.person, names)
        if (~mine).sum() >= _CONTROLS:
            gdi[mine] = _gdi(train.take(~mine))(train.take(mine))

    def gps(scores: Array) -> Array:
        return np.asarray(np.sqrt(np.nanmean(scores**2, axis=1)))

    def row(values: Array, score: Callable[[Walks], Array], *, log: bool) -> Row:
        c = calibrate(values[:, None], train.person, log=log)
        return _row(lambda w: np.where(w.present & p.known, score(w)[:, None], np.nan), c)

    out = {"GPS": row(gps(left_out), lambda w: gps(gvs(p, w)), log=True)}
    if np.isfinite(gdi).all():
        out["GDI"] = row(gdi, _gdi(train), log=False)
    return out


# Strides that a GDI asks for.
_CONTROLS = 20


def _mean(found: Mapping[str, Calibration], raw: Mapping[str, Array]) -> Array:
    return np.asarray(np.mean([found[k](raw[k]) for k in _THREE], axis=0))


def _row(raw: Callable[[Walks], Array], c: Calibration) -> Row:
    return Row(lambda w: c(raw(w)), lambda _: c.threshold())


def default_row(model: TwinModel, *, lab: bool = False) -> Row:
    """The default; speeds beyond the reference's are taken as the nearest."""

    def judged(walks: Walks) -> tuple[Array, float]:
        j = model.judge(walks.replaced(speed=np.clip(walks.speed, *model.speeds)), lab=lab)
        return j.combined, j.threshold

    return Row(lambda w: judged(w)[0], lambda w: judged(w.take([0]))[1])


def learnt_row(raw: Callable[[Walks], Array], normal: Walks) -> Row:
    """A score that was learnt elsewhere, calibrated on normal people that it was not learnt from."""
    return _row(raw, calibrate(raw(normal), normal.person))
