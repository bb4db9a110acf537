"""Train the networks of the page on sequences, with the settings that made it.

``python -m gaitsmith.studies.sequence_networks --cache DIR --out RUNS``

Then ``speed_virtual --cache DIR --network diffusion=RUNS/diffusion/model …`` measures them. The
diffusion learns from the 13 training people of the published split and from 108 of ``more``, of whom
12 others choose the best weights; TCN and MLP learn from the 13, and the 4 of the split choose. The
test people of ``speed_virtual`` are nowhere in. A run that was stopped is gone on with.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gaitsmith.models.base import Card
from gaitsmith.models.speed.network_config import BaselineConfig, DiffusionConfig
from gaitsmith.models.speed.task import BaselineTask, DiffusionTask
from gaitsmith.studies.speed_virtual import GROUPS, group
from gaitsmith.studies.train_speed import plan
from gaitsmith.training import TrainConfig, fit

if TYPE_CHECKING:
    from gaitsmith.models.speed.sequences import Sequences

__all__ = ["CHOOSERS", "NETWORKS", "in_store", "main", "planned", "trained"]

#: Name on the page -> settings that ship.
NETWORKS = {"diffusion": "diffusion-virtual", "TCN": "tcn-virtual", "MLP": "mlp-virtual"}
#: People of ``more`` who choose the diffusion's best weights.
CHOOSERS = 12
# Of the published split: who learns, and who learns or chooses.
_LEARN, _KNOWN = 13, 17


def in_store(person: str) -> str:
    """What ``gaitsmith virtual cohort`` calls the same person: set, seed and number."""
    name, _, number = person.rpartition("-")
    return f"virtual/{GROUPS[name][0]}-{int(number):04d}"


def planned(
    name: str, cache: Path, steps: int | None = None, say: Callable[[str], None] = print
) -> tuple[DiffusionTask | BaselineTask, TrainConfig]:
    """The task of a network of the page on its people, and how it is trained.

    Parameters
    ----------
    name
        One of :data:`NETWORKS`.
    cache
        Folder of the walks (made where they are not there).
    steps
        Of training, over the settings.
    """
    made = plan(name.lower(), Path(NETWORKS[name]), steps=steps)
    protocol = group("protocol", cache, say)
    if isinstance(made.model, DiffusionConfig):
        more = group("more", cache, say)
        used = protocol.of(protocol.people[:_LEARN]).joined(more)
        return DiffusionTask(made.model, used, more.people[:CHOOSERS], card=_card(used)), made.train
    assert isinstance(made.model, BaselineConfig)
    used = protocol.of(protocol.people[:_KNOWN])
    kind = "tcn" if name == "TCN" else "mlp"
    return BaselineTask(kind, made.model, used, used.people[_LEARN:], card=_card(used)), made.train  # type: ignore[arg-type]


def _card(used: Sequences) -> Card:
    return Card(data="virtual walkers of gaitsmith", trained_on=tuple(map(in_store, used.people)),
                made="python -m gaitsmith.studies.sequence_networks --cache DIR --out RUNS")  # fmt: skip


def trained(
    name: str, cache: Path, run: Path, steps: int | None = None, say: Callable[[str], None] = print
) -> Path:
    """The folder of the trained model, in `run`."""
    task, settings = planned(name, cache, steps, say)
    fit(task, settings, run, resume=run.is_dir(), say=say)
    return run / "model"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of this module; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--cache", type=Path, required=True, help="folder for the walks")
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--only", action="append", choices=NETWORKS, help="repeat")
    given = parser.parse_args(arguments)
    for name in given.only or NETWORKS:
        print(f"{name}={trained(name, given.cache, given.out / name)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
