"""What is claimed of the body, measured: one command prints every figure beside what was asked.

``gaitsmith benchmark body`` (or ``python -m gaitsmith.studies.body --data DIR [--json FILE]``). The
comparisons with OpenSim's and MuJoCo's own programs need those packages and say so where they are
absent. Sets whose licence allows measuring only are printed, never written down.
"""

from __future__ import annotations

import gzip
import math
import time
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError, MissingInputError, check_in
from gaitsmith.recording import Recording
from gaitsmith.studies import walks
from gaitsmith.studies.command import command
from gaitsmith.studies.events import Part, Result
from gaitsmith.studies.events import format as as_text

if TYPE_CHECKING:
    from gaitsmith.body import Body

__all__ = ["MODELS", "format", "main", "parts", "run"]

Array = npt.NDArray[np.float64]

#: Model, motion and forces of the sets that have them.
MODELS: dict[str, tuple[str, str, str]] = {
    "moco_walking": ("subject_walk_scaled.osim.gz", "coordinates.sto.gz", "grf_walk.mot"),
    "gait2392": ("subject01_simbody.osim.gz", "subject01_walk1_ik.mot", "subject01_walk1_grf.mot"),
    "rajagopal_walking": ("subject4_scaled.osim.gz", "walking1_ik.mot", "walking1_grf.mot"),
    "hamner_running": ("subject02_scaled.osim.gz", "subject02_running_ik.mot", "subject02_running_grf.mot"),
    "wbds01": ("GenericScaledModel_sample.osim.gz", "WBDS01walkT01_ik_sample.mot", "WBDS01walkT01_grf_first6s.mot"),
}  # fmt: skip
#: Moments that ship with a set: file, and sign of its knee.
_REFERENCES = {
    "moco_walking": ("id_walk.sto.gz", 1.0),
    "gait2392": ("InverseDynamicsOutput.sto", -1.0),
}
_FLEXION = ("hip_flexion", "knee_angle", "ankle_angle")
#: What is compared with norms and laboratories, and how its columns are headed.
_SHOWN = {"hip_flexion": "hip flex", "knee_angle": "knee flex", "ankle_angle": "ankle",
          "hip_adduction": "hip add", "knee_adduction": "knee add"}  # fmt: skip
#: Speeds (m/s) from the sets' README.
_SPEED = {"moco_walking": 1.243, "gait2392": 1.13, "rajagopal_walking": 1.29, "wbds01": 0.49}
_MASS = {"moco_walking": 85.27, "gait2392": 72.60, "rajagopal_walking": 62.60, "wbds01": 74.30}
_WBDS = "WBDS01walkT01.c3d"
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
             "hip, knee and ankle flexion within 3 N·m RMS", _references),
        Part("norms", "Joint moments of the report over stance against Bovi et al. 2011 at the same speed",
             "plausible: within the spread of people", _norms),
        Part("laboratories", "Joint moments of the report from markers and plates against the file's own",
             "stated", _laboratories),
        Part("speed", "Time on one core", "inverse dynamics of 20 s under 0.2 s; inverse kinematics of 20 s "
             "at 100 Hz and 23 degrees of freedom under 10 s, and not slower than OpenSim's tool", _speed),
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


def _there(data: Path) -> dict[str, Path]:
    return {n: data / "opensim" / n for n in MODELS if (data / "opensim" / n).is_dir()}


def _file(folder: Path, name: str) -> Path:
    """The file, or the file packed."""
    return folder / name if (folder / name).exists() else folder / f"{name}.gz"


def _round(value: float, digits: int = 2) -> float | None:
    return round(float(value), digits) if math.isfinite(value) else None


# --- other programs ----------------------------------------------------------------------------


def _osim(data: Path) -> Result:
    if find_spec("opensim") is None:
        return Result(words=["The package opensim is not installed."])
    from gaitsmith.studies import body_opensim

    rows = []
    for name, folder in _there(data).items():
        model, motion, _ = MODELS[name]
        found = body_opensim.compare(_file(folder, model), _file(folder, motion))
        rows.append({"set": name, "positions mm": _round(1e3 * found.position, 6),
                     "mass differs kg": _round(found.mass, 9), "net force %BW": _round(100 * found.force, 4),
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
    for name, folder in _there(data).items():
        bodies[name] = read_osim(_file(folder, MODELS[name][0]))
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
            "largest moment N·m": _round(np.abs(ours).max(), 0),
            "ΣF - m(a - g) N": f"{np.abs(net_wrench(motion).force - force).max():.1e}",
            "said of the model": sum("rigid body" in n.words for n in document.notes),
        })  # fmt: skip
    return Result(rows=rows, words=["'said of the model' counts inertias that no rigid body has: MuJoCo refuses "
                                    "them, so that they are replaced there by their mean."])  # fmt: skip


# --- moments -----------------------------------------------------------------------------------


