"""A generic body for markers that come without a model: sized from them, with them put on it.

Steps:

1. The labels are read as landmarks (``landmarks``): markers over bones, or joint centres and
   keypoints where the file has hips but no ASIS.
2. Lengths are medians over the recording (or a static trial): hip joints in the pelvis by the
   regressions of Harrington et al., J. Biomech. 40 (2007) 595-602; knee and ankle centres from
   both markers of a joint, or from the lateral one.
3. The body of those lengths is fitted with the landmarks alone. Every other marker is given to the
   segment of its side on which it keeps its place best and whose bone is near (nowhere where it
   wanders by more than 25 mm), and all are placed where they are seen (``register``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith import landmarks
from gaitsmith.body.anthropometry import generic_body
from gaitsmith.body.kinematics import place
from gaitsmith.body.register import register
from gaitsmith.body.sites import places
from gaitsmith.body.solve import fit
from gaitsmith.body.tree import Body, Spot
from gaitsmith.errors import MissingInputError
from gaitsmith.recording import Stream, Subject

__all__ = ["Dressed", "dress"]

Array = npt.NDArray[np.float64]
_PLACE = "generic body for markers"
_FRAMES = 60
#: Largest scatter (m, root mean square) of a marker on the segment that it is given to.
_RIGID = 0.025
#: The same for the trunk, whose own bend may not be known yet.
_BENDS = 0.12
#: What joint centres cannot tell apart from the joints beside.
_HIDDEN = ("pelvis_tilt", "subtalar_angle_r", "subtalar_angle_l", "mtp_angle_r", "mtp_angle_l")
#: What a metre from the bone counts as scatter: decides where nothing moves (static trials).
_NEAR = 0.05
#: Segments that a label's own words tell (compared from its start, without side and punctuation).
_TOLD = (
    (r"thigh|thi\d*$|th\d|femur|quad", "femur"),
    (r"shank|shin|tib|tb\d|tuberos|sh\d|sk\d|calf", "tibia"),
    (r"midfoot|foot|nav|p[15]m|lca|stl|cpg|calc", "calcn"),
    (r"head|temple|tophead|[fb]hd|sternum|clav|strn|c7|t\d+$|bak|xiph|scap", "torso"),
    (r"bicep|elb|elbow|melb|mel|humer|upperarm|upa|ua\d", "humerus"),
    (r"forearm|fa[a-z]|wr|frm|hand|fin", "radius"),
    (r"iliac|ilc|sacr|s2|v?sacral", "pelvis"),
)
# Winter (4th ed., figure 4.1): thigh and shank together over stature; stature bounds in metres.
_LEG_SHARE, _STATURES = 0.245 + 0.246, (0.6, 2.4)
# From the joint centre out to a marker on the side of a joint, over stature: half the breadth of
# knee and ankle (Drillis & Contini 1966) and a marker's radius.
_KNEE_OUT, _ANKLE_OUT = 0.034, 0.024
# Heights over stature of a heel and a toe marker above the sole, and of the shoulder marker above
# the joint: skin, and half a marker.
_HEEL_UP, _TOE_UP, _SHOULDER_UP, _SHOULDER_OUT = 0.018, 0.015, 0.02, 0.129


@dataclass(frozen=True)
class Dressed:
    """A body whose markers are those of a recording.

    `centres` says that the points were read as joint centres, and `hold` what they cannot show
    (the tilt of a pelvis that has hip joints alone), for ``fit``. `landmarks` names what each label was read as, `given` the segment of each other label, and
    `unused` the labels that fit nowhere.
    """

    body: Body
    landmarks: dict[str, str]
    given: dict[str, str]
    unused: tuple[str, ...]
    centres: bool
    hold: dict[str, float | None]


def dress(
    points: Stream, subject: Subject | None = None, *, static: Stream | None = None, arms: bool = False
) -> Dressed:  # fmt: skip
    """Size a generic body from labelled points and put the points on it as its markers.

    Parameters
    ----------
    points
        A ``points`` stream.
    subject
        Mass, height and sex as far as known; lengths that can be measured are measured.
    static
        A standing trial with the same labels, to measure and place on instead.
    arms
        Whether markers on arms are used. Shoulders move on the trunk in ways that the body does
        not have, so that raised arms in a static trial would tilt the trunk and pelvis.

    Raises
    ------
    MissingInputError
        Where pelvis, knee and ankle of a side cannot be told from the labels.
    """
    subject = subject or Subject()
    base = static if static is not None else points
    met = landmarks.find_all(base.labels)
    some = _frames(base)
    at = {name: some[label] for name, label in met.items()}
    centres = "hip_r" in at and "hip_l" in at and "asis_r" not in at
    lengths, height = _lengths(at, centres, subject)
    if arms:
        arms = all(f"{j}_{s}" in at for j in ("shoulder", "elbow") for s in ("r", "l"))
    body = generic_body(height, subject.mass, subject.sex, arms=arms, measured=lengths)
    spots = {met[n]: s for n, s in _spots(body, at, centres).items()}
    body = body.replace(markers=spots)
    hold = dict.fromkeys(_HIDDEN if centres else ())
    solution = fit(body, some, spots, hold=hold)
    given, unused = _given(body, some, solution.values, [x for x in base.labels if x not in spots])
    spots.update(given)
    dressed = body.replace(markers=spots)
    final = register(dressed, some, hold=hold)
    return Dressed(
        dressed.replace(markers=final.markers), {v: k for k, v in met.items() if v in spots},
        {x: s.segment for x, s in given.items()}, tuple(unused), centres, hold,
    )  # fmt: skip


def _frames(points: Stream) -> Stream:
    """Up to ``_FRAMES`` instants, those with the most markers."""
    there = np.isfinite(points.data).all(axis=2).sum(axis=1)
    good = np.flatnonzero(there >= 0.95 * there.max(initial=0))
    return points.at(
        good[np.unique(np.linspace(0, len(good) - 1, min(_FRAMES, len(good))).astype(int))]
    )


def _apart(a: Array, b: Array) -> float:
    return float(np.nanmedian(np.linalg.norm(a - b, axis=1)))


def _lengths(
    at: dict[str, Array], centres: bool, subject: Subject
) -> tuple[dict[str, float], float]:
    """Measured lengths (m) for ``generic_body``, and the stature that goes with them."""
    sides = [s for s in ("r", "l") if f"knee_{s}" in at and f"ankle_{s}" in at]
    pelvis = centres or ("asis_r" in at and "asis_l" in at)
    if not sides or not pelvis:
        raise MissingInputError(
            "pelvis, knee and ankle cannot be told from the labels", place=_PLACE,
            found=", ".join(sorted(at)) or "no landmarks",
            expected="ASIS (or hip centres), knee and ankle of at least one side",
        )  # fmt: skip
    shank = float(np.mean([_apart(at[f"knee_{s}"], at[f"ankle_{s}"]) for s in sides]))
    rough = subject.height or shank / 0.246
    out = {"shank": shank}
    if centres:
        out["hip_out"] = 0.5 * _apart(at["hip_r"], at["hip_l"])
        hips = {s: at[f"hip_{s}"] for s in sides}
    else:
        out.update(_hips(at))
        hips = _hip_centres(at, out)
    thighs = []
    for s in sides:
        knee = at[f"knee_{s}"]
        if f"knee_medial_{s}" in at and not centres:
            knee = 0.5 * (knee + at[f"knee_medial_{s}"])
            thighs.append(_apart(hips[s], knee))
        else:
            # The marker stands out sideways from the centre, about across the line to the hip.
            side = 0.0 if centres else max(0.0, _KNEE_OUT * rough - 0.25 * out["hip_out"])
            thighs.append(float(np.sqrt(max(_apart(hips[s], knee) ** 2 - side**2, 0.01))))
    out["thigh"] = float(np.mean(thighs))
    height = subject.height or (out["thigh"] + shank) / _LEG_SHARE
    if not _STATURES[0] <= height <= _STATURES[1]:
        raise MissingInputError("the markers are not those of a person's size", place=_PLACE,
                                found=f"thigh {out['thigh']:.2f} m, shank {shank:.2f} m",
                                remedy="give the unit of length of the file")  # fmt: skip
    for name, a, b in (("upper_arm", "shoulder", "elbow"), ("forearm", "elbow", "wrist")):
        found = [_apart(at[f"{a}_{s}"], at[f"{b}_{s}"]) for s in ("r", "l")
                 if f"{a}_{s}" in at and f"{b}_{s}" in at]  # fmt: skip
        if found and np.isfinite(found).all():
            out[name] = float(np.mean(found))
    return {n: v for n, v in out.items() if np.isfinite(v) and 0 < v < height}, height


def _behind(at: dict[str, Array]) -> Array | None:
    """The middle of the PSIS, or the sacrum."""
    if "psis_r" in at and "psis_l" in at:
        return 0.5 * (at["psis_r"] + at["psis_l"])
    return at.get("sacrum")


def _hips(at: dict[str, Array]) -> dict[str, float]:
    """Hip joints from the middle of the ASIS: Harrington et al. 2007, table 3 (mm in the paper)."""
    width = _apart(at["asis_r"], at["asis_l"])
    behind = _behind(at)
    middle = 0.5 * (at["asis_r"] + at["asis_l"])
    # Without a marker behind, the pelvis is about 0.6 as deep as it is wide.
    depth = _apart(middle, behind) if behind is not None else 0.6 * width
    return {
        "hip_back": 0.24 * depth + 0.0099,
        "hip_down": 0.30 * width + 0.0109,
        "hip_out": 0.33 * width + 0.0073,
    }


def _hip_centres(at: dict[str, Array], lengths: dict[str, float]) -> dict[str, Array]:
    """Hip joint centres (time × 3) by side."""
    middle = 0.5 * (at["asis_r"] + at["asis_l"])
    z = at["asis_r"] - at["asis_l"]
    z = z / np.linalg.norm(z, axis=1, keepdims=True)
    behind = _behind(at)
    x = middle - behind if behind is not None else np.cross(np.array([0.0, 1.0, 0.0]), z)
    x = x - np.einsum("ti,ti->t", x, z)[:, None] * z
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    y = np.cross(z, x)
    base = middle - lengths["hip_back"] * x - lengths["hip_down"] * y
    return {"r": base + lengths["hip_out"] * z, "l": base - lengths["hip_out"] * z}


def _spots(body: Body, at: dict[str, Array], centres: bool) -> dict[str, Spot]:
    """Where each landmark that was met lies on the body."""
    own = places(body)
    height = float(body.coordinates[body.index["pelvis_ty"]].rest / 0.576)
    out: dict[str, Spot] = {}
    for side, z in (("r", 1.0), ("l", -1.0)):
        for joint, segment, off in (("knee", "femur", _KNEE_OUT), ("ankle", "tibia", _ANKLE_OUT)):
            medial = f"{joint}_medial_{side}"
            centre = own[f"{joint}_{side}"]
            half = off * height
            if medial in at and f"{joint}_{side}" in at and not centres:
                half = 0.5 * _apart(at[medial], at[f"{joint}_{side}"])
                out[medial] = _shifted(centre, (0, 0, -z * half))
            out[f"{joint}_{side}"] = _shifted(centre, (0, 0, 0 if centres else z * half))
            assert centre.segment == f"{segment}_{side}"
        heel, toe = own[f"heel_{side}"], own[f"toe_{side}"]
        out[f"heel_{side}"] = _shifted(
            Spot(f"calcn_{side}", (0.0, 0.0, 0.0)), (0, _HEEL_UP * height, 0)
        )
        assert heel.segment in (f"calcn_{side}", f"talus_{side}")
        out[f"toe_{side}"] = _shifted(toe, (0, _TOE_UP * height, 0))
        for stem, across in (("mt1", -0.02), ("mt5", 0.03)):
            out[f"{stem}_{side}"] = _shifted(
                toe, (-0.01 * height, 0.5 * _TOE_UP * height, z * across * height)
            )
        for joint in ("elbow", "wrist"):
            if f"{joint}_{side}" in own:
                out[f"{joint}_{side}"] = own[f"{joint}_{side}"]
        if "neck" in own:
            up = 0.0 if centres else _SHOULDER_UP * height
            out[f"shoulder_{side}"] = _shifted(own["neck"], (0, up, z * _SHOULDER_OUT * height))
        if centres:
            out[f"hip_{side}"] = own[f"hip_{side}"]
    if not centres:
        out.update(_pelvis(at))
    if centres and "neck" in own:
        out["neck"] = own["neck"]
    return {n: s for n, s in out.items() if n in at}


def _pelvis(at: dict[str, Array]) -> dict[str, Spot]:
    """ASIS at the pelvis frame's height on either side of its origin, PSIS or sacrum behind."""
    half = 0.5 * _apart(at["asis_r"], at["asis_l"])
    out = {"asis_r": Spot("pelvis", (0.0, 0.0, half)), "asis_l": Spot("pelvis", (0.0, 0.0, -half))}
    behind = _behind(at)
    if behind is not None:
        depth = _apart(0.5 * (at["asis_r"] + at["asis_l"]), behind)
        apart = (
            0.5 * _apart(at["psis_r"], at["psis_l"]) if "psis_r" in at and "psis_l" in at else 0.0
        )
        out["psis_r"] = Spot("pelvis", (-depth, 0.0, apart))
        out["psis_l"] = Spot("pelvis", (-depth, 0.0, -apart))
        out["sacrum"] = Spot("pelvis", (-depth, 0.0, 0.0))
    return out


