"""The default few-shot model: what every model keeps, and what this one promises."""

import subprocess
import sys
from functools import cache

import numpy as np
import pytest

from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.models.base import Card, bundled
from gaitsmith.models.fewshot import prior
from gaitsmith.models.fewshot.calibration import corruptions, damage
from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.models.fewshot.default import FewShot, FewShotConfig
from gaitsmith.models.fewshot.personal import Personal
from gaitsmith.models.fewshot.posterior import information, posterior
from tests.models.fewshot_people import LABELS, TIME, UNITS, one, people
from tests.models.mixin import ModelTests

CARD = Card(data="made up", terms="none", cite=("nobody",), limits=("nothing",))


@cache
def trained():
    return FewShot.fit(people(), FewShotConfig(), CARD)


def somebody(count=12, seed=77, **options):
    return one("new", np.random.default_rng(seed), count=count, **options)


class TestFewShot(ModelTests):
    shape = (3, TIME, 2)

    def make(self):
        return trained()

    def ask(self, model, seed):
        return model.adapt(somebody().take([0, 1])).generate(3, seed=seed)

    def mirrored(self, model, seed):
        # Cycles are written as a right leg's: the order of the support does not matter.
        return model.adapt(somebody().take([1, 0])).generate(3, seed=seed)

    def wrong(self):
        model, c = trained(), somebody()
        other = Cycles.of(c.data, ("a", "b"), UNITS)
        short = Cycles.of(c.data[:, ::2], LABELS, UNITS)
        radians = Cycles.of(c.data, LABELS, ("rad", "rad"))
        fast = FewShotConfig(known="speed")
        return [
            (lambda: model.adapt(other), "channels"),
            (lambda: model.adapt(short), "length"),
            (lambda: model.adapt(radians), "units"),
            (lambda: model.adapt(people(2)), "one person"),
            (lambda: model.adapt(c).reconstruct(c.data[0, ::2]), "shape"),
            (lambda: FewShot.fit(people(3)), "too few people"),
            (lambda: FewShot(fast, model.weights).adapt(c), "speed"),
            (lambda: FewShot(fast, model.weights).adapt(c.take([])).predict(), "speed"),
        ]

    def test_learning_is_deterministic(self):
        assert FewShot.fit(people(), FewShotConfig(), CARD).digest() == self.make().digest()


def errors(method, k, seeds=range(12)):
    model, out = trained(), []
    for s in seeds:
        c = somebody(20, seed=s + 100)
        out.append(np.square(method(model, c.take(range(k))) - c.data[k:].mean(axis=0)).mean())
    return np.mean(out)


def _own(model, support):
    return model.adapt(support).predict().mean


def _mean(model, support):
    return support.data.mean(axis=0)


def _population(model, support):
    return model.adapt(support.take([])).predict().mean


@pytest.mark.parametrize("k", [1, 5])
def test_it_is_nearer_than_support_mean_and_population(k):
    assert errors(_own, k) < (errors(_mean, k) if k == 1 else 1.05 * errors(_mean, k))
    assert errors(_own, k) < 0.5 * errors(_population, k)


def test_more_strides_know_more():
    model = trained()
    one_, five = (np.trace(model.adapt(somebody().take(range(k))).cov) for k in (1, 5))
    assert five < one_ < np.trace(model.weights["person"])


@pytest.mark.parametrize("k", [1, 5])
def test_bands_hold_what_they_say_on_people_never_seen(k):
    model, held = trained(), {0.5: [], 0.9: []}
    for s in range(20):
        c = somebody(20, seed=s + 300)
        band = model.adapt(c.take(range(k))).predict()
        for level, inside in held.items():
            low, high = band.at(level)
            inside.append(((c.data[k:] >= low) & (c.data[k:] <= high)).mean())
    assert 0.4 < np.mean(held[0.5]) < 0.62
    assert 0.84 < np.mean(held[0.9]) < 0.96


def test_reconstruction_keeps_what_was_seen_and_beats_the_prediction():
    model, rng = trained(), np.random.default_rng(0)
    better, lost = [], []
    for s in range(10):
        c = somebody(seed=s + 500)
        person = model.adapt(c.take([0, 1]))
        for kind, seen in corruptions(model.shape, rng).items():
            band = person.reconstruct(np.where(seen, c.data[5], np.nan))
            np.testing.assert_array_equal(band.mean[seen], c.data[5][seen])
            assert (band.sd[seen] == 0).all()
            assert (band.sd[~seen] > 0).all()
            made, next_ = (np.square(m - c.data[5])[~seen].mean() for m in (band.mean, person.predict().mean))  # fmt: skip
            if kind == "sensor":
                lost.append((made, next_))
            else:
                better.append(made < next_)
    assert np.mean(better) > 0.9
    # The two channels of these people are independent: what is left says nothing of the lost one.
    made, next_ = np.mean(lost, axis=0)
    assert made < 1.25 * next_


