"""OpenSim's own program beside ours, on one model: positions, mass, net force, inverse kinematics."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gaitsmith import formats
from gaitsmith.body import Body, fit, moving, net_wrench, read_osim
from gaitsmith.body.markers import matched_markers
from gaitsmith.errors import MissingInputError
from gaitsmith.formats.sources import open_source
from gaitsmith.recording import Stream
from gaitsmith.studies.body_moments import Seconds
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["Differences", "Race", "compare", "race"]

_INSTANTS = 25


@dataclass(frozen=True)
class Differences:
    """Largest differences: segment origins (m), mass (kg), net force (body weights)."""

    position: float
    mass: float
    force: float
    instants: int


@dataclass(frozen=True)
class Race:
    """What both programs take for one inverse kinematics, and how far their angles differ (°, RMS)."""

    ours: Seconds
    theirs: Seconds
    frames: int
    markers: int
    differ: float


def _package() -> Any:
    import opensim  # type: ignore[import-not-found,unused-ignore]

    opensim.Logger.removeFileSink()
    opensim.Logger.setLevelString("off")
    return opensim


def _loaded(opensim: Any, model: Path, folder: str) -> Any:
    path = Path(folder) / "model.osim"
    path.write_bytes(open_source(model).data)
    return opensim.Model(str(path))


@contextmanager
def _silent() -> Iterator[None]:
    """Nothing on the standard output: the tool prints the model, past Python."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def compare(model: Path, motion: Path) -> Differences:
    """Positions, mass and net force of a motion, by both."""
    opensim, body = _package(), read_osim(model)
    angles = formats.read(motion).angles
    if angles is None:
        raise MissingInputError("the motion has no angles", file=motion)
    moved = moving(body, angles)
    ours = net_wrench(moved).force
    with tempfile.TemporaryDirectory() as folder:
        theirs = _loaded(opensim, model, folder)
        state = theirs.initSystem()
        for i in range(theirs.getForceSet().getSize()):
            theirs.getForceSet().get(i).setAppliesForce(state, False)
        solver = opensim.InverseDynamicsSolver(theirs)
        order = [n.split("/")[-2] for n in list(opensim.createStateVariableNamesInSystemOrder(theirs))
                 if n.endswith("/value")]  # fmt: skip
        position = force = 0.0
        chosen = np.unique(np.linspace(0, len(moved.times) - 1, _INSTANTS).astype(int))
        for i in chosen:
            _set(theirs, state, body, moved.pose.values[i], moved.speed[i])
            theirs.realizeVelocity(state)
            for n, segment in enumerate(body.segments):
                at = theirs.getBodySet().get(segment.name).getPositionInGround(state)
                off = moved.pose.origin[n, i] - [at.get(k) for k in range(3)]
                position = max(position, float(np.linalg.norm(off)))
            rates = opensim.Vector(len(order), 0.0)
            for n, c in enumerate(body.coordinates):
                rates.set(order.index(c.name), float(moved.acceleration[i, n]))
            found = solver.solve(state, rates)
            net = [found.get(order.index(f"pelvis_t{x}")) for x in "xyz"]
            force = max(force, float(np.abs(ours[i] - net).max()))
        mass = abs(theirs.getTotalMass(state) - body.mass)
    return Differences(position, mass, force / (body.mass * STANDARD_GRAVITY), len(chosen))


def _set(theirs: Any, state: Any, body: Body, values: Any, speed: Any) -> None:
    for n, c in enumerate(body.coordinates):
        coordinate = theirs.getCoordinateSet().get(c.name)
        coordinate.setLocked(state, False)
        coordinate.setValue(state, float(values[n]), False)
        coordinate.setSpeedValue(state, float(speed[n]))


def race(model: Path, markers: Path, timed: Callable[[Callable[[], object]], Seconds]) -> Race:
    """The same markers fitted by ``InverseKinematicsTool`` and by ``fit``, all with weight 1."""
    opensim, body = _package(), read_osim(model)
    points = formats.read(markers).points
    if points is None:
        raise MissingInputError("the file has no points", file=markers)
    labels = [x for x in points.labels if x in body.markers and x in matched_markers(body, points.labels)]  # fmt: skip
    if len(labels) < 6:
        raise MissingInputError("the model has not the markers of the file", file=markers)
    points = points.select(labels)
    weights = dict.fromkeys(labels, 1.0)
    ours = fit(body, points, weights=weights).angles(points.rate)
    seconds = timed(lambda: fit(body, points, weights=weights))
    with tempfile.TemporaryDirectory() as folder:
        from gaitsmith.recording import Recording

        trc, out = Path(folder) / "markers.trc", Path(folder) / "ik.mot"
        Recording(streams={"points": points}).write(trc)
        theirs = _loaded(opensim, model, folder)
        theirs.initSystem()
        tool = opensim.InverseKinematicsTool()
        tool.setModel(theirs)
        tool.setMarkerDataFileName(str(trc))
        tool.setStartTime(points.start)
        tool.setEndTime(points.end)
        tool.setOutputMotionFileName(str(out))
        tool.setResultsDir(folder)
        tool.set_report_errors(False)
        tasks = tool.getIKTaskSet()
        for label in labels:
            task = opensim.IKMarkerTask()
            task.setName(label)
            task.setApply(True)
            task.setWeight(1.0)
            tasks.cloneAndAppend(task)
        with _silent():
            other = timed(tool.run)
        found = formats.read(out).angles
    return Race(seconds, other, len(points), len(labels), _differ(ours, found))


def _differ(ours: Stream, theirs: Stream | None) -> float:
    """RMS (degrees) over hip flexion, knee and ankle of both sides."""
    if theirs is None:
        return float("nan")
    off = []
    for stem in ("hip_flexion", "knee_angle", "ankle_angle"):
        for side in ("r", "l"):
            name = f"{stem}_{side}"
            if name in ours and name in theirs:
                off.append(ours[name] - np.interp(ours.times, theirs.times, theirs[name]))
    return float(np.sqrt(np.nanmean(np.square(off)))) if off else float("nan")
