"""Weights of a torch module as numpy arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from gaitsmith.errors import GaitsmithError

__all__ = ["arrays", "count", "load"]


def arrays(module: torch.nn.Module, *, half: bool = False) -> dict[str, npt.NDArray[Any]]:
    """The state dict by name; `half` keeps floating numbers in 16 bits (bundled weights)."""
    out = {}
    for name, value in module.state_dict().items():
        a = value.detach().cpu().float().numpy() if value.is_floating_point() else value.detach().cpu().numpy()  # fmt: skip
        out[name] = a.astype(np.float16) if half and a.dtype.kind == "f" else a.copy()
    return out


def load(module: torch.nn.Module, weights: Mapping[str, npt.NDArray[Any]]) -> torch.nn.Module:
    """Put arrays into a module (in its dtypes) and return it in evaluation mode.

    Raises
    ------
    GaitsmithError
        Where names or shapes are not those of the module.
    """
    wanted = module.state_dict()
    wrong = [n for n in {*wanted, *weights} if n not in wanted or n not in weights
             or tuple(wanted[n].shape) != weights[n].shape]  # fmt: skip
    if wrong:
        raise GaitsmithError("the weights are of another network", place=type(module).__name__,
                             found=", ".join(sorted(wrong)[:5]),
                             expected="the same names and shapes")  # fmt: skip
    module.load_state_dict({
        n: torch.from_numpy(np.array(a)).to(wanted[n].dtype) for n, a in weights.items()
    })  # fmt: skip
    return module.eval()


def count(module: torch.nn.Module) -> int:
    """How many numbers are learnt."""
    return sum(p.numel() for p in module.parameters())
