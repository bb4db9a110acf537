"""Joint angles from markers against published inverse kinematics of the same recordings.

With the model that ships with each set, with the generic body, and with the joints that a published
set-up holds held elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Recording, Stream
from gaitsmith.studies.events import Result

if TYPE_CHECKING:
    from gaitsmith.body import Body, Spot
    from gaitsmith.body.solve import Solution

__all__ = ["SAGITTAL", "WORD", "difference", "generic", "held", "own"]

Array = npt.NDArray[np.float64]

SAGITTAL = ("hip_flexion", "knee_angle", "ankle_angle")
_OTHERS = ("hip_adduction", "hip_rotation")
_PELVIS = ("pelvis_tilt", "pelvis_list", "pelvis_rotation")
#: How a joint's columns are headed.
WORD = {"hip_flexion": "hip flex", "knee_angle": "knee", "ankle_angle": "ankle",
        "hip_adduction": "hip add", "hip_rotation": "hip rot"}  # fmt: skip


@dataclass(frozen=True)
class _Set:
    """Files of a published inverse kinematics, and with which weights it was made.

    `weights` maps parts of labels to a weight; other labels weigh 1. None: gaitsmith's own weights.
    `hold`: coordinates that its set-up holds; where its motion has them, at their value there, else at
    rest. `placed`: whether the model's markers were
    placed on this person.
    """

    model: str
    motion: str
    markers: str
    static: str | None = None
    weights: Mapping[str, float] | None = None
    hold: tuple[str, ...] = ()
    placed: bool = True
    said: str = "own: 1 on bone, 0.3 on soft parts"

    def of(self, labels: tuple[str, ...]) -> dict[str, float] | None:
        """Weight of each label."""
        if self.weights is None:
            return None
        return {x: next((w for k, w in self.weights.items() if k in x), 1.0) for x in labels}

    def held(self, body: Body, motion: Stream) -> dict[str, float | None]:
        """The coordinates that its set-up holds, at the motion's value (deg); None: at rest."""
        return {c: float(np.median(motion[c])) if c in motion else None
                for c in self.hold if body.own_name(c)}  # fmt: skip


_FEET = ("subtalar_angle_r", "subtalar_angle_l", "mtp_angle_r", "mtp_angle_l")
#: Weights of gait2392 and Hamner: the tasks of their set-ups in opensim-org/opensim-models (Hamner's
#: over 10). Moco's coordinates were not made by inverse kinematics with this model alone: OpenSim's
#: equal weights, with the tips of the toes left to the toes.
_SETS = {
    "gait2392": _Set(
        "subject01_simbody.osim.gz", "subject01_walk1_ik.mot", "subject01_walk1.trc",
        "gait2392/subject01_static.trc.gz", {"Acromium": 0.5, "Top.Head": 0.1, "ASIS": 10, "Sacral": 10,
        "Heel": 10, "Toe.Tip": 10, "Temple": 0.0}, _FEET, said="its published set-up"),
    "hamner_running": _Set(
        "subject02_scaled.osim.gz", "subject02_running_ik.mot.gz", "subject02_running_first4s.trc.gz",
        None, {"Sternum": 0.1, "ASIS": 5, "Sacral": 5, "Heel": 5, "Toe.Tip": 5, "Elbow": 2, "Wrist": 2,
        "Temple": 0.0, "Head": 0.0}, placed=False, said="its published set-up"),
    "moco_walking": _Set(
        "subject_walk_scaled.osim.gz", "coordinates.sto.gz", "markers_walk.trc",
        "rajagopal_walking/static_walk_2.trc.gz", {".Toe": 0.02}, said="equal, toe tips 0.02"),
    "rajagopal_walking": _Set("subject4_scaled.osim.gz", "walking1_ik.mot", "walking1.trc"),
    "wbds01": _Set("GenericScaledModel_sample.osim.gz", "WBDS01walkT01_ik_sample.mot",
                   "WBDS01walkT01.c3d", "wbds01/WBDS01static1.c3d"),
}  # fmt: skip


# --- comparing ---------------------------------------------------------------------------------


