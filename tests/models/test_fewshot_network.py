"""The published network: adaptation by gradient steps, to first and second order; saved and loaded."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from gaitsmith.errors import GaitsmithError  # noqa: E402
from gaitsmith.models.fewshot.cycles import Cycles  # noqa: E402
from gaitsmith.models.fewshot.network import (  # noqa: E402
    MetaTCN,
    MetaTCNConfig,
    adapted,
    inputs,
    network,
    stacked,
)
from gaitsmith.studies import fewshot_networks as nets  # noqa: E402
from tests.models.fewshot_people import one  # noqa: E402

CONFIG = MetaTCNConfig(channels=2, width=8, blocks=2)


@pytest.fixture(scope="module")
def tasks():
    torch.set_num_threads(1)
    c = Cycles.joined(
        [one(f"p{i}", np.random.default_rng(i), ordered=True, count=16) for i in range(6)]
    )
    return nets.tasks(c, c.data.mean(axis=(0, 1)), c.data.std(axis=(0, 1)), (1.1, 0.1))


def batch(x, y):
    """One person, one cycle, everything counted."""
    return x[None], y[None], torch.ones_like(y)[None]


def test_one_inner_step_is_the_gradient_step():
    net = torch.nn.Linear(2, 1, bias=False)
    params = stacked({"weight": torch.tensor([[0.1, -0.1]], requires_grad=True)}, 1)
    out = adapted(net, params, {"weight": torch.tensor(0.1)}, batch(torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0]])), 1)  # fmt: skip
    # d/dw (w·x − y)² = 2 (w·x − y) x = −0.2 · (1, 2), shorter than 1: not cut.
    torch.testing.assert_close(out["weight"][0], torch.tensor([[0.12, -0.06]]))


def test_long_inner_gradients_are_cut():
    net = torch.nn.Linear(2, 1, bias=False)
    params = stacked({"weight": torch.tensor([[10.0, -10.0]], requires_grad=True)}, 1)
    out = adapted(net, params, {"weight": torch.tensor(0.1)}, batch(torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0]])), 1)  # fmt: skip
    assert float((out["weight"] - params["weight"]).detach().norm()) == pytest.approx(0.1, rel=1e-5)


def test_second_order_sees_through_the_step_and_first_does_not():
    net = torch.nn.Linear(1, 1, bias=False)
    slopes = []
    for second in (False, True):
        params = {"weight": torch.tensor([[0.2]], requires_grad=True)}
        out = adapted(net, stacked(params, 1), {"weight": torch.tensor(0.1)}, batch(torch.tensor([[1.0]]), torch.tensor([[0.0]])), 1, second=second)  # fmt: skip
        slopes.append(float(torch.autograd.grad(out["weight"].sum(), params["weight"])[0]))
    # w − 0.1 · 2 w: derivative 0.8 to second order, 1 to first.
    assert slopes == pytest.approx([1.0, 0.8])


def test_people_side_by_side_are_adapted_as_if_alone(tasks):
    model = nets.meta(tasks[:4], tasks[4:], CONFIG, order=1, steps=25, seed=0)
    supports = np.stack([t.support[:2].numpy() for t in tasks[4:]])
    times = np.stack([t.support_time[:2].numpy() for t in tasks[4:]])
    together = nets.adapt(model, supports, times)(supports[:, :1], None)
    for i in range(2):
        alone = nets.adapt(model, supports[i : i + 1], times[i : i + 1])(
            supports[i : i + 1, :1], None
        )
        np.testing.assert_allclose(together[i], alone[0], atol=1e-5)


def test_masked_samples_are_not_seen():
    cycles, seen = torch.randn(3, 40, 2), torch.rand(3, 40, 2) > 0.5
    other = torch.where(seen, cycles, torch.randn(3, 40, 2))
    a, b = (inputs("reconstruction", c, seen, torch.zeros(3)) for c in (cycles, other))
    torch.testing.assert_close(a, b)


@pytest.mark.parametrize("order", [1, 2])
def test_meta_learning_helps_adaptation(tasks, order):
    model = nets.meta(tasks[:4], tasks[4:], CONFIG, order=order, steps=75, seed=0)
    before = MetaTCN(CONFIG, {f"net.{k}": p.detach().numpy() for k, p in network(CONFIG).named_parameters()}
                     | {k: v for k, v in model.weights.items() if k.startswith("step.")})  # fmt: skip

    def error(m):
        t = tasks[5]
        x = t.support[None, :1].numpy()
        out = nets.adapt(m, x, t.support_time[None, :1].numpy())(x, None)
        return float(np.square(out[0] - t.query.numpy()).mean())

    assert error(model) < 0.8 * error(before)


def test_fine_tune_and_scratch_are_tuned_on_held_out_people(tasks):
    config = MetaTCNConfig(channels=2, width=8, blocks=2, mode="reconstruction")
    model, way = nets.finetuned(tasks[:4], tasks[4:5], config, steps=50, seed=0)
    assert set(way) == {1, 5}
    assert set(way.values()) <= set(nets._GRID)
    t = tasks[5]
    seen = np.ones((1, 2, 40, 2), bool)
    seen[:, :, 10:20] = False
    own = nets.adapt(model, t.support[None, :5].numpy(), t.support_time[None, :5].numpy(), way=way)
    bad = t.query[None, :2].numpy().copy()
    out = own(bad, seen)
    assert out.shape == (1, 2, 40, 2)
    bad[~seen] = 9.0
    np.testing.assert_array_equal(own(bad, seen), out)


def test_scratch_learns_from_the_support_alone(tasks):
    model, way = nets.scratch(tasks[4:5], CONFIG, seed=0)
    x, t = tasks[5].support[None, :5].numpy(), tasks[5].support_time[None, :5].numpy()
    before, after = (
        nets.adapt(model, x, t, way=w, adam=True)(x, None) for w in ({5: (0, 0.01)}, way)
    )
    assert np.square(after - x).mean() < np.square(before - x).mean()


def test_saved_and_loaded_predicts_the_same(tasks, tmp_path):
    model = nets.meta(tasks[:4], tasks[4:], CONFIG, order=1, steps=25, seed=0)
    model.save_pretrained(tmp_path / "m")
    t = tasks[5]
    x, tempo = t.support[None, :2].numpy(), t.support_time[None, :2].numpy()
    a, b = (
        nets.adapt(m, x, tempo)(x[:, :1], None)
        for m in (model, MetaTCN.from_pretrained(tmp_path / "m"))
    )
    np.testing.assert_array_equal(a, b)
    with pytest.raises(GaitsmithError, match="mode"):
        MetaTCNConfig(mode="both")


def test_inner_steps_of_a_meta_learned_network_are_tuned_like_the_others(tasks):
    model = nets.meta(tasks[:4], tasks[4:], CONFIG, order=1, steps=25, seed=0)
    way = nets.tuned(model, tasks[4:])
    assert set(way) == set(nets.KS)
    assert set(way.values()) <= set(nets._RELATIVE)
    # A factor of 1 with the network's own number of steps is the network as it was learned.
    t = tasks[0]
    support, times = t.support[None, :1].numpy(), t.support_time[None, :1].numpy()
    as_learned = nets.adapt(model, support, times)(support, None)
    same = nets.adapt(model, support, times, way={1: (model.steps(1), 1.0)}, relative=True)
    np.testing.assert_allclose(same(support, None), as_learned, atol=1e-6)
    more = nets.adapt(model, support, times, way={1: (30, 2.0)}, relative=True)(support, None)
    assert np.square(more - support).mean() < np.square(as_learned - support).mean()
