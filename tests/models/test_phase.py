"""Phase models: what every model keeps, frames, labels, rules, and the function users call."""

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.events import Event, Events
from gaitsmith.gait.metrics.events import match_times
from gaitsmith.models.phase.api import estimate_phase
from gaitsmith.models.phase.baselines import GyroRule, oscillator
from gaitsmith.models.phase.config import PhaseConfig
from gaitsmith.models.phase.frame import MIRROR, feet_of, foot_signal, levelled, mirrored
from gaitsmith.models.phase.labels import labels, offsets
from gaitsmith.models.phase.model import PhaseModel, percent
from gaitsmith.models.phase.shares import shares
from gaitsmith.recording import Recording, Stream
from tests.models.mixin import ModelTests


def feet(seconds: float = 12.0, rate: float = 100.0, stand: float = 4.0, seed: int = 0):
    """n × 6 of a right foot: standing, then strides of 1.1 s whose rate has a foot's shape.

    Returns times, signal and the strikes' times.
    """
    t = np.arange(round(seconds * rate)) / rate
    phase = np.clip(t - stand, 0, None) / 1.1 % 1.0
    walks = t >= stand
    swing = np.exp(-(((phase - 0.8) / 0.08) ** 2)) * 53.9 / (0.08 * np.sqrt(np.pi))
    push = -np.exp(-(((phase - 0.58) / 0.05) ** 2)) * 46.9 / (0.05 * np.sqrt(np.pi))
    land = -np.exp(-(((phase - 0.96) / 0.015) ** 2)) * 7.0 / (0.015 * np.sqrt(np.pi))
    x = np.zeros((len(t), 6))
    x[:, 5] = walks * (swing + push + land)
    pitch = np.radians(np.cumsum(x[:, 5]) / rate)
    x[:, 0], x[:, 1] = 9.81 * np.sin(pitch), 9.81 * np.cos(pitch)
    x[:, 3:] += np.random.default_rng(seed).normal(0, 0.5, (len(t), 3))
    return t, x, stand + 1.1 * np.arange(1, int((seconds - stand) / 1.1) + 1)


def recording(x, rate=100.0, label="foot_r"):
    return Recording(streams={"imu": Stream("imu", x[:, None, :], (label,), rate)})


def turned(x, rotation):
    return np.concatenate([x[:, :3] @ rotation.T, x[:, 3:] @ rotation.T], axis=1)


def rotation(seed: int) -> np.ndarray:
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q if np.linalg.det(q) > 0 else q[:, ::-1]


class TestPhaseModel(ModelTests):
    shape = (400, 4)

    def make(self):
        return PhaseModel.from_pretrained("phase-foot")

    def ask(self, model, seed):
        return model.raw(feet(4.0, stand=1.0, seed=seed)[1]).astype(float)

    def mirrored(self, model, seed):
        # The models know right feet alone: a left foot is mirrored on its way in.
        x = feet(4.0, stand=1.0, seed=seed)[1]
        return model.raw(mirrored(mirrored(x))).astype(float)

    def wrong(self):
        model = self.make()
        x = np.zeros((20, 6))
        gap = x.copy()
        gap[3, 2] = np.nan
        return [
            (lambda: model.raw(x[:, :5]), "channels"),
            (lambda: model.raw(gap), "gaps"),
            (lambda: PhaseModel(PhaseConfig()).raw(x), "no weights"),
            (lambda: PhaseConfig(network="lstm"), "network"),
            (lambda: PhaseConfig(hidden="a-b"), "widths"),
            (lambda: PhaseConfig(to_swing=0.7, to_stance=0.3), "hysteresis"),
        ]


def test_bundled_weights_are_small():
    from importlib import resources

    folder = resources.files("gaitsmith.models.phase.weights")
    size = sum(
        len(f.joinpath("weights.safetensors").read_bytes()) for f in folder.iterdir() if f.is_dir() and not f.name.startswith("_")
    )  # fmt: skip
    assert 0 < size < 2e6


def test_the_card_says_who_was_learnt_from():
    card = PhaseModel.from_pretrained("phase-foot").card
    assert "voisard2023" in card.data
    assert len(card.trained_on) == 12
    assert card.terms
    assert card.limits


def test_percent_reads_the_circle():
    p = np.array([0.0, 12.5, 50.0, 99.9])
    pair = np.column_stack([np.sin(2 * np.pi * p / 100), np.cos(2 * np.pi * p / 100)])
    np.testing.assert_allclose(percent(0.4 * pair), p, atol=1e-9)


