"""The default speed model: what every model keeps, and what this one promises."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.models.base import Card, bundled
from gaitsmith.models.speed import mixed
from gaitsmith.models.speed.baselines import BASELINES
from gaitsmith.models.speed.default import SpeedConfig, StatisticalSpeed
from gaitsmith.models.speed.units import Units, binned
from tests.models.mixin import ModelTests
from tests.models.people import MEAN, SHAPE, SLOPE, people, person

CONFIG = SpeedConfig(components=5, prior_share=0.0)


@cache
def trained():
    return StatisticalSpeed.fit(people(), CONFIG, Card(data="made up", cite=("nobody",)))


def somebody(own=1.0, **options):
    return person("new", np.random.default_rng(9), speeds=(1.0,), own=own, noise=0.0, **options)


class TestStatisticalSpeed(ModelTests):
    shape = (4, 3, 101)

    def make(self):
        return trained()

    def test_learning_is_deterministic(self):
        again = StatisticalSpeed.fit(people(), CONFIG, Card(data="made up", cite=("nobody",)))
        assert again.digest() == self.make().digest()

    def ask(self, model, seed):
        p = model.predict(self._lopsided(), [0.8, 1.5])
        return (
            p.draw(1, np.random.default_rng(seed))[0] * 0.5 + p.mean * 0.5 if seed == 5 else p.mean
        )

    @staticmethod
    def _lopsided():
        u = somebody()
        return u.replaced(curves=u.curves * np.array([0.8, 1.0])[:, None, None])

    def mirrored(self, model, seed):
        u = self._lopsided()
        p = model.predict(u.replaced(leg=np.array(["right", "left"])), [0.8, 1.5])
        # Rows stand leg by leg in order of their names.
        return p.mean[[2, 3, 0, 1]]

    def wrong(self):
        u = somebody()
        model = trained()
        return [
            (lambda: model.predict(u, [3.0]), "0.3 to 2.3 m/s"),
            (lambda: model.predict(u.replaced(speed=0.1), [1.0]), "source speed"),
            (lambda: u.replaced(curves=np.deg2rad(u.curves)), "radians"),
            (lambda: replace(u, curves=u.curves[:, :2]), "three joints"),
            (lambda: replace(u, curves=u.curves[:, :, :100]), "101"),
            (lambda: u.replaced(curves=u.curves * np.nan), "gap"),
            (lambda: model.predict(people(2), [1.0]), "one person"),
        ]


def test_recovers_a_known_law_better_than_the_simple_predictors():
    train, mine = people(10, 1), person("new", np.random.default_rng(4), own=1.5)
    model = StatisticalSpeed.fit(train, CONFIG)
    source = mine.take((mine.leg == "left") & (mine.speed == 0.7))
    truth = np.stack([MEAN + (v - 1.2) * SLOPE + 1.5 * SHAPE for v in (1.0, 1.6)])
    found = np.abs(model.predict(source, [1.0, 1.6]).mean - truth).mean()
    speeds = np.array([1.0, 1.6])
    others = {
        n: np.abs(f(train).predict(source, speeds) - truth).mean() for n, f in BASELINES.items()
    }
    assert found < 0.35
    assert found < others["copy"] / 4
    assert found < others["population mean"] / 4


def test_an_offset_is_carried_where_the_zero_is_not_known():
    u, off = somebody(), np.array([8.0, -4.0, 6.0])[:, None]
    plain = trained().predict(u, [1.5], zero_known=False)
    moved = trained().predict(u.replaced(curves=u.curves + off), [1.5], zero_known=False)
    np.testing.assert_allclose(moved.mean, plain.mean + off, atol=1e-9)
    assert moved.misfit == pytest.approx(plain.misfit, rel=1e-9)


def test_bands_grow_with_distance_and_shrink_with_sources():
    # Of real people: the made-up ones have nothing that fades with speed.
    model = bundled("speed-statistical")
    mine = person("new", np.random.default_rng(4), legs=("left",))
    one = mine.take(mine.speed == 0.7)
    p = model.predict(one, [0.8, 1.2, 1.6])
    assert (np.diff(p.sd.mean(axis=(1, 2))) > 0).all()
    two = mine.take((mine.speed == 0.7) | (mine.speed == 1.6))
    assert model.predict(two, [1.3]).sd.mean() < model.predict(one, [1.3]).sd.mean()


def test_an_unusual_gait_widens_the_bands_and_keeps_its_deviation():
    # Twelve times the usual own deviation, in a shape that the population has.
    odd, usual = somebody(own=12.0), somebody(own=1.0)
    p, q = trained().predict(odd, [1.5]), trained().predict(usual, [1.5])
    assert p.misfit > 5 > q.misfit
    assert p.sd.mean() > 1.3 * q.sd.mean()
    kept = ((p.mean - q.mean) * SHAPE).sum() / (2 * 11 * np.square(SHAPE).sum())
    assert kept > 0.9


def test_samples_have_the_mean_and_spread_they_claim():
    p = trained().predict(somebody(), [1.5])
    drawn = p.draw(4000, np.random.default_rng(0))
    assert np.abs(drawn.mean(axis=0) - p.mean).max() < 0.15
    # What the principal curves do not hold is in the band and not in samples.
    assert (drawn.std(axis=0) < 1.1 * p.sd + 0.02).all()


def test_cadence_follows_its_law():
    p = trained().predict(somebody(), [0.7, 1.6])
    own = somebody().cadence[0] / 115
    np.testing.assert_allclose(p.cadence[:2], 115 * np.sqrt([0.7, 1.6]) * own, rtol=0.03)
    np.testing.assert_allclose(p.stride_length, 120 * p.speed / p.cadence)
    unknown = trained().predict(somebody().replaced(cadence=np.nan), [0.7])
    assert unknown.cadence_sd[0] > p.cadence_sd[0]


def test_a_leg_without_source_follows_the_other():
    both = trained().predict(somebody(legs=("left",)), [1.5], legs=["left", "right"])
    assert both.leg == ("left", "right")
    assert np.abs(both.mean[0] - both.mean[1]).mean() < 1.0
    assert both.sd[1].mean() >= both.sd[0].mean()


def test_leaving_out_uses_nothing_of_that_person():
    model = trained()
    assert "p3" not in model.without("p3").weights["person"]
    assert len(model.without("p3").weights["scores"]) == len(model.weights["scores"]) - 8


def test_too_few_people_are_refused():
    with pytest.raises(MissingInputError, match="three people"):
        StatisticalSpeed.fit(people(2), CONFIG)


@pytest.mark.parametrize("value", [0, 2.5, "x", True])
def test_settings_are_checked(value):
    with pytest.raises(GaitsmithError, match="components"):
        SpeedConfig(components=value)


def test_restricted_likelihood_finds_the_variances_of_a_balanced_design():
    # One-way layout: REML has the closed form of the analysis of variance.
    rng = np.random.default_rng(2)
    n, m = 30, 4
    z = (2.0 * rng.standard_normal((n, 1)) + rng.standard_normal((n, m))).ravel()
    u = Units.of(np.full((n * m, 3, 101), 20.0), 1.0, ["l"] * (n * m)).replaced(
        person=np.repeat([f"p{i}" for i in range(n)], m)
    )
    K = mixed.kernels(u, u, 0.5, ["person"])
    between, noise = mixed.restricted(z, np.ones((n * m, 1)), K, u.count, ["person"])
    groups = z.reshape(n, m)
    within = groups.var(axis=1, ddof=1).mean()
    assert noise == pytest.approx(within, rel=0.01)
    assert between == pytest.approx(groups.mean(axis=1).var(ddof=1) - within / m, rel=0.03)


def test_bins_by_leg_and_tenth():
    curves = np.arange(4.0)[:, None, None] + 10 * np.ones((4, 3, 101))
    u = binned(
        curves, np.array([0.5, 0.59, 0.6, 0.55]), ["l", "l", "l", "r"], np.array([90, 92, 94, 96.0])
    )
    assert list(zip(u.leg, u.count, np.round(u.speed, 3), u.cadence, strict=True)) == [
        ("l", 2, 0.545, 91), ("l", 1, 0.6, 94), ("r", 1, 0.55, 96),
    ]  # fmt: skip
    np.testing.assert_allclose(u.curves[:, 0, 0], [10.5, 12, 13])


def test_the_bundled_model_states_its_terms_and_is_small():
    model = bundled("speed-statistical")
    assert model.trained
    assert "CC BY" in model.card.terms
    assert model.parameters * 8 < 5e6
    slowest, fastest = model.trained_speeds
    assert slowest < 0.8
    assert fastest > 1.8
    with pytest.raises(GaitsmithError, match="speed-statistical"):
        bundled("speed-statistic")
