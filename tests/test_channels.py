"""The vocabulary."""

import pytest

from gaitsmith import channels, landmarks
from gaitsmith.errors import GaitsmithError


def test_partners_and_signs_are_involutions():
    table = channels.channels()
    for row in table.values():
        assert table[row.partner].partner == row.name
        assert table[row.partner].mirror_sign == row.mirror_sign
        assert row.mirror_sign in (1, -1)
        assert row.plausible[0] < row.plausible[1]
        assert (row.partner == row.name) == (row.side is None)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("hip_flexion_r", "hip_flexion_r"),
        ("/jointset/walker_knee_l/knee_angle_l/value", "knee_angle_l"),
        ("/jointset/hip_r/hip_flexion_r/speed", None),
        ("Right Knee Flexion (deg)", "knee_angle_r"),
        ("LAnkleDorsiflexion", "ankle_angle_l"),
        ("knee_angle_r_moment", "knee_angle_r_moment"),
        ("pelvis_ty_force", "pelvis_ty_force"),
        ("time", None),
        ("", None),
        ("/", None),
    ],
)
def test_find(label, name):
    row = channels.find(label)
    assert (row.name if row else None) == name


def test_unknown_channel_names_the_nearest():
    with pytest.raises(GaitsmithError, match="knee_angle_r"):
        channels.get("knee_angel_r")


@pytest.mark.parametrize(
    ("label", "side", "stem"),
    [
        ("RHEE", "right", "hee"),
        ("L.Toe.Tip", "left", "toetip"),
        ("R_heel", "right", "heel"),
        ("heel_l", "left", "heel"),
        ("mixamorig:RightToeBase", "right", "toebase"),
        ("Subject:LANK", "left", "ank"),
        ("Lumbar", None, "lumbar"),
        ("C7", None, "c7"),
        ("rhip", "right", "hip"),
        ("SACR", None, "sacr"),
        ("RxHeel", "right", "heel"),
        ("LxMeta5", "left", "meta5"),
    ],
)
def test_side_and_stem(label, side, stem):
    assert landmarks.side_and_stem(label) == (side, stem)


def test_landmarks_of_marker_sets():
    pig = [
        "LASI",
        "RASI",
        "SACR",
        "LKNE",
        "LANK",
        "LHEE",
        "LTOE",
        "RKNE",
        "RANK",
        "RHEE",
        "RTOE",
        "C7",
    ]
    met = landmarks.find_all(pig)
    assert met["heel_r"] == "RHEE"
    assert met["toe_l"] == "LTOE"
    assert met["asis_r"] == "RASI"
    assert met["sacrum"] == "SACR"
    assert landmarks.partner("LTOE", pig) == "RTOE"
    assert ("RANK", "RHEE") in landmarks.skeleton_edges(pig)


def test_a_body_without_a_spine_has_the_sides_of_its_trunk():
    read = {f"{a}_{s}": f"{a}{s}" for a in ("shoulder", "hip", "knee") for s in "rl"}
    edges = landmarks.skeleton_edges(list(read.values()), read)
    assert {("shoulderr", "hipr"), ("shoulderl", "hipl")} <= set(edges)
    spined = read | {"neck": "n", "pelvis": "p"}
    edges = landmarks.skeleton_edges(list(spined.values()), spined)
    assert ("p", "n") in edges
    assert ("shoulderr", "hipr") not in edges
