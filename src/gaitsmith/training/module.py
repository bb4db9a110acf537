"""The lightning side of a task. Imported only by a training that runs."""

from __future__ import annotations

import copy
import csv
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning
import torch
from torch.utils.data import DataLoader, Subset

from gaitsmith.errors import GaitsmithError
from gaitsmith.training.config import TrainConfig
from gaitsmith.training.order import Stretch, seed_of
from gaitsmith.training.task import Task

__all__ = ["Fit", "Log"]

Values = dict[str, float]
# Stretches of the seed for training and validation.
_TRAIN, _VALID = 1, 2


class Fit(lightning.LightningModule):
    """A task's network with its running mean, its loss, its data loaders and its optimiser.

    A lightning epoch is one interval between validations, so that every checkpoint lies between
    two epochs and a resumed run sees exactly what the first one would have seen.
    """

    def __init__(self, task: Task, config: TrainConfig, total: int) -> None:
        super().__init__()
        self.task, self.config, self.total = task, config, total
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.net = task.network()
        self.mean = copy.deepcopy(self.net).requires_grad_(False) if config.ema else None
        self._train, self._valid = task.train_set(), task.valid_set()
        self.seen: dict[str, list[torch.Tensor]] = defaultdict(list)
        self.valid: Values = {}
        self._sums: Values = {}
        self._weight = 0.0

    @property
    def kept(self) -> torch.nn.Module:
        """The network that is validated and kept."""
        return self.net if self.mean is None else self.mean

    # --- data ------------------------------------------------------------------------------------

    def _loader(self, data: Any, sampler: Any = None) -> DataLoader[Any]:
        workers = self.config.workers
        return DataLoader(
            data, batch_size=self.config.batch, sampler=sampler, shuffle=False, num_workers=workers,
            collate_fn=getattr(self.task, "collate", None), persistent_workers=False,
            pin_memory=self.device.type == "cuda",
        )  # fmt: skip

    def train_dataloader(self) -> DataLoader[Any]:
        """The stretch of this interval."""
        c, world = self.config, self.trainer.world_size
        done = self.trainer.global_step
        each = c.batch * c.accumulate * world
        steps = min(c.val_every, self.total - done)
        return self._loader(self._train, Stretch(
            len(self._train), done * each, max(0, steps) * each, seed=c.seed,  # type: ignore[arg-type]
            rank=self.trainer.global_rank, world=world,
        ))  # fmt: skip

    def val_dataloader(self) -> Any:
        """This process's share of the validation items."""
        if self._valid is None:
            return []
        mine = range(self.trainer.global_rank, len(self._valid), self.trainer.world_size)  # type: ignore[arg-type]
        return self._loader(Subset(self._valid, list(mine)))

    # --- training --------------------------------------------------------------------------------

    def _generator(self, *place: int) -> torch.Generator:
        seed = seed_of(self.config.seed, *place, self.trainer.global_rank)
        torch.manual_seed(seed)  # dropout and whatever else draws globally
        return torch.Generator(device=self.device).manual_seed(seed)

    def training_step(self, batch: Any, index: int) -> torch.Tensor:
        """The loss, with randomness of this step."""
        step = self.trainer.global_step
        found = self.task.loss(self.net, batch, self._generator(_TRAIN, step, index))
        for k, v in found.items():
            self.seen[k].append(v.detach())
        loss = found["loss"]
        # On a GPU a look at every loss would make it wait.
        often = 1 if self.device.type == "cpu" else 50
        if step % often == 0 and not torch.isfinite(loss.detach()):
            raise GaitsmithError("the loss is not finite", place=f"step {step}",
                                 found={k: float(v) for k, v in found.items()},
                                 remedy="lower the learning rate, or look at the data")  # fmt: skip
        return loss

    def on_train_batch_end(self, outputs: Any, batch: Any, index: int) -> None:  # noqa: ARG002
        """The running mean, after every optimiser step."""
        if self.mean is None or (index + 1) % self.config.accumulate:
            return
        n = self.trainer.global_step
        keep = min(self.config.ema, (1 + n) / (10 + n))
        with torch.no_grad():
            for m, p in zip(self.mean.parameters(), self.net.parameters(), strict=True):
                m.lerp_(p, 1 - keep)
            for kept, b in zip(self.mean.buffers(), self.net.buffers(), strict=True):
                kept.copy_(b)

    def on_validation_epoch_start(self) -> None:
        """Sums from zero."""
        self._sums, self._weight = {}, 0.0
        self.kept.eval()

    def validation_step(self, batch: Any, index: int) -> None:
        """Adds to the weighted sums."""
        count = getattr(self.task, "weight", _length)(batch)
        found = self.task.loss(self.kept, batch, self._generator(_VALID, index))
        for k, v in found.items():
            self._sums[k] = self._sums.get(k, 0.0) + float(v) * count
        self._weight += count

    def on_validation_epoch_end(self) -> None:
        """Means over all processes."""
        names = sorted(self._sums)
        parts = torch.tensor([*(self._sums[k] for k in names), self._weight], dtype=torch.float64)
        sums = self.trainer.strategy.reduce(parts.to(self.device), reduce_op="sum")
        self.valid = {k: float(v / sums[-1]) for k, v in zip(names, sums, strict=False)}

    def configure_optimizers(self) -> Any:
        """AdamW with the schedule of the configuration."""
        c = self.config
        optimiser = torch.optim.AdamW(self.net.parameters(), lr=c.lr, weight_decay=c.weight_decay)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: c.rate(step, self.total))  # fmt: skip
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def _length(batch: Any) -> int:
    if isinstance(batch, torch.Tensor):
        return len(batch)
    values = batch.values() if isinstance(batch, Mapping) else batch
    return next((len(v) for v in values if isinstance(v, torch.Tensor)), 1)


class Log:
    """``log.csv``: a row a validation, with the means of the training since the last.

    Going on from a step, later rows of the killed run are taken out.
    """

    def __init__(self, path: Path, from_step: int) -> None:
        self.path, self.began = path, time.monotonic()
        self.rows: list[dict[str, Any]] = []
        if from_step and path.is_file():
            with path.open(newline="", encoding="utf-8") as f:
                self.rows = [r for r in csv.DictReader(f) if int(r["step"]) <= from_step]

    def add(self, row: Mapping[str, Any]) -> None:
        """Write the row; the file is replaced whole."""
        from gaitsmith.files import write_text

        self.rows.append({k: f"{v:.8g}" if isinstance(v, float) else v for k, v in row.items()})
        names = list(dict.fromkeys(k for r in self.rows for k in r))
        lines = [",".join(names), *(",".join(str(r.get(k, "")) for k in names) for r in self.rows)]
        write_text(self.path, "\n".join(lines) + "\n", force=True)
