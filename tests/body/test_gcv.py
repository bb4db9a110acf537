import numpy as np
import pytest

from gaitsmith.body.gcv import NaturalSpline
from gaitsmith.body.osim import read_osim
from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.formats.base import Source

from . import models
from .oracle import load_opensim

X = (-1.0, -0.4, 0.1, 0.5, 1.2, 1.7, 2.0)
Y = (0.3, -0.2, 0.1, 0.8, 0.4, 0.2, 0.9)


@pytest.mark.parametrize("half_order", [2, 3])
def test_it_is_opensims(half_order):
    opensim = load_opensim()
    theirs = opensim.GCVSpline()
    theirs.setDegree(2 * half_order - 1)
    for x, y in zip(X, Y, strict=True):
        theirs.addPoint(x, y)
    ours = NaturalSpline(X, Y, half_order)
    q = np.linspace(-1, 2, 31)
    value, slope, _ = ours.evaluate(q)
    for i, at in enumerate(q):
        assert value[i] == pytest.approx(theirs.calcValue(opensim.Vector(1, float(at))), abs=1e-9)
    step = 1e-6
    near = (ours.evaluate(q + step)[0] - ours.evaluate(q - step)[0]) / (2 * step)
    assert np.allclose(near, slope, atol=1e-5)


def test_it_goes_on_smoothly_beyond_its_knots():
    spline = NaturalSpline(X, Y)
    for end in (X[0], X[-1]):
        a, b = (spline.evaluate(np.array(end + d)) for d in (-1e-9, 1e-9))
        assert np.allclose(a, b, atol=1e-6)
    far = np.array([-2.0, 3.0])
    value, slope, bend = spline.evaluate(far)
    step = 1e-5
    more, less = spline.evaluate(far + step), spline.evaluate(far - step)
    assert np.allclose((more[0] - less[0]) / (2 * step), slope, atol=1e-6)
    assert np.allclose((more[1] - less[1]) / (2 * step), bend, atol=1e-6)
    assert np.isfinite(value).all()


@pytest.mark.parametrize(("x", "y", "half"), [
    ((0, 1, 2), (0, 1, 2), 3), ((0, 1, 1, 2), (0, 1, 2, 3), 2), (X, Y[:-1], 3), (X, Y, 9),
])  # fmt: skip
def test_knots_that_make_no_spline_are_refused(x, y, half):
    with pytest.raises(GaitsmithError):
        NaturalSpline(x, y, half)


def test_a_model_may_use_it():
    knots = f"<x>{' '.join(map(str, X))}</x><y>{' '.join(map(str, Y))}</y>"
    old = b"<SimmSpline><x>-2 -1 0 0.1</x><y>-0.01 0.004 0 0.001</y></SimmSpline>"
    for extra, words in (("", None), ("<error_variance>0.1</error_variance>", "smooths"),
                         ("<half_order>7</half_order>", "half order")):  # fmt: skip
        new = f"<GCVSpline>{extra}{knots}</GCVSpline>".encode()
        assert old in models.new_form()
        source = Source("small.osim", models.new_form().replace(old, new), ".osim")
        if words:
            with pytest.raises(FormatError, match=words):
                read_osim(source)
        else:
            assert isinstance(read_osim(source).joint("knee_r").translations[0].function.function, NaturalSpline)  # fmt: skip
