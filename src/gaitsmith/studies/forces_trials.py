"""Trials that the generative model learns from and is scored on: real walks and virtual people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gaitsmith.body import generic_body
from gaitsmith.models.forces.state import COLUMNS, mirrored
from gaitsmith.models.forces.task import Trial
from gaitsmith.models.forces.walk_state import WalkState, state_of
from gaitsmith.recording import Recording
from gaitsmith.studies.forces_data import Measured, measured, walks
from gaitsmith.virtual.people import people
from gaitsmith.virtual.walk import walker

__all__ = [
    "HELD",
    "REAL",
    "held_people",
    "real_trials",
    "trial_of",
    "virtual_people",
    "virtual_trials",
    "virtual_walk",
]

Array = npt.NDArray[np.float64]
REAL = ("lencioni2019", "mcgill_children")
#: Of the sorted people of each set every so many-th is held out for scoring.
HELD = {"lencioni2019": 3, "mcgill_children": 4}
#: Speeds of virtual people (m/s): three walks and a run each.
_WALKS, _RUNS = (0.7, 1.9), (2.8, 5.0)
_FIRST = {s: COLUMNS.index(f"force_{s}_forward") for s in ("r", "l")}
Progress = Callable[[str], None]


def _silent(_: str) -> None:
    """Nobody is watching."""


def held_people(names: Sequence[str], name: str) -> list[str]:
    """The people of a set that are never learnt from."""
    return sorted(set(names))[:: HELD[name]]


def trial_of(m: Measured) -> tuple[Trial, WalkState]:
    """A measured walk as a trial, over its continued clock."""
    made = state_of(m.walk)
    state, net = made.state.copy(), made.net
    told = np.tile(made.known, (len(state), 1))
    for s, first in _FIRST.items():
        at = slice(first, first + 6)
        told[:, at] = False
        if f"foot_{s}" in m.forces:
            state[:, at], inside = made.kinetics(m.walk, m.forces, f"foot_{s}")
            told[:, at] = inside[:, None]
    if m.set == "lencioni2019" and m.scored.any():
        _repeated(m, made, state, told)
    trial = Trial(
        m.set, f"{m.set}/{m.person}", state.astype(np.float32), told, net.astype(np.float32)
    )
    return trial, made


def _repeated(m: Measured, made: WalkState, state: Array, told: npt.NDArray[np.bool_]) -> None:
    """A single measured stance stands for that foot's every stance; mirrored half a stride later, as a
    guess, for the other foot's (changes `state` and `told`).
    """
    st = m.stances[int(np.flatnonzero(m.scored)[0])]
    own, other = st.side[0], "l" if st.side == "right" else "r"
    here = slice(_FIRST[own], _FIRST[own] + 6)
    late = np.mod(made.times - st.strike, st.stride_s)
    stance = late <= st.off - st.strike

    def over(x: Array, after: Array) -> Array:
        return np.column_stack([np.interp(st.strike + after, made.times, c) for c in x.T])

    kin = np.where(stance[:, None], over(state[:, here], late), 0.0)
    half = np.mod(late + 0.5 * st.stride_s, st.stride_s)
    far = np.where((half <= st.off - st.strike)[:, None], over(state[:, here], half), 0.0)
    state[:, here], told[:, here] = kin, True
    guess = np.zeros_like(state)
    guess[:, here] = far
    there = slice(_FIRST[other], _FIRST[other] + 6)
    state[:, there] = mirrored(guess)[:, there]


def real_trials(data: Path, names: Sequence[str] = REAL, say: Progress = _silent) -> list[Trial]:
    """All walks of the sets, with the plates' events told."""
    out = []
    for name in names:
        say(f"reading {name}")
        out += [trial_of(m)[0] for m in walks(data, name, given=True) if m.scored.any()]
    return out


def virtual_people(count: int, seed: int = 0, *, seconds: float = 3.5, runs: bool = True, say: Progress = _silent) -> list[Measured]:  # fmt: skip
    """Virtual people at two walking speeds each, every other one at a run too, with all forces."""
    rng = np.random.default_rng([seed, 16])
    out = []
    for i, person in enumerate(people(count, seed=seed)):
        say(f"virtual person {i + 1} of {count}")
        speeds = [float(v) for v in rng.uniform(*_WALKS, 2)]
        if runs and i % 2:
            speeds.append(float(rng.uniform(*_RUNS)))
        for v in speeds:
            out.append(virtual_walk(person, v, seconds, seed=1000 * seed + i))
    return out


def virtual_walk(person: object, speed: float, seconds: float, seed: int = 0) -> Measured:
    """One virtual walk or run on a belt, its truth beside it."""
    w = walker(person, speed, seconds, treadmill=True, seed=seed)  # type: ignore[arg-type]
    bare = Recording(
        w.subject, {k: w[k] for k in ("angles", "forces")}, w.events, name=f"{speed:.2f}"
    )
    assert w.subject.height is not None
    body = generic_body(w.subject.height, w.subject.mass)
    return measured(bare, "virtual", f"{seed}-{speed:.2f}", f"v{seed}", given=True, body=body)


def virtual_trials(count: int, seed: int = 0, say: Progress = _silent) -> list[Trial]:
    """Trials of virtual people."""
    return [trial_of(m)[0] for m in virtual_people(count, seed, say=say)]
