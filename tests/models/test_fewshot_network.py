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


def test_one_inner_step_is_the_gradient_step():
    net = torch.nn.Linear(2, 1, bias=False)
    params = {"weight": torch.tensor([[1.0, -1.0]], requires_grad=True)}
    x, y = torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0]])
    out = adapted(net, params, {"weight": torch.tensor(0.1)}, (x, y), 1)
    # d/dw (w·x − y)² = 2 (w·x − y) x = −2 · (1, 2).
    torch.testing.assert_close(out["weight"], torch.tensor([[1.2, -0.6]]))


def test_second_order_sees_through_the_step_and_first_does_not():
    net = torch.nn.Linear(1, 1, bias=False)
    x, y = torch.tensor([[1.0]]), torch.tensor([[0.0]])
    slopes = []
    for second in (False, True):
        params = {"weight": torch.tensor([[1.0]], requires_grad=True)}
        out = adapted(net, params, {"weight": torch.tensor(0.1)}, (x, y), 1, second=second)
        slopes.append(float(torch.autograd.grad(out["weight"].sum(), params["weight"])[0]))
    # w − 0.1 · 2 w: derivative 0.8 to second order, 1 to first.
    assert slopes == pytest.approx([1.0, 0.8])


def test_masked_samples_are_not_seen():
    cycles, seen = torch.randn(3, 40, 2), torch.rand(3, 40, 2) > 0.5
    other = torch.where(seen, cycles, torch.randn(3, 40, 2))
    a, b = (inputs("reconstruction", c, seen, torch.zeros(3)) for c in (cycles, other))
    torch.testing.assert_close(a, b)


@pytest.mark.parametrize("order", [1, 2])
def test_meta_learning_helps_adaptation(tasks, order):
    model = nets.meta(tasks[:4], tasks[4:], CONFIG, order=order, steps=40, seed=0)
    before = MetaTCN(CONFIG, {f"net.{k}": p.detach().numpy() for k, p in network(CONFIG).named_parameters()}
                     | {k: v for k, v in model.weights.items() if k.startswith("step.")})  # fmt: skip

    def error(m):
        t = tasks[5]
        out = nets.predicted(m, t.support[:1].numpy(), t.support_time[:1].numpy(), t.support[:1].numpy(), None)  # fmt: skip
        return float(np.square(out[0] - t.query.numpy()).mean())

    assert error(model) < 0.8 * error(before)


def test_fine_tune_and_scratch_are_tuned_on_held_out_people(tasks):
    config = MetaTCNConfig(channels=2, width=8, blocks=2, mode="reconstruction")
    model, way = nets.finetuned(tasks[:4], tasks[4:5], config, steps=40, seed=0)
    assert way in nets._GRID
    t = tasks[5]
    seen = np.ones((2, 40, 2), bool)
    seen[:, 10:20] = False
    out = nets.predicted(model, t.support[:2].numpy(), t.support_time[:2].numpy(), t.query[:2].numpy(), seen, way=way)  # fmt: skip
    assert out.shape == (2, 40, 2)
    assert np.isfinite(out).all()


def test_saved_and_loaded_predicts_the_same(tasks, tmp_path):
    model = nets.meta(tasks[:4], tasks[4:], CONFIG, order=1, steps=20, seed=0)
    model.save_pretrained(tmp_path / "m")
    t = tasks[5]
    a, b = (nets.predicted(m, t.support[:2].numpy(), t.support_time[:2].numpy(), t.support[:1].numpy(), None)
            for m in (model, MetaTCN.from_pretrained(tmp_path / "m")))  # fmt: skip
    np.testing.assert_array_equal(a, b)
    with pytest.raises(GaitsmithError, match="mode"):
        MetaTCNConfig(mode="both")
