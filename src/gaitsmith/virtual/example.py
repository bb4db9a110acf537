"""The embedded example: a virtual walker as a laboratory would record one, with or without a stiff knee."""

from __future__ import annotations

from typing import Literal

from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Recording

__all__ = ["example"]

# A full stiff knee still bends to two thirds of the other: the example's is somewhat stiffer.
_STIFF = 1.2


def example(
    *,
    seconds: float = 12.0,
    speed: float = 1.25,
    height: float = 1.72,
    mass: float = 68.0,
    rate_hz: float = 100.0,
    stiff_knee: Literal["left", "right"] | None = None,
    seed: int = 7,
) -> Recording:
    """A walk on a straight path: angles, positions, forces and events.

    It is what :func:`gaitsmith.virtual.walker` makes of a person with a style of their own, with the
    streams that a laboratory records; moments and the rest follow in an analysis.

    Parameters
    ----------
    seconds
        Length (s), 2 to 600.
    speed
        m/s.
    height, mass
        m and kg.
    rate_hz
        Sampling rate (Hz).
    stiff_knee
        ``"left"`` or ``"right"``: that knee bends too little in swing.
    seed
        Of the person's style and of all variation.

    Returns
    -------
    Recording
        Streams ``angles``, ``points``, ``forces`` (``foot_r``, ``foot_l``); strikes and offs with
        the source ``"virtual"``.
    """
    from gaitsmith.virtual.faults import Fault
    from gaitsmith.virtual.people import people
    from gaitsmith.virtual.walk import walker

    if not 2 <= seconds <= 600:
        raise GaitsmithError("not a length for an example", place="argument seconds", found=seconds,
                             expected="2 to 600 s")  # fmt: skip
    person = people(1, seed)[0].changed(id="virtual walker", age=35.0, height=height, mass=mass)
    faults = [] if stiff_knee is None else [Fault("stiff_knee", stiff_knee, _STIFF)]
    walk = walker(person, speed, seconds, rate_hz=rate_hz, seed=seed, faults=faults)
    return walk.select("angles", "points", "forces").replace(name="virtual walker")
