"""Joint moments of real recordings against those that ship with them, norms and laboratories."""

from __future__ import annotations

import gzip
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gaitsmith.recording import Recording
from gaitsmith.studies import walks
from gaitsmith.studies.events import Result

__all__ = [
    "MODELS",
    "Seconds",
    "file_of",
    "laboratories",
    "norms",
    "references",
    "rounded",
    "sets_in",
    "table_of",
]

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


class Seconds(NamedTuple):
    """What a work took: seconds of processor, and on the clock."""

    processor: float
    clock: float


def sets_in(data: Path) -> dict[str, Path]:
    """Folders of the sets that are there."""
    return {n: data / "opensim" / n for n in MODELS if (data / "opensim" / n).is_dir()}


def file_of(folder: Path, name: str) -> Path:
    """The file, or the file packed."""
    return folder / name if (folder / name).exists() else folder / f"{name}.gz"


def rounded(value: float, digits: int = 2) -> float | None:
    """For a table; nothing where it is no number."""
    return round(float(value), digits) if math.isfinite(value) else None


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
    recording = formats.read(file_of(folder, motion), file_of(folder, forces))
    return recording.with_subject("README", mass=_MASS.get(name))


def references(data: Path) -> Result:
    """Moments with a set's own model and forces against those it ships."""
    from gaitsmith.body import joint_moments, read_osim

    rows: list[dict[str, Any]] = []
    for name, folder in sets_in(data).items():
        if name not in _REFERENCES:
            continue
        file, knee = _REFERENCES[name]
        reference = table_of(folder / file)
        body = read_osim(file_of(folder, MODELS[name][0]))
        ours = joint_moments(_walk(folder, name), body)["moments"]
        inside = (reference["time"] >= ours.start - 1e-9) & (reference["time"] <= ours.end + 1e-9)
        row: dict[str, Any] = {"set": name, "instants": int(inside.sum())}
        for stem in _FLEXION:
            for side in ("r", "l"):
                column = f"{stem}_{side}_moment"
                sign = knee if stem == "knee_angle" else 1.0
                mine = np.interp(reference["time"][inside], ours.times, ours[column])
                off = mine - sign * reference[column][inside]
                row[f"{stem} {side} N·m"] = rounded(float(np.sqrt(np.mean(off**2))))
        rows.append(row)
    worst = max((v for r in rows for k, v in r.items() if k.endswith("N·m")), default=math.nan)
    return Result(rows=rows, summary=[{"worst N·m": worst, "asked N·m": 3.0}] if rows else [])


def norms(data: Path) -> Result:
    """Moments of the report over stance against published means."""
    from gaitsmith import formats
    from gaitsmith.body import moments_for_report
    from gaitsmith.gait.reference import reference

    result = Result(words=[
        "'rms' is the difference of the mean curve over stance from the published mean (N·m/kg), 'sd' the same "
        "in standard deviations of those people, r the likeness of shape. The moments of the report stand on the "
        "set's model, or on a generic body of the person's mass. Walking at 0.49 m/s is slower than anyone in "
        "the tables; less than one stance of it lies within its angles, so that its markers are taken too."])  # fmt: skip
    for name, folder in sets_in(data).items():
        if name not in _SPEED:
            continue
        norm = reference("adult", speed=_SPEED[name])
        walk = _walk(folder, name)
        tries = [("model", moments_for_report(walk, file_of(folder, MODELS[name][0]))),
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
        f"{_SHOWN[stem]} rms": rounded(float(np.sqrt(np.nanmean(off**2)))),
        f"{_SHOWN[stem]} sd": rounded(
            float(np.sqrt(np.nanmean((off / np.maximum(sd, 1e-6)) ** 2))), 1
        ),
        f"{_SHOWN[stem]} r": _likeness(ours, mean),
    }


def _likeness(a: Array, b: Array) -> float | None:
    both = np.isfinite(a) & np.isfinite(b)
    return rounded(float(np.corrcoef(a[both], b[both])[0, 1])) if both.sum() > 3 else None


def laboratories(data: Path) -> Result:
    """Moments of the report from markers and plates against the file's own."""
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
            row |= {f"{head} rms": rounded(rms), f"{head} r": like}
            if walk.derived != "no":
                sums.setdefault(head, []).append((rms, like or 0.0))
        result.rows.append({**row, "seconds": rounded(took), "write down": walk.derived})
    result.summary = [
        {"moment": stem, "recordings": len(x), "write down": "yes", "median rms": rounded(float(np.median([r for r, _ in x]))),
         "median r": rounded(float(np.median([r for _, r in x])))}
        for stem, x in sums.items()
    ]  # fmt: skip
    return result
