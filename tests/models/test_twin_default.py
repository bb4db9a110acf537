"""The default twin: model duties, scores, twin, missing curves, refusals."""

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.twin.alarm import calibrate
from gaitsmith.models.twin.api import reference_model
from gaitsmith.models.twin.basis import coefficients, curves_of, derivative, fourier
from gaitsmith.models.twin.bilateral import mirror
from gaitsmith.models.twin.default import TwinConfig, TwinModel
from gaitsmith.models.twin.population import numbers
from gaitsmith.models.twin.scores import coordination, posture, z
from gaitsmith.models.twin.walks import CHANNELS, Walks, joined, rolled
from tests.models.mixin import ModelTests
from tests.models.twin_walks import one_leg, stiff, walks

KNEE = CHANNELS.index("knee_angle_r")
_MADE = {}


def made():
    if "model" not in _MADE:
        _MADE["model"] = TwinModel.fit(walks(8, 1, trials=1))
    return _MADE["model"]


class TestTwin(ModelTests):
    shape = (2, 11)

    def make(self):
        return reference_model()

    def ask(self, model, seed):
        return model.judge(walks(1, seed + 100)).combined

    def mirrored(self, model, seed):
        swapped = [0, 1, 2, 7, 8, 9, 10, 3, 4, 5, 6]
        return model.judge(walks(1, seed + 100).mirrored()).combined[:, swapped]

    def test_mirrored_input_gives_mirrored_output(self):
        model = self.make()
        # The null is drawn, and a mirrored walk is interpolated: the same to a tenth of an SD or so.
        np.testing.assert_allclose(self.mirrored(model, 1), self.ask(model, 1), atol=0.4)

    def wrong(self):
        fast = walks(1, 5).replaced(speed=3.0)
        alone = walks(1, 5).only(["knee_angle_r"])
        return [
            (lambda: made().judge(fast), "speed"),
            (lambda: made().judge(alone), "judged together"),
            (lambda: TwinModel.fit(walks(4, 1)), "too few people"),
            (lambda: TwinModel().judge(walks(1, 5)), "not trained"),
            (lambda: TwinConfig(alpha=0.9), "out of its range"),
        ]


def test_numbers_are_the_curves_of_a_fourier_series():
    x = np.random.default_rng(0).standard_normal((3, fourier().shape[0]))
    np.testing.assert_allclose(coefficients(curves_of(x)), x, atol=1e-10)
    slope = np.gradient(curves_of(x)[0, :101], 0.01)
    np.testing.assert_allclose(curves_of(derivative(x))[0, 10:90], slope[10:90], rtol=0.2, atol=8)


def test_the_bundled_population_is_its_own_mirror_image():
    p, m = reference_model().population(), mirror()
    np.testing.assert_allclose(p.mean[0] @ m.T, p.mean[0], atol=1e-4)
    one = walks(1, 3)
    np.testing.assert_allclose(numbers(one) @ m.T, numbers(one.mirrored()), atol=0.8)


def test_a_stiff_knee_is_found_and_named():
    model = reference_model()
    normal = walks(20, 7, trials=1)
    sick = stiff(normal)
    found = model.judge(sick)
    assert found.unusual.mean() > 0.9
    assert (np.nanargmax(found.combined, axis=1) == KNEE).mean() > 0.85
    assert model.judge(normal).unusual.mean() <= 0.2


def test_the_twin_takes_the_change_away_and_leaves_a_normal_walk_alone():
    model = reference_model()
    normal = walks(20, 8, trials=1)
    sick = stiff(normal)
    twin = model.twin(sick)
    before = np.abs(sick.curves - normal.curves).mean()
    assert np.abs(twin - normal.curves).mean() < 0.7 * before
    usual = ~model.judge(normal).unusual
    assert np.abs(model.twin(normal) - normal.curves)[usual].mean() < 0.1


@pytest.mark.parametrize(
    "channels", [
        [c for c in CHANNELS if not c.endswith("_l")],
        ["hip_flexion_r", "knee_angle_r", "ankle_angle_r", "hip_flexion_l", "knee_angle_l", "ankle_angle_l"],
        ["knee_angle_r", "ankle_angle_r"],
    ],
)  # fmt: skip
def test_works_with_what_is_there(channels):
    model = reference_model()
    normal = walks(30, 9, trials=1).only(channels)
    judged = model.judge(normal)
    there = np.isin(CHANNELS, channels)
    assert np.isfinite(judged.combined[:, there]).all()
    assert np.isnan(judged.combined[:, ~there]).all()
    assert judged.unusual.mean() <= 0.25
    assert model.judge(stiff(normal)).unusual.mean() > judged.unusual.mean() + 0.3


