"""Durations in bins: percentiles within a bin's width, memory that does not grow."""

import math

import numpy as np
import pytest

from gaitsmith.realtime.latency import Latency


def test_percentiles_are_within_a_bin():
    took = np.random.default_rng(0).lognormal(math.log(30e-6), 0.7, 20_000)
    latency = Latency()
    for t in took:
        latency.add(float(t))
    for p in (1, 50, 99):
        assert latency.percentile_s(p) == pytest.approx(np.percentile(took, p), rel=0.05)
    assert latency.count == 20_000
    assert latency.longest_s == took.max()
    assert f"{1e6 * took.max():.3g} µs" in str(latency)
    rows = latency.histogram().splitlines()
    assert sum(float(r.split("%")[0].split()[-1]) for r in rows) == pytest.approx(100, abs=0.2)


def test_extremes_and_nothing():
    latency = Latency()
    assert math.isnan(latency.percentile_s(50))
    assert latency.histogram() == "no pushes"
    latency.add(0.0)
    latency.add(1000.0)
    assert latency.percentile_s(1) < 2e-7
    assert latency.percentile_s(100) > 0.9