class TestFrame:
    def test_any_mounting_gives_the_same_signal_after_standing(self):
        _, x, _ = feet()
        plain = foot_signal(recording(x), "right").x
        for seed in range(4):
            other = foot_signal(recording(turned(x, rotation(seed))), "right").x
            np.testing.assert_allclose(other, plain, atol=1e-6)
        np.testing.assert_allclose(plain[:300].mean(axis=0)[:3], [0, 9.81, 0], atol=0.05)

    def test_left_looks_like_right(self):
        _, x, _ = feet()
        left = foot_signal(recording(x * MIRROR, label="foot_l"), "left").x
        np.testing.assert_allclose(left, foot_signal(recording(x), "right").x, atol=1e-6)

    def test_without_standing_or_mounting_nothing_is_guessed(self):
        _, x, _ = feet(stand=1.0)
        with pytest.raises(MissingInputError, match=r"3 s of standing"):
            foot_signal(recording(x), "right")

    def test_a_declared_mounting_serves_instead(self):
        _, x, _ = feet(stand=1.0)
        # x forward, y up, z right -> sensor x up, y right, z forward.
        r = np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])
        got = foot_signal(recording(turned(x, r)), "right", mounting="forward=+z, up=+x")
        np.testing.assert_allclose(got.x, x, atol=0.3)
        assert "declared" in got.how

    def test_a_wrong_declaration_is_refused(self):
        _, x, _ = feet(stand=1.0)
        with pytest.raises(GaitsmithError, match="not sit as declared"):
            foot_signal(recording(x), "right", mounting="forward=+x, up=-y")

    def test_gravity_is_needed_where_the_model_sees_acceleration(self):
        _, x, _ = feet()
        x[:, :3] = 0.01
        with pytest.raises(GaitsmithError, match="no gravity"):
            foot_signal(recording(x), "right")
        assert len(foot_signal(recording(x), "right", gravity=False).x) == len(x)

    @pytest.mark.parametrize("rate", [50.0, 128.0, 204.8, 400.0])
    def test_any_rate_arrives_at_one_hundred(self, rate):
        t, x, _ = feet(rate=rate)
        got = foot_signal(recording(x, rate), "right")
        assert got.rate_hz == 100.0
        wanted = np.interp(got.times, t, x[:, 5])
        slow = np.abs(np.gradient(wanted)) < 10
        assert np.abs(got.x[:, 5] - wanted)[slow].mean() < 4

    def test_rates_out_of_range_are_refused(self):
        _, x, _ = feet(rate=30.0)
        with pytest.raises(GaitsmithError, match="out of range"):
            foot_signal(recording(x, 30.0), "right")

    def test_lost_packets_go_by_tick(self):
        t, x, _ = feet()
        keep = np.ones(len(t), bool)
        keep[605:609] = keep[700:740] = False
        stream = Stream("imu", x[keep][:, None, :], ("foot_r",), None, time=t[keep])
        got = foot_signal(Recording(streams={"imu": stream}), "right")
        whole = foot_signal(recording(x), "right")
        assert len(got.x) == len(x)
        same = np.ones(len(t), bool)
        same[604:610] = same[699:741] = False
        np.testing.assert_allclose(got.x[same], whole.x[same], atol=0.5)
        assert got.lost[702:738].all()
        assert not got.lost[:690].any()

    def test_an_axis_along_gravity_is_refused(self):
        with pytest.raises(GaitsmithError, match="level axis"):
            levelled(np.array([0.0, 1, 0]), np.array([0.1, 1.0, 0]))

    def test_feet_of_names_the_sides(self):
        _, x, _ = feet()
        assert feet_of(recording(x)) == ["right"]
        assert feet_of(recording(x, label="lower_back")) == []