def test_another_laboratory_may_move_both_sides():
    model = reference_model()
    w = walks(15, 10, trials=1)
    off = w.curves.copy()
    for c in ("knee_angle_r", "knee_angle_l"):
        off[:, CHANNELS.index(c)] += 16.0
    moved = w.replaced(curves=off)
    assert (
        model.judge(moved, lab=True).unusual.mean() < model.judge(moved, lab=False).unusual.mean()
    )


def test_coordination_sees_a_swapped_joint_and_a_z_does_not():
    p = reference_model().population()
    a, b = walks(60, 11, trials=1), walks(60, 12, trials=1)
    curves = a.curves.copy()
    curves[:, KNEE] = (
        b.curves[:, KNEE] - curves_of(p.expected(b.speed).reshape(-1, 11, 17))[:, KNEE]
    )
    curves[:, KNEE] += curves_of(p.expected(a.speed).reshape(-1, 11, 17))[:, KNEE]
    swapped = a.replaced(curves=curves)
    more = [np.mean(f(p, swapped)[:, KNEE] > f(p, a)[:, KNEE]) for f in (z, coordination)]
    assert more[0] < 0.65 < more[1]
    assert posture(p, a).shape == (60, 11)


def test_a_threshold_is_higher_where_fewer_people_are_known():
    rng = np.random.default_rng(0)
    x = np.exp(rng.standard_normal((60, 3)) * 0.3)
    names = np.array([f"p{i}" for i in range(60)])
    all_of = calibrate(x, names)
    few = type(all_of)(all_of.mean, all_of.sd, all_of.top_mean, all_of.top_sd, 8, True)
    assert few.threshold() > all_of.threshold()
    above = (
        np.max(all_of(np.exp(rng.standard_normal((4000, 3)) * 0.3)), axis=1) > all_of.threshold()
    )
    assert 0.01 < above.mean() < 0.12


def test_an_own_reference_follows_its_own_people():
    from gaitsmith.studies.twin_fit import own_reference

    prior = reference_model()
    w = walks(8, 13, trials=1)
    off = w.curves.copy()
    off[:, KNEE] += 12.0
    own = own_reference(w.replaced(curves=off), prior)
    new = walks(15, 14, trials=1)
    moved = new.curves.copy()
    moved[:, KNEE] += 12.0
    mine = own.judge(new.replaced(curves=moved))
    theirs = prior.judge(new.replaced(curves=moved))
    assert mine.scores["z"][:, KNEE].mean() < theirs.scores["z"][:, KNEE].mean() - 0.3
    assert own.weights["lab"].shape == (1, 1)


def test_walks_keep_their_rules():
    w = walks(2, 0)
    np.testing.assert_allclose(
        rolled(rolled(w.curves, np.full(4, 0.3)), np.full(4, -0.3))[..., 5:95],
        w.curves[..., 5:95],
        atol=0.6,
    )
    assert len(joined([w, w])) == 8
    assert one_leg(w).present.sum() == 4 * 7
    gap = w.curves.copy()
    gap[0, 0, 3] = np.nan
    with pytest.raises(GaitsmithError, match="gap"):
        w.replaced(curves=gap)
    with pytest.raises(GaitsmithError, match="radians"):
        Walks(np.radians(w.curves), w.speed, w.person, w.lab, w.strides, w.late)


def test_a_walk_that_few_joints_do_not_explain_is_said_to_be_one():
    some = walks(12, 40, trials=1)
    rng = np.random.default_rng(41)
    odd = some.curves + curves_of(
        3.0 * rng.standard_normal((12, len(CHANNELS), fourier().shape[0]))
    )
    model = reference_model()
    assert np.median(model.judge(stiff(some)).unexplained) < 0.05
    j = model.judge(some.replaced(curves=odd))
    assert j.unexplained.min() > 0.99
    # Its joints stand in the order of their size.
    size = 0.5 * (j.scores["z"] + j.scores["posture"])
    np.testing.assert_array_equal(size.argmax(axis=1), j.combined.argmax(axis=1))
    few = some.replaced(curves=odd).only(CHANNELS[3:8])
    assert (model.judge(few).unexplained == 0).all()
