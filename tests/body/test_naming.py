import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaitsmith.body.dress import dress
from gaitsmith.body.naming import built_in, choose, parse, read_mapping
from gaitsmith.errors import FormatError, GaitsmithError

from .test_dress import skin
from .test_solve import walking

#: Labels of real files, and the mapping that must be chosen for them.
SETS = {
    "plug_in_gait": "LASI RASI LPSI RPSI LTHI LKNE LTIB LANK LHEE LTOE RTHI RKNE RTIB RANK RHEE RTOE",
    "helen_hayes": "RASI LASI VSAC RTHI RKNE RSHA RANK RHEE RTOE LTHI LKNE LSHA LANK LHEE LTOE R.Knee.Medial",
    "opensim_gait2392": "R.ASIS L.ASIS V.Sacral R.Thigh.Front L.Thigh.Front R.Shank.Front L.Shank.Front "
    "R.Heel L.Heel R.Toe.Tip L.Toe.Tip R.Toe.Lat L.Toe.Lat",
    "opensim_rajagopal": "R.ASIS L.ASIS R.PSIS L.PSIS S2 R.TH1 L.TH1 R.SH1 L.SH1 R.Knee L.Knee R.Ankle L.Ankle",
    "opencap_validation": "r.ASIS L.ASIS r.PSIS L.PSIS r_knee L_knee r_ankle L_ankle r_calc L_calc r_toe L_toe",
    "opencap_augmented": "r.ASIS_study L.ASIS_study r_knee_study L_knee_study r_ankle_study L_ankle_study RHJC_study",
    "wbds": "L.Ankle L.ASIS L.GTR L.Heel L.HF L.Knee L.PSIS R.Ankle R.ASIS R.GTR R.Heel R.HF R.Knee R.PSIS",
    "lencioni": "Psis RxAsis LxAsis RxLatCon LxLatCon RxLatMal LxLatMal RxHeel LxHeel RxMeta5 LxMeta5 RxToe1",
    "cmu_markers": "Tak:LFWT Tak:RFWT Tak:LBWT Tak:RBWT Tak:LKNE Tak:RKNE Tak:LANK Tak:RANK Tak:RHEE",
    "cast": "L_IAS R_IAS L_IPS R_IPS L_FLE R_FLE L_FME R_FME L_FAL R_FAL L_FCC R_FCC",
    "skeleton_bvh": "Hips mixamorig:RightUpLeg LeftUpLeg RightLeg LeftLeg RightFoot LeftFoot LeftToeBase",
    "skeleton_asf": "pelvis lowerback_end hip_l hip_r knee_l knee_r ankle_l ankle_r toe_l toe_r",
    "keypoints_coco": "nose left_hip right_hip left_knee right_knee left_ankle right_ankle",
    "keypoints_body25": "Nose MidHip RHip LHip RKnee LKnee RAnkle LAnkle RHeel LHeel RBigToe LBigToe",
}  # fmt: skip


def test_every_built_in_mapping_is_whole_and_tested():
    assert set(built_in()) == set(SETS)
    for naming in built_in().values():
        assert naming.needs
        assert naming.about


@pytest.mark.parametrize("name", SETS)
def test_labels_choose_their_mapping(name):
    labels = SETS[name].split()
    read = choose(labels)
    assert read.name == built_in()[name].name
    assert {"knee_r", "knee_l"} <= set(read.landmarks) or name == "opensim_gait2392"
    centres = name.startswith(("skeleton", "keypoints"))
    assert ("asis_r" in read.landmarks) != centres
    assert ("hip_l" in read.inside) == (
        centres or (name == "opencap_augmented" and "hip_l" in read.landmarks)
    )


def test_what_no_mapping_knows():
    assert choose(["a", "b"]) is None
    assert choose([]) is None
    with pytest.raises(GaitsmithError, match="did you mean 'lencioni'"):
        choose(["a"], "lenccioni")
    with pytest.raises(GaitsmithError, match="labels are missing"):
        choose(["a"], "lencioni")


def test_a_toe_on_the_metatarsals_goes_before_its_tip():
    naming = parse('[landmarks]\ntoe = "*MT2"\ntoe_tip = "*HLX"\n')
    read = naming.read(["RMT2", "RHLX", "LHLX"])
    assert read.landmarks["toe_r"] == "RMT2"
    assert read.landmarks["toe_l"] == "LHLX"
    assert read.tips == {"toe_l"}


def test_numbers_weights_and_segments():
    naming = parse(
        'leave_out = ["*TIB#"]\n[landmarks]\nknee = ["*KNX", "*KNE"]\n[segments]\n"*TIB" = "tibia"\n'
        '"BACK" = "torso"\n[weights]\n"*TIB" = 0.5\n'
    )
    read = naming.read(["RTIB", "RTIB2", "RTIB12", "rkne", "back"])
    assert read.left_out == {"RTIB2", "RTIB12"}
    assert read.segments == {"RTIB": "tibia_r", "back": "torso"}
    assert read.weights == {"RTIB": 0.5}
    assert read.landmarks == {"knee_r": "rkne"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "not TOML"),
        ("nam = 1", "did you mean 'name'"),
        ("name = 1", "another type"),
        ('sides = ["R"]\n[landmarks]\nknee = "*K"', "not two"),
        ("needs = [1]", "not a list of labels"),
        ("", "names no landmarks"),
        ('[landmarks]\nkne = "*K"', "did you mean 'knee'"),
        ("[landmarks]\nknee = 3", "not a label"),
        ("[landmarks]\nknee = []", "not a label"),
        ('[landmarks]\nknee = "*K"\n[segments]\n"*T" = "leg"', "not a name for segments"),
        ('[landmarks]\nknee = "*K"\n[segments]\n"*T" = 3', "not a name for segments"),
        ('[landmarks]\nknee = "*K"\n[weights]\n"*T" = -1', "not a weight"),
    ],
)
def test_mappings_that_are_wrong_are_refused(text, words):
    with pytest.raises(FormatError, match=words):
        parse(text)


@given(st.text(max_size=80))
def test_any_text_is_a_mapping_or_refused(text):
    try:
        assert parse(text).landmarks is not None
    except FormatError as error:
        assert error.problem


def test_files(tmp_path):
    path = tmp_path / "mine.toml"
    with pytest.raises(GaitsmithError, match="no such file"):
        read_mapping(path)
    path.write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(FormatError, match="not text"):
        read_mapping(path)
    path.write_text('[centres]\nhip = "h*"\n')
    assert read_mapping(path).name == "mine"


def test_ones_own_mapping_gives_the_same_body():
    _, points = walking(skin())
    strange = points.rename(lambda x: f"zz{x[1:]}{x[0]}" if x[0] in "RL" else x)
    own = parse(
        'sides = ["R", "L"]\n[landmarks]\nasis = "zzASI*"\npsis = "zzPSI*"\nknee = "zzKNE*"\nankle = "zzANK*"\n'
        'heel = "zzHEE*"\ntoe = "zzTOE*"\nneck = "C7"\nchest = "CLAV"\n'
        '[segments]\n"zzTHI*" = "femur"\n"zzTIB*" = "tibia"\nSTRN = "torso"\n'
    )
    a, b = dress(points), dress(strange, naming=own)
    assert a.naming == "Plug-in Gait"
    assert b.given["zzTHIR"] == "femur_r"
    assert np.allclose(
        a.body.markers["RKNE"].position, b.body.markers["zzKNER"].position, atol=2e-3
    )
    assert a.body.mass == pytest.approx(b.body.mass)
