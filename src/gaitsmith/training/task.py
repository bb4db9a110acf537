"""What is to be learnt: all that a capability tells the harness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import torch
    from torch.utils.data import Dataset

    from gaitsmith.models.base import Model

__all__ = ["Task"]


@runtime_checkable
class Task(Protocol):
    """A network, its data and its loss.

    A task may also have ``digest() -> str`` (of the data; stands in ``run.json``),
    ``settings() -> Mapping`` (all that shapes the network and the data; a run is not resumed with
    others), ``collate(list) -> batch`` and ``weight(batch) -> int`` (how many items a batch has;
    default: the length of its first tensor).
    """

    #: Short name; stands in the run's files.
    name: str

    def network(self) -> torch.nn.Module:
        """A new network; its first weights come from torch's global generator, which is seeded."""

    def train_set(self) -> Dataset[Any]:
        """Items to learn from; an item depends on its index only."""

    def valid_set(self) -> Dataset[Any] | None:
        """Items to choose by: of other people. None: the last weights are kept."""

    def loss(
        self, network: torch.nn.Module, batch: Any, generator: torch.Generator
    ) -> Mapping[str, torch.Tensor]:
        """Means over the batch; "loss" is minimised, and the best is the least on validation.

        Random numbers come from `generator`, which is on the network's device: it depends on seed
        and step in training and on the batch in validation, so that validations can be compared.
        """

    def model(self, network: torch.nn.Module) -> Model:
        """The model with the network's weights, with its card."""
