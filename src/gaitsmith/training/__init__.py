"""Fitting networks: a task in, a model out; killed and resumed without a trace. No gait in it.

A :class:`Task` says what is learnt from what; :class:`TrainConfig` how long and how;
:func:`fit` runs it on lightning and leaves in the folder of the run

``run.json``
    task, settings, data digest, seed, versions, and how far it came;
``log.csv``
    a row a training interval and a validation: step, rate, losses, seconds;
``last.ckpt``
    all that is needed to go on (``resume=True``), replaced whole or not at all;
``best/``
    the network that was best on validation (config.json, weights.safetensors), as a model folder;
``model/``
    the same when the training has ended: what ``from_pretrained`` takes.

Nothing heavy is imported before :func:`fit` runs.
"""

from __future__ import annotations

from gaitsmith.training.config import TrainConfig
from gaitsmith.training.fitting import Progress, fit
from gaitsmith.training.task import Task

__all__ = ["Progress", "Task", "TrainConfig", "fit"]
