"""Two minutes of the soak that ``python -m benchmarks.soak_phase`` runs for an hour."""

import numpy as np
import pytest
from benchmarks.soak_phase import Ticks, soak, virtual_hour, without

from gaitsmith.realtime import PhaseStream
from gaitsmith.realtime.faults import Faults, arrivals


def test_faults_are_as_often_as_said():
    n = 200_000
    faults = Faults(lost=0.03, doubled=0.02, late=0.015, bursts_per_min=0.0, nans_per_min=3.0)
    rows, empty = arrivals(n, 100.0, faults, np.random.default_rng(0))
    there, counts = np.unique(rows, return_counts=True)
    assert 1 - len(there) / n == pytest.approx(0.03, abs=0.002)
    assert (counts == 2).mean() == pytest.approx(0.02, abs=0.002)
    assert set(counts) == {1, 2}
    behind = np.maximum.accumulate(rows) > rows
    assert behind.mean() == pytest.approx(0.015, abs=0.003)
    assert empty.mean() == pytest.approx(3 / 60 * 0.11, rel=0.25)
    same, _ = arrivals(n, 100.0, faults, np.random.default_rng(0))
    np.testing.assert_array_equal(rows, same)


@pytest.mark.parametrize("by", ["counter", "time"])
def test_no_crash_no_drift_flat_memory_and_states_agree_again(by):
    # The virtual foot's heel rises in two steps, of which a loss nearby may choose another: 80 ms.
    said = soak(virtual_hour(120.0), by=by, edge=9)
    assert said["lost"] > 250
    assert said["doubled"] > 60
    assert said["late"] > 60
    assert said["NaN"] > 10
    assert said["restarts"] == 0
    assert said["memory grown, bytes"] < 20_000
    assert said["clock off in the last minute, ms"] < (1e-3 if by == "counter" else 2.0)
    assert said["macro F1 against the clean run"] >= 0.985
    assert said["holes of 0.1 s or more in walking"] >= 3
    assert said["longest"] <= 2.0


def test_a_hole_that_is_filled_again_leaves_no_difference():
    x = virtual_hour(30.0)
    clean = Ticks.of(len(x))
    stream = PhaseStream("phase-foot", rate_hz=100.0, side="right", mounting=np.eye(3), on_tick=clean.take)  # fmt: skip
    for k, row in enumerate(x):
        stream.push(row, counter=k)
    heard = np.r_[0:1500, 1515:1790, 1791 : len(x)]
    low, differ = without((1500, 1515), x, np.delete(heard, 1775), clean, "phase-foot")
    assert low == 0
    assert len(differ) == 1515 + 440
    # The packets lost later are still lost; before them nothing may differ.
    assert not differ[:1790].any()
