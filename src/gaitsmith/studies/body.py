"""What is claimed of the body, measured: one command prints every figure beside what was asked.

``gaitsmith benchmark body`` (or ``python -m gaitsmith.studies.body --data DIR [--json FILE]``). The
comparisons with OpenSim's and MuJoCo's own programs need those packages and say so where they are
absent. Sets whose licence allows measuring only are printed, never written down.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError, MissingInputError, check_in
from gaitsmith.studies.body_moments import (
    MODELS,
    Seconds,
    file_of,
    laboratories,
    norms,
    references,
    rounded,
    sets_in,
)
from gaitsmith.studies.command import command
from gaitsmith.studies.events import Part, Result
from gaitsmith.studies.events import format as as_text

if TYPE_CHECKING:
    from gaitsmith.body import Body

__all__ = ["MODELS", "format", "main", "parts", "run"]

Array = npt.NDArray[np.float64]

_IK = "ik"
#: A work that took this long (s) is not run again.
_PATIENCE_S = 5.0


def parts() -> tuple[Part, ...]:
    """The parts measured here; ``ik`` is measured by ``body_ik`` where that module is."""
    return (
        Part("osim", "Models and motion against OpenSim's own program",
             "positions within 2 mm, mass equal, net force within 1 % of body weight", _osim),
        Part("mujoco", "Positions and inverse dynamics against MuJoCo, in random motion",
             "to numerical precision", _mujoco),
        Part("moments", "Joint moments with the set's own model and forces against those it ships",
             "hip, knee and ankle flexion within 3 N·m RMS", references),
        Part("norms", "Joint moments of the report over stance against Bovi et al. 2011 at the same speed",
             "plausible: within the spread of people", norms),
        Part("laboratories", "Joint moments of the report from markers and plates against the file's own",
             "stated", laboratories),
        Part("speed", "Time on one core", "inverse dynamics of 20 s under 0.2 s; inverse kinematics of 20 s "
             "at 100 Hz and 23 degrees of freedom under 10 s, and not slower than OpenSim's tool", _speed),
        Part("walkers", "Virtual walkers: what holds exactly, and their time",
             "round trip within 1° RMS; ΣF = m(a - g) to 1e-6 N; a standing foot reads exactly 1 g; mirrored walkers "
             "give mirrored everything; 1,000 strides with all streams under 30 s", _walkers),
    )  # fmt: skip


def run(data: Path, only: Iterable[str] | None = None) -> dict[str, Any]:
    """Every part (or those named) on the recordings below `data`, as plain values.

    Raises
    ------
    GaitsmithError
        Where the folder is absent, or a part's name is unknown.
    """
    if not data.is_dir():
        raise GaitsmithError("the folder of recordings is absent", file=data,
                             remedy="name it with --data")  # fmt: skip
    own = {part.name: part for part in parts()}
    names = (*own, _IK)
    chosen = names if only is None else [check_in("part", n, names) for n in only]
    out: dict[str, Any] = {}
    for name in chosen:
        if name == _IK:
            if find_spec("gaitsmith.studies.body_ik") is not None:
                out[name] = import_module("gaitsmith.studies.body_ik").run(data)
            continue
        result = own[name].run(data)
        out[name] = {"title": own[name].title, "asked": own[name].asked, "rows": result.rows,
                     "summary": result.summary, "words": result.words}  # fmt: skip
    return out


def format(result: dict[str, Any]) -> str:
    """The result of :func:`run` as text."""
    text = as_text({k: v for k, v in result.items() if k != _IK})
    if _IK in result:
        text += "\n" + str(import_module("gaitsmith.studies.body_ik").format(result[_IK]))
    return text


# --- other programs ----------------------------------------------------------------------------


def _osim(data: Path) -> Result:
    if find_spec("opensim") is None:
        return Result(words=["The package opensim is not installed."])
    from gaitsmith.studies import body_opensim

    rows = []
    for name, folder in sets_in(data).items():
        model, motion, _ = MODELS[name]
        found = body_opensim.compare(file_of(folder, model), file_of(folder, motion))
        rows.append({"set": name, "positions mm": rounded(1e3 * found.position, 6),
                     "mass differs kg": rounded(found.mass, 9), "net force %BW": rounded(100 * found.force, 4),
                     "instants": found.instants})  # fmt: skip
    return Result(rows=rows, words=[
        "Largest difference of any segment's origin and of the net force over the instants. Both programs get "
        "the same coordinates, speeds and accelerations. Where a knee turns about three axes by one coordinate, "
        "OpenSim leaves out a small acceleration."])  # fmt: skip


def _mujoco(data: Path) -> Result:
    if find_spec("mujoco") is None:
        return Result(words=["The package mujoco is not installed."])
    from gaitsmith.body import (
        Simulation,
        generic_body,
        inverse_dynamics,
        net_wrench,
        read_osim,
        to_mjcf,
    )
    from gaitsmith.body.motion import move

    bodies: dict[str, Body] = {"generic body": generic_body(1.75, 70.0)}
    for name, folder in sets_in(data).items():
        bodies[name] = read_osim(file_of(folder, MODELS[name][0]))
    rows, rng = [], np.random.default_rng(0)
    for name, body in bodies.items():
        shape = (20, len(body.coordinates))
        q, qd, qdd = (rng.normal(0, s, shape) for s in (0.3, 2.0, 20.0))
        motion = move(body, np.arange(20) / 100, q, qd, qdd)
        document = to_mjcf(body)
        simulation = Simulation.of(document)
        _, origin = simulation.place(motion.pose.values)
        theirs, ours = simulation.inverse(motion), inverse_dynamics(motion).generalised
        force = body.mass * (motion.mass_centre_acceleration() - np.array(body.gravity))
        rows.append({
            "body": name, "positions m": f"{np.abs(origin - motion.pose.origin).max():.1e}",
            "moments N·m": f"{np.abs(theirs - ours).max():.1e}",
            "largest moment N·m": rounded(np.abs(ours).max(), 0),
            "ΣF - m(a - g) N": f"{np.abs(net_wrench(motion).force - force).max():.1e}",
            "said of the model": sum("rigid body" in n.words for n in document.notes),
        })  # fmt: skip
    return Result(rows=rows, words=["'said of the model' counts inertias that no rigid body has: MuJoCo refuses "
                                    "them, so that they are replaced there by their mean."])  # fmt: skip


def _walkers(_: Path) -> Result:
    from gaitsmith.studies.body_walker import walkers

    return walkers()


# --- time --------------------------------------------------------------------------------------


def _best(work: Callable[[], object], times: int = 3) -> Seconds:
    """Of the fastest of some runs: other programs on the machine only slow."""
    found: list[Seconds] = []
    while len(found) < times and sum(s.clock for s in found) < _PATIENCE_S:
        clock, processor = time.perf_counter(), time.process_time()
        work()
        found.append(Seconds(time.process_time() - processor, time.perf_counter() - clock))
    return min(found)


def _speed(data: Path) -> Result:
    from gaitsmith.body import fit, generic_body, inverse_dynamics, moving, place, read_osim
    from gaitsmith.recording import Stream

    result = Result(words=[
        "Seconds of processor, the least of up to three runs, since a clock also counts what else a machine does; that "
        "of the same run on the clock beside. OpenSim's tool gets the model loaded and all markers at weight 1, as ours."])  # fmt: skip
    folders = sets_in(data)
    body = read_osim(file_of(folders["gait2392"], MODELS["gait2392"][0])) if "gait2392" in folders else generic_body(arms=False)  # fmt: skip
    t = np.arange(2000) / 100
    turning = [c.rotational for c in body.coordinates]
    middle = [np.clip(0.0, *c.range) if c.rotational else c.rest for c in body.coordinates]
    size = [min(0.25, 0.4 * (c.range[1] - c.range[0])) if c.rotational else 0.02 for c in body.coordinates]  # fmt: skip
    phase = np.arange(len(middle))
    values = np.array(middle) + np.array(size) * np.sin(2 * np.pi * 0.9 * t[:, None] + phase)
    values = np.clip(values, [c.range[0] for c in body.coordinates], [c.range[1] for c in body.coordinates])  # fmt: skip
    shown = values * np.where(turning, 180 / np.pi, 1.0) * body.signs
    names = tuple(body.canonical[c.name] for c in body.coordinates)
    angles = Stream("angles", shown, names, rate=100.0)
    seconds = _best(lambda: inverse_dynamics(moving(body, angles)))
    result.rows.append({"what": f"inverse dynamics, 20 s at 100 Hz, {len(names)} coordinates",
                        **_shown(seconds, 3), "asked": 0.2})  # fmt: skip
    if body.markers:
        seen = place(body, values).spots(body.markers.values())
        seen = seen + np.random.default_rng(0).normal(0, 0.003, seen.shape)
        points = Stream("points", seen, tuple(body.markers), rate=100.0)
        seconds = _best(lambda: fit(body, points), 2)
        result.rows.append({"what": f"inverse kinematics, 20 s at 100 Hz, {len(names)} coordinates, "
                                    f"{len(body.markers)} markers", **_shown(seconds), "asked": 10.0})  # fmt: skip
    if find_spec("opensim") is None:
        result.words.append("The package opensim is not installed: its tool was not timed.")
        return result
    from gaitsmith.studies import body_opensim

    for name, file in (("moco_walking", "markers_walk.trc"), ("gait2392", "subject01_walk1.trc")):
        if name not in folders:
            continue
        try:
            row = body_opensim.race(file_of(folders[name], MODELS[name][0]), file_of(folders[name], file), _best)  # fmt: skip
        except MissingInputError as error:
            result.words.append(f"{name}: {error.problem}")
            continue
        result.rows.append({"what": f"inverse kinematics of {name}, {row.frames} frames, {row.markers} markers",
                            **_shown(row.ours), "asked": rounded(row.theirs.processor), "OpenSim": rounded(row.theirs.processor),
                            "OpenSim on the clock": rounded(row.theirs.clock), "RMS difference °": rounded(row.differ)})  # fmt: skip
    return result


def _shown(seconds: Seconds, digits: int = 2) -> dict[str, Any]:
    return {"seconds": rounded(seconds.processor, digits), "on the clock": rounded(seconds.clock, digits)}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of this module; returns the exit code."""
    return command(__doc__, run, format, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
