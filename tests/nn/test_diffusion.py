"""The diffusion process: tables, conversions, training target; diffusers as the oracle."""

import pytest

from gaitsmith.errors import GaitsmithError

torch = pytest.importorskip("torch", reason="networks are not installed")

from gaitsmith.nn.diffusion import Diffusion, cosine_betas, linear_betas  # noqa: E402

KINDS = ("epsilon", "x0", "v")


def batch(seed=0, n=5, dtype=torch.float64):
    g = torch.Generator().manual_seed(seed)
    x0 = torch.randn(n, 7, 3, generator=g, dtype=dtype)
    return x0, torch.randn(x0.shape, generator=g, dtype=dtype), torch.tensor([0, 3, 500, 998, 999])


@pytest.mark.parametrize("prediction", KINDS)
@pytest.mark.parametrize("betas", ["linear", "cosine"])
def test_target_tells_clean_data_noise_and_velocity(prediction, betas):
    p = Diffusion(1000, betas=betas, prediction=prediction)
    x0, noise, t = batch()
    x_t = p.noised(x0, t, noise)
    y = p.target(x0, t, noise)
    seen = slice(0, 4)  # At the last cosine level the data are gone: nothing gives them back.
    torch.testing.assert_close(p.x0(y, x_t, t)[seen], x0[seen], rtol=0, atol=1e-7)
    torch.testing.assert_close(p.epsilon(y, x_t, t), noise, rtol=0, atol=1e-9)
    v = Diffusion(1000, betas=betas, prediction="v").target(x0, t, noise)
    torch.testing.assert_close(p.v(y, x_t, t)[seen], v[seen], rtol=0, atol=1e-7)


def test_variance_is_preserved_and_signal_fades():
    for betas in ("linear", "cosine"):
        p = Diffusion(1000, betas=betas)
        for t in (-1, 0, 400, 999):
            a, s = p.level(t)
            assert a**2 + s**2 == pytest.approx(1, abs=1e-15)
        assert (p.alpha_bar.diff() < 0).all()
        assert p.alpha_bar[0] > 0.999
        assert p.alpha_bar[-1] < 5e-5
        snr = p.signal_to_noise(torch.tensor([0, 999]))
        assert snr[0] > 1e3
        assert snr[1] < 1e-4


def test_dtype_and_generator_are_kept():
    p = Diffusion(1000, prediction="v")
    for dtype in (torch.float32, torch.bfloat16, torch.float64):
        x0, noise, t = batch(dtype=dtype)
        assert p.noised(x0, t, noise).dtype == dtype
        assert p.x0(noise, x0, t).dtype == dtype
    a, b = (p.draw_times(9, torch.Generator().manual_seed(4)) for _ in range(2))
    assert torch.equal(a, b)
    assert a.min() >= 0
    assert a.max() < 1000


def test_clip_bounds_the_clean_estimate():
    x0, noise, t = batch()
    assert Diffusion(clip=0.5).x0(noise, 9 * x0, t).abs().max() == 0.5


def test_betas_against_diffusers():
    diffusers = pytest.importorskip("diffusers", reason="the oracle is not installed")
    for name, mine in (("linear", linear_betas(1000)), ("squaredcos_cap_v2", cosine_betas(1000))):
        theirs = diffusers.DDPMScheduler(1000, beta_start=1e-4, beta_end=2e-2, beta_schedule=name)
        torch.testing.assert_close(mine.float(), theirs.betas, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("prediction", KINDS)
def test_noising_and_target_against_diffusers(prediction):
    diffusers = pytest.importorskip("diffusers", reason="the oracle is not installed")
    p = Diffusion(prediction=prediction)
    theirs = diffusers.DDPMScheduler(1000)
    x0, noise, t = batch(dtype=torch.float32)
    torch.testing.assert_close(p.noised(x0, t, noise), theirs.add_noise(x0, noise, t), atol=1e-6, rtol=1e-5)  # fmt: skip
    if prediction == "v":
        torch.testing.assert_close(p.target(x0, t, noise), theirs.get_velocity(x0, noise, t), atol=1e-6, rtol=1e-5)  # fmt: skip


@pytest.mark.parametrize("bad", [
    {"steps": 1}, {"clip": 0.0}, {"start": 0.5, "end": 0.1}, {"prediction": "eps"}, {"betas": "squared"},
])  # fmt: skip
def test_refuses(bad):
    with pytest.raises(GaitsmithError):
        Diffusion(**bad)
