"""An MLP and a TCN from kinematics to a stance's forces, for the tables (torch, trained on the spot)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch

from gaitsmith.models.forces.baselines import Baseline
from gaitsmith.models.forces.stances import POINTS, Stances
from gaitsmith.nn.tcn import TCN

__all__ = ["NETWORKS", "mlp", "tcn"]

Array = npt.NDArray[np.float64]


def _window(rows: Stances) -> Array:
    """row × time × channel: kinematics and timing; the net force is not among them."""
    n = len(rows)
    scalars = np.repeat(rows.scalars[:, None], POINTS, axis=1)
    phase = np.broadcast_to(np.linspace(-1, 1, POINTS)[None, :, None], (n, POINTS, 1))
    return np.concatenate((rows.curves.transpose(0, 2, 1), scalars, phase), axis=2)


def _train(
    network: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, steps: int, seed: int
) -> None:
    rng = torch.Generator().manual_seed(seed)
    best = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-2)
    plan = torch.optim.lr_scheduler.CosineAnnealingLR(best, steps)
    network.train()
    for _ in range(steps):
        at = torch.randint(len(x), (64,), generator=rng)
        # A little noise on the inputs is all the regularisation that so few people allow to tune.
        noisy = x[at] + 0.1 * torch.randn(x[at].shape, generator=rng)
        loss = torch.nn.functional.mse_loss(network(noisy), y[at])
        best.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        best.step()
        plan.step()
    network.eval()


def _fitted(
    make: Callable[[int], torch.nn.Module], flat: bool, steps: int, train: Stances, seed: int
) -> Baseline:
    x = _window(train)
    mean, sd = x.mean(axis=(0, 1)), x.std(axis=(0, 1)) + 1e-6
    y = train.force.transpose(0, 2, 1)
    my, sy = y.mean(axis=0), y.std(axis=(0, 1))

    def inputs(rows: Stances) -> torch.Tensor:
        z = (_window(rows) - mean) / sd
        z = z[:, ::5].reshape(len(rows), -1) if flat else z
        return torch.tensor(z, dtype=torch.float32)

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = make(inputs(train.take(np.arange(1))).shape[-1])
    target = torch.tensor((y - my) / sy, dtype=torch.float32)
    _train(network, inputs(train), target.flatten(1) if flat else target, steps, seed)

    def told(rows: Stances) -> Array:
        with torch.no_grad():
            z = network(inputs(rows)).double().numpy().reshape(len(rows), POINTS, 3)
        return np.asarray((my + sy * z).transpose(0, 2, 1))

    return told


def mlp(train: Stances, seed: int) -> Baseline:
    """Two hidden layers of 128 over every fifth point of the window."""

    def make(inputs: int) -> torch.nn.Module:
        return torch.nn.Sequential(
            torch.nn.Linear(inputs, 128), torch.nn.GELU(), torch.nn.Dropout(0.2), torch.nn.Linear(128, 128),
            torch.nn.GELU(), torch.nn.Linear(128, 3 * POINTS),
        )  # fmt: skip

    return _fitted(make, True, 400, train, seed)


def tcn(train: Stances, seed: int) -> Baseline:
    """A temporal convolutional network over the window."""
    return _fitted(
        lambda inputs: TCN(inputs, 3, (32, 32, 32, 32), kernel=5, causal=False),
        False,
        120,
        train,
        seed,
    )


#: By the name in tables.
NETWORKS: dict[str, Callable[[Stances, int], Baseline]] = {"MLP": mlp, "TCN": tcn}
