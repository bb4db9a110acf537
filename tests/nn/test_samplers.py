"""Samplers: diffusers as the oracle, and Gaussians, whose best denoiser is known, as the truth."""

import math

import pytest

from gaitsmith.errors import GaitsmithError

torch = pytest.importorskip("torch", reason="networks are not installed")

from gaitsmith.nn.diffusion import Diffusion  # noqa: E402
from gaitsmith.nn.samplers import (  # noqa: E402
    DDIM,
    DDPM,
    DPMSolver,
    classifier,
    classifier_free,
    descend,
    sample,
    spaced,
)  # fmt: skip

MEAN = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
ROOT = torch.tensor([[1.0, 0, 0], [0.6, 0.5, 0], [-0.3, 0.2, 0.7]], dtype=torch.float64)
COV = ROOT @ ROOT.T


def best(process, mean=MEAN, cov=COV):
    """E[x0 | x_t] for x0 ~ N(mean, cov): mean + α C (α² C + σ²)⁻¹ (x_t − α mean)."""

    def denoise(x, t):
        a, s = process.level(int(t[0]))
        gain = a * cov @ torch.linalg.inv(a**2 * cov + s**2 * torch.eye(len(mean), dtype=cov.dtype))
        x0 = mean + (x - a * mean) @ gain.T
        return {"x0": x0, "epsilon": (x - a * x0) / s, "v": a * (x - a * x0) / s - s * x0}[process.prediction]  # fmt: skip

    return denoise


def draw(process, sampler, n=8_000, **more):
    g = torch.Generator().manual_seed(1)
    return sample(process, best(process), (n, 3), sampler=sampler, generator=g, dtype=torch.float64, **more)  # fmt: skip


@pytest.mark.parametrize("sampler", [
    DDIM(100), DDIM(500, eta=1.0), DDPM(500), DPMSolver(20), DDIM(200, spacing="trailing"),
    DPMSolver(25, spacing="trailing"),
], ids=str)  # fmt: skip
@pytest.mark.parametrize(("betas", "prediction"), [("linear", "epsilon"), ("cosine", "v"), ("linear", "x0")])  # fmt: skip
def test_a_gaussian_comes_out_as_it_is(sampler, betas, prediction):
    x = draw(Diffusion(betas=betas, prediction=prediction), sampler)
    # Standard errors: mean 0.011, covariance 0.016; the rest is discretisation.
    torch.testing.assert_close(x.mean(0), MEAN, rtol=0, atol=0.03)
    torch.testing.assert_close(torch.cov(x.T), COV, rtol=0, atol=0.06)


def test_order_of_the_solvers():
    """The flow carries a fixed start to a known end: one dimension, from N(0, 1) to N(m, s²)."""
    p = Diffusion(prediction="x0")
    mean, cov = torch.tensor([0.7], dtype=torch.float64), torch.tensor([[0.09]], dtype=torch.float64)  # fmt: skip
    start = torch.tensor([[-1.5], [0.2], [2.0]], dtype=torch.float64)
    a, s = p.level(999)
    truth = mean + 0.3 * (start - a * mean) / math.sqrt(a**2 * 0.09 + s**2)

    def wrong(sampler):
        made = sample(p, best(p, mean, cov), (3, 1), sampler=sampler, dtype=torch.float64, start=start)  # fmt: skip
        return float((made - truth).abs().max())

    # Twice the steps: half the error at first order, a quarter at second.
    assert wrong(DDIM(40)) / wrong(DDIM(20)) == pytest.approx(0.5, abs=0.08)
    assert wrong(DPMSolver(40)) / wrong(DPMSolver(20)) == pytest.approx(0.25, abs=0.08)
    assert wrong(DDIM(1000)) < 0.005


def test_ancestral_is_ddim_with_eta_one():
    p = Diffusion()
    a, b = (draw(p, s, n=50) for s in (DDPM(50), DDIM(50, eta=1.0)))
    torch.testing.assert_close(a, b, rtol=0, atol=1e-9)


