"""A prepared collection: recordings and curves of many people, ready to be read a part at a time.

On disk::

    STORE/
      store.json            manifest: layout version, revision, SHA-256 of the tables, facts of sets
      zarr.json             the whole is one zarr v3 hierarchy, readable by any zarr tool
      tables/*.parquet      people, trials, exclusions
      sets/<set>/<trial>-<digest>/   one group a trial; one group a stream with data, time, filled
      splits/*.json         splits by person that were asked for

A trial's group is written before its row; a row names its group and the SHA-256 of its content. A
group without a row is what a killed writer left: readers never see it and the next writer removes
it. Groups are never changed in place: a reader that goes on while a writer adds sees what it opened
(trials that the writer replaced or took out are gone when it ends).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gaitsmith.datasets import tables
from gaitsmith.datasets.curves import Curves
from gaitsmith.errors import FormatError, GaitsmithError, check_in, did_you_mean
from gaitsmith.recording import Recording

if TYPE_CHECKING:
    import pandas as pd

    from gaitsmith.datasets.splits import Splits

__all__ = ["Damage", "Store"]


@dataclass(frozen=True)
class Damage:
    """One thing that is wrong with a store."""

    id: str
    problem: str


class Store:
    """A prepared collection, opened for reading.

    Parameters
    ----------
    path
        Its folder.

    Raises
    ------
    GaitsmithError
        Where there is none, or it has another layout.

    Examples
    --------
    >>> store = Store("prepared")                                    # doctest: +SKIP
    >>> store.trials.query("set == 'lencioni2019' and speed > 1.5")  # doctest: +SKIP
    >>> store.read("voisard2023/1-4", streams=["imu_foot_r"], stop=10.0)  # doctest: +SKIP
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._load()

    def _load(self) -> None:
        # A writer may replace the tables between our reading of the manifest and of them.
        for attempt in range(5):
            self._facts = tables.manifest(self.path)
            try:
                self._tables = {n: tables.rows(self.path, self._facts, n) for n in tables.TABLES}
                break
            except FormatError:
                if attempt == 4 or tables.manifest(self.path) == self._facts:
                    raise
                time.sleep(0.05)
        self._trials = {row["id"]: row for row in self._tables["trials"]}

    # --- what is in it -------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        """How often the collection was committed to."""
        return int(self._facts["revision"])

    @property
    def digest(self) -> str:
        """SHA-256 of what the collection holds; the same whatever the order it was prepared in."""
        return str(self._facts["digest"])

    @property
    def sets(self) -> dict[str, dict[str, Any]]:
        """By name: title, source, cite, licence, derived, loader version, whether complete."""
        return {k: dict(v) for k, v in self._facts["sets"].items()}

    def _frame(self, name: str) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame(self._tables[name], columns=list(tables.TABLES[name]))

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One row a trial (columns: ``tables.TABLES["trials"]``)."""
        return self._frame("trials")

    @cached_property
    def people(self) -> pd.DataFrame:
        """One row a person."""
        return self._frame("people")

    @cached_property
    def exclusions(self) -> pd.DataFrame:
        """One row for each thing that was left out, with its reason."""
        return self._frame("exclusions")

    def __len__(self) -> int:
        return len(self._trials)

    def __iter__(self) -> Iterator[str]:
        return iter(self._trials)

    def __contains__(self, trial: object) -> bool:
        return trial in self._trials

    def __repr__(self) -> str:
        people = len(self._tables["people"])
        return f"<Store {str(self.path)!r}: {len(self)} trials of {people} people, revision {self.revision}>"

    # --- reading -------------------------------------------------------------------------------

    def row(self, trial: str) -> dict[str, Any]:
        """The row of a trial.

        Raises
        ------
        GaitsmithError
            With the nearest name, where there is none.
        """
        if trial not in self._trials:
            raise GaitsmithError("the store has no such trial", file=self.path, found=trial,
                                 expected="set/trial, as in store.trials",
                                 remedy=did_you_mean(trial, self._trials) or None)  # fmt: skip
        return dict(self._trials[trial])

    def read(
        self, trial: str, *, streams: Sequence[str] | None = None,
        start: float | None = None, stop: float | None = None,
    ) -> Recording | Curves:  # fmt: skip
        """A trial; of a recording only the streams (names or kinds) and times (s) asked for.

        Raises
        ------
        GaitsmithError
            Where there is no such trial or it is damaged.
        """
        from gaitsmith.datasets.arrays import take

        return take(self.path, self.row(trial)["path"], streams=streams, start=start, stop=stop)

    def recording(self, trial: str, **part: Any) -> Recording:
        """A trial that is a recording.

        Raises
        ------
        GaitsmithError
            Where it is not one.
        """
        content = self.read(trial, **part)
        if not isinstance(content, Recording):
            raise GaitsmithError("this trial is no recording but curves", found=trial,
                                 remedy="use store.curves")  # fmt: skip
        return content

    def curves(self, trial: str) -> Curves:
        """A trial that is curves over a normalised span.

        Raises
        ------
        GaitsmithError
            Where it is not one.
        """
        content = self.read(trial)
        if not isinstance(content, Curves):
            raise GaitsmithError("this trial is no curves but a recording", found=trial,
                                 remedy="use store.recording")  # fmt: skip
        return content

    def ids(self, **wanted: Any) -> list[str]:
        """Ids of the trials whose columns have these values (a list means: any of them).

        Examples
        --------
        >>> store.ids(set="lencioni2019", kind="recording", task="walking")  # doctest: +SKIP
        """
        for column in wanted:
            check_in("column", column, tables.TABLES["trials"])
        allowed = {
            k: set(v) if isinstance(v, (list, tuple, set, frozenset)) else {v}
            for k, v in wanted.items()
        }
        return [i for i, r in self._trials.items() if all(r[k] in v for k, v in allowed.items())]

    # --- splits and checks ---------------------------------------------------------------------

    def splits(
        self, *, kind: str = "folds", k: int = 5, seed: int = 0,
        sets: str | Sequence[str] | None = None, save: bool = True,
    ) -> Splits:  # fmt: skip
        """People in `k` folds, the same for the same seed; saved with the store.

        See :mod:`gaitsmith.datasets.splits`.
        """
        from gaitsmith.datasets.splits import splits

        return splits(self, kind=kind, k=k, seed=seed, sets=sets, save=save)

    def check(self, progress: Callable[[int, int], None] | None = None) -> list[Damage]:
        """Read every trial and compare its SHA-256 with its row; an empty list: all is well."""
        out: list[Damage] = []
        total = len(self._trials)
        for i, (trial, row) in enumerate(self._trials.items()):
            try:
                if self.read(trial).digest() != row["digest"]:
                    out.append(Damage(trial, "its content is not what was written"))
            except GaitsmithError as error:
                out.append(Damage(trial, f"{error.problem}: {error.found}"))
            if progress is not None:
                progress(i + 1, total)
        if tables.content_digest(self._tables["trials"]) != self.digest:
            out.append(Damage("", "the digest of the whole does not fit the trials"))
        people = {row["person"] for row in self._tables["people"]}
        out += [Damage(t, f"its person {r['person']} has no row") for t, r in self._trials.items()
                if r["person"] not in people]  # fmt: skip
        return out

    def size(self) -> int:
        """Bytes on disk."""
        return sum(p.stat().st_size for p in self.path.rglob("*") if p.is_file())
