"""Models that are torch networks: weights to and from arrays, device, seed. Imported lazily.

A network's model is a :class:`NetworkModel`: its arrays are the network's state dict, so that
saving, cards and digests are those of every model; `build` makes the empty network from the
configuration, and ``model.network()`` is it with its weights, in evaluation mode.

    class Denoiser(NetworkModel):
        NAME, CONFIG = "denoiser", DenoiserConfig

        def build(self) -> torch.nn.Module:
            return Encoder(self.config.width, self.config.layers)

    model = Denoiser.of(network, config, card)          # after training
    model.save_pretrained(folder)
    with torch.inference_mode(), seeded(3) as rng:
        answer = Denoiser.from_pretrained(folder).network("auto")(x)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch

from gaitsmith.errors import GaitsmithError, check_in
from gaitsmith.models.base import Model
from gaitsmith.models.card import Card
from gaitsmith.models.config import Config
from gaitsmith.nn import state

__all__ = ["DEVICES", "NetworkModel", "choose_device", "seeded"]

#: What a person may ask for; "auto" is the GPU where there is one.
DEVICES = ("auto", "cpu", "cuda")


def choose_device(name: str = "auto") -> torch.device:
    """The device of a choice of :data:`DEVICES` (or "cuda:1").

    Raises
    ------
    GaitsmithError
        Where a GPU is asked for and there is none.
    """
    check_in("device", name.partition(":")[0], DEVICES)
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise GaitsmithError("there is no GPU that torch can use", place="argument device",
                             found=name, expected="cpu or auto")  # fmt: skip
    return torch.device(name)


@contextmanager
def seeded(seed: int, device: torch.device | str = "cpu") -> Iterator[torch.Generator]:
    """A torch generator of a seed; global draws inside follow the seed too and are put back after.

    Raises
    ------
    GaitsmithError
        Where the seed is not a whole number of 0 or more.
    """
    if type(seed) is not int or seed < 0:
        raise GaitsmithError("not a seed", place="argument seed", found=seed,
                             expected="a whole number of 0 or more")  # fmt: skip
    cards = list(range(torch.cuda.device_count())) if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=cards):
        torch.manual_seed(seed)
        yield torch.Generator(device=device).manual_seed(seed)


class NetworkModel(Model):
    """Base of the models that are one torch network; its weights are the state dict."""

    def __init__(
        self, config: Config | None = None, weights: Mapping[str, npt.NDArray[Any]] | None = None,
        card: Card | None = None,
    ) -> None:  # fmt: skip
        super().__init__(config, weights, card)
        self._made: dict[str, torch.nn.Module] = {}

    def build(self) -> torch.nn.Module:
        """The network of the configuration, without weights."""
        raise NotImplementedError

    @classmethod
    def of(
        cls, network: torch.nn.Module, config: Config, card: Card | None = None, *,
        half: bool = False, **more: npt.NDArray[Any],
    ) -> Self:  # fmt: skip
        """From a trained network; `half` keeps 16 bits; `more` are arrays beside it (scales)."""
        return cls(config, {**state.arrays(network, half=half), **{f"+{k}": v for k, v in more.items()}}, card)  # fmt: skip

    def beside(self, name: str) -> npt.NDArray[Any]:
        """An array kept beside the network's weights."""
        return self.weights[f"+{name}"]

    def network(self, device: str = "auto") -> torch.nn.Module:
        """The network with its weights on a device, for inference; made once for each device.

        Raises
        ------
        GaitsmithError
            Where the model is not trained, its weights are of another network, or there is no
            such device.
        """
        if not self.trained:
            raise GaitsmithError("the model is not trained", place=self.NAME,
                                 remedy="train it, or open one that is")  # fmt: skip
        where = choose_device(device)
        if str(where) not in self._made:
            own = {k: np.asarray(v) for k, v in self.weights.items() if not k.startswith("+")}
            made = state.load(self.build(), own).to(where)
            for p in made.parameters():
                p.requires_grad_(False)
            self._made[str(where)] = made
        return self._made[str(where)]