def test_noise_is_taken_off():
    model, c = trained(), somebody()
    person, rng = model.adapt(c.take([0, 1, 2])), np.random.default_rng(1)
    size = 0.3 * model.weights["scale"]
    noisy = c.data[6] + size * rng.standard_normal(model.shape)
    clean = person.reconstruct(noisy, noise=size).mean
    assert np.square(clean - c.data[6]).mean() < 0.4 * np.square(noisy - c.data[6]).mean()


def test_missing_samples_of_support_are_no_hindrance():
    model, c = trained(), somebody()
    holed = c.data.copy()
    holed[0, 5:15] = np.nan
    holed[1, :, 1] = np.nan
    whole = model.adapt(c.take([0, 1]))
    part = model.adapt(Cycles.of(holed[:2], LABELS, UNITS))
    assert np.isfinite(part.mean).all()
    assert np.trace(whole.cov) < np.trace(part.cov)
    assert np.linalg.norm(part.mean - whole.mean) < np.linalg.norm(whole.mean)


def test_generated_strides_vary_as_the_person_does():
    model = trained()
    ratio = []
    for s in range(8):
        c = somebody(30, seed=s + 700)
        made = model.adapt(c.take(range(5))).generate(200, seed=s)
        ratio.append(np.sqrt(np.var(made, axis=0).mean() / np.var(c.data, axis=0, ddof=1).mean()))
    assert 0.85 < np.mean(ratio) < 1.15


def test_a_score_recognises_its_person():
    model = trained()
    a, b = somebody(seed=1), somebody(seed=2)
    person = model.adapt(a.take(range(5)))
    assert person.score(a.take(range(5, 12))).mean() < person.score(b.take(range(5, 12))).mean()
    nothing = Cycles.of(np.full((1, TIME, 2), np.nan), LABELS, UNITS)
    assert np.isnan(person.score(nothing)).all()


def test_speed_moves_the_prediction():
    model = FewShot.fit(people(speeds=True), FewShotConfig(known="speed"))
    c = somebody(speeds=True)
    person = model.adapt(c.take(range(3)))
    slow, fast = (person.predict(speed_m_s=v).mean for v in (0.9, 1.5))
    truth = 0.6 * 5
    moved = (fast - slow)[:, 0].std() / np.std(truth * np.sum([np.sin(k * 2 * np.pi * np.arange(TIME) / TIME) + np.cos(k * 2 * np.pi * np.arange(TIME) / TIME) for k in (1, 2, 3)], axis=0))  # fmt: skip
    assert 0.8 < moved < 1.2


def test_information_by_woodbury_is_the_plain_formula():
    rng = np.random.default_rng(3)
    basis, noise = np.linalg.qr(rng.standard_normal((12, 4)))[0].T, rng.uniform(0.1, 1, 12)
    root = rng.standard_normal((4, 4))
    own, before = root @ root.T, np.eye(4) * 2.0
    y = rng.standard_normal(12)
    y[[2, 7]] = np.nan
    seen = np.isfinite(y)
    S = basis.T @ own @ basis + np.diag(noise)
    S, F = S[np.ix_(seen, seen)], basis[:, seen]
    cov = np.linalg.inv(np.linalg.inv(before) + F @ np.linalg.solve(S, F.T))
    mean, found = posterior(before, *information(y, basis, noise, own))
    np.testing.assert_allclose(found, cov, atol=1e-10)
    np.testing.assert_allclose(mean, cov @ F @ np.linalg.solve(S, y[seen]), atol=1e-10)


def test_the_slope_of_the_search_is_right():
    rng = np.random.default_rng(4)
    units = [prior.Unit(f"p{i}", rng.standard_normal((10, 5)) + rng.standard_normal(5), rng.standard_normal(10), i % 2 == 0) for i in range(6)]  # fmt: skip
    basis = np.linalg.qr(rng.standard_normal((10, 5)))[0].T
    left = prior._left_out(units, basis, (5, 2), None)
    names = [s for s in prior.SHAPES if s != "turn"] + list(prior.NOISES)
    at = rng.uniform(0.2, 1.0, len(names))
    base = {k: {u.person: 1.0 for u in units} for k in prior.KS}
    value, slope = prior._sloped(left, names, at, 10, base)
    for i in range(len(names)):
        more = at.copy()
        more[i] += 1e-6
        assert (prior._sloped(left, names, more, 10, base)[0] - value) / 1e-6 == pytest.approx(slope[i], rel=1e-3, abs=1e-6)  # fmt: skip