def difference(mine: Stream, theirs: Stream, name: str) -> Array:
    """Mine minus theirs (deg) at their instants inside mine."""
    inside = (theirs.times >= mine.times[0]) & (theirs.times <= mine.times[-1])
    out = np.interp(theirs.times[inside], mine.times, mine[name]) - theirs[name][inside]
    return np.asarray((out + 180.0) % 360.0 - 180.0 if name == "pelvis_rotation" else out)


def _rms(x: Array) -> float:
    return float(np.sqrt(np.nanmean(x**2)))


def _sided(mine: Stream, theirs: Stream, stem: str, offsets: bool) -> list[float]:
    """RMS (deg) right and left."""
    out = []
    for side in ("r", "l"):
        name = f"{stem}_{side}"
        if name in mine and name in theirs:
            gap = difference(mine, theirs, name)
            out.append(_rms(gap - np.nanmean(gap) if offsets else gap))
    return out


def _columns(mine: Stream, theirs: Stream, offsets: bool) -> tuple[dict[str, Any], float, float]:
    """Columns "right left" of a table, the worst sagittal RMS and the worst of all others."""
    row: dict[str, Any] = {}
    worst = [0.0, 0.0]
    for which, stems in enumerate((SAGITTAL, _OTHERS)):
        for stem in stems:
            found = _sided(mine, theirs, stem, offsets)
            row[WORD[stem]] = " ".join(f"{v:.1f}" for v in found) or "-"
            worst[which] = max([worst[which], *found])
    pelvis = []
    for name in _PELVIS:
        gap = difference(mine, theirs, name)
        pelvis.append(_rms(gap - np.nanmean(gap) if offsets else gap))
    row["pelvis tilt list rot"] = " ".join(f"{v:.1f}" for v in pelvis)
    return row, worst[0], max(worst[1], *pelvis)


def _published(data: Path) -> Iterator[tuple[str, _Set, Stream, Stream, Stream | None]]:
    """Name, set, points, published angles, standing points."""
    from gaitsmith.formats import read

    for name, one in _SETS.items():
        folder = data / "opensim" / name
        if not (folder / one.markers).is_file():
            continue
        theirs = read(folder / one.motion).angles
        points = read(folder / one.markers).points
        if theirs is None or points is None:
            continue
        still = read(data / "opensim" / one.static).points if one.static else None
        yield name, one, points.crop(theirs.start, theirs.end), theirs, still


def own(data: Path) -> Result:
    """With each set's own model, and the weights of its set-up."""
    from gaitsmith.body import fit, read_osim

    result = Result()
    for name, one, points, theirs, _ in _published(data):
        body = read_osim(data / "opensim" / name / one.model)
        weights = one.of(points.labels)
        spots = _spots(one, body, points, weights)
        tries = [("as the model has them" if one.placed else "moved to fit", spots)]
        if not one.placed:
            tries.append(("where the published angles put them", _put(body, points, theirs, spots)))
        for words, at in tries:
            solution = fit(body, points, at, weights=weights, hold=one.held(body, theirs))
            row, within = _judged(solution, theirs)
            result.rows.append({"set": name, "weights": one.said, "markers": words, **row, "within": within})  # fmt: skip
    result.words = [
        "Right and left, degrees RMS. gait2392: its published motion holds the subtalar joints, and so does this "
        "fit; the next table shows what that is worth.",
        "hamner_running: the model that ships carries markers that were never placed on this runner, so they are "
        "moved to fit first; no standing trial tells the ankle's zero. The row with markers where the published "
        "angles put them shows how much of the difference is that.",
    ]
    return result


