"""One person of lencioni2019: angles from the markers against the file's, both from standing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.recording import Stream, Subject

__all__ = ["SHIFTED", "person"]

Array = npt.NDArray[np.float64]

#: A shift of the lines (deg) from standing to walking above which a standing angle is doubted: ours.
SHIFTED = 5.0
_SAGITTAL = ("hip_flexion", "knee_angle", "ankle_angle")
_WORD = {"hip_flexion": "hip flex", "knee_angle": "knee", "ankle_angle": "ankle"}


def person(path: Path) -> dict[str, Any]:
    """A row of the table for a ``SubjectN.mat``."""
    from gaitsmith.body import fit
    from gaitsmith.body.dress import dress
    from gaitsmith.datasets.matlab import loaded

    one = loaded(path, path.name)["s"]
    labels = tuple(str(n).strip()[1:] for n in one["MarkerVarName"][::3])
    count, rate = 3 * len(labels), float(one["KinFreq"])
    still = _frames(one["StandingData"]["Marker"])
    standing_angles = np.asarray(one["StandingData"]["Ang"], dtype=np.float64)
    data = one["Data"]
    strides = [s for s in (data if isinstance(data, list) else [data])
               if str(s["Task"]).strip() == "Walking" and len(s["Marker"]) == count]  # fmt: skip
    seen = [_forward(_frames(s["Marker"])) for s in strides]
    points = Stream("points", np.concatenate(seen), labels, rate=rate)
    static = Stream("points", still, labels, rate=rate)
    worn = dress(
        points, Subject(height=float(one["BH"]) / 100, mass=float(one["BM"])), static=static
    )
    moving = fit(worn.body, points, hold=worn.hold, weights=worn.weights)
    stand = fit(worn.body, static, hold=worn.hold, weights=worn.weights)
    found = _gaps(moving.angles(), stand.angles(), strides, seen, standing_angles)
    row: dict[str, Any] = {"person": path.stem[7:], "age": int(one["Age"]), "strides": len(strides),
                           "Hz": int(rate)}  # fmt: skip
    for stem, (gaps, r) in found.items():
        row[f"{_WORD[stem]} RMS"] = round(_rms(gaps), 1)
        row[f"{_WORD[stem]} offset"] = round(float(np.mean(gaps)), 1)
        row[f"{_WORD[stem]} r"] = round(r, 3)
    free, still_free = (fit(worn.body, x, weights=worn.weights).angles() for x in (points, static))
    row["with the subtalar joint free"] = _within(_gaps(free, still_free, strides, seen, standing_angles))  # fmt: skip
    moved = _line_check(one, strides, seen, still, labels)
    row["line SD"], row["line shift"] = moved["knee_angle"]
    row["hip line shift"] = moved["hip_flexion"][1]
    row["ankle line shift"] = moved["ankle_angle"][1]
    kept = {s: (gaps - moved[s][1], r) for s, (gaps, r) in found.items()}
    row["without the lines' shift"] = _within(kept)
    row["median mm"] = round(1e3 * float(np.nanmedian(moving.distance)), 1)
    row["within"] = _within(found)
    return row


def _gaps(
    angles: Stream, stand: Stream, strides: list[dict[str, Any]], seen: list[Array], standing: Array
) -> dict[str, tuple[Array, float]]:  # fmt: skip
    """Ours minus the file's (stride × 101, deg, both from standing) and the median r, by joint."""
    out = {}
    for stem, column in zip(_SAGITTAL, (3, 6, 9), strict=True):
        low, gaps, likeness = 0, [], []
        for stride, block in zip(strides, seen, strict=True):
            name = f"{stem}_{str(stride['Foot']).strip()[0].lower()}"
            part = angles[name][low : low + len(block)] - float(np.nanmedian(stand[name]))
            low += len(block)
            mine = np.interp(np.linspace(0, 1, 101), np.linspace(0, 1, len(part)), part)
            theirs = np.asarray(stride["Ang"], dtype=np.float64)[column] - standing[column]
            gaps.append(mine - theirs)
            likeness.append(float(np.corrcoef(mine, theirs)[0, 1]))
        out[stem] = (np.array(gaps), float(np.median(likeness)))
    return out


