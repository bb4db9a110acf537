"""Walks of shank and thigh sensors, what is drawn anew for each crop, and strides that stand apart."""

import numpy as np
import pytest

from gaitsmith.errors import MissingInputError
from gaitsmith.models.phase.api import estimate_phase
from gaitsmith.models.phase.model import PhaseModel
from gaitsmith.recording import Recording, Stream
from gaitsmith.studies import phase_legs
from gaitsmith.studies.phase_augment import disturbed, pace, warped
from gaitsmith.studies.phase_measures import STRIDE_S, odd, pooled
from gaitsmith.studies.phase_recipe import Recipe
from gaitsmith.virtual import average_person, walker
from tests.studies.test_phase import perfect, walk

GENTLE = Recipe(length=200, warp=0.0, turn_deg=0.0, tilt_deg=0.0, gain=0.0, noise=0.0)


@pytest.fixture(scope="module")
def leg() -> Recording:
    """12 s of a virtual person with 4 s of rest before and after; sensors on both feet, shanks, thighs."""
    moving = walker(average_person("female"), 1.2, seconds=12.0)
    stream = moving["imu"]
    still = np.zeros((400, len(stream.labels), 6))
    still[..., 1] = 9.80665
    still[..., 3:] = np.random.default_rng(0).normal(0, 0.5, still[..., 3:].shape)
    data = np.concatenate([still, stream.data[..., :6], still])
    return Recording(
        streams={"imu": Stream("imu", data, stream.labels, 100.0)}, events=moving.events
    )


class TestLegs:
    def test_labels_come_from_the_foot_of_the_same_side(self, leg):
        found = phase_legs.of_recording(
            leg, "shank", ("p", "t", "virtual"), np.random.default_rng(0)
        )
        assert [w.foot.label for w in found] == ["shank_l", "shank_r"]
        for w in found:
            assert w.truth.source == "foot_imu"
            true = leg.events.times("strike", w.worn) + 4.0
            near = np.abs(w.truth.strikes[:, None] - true[None]).min(axis=1)
            assert np.median(near) < 0.04
            # Swing is where the shank turns forward.
            swing = w.truth.scored & ~w.truth.stance
            assert w.foot.x[swing, 5].mean() > 50
            assert not w.truth.scored[:400].any()
            assert np.abs(w.foot.x[:400, 3:]).max() < 5

    def test_virtual_people_wear_the_segment_and_half_are_cut_off(self):
        found = phase_legs.virtual("thigh", people=2, seed=3)
        assert len(found) == 4
        assert {w.foot.label for w in found} == {"thigh_l", "thigh_r"}
        assert all(np.isfinite(w.x).all() for w in found)

    @pytest.mark.parametrize("segment", ["shank", "thigh"])
    def test_the_bundled_weights_find_the_steps_of_a_virtual_person(self, leg, segment):
        result = estimate_phase(leg, model=f"phase-{segment}")
        for side, said in result.feet.items():
            true = leg.events.times("strike", side) + 4.0
            true = true[(true > 5.5) & (true < 14.5)]
            near = np.abs(said.strikes[:, None] - true[None]).min(axis=0)
            assert (near < 0.1).mean() > 0.85
            assert len(said.strikes) < 1.3 * len(leg.events.times("strike", side))
            # The first ticks follow silence, not rest.
            assert not said.walking[30:300].any()

    def test_the_card_says_who_is_left_for_tests(self):
        card = PhaseModel.from_pretrained("phase-shank").card
        assert not {p.split("/")[-1] for p in card.trained_on} & set(phase_legs.HELD_OUT)
        assert any("no contact was ever measured" in text for text in card.limits)

    def test_a_shank_alone_points_to_its_model(self, leg):
        only = Recording(streams={"imu": leg["imu"].select(["shank_l", "shank_r"])})
        with pytest.raises(MissingInputError, match="phase-shank"):
            estimate_phase(only)


class TestAugment:
    def test_no_warp_leaves_the_clock(self):
        np.testing.assert_array_equal(pace(GENTLE, np.random.default_rng(0)), np.ones(200))

    def test_labels_move_along_with_the_tempo(self):
        n = 500
        x = np.zeros((n, 6), np.float32)
        x[:, 1] = 9.80665
        x[:, 5] = 100.0
        y = np.zeros((n, 7), np.float32)
        turn = 2 * np.pi * np.arange(n) / 100
        y[:, 0], y[:, 1], y[:, 2] = np.sin(turn), np.cos(turn), np.arange(n) % 100 < 60
        y[:, 3:] = 1.0
        fast, said = warped(x, y, np.full(200, 1.25), between=True)
        np.testing.assert_allclose(fast[:, 5], 125.0, rtol=1e-6)
        np.testing.assert_allclose(fast[:, 1], 9.80665, rtol=1e-6)
        angle = np.unwrap(np.arctan2(said[:, 0], said[:, 1]))
        np.testing.assert_allclose(np.diff(angle), 2 * np.pi * 1.25 / 100, atol=1e-4)
        np.testing.assert_allclose(np.hypot(said[:, 0], said[:, 1]), 1.0, atol=1e-4)
        assert said[:, 2].mean() == pytest.approx(y[:250, 2].mean(), abs=0.01)
        hard = warped(x, y, np.full(200, 1.25), between=False)[1]
        assert set(np.unique(hard[:, 2])) == {0.0, 1.0}

    def test_a_local_tempo_changes_within_the_crop(self):
        recipe = Recipe(length=400, warp=0.0, local_warp=0.1)
        speed = pace(recipe, np.random.default_rng(1))
        assert speed.std() > 0.03
        assert np.abs(np.diff(speed)).max() < 0.05

    def test_a_swell_leaves_rest_and_scales_movement(self):
        rng = np.random.default_rng(0)
        x = np.zeros((300, 6), np.float32)
        x[:, 1], x[:, 5] = 9.80665, 100.0
        out = disturbed(
            x, Recipe(swell=0.2, turn_deg=0.0, tilt_deg=0.0, gain=0.0, noise=0.0), np.ones(6), rng
        )
        np.testing.assert_allclose(out[:, :3], x[:, :3], atol=1e-5)
        assert out[:, 5].std() > 5

    def test_a_run_is_named_by_what_differs(self):
        assert Recipe().changed() == {}
        assert Recipe(steps=5, swell=0.1).changed() == {"steps": 5, "swell": 0.1}


def test_odd_strides_stand_apart():
    w = walk()
    long = w.truth.strikes[3]
    kept = np.delete(w.truth.strikes, [4, 5])
    truth = type(w.truth)(**{**w.truth.__dict__, "strikes": kept})
    other = type(w)(w.person, w.trial, w.group, w.foot, truth, w.worn)
    assert kept[4] - long > STRIDE_S[1]
    apart = odd(other)
    assert apart.sum() == pytest.approx(100 * (kept[4] - long), abs=2)
    # Wrong only there: nothing of it is in the main figures.
    said = perfect(other)
    wrong = type(said)(
        said.percent, np.where(apart, ~said.stance, said.stance), said.strikes, said.offs
    )
    row = pooled([other], [wrong])
    assert row["macro_f1"] == 1.0
    assert row["macro_f1_all"] < 1.0
    assert row["accuracy_odd"] == 0.0
    assert row["ticks_all"] - row["ticks"] == apart.sum()
