"""TCN: what each output sees, by gradient; length kept; the residual alone at zero weights."""

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError

torch = pytest.importorskip("torch", reason="networks are not installed")

from gaitsmith.nn.state import arrays, count, load  # noqa: E402
from gaitsmith.nn.tcn import TCN, ResidualBlock  # noqa: E402


def net(**more):
    torch.manual_seed(0)
    return TCN(3, 2, (8, 8, 8), **more).double().eval()


def slope(model, at, time=60):
    torch.manual_seed(1)
    x = torch.randn(1, time, 3, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(model(x)[:, at].sum(), x)[0][0].abs().sum(-1)


@pytest.mark.parametrize("norm", ["weight", "batch", "none"])
def test_a_causal_network_sees_the_past_only_and_as_far_as_it_says(norm):
    model = net(norm=norm)
    seen = torch.nonzero(slope(model, 50)).ravel()
    assert seen.max() == 50
    assert seen.min() == 50 - model.receptive_field + 1
    assert model.receptive_field == 1 + 2 * 2 * 7


def test_the_other_sees_both_ways():
    model = net(causal=False, kernel=5)
    seen = torch.nonzero(slope(model, 60, 121)).ravel()
    assert (seen.min(), seen.max()) == (60 - 28 * 2 // 2 * 1, 60 + 28)
    assert model.receptive_field == 57
    with pytest.raises(GaitsmithError, match="odd"):
        net(causal=False, kernel=4)


def test_length_is_kept_and_dilations_are_checked():
    x = torch.zeros(4, 37, 3, dtype=torch.float64)
    assert net()(x).shape == (4, 37, 2)
    assert net().features(x).shape == (4, 37, 8)
    with pytest.raises(GaitsmithError, match="dilation"):
        net(dilations=(1, 2))


def test_a_block_without_weights_is_its_shortcut():
    block = ResidualBlock(4, 4, norm="none").double()
    for p in block.parameters():
        torch.nn.init.zeros_(p)
    x = torch.randn(2, 4, 9, dtype=torch.float64)
    torch.testing.assert_close(block(x), x.relu())


def test_streaming_gives_the_same_as_the_whole():
    model = net()
    x = torch.randn(1, 80, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    r = model.receptive_field
    for i in (40, 79):
        torch.testing.assert_close(model(x[:, i - r + 1 : i + 1])[:, -1], model(x)[:, i])


def test_weights_as_arrays_and_back():
    a, b = net(), TCN(3, 2, (8, 8, 8))
    kept = arrays(a)
    assert all(w.dtype == np.float32 for w in kept.values())
    x = torch.zeros(1, 9, 3)
    torch.testing.assert_close(load(b, kept)(x), a.float()(x))
    assert count(b) == sum(w.size for w in kept.values())
    assert arrays(a, half=True)["head.weight"].dtype == np.float16
    kept.pop("head.bias")
    with pytest.raises(GaitsmithError, match="another network"):
        load(b, kept)