def held(data: Path) -> Result:
    """What the joints that a set-up holds are worth: held as in its motion, at rest, or free.

    Where the set has a standing trial, also with the markers placed on it by the same hold (as
    OpenSim's scaling places them: where they are seen from their segment while standing).
    """
    from gaitsmith.body import fit, read_osim

    result = Result()
    for name, one, points, theirs, still in _published(data):
        body = read_osim(data / "opensim" / name / one.model)
        as_theirs = one.held(body, theirs)
        if not as_theirs:
            continue
        weights = one.of(points.labels)
        spots = _spots(one, body, points, weights)
        first = "as the model has them" if one.placed else "moved to fit"
        holds: list[tuple[str, Mapping[str, float | None]]] = [
            ("as in the motion", as_theirs), ("at rest", dict.fromkeys(as_theirs)), ("no", {})]  # fmt: skip
        for words, hold in holds:
            tries, miss = [(first, spots)], None
            if still is not None:
                there = one.of(still.labels)
                stands = fit(body, still, weights=there, hold=hold)
                miss = round(1e3 * float(np.nanmedian(stands.distance)), 1)
                if hold:
                    tries.append(("placed on the standing trial", _seen(body, points.labels, still, stands.values)))  # fmt: skip
            for markers, at in tries:
                row, within = _judged(fit(body, points, at, weights=weights, hold=hold), theirs)
                result.rows.append({
                    "set": name, "held": words, "subtalar": _subtalar(hold), "markers": markers,
                    "standing mm": miss if markers == first else None, **row, "within": within,
                })  # fmt: skip
    result.words = [
        "'standing mm': median distance of the standing trial's markers from the model's, the joints held so. "
        "Where it is next to nothing, that is how the joints stood when the model's markers were placed. The "
        "motion of gait2392 holds the subtalar joints elsewhere: it was made with another placing of the "
        "markers than the model that ships has. Placed on the set's own standing trial with the joints "
        "held as the motion holds them, they give its angles.",
    ]
    return result


def _subtalar(hold: Mapping[str, float | None]) -> str:
    return " ".join(f"{hold[c] or 0.0:.1f}" for c in _FEET[:2] if c in hold) or "-"


def _judged(solution: Solution, theirs: Stream) -> tuple[dict[str, Any], bool]:
    """Columns of a fit beside published angles, and whether it keeps what was asked."""
    row, sagittal, others = _columns(solution.angles(), theirs, offsets=False)
    median = 1e3 * float(np.nanmedian(solution.distance))
    return {**row, "median mm": round(median, 1)}, sagittal <= 2.5 and others <= 5 and median <= 20


def _spots(
    one: _Set, body: Body, points: Stream, weights: Mapping[str, float] | None
) -> dict[str, Spot] | None:
    """Where the fit takes the markers to be: None where the model's were placed on this person."""
    from gaitsmith.body.register import register

    return None if one.placed else register(body, points, weights=weights).markers


def _put(
    body: Body, points: Stream, angles: Stream, spots: Mapping[str, Spot] | None
) -> dict[str, Spot]:
    """Each marker at its mean place on its segment in the pose of these angles."""
    from gaitsmith.body.kinematics import coordinate_values

    columns = [np.interp(points.times, angles.times, angles[n]) for n in angles.labels]
    there = Stream("angles", np.stack(columns, axis=1), angles.labels, time=points.times)
    values = coordinate_values(body, there)[0]
    return _seen(body, tuple(spots or body.markers), points, values, spots)


def _seen(
    body: Body, labels: Sequence[str], points: Stream, values: Array, spots: Mapping[str, Spot] | None = None
) -> dict[str, Spot]:  # fmt: skip
    """Each of the body's markers that is there, at its mean place on its segment in these poses."""
    from gaitsmith.body import Spot, place

    pose = place(body, np.where(np.isnan(values), [c.rest for c in body.coordinates], values))
    out = {}
    for label, spot in (spots or body.markers).items():
        if label not in points or label not in labels:
            continue
        at = body.segment_index[spot.segment]
        local = np.einsum("tji,tj->ti", pose.rotation[at], points[label] - pose.origin[at])
        x, y, z = np.nanmean(local, axis=0).tolist()
        out[label] = Spot(spot.segment, (x, y, z))
    return out


def generic(data: Path) -> Result:
    """With the generic body, offsets removed, with and without the standing trial."""
    from gaitsmith.body import solve_points

    result = Result()
    for name, _, points, theirs, still in _published(data):
        for words, static in (("none", None), ("yes", still)):
            if words == "yes" and still is None:
                continue
            try:
                solved = solve_points(Recording(streams={"points": points}), static=static)
            except GaitsmithError as error:
                result.words.append(
                    f"{name} without a model ({words} standing trial): {error.problem}."
                )
                continue
            row, sagittal, others = _columns(solved.angles, theirs, offsets=True)
            result.rows.append({
                "set": name, "standing trial": words, "mapping": solved.mapping, **row,
                "median mm": round(1e3 * solved.median, 1), "within": max(sagittal, others) <= 5.0,
            })  # fmt: skip
    return result
