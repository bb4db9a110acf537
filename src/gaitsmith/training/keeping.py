"""What a run leaves on disk while it goes on: checkpoints, the best weights, the log."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.plugins.io import TorchCheckpointIO

from gaitsmith.files import replacing
from gaitsmith.training.module import Log, Values

__all__ = ["Keep", "Whole"]


class Whole(TorchCheckpointIO):
    """Checkpoints that are written whole or not at all, and read without pickled code."""

    def save_checkpoint(self, checkpoint: Any, path: Any, storage_options: Any = None) -> None:  # noqa: ARG002
        """Beside, flushed to the disk, then renamed over the old one."""
        with replacing(path, force=True) as beside, beside.open("wb") as f:
            torch.save(checkpoint, f)
            f.flush()
            os.fsync(f.fileno())

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: Any = None) -> Any:  # noqa: ARG002
        """Tensors and plain values only."""
        return torch.load(path, map_location=map_location or "cpu", weights_only=True)


class Keep(lightning.Callback):
    """After every interval: log, best, checkpoint; ends a run that gains no more."""

    def __init__(
        self, out: Path, *, from_step: int = 0, progress: Callable[[int, int, Values], None] | None = None
    ) -> None:  # fmt: skip
        self.out, self.progress = out, progress
        self.best, self.best_step, self.worse = float("inf"), 0, 0
        self.written = Log(out / "log.csv", from_step)
        self._last = 0.0

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run must know."""
        return {"best": self.best, "best_step": self.best_step, "worse": self.worse}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """The inverse."""
        self.best, self.best_step = state_dict["best"], state_dict["best_step"]
        self.worse = state_dict["worse"]

    def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, batch: Any, index: int) -> None:  # noqa: ARG002 # fmt: skip
        """Where a person watches: a few times a second."""
        if self.progress is not None and time.monotonic() - self._last > 0.2:
            self._last = time.monotonic()
            self.progress(trainer.global_step, module.total, {"loss": float(module.seen["loss"][-1]), "best": self.best})  # fmt: skip

    def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
        """An interval has ended; its validation too."""
        step = trainer.global_step
        value = module.valid.get("loss")
        gained = value is None or value < self.best
        self.worse = 0 if gained else self.worse + 1
        if gained:
            self.best, self.best_step = float("inf") if value is None else value, step
        means = {k: torch.stack(v).double().mean() for k, v in module.seen.items()}
        trained = {f"train_{k}": float(trainer.strategy.reduce(v)) for k, v in means.items()}
        if trainer.is_global_zero:
            rate = trainer.optimizers[0].param_groups[0]["lr"]
            row = {"step": step, "lr": float(rate), "seconds": round(time.monotonic() - self.written.began, 3)}  # fmt: skip
            row |= trained | {f"valid_{k}": v for k, v in module.valid.items()}
            self.written.add(row)
            for logger in trainer.loggers:
                logger.log_metrics({k: v for k, v in row.items() if k != "step"}, step=step)
            if gained:
                module.task.model(module.kept).save_pretrained(self.out / "best", force=True)
        module.seen.clear()
        if module.config.patience and self.worse >= module.config.patience:
            trainer.should_stop = True
        # Last: a run killed before this line goes on from the checkpoint before, and does the same.
        trainer.save_checkpoint(self.out / "last.ckpt", weights_only=False)
        if self.progress is not None:
            self.progress(step, module.total, {**module.valid, "best": self.best})
