"""The numpy networks against torch, their causality, and the state machine."""

import numpy as np
import pytest

from gaitsmith.models.phase.config import PhaseConfig
from gaitsmith.models.phase.decide import decide
from gaitsmith.models.phase.model import PhaseModel

CONFIGS = {
    "tcn": PhaseConfig(channels=8, blocks=3),
    "gru": PhaseConfig(network="gru", channels=8, blocks=2),
    "dense": PhaseConfig(network="dense", hidden="16-8", window=12),
    "transformer": PhaseConfig(network="transformer", channels=16, blocks=2, heads=2, window=10),
    "rate alone": PhaseConfig(channels=8, blocks=2, inputs="gyr"),
}


def signal(n: int = 150, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 6)) * [8, 8, 5, 90, 90, 200]
    x[:, 1] += 9.81
    return x


def made(config: PhaseConfig, seed: int = 0):
    torch = pytest.importorskip("torch")
    from gaitsmith.models.phase.network import PhaseNetwork

    torch.manual_seed(seed)
    k = len(config.columns)
    net = PhaseNetwork(config, np.zeros(k), np.full(k, 0.01)).eval()
    return net, PhaseModel(config, net.arrays())


@pytest.mark.parametrize("name", CONFIGS)
def test_numpy_is_torch(name):
    torch = pytest.importorskip("torch")
    net, model = made(CONFIGS[name])
    x = signal()
    with torch.no_grad():
        wanted = net(torch.tensor(x[None], dtype=torch.float32))[0].numpy()
    np.testing.assert_allclose(model.raw(x), wanted, atol=2e-5)


@pytest.mark.parametrize("name", CONFIGS)
def test_no_output_depends_on_a_later_tick(name):
    _, model = made(CONFIGS[name])
    x = signal()
    changed = x.copy()
    changed[90:] += 50.0
    a, b = model.raw(x), model.raw(changed)
    np.testing.assert_array_equal(a[:90], b[:90])
    assert np.abs(a[90:] - b[90:]).max() > 1e-3


def test_reach_is_the_receptive_field():
    _, model = made(CONFIGS["tcn"])
    reach = model.config.reach
    assert reach == 1 + 2 * 2 * (1 + 2 + 4)
    x = signal()
    changed = x.copy()
    changed[50] += 100.0
    moved = np.flatnonzero(np.abs(model.raw(x) - model.raw(changed)).max(axis=1) > 0)
    assert moved.min() == 50
    assert moved.max() <= 50 + reach - 1


def test_lookahead_shifts_the_answer_to_its_own_tick():
    _, model = made(CONFIGS["tcn"])
    late = PhaseModel(PhaseConfig(channels=8, blocks=3, lookahead=5), model.weights)
    x = signal()
    np.testing.assert_allclose(late.output(x).stance[:-5], model.output(x).stance[5:], atol=1e-6)
    assert len(late.output(x).percent) == len(x)


def test_states_keep_for_their_least_stay():
    config = PhaseConfig(to_swing=0.4, to_stance=0.6, least_swing=5, least_stance=3)
    stance = np.array([0.9] * 5 + [0.1, 0.9] * 4 + [0.5] * 4 + [0.9] * 4)
    said = decide(stance, np.ones(len(stance)), config)
    assert said.offs.tolist() == [5]
    assert (
        said.strikes.tolist()
        == [
            10,
        ][:1]
    )
    assert not said.stance[5:10].any()


def test_between_the_thresholds_nothing_changes():
    config = PhaseConfig(to_swing=0.4, to_stance=0.6, least_swing=1, least_stance=1)
    said = decide(np.array([0.9, 0.5, 0.41, 0.39, 0.5, 0.59, 0.61]), np.ones(7), config)
    assert said.offs.tolist() == [3]
    assert said.strikes.tolist() == [6]


def test_no_step_begins_while_nobody_walks():
    said = decide(np.full(20, 0.1), np.zeros(20), PhaseConfig())
    assert said.stance.all()
    assert not len(said.offs)