def test_what_is_mixed_in_of_shrinkage_is_the_one_that_keeps_nine_tenths():
    rng = np.random.default_rng(5)
    units = [prior.Unit(f"p{i}", 3.0 * rng.standard_normal(4) * np.array([3, 1, 0.2, 0.1]) + rng.standard_normal((12, 4)), rng.standard_normal(8), i % 2 == 0) for i in range(7)]  # fmt: skip
    basis = np.linalg.qr(rng.standard_normal((8, 4)))[0].T
    left = prior._left_out(units, basis, (4, 2), None)
    found = prior.tuned(units, basis, (4, 2))

    def error(x, k):
        """The plain formula, for every person left out."""
        out = []
        for one_ in left:
            G = (1 - x) * prior.gain(*prior.mixed(one_.pool, found.weights), k) + x * found.shares[k] * np.eye(4)  # fmt: skip
            out.append(np.mean([np.square(G @ a - b).sum() + np.trace(G @ S @ G.T) + 2 * np.trace(G @ X) for a, b, S, X, _ in prior._moments(one_, k)]))  # fmt: skip
        return np.mean(out)

    for k in prior.KS:
        errors = np.array([error(x, k) for x in np.arange(0, 1.001, 0.02)])
        won = errors[-1] - errors
        at = round(found.safe[k] / 0.02)
        assert won[at] >= 0.9 * won.max() - 1e-9
        assert at == 50 or won[at + 1] < 0.9 * won.max()


def test_bands_are_wider_for_people_unlike_the_others():
    model = trained()
    power, usual = model.weights["energy"]
    near, far = somebody(5, own=0.3), somebody(5, own=9.0)
    a, b = model.adapt(near), model.adapt(far)
    assert a.energy < usual < b.energy
    ratio = (b.predict().sd / b._sd)[0, 0] / (a.predict().sd / a._sd)[0, 0]
    assert ratio == pytest.approx(np.clip((b.energy / usual) ** power, 0.5, 2) / np.clip((a.energy / usual) ** power, 0.5, 2))  # fmt: skip
    assert model.adapt(near.take([])).energy == usual


def test_a_taper_keeps_the_variance_and_forgets_far_times():
    one_ = prior.tapered(40, 2, 0.1)
    assert np.diag(one_) == pytest.approx(1)
    assert one_[0, 40] < 0.01
    assert one_[0, 4] > 0.5
    assert (prior.tapered(40, 2, np.inf) == 1).all()
    assert np.linalg.eigvalsh(one_).min() > -1e-9


def test_the_quick_mean_of_calibration_is_the_mean_of_reconstruction():
    model, c = trained(), somebody()
    person, rng = model.adapt(c.take([0, 1])), np.random.default_rng(2)
    seen = corruptions(model.shape, rng)["half"]
    setting = tuple(model.weights["fill_chosen"][1])
    quick = person.filled(c.data[5], seen, setting, speed_m_s=np.nan, noise=None)
    full = person.reconstruct(c.data[5], seen, kind="half").mean
    np.testing.assert_allclose(quick, full, atol=0.02 * c.data[5].std())


def test_damage_is_told_from_the_mask():
    shape, rng = (100, 6), np.random.default_rng(0)
    for i, seen in enumerate(corruptions(shape, rng).values()):
        assert damage(seen) == i


@pytest.mark.parametrize("name", ["fewshot-angles", "fewshot-shank"])
def test_bundled_models_answer_and_say_whom_they_learnt_from(name):
    model = bundled(name)
    assert model.card.trained_on
    rng = np.random.default_rng(0)
    data = np.stack([model.adapt(Cycles.of(np.zeros((0, *model.shape)), model.labels, model.units)).predict(speed_m_s=1.2).mean] * 5)  # fmt: skip
    support = Cycles.of(data + rng.standard_normal(data.shape), model.labels, model.units, speed=1.2)  # fmt: skip

    person = model.adapt(support)
    assert person.generate(100, seed=0, speed_m_s=1.2).shape[0] == 100


def test_the_default_needs_no_torch():
    code = ("import sys, numpy as np; from gaitsmith.models.fewshot.default import FewShot; "
            "from gaitsmith.models.fewshot.cycles import Cycles; m = FewShot.from_pretrained('fewshot-shank'); "
            "m.adapt(Cycles.of(np.zeros((1, *m.shape)), m.labels, m.units)).generate(2, seed=0); print('torch' in sys.modules)")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_personal_file_is_the_same_again(tmp_path):
    c = somebody(3)
    me = Personal(trained(), c, "angles")
    me.save(tmp_path / "me.gait")
    again = Personal.load(tmp_path / "me.gait")
    np.testing.assert_array_equal(again.person.generate(2, seed=1), me.person.generate(2, seed=1))
    with pytest.raises(GaitsmithError, match="exists"):
        me.save(tmp_path / "me.gait")
    (tmp_path / "bad.gait").write_bytes((tmp_path / "me.gait").read_bytes()[:500])
    with pytest.raises(FormatError, match="not a person's model"):
        Personal.load(tmp_path / "bad.gait")
    with pytest.raises(FormatError, match="no such file"):
        Personal.load(tmp_path / "none.gait")


def test_a_recording_is_not_taken_for_a_person(tmp_path):
    from gaitsmith.recording import Recording

    Recording(name="x").save(tmp_path / "x.gait")
    with pytest.raises(FormatError, match="holds a recording"):
        Personal.load(tmp_path / "x.gait")
