"""The published protocol on the people of a store: ``gaitsmith benchmark speed --data STORE --run RUN``.

The people that the run kept for the end walk 30 s at each speed of a grid; every ordered pair is
asked of the run's network and of every simple predictor, learnt from the run's training people. The
grid holds the published source speeds at which everybody walks (to 1 cm/s), or, where there are
fewer than four of those, up to six of the speeds that everybody has. Where people share no two speeds (belts set
to each one's own, as Fukuchi 2018 did, or speeds measured) the grid is each one's own slowest to fastest
walk, called by its mean speed; predictors are told the true ones. Several runs (diffusion, MLP,
TCN) stand in one table where they divided the same people alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import FormatError, GaitsmithError, MissingInputError
from gaitsmith.models.base import Model, open_model
from gaitsmith.models.speed.sequences import Sequences
from gaitsmith.studies.speed_protocol import GRID, evaluate, table
from gaitsmith.studies.speed_sequences import digest, sequences
from gaitsmith.studies.speed_virtual import predictors

__all__ = ["common_speeds", "grid", "run"]

_FEW, _MOST = 4, 6
# Walks of one person this near (m/s) are at one speed.
_APART = 0.05
# People at so many speeds tell the statistical models all that they can use.
_ENOUGH = 10
_PARTS = ("train", "valid", "test")


def _silent(_: str) -> None:
    """Nobody is watching."""


def run(data: Path, runs: Sequence[Path], say: Callable[[str], None] = _silent) -> dict[str, Any]:
    """The tables as plain values, as :mod:`gaitsmith.studies.speed_virtual` prints them.

    Raises
    ------
    GaitsmithError
        Where runs divided people differently or kept nobody, or people share no two speeds.
    """
    divided = [_people(r) for r in runs]
    if any(d != divided[0] for d in divided):
        raise GaitsmithError("the runs divided people differently", found=", ".join(map(str, runs)),
                             remedy="train them with the same sets, shares and seed under [data]")  # fmt: skip
    parts = divided[0]
    if not parts["test"]:
        raise MissingInputError("the run kept nobody for the end", file=runs[0],
                                remedy="train with test above 0 under [data]")  # fmt: skip
    models = {_name(r): open_model(r / "model") for r in runs}
    everybody = [p for k in _PARTS for p in parts[k]]
    found = sequences(data, people=everybody, samples=_samples(models)).sequences
    at, speeds, walked_at = grid(found)
    say(f"{len(parts['test'])} people at {', '.join(f'{v:g}' for v in speeds)} m/s")
    walked = np.unique(np.round(found.of(parts["train"]).speed, 2))
    known = predictors(found.of(parts["train"]), {n: r / "model" for n, r in zip(models, runs, strict=True)},
                       speeds=[float(v) for v in walked[:: max(1, len(walked) // _ENOUGH)]])  # fmt: skip
    scored = table(evaluate(known, at, parts["test"], speeds=speeds, walked=walked_at, say=say))
    title = "unseen people"
    return {
        title: scored, "people": {title: len(parts["test"])}, "ranked_among": {title: len(everybody)},
        "speeds": list(speeds), "each_ones_own_speeds": bool(walked_at), "data_digest": digest(found),
        "sha256": {n: m.digest()[:16] for n, m in models.items()},
    }  # fmt: skip


def grid(found: Sequences) -> tuple[Sequences, tuple[float, ...], dict[tuple[str, float], float]]:
    """One walk of each person at each speed of the grid, the grid, and the true speeds where they differ.

    Raises
    ------
    GaitsmithError
        Where somebody has fewer than two speeds.
    """
    try:
        speeds = common_speeds(found)
    except MissingInputError:
        return _own_speeds(found)
    return _at(found, speeds), speeds, {}


def _own_speeds(found: Sequences) -> tuple[Sequences, tuple[float, ...], dict[tuple[str, float], float]]:  # fmt: skip
    """As :func:`grid`: each person's own speeds, evenly from the slowest to the fastest."""
    rows = {p: _distinct(found, p) for p in found.people}
    fewest = min(rows, key=lambda p: len(rows[p]))
    count = min(_MOST, len(rows[fewest]))
    if count < 2:
        raise MissingInputError("people share no two speeds, and somebody has but one", place="sequences",
                                found=fewest, remedy="gaitsmith evaluate speed takes each person's own speeds")  # fmt: skip
    chosen = {p: r[np.unique(np.linspace(0, len(r) - 1, count).round().astype(int))] for p, r in rows.items()}  # fmt: skip
    means = np.mean([found.speed[r] for r in chosen.values()], axis=0)
    speeds = tuple(round(float(v), 2) for v in means)
    keep = np.concatenate(list(chosen.values()))
    made = Sequences(found.person[keep], np.tile(speeds, len(chosen)), found.angles[keep])
    true = {(p, v): float(found.speed[i]) for p, r in chosen.items() for v, i in zip(speeds, r, strict=True)}  # fmt: skip
    return made, speeds, true


def _distinct(found: Sequences, person: str) -> npt.NDArray[np.intp]:
    """Rows of a person, slowest first, none within :data:`_APART` of the one before."""
    rows = np.flatnonzero(found.person == person)
    rows = rows[np.argsort(found.speed[rows], kind="stable")]
    out = list[int]()
    for i in rows:
        if not out or found.speed[i] - found.speed[out[-1]] >= _APART:
            out.append(int(i))
    return np.array(out, dtype=np.intp)


def common_speeds(found: Sequences) -> tuple[float, ...]:
    """Speeds (m/s, rounded to 1 cm/s) at which everybody walks, at most six.

    Raises
    ------
    MissingInputError
        Where there are fewer than two.
    """
    each = [set(np.round(found.speed[found.person == p], 2)) for p in found.people]
    shared = sorted(float(v) for v in set.intersection(*each))
    if len(shared) < 2:
        raise MissingInputError("people share no two speeds", place="sequences", found=shared,
                                expected="two speeds at which everybody walks, or more",
                                remedy="gaitsmith evaluate speed takes each person's own speeds")  # fmt: skip
    published = [v for v in GRID if v in shared]
    if len(published) >= _FEW:
        return tuple(published)
    at = np.unique(np.linspace(0, len(shared) - 1, min(_MOST, len(shared))).round().astype(int))
    return tuple(shared[i] for i in at)


def _at(found: Sequences, speeds: Sequence[float]) -> Sequences:
    """One walk of each person at each of the speeds, which are rounded."""
    rounded = np.round(found.speed, 2)
    rows: dict[tuple[str, float], int] = {}
    for i, (p, v) in enumerate(zip(found.person, rounded, strict=True)):
        if float(v) in speeds:
            rows.setdefault((str(p), float(v)), i)
    keep = list(rows.values())
    return Sequences(found.person[keep], rounded[keep], found.angles[keep])


def _people(folder: Path) -> dict[str, list[str]]:
    try:
        facts = json.loads((folder / "people.json").read_text("utf-8"))
        return {k: [str(p) for p in facts[k]] for k in _PARTS}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FormatError("not a run that has ended", file=folder, found=str(error),
                          expected="a folder of gaitsmith train speed with people.json") from error  # fmt: skip


def _name(folder: Path) -> str:
    return folder.resolve().name


def _samples(models: dict[str, Model]) -> int:
    sizes = {int(m.config.to_dict()["samples"]) for m in models.values()}
    if len(sizes) > 1:
        raise GaitsmithError("the runs have sequences of different lengths", found=sorted(sizes))
    return sizes.pop()
