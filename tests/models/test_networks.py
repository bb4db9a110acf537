"""Models that are torch networks: what every model keeps, devices, seeds."""

from dataclasses import dataclass

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from gaitsmith.errors import GaitsmithError  # noqa: E402
from gaitsmith.models.base import Card, Config  # noqa: E402
from gaitsmith.models.networks import NetworkModel, choose_device, seeded  # noqa: E402


@dataclass(frozen=True, kw_only=True)
class ToyConfig(Config):
    width: int = 4


class Toy(NetworkModel):
    NAME, CONFIG = "toy", ToyConfig
    config: ToyConfig

    def build(self):
        return torch.nn.Sequential(torch.nn.Linear(3, self.config.width), torch.nn.BatchNorm1d(self.config.width))  # fmt: skip


def made(**options):
    with seeded(1):
        network = Toy().build()
    return network, Toy.of(network, ToyConfig(), Card(data="made up"), scale=np.array([2.0]), **options)  # fmt: skip


def test_saved_loaded_and_run(tmp_path):
    network, model = made()
    model.save_pretrained(tmp_path / "m")
    again = Toy.from_pretrained(tmp_path / "m")
    x = torch.ones(2, 3)
    with torch.inference_mode():
        torch.testing.assert_close(again.network("cpu")(x), network.eval()(x), rtol=0, atol=0)
    assert again.network("cpu") is again.network("cpu")
    np.testing.assert_array_equal(again.beside("scale"), [2.0])


def test_half_the_bits():
    _, model = made(half=True)
    assert model.weights["0.weight"].dtype == np.float16
    assert model.network("cpu")[0].weight.dtype == torch.float32


def test_seeded_leaves_others_as_they_were():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    with seeded(3) as g:
        a, b = torch.rand(2), torch.rand(2, generator=g)
    assert torch.equal(torch.get_rng_state(), before)
    with seeded(3) as g:
        assert torch.equal(torch.rand(2), a)
        assert torch.equal(torch.rand(2, generator=g), b)


def test_refusals():
    with pytest.raises(GaitsmithError, match="not trained"):
        Toy().network()
    _, model = made()
    with pytest.raises(GaitsmithError, match="another network"):
        Toy(ToyConfig(width=5), model.weights).network("cpu")
    with pytest.raises(GaitsmithError, match="seed"), seeded(-1):
        pass
    with pytest.raises(GaitsmithError, match="device"):
        choose_device("gpu")
    if not torch.cuda.is_available():
        with pytest.raises(GaitsmithError, match="no GPU"):
            choose_device("cuda")
        assert choose_device("auto").type == "cpu"
