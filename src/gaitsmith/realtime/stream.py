"""One foot, sample by sample: push a sample, know where the foot is in its stride."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError, check_in
from gaitsmith.models.phase.decide import OFF, STRIKE, Machine
from gaitsmith.models.phase.model import PhaseModel
from gaitsmith.realtime.clock import PacketClock
from gaitsmith.realtime.estimate import (
    LOST,
    RUNNING,
    UNSURE,
    WAIT_STANDING,
    WAIT_WALKING,
    PhaseEstimate,
)
from gaitsmith.realtime.mount import READY, STANDING, Mount
from gaitsmith.realtime.network import Network, network
from gaitsmith.realtime.resampler import MODEL_HZ, Resampler
from gaitsmith.units import factor

if TYPE_CHECKING:
    from gaitsmith.channels import Side

__all__ = ["PhaseStream"]

Array = npt.NDArray[np.float64]
OnTick = Callable[[PhaseEstimate], None]

# A loss up to this long (s) is bridged by a line once the next sample is there; over a longer one
# nothing can be said, and the network begins anew. As off-line (``gait.imu.SILENT_S``).
_SILENT_S = 0.25
# Ticks (of the last _MEMORY) that were bridged weigh on the confidence so long.
_MEMORY = 50
# Confidence below which the state is "unsure".
_UNSURE = 0.5
# After a beginning the network has seen too little for this many ticks: a stride at 55 a minute.
_FRESH = 110
# Durations (s) of a stride that is believed.
_STRIDE = (0.5, 2.5)
# Ticks kept while forward is sought, which the network then sees at once.
_PAST = 256
_NAMES = {STRIKE: "strike", OFF: "off"}
# Sum of squares of a sample: 200 g and 4000 deg/s in all axes make 6e7; raw counts make 1e9.
_ABSURD = 1e10
_TWO_PI = 2.0 * math.pi


class PhaseStream:
    """Gait phase of one foot as its samples come in.

    1. A sample's place in time is told by its counter or time (:mod:`~gaitsmith.realtime.clock`):
       doubled and late packets are dropped, lost ones leave a hole.
    2. Holes up to 0.25 s are bridged by a line when the next sample comes; after longer ones the
       network begins anew, and the state says so.
    3. The samples are brought to 100 Hz (:mod:`~gaitsmith.realtime.resampler`) and to the canonical
       frame (:mod:`~gaitsmith.realtime.mount`): by a declared mounting, or after 3 s of standing
       still and the first swings. Before that nothing is said.
    4. One step of the network, the two thresholds of :mod:`gaitsmith.models.phase.decide`.

    Nothing is allocated by a push but what Python needs for its numbers. Its cost is that of one
    step of the network per tick; the one push in which forward is found lets the network see the
    2.5 s before, at once.

    Parameters
    ----------
    model
        A phase model, the name of a bundled one, or the folder of a saved one.
    rate_hz
        The device's rate (Hz), 50 to 400.
    side
        ``"left"`` or ``"right"``: which foot wears the sensor.
    mounting
        ``"forward=+x, up=+z"`` (sensor axes that point forward and up while the foot is flat), a
        rotation (3 × 3), or None: found while streaming.
    acceleration, rate
        Units of the samples: ``"m/s2"``, ``"g"``, ``"mg"``; ``"deg/s"``, ``"rad/s"``.
    counter_modulus
        Where the packet counter wraps.
    on_tick
        Called with the estimate (the stream's own, not a copy) at every tick of 100 Hz: a push
        may complete none, one or several.

    Attributes
    ----------
    estimate
        The newest.
    delay_s
        The most time (s) from a moment to the sample with which its estimate is known: the
        resampler's and the model's look-ahead.
    clock
        Counts of lost, doubled and late packets and of restarts.
    bridged, missing
        Lost samples that were bridged; pushed samples that held NaN.

    Notes
    -----
    Confidence (ours; a figure of merit, no probability): walking, the length of the network's
    (sin, cos) pair, 1 where it is clear; not walking, how far the probability of walking is from
    one half; times the share of the last half second that was measured, times the share of the
    last 1.1 s that the network has seen; falling to 0 over 0.25 s while samples are missing.

    Raises
    ------
    GaitsmithError
        Where an argument is out of range; from ``push`` where rest does not read gravity, the
        rates cannot be deg/s, or the times run at another rate.
    """

    def __init__(
        self,
        model: PhaseModel | str | os.PathLike[str] = "phase-foot",
        *,
        rate_hz: float = 100.0,
        side: Side,
        mounting: str | npt.ArrayLike | None = None,
        acceleration: str = "m/s2",
        rate: str = "deg/s",
        counter_modulus: int = 65536,
        on_tick: OnTick | None = None,
        backend: Network | None = None,
    ) -> None:
        check_in("side", side, ("left", "right"))
        self.model = model if isinstance(model, PhaseModel) else PhaseModel.from_pretrained(model)
        config = self.model.config
        if abs(config.rate_hz - MODEL_HZ) > 1e-6:
            raise GaitsmithError("the model runs at another rate", place="argument model",
                                 found=f"{config.rate_hz:g} Hz", expected=f"{MODEL_HZ:g} Hz")  # fmt: skip
        self.side: Side = side
        self.clock = PacketClock(rate_hz, counter_modulus=counter_modulus)
        self.resampler = Resampler(rate_hz)
        self.mount = Mount(mounting, gravity=0 in config.columns)
        self.network = network(self.model) if backend is None else backend
        self.machine = Machine(config)
        self.estimate = PhaseEstimate()
        self.delay_s = self.resampler.delay_s + config.lookahead / MODEL_HZ
        self.bridged = self.missing = self.ticks = 0
        self._on_tick = on_tick
        self._late = config.lookahead / MODEL_HZ
        self._units = np.repeat([factor(acceleration, "acceleration"), factor(rate, "rate")], 3)
        self._plain = bool(np.all(self._units == 1.0))
        self._mirror = np.array([[1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]]) if side == "left" else None
        self._sample, self._before = np.zeros(6), np.zeros(6)
        self._between, self._step = np.zeros(6), np.zeros(6)
        self._tick = self.resampler.tick.reshape(2, 3)
        self._turned = self.mount.turned.reshape(6)
        self._found, self._found_s = 0, math.nan
        self._good = -1
        self._silent = max(1, round(_SILENT_S * rate_hz))
        self._past = np.zeros((_PAST, 6))
        self._kept = 0
        self._begin()

    def push(
        self, sample: Sequence[float] | Array, t: float | None = None, counter: int | None = None
    ) -> PhaseEstimate:
        """Take one sample; say where the foot is.

        Parameters
        ----------
        sample
            acc x y z, gyr x y z in the declared units and the sensor's own axes; NaN where the
            device has none.
        t, counter
            The device's time (s) or counter of the packet, or both. Without either the sample is
            taken as the next: then nothing may have been lost.

        Returns
        -------
        PhaseEstimate
            The stream's own object, written anew by the next push.
        """
        e = self.estimate
        e.event, e.event_s = None, math.nan
        self._found = 0
        place = self.clock.place(t, counter)
        if place < 0:
            return e
        if self.clock.restarted:
            self._lose(place)
        try:
            self._sample[:] = sample
        except (TypeError, ValueError):
            raise GaitsmithError("not a sample", place="argument sample", found=sample,
                                 expected="six numbers: acc x y z, gyr x y z") from None  # fmt: skip
        # NaN and infinities fail this as well.
        ax, ay, az, gx, gy, gz = self._sample.tolist()
        if not ax * ax + ay * ay + az * az + gx * gx + gy * gy + gz * gz < _ABSURD:
            self.missing += 1
            self._coast(place)
            return e
        if not self._plain:
            np.multiply(self._sample, self._units, out=self._sample)
        hole = place - self._good - 1
        if self._good >= 0 and hole:
            if hole <= self._silent:
                self._bridge(hole)
            else:
                self._lose(place)
        elif self._good < 0:
            self.resampler.restart(place)
        self._take(self._sample, True)
        np.copyto(self._before, self._sample)
        self._good = place
        if self._found:
            e.event, e.event_s = _NAMES[self._found], self._found_s
        return e

    # --- losses --------------------------------------------------------------------------------

    def _bridge(self, hole: int) -> None:
        """A line from the last sample to this one."""
        np.subtract(self._sample, self._before, out=self._step)
        np.multiply(self._step, 1.0 / (hole + 1), out=self._step)
        np.copyto(self._between, self._before)
        for _ in range(hole):
            np.add(self._between, self._step, out=self._between)
            self._take(self._between, False)
        self.bridged += hole

    def _lose(self, place: int) -> None:
        """Too long a loss: what was is no guide any more."""
        self._begin()
        self._good = -1
        self.resampler.restart(place)
        self.mount.interrupted()
        self._coasted = self._silent

    def _begin(self) -> None:
        self.network.reset()
        self._fresh = 0
        self._bridged_share = 0.0
        self._coasted = 0
        self._last_strike = math.nan

    def _coast(self, place: int) -> None:
        """Nothing was measured: the phase runs on at the last stride's pace, ever less sure."""
        e = self.estimate
        e.known_s = self.clock.time(place)
        if self.mount.state != READY:
            return
        self._coasted = place - self._good if self._good >= 0 else self._silent + 1
        left = max(0.0, 1.0 - self._coasted / self._silent)
        if left == 0.0:
            e.percent, e.confidence, e.state = math.nan, 0.0, LOST
            e.p_stance = e.p_walking = math.nan
            return
        now = e.known_s - self.delay_s
        if e.walking and not math.isnan(e.stride_s):
            e.percent = (e.percent + 100.0 * max(0.0, now - e.time_s) / e.stride_s) % 100.0
        e.time_s = max(now, e.time_s)
        e.confidence = min(e.confidence, left)
        e.state = RUNNING if e.confidence >= _UNSURE else UNSURE

    # --- samples -------------------------------------------------------------------------------

    def _take(self, sample: Array, measured: bool) -> None:
        resampler = self.resampler
        resampler.feed(sample)
        while resampler.ready():
            self._bridged_share += ((0.0 if measured else 1.0) - self._bridged_share) / _MEMORY
            self.ticks += 1
            e = self.estimate
            e.known_s = self.clock.time(self.clock.last)
            e.time_s = self.clock.time(resampler.place) - self._late
            e.event, e.event_s = None, math.nan
            before = self.mount.state
            state = self.mount.push(self._tick)
            if state == READY:
                if before != READY:
                    self._replay()
                self._think()
            else:
                e.state = WAIT_STANDING if state == STANDING else WAIT_WALKING
                self._past[self._kept % _PAST] = resampler.tick
                self._kept += 1
            if self._on_tick is not None:
                self._on_tick(e)

    def _replay(self) -> None:
        """Forward has just been found: the network sees what led up to it, in the right frame."""
        self._begin()
        now = self.mount.turned.copy()
        for k in range(max(0, self._kept - _PAST), self._kept):
            np.dot(
                self._past[k % _PAST].reshape(2, 3), self.mount.rotation.T, out=self.mount.turned
            )
            sin_cos_logits = self._see()
            self.machine.push(_sigmoid(sin_cos_logits[2]), _sigmoid(sin_cos_logits[3]))
        np.copyto(self.mount.turned, now)
        self._kept = 0

    def _see(self) -> list[float]:
        """One step of the network on the tick in the canonical frame."""
        if self._mirror is not None:
            np.multiply(self.mount.turned, self._mirror, out=self.mount.turned)
        self._fresh += 1
        out: list[float] = self.network.step(self._turned).tolist()
        return out

    def _think(self) -> None:
        """What one more tick means."""
        sin, cos, stance, walking = self._see()
        e = self.estimate
        e.p_stance = p = _sigmoid(stance)
        e.p_walking = w = _sigmoid(walking)
        what = self.machine.push(p, w)
        e.stance, e.walking = self.machine.stance, self.machine.walking
        if what:
            self._event(what)
        if e.walking:
            turn = math.atan2(sin, cos) / _TWO_PI
            e.percent = 100.0 * (turn if turn >= 0.0 else min(turn + 1.0, 1.0 - 1e-12))
            sure = min(1.0, math.sqrt(sin * sin + cos * cos))
        else:
            e.percent, sure = math.nan, abs(2.0 * w - 1.0)
        sure *= (1.0 - self._bridged_share) * min(1.0, self._fresh / _FRESH)
        e.confidence = sure
        e.state = RUNNING if sure >= _UNSURE else UNSURE

    def _event(self, what: int) -> None:
        e = self.estimate
        e.event, e.event_s = _NAMES[what], e.time_s
        self._found, self._found_s = what, e.time_s
        if what == OFF:
            return
        stride = e.time_s - self._last_strike
        if _STRIDE[0] <= stride <= _STRIDE[1]:
            e.stride_s = stride
        self._last_strike = e.time_s


def _sigmoid(x: float) -> float:
    return 0.5 * (math.tanh(0.5 * x) + 1.0)
