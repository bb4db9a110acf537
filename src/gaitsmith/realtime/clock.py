"""When a packet was measured: by its counter or its time, never by the order of its arrival.

A device samples on its own even clock. :class:`PacketClock` gives each packet its place on it (a
whole number, 0 for the first), so that lost packets leave holes, and doubled and late ones are
known. Times follow from the places:

* with a counter, place = counter less the first, unwrapped; without times beside it,
  time = place / rate;
* with times (s), place = the nearest on a clock that follows them: a loop of second order, slow
  enough to average jitter of up to a third of a sample and quick enough to follow a crystal that
  is off by a few hundred ppm. So an hour of packets does not drift against its times.

Times must be the device's, or those of a driver that gives one to each packet: packets that arrive
in bursts with one time need their counter. A packet with neither is taken as the next one.
"""

from __future__ import annotations

import math

import numpy as np

from gaitsmith.errors import GaitsmithError

__all__ = ["DOUBLED", "LATE", "UNDATED", "PacketClock"]

#: What :meth:`PacketClock.place` says of a packet that has none.
DOUBLED, LATE, UNDATED = -1, -2, -3

# A packet may come this late (s) and still be the same device; further back it was restarted.
_LATE_S = 2.0
# So many packets in a row that seem late, each after the last: the device was restarted.
_LATE_ROW = 5
# A counter or time that leaps ahead further than this (s) was restarted as well.
_LEAP_S = 60.0
# The declared rate may be off by so much; beyond it is another rate. Checked once, on the first
# second of steps.
_RATE_TOLERANCE = 0.02
_CHECK_S = 1.0
# Loop gains: the clock's phase takes this share of an error (more at first: the mean of the first
# errors), its period a quarter of the square (critically damped).
_GAIN = 0.02
_PERIOD_GAIN = 0.25 * _GAIN * _GAIN


class PacketClock:
    """Places and times of packets.

    Parameters
    ----------
    rate_hz
        The device's nominal rate (Hz).
    counter_modulus
        Where the counter wraps: it counts 0 to ``counter_modulus - 1``.

    Attributes
    ----------
    last
        Place of the newest packet; -1 before the first.
    lost, doubled, late, undated, restarts
        How many packets so far (``undated``: with a time that is no number and no counter;
        ``restarts``: how often the device began anew).
    restarted
        Whether the device began anew with the newest packet.
    period_s
        Seconds from sample to sample, as followed so far.
    """

    def __init__(self, rate_hz: float, *, counter_modulus: int = 65536) -> None:
        self.rate_hz = rate_hz
        self.counter_modulus = counter_modulus
        self.period_s = 1.0 / rate_hz
        self.last = -1
        self.lost = self.doubled = self.late = self.undated = self.restarts = 0
        self.restarted = False
        # Time of the place `last`, and what is added to the device's times (restarts).
        self._anchor = 0.0
        self._offset = 0.0
        self._timed = 0
        self._counter = -1
        self._late_row = 0
        self._late_at = -math.inf
        self._steps = np.zeros(max(8, round(_CHECK_S * rate_hz)))
        self._seen = 0
        self._before = math.nan

    def place(self, t: float | None = None, counter: int | None = None) -> int:
        """Place of a packet on the device's clock, or :data:`DOUBLED`, :data:`LATE` or :data:`UNDATED`.

        A restarted device goes on after its last place: by its time, where it has one that runs
        on, else as if no time had passed.

        Raises
        ------
        GaitsmithError
            Where the times run at another rate than the declared one.
        """
        self.restarted = False
        if t is not None and not math.isfinite(t):
            t = None
            if counter is None:
                self.undated += 1
                return UNDATED
        if t is not None:
            t += self._offset
        if self.last < 0:
            self._anchor = 0.0 if t is None else t
            steps = 1
        else:
            steps = self._ahead(t, counter)
            if steps <= 0 or steps > _LEAP_S * self.rate_hz:
                refused = self._of_the_past(steps, t, counter)
                if refused:
                    return refused
                self.restarted = True
                self.restarts += 1
                steps = self._begin_anew(t)
                t = None if t is None else self._anchor + steps * self.period_s
            else:
                self.lost += steps - 1
        self._late_row = 0
        if t is not None:
            self._check_rate(t, steps)
            self._follow(t, steps)
        elif self.last >= 0:
            self._anchor += steps * self.period_s
        self.last += steps
        if counter is not None:
            self._counter = counter
        return self.last

    def time(self, place: float) -> float:
        """Time (s) of a place, on the device's clock as followed so far."""
        return self._anchor + (place - self.last) * self.period_s

    # --- inside --------------------------------------------------------------------------------

    def _ahead(self, t: float | None, counter: int | None) -> int:
        """Places from the last packet to this one."""
        if counter is not None and self._counter >= 0:
            m = self.counter_modulus
            ahead = (counter - self._counter) % m
            return ahead if ahead <= m // 2 else ahead - m
        if t is not None:
            return round((t - self._anchor) / self.period_s)
        return 1

    def _of_the_past(self, steps: int, t: float | None, counter: int | None) -> int:
        """DOUBLED or LATE for a packet of the past; 0 where the device was restarted."""
        if steps > 0 or steps < -_LATE_S * self.rate_hz:
            return 0
        if steps == 0:
            self.doubled += 1
            return DOUBLED
        # A device that begins anew soon after its start looks late, packet after packet, each
        # one after the other; packets that were held up are few.
        at = float(counter) if counter is not None else t or 0.0
        self._late_row = self._late_row + 1 if at > self._late_at else 1
        self._late_at = at
        if self._late_row >= _LATE_ROW:
            self._late_at = -math.inf
            return 0
        self.late += 1
        return LATE

    def _begin_anew(self, t: float | None) -> int:
        """Places that passed while the device was off; times that fell back are carried on."""
        if t is None:
            return 1
        steps = round((t - self._anchor) / self.period_s)
        if steps >= 1:
            return steps
        self._offset += self._anchor + self.period_s - t
        return 1

    def _follow(self, t: float, steps: int) -> None:
        """Turn the clock towards a packet's time, `steps` after the last packet."""
        if self.last < 0 or self.restarted or not self._timed:
            self._anchor = t
            self._timed = 1
            return
        self._timed += 1
        expected = self._anchor + steps * self.period_s
        error = t - expected
        self._anchor = expected + max(_GAIN, 1.0 / self._timed) * error
        self.period_s += _PERIOD_GAIN * error

    def _check_rate(self, t: float, steps: int) -> None:
        if self._seen >= len(self._steps):
            return
        step = (t - self._before) / steps if self._counter >= 0 else t - self._before
        self._before = t
        if not step > 0 or self.restarted:
            return
        self._steps[self._seen] = step
        self._seen += 1
        if self._seen < len(self._steps):
            return
        # Steps over a loss are twice as long; those near the median are single ones, and their
        # mean does not depend on how finely the times are written.
        middle = float(np.median(self._steps))
        near = self._steps[np.abs(self._steps - middle) < 0.5 * middle]
        rate = 1.0 / float(near.mean())
        if abs(rate / self.rate_hz - 1.0) > _RATE_TOLERANCE:
            raise GaitsmithError(
                "the packets' times do not run at the declared rate", place="argument rate_hz",
                found=f"{rate:.4g} Hz", expected=f"{self.rate_hz:g} Hz within 2 %",
                remedy="declare the device's own rate",
            )  # fmt: skip
