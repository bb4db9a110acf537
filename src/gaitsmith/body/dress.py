"""A generic body for markers that come without a model: sized from them, with them put on it.

Steps:

1. The labels are read as landmarks (``landmarks``): markers over bones, or joint centres and
   keypoints where the file has hips but no ASIS.
2. Lengths are medians over the recording (or a static trial): hip joints in the pelvis by the
   regressions of Harrington et al., J. Biomech. 40 (2007) 595-602; knee and ankle centres from
   both markers of a joint, or from the lateral one; the foot's own level from the instants at
   which heel and toe stand low.
3. The body of those lengths is fitted with the landmarks alone. Every other marker is given to the
   segment of its side on which it keeps its place best and whose bone is near (nowhere where it
   wanders by more than 25 mm), and all are placed where they are seen (``register``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith import landmarks
from gaitsmith.body.anthropometry import generic_body
from gaitsmith.body.kinematics import place
from gaitsmith.body.markers import FELT, SOFT
from gaitsmith.body.measure import landmark_spots, lengths, read_landmarks
from gaitsmith.body.naming import Naming, applied, choose
from gaitsmith.body.register import register
from gaitsmith.body.sites import places
from gaitsmith.body.solve import fit
from gaitsmith.body.tree import Body, Spot
from gaitsmith.recording import Stream, Subject

__all__ = ["Dressed", "dress"]

Array = npt.NDArray[np.float64]
_FRAMES = 60
#: Largest scatter (m, root mean square) of a marker on the segment that it is given to.
_RIGID = 0.025
#: The same for a marker whose label tells its segment (a thigh's turn is not yet known well).
_TRUSTED = 0.035
#: The same for the trunk, whose own bend may not be known yet.
_BENDS = 0.12
#: Weight of the tip of a toe.
_TIP = 0.02
#: Weak on the few markers of a foot: its turn about an oblique axis would take part of the
#: ankle's flexion with it.
_WEAK = ("subtalar_angle_r", "subtalar_angle_l")
#: What joint centres cannot tell apart from the joints beside.
_HIDDEN = ("pelvis_tilt", "mtp_angle_r", "mtp_angle_l")
#: Landmarks that a leg's place rests on.
_LEG = ("asis", "hip", "knee", "ankle")
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


@dataclass(frozen=True)
class Dressed:
    """A body whose markers are those of a recording.

    `centres` says that the points were read as joint centres, and `hold` what they cannot show
    (the tilt of a pelvis that has hip joints alone), for ``fit``, as `weights` are. `landmarks` names what each label was read as, `given` the segment of each other label, and
    `unused` the labels that fit nowhere. `stature` (m) is the person's, or that of the legs measured.
    """

    body: Body
    landmarks: dict[str, str]
    given: dict[str, str]
    unused: tuple[str, ...]
    centres: bool
    hold: dict[str, float | None]
    weights: dict[str, float]
    naming: str | None
    stature: float


def dress(
    points: Stream, subject: Subject | None = None, *, static: Stream | None = None,
    arms: bool = False, naming: Naming | None = None,
) -> Dressed:  # fmt: skip
    """Size a generic body from labelled points and put the points on it as its markers.

    Parameters
    ----------
    points
        A ``points`` stream.
    subject
        Mass, height and sex as far as known; lengths that can be measured are measured.
    static
        A standing trial of the same person: lengths and flat feet are measured on it, and markers
        are placed on it and the motion together. Its labels may be more.
    arms
        Whether markers on arms are used. Shoulders move on the trunk in ways that the body does
        not have, so that raised arms in a static trial would tilt the trunk and pelvis.
    naming
        What the labels stand for; None: the built-in mapping that fits, else the labels' own words.

    Raises
    ------
    MissingInputError
        Where pelvis, knee and ankle of a side cannot be told from the labels.
    """
    subject = subject or Subject()
    both = [_seen(p) for p in ([points] if static is None else [static, points])]
    some = _joined([_frames(p) for p in both])
    read = choose(some.labels) if naming is None else applied(naming, some.labels)
    seen, met = read_landmarks(_frames(both[0]), read)
    measured, height = lengths(seen, subject)
    if arms:
        arms = all(f"{j}_{s}" in seen.at for j in ("shoulder", "elbow") for s in ("r", "l"))
    body = generic_body(height, subject.mass, subject.sex, arms=arms, measured=measured)
    spots = {met[n]: s for n, s in landmark_spots(body, seen, height).items()}
    body = body.replace(markers=spots)
    bony = {x for n, x in met.items() if n in FELT and x in spots}
    weights = {x: 1.0 if x in bony else SOFT for x in some.labels}
    # A toe bends on its own: where the metatarsals are marked, its tip tells the toes' angle only.
    weights.update(
        {
            met[f"toe_{s}"]: _TIP
            for s in ("r", "l")
            if f"toe_{s}" in seen.tips and (f"mt5_{s}" in seen.at or f"mt1_{s}" in seen.at)
        }
    )
    left: frozenset[str] = frozenset()
    if read is not None:
        weights.update(read.weights)
        left = read.left_out
    hold: dict[str, float | None] = dict.fromkeys((*_WEAK, *_HIDDEN) if seen.centres else _WEAK)
    solution = fit(body, some, spots, weights=weights, hold=hold, rough=True)
    others = [x for x in some.labels if x not in spots and x not in left]
    told = dict(read.segments) if read is not None else {}
    # Where knees and ankles are marked while standing only, the walk does not say where a leg is.
    sure = np.all(
        [np.isfinite(some[x]).all(axis=1) for n, x in met.items() if n[:-2] in _LEG], axis=0
    )
    if not sure.any():
        sure = np.ones(len(some), bool)
    given, unused = _given(body, some.at(sure), solution.values[sure], others, told)
    spots.update(given)
    dressed = body.replace(markers=spots)
    final = register(dressed, some, weights=weights, hold=hold, bony=bony)
    return Dressed(
        dressed.replace(markers=final.markers), {v: k for k, v in met.items() if v in spots},
        {x: s.segment for x, s in given.items()}, (*unused, *sorted(left)), seen.centres, hold,
        weights, read.name if read is not None else None, height,
    )  # fmt: skip


def _seen(points: Stream) -> Stream:
    """The stream without labels that are never there."""
    there = np.asarray(np.isfinite(points.data).all(axis=2))
    return points.select([x for i, x in enumerate(points.labels) if there[:, i].any()])


def _frames(points: Stream) -> Stream:
    """Up to ``_FRAMES`` instants, those with the most markers."""
    there = np.isfinite(points.data).all(axis=2).sum(axis=1)
    good = np.flatnonzero(there >= 0.95 * there.max(initial=0))
    return points.at(
        good[np.unique(np.linspace(0, len(good) - 1, min(_FRAMES, len(good))).astype(int))]
    )


def _joined(parts: list[Stream]) -> Stream:
    """The instants of several streams one after the other, with all their labels."""
    labels = tuple(dict.fromkeys(x for p in parts for x in p.labels))
    data = np.full((sum(len(p) for p in parts), len(labels), 3), np.nan)
    low = 0
    for p in parts:
        data[low : low + len(p), [labels.index(x) for x in p.labels]] = p.data
        low += len(p)
    return Stream("points", data, labels, rate=1.0)


def _given(
    body: Body,
    points: Stream,
    values: Array,
    labels: list[str],
    segments: Mapping[str, str],
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
        told = segments.get(label) or next((b for w, b in _TOLD if re.match(w, stem)), "")
        for i, s in enumerate(body.segments):
            if told and not s.name.startswith(told):
                cost[i] = np.inf
            other = side is not None and s.name.endswith("_l" if side == "right" else "_r")
            if label in segments:
                continue
            if other or s.name.startswith(("talus", "toes", "ulna")):
                cost[i] = np.inf
        best = int(np.argmin(cost))
        limit = _BENDS if told == "torso" else _TRUSTED if told else _RIGID
        if not np.isfinite(cost[best]) or scatter[best] > limit:
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
