"""Error measures against hand-made truths and plain reference computations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaitsmith.errors import GaitsmithError
from gaitsmith.gait import metrics as m
from gaitsmith.recording import Event, Events
from gaitsmith.units import STANDARD_GRAVITY

LABELS = ("hip_flexion_l", "knee_angle_l", "ankle_angle_l",
          "hip_flexion_r", "knee_angle_r", "ankle_angle_r")  # fmt: skip


def sequence(stride=1.1, seconds=30.0, rate=20.0, offset=0.0, phase=0.0):
    """Six joints of a steady walk; hip extension peaks every stride."""
    t = 2 * np.pi * (np.arange(int(seconds * rate)) / rate / stride + phase)
    columns = []
    for lag in (0.5, 0.0):
        p = t - 2 * np.pi * lag
        columns += [15 + 20 * np.cos(p), 25 - 25 * np.cos(2 * p + 0.4) + 10 * np.sin(p),
                    5 * np.sin(p) + 8 * np.cos(2 * p)]  # fmt: skip
    return np.column_stack(columns) + offset


# --- curves ----------------------------------------------------------------------------------------


def test_simple_errors_leave_gaps_out():
    a, b = np.array([1.0, 2.0, np.nan, 5.0]), np.array([0.0, 4.0, 1.0, np.nan])
    assert m.mae(a, b) == 1.5 and m.rmse(a, b) == pytest.approx(np.sqrt(2.5))
    assert m.nrmse(a, b) == pytest.approx(np.sqrt(2.5) / 4)
    assert np.isnan(m.mae(np.array([np.nan]), np.array([1.0])))
    assert np.isnan(m.nrmse(np.ones(3), np.ones(3))) and np.isnan(m.pearson(np.ones(3), b[:3]))
    with pytest.raises(GaitsmithError, match="shape"):
        m.mae(np.zeros(3), np.zeros(4))


@given(st.integers(0, 10_000), st.floats(-50, 50), st.floats(0.1, 10))
def test_r_ignores_offset_and_scale(seed, offset, scale):
    a, b = np.random.default_rng(seed).normal(size=(2, 50))
    expected = np.corrcoef(a, b)[0, 1]
    assert m.pearson(a, scale * b + offset) == pytest.approx(expected, abs=1e-8)
    assert m.pearson(a, -scale * b + offset) == pytest.approx(-expected, abs=1e-8)
    assert m.rmse(a, b) >= m.mae(a, b) - 1e-12


def test_coverage_width_and_spread():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=100_000)
    assert m.coverage(truth, -1.6449, 1.6449) == pytest.approx(0.9, abs=0.005)
    assert m.coverage(truth, -0.6745, 0.6745) == pytest.approx(0.5, abs=0.006)
    assert m.coverage(np.array([1.0, np.nan]), np.zeros(2), np.ones(2)) == 1.0
    assert np.isnan(m.coverage(np.array([np.nan]), np.zeros(1), np.ones(1)))
    assert m.interval_width(np.zeros(4), np.full(4, 2.0)) == 2.0
    assert m.spread(rng.normal(0, 2, (400, 50)), rng.normal(0, 1, (400, 50))) == pytest.approx(
        2, abs=0.05
    )


# --- cycles ----------------------------------------------------------------------------------------


def test_cycles_lie_between_hip_extension_peaks():
    walk = sequence(1.1, rate=100.0)
    bounds = m.cycles_from_hip(walk[:, 3], 100.0)
    np.testing.assert_allclose(bounds[:, 1] - bounds[:, 0], 1.1, atol=1e-3)
    # cos is lowest at half a period, so the middles are whole periods.
    np.testing.assert_allclose(bounds[:, 0] / 1.1, np.round(bounds[:, 0] / 1.1), atol=2e-3)
    assert len(bounds) == 25
    assert m.cycles_from_hip(np.ones(100), 20.0).shape == (0, 2)
    assert m.cycles_from_hip(np.zeros(3), 20.0).shape == (0, 2)


@pytest.mark.parametrize("stride", [0.8, 1.0, 1.37, 2.2])
def test_cycles_are_found_at_any_speed_and_20_hz(stride):
    bounds = m.cycles_from_hip(sequence(stride)[:, 0], 20.0)
    assert 0 <= 30 / stride - len(bounds) <= 3.5  # the ends have no half cycle outside them
    np.testing.assert_allclose(bounds[:, 1] - bounds[:, 0], stride, atol=0.02)


def test_cycle_error_of_known_differences():
    real = sequence(1.1)
    same = m.cycle_error(real, real, LABELS, 20.0)
    assert same.mae == 0.0 and same.r == pytest.approx(1.0) and same.n["left"] > 20
    shifted = m.cycle_error(real, real + 3.0, LABELS, 20.0)
    assert shifted.mae == pytest.approx(3.0) and shifted.r == pytest.approx(1.0)
    # Another cadence and phase do not matter: cycles are compared, not samples.
    late = m.cycle_error(real, sequence(1.25, phase=0.3), LABELS, 20.0)
    assert late.mae < 0.5 and late.r > 0.999
    assert set(same.by_joint) == set(LABELS)
    one = m.cycle_error(real[:, :3], real[:, :3] + [1.0, 2.0, 6.0], LABELS[:3], 20.0)
    assert one.mae == pytest.approx(3.0) and one.by_joint["knee_angle_l"][0] == pytest.approx(2.0)
    with pytest.raises(GaitsmithError, match="hip"):
        m.cycle_error(real[:, 1:3], real[:, 1:3], LABELS[1:3], 20.0)
    with pytest.raises(GaitsmithError, match="no cycles"):
        m.cycle_error(real, np.zeros_like(real), LABELS, 20.0)


def test_matching_is_greedy_and_uses_each_once():
    real = np.array([[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]])
    made = np.array([[1.1, 2.1], [0.1, 1.1]])
    assert m.match_cycles(real, made) == [(0, 1), (1, 0)]
    long = np.array([[0.0, 1.0], [-0.3, 1.3]])
    assert m.match_cycles(real[:1], long) == [(0, 0)]  # same centre, more alike in length
    assert m.match_cycles(real, np.zeros((0, 2))) == []


def test_cadence_and_its_error():
    assert m.cadence(27, 28, 30.0) == pytest.approx(110.0)
    wrong, percent = m.cadence_error(106.2, 100.0)
    assert wrong == pytest.approx(6.2) and percent == pytest.approx(6.2)
    with pytest.raises(GaitsmithError, match="window"):
        m.cadence(1, 1, 0.0)


def test_rank_counts_the_better_people():
    errors = np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [2.0, 2.0, 5.0]])
    np.testing.assert_array_equal(m.rank(errors, [0, 0, 1]), [1.0, 3.0, 1.5])


def test_rank_control_is_about_the_middle_of_the_others():
    rng = np.random.default_rng(0)
    n = 20
    errors = rng.random((n, n)) + 1.0
    errors[np.arange(n), np.arange(n)] = 0.0  # each sequence fits its own person
    own = np.arange(n)
    assert m.rank(errors, own).mean() == 1.0
    # Somebody else's sequence ranks its own person first, then 19 at random: mean (2 + 20) / 2.
    assert m.rank_control(errors, own, seed=1) == pytest.approx(11.0, abs=0.5)
    assert m.rank_control(errors, own, seed=1) == m.rank_control(errors, own, seed=1)


def test_nearest_source_prefers_the_lower():
    assert m.nearest_source(0.9, [0.55, 0.8, 1.0, 1.3]) == 0.8
    assert m.nearest_source(1.2, [1.3, 0.5]) == 1.3


# --- sequences -------------------------------------------------------------------------------------


def plain_dtw(a, b):
    table = np.full((len(a) + 1, len(b) + 1), np.inf)
    table[0, 0] = 0
    for i in range(len(a)):
        for j in range(len(b)):
            cost = float(np.sum((a[i] - b[j]) ** 2))
            table[i + 1, j + 1] = cost + min(table[i, j], table[i, j + 1], table[i + 1, j])
    return np.sqrt(table[-1, -1])


@given(st.integers(0, 10_000), st.integers(2, 15), st.integers(2, 15), st.integers(0, 3))
def test_dtw_is_the_textbooks(seed, n, k, channels):
    rng = np.random.default_rng(seed)
    tail = (channels,) if channels else ()
    a, b = rng.normal(size=(n, *tail)), rng.normal(size=(k, *tail))
    assert m.dtw(a, b) == pytest.approx(plain_dtw(a, b), rel=1e-9)
    assert m.dtw(a, b, per_sample=True) == pytest.approx(plain_dtw(a, b) / np.sqrt(max(n, k)))


def test_dtw_forgives_delay_within_its_window():
    t = np.linspace(0, 4 * np.pi, 200)
    late = np.sin(t - 0.4)
    assert m.dtw(np.sin(t), late) < 0.3 * np.linalg.norm(np.sin(t) - late)
    assert m.dtw(np.sin(t), late, window=1) > m.dtw(np.sin(t), late, window=20)
    with pytest.raises(GaitsmithError, match="gaps"):
        m.dtw(np.array([1.0, np.nan]), np.zeros(2))
    with pytest.raises(GaitsmithError, match="warped"):
        m.dtw(np.zeros(0), np.zeros(2))


def test_circular_errors_know_that_99_is_near_1():
    assert m.circular_difference(1.0, 99.0) == pytest.approx(2.0)
    assert m.circular_difference(99.0, 1.0) == pytest.approx(-2.0)
    assert m.circular_mae(np.array([1.0, 50.0, np.nan]), np.array([99.0, 46.0, 3.0])) == 3.0
    assert m.circular_rmse(np.array([1.0, 50.0]), np.array([99.0, 46.0])) == pytest.approx(
        np.sqrt(10)
    )
    assert m.circular_mean(np.array([98.0, 4.0])) == pytest.approx(1.0)
    assert np.isnan(m.circular_mean(np.array([0.0, 50.0])))


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.integers(-5, 5))
def test_circle_properties(a, b, turns):
    d = float(m.circular_difference(a, b))
    assert -50.0 <= d <= 50.0
    apart = abs(float(m.circular_difference(a + 100 * turns, b)) - d)
    assert min(apart, 100 - apart) < 1e-6
    back = float(m.from_circle(m.to_circle(a)))
    assert 0.0 <= back < 100.0
    assert abs(float(m.circular_difference(back, a))) < 1e-6


# --- events ----------------------------------------------------------------------------------------


def test_events_are_matched_once_and_counted():
    truth = [1.0, 2.0, 3.0, 4.0]
    found = [1.02, 1.04, 2.9, 4.05, 7.0]
    i, j = m.match_times(truth, found, 0.05)
    assert list(zip(i, j, strict=True)) == [(0, 0), (3, 3)]
    a = Events.of(truth, "left", "strike", "truth") + Events.of([2.5], "right", "off", "truth")
    b = Events.of(found, "left", "strike", "found") + Events.of([2.49], "left", "off", "found")
    score = m.score_events(a, b, tolerance_s=0.05)
    assert (score.matched, score.missed, score.spurious) == (2, 3, 4)
    assert score.f1 == pytest.approx(4 / 11) and score.recall == 0.4
    assert score.missed_percent == pytest.approx(60) and score.spurious_percent == pytest.approx(80)
    assert score.median_ms == pytest.approx(35.0) and score.bias_ms == pytest.approx(35.0)
    assert "F1" in str(score)
    wide = m.score_events(a, b, tolerance_s=0.1, kinds=("strike",))
    assert wide.matched == 3 and wide.p90_ms == pytest.approx(90.0, abs=1.1)


def test_scores_within_a_stretch_and_of_nothing():
    a = Events([Event(t, "left", "strike") for t in (1.0, 2.0, 3.0)])
    b = Events([Event(t, "left", "strike") for t in (0.98, 2.0, 5.0)])
    inside = m.score_events(a, b, between=(1.0, 4.0))
    assert (inside.matched, inside.missed, inside.spurious) == (2, 1, 0)
    none = m.score_events(Events(), Events())
    assert np.isnan(none.f1) and np.isnan(none.median_ms) and np.isnan(none.precision)


@given(st.lists(st.floats(0, 100), max_size=30), st.floats(0.001, 0.2), st.floats(-0.0005, 0.0005))
def test_a_small_shift_keeps_every_event(times, tolerance, shift):
    i, j = m.match_times(times, np.asarray(times, dtype=float) + shift, tolerance)
    assert len(i) == len(set(i)) == len(set(j)) == len(times)


def test_delay_looks_only_forward():
    delay = m.detection_delay([1.0, 2.0, 3.0], [0.9, 1.1, 2.05, 9.0])
    np.testing.assert_allclose(delay, [0.1, 0.05, np.nan])


# --- classes ---------------------------------------------------------------------------------------


def test_class_measures_by_hand():
    truth, said = list("aaaabbc"), list("aaabbbb")
    names, table = m.confusion(truth, said)
    assert list(names) == ["a", "b", "c"] and table.tolist() == [[3, 1, 0], [0, 2, 0], [0, 1, 0]]
    assert m.accuracy(truth, said) == pytest.approx(5 / 7)
    assert m.balanced_accuracy(truth, said) == pytest.approx((0.75 + 1 + 0) / 3)
    assert m.macro_f1(truth, said) == pytest.approx((6 / 7 + 4 / 6 + 0) / 3)
    with pytest.raises(GaitsmithError, match="decisions"):
        m.accuracy([1, 2], [1])


@given(st.integers(0, 10_000))
def test_auc_is_the_share_of_ordered_pairs(seed):
    rng = np.random.default_rng(seed)
    truth, score = rng.random(30) < 0.4, np.round(rng.normal(size=30), 1)
    if truth.all() or not truth.any():
        assert np.isnan(m.auc(truth, score))
        return
    gap = score[truth][:, None] - score[~truth][None]
    assert m.auc(truth, score) == pytest.approx(np.mean((gap > 0) + 0.5 * (gap == 0)))
    assert m.auc(truth, -score) == pytest.approx(1 - m.auc(truth, score))
    assert m.auc(truth, np.exp(score)) == pytest.approx(m.auc(truth, score))


def test_localisation_and_detection():
    changed = np.array([[True, False, False], [False, True, True]])
    scores = np.array([[3.0, 1.0, 2.0], [2.0, 1.0, 3.0]])
    loc, top = m.localisation(changed, scores)
    assert loc == pytest.approx((1.0 + 0.5) / 2) and top == 1.0
    assert m.localisation(changed, np.ones((2, 3)))[1] == pytest.approx((1 / 3 + 2 / 3) / 2)
    rng = np.random.default_rng(0)
    found = m.detection(rng.normal(size=(1000, 5)), rng.normal(size=(4000, 5)),
                        rng.normal(3.0, 1.0, size=(500, 5)), alpha=0.05)  # fmt: skip
    assert found.false_alarms == pytest.approx(0.05, abs=0.02) and found.detected > 0.9
    few = m.detection(rng.normal(size=(5, 3)), rng.normal(size=(50, 3)), np.zeros((0, 3)))
    assert few.threshold == np.inf and few.false_alarms == 0.0 and np.isnan(few.detected)


# --- forces ----------------------------------------------------------------------------------------


def test_forces_in_body_weights():
    weight = 70 * STANDARD_GRAVITY
    assert m.percent_bw(np.array(weight), 70.0) == pytest.approx(100.0)
    assert m.percent_bw_height(np.array(weight * 1.7), 70.0, 1.7) == pytest.approx(100.0)
    truth = np.zeros((100, 3))
    truth[20:80, 1] = weight
    estimate = truth.copy()
    estimate[20:80, 1] += 0.1 * weight
    stance = truth[:, 1] > 20
    np.testing.assert_allclose(m.force_error(estimate, truth, 70.0), [0, 6, 0])
    np.testing.assert_allclose(m.force_error(estimate, truth, 70.0, stance), [0, 10, 0])
    with pytest.raises(GaitsmithError, match="mass"):
        m.percent_bw(truth, 0.0)
    with pytest.raises(GaitsmithError, match="height"):
        m.percent_bw_height(truth, 70.0, 0.0)


def test_peaks_impulses_and_centre_of_pressure():
    x = np.linspace(0, 1, 101)
    two = np.sin(np.pi * x) + 0.3 * np.sin(3 * np.pi * x)
    late = np.interp(x - 0.05, x, two)
    height, place = m.peak_error(1.1 * late[None], two[None], part=(0, 0.5))
    assert height[0] == pytest.approx(0.1 * two[:50].max(), abs=0.01) and place[0] == pytest.approx(
        5
    )
    low, _ = m.peak_error(-2 * two[None], -two[None], lowest=True)
    assert low[0] == pytest.approx(-two.max())
    wrong = m.impulse_error(np.full((2, 101), 3.0), np.full((2, 101), 1.0), np.array([0.5, 1.0]))
    np.testing.assert_allclose(wrong, [1.0, 2.0])
    truth = np.zeros((10, 3))
    estimate = truth + np.array([0.003, 9.0, 0.004])
    load = np.r_[np.zeros(5), np.full(5, 500.0)]
    estimate[0] += 5.0
    np.testing.assert_allclose(m.centre_of_pressure_error(estimate, truth, load), [3, 4, 5])
    assert np.isnan(m.centre_of_pressure_error(estimate, truth, 0 * load)).all()


def test_consistency_is_newtons_second_law():
    acc = np.random.default_rng(0).normal(size=(50, 3))
    force = 60 * (acc + [0, STANDARD_GRAVITY, 0])
    assert m.consistency(force, acc, 60.0) == pytest.approx(0.0, abs=1e-9)
    off = force + [0.03 * 60 * STANDARD_GRAVITY, 0, 0.04 * 60 * STANDARD_GRAVITY]
    assert m.consistency(off, acc, 60.0) == pytest.approx(5.0)


# --- people ----------------------------------------------------------------------------------------


def test_every_person_counts_once():
    means = m.over_people([1.0, 3.0, 10.0, np.nan], ["a", "a", "b", "c"])
    assert means["a"] == 2.0 and means["b"] == 10.0 and np.isnan(means["c"])
    with pytest.raises(GaitsmithError, match="person"):
        m.over_people([1.0], [])


def test_paired_interval_covers_as_it_says():
    rng = np.random.default_rng(0)
    inside = 0
    for k in range(200):
        person = rng.normal(0, 5, 25)  # differences between people cancel in pairs
        made = m.paired_difference(person + rng.normal(1, 1, 25), person, seed=k, draws=500)
        inside += made.low <= 1.0 <= made.high
    assert 0.88 <= inside / 200 <= 0.99
    assert np.isnan(m.paired_difference([1.0], [0.5], seed=0).low)
    assert m.paired_difference([1.0, 2.0, np.nan], [0.0, 1.0, 5.0], seed=0).n == 2
    assert "n = 2" in str(m.paired_difference([1.0, 2.0], [0.0, 1.0], seed=0))
