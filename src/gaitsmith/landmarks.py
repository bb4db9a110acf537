"""Places on the body that markers, joint centres and keypoints stand for.

A `points` stream keeps the labels of its file; whoever needs "the right heel" asks here which
label that is. A landmark may be met by several kinds of label (a heel marker, a heel keypoint);
the first alias present wins, so the better ones stand first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from gaitsmith.channels import Side, other_side

__all__ = ["LANDMARKS", "find", "find_all", "landmark_of", "partner", "skeleton_edges"]

# landmark stem -> stems of labels met (without the side), best first.
_SIDED: dict[str, tuple[str, ...]] = {
    "heel": ("heel", "hee", "heeldown", "cal", "calc", "lca", "heelback", "calcaneus", "cc", "fcc"),
    "toe": ("toe", "bigtoe", "toetip", "mt2", "toes", "2mt", "hlx", "toemid", "toebase", "toeend",
            "hallux", "fm2", "d2m", "met", "met1", "toe1"),
    "mt1": ("mt1", "toemed", "1mt", "fm1", "d1m", "p1m", "mtp1", "toemedial"),
    "mt5": ("mt5", "toelat", "5mt", "fm5", "d5m", "p5m", "mtp5", "smalltoe", "5meta", "toelateral",
            "meta5",
            "midfootlat"),
    "ankle": ("ajc", "anklejc", "ankle", "ank", "anklelat", "lm", "lateralmalleolus", "malllat",
              "maleolo", "malleolus", "foot", "fal", "mall", "latmal"),
    "ankle_medial": ("medank", "anklemed", "mmal", "medmal", "maneolomed", "mm", "mankle", "tam"),
    "knee": ("kjc", "kneejc", "knee", "kne", "kneelat", "le", "lfc", "leg", "lateralknee", "fle", "latcon"),
    "knee_medial": ("medkne", "kneemed", "mfc", "me", "mknee", "mk", "kneemedial", "fme"),
    "hip": ("hjc", "hipjc", "hip", "upleg", "thighjoint", "femur"),
    "asis": ("asi", "asis", "iasd", "lasis", "ias"),
    "psis": ("psi", "psis", "ips"),
    "trochanter": ("gtr", "troc", "trochanter", "gt", "tro", "ftc"),
    "shoulder": ("sho", "arm", "shoulder", "acr", "acromium", "acromion", "sjc", "ac", "should"),
    "elbow": ("elbjc", "ejc", "elbow", "elb", "elbowlat", "forearm", "lelb", "melb"),
    "wrist": ("wjc", "wrist", "wra", "hand", "radius", "wri", "wrb"),
}  # fmt: skip
_MIDLINE: dict[str, tuple[str, ...]] = {
    "pelvis": ("hips", "pelvis", "midhip", "root", "hip"),
    "sacrum": ("sacr", "sacral", "sacrum", "vsacral", "vsac", "psis"),
    "neck": ("c7", "neck", "cvii", "thorax", "cv7"),
    "chest": ("clav", "sternum", "strn", "sterno", "ij", "jugular", "sjn", "snj"),
    "head": ("head", "nose", "tophead", "topofhead", "toph"),
}

#: Canonical names of all landmarks.
LANDMARKS: tuple[str, ...] = (
    *_MIDLINE,
    *(f"{stem}_{s}" for stem in _SIDED for s in ("r", "l")),
)

# Bones of a stick figure, by landmark; a bone is drawn where both ends are met.
_BONES: tuple[tuple[str, str], ...] = (
    ("hip", "knee"), ("knee", "ankle"), ("ankle", "heel"), ("heel", "toe"), ("ankle", "toe"),
    ("shoulder", "elbow"), ("elbow", "wrist"),
)  # fmt: skip


def _bare(label: str) -> str:
    """The label without a prefix of subject or system (``Tak:RHEE``, ``mixamorig:Hips``)."""
    return re.split(r"[:|]", label.strip())[-1]


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


@cache
def side_and_stem(label: str) -> tuple[Side | None, str]:
    """Side and stem of a marker's label: ``RHEE``, ``R.Heel``, ``heel_r``, ``RightToes``.

    ``Lumbar`` or ``Rib`` must not read as a side, so a single leading letter counts only where
    the label's own form allows it (``RHEE``, ``R.Heel``, ``R_heel``, ``rHeel``, ``RHeel``,
    ``RxHeel``).
    """
    bare = _bare(label)
    match = re.fullmatch(r"(?i)(right|left)[ _.\-]*(.+)", bare) or re.fullmatch(
        r"([RLrl])[ _.\-]+(.+)", bare
    )
    if match is None and (tail := re.fullmatch(r"(?i)(.+?)[ _.\-]+(right|left|[rl])", bare)):
        return _side(tail[2]), _key(tail[1])
    if match is None:
        match = re.fullmatch(r"([RL])x?([A-Z0-9].*)", bare) or re.fullmatch(
            r"([rl])([A-Z0-9].*)", bare
        )
    if match is None and _key(bare)[1:] in _sided_stems() and bare[:1] in "RLrl":
        match = re.fullmatch(r"(.)(.+)", bare)
    if match is not None:
        return _side(match[1]), _key(match[2])
    return None, _key(bare)


def _side(text: str) -> Side:
    return "right" if text[0] in "Rr" else "left"


@cache
def _sided_stems() -> frozenset[str]:
    return frozenset(alias for aliases in _SIDED.values() for alias in aliases if len(alias) > 2)


def find(labels: Iterable[str], landmark: str) -> str | None:
    """The label among `labels` that stands for `landmark` (``"heel_r"``, ``"sacrum"``), or None.

    A label equal to the landmark's own name wins; then aliases in their order of preference.
    """
    here = list(labels)
    if landmark in here:
        return landmark
    side: Side | None = {"r": "right", "l": "left"}.get(landmark[-1]) if "_" in landmark else None  # type: ignore[assignment]
    stem = landmark[:-2] if side and landmark[-2] == "_" else landmark
    aliases = (_SIDED if side else _MIDLINE).get(stem, ())
    split = [(label, *side_and_stem(label)) for label in here]
    ordered = aliases if _key(stem) in aliases else (_key(stem), *aliases)
    for alias in ordered:
        for label, its_side, its_stem in split:
            if its_side == side and its_stem == alias:
                return label
    return None


def find_all(labels: Sequence[str], landmarks: Iterable[str] = LANDMARKS) -> dict[str, str]:
    """``{landmark: label}`` for every landmark that is met."""
    found = ((name, find(labels, name)) for name in landmarks)
    return {name: label for name, label in found if label is not None}


def landmark_of(label: str, labels: Sequence[str]) -> str | None:
    """The landmark that `label` stands for among `labels`, or None."""
    return next((name for name, its in find_all(labels).items() if its == label), None)


def partner(label: str, labels: Iterable[str]) -> str | None:
    """The label of the same place on the other side, where `labels` has one."""
    side, stem = side_and_stem(label)
    if side is None:
        return None
    want = other_side(side)
    return next((x for x in labels if side_and_stem(x) == (want, stem)), None)


def skeleton_edges(
    labels: Sequence[str], read: Mapping[str, str] | None = None
) -> list[tuple[str, str]]:
    """Pairs of labels to join by a line in a stick figure, from the landmarks met.

    `read` (landmark -> label) is what a mapping knows of labels that do not say it themselves.
    """
    met = {**{k: v for k, v in (read or {}).items() if v in labels}, **find_all(labels)}
    for s in ("_r", "_l"):
        # A foot without a toe ends where the metatarsals are marked.
        end = met.get("toe" + s) or met.get("mt5" + s) or met.get("mt1" + s)
        if end:
            met["toe" + s] = end
    edges = []
    for a, b in _BONES:
        for s in ("_r", "_l"):
            if a + s in met and b + s in met and met[a + s] != met[b + s]:
                edges.append((met[a + s], met[b + s]))
    cross = (
        ("hip_r", "hip_l"), ("shoulder_r", "shoulder_l"), ("asis_r", "asis_l"), ("asis_r", "hip_r"), ("asis_l", "hip_l"),
        ("pelvis", "neck"), ("sacrum", "neck"), ("neck", "head"), ("pelvis", "hip_r"),
        ("pelvis", "hip_l"), ("asis_r", "sacrum"), ("asis_l", "sacrum"), ("psis_r", "psis_l"),
        ("asis_r", "psis_r"), ("asis_l", "psis_l"), ("psis_r", "neck"), ("psis_l", "neck"),
    )  # fmt: skip
    edges += [(met[a], met[b]) for a, b in cross if a in met and b in met and met[a] != met[b]]
    if "neck" not in met or not {"pelvis", "sacrum", "psis_r", "psis_l"} & set(met):
        # No spine is marked: the trunk is the sides of the body.
        edges += [
            (met["shoulder" + s], met["hip" + s])
            for s in ("_r", "_l")
            if {"shoulder" + s, "hip" + s} <= set(met)
        ]
    for s in ("_r", "_l"):
        if "hip" + s not in met and "knee" + s in met:
            top = met.get("asis" + s) or met.get("trochanter" + s)
            if top:
                edges.append((top, met["knee" + s]))
    return edges
