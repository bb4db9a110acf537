"""Max-t permutation: calibration on null curves, exact enumeration, spans of known differences."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.gait.compare import compare


def smooth(rng, n, points=101, channels=None, width=6):
    """Smooth random curves with unit spread, as stride curves are."""
    shape = (n, points + 4 * width, *([channels] if channels else []))
    noise = rng.normal(size=shape)
    kernel = np.exp(-0.5 * (np.arange(-2 * width, 2 * width + 1) / width) ** 2)
    kernel /= np.sqrt((kernel**2).sum())
    return np.apply_along_axis(lambda c: np.convolve(c, kernel, "valid"), 1, noise)


@pytest.mark.parametrize("kind", ["unpaired", "paired", "one"])
def test_family_wise_error_is_alpha_on_null_curves(kind):
    rng = np.random.default_rng(7)
    runs, alpha, hits = 400, 0.05, 0
    for k in range(runs):
        a, b = smooth(rng, 9, channels=2), smooth(rng, 8 if kind == "unpaired" else 9, channels=2)
        made = compare(a, None if kind == "one" else b, paired=kind == "paired", alpha=alpha,
                       permutations=256, seed=k)  # fmt: skip
        hits += bool(made.significant.any())
        assert bool(made.significant.any()) == (made.p <= alpha) == bool(made.spans)
    # Three standard errors of a share of 0.05 in 400 runs are 0.033.
    assert 0.02 <= hits / runs <= 0.083


def test_point_by_point_testing_would_not_hold_it():
    rng = np.random.default_rng(3)
    naive = 0
    for _ in range(200):
        a, b = smooth(rng, 9), smooth(rng, 9)
        made = compare(a, b, permutations=2, alpha=0.9)
        naive += bool((np.abs(made.t) > 2.12).any())  # two-sided 5 % of t with 16 degrees
    assert naive / 200 > 0.15


def test_a_known_difference_is_found_where_it_is():
    rng = np.random.default_rng(1)
    bump = 3.0 * np.exp(-(((np.arange(101) - 70) / 6.0) ** 2))
    a, b = smooth(rng, 15) + bump, smooth(rng, 15)
    made = compare(a, b, seed=1)
    assert made.p < 0.01 and len(made.spans) == 1
    span = made.spans[0]
    assert 55 < span.start < 70 < span.stop < 85 and abs(span.peak - 70) < 6
    assert span.effect > 1.5 and span.difference > 1 and span.p == made.p
    assert made.n == (15, 15) and not made.exact
    turned = compare(b, a, seed=1)
    np.testing.assert_allclose(turned.difference, -made.difference)
    assert turned.spans[0].start == span.start


def test_pairs_see_what_groups_do_not():
    rng = np.random.default_rng(2)
    person = 8 * smooth(rng, 12)
    a, b = person + 0.3 * smooth(rng, 12) + 0.8, person + 0.3 * smooth(rng, 12)
    assert compare(a, b, paired=True).p < 0.01
    assert compare(a, b).p > 0.2


def test_all_rearrangements_are_gone_through_where_they_are_few():
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(4, 7)) + 1, rng.normal(size=(3, 7))
    made = compare(a, b, alpha=0.5)
    assert made.exact and made.permutations == 35
    both = np.vstack([a, b])

    def highest(first):
        x = both[list(first)]
        y = both[[i for i in range(7) if i not in first]]
        pooled = (x.var(0, ddof=1) * 3 + y.var(0, ddof=1) * 2) / 5
        return np.abs((x.mean(0) - y.mean(0)) / np.sqrt(pooled * (1 / 4 + 1 / 3))).max()

    everyone = np.array([highest(c) for c in combinations(range(7), 4)])
    assert made.p == pytest.approx(np.mean(everyone >= highest((0, 1, 2, 3)) - 1e-9))

    d = rng.normal(size=(6, 5)) + 0.7
    one = compare(d, alpha=0.5)
    assert one.exact and one.permutations == 32
    flips = np.array(list(product([1, -1], repeat=6)))
    t = [np.abs(s[:, None] * d) * 0 + s[:, None] * d for s in flips]
    tops = np.array([np.abs(x.mean(0) / (x.std(0, ddof=1) / np.sqrt(6))).max() for x in t])
    assert one.p == pytest.approx(np.mean(tops >= tops[0] - 1e-9))


def test_the_interval_is_simultaneous():
    rng = np.random.default_rng(5)
    inside = 0
    for k in range(200):
        made = compare(smooth(rng, 10) + 2.0, smooth(rng, 10), permutations=300, seed=k)
        inside += bool(((made.low <= 2.0) & (made.high >= 2.0)).all())
        np.testing.assert_array_equal((made.low > 0) | (made.high < 0), made.significant)
    assert inside / 200 > 0.88


def test_clusters_hold_the_error_too_and_find_wide_weak_differences():
    rng = np.random.default_rng(6)
    hits = 0
    for k in range(200):
        made = compare(smooth(rng, 9), smooth(rng, 9), permutations=200, seed=k, cluster=2.0)
        hits += any(c.p <= 0.05 for c in made.clusters)
    assert hits / 200 <= 0.10
    wide = compare(smooth(rng, 14) + 1.3, smooth(rng, 14), cluster=2.0)
    best = min(wide.clusters, key=lambda c: c.p)
    assert best.p < 0.05 and best.stop > best.start and best.mass > 0


@given(st.integers(0, 10_000), st.floats(0.1, 50), st.floats(-20, 20))
def test_unit_and_offset_do_not_matter(seed, scale, offset):
    rng = np.random.default_rng(seed)
    a, b = smooth(rng, 6, 21), smooth(rng, 5, 21)
    one, other = (
        compare(a, b, alpha=0.2),
        compare(scale * a + offset, scale * b + offset, alpha=0.2),
    )
    np.testing.assert_allclose(one.t, other.t, rtol=1e-6, atol=1e-7)
    assert one.p == other.p
    np.testing.assert_allclose(scale * one.difference, other.difference, rtol=1e-6, atol=1e-7)


def test_channels_are_one_family():
    rng = np.random.default_rng(8)
    a, b = smooth(rng, 12, channels=3), smooth(rng, 12, channels=3)
    a[:, :, 1] += 3.0
    made = compare(a, b)
    assert made.t.shape == (101, 3) and {s.channel for s in made.spans} == {1}
    alone = compare(a[:, :, 1], b[:, :, 1])
    assert made.threshold > alone.threshold and alone.t.shape == (101,)


def test_same_curves_and_constant_differences():
    a = np.tile(np.arange(5.0), (6, 1))
    same = compare(a, a, paired=True)
    assert same.p == 1.0 and not same.spans and (same.t == 0).all()
    apart = compare(a + 1, a, paired=True)
    assert apart.p == pytest.approx(1 / 32) and len(apart.spans) == 1


def test_refusals_say_what_is_missing():
    rng = np.random.default_rng(9)
    with pytest.raises(MissingInputError, match="smallest possible p"):
        compare(rng.normal(size=(3, 5)), rng.normal(size=(3, 5)))
    with pytest.raises(MissingInputError, match="two curves"):
        compare(rng.normal(size=(1, 5)))
    with pytest.raises(GaitsmithError, match="gap"):
        compare(np.full((6, 5), np.nan))
    with pytest.raises(GaitsmithError, match="shape"):
        compare(np.zeros((6, 5)), np.zeros((6, 4)))
    with pytest.raises(GaitsmithError, match="pairs"):
        compare(np.zeros((6, 5)), np.zeros((5, 5)), paired=True)
    with pytest.raises(GaitsmithError, match="alpha"):
        compare(np.zeros((6, 5)), alpha=5.0)
