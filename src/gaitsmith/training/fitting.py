"""One function that fits a task's network."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import platform
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.files import write_text
from gaitsmith.training.config import TrainConfig
from gaitsmith.training.task import Task

if TYPE_CHECKING:
    from gaitsmith.models.base import Model

__all__ = ["Progress", "fit"]

#: Called with step, steps in all, and the latest values ("loss", "best").
Progress = Callable[[int, int, dict[str, float]], None]


def _silent(_: str) -> None:
    """Nobody is watching."""


def fit(
    task: Task, config: TrainConfig, out: str | os.PathLike[str], *, resume: bool = False,
    say: Callable[[str], None] = _silent, progress: Progress | None = None,
) -> Model:  # fmt: skip
    """Fit the task's network and return the model that was best on validation.

    Parameters
    ----------
    out
        Folder of the run, new or empty; with `resume`, that of the run to go on with. A run that
        was killed at any moment goes on from its last checkpoint and ends with the weights that it
        would have had; where there is no checkpoint yet, it begins.
    say, progress
        Words for a person; numbers for a bar.

    Raises
    ------
    GaitsmithError
        Where the folder has a run already and `resume` is false, its settings are others, or the
        loss is not finite.
    MissingInputError
        Where lightning is not installed.
    """
    folder = Path(out)
    about = _about(task, config)
    if _first():
        if resume:
            _same_run(folder, about)
        elif folder.is_dir() and any(folder.iterdir()):
            raise GaitsmithError("the folder is not empty", file=folder,
                                 remedy="give another one with --out, or go on with --resume")  # fmt: skip
    try:
        import lightning  # noqa: F401
        import torch
    except ImportError as error:
        raise MissingInputError("training needs torch and lightning", found=str(error),
                                remedy="pip install 'gaitsmith[networks]'") from error  # fmt: skip
    with _quiet(), torch.random.fork_rng(devices=[]):
        return _run(task, config, folder, about, resume=resume, say=say, progress=progress)


def _run(
    task: Task, config: TrainConfig, folder: Path, about: dict[str, Any], *, resume: bool,
    say: Callable[[str], None], progress: Progress | None,
) -> Model:  # fmt: skip
    import torch

    from gaitsmith.training.keeping import Keep
    from gaitsmith.training.module import Fit

    last = folder / "last.ckpt"
    state = torch.load(last, map_location="cpu", weights_only=True) if resume and last.is_file() else {}  # fmt: skip
    begun, intervals = int(state.get("global_step", 0)), int(state.get("epoch", -1)) + 1
    keep = Keep(folder, from_step=begun, progress=progress)
    keep.load_state_dict(state.get("callbacks", {}).get(keep.state_key, keep.state_dict()))
    trainer = _trainer(config, folder, keep)
    talk = say if trainer.is_global_zero else _silent
    total = config.total(len(task.train_set()), trainer.world_size)  # type: ignore[arg-type]
    trainer.fit_loop.max_epochs = intervals + max(0, -(-(total - begun) // config.val_every))
    module = Fit(task, config, total)
    about |= {"steps": total, "processes": trainer.world_size, "device": type(trainer.accelerator).__name__,
              "precision": str(trainer.precision), "parameters": sum(p.numel() for p in module.net.parameters())}  # fmt: skip
    if trainer.is_global_zero:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder, about, state="running", step=begun)
    if resume:
        talk(f"going on from step {begun} of {total}" if begun else "no checkpoint yet: beginning")
    ended = begun >= total or 0 < config.patience <= keep.worse
    if ended:
        talk("this run had ended already")
    else:
        _trained(trainer, module, last if state else None)
    best = type(task.model(module.kept)).from_pretrained(folder / "best")
    if trainer.is_global_zero:
        best.save_pretrained(folder / "model", force=True)
        known = {"best_valid_loss": keep.best, "best_step": keep.best_step} if keep.best < float("inf") else {}  # fmt: skip
        _write(folder, about, state="ended", step=max(begun, trainer.global_step), **known)
    if not ended:
        talk(f"best validation loss {keep.best:.5g} at step {keep.best_step}" if keep.best < float("inf")
            else f"no validation people: the weights of step {trainer.global_step} are kept")  # fmt: skip
    return best


def _trainer(config: TrainConfig, folder: Path, keep: Any) -> Any:
    import lightning
    import torch

    from gaitsmith.training.keeping import Whole

    on_gpu = config.accelerator != "cpu" and torch.cuda.is_available()
    if config.accelerator == "gpu" and not on_gpu:
        raise GaitsmithError("there is no GPU that torch can use", place="setting accelerator",
                             found="gpu", expected="auto or cpu")  # fmt: skip
    precision = config.precision
    if precision == "auto":
        precision = ("bf16" if torch.cuda.is_bf16_supported() else "16") if on_gpu else "32"
    if precision == "16" and not on_gpu:
        raise GaitsmithError("half precision is for a GPU", place="setting precision", found=precision,
                             expected="auto, 32 or bf16 on a CPU")  # fmt: skip
    loggers: Any = False
    if config.log == "tensorboard":
        from lightning.pytorch.loggers import TensorBoardLogger

        loggers = TensorBoardLogger(folder, name="", version="tensorboard")
    words: Any = {"32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}
    return lightning.Trainer(
        accelerator="gpu" if on_gpu else "cpu", devices=config.devices or (-1 if on_gpu else 1),
        num_nodes=config.nodes, strategy=config.strategy, logger=loggers, callbacks=[keep], plugins=[Whole()],
        precision=words[precision],
        max_epochs=1, accumulate_grad_batches=config.accumulate, gradient_clip_val=config.clip or None,
        num_sanity_val_steps=0, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, use_distributed_sampler=False, reload_dataloaders_every_n_epochs=1,
        inference_mode=False, default_root_dir=folder,
    )  # fmt: skip


def _trained(trainer: Any, module: Any, checkpoint: Path | None) -> None:
    """Run; an interruption by a person is one, not an exit."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        trainer.fit(module, ckpt_path=checkpoint, weights_only=True)
    except SystemExit as error:
        raise KeyboardInterrupt from error
    finally:
        # lightning leaves Ctrl-C switched off after one; only a main thread may set it back.
        with contextlib.suppress(ValueError):
            signal.signal(signal.SIGINT, handler)


