import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitsmith.errors import GaitsmithError
from gaitsmith.events import Event, Events
from gaitsmith.gait import imu_walk
from gaitsmith.gait.events import foot_imu
from gaitsmith.gait.imu import (
    canonical_frame,
    has_gravity,
    imu,
    labels,
    mediolateral,
    standing,
    up_axis,
)
from gaitsmith.recording import Recording, Stream

from .imu_signals import Walk, back, both_feet, foot, recording, rotation, turned, without_rows

SEEDS = st.integers(0, 10_000)


def sensor_of(data, rate=100.0, label="foot_r"):
    return imu(recording(rate, **{label: data}), label)


class TestClock:
    def test_a_whole_stream_is_passed_on_as_it_is(self):
        data = foot(Walk(), "right")
        sensor = sensor_of(data)
        assert np.array_equal(np.column_stack((sensor.acc, sensor.gyr)), data)
        assert not sensor.doubtful.any() and not sensor.lost.any() and sensor.notes == ()

    def test_lost_rows_are_bridged_at_the_right_times(self):
        whole = both_feet(Walk())
        rng = np.random.default_rng(1)
        keep = rng.random(len(whole["imu"])) > 0.2
        keep[[0, -1]] = True
        sensor = imu(without_rows(whole, keep), "foot_l")
        truth = whole["imu"]["foot_l"]
        assert len(sensor) == len(truth)
        assert np.allclose(sensor.gyr[keep], truth[keep, 3:])
        short = ~keep & ~sensor.doubtful
        assert short.sum() > 100
        error = np.abs(sensor.gyr[short] - truth[short, 3:]).max(axis=1)
        assert np.percentile(error, 90) < 15
        assert "samples were lost" in sensor.notes[0].words

    def test_long_losses_are_marked(self):
        whole = both_feet(Walk())
        keep = np.ones(len(whole["imu"]), bool)
        keep[300:310] = False
        keep[500:560] = False
        sensor = imu(without_rows(whole, keep), "foot_l")
        assert sensor.doubtful[300:310].all() and not sensor.lost[290:320].any()
        assert sensor.lost[500:560].all()
        assert sensor.doubtful.sum() == 70 and sensor.lost.sum() == 60

    def test_held_readings_are_losses(self):
        data = foot(Walk(), "left")
        truth = data.copy()
        fast = int(np.argmax(np.linalg.norm(data[:, 3:], axis=1))) - 3
        data[fast + 1 : fast + 4, 3:] = data[fast, 3:]
        sensor = sensor_of(data)
        assert "repeat the one before" in sensor.notes[0].words
        assert (
            np.abs(sensor.gyr - truth[:, 3:]).max() < 0.5 * np.abs(data[:, 3:] - truth[:, 3:]).max()
        )

    def test_cut_off_gyroscopes_are_named(self):
        data = foot(Walk(), "left")
        data[:, 3:] = np.clip(data[:, 3:], -250, 250)
        share = 100 * (np.abs(data[:, 3:]) >= 250).any(axis=1).mean()
        words = sensor_of(data).notes[0].words
        assert f"cut off at ±250 deg/s in {share:.1f} %" in words
        assert sensor_of(foot(Walk(), "left")).notes == ()

    def test_missing_values_are_bridged(self):
        data = foot(Walk(), "left")
        data[400:403] = np.nan
        sensor = sensor_of(data)
        assert np.isfinite(sensor.gyr).all() and np.isfinite(sensor.acc).all()
        assert not sensor.doubtful.any()

    def test_refusals_and_empty_input(self):
        with pytest.raises(GaitsmithError, match="too slow"):
            sensor_of(np.zeros((100, 6)), rate=10.0)
        times = np.append(np.arange(200) / 100, 1e7)
        torn = Stream("imu", np.zeros((201, 1, 6)), ("foot_r",), time=times)
        with pytest.raises(GaitsmithError, match="hole"):
            imu(Recording(streams={"imu": torn}), "foot_r")
        with pytest.raises(GaitsmithError, match="no such sensor"):
            imu(recording(100.0, foot_r=np.zeros((5, 6))), "foot_l")
        assert "fewer than two" in sensor_of(np.zeros((1, 6))).notes[0].words
        gone = sensor_of(np.full((300, 6), np.nan))
        assert gone.lost.all() and "no usable" in gone.notes[0].words

    def test_labels_name_their_streams(self):
        r = Recording(streams={
            "imu": Stream("imu", np.zeros((3, 2, 6)), ("foot_r", "chest"), rate=100.0),
            "imu_foot_l": Stream("imu", np.zeros((3, 1, 6)), ("foot_l",), rate=50.0),
        })  # fmt: skip
        assert labels(r) == {"foot_r": "imu", "chest": "imu", "foot_l": "imu_foot_l"}


