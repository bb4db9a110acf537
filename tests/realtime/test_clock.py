"""Packets by counter or time: losses, doubles, late ones, restarts, drift, another rate."""

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.realtime.clock import DOUBLED, LATE, UNDATED, PacketClock


def test_a_counter_wraps_and_leaves_holes_where_packets_are_lost():
    clock = PacketClock(100.0, counter_modulus=256)
    got = [clock.place(counter=c % 256) for c in (250, 251, 254, 257, 300)]
    assert got == [0, 1, 4, 7, 50]
    assert clock.lost == 2 + 2 + 42
    assert clock.time(50) == pytest.approx(0.5)


def test_doubled_and_late_packets_have_no_place():
    clock = PacketClock(100.0)
    assert [clock.place(counter=c) for c in (5, 6, 6, 9, 7, 10)] == [0, 1, DOUBLED, 4, LATE, 5]
    assert (clock.doubled, clock.late, clock.restarts) == (1, 1, 0)


def test_the_same_by_times():
    clock = PacketClock(100.0)
    got = [clock.place(t) for t in (5.00, 5.011, 5.011, 5.039, 5.021, 5.05)]
    assert got == [0, 1, DOUBLED, 4, LATE, 5]
    assert clock.time(5) == pytest.approx(5.05, abs=2e-3)


@pytest.mark.parametrize("old", [40, 30000])
def test_a_restarted_counter_goes_on(old):
    """Soon after its start a restart looks like late packets; the fifth of them settles it."""
    clock = PacketClock(100.0)
    for c in range(old - 20, old):
        last = clock.place(counter=c)
    got = [clock.place(counter=c) for c in range(8)]
    said = [g for g in got if g >= 0]
    assert clock.restarts == 1
    assert said == list(range(last + 1, last + 1 + len(said)))
    assert len(said) >= 4


def test_times_that_fall_back_are_carried_on():
    clock = PacketClock(100.0)
    for k in range(1000):
        clock.place(50 + k / 100)
    before = clock.time(clock.last)
    places = [clock.place(k / 100) for k in range(200)]
    assert clock.restarts == 1
    assert places == list(range(1000, 1200))
    assert clock.time(1199) - before == pytest.approx(2.0, abs=1e-3)


@pytest.mark.parametrize("ppm", [-400, 400])
def test_an_hour_does_not_drift_against_its_times(ppm):
    """Jitter, losses and a crystal that is off: every packet keeps its place, times stay true."""
    rng = np.random.default_rng(0)
    n = 360_000
    rate = 100.0 * (1 + 1e-6 * ppm)
    here = np.flatnonzero(rng.random(n) > 0.02)
    true = here / rate
    arrived = true + rng.uniform(-3e-3, 3e-3, len(here))
    clock = PacketClock(100.0)
    error = 0.0
    for k, (place, t) in enumerate(zip(here - here[0], arrived, strict=True)):
        assert clock.place(t) == place
        if k > 2000:
            error = max(error, abs(clock.time(place) - true[k]))
    assert error < 1.5e-3
    assert clock.lost == n - 1 - here[0] - (n - 1 - here[-1]) - len(here) + 1
    assert 1 / clock.period_s == pytest.approx(rate, rel=5e-5)


@pytest.mark.parametrize(("declared", "true"), [(100.0, 128.0), (100.0, 50.0), (204.8, 200.0)])
def test_another_rate_than_the_declared_one_is_refused(declared, true):
    clock = PacketClock(declared)
    with pytest.raises(GaitsmithError, match=rf"(?s)declared rate.*{true:g} Hz.*{declared:g} Hz"):
        for k in range(1000):
            clock.place(k / true)


def test_times_written_in_milliseconds_are_no_other_rate():
    clock = PacketClock(204.8)
    assert [clock.place(round(k / 204.8, 3)) for k in range(2000)] == list(range(2000))


def test_a_time_that_is_no_number_is_dropped_or_left_to_the_counter():
    clock = PacketClock(100.0)
    assert clock.place(float("nan")) == UNDATED
    assert [clock.place(float("nan"), c) for c in (3, 5)] == [0, 2]
    assert (clock.undated, clock.last) == (1, 2)
