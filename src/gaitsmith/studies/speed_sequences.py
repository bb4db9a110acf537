"""Thirty seconds of walking of each person at each speed, from a prepared store of any set.

A recording gives one row where it walks at one speed throughout, and one for each plateau of the
belt where it changes (``attrs["belt_speed"]`` of the angles, as Camargo 2021 has them). The speed is
the trial's own, else the belt's, else measured from the feet. Where there are markers and no angles
(Fukuchi 2018) the angles are fitted to them first. What cannot be used is named with its reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError, MissingInputError, check_in
from gaitsmith.models.speed.sequences import LABELS, RATE_HZ, SAMPLES, Sequences, from_recording
from gaitsmith.recording import Recording

if TYPE_CHECKING:
    from gaitsmith.datasets import Store

__all__ = ["Found", "divided", "sequences", "walks"]

Array = npt.NDArray[np.float64]

#: A gap (s) up to which missing angles are drawn as a line.
_SHORT_GAP = 0.1
# A plateau may lack this much (s) of the length: the last sample and the belt's settling.
_LACKING = 0.06


@dataclass(frozen=True)
class Found:
    """What a store has.

    Attributes
    ----------
    sequences
        Person (``set/person``), speed and angles of each row.
    trials
        The trial of each row.
    skipped
        Trial -> why nothing of it is used.
    """

    sequences: Sequences
    trials: tuple[str, ...]
    skipped: dict[str, str]


def sequences(
    data: Path, sets: Sequence[str] = (), *, samples: int = SAMPLES,
    people: Sequence[str] | None = None, progress: Callable[[int, int], None] | None = None,
) -> Found:  # fmt: skip
    """All rows of a store (of some sets, of some people).

    Raises
    ------
    MissingInputError
        Where there is no walk that long with six sagittal angles and a speed.
    """
    rows: list[tuple[str, str, float, Array]] = []
    skipped: dict[str, str] = {}
    store = _store(data)
    for trial, person in _trials(store, sets, people, progress):
        try:
            found = [(person, v, a) for v, a in walks(store.recording(trial), _speed(store, trial), samples)]  # fmt: skip
        except GaitsmithError as error:
            skipped[trial] = str(error).splitlines()[0]
            continue
        rows += [(trial, *r) for r in found]
    if not rows:
        why = "; ".join(dict.fromkeys(skipped.values())) or "no recordings of walking"
        raise MissingInputError(
            f"no walk of {samples / RATE_HZ:g} s with hip, knee and ankle of both legs", file=data,
            found=why[:300], expected="recordings with angles (or markers) and a speed",
        )  # fmt: skip
    trials, who, speed, angles = zip(*rows, strict=True)
    made = Sequences(np.array(who), np.array(speed), np.stack(angles))
    return Found(made, tuple(trials), skipped)


def walks(recording: Recording, speed: float | None, samples: int = SAMPLES) -> list[tuple[float, Array]]:  # fmt: skip
    """Speed (m/s) and angles (time × 6, degrees, 20 Hz) of each steady stretch long enough.

    Raises
    ------
    GaitsmithError
        Which says why there is none.
    """
    plateaus = [] if recording.angles is None else recording.angles.attrs.get("belt_speed")
    if isinstance(plateaus, (list, tuple)) and plateaus:
        out = []
        for start, stop, v in plateaus:
            if stop - start >= samples / RATE_HZ - _LACKING and v > 0:
                part = recording.crop(start, stop)
                out.append((float(v), _angles(part, samples)))
        if not out:
            raise MissingInputError(f"no belt speed is kept for {samples / RATE_HZ:g} s")
        return out
    if recording.duration < samples / RATE_HZ - _LACKING:
        raise MissingInputError(f"shorter than {samples / RATE_HZ:g} s")
    if recording.angles is None:
        from gaitsmith.body import angles_for_report

        if recording.points is None:
            raise MissingInputError("neither joint angles nor markers")
        if speed is None:
            speed = _measured(recording)
        recording = angles_for_report(recording)
        if recording.angles is None:
            raise MissingInputError(next((n.words for n in reversed(recording.notes) if n.level == "refusal"), "no angles"))  # fmt: skip
    made = _angles(recording, samples)
    v = speed if speed is not None else _measured(recording)
    return [(v, made)]


def _angles(recording: Recording, samples: int) -> Array:
    stream = recording.angles
    assert stream is not None
    lacking = [x for x in LABELS if x not in stream.labels]
    if lacking:
        raise MissingInputError(f"no {', '.join(lacking)}")
    data = np.array(stream.select(list(LABELS)).data, dtype=np.float64)
    rate = stream.nominal_rate
    for column in data.T:
        _bridge(column, round(_SHORT_GAP * rate))
    # A stretch that lacks its last sample is held for it.
    if len(data) < samples / RATE_HZ * rate:
        data = np.concatenate([data, np.repeat(data[-1:], int(np.ceil(_LACKING * rate)), axis=0)])
    return from_recording(data, rate, samples)


def _bridge(column: Array, longest: int) -> None:
    """Lines through short gaps, in place.

    Raises
    ------
    MissingInputError
        Where a gap is longer.
    """
    gone = np.isnan(column)
    if not gone.any():
        return
    edges = np.flatnonzero(np.diff(np.concatenate([[0], gone.astype(int), [0]])))
    longest_found = int((edges[1::2] - edges[::2]).max())
    if longest_found > longest:
        raise MissingInputError("angles are missing for too long")
    at = np.arange(len(column))
    column[gone] = np.interp(at[gone], at[~gone], column[~gone])


def _measured(recording: Recording) -> float:
    from gaitsmith.models.speed.api import measured_speed

    found = measured_speed(recording)
    if found is None:
        raise MissingInputError("its speed is not known and cannot be measured")
    return found[0]


def _store(data: Path) -> Store:
    from gaitsmith.datasets import Store

    return Store(data)


def _speed(store: Store, trial: str) -> float | None:
    v = store.row(trial)["speed"]
    return None if v is None or not np.isfinite(v) else float(v)


def _trials(
    store: Store, sets: Sequence[str], people: Sequence[str] | None,
    progress: Callable[[int, int], None] | None,
) -> Iterator[tuple[str, str]]:  # fmt: skip
    wanted: dict[str, Any] = {"kind": "recording", "task": "walking", "use": ""}
    if sets:
        wanted["set"] = [check_in("set", s, list(store.sets)) for s in sets]
    if people is not None:
        wanted["person"] = list(people)
    found = store.ids(**wanted)
    for i, trial in enumerate(found):
        if progress is not None:
            progress(i, len(found))
        yield trial, str(store.row(trial)["person"])


def divided(people: Sequence[str], shares: tuple[int, int, int], seed: int) -> tuple[list[str], list[str], list[str]]:  # fmt: skip
    """People who train, who validate, who are kept for the end, in proportion to `shares`.

    Sorted by name, permuted by the seed; each group that has a share gets at least one person.

    Raises
    ------
    MissingInputError
        Where there are fewer people than groups.
    """
    names = sorted(set(people))
    groups = sum(s > 0 for s in shares)
    if len(names) < groups or shares[0] < 1:
        raise MissingInputError("too few people to divide", found=f"{len(names)} people",
                                expected=f"{groups} or more, some of them to train")  # fmt: skip
    order = [names[i] for i in np.random.default_rng(seed).permutation(len(names))]
    total = sum(shares)
    valid, test = (max(int(s > 0), round(len(names) * s / total)) for s in shares[1:])
    while valid + test >= len(names):
        valid, test = (valid - 1, test) if valid >= test else (valid, test - 1)
    cut = len(names) - valid - test
    return sorted(order[:cut]), sorted(order[cut : cut + valid]), sorted(order[cut + valid :])


def digest(found: Sequences) -> str:
    """First 16 hexadecimal digits of the SHA-256 of people, speeds and angles."""
    h = hashlib.sha256("|".join(found.person).encode())
    h.update(np.round(found.speed, 6).tobytes() + np.round(found.angles, 6).tobytes())
    return h.hexdigest()[:16]
