"""From raw files to a store: one set after the other, resumable between any two trials."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from gaitsmith.datasets.base import Excluded, Trial
from gaitsmith.datasets.raw import Raw
from gaitsmith.datasets.registry import chosen, loader
from gaitsmith.datasets.writer import Writer
from gaitsmith.errors import FormatError, GaitsmithError

__all__ = ["Prepared", "prepare"]

# What numpy, csv, dictionaries and files raise where a file is not what its set's layout says.
_MISFIT = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, EOFError, OSError,
           MemoryError, csv.Error)  # fmt: skip

#: Called as (set, trials done, trials in all, name of the trial).
Progress = Callable[[str, int, int, str], None]


@dataclass(frozen=True)
class Prepared:
    """What became of one set: trials added now, found prepared, and excluded; seconds it took."""

    name: str
    added: int
    kept: int
    excluded: int
    seconds: float = 0.0


def prepare(
    name: str | Iterable[str], raw: str | os.PathLike[str], store: str | os.PathLike[str], *,
    again: bool = False, progress: Progress | None = None,
) -> list[Prepared]:  # fmt: skip
    """Prepare sets into a store; what is prepared already is left as it is.

    Parameters
    ----------
    name
        A set, several, or ``"all"``: every set that has a folder of its name in `raw`.
    raw
        The set's folder (or archive), or a folder of such folders.
    store
        A new folder, or a store to add to.
    again
        Take the sets out first and prepare them anew.

    Raises
    ------
    GaitsmithError
        Where there is no such set or folder, or the set's files are not what they should be. A
        single trial that cannot be read is no error: it is excluded, with the reader's words.
    """
    names = [name] if isinstance(name, str) else list(name)
    jobs = [job for n in names for job in chosen(n, Path(raw))]
    out = []
    with Writer(store) as writer:
        for set_name, folder in jobs:
            if again:
                writer.forget(set_name)
            out.append(_one(writer, set_name, folder, progress))
    return out


def _one(writer: Writer, name: str, folder: Path, progress: Progress | None) -> Prepared:
    begun = time.perf_counter()
    module = loader(name)
    about = module.ABOUT
    if progress is not None:
        progress(name, 0, 0, "looking through the files")
    try:
        plan: list[Trial | Excluded] = list(module.trials(Raw(folder, writer.scratch / name)))
    except _MISFIT as error:
        raise _misfit(error, str(folder)) from error
    if not plan:
        raise GaitsmithError("nothing of this set is in the folder", file=folder,
                             expected=about.layout or about.title,
                             remedy="see docs/data.md for the files that each set needs")  # fmt: skip
    twice = {t.id for t in plan}
    if len(twice) != len(plan):
        raise FormatError("two trials of the set have one name", file=folder,
                          found=next(t.id for t in plan if sum(u.id == t.id for u in plan) > 1))  # fmt: skip
    writer.begin(about)
    added = kept = excluded = 0
    for i, trial in enumerate(plan):
        if progress is not None:
            progress(name, i, len(plan), trial.id)
        if isinstance(trial, Excluded):
            writer.exclude(name, trial)
            excluded += 1
        elif writer.has(name, trial.id, about.version):
            kept += 1
        elif _add(writer, name, trial):
            added += 1
        else:
            excluded += 1
    writer.end(name, frozenset(f"{name}/{t.id}" for t in plan))
    if progress is not None:
        progress(name, len(plan), len(plan), "")
    return Prepared(name, added, kept, excluded, time.perf_counter() - begun)


def _misfit(error: BaseException, file: str) -> FormatError:
    return FormatError("a file is not in the layout of its set", file=file,
                       found=f"{type(error).__name__}: {error}", remedy="download it again")  # fmt: skip


def _add(writer: Writer, name: str, trial: Trial) -> bool:
    try:
        try:
            content = trial.read()
        except _MISFIT as error:
            raise _misfit(error, trial.source) from error
    except GaitsmithError as error:
        words = error.problem + (f" (found: {error.found})" if error.found else "")
        writer.exclude(
            name, Excluded(trial.id, trial.person, f"cannot be read: {words}", trial.source)
        )
        return False
    facts = {k: v for k, v in trial.facts.items() if v is not None}
    writer.add(
        name, trial.id, trial.person, content, group=trial.group, task=trial.task,
        condition=trial.condition, speed=trial.speed, side=trial.side, use=trial.use,
        source=trial.source, facts=facts,
    )  # fmt: skip
    return True