def _first() -> bool:
    """Whether this is the process that writes, before lightning knows."""
    names = ("RANK", "SLURM_PROCID", "LOCAL_RANK")
    return next((int(os.environ[n]) for n in names if os.environ.get(n, "").isdigit()), 0) == 0


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """lightning's advice (workers, devices) is not for a person who runs a command."""
    loggers = [logging.getLogger(n) for n in ("lightning", "lightning.pytorch", "lightning.fabric")]
    levels = [x.level for x in loggers]
    for x in loggers:
        x.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            for kind in (UserWarning, FutureWarning, DeprecationWarning):
                warnings.simplefilter("ignore", kind)
            yield
    finally:
        for x, level in zip(loggers, levels, strict=True):
            x.setLevel(level)


# --- run.json ------------------------------------------------------------------------------------


def _about(task: Task, config: TrainConfig) -> dict[str, Any]:
    settings = dict(task.settings()) if hasattr(task, "settings") else {}
    data = str(task.digest()) if hasattr(task, "digest") else ""
    return {"task": task.name, "settings": settings, "data_digest": data, "training": config.to_dict()}  # fmt: skip


def _same_run(folder: Path, about: dict[str, Any]) -> None:
    """Refuses to go on with other settings or data.

    Raises
    ------
    GaitsmithError
        Which names what differs.
    """
    try:
        known = json.loads((folder / "run.json").read_text("utf-8"))
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise GaitsmithError("the run cannot be read", file=folder / "run.json", found=str(error)) from error  # fmt: skip
    plain = json.loads(json.dumps(about))
    off = [k for k in ("task", "data_digest") if known.get(k) != plain[k]]
    for part, free in (("settings", frozenset[str]()), ("training", TrainConfig.FREE)):
        old, new = known.get(part, {}), plain[part]
        off += [f"{part}.{k}" for k in sorted({*old, *new} - free) if old.get(k) != new.get(k)]
    if off:
        raise GaitsmithError("the run was begun with other settings or data", file=folder / "run.json",
                             found=", ".join(off),
                             remedy="resume with the same ones, or begin another run")  # fmt: skip


def _write(folder: Path, about: dict[str, Any], **state: Any) -> None:
    import lightning
    import numpy as np
    import torch

    from gaitsmith.version import __version__

    versions = {"gaitsmith": __version__, "python": platform.python_version(), "torch": torch.__version__,
                "lightning": lightning.__version__, "numpy": np.__version__}  # fmt: skip
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
    facts = {**about, **state, "command": command, "versions": versions}
    write_text(folder / "run.json", json.dumps(facts, indent=1) + "\n", force=True)
