"""The Gaussian posterior of stances, its baselines, support and assembly, on made-up stances."""

import dataclasses

import numpy as np
import pytest

from gaitsmith.models.forces import kernel
from gaitsmith.models.forces.assemble import assembled, over_stance
from gaitsmith.models.forces.baselines import BASELINES
from gaitsmith.models.forces.posterior import StanceConfig, StancePosterior
from gaitsmith.models.forces.stances import CURVES, PARTS, POINTS, SCALARS, Stance, Stances
from gaitsmith.models.forces.support import shared_linearly
from tests.models.mixin import ModelTests

X = np.linspace(0, 1, POINTS)


def made(people=6, each=4, seed=0):
    """Stances whose force is a bump that grows with speed, seen through a noisy net force."""
    rng = np.random.default_rng(seed)
    n = people * each
    speed = rng.uniform(0.2, 0.6, n)
    up = np.sin(np.pi * X) * (1 + 0.3 * speed[:, None] * np.cos(4 * np.pi * X))
    fore = -0.6 * speed[:, None] * np.sin(2 * np.pi * X)
    force = np.stack((fore, up, 0.05 * up), axis=1)
    edge = np.clip(np.minimum(X / 0.2, (1 - X) / 0.2), 0, 1)
    total = force + (1 - edge) * np.array([0.0, 0.5, 0.0])[:, None]
    total += 0.03 * rng.standard_normal(total.shape)
    curves = 0.1 * rng.standard_normal((n, len(CURVES), 1)) + speed[:, None, None] * np.sin(
        np.pi * X * (1 + np.arange(len(CURVES)))[:, None]
    )
    scalars = np.column_stack(
        (speed, 4 - speed, np.full(n, 0.62), np.full(n, 0.2), np.full(n, 0.8))
    )
    centre = np.broadcast_to(np.stack((X, 0 * X)), (n, 2, POINTS)).copy()
    person = np.array([f"p{i // each}" for i in range(n)])
    parts = np.tile(total, (1, len(PARTS) // 3, 1)) / 3
    return Stances(
        total, curves, scalars, parts, force, centre, person, person.copy(), np.full(n, 70.0)
    )


@pytest.fixture(scope="module")
def rows():
    return made()


class TestPosterior(ModelTests):
    shape = (4, 3, POINTS)

    def make(self):
        return StancePosterior.fit(made(), StanceConfig(inputs=6, outputs=6))

    def ask(self, model, seed):
        return model.predict(made(1, 4, 100 + seed)).force

    def mirrored(self, model, seed):
        # Rows are of either foot: medial is medial on both sides.
        return self.ask(model, seed)

    def wrong(self):
        model, few = self.make(), made(1, 2)
        holes = dataclasses.replace(few, scalars=np.full((2, len(SCALARS)), np.nan))
        return [
            (lambda: model.predict(holes), "missing"),
            (lambda: model.predict(dataclasses.replace(few, curves=few.curves[:, :5])), "channels"),
            (lambda: StancePosterior().predict(few), "not trained"),
            (lambda: StancePosterior.fit(made(2, 3)), "too little"),
        ]


def test_it_beats_the_mean_and_its_bands_hold(rows):
    model, new = StancePosterior.fit(rows), made(4, 4, seed=9)
    told = model.predict(new)
    wrong = np.abs(told.force - new.force)
    mean = np.abs(BASELINES["mean curve"](rows)(new) - new.force)
    assert wrong[:, 1].mean() < 0.6 * mean[:, 1].mean()
    held = (wrong <= 1.6449 * told.force_sd).mean()
    assert 0.8 < held <= 1.0


def test_leaving_out_in_closed_form_is_leaving_out(rows):
    rng = np.random.default_rng(1)
    a = rng.standard_normal((len(rows), 8))
    gram, noise, y = a @ a.T, 0.5 * np.eye(len(rows)), rng.standard_normal((len(rows), 3))
    missed, level = kernel.left_out(gram + noise, y, rows.person)
    te = rows.person == "p2"
    tr = ~te
    inverse = np.linalg.inv((gram + noise)[np.ix_(tr, tr)])
    one = np.ones(tr.sum())
    mean = (one @ inverse @ y[tr]) / (one @ inverse @ one)
    plain = mean + gram[np.ix_(te, tr)] @ inverse @ (y[tr] - mean)
    np.testing.assert_allclose(missed[te], y[te] - plain, atol=1e-8)
    assert (level > 0.5).all()


def test_far_stances_have_wider_bands(rows):
    model = StancePosterior.fit(rows)
    away = dataclasses.replace(rows, total=rows.total * 3.0, curves=rows.curves * 3.0)
    assert model.predict(away).far.mean() > 1.5 * model.predict(rows).far.mean()


def test_searched_weights_leave_out_better_and_zeros_stay(rows):
    z = {n: x - x.mean(axis=0) for n, x in kernel.inputs(rows).items()}
    z = {n: x / (np.sqrt((x**2).mean() * x.shape[1]) + 1e-9) for n, x in z.items()}
    y = rows.force[:, 1]
    config = StanceConfig(levels=0.0, legs=0.0)
    found = kernel.tuned(z, y, rows.person, config.start, 0.0)

    def error(params):
        covariance = kernel.gram(z, z, params) + kernel.noise(rows.person, params)
        return np.abs(kernel.left_out(covariance, y, rows.person)[0]).mean()

    assert error(found) <= error(config.start)
    for name in ("levels", "legs"):
        assert found[kernel.BLOCKS.index(name)] == 0.0
    assert StanceConfig.home().labs == 0.0
    again = StancePosterior.fit(rows, config, kernels=StancePosterior.fit(rows, config).kernels)
    assert again.digest() == StancePosterior.fit(rows, config).digest()


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_answer_every_stance(rows, name):
    told = BASELINES[name](rows)(made(2, 3, seed=4))
    assert told.shape == (6, 3, POINTS)
    assert np.isfinite(told).all()


def test_a_line_shares_all_of_the_load():
    total = np.ones((3, POINTS))
    part = shared_linearly(total, 0.2, 0.8)
    assert part[1, 0] == 0.0
    assert part[1, 50] == 1.0
    assert part[1, 10] == pytest.approx(0.5)


def two_feet(stride=1.0, count=6):
    out = []
    for i in range(count):
        a = i * stride / 2
        out.append(Stance("right" if i % 2 == 0 else "left", a, a + 0.6, stride, a + 0.1, a + 0.5))
    return out


def test_strides_carry_body_weight_and_feet_sum_to_the_net_force():
    times = np.arange(0, 3.1, 0.01)
    stances = two_feet()
    bump = np.stack((0 * X, 0.9 * np.sin(np.pi * X), 0.05 * np.sin(np.pi * X)))
    force = np.repeat(bump[None], len(stances), axis=0)
    sd = np.full_like(force, 0.05)
    total = np.column_stack((0 * times, np.ones_like(times), 0 * times))
    feet, spread = assembled(times, total, stances, force, sd, net_sd=(0.0, 0.0, 0.0))
    both = feet["right"] + feet["left"]
    inside = (times > 0.7) & (times < 2.4)
    np.testing.assert_allclose(both[inside, 1], 1.0, atol=1e-6)
    exact, sure = assembled(times, 0.9 * total, stances, force, sd, net_sd=(0.1,) * 3, exact=True)
    np.testing.assert_allclose((exact["right"] + exact["left"])[inside, 1], 0.9, atol=1e-6)
    assert (sure["right"][(times > 1.2) & (times < 1.4), 1] > 0.03).all()
    free, _ = assembled(times, total, stances, force, sd, net_sd=(np.inf,) * 3)
    stride = (times >= 1.0) & (times < 2.0)
    assert (free["right"] + free["left"])[stride, 1].mean() == pytest.approx(1.0, abs=0.01)
    assert (spread["right"] >= 0).all()
    # A foot in the air has no force, and medial is towards the other foot.
    assert not feet["right"][(times > 0.62) & (times < 0.98)].any()
    assert over_stance(times, free["right"], stances[2])[2].max() == pytest.approx(0.05, abs=0.01)
    assert free["right"][:, 2].min() < 0


def test_the_foot_behind_lets_go_smoothly_and_the_one_in_front_takes_over(rows):
    own = BASELINES["physics, smooth transition"](rows)(rows)
    single = (X > 0.2) & (X < 0.8)
    np.testing.assert_allclose(own[:, :, single], rows.total[:, :, single])
    assert np.abs(own[:, :, 0]).max() < 1e-9  # at its own strike it carries nothing yet
    assert np.abs(own[:, :, -1]).max() < 0.01  # at its off next to nothing
    # Up, half way through the last double support: exp(-1) of what it carried when that began.
    middle = np.interp(0.9, X, own[0, 1])
    began = np.interp(0.8, X, rows.total[0, 1])
    assert middle == pytest.approx(began * np.exp(-1), rel=0.01)
