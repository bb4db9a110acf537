"""The mixture over faults, its atoms, covariances of many numbers, and how the legs differ."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from gaitsmith.models.twin import symmetry
from gaitsmith.models.twin.atoms import Atoms, atoms, delayed, longer_stance
from gaitsmith.models.twin.basis import SIZE, coefficients, curves_of
from gaitsmith.models.twin.covariance import about, shrunk
from gaitsmith.models.twin.mixture import Mixture, exchanged
from gaitsmith.models.twin.population import reflection
from gaitsmith.models.twin.walks import CHANNELS

# So many degrees of freedom that a Student-t is a Gaussian.
_GAUSS = 1e9


def _spd(n, seed=0):
    a = np.random.default_rng(seed).standard_normal((n, 2 * n))
    return a @ a.T / (2 * n)


@pytest.mark.parametrize(("people", "size"), [(200, 60), (60, 60), (40, 60), (20, 60)])
def test_a_shrunk_covariance_is_nearer_to_the_true_one(people, size):
    rng = np.random.default_rng(1)
    true = np.diag(np.geomspace(10, 0.1, size))
    x = rng.standard_normal((people, size)) @ np.sqrt(true)
    made, sample = shrunk(x), x.T @ x / people
    assert np.linalg.eigvalsh(made).min() > 0
    assert np.linalg.norm(made - true) < np.linalg.norm(sample - true)
    assert np.linalg.eigvalsh(made).min() > 0.1 * true.min()


def test_a_mirrored_covariance_is_its_own_mirror_image():
    known = np.ones(len(CHANNELS), bool)
    m = reflection(known)
    np.testing.assert_allclose(m @ m, np.eye(len(m)))
    x = np.random.default_rng(2).standard_normal((30, len(m)))
    for people in (30, 6):
        made = about(x[:people], np.eye(len(m)), share=0.4, mirror=m)
        np.testing.assert_allclose(m @ made @ m.T, made, atol=1e-9)
    known[9] = False
    assert reflection(known) is None


def test_delays_and_stances_move_a_curve():
    x = np.zeros(SIZE)
    x[:5] = [20.0, 10.0, -6.0, 3.0, 2.0]
    np.testing.assert_allclose(curves_of(delayed(x, 0.1))[10:], curves_of(x)[:-10], atol=1e-9)
    np.testing.assert_allclose(longer_stance(x, 0.0, 0.3), x, atol=1e-9)
    late = curves_of(longer_stance(x, 0.06, 0.0))
    assert late[68] == pytest.approx(curves_of(x)[62], abs=0.5)
    np.testing.assert_allclose(coefficients(curves_of(delayed(x, 0.05))), delayed(x, 0.05), atol=1e-9)  # fmt: skip


def _few(seed=3):
    """Ten atoms of two curves: the first curve's own, then the second's."""
    shapes = np.zeros((2 * SIZE, 10))
    rng = np.random.default_rng(seed)
    shapes[:SIZE, :5], shapes[SIZE:, 5:] = rng.standard_normal((SIZE, 5)), rng.standard_normal((SIZE, 5))  # fmt: skip
    sets = np.zeros((10, len(CHANNELS)), bool)
    sets[:5, 0] = sets[5:, 1] = True
    return Atoms(shapes, sets, np.zeros(10))


def test_single_atoms_are_weighed_as_gaussians_are():
    a, cov = _few(), _spd(2 * SIZE)
    rest = np.random.default_rng(4).multivariate_normal(np.zeros(2 * SIZE), 3 * cov, 4)
    found = Mixture(a, cov, freedom=_GAUSS, atoms_at_once=1).weigh(rest)
    zero = np.zeros(2 * SIZE)
    for i, r in enumerate(rest):
        with_atom = [cov + np.outer(u, u) for u in a.shapes.T]
        log = np.array([multivariate_normal(zero, c).logpdf(r) for c in with_atom])
        log -= multivariate_normal(zero, cov).logpdf(r)
        assert found.every[i] == pytest.approx(np.log(np.exp(log).sum()), rel=1e-5)
        assert found.joint[i, 1] == pytest.approx(np.log(np.exp(log[5:]).sum()), rel=1e-5, abs=1e-5)
        weight = np.exp(log - found.every[i])
        mean = sum(w * np.outer(u, u) @ np.linalg.solve(c, r) for w, u, c in zip(weight, a.shapes.T, with_atom, strict=True))  # fmt: skip
        np.testing.assert_allclose(found.change[i], mean, atol=1e-5)
    assert np.isneginf(found.joint[:, 2:]).all()


@pytest.mark.parametrize("most", [2, 3])
def test_two_changed_joints_are_both_found_and_given_back(most):
    a, cov = _few(), 0.01 * _spd(2 * SIZE)
    change = 2.0 * a.shapes[:, 1] - 1.5 * a.shapes[:, 7]
    rest = change + np.random.default_rng(5).multivariate_normal(np.zeros(2 * SIZE), cov, 3)
    found = Mixture(a, cov, freedom=_GAUSS, atoms_at_once=most).weigh(rest)
    share = np.exp(found.joint - found.every[:, None])
    assert share[:, :2].min() > 0.99
    np.testing.assert_allclose(found.change, np.tile(change, (3, 1)), atol=0.3)
    one = Mixture(a, cov, freedom=_GAUSS, atoms_at_once=1).weigh(rest)
    assert (one.every < found.every).all()


def test_an_exchanged_curve_is_weighed_as_gaussians_are():
    cov = _spd(2 * SIZE, 6)
    rest = np.random.default_rng(7).multivariate_normal(np.zeros(2 * SIZE), cov, 3)
    log, away = exchanged(rest, cov, np.linalg.inv(cov), freedom=_GAUSS)
    apart = cov.copy()
    apart[:SIZE, SIZE:] = apart[SIZE:, :SIZE] = 0.0
    zero = np.zeros(2 * SIZE)
    want = multivariate_normal(zero, apart).logpdf(rest) - multivariate_normal(zero, cov).logpdf(rest)  # fmt: skip
    np.testing.assert_allclose(log, np.tile(want[:, None], 2), rtol=1e-4, atol=1e-4)
    given = rest[:, SIZE:] @ np.linalg.solve(cov[SIZE:, SIZE:], cov[SIZE:, :SIZE])
    np.testing.assert_allclose(away[:, :SIZE], rest[:, :SIZE] - given, atol=1e-6)


def test_atoms_are_of_the_curves_there_are():
    have = np.array([3, 5, 6])
    made = atoms(np.random.default_rng(8).standard_normal((3, SIZE)), have)
    assert made.shapes.shape[0] == 3 * SIZE
    assert set(np.flatnonzero(made.sets.any(axis=0))) == {3, 5, 6}
    legs = made.sets.sum(axis=1) == 3
    assert legs.sum() == 12
    # A leg held more flexed keeps its foot as it was: hip - knee + ankle does not change.
    flexed = np.flatnonzero(made.sets.sum(axis=1) == 2)
    offsets = made.shapes.reshape(3, SIZE, -1)[..., flexed]
    assert {tuple(np.flatnonzero(o)) for o in offsets[:, 0].T} == {(0, 1), (1, 2)}
    np.testing.assert_allclose(offsets[0] - offsets[1] + offsets[2], 0.0)


def _finding(channel, posture, recorded):
    return SimpleNamespace(channel=channel, posture=posture, recorded=recorded)


def test_words_say_which_leg_and_where():
    x = np.sin(np.linspace(0, 2 * np.pi, 101))
    findings = [_finding("knee_angle_r", 3.0, 15 * x), _finding("knee_angle_l", 0.0, 30 * x),
                _finding("ankle_angle_r", 1.0, 10 * x), _finding("ankle_angle_l", 1.0, 10 * x)]  # fmt: skip
    said = symmetry.words(findings)
    assert "most at the knee" in said
    assert "range 30° right, 60° left" in said
    assert "right leg is further" in said
    assert symmetry.words(findings[:1]) == ""
    assert "as far" in symmetry.words(findings[2:])


def test_two_changes_behind_many_alike_of_another_joint_are_found():
    # Eight atoms of the first joint each explain most of the walk alone; two others together all of it.
    shapes = np.zeros((SIZE, 10))
    shapes[0, :8], shapes[2:10, :8] = 14.4, 8.8 * np.eye(8)
    shapes[:2, 8], shapes[:2, 9] = [8.0, 8.0], [8.0, -8.0]
    sets = np.zeros((10, len(CHANNELS)), bool)
    sets[:8, 0] = sets[8, 1] = sets[9, 2] = True
    rest = shapes[:, 8] + shapes[:, 9]
    found = Mixture(Atoms(shapes, sets, np.zeros(10)), np.eye(SIZE), freedom=_GAUSS).weigh(rest[None])  # fmt: skip
    share = np.exp(found.joint[0] - found.every[0])
    assert share[[1, 2]].min() > 0.99
    assert share[0] < 0.01
    np.testing.assert_allclose(found.change[0], rest, atol=0.3)
