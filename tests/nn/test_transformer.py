"""Transformer: rotary invariance, FiLM identity, masks, attention against plain sums in float64."""

import math

import pytest

from gaitsmith.errors import GaitsmithError

torch = pytest.importorskip("torch", reason="networks are not installed")

from gaitsmith.nn.transformer import (  # noqa: E402
    Attention,
    Encoder,
    FiLM,
    Stack,
    TimeEmbedding,
    rotary,
    sinusoids,
)  # fmt: skip

SIZES = {"width": 16, "layers": 2, "heads": 4, "feedforward": 32}


def encoder(**more):
    torch.manual_seed(0)
    return Encoder(3, 5, **SIZES, **more).double().eval()


def data(time=11, channels=3, seed=1):
    return torch.randn(2, time, channels, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)  # fmt: skip


def test_rotary_products_depend_on_the_distance_only():
    q, k = data(1, 8), data(1, 8, 2)

    def product(m, n):
        a, b = (rotary(x, torch.tensor([p])) for x, p in ((q, m), (k, n)))
        return (a * b).sum(-1)

    for shift in (1, 17, 400):
        torch.testing.assert_close(product(5 + shift, 2 + shift), product(5, 2), rtol=0, atol=1e-9)
    assert (product(5, 2) - product(2, 5)).abs().max() > 1e-3
    torch.testing.assert_close(rotary(q, torch.tensor([0])), q)
    torch.testing.assert_close(rotary(data(9, 8)).norm(dim=-1), data(9, 8).norm(dim=-1))


def test_rotary_turns_each_pair_by_its_angle():
    x = torch.zeros(4, 6, dtype=torch.float64)
    x[:, 0::2] = 1
    for m in range(4):
        for i in range(3):
            angle = m * 10_000 ** (-2 * i / 6)
            want = torch.tensor([math.cos(angle), math.sin(angle)], dtype=torch.float64)
            torch.testing.assert_close(rotary(x)[m, 2 * i : 2 * i + 2], want)


def test_attention_is_what_its_formula_says():
    torch.manual_seed(0)
    att = Attention(8, 2, rotate=True).double().eval()
    x = data(5, 8)
    q, k, v = att.qkv(x).chunk(3, -1)
    heads = []
    for h in range(2):
        a, b, c = (y[..., 4 * h : 4 * h + 4] for y in (q, k, v))
        score = rotary(a) @ rotary(b).transpose(1, 2) / 2.0
        heads.append(torch.softmax(score, -1) @ c)
    torch.testing.assert_close(att(x), att.out(torch.cat(heads, -1)), rtol=0, atol=1e-12)


def test_film_begins_as_the_identity_and_then_scales_and_shifts():
    film = FiLM(4, 6).double()
    h, c = data(7, 6), torch.randn(2, 4, dtype=torch.float64)
    assert torch.equal(film(h, c), h)
    with torch.no_grad():
        film.made.bias[:6] = 0.5
        film.made.bias[6:] = 2.0
    torch.testing.assert_close(film(h, c), 1.5 * h + 2.0)
    assert film(h, c[:, None].expand(2, 7, 4)).shape == h.shape


@pytest.mark.parametrize("film", ["input", "output"])
def test_an_untrained_condition_changes_nothing_and_a_trained_one_does(film):
    net, x = encoder(condition=4, film=film), data()
    a, b = torch.zeros(2, 4, dtype=torch.float64), torch.ones(2, 4, dtype=torch.float64)
    assert torch.equal(net(x, a), net(x, b))
    torch.nn.init.normal_(net.stack.blocks[0].film1.made.weight)
    assert (net(x, a) - net(x, b)).abs().max() > 1e-3
    with pytest.raises(GaitsmithError, match="condition"):
        net(x)


def test_shifted_in_time_is_the_same_answer():
    """Rotary positions are relative: the same window elsewhere gives the same numbers."""
    stack = Stack(**SIZES).double().eval()
    x = data(6, 16)
    padded = torch.cat([torch.zeros(2, 4, 16, dtype=torch.float64), x], 1)
    valid = torch.arange(10) >= 4
    torch.testing.assert_close(stack(padded, valid=valid.expand(2, 10))[:, 4:], stack(x))
    turned = Stack(**SIZES, rotate=False).double().eval()
    order = torch.randperm(6, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(turned(x[:, order]), turned(x)[:, order])
    assert (stack(x[:, order]) - stack(x)[:, order]).abs().max() > 1e-4


def test_causal_and_masked_tokens_are_not_seen():
    for masked in (False, True):
        net, x = encoder(causal=True), data().requires_grad_()
        valid = torch.ones(2, 11, dtype=torch.bool) if masked else None
        (slope,) = torch.autograd.grad(net(x, valid=valid)[:, 4].sum(), x)
        assert slope[:, 5:].abs().max() == 0
        assert slope[:, :5].abs().min() > 0
    net, x = encoder(), data()
    valid = torch.ones(2, 11, dtype=torch.bool)
    valid[:, 8:] = False
    other = x.clone()
    other[:, 8:] = 99
    torch.testing.assert_close(net(x, valid=valid)[:, :8], net(other, valid=valid)[:, :8])


def test_zero_leaves_nothing_and_sizes_are_checked():
    assert encoder(zero=True)(data()).abs().max() == 0
    with pytest.raises(GaitsmithError, match="heads"):
        Stack(10, 1, 4, 8)
    with pytest.raises(GaitsmithError, match="film"):
        Stack(8, 1, 2, 8, condition=3, film="both")


def test_times_are_told_apart():
    t = torch.arange(1000)
    e = sinusoids(t, 128)
    assert e.shape == (1000, 128)
    torch.testing.assert_close(e.square().sum(-1), torch.full((1000,), 64.0))
    nearest = torch.cdist(e, e) + 10 * torch.eye(1000)
    assert nearest.min() > 0.05
    for made in (TimeEmbedding(16, 8), TimeEmbedding(16, 8, steps=1000)):
        assert made(t).shape == (1000, 8)
    with pytest.raises(GaitsmithError, match="even"):
        sinusoids(t, 7)


def test_sinusoids_against_diffusers():
    pytest.importorskip("diffusers", reason="the oracle is not installed")
    from diffusers.models.embeddings import get_timestep_embedding

    t = torch.arange(0, 1000, 37)
    want = get_timestep_embedding(t, 128, flip_sin_to_cos=True, downscale_freq_shift=0)
    torch.testing.assert_close(sinusoids(t, 128), want)