def table_of(path: Path) -> dict[str, Array]:
    """Columns of an OpenSim table by name, as written."""
    raw = path.read_bytes()
    lines = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode().splitlines()
    start = next(i for i, x in enumerate(lines) if x.strip() == "endheader") + 1
    rows = np.array([[float(v) for v in x.split()] for x in lines[start + 1 :] if x.strip()])
    return dict(zip(lines[start].split(), rows.T, strict=True))


def _walk(folder: Path, name: str) -> Recording:
    from gaitsmith import formats

    _, motion, forces = MODELS[name]
    recording = formats.read(_file(folder, motion), _file(folder, forces))
    return recording.with_subject("README", mass=_MASS.get(name))


def _references(data: Path) -> Result:
    from gaitsmith.body import joint_moments, read_osim

    rows: list[dict[str, Any]] = []
    for name, folder in _there(data).items():
        if name not in _REFERENCES:
            continue
        file, knee = _REFERENCES[name]
        reference = table_of(folder / file)
        body = read_osim(_file(folder, MODELS[name][0]))
        ours = joint_moments(_walk(folder, name), body)["moments"]
        inside = (reference["time"] >= ours.start - 1e-9) & (reference["time"] <= ours.end + 1e-9)
        row: dict[str, Any] = {"set": name, "instants": int(inside.sum())}
        for stem in _FLEXION:
            for side in ("r", "l"):
                column = f"{stem}_{side}_moment"
                sign = knee if stem == "knee_angle" else 1.0
                mine = np.interp(reference["time"][inside], ours.times, ours[column])
                off = mine - sign * reference[column][inside]
                row[f"{stem} {side} N·m"] = _round(float(np.sqrt(np.mean(off**2))))
        rows.append(row)
    worst = max((v for r in rows for k, v in r.items() if k.endswith("N·m")), default=math.nan)
    return Result(rows=rows, summary=[{"worst N·m": worst, "asked N·m": 3.0}] if rows else [])


def _norms(data: Path) -> Result:
    from gaitsmith import formats
    from gaitsmith.body import moments_for_report
    from gaitsmith.gait.reference import reference

    result = Result(words=[
        "'rms' is the difference of the mean curve over stance from the published mean (N·m/kg), 'sd' the same "
        "in standard deviations of those people, r the likeness of shape. The moments of the report stand on the "
        "set's model, or on a generic body of the person's mass. Walking at 0.49 m/s is slower than anyone in "
        "the tables; less than one stance of it lies within its angles, so that its markers are taken too."])  # fmt: skip
    for name, folder in _there(data).items():
        if name not in _SPEED:
            continue
        norm = reference("adult", speed=_SPEED[name])
        walk = _walk(folder, name)
        tries = [("model", moments_for_report(walk, _file(folder, MODELS[name][0]))),
                 ("generic", moments_for_report(walk))]  # fmt: skip
        if name == "wbds01" and (folder / _WBDS).exists():
            markers = formats.read(folder / _WBDS).crop(0.0, 12.0)
            markers = markers.with_subject("README", mass=_MASS[name])
            tries.append(("generic, from markers", moments_for_report(markers)))
        for body, out in tries:
            stances = _stances(out)
            row: dict[str, Any] = {"set": name, "body": body, "stances": len(stances)}
            for stem in _SHOWN:
                row |= _against(out, stances, stem, norm)
            result.rows.append(row)
    return result


def _stances(recording: Recording) -> list[tuple[str, float, float]]:
    """Side, beginning and end (s) of each whole stance on a plate within the moments."""
    from gaitsmith.gait.contacts import contacts

    moments = recording.get("moments")
    if moments is None:
        return []
    return [
        ((c.side or "")[0], c.start_s, c.end_s) for c in contacts(recording).good
        if c.whole and c.start_s >= moments.start and c.end_s <= moments.end
    ]  # fmt: skip


def _against(
    recording: Recording, stances: Sequence[tuple[str, float, float]], stem: str, norm: Any
) -> dict[str, Any]:
    name = f"{stem}_moment"
    if not stances or name not in norm:
        return {}
    moments = recording["moments"]
    mass = moments.attrs["mass_kg"]
    curves = []
    for side, a, b in stances:
        own = moments[f"{stem}_{side}_moment"]
        curves.append(np.interp(np.linspace(a, b, 61), moments.times, own) / mass)
    share = np.linspace(0, 100, 101)
    at = np.linspace(0, norm.foot_off, 61)
    mean, sd = (np.interp(at, share, np.asarray(x)) for x in (norm.mean(name), norm.sd(name)))
    with np.errstate(all="ignore"):
        ours = np.nanmean(curves, axis=0)
    off = ours - mean
    return {
        f"{_SHOWN[stem]} rms": _round(float(np.sqrt(np.nanmean(off**2)))),
        f"{_SHOWN[stem]} sd": _round(
            float(np.sqrt(np.nanmean((off / np.maximum(sd, 1e-6)) ** 2))), 1
        ),
        f"{_SHOWN[stem]} r": _likeness(ours, mean),
    }