def test_same_seed_same_sample_and_no_global_randomness():
    p = Diffusion()
    a, b = draw(p, DDIM(5, eta=0.5), n=4), draw(p, DDIM(5, eta=0.5), n=4)
    assert torch.equal(a, b)
    before = torch.get_rng_state()
    draw(p, DDPM(5), n=2)
    assert torch.equal(before, torch.get_rng_state())


def test_inpainting_keeps_what_is_known_and_draws_the_rest_with_it():
    p = Diffusion(prediction="x0")
    mask, known = torch.tensor([True, False, False]), torch.tensor([3.0, 0, 0])
    rest = COV[1:, 0] / COV[0, 0]
    truth = MEAN[1:] + rest * (3.0 - MEAN[0])
    away = []
    for again in (1, 6):
        x = draw(p, DDPM(100), n=6000, known=known, mask=mask, resample=again)
        assert (x[:, 0] == 3.0).all()
        away.append(float((x[:, 1:].mean(0) - truth).abs().max()))
    # Replacement alone is known to be an approximation; resampling mends it (RePaint).
    assert away[1] < 0.08
    assert away[0] < 0.4


def test_guides_pull_where_they_should():
    p = Diffusion(prediction="x0")
    plain = draw(p, DDIM(50), n=4000).mean(0)
    goal = 3.0
    pulled = draw(p, DDIM(50), n=4000, guide=descend(lambda x: (x[:, 0] - goal) ** 2, rate=0.1))
    assert abs(float(pulled[:, 0].mean()) - goal) < 0.5 * abs(float(plain[0]) - goal)

    # y = x0[0] + N(0, 1) observed as 3: p(y | x_t) is Gaussian, and so is the posterior.
    def log_p(x, t):
        a, s = p.level(t)
        gain = a * COV @ torch.linalg.inv(a**2 * COV + s**2 * torch.eye(3, dtype=COV.dtype))
        x0 = MEAN + (x - a * MEAN) @ gain.T
        left = (COV - a * gain @ COV)[0, 0]
        return -0.5 * (3.0 - x0[:, 0]) ** 2 / (1 + left)

    made = draw(p, DDIM(200), guide=classifier(p, log_p))
    gain = COV[:, 0] / (COV[0, 0] + 1)
    torch.testing.assert_close(made.mean(0), MEAN + gain * (3.0 - MEAN[0]), rtol=0, atol=0.05)
    torch.testing.assert_close(torch.cov(made.T), COV - torch.outer(gain, COV[:, 0]), rtol=0, atol=0.06)  # fmt: skip


def test_classifier_free_mixes_both():
    with_it, without = (lambda x, t: x * 3), (lambda x, t: x)
    x, t = torch.ones(2, 2), torch.zeros(2)
    assert (classifier_free(with_it, without, 0.5)(x, t) == 1.5 * 3 - 0.5).all()
    assert (classifier_free(with_it, without, 0)(x, t) == 3).all()


def test_progress_and_dtype():
    seen = []
    x = sample(Diffusion(), lambda x, t: x, (2, 3), sampler=DDIM(4), progress=lambda i, n: seen.append((i, n)))  # fmt: skip
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert x.dtype == torch.float32


@pytest.mark.parametrize(("more", "word"), [
    ({"known": torch.zeros(3)}, "known"), ({"resample": 2}, "resample"),
    ({"sampler": DDIM(2000)}, "steps"), ({"sampler": DDIM(5, spacing="even")}, "spacing"),
])  # fmt: skip
def test_refuses(more, word):
    with pytest.raises(GaitsmithError, match=word):
        sample(Diffusion(), lambda x, t: x, (1, 3), **more)


# --- the oracle ----------------------------------------------------------------------------------


def net(x, t):
    """Some smooth function of x and t."""
    return torch.tanh(x) * 0.7 + 0.1 * torch.sin(t[:, None].to(x.dtype) / 100)


