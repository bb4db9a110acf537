"""What the parts of the study of forces share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gaitsmith.models.forces.posterior import StancePosterior
from gaitsmith.models.forces.stances import Stances
from gaitsmith.studies.forces_data import Measured, rows_for_learning

if TYPE_CHECKING:
    from gaitsmith.studies.forces_networks import Opened

__all__ = ["LEARNT", "Study", "learnt"]

#: The sets that the default learns from.
LEARNT = ("lencioni2019", "mcgill_children")


@dataclass(frozen=True, eq=False)
class Study:
    """Data, a reader of sets (given, found), words for a person, runs of networks.

    `networks`: whether the MLP and the TCN are trained too.
    """

    data: Path
    models: Path | None
    of: Callable[[str], tuple[list[Measured], list[Measured]]]
    say: Callable[[str], None]
    runs: tuple[Path, ...] = ()
    networks: bool = True

    @cached_property
    def model(self) -> StancePosterior:
        """The default, learnt from all people of both sets, with contacts given and found."""
        kernels = StancePosterior.fit(learnt(self, late=False), bands=False).kernels
        return StancePosterior.fit(learnt(self), kernels=kernels)

    @cached_property
    def nets(self) -> Opened:
        """The networks of the runs."""
        from gaitsmith.studies.forces_networks import opened

        return opened(self.runs)


def learnt(study: Study, *, late: bool = True) -> Stances:
    """The measured stances of both sets; `late`: also with found contacts."""
    ways = (0, 1) if late else (0,)
    return Stances.joined([rows_for_learning(study.of(n)[k]) for k in ways for n in LEARNT])
