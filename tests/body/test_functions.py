import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaitsmith.body.functions import (
    Constant,
    PiecewiseLinear,
    Polynomial,
    Scaled,
    SimmSpline,
    linear,
)
from gaitsmith.errors import GaitsmithError

from .oracle import load_opensim

KNOTS = st.lists(st.floats(-5, 5), min_size=2, max_size=12)


def spline(y):
    x = np.cumsum(0.2 + 0.1 * (np.arange(len(y)) % 3))
    return SimmSpline(tuple(x), tuple(y))


@given(KNOTS)
def test_spline_passes_through_its_knots_and_its_slope_is_continuous(y):
    s = spline(y)
    x = np.array(s.x)
    assert np.allclose(s.evaluate(x)[0], y, atol=1e-9)
    before, after = s.evaluate(x - 1e-9)[1], s.evaluate(x + 1e-9)[1]
    assert np.allclose(before, after, atol=1e-4)


@given(KNOTS)
def test_derivatives_are_those_of_the_value(y):
    s = spline(y)
    q = np.linspace(s.x[0] + 0.013, s.x[-1] - 0.017, 31)
    h = 1e-5
    value = [s.evaluate(q + d)[0] for d in (-h, h)]
    first = [s.evaluate(q + d)[1] for d in (-h, h)]
    assert np.allclose((value[1] - value[0]) / (2 * h), s.evaluate(q)[1], atol=1e-4)
    inside = np.all(np.abs(q[:, None] - np.array(s.x)) > 2 * h, axis=1)
    assert np.allclose(
        ((first[1] - first[0]) / (2 * h))[inside], s.evaluate(q)[2][inside], atol=2e-3, rtol=1e-4
    )


def test_spline_goes_on_straight_outside_its_knots():
    s = SimmSpline((0.0, 1.0, 2.0, 3.0), (0.0, 1.0, 0.0, 2.0))
    value, first, second = s.evaluate(np.array([3.0, 4.0, 5.0]))
    assert np.allclose(np.diff(value), first[1])
    assert second[1] == second[2] == 0.0


def test_a_cubic_is_reproduced_exactly():
    x = np.linspace(-1, 2, 7)
    s = SimmSpline(tuple(x), tuple(x**3 - x))
    q = np.linspace(-1, 2, 50)
    assert np.allclose(s.evaluate(q)[0], q**3 - q, atol=1e-12)


def test_other_functions():
    q = np.linspace(-2, 2, 9)
    assert np.allclose(Polynomial((2.0, 0.0, -1.0)).evaluate(q)[2], 4.0)
    assert np.allclose(linear(3.0, 1.0).evaluate(q)[0], 3 * q + 1)
    assert np.all(Constant(2.0).evaluate(q)[0] == 2.0)
    assert np.all(Constant(2.0).evaluate(q)[1] == 0.0)
    assert np.allclose(Scaled(linear(1.0), -2.0).evaluate(q)[1], -2.0)
    line = PiecewiseLinear((0.0, 1.0, 2.0), (0.0, 1.0, 3.0))
    assert np.allclose(line.evaluate(np.array([-1.0, 0.5, 1.5, 3.0]))[0], [-1.0, 0.5, 2.0, 5.0])


@pytest.mark.parametrize("x", [(0.0, 0.0), (1.0, 0.0), (0.0, float("nan")), (0.0,)])
def test_bad_knots_are_refused(x):
    with pytest.raises(GaitsmithError):
        SimmSpline(x, tuple(range(len(x))))


def test_spline_equals_opensim():
    opensim = load_opensim()
    rng = np.random.default_rng(3)
    for n in (2, 3, 4, 7):
        x, y = np.cumsum(rng.uniform(0.1, 0.5, n)), rng.normal(size=n)
        theirs = opensim.SimmSpline()
        for a, b in zip(x, y, strict=True):
            theirs.addPoint(float(a), float(b))
        q = np.linspace(x[0] - 0.5, x[-1] + 0.5, 60)
        ours = SimmSpline(tuple(x), tuple(y)).evaluate(q)[0]
        expected = [theirs.calcValue(opensim.Vector(1, float(v))) for v in q]
        assert np.allclose(ours, expected, atol=1e-12)