class TestLabels:
    def events(self, source="manual"):
        rows = [Event(1.0, None, "start", source), Event(6.0, None, "stop", source)]
        rows += [Event(t, "right", "strike", source) for t in (1.5, 2.5, 3.5, 3.9, 5.9)]
        rows += [Event(t, "right", "off", source) for t in (1.0, 2.1, 3.1, 5.5)]
        return Events([*rows, Event(3.0, None, "turn", source, 1.0, 0.4)])

    def test_time_is_linear_between_strikes(self):
        t = np.arange(800) / 100
        got = labels(self.events(), "right", t)
        np.testing.assert_allclose(got.percent[[150, 200, 249]], [0, 50, 99], atol=1e-6)
        assert np.isnan(got.percent[:150]).all()
        # 0.4 s is no stride.
        assert np.isnan(got.percent[355:385]).all()
        assert np.isfinite(got.percent[395:585]).all()

    def test_stance_is_strike_to_off(self):
        t = np.arange(800) / 100
        got = labels(self.events(), "right", t)
        assert got.stance[:100].all()
        assert not got.stance[100:150].any()
        assert got.stance[150:210].all()
        assert not got.stance[210:250].any()
        assert got.scored.sum() == 500

    def test_strides_that_touch_a_turn_are_marked(self):
        got = labels(self.events(), "right", np.arange(800) / 100)
        assert got.in_turn[250:349].all()
        assert not got.in_turn[150:249].any()
        assert got.turning.sum() == 40

    def test_two_sources_are_never_mixed(self):
        both = self.events() + Events([Event(4.5, "right", "off", "plate")])
        with pytest.raises(GaitsmithError, match="never mixed"):
            labels(both, "right", np.arange(800) / 100)

    def test_offset_of_a_source(self):
        true = {"a": (np.array([1.0, 2.0, 3.0]), np.array([1.6, 2.6]))}
        said = {"a": (np.array([1.02, 2.03, 3.02]), np.array([1.59, 2.59]))}
        strike, off = offsets(true, said)
        assert strike == pytest.approx(0.02)
        assert off == pytest.approx(-0.01)


class TestRules:
    def test_causal_rule_finds_every_step_soon(self):
        _, x, strikes = feet(20.0)
        got = GyroRule()(x)
        i, _ = match_times(strikes[1:-1], got.strikes / 100, 0.06)
        assert len(i) == len(strikes) - 2
        assert len(got.strikes) <= len(strikes) + 1

    def test_oscillator_follows_a_steady_walk(self):
        strikes = np.arange(0, 2000, 110.0)
        p = oscillator(strikes, 2000)
        t = np.arange(400, 1900)
        away = (p[t] - 100 * (t % 110) / 110 + 50) % 100 - 50
        assert np.abs(away).max() < 1.0
        assert np.isnan(oscillator(np.array([50.0]), 100)[:50]).all()


class TestEstimate:
    def test_a_csv_of_another_device_rate(self, tmp_path):
        _, x, strikes = feet(14.0, rate=128.0)
        names = "acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"
        file = tmp_path / "trial.csv"
        data = np.column_stack([np.arange(len(x)) / 128.0, x])
        np.savetxt(file, data, delimiter=",", header=f"time,{names}", comments="", fmt="%.5f")
        from gaitsmith.formats import Hints, read

        rec = read(str(file), hints=Hints(placement={"*": "foot_r"}))
        result = estimate_phase(rec)
        found = result.feet["right"].strikes
        i, _ = match_times(strikes[1:-1], found, 0.15)
        assert len(i) >= len(strikes) - 4
        stream = result.recording["phase_foot_r"]
        assert stream.labels == ("percent", "stance", "walking", "confidence")
        known = np.isfinite(stream["percent"])
        assert ((stream["percent"][known] >= 0) & (stream["percent"][known] < 100)).all()

    def test_no_future_tick_is_used(self):
        _, x, _ = feet(12.0)
        whole = estimate_phase(recording(x)).feet["right"]
        # The frame of the shorter recording is the same, so that only the network could look ahead.
        model = PhaseModel.from_pretrained("phase-foot")
        np.testing.assert_array_equal(model.raw(whole.foot.x)[:900], model.raw(whole.foot.x[:900]))

    def test_standing_gives_no_events(self):
        x = np.tile([0.0, 9.81, 0, 0, 0, 0], (800, 1)) + np.random.default_rng(0).normal(
            0, 0.02, (800, 6)
        )
        result = estimate_phase(recording(x), mounting="forward=+x, up=+y")
        assert not len(result.events)
        assert any("no walking" in n.words for n in result.notes)

    def test_no_foot_sensor_is_said(self):
        _, x, _ = feet()
        with pytest.raises(MissingInputError, match="on a foot"):
            estimate_phase(recording(x, label="lower_back"))

    def test_events_carry_the_model_as_their_source(self):
        _, x, _ = feet()
        result = estimate_phase(recording(x))
        assert result.events.sources == ("phase-foot",)
        assert all(0 <= e.confidence <= 1 for e in result.events)

    def test_shares(self):
        rows = [Event(float(t), "left", "strike", "m") for t in range(5)]
        rows += [Event(t + 0.62, "left", "off", "m") for t in range(4)]
        time, stance = shares(Events(rows), "left")
        np.testing.assert_allclose(time, 1.0)
        np.testing.assert_allclose(stance, 62.0)