class TestAxes:
    @given(SEEDS)
    def test_the_axes_turn_with_the_sensor(self, seed):
        turn = rotation(seed)
        for side in ("left", "right"):
            sensor = sensor_of(turned(foot(Walk(strides=6), side), turn))
            assert mediolateral(sensor, "foot") @ turn[:, 2] > 0.9999
            assert up_axis(sensor) @ turn[:, 1] > 0.9999
            assert np.allclose(canonical_frame(sensor, "foot"), turn.T, atol=0.02)

    @given(SEEDS)
    def test_the_trunk_finds_forward(self, seed):
        turn = rotation(seed)
        sensor = sensor_of(turned(back(Walk(strides=8)), turn), label="lower_back")
        axes = imu_walk.trunk_axes(sensor)
        assert axes is not None
        assert np.allclose(axes, turn.T, atol=0.05)

    def test_a_shank_swings_forward_by_its_skewness(self):
        data = foot(Walk(), "right")
        # A shank has no push-off lobe of its own: slow backward turn, fast forward swing.
        data[:, 5] = np.maximum(data[:, 5], 0) - np.maximum(data[:, 5], 0).mean()
        assert mediolateral(sensor_of(data), "shank")[2] > 0.999
        data[:, 3:] *= -1
        assert mediolateral(sensor_of(data), "shank")[2] < -0.999

    def test_gravity_is_seen_and_asked_for(self):
        with_, without = foot(Walk(), "left"), foot(Walk(), "left", gravity=False)
        assert has_gravity(with_[:, :3]) and not has_gravity(without[:, :3])
        assert not has_gravity(np.zeros((0, 3)))
        with pytest.raises(GaitsmithError, match="holds no gravity"):
            up_axis(sensor_of(without))
        assert imu_walk.trunk_axes(sensor_of(without)) is None

    def test_standing_is_before_after_and_in_stance(self):
        walk = Walk()
        still = standing(sensor_of(foot(walk, "left")))
        t = walk.times
        assert still[t < walk.offs("left")[0] - 0.4].all()
        assert not still[
            (t > walk.offs("left")[3] - 0.05) & (t < walk.strikes("left")[3] - 0.05)
        ].any()
        assert still[t > walk.strikes("left")[-1] + 0.5].all()


class TestBouts:
    def steps(self, *times):
        return [Event(t, "left", "strike", "x") for t in times]

    def test_a_rest_ends_a_bout_and_one_step_is_none(self):
        rows = self.steps(1, 2, 3, 5.9, 9.0, 13, 14)
        assert imu_walk.bouts(rows) == [(1, 5.9), (13, 14)]
        kept = imu_walk.in_bouts(Events(rows), "x")
        assert list(kept.times("strike")) == [1, 2, 3, 5.9, 13, 14]
        assert list(kept.times("start")) == [1, 13] and list(kept.times("stop")) == [5.9, 14]
        assert imu_walk.bouts([]) == []


class TestTurns:
    walk = Walk(turn=(8.0, 10.0, -180.0))

    def check(self, turns):
        assert len(turns) == 1
        turn = turns[0]
        assert turn.kind == "turn" and turn.side is None
        assert abs(turn.time - 8.0) < 0.3 and abs(turn.time + turn.duration - 10.0) < 0.3

    @settings(max_examples=10)
    @given(SEEDS)
    def test_the_back_turns(self, seed):
        sensor = sensor_of(turned(back(self.walk), rotation(seed)), label="lower_back")
        self.check(imu_walk.yaw_turns(sensor, "x"))

    @pytest.mark.parametrize("gravity", [True, False])
    @pytest.mark.parametrize("sides", [("left", "right"), ("left",), ("right",)])
    def test_the_feet_turn_too(self, gravity, sides):
        feet = {
            f"foot_{s[0]}": turned(foot(self.walk, s, gravity=gravity), rotation(i))
            for i, s in enumerate(sides)
        }
        self.check(foot_imu.detect(recording(100.0, **feet)).where(kind="turn"))

    def test_small_changes_of_heading_are_no_turns(self):
        walk = Walk(turn=(8.0, 10.0, 30.0))
        assert not len(foot_imu.detect(both_feet(walk)).where(kind="turn"))
        assert not len(imu_walk.yaw_turns(sensor_of(back(walk)), "x"))
        assert not len(imu_walk.foot_turns([], "x"))