def theirs(name, steps, prediction, betas="linear", **more):
    diffusers = pytest.importorskip("diffusers", reason="the oracle is not installed")
    kind = {"epsilon": "epsilon", "x0": "sample", "v": "v_prediction"}[prediction]
    schedule = {"linear": "linear", "cosine": "squaredcos_cap_v2"}[betas]
    s = getattr(diffusers, name)(1000, beta_start=1e-4, beta_end=2e-2, beta_schedule=schedule,
                                 prediction_type=kind, **more)  # fmt: skip
    s.set_timesteps(steps)
    return s


@pytest.mark.parametrize("prediction", ["epsilon", "x0", "v"])
@pytest.mark.parametrize("betas", ["linear", "cosine"])
@pytest.mark.parametrize("spacing", ["leading", "trailing", "linspace"])
def test_ddim_against_diffusers(prediction, betas, spacing):
    p = Diffusion(prediction=prediction, betas=betas)
    o = theirs("DDIMScheduler", 25, prediction, betas, clip_sample=False, timestep_spacing=spacing)
    assert [int(t) for t in o.timesteps] == spaced(p, 25, spacing)
    start = torch.randn(4, 6, generator=torch.Generator().manual_seed(2))
    x = start
    for t in o.timesteps:
        # The oracle steps back by 1000 // 25 whatever the spacing: with linspace from its own times.
        x = o.step(net(x, torch.full((4,), int(t))), int(t), x).prev_sample
    mine = sample(p, net, (4, 6), sampler=DDIM(25, spacing=spacing), start=start)
    if spacing != "linspace":
        torch.testing.assert_close(mine, x, rtol=1e-3, atol=1e-3)
    assert torch.isfinite(mine).all()


@pytest.mark.parametrize("eta", [0.3, 1.0])
def test_noisy_ddim_against_diffusers(eta):
    p = Diffusion()
    o = theirs("DDIMScheduler", 20, "epsilon", clip_sample=False)
    start = torch.randn(4, 6, generator=torch.Generator().manual_seed(2))
    a, b = (torch.Generator().manual_seed(7) for _ in range(2))
    x = start
    for t in o.timesteps:
        x = o.step(net(x, torch.full((4,), int(t))), int(t), x, eta=eta, generator=a).prev_sample
        if int(t) == 0:
            break
    mine = sample(p, net, (4, 6), sampler=DDIM(20, eta=eta), start=start, generator=b)
    torch.testing.assert_close(mine, x, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("prediction", ["epsilon", "x0", "v"])
def test_ddpm_against_diffusers(prediction):
    p = Diffusion(prediction=prediction)
    o = theirs("DDPMScheduler", 40, prediction, clip_sample=False)
    start = torch.randn(4, 6, generator=torch.Generator().manual_seed(2))
    a, b = (torch.Generator().manual_seed(7) for _ in range(2))
    x = start
    for t in o.timesteps:
        x = o.step(net(x, torch.full((4,), int(t))), int(t), x, generator=a).prev_sample
    mine = sample(p, net, (4, 6), sampler=DDPM(40), start=start, generator=b)
    torch.testing.assert_close(mine, x, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("prediction", ["epsilon", "x0", "v"])
@pytest.mark.parametrize("steps", [5, 20])
@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # of the oracle
def test_dpm_solver_against_diffusers(prediction, steps):
    p = Diffusion(prediction=prediction)
    o = theirs("DPMSolverMultistepScheduler", steps, prediction)
    assert [int(t) for t in o.timesteps] == DPMSolver(steps).times(p)
    start = torch.randn(4, 6, generator=torch.Generator().manual_seed(2))
    x = start
    for t in o.timesteps:
        x = o.step(net(x, torch.full((4,), int(t))), t, x).prev_sample
    mine = sample(p, net, (4, 6), sampler=DPMSolver(steps), start=start)
    torch.testing.assert_close(mine, x, rtol=1e-3, atol=1e-3)
