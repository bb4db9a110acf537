"""Training of the masked autoencoder on statistical and real normal people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import check_in
from gaitsmith.models.base import Model
from gaitsmith.models.card import Card
from gaitsmith.models.twin.masked_config import MaskedConfig
from gaitsmith.models.twin.population import Population
from gaitsmith.models.twin.tokens import FORMS, tokens
from gaitsmith.models.twin.walks import Walks, joined
from gaitsmith.studies.twin_people import statistical

if TYPE_CHECKING:
    import torch

    from gaitsmith.models.twin.masked import MaskedTwin
    from gaitsmith.training import Progress

__all__ = ["MaskedTask", "train"]


class MaskedTask:
    """Reconstruct masked tokens of normal walks; validated on other people."""

    name = "twin-masked"

    def __init__(self, config: MaskedConfig, train: Walks, valid: Walks, p: Population) -> None:
        self.config, self.people = config, len(np.unique(train.person))
        self._train, self._valid = _windows(config.form, train, p), _windows(config.form, valid, p)

    def settings(self) -> Mapping[str, Any]:
        """What shapes network and data."""
        return self.config.to_dict()

    def network(self) -> torch.nn.Module:
        """A new network."""
        from gaitsmith.models.twin.masked import MaskedTwin

        return MaskedTwin(self.config).build()

    def train_set(self) -> Any:
        """Windows of the training people."""
        return self._set(self._train)

    def valid_set(self) -> Any:
        """Windows of other people."""
        return self._set(self._valid)

    @staticmethod
    def _set(parts: tuple[npt.NDArray[Any], ...]) -> Any:
        import torch

        return torch.utils.data.TensorDataset(*(torch.tensor(p) for p in parts))

    def loss(
        self, network: Any, batch: Any, generator: torch.Generator
    ) -> Mapping[str, torch.Tensor]:
        """Huber loss on masked tokens that were recorded."""
        import torch

        from gaitsmith.models.twin.masked import draw_mask

        x, gone, start = batch
        c = self.config
        if network.training:
            network.seen += 1
        far = float(min(network.seen / c.curriculum, 1.0)) if network.training else 1.0
        masked = draw_mask(
            (len(x), x.shape[1], x.shape[2]), c.least + (c.most - c.least) * far, far, generator
        )
        made = network(x, masked | gone[:, :, None], start)
        off = torch.nn.functional.huber_loss(made, x, reduction="none").mean(dim=-1)
        counted = (masked & ~gone[:, :, None]).float()
        return {"loss": (off * counted).sum() / counted.sum().clamp(min=1)}

    def model(self, network: Any) -> MaskedTwin:
        """With its card."""
        from gaitsmith.models.twin.masked import MaskedTwin

        card = Card(data=f"{self.people} people: statistical ones and lencioni2019", terms="CC BY 4.0 (Lencioni 2019)",
                    limits=("for comparison; the default is the statistical twin",),
                    made="gaitsmith train twin")  # fmt: skip
        return MaskedTwin.of(network, self.config, card)


def _windows(form: str, walks: Walks, p: Population) -> tuple[npt.NDArray[Any], ...]:
    x = tokens(form, walks, p)
    n, starts = x.shape[:2]
    flat = x.reshape(n * starts, *x.shape[2:]).astype(np.float32)
    gone = np.asarray(~np.isfinite(flat).all(axis=(2, 3)))
    return np.nan_to_num(flat), gone, np.tile(np.arange(starts) / starts, n).astype(np.float32)


def train(
    data: Path | None, form: str, out: Path, *, steps: int = 6000, people: int = 600, seed: int = 0,
    resume: bool = False, p: Population | None = None, config: MaskedConfig | None = None,
    say: Callable[[str], None] = print, progress: Progress | None = None,
) -> MaskedTwin:  # fmt: skip
    """The masked autoencoder of a form, on statistical people and, where there are any, lencioni2019.

    Real walks of one leg take part with the other leg masked (not in the form ``joints``). It ends
    where the validation loss has not fallen any more for a while, or after `steps`; the run in `out`
    can be gone on with.
    """
    from gaitsmith.models.twin.api import reference_model
    from gaitsmith.training import TrainConfig, fit

    check_in("form", form, FORMS)
    config = config or MaskedConfig(form=form, separate=form == "cycle")
    p = p or reference_model().population()
    walks = statistical(p, people, 1000 + seed, trials=2)
    if data is not None and form != "joints":
        from gaitsmith.studies.twin_sets import lencioni2019

        walks = joined([walks, lencioni2019(data)])
    valid = statistical(p, 60, 2000 + seed, name="v")
    task = MaskedTask(config, walks, valid, p)
    settings = TrainConfig(
        steps=steps,
        batch=64,
        lr=3e-3,
        warmup=100,
        schedule="cosine",
        val_every=_EVERY,
        patience=_PATIENCE,
        seed=seed,
    )
    made = fit(task, settings, out, resume=resume, say=say, progress=progress)
    assert isinstance(made, Model)
    return made  # type: ignore[return-value]


# Steps between validations; validations without gain until a training ends.
_EVERY, _PATIENCE = 200, 6