def _shifted(spot: Spot, by: tuple[float, float, float]) -> Spot:
    x, y, z = spot.position
    return Spot(spot.segment, (x + by[0], y + by[1], z + by[2]))


def _given(
    body: Body, points: Stream, values: Array, labels: list[str]
) -> tuple[dict[str, Spot], list[str]]:
    """For each label, the spot on the segment where it moves least; and labels that fit nowhere."""
    pose = place(body, np.where(np.isnan(values), 0.0, values))
    bones = [_bones(body, s.name) for s in body.segments]
    given: dict[str, Spot] = {}
    unused: list[str] = []
    for label in labels:
        seen = points[label]
        there = np.isfinite(seen).all(axis=1)
        if there.sum() < 3:
            unused.append(label)
            continue
        local = np.einsum(
            "stji,stj->sti", pose.rotation[:, there], seen[there] - pose.origin[:, there]
        )
        middle = np.median(local, axis=1)
        scatter = np.sqrt(((local - middle[:, None]) ** 2).sum(axis=2).mean(axis=1))
        # Small bones that move with the heel bone take no markers, nor does the other side.
        side = landmarks.side_and_stem(label)[0]
        cost = scatter + _NEAR * np.array(
            [_from_bone(s, m) for s, m in zip(bones, middle, strict=True)]
        )
        stem = landmarks.side_and_stem(label)[1]
        told = next((bone for words, bone in _TOLD if re.match(words, stem)), "")
        for i, s in enumerate(body.segments):
            if told and not s.name.startswith(told):
                cost[i] = np.inf
            other = side is not None and s.name.endswith("_l" if side == "right" else "_r")
            if other or s.name.startswith(("talus", "toes", "ulna")):
                cost[i] = np.inf
        best = int(np.argmin(cost))
        if not np.isfinite(cost[best]) or scatter[best] > (_BENDS if told == "torso" else _RIGID):
            unused.append(label)
            continue
        x, y, z = middle[best]
        given[label] = Spot(body.segments[best].name, (float(x), float(y), float(z)))
    return given, unused


def _bones(body: Body, segment: str) -> list[tuple[Array, Array]]:
    """Lines in the segment's frame from its own joint to those of its children, or to its centre."""
    first = next(j.on_child.origin for j in body.joints if j.child == segment)
    ends = [j.on_parent.origin for j in body.joints if j.parent == segment]
    ends += [
        np.array(s.position)
        for n, s in places(body).items()
        if n == "head" and s.segment == segment
    ]
    if not ends:
        ends = [2 * next(s.centre for s in body.segments if s.name == segment)]
    return [(first, np.asarray(e)) for e in ends]


def _from_bone(bones: list[tuple[Array, Array]], point: Array) -> float:
    """Distance (m) of a point from the nearest of some lines."""
    found = []
    for a, b in bones:
        along = b - a
        size = float(along @ along)
        share = np.clip((point - a) @ along / size, 0, 1) if size > 0 else 0.0
        found.append(float(np.linalg.norm(point - a - share * along)))
    return min(found)
