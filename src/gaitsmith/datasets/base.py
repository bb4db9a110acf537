"""What every set's module builds on, and the contract of one.

A set is a module of :mod:`gaitsmith.datasets.sets` with

``ABOUT``
    an :class:`About`: names, source, citation, licence, and what may be derived from it;
``trials(raw: Raw) -> Iterator[Trial | Excluded]``
    everything that lies in the folder, without reading signals: quick, in a stable order.

A :class:`Trial` is read only when it is its turn, so that a prepared collection can be resumed and
stopped between any two trials. What a README says must not be used is an :class:`Excluded` with
its reason; it stands in the store's table of exclusions, so that every count can be explained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from gaitsmith.datasets.raw import Found, Raw
from gaitsmith.recording import Recording

if TYPE_CHECKING:
    from gaitsmith.datasets.curves import Curves

__all__ = ["About", "Content", "DataSet", "Excluded", "Found", "Raw", "Trial"]

Derived = Literal["yes", "card", "no"]


@dataclass(frozen=True)
class About:
    """What a set is.

    Attributes
    ----------
    name
        Short name, as the command line takes it.
    title
        One line: who, how many, doing what, measured with what.
    source, cite, licence
        Where it comes from, the paper, the terms as its source states them.
    derived
        ``"yes"``: tables and weights learnt from it may ship, named with the source's terms;
        ``"card"``: weights may ship with a card that carries the restriction; ``"no"``: measure
        only.
    version
        Counts changes of the loader: trials prepared by an older one are prepared again.
    layout
        Where the layout is documented, for sets that are not among the tests' recordings.
    folder
        Name of the set's folder below a folder of all sets, where it is not `name`.
    """

    name: str
    title: str
    source: str
    cite: str
    licence: str
    derived: Derived
    version: int = 1
    layout: str = ""
    folder: str = ""


@dataclass(frozen=True)
class Trial:
    """One recording (or one person's curves) that can be read.

    Attributes
    ----------
    id
        Unique in the set; letters, digits, ``._+-``.
    person
        Who walked, unique in the set.
    read
        Reads it.
    source
        The file, as a person would find it.
    group, task, condition, speed, side
        What is known of it: ``"healthy"``, ``"walking"``, ``"fast"``, m/s, measured or affected
        side.
    use
        ``""``, or a reason why it must not be used with others: ``"same bytes as 80-4"``.
    """

    id: str
    person: str
    read: Callable[[], Content]
    source: str = ""
    group: str = ""
    task: str = "walking"
    condition: str = ""
    speed: float | None = None
    side: str = ""
    use: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Excluded:
    """Something in the folder that is left out, and why."""

    id: str
    person: str
    reason: str
    source: str = ""


class DataSet(Protocol):
    """A set's module."""

    ABOUT: About

    def trials(self, raw: Raw) -> Iterator[Trial | Excluded]:
        """Everything in the folder."""


if TYPE_CHECKING:
    Content = Recording | Curves
else:
    Content = Any
