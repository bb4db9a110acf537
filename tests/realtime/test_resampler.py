"""The way to 100 Hz: what passes, what does not fold back, timing, no look-ahead."""

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.realtime.resampler import HALF_WIDTH_S, Resampler

RATES = [50.0, 64.0, 100.0, 100.4, 128.0, 148.148, 204.8, 256.0, 400.0]


def through(rate, data):
    resampler = Resampler(rate, data.shape[1])
    ticks, places, newest = [], [], []
    for k, sample in enumerate(data):
        resampler.feed(sample)
        while resampler.ready():
            ticks.append(resampler.tick.copy())
            places.append(resampler.place)
            newest.append(k)
    return np.array(ticks), np.array(places), np.array(newest)


def gain(rate, hz):
    """Amplitude of a sine after the way, and its error in time (s)."""
    t = np.arange(round(4 * rate)) / rate
    ticks, places, _ = through(rate, np.exp(2j * np.pi * hz * t).view(float).reshape(-1, 2))
    z = (ticks[:, 0] + 1j * ticks[:, 1]) * np.exp(-2j * np.pi * hz * places / rate)
    z = z[40:]
    return np.abs(z.mean()), np.angle(z.mean()) / (2 * np.pi * hz)


@pytest.mark.parametrize("rate", RATES)
def test_ticks_are_at_100_hz_and_a_slow_signal_keeps_size_and_time(rate):
    size, late = gain(rate, 5.0)
    assert size == pytest.approx(1.0, abs=0.02)
    assert abs(late) < 2e-4
    _, places, newest = through(rate, np.zeros((400, 1)))
    step = np.diff(places) / rate
    assert step == pytest.approx(0.01 if rate != 100.4 else 1 / 100.4)
    delay = (newest - places) / rate
    assert delay.max() <= Resampler(rate).delay_s + 1e-9
    assert delay.min() >= -1e-9


@pytest.mark.parametrize("rate", [r for r in RATES if r > 101])
def test_what_is_above_62_hz_does_not_fold_back(rate):
    assert gain(rate, 20.0)[0] > 10 ** (-1 / 20)
    t = np.arange(round(4 * rate)) / rate
    for hz in (62.0, 75.0, 90.0, 110.0, 140.0, 190.0):
        if hz >= rate / 2:
            continue
        ticks, _, _ = through(rate, np.sin(2 * np.pi * hz * t)[:, None])
        assert np.abs(ticks[40:]).max() < 10 ** (-28 / 20)


@pytest.mark.parametrize("rate", RATES)
def test_no_tick_depends_on_a_later_sample(rate):
    rng = np.random.default_rng(0)
    a = rng.normal(size=(120, 6))
    b = a.copy()
    b[80:] += rng.normal(size=(40, 6))
    x, _, newest = through(rate, a)
    y, _, _ = through(rate, b)
    np.testing.assert_array_equal(x[newest < 80], y[newest < 80])
    assert not np.array_equal(x[newest >= 80], y[newest >= 80])


def test_stated_delay():
    assert Resampler(100.0).delay_s == 0
    assert Resampler(50.0).delay_s == pytest.approx(0.02)
    assert Resampler(400.0).delay_s == pytest.approx(HALF_WIDTH_S + 1 / 400)


@pytest.mark.parametrize("rate", [20.0, 1000.0, float("nan")])
def test_a_rate_out_of_range_is_refused(rate):
    with pytest.raises(GaitsmithError, match="50 to 400 Hz"):
        Resampler(rate)
