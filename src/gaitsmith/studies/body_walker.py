"""What holds exactly of virtual walkers, measured: round trip, physics, sensors, mirror; and their time."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from gaitsmith.studies.body_moments import rounded
from gaitsmith.studies.events import Result
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["walkers"]

#: Splines through a recording alone have forgotten its ends this far inside (samples).
_INNER = slice(40, -40)
_SEED, _PEOPLE, _SPEEDS, _SECONDS = 11, 3, (0.8, 1.25, 1.8), 5.0
_FITTED = ("hip_flexion", "knee_angle", "ankle_angle")
#: Walks of this length (s) are made until there are so many strides.
_LONG, _STRIDES = 60.0, 1000


def walkers() -> Result:
    """Rows of what was asked and the worst over some people and speeds."""
    from gaitsmith.virtual import people, walker

    worst: dict[str, float] = {}
    crowd = people(_PEOPLE, _SEED)
    for number, person in enumerate(crowd):
        for speed in _SPEEDS:
            walk = walker(person, speed, _SECONDS, seed=number)
            for name, value in _one(person, walk).items():
                worst[name] = max(value, worst.get(name, 0.0))
    asked = {"round trip °": 1.0, "ΣF - m(a - g) N": 1e-6, "mirrored ΣF - m(a - g) N": 1e-6,
             "mirrored points m": None, "mirrored sensors m/s², °/s": None}  # fmt: skip
    rows: list[dict[str, Any]] = [
        {"what": name, "worst": f"{value:.1e}" if value < 1e-3 else f"{value:.2f}", "asked": asked[name]}
        for name, value in worst.items()
    ]  # fmt: skip
    rows.append(
        {"what": "standing foot's sensor less 1 g, m/s²", "worst": f"{_still():.1e}", "asked": 0}
    )
    made, wall, processor = _timed(crowd[0])
    rows.append({"what": f"{made} strides with all streams, s of processor", "worst": rounded(processor, 1),
                 "asked": 30, "on the clock": rounded(wall, 1)})  # fmt: skip
    return Result(rows=rows, words=[
        f"Worst of {_PEOPLE} people at {', '.join(f'{s:g}' for s in _SPEEDS)} m/s. Round trip: angles to positions "
        "of landmarks and joint centres, those fitted again, RMS of hip flexion, knee and ankle; the subtalar "
        "joints are held, as wherever points are fitted. Mirrored: the mirrored recording's streams against those "
        f"of its own mirrored angles. The strides are those of walks of {_LONG:g} s of one person, made in one process; "
        "on the clock they take longer where the machine does other work."])  # fmt: skip


def _one(person: Any, walk: Any) -> dict[str, float]:
    from gaitsmith.body import generic_body, net_wrench, places
    from gaitsmith.body.kinematics import coordinate_values, place
    from gaitsmith.body.motion import moving
    from gaitsmith.body.sensors import virtual_imu
    from gaitsmith.body.solve import fit

    body = generic_body(person.height, person.mass, person.sex)
    few = walk["points"].at(slice(0, None, 10))
    held = dict.fromkeys(("subtalar_angle_r", "subtalar_angle_l"))
    solved = fit(body, few, places(body), hold=held).angles(few.rate)
    trip = [float(np.sqrt(np.nanmean((solved[f"{j}_{s}"] - walk["angles"][f"{j}_{s}"][::10]) ** 2)))
            for j in _FITTED for s in "rl"]  # fmt: skip
    out = {"round trip °": max(trip)}
    for words, one in (("", walk), ("mirrored ", walk.mirror())):
        motion = moving(body, one["angles"], cutoff_hz=None)
        total = one["forces"].data[:, :, :3].sum(axis=1)
        needed = body.mass * (motion.mass_centre_acceleration() + (0, STANDARD_GRAVITY, 0))
        out[f"{words}ΣF - m(a - g) N"] = float(max(
            np.abs(total - x)[_INNER].max() for x in (needed, net_wrench(motion).force)))  # fmt: skip
    pose = place(body, coordinate_values(body, one["angles"])[0])
    out["mirrored points m"] = max(
        float(np.abs(one["points"][n] - pose.spot(s)).max()) for n, s in places(body).items())  # fmt: skip
    read = virtual_imu(motion)
    there = one["imu"].select(read.labels).data
    out["mirrored sensors m/s², °/s"] = float(np.abs(read.data - there)[_INNER].max())
    return out


def _still() -> float:
    """How far the foot's sensor of a body that stands is from one g upwards and nothing else."""
    from gaitsmith.body import generic_body
    from gaitsmith.body.motion import move
    from gaitsmith.body.sensors import virtual_imu

    body = generic_body(1.75, 70.0)
    rest = np.tile([c.rest for c in body.coordinates], (20, 1))
    read = virtual_imu(move(body, np.arange(20) / 100, rest, 0 * rest, 0 * rest))
    return float(np.abs(read["foot_r"] - (0, STANDARD_GRAVITY, 0, 0, 0, 0)).max())


def _timed(person: Any) -> tuple[int, float, float]:
    """Strides made, seconds, and seconds of processor."""
    from gaitsmith.virtual import walker

    made, wall, processor = 0, time.perf_counter(), time.process_time()
    while made < _STRIDES:
        walk = walker(person, 1.25, _LONG, seed=made)
        made += sum(len(walk.events.times("strike", s)) - 1 for s in ("right", "left"))
    return made, time.perf_counter() - wall, time.process_time() - processor
