"""Tick by tick gives what the whole pass gives."""

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.phase.layers import forward
from gaitsmith.models.phase.model import PhaseModel
from gaitsmith.realtime.network import Dense, Gru, Tcn, network
from tests.realtime.models import random_model, signal

CASES = [
    ("tcn", {}),
    ("tcn", {"channels": 48, "inputs": "gyr", "blocks": 5}),
    ("tcn", {"channels": 6, "kernel": 2, "blocks": 3}),
    ("tcn", {"channels": 6, "kernel": 5, "blocks": 2}),
    ("gru", {"channels": 24, "blocks": 2}),
    ("dense", {}),
    ("dense", {"window": 33, "hidden": "16", "inputs": "gyr"}),
]


def fed(net, x):
    return np.array([net.step(row).copy() for row in x])


@pytest.mark.parametrize(("kind", "settings"), CASES)
def test_tick_by_tick_is_the_whole_pass(kind, settings):
    model = random_model(kind, **settings)
    x = signal(700)
    wide = {k: v.astype(np.float64) for k, v in model.weights.items()}
    whole = forward(x, wide, model.config)
    assert whole.std(axis=0).min() > 0.05
    made = {"tcn": Tcn, "gru": Gru, "dense": Dense}[kind](model, np.float64)
    np.testing.assert_allclose(fed(made, x), whole, atol=1e-6, rtol=0)
    made.reset()
    np.testing.assert_allclose(fed(made, x[:300]), whole[:300], atol=1e-6, rtol=0)
    # As shipped: against the pass in the weights' own precision.
    np.testing.assert_allclose(fed(network(model), x), model.raw(x), atol=2e-5, rtol=0)


@pytest.mark.parametrize("kind", ["tcn", "gru", "dense"])
def test_no_output_depends_on_a_later_tick(kind):
    a, b = signal(300), signal(300)
    b[200:] += 50.0
    x, y = (fed(network(random_model(kind, blocks=3)), s) for s in (a, b))
    np.testing.assert_array_equal(x[:200], y[:200])
    assert not np.array_equal(x[200], y[200])


def test_a_model_without_weights_is_refused():
    with pytest.raises(GaitsmithError, match="no weights"):
        network(PhaseModel())
