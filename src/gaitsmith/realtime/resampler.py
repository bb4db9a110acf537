"""From the device's rate to the 100 Hz of the models, causally, a sample at a time.

Each tick is a weighted sum of the newest samples; the weights depend on where the tick lies
between them and are tabulated at 256 places.

* Faster than 100 Hz: a low-pass (sinc with a Kaiser window, :data:`CUTOFF_HZ`, half-width
  :data:`HALF_WIDTH_S`), so that nothing folds back; its delay is its half-width. Attenuation: less
  than 1 dB up to 20 Hz, more than 28 dB from 62 Hz on (a test measures both).
* Slower than 100 Hz: the cubic through the last four samples, read in its last interval. It has no
  delay but the wait for the sample that ends the interval.
* Within 1 % of 100 Hz: the samples are the ticks.

Design (ours) by the window method: Kaiser JF, Schafer RW (1980) On the use of the I0-sinh window,
IEEE Trans ASSP 28:105-107.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError

__all__ = ["CUTOFF_HZ", "HALF_WIDTH_S", "MODEL_HZ", "PHASES", "Resampler", "weights"]

Array = npt.NDArray[np.float64]

#: Rate (Hz) of the models.
MODEL_HZ = 100.0
#: Rates (Hz) that a device may have.
LOWEST_HZ, HIGHEST_HZ = 50.0, 400.0
#: Low-pass (-6 dB, Hz) and half-width (s) where the device is faster than the models.
CUTOFF_HZ, HALF_WIDTH_S = 40.0, 0.020
# Shape of the Kaiser window.
_BETA = 2.5
#: Places between samples at which weights are tabulated.
PHASES = 256
_SAME = 0.01


def weights(rate_hz: float) -> tuple[Array, float]:
    """Weights (``PHASES + 1`` × taps, oldest sample first) and the half-width in samples.

    Row ``p`` serves a tick that lies ``half + p / PHASES`` samples before the newest.

    Raises
    ------
    GaitsmithError
        Where the rate is outside 50 to 400 Hz.
    """
    if not (math.isfinite(rate_hz) and LOWEST_HZ <= rate_hz <= HIGHEST_HZ):
        raise GaitsmithError("the device's rate is out of range", place="argument rate_hz",
                             found=rate_hz, expected=f"{LOWEST_HZ:g} to {HIGHEST_HZ:g} Hz")  # fmt: skip
    part = np.arange(PHASES + 1)[:, None] / PHASES
    if abs(rate_hz / MODEL_HZ - 1.0) <= _SAME:
        return np.ones((PHASES + 1, 1)), 0.0
    if rate_hz < MODEL_HZ:
        # Lagrange's cubic through samples 3, 2, 1 and 0 before the newest, at `part` before it.
        nodes = np.array([3.0, 2.0, 1.0, 0.0])
        table = np.ones((PHASES + 1, 4))
        for i in range(4):
            for j in range(4):
                if i != j:
                    table[:, i] *= (part[:, 0] - nodes[j]) / (nodes[i] - nodes[j])
        return table, 0.0
    half = HALF_WIDTH_S * rate_hz
    taps = math.floor(2 * half) + 2
    # Time (s) of each sample from the tick.
    away = (half + part - np.arange(taps)[::-1]) / rate_hz
    inside = np.clip(1.0 - (away / HALF_WIDTH_S) ** 2, 0.0, None)
    window = np.where(np.abs(away) <= HALF_WIDTH_S + 1e-12, np.i0(_BETA * np.sqrt(inside)), 0.0)
    table = window * np.sinc(2 * CUTOFF_HZ * away)
    table /= table.sum(axis=1, keepdims=True)
    return table, half


class Resampler:
    """Samples in, ticks out; memory is taken once.

    Parameters
    ----------
    rate_hz
        The device's rate (Hz), 50 to 400.
    channels
        Numbers a sample.

    Attributes
    ----------
    tick
        The newest tick (channels).
    place
        Its place on the device's clock, in samples (fractional).
    delay_s
        The most time (s) from a tick's moment to the sample that completes it.
    """

    def __init__(self, rate_hz: float, channels: int = 6) -> None:
        self.rate_hz = rate_hz
        table, self._half = weights(rate_hz)
        self._rows = [np.ascontiguousarray(row) for row in table]
        self._taps = table.shape[1]
        self._ratio = 1.0 if self._taps == 1 else rate_hz / MODEL_HZ
        # Every sample is written twice, so that the newest `taps` always lie side by side.
        self._ring = np.zeros((2 * self._taps, channels))
        self._windows = [self._ring[i : i + self._taps] for i in range(self._taps + 1)]
        self._slots = [self._ring[i] for i in range(2 * self._taps)]
        self.tick = np.zeros(channels)
        self.place = 0.0
        self.identity = self._taps == 1
        self.delay_s = 0.0 if self.identity else (self._half + 1.0) / rate_hz
        self.restart(0)

    def restart(self, place: int) -> None:
        """Forget the past; the next sample is that of `place`."""
        self._at = 0
        self._newest = place - 1
        self._first = place
        self._ticks = 0
        self._empty = True

    def feed(self, sample: Array) -> None:
        """The next sample (channels) of the device's clock; then take :meth:`ready` ticks."""
        self._newest += 1
        if self.identity:
            self._slots[0][:] = sample
            return
        if self._empty:
            self._ring[:] = sample
            self._empty = False
        self._slots[self._at][:] = sample
        self._slots[self._at + self._taps][:] = sample
        self._at = (self._at + 1) % self._taps

    def ready(self) -> bool:
        """Compute the next tick into :attr:`tick` where its samples are there."""
        if self.identity:
            if self._first + self._ticks > self._newest:
                return False
            self.place = float(self._newest)
            self._ticks = self._newest - self._first + 1
            self.tick[:] = self._slots[0]
            return True
        place = self._first + self._ticks * self._ratio
        before = self._newest - place - self._half
        if before < -1e-9:
            return False
        row = self._rows[min(int(before * PHASES + 0.5), PHASES)]
        np.dot(row, self._windows[self._at], out=self.tick)
        self.place = place
        self._ticks += 1
        return True
