"""When a walk is called unusual: calibration of scores on normal people, and a threshold per person.

Scores of people who were left out of the fit (out of fold) are brought to normal quantiles of their
own channel by a power law (Box & Cox at 0: the logarithm) with mean and SD over people; the threshold
is on the greatest of a walk's channels, so that it holds for the whole walk (family-wise). With n
people the greatest score of a new person lies below

    mean + t(1 - alpha, n - 1) · SD · sqrt(1 + 1 / n)

with probability 1 - alpha (prediction interval of a normal sample): fewer people, higher threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Calibration", "by_person", "calibrate"]

Array = npt.NDArray[np.float64]

# SD of a log score at least: people too alike to be real would make a threshold that holds for nobody.
_LEAST_SD = 0.05


@dataclass(frozen=True)
class Calibration:
    """How scores of normal people left out are spread.

    Attributes
    ----------
    mean, sd
        Of the transformed score of each channel, over people.
    top_mean, top_sd
        Of the greatest calibrated channel of a walk.
    people
        How many people stand behind them.
    log
        Whether scores are above 0 and taken as logarithms.
    """

    mean: Array
    sd: Array
    top_mean: float
    top_sd: float
    people: int
    log: bool

    def __call__(self, scores: Array) -> Array:
        """Scores in SD of normal people, walk × channel."""
        made: Array = (_transformed(scores, self.log) - self.mean) / self.sd
        return made

    def threshold(self, alpha: float = 0.05) -> float:
        """Of the greatest calibrated score of a walk."""
        from scipy.stats import t

        n = self.people
        return float(self.top_mean + t.ppf(1 - alpha, n - 1) * self.top_sd * np.sqrt(1 + 1 / n))

    def chance(self, calibrated: Array) -> Array:
        """Chance that a normal person's greatest score is as high (p value), of any shape."""
        from scipy.stats import t

        n = self.people
        at = (calibrated - self.top_mean) / (self.top_sd * np.sqrt(1 + 1 / n))
        return np.asarray(t.sf(at, n - 1))


def _transformed(scores: Array, log: bool) -> Array:
    return np.log(np.maximum(scores, 1e-6)) if log else scores


def by_person(values: Array, person: npt.NDArray[np.str_]) -> tuple[Array, Array, int]:
    """Mean and SD of a new person's single walk: between people and within, people weighing alike."""
    names = np.unique(person)
    if len(names) == len(person):
        return np.nanmean(values, axis=0), np.nanstd(values, axis=0, ddof=1), len(names)
    means = np.array([np.nanmean(values[person == n], axis=0) for n in names])
    spread = np.array([np.nanmean((values[person == n] - means[i]) ** 2, axis=0) for i, n in enumerate(names)])  # fmt: skip
    between = np.nanvar(means, axis=0, ddof=1)
    return np.nanmean(means, axis=0), np.sqrt(between + np.nanmean(spread, axis=0)), len(names)


def calibrate(
    scores: Array, person: npt.NDArray[np.str_], *, log: bool = True, channels: bool = True
) -> Calibration:
    """From scores (walk × channel) of normal people left out; not each channel where not `channels`."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        moved = _transformed(scores, log)
        mean, sd, n = by_person(moved, person)
        sd = np.maximum(sd, _LEAST_SD)
        if not channels:
            mean, sd = np.zeros_like(mean), np.ones_like(sd)
        top = np.nanmax((moved - mean) / sd, axis=1)
        top_mean, top_sd, _ = by_person(top, person)
    return Calibration(mean, sd, float(top_mean), max(float(top_sd), _LEAST_SD), n, log)