def _rms(gaps: Array) -> float:
    return float(np.sqrt(np.nanmean(np.square(gaps))))


def _within(found: dict[str, tuple[Array, float]]) -> bool:
    """Whether all joints keep what was asked: 5 degrees and r of 0.97."""
    return all(_rms(gaps) <= 5.0 and r >= 0.97 for gaps, r in found.values())


def _line_check(
    one: dict[str, Any], strides: list[dict[str, Any]], seen: list[Array], still: Array,
    labels: tuple[str, ...],
) -> dict[str, tuple[float, float]]:  # fmt: skip
    """Lines' angles minus the file's: SD over a stride, and walking minus standing (deg)."""
    angles = np.asarray(one["StandingData"]["Ang"], dtype=np.float64)
    out = {}
    for stem, column in zip(_SAGITTAL, (3, 6, 9), strict=True):
        spread, shift = [], []
        for stride, block in zip(strides, seen, strict=True):
            side = str(stride["Foot"]).strip()[0] + "x"
            line = _lines(block, labels, side)[stem]
            mine = np.interp(np.linspace(0, 1, 101), np.linspace(0, 1, len(line)), line)
            gap = mine - np.asarray(stride["Ang"], dtype=np.float64)[column]
            spread.append(float(np.nanstd(gap)))
            before = float(np.nanmean(_lines(still, labels, side)[stem])) - float(angles[column])
            shift.append(float(np.nanmean(gap)) - before)
        out[stem] = (round(float(np.median(spread)), 1), round(float(np.median(shift)), 1))
    return out


def _lines(block: Array, labels: tuple[str, ...], side: str) -> dict[str, Array]:
    """Sagittal angles (deg, time) in the plane x-y between plain lines: pelvis, hip - knee - ankle, foot.

    Hip joint from ASIS and sacrum by Harrington et al. 2007 (table 3).
    """

    def at(name: str) -> Array:
        return block[:, labels.index(name)]

    across = at("RxAsis") - at("LxAsis")
    middle = 0.5 * (at("RxAsis") + at("LxAsis"))
    ahead = middle - at("Psis")
    width, depth = (np.linalg.norm(v, axis=1, keepdims=True) for v in (across, ahead))
    z, x = across / width, ahead / depth
    out = (0.33 * width + 0.0073) * (1 if side == "Rx" else -1)
    hip = middle - (0.24 * depth + 0.0099) * x - (0.30 * width + 0.0109) * np.cross(z, x) + out * z

    def lean(line: Array) -> Array:
        return np.asarray(np.degrees(np.arctan2(line[:, 0], line[:, 1])))

    knee = at(f"{side}LatCon")
    thigh, shank = lean(hip - knee), lean(knee - at(f"{side}LatMal"))
    foot = at(f"{side}Meta5") - at(f"{side}Heel")
    pitch = np.degrees(np.arctan2(foot[:, 1], foot[:, 0]))
    tilt = np.degrees(np.arctan2(ahead[:, 1], ahead[:, 0]))
    return {"hip_flexion": -thigh - tilt, "knee_angle": shank - thigh, "ankle_angle": pitch + shank}


def _frames(rows: Any) -> Array:
    """The file's rows X, Y, Z of each marker as time × marker × 3."""
    block = np.asarray(rows, dtype=np.float64)
    return block.reshape(len(block) // 3, 3, -1).transpose(2, 0, 1)


def _forward(data: Array) -> Array:
    """Turned about the vertical where the walk is towards -x."""
    back = np.nanmean(data[-1, :, 0] - data[0, :, 0]) < 0
    return data * np.array([-1.0, 1.0, -1.0]) if back else data
