"""Strides of walks whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.gait.cycles import BOUNDS, normalise, sample, segment
from gaitsmith.recording import Event, Events, Recording, Stream

from . import walks


def test_strides_have_the_curves_and_times_they_were_made_with():
    made = segment(walks.walk(n=8, stride=1.1, stance=0.62))
    for side in ("left", "right"):
        s = made[side]
        assert s.n == 8 and s.data.shape == (8, 101, 15)
        np.testing.assert_allclose(s.duration, 1.1, atol=1e-9)
        np.testing.assert_allclose(s.foot_off[:7], 62.0, atol=1e-6)
        phase = np.linspace(0, 1, 101)
        for stem in ("knee_angle", "hip_flexion", "ankle_angle"):
            assert np.abs(s.mean(stem) - walks.curve(stem, phase)).max() < 0.02
            assert s.sd(stem).max() < 0.02
    assert made.sides == ("left", "right") and not made.running and not made.rejected
    np.testing.assert_allclose(made.right.percent("opposite_strike"), 50.0, atol=1e-6)
    np.testing.assert_allclose(made.right.percent("opposite_off")[1:], 12.0, atol=1e-6)


def test_own_names_resolve_to_the_foot():
    made = segment(walks.walk())
    assert made.left.label("knee_angle") == "knee_angle_l"
    assert made.right.label("knee_angle") == "knee_angle_r"
    assert made.left.label("knee_angle_r") == "knee_angle_r"
    assert made.left.unit("knee_angle") == "deg"
    assert "hip_flexion" in made.left and "elbow_flex" not in made.left
    with pytest.raises(GaitsmithError, match="knee_angle"):
        made.left["knee_angel"]
    np.testing.assert_allclose(made.left.as_right("pelvis_list"), -made.left["pelvis_list"])
    np.testing.assert_allclose(made.right.as_right("pelvis_list"), made.right["pelvis_list"])


def test_streams_of_every_kind_come_along_by_choice():
    walk = walks.walk(n=3)
    n = len(walk.angles)
    forces = np.zeros((n, 2, 7))
    forces[:, 0, 1], forces[:, 1, 1] = 700.0, 300.0
    points = np.zeros((n, 2, 3))
    points[:, 0, 0] = 1.5
    imu = np.ones((n, 1, 6))
    walk = (
        walk.with_stream(Stream("forces", forces, ("foot_r", "foot_l"), rate=100.0))
        .with_stream(Stream("points", points, ("RHEE", "LHEE"), rate=100.0))
        .with_stream(Stream("imu", imu, ("foot_r",), rate=100.0))
    )
    made = segment(walk, streams=["angles", "forces", "points", "imu"])
    assert made.right.data.shape[2] == 15 + 14 + 6 + 6
    assert made.right.mean("foot_fy")[50] == 700.0 and made.left.mean("foot_fy")[50] == 300.0
    assert made.right.unit("foot_r_fy") == "N" and made.right.unit("foot_r_px") == "m"
    assert made.right.mean("heel_x")[3] == 1.5 and made.right.label("heel_x") == "RHEE_x"
    assert made.right.label("foot_gyr_z") == "foot_r_gyr_z"
    assert segment(walk, streams=["forces"]).right.data.shape[2] == 14
    with pytest.raises(GaitsmithError, match="no such stream"):
        segment(walk, streams=["forcse"])


def test_a_recording_without_angles_still_has_times():
    made = segment(Recording(events=walks.events(4)))
    assert made.right.n == 4 and made.right.data.shape == (4, 101, 0)
    np.testing.assert_allclose(made.left.duration, 1.1)
    assert len(made.to_pandas()) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda e: Events(x for x in e if not (x.kind == "off" and 3.5 < x.time < 4.4)), "no foot off"),
        (lambda e: e + Events([Event(4.0, "right", "off")]), "several foot offs"),
        (lambda e: e + Events([Event(3.6, None, "turn", duration=0.2)]), "a turn"),
        (lambda e: e + Events([Event(2.0, None, "start"), Event(6.0, None, "stop")]), "outside the"),
        (lambda e: Events(x for x in e if not (x.kind == "strike" and 3.5 < x.time < 3.7)), "median"),
        (lambda e: e + Events([Event(4.0, "left", "strike")]), "several strikes of the other"),
    ],
)  # fmt: skip
def test_bad_candidates_are_rejected_with_their_reason(change, words):
    walk = walks.walk()
    made = segment(walk, change(walk.events))
    found = [r for r in made.rejected if words in r.reason]
    assert found and all(r.stop > r.start for r in found)
    assert made.n < 16 and made.n > 3


def test_a_pause_is_no_stride():
    rows = [*walks.events(3), *walks.events(3, start=10.0)]
    made = segment(walks.walk(n=14).with_events(Events(rows)))
    assert made.right.n == 6
    assert any("outside 0.4-3" in r.reason for r in made.right.rejected)


def test_a_gap_rejects_only_where_the_angle_is_usually_there():
    walk = walks.walk()
    data = np.array(walk.angles.data)
    knee = walk.angles.index("knee_angle_r")
    hole = (walk.angles.times > 4.0) & (walk.angles.times < 4.2)
    data[hole, knee] = np.nan
    data[:, walk.angles.index("hip_rotation_l")] = np.nan
    made = segment(walk.with_stream(walk.angles.replace(data=data)))
    assert made.right.n == 7 and "gap in knee_angle_r" in made.right.rejected[0].reason
    assert np.isnan(made.right["hip_rotation_l"]).all()
    assert made.left.n in (6, 7)  # the hole lies in one or two strides of the other foot
    assert made.right.count("knee_angle") == 7


def test_a_stride_past_the_signal_is_a_gap():
    walk = walks.walk()
    made = segment(walk.with_stream(walk.angles.crop(0, 5.0)))
    assert 3 <= made.right.n <= 4
    assert all("gap" in r.reason for r in made.right.rejected)


def test_strides_that_all_have_gaps_are_kept_and_said():
    walk = walks.walk(n=1)
    made = segment(walk.with_stream(walk.angles.crop(0.6, 1.2)))
    assert made.right.n == 1 and made.right.count("knee_angle") == 0
    assert np.isfinite(made.right.mean("knee_angle")[40:60]).all()
    assert np.isnan(made.right.mean("knee_angle")[[0, 100]]).all()
    assert any("no stride are whole" in str(n) for n in made.notes)
    beyond = segment(walk.with_stream(walk.angles.shifted(100.0)))
    assert beyond.right.n == 1 and np.isnan(beyond.right.data).all()


def test_running_is_seen():
    made = segment(walks.walk(stride=0.7, stance=0.36))
    assert made.running and made.right.flight.all()
    one = segment(
        walks.walk(stride=0.7, stance=0.36).events and walks.walk(stride=0.7, stance=0.36),
        walks.events(8, 0.7, 0.36).where(side="right"),
    )
    assert one.running and one.left.n == 0 and one.sides == ("right",)


def test_one_foot_alone_works():
    walk = walks.walk()
    made = segment(walk, walk.events.where(side="right"))
    assert made.right.n == 8 and made.left.n == 0
    assert np.isnan(made.right.at("opposite_strike")).all()
    assert any("left" in n.place for n in made.notes)


def test_strikes_alone_make_strides_without_foot_off():
    walk = walks.walk()
    made = segment(walk, walk.events.where(kind="strike"))
    assert made.right.n == 8 and np.isnan(made.right.foot_off).all() and not made.running


def test_events_told_by_two_sources_are_used_once():
    walk = walks.walk()
    again = walk.events.shifted(0.015).map(lambda e: replace(e, source="other", confidence=0.5))
    made = segment(walk, walk.events + again)
    np.testing.assert_allclose(made.right.bounds, segment(walk).right.bounds)
    assert made.notes


def test_odd_shapes_are_flagged_not_dropped():
    walk = walks.walk(n=10)
    data = np.array(walk.angles.data)
    inside = (walk.angles.times > 0.3 + 4 * 1.1) & (walk.angles.times < 0.3 + 5 * 1.1)
    data[inside] += 15 * np.sin(np.linspace(0, np.pi, inside.sum()))[:, None]
    made = segment(walk.with_stream(walk.angles.replace(data=data)))
    assert made.right.n == 10 and made.right.outlier.sum() == 1 and made.right.outlier[4]
    assert made.right.typical().n == 9
    assert made.right.sd("knee_angle").max() > made.right.sd("knee_angle", typical=True).max() + 3


def test_no_events_is_a_refusal_and_too_few_an_explained_result():
    walk = walks.walk()
    with pytest.raises(MissingInputError, match="strikes"):
        segment(walk.with_events(Events()))
    made = segment(walk, Events([Event(1.0, "right", "strike")]))
    assert made.n == 0 and "1 foot strike" in str(made.notes[1])
    with pytest.raises(GaitsmithError, match="points"):
        segment(walk, points=1)
    with pytest.raises(GaitsmithError, match="longest"):
        segment(walk, shortest_s=3.0, longest_s=1.0)


def test_tables():
    made = segment(walks.walk(n=4))
    long = made.to_pandas()
    assert len(long) == 2 * 4 * 101 * 15
    one = long[(long.side == "left") & (long.stride == 2) & (long.channel == "knee_angle_l")]
    np.testing.assert_allclose(one.value, made.left["knee_angle"][2])
    np.testing.assert_allclose(one.percent, np.arange(101.0))
    table = made.bounds_table()
    assert len(table) == 8 and list(table.columns[2:7]) == list(BOUNDS)


def test_arrays_cannot_be_changed():
    made = segment(walks.walk(n=3))
    with pytest.raises(ValueError, match="read-only"):
        made.right.data[0, 0, 0] = 1.0


@given(shift=st.floats(-50, 50), n=st.integers(2, 6))
def test_time_shift_changes_nothing_but_times(shift, n):
    walk = walks.walk(n=n)
    a, b = segment(walk), segment(walk.shifted(shift))
    np.testing.assert_allclose(a.right.data, b.right.data, atol=1e-6)
    np.testing.assert_allclose(a.left.bounds + shift, b.left.bounds, atol=1e-9)


@given(stance=st.floats(0.55, 0.8), lag=st.floats(0.4, 0.6), stride=st.floats(0.8, 1.8))
def test_mirroring_exchanges_the_sides(stance, lag, stride):
    walk = walks.walk(n=3, stride=stride, stance=stance, lag=lag)
    a, b = segment(walk), segment(walk.mirror())
    assert a.left.n == b.right.n and a.right.n == b.left.n
    for name in ("knee_angle", "pelvis_list", "foot_progression", "pelvis_tilt"):
        np.testing.assert_allclose(a.left.as_right(name), b.right[name], atol=1e-12)
    np.testing.assert_allclose(a.left.bounds, b.right.bounds)


@given(factor=st.floats(0.01, 100), offset=st.floats(-100, 100))
def test_interpolation_is_linear_in_the_data_and_exact_for_parabolas(factor, offset):
    time = np.arange(30) / 10
    data = np.column_stack([time**2 - time, 3 * time])
    at = np.linspace(0.15, 2.7, 57)
    got = sample(time, factor * data + offset, at)
    np.testing.assert_allclose(
        got, factor * np.column_stack([at**2 - at, 3 * at]) + offset, rtol=1e-9, atol=1e-9
    )


def test_interpolation_respects_gaps_ends_and_repeated_times():
    time = np.array([0.0, 0.1, 0.2, 0.2, 0.3, 0.9, 1.0])
    data = np.array([0.0, 1.0, 2.0, 2.0, np.nan, 9.0, 10.0])
    got = sample(time, data, np.array([-0.1, 0.0, 0.05, 0.2, 0.25, 0.3, 0.95, 1.0, 1.2]))
    np.testing.assert_array_equal(np.isnan(got), [1, 0, 0, 0, 1, 1, 0, 0, 1])
    far = sample(time, np.arange(7.0), np.array([0.5, 0.3, 0.9]), longest_gap=0.2)
    np.testing.assert_array_equal(np.isnan(far), [1, 0, 0])
    assert sample(np.zeros(0), np.zeros((0, 2)), np.array([1.0])).shape == (1, 2)
    assert normalise(time, data, np.array([0.0]), np.array([0.2]), points=3).shape == (1, 3)
    np.testing.assert_allclose(
        sample(np.array([1.0]), np.array([5.0]), np.array([1.0, 2.0])), [5, np.nan]
    )


def test_cubic_beats_linear_at_a_low_rate():
    time = np.arange(0, 3, 1 / 20)
    at = np.linspace(0.2, 2.8, 500)
    data, truth = 30 * np.sin(2 * np.pi * 2 * time), 30 * np.sin(2 * np.pi * 2 * at)
    smooth = np.abs(sample(time, data, at) - truth).max()
    line = np.abs(sample(time, data, at, smooth=False) - truth).max()
    assert smooth < 0.35 * line and smooth < 0.5


def test_sideways_forces_of_the_left_foot_are_turned_over():
    walk = walks.walk(n=3)
    forces = np.zeros((len(walk.angles), 2, 7))
    forces[:, 0, 2], forces[:, 1, 2] = -30.0, 30.0  # both push to the midline
    made = segment(
        walk.with_stream(Stream("forces", forces, ("foot_r", "foot_l"), rate=100.0)),
        streams=["forces"],
    )
    assert made.left["foot_fz"].max() == 30.0 and made.left.as_right("foot_fz").max() == -30.0
    assert made.right.as_right("foot_fz").max() == -30.0
