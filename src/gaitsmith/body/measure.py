"""A person measured on labelled points: lengths, and where landmarks lie on a body of those lengths."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith import landmarks
from gaitsmith.body.naming import Read
from gaitsmith.body.sites import places
from gaitsmith.body.tree import Body, Spot
from gaitsmith.errors import MissingInputError
from gaitsmith.recording import Stream, Subject

__all__ = ["Seen", "landmark_spots", "lengths", "read_landmarks"]

Array = npt.NDArray[np.float64]
_PLACE = "generic body for markers"
#: Stems of labels that say the tip of a toe.
_TIP = re.compile(r"hallux|hlx|bigtoe|toe1$|toeend")
#: Stems of labels that say a joint's centre.
_CENTRE = re.compile(r"jc$|joint|cent(er|re)")
#: A foot stands flat where heel and toe are within this (m) of their lowest.
_LOW = 0.015
# Winter (4th ed., figure 4.1): thigh and shank together over stature; stature bounds in metres.
_LEG_SHARE, _STATURES = 0.245 + 0.246, (0.6, 2.4)
# From the joint centre out to a marker on the side of a joint, over stature: half the breadth of
# knee and ankle (Drillis & Contini 1966) and a marker's radius.
_KNEE_OUT, _ANKLE_OUT = 0.034, 0.024
# Heights over stature of a heel and a toe marker above the sole, and of the shoulder marker above
# the joint: skin, and half a marker.
_HEEL_UP, _TOE_UP, _SHOULDER_UP, _SHOULDER_OUT = 0.018, 0.015, 0.02, 0.129
#: Height of the ankle's centre over stature (Winter, figure 4.1).
_ANKLE_UP = 0.039


def apart(a: Array, b: Array) -> float:
    return float(np.nanmedian(np.linalg.norm(a - b, axis=1)))


@dataclass(frozen=True)
class Seen:
    """Landmarks over time (time × 3) by name.

    `inside` are those that are joint centres, `tips` toe points at the end of a toe (the others
    lie on the heads of the metatarsals).
    """

    at: dict[str, Array]
    inside: frozenset[str]
    tips: frozenset[str] = frozenset()

    @property
    def centres(self) -> bool:
        """Whether there are hip joints but no pelvis: a skeleton or keypoints."""
        return "asis_r" not in self.at


def read_landmarks(points: Stream, read: Read | None = None) -> tuple[Seen, dict[str, str]]:
    """The landmarks of a stream (by a mapping, else by the labels' own words), and their labels."""
    if read is not None:
        met = {n: x for n, x in read.landmarks.items() if x in points}
        at = {name: points[label] for name, label in met.items()}
        if "asis_r" not in at or "asis_l" not in at:
            at = {n: x for n, x in at.items() if not n.startswith("asis")}
        return Seen(at, read.inside, read.tips), met
    met = landmarks.find_all(points.labels)
    at = {name: points[label] for name, label in met.items()}
    if "asis_r" in at and "asis_l" in at:
        told = {n for n, label in met.items() if _CENTRE.search(landmarks.side_and_stem(label)[1])}
        if "hip_r" in at and "hip_l" in at:
            # Hip joints lie inside the ASIS; markers called hip on the trochanter do not.
            wide = apart(at["hip_r"], at["hip_l"]) > 1.1 * apart(at["asis_r"], at["asis_l"])
            told = told - {"hip_r", "hip_l"} if wide else told | {"hip_r", "hip_l"}
    else:
        at = {n: x for n, x in at.items() if not n.startswith("asis")}
        told = set(at)
    tips = {
        n for n, x in met.items() if n[:-2] == "toe" and _TIP.search(landmarks.side_and_stem(x)[1])
    }
    return Seen(at, frozenset(told), frozenset(tips)), met


def lengths(seen: Seen, subject: Subject) -> tuple[dict[str, float], float]:
    """Measured lengths (m) for ``generic_body``, and the stature that goes with them."""
    at = seen.at
    sides = [s for s in ("r", "l") if f"knee_{s}" in at and f"ankle_{s}" in at]
    pelvis = "hip_r" in at and "hip_l" in at if seen.centres else "asis_l" in at
    if not sides or not pelvis:
        raise MissingInputError(
            "pelvis, knee and ankle cannot be told from the labels", place=_PLACE,
            found=", ".join(sorted(at)) or "no landmarks",
            expected="ASIS (or hip centres), knee and ankle of at least one side",
        )  # fmt: skip
    shank = float(np.mean([apart(at[f"knee_{s}"], at[f"ankle_{s}"]) for s in sides]))
    rough = subject.height or shank / 0.246
    out = {"shank": shank}
    if seen.centres:
        out["hip_out"] = 0.5 * apart(at["hip_r"], at["hip_l"])
        hips = {s: at[f"hip_{s}"] for s in sides}
    else:
        out.update(_hips(seen))
        hips = _hip_centres(at, out)
    thighs = []
    for s in sides:
        knee = at[f"knee_{s}"]
        inside = f"knee_{s}" in seen.inside
        if f"knee_medial_{s}" in at and not inside:
            knee = 0.5 * (knee + at[f"knee_medial_{s}"])
            thighs.append(apart(hips[s], knee))
        else:
            # The marker stands out sideways from the centre, about across the line to the hip.
            side = 0.0 if inside else max(0.0, _KNEE_OUT * rough - 0.25 * out["hip_out"])
            thighs.append(float(np.sqrt(max(apart(hips[s], knee) ** 2 - side**2, 0.01))))
    out["thigh"] = float(np.mean(thighs))
    height = subject.height or (out["thigh"] + shank) / _LEG_SHARE
    if not _STATURES[0] <= height <= _STATURES[1]:
        raise MissingInputError("the markers are not those of a person's size", place=_PLACE,
                                found=f"thigh {out['thigh']:.2f} m, shank {shank:.2f} m",
                                remedy="give the unit of length of the file")  # fmt: skip
    for name, a, b in (("upper_arm", "shoulder", "elbow"), ("forearm", "elbow", "wrist")):
        found = [apart(at[f"{a}_{s}"], at[f"{b}_{s}"]) for s in ("r", "l")
                 if f"{a}_{s}" in at and f"{b}_{s}" in at]  # fmt: skip
        if found and np.isfinite(found).all():
            out[name] = float(np.mean(found))
    return {n: v for n, v in out.items() if np.isfinite(v) and 0 < v < height}, height


def _behind(at: dict[str, Array]) -> Array | None:
    """The middle of the PSIS, or the sacrum."""
    if "psis_r" in at and "psis_l" in at:
        return 0.5 * (at["psis_r"] + at["psis_l"])
    return at.get("sacrum")


def _hips(seen: Seen) -> dict[str, float]:
    """Hip joints from the middle of the ASIS (m): as seen, where the file has them, else by the
    regressions of Harrington et al. 2007, table 3 (mm in the paper)."""
    at = seen.at
    if "hip_r" in seen.inside:
        middle, x, y, z = _pelvis_axes(at)
        right, left = at["hip_r"] - middle, at["hip_l"] - middle
        along = [
            float(np.nanmedian(np.einsum("ti,ti->t", 0.5 * (right + left), a))) for a in (x, y)
        ]
        out = float(np.nanmedian(np.einsum("ti,ti->t", 0.5 * (right - left), z)))
        if along[0] < 0 and along[1] < 0 < out:
            return {"hip_back": -along[0], "hip_down": -along[1], "hip_out": out}
    width = apart(at["asis_r"], at["asis_l"])
    behind = _behind(at)
    middle = 0.5 * (at["asis_r"] + at["asis_l"])
    # Without a marker behind, the pelvis is about 0.6 as deep as it is wide.
    depth = apart(middle, behind) if behind is not None else 0.6 * width
    return {
        "hip_back": 0.24 * depth + 0.0099,
        "hip_down": 0.30 * width + 0.0109,
        "hip_out": 0.33 * width + 0.0073,
    }


def _hip_centres(at: dict[str, Array], lengths: dict[str, float]) -> dict[str, Array]:
    """Hip joint centres (time × 3) by side."""
    middle, x, y, z = _pelvis_axes(at)
    base = middle - lengths["hip_back"] * x - lengths["hip_down"] * y
    return {"r": base + lengths["hip_out"] * z, "l": base - lengths["hip_out"] * z}


def _pelvis_axes(at: dict[str, Array]) -> tuple[Array, Array, Array, Array]:
    """Middle of the ASIS, and the pelvis' forward, upward and right axes (time × 3)."""
    middle = 0.5 * (at["asis_r"] + at["asis_l"])
    z = at["asis_r"] - at["asis_l"]
    z = z / np.linalg.norm(z, axis=1, keepdims=True)
    behind = _behind(at)
    x = middle - behind if behind is not None else np.cross(np.array([0.0, 1.0, 0.0]), z)
    x = x - np.einsum("ti,ti->t", x, z)[:, None] * z
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    return middle, x, np.cross(z, x), z


def landmark_spots(body: Body, seen: Seen, height: float) -> dict[str, Spot]:
    """Where each landmark that was met lies on the body (of a stature in m)."""
    at = seen.at
    own = places(body)
    out: dict[str, Spot] = {}
    for side, z in (("r", 1.0), ("l", -1.0)):
        for joint, off in (("knee", _KNEE_OUT), ("ankle", _ANKLE_OUT)):
            lateral, medial = f"{joint}_{side}", f"{joint}_medial_{side}"
            centre = own[lateral]
            half = 0.0 if lateral in seen.inside else off * height
            if medial in at and lateral in at and lateral not in seen.inside:
                half = 0.5 * apart(at[medial], at[lateral])
            out[lateral] = _shifted(centre, (0, 0, z * half))
            if half:
                out[medial] = _shifted(centre, (0, 0, -z * half))
        toe = own[f"toe_{side}"]
        for point, spot in (("heel", Spot(f"calcn_{side}", (0.0, 0.0, 0.0))), ("toe", toe)):
            out[f"{point}_{side}"] = _shifted(spot, (0, _rise(at, point, side, height), 0))
        if f"toe_{side}" in seen.tips and (f"mt5_{side}" in at or f"mt1_{side}" in at):
            # A toe bends; with the metatarsals marked, its tip must not turn the foot.
            out[f"toe_{side}"] = Spot(f"toes_{side}", (0.03 * height, _TOE_UP * height, 0.0))
        for stem, across in (("mt1", -0.02), ("mt5", 0.03)):
            out[f"{stem}_{side}"] = _shifted(
                toe, (-0.01 * height, 0.5 * _TOE_UP * height, z * across * height)
            )
        for joint in ("elbow", "wrist"):
            if f"{joint}_{side}" in own:
                out[f"{joint}_{side}"] = own[f"{joint}_{side}"]
        if "neck" in own:
            up = 0.0 if seen.centres else _SHOULDER_UP * height
            out[f"shoulder_{side}"] = _shifted(own["neck"], (0, up, z * _SHOULDER_OUT * height))
        if f"hip_{side}" in seen.inside:
            out[f"hip_{side}"] = own[f"hip_{side}"]
    if not seen.centres:
        out.update(_pelvis(at))
    elif "neck" in own:
        out["neck"] = own["neck"]
    return {n: s for n, s in out.items() if n in at}


def _rise(at: dict[str, Array], point: str, side: str, height: float) -> float:
    """How high a heel or toe point lies above the sole (m).

    Where the ankle is there too: from how far it lies below the ankle while the foot stands flat
    (all its points near their lowest), so that a flat foot is a level foot.
    """
    usual = (_HEEL_UP if point == "heel" else _TOE_UP) * height
    foot = [at[n][:, 1] for n in (f"heel_{side}", f"toe_{side}", f"ankle_{side}") if n in at]
    name, ankle = f"{point}_{side}", f"ankle_{side}"
    if name not in at or ankle not in at or len(foot) < 2:
        return usual
    flat = np.all([y < np.nanpercentile(y, 10) + _LOW for y in foot], axis=0)
    if flat.sum() < 3:
        return usual
    below = float(np.median((at[ankle] - at[name])[flat, 1]))
    return float(np.clip(_ANKLE_UP * height - below, -0.02, 0.06))


def _pelvis(at: dict[str, Array]) -> dict[str, Spot]:
    """ASIS at the pelvis frame's height on either side of its origin, PSIS or sacrum behind."""
    half = 0.5 * apart(at["asis_r"], at["asis_l"])
    out = {"asis_r": Spot("pelvis", (0.0, 0.0, half)), "asis_l": Spot("pelvis", (0.0, 0.0, -half))}
    behind = _behind(at)
    if behind is not None:
        depth = apart(0.5 * (at["asis_r"] + at["asis_l"]), behind)
        side = 0.5 * apart(at["psis_r"], at["psis_l"]) if "psis_r" in at and "psis_l" in at else 0.0
        out["psis_r"] = Spot("pelvis", (-depth, 0.0, side))
        out["psis_l"] = Spot("pelvis", (-depth, 0.0, -side))
        out["sacrum"] = Spot("pelvis", (-depth, 0.0, 0.0))
    return out


def _shifted(spot: Spot, by: tuple[float, float, float]) -> Spot:
    x, y, z = spot.position
    return Spot(spot.segment, (x + by[0], y + by[1], z + by[2]))
