"""The masked autoencoder of joint × frame tokens (Motta et al., GenGait), torch; imported lazily.

Tokens of all joints and frames get a linear projection, sinusoids of the frame and three learned
embeddings (joint, frame, motion: the token's change from the frame before). Masked tokens are a
learned [MASK]. The encoder sees visible and [MASK] tokens; what it made of the visible ones goes on,
masked places are filled with [MASK] again, the embeddings are added again, and the decoder
reconstructs all. Two passes: each joint is occluded in turn and its reconstruction error is its
badness; joints whose badness passes the threshold are then withheld and rebuilt from the rest.

Deviations
----------
From the publication, of which abstract and captions are known to us: width, heads and the Huber
loss are ours; the motion embedding is a projection of the token's own change, and is taken away
where either token is masked; windows are cut from mean strides on a clock of 3 % (30 Hz of a stride
of 1.1 s), not from video; 3-D joints are made from angles; the corrected pose is that of all frames
of the windows, averaged. The bundled sizes are a CPU's. The form ``cycle`` is ours, and so are
projections of each joint's own (``separate``), without which it did not learn coordination.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from gaitsmith.models.base import Card, Config
from gaitsmith.models.networks import NetworkModel
from gaitsmith.models.twin.masked_config import MaskedConfig
from gaitsmith.models.twin.population import Population
from gaitsmith.models.twin.tokens import shape_of, tokens
from gaitsmith.models.twin.walks import CHANNELS, Walks
from gaitsmith.nn.transformer import Stack, sinusoids

__all__ = ["MaskedNetwork", "MaskedTwin", "draw_mask", "to_channels"]

Array = npt.NDArray[np.float64]

_BATCH = 512


class _Apart(nn.Module):
    """A linear map of its own for each joint and frame: … × joint × frame × inputs -> … × outputs."""

    def __init__(self, joints: int, frames: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(joints, frames, inputs, outputs) / inputs**0.5)
        self.bias = nn.Parameter(torch.zeros(joints, frames, outputs))

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = torch.einsum("bjfi,jfio->bjfo", x, self.weight) + self.bias
        return made


def _projection(
    joints: int, frames: int, inputs: int, outputs: int, *, separate: bool
) -> nn.Module:
    return _Apart(joints, frames, inputs, outputs) if separate else nn.Linear(inputs, outputs)


class MaskedNetwork(nn.Module):
    """Encoder and decoder over joint × frame tokens."""

    wave: Tensor
    seen: Tensor

    def __init__(self, joints: int, frames: int, values: int, c: MaskedConfig) -> None:
        super().__init__()
        self.shape = (joints, frames, values)
        w = c.width
        apart = partial(_projection, joints, frames, separate=c.separate)
        self.enter, self.motion = apart(values, w), apart(values, w)
        self.joint, self.frame = (
            nn.Parameter(0.02 * torch.randn(joints, 1, w)),
            nn.Parameter(0.02 * torch.randn(1, frames, w)),
        )
        self.mask_in, self.mask_out = (
            nn.Parameter(0.02 * torch.randn(w)),
            nn.Parameter(0.02 * torch.randn(w)),
        )
        self.phase = nn.Linear(2, w) if c.phase else None
        self.encoder = Stack(w, c.layers, c.heads, 4 * w, rotate=False)
        self.decoder = Stack(w, c.decoder, c.heads, 4 * w, rotate=False)
        self.leave = apart(w, values)
        self.register_buffer(
            "wave", sinusoids(torch.arange(frames), w + w % 2)[None, :, :w], persistent=False
        )
        # Steps trained so far: the curriculum of masks follows it.
        self.register_buffer("seen", torch.zeros((), dtype=torch.float32))

    def forward(self, x: Tensor, masked: Tensor, start: Tensor | None = None) -> Tensor:
        """batch × joint × frame × value, batch × joint × frame (true: withheld) -> like x."""
        batch = len(x)
        where = self.joint + self.frame + self.wave
        if self.phase is not None and start is not None:
            turn = 2 * torch.pi * start
            where = where + self.phase(torch.stack([turn.cos(), turn.sin()], dim=-1))[:, None, None]
        clean = torch.where(masked[..., None], torch.zeros_like(x), x)
        before = torch.cat([clean[:, :, :1], clean[:, :, :-1]], dim=2)
        hidden = masked | torch.cat([masked[:, :, :1], masked[:, :, :-1]], dim=2)
        moved = torch.where(hidden[..., None], torch.zeros_like(x), clean - before)
        h = torch.where(
            masked[..., None],
            self.mask_in.expand(*masked.shape, -1),
            self.enter(clean) + self.motion(moved),
        )
        memory = self.encoder((h + where).reshape(batch, -1, h.shape[-1])).reshape(h.shape)
        again = torch.where(masked[..., None], self.mask_out.expand_as(memory), memory) + where
        out: Tensor = self.leave(
            self.decoder(again.reshape(batch, -1, h.shape[-1])).reshape(h.shape)
        )
        return out


def draw_mask(
    shape: tuple[int, int, int], share: float, structured: float, generator: torch.Generator
) -> Tensor:
    """batch × joint × frame: random tokens, or (a share `structured` of the batch) whole joints over a span."""
    device = generator.device
    batch, joints, frames = shape
    loose = torch.rand(batch, joints, frames, generator=generator, device=device) < share
    chosen = torch.rand(batch, joints, generator=generator, device=device) < max(
        share, 1.5 / joints
    )
    first = torch.rand(batch, 1, generator=generator, device=device) * 0.5 * frames
    at = torch.arange(frames, device=device)
    # Spans grow with the curriculum to the whole window.
    span = (at >= first * (1 - structured)) & (
        at < first * (1 - structured) + frames * (0.4 + 0.6 * structured) + 1e-6
    )
    tight = chosen[:, :, None] & span[:, None]
    use = torch.rand(batch, 1, 1, generator=generator, device=device) < structured
    out = torch.where(use, tight, loose)
    # Something is always withheld, something always seen.
    out[:, 0, 0] |= ~out.flatten(1).any(dim=1)
    out[:, -1] &= ~out.flatten(1).all(dim=1)[:, None]
    return out


def to_channels(form: str, badness: Array) -> Array:
    """Badness of joints (walk × joint) as of channels: a 3-D point is moved by the joint above it."""
    if form != "joints":
        return badness
    trunk, hip_r, knee_r, ankle_r, toe_r, hip_l, knee_l, ankle_l, toe_l = badness.T
    hips = 0.5 * (hip_r + hip_l)
    return np.stack(
        [trunk, hips, hips, knee_r, knee_r, ankle_r, toe_r, knee_l, knee_l, ankle_l, toe_l], axis=1
    )


class MaskedTwin(NetworkModel):
    """Badness per joint and twin by reconstruction; see the module."""

    NAME = "twin-masked"
    CONFIG = MaskedConfig
    config: MaskedConfig

    def __init__(self, config: Config | None = None, weights: Mapping[str, npt.NDArray[Any]] | None = None,
                 card: Card | None = None) -> None:  # fmt: skip
        super().__init__(config, weights, card)

    def build(self) -> nn.Module:
        """The empty network."""
        return MaskedNetwork(*shape_of(self.config.form), self.config)

    def _reconstructed(self, x: Array, masked: npt.NDArray[np.bool_], start: Array) -> Array:
        network = self.network("cpu")
        out = []
        with torch.inference_mode():
            for a in range(0, len(x), _BATCH):
                part = slice(a, a + _BATCH)
                out.append(network(torch.tensor(x[part], dtype=torch.float32), torch.tensor(masked[part]),
                                   torch.tensor(start[part], dtype=torch.float32)).numpy())  # fmt: skip
        return np.concatenate(out).astype(float)

    def scores(self, walks: Walks, p: Population) -> Array:
        """Badness of each channel when it is occluded (walk × channel; NaN where not recorded)."""
        x = tokens(self.config.form, walks, p)
        n, starts, joints, frames, values = x.shape
        flat = x.reshape(n * starts, joints, frames, values)
        start = np.tile(np.arange(starts) / starts, n)
        gone = np.asarray(~np.isfinite(flat).all(axis=(2, 3)))
        flat = np.nan_to_num(flat)
        badness = np.full((n, joints), np.nan)
        for j in range(joints):
            masked = np.repeat(gone[:, :, None], frames, axis=2)
            masked[:, j] = True
            off = (self._reconstructed(flat, masked, start)[:, j] - flat[:, j]) ** 2
            badness[:, j] = np.sqrt(off.reshape(n, -1).mean(axis=1))
        out = to_channels(self.config.form, badness)
        out[~walks.present] = np.nan
        return out

    def twin(self, walks: Walks, p: Population, flagged: npt.NDArray[np.bool_]) -> Array:
        """The walks with flagged channels rebuilt from the rest; only of the form ``cycle``."""
        from gaitsmith.models.twin.basis import SIZE, curves_of, harmonic
        from gaitsmith.models.twin.tokens import BANDS

        x = np.nan_to_num(tokens("cycle", walks, p)[:, 0])
        masked = np.repeat((flagged | ~walks.present)[:, :, None], x.shape[2], axis=2)
        made = self._reconstructed(x, masked, np.zeros(len(x)))
        sd = np.sqrt(np.diag(p.covariance())).reshape(len(CHANNELS), SIZE)
        change = np.zeros((len(walks), len(CHANNELS), SIZE))
        for b, (low, high) in enumerate(BANDS):
            at = np.flatnonzero((harmonic() >= low) & (harmonic() <= high))
            change[:, :, at] = (made - x)[:, :, b, : len(at)] * sd[:, at]
        return walks.curves + curves_of(np.where(flagged[:, :, None], change, 0.0))