def _likeness(a: Array, b: Array) -> float | None:
    both = np.isfinite(a) & np.isfinite(b)
    return _round(float(np.corrcoef(a[both], b[both])[0, 1])) if both.sum() > 3 else None


def _laboratories(data: Path) -> Result:
    from gaitsmith.body import moments_for_report

    result = Result(words=[
        "Generic body sized on the markers against the laboratory's own model (Plug-in Gait, of other joint "
        "centres, masses and filters): rms in N·m/kg and r over the instants that both have, right and left "
        "pooled."])  # fmt: skip
    sums: dict[str, list[tuple[float, float]]] = {}
    for walk in walks.with_plates(data):
        if not walk.files[0].endswith(".c3d"):
            continue
        recording = walk.read(data)
        theirs, mass = recording.get("moments"), recording.subject.mass
        if theirs is None or mass is None or "Turn" in walk.set:
            continue
        plain = recording.without(*recording.of_kind("moments"), *recording.of_kind("powers"))
        begin = time.perf_counter()
        out = moments_for_report(plain)
        took = time.perf_counter() - begin
        row: dict[str, Any] = {"set": walk.set, "file": walk.name}
        ours = out.get("moments")
        if ours is None:
            result.rows.append({**row, "why not": out.notes[-1].words, "write down": walk.derived})
            continue
        for stem, head in _SHOWN.items():
            a, b = [], []
            for side in ("r", "l"):
                column = f"{stem}_{side}_moment"
                if column in theirs:
                    a.append(ours[column] / mass)
                    b.append(np.interp(ours.times, theirs.times, theirs[column]) / mass)
            if not a:
                continue
            one, two = np.concatenate(a), np.concatenate(b)
            both = np.isfinite(one) & np.isfinite(two)
            if both.sum() < 10:
                continue
            rms = float(np.sqrt(np.mean((one[both] - two[both]) ** 2)))
            like = _likeness(one, two)
            row |= {f"{head} rms": _round(rms), f"{head} r": like}
            if walk.derived != "no":
                sums.setdefault(head, []).append((rms, like or 0.0))
        result.rows.append({**row, "seconds": _round(took), "write down": walk.derived})
    result.summary = [
        {"moment": stem, "recordings": len(x), "median rms": _round(float(np.median([r for r, _ in x]))),
         "median r": _round(float(np.median([r for _, r in x])))}
        for stem, x in sums.items()
    ]  # fmt: skip
    return result


# --- time --------------------------------------------------------------------------------------


def _best(work: Callable[[], object], times: int = 3) -> float:
    """Seconds of the fastest of some runs: other programs on the machine only slow."""
    found: list[float] = []
    while len(found) < times and sum(found) < _PATIENCE_S:
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return min(found)


def _speed(data: Path) -> Result:
    from gaitsmith.body import fit, generic_body, inverse_dynamics, moving, place, read_osim
    from gaitsmith.recording import Stream

    result = Result(words=["Fastest of up to three runs; on a machine that does other work, single runs vary by a factor "
                           "of two. OpenSim's tool gets the model loaded and all markers at weight 1, as ours."])  # fmt: skip
    folders = _there(data)
    body = read_osim(_file(folders["gait2392"], MODELS["gait2392"][0])) if "gait2392" in folders else generic_body(arms=False)  # fmt: skip
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
                        "seconds": _round(seconds, 3), "asked": 0.2, "OpenSim s": None})  # fmt: skip
    if body.markers:
        seen = place(body, values).spots(body.markers.values())
        seen = seen + np.random.default_rng(0).normal(0, 0.003, seen.shape)
        points = Stream("points", seen, tuple(body.markers), rate=100.0)
        seconds = _best(lambda: fit(body, points), 2)
        result.rows.append({"what": f"inverse kinematics, 20 s at 100 Hz, {len(names)} coordinates, "
                                    f"{len(body.markers)} markers", "seconds": _round(seconds, 2), "asked": 10.0,
                            "OpenSim s": None})  # fmt: skip
    if find_spec("opensim") is None:
        result.words.append("The package opensim is not installed: its tool was not timed.")
        return result
    from gaitsmith.studies import body_opensim

    for name, file in (("moco_walking", "markers_walk.trc"), ("gait2392", "subject01_walk1.trc")):
        if name not in folders:
            continue
        try:
            row = body_opensim.race(_file(folders[name], MODELS[name][0]), _file(folders[name], file), _best)  # fmt: skip
        except MissingInputError as error:
            result.words.append(f"{name}: {error.problem}")
            continue
        result.rows.append({"what": f"inverse kinematics of {name}, {row.frames} frames, {row.markers} markers",
                            "seconds": _round(row.ours, 2), "asked": _round(row.theirs, 2),
                            "OpenSim s": _round(row.theirs, 2), "RMS difference °": _round(row.differ)})  # fmt: skip
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of this module; returns the exit code."""
    return command(__doc__, run, format, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
