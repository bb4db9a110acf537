"""What a network has to beat: rules on the rate of the foot, an oscillator, learners on the window.

All take the same input as the networks (n × 6 at 100 Hz, canonical, mirrored), and all but
:func:`offline_rule` are causal. The learners (scikit-learn, imported when asked for) give
probabilities of stance, which go through the same state machine as the networks' do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.models.phase.layers import windows

__all__ = ["GyroRule", "Steps", "WindowLearner", "offline_rule", "oscillator"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Steps:
    """State of each tick, and the ticks of events (fractional off-line)."""

    stance: Mask
    strikes: Array
    offs: Array


@dataclass(frozen=True)
class GyroRule:
    """Causal rule on the lateral rate (deg/s): mid-swing peak, then zero crossings.

    After a push-off (rate below `push`) the foot is off where the rate has come back to `rise`
    of that minimum; in swing, once the rate was above `swing`, the foot strikes where the rate
    falls through zero to `land`. Levels are ours, as round numbers; the shape is that of the
    usual rules (Sabatini et al., IEEE Trans Biomed Eng 52 (2005) 486).
    """

    push: float = -100.0
    rise: float = 0.6
    swing: float = 120.0
    land: float = -40.0

    def __call__(self, x: Array) -> Steps:
        """Run over n × 6."""
        stance = np.ones(len(x), bool)
        strikes, offs = [], []
        on, lowest, peaked = True, 0.0, False
        for t, w in enumerate(x[:, 5].tolist()):
            if on:
                lowest = min(lowest, w)
                if lowest < self.push and w > self.rise * lowest:
                    on, peaked = False, False
                    offs.append(t)
            else:
                peaked = peaked or w > self.swing
                if peaked and w < self.land:
                    on, lowest = True, 0.0
                    strikes.append(t)
                elif not peaked and w < lowest:
                    # Still pushing off: it was no off yet.
                    lowest = w
            # Landing itself turns the foot down: no push-off in the first 150 ms of stance.
            if on and strikes and t - strikes[-1] < 15:
                lowest = 0.0
            stance[t] = on
        return Steps(stance, np.array(strikes, float), np.array(offs, float))


def oscillator(strikes: Array, n: int, *, first: float = 110.0, memory: int = 3) -> Array:
    """Gait % as time since the last strike over the mean of the last strides, held at 100.

    `strikes` and `first` (assumed before a stride is known) in ticks; NaN before the first strike.
    """
    out = np.full(n, np.nan)
    ticks = np.ceil(strikes).astype(int)
    for k, a in enumerate(ticks):
        b = ticks[k + 1] if k + 1 < len(ticks) else n
        past = np.diff(strikes[max(0, k - memory) : k + 1])
        past = past[(past > 50) & (past < 250)]
        length = float(np.mean(past)) if len(past) else first
        out[a:b] = np.minimum(100.0 * (np.arange(a, b) - a) / length, 99.99)
    return out


def offline_rule(x: Array, rate_hz: float = 100.0) -> Steps:
    """The off-line detector of :mod:`gaitsmith.gait.events.foot_imu`, which may look ahead."""
    from gaitsmith.gait.events import foot_imu
    from gaitsmith.recording import Recording, Stream

    recording = Recording(streams={"imu": Stream("imu", x[:, None, :], ("foot_r",), rate_hz)})
    events = foot_imu.detect(recording)
    strikes, offs = events.times("strike", "right"), events.times("off", "right")
    stance = np.ones(len(x), bool)
    t = np.arange(len(x)) / rate_hz
    for off in offs:
        later = strikes[strikes > off]
        if len(later):
            stance[(t >= off) & (t < later[0])] = False
    return Steps(stance, strikes * rate_hz, offs * rate_hz)


class WindowLearner:
    """Logistic regression or gradient boosting on a window of ticks, with gait % beside it.

    Parameters
    ----------
    kind
        ``"logistic"`` (with ridge regression of sin and cos) or ``"boosting"`` (histogram gradient
        boosting, Ke et al. 2017; sin and cos by two regressors).
    size, every
        Window (ticks) and which of its ticks are seen.
    thin
        Of the training ticks every so many are learnt from.
    """

    def __init__(self, kind: str, *, size: int = 50, every: int = 1, thin: int = 2) -> None:
        self.kind, self.size, self.every, self.thin = kind, size, every, thin
        self._parts: list[Any] = []

    def _seen(self, x: Array) -> Array:
        w = windows(x.astype(np.float32), self.size).reshape(len(x), self.size, 6)
        return np.asarray(w[:, :: -self.every].reshape(len(x), -1))

    def fit(self, xs: list[Array], percents: list[Array], stances: list[Mask], used: list[Mask], seed: int = 0) -> WindowLearner:  # fmt: skip
        """Learn from sequences; `used` are the ticks that count."""
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
        from sklearn.linear_model import LogisticRegression, Ridge
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        rows = [np.flatnonzero(u)[:: self.thin] for u in used]
        seen = np.concatenate([self._seen(x)[r] for x, r in zip(xs, rows, strict=True)])
        stance = np.concatenate([s[r] for s, r in zip(stances, rows, strict=True)])
        percent = np.concatenate([p[r] for p, r in zip(percents, rows, strict=True)])
        known = np.isfinite(percent)
        angle = 2 * np.pi * percent[known] / 100
        if self.kind == "logistic":
            first: Any = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300))
            others: list[Any] = [make_pipeline(StandardScaler(), Ridge(10.0)) for _ in range(2)]
        else:
            first = HistGradientBoostingClassifier(max_iter=100, learning_rate=0.1, max_leaf_nodes=31, random_state=seed)  # fmt: skip
            others = [HistGradientBoostingRegressor(max_iter=100, max_leaf_nodes=31, random_state=seed) for _ in range(2)]  # fmt: skip
        first.fit(seen, stance)
        for model, truth in zip(others, (np.sin(angle), np.cos(angle)), strict=True):
            model.fit(seen[known], truth)
        self._parts = [first, *others]
        return self

    def predict(self, x: Array) -> tuple[Array, Array]:
        """Gait % and probability of stance of each tick."""
        seen = self._seen(x)
        first, sin, cos = self._parts
        turn = np.arctan2(sin.predict(seen), cos.predict(seen)) / (2 * np.pi) % 1.0
        return np.asarray(100 * turn), np.asarray(first.predict_proba(seen)[:, 1])
