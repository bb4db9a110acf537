"""The four losses of the published speed diffusion and how they are weighed by |Δv|.

L = L_noise + λ1 L_residual + λ2 L_identity + λ3 L_subject (Dinesh et al. 2026).

Ours, where the paper is silent: with w = min(1, |Δv| / ``shift``) the residual term counts λ1 (½ +
½ w), identity and subject terms λ2 (1 − w) and λ3 (1 − ½ w); the residual and identity terms are
weighed by ᾱ_t, since the clean estimate means nothing where almost no signal is left (its error
there is that of the noise times σ / α); the identity term falls linearly from |Δv| = 0 to
``near``: a person's two recordings at nearly the same speed are not in phase, so that their true
residual is not small, and the data would be contradicted; the contrastive term is the supervised
one of Khosla et al. 2020, "Supervised Contrastive Learning" (eq. 2), weighed by ᾱ_t too.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gaitsmith.models.speed.network_config import DiffusionConfig
from gaitsmith.models.speed.sequences import LABELS
from gaitsmith.nn.diffusion import Diffusion

__all__ = ["contrast", "published_losses"]


def contrast(a: Tensor, b: Tensor, person: Tensor, weight: Tensor, temperature: float) -> Tensor:
    """Supervised contrast of b's rows against a's: the same person's near, others' far.

    a, b: batch × width, length 1; person (batch,) whole numbers; weight (batch,).
    """
    score = torch.log_softmax(b @ a.T / temperature, dim=1)
    same = (person[:, None] == person[None]).to(score.dtype)
    each = -(score * same).sum(dim=1) / same.sum(dim=1)
    return (weight * each).sum() / weight.sum().clamp_min(1e-6)


def published_losses(
    config: DiffusionConfig, process: Diffusion, subject: torch.nn.Module, *, output: Tensor,
    residual: Tensor, noised: Tensor, noise: Tensor, t: Tensor, source: Tensor, speeds: Tensor,
    person: Tensor,
) -> dict[str, Tensor]:  # fmt: skip
    """``loss`` and its four parts.

    Parameters
    ----------
    subject
        The network that embeds a sequence.
    output
        Of the denoiser, batch × time × 6.
    residual, noised, noise, t
        r, r_t, ε and the noise level (batch,).
    source
        x_src, z-scored.
    speeds
        batch × 2: v_src, v_tgt.
    person
        Whole number a person (batch,).
    """
    away = (speeds[:, 1] - speeds[:, 0]).abs()
    far = (away / config.shift).clamp(max=1.0)
    knee = torch.tensor([config.knee_weight if "knee" in c else 1.0 for c in LABELS], device=output.device)  # fmt: skip
    wanted = process.target(residual, t, noise)
    each = (output - wanted).square().mean(dim=1)
    noise_loss = (each * knee).sum(dim=1).mean() / knee.sum()
    clear = process.alpha_bar.to(output.device, output.dtype)[t]
    clean = process.x0(output, noised, t)
    residual_loss = (
        clear * (0.5 + 0.5 * far) * (clean - residual).square().mean(dim=(1, 2))
    ).mean()
    still = (1 - away / config.near).clamp(min=0.0) if config.near > 0 else (away == 0).to(away.dtype)  # fmt: skip
    identity_loss = (clear * still * (1 - far) * clean.square().mean(dim=(1, 2))).mean()
    # Beyond a few SD a clean estimate is only an echo of the noise: it would lead the LSTM astray.
    moved = source + clean.clamp(-5, 5)
    subject_loss = contrast(subject(source), subject(moved), person, clear * (1 - 0.5 * far), config.temperature)  # fmt: skip
    total = (
        noise_loss + config.residual_weight * residual_loss
        + config.identity_weight * identity_loss + config.subject_weight * subject_loss
    )  # fmt: skip
    return {"loss": total, "noise": noise_loss, "residual": residual_loss,
            "identity": identity_loss, "subject": subject_loss}  # fmt: skip
